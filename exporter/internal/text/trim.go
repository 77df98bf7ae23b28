package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// edges are the ASCII characters that mean nothing at the ends of a message:
// white space, punctuation, the marks of WhatsApp's own formatting (*bold*,
// _italics_, ~struck~, ```fixed```) and what typed smileys are made of.
var edges = func() (set [utf8.RuneSelf]bool) {
	for _, c := range " \t\n\v\f\r.,!?;:~\"'`()[]{}*_-=^|" {
		set[c] = true
	}
	return set
}()

// trimASCII cuts edges off both ends of s.
func trimASCII(s string) string {
	for len(s) > 0 && s[0] < utf8.RuneSelf && edges[s[0]] {
		s = s[1:]
	}
	for len(s) > 0 && s[len(s)-1] < utf8.RuneSelf && edges[s[len(s)-1]] {
		s = s[:len(s)-1]
	}
	return s
}

// trimAny cuts edges and the punctuation and quotes of all scripts off both
// ends of a decomposed text.
func trimAny(s string) string { return strings.TrimFunc(s, isEdge) }

func isEdge(r rune) bool {
	if r < utf8.RuneSelf {
		return edges[r]
	}
	return unicode.IsPunct(r)
}
