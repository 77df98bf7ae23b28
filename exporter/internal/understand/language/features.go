package language

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// maxBytes of a text are looked at: a language shows in far less.
	maxBytes = 1024
	// maxFeatures of a text count, some forty words; more add cost, not knowledge.
	maxFeatures = 640
	// maxWord is the longest word that counts, in letters; longer ones are
	// blobs, not words.
	maxWord = 24
	// maxChunk is the longest run of bytes without a space that may hold words.
	maxChunk = 64
)

// Features appends the hashes of what tells languages apart in s to dst, as far
// as its capacity reaches: whole words, the beginnings, endings and inner
// letters of words, and Spanish punctuation. Accents are kept.
// Addresses, handles, numbers, mixed-case words (brands, base64) and
// placeholders such as <name> give none, nor do other scripts.
func Features(s string, dst []uint32) []uint32 {
	if len(s) > maxBytes {
		s = s[:maxBytes]
	}
	e := extractor{out: dst[:cap(dst)], n: len(dst), begins: true}
	for len(s) > 0 && e.n < len(e.out) {
		space := strings.IndexFunc(s, separates)
		chunk := s
		if space < 0 {
			s = ""
		} else {
			chunk = s[:space]
			_, n := utf8.DecodeRuneInString(s[space:])
			s = s[space+n:]
		}
		if chunk != "" && !opaque(chunk) {
			e.chunk(chunk)
		}
	}
	return dst[:e.n]
}

// separates is true of what stands between chunks: spaces, and what one cannot
// see.
func separates(r rune) bool {
	return r <= ' ' || r == 0xa0 || r == utf8.RuneError || (r > 0xff && (unicode.IsSpace(r) || r >= 0x2000 && r <= 0x206f && invisible(r)))
}

// invisible tells separators and marks from the dashes and quotes of the same
// block. Zero-width marks split no word in earnest texts.
func invisible(r rune) bool {
	return r <= 0x200f || r >= 0x2028 && r <= 0x202f || r >= 0x205f
}

// opaque is true of chunks that are addresses, codes or blobs.
func opaque(chunk string) bool {
	if len(chunk) > maxChunk && !strings.ContainsAny(chunk[:maxChunk], ",.;!?…") {
		return true
	}
	var digit, joint, dot, slash bool
	for i := 0; i < len(chunk); i++ {
		switch c := chunk[i]; {
		case c >= '0' && c <= '9':
			digit = true
		case c == '@', c == '<', c == '$', c == '#', c == '\\':
			return true
		case c == '/':
			slash = true
			joint = true
		case c == '+', c == '=', c == '_', c == '-':
			joint = true
		case c == '.' && i > 0 && i+1 < len(chunk) && letter(chunk[i-1]) && letter(chunk[i+1]):
			dot = true
		}
	}
	switch {
	case digit && joint, dot && slash, strings.Contains(chunk, "://"):
		return true
	case dot:
		return domain(chunk)
	}
	return false
}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// domain is true of "www.…" and of what ends like a host or file name. A
// missing space after a full stop ("chegou.cade") is no domain.
func domain(chunk string) bool {
	if len(chunk) > 4 && strings.EqualFold(chunk[:4], "www.") {
		return true
	}
	end := strings.TrimRight(chunk, ".,;:!?)\"'")
	last := end[strings.LastIndexByte(end, '.')+1:]
	switch len(last) {
	case 2:
		return strings.EqualFold(last, "br") || strings.EqualFold(last, "io")
	case 3, 4:
		for _, t := range [...]string{"com", "net", "org", "app", "dev", "pdf", "jpg", "png", "jpeg", "docx", "xlsx", "html"} {
			if strings.EqualFold(last, t) {
				return true
			}
		}
	}
	return false
}

// extractor walks through a text. It and what it fills live on the stack,
// hence an index instead of append.
type extractor struct {
	out    []uint32
	n      int  // of out are filled
	begins bool // a sentence begins here: a capital says nothing
	word   [maxWord]rune
}

// The kinds of features, apart from one another by their seed.
const (
	seedWord = 0x9e3779b9 + iota*0x1000193
	seedGram
	seedMark
)

func (e *extractor) add(h uint32) {
	if e.n < len(e.out) {
		e.out[e.n] = h
		e.n++
	}
}

// chunk takes a run without spaces apart into words.
func (e *extractor) chunk(s string) {
	n := 0 // letters of the word so far; past maxWord they are counted only
	var lower, mixed, digits, capital bool
	flush := func() {
		if n > 0 && n <= maxWord && !mixed && !digits {
			if !capital || !lower || e.begins { // else a name
				e.take(e.word[:n])
			}
			e.begins = false
		} else if n > 0 || digits {
			e.begins = false
		}
		n, lower, mixed, digits, capital = 0, false, false, false, false
	}
	for i, r := range s {
		switch {
		case r >= '0' && r <= '9':
			digits = true
		case latin(r):
			upper := unicode.IsUpper(r)
			switch {
			case upper && n == 0:
				capital = true
			case upper && lower:
				mixed = true
			case !upper:
				lower = true
			}
			if n < maxWord {
				e.word[n] = unicode.ToLower(r)
			}
			n++
		case (r == '\'' || r == '’' || r == '´' || r == '`') && n > 0 && i+1 < len(s):
			if n < maxWord {
				e.word[n] = '\''
			}
			n++
		case r == 0xad || unicode.Is(unicode.Mn, r):
			// soft hyphens and combining accents are part of the word
			if n > 0 {
				e.compose(r, n-1)
			}
		default:
			flush()
			switch r {
			case '¿', '¡':
				e.add(seedMark + uint32(r))
				e.begins = true
			case '.', '!', '?', ':', '…':
				e.begins = true
			default:
				if r > 0xff && !unicode.IsLetter(r) { // emoji, dashes, quotes
					e.begins = true
				}
			}
		}
	}
	flush()
}

// latin is true of the letters that the three languages and their neighbours use.
func latin(r rune) bool {
	switch {
	case r < 0x80:
		return r|0x20 >= 'a' && r|0x20 <= 'z'
	case r < 0xc0:
		return false
	default:
		return r < 0x180 && r != '×' && r != '÷'
	}
}

// compose joins a combining accent with the letter before it, for texts in
// decomposed form (some phones send them).
func (e *extractor) compose(mark rune, at int) {
	if at >= maxWord {
		return
	}
	var from, to string
	switch mark {
	case 0x300:
		from, to = "aeiou", "àèìòù"
	case 0x301:
		from, to = "aeiou", "áéíóú"
	case 0x302:
		from, to = "aeiou", "âêîôû"
	case 0x303:
		from, to = "aon", "ãõñ"
	case 0x308:
		from, to = "aeiou", "äëïöü"
	case 0x327:
		from, to = "c", "ç"
	default:
		return
	}
	if i := strings.IndexRune(from, e.word[at]); i >= 0 {
		for j, r := range to {
			if j == 2*i { // all of them take two bytes
				e.word[at] = r
			}
		}
	}
}

// take adds the features of one lower-case word.
func (e *extractor) take(w []rune) {
	w = squeeze(w)
	for len(w) > 0 && w[len(w)-1] == '\'' {
		w = w[:len(w)-1]
	}
	if len(w) == 0 || universal(w) {
		return
	}
	whole := hash(seedWord, w)
	// A word of its own counts twice: the model has more n-grams than words.
	e.add(whole)
	e.add(whole)
	if len(w) == 1 {
		return
	}
	for n := 2; n <= 4; n++ {
		// Places -1 and len(w) are the edges of the word. Its first letter
		// alone says little, its last one much.
		for i := max(2-n, -1); i+n <= len(w)+1; i++ {
			h := uint32(seedGram + n)
			for j := i; j < i+n; j++ {
				if j < 0 || j == len(w) {
					h = mix(h, ' ')
				} else {
					h = mix(h, w[j])
				}
			}
			e.add(h)
		}
	}
}

// squeeze shortens letters held down: three and more become one ("oiiii"), or
// three where the word is nothing else ("kkkkkk", a laugh in Portuguese).
func squeeze(w []rune) []rune {
	kept := 0
	for i := 0; i < len(w); {
		j := i
		for j < len(w) && w[j] == w[i] {
			j++
		}
		n := j - i
		if n >= 3 {
			if n == len(w) {
				return w[:3]
			}
			n = 1
		}
		for range n {
			w[kept] = w[i]
			kept++
		}
		i = j
	}
	return w[:kept]
}

// universal is true of what says nothing wherever it stands: "ok", however it
// is drawn out.
func universal(w []rune) bool {
	if len(w) < 2 || w[0] != 'o' || w[1] != 'k' {
		return false
	}
	for i, r := range w[2:] {
		if r != 'k' && (r != 's' || 2+i != len(w)-1) {
			return false
		}
	}
	return true
}

func hash(seed uint32, w []rune) uint32 {
	h := seed
	for _, r := range w {
		h = mix(h, r)
	}
	return h
}

func mix(h uint32, r rune) uint32 { return (h ^ uint32(r)) * 16777619 }
