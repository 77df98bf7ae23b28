package conversation

import (
	"time"

	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

// Windows after a close within which a return of the contact counts
// (DEFINITIONS section 5).
const (
	shortWindow = int64(24 * time.Hour)
	longWindow  = int64(7 * 24 * time.Hour)
)

// closing is a conversation that ended: what is still to be counted of it, and
// what a survey that is sent afterwards is credited with. It is kept until its
// last window is over; whether the contact returned is looked up then.
type closing struct {
	id               m.ConversationID
	inbox, team, typ m.ID
	flags            closingFlag
	trigger          trigger
	agent            Ref
	// closed is the date of the close, returned that of conv.
	closed, returned int64
}

type closingFlag uint8

const (
	// solved and unanswered are the outcome without a return; neither is none
	// at all (outbound, merged).
	solved closingFlag = 1 << iota
	unanswered
	contained    // by the bot
	byOnlyBot    // only the bot answered
	wasNegative  // the customer was
	maturedShort // the 24h outcome is counted
	maturedLong  // the 7d outcome is counted
	inHands      // of agent, when it ended
)

func (k *closing) is(f closingFlag) bool { return k.flags&f != 0 }

// countsShort and countsLong tell what is still to be counted of a closing.
func (k *closing) countsShort() bool {
	return k.flags&(solved|unanswered) != 0 && !k.is(maturedShort)
}

func (k *closing) countsLong() bool {
	return k.flags&(solved|unanswered|contained) != 0 && !k.is(maturedLong)
}

// remembered makes the closing of a conversation that ends now.
func (s *Shard) remembered(c *conv, at int64, by int) closing {
	k := closing{
		id: c.id, inbox: c.inbox, team: c.team, typ: c.requestType(), trigger: c.trigger, agent: c.creditedAgent(),
		closed: at, returned: c.returned,
	}
	if c.owner == byHuman {
		k.flags |= inHands
	}
	if c.onlyBot() {
		k.flags |= byOnlyBot
	}
	if c.seldom.firstNegative != 0 {
		k.flags |= wasNegative
	}
	if by == m.ClosedByMerged || c.trigger == trigger(m.TriggerOutbound)+1 {
		return k
	}
	k.flags |= solved
	if by == m.ClosedByTimeout && !c.is(lastIsOurs) {
		k.flags ^= solved | unanswered
	}
	return k
}

// firstReturn is the trigger of the contact's first return between a close and
// a date, noTrigger where there is none. Of two at one instant the reopening
// goes first.
func (ct *contact) firstReturn(k *closing, until int64) (first trigger) {
	at := never
	consider := func(t trigger, returned int64) {
		if returned == 0 || returned < k.closed || returned > until {
			return
		}
		if returned < at || returned == at && t == trigger(m.TriggerReopen)+1 {
			first, at = t, returned
		}
	}
	past := ct.past()
	for i := range past {
		if o := &past[i]; o != k {
			consider(o.trigger, o.returned)
		}
	}
	for i := range ct.threads {
		if c := ct.threads[i].open; c != nil {
			consider(c.trigger, c.returned)
		}
	}
	return first
}

// nextMaturity is the receive time at which an outcome is final, never where
// none is awaited.
func (s *Shard) nextMaturity(ct *contact) int64 {
	at := never
	past := ct.past()
	for i := range past {
		switch k := &past[i]; {
		case k.countsShort():
			at = min(at, k.closed+shortWindow+s.set.Grace)
		case k.countsLong():
			at = min(at, k.closed+longWindow+s.set.Grace)
		}
	}
	return at
}

// awaitMaturity queues the contact for its next outcome. An entry that is
// already there for an earlier time serves as well.
func (s *Shard) awaitMaturity(ct *contact) {
	if at := s.nextMaturity(ct); at != never && (ct.matureAt == 0 || at < ct.matureAt) {
		ct.matureAt = at
		s.matures.push(at, ct)
	}
}

// mature counts every outcome of the contact that is final at a receive time.
func (s *Shard) mature(ct *contact, received int64) {
	past := ct.past()
	for i := range past {
		k := &past[i]
		if at := k.closed + shortWindow; k.countsShort() && at+s.set.Grace <= received {
			k.flags |= maturedShort
			s.at = received
			s.outcome(ct, k, at, "24 hours after the close", func() {
				s.countFCR(ct, k, at, m.FCROutcomes24h, m.Window24h)
			})
		}
		if at := k.closed + longWindow; k.countsLong() && at+s.set.Grace <= received {
			k.flags |= maturedLong
			s.at = received
			s.outcome(ct, k, at, "7 days after the close", func() { s.matureLong(ct, k, at) })
		}
	}
}

// outcome lets an outcome be counted, and tells of it who wants to know.
func (s *Shard) outcome(ct *contact, k *closing, at int64, what string, count func()) {
	if s.trace == nil {
		count()
		return
	}
	s.counted = nil
	count()
	s.trace(Step{ID: k.id, Timer: what, At: at, Received: s.at, Counted: s.counted})
}

// matureLong counts what is final 7 days after a close, at.
func (s *Shard) matureLong(ct *contact, k *closing, at int64) {
	if k.flags&(solved|unanswered) != 0 {
		outcome := s.countFCR(ct, k, at, m.FCROutcomes7d, m.Window7d)
		if k.agent != 0 && k.is(inHands) {
			s.Store.Add(m.AgentFCROutcomes7d, s.agentScope(k.agent), 0, outcome, 1)
		}
	}
	if k.is(contained) {
		how := m.ContainedDurable
		if ct.firstReturn(k, at) != noTrigger {
			how = m.ContainedReturned
		}
		s.Store.Add(m.BotContained7d, s.closingScope(ct, k), k.typ, how, 1)
	}
}

func (s *Shard) countFCR(ct *contact, k *closing, at int64, f *m.Family, window int) int {
	outcome := m.FCRFirstContact
	switch first := ct.firstReturn(k, at); {
	case first == trigger(m.TriggerReopen)+1:
		outcome = m.FCRReopened
	case first != noTrigger:
		outcome = m.FCRRepeat
	case k.is(unanswered):
		outcome = m.FCRUnanswered
	}
	scope := s.closingScope(ct, k)
	s.Store.Add(f, scope, k.typ, outcome, 1)
	switch outcome {
	case m.FCRFirstContact:
		s.Store.Sample(m.FCRRatio, scope, k.typ, window, at, 1, 1)
	case m.FCRReopened, m.FCRRepeat:
		s.Store.Sample(m.FCRRatio, scope, k.typ, window, at, 0, 1)
	}
	return outcome
}

func (s *Shard) closingScope(ct *contact, k *closing) m.ScopeID {
	return s.scope(ct, k.inbox, k.team)
}

// lastClosing is the thread's conversation that closed last by its date.
func (ct *contact) lastClosing(th *thread) (last *closing) {
	past := ct.past()
	for i := range past {
		if k := &past[i]; k.inbox == th.inbox && (last == nil || k.closed >= last.closed) {
			last = k
		}
	}
	return last
}

// keepClosing is how long a closing is kept in receive time: until its last
// outcome is counted, and as long as the thread remembers it.
func (s *Shard) keepClosing() int64 { return max(s.set.remember(), longWindow+s.set.Grace) }

// forgetClosings drops what is over.
func (s *Shard) forgetClosings(ct *contact, received int64) {
	past := ct.past()
	kept := past[:0]
	for _, k := range past {
		if received-k.closed <= s.keepClosing() || k.countsLong() {
			kept = append(kept, k)
		}
	}
	ct.setPast(kept)
}
