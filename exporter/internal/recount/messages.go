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
		r.received(t, e)
		r.countMessage(t, e, "in", event.ActorCustomer)
	case event.MessageSent:
		r.sent(t, e)
		r.countMessage(t, e, "out", e.Actor)
	case event.SurveyAnswered:
		r.countMessage(t, e, "in", event.ActorCustomer)
	case event.MessageStatus:
		r.status(t, e)
	case event.ConversationOpened, event.ConversationAssigned, event.ConversationHandoff,
		event.ConversationHandback, event.ConversationPending, event.ConversationResolved,
		event.ConversationLabeled, event.ConversationMerged:
		r.lifecycle(t, e)
	}
	if t.open != nil {
		r.checkOver(t.open, e.Time)
	}
}

func (r *recount) countMessage(t *thread, e event.Event, direction string, by event.Actor) {
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
		source: t.source, inbox: t.inbox, number: r.opened,
		opened: e.Time, arrived: r.now, byUs: e.Kind == event.MessageSent,
		once: map[string]bool{},
	}
	if last := t.lastClosed(r.now); last != nil {
		c.reopened = last.closed
	}
	t.open = c
	return c
}

// takeType puts the provider's request type into the log, if the event has one.
func (r *recount) takeType(c *conversation, e event.Event) {
	if name := r.s.requestType(e.RequestType, e.Labels); name != "" {
		c.add(entry{kind: labelled, at: e.Time, name: name})
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
		r.totals.add("helpdesk_conversations_opened_total", r.labels(c,
			"request_type", c.requestType(), "trigger", c.trigger(r.s.ReopenWindow))...)
	}
}

// received applies a customer message.
func (r *recount) received(t *thread, e event.Event) {
	if r.isClosingThanks(t, e) {
		r.totals.add("helpdesk_closing_thanks_total", r.threadLabels(t)...)
		return
	}
	c := t.open
	if r.isLate(t, e) {
		if r.overtaken(t, e) {
			r.receivedBefore(c, e)
		}
		return
	}
	if c == nil {
		c = r.openNow(t, e)
	}
	closing := c.replied() && found(r.s.IsClosing, e.Message.Text)
	r.takeType(c, e)
	c.add(entry{kind: customerWrote, at: e.Time, closing: closing,
		negative: found(r.s.IsNegative, e.Message.Text)})
	r.decideNow(c)
	if closing {
		r.totals.add("helpdesk_turns_total", r.labels(c, "outcome", "no_reply_needed")...)
	}
	if found(r.s.AsksForPerson, e.Message.Text) {
		r.escalate(c, len(c.log), e.Time, "requested")
	}
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
	c.log = slices.Insert(c.log, at, entry{kind: customerWrote, at: e.Time,
		negative: found(r.s.IsNegative, e.Message.Text)})
	r.takeType(c, e)
	r.decideNow(c)
	if found(r.s.AsksForPerson, e.Message.Text) {
		r.escalate(c, at+1, e.Time, "requested")
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
	if c.first("first_response") {
		r.firstResponse(c, took)
	}
}

// firstResponse is the one sample of the headline clock.
func (r *recount) firstResponse(c *conversation, took time.Duration) {
	r.observe(c, "helpdesk_first_response_seconds", took, r.typed(c))
	result := "met"
	if took > r.s.FirstResponse {
		result = "missed"
	}
	r.firstResponseResult(c, result)
}

func (r *recount) firstResponseResult(c *conversation, result string) {
	if c.first("first_response_deadline") {
		r.totals.add("helpdesk_first_response_deadlines_total",
			r.typed(c, "result", result, "hours", "open")...)
	}
}

// sent applies a message of ours.
func (r *recount) sent(t *thread, e event.Event) {
	isReply := e.Actor == event.ActorHuman || e.Actor == event.ActorBot
	if r.isLate(t, e) || t.open == nil && !isReply {
		return
	}
	c := t.open
	if c == nil {
		c = r.openNow(t, e)
	}
	r.takeType(c, e)
	switch e.Actor {
	case event.ActorHuman:
		r.humanWrites(c, e)
	case event.ActorBot:
		r.botWrites(c, e)
	default:
		c.add(entry{kind: otherWrote, at: e.Time})
	}
	r.decideNow(c)
}

func (r *recount) humanWrites(c *conversation, e event.Event) {
	var (
		implicit         = c.owner() == bot
		t                = c.turn()
		start, running   = c.clock()
		firstCustomer, y = c.firstCustomer()
		agent, since, w  = c.assignment()
	)
	if implicit {
		start, running = c.implicitStart(), y
	}
	c.add(entry{kind: humanWrote, at: e.Time, agent: e.Agent.ID, message: e.Message.ID, arrived: r.now,
		team:  r.s.agentTeam(e.Agent.ID, e.Agent.Team),
		reply: t.open || running && !c.once["first_response"]})
	r.decideNow(c)
	if running && c.first("first_response") {
		r.firstResponse(c, e.Time.Sub(start))
	}
	if y && c.first("customer_first_response") {
		r.observe(c, "helpdesk_customer_first_response_seconds", e.Time.Sub(firstCustomer), r.typed(c))
	}
	if t.open {
		r.observe(c, "helpdesk_response_seconds", e.Time.Sub(t.start), r.labels(c))
		r.totals.add("helpdesk_turns_total", r.labels(c, "outcome", "answered")...)
	}
	if w && agent == e.Agent.ID {
		r.observe(c, "helpdesk_assignment_response_seconds", e.Time.Sub(since), r.labels(c))
		r.totals.add("helpdesk_assignments_total", r.labels(c, "outcome", "answered")...)
	}
	if implicit {
		r.countHandoff(c, "implicit")
	}
}

func (r *recount) botWrites(c *conversation, e event.Event) {
	t := c.turn()
	c.add(entry{kind: botWrote, at: e.Time, message: e.Message.ID, arrived: r.now})
	answers := t.open && c.owner() == bot
	c.log[len(c.log)-1].reply = answers
	r.decideNow(c)
	if first, ok := c.firstCustomer(); ok && c.first("bot_first_response") {
		r.observe(c, "helpdesk_bot_first_response_seconds", e.Time.Sub(first), r.typed(c))
	}
	if answers {
		r.totals.add("helpdesk_turns_total", r.labels(c, "outcome", "answered")...)
	}
}

// status counts a delivery report of an outgoing message.
func (r *recount) status(t *thread, e event.Event) {
	if e.Status == event.StatusNone {
		return
	}
	category := e.Message.Template.Category
	if category == "" {
		category = noCategory
	}
	r.totals.add("helpdesk_outbound_statuses_total", r.threadLabels(t,
		"status", event.Statuses[e.Status], "category", r.label("category", category))...)
	if e.Status != event.StatusFailed {
		return
	}
	r.totals.add("helpdesk_send_failures_total", r.threadLabels(t, "code", r.s.failureCode(e.Error))...)
	for _, c := range t.conversations() {
		for i := range c.log {
			x := &c.log[i]
			if x.reply && !x.failed && r.now.Sub(x.arrived) <= remembered && x.message != "" && x.message == e.Message.ID {
				x.failed = true
				r.totals.add("helpdesk_failed_replies_total", r.threadLabels(t)...)
			}
		}
	}
}
