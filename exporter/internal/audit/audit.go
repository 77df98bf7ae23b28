// Package audit judges what human agents write, by rules. It has two halves that
// never meet in one process step:
//
//   - an Auditor looks at the text of one message at the way in and gives its
//     Traits, 64 bits that are stored with the message;
//   - a State goes through the traits of a conversation's messages, in the order
//     in which they count, and gives Findings. It never sees a text.
//
// Both are pure: no clock, no I/O, the same input gives the same output. No part
// of a message is ever kept, logged or quoted in an error.
//
// # Rules
//
// Of a message that a human wrote (text and captions; nothing else is audited):
//
//	forbidden_words  a word of the forbidden list, in the message as a whole word
//	shouting         three words or more of four letters and more in capitals only,
//	                 and six letters of ten in the whole message are capitals
//	card_number      a payment card's number stands there, or one, or a security
//	                 code, is asked for
//	password         a password or a code sent to the customer stands there or is
//	                 asked for
//	cpf              a CPF stands there, written as such or announced as one
//	cnpj             the same of a company's number
//	iban             an account number stands there
//	foreign_link     a link to a host outside audits.domains; without domains none
//	                 is foreign
//	long_reply       more than audits.max_length characters
//	other_language   in another language than the customer's last message whose
//	                 language is known
//
// Of a conversation:
//
//	no_greeting         the first message that a human writes has no greeting in
//	                    its first words; only after a message of the customer's,
//	                    and not in a conversation that reopens one
//	many_in_a_row       the message is the max_in_row-th of a human in a row,
//	                    without one of the customer's or a bot's between them; once
//	                    a row
//	unanswered_at_close a customer's question that neither human nor bot has
//	                    answered when the conversation ends, unless the bot ended
//	                    it. A closing phrase of the customer's withdraws it
//	no_closing          a human wrote, and none of the human's messages after the
//	                    customer's last question has a closing text; by resolve
//	                    event or thanks only: nobody knows of a time-out before
//	name_not_used       the customer's name is known and no human message has it
//	script_step         a step of the request type's script stands in no human
//	                    message; by resolve event or thanks only
//
// A merged conversation gives no finding at its end. Custom rules find words or
// patterns in a message.
package audit

// Rule is an index of a rule: built-in ones from 0, custom ones from
// FirstCustom.
type Rule uint8

// Built-in rules; stored, so only ever appended to.
const (
	ForbiddenWords Rule = iota
	Shouting
	CardNumber
	Password
	CPF
	CNPJ
	IBAN
	ForeignLink
	LongReply
	OtherLanguage
	NoGreeting
	ManyInARow
	UnansweredAtClose
	NoClosing
	NameNotUsed
	ScriptStep
	// BuiltinRules is how many there are.
	BuiltinRules
)

const (
	// FirstCustom is the index of the first custom rule.
	FirstCustom Rule = 16
	// MaxCustom rules can be configured.
	MaxCustom = 16
	// MaxRules bounds every Rule.
	MaxRules = int(FirstCustom) + MaxCustom
	// MaxSteps of all scripts together.
	MaxSteps = 20
)

var ruleNames = [BuiltinRules]string{
	"forbidden_words", "shouting", "card_number", "password", "cpf", "cnpj", "iban", "foreign_link", "long_reply", "other_language",
	"no_greeting", "many_in_a_row", "unanswered_at_close", "no_closing", "name_not_used", "script_step",
}

// String is the name of a built-in rule, as in the label rule; "" for others.
func (r Rule) String() string {
	if r < BuiltinRules {
		return ruleNames[r]
	}
	return ""
}

// RuleByName gives a built-in rule.
func RuleByName(name string) (Rule, bool) {
	for i, n := range ruleNames {
		if n == name {
			return Rule(i), true
		}
	}
	return 0, false
}

// Severity of a finding; Off is a rule that finds nothing.
type Severity uint8

// Severities; stored, so only ever appended to.
const (
	Off Severity = iota
	Info
	Warning
	Critical
	severities
)

// Severities are the label values of severity, that of Off first.
var Severities = [severities]string{"off", "info", "warning", "critical"}

func (s Severity) String() string {
	if s < severities {
		return Severities[s]
	}
	return ""
}

// SeverityByName gives a severity.
func SeverityByName(name string) (Severity, bool) {
	for i, n := range Severities {
		if n == name {
			return Severity(i), true
		}
	}
	return 0, false
}

// Set is a set of rules, one bit each.
type Set uint32

// Has tells whether r is in it.
func (s Set) Has(r Rule) bool { return int(r) < MaxRules && s&(1<<r) != 0 }

// Finding is what a rule found.
type Finding struct {
	Rule     Rule
	Severity Severity
	// Message is the reference, as the caller gave it, of the message that it is
	// about: the one at hand, or the unanswered question; 0 where it is about
	// the conversation.
	Message uint32
	// Missing are the steps that ScriptStep missed.
	Missing Steps
}
