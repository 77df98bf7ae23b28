package recount

import (
	"slices"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

// lifecycle applies the conversation events.
func (r *recount) lifecycle(t *thread, e event.Event) {
	if e.Kind == event.ConversationOpened && t.open != nil {
		return
	}
	if r.isLate(t, e) {
		r.totals.add("helpdesk_late_events_total", r.threadLabels(t, "kind", e.Kind.String())...)
		return
	}
	c := t.open
	if c == nil {
		if e.Kind != event.ConversationOpened {
			return
		}
		c = r.openNow(t, e)
	}
	r.takeType(c, e)
	r.decideNow(c)
	switch e.Kind {
	case event.ConversationAssigned:
		r.assign(c, e)
	case event.ConversationHandoff:
		r.handoff(c, e)
	case event.ConversationHandback:
		c.add(entry{kind: handedBack, at: e.Time})
	case event.ConversationPending:
		c.add(entry{kind: setPending, at: e.Time})
	case event.ConversationResolved:
		by := "api"
		if e.Actor == event.ActorHuman || e.Actor == event.ActorBot {
			by = e.Actor.String()
		}
		solver := ""
		if by == event.ActorHuman.String() {
			solver = e.Agent.ID
		}
		r.close(t, e.Time, by, solver)
	case event.ConversationMerged:
		r.close(t, e.Time, "merged", "")
	}
}

// assign gives the conversation to an agent or to a team, or takes it from
// whoever had it.
func (r *recount) assign(c *conversation, e event.Event) {
	agent, _, waits := c.assignment()
	was, from := c.owner(), c.assignee()
	x := entry{kind: assigned, at: e.Time, agent: e.Agent.ID,
		team: r.s.agentTeam(e.Agent.ID, e.Agent.Team)}
	x.repeat = x.agent != "" && x.agent == agent && was == human
	if x.agent == "" && x.team == "" {
		x.kind = unassigned
	}
	if waits && !x.repeat {
		r.totals.add("helpdesk_assignments_total", r.labels(c, "outcome", "missed")...)
	}
	c.add(x)
	if x.agent != "" && !x.repeat {
		r.agentEvent(x.agent, "assigned")
	}
	if x.kind == assigned && x.agent != from {
		r.agentEvent(from, "transferred")
	}
	if was == bot && x.agent != "" {
		r.countHandoff(c, e.Time, "assignment")
	}
}

func (r *recount) handoff(c *conversation, e event.Event) {
	was := c.owner()
	c.add(entry{kind: handedOff, at: e.Time, team: r.s.agentTeam(e.Agent.ID, e.Agent.Team)})
	if was == bot {
		reason := e.Reason
		if reason == "" {
			reason = noReason
		}
		r.countHandoff(c, e.Time, reason)
	}
	if e.Reason == "requested" {
		r.escalate(c, len(c.log), e.Time, e.Time, "requested")
	}
}

// countHandoff counts the bot giving a conversation away.
func (r *recount) countHandoff(c *conversation, at time.Time, reason string) {
	r.totals.add("helpdesk_bot_handoffs_total", r.typed(c, "reason", r.label("reason", reason))...)
	if c.withBot(r.s.ReopenWindow) && c.first("bot_conversation") {
		r.botConversation(c, at, "handoff")
	}
}

// escalate counts a reason once a conversation; its place in the log tells
// which replies came after it, since when the clock ran that escalates it.
func (r *recount) escalate(c *conversation, place int, at, since time.Time, reason string) {
	if !c.first("escalated " + reason) {
		return
	}
	c.log = slices.Insert(c.log, place, entry{kind: escalated, at: at, name: reason})
	r.totals.add("helpdesk_escalations_total", r.labels(c, "reason", reason, "hours", r.hours(c, since))...)
}

func (r *recount) resolutionResult(c *conversation, result string) {
	if c.first("resolution_deadline") {
		since, wrote := c.firstCustomer()
		if !wrote {
			since = c.opened
		}
		r.totals.add("helpdesk_resolution_deadlines_total",
			r.segmented(c.thread, r.typed(c, "result", result, "hours", r.hours(c, since)))...)
	}
}

// close ends the thread's open conversation; at is the date of the close,
// solver the agent who is named on the event, if any.
func (r *recount) close(t *thread, at time.Time, by, solver string) {
	c := t.open
	c.once["type"] = true
	c.closedBy, c.lastHand = by, c.responsible()
	first, wrote := c.firstCustomer()
	silent := by == timerTimeout || by == timerThanks
	end := at
	if silent {
		end = c.lastMessage()
	}
	solved := wrote && by != "merged" && (!silent || c.replied())

	r.countOpened(c)
	r.auditEnd(c, by)
	if turn := c.turn(); turn.open {
		r.totals.add("helpdesk_turns_total", r.labels(c, "outcome", "closed")...)
		r.negativeVoid(c, turn)
	}
	if _, _, waits := c.assignment(); waits {
		r.totals.add("helpdesk_assignments_total", r.labels(c, "outcome", "missed")...)
	}
	if wrote {
		r.firstResponseResult(c, first, "void")
	}
	if solved {
		r.resolutionResult(c, "met")
		took := end.Sub(first)
		r.observe(c, "helpdesk_resolution_seconds", took, r.segmented(c.thread, r.typed(c, "closed_by", by)))
		r.observe(c, "helpdesk_resolution_active_seconds", took-c.paused(first, end),
			r.typed(c, "closed_by", by))
		r.solved(c, first, end, by, solver)
	} else {
		r.resolutionResult(c, "void")
	}
	r.totals.add("helpdesk_conversations_closed_total",
		r.typed(c, "closed_by", by, "one_touch", c.oneTouch(r.s.ReopenWindow))...)

	r.botOutcome(c, at, by)
	c.closed = at
	t.open, t.closed = nil, append(t.closed, c)
	r.hold(c)
}

// solved counts what a resolution sample has beside itself.
func (r *recount) solved(c *conversation, first, end time.Time, by, solver string) {
	if end.Before(first) {
		return
	}
	r.observe(c, "helpdesk_resolution_business_seconds", r.business(c, first, end), r.typed(c, "closed_by", by))
	if negative, ok := c.firstNegative(); ok {
		r.observe(c, "helpdesk_negative_resolution_seconds", end.Sub(negative), r.labels(c))
	}
	if solver == "" {
		solver = c.lastHand
	}
	if by != event.ActorBot.String() {
		r.agentEvent(solver, "resolved")
		r.agentObserve(solver, "helpdesk_agent_resolution_seconds", end.Sub(first))
	}
}
