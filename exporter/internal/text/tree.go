package text

import (
	"regexp/syntax"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// programSize estimates the instructions that a pattern compiles to, before it
// is compiled: counted repetitions multiply.
func programSize(re *syntax.Regexp) int {
	n := 1
	if re.Op == syntax.OpLiteral {
		n = len(re.Rune)
	}
	for _, sub := range re.Sub {
		n += programSize(sub)
	}
	if re.Op == syntax.OpRepeat {
		n *= max(re.Min+1, re.Max, 1)
	}
	// The parser bounds nesting and repetition, so that this stays far from
	// overflowing an int.
	return n
}

// foldTree folds the letters of a pattern in place, as Fold does with those of
// a message. Repetitions, groups and anchors stay as they are.
func foldTree(re *syntax.Regexp) {
	switch re.Op {
	case syntax.OpLiteral:
		// Folded messages have no upper case: (?i) has nothing left to say.
		re.Rune = foldRunes(re.Rune)
		re.Flags &^= syntax.FoldCase
		if len(re.Rune) == 0 {
			re.Op, re.Rune = syntax.OpEmptyMatch, nil
		}
	case syntax.OpCharClass:
		re.Rune = foldClass(re.Rune)
	}
	for _, sub := range re.Sub {
		foldTree(sub)
	}
}

// foldRunes folds the runes of a literal: decomposed, lower case, without what
// Fold removes, a run of three letters once.
func foldRunes(in []rune) []rune {
	out := make([]rune, 0, len(in))
	for _, r := range in {
		out = append(out, foldRune(r)...)
	}
	squeezed := out[:0]
	for i := 0; i < len(out); {
		j := i
		for j < len(out) && out[j] == out[i] {
			j++
		}
		n := j - i
		if n >= 3 && unicode.IsLetter(out[i]) {
			n = 1
		}
		squeezed = append(squeezed, out[i:i+n]...)
		i = j
	}
	return squeezed
}

// foldRune folds one rune, possibly to none or several. Unlike in a message,
// white space and punctuation stay what they are.
func foldRune(r rune) []rune {
	if r < utf8.RuneSelf {
		return []rune{unicode.ToLower(r)}
	}
	var out []rune
	for _, d := range norm.NFKD.String(string(r)) {
		if removed(d) {
			continue
		}
		for _, l := range norm.NFKD.String(string(unicode.ToLower(d))) {
			if !removed(l) {
				out = append(out, l)
			}
		}
	}
	return out
}

// maxClass is how many runes a class may hold for its letters to be folded one
// by one; larger ones are categories such as \pL, which hold the folded letters
// too.
const maxClass = 512

// foldClass adds to the ranges of a character class the folded forms of its
// runes: [ãõ] holds a and o besides. A negated class arrives as its complement,
// which is large, and stays as it is.
func foldClass(ranges []rune) []rune {
	count := 0
	for i := 0; i+1 < len(ranges); i += 2 {
		if count += int(ranges[i+1]-ranges[i]) + 1; count > maxClass {
			return ranges
		}
	}
	in := func(set []rune, r rune) bool {
		for i := 0; i+1 < len(set); i += 2 {
			if set[i] <= r && r <= set[i+1] {
				return true
			}
		}
		return false
	}
	out := append([]rune(nil), ranges...)
	for i := 0; i+1 < len(ranges); i += 2 {
		for r := ranges[i]; r <= ranges[i+1]; r++ {
			if f := foldRune(r); len(f) == 1 && !in(out, f[0]) {
				out = append(out, f[0], f[0])
			}
		}
	}
	return out
}
