package topic

import "strings"

// near finds a word or stem of six letters or more that a customer misspelled
// by one letter: left out, put in, changed, or swapped with its neighbour.
//
// Only the first six letters are looked up, with one left out at a time; what is
// found is then compared letter by letter.
type near struct {
	heads table
	// next chains candidates of the same head, 0 at the end.
	candidates []candidate
}

type candidate struct {
	word  string
	stem  bool
	value uint32
	next  uint32
}

const headLen = 6

// add takes in a word; short ones and those that are no ASCII letters are left
// out.
func (n *near) add(word string, stem bool, value uint32) {
	if len(word) < headLen || !letters(word) {
		return
	}
	link := func(h uint64) {
		n.candidates = append(n.candidates, candidate{word, stem, value, n.heads.get(h)})
		n.heads.put(h, uint32(len(n.candidates)))
	}
	head := word[:headLen]
	link(hashWord(head))
	for i := range headLen {
		if i == 0 || head[i] != head[i-1] {
			link(hashWithout(head, i))
		}
	}
}

// find gives the value of the word that is meant, 0 for none. Of several it is
// the longest, of those the first in the alphabet.
func (n *near) find(word string) uint32 {
	if len(word) < headLen || len(word) > 24 || !letters(word) {
		return 0
	}
	var best *candidate
	try := func(h uint64) {
		for i := n.heads.get(h); i != 0; i = n.candidates[i-1].next {
			c := &n.candidates[i-1]
			if c.word[0] != word[0] || best != nil && !c.before(best) {
				continue
			}
			if c.stem && slipStem(word, c.word) || !c.stem && slip(word, c.word) {
				best = c
			}
		}
	}
	try(hashWord(word[:headLen]))
	try(hashWord(word[:headLen-1]))
	for i := range headLen {
		try(hashWithout(word[:headLen], i))
	}
	if len(word) > headLen {
		for i := range headLen + 1 {
			try(hashWithout(word[:headLen+1], i))
		}
	}
	if best == nil {
		return 0
	}
	return best.value
}

func (c *candidate) before(d *candidate) bool {
	if len(c.word) != len(d.word) {
		return len(c.word) > len(d.word)
	}
	if c.word != d.word {
		return c.word < d.word
	}
	return !c.stem && d.stem
}

// slip tells whether a is b but for one letter.
func slip(a, b string) bool {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	switch len(a) - len(b) {
	case 0:
		return i < len(a) && (a[i+1:] == b[i+1:] && (len(b) >= sureLen || alike(a[i], b[i])) ||
			i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:])
	case 1:
		return a[i+1:] == b[i:] && (len(b) >= sureLen || i > 0 && a[i] == a[i-1])
	case -1:
		return a[i:] == b[i+1:] && (len(b) >= sureLen || i > 0 && b[i] == b[i-1])
	}
	return false
}

// sureLen is from where any slip is believed; in shorter words, where many
// differ by a letter, only letters that are doubled, swapped, sound alike or are
// neighbours on the keyboard.
const sureLen = 8

// alike tells whether b may have become a by ear or by hand.
func alike(a, b byte) bool {
	for _, set := range [...]string{"scz", "bv", "mn", "iey", "ou", "gj", "kcq"} {
		if strings.IndexByte(set, a) >= 0 && strings.IndexByte(set, b) >= 0 {
			return true
		}
	}
	for _, row := range [...]string{"qwertyuiop", "asdfghjkl", "zxcvbnm"} {
		i, j := strings.IndexByte(row, a), strings.IndexByte(row, b)
		if i >= 0 && j >= 0 && (i-j == 1 || j-i == 1) {
			return true
		}
	}
	return false
}

// slipStem tells whether word begins with stem but for one letter. Endings are
// short.
func slipStem(word, stem string) bool {
	for d := -1; d <= 1; d++ {
		if n := len(stem) + d; n <= len(word) && len(word)-n <= 6 && slip(word[:n], stem) {
			return true
		}
	}
	return false
}

func letters(s string) bool {
	for i := range len(s) {
		if s[i] < 'a' || s[i] > 'z' {
			return false
		}
	}
	return true
}

func hashWithout(s string, skip int) uint64 {
	h := uint64(hashSeed)
	for i := range len(s) {
		if i != skip {
			h = (h ^ uint64(s[i])) * hashPrime
		}
	}
	return h
}
