package fold

import (
	"slices"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/agents"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
)

func agentSettings(cfg config.FoldConfig) agents.Settings {
	return agents.Settings{
		BusyAfter: int64(cfg.AgentTimes.BusyAfterMessage), SessionTimeout: int64(cfg.AgentTimes.SessionTimeout),
		Window: int64(cfg.AgentTimes.UtilizationWindow),
	}
}

// placeAgents tells the agent stage who is new, and who has changed places.
func (s *State) placeAgents(seq uint64) {
	d := s.front.people
	if s.agentSeq < seq {
		for _, p := range d.moved {
			s.agents.Place(p.hash, p.label, p.team, s.received)
			s.agents.Capacity(p.hash, p.capacity, s.received)
		}
	}
	d.moved = d.moved[:0]
}

// presence is what the provider says of an agent.
func (s *State) presence(e *record.Event, seq uint64) {
	p := s.front.people.named(&e.Agent, s.front.names)
	s.placeAgents(seq)
	if s.agentSeq < seq && e.Kind == event.AgentState {
		s.agents.Presence(p.hash, e.State, e.Time, s.received)
	}
}

// activity tells the agent stage who does something: it places agents that are
// new, and whoever acts is there.
func (s *State) activity(e *record.Event, seq uint64) {
	s.placeAgents(seq)
	if s.in.Agent == 0 || s.agentSeq >= seq {
		return
	}
	switch e.Kind {
	case event.NoteAdded:
	case event.MessageSent, event.ConversationResolved:
		if e.Actor != event.ActorHuman {
			return
		}
	default:
		return
	}
	s.agents.Apply(agents.Change{At: s.received, Agent: s.front.people.refs.Agents[s.in.Agent].Hash, Seen: true})
}

func (s *State) tellAgents(seq uint64, list []agents.Change) {
	if s.agentSeq >= seq {
		return
	}
	for _, c := range list {
		s.agents.Apply(c)
	}
}

// place is a series of section 7: several agents share one where their labels
// are off or folded.
type agentPlace struct{ label, team m.ID }

func presenceName(f agents.Figures) string {
	if f.Reported {
		return "reported"
	}
	return "inferred"
}

// viewAgents shows the agents' gauges.
func (s *State) viewAgents(v *m.View) {
	people := map[uint64]*person{}
	for _, p := range s.front.people.list {
		people[p.hash] = p
	}
	n := s.front.names
	sums := map[agentPlace]*agents.Figures{}
	var order []agentPlace
	var info [][4]string
	s.agents.Each(func(f agents.Figures) {
		at := agentPlace{f.Label, f.Team}
		if sums[at] == nil {
			sums[at] = &agents.Figures{}
			order = append(order, at)
		}
		sums[at].Add(f)
		// A name stands only where there is a label of the agent's own beside it.
		if p := people[f.Agent]; p != nil && s.front.people.label == "id" && f.Label != m.Other {
			info = append(info, [4]string{n.Value(m.DictAgent, f.Label), p.name, n.Value(m.DictTeam, f.Team), presenceName(f)})
		} else {
			info = append(info, [4]string{n.Value(m.DictAgent, f.Label), "", n.Value(m.DictTeam, f.Team), presenceName(f)})
		}
	})
	slices.SortFunc(info, func(a, b [4]string) int { return slices.Compare(a[:], b[:]) })
	for _, labels := range slices.Compact(info) {
		v.AddDynamic(m.AgentInfo, 1, labels[:]...)
	}
	for _, at := range order {
		labels := []string{n.Value(m.DictAgent, at.label), n.Value(m.DictTeam, at.team)}
		f := sums[at]
		v.AddDynamic(m.AgentActive, float64(f.Active), labels...)
		if f.Capacity > 0 {
			v.AddDynamic(m.AgentCapacity, float64(f.Capacity), labels...)
		}
		if u, ok := f.Utilization(); ok {
			v.AddDynamic(m.AgentUtilization, u, labels...)
		}
		if l, ok := f.Load(); ok {
			v.AddDynamic(m.AgentLoad, l, labels...)
		}
	}
}
