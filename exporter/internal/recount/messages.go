package recount

import (
	"slices"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

// apply applies an event to its thread.
func (r *recount) apply(t *thread, e event.Event) {
	switch e.Kind {
	case event.MessageReceived:
		if !r.answered(t, e) {
			r.received(t, e)
		}
		r.consentByText(t, e)
		r.countMessage(t, e, "in", event.ActorCustomer)
	case event.MessageSent:
		r.sent(t, e)
		r.countMessage(t, e, "out", e.Actor)
		r.countTemplate(t, e)
	case event.SurveySent:
		r.surveySent(t, e)
	case event.SurveyAnswered:
		r.answered(t, e)
		r.countMessage(t, e, "in", event.ActorCustomer)
	case event.ConsentChanged:
		r.consentChanged(t, e, e.Consent)
	case event.MessageStatus:
		r.status(t, e)
	case event.ConversationOpened, event.ConversationAssigned, event.ConversationHandoff,
		event.ConversationHandback, event.ConversationPending, event.ConversationResolved,
		event.ConversationLabeled, event.ConversationMerged:
		r.lifecycle(t, e)
	}
	if c := t.open; c != nil {
		r.checkOver(c, e.Time)
		r.hold(c)
	}
}

func (r *recount) countMessage(t *thread, e event.Event, direction string, by event.Actor) {
	if direction == "in" {
		r.comes(e.Time, false, r.threadLabels(t))
	}
	r.totals.add("helpdesk_messages_total", r.threadLabels(t, "direction", direction,
		"actor", by.String(), "kind", event.MessageTypes[event.MessageTypeIndex(e.Message.Type)])...)
}

// isLate tells whether an event is older than the open conversation or, where
// none is open, than the close of the last one.
func (r *recount) isLate(t *thread, e event.Event) bool {
	if t.open != nil {
		return e.Time.Before(t.open.opened)
	}
	last := t.lastClosed(r.now)
	return last != nil && e.Time.Before(last.closed)
}

// openNow opens a conversation of the thread.
func (r *recount) openNow(t *thread, e event.Event) *conversation {
	r.opened++
	c := &conversation{
		thread: t, source: t.source, inbox: t.inbox, number: r.opened,
		opened: e.Time, arrived: r.now, byUs: e.Kind == event.MessageSent,
		once: map[string]bool{},
	}
	if last := t.lastClosed(r.now); last != nil {
		c.reopened = last.closed
	}
	t.open = c
	return c
}

// takeType puts the provider's request type into the log, if the event has one,
// and counts the labels that are counted.
func (r *recount) takeType(c *conversation, e event.Event) {
	if name := r.s.requestType(e.RequestType, e.Labels); name != "" {
		c.add(entry{kind: labelled, at: e.Time, name: name})
	} else if name := r.s.topic(e); name != "" && !c.once["type"] {
		k := labelled
		if name == greetingType {
			k = greeted
		}
		c.add(entry{kind: k, at: e.Time, name: name})
	}
	for _, l := range e.Labels {
		if slices.Contains(r.s.ConversationLabels, l) && c.first("label "+l) {
			r.totals.add("helpdesk_conversation_labels_total", r.typed(c, "label", r.label("label", l))...)
		}
	}
}

// decideNow decides the request type where the provider has named it or the
// third customer message is there, and counts the opening once both its labels
// are known: the type, and the trigger by the first message.
func (r *recount) decideNow(c *conversation) {
	if c.count(labelled) > 0 || c.count(customerWrote) >= 3 {
		c.once["type"] = true
	}
	if _, wrote := c.firstCustomer(); c.once["type"] && (wrote || c.replied()) {
		r.countOpened(c)
	}
}

func (r *recount) countOpened(c *conversation) {
	if c.first("opened") {
		r.comes(c.opened, true, r.labels(c))
		r.totals.add("helpdesk_conversations_opened_total", r.segmented(c.thread, r.labels(c,
			"request_type", c.requestType(), "trigger", c.trigger(r.s.ReopenWindow)))...)
	}
}

// received applies a customer message.
func (r *recount) received(t *thread, e event.Event) {
	if r.isClosingThanks(t, e) {
		r.totals.add("helpdesk_closing_thanks_total", r.threadLabels(t)...)
		r.countSentiment(t, e)
		return
	}
	c := t.open
	if r.isLate(t, e) {
		if r.overtaken(t, e) {
			r.receivedBefore(c, e)
			r.countSentiment(t, e)
		}
		return
	}
	if c == nil {
		c = r.openNow(t, e)
	}
	closing := c.replied() && found(r.s.IsClosing, e.Message.Text)
	turn := c.turn()
	r.takeType(c, e)
	c.add(r.asked(e, closing))
	r.hears(c, e)
	r.decideNow(c)
	if !closing {
		r.asks(c, e)
	}
	if closing {
		r.totals.add("helpdesk_turns_total", r.labels(c, "outcome", "no_reply_needed")...)
		r.negativeVoid(c, turn)
	}
	if found(r.s.AsksForPerson, e.Message.Text) {
		r.escalate(c, len(c.log), e.Time, e.Time, "requested")
	}
	r.countSentiment(t, e)
}

// asked is the entry of a customer message.
func (r *recount) asked(e event.Event, closing bool) entry {
	return entry{kind: customerWrote, at: e.Time, closing: closing, arrived: r.now,
		negative: r.s.sentiment(e.Message.Text) == "negative"}
}

// isClosingThanks: a closing phrase within the reopen window after the close of
// a conversation in which somebody replied. It also holds where a message of
// ours, opening the next conversation, has overtaken the phrase.
func (r *recount) isClosingThanks(t *thread, e event.Event) bool {
	last := t.lastClosed(r.now)
	if last == nil || !last.replied() || !found(r.s.IsClosing, e.Message.Text) {
		return false
	}
	if t.open != nil && !r.overtaken(t, e) {
		return false
	}
	since := e.Time.Sub(last.closed)
	return since >= 0 && since <= r.s.ReopenWindow
}

// overtaken: a customer message that the message of ours which opened the
// conversation has overtaken by no more than the lateness grace.
func (r *recount) overtaken(t *thread, e event.Event) bool {
	c := t.open
	if c == nil || !c.byUs || !e.Time.Before(c.opened) {
		return false
	}
	if last := t.lastClosed(r.now); last != nil && e.Time.Before(last.closed) {
		return false
	}
	return r.now.Sub(c.arrived) <= r.s.LatenessGrace
}

// receivedBefore puts a customer message before the message of ours that
// opened the conversation and answers it.
func (r *recount) receivedBefore(c *conversation, e event.Event) {
	at := slices.IndexFunc(c.log, entry.isOurs)
	opener := c.log[at]
	isFirst := !slices.ContainsFunc(c.log[:at], func(x entry) bool { return x.kind == customerWrote })
	x := r.asked(e, false)
	c.log = slices.Insert(c.log, at, x)
	r.takeType(c, e)
	r.decideNow(c)
	if found(r.s.AsksForPerson, e.Message.Text) {
		r.escalate(c, at+1, e.Time, e.Time, "requested")
	}
	if x.negative && c.first("overtaken negative") {
		if opener.kind == humanWrote {
			r.negativeAnswered(c, opener.at, e.Time, false)
		} else {
			r.negativeResult(c, e.Time, "void")
		}
	}
	if !isFirst {
		return
	}
	c.log[slices.IndexFunc(c.log, entry.isOurs)].reply = true
	r.totals.add("helpdesk_turns_total", r.labels(c, "outcome", "answered")...)
	took := opener.at.Sub(e.Time)
	if opener.kind == botWrote {
		if c.first("bot_first_response") {
			r.observe(c, "helpdesk_bot_first_response_seconds", took, r.typed(c))
		}
		return
	}
	r.observe(c, "helpdesk_response_seconds", took, r.labels(c))
	if c.first("customer_first_response") {
		r.observe(c, "helpdesk_customer_first_response_seconds", took, r.typed(c))
	}
	r.agentObserve(opener.agent, "helpdesk_agent_response_seconds", took)
	if c.first("first_response") {
		r.firstResponse(c, e.Time, opener.at, opener.agent)
	}
}

// firstResponse is the one sample of the headline clock, by the sender.
func (r *recount) firstResponse(c *conversation, start, stop time.Time, sender string) {
	took := stop.Sub(start)
	r.observe(c, "helpdesk_first_response_seconds", took, r.segmented(c.thread, r.typed(c)))
	if took >= 0 {
		r.comes(start, false, r.labels(c))
		r.observe(c, "helpdesk_first_response_business_seconds", r.business(c, start, stop), r.typed(c))
	}
	r.agentObserve(sender, "helpdesk_agent_first_response_seconds", took)
	result := "met"
	if took > r.firstResponseTarget(c) {
		result = "missed"
	}
	r.firstResponseResult(c, start, result)
}

func (r *recount) firstResponseResult(c *conversation, start time.Time, result string) {
	if c.first("first_response_deadline") {
		r.totals.add("helpdesk_first_response_deadlines_total",
			r.segmented(c.thread, r.typed(c, "result", result, "hours", r.hours(c, start)))...)
	}
}
