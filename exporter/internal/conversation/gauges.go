package conversation

import (
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

// state is what helpdesk_conversations counts c as.
func (c *conv) state() int {
	switch {
	case c.pending():
		return m.StatePending
	case c.owner == byBot:
		return m.StateBot
	case c.turn != 0:
		return m.StateWaiting
	}
	return m.StateAnswered
}

// over tells whether c is beyond the resolution target and still needs
// somebody.
func (s *Shard) over(c *conv) bool {
	if !c.is(pastTarget) {
		return false
	}
	state := c.state()
	if s.set.source(c.contact.source).Resolves {
		return state != m.StatePending
	}
	return (state == m.StateWaiting || state == m.StateBot) && c.turn != 0
}

func (s *Shard) checkUnresolved(c *conv) {
	if c.escalated&(1<<m.EscalationUnresolved) == 0 && s.over(c) {
		s.escalate(c, m.EscalationUnresolved, c.firstCustomer)
	}
}

// escalate counts a reason once a conversation; since is the start of the
// clock that ran out.
func (s *Shard) escalate(c *conv, reason int, since int64) {
	bit := uint8(1) << reason
	if c.escalated&bit != 0 {
		return
	}
	c.escalated |= bit
	s.Store.Add(m.Escalations, c.scope, 0, m.ResultCell(reason, s.closedAt(c, since)), 1)
	if c.pending() {
		return
	}
	c.escalations |= bit
	c.escalatedSince[reason] = since
}

// calm ends every escalation: somebody replied, or the conversation is pending.
func (s *Shard) calm(c *conv) { c.escalations = 0 }

// contribution is what a conversation adds to the gauges.
type contribution struct {
	scope       m.ScopeID
	team        m.ID
	counted     bool
	state       uint8
	over, soon  bool
	escalations uint8
	waiting     int64 // start, 0 when not waiting
	upset       int64 // the open turn's first negative message, 0 without
	urgent      int64 // oldest start of an escalation
}

func (s *Shard) contribution(c *conv) contribution {
	k := contribution{
		scope: c.scope, team: c.team, counted: true, state: uint8(c.state()), over: s.over(c),
		soon: c.is(windowClose) && !c.is(windowEnded) && c.turn != 0, escalations: c.escalations,
	}
	if k.state == m.StateWaiting {
		k.waiting = c.turn
	}
	if k.state != m.StatePending {
		k.upset = c.seldom.negative
	}
	for r := range m.EscalationReasons {
		if c.escalations&(1<<r) != 0 && (k.urgent == 0 || c.escalatedSince[r] < k.urgent) {
			k.urgent = c.escalatedSince[r]
		}
	}
	return k
}

// settle brings timers and gauges up to date after a change.
func (s *Shard) settle(c *conv) {
	if c.gone() {
		return
	}
	s.hand(c)
	s.restore(c)
}

// restore gives a conversation its place in the queues and gauges.
func (s *Shard) restore(c *conv) {
	s.schedule(c)
	s.show(c)
	s.standing(c)
}

func (s *Shard) show(c *conv) {
	now := s.contribution(c)
	if now != c.shown {
		s.count(c, c.shown, -1)
		c.shown = now
		s.count(c, now, 1)
	}
}

func (s *Shard) hide(c *conv) {
	s.count(c, c.shown, -1)
	c.shown = contribution{}
}

func (s *Shard) count(c *conv, k contribution, n int64) {
	if !k.counted {
		return
	}
	s.Store.Add(m.Conversations, k.scope, 0, int(k.state), n)
	if k.over {
		s.Store.Add(m.OverTarget, k.scope, 0, 0, n)
	}
	if k.soon {
		s.Store.Add(m.ServiceWindowsEnding, k.scope, 0, 0, n)
	}
	for r := range m.EscalationReasons {
		if k.escalations&(1<<r) != 0 {
			s.Store.Add(m.Escalated, k.scope, 0, r, n)
		}
	}
	if k.waiting != 0 {
		rank(s.waiting, k.scope, waitPos).change(c, k.waiting, n)
	}
	if k.upset != 0 {
		rank(s.upset, k.scope, upsetPos).change(c, k.upset, n)
	}
	if k.urgent != 0 {
		rank(s.urgent, k.team, escPos).change(c, k.urgent, n)
	}
}

func waitPos(c *conv) *int32 { return &c.waitPos }

func upsetPos(c *conv) *int32 { return &c.upsetPos }

func escPos(c *conv) *int32 { return &c.escPos }

func rank[K comparable](in map[K]*ranking, k K, pos func(*conv) *int32) *ranking {
	r := in[k]
	if r == nil {
		r = &ranking{pos: pos}
		in[k] = r
	}
	return r
}

func (r *ranking) change(c *conv, at, n int64) {
	if n > 0 {
		r.add(at, c)
	} else {
		r.remove(c)
	}
}

// EachWaiting calls fn with the start of the longest wait of each scope in
// which somebody waits, several times for a scope where segments are told apart.
func (s *Shard) EachWaiting(fn func(m.Scope, int64)) { s.eachFirst(s.waiting, fn) }

// EachUpset calls fn with the earliest first negative message of the open turns
// of each scope in which there is one, several times as EachWaiting.
func (s *Shard) EachUpset(fn func(m.Scope, int64)) { s.eachFirst(s.upset, fn) }

func (s *Shard) eachFirst(of map[m.ScopeID]*ranking, fn func(m.Scope, int64)) {
	for id, r := range of {
		if len(r.items) > 0 {
			fn(s.Store.ScopeOf(id).WithoutSegment(), r.items[0].at)
		}
	}
}

// Escalated is a conversation that is escalated now.
type Escalated struct {
	Scope m.Scope
	ID    m.ConversationID
	// Since is the oldest of Starts; Starts by reason, 0 for reasons that do
	// not hold.
	Since  int64
	Starts [m.EscalationReasons]int64
}

// EachEscalated calls fn with the escalated conversations of each team that
// have waited longest, at most settings' Top of each.
func (s *Shard) EachEscalated(fn func(Escalated)) { s.MostUrgent(s.set.Top, fn) }

// MostUrgent is EachEscalated with another number of each team.
func (s *Shard) MostUrgent(max int, fn func(Escalated)) {
	for _, r := range s.urgent {
		r.first(max, func(k ranked) {
			e := Escalated{Scope: m.Scope{Source: k.c.contact.source, Inbox: k.c.inbox, Team: k.c.team}, ID: k.c.id, Since: k.at}
			for r := range m.EscalationReasons {
				if k.c.escalations&(1<<r) != 0 {
					e.Starts[r] = k.c.escalatedSince[r]
				}
			}
			fn(e)
		})
	}
}
