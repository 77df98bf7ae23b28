package validate

// Kind is what was found.
type Kind uint8

// Kinds of numbers.
const (
	KindCard Kind = iota + 1
	KindCPF
	KindCNPJ
	KindIBAN
)

// Found is a number in a text.
type Found struct {
	Kind Kind
	// Start and End are bytes of the text, spaces and punctuation inside
	// included.
	Start, End int
	// Punctuated: it is written as such numbers are (000.000.000-00). Without,
	// a CPF may be a phone number that has the check digits by chance, as one
	// of a hundred does.
	Punctuated bool
}

const (
	// maxGroups of digits are looked at together.
	maxGroups = 6
	// maxRun is the longest group of digits that can be part of anything.
	maxRun = 19
)

// Scan appends what a text, as it was written, holds: numbers with their check
// digits right, in one piece or in the groups that people write them in. It
// takes time linear in the text, and allocates only where dst has no room.
//
// Numbers that are part of a longer run of letters and digits are not found, nor
// those whose groups stand on several lines.
func Scan(dst []Found, s string) []Found {
	var groups [maxGroups]group
	for i := 0; i < len(s); {
		c := s[i]
		if !isDigit(c) && !isLetter(c) {
			i++
			continue
		}
		end := i + 1
		letters := isLetter(c)
		for end < len(s) && (isDigit(s[end]) || isLetter(s[end])) {
			letters = letters || isLetter(s[end])
			end++
		}
		if letters {
			// A word: an IBAN or a CNPJ of the new kind may begin with it.
			if f, ok := iban(s, i); ok {
				dst, i = append(dst, f), f.End
			} else if f, ok := punctuatedCNPJ(s, i); ok {
				dst, i = append(dst, f), f.End
			} else {
				i = end
			}
			continue
		}
		if f, ok := punctuatedCNPJ(s, i); ok {
			dst, i = append(dst, f), f.End
			continue
		}
		n := split(s, i, &groups)
		if f, ok := number(s, groups[:n]); ok {
			dst, i = append(dst, f), f.End
		} else {
			i = end
		}
	}
	return dst
}

// group is a run of digits, and the width of the separator before it.
type group struct {
	from, to int
	sep      byte
}

// split finds the groups of digits from i on, each behind a single separator.
func split(s string, i int, groups *[maxGroups]group) (n int) {
	var sep byte
	for n < maxGroups {
		from := i
		for i < len(s) && isDigit(s[i]) {
			i++
		}
		if i == from || i-from > maxRun || i < len(s) && isLetter(s[i]) {
			return n
		}
		groups[n] = group{from, i, sep}
		n++
		var width int
		if sep, width = separator(s[i:]); width == 0 {
			return n
		}
		i += width
	}
	return n
}

// separator gives what stands between groups, spaces and hyphens of any kind as
// one; its width is 0 for anything else.
func separator(s string) (byte, int) {
	switch {
	case s == "":
		return 0, 0
	case s[0] == ' ' || s[0] == '.' || s[0] == '-' || s[0] == '/':
		return s[0], 1
	case len(s) >= 2 && s[:2] == "\u00a0":
		return ' ', 2
	case len(s) >= 3 && s[:2] == "\xe2\x80" && s[2] >= 0x90 && s[2] <= 0x94: // U+2010 to U+2014
		return '-', 3
	case len(s) >= 3 && s[:3] == "\u202f":
		return ' ', 3
	}
	return 0, 0
}

// shape is a way in which a number is grouped; any of the separators may stand
// before each group.
type shape struct {
	kind       Kind
	sizes      []int
	separators []string
	punctuated bool
}

// shapes, those of more groups before those of less.
var shapes = []shape{
	{KindCNPJ, []int{2, 3, 3, 4, 2}, []string{".", ".", "/", "-"}, true},
	{KindCNPJ, []int{2, 3, 3, 4, 2}, []string{" .", " .", " /-", " -/"}, true},
	{KindCard, []int{4, 4, 4, 4, 3}, []string{" .-", " .-", " .-", " .-"}, true},
	{KindCard, []int{4, 4, 4, 4}, []string{" .-", " .-", " .-"}, true},
	{KindCPF, []int{3, 3, 3, 2}, []string{" .-", " .-", " .-/"}, true},
	{KindCard, []int{4, 6, 5}, []string{" .-", " .-"}, true},
	{KindCard, []int{4, 6, 4}, []string{" .-", " .-"}, true},
	{KindCNPJ, []int{8, 4, 2}, []string{"/", "-"}, true},
	{KindCPF, []int{9, 2}, []string{"-/"}, true},
	{KindCNPJ, []int{12, 2}, []string{"-"}, true},
	{KindCPF, []int{11}, nil, false},
	{KindCNPJ, []int{14}, nil, false},
}

// number looks for a number that the first of the groups begin with.
func number(s string, groups []group) (Found, bool) {
	if len(groups) == 0 {
		return Found{}, false
	}
	for i := range shapes {
		sh := &shapes[i]
		if !sh.fits(groups) {
			continue
		}
		var b [maxRun]byte
		n := 0
		for _, g := range groups[:len(sh.sizes)] {
			n += copy(b[n:], s[g.from:g.to])
		}
		digits := string(b[:n])
		if sh.kind == KindCard && Card(digits) || sh.kind == KindCPF && CPF(digits) || sh.kind == KindCNPJ && CNPJ(digits) {
			return Found{sh.kind, groups[0].from, groups[len(sh.sizes)-1].to, sh.punctuated}, true
		}
	}
	if Card(s[groups[0].from:groups[0].to]) {
		return Found{KindCard, groups[0].from, groups[0].to, false}, true
	}
	return Found{}, false
}

func (sh *shape) fits(groups []group) bool {
	if len(groups) < len(sh.sizes) {
		return false
	}
	for i, size := range sh.sizes {
		if groups[i].to-groups[i].from != size {
			return false
		}
		if i > 0 && !holds(sh.separators[i-1], groups[i].sep) {
			return false
		}
	}
	return true
}

func holds(set string, c byte) bool {
	for i := range len(set) {
		if set[i] == c {
			return true
		}
	}
	return false
}

// iban looks for one that begins at i, with spaces between its groups or
// without.
func iban(s string, i int) (Found, bool) {
	if i+4 > len(s) || !isLetter(s[i]) || !isLetter(s[i+1]) || !isDigit(s[i+2]) || !isDigit(s[i+3]) {
		return Found{}, false
	}
	var b [maxIBAN]byte
	n, want, at := 0, 0, i
	for at < len(s) && n < len(b) {
		c := s[at]
		if c == ' ' || c == '-' {
			// One between groups, never at the end.
			if at+1 >= len(s) || !isDigit(s[at+1]) && !isLetter(s[at+1]) {
				break
			}
			at++
			continue
		}
		if !isDigit(c) && !isLetter(c) {
			break
		}
		if isLetter(c) {
			c &^= 0x20
		}
		b[n] = c
		n++
		at++
		if n == 2 {
			if want = ibanLengths[string(b[:2])]; want == 0 {
				return Found{}, false
			}
		}
		if n == want {
			break
		}
	}
	if n != want || at < len(s) && (isDigit(s[at]) || isLetter(s[at])) || !IBAN(string(b[:n])) {
		return Found{}, false
	}
	return Found{KindIBAN, i, at, true}, true
}

// punctuatedCNPJ looks for 00.000.000/0000-00 at i, with letters or without.
func punctuatedCNPJ(s string, i int) (Found, bool) {
	const size = 18
	if i+size > len(s) || s[i+2] != '.' || s[i+6] != '.' || s[i+10] != '/' || s[i+15] != '-' {
		return Found{}, false
	}
	if end := i + size; end < len(s) && (isDigit(s[end]) || isLetter(s[end])) {
		return Found{}, false
	}
	var b [14]byte
	n := 0
	for j := i; j < i+size; j++ {
		switch c := s[j]; {
		case isDigit(c) && n < len(b):
			b[n] = c
			n++
		case isLetter(c) && n < len(b):
			b[n] = c &^ 0x20
			n++
		}
	}
	if n != len(b) || !CNPJ(string(b[:])) {
		return Found{}, false
	}
	return Found{KindCNPJ, i, i + size, true}, true
}
