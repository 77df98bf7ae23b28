package text

import (
	"regexp/syntax"
	"slices"
	"strings"
)

// prefilter tells in one pass over a message that no pattern can match it: each
// pattern behind it needs one of a set of words, and none is there. Nearly all
// messages end here, for a hundredth of what the regular expression costs.
type prefilter struct {
	// bucket gives, for the first two bytes of a word, 1 + its index in words.
	bucket [1 << 16]uint8
	words  [][]string
}

const (
	// minWord is the shortest word that filters anything, in bytes.
	minWord = 2
	// maxWords of one pattern; more are not worth looking for.
	maxWords = 256
	// maxBuckets is what fits into a uint8 beside "none".
	maxBuckets = 255
)

// newPrefilter gives nil where words begin in too many ways.
func newPrefilter(words []string) *prefilter {
	f := new(prefilter)
	for _, w := range words {
		key := int(w[0])<<8 | int(w[1])
		if f.bucket[key] == 0 {
			if len(f.words) == maxBuckets {
				return nil
			}
			f.words = append(f.words, nil)
			f.bucket[key] = uint8(len(f.words))
		}
		b := f.bucket[key] - 1
		f.words[b] = append(f.words[b], w)
	}
	return f
}

// possible tells whether s holds one of the words.
func (f *prefilter) possible(s string) bool {
	for i := 1; i < len(s); i++ {
		b := f.bucket[int(s[i-1])<<8|int(s[i])]
		if b == 0 {
			continue
		}
		for _, w := range f.words[b-1] {
			// The first two bytes are there; the third tells most words apart.
			if len(w) > 2 && (i+1 == len(s) || s[i+1] != w[2]) {
				continue
			}
			if strings.HasPrefix(s[i-1:], w) {
				return true
			}
		}
	}
	return false
}

// needs is what is known of the texts that match a pattern.
type needs struct {
	// exact lists the whole texts; nil where there are too many.
	exact []string
	// one of these is part of each text; nil where nothing is known.
	one []string
}

// requiredWords gives words of which every text that matches re holds at least
// one, or nil.
func requiredWords(re *syntax.Regexp) []string {
	words := analyse(re).best()
	if len(words) == 0 || shortest(words) < minWord {
		return nil
	}
	return words
}

func analyse(re *syntax.Regexp) needs {
	switch re.Op {
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase != 0 {
			return needs{}
		}
		return needs{exact: []string{string(re.Rune)}}
	case syntax.OpCharClass:
		return analyseClass(re.Rune)
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText,
		syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return needs{exact: []string{""}}
	case syntax.OpCapture:
		return analyse(re.Sub[0])
	case syntax.OpQuest:
		if sub := analyse(re.Sub[0]); sub.exact != nil {
			return bounded(needs{exact: append(slices.Clone(sub.exact), "")})
		}
	case syntax.OpPlus:
		return needs{one: analyse(re.Sub[0]).best()}
	case syntax.OpRepeat:
		if re.Min > 0 {
			return needs{one: analyse(re.Sub[0]).best()}
		}
	case syntax.OpAlternate:
		return analyseAlternate(re.Sub)
	case syntax.OpConcat:
		return analyseConcat(re.Sub)
	}
	return needs{}
}

func analyseClass(ranges []rune) needs {
	var n needs
	for i := 0; i+1 < len(ranges); i += 2 {
		if int(ranges[i+1]-ranges[i]) >= maxWords-len(n.exact) {
			return needs{}
		}
		for r := ranges[i]; r <= ranges[i+1]; r++ {
			n.exact = append(n.exact, string(r))
		}
	}
	return n
}

func analyseAlternate(subs []*syntax.Regexp) needs {
	exact, one := []string{}, []string{}
	for _, sub := range subs {
		n := analyse(sub)
		if exact != nil && n.exact != nil {
			exact = append(exact, n.exact...)
		} else {
			exact = nil
		}
		if b := n.best(); one != nil && b != nil {
			one = append(one, b...)
		} else {
			one = nil
		}
	}
	return bounded(needs{exact: exact, one: one})
}

// analyseConcat joins neighbours as long as their texts can be listed, so that
// what the parser took apart (p(?:essoa|erson)) is one word again, and keeps the
// best stretch.
func analyseConcat(subs []*syntax.Regexp) needs {
	var (
		all  = true
		best []string
		run  = []string{""}
	)
	consider := func(words []string) {
		if better(words, best) {
			best = words
		}
	}
	for _, sub := range subs {
		n := analyse(sub)
		if n.exact != nil && len(run)*len(n.exact) <= maxWords {
			joined := make([]string, 0, len(run)*len(n.exact))
			for _, a := range run {
				for _, b := range n.exact {
					joined = append(joined, a+b)
				}
			}
			run = joined
			continue
		}
		all = false
		consider(run)
		run = []string{""}
		if n.exact != nil {
			run = n.exact
		} else {
			consider(n.one)
		}
	}
	if all {
		return bounded(needs{exact: run})
	}
	consider(run)
	return needs{one: best}
}

// bounded forgets lists that are too long.
func bounded(n needs) needs {
	if len(n.exact) > maxWords {
		n.exact = nil
	}
	if len(n.one) > maxWords {
		n.one = nil
	}
	return n
}

// best gives the more telling of the two lists.
func (n needs) best() []string {
	if better(n.one, n.exact) {
		return n.one
	}
	return n.exact
}

// better tells whether looking for a says more than looking for b: its shortest
// word is longer (beyond four bytes that matters little), or it is shorter.
func better(a, b []string) bool {
	if len(a) == 0 || len(b) == 0 {
		return len(a) > 0
	}
	if x, y := min(shortest(a), 4), min(shortest(b), 4); x != y {
		return x > y
	}
	return len(a) < len(b)
}

func shortest(words []string) int {
	n := len(words[0])
	for _, w := range words {
		n = min(n, len(w))
	}
	return n
}
