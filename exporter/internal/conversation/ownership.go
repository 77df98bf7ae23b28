package conversation

import (
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

// takeOver is the handoff of a bot-owned conversation to humans.
func (s *Shard) takeOver(c *conv, at int64, reason m.ID) {
	c.owner = byHuman
	s.Store.AddOpen(m.BotHandoffs, c.scope, c.requestType(), 0, reason, 0, 1)
	s.countBotHandoff(c, at)
}

// countsForBot tells whether the conversation's outcome with the bot is still
// to be counted: once, where the bot spoke and the customer wrote.
func (c *conv) countsForBot() bool {
	return !c.is(botOutcomeCounted) && c.is(botSpoke) && c.firstCustomer != 0 && c.trigger != trigger(m.TriggerOutbound)+1
}

func (s *Shard) countBotHandoff(c *conv, at int64) {
	if !c.countsForBot() {
		return
	}
	c.set(botOutcomeCounted)
	s.Store.Add(m.BotConversations, c.scope, c.requestType(), m.BotHandoff, 1)
	s.Store.Sample(m.BotContainmentRatio, c.scope, c.requestType(), 0, at, 0, 1)
}

// handoff gives the conversation to humans.
func (s *Shard) handoff(c *conv, in *Input) {
	s.endPending(c, in.Time)
	if in.Team != m.None {
		s.join(c, in.Team)
	}
	if in.Reason != m.None && in.Reason == s.set.Requested {
		s.escalate(c, m.EscalationRequested, in.Time)
	}
	reason := in.Reason
	if reason == m.None {
		reason = s.set.Unspecified
	}
	s.toHumans(c, in.Time, reason, CauseHandoff)
}

// toHumans starts the headline clock where the bot owned the conversation.
func (s *Shard) toHumans(c *conv, at int64, reason m.ID, cause Cause) {
	if c.owner == byBot {
		s.endPending(c, at)
		s.takeOver(c, at, reason)
		c.handed = at
		if c.firstCustomer != 0 && c.clock == 0 && !c.is(firstResponseDone) {
			c.clock, c.cause = at, cause
		}
	}
	c.owner = byHuman
}

// handback gives the conversation to the bot.
func (s *Shard) handback(c *conv) {
	c.clock, c.handed = 0, 0
	c.owner = byBot
	c.set(everBot)
}

// assign gives the conversation to an agent, or to a team where no agent is
// named.
func (s *Shard) assign(c *conv, in *Input) {
	agent := in.Agent
	if agent == 0 || agent != c.agent || c.owner != byHuman {
		s.unassign(c)
		if agent != c.agent && (agent != 0 || in.Team != m.None) {
			s.countAgent(c.agent, m.AgentTransferred)
		}
		c.agent = agent
		if agent != 0 {
			c.own().assignedAt = in.Time
			c.set(assignmentOpen)
			s.countAgent(agent, m.AgentAssigned)
		}
	}
	if in.Team != m.None {
		s.join(c, in.Team)
	}
	switch {
	case agent != 0:
		s.toHumans(c, in.Time, s.set.ByAssignment, CauseAssignment)
	case in.Team != m.None && c.owner == inQueue:
		// a team of humans: a bot that speaks up later does not own it
		c.owner = byHuman
	}
}

// unassign ends an assignment; one without a message of its agent was missed.
func (s *Shard) unassign(c *conv) {
	if c.is(assignmentOpen) {
		c.unset(assignmentOpen)
		s.Store.Add(m.Assignments, c.scope, 0, m.AssignmentMissed, 1)
	}
}

// join moves the conversation to a team; what is counted from here on counts
// there.
func (s *Shard) join(c *conv, team m.ID) {
	if c.team == team {
		return
	}
	c.team = team
	c.scope = s.scope(c.contact, c.inbox, team)
}
