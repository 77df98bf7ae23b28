package fold

import (
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/conversation"
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

// Trace lets fn hear of every step of the conversations, in the order in which
// they are folded; nil ends it. fn runs within Apply and must not keep a
// step's Event.
func (s *State) Trace(fn func(conversation.Step)) {
	for _, sh := range s.shards {
		sh.Trace(fn)
	}
	s.questions.Store().Hear(nil)
	if fn != nil {
		s.questions.Store().Hear(func(c m.Counted) { s.shards[shardOf(s.in.Contact)].Note(c) })
	}
}

// Names are the texts of the ids in a step. They belong to the State's
// goroutine.
func (s *State) Names() *m.Names { return s.front.names }

// AgentLabel is how the metrics call the agent of that hash: "" where agents
// have no label, or there is no such agent.
func (s *State) AgentLabel(hash uint64) string {
	if hash != 0 {
		for _, a := range s.front.people.refs.Agents {
			if a.Hash == hash {
				return s.front.names.Value(m.DictAgent, a.Label)
			}
		}
	}
	return ""
}

// AgentHash is the hash of the agent that an event names, 0 for none.
func (s *State) AgentHash(r conversation.Ref) uint64 { return s.front.people.refs.Agents[r].Hash }

// TargetsOf are the targets of an inbox and a team.
func (s *State) TargetsOf(inbox, team m.ID) conversation.Targets {
	return s.front.set.TargetsOf(inbox, team)
}
