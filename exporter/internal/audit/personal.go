package audit

import (
	"strings"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/validate"
)

const (
	// near is how many words lie at most between what asks and what is asked
	// for; denied how far a negation reaches, onward how far a place to type it
	// in instead is looked for.
	near   = 6
	denied = 8
	onward = 8
)

// personal gives the rules on personal data that a human message breaks.
func personal(m Message, s *scratch) (t Traits) {
	s.found = validate.Scan(s.found[:0], m.Text)
	for _, f := range s.found {
		switch f.Kind {
		case validate.KindCard:
			t |= hasCardNumber
		case validate.KindIBAN:
			t |= hasIBAN
		case validate.KindCNPJ:
			t |= hasCNPJ
		case validate.KindCPF:
			// Bare, it may be a phone number.
			if f.Punctuated || saysCPF(m.Text[:f.Start]) {
				t |= hasCPF
			}
		}
	}
	for i := 0; i < len(s.tokens); i++ {
		what := s.tokens[i].mark & (secret | card)
		if what == 0 {
			continue
		}
		end := i + 1
		for end < len(s.tokens) && s.tokens[end].mark&what != 0 && !s.tokens[end-1].ends {
			end++
		}
		switch {
		case what&secret != 0 && (isAsked(s.tokens, i, end, m.Text) || isTold(m.Folded, s.tokens, end)):
			t |= hasPassword
		case what&card != 0 && isAsked(s.tokens, i, end, m.Text):
			t |= hasCardNumber
		}
		i = end - 1
	}
	return t
}

// saysCPF tells whether a text ends in "CPF", perhaps with punctuation and a
// short word behind.
func saysCPF(before string) bool {
	if len(before) > 24 {
		before = before[len(before)-24:]
	}
	return strings.Contains(strings.ToLower(before), "cpf")
}

// sentence gives the bounds of the one that token i is in.
func sentence(tokens []token, i int) (from, to int) {
	from, to = i, i
	for from > 0 && !tokens[from-1].ends {
		from--
	}
	for to < len(tokens)-1 && !tokens[to].ends {
		to++
	}
	return from, to + 1
}

// isAsked tells whether the words i to end are asked for here: something asks
// shortly before them, nothing denies it, changes them ("reset your password") or
// sends the customer elsewhere to type them in; or the sentence is nothing else
// but a question for them.
func isAsked(tokens []token, i, end int, raw string) bool {
	from, to := sentence(tokens, i)
	for j := max(from, i-denied); j < i; j++ {
		if tokens[j].mark&denies != 0 {
			return false
		}
	}
	for j := end; j < min(to, end+onward); j++ {
		if tokens[j].mark&elsewhere != 0 {
			return false
		}
	}
	for j := i - 1; j >= max(from, i-near); j-- {
		switch m := tokens[j].mark; {
		case m&(changes|elsewhere) != 0:
			return false
		case m&asks != 0:
			return true
		}
	}
	bare := false
	for j := from; j < to; j++ {
		switch m := tokens[j].mark; {
		case j >= i && j < end || m&fills != 0:
		case m&pleases != 0:
			bare = true
		default:
			return false
		}
	}
	return bare || to == len(tokens) && strings.HasSuffix(strings.TrimRight(raw, " \n"), "?")
}

// isTold tells whether what follows the words that end before token i is a
// password: behind a colon or "is", with a digit, four characters or more.
func isTold(folded string, tokens []token, i int) bool {
	linked := false
	for n := 0; i < len(tokens) && n < near; n++ {
		if i > 0 {
			if tokens[i-1].ends {
				return false
			}
			if between := folded[tokens[i-1].to:tokens[i].from]; strings.ContainsAny(between, ":=") {
				linked = true
			}
		}
		switch m := tokens[i].mark; {
		case m&links != 0:
			linked = true
		case m&fills != 0:
		default:
			return linked && isPassword(folded[tokens[i].from:])
		}
		i++
	}
	return false
}

func isPassword(s string) bool {
	if i := strings.IndexByte(s, ' '); i >= 0 {
		s = s[:i]
	}
	return len(s) >= 4 && strings.ContainsAny(s, "0123456789")
}
