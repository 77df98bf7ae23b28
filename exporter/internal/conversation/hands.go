package conversation

import (
	"encoding/binary"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/agents"
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

// writer is an agent who wrote in a conversation.
type writer struct {
	agent Ref
	at    int64 // receive time of the newest message
}

// share is what a conversation is to the agent who has it.
type share struct {
	agent             Ref
	waiting, handling bool
}

// hands is the agent who has the conversation: the assigned one, else whoever
// wrote last. A bot's conversation is in nobody's hands.
func (c *conv) hands() Ref {
	if c.owner != byHuman {
		return 0
	}
	return c.creditedAgent()
}

// creditedAgent is the agent whom the conversation is about, whoever owns it.
func (c *conv) creditedAgent() Ref {
	if c.agent != 0 {
		return c.agent
	}
	return c.sender
}

// onlyBot tells whether the bot answered and no human did.
func (c *conv) onlyBot() bool { return c.is(botSpoke) && !c.is(humanSpoke) }

func (c *conv) shareNow() share {
	sh := share{agent: c.hands()}
	if sh.agent == 0 {
		return share{}
	}
	sh.waiting = c.state() == m.StateWaiting
	sh.handling = !c.pending() && c.heard != 0 && !c.is(silent)
	return sh
}

// hash names the conversation to the agent stage.
func (c *conv) hash() uint64 { return binary.BigEndian.Uint64(c.id[:]) }

// hand tells the agents of a change.
func (s *Shard) hand(c *conv) {
	at, now := s.at, share{}
	if !c.gone() {
		if c.heard != 0 && at-c.heard >= s.set.SessionTimeout {
			c.set(silent)
		}
		now = c.shareNow()
	}
	was := c.share
	if now == was {
		return
	}
	c.share = now
	if was.agent == now.agent {
		s.Changes = append(s.Changes, agents.Change{
			At: at, Agent: s.person(now.agent).Hash, Conversation: c.hash(),
			Waiting: change(was.waiting, now.waiting), Handling: change(was.handling, now.handling),
		})
		return
	}
	if was.agent != 0 {
		s.Changes = append(s.Changes, agents.Change{
			At: at, Agent: s.person(was.agent).Hash, Conversation: c.hash(), Left: true,
			Active: -1, Waiting: change(was.waiting, false), Handling: change(was.handling, false),
		})
	}
	if now.agent != 0 {
		s.Changes = append(s.Changes, agents.Change{
			At: at, Agent: s.person(now.agent).Hash, Conversation: c.hash(), Wrote: c.wrote(now.agent),
			Active: 1, Waiting: change(false, now.waiting), Handling: change(false, now.handling),
		})
	}
}

func change(was, now bool) int8 {
	switch {
	case now && !was:
		return 1
	case was && !now:
		return -1
	}
	return 0
}

// wrote is the receive time of an agent's newest message, 0 for none.
func (c *conv) wrote(agent Ref) int64 {
	for _, w := range c.writers {
		if w.agent == agent {
			return w.at
		}
	}
	return 0
}

// credit notes a message of an agent and tells whether it is the first in this
// conversation.
func (c *conv) credit(agent Ref, received int64) (first bool) {
	for i := range c.writers {
		if c.writers[i].agent == agent {
			c.writers[i].at = received
			return false
		}
	}
	c.writers = append(c.writers, writer{agent, received})
	return true
}

func (s *Shard) person(r Ref) Agent { return s.people.Agents[r] }

func (s *Shard) agentScope(r Ref) m.ScopeID {
	p := s.person(r)
	for int(r) >= len(s.agentScopes) {
		s.agentScopes = append(s.agentScopes, knownScope{})
	}
	k := &s.agentScopes[r]
	if !k.known || k.label != p.Label || k.team != p.Team {
		*k = knownScope{true, p.Label, p.Team, s.Store.AgentScope(p.Label, p.Team)}
	}
	return k.scope
}

// knownScope is where an agent counted last.
type knownScope struct {
	known       bool
	label, team m.ID
	scope       m.ScopeID
}

// countAgent counts an event of an agent's families, where there is an agent.
func (s *Shard) countAgent(a Ref, cell int) {
	if a != 0 {
		s.Store.Add(m.AgentConversations, s.agentScope(a), 0, cell, 1)
	}
}

// observeAgent adds to a histogram of an agent; durations below zero were
// counted where the conversation's own was observed.
func (s *Shard) observeAgent(f *m.Family, a Ref, ns int64) {
	if a != 0 && ns >= 0 {
		s.Store.Observe(f, s.agentScope(a), 0, 0, ns, m.Exemplar{})
	}
}
