// Package text prepares messages for rules: Fold brings a message to the one
// form that patterns are written against, and a Matcher says whether one of
// many patterns holds.
//
// It never keeps, logs or returns in an error any part of a message; only
// patterns, which come from the configuration, are quoted.
package text

import (
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fold gives the form of a message that patterns see:
//
//   - compatibility forms taken apart and accents removed (São -> sao, ５ -> 5,
//     … -> ...), lower case;
//   - no format, control or variation-selector characters and no skin tones, so
//     that 👍🏽 is 👍 and the keycap 4️⃣ is 4;
//   - white space runs are one space;
//   - a letter written three times or more is written once (obrigadooo ->
//     obrigado), twice stays (correo, pessoa);
//   - no white space or punctuation at either end (¡gracias! :) -> gracias).
//     Emoji and signs that mean something (+ % & # @ $ / \ <) stay.
//
// Bytes that are not UTF-8 disappear. Fold(Fold(s)) is Fold(s). A message that
// is folded already, or is so but for its ends, is returned without allocating.
func Fold(s string) string {
	s = trimASCII(s)
	if isFolded(s) {
		return s
	}
	f := folders.Get().(*folder)
	defer f.giveBack()
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			f.add(rune(s[i]))
			i++
			continue
		}
		end := i + 1
		for end < len(s) && s[end] >= utf8.RuneSelf {
			end++
		}
		f.addStretch(s[i:end])
		i = end
	}
	return f.String()
}

// addStretch adds what stands between two ASCII characters. Taking a text apart
// never moves anything across one of those, so that each stretch can be looked
// at alone; most are one accented letter.
func (f *folder) addStretch(s string) {
	r, n := utf8.DecodeRuneInString(s)
	if n == len(s) && r < latinEnd {
		if d := norm.NFKD.PropertiesString(s).Decomposition(); d != nil {
			f.addDecomposed(d)
		} else {
			f.addAny(r)
		}
		return
	}
	var it norm.Iter
	it.InitString(norm.NFKD, s)
	for !it.Done() {
		f.addDecomposed(it.Next())
	}
}

// latinEnd is the end of the blocks Latin-1 Supplement and Latin Extended-A and
// -B, whose letters have their decomposition in a table.
const latinEnd = 0x250

func (f *folder) addDecomposed(b []byte) {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		b = b[n:]
		if r == utf8.RuneError && n == 1 {
			continue
		}
		f.addAny(r)
	}
}

// folder collects folded runes. Its state is what squeezing and collapsing
// need to know of the runes before.
type folder struct {
	out  []byte
	last rune // last letter written, 0 where the last rune is no letter
	run  int  // how often in a row last came
}

// folders are used again, unless a long message made one large.
var folders = sync.Pool{New: func() any { return new(folder) }}

func (f *folder) giveBack() {
	if cap(f.out) <= 4<<10 {
		clear(f.out[:cap(f.out)]) // no message outlives its folding
		*f = folder{out: f.out[:0]}
		folders.Put(f)
	}
}

// addAny adds a rune of a decomposed text.
func (f *folder) addAny(r rune) {
	if r < utf8.RuneSelf {
		f.add(r)
		return
	}
	if removed(r) {
		return
	}
	// Lower case may itself decompose (a few capitals have a lower form with a
	// mark); taking it apart again here keeps Fold idempotent.
	if l := unicode.ToLower(r); l != r {
		if d := norm.NFKD.PropertiesString(string(l)).Decomposition(); d != nil {
			for len(d) > 0 {
				r, n := utf8.DecodeRune(d)
				d = d[n:]
				if !removed(r) {
					f.add(r)
				}
			}
			return
		}
		r = l
	}
	f.add(r)
}

// add adds a rune that is none of the removed ones, or ASCII.
func (f *folder) add(r rune) {
	switch {
	case 'a' <= r && r <= 'z':
	case 'A' <= r && r <= 'Z':
		r += 'a' - 'A'
	case unicode.IsSpace(r):
		f.endRun()
		if n := len(f.out); n > 0 && f.out[n-1] != ' ' {
			f.out = append(f.out, ' ')
		}
		return
	case r < ' ' || r == 0x7f:
		return
	case r < utf8.RuneSelf || !unicode.IsLetter(r):
		f.endRun()
		f.out = utf8.AppendRune(f.out, r)
		return
	}
	if r == f.last {
		f.run++
		// The third of a kind takes the second back; later ones add nothing.
		if f.run == 3 {
			f.out = f.out[:len(f.out)-utf8.RuneLen(r)]
		}
		if f.run >= 3 {
			return
		}
	} else {
		f.last, f.run = r, 1
	}
	f.out = utf8.AppendRune(f.out, r)
}

func (f *folder) endRun() { f.last, f.run = 0, 0 }

// String gives what was added, trimmed. The folder is used up.
func (f *folder) String() string { return trimASCII(trimAny(string(f.out))) }

// removed tells whether a rune of a decomposed text has no part in the folded
// one: marks (accents, variation selectors, keycaps), format characters (zero
// width, direction), controls and skin tones.
func removed(r rune) bool {
	switch {
	case r < utf8.RuneSelf:
		return false
	case 0x300 <= r && r <= 0x36F: // accents
		return true
	case 0x1F3FB <= r && r <= 0x1F3FF:
		return true
	case r == 0x85: // next line is white space
		return false
	}
	return unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf, unicode.Cc)
}

// isFolded tells whether s is ASCII that folding would leave as it is; s is
// trimmed.
func isFolded(s string) bool {
	var a, b byte
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= utf8.RuneSelf || c < ' ' || c == 0x7f:
			return false
		case 'A' <= c && c <= 'Z':
			return false
		case c == ' ' && b == ' ':
			return false
		case c == b && b == a && 'a' <= c && c <= 'z':
			return false
		}
		a, b = b, c
	}
	return true
}
