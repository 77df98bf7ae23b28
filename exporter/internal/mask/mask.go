// Package mask takes out of texts what identifies people or their money: phones,
// e-mail addresses, and the numbers of cards, CPF, CNPJ and IBAN that have their
// check digits right.
//
// It errs on the side of hiding: eight digits in a row may be an order as well as
// a phone. What somebody is called cannot be told from other words and stays. It
// is pure, and never keeps or logs any part of a text.
package mask

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/validate"
)

// What stands in the place of what was taken out.
const (
	Phone  = "[phone]"
	Number = "[number]"
	Email  = "[email]"
	Card   = "[card]"
	CPF    = "[cpf]"
	CNPJ   = "[cnpj]"
	IBAN   = "[iban]"
)

var tokens = map[validate.Kind]string{
	validate.KindCard: Card, validate.KindCPF: CPF, validate.KindCNPJ: CNPJ, validate.KindIBAN: IBAN,
}

var (
	// Digits of any script: WhatsApp's keyboards have several.
	digits = regexp.MustCompile(`\+?\(?\p{Nd}(?:[\p{Zs}.\-‐-―()\x{200b}-\x{200f}\x{2060}]{0,3}\p{Nd}){7,}`)
	emails = regexp.MustCompile(`[\p{L}\p{N}._%+\-']+\p{Zs}?@\p{Zs}?[\p{L}\p{N}\-]+(?:\.[\p{L}\p{N}\-]+)*\.\p{L}{2,}`)
	// A date is no phone, though it has as many digits.
	date = regexp.MustCompile(`^(?:19|20)\d\d[-.](?:0\d|1[0-2])[-.][0-3]\d(?: \d\d)?$|^[0-3]?\d[-.](?:0?\d|1[0-2])[-.](?:19|20)\d\d(?: \d\d)?$`)
)

// maxPhone is how many digits a phone number has at most (ITU-T E.164).
const maxPhone = 15

// span is a part of a text and what stands in its place.
type span struct {
	start, end int
	token      string
}

// Text gives the text without what it is to hide. It takes time linear in the
// text.
func Text(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r == '@' || unicode.IsDigit(r) }) {
		return s
	}
	var spans []span
	for _, f := range validate.Scan(nil, s) {
		spans = append(spans, span{f.Start, f.End, tokens[f.Kind]})
	}
	for _, at := range emails.FindAllStringIndex(s, -1) {
		spans = append(spans, span{at[0], at[1], Email})
	}
	for _, at := range digits.FindAllStringIndex(s, -1) {
		found := s[at[0]:at[1]]
		n := strings.Count(strings.Map(func(r rune) rune {
			if unicode.IsDigit(r) {
				return '0'
			}
			return -1
		}, found), "0")
		switch {
		case date.MatchString(found):
		case n > maxPhone:
			spans = append(spans, span{at[0], at[1], Number})
		default:
			spans = append(spans, span{at[0], at[1], Phone})
		}
	}
	if len(spans) == 0 {
		return s
	}
	// Of what overlaps, the first takes all: what lies beyond its end is hidden too.
	slices.SortStableFunc(spans, func(a, b span) int { return a.start - b.start })
	var b strings.Builder
	end := 0
	for _, f := range spans {
		if f.start >= end {
			b.WriteString(s[end:f.start])
			b.WriteString(f.token)
		}
		end = max(end, f.end)
	}
	b.WriteString(s[end:])
	return b.String()
}
