package conversation

import (
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
)

// received folds a customer's message.
func (s *Shard) received(ct *contact, th *thread, in *Input) {
	s.countMessage(ct, th, in, m.DirectionIn)
	s.seeReceived(in.Time)
	c := th.open
	if c != nil && c.opener != 0 && in.Time < c.opener && in.Received <= c.openerReceived+s.set.Grace {
		s.answeredByOpener(c, th, in)
		return
	}
	if c != nil && in.Time < c.opened {
		return
	}
	if c == nil {
		if in.Time < th.closed {
			return
		}
		if in.Flags&record.ClosingPhrase != 0 && th.closedReplied && th.closed != 0 && in.Time-th.closed <= s.set.ReopenWindow {
			s.Store.Add(m.ClosingThanks, s.scopeOf(ct, th), 0, 0, 1)
			return
		}
		c = s.openConversation(ct, th, in)
	}
	if c.trigger == noTrigger {
		s.pull(c, s.inboundTrigger(th, in.Time))
	}
	s.endPending(c, in.Time)
	s.touch(c, in.Time)
	c.unset(lastIsOurs)
	if c.firstCustomer == 0 {
		c.firstCustomer = in.Time
	}
	if in.Time > c.lastCustomer {
		c.lastCustomer = in.Time
		c.unset(windowEnded | windowClose)
	}
	if in.Flags&record.ClosingPhrase != 0 && c.replied() {
		s.thankYou(c, in)
	} else {
		s.ask(c, in)
	}
	if c.customerMessages < decideAtMessage {
		c.customerMessages++
	}
	if in.RequestType != m.None {
		s.decide(c, in.RequestType)
	} else if c.customerMessages == decideAtMessage && c.typ == m.None {
		s.decide(c, m.Other)
	}
}

// ask is a customer message that wants an answer.
func (s *Shard) ask(c *conv, in *Input) {
	c.thanks = 0
	if c.runs > 0 {
		c.set(customerSinceHuman)
	}
	if c.customerSinceBot == 0 || in.Time < c.customerSinceBot {
		c.customerSinceBot = in.Time
	}
	if c.turn == 0 {
		c.turn = in.Time
		c.unset(turnSettled | warned2m | warnedNeg)
	}
	if in.Flags&record.Negative != 0 && c.negative == 0 {
		c.negative = in.Time
	}
	if c.owner != byBot && c.clock == 0 && !c.is(firstResponseDone) {
		c.clock, c.cause = in.Time, CauseCustomer
	}
	if in.Flags&record.AsksForPerson != 0 {
		s.escalate(c, m.EscalationRequested, in.Time)
	}
}

// thankYou is a closing phrase: it ends the turn and needs no reply.
func (s *Shard) thankYou(c *conv, in *Input) {
	if c.turn != 0 {
		s.endTurn(c, m.TurnNoReplyNeeded)
	} else {
		s.Store.Add(m.Turns, c.scope, 0, m.TurnNoReplyNeeded, 1)
	}
	c.set(turnSettled)
	if !s.set.source(c.contact.source).Resolves {
		c.thanks = in.Time
	}
}

// sent folds a message of ours.
func (s *Shard) sent(ct *contact, th *thread, in *Input) {
	s.countMessage(ct, th, in, m.DirectionOut)
	c := th.open
	if c != nil && in.Time < c.opened {
		return
	}
	if in.Actor != event.ActorHuman && in.Actor != event.ActorBot {
		if c != nil {
			c.thanks = 0
			s.touch(c, in.Time)
		}
		return
	}
	if c == nil {
		if in.Time < th.closed {
			return
		}
		c = s.openConversation(ct, th, in)
		c.opener, c.openerReceived = in.Time, in.Received
		c.openerHuman, c.openerReply = in.Actor == event.ActorHuman, in.Message
	}
	if c.trigger == noTrigger {
		s.pull(c, m.TriggerOutbound)
	}
	c.thanks = 0
	if in.Actor == event.ActorHuman {
		s.endPending(c, in.Time)
		s.touch(c, in.Time)
		s.humanMessage(c, in)
	} else {
		s.touch(c, in.Time)
		s.botMessage(c, in)
	}
	c.set(lastIsOurs)
}

func (s *Shard) humanMessage(c *conv, in *Input) {
	if c.agent == 0 && in.Team != m.None {
		s.join(c, in.Team)
	}
	if c.owner == byBot {
		s.takeOver(c, s.set.Implicit)
		if c.firstCustomer != 0 && !c.is(firstResponseDone) {
			c.clock, c.cause = c.customerSinceBot, CauseImplicit
			if c.clock == 0 {
				c.clock = c.lastCustomer
			}
		}
	}
	c.owner = byHuman
	if c.clock != 0 {
		s.firstResponse(c, in.Time)
	}
	if c.firstCustomer != 0 && !c.is(customerResponseDone) {
		c.set(customerResponseDone)
		s.observeTyped(m.CustomerFirstResponse, c, 0, in.Time-c.firstCustomer, in.Time)
	}
	if c.turn != 0 {
		s.observe(m.Response, c, in.Time-c.turn, in.Time)
		s.reply(in)
		s.endTurn(c, m.TurnAnswered)
	}
	s.calm(c)
	if c.is(assignmentOpen) && in.Agent != 0 && in.Agent == c.agent {
		c.unset(assignmentOpen)
		s.observe(m.AssignmentResponse, c, in.Time-c.assignedAt, in.Time)
		s.Store.Add(m.Assignments, c.scope, 0, m.AssignmentAnswered, 1)
	}
	if c.runs == 0 || (c.runs == 1 && c.is(customerSinceHuman)) {
		c.runs++
	}
	c.set(humanSpoke)
}

func (s *Shard) botMessage(c *conv, in *Input) {
	if c.owner == inQueue && !c.is(botSpoke) {
		c.owner = byBot
		c.clock = 0
		c.set(everBot)
	}
	c.set(botSpoke)
	if c.firstCustomer != 0 && !c.is(botResponseDone) {
		c.set(botResponseDone)
		s.observeTyped(m.BotFirstResponse, c, 0, in.Time-c.firstCustomer, in.Time)
	}
	c.customerSinceBot = 0
	if c.owner == byBot && c.turn != 0 {
		s.reply(in)
		s.endTurn(c, m.TurnAnswered)
	}
}

// answeredByOpener is a customer message that is older than the outgoing
// message which opened the conversation and arrived just after it: the
// conversation is the customer's, and the opener was the reply.
func (s *Shard) answeredByOpener(c *conv, th *thread, in *Input) {
	s.endPending(c, in.Time)
	s.touch(c, in.Time)
	if in.Time > c.lastCustomer {
		c.lastCustomer = in.Time
		c.unset(windowEnded | windowClose)
	}
	c.opened = min(c.opened, in.Time)
	if c.trigger != trigger(m.TriggerOutbound)+1 || c.is(openedCounted) {
		return
	}
	c.trigger = trigger(s.inboundTrigger(th, in.Time)) + 1
	if c.firstCustomer == 0 || in.Time < c.firstCustomer {
		c.firstCustomer = in.Time
	}
	c.customerMessages++
	wait := c.opener - in.Time
	s.Store.Add(m.Turns, c.scope, 0, m.TurnAnswered, 1)
	if c.turn == 0 {
		c.set(turnSettled)
	}
	if c.openerReply != 0 {
		s.replies.Add(c.openerReply, in.Received)
	}
	if !c.openerHuman {
		if !c.is(botResponseDone) {
			c.set(botResponseDone)
			s.observeTyped(m.BotFirstResponse, c, 0, wait, c.opener)
		}
		return
	}
	if !c.is(firstResponseDone) {
		c.clock, c.cause = in.Time, CauseCustomer
		s.firstResponse(c, c.opener)
	}
	if !c.is(customerResponseDone) {
		c.set(customerResponseDone)
		s.observeTyped(m.CustomerFirstResponse, c, 0, wait, c.opener)
	}
	s.observe(m.Response, c, wait, c.opener)
}

// firstResponse stops the headline clock.
func (s *Shard) firstResponse(c *conv, at int64) {
	wait := at - c.clock
	if wait >= 0 {
		s.seeAnswered(c, c.clock, at)
	}
	c.clock = 0
	c.set(firstResponseDone)
	s.observeTyped(m.FirstResponse, c, 0, wait, at)
	result := m.ResultMet
	if wait > s.set.FirstResponse {
		result = m.ResultMissed
	}
	s.countFirstResponse(c, result)
}

// countFirstResponse gives the conversation its one result.
func (s *Shard) countFirstResponse(c *conv, result int) {
	if !c.is(firstResponseCounted) {
		c.set(firstResponseCounted)
		s.Store.Add(m.FirstResponseDeadlines, c.scope, c.requestType(), result*m.HoursCount+m.HoursOpen, 1)
	}
}

// endTurn ends the open turn; who waited in it waits no longer.
func (s *Shard) endTurn(c *conv, outcome int) {
	c.turn, c.negative = 0, 0
	c.unset(warned2m | warnedNeg)
	if outcome == m.TurnAnswered || outcome == m.TurnNoReplyNeeded {
		c.set(turnSettled)
	}
	s.Store.Add(m.Turns, c.scope, 0, outcome, 1)
	s.calmTurn(c)
}

// endWindow is the end of the free-reply window.
func (s *Shard) endWindow(c *conv) {
	c.set(windowEnded)
	outcome := m.WindowExpired
	switch {
	case c.turn == 0 && c.is(turnSettled):
		outcome = m.WindowAnswered
	case !c.is(humanSpoke):
		outcome = m.WindowMissed
	}
	s.Store.Add(m.ServiceWindows, c.scope, 0, outcome, 1)
	if c.turn != 0 {
		s.endTurn(c, m.TurnExpired)
	}
}

// reply remembers a message that ended a turn, in case it is reported as
// failed.
func (s *Shard) reply(in *Input) {
	if in.Message != 0 {
		s.replies.Add(in.Message, in.Received)
	}
}

// touch notes a message as the last one, unless it is older.
func (s *Shard) touch(c *conv, at int64) {
	if at < c.last {
		return
	}
	c.last = at
	c.pendingAtLast = c.pendingDone
	if c.pendingSince != 0 {
		c.pendingAtLast += pendingFor(c, at)
	}
}

// pendingFor is how long c has been pending at a moment, counted from the
// first customer message on.
func pendingFor(c *conv, at int64) int64 {
	if c.firstCustomer == 0 {
		return 0
	}
	return max(0, at-max(c.pendingSince, c.firstCustomer))
}

func (s *Shard) endPending(c *conv, at int64) {
	if c.pendingSince != 0 {
		c.pendingDone += pendingFor(c, at)
		c.pendingSince = 0
	}
}

func (s *Shard) countMessage(ct *contact, th *thread, in *Input, direction int) {
	s.Store.Add(m.Messages, s.scopeOf(ct, th), 0, m.MessageCell(direction, in.Actor, in.MessageType), 1)
}

// observe adds a duration to a histogram; one below zero is a clock anomaly.
func (s *Shard) observe(f *m.Family, c *conv, ns, at int64) {
	s.observeTyped(f, c, 0, ns, at)
}

func (s *Shard) observeTyped(f *m.Family, c *conv, cell int, ns, at int64) {
	if ns < 0 {
		s.Store.Add(m.ClockAnomalies, c.scope, 0, 0, 1)
		return
	}
	s.Store.Observe(f, c.scope, c.requestType(), cell, ns, m.Exemplar{Conversation: c.id, Value: ns, Time: at})
}
