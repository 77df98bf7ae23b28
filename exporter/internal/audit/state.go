package audit

import (
	"encoding/binary"
	"errors"
	"math"
	"math/bits"
)

// State is what the rules have to know of a conversation: 16 bytes. The zero
// State is that of one in which nobody has written.
type State struct {
	// question is the reference of the first one without an answer.
	question uint32
	steps    Steps
	found    Set
	flags    flag
	language uint8 // of the customer
	run      uint8 // human messages in a row
	sum      uint8 // of the rules that steps and custom rules in found belong to
}

type flag uint8

const (
	customerWrote flag = 1 << iota
	humanWrote
	reopened
	asked // question has no answer
	closes
	nameKnown
	nameUsed
	// changedRules: the scripts became others on the way.
	changedRules
)

// End is how a conversation ends.
type End uint8

// Ends of conversations.
const (
	// Resolved: a human or the provider's interface said so.
	Resolved End = iota
	// ResolvedByBot: a bot said so.
	ResolvedByBot
	// Thanked: the customer's thanks and silence.
	Thanked
	// TimedOut: nobody wrote for long.
	TimedOut
	// Merged into another conversation.
	Merged
)

// Reopen says that the conversation goes on with one that ended shortly before,
// so that nobody has to greet again.
func (s *State) Reopen() { s.flags |= reopened }

// Customer takes a message of the customer's: its traits, how it can be found
// again, and whether the whole of it is a closing phrase.
func (s *State) Customer(t Traits, ref uint32, thanks bool) {
	s.flags |= customerWrote
	s.run = 0
	if l := t.language(); l != 0 {
		s.language = l
	}
	if thanks {
		s.answered()
		return
	}
	if t&Question != 0 {
		if s.flags&asked == 0 {
			s.question = ref
		}
		s.flags |= asked
		s.flags &^= closes
	}
}

func (s *State) answered() {
	s.flags &^= asked
	s.question = 0
}

// Bot takes a message of a bot's.
func (s *State) Bot() {
	s.run = 0
	s.answered()
}

// Human takes a message that a human wrote, with the reference by which it can be
// found again, and appends what it breaks. Traits without Audited (a picture
// without a caption) answer a question and are no message in a row.
func (s *State) Human(r *Rules, t Traits, ref uint32, dst []Finding) []Finding {
	s.answered()
	if t&Audited == 0 {
		return dst
	}
	s.use(r)
	broken := t.broken(r.sum)
	if l := t.language(); l != 0 && s.language != 0 && l != s.language {
		broken |= 1 << OtherLanguage
	}
	if s.flags&humanWrote == 0 && s.flags&customerWrote != 0 && s.flags&reopened == 0 && t&Greets == 0 {
		broken |= 1 << NoGreeting
	}
	if s.run < 255 {
		s.run++
	}
	if s.run == r.maxInRow {
		broken |= 1 << ManyInARow
	}
	s.flags |= humanWrote
	if t&Closes != 0 {
		s.flags |= closes
	}
	if t&NameKnown != 0 {
		s.flags |= nameKnown
	}
	if t&NameUsed != 0 {
		s.flags |= nameUsed
	}
	if t.sum() == r.sum {
		s.steps |= t.steps()
	}
	return s.find(r, broken, ref, dst)
}

// use notes under which rules steps count.
func (s *State) use(r *Rules) {
	if s.sum == r.sum {
		return
	}
	if s.flags&humanWrote != 0 {
		s.flags |= changedRules
	}
	s.sum, s.steps = r.sum, 0
	s.found &= 1<<FirstCustom - 1
}

// Close takes the end of the conversation, with the steps that its request type
// requires, and appends what it breaks as a whole.
func (s *State) Close(r *Rules, end End, required Steps, dst []Finding) []Finding {
	if end == Merged {
		return dst
	}
	if s.flags&asked != 0 && end != ResolvedByBot {
		dst = s.find(r, 1<<UnansweredAtClose, s.question, dst)
	}
	if s.flags&humanWrote == 0 {
		return dst
	}
	s.use(r)
	knowing := end == Resolved || end == Thanked
	if knowing && s.flags&closes == 0 {
		dst = s.find(r, 1<<NoClosing, 0, dst)
	}
	if s.flags&(nameKnown|nameUsed) == nameKnown {
		dst = s.find(r, 1<<NameNotUsed, 0, dst)
	}
	if missing := required &^ s.steps; knowing && missing != 0 && s.flags&changedRules == 0 {
		n := len(dst)
		if dst = s.find(r, 1<<ScriptStep, 0, dst); len(dst) > n {
			dst[n].Missing = missing
		}
	}
	return dst
}

// find appends the rules of a set that are on.
func (s *State) find(r *Rules, broken Set, ref uint32, dst []Finding) []Finding {
	for ; broken != 0; broken &= broken - 1 {
		rule := Rule(bits.TrailingZeros32(uint32(broken)))
		if severity := r.severities[rule]; severity != Off {
			s.found |= 1 << rule
			dst = append(dst, Finding{Rule: rule, Severity: severity, Message: ref})
		}
	}
	return dst
}

// Found is the set of rules that the conversation has broken so far, custom ones
// as far as they still are what they were.
func (s *State) Found() Set { return s.found }

// ErrState: the bytes are not what Append wrote.
var ErrState = errors.New("damaged audit state")

// Encodings of a State: nothing yet, or the fields in order.
const (
	stateEmpty = 0
	stateV1    = 1
)

// Append encodes the state: one byte where nothing has happened.
func (s *State) Append(dst []byte) []byte {
	if *s == (State{}) {
		return append(dst, stateEmpty)
	}
	dst = append(dst, stateV1, byte(s.flags), s.language, s.run, s.sum)
	dst = binary.AppendUvarint(dst, uint64(s.steps))
	dst = binary.AppendUvarint(dst, uint64(s.found))
	return binary.AppendUvarint(dst, uint64(s.question))
}

// DecodeState reads what Append wrote and gives what follows it.
func DecodeState(b []byte) (State, []byte, error) {
	if len(b) > 0 && b[0] == stateEmpty {
		return State{}, b[1:], nil
	}
	if len(b) < 5 || b[0] != stateV1 || b[2] > languageMask {
		return State{}, nil, ErrState
	}
	s := State{flags: flag(b[1]), language: b[2], run: b[3], sum: b[4]}
	b = b[5:]
	var fields [3]uint64
	for i := range fields {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			return State{}, nil, ErrState
		}
		fields[i], b = v, b[n:]
	}
	if fields[0] > uint64(stepMask) || fields[1] > 1<<MaxRules-1 || fields[2] > math.MaxUint32 || s.flags&asked == 0 && fields[2] != 0 {
		return State{}, nil, ErrState
	}
	s.steps, s.found, s.question = Steps(fields[0]), Set(fields[1]), uint32(fields[2])
	if s == (State{}) {
		return State{}, nil, ErrState
	}
	return s, b, nil
}
