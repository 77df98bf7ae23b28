package conversation

import (
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
)

// received folds a customer's message.
func (s *Shard) received(ct *contact, th *thread, in *Input) {
	s.seeReceived(in.Time)
	if !in.Answer {
		s.customerMessage(ct, th, in)
	}
	s.countMessage(ct, th, in, m.DirectionIn)
}

// customerMessage folds one that is no survey answer.
func (s *Shard) customerMessage(ct *contact, th *thread, in *Input) {
	c := th.open
	overtaken := c != nil && c.opener != 0 && in.Time < c.opener && in.Time >= th.closed &&
		in.Received <= c.openerReceived+s.set.Grace
	if (c == nil || overtaken) && s.isClosingThanks(th, in) {
		s.Store.Add(m.ClosingThanks, s.scopeOf(ct, th), 0, 0, 1)
		return
	}
	if overtaken {
		s.answeredByOpener(c, in)
		return
	}
	if !isCurrent(th, in) {
		return
	}
	if c == nil {
		c = s.openConversation(ct, th, in)
	}
	s.label(c, in)
	if c.trigger == noTrigger {
		s.pull(c, s.inboundTrigger(c, in.Time))
	}
	s.endPending(c, in.Time)
	newest := s.touch(c, in.Time)
	c.unset(lastIsOurs)
	if c.firstCustomer == 0 {
		c.firstCustomer = in.Time
	}
	s.moveWindow(c, in.Time)
	if in.Flags&record.ClosingPhrase != 0 && c.replied() {
		s.thankYou(c, in, newest)
	} else {
		s.ask(c, in, newest)
	}
	s.countCustomerMessage(c)
}

// isClosingThanks: a closing phrase after a conversation in which somebody
// wrote needs no answer and opens nothing.
func (s *Shard) isClosingThanks(th *thread, in *Input) bool {
	return in.Flags&record.ClosingPhrase != 0 && th.closedReplied && th.closed != 0 &&
		in.Time >= th.closed && in.Time-th.closed <= s.set.ReopenWindow
}

// moveWindow begins the service window anew.
func (s *Shard) moveWindow(c *conv, at int64) {
	if at > c.lastCustomer {
		c.lastCustomer = at
		c.unset(windowEnded | windowClose)
	}
}

// countCustomerMessage decides the request type at the third one.
func (s *Shard) countCustomerMessage(c *conv) {
	if c.customerMessages < decideAtMessage {
		c.customerMessages++
	}
	if c.customerMessages == decideAtMessage && c.typ == m.None {
		s.decide(c, m.Other)
	}
}

// ask is a customer message that wants an answer.
func (s *Shard) ask(c *conv, in *Input, newest bool) {
	if newest {
		c.thanks = 0
	}
	if c.runs > 0 {
		c.set(customerSinceHuman)
	}
	if c.customerSinceBot == 0 {
		c.customerSinceBot = in.Time
	}
	if c.turn == 0 {
		c.turn = in.Time
		c.unset(turnSettled | botAnswered | warned2m | warnedNeg)
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
func (s *Shard) thankYou(c *conv, in *Input, newest bool) {
	if c.turn != 0 {
		s.endTurn(c, m.TurnNoReplyNeeded)
	} else {
		s.Store.Add(m.Turns, c.scope, 0, m.TurnNoReplyNeeded, 1)
	}
	c.set(turnSettled)
	if newest && !s.set.source(c.contact.source).Resolves {
		c.thanks = in.Time
	}
}

// sent folds a message of ours.
func (s *Shard) sent(ct *contact, th *thread, in *Input) {
	if isCurrent(th, in) {
		s.ourMessage(ct, th, in)
	}
	s.countMessage(ct, th, in, m.DirectionOut)
}

func (s *Shard) ourMessage(ct *contact, th *thread, in *Input) {
	c := th.open
	if in.Actor != event.ActorHuman && in.Actor != event.ActorBot {
		if c != nil {
			s.label(c, in)
			if s.touch(c, in.Time) {
				c.thanks = 0
			}
		}
		return
	}
	if c == nil {
		c = s.openConversation(ct, th, in)
		c.opener, c.openerReceived = in.Time, in.Received
		c.openerHuman, c.openerReply = in.Actor == event.ActorHuman, in.Message
	}
	if in.Actor == event.ActorHuman {
		s.endPending(c, in.Time)
		if c.agent == 0 && in.Team != m.None {
			s.join(c, in.Team)
		}
	}
	s.label(c, in)
	if c.trigger == noTrigger {
		s.pull(c, m.TriggerOutbound)
	}
	if s.touch(c, in.Time) {
		c.thanks = 0
	}
	if in.Actor == event.ActorHuman {
		s.humanMessage(c, in)
	} else {
		s.botMessage(c, in)
	}
	c.set(lastIsOurs)
}

func (s *Shard) humanMessage(c *conv, in *Input) {
	if c.owner == byBot {
		s.takeOver(c, s.set.Implicit)
		if c.firstCustomer != 0 && !c.is(firstResponseDone) {
			c.clock, c.cause = c.customerSinceBot, CauseImplicit
			if c.clock == 0 {
				c.clock = c.lastCustomer
			}
		}
	}
	c.owner, c.handed = byHuman, 0
	if c.clock != 0 {
		s.reply(in)
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
	c.set(botAnswered)
	if c.owner == byBot {
		if c.turn != 0 {
			s.reply(in)
			s.endTurn(c, m.TurnAnswered)
		}
		s.calm(c)
	}
}

// answeredByOpener is a customer message that is older than the outgoing
// message which opened the conversation and arrived just after it: the
// conversation is the customer's, and the opener was the reply.
func (s *Shard) answeredByOpener(c *conv, in *Input) {
	first := c.trigger == trigger(m.TriggerOutbound)+1
	if first {
		c.trigger = trigger(s.inboundTrigger(c, in.Time)) + 1
		c.firstCustomer = in.Time
	}
	s.label(c, in)
	s.touch(c, in.Time)
	s.moveWindow(c, in.Time)
	s.countCustomerMessage(c)
	if in.Flags&record.AsksForPerson != 0 {
		// counted, and over: the opener was the reply
		standing := c.escalations
		s.escalate(c, m.EscalationRequested, in.Time)
		c.escalations = standing
	}
	if !first {
		return
	}
	wait := c.opener - in.Time
	s.Store.Add(m.Turns, c.scope, 0, m.TurnAnswered, 1)
	if c.turn == 0 {
		c.set(turnSettled)
	}
	if c.openerReply != 0 {
		s.replies.Add(c.openerReply, in.Received)
	}
	if !c.openerHuman {
		if c.handed != 0 && c.clock == 0 && !c.is(firstResponseDone) {
			c.clock, c.cause = c.handed, CauseHandoff
		}
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
	if wait >= 0 {
		s.observeTyped(m.FirstResponseBusiness, c, 0, wait, at)
	}
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

// endTurn ends the open turn.
func (s *Shard) endTurn(c *conv, outcome int) {
	c.turn, c.negative = 0, 0
	c.unset(warned2m | warnedNeg)
	if outcome == m.TurnAnswered || outcome == m.TurnNoReplyNeeded {
		c.set(turnSettled)
	}
	s.Store.Add(m.Turns, c.scope, 0, outcome, 1)
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

// touch notes a message as the last one and tells whether it is; an older one
// that comes late is not.
func (s *Shard) touch(c *conv, at int64) bool {
	if at < c.last {
		return false
	}
	c.last = at
	return true
}

func (s *Shard) endPending(c *conv, at int64) {
	if c.pending() {
		c.pauses[len(c.pauses)-1].until = at
	}
}

func (s *Shard) countMessage(ct *contact, th *thread, in *Input, direction int) {
	actor := in.Actor
	if direction == m.DirectionIn {
		actor = event.ActorCustomer
	}
	s.Store.Add(m.Messages, s.scopeOf(ct, th), 0, m.MessageCell(direction, actor, in.MessageType), 1)
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
