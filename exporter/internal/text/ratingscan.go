package text

import (
	"strings"
	"unicode/utf8"
)

// tokenKind is the kind of a part of a message that may be a rating.
type tokenKind uint8

const (
	// tokenOther is what no rating has; nothing is read behind it.
	tokenOther tokenKind = iota
	tokenEnd
	tokenNumber
	tokenStar
	tokenHollow // ☆, a star that was not given
	tokenMood   // a face, a hand, a heart
	tokenWord
	tokenOf // stands between a rating and its scale
)

type token struct {
	kind  tokenKind
	word  word // wordNone for digits and signs
	value int
	// padded: the number begins with a zero that it does not need.
	padded bool
}

// scanner takes a folded text apart. Punctuation and white space between tokens
// say nothing, but for what makes one number of two ("4,5", "10:30", "4-5") and
// a sign ("nota -5").
type scanner struct {
	s    string
	at   int
	last tokenKind
}

// next gives the next token.
func (p *scanner) next() token {
	t := p.read()
	p.last = t.kind
	return t
}

func (p *scanner) read() token {
	gap := p.skip()
	if p.at == len(p.s) {
		return token{kind: tokenEnd}
	}
	r, n := utf8.DecodeRuneInString(p.s[p.at:])
	switch {
	case '0' <= r && r <= '9':
		if p.last == tokenNumber && !strings.Contains(gap, " ") || strings.HasSuffix(gap, "-") {
			return token{}
		}
		return p.number()
	case 'a' <= r && r <= 'z':
		if p.last == tokenNumber && gap == "" {
			return token{} // 5h, 5x, 5kg
		}
		return p.readWord()
	case r == '/' && p.last == tokenNumber:
		p.at += n
		return token{kind: tokenOf}
	}
	t := token{kind: kindOf(r)}
	if t.kind == tokenNumber {
		t.value = 10
	}
	p.at += n
	return t
}

// skip passes over what separates tokens and gives it.
func (p *scanner) skip() string {
	from := p.at
	for p.at < len(p.s) {
		r, n := utf8.DecodeRuneInString(p.s[p.at:])
		if !separates(r) {
			break
		}
		p.at += n
	}
	return p.s[from:p.at]
}

func separates(r rune) bool {
	switch r {
	case ' ', '.', ',', '!', ':', ';', '-', '(', ')', '[', ']', '=', '\'', '"', '*', '_', '~', '|',
		'–', '—', '‐', '‑', '‒', '·', '•', '’', '‘', '“', '”', '¡':
		return true
	}
	return false
}

// number reads up to three digits; a zero behind a decimal sign is passed over.
func (p *scanner) number() token {
	t := token{kind: tokenNumber}
	from := p.at
	for p.at < len(p.s) && isDigit(p.s[p.at]) {
		t.value = t.value*10 + int(p.s[p.at]-'0')
		if p.at++; p.at-from > 3 {
			return token{}
		}
	}
	n := p.at - from
	t.padded = n > 1 && p.s[from] == '0'
	if t.padded && (n > 2 || t.value == 0) {
		return token{}
	}
	if rest := p.s[p.at:]; strings.HasPrefix(rest, ".0") || strings.HasPrefix(rest, ",0") {
		if len(rest) > 2 && isDigit(rest[2]) {
			return token{}
		}
		p.at += 2
	}
	return t
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }

func (p *scanner) readWord() token {
	from := p.at
	for p.at < len(p.s) && 'a' <= p.s[p.at] && p.s[p.at] <= 'z' {
		p.at++
	}
	if p.at-from > longestWord {
		return token{}
	}
	m := ratingWords[p.s[from:p.at]]
	if p.at < len(p.s) && isDigit(p.s[p.at]) && m.word != wordStrong {
		return token{} // n5, x5; nota5 is as good as nota 5
	}
	t := token{kind: tokenWord, word: m.word, value: m.value}
	switch m.word {
	case wordNone:
		return token{}
	case wordNumber, wordArticle:
		t.kind = tokenNumber
	case wordOf:
		t.kind = tokenOf
	}
	return t
}

// kindOf gives what a sign is; a number is 🔟.
func kindOf(r rune) tokenKind {
	switch r {
	case '⭐', '🌟', '★', '⭑', '✭', '✮', '✯':
		return tokenStar
	case '☆', '✩', '✰', '⚝':
		return tokenHollow
	case '🔟':
		return tokenNumber
	case '❤', '♥', '☺', '☹', '💪', '💩', '✨', '🎉', '🫶':
		return tokenMood
	}
	switch {
	case 0x1F600 <= r && r <= 0x1F64F, // faces, 🙌, 🙏
		0x1F910 <= r && r <= 0x1F92F, // more of them, 🤝
		0x1F970 <= r && r <= 0x1F97A,
		0x1F44A <= r && r <= 0x1F450, // hands, 👍 and 👎 among them
		0x1F493 <= r && r <= 0x1F49F: // hearts
		return tokenMood
	}
	return tokenOther
}
