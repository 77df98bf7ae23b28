package audit

import "math/bits"

// Traits are what the rules have to know of one message: stored with it, so bits
// only ever get a meaning and never another one.
//
//	0-19   what is the same for everybody, below
//	20-39  steps of scripts that the message has
//	40-55  custom rules that it breaks
//	56-63  checksum of the names of steps and custom rules, where there is one of
//	       either, so that bits of an earlier configuration are not misread
type Traits uint64

// Traits of messages.
const (
	// Audited: the message has a text, which was looked at.
	Audited Traits = 1 << iota
	// Greets and Closes: it has a greeting, a closing text.
	Greets
	Closes
	// NameKnown: the customer's name was known; NameUsed: it is in the message.
	NameKnown
	NameUsed
	// Question: the customer asks something.
	Question
	// Two bits of language, below.
	_
	_
	// Of one human message, whether a rule holds.
	hasForbiddenWords
	hasShouting
	hasCardNumber
	hasPassword
	hasCPF
	hasCNPJ
	hasIBAN
	hasForeignLink
	hasLongReply
)

const (
	languageShift = 6
	languageMask  = 3
	ownShift      = 8 // of the rules from ForbiddenWords to LongReply
	ownMask       = 1<<(LongReply+1) - 1
	stepShift     = 20
	customShift   = 40
	customMask    = 1<<MaxCustom - 1
	sumShift      = 56
)

// Steps is a set of steps of scripts, one bit each.
type Steps uint32

const stepMask Steps = 1<<MaxSteps - 1

// Count is how many there are.
func (s Steps) Count() int { return bits.OnesCount32(uint32(s)) }

// languages by their two bits; 0 is not known.
var languages = [...]string{"", "pt", "es", "en"}

// languageBits of pt, es or en, also of pt-BR; none of anything else.
func languageBits(language string) Traits {
	if len(language) > 2 && language[2] != '-' && language[2] != '_' {
		return 0
	}
	for i, l := range languages {
		if i > 0 && len(language) >= 2 && language[:2] == l {
			return Traits(i) << languageShift
		}
	}
	return 0
}

// Language is pt, es, en, or "" where it is not known.
func (t Traits) Language() string { return languages[t.language()] }

// Steps are those that the message has, under rules of the same names.
func (t Traits) Steps(r *Rules) Steps {
	if t.sum() != r.sum {
		return 0
	}
	return t.steps()
}

func (t Traits) language() uint8 { return uint8(t>>languageShift) & languageMask }

func (t Traits) steps() Steps { return Steps(t>>stepShift) & stepMask }

func (t Traits) custom() uint32 { return uint32(t>>customShift) & customMask }

func (t Traits) sum() uint8 { return uint8(t >> sumShift) }

// broken are the rules of one message that it breaks; sum is that of the rules in
// force.
func (t Traits) broken(sum uint8) Set {
	set := Set(t>>ownShift) & ownMask
	if c := t.custom(); c != 0 && t.sum() == sum {
		set |= Set(c) << FirstCustom
	}
	return set
}
