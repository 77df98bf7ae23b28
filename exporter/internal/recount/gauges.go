package recount

import "time"

// gauges reads off, at the end of time, what stands open.
func (r *recount) gauges() {
	for _, t := range r.threads {
		c := t.open
		if c == nil {
			continue
		}
		turn, state := c.turn(), c.state()
		r.totals.add("helpdesk_conversations", r.labels(c, "state", state)...)
		if state == "waiting" {
			r.oldest("helpdesk_oldest_waiting_start_timestamp_seconds", c, turn.start)
		}
		if state != "pending" && turn.open && !turn.negative.IsZero() {
			r.oldest("helpdesk_oldest_negative_start_timestamp_seconds", c, turn.negative)
		}
		if last, ok := c.lastCustomer(); ok && turn.open && !c.windowEnded(last.Add(c.source.ServiceWindow)) &&
			last.Add(c.source.ServiceWindow).Sub(r.now) <= expiringSoon {
			r.totals.add("helpdesk_service_windows_expiring_soon", r.labels(c)...)
		}
		if c.overTarget() {
			r.totals.add("helpdesk_conversations_over_target", r.labels(c)...)
		}
		for reason := range c.escalations() {
			r.totals.add("helpdesk_escalated_conversations", r.labels(c, "reason", reason)...)
		}
	}
	for scope := range r.scopes {
		if scope[1] == "" {
			continue
		}
		series := Series("helpdesk_calendar_open", "source", scope[0], "inbox", scope[1], "team", scope[2])
		r.totals[series] = share(r.calendar(scope[1], scope[2]).open(r.now))
	}
	for inbox, said := range r.restricted {
		if said > 0 {
			r.totals[Series("helpdesk_inbox_restricted", "source", inbox[0], "inbox", inbox[1])] = 1
		}
	}
}

// oldest keeps the earliest start of a scope.
func (r *recount) oldest(name string, c *conversation, at time.Time) {
	series, start := Series(name, r.labels(c)...), float64(at.UnixNano())/1e9
	if have, ok := r.totals[series]; !ok || start < have {
		r.totals[series] = start
	}
}
