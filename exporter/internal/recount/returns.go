package recount

import "time"

// windows after a close in which a return is looked for.
var windows = []struct {
	name string
	span time.Duration
}{{"24h", 24 * time.Hour}, {"7d", 7 * 24 * time.Hour}}

// returned tells whether the conversation is the return of a contact, by its
// trigger, and the date of the customer message that decided it.
func (c *conversation) returned(reopenWindow time.Duration) (trigger string, at time.Time, ok bool) {
	trigger = c.trigger(reopenWindow)
	if trigger == "outbound" {
		return "", at, false
	}
	at, ok = c.firstCustomer()
	return trigger, at, ok
}

// mature counts what is known a while after a close.
func (r *recount) mature() {
	for _, t := range r.threads {
		for _, c := range t.closed {
			for _, w := range windows {
				due := c.closed.Add(w.span)
				if !due.Add(r.s.LatenessGrace).After(r.now) && c.first("matured "+w.name) {
					r.matured(t, c, w.name, due)
				}
			}
		}
	}
}

func (r *recount) matured(t *thread, c *conversation, window string, due time.Time) {
	if c.closedBy == "merged" || c.trigger(r.s.ReopenWindow) == "outbound" {
		return
	}
	back := r.firstReturn(t, c, due)
	outcome := "first_contact"
	switch {
	case back == "reopen":
		outcome = "reopened"
	case back == "inbound":
		outcome = "repeat"
	case c.closedBy == timerTimeout && !c.lastWord().isOurs():
		outcome = "unanswered"
	}
	r.totals.add("helpdesk_fcr_outcomes_"+window+"_total", r.typed(c, "outcome", outcome)...)
	if outcome != "unanswered" {
		r.sample(due, share(outcome == "first_contact"), 1,
			"helpdesk_first_contact_resolution_ratio", r.typed(c, "window", window)...)
	}
	if window != "7d" {
		return
	}
	if c.lastHand != "" {
		r.totals.add("helpdesk_agent_fcr_outcomes_7d_total", r.agentLabels(c.lastHand, "outcome", outcome)...)
	}
	if c.contained != "" {
		kept := "durable"
		if back != "" {
			kept = "returned"
		}
		r.totals.add("helpdesk_bot_contained_7d_total", r.typed(c, "outcome", kept)...)
	}
}

// firstReturn is the trigger of the contact's first return to any inbox of the
// source, from the close of c until due; "" where there is none.
func (r *recount) firstReturn(t *thread, c *conversation, due time.Time) (trigger string) {
	var at time.Time
	for _, other := range r.threads {
		if other.source.Name != t.source.Name || other.person != t.person {
			continue
		}
		for _, x := range other.conversations() {
			by, date, ok := x.returned(r.s.ReopenWindow)
			if !ok || x == c || date.Before(c.closed) || date.After(due) {
				continue
			}
			if trigger == "" || date.Before(at) || date.Equal(at) && by == "reopen" {
				trigger, at = by, date
			}
		}
	}
	return trigger
}

// withBot: the bot spoke, the customer wrote and it was not us who began.
func (c *conversation) withBot(reopenWindow time.Duration) bool {
	_, wrote := c.firstCustomer()
	return wrote && c.count(botWrote) > 0 && c.trigger(reopenWindow) != "outbound"
}

// botOutcome is what became of a conversation that the bot kept to its close.
func (r *recount) botOutcome(c *conversation, at time.Time, by string) {
	if by == "merged" || c.owner() != bot || !c.withBot(r.s.ReopenWindow) || !c.first("bot_conversation") {
		return
	}
	outcome := "resolved_confirmed"
	switch {
	case by != timerTimeout || c.lastAsked().closing:
	case c.lastWord().isOurs():
		outcome = "resolved_silent"
	default:
		outcome = "abandoned"
	}
	if outcome != "abandoned" {
		c.contained = outcome
	}
	r.botConversation(c, at, outcome)
}

func (r *recount) botConversation(c *conversation, at time.Time, outcome string) {
	r.totals.add("helpdesk_bot_conversations_total", r.typed(c, "outcome", outcome)...)
	contained := outcome == "resolved_confirmed" || outcome == "resolved_silent"
	r.sample(at, share(contained), 1, "helpdesk_bot_containment_ratio", r.typed(c)...)
}
