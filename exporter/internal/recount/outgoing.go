package recount

import "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"

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
	r.hears(c, e)
	r.answers(c, e)
	if running && c.first("first_response") {
		r.firstResponse(c, start, e.Time, e.Agent.ID)
	}
	r.agentWrote(c, e.Agent.ID)
	if y && c.first("customer_first_response") {
		r.observe(c, "helpdesk_customer_first_response_seconds", e.Time.Sub(firstCustomer), r.typed(c))
	}
	if t.open {
		r.observe(c, "helpdesk_response_seconds", e.Time.Sub(t.start), r.labels(c))
		r.agentObserve(e.Agent.ID, "helpdesk_agent_response_seconds", e.Time.Sub(t.start))
		r.totals.add("helpdesk_turns_total", r.labels(c, "outcome", "answered")...)
		if !t.negative.IsZero() {
			r.negativeAnswered(c, e.Time, t.negative, c.fired(timerNegative, t.index))
		}
	}
	if w && agent == e.Agent.ID {
		r.observe(c, "helpdesk_assignment_response_seconds", e.Time.Sub(since), r.labels(c))
		r.totals.add("helpdesk_assignments_total", r.labels(c, "outcome", "answered")...)
	}
	if implicit {
		r.countHandoff(c, e.Time, "implicit")
	}
}

func (r *recount) botWrites(c *conversation, e event.Event) {
	t := c.turn()
	c.add(entry{kind: botWrote, at: e.Time, message: e.Message.ID, arrived: r.now})
	r.hears(c, e)
	answers := t.open && c.owner() == bot
	c.log[len(c.log)-1].reply = answers
	r.decideNow(c)
	if first, ok := c.firstCustomer(); ok && c.first("bot_first_response") {
		r.observe(c, "helpdesk_bot_first_response_seconds", e.Time.Sub(first), r.typed(c))
	}
	if answers {
		r.totals.add("helpdesk_turns_total", r.labels(c, "outcome", "answered")...)
		r.negativeVoid(c, t)
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
