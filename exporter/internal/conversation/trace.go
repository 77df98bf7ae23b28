package conversation

import (
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

// Step is one thing that happened to a conversation: what it was, how the
// conversation stood before and after, and what was counted for it. Labels and
// times are as in Input; ids belong to the fold's names.
type Step struct {
	// ID is the conversation's; of what happens in a thread between two
	// conversations, that of the one that ended last. Zero where there was none.
	ID m.ConversationID
	// Event is what was applied, nil where time alone did it; Timer says what
	// it was then.
	Event *Input
	Timer string
	// At dates the effect, Received is when it took place.
	At, Received  int64
	Before, After Facts
	Counted       []m.Counted
}

// Facts are how an open conversation stands. Moments are Unix nanoseconds of
// event time, 0 for none.
type Facts struct {
	Open         bool
	Owner        string // queue, bot or human
	State        int    // as helpdesk_conversations has it
	Trigger      int    // -1 while undecided
	Inbox, Team  m.ID
	Type         m.ID // None while undecided
	Assigned     uint64
	AssignedAt   int64 // 0 once the agent has written
	Clock        int64 // start of the running headline clock
	Cause        Cause
	Turn         int64 // start of the open turn
	Negative     int64
	PendingSince int64
	Thanks       int64 // closing phrase that silence turns into a close
	Timeout      int64 // when silence ends the conversation
	// Survey is when the thread's survey was sent.
	Survey int64
}

var ownerNames = [...]string{inQueue: "queue", byBot: "bot", byHuman: "human"}

// Trace lets fn hear of every step of the shard's conversations, nil ends it.
// fn runs within Apply and Advance and must not keep a step's Event.
func (s *Shard) Trace(fn func(Step)) {
	s.trace = fn
	s.Store.Hear(nil)
	if fn != nil {
		s.Store.Hear(func(c m.Counted) { s.counted = append(s.counted, c) })
	}
}

// Note has something counted elsewhere stand in the step that is going on.
func (s *Shard) Note(c m.Counted) {
	if s.trace != nil {
		s.counted = append(s.counted, c)
	}
}

func (s *Shard) facts(th *thread) (f Facts) {
	if th.survey != nil {
		f.Survey = th.survey.sent
	}
	c := th.open
	if c == nil {
		return f
	}
	f = Facts{
		Open: true, Owner: ownerNames[c.owner], State: c.state(), Trigger: int(c.trigger) - 1, Inbox: c.inbox, Team: c.team, Type: c.typ,
		Assigned: s.person(c.agent).Hash, Clock: c.clock, Cause: c.cause, Turn: c.turn, Negative: c.seldom.negative, Thanks: c.thanks,
		Timeout: c.last + s.set.source(c.contact.source).CloseAfter, Survey: f.Survey,
	}
	if c.is(assignmentOpen) {
		f.AssignedAt = c.seldom.assignedAt
	}
	if c.pending() {
		f.PendingSince = c.seldom.pauses[len(c.seldom.pauses)-1].since
	}
	return f
}

// traced tells of what fn does to a thread.
func (s *Shard) traced(ct *contact, inbox m.ID, step Step, fn func()) {
	if s.trace == nil {
		fn()
		return
	}
	th := ct.thread(inbox)
	step.Before = s.facts(th)
	if th.open != nil {
		step.ID = th.open.id
	}
	s.counted = nil
	fn()
	th = ct.thread(inbox)
	step.After, step.Received, step.Counted = s.facts(th), s.at, s.counted
	if step.ID == (m.ConversationID{}) {
		if th.open != nil {
			step.ID = th.open.id
		} else if k := ct.lastClosing(th); k != nil {
			step.ID = k.id
		}
	}
	s.trace(step)
}

// timerNames say what came due.
var timerNames = [timerCount]string{
	timerFirstResponse: "first response target passed", timerResolution: "resolution target passed",
	timerNegative: "negative response target passed", timerUnanswered: "two minutes without any reply",
	timerDecide: "request type decided by time", timerWindowSoon: "free-reply window ends within the hour",
	timerWindow: "free-reply window ended", timerThanks: "silence after a closing phrase", timerTimeout: "silence",
	timerSilence: "customer silent, nobody handles it",
}
