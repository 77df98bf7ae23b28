package sentiment

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// maxWords of a message are looked at.
	maxWords = 256
	// maxWord is the longest word that means anything, in bytes.
	maxWord = 40
)

// word is one of a message: where it stands in scratch.text.
type word struct {
	from, to uint16
	// ends is what follows it.
	ends ending
	// quiet: it is part of a phrase that says nothing.
	quiet bool
	// sign: it is one character that is no letter, an emoji for example.
	sign rune
}

// ending is what follows a word.
type ending uint8

const (
	goesOn ending = iota
	clauseEnds
	sentenceEnds
	questionEnds
)

// split takes a folded text apart. Apostrophes within words are passed over
// (don't is dont); numbers are words; words that are too long to be any are left
// out.
func (s *scratch) split(folded string) {
	s.text, s.words = s.text[:0], s.words[:0]
	for i := 0; i < len(folded) && len(s.words) < maxWords; {
		c := folded[i]
		if n := address(folded[i:]); n > 0 {
			i += n
			s.end(clauseEnds)
			continue
		}
		if isWordByte(c) {
			i = s.word(folded, i)
			continue
		}
		r, n := rune(c), 1
		if c >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(folded[i:])
			if unicode.IsLetter(r) {
				i = s.word(folded, i)
				continue
			}
		}
		i += n
		switch r {
		case ',', ';', ':', '(', ')', '\n', '-':
			s.end(clauseEnds)
		case '.', '!', '…':
			s.end(sentenceEnds)
		case '?':
			s.end(questionEnds)
		default:
			if r > 0x2000 {
				at := uint16(len(s.text))
				s.words = append(s.words, word{from: at, to: at, sign: r})
			}
		}
	}
}

// address gives the length of an address of the web that a text begins with.
func address(s string) int {
	if s[0] != 'h' && s[0] != 'w' || !strings.HasPrefix(s, "http://") && !strings.HasPrefix(s, "https://") && !strings.HasPrefix(s, "www.") {
		return 0
	}
	if end := strings.IndexByte(s, ' '); end > 0 {
		return end
	}
	return len(s)
}

func (s *scratch) end(how ending) {
	if n := len(s.words); n > 0 {
		s.words[n-1].ends = max(s.words[n-1].ends, how)
	}
}

// word takes in the word that begins at i and gives its end.
func (s *scratch) word(folded string, i int) int {
	from := len(s.text)
	for i < len(folded) {
		c := folded[i]
		switch {
		case isWordByte(c):
			s.text = append(s.text, c)
			i++
		case c == '\'' && i+1 < len(folded) && isWordByte(folded[i+1]), c == '/' && i > 0 && isDigit(folded[i-1]) && i+1 < len(folded) && isDigit(folded[i+1]):
			if c == '/' {
				s.text = append(s.text, c)
			}
			i++
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRuneInString(folded[i:])
			if r == '’' {
				i += n
				continue
			}
			if !unicode.IsLetter(r) {
				return s.take(from, i)
			}
			s.text = append(s.text, folded[i:i+n]...)
			i += n
		default:
			return s.take(from, i)
		}
	}
	return s.take(from, i)
}

func (s *scratch) take(from, i int) int {
	if len(s.text)-from > maxWord {
		s.text = s.text[:from]
		return i
	}
	s.words = append(s.words, word{from: uint16(from), to: uint16(len(s.text))})
	return i
}

func (s *scratch) of(w word) []byte { return s.text[w.from:w.to] }

func isWordByte(c byte) bool { return 'a' <= c && c <= 'z' || isDigit(c) }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
