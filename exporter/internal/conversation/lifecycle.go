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
		waitPos: -1,
		escPos:  -1,
	}
	c.scope = s.Store.Scope(m.Scope{Source: ct.source, Inbox: th.inbox, Team: c.team})
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
	return c
}

// inboundTrigger tells a reopening from a new request.
func (s *Shard) inboundTrigger(th *thread, at int64) int {
	if th.closed != 0 && at-th.closed <= s.set.ReopenWindow {
		return m.TriggerReopen
	}
	return m.TriggerInbound
}

// pull decides the trigger.
func (s *Shard) pull(c *conv, t int) {
	c.trigger = trigger(t) + 1
	s.countOpened(c)
}

// decide sets the request type; a later one counts from then on.
func (s *Shard) decide(c *conv, typ m.ID) {
	c.typ = typ
	s.countOpened(c)
}

// countOpened counts the opening once both its labels are decided.
func (s *Shard) countOpened(c *conv) {
	if c.is(openedCounted) || c.typ == m.None || c.trigger == noTrigger {
		return
	}
	c.set(openedCounted)
	s.Store.Add(m.OpenedConversations, c.scope, c.typ, int(c.trigger)-1, 1)
}

// close ends the conversation at a moment.
func (s *Shard) close(c *conv, at int64, by int) {
	ct := c.contact
	th := ct.thread(c.inbox)
	if c.typ == m.None {
		s.decide(c, m.Other)
	}
	if c.trigger == noTrigger {
		s.pull(c, m.TriggerOutbound)
	}
	if c.turn != 0 {
		s.endTurn(c, m.TurnClosed)
	}
	s.unassign(c)
	if c.owner == byHuman && c.is(everBot) {
		s.countBotHandoff(c)
	}
	if c.firstCustomer != 0 {
		s.countFirstResponse(c, m.ResultVoid)
	}
	s.resolve(c, at, by)
	oneTouch := 1
	if c.trigger != trigger(m.TriggerReopen)+1 && !c.is(everPending) && c.runs == 1 {
		oneTouch = 0
	}
	s.Store.Add(m.ClosedConversations, c.scope, c.requestType(), by*2+oneTouch, 1)
	s.hide(c)
	c.set(ended)
	c.due = 0
	s.open--
	th.open = nil
	th.closed, th.closedReplied, th.closedTeam = at, c.replied(), c.team
}

// resolve observes the resolution and gives its deadline its one result.
func (s *Shard) resolve(c *conv, at int64, by int) {
	if by == m.ClosedByMerged || c.firstCustomer == 0 {
		s.countResolution(c, m.ResultVoid)
		return
	}
	end, pending := at, c.pendingDone
	if c.pendingSince != 0 {
		pending += pendingFor(c, at)
	}
	if by == m.ClosedByTimeout || by == m.ClosedByThanks {
		end, pending = c.last, c.pendingAtLast
	}
	took := end - c.firstCustomer
	active := max(0, took-pending)
	result := m.ResultMet
	if active > s.set.Resolution {
		result = m.ResultMissed
	}
	s.countResolution(c, result)
	if (by == m.ClosedByTimeout || by == m.ClosedByThanks) && !c.replied() {
		return
	}
	s.observeTyped(m.Resolution, c, by, took, at)
	if took >= 0 {
		s.observeTyped(m.ResolutionActive, c, by, active, at)
	}
}

func (s *Shard) countResolution(c *conv, result int) {
	if !c.is(resolutionCounted) {
		c.set(resolutionCounted)
		s.Store.Add(m.ResolutionDeadlines, c.scope, c.requestType(), result*m.HoursCount+m.HoursOpen, 1)
	}
}
