package audit

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/text"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/validate"
)

// Auditor looks at texts. It is never changed after New and may be used
// concurrently.
type Auditor struct {
	phrases    phrases
	severities [BuiltinRules]Severity
	maxLength  int
	domains    []string
	// any is nil or matches whatever one of matchers does.
	any      *text.Matcher
	matchers []matcher
	sum      uint8
}

type matcher struct {
	patterns *text.Matcher
	sets     Traits
}

// Message is what is looked at.
type Message struct {
	// Text as it was written, and as text.Fold gives it; Folded is made where it
	// is empty.
	Text, Folded string
	// Language is what was found to be that of this text (pt, es, en), "" where
	// that is not sure; never a default.
	Language string
	// ContactName is the customer's, "" where it is not known. Only of what
	// humans write.
	ContactName string
}

const (
	// MaxText is how much of a message is looked at, in bytes. WhatsApp sends
	// no more than 4096 characters.
	MaxText = 16 << 10
	// minLetters make a language worth comparing.
	minLetters = 20
)

type scratch struct {
	tokens []token
	found  []validate.Found
}

var scratches = sync.Pool{New: func() any { return &scratch{make([]token, 0, 256), make([]validate.Found, 0, 8)} }}

// giveBack keeps no offsets of a long message.
func (s *scratch) giveBack() {
	if cap(s.tokens) <= 1024 {
		scratches.Put(s)
	}
}

// Human gives the traits of a message that a human agent wrote; 0 for one
// without text. Rules that are off leave no trace.
func (a *Auditor) Human(m Message) Traits {
	if m.Text == "" {
		return 0
	}
	length := utf8.RuneCountInString(m.Text)
	m.cut()
	s := scratches.Get().(*scratch)
	defer s.giveBack()
	s.tokens = tokenize(s.tokens[:0], m.Folded)
	t := Audited | m.language()
	t |= a.phrases.find(m.Folded, s.tokens)
	if a.any != nil && a.any.Match(m.Folded) {
		for _, p := range a.matchers {
			if t&p.sets == 0 && p.patterns.Match(m.Folded) {
				t |= p.sets
			}
		}
	}
	if length > a.maxLength {
		t |= hasLongReply
	}
	if isShouting(m.Text) {
		t |= hasShouting
	}
	if len(a.domains) > 0 && a.linksAway(m.Text) {
		t |= hasForeignLink
	}
	t |= personal(m, s)
	t |= named(m, s.tokens)
	for r := ForbiddenWords; r <= LongReply; r++ {
		if a.severities[r] == Off {
			t &^= 1 << (ownShift + r)
		}
	}
	if t.steps() != 0 || t.custom() != 0 {
		t |= Traits(a.sum) << sumShift
	}
	return t
}

// Customer gives the traits of a message of the customer's; 0 for one without
// text.
func (a *Auditor) Customer(m Message) Traits {
	if m.Text == "" {
		return 0
	}
	m.cut()
	t := Audited | m.language()
	if questionMark(m.Text) {
		return t | Question
	}
	s := scratches.Get().(*scratch)
	defer s.giveBack()
	s.tokens = tokenize(s.tokens[:0], m.Folded)
	a.phrases.find(m.Folded, s.tokens)
	// A question without its mark begins a sentence, be it behind a greeting.
	begins := true
	for i := range s.tokens {
		switch m := s.tokens[i].mark; {
		case begins && m&wonders != 0:
			return t | Question
		case m&opens == 0 && s.tokens[i].word:
			begins = false
		}
		begins = begins || s.tokens[i].ends
	}
	return t
}

// cut bounds the text and folds it where that has not been done.
func (m *Message) cut() {
	if len(m.Text) > MaxText {
		m.Text, m.Folded = head(m.Text), head(m.Folded)
	}
	if m.Folded == "" {
		m.Folded = text.Fold(m.Text)
	}
}

func head(s string) string {
	if len(s) <= MaxText {
		return s
	}
	end := MaxText
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}

// language of a message that has enough of one.
func (m *Message) language() Traits {
	bits := languageBits(m.Language)
	if bits == 0 {
		return 0
	}
	n := 0
	for i := range len(m.Folded) {
		if c := m.Folded[i]; c >= 'a' && c <= 'z' {
			if n++; n == minLetters {
				return bits
			}
		}
	}
	return 0
}

const (
	shoutedWords   = 3
	shoutedLetters = 4
)

// isShouting tells whether a message is in capitals: several words of nothing
// else, and most of its letters. Codes (with digits), acronyms (short) and a word
// that is stressed are none.
func isShouting(s string) bool {
	words, capitals, letters := 0, 0, 0
	run, high, mixed := 0, 0, false
	end := func() {
		if run >= shoutedLetters && high == run && !mixed {
			words++
		}
		run, high, mixed = 0, 0, false
	}
	for _, r := range s {
		switch {
		case r >= 'a' && r <= 'z':
			run++
			letters++
		case r >= 'A' && r <= 'Z':
			run++
			high++
			letters++
			capitals++
		case r >= '0' && r <= '9' || r == '_' || r == '@' || r == '/':
			mixed = true
		case r < utf8.RuneSelf:
			end()
		case unicode.IsUpper(r):
			run++
			high++
			letters++
			capitals++
		case unicode.IsLower(r):
			run++
			letters++
		case unicode.Is(unicode.Mn, r):
		default:
			end()
		}
	}
	end()
	return words >= shoutedWords && capitals*10 >= letters*6
}

// questionMark tells whether a text asks by its punctuation; question marks in
// addresses do not.
func questionMark(s string) bool {
	if strings.Contains(s, "¿") || strings.Contains(s, "？") {
		return true
	}
	for i := range len(s) {
		if s[i] != '?' {
			continue
		}
		if i+1 == len(s) || !isWordByte(s[i+1]) {
			return true
		}
		from := strings.LastIndexAny(s[:i], " \n\t") + 1
		if !strings.ContainsAny(s[from:i], "/=") {
			return true
		}
	}
	return false
}

func isWordByte(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= utf8.RuneSelf || c == '=' || c == '&' || c == '_'
}

// titles and small words are no part of a name to be called by.
var titles = map[uint64]bool{}

func init() {
	for _, w := range strings.Fields(`de da do das dos del la las los el van von y e sr sra srta dr dra dona don seu senhor senhora senor senora mr mrs ms miss
		cliente customer whatsapp loja tienda shop store contato contact unknown desconhecido desconocido user usuario mae pai the ltda me sa`) {
		titles[hashOf(w)] = true
	}
}

// named tells whether the customer's name is known and used. A name is one of the
// words that the contact is called by; words of one or two letters, titles and
// numbers are none.
func named(m Message, tokens []token) (t Traits) {
	if m.ContactName == "" || len(m.ContactName) > 256 {
		return 0
	}
	var room [8]token
	folded := text.Fold(m.ContactName)
	for _, n := range tokenize(room[:0], folded) {
		if !n.word || n.to-n.from < 3 || titles[n.hash] || strings.ContainsAny(folded[n.from:n.to], "0123456789") {
			continue
		}
		t |= NameKnown
		for i := range tokens {
			if tokens[i].hash == n.hash {
				return NameKnown | NameUsed
			}
		}
	}
	return t
}
