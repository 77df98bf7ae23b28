package conversation

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

// conversationID is opaque (the contact's key is a keyed hash) and stable: it
// depends on the contact and the event that opened the conversation only.
func conversationID(ct *contact, dedup uint64) (id m.ConversationID) {
	var b [24]byte
	copy(b[:16], ct.key[:])
	binary.BigEndian.PutUint64(b[16:], dedup)
	sum := sha256.Sum256(b[:])
	copy(id[:], sum[:])
	return id
}

// openConversation begins a conversation in a thread that has none open.
func (s *Shard) openConversation(ct *contact, th *thread, in *Input) *conv {
	inbox := s.set.source(ct.source).inbox(th.inbox)
	c := &conv{
		id:      conversationID(ct, in.Dedup),
		contact: ct,
		inbox:   th.inbox,
		team:    inbox.Team,
		opened:  in.Time,
		last:    in.Time,
		before:  th.closed,
		place:   in.Place,
		seldom:  &nothingSeldom,
		waitPos: -1, upsetPos: -1,
		escPos: -1,
	}
	c.scope = s.scope(ct, th.inbox, c.team)
	if inbox.Bot {
		c.owner = byBot
		c.set(everBot)
	}
	th.open = c
	s.open++
	s.seeOpened(in.Time)
	if in.Team != m.None && (in.Actor == event.ActorHuman || in.Kind == event.ConversationOpened) {
		s.join(c, in.Team)
	}
	s.standing(c)
	return c
}

// inboundTrigger tells a reopening from a new request.
func (s *Shard) inboundTrigger(c *conv, at int64) int {
	if c.before != 0 && at-c.before <= s.set.ReopenWindow {
		return m.TriggerReopen
	}
	return m.TriggerInbound
}

// pull decides the trigger.
func (s *Shard) pull(c *conv, t int) {
	c.pulled(t)
	s.countOpened(c)
}

// pulled notes the trigger, for the rules of audits too.
func (c *conv) pulled(t int) {
	c.trigger = trigger(t) + 1
	if t == m.TriggerReopen {
		c.audit.Reopen()
	}
}

// decide sets the request type; a later one counts from then on.
func (s *Shard) decide(c *conv, typ m.ID) {
	c.typ = typ
	s.countOpened(c)
}

// decideWithout sets the request type of a conversation that nothing has placed.
func (s *Shard) decideWithout(c *conv) {
	if c.is(greeted) && s.set.Greeting != m.None {
		s.decide(c, s.set.Greeting)
		return
	}
	s.decide(c, m.Other)
}

// countOpened counts the opening once both its labels are decided.
func (s *Shard) countOpened(c *conv) {
	if c.is(openedCounted) || c.typ == m.None || c.trigger == noTrigger {
		return
	}
	c.set(openedCounted)
	s.Store.Add(m.OpenedConversations, c.scope, c.typ, int(c.trigger)-1, 1)
	if s.Peaks != nil {
		s.Peaks.Opened(s.peak(c.scope), c.opened)
	}
}

// close ends the conversation at a moment; agent is who closed it, where the
// event says so.
func (s *Shard) close(c *conv, at int64, by int, agent Ref) {
	ct := c.contact
	th := ct.thread(c.inbox)
	if c.typ == m.None {
		s.decideWithout(c)
	}
	if c.trigger == noTrigger {
		s.pull(c, m.TriggerOutbound)
	}
	s.auditEnd(c, by)
	if c.turn != 0 {
		s.endTurn(c, m.TurnClosed)
	}
	s.unassign(c)
	if c.firstCustomer != 0 {
		s.countFirstResponse(c, m.ResultVoid, c.firstCustomer)
	}
	s.resolve(c, at, by, agent)
	end := s.remembered(c, at, by)
	if outcome := s.botOutcome(c, by); outcome >= 0 {
		s.countBotOutcome(c, at, outcome)
		if outcome != m.BotAbandoned {
			end.flags |= contained
		}
	}
	ct.setPast(append(ct.past(), end))
	s.awaitMaturity(ct)
	oneTouch := 1
	if c.trigger != trigger(m.TriggerReopen)+1 && len(c.seldom.pauses) == 0 && c.runs == 1 {
		oneTouch = 0
	}
	s.Store.Add(m.ClosedConversations, c.scope, c.requestType(), by*2+oneTouch, 1)
	s.hide(c)
	if s.Book != nil {
		s.stand(c, StateClosed, at, int8(by))
	}
	c.set(ended)
	s.hand(c)
	c.due = 0
	s.open--
	th.open = nil
	if at >= th.closed {
		th.closed, th.closedReplied = at, c.replied()
	}
}

// resolve observes the resolution and gives its deadline its one result.
func (s *Shard) resolve(c *conv, at int64, by int, agent Ref) {
	silent := by == m.ClosedByTimeout || by == m.ClosedByThanks
	if by == m.ClosedByMerged || c.firstCustomer == 0 || (silent && !c.replied()) {
		s.countResolution(c, m.ResultVoid)
		return
	}
	end := at
	if silent {
		end = c.last
	}
	took := end - c.firstCustomer
	// The deadline has not passed, or it would be counted already.
	s.countResolution(c, m.ResultMet)
	s.observeTyped(m.Resolution, c, by, took, at)
	if s.Book != nil && took >= 0 {
		s.Book.Resolved(c.id, took)
	}
	if took >= 0 {
		s.observeTyped(m.ResolutionBusiness, c, by, s.calendar(c).Between(c.firstCustomer, end), at)
	}
	s.observeTyped(m.ResolutionActive, c, by, took-c.paused(c.firstCustomer, end), at)
	if first := c.seldom.firstNegative; first != 0 && took >= 0 {
		s.observe(m.NegativeResolution, c, end-first, at)
	}
	if by != m.ClosedByBot && took >= 0 {
		if agent == 0 {
			agent = c.hands()
		}
		s.countAgent(agent, m.AgentResolved)
		s.observeAgent(m.AgentResolution, agent, took)
	}
}

// botOutcome is the conversation's outcome with the bot at its close, -1 for
// none.
func (s *Shard) botOutcome(c *conv, by int) int {
	if !c.countsForBot() || c.owner != byBot || by == m.ClosedByMerged {
		return -1
	}
	switch {
	case by != m.ClosedByTimeout || c.is(thanked):
		return m.BotResolvedConfirmed
	case c.is(lastIsOurs):
		return m.BotResolvedSilent
	}
	return m.BotAbandoned
}

func (s *Shard) countBotOutcome(c *conv, at int64, outcome int) {
	c.set(botOutcomeCounted)
	s.Store.Add(m.BotConversations, c.scope, c.requestType(), outcome, 1)
	hit := int64(1)
	if outcome == m.BotAbandoned {
		hit = 0
	}
	s.Store.Sample(m.BotContainmentRatio, c.scope, c.requestType(), 0, at, hit, 1)
}

func (s *Shard) countResolution(c *conv, result int) {
	if !c.is(resolutionCounted) {
		c.set(resolutionCounted)
		s.Store.Add(m.ResolutionDeadlines, c.scope, c.requestType(), m.ResultCell(result, s.closedAt(c, c.asked())), 1)
	}
}

// asked is when the customer began: the start of the clock of the resolution.
func (c *conv) asked() int64 {
	if c.firstCustomer != 0 {
		return c.firstCustomer
	}
	return c.opened
}
