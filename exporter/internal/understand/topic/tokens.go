package topic

import (
	"unicode"
	"unicode/utf8"
)

const (
	// MaxText is how much of a message is read, in bytes; whoever writes more
	// has said what it is about.
	MaxText = 2 << 10
	// maxTokens of a message are looked at; bounds the work of blobs.
	maxTokens = 256
	// maxWord is the longest word that can mean anything, in bytes.
	maxWord = 40
)

// token is a word of a message, or a sign that is no punctuation.
type token struct {
	hash uint64
	// means is the hash of the word that an abbreviation stands for, else its own.
	means uint64
	// from and to are where it stands in the text, in bytes.
	from, to uint16
	ends     ending
	kind     kind
}

// ending is what follows a token.
type ending uint8

const (
	goesOn ending = iota
	clauseEnds
	sentenceEnds
	questionEnds
)

type kind uint8

const (
	isWord kind = iota
	isNumber
	isSign
	// isBlob is a word too long to be one.
	isBlob
)

const (
	hashSeed  = 14695981039346656037
	hashPrime = 1099511628211
)

// tokenize splits a folded text. Apostrophes within a word are passed over
// (don't is dont), a hyphen is part of it. The result reuses buf.
func tokenize(buf []token, s string) []token {
	out := buf[:0]
	for i := 0; i < len(s) && len(out) < maxTokens; {
		c := s[i]
		switch {
		case isWordByte[c]:
			t, end := word(s, i)
			out = append(out, t)
			i = end
		case c < utf8.RuneSelf:
			if n := len(out); n > 0 {
				out[n-1].ends = max(out[n-1].ends, endingOf(s, i))
			}
			i++
		default:
			r, n := utf8.DecodeRuneInString(s[i:])
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				t, end := word(s, i)
				out = append(out, t)
				i = end
				continue
			}
			if unicode.Is(unicode.So, r) {
				t := token{hash: hashSeed, from: uint16(i), to: uint16(i + n), kind: isSign}
				for _, b := range []byte(s[i : i+n]) {
					t.hash = (t.hash ^ uint64(b)) * hashPrime
				}
				out = append(out, t)
			}
			i += n
		}
	}
	return out
}

// word reads the word that begins at i and gives where it ends.
func word(s string, i int) (token, int) {
	t := token{hash: hashSeed, from: uint16(i), kind: isNumber}
	end := i
	for end < len(s) {
		c := s[end]
		n := 1
		switch {
		case isWordByte[c]:
			if c < '0' || c > '9' {
				t.kind = isWord
			}
			t.hash = (t.hash ^ uint64(c)) * hashPrime
		case c == '\'' || c == '`':
			if end+1 >= len(s) || !isWordByte[s[end+1]] {
				goto done
			}
		case c == '-':
			// A hyphen between letters joins; it is part of the word.
			if end+1 >= len(s) || !isWordByte[s[end+1]] {
				goto done
			}
			t.hash = (t.hash ^ uint64(c)) * hashPrime
		case c < utf8.RuneSelf:
			goto done
		default:
			var r rune
			r, n = utf8.DecodeRuneInString(s[end:])
			if r == '’' || r == 'ʼ' {
				break
			}
			if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
				goto done
			}
			t.kind = isWord
			for _, b := range []byte(s[end : end+n]) {
				t.hash = (t.hash ^ uint64(b)) * hashPrime
			}
		}
		end += n
	}
done:
	t.to = uint16(end)
	if end-i > maxWord {
		t.kind = isBlob
	}
	return t, end
}

// endingOf tells what the ASCII sign at i ends. A point or comma within a number
// or an address ends nothing.
func endingOf(s string, i int) ending {
	switch s[i] {
	case '?':
		return questionEnds
	case '!', ';':
		return sentenceEnds
	case '.':
		if i+1 == len(s) || !isWordByte[s[i+1]] {
			return sentenceEnds
		}
	case ',', ':', '(', ')':
		if i+1 == len(s) || s[i+1] < '0' || s[i+1] > '9' {
			return clauseEnds
		}
	}
	return goesOn
}

var isWordByte = func() (set [256]bool) {
	for c := 'a'; c <= 'z'; c++ {
		set[c] = true
	}
	for c := '0'; c <= '9'; c++ {
		set[c] = true
	}
	return set
}()
