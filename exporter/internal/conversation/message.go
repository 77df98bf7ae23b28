package conversation

import (
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/agents"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
)

// received folds a customer's message.
func (s *Shard) received(ct *contact, th *thread, in *Input) {
	s.seeReceived(in.Time)
	switch {
	case in.Answer:
		s.answer(ct, th, in)
	case !s.rated(ct, th, in):
		s.customerMessage(ct, th, in)
	}
	s.countMessage(ct, th, in, m.DirectionIn)
}

// customerMessage folds one that is no survey answer.
func (s *Shard) customerMessage(ct *contact, th *thread, in *Input) {
	c := th.open
	overtaken := c != nil && c.seldom.opener != 0 && in.Time < c.seldom.opener && in.Time >= th.closed &&
		in.Received <= c.seldom.openerReceived+s.set.Grace
	if (c == nil || overtaken) && s.isClosingThanks(th, in) {
		s.Store.Add(m.ClosingThanks, s.scopeOf(ct, th), 0, 0, 1)
		s.feel(s.scopeOf(ct, th), in)
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
		c.comesBack(in)
		s.pull(c, s.inboundTrigger(c, in.Time))
	}
	s.endPending(c, in.Time)
	newest := s.touch(c, in.Time)
	if in.Time >= c.lastOurs {
		c.unset(lastIsOurs)
	}
	if c.firstCustomer == 0 {
		c.firstCustomer = in.Time
	}
	s.hear(c, in, in.Flags&record.ClosingPhrase != 0 && c.replied())
	c.auditCustomer(in)
	if in.Flags&record.ClosingPhrase != 0 && c.replied() {
		s.thankYou(c, in, newest)
	} else {
		s.ask(c, in, newest)
		s.question(c, in)
	}
	s.countCustomerMessage(c)
}

// isClosingThanks: a closing phrase after a conversation in which somebody
// wrote needs no answer and opens nothing.
func (s *Shard) isClosingThanks(th *thread, in *Input) bool {
	return in.Flags&record.ClosingPhrase != 0 && th.closedReplied && th.closed != 0 &&
		in.Time >= th.closed && in.Time-th.closed <= s.set.ReopenWindow
}

// comesBack notes the customer message that makes the conversation a return.
func (c *conv) comesBack(in *Input) { c.returned = in.Time }

// hear notes when the customer spoke last and how, and begins the service
// window anew.
func (s *Shard) hear(c *conv, in *Input, thanks bool) {
	c.heard = in.Received
	c.unset(silent)
	if in.Time >= c.lastCustomer {
		c.unset(thanked)
		if thanks {
			c.set(thanked)
		}
	}
	if in.Time > c.lastCustomer {
		c.lastCustomer = in.Time
		c.unset(windowEnded | windowClose)
	}
	if in.Flags&record.Negative != 0 && !thanks && c.seldom.firstNegative == 0 {
		c.own().firstNegative = in.Time
	}
	s.feel(c.scope, in)
}

// feel counts how the customer feels, where that was found out.
func (s *Shard) feel(scope m.ScopeID, in *Input) {
	if in.Flags&record.Classified == 0 {
		return
	}
	cell := m.SentimentNeutral
	switch {
	case in.Flags&record.Negative != 0:
		cell = m.SentimentNegative
	case in.Flags&record.Positive != 0:
		cell = m.SentimentPositive
	}
	s.Store.Add(m.CustomerSentiment, scope, 0, cell, 1)
}

// countCustomerMessage decides the request type at the third one.
func (s *Shard) countCustomerMessage(c *conv) {
	if c.customerMessages < decideAtMessage {
		c.customerMessages++
	}
	if c.customerMessages == decideAtMessage && c.typ == m.None {
		s.decideWithout(c)
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
	if c.customerSinceBot == 0 || in.Time < c.customerSinceBot {
		c.customerSinceBot = in.Time
	}
	if c.turn == 0 {
		c.turn = in.Time
		c.unset(turnSettled | botAnswered | warned2m | warnedNeg)
	}
	if in.Flags&record.Negative != 0 && c.seldom.negative == 0 {
		c.own().negative = in.Time
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
	if in.Template {
		consent := m.ConsentMissing
		if in.Consented {
			consent = m.ConsentRecorded
		}
		s.Store.AddOpen(m.TemplateMessages, s.scopeOf(ct, th), 0, consent, in.Category, 0, 1)
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
		own := c.own()
		own.opener, own.openerReceived = in.Time, in.Received
		own.openerHuman, own.openerReply = in.Actor == event.ActorHuman, in.Message
		if own.openerHuman {
			own.openerAgent = in.Agent
		}
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
	s.auditOurs(c, in)
	if in.Actor == event.ActorHuman {
		s.answerTo(c, in)
		s.humanMessage(c, in)
	} else {
		s.botMessage(c, in)
	}
	if in.Time >= c.lastCustomer {
		c.set(lastIsOurs)
	}
	c.lastOurs = max(c.lastOurs, in.Time)
}

func (s *Shard) humanMessage(c *conv, in *Input) {
	if c.owner == byBot {
		s.takeOver(c, in.Time, s.set.Implicit)
		if c.firstCustomer != 0 && !c.is(firstResponseDone) {
			c.clock, c.cause = c.customerSinceBot, CauseImplicit
			if c.clock == 0 {
				c.clock = c.lastCustomer
			}
		}
	}
	c.owner, c.handed = byHuman, 0
	agent := in.Agent
	s.writes(c, agent, in.Received)
	if c.clock != 0 {
		s.reply(in)
		s.observeAgent(m.AgentFirstResponse, agent, in.Time-c.clock)
		s.firstResponse(c, in.Time)
	}
	if c.firstCustomer != 0 && !c.is(customerResponseDone) {
		c.set(customerResponseDone)
		s.observeTyped(m.CustomerFirstResponse, c, 0, in.Time-c.firstCustomer, in.Time)
	}
	if c.turn != 0 {
		s.observe(m.Response, c, in.Time-c.turn, in.Time)
		s.observeAgent(m.AgentResponse, agent, in.Time-c.turn)
		if c.seldom.negative != 0 {
			s.negativeAnswered(c, in.Time)
		}
		s.reply(in)
		s.endTurn(c, m.TurnAnswered)
	}
	s.calm(c)
	if c.is(assignmentOpen) && agent != 0 && agent == c.agent {
		c.unset(assignmentOpen)
		s.observe(m.AssignmentResponse, c, in.Time-c.seldom.assignedAt, in.Time)
		s.Store.Add(m.Assignments, c.scope, 0, m.AssignmentAnswered, 1)
	}
	if c.runs == 0 || (c.runs == 1 && c.is(customerSinceHuman)) {
		c.runs++
	}
	c.set(humanSpoke)
}

// writes credits a message to its sender.
func (s *Shard) writes(c *conv, agent Ref, received int64) {
	if agent == 0 {
		return
	}
	s.Store.Add(m.AgentMessages, s.agentScope(agent), 0, 0, 1)
	if c.credit(agent, received) {
		s.countAgent(agent, m.AgentAnswered)
	}
	c.sender = agent
	if c.share.agent == agent && c.hands() == agent {
		s.Changes = append(s.Changes, agents.Change{At: s.at, Agent: s.person(agent).Hash, Conversation: c.hash(), Wrote: received})
	}
}

// negativeAnswered is the human reply to a turn in which the customer was
// negative.
func (s *Shard) negativeAnswered(c *conv, at int64) {
	wait := at - c.seldom.negative
	s.observe(m.NegativeResponse, c, wait, at)
	result := m.ResultMet
	if wait > s.targets(c).NegativeResponse {
		result = m.ResultMissed
	}
	s.countNegative(c, result)
	c.own().negative = 0
}

// countNegative gives the negative turn its one result.
func (s *Shard) countNegative(c *conv, result int) {
	if !c.is(warnedNeg) {
		c.set(warnedNeg)
		s.Store.Add(m.NegativeResponseDeadlines, c.scope, 0, m.ResultCell(result, s.closedAt(c, c.seldom.negative)), 1)
	}
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
		c.pulled(s.inboundTrigger(c, in.Time))
		c.firstCustomer = in.Time
		c.comesBack(in)
	}
	s.label(c, in)
	s.touch(c, in.Time)
	s.hear(c, in, false)
	s.countCustomerMessage(c)
	if in.Flags&record.AsksForPerson != 0 {
		// counted, and over: the opener was the reply
		standing := c.escalations
		s.escalate(c, m.EscalationRequested, in.Time)
		c.escalations = standing
	}
	if in.Flags&record.Negative != 0 && !c.is(negativeOvertaken) {
		c.set(negativeOvertaken)
		c.own().firstNegative = in.Time // it stands before all others
		s.overtakenNegative(c, in)
	}
	if !first {
		return
	}
	wait := c.seldom.opener - in.Time
	s.Store.Add(m.Turns, c.scope, 0, m.TurnAnswered, 1)
	if c.turn == 0 {
		c.set(turnSettled)
	}
	if c.seldom.openerReply != 0 {
		s.replies.Add(c.seldom.openerReply, in.Received)
	}
	if !c.seldom.openerHuman {
		if c.handed != 0 && c.clock == 0 && !c.is(firstResponseDone) {
			c.clock, c.cause = c.handed, CauseHandoff
		}
		if !c.is(botResponseDone) {
			c.set(botResponseDone)
			s.observeTyped(m.BotFirstResponse, c, 0, wait, c.seldom.opener)
		}
		return
	}
	if !c.is(firstResponseDone) {
		c.clock, c.cause = in.Time, CauseCustomer
		s.observeAgent(m.AgentFirstResponse, c.seldom.openerAgent, wait)
		s.firstResponse(c, c.seldom.opener)
	}
	if !c.is(customerResponseDone) {
		c.set(customerResponseDone)
		s.observeTyped(m.CustomerFirstResponse, c, 0, wait, c.seldom.opener)
	}
	s.observe(m.Response, c, wait, c.seldom.opener)
	s.observeAgent(m.AgentResponse, c.seldom.openerAgent, wait)
}

// overtakenNegative gives a turn its negative result that was over before it
// was known.
func (s *Shard) overtakenNegative(c *conv, in *Input) {
	open, warned := c.seldom.negative, c.is(warnedNeg)
	c.own().negative = in.Time
	c.unset(warnedNeg)
	if c.seldom.openerHuman {
		s.negativeAnswered(c, c.seldom.opener)
	} else {
		s.countNegative(c, m.ResultVoid)
	}
	c.own().negative = open
	if !warned {
		c.unset(warnedNeg)
	}
}

// firstResponse stops the headline clock.
func (s *Shard) firstResponse(c *conv, at int64) {
	start := c.clock
	wait := at - start
	if wait >= 0 {
		s.seeAnswered(c, start, at)
		if s.Book != nil {
			s.Book.FirstResponse(c.id, wait)
		}
	}
	c.clock = 0
	c.set(firstResponseDone)
	s.observeTyped(m.FirstResponse, c, 0, wait, at)
	if wait >= 0 && s.Peaks != nil {
		s.Peaks.FirstResponse(s.peak(c.scope), start, wait)
	}
	if wait >= 0 {
		s.observeTyped(m.FirstResponseBusiness, c, 0, s.calendar(c).Between(start, at), at)
	}
	result := m.ResultMet
	if wait > s.targets(c).FirstResponse {
		result = m.ResultMissed
	}
	s.countFirstResponse(c, result, start)
}

// countFirstResponse gives the conversation its one result; start is the
// clock's.
func (s *Shard) countFirstResponse(c *conv, result int, start int64) {
	if !c.is(firstResponseCounted) {
		c.set(firstResponseCounted)
		s.Store.Add(m.FirstResponseDeadlines, c.scope, c.requestType(), m.ResultCell(result, s.closedAt(c, start)), 1)
	}
}

// endTurn ends the open turn.
func (s *Shard) endTurn(c *conv, outcome int) {
	if c.seldom.negative != 0 {
		s.countNegative(c, m.ResultVoid)
		c.own().negative = 0
	}
	c.turn = 0
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
		own := c.own()
		own.pauses[len(own.pauses)-1].until = at
	}
}

func (s *Shard) countMessage(ct *contact, th *thread, in *Input, direction int) {
	actor := in.Actor
	scope := s.scopeOf(ct, th)
	if direction == m.DirectionIn {
		actor = event.ActorCustomer
		if s.Peaks != nil {
			s.Peaks.Message(s.peak(scope), in.Time)
		}
	}
	s.Store.Add(m.Messages, scope, 0, m.MessageCell(direction, actor, in.MessageType), 1)
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
