package audit

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/text"
)

// phrases finds words and phrases of many lists in one pass over the words of a
// message. Words are known by their 64-bit hashes.
type phrases struct {
	// byFirst are the phrases by the hash of their first word.
	byFirst map[uint64][]phrase
	// byStem are those whose first word ends in *, by the hash of what stands
	// before it; stems are the lengths there are, one bit each.
	byStem map[uint64][]phrase
	stems  uint64
}

type phrase struct {
	rest []uint64
	// stem: the last of rest is a stem of so many bytes; 0 for none.
	stem int
	does action
}

// action is what a phrase in a message means.
type action struct {
	sets Traits
	mark mark
	// first: among the first words only.
	first bool
}

// mark is what a word means to the rules that look at several.
type mark uint16

const (
	asks mark = 1 << iota
	denies
	changes
	elsewhere
	secret
	card
	links
	fills
	pleases
	wonders // begins a question
	opens   // may stand before one
)

// firstWords are where a greeting is looked for.
const firstWords = 8

// token is a word of a folded message: letters and digits, or one sign.
type token struct {
	hash     uint64
	from, to int
	mark     mark
	// ends: a sentence ends behind it.
	ends bool
	word bool
}

const (
	// maxTokens of a message are looked at.
	maxTokens = 4096
	hashSeed  = 14695981039346656037
	hashPrime = 1099511628211
)

func hashOf(s string) uint64 {
	h := uint64(hashSeed)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * hashPrime
	}
	return h
}

// tokenize appends the words of a folded text.
func tokenize(dst []token, s string) []token {
	for i := 0; i < len(s) && len(dst) < maxTokens; {
		c := s[i]
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c >= utf8.RuneSelf {
			from, h, word := i, uint64(hashSeed), true
			for i < len(s) {
				c := s[i]
				if c >= utf8.RuneSelf {
					r, n := utf8.DecodeRuneInString(s[i:])
					if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
						if i > from {
							break
						}
						// A sign is a word of its own; quotes and dashes are none.
						if unicode.IsPunct(r) || unicode.IsSpace(r) {
							from = -1
						}
						word = false
						h = hashOf(s[i : i+n])
						i += n
						break
					}
					for j := range n {
						h = (h ^ uint64(s[i+j])) * hashPrime
					}
					i += n
					continue
				}
				if (c < 'a' || c > 'z') && (c < '0' || c > '9') {
					break
				}
				h = (h ^ uint64(c)) * hashPrime
				i++
			}
			if from >= 0 {
				dst = append(dst, token{hash: h, from: from, to: i, word: word})
			}
			continue
		}
		switch c {
		case '.', '!', '?', ';', '\n':
			// Not inside 1.000 and example.com.
			if n := len(dst); n > 0 && (i+1 == len(s) || s[i+1] == ' ' || s[i+1] == c) {
				dst[n-1].ends = true
			}
		}
		i++
	}
	return dst
}

// add adds a word or phrase as somebody wrote it.
func (p *phrases) add(s string, does action) error {
	stem := strings.HasSuffix(strings.TrimSpace(s), "*")
	tokens := tokenize(nil, text.Fold(strings.TrimSuffix(strings.TrimSpace(s), "*")))
	switch {
	case len(s) > MaxWord:
		return fmt.Errorf("is %d bytes long: at most %d", len(s), MaxWord)
	case len(tokens) == 0:
		return errors.New("has no letters: write a word or a phrase")
	case len(tokens) > maxPhraseWords:
		return fmt.Errorf("has %d words: at most %d", len(tokens), maxPhraseWords)
	case strings.Contains(strings.TrimSuffix(strings.TrimSpace(s), "*"), "*"):
		return errors.New("has a * before its end: put one behind the last word only, or write a pattern")
	}
	last := tokens[len(tokens)-1]
	if stem && (!last.word || last.to-last.from < minStem || last.to-last.from > 63) {
		return fmt.Errorf("has too little or too much before the *: write %d letters or more", minStem)
	}
	if p.byFirst == nil {
		p.byFirst, p.byStem = make(map[uint64][]phrase), make(map[uint64][]phrase)
	}
	ph := phrase{does: does}
	for _, t := range tokens[1:] {
		ph.rest = append(ph.rest, t.hash)
	}
	switch {
	case stem && len(tokens) == 1:
		p.stems |= 1 << (last.to - last.from)
		p.byStem[last.hash] = append(p.byStem[last.hash], ph)
		return nil
	case stem:
		ph.stem = last.to - last.from
	}
	p.byFirst[tokens[0].hash] = append(p.byFirst[tokens[0].hash], ph)
	return nil
}

// find marks tokens and gives the traits that phrases set.
func (p *phrases) find(folded string, tokens []token) (t Traits) {
	for i := range tokens {
		for _, ph := range p.byFirst[tokens[i].hash] {
			if ph.matches(folded, tokens[i+1:]) {
				t |= ph.does.apply(tokens, i, len(ph.rest)+1)
			}
		}
		if p.stems == 0 || !tokens[i].word {
			continue
		}
		h := uint64(hashSeed)
		for j, word := 0, folded[tokens[i].from:tokens[i].to]; j < len(word) && j < 63; j++ {
			h = (h ^ uint64(word[j])) * hashPrime
			if p.stems&(1<<(j+1)) != 0 {
				for _, ph := range p.byStem[h] {
					t |= ph.does.apply(tokens, i, 1)
				}
			}
		}
	}
	return t
}

// apply marks the n tokens from i on.
func (a action) apply(tokens []token, i, n int) Traits {
	if a.mark != 0 {
		for j := i; j < i+n; j++ {
			tokens[j].mark |= a.mark
		}
	}
	if a.first && i >= firstWords {
		return 0
	}
	return a.sets
}

func (ph *phrase) matches(folded string, tokens []token) bool {
	if len(tokens) < len(ph.rest) {
		return false
	}
	for i, h := range ph.rest {
		if ph.stem > 0 && i == len(ph.rest)-1 {
			word := folded[tokens[i].from:tokens[i].to]
			return len(word) >= ph.stem && hashOf(word[:ph.stem]) == h
		}
		if tokens[i].hash != h {
			return false
		}
	}
	return true
}
