package agents

import (
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

// Figures are an agent's gauges, or, added up, those of agents who share a
// label.
type Figures struct {
	Agent       uint64
	Label, Team m.ID
	// Active is how many open conversations the agent has.
	Active   int
	Capacity uint32
	// Reported: a provider tells the agent's presence; else it is inferred.
	Reported bool

	sums
}

// Add adds the figures of another agent.
func (f *Figures) Add(o Figures) {
	f.Active += o.Active
	f.Capacity += o.Capacity
	f.sums.add(o.sums)
}

// Utilization is the busy share of the time busy or available in the window;
// ok is false without any.
func (f *Figures) Utilization() (share float64, ok bool) {
	if f.busy+f.available == 0 {
		return 0, false
	}
	return float64(f.busy) / float64(f.busy+f.available), true
}

// Load is active conversations over capacity, averaged over the time of the
// window in which the agent was not offline and the capacity known; ok is
// false without such time.
func (f *Figures) Load() (share float64, ok bool) {
	if f.room == 0 {
		return 0, false
	}
	return float64(f.load) / float64(f.room), true
}

// Each gives the figures of every agent that has a place, in the order in which
// they became known, as of the last Settle.
func (s *Stage) Each(fn func(Figures)) {
	for _, a := range s.order {
		if a.placed {
			fn(Figures{
				Agent: a.id, Label: a.label, Team: a.team, Active: int(a.active), Capacity: a.capacity,
				Reported: a.presence != event.PresenceNone, sums: a.window.sum(),
			})
		}
	}
}
