package conversation

import (
	"math"

	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

// timer is what can come due in a conversation, in the order in which things
// due at the same instant happen: targets, service window, time-out.
type timer uint8

const (
	timerDecide timer = iota // what is counted at the same moment has the type
	timerFirstResponse
	timerResolution
	timerNegative
	timerUnanswered
	timerWindowSoon
	timerWindow
	timerThanks
	timerTimeout
	// timerSilence is of receive time: the customer has been silent for so long
	// that nobody handles the conversation.
	timerSilence
	timerCount
)

const never = int64(math.MaxInt64)

// deadlines gives the due time of every timer that runs, never for the others.
// Nothing of it is stored: a timer is a function of the state.
func (s *Shard) deadlines(c *conv, due *[timerCount]int64) {
	for i := range due {
		due[i] = never
	}
	src, targets := s.set.source(c.contact.source), s.targets(c)
	if c.clock != 0 && !c.is(firstResponseCounted) {
		due[timerFirstResponse] = c.clock + targets.FirstResponse
	}
	if c.firstCustomer != 0 && !c.is(pastTarget) && !c.pending() {
		due[timerResolution] = c.firstCustomer + targets.Resolution + c.paused(c.firstCustomer, never)
	}
	if c.turn != 0 {
		if !c.is(warned2m | botAnswered) {
			due[timerUnanswered] = c.turn + unansweredAfter
		}
		if c.seldom.negative != 0 && !c.is(warnedNeg) {
			due[timerNegative] = c.seldom.negative + targets.NegativeResponse
		}
	}
	if c.typ == m.None {
		due[timerDecide] = c.opened + s.set.DecideWithin
	}
	if c.lastCustomer != 0 && !c.is(windowEnded) {
		end := c.lastCustomer + src.ServiceWindow
		due[timerWindow] = end
		if !c.is(windowClose) {
			due[timerWindowSoon] = end - windowSoon
		}
	}
	if c.thanks != 0 {
		due[timerThanks] = c.thanks + s.set.ThanksAfter
	}
	due[timerTimeout] = c.last + src.CloseAfter
	if c.share.handling {
		due[timerSilence] = c.heard + s.set.SessionTimeout - s.set.Grace
	}
}

// grace is how long after a timer's due time, by receive time, an event dated
// before it is still waited for. Nothing is waited for where the timer only
// says what time it is.
func (s *Shard) grace(t timer) int64 {
	if t == timerDecide || t == timerWindowSoon {
		return 0
	}
	return s.set.Grace
}

// schedule notes when c has to be looked at next.
func (s *Shard) schedule(c *conv) {
	var due [timerCount]int64
	s.deadlines(c, &due)
	c.next, c.nextDue = never, never
	for t := range timerCount {
		if due[t] == never {
			continue
		}
		if t != timerSilence {
			c.next = min(c.next, due[t])
		}
		c.nextDue = min(c.nextDue, due[t]+s.grace(t))
	}
	if c.due == 0 || c.nextDue < c.due {
		c.due = c.nextDue
		s.timers.push(c.due, c)
	}
}

// NextDue is the receive time at which time alone changes something that
// shows, ok false when never.
func (s *Shard) NextDue() (next int64, any bool) {
	for _, due := range [...]func() (int64, bool){s.nextTimer, s.nextMature, s.Store.NextExpiry} {
		if at, ok := due(); ok && (!any || at < next) {
			next, any = at, true
		}
	}
	return next, any
}

func (s *Shard) nextTimer() (int64, bool) {
	for len(s.timers.items) > 0 {
		top := s.timers.items[0]
		if !top.stale() {
			if top.what.nextDue <= top.due {
				return top.due, true
			}
			s.timers.pop()
			top.what.due = top.what.nextDue
			s.timers.push(top.what.due, top.what)
			continue
		}
		s.timers.pop()
	}
	return 0, false
}

// nextMature is when the next outcome is final, by receive time.
func (s *Shard) nextMature() (int64, bool) {
	for len(s.matures.items) > 0 {
		top := s.matures.items[0]
		if top.what.matureAt == top.due && s.contacts[top.what.key] == top.what {
			return top.due, true
		}
		s.matures.pop()
	}
	return 0, false
}

// Wake is the receive time before which Advance does nothing; unlike NextDue it
// may be too early, and it costs nothing.
func (s *Shard) Wake() int64 {
	at := never
	if len(s.timers.items) > 0 {
		at = s.timers.items[0].due
	}
	if len(s.purges.items) > 0 {
		at = min(at, s.purges.items[0].due)
	}
	if len(s.matures.items) > 0 {
		at = min(at, s.matures.items[0].due)
	}
	if expiry, ok := s.Store.NextExpiry(); ok {
		at = min(at, expiry)
	}
	return at
}

// stale entries belong to conversations that are closed or were queued again
// earlier.
func (q queued[T]) stale() bool {
	c, ok := any(q.what).(*conv)
	return ok && c.due != q.due
}

// Advance lets time pass to a receive time, from that of the record before:
// every timer that is due fires.
func (s *Shard) Advance(from, received int64) {
	for len(s.timers.items) > 0 && s.timers.items[0].due <= received {
		top := s.timers.pop()
		if top.stale() {
			continue
		}
		c := top.what
		c.due = 0
		if s.fire(c, from, received, math.MinInt64) {
			s.settle(c)
			if c.gone() {
				s.keepOrDrop(c.contact)
			}
		} else if c.due == 0 {
			c.due = c.nextDue
			s.timers.push(c.due, c)
		}
	}
	for len(s.matures.items) > 0 && s.matures.items[0].due <= received {
		if top := s.matures.pop(); top.what.matureAt == top.due && s.contacts[top.what.key] == top.what {
			top.what.matureAt = 0
			s.mature(top.what, received)
			s.awaitMaturity(top.what)
		}
	}
	s.Store.Expire(received)
	for len(s.purges.items) > 0 && s.purges.items[0].due <= received {
		s.purge(s.purges.pop().what, received)
	}
}

// fire lets every timer of c happen that is due at the receive time or before
// an event dated at; each is dated its own due time, and takes effect on the
// agents' time when it was due by receive time, after from. It tells whether
// any did.
func (s *Shard) fire(c *conv, from, received, at int64) bool {
	fired := false
	var due [timerCount]int64
	for !c.gone() {
		s.deadlines(c, &due)
		which, when := timerCount, never
		for t := range timerCount {
			if due[t] < when && (due[t] < at && t != timerSilence || due[t]+s.grace(t) <= received) {
				which, when = t, due[t]
			}
		}
		if which == timerCount {
			break
		}
		fired = true
		s.at = min(max(when+s.grace(which), from), received)
		if s.trace != nil {
			s.traced(c.contact, c.inbox, Step{Timer: timerNames[which], At: when}, func() { s.happen(c, which, when) })
		} else {
			s.happen(c, which, when)
		}
		s.hand(c)
	}
	return fired
}

func (s *Shard) happen(c *conv, t timer, at int64) {
	switch t {
	case timerFirstResponse:
		s.countFirstResponse(c, m.ResultMissed, c.clock)
	case timerResolution:
		c.set(pastTarget)
		if !c.is(resolutionCounted) {
			result := m.ResultMissed
			if !s.set.source(c.contact.source).Resolves && c.state() == m.StateAnswered {
				result = m.ResultVoid
			}
			s.countResolution(c, result)
		}
	case timerUnanswered:
		c.set(warned2m)
		s.Store.Add(m.Unanswered2m, c.scope, 0, m.ResultCell(0, s.closedAt(c, c.turn)), 1)
		s.escalate(c, m.EscalationUnanswered, c.turn)
	case timerNegative:
		s.countNegative(c, m.ResultMissed)
		s.escalate(c, m.EscalationNegative, c.seldom.negative)
	case timerDecide:
		s.decideWithout(c)
	case timerWindowSoon:
		c.set(windowClose)
	case timerWindow:
		s.endWindow(c)
	case timerSilence:
		c.set(silent)
	case timerThanks:
		s.close(c, at, m.ClosedByThanks, 0)
	case timerTimeout:
		s.close(c, at, m.ClosedByTimeout, 0)
	}
	if !c.gone() {
		s.checkUnresolved(c)
	}
}
