package recount

import "time"

// Names of the timers. Those of one instant fire in the order of this list.
const (
	timerDecide        = "decide"
	timerFirstResponse = "first_response"
	timerUnanswered    = "unanswered"
	timerResolution    = "resolution"
	timerNegative      = "negative"
	timerWindow        = "window"
	timerThanks        = "thanks"
	timerTimeout       = "timeout"
)

type timer struct {
	name string
	due  time.Time
	// grace after due until it fires by receive time alone.
	grace time.Duration
}

// timers are those that stand as the conversation's log is now, in the order
// in which they fire at one instant.
func (r *recount) timers(c *conversation) (list []timer) {
	set := func(name string, due time.Time, grace time.Duration) {
		list = append(list, timer{name, due, grace})
	}
	grace := r.s.LatenessGrace
	if !c.once["type"] {
		set(timerDecide, c.opened.Add(r.s.DecideWithin), 0)
	}
	if start, running := c.clock(); running && !c.once["first_response_deadline"] {
		set(timerFirstResponse, start.Add(r.firstResponseTarget(c)), grace)
	}
	t := c.turn()
	if t.open && !t.answer && !c.fired(timerUnanswered, t.index) {
		set(timerUnanswered, t.start.Add(unansweredAfter), grace)
	}
	if first, ok := c.firstCustomer(); ok && !c.once["resolution_deadline"] && !c.pending() {
		ever := first.AddDate(100, 0, 0)
		set(timerResolution, first.Add(r.resolutionTarget(c)+c.paused(first, ever)), grace)
	}
	if t.open && !t.negative.IsZero() && !c.fired(timerNegative, t.index) {
		set(timerNegative, t.negative.Add(r.negativeTarget(c)), grace)
	}
	if last, ok := c.lastCustomer(); ok {
		if due := last.Add(c.source.ServiceWindow); !c.windowEnded(due) {
			set(timerWindow, due, grace)
		}
	}
	if due, ok := c.thanksDue(r.s.ThanksCloseAfter); ok {
		set(timerThanks, due, grace)
	}
	set(timerTimeout, c.lastMessage().Add(c.source.CloseAfter), grace)
	return list
}

func (c *conversation) windowEnded(due time.Time) bool {
	for _, e := range c.log {
		if e.kind == timerFired && e.name == timerWindow && e.at.Equal(due) {
			return true
		}
	}
	return false
}

// thanksDue is when silence after a closing phrase closes the conversation of
// a source that sends no resolve events: nobody's message stands behind the
// phrase, be it by event time or, at the same instant, by arrival.
func (c *conversation) thanksDue(after time.Duration) (due time.Time, ok bool) {
	if c.source.Resolves {
		return due, false
	}
	var phrase time.Time
	for _, e := range c.log {
		switch {
		case !e.isMessage():
		case e.kind == customerWrote && e.closing && !e.at.Before(phrase):
			phrase, ok = e.at, true
		case !e.at.Before(phrase):
			phrase, ok = e.at, false
		}
	}
	return phrase.Add(after), ok
}

// next is the timer that fires first of those that are due.
func next(list []timer, isDue func(timer) bool) (first timer, ok bool) {
	for _, t := range list {
		if isDue(t) && (!ok || t.due.Before(first.due)) {
			first, ok = t, true
		}
	}
	return first, ok
}

// passTime fires what is due when the receive time becomes now. In agents' time
// a timer has its effect when the receive time would have shown it.
func (r *recount) passTime(now time.Time) {
	before := r.now
	r.now = later(r.now, now)
	for _, t := range r.threads {
		r.fireAll(t,
			func(d timer) bool { return !d.due.Add(d.grace).After(r.now) },
			func(d timer) time.Time { return later(before, d.due.Add(d.grace)) })
	}
	r.moment = r.now
	r.mature()
}

// beforeEvent fires what was due before an event of the thread happened.
func (r *recount) beforeEvent(t *thread, at time.Time) {
	r.fireAll(t,
		func(d timer) bool { return d.due.Before(at) },
		func(timer) time.Time { return r.now })
}

func (r *recount) fireAll(t *thread, isDue func(timer) bool, moment func(timer) time.Time) {
	for t.open != nil {
		d, ok := next(r.timers(t.open), isDue)
		if !ok {
			return
		}
		r.moment = moment(d)
		r.fire(t, d)
	}
}

// fire does what a timer does; its effect is dated when it was due.
func (r *recount) fire(t *thread, d timer) {
	c := t.open
	tail := entry{kind: timerFired, at: d.due, name: d.name}
	switch d.name {
	case timerDecide:
		c.once["type"] = true
		r.decideNow(c)
	case timerFirstResponse:
		start, _ := c.clock()
		r.firstResponseResult(c, start, "missed")
	case timerUnanswered:
		start := c.turn().start
		c.add(tail)
		r.totals.add("helpdesk_unanswered_2m_total", r.labels(c, "hours", r.hours(c, start))...)
		r.escalate(c, len(c.log), d.due, start, "unanswered")
	case timerResolution:
		result := "missed"
		if !c.source.Resolves && c.state() == "answered" {
			result = "void"
		}
		c.add(tail)
		r.resolutionResult(c, result)
		r.checkOver(c, d.due)
	case timerNegative:
		start := c.turn().negative
		c.add(tail)
		r.negativeResult(c, start, "missed")
		r.escalate(c, len(c.log), d.due, start, "negative")
	case timerWindow:
		r.windowEnds(c, tail)
	case timerThanks, timerTimeout:
		r.close(t, d.due, d.name, "")
	}
	if t.open != nil && d.name != timerDecide {
		r.hold(c)
	}
}

// windowEnds ends the free-reply window, and with it a turn that is open.
func (r *recount) windowEnds(c *conversation, tail entry) {
	outcome := "expired"
	switch turn := c.turn(); {
	case !turn.open && (turn.last == "answered" || turn.last == "no_reply_needed"):
		outcome = "answered"
	case c.count(humanWrote) == 0:
		outcome = "missed"
	}
	if turn := c.turn(); turn.open {
		r.totals.add("helpdesk_turns_total", r.labels(c, "outcome", "expired")...)
		r.negativeVoid(c, turn)
	}
	c.add(tail)
	r.totals.add("helpdesk_service_windows_total", r.labels(c, "outcome", outcome)...)
}

// checkOver escalates once the conversation is over the resolution target.
func (r *recount) checkOver(c *conversation, at time.Time) {
	if c.overTarget() {
		first, _ := c.firstCustomer()
		r.escalate(c, len(c.log), at, first, "unresolved")
	}
}
