package explain

import (
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/conversation"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

var causes = [...]string{
	conversation.CauseCustomer:   "customer message",
	conversation.CauseHandoff:    "the bot handed off",
	conversation.CauseAssignment: "assigned to a human",
	conversation.CauseImplicit:   "a human answered in the bot's place",
}

// headline tells of the clock of the first response.
func (d *describer) headline(b, a conversation.Facts, closes bool) {
	after := a
	if closes {
		after = b
	}
	target := d.state.TargetsOf(after.Inbox, after.Team).FirstResponse
	result, counted := d.counted(m.FirstResponseDeadlines)
	_, answered := d.counted(m.FirstResponse)
	verdict := d.track.before(d.track.firstResult)
	if counted {
		verdict = result.Labels["result"]
		d.track.firstResult = verdict
	}
	started := a.Clock != 0 && a.Clock != b.Clock
	switch {
	case answered:
		ns := d.nanos(m.FirstResponse)
		if b.Clock == 0 {
			// Started and stopped by one event.
			d.add(AboutHeadline, "headline clock starts at %s: %s", d.when(d.stopped(ns)), causes[after.Cause])
		}
		d.add(AboutHeadline, "headline clock stops after %s (target %s: %s)", took(ns), took(target), verdict)
	case started:
		d.add(AboutHeadline, "headline clock starts%s: %s (target %s, until %s)", d.dated(" at ", a.Clock), causes[a.Cause], took(target), d.when(a.Clock+target))
	case a.Clock != 0 && d.state.TargetsOf(b.Inbox, b.Team).FirstResponse != target:
		d.add(AboutHeadline, "headline clock goes on, its target is %s now, until %s", took(target), d.when(a.Clock+target))
	case b.Clock != 0 && a.Clock == 0 && closes:
		d.add(AboutHeadline, "headline clock ends unanswered, after %s", took(d.step.At-b.Clock))
	case b.Clock != 0 && a.Clock == 0 && counted:
		d.add(AboutHeadline, "headline clock stops: the reply is dated before its start, which is no duration")
	case b.Clock != 0 && a.Clock == 0 && d.step.Event != nil && d.step.Event.Kind == event.ConversationHandback:
		d.add(AboutHeadline, "headline clock cancelled: given back to the bot")
	case b.Clock != 0 && a.Clock == 0:
		d.add(AboutHeadline, "headline clock cancelled: the bot answered")
	}
	if counted && !answered {
		switch verdict {
		case "missed":
			d.add(AboutHeadline, "first response missed: no human message within %s", took(target))
		case "void":
			d.add(AboutHeadline, "first response counts as void: neither met nor missed before the end")
		}
	}
}

// before says that a result was counted by an earlier step.
func (t *track) before(result string) string {
	if result == "" {
		return "its result was counted before the first record"
	}
	return result + " already"
}

// nanos is what the step observed of a family.
func (d *describer) nanos(f *m.Family) int64 {
	for _, c := range d.step.Counted {
		if c.Family == f {
			return c.Nanos
		}
	}
	return 0
}

// stopped is when a clock started that the step's message, or for a message
// that was overtaken by its answer the answer, stopped after so long.
func (d *describer) stopped(ns int64) int64 {
	if d.step.Event != nil && d.step.Event.Kind == event.MessageReceived {
		return d.step.At
	}
	return d.step.At - ns
}

var turnEnds = map[string]string{
	"answered": "answered", "closed": "the conversation ends", "no_reply_needed": "a closing phrase needs no reply",
	"expired": "the free-reply window is over",
}

func (d *describer) turn(b, a conversation.Facts) {
	end, counted := d.counted(m.Turns)
	switch {
	case counted && b.Turn != 0:
		d.add(AboutTurn, "turn ends after %s: %s", took(d.step.At-b.Turn), turnEnds[end.Labels["outcome"]])
	case counted && end.Labels["outcome"] == "no_reply_needed":
		d.add(AboutTurn, "closing phrase, with nothing unanswered: a turn that needs no reply")
	case counted:
		d.add(AboutTurn, "a turn that was over before it was known: %s", turnEnds[end.Labels["outcome"]])
	}
	if a.Turn != 0 && a.Turn != b.Turn {
		d.add(AboutTurn, "turn starts%s: the customer waits", d.dated(" at ", a.Turn))
	}
}

func (d *describer) negative(b, a conversation.Facts) {
	after := a
	if !a.Open {
		after = b
	}
	target := took(d.state.TargetsOf(after.Inbox, after.Team).NegativeResponse)
	result, counted := d.counted(m.NegativeResponseDeadlines)
	verdict := d.track.before(d.track.negativeResult)
	if counted {
		verdict = result.Labels["result"]
		d.track.negativeResult = verdict
	}
	if b.Negative != 0 && a.Negative == 0 {
		d.add(AboutNegative, "clock of the negative message stops after %s (target %s: %s)", took(d.step.At-b.Negative), target, verdict)
		counted = false
	}
	if a.Negative != 0 && a.Negative != b.Negative {
		d.track.negativeResult = ""
		d.add(AboutNegative, "clock of the negative message starts%s (target %s)", d.dated(" at ", a.Negative), target)
	}
	if counted {
		d.add(AboutNegative, "negative message: an answer within %s counts as %s", target, verdict)
	}
}

func (d *describer) assignment(b, a conversation.Facts) {
	end, ended := d.counted(m.Assignments)
	if ended {
		if end.Labels["outcome"] == "answered" {
			d.add(AboutAssignment, "assignment clock stops after %s: the agent wrote", took(d.step.At-b.AssignedAt))
		} else {
			d.add(AboutAssignment, "assignment missed: %s has not written", d.theAgent(b.Assigned))
		}
	}
	if a.AssignedAt != 0 && (ended || a.AssignedAt != b.AssignedAt) {
		d.add(AboutAssignment, "assignment clock starts%s: until %s writes", d.dated(" at ", a.AssignedAt), d.theAgent(a.Assigned))
	}
}

func (d *describer) pending(b, a conversation.Facts) {
	switch {
	case b.PendingSince != 0 && a.PendingSince == 0:
		d.add(AboutPending, "pending ends after %s", took(d.step.At-b.PendingSince))
	case a.PendingSince != 0 && b.PendingSince == 0:
		d.add(AboutPending, "pending begins: the clock of the resolution pauses")
	}
}
