package recount

import (
	"slices"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

// Names of an agent's states.
const (
	available = "available"
	busy      = "busy"
	away      = "away"
	offline   = "offline"
)

// shift is an agent as of one moment, and what the window holds of it.
type shift struct {
	known    bool
	team     string
	capacity int
	presence event.Presence
	active   time.Time // the last that was seen of the agent

	// Time within the window: by state; and that in which the agent was not
	// offline and had a capacity, weighted with the conversations and with the
	// capacity of the time.
	busy, available, weighted, room time.Duration
}

// agentTime walks the facts from one moment to the next at which anything can
// change and adds up the time in between.
func (r *recount) agentTime() {
	slices.SortStableFunc(r.facts, func(a, b fact) int { return a.at.Compare(b.at) })
	now := micros(r.now)
	width := max(time.Second, r.s.AgentTimes.UtilizationWindow/60)
	begin := bucket(now.Add(-r.s.AgentTimes.UtilizationWindow), width)

	shifts := map[string]*shift{}
	for _, a := range r.met {
		shifts[a.id] = &shift{}
	}
	standing := map[*conversation]held{}
	rest := r.facts
	moments := r.moments(begin, now)
	for i, from := range moments {
		for len(rest) > 0 && !rest[0].at.After(from) {
			rest[0].take(shifts, standing)
			rest = rest[1:]
		}
		if i+1 == len(moments) {
			break
		}
		took := moments[i+1].Sub(from)
		for _, a := range r.met {
			if s := shifts[a.id]; s.known {
				r.spend(a, s, standing, from, took, !from.Before(begin))
			}
		}
	}
	r.agentGauges(shifts, standing)
}

// moments are those at which a fact begins to hold or ceases to, up to now.
func (r *recount) moments(begin, now time.Time) (list []time.Time) {
	list = append(list, begin, now)
	for _, f := range r.facts {
		list = append(list, f.at)
		if f.active {
			list = append(list, f.at.Add(r.s.AgentTimes.SessionTimeout))
		}
		if !f.held.customer.IsZero() {
			list = append(list, micros(f.held.customer).Add(r.s.AgentTimes.SessionTimeout))
		}
		if !f.held.wrote.IsZero() {
			list = append(list, micros(f.held.wrote).Add(r.s.AgentTimes.BusyAfterMessage))
		}
	}
	list = slices.DeleteFunc(list, func(t time.Time) bool { return t.After(now) })
	slices.SortFunc(list, time.Time.Compare)
	return slices.CompactFunc(list, time.Time.Equal)
}

// take lets a fact hold.
func (f fact) take(shifts map[string]*shift, standing map[*conversation]held) {
	if f.about != nil {
		standing[f.about] = f.held
		return
	}
	s := shifts[f.agent]
	s.known, s.team, s.capacity = true, f.team, f.capacity
	if f.presence != event.PresenceNone {
		s.presence = f.presence
	}
	if f.active {
		s.active = f.at
	}
}

// state of an agent at a moment.
func (r *recount) state(id string, s *shift, standing map[*conversation]held, at time.Time) string {
	there := available
	switch s.presence {
	case event.PresenceOffline:
		return offline
	case event.PresenceAway:
		there = away
	case event.PresenceNone:
		if s.active.IsZero() || at.Sub(s.active) >= r.s.AgentTimes.SessionTimeout {
			return offline
		}
	}
	for _, h := range standing {
		if h.agent == id && (h.waiting ||
			!h.wrote.IsZero() && at.Sub(micros(h.wrote)) < r.s.AgentTimes.BusyAfterMessage) {
			return busy
		}
	}
	return there
}

// spend adds a stretch in which nothing changed.
func (r *recount) spend(a *agent, s *shift, standing map[*conversation]held, from time.Time, took time.Duration, counts bool) {
	// where the agent's series stood at the time
	labels := []string{"agent", r.label("agent", r.agentLabel(a.id)), "team", r.label("team", s.team)}
	state := r.state(a.id, s, standing, from)
	r.totals[Series("helpdesk_agent_state_seconds_total", append(labels, "state", state)...)] += took.Seconds()
	conversations := time.Duration(0)
	for _, h := range standing {
		if h.agent != a.id {
			continue
		}
		conversations++
		if !h.pending && !h.customer.IsZero() && from.Sub(micros(h.customer)) < r.s.AgentTimes.SessionTimeout {
			r.totals[Series("helpdesk_agent_handle_seconds_total", labels...)] += took.Seconds()
		}
	}
	if !counts || state == offline {
		return
	}
	if s.capacity > 0 {
		s.weighted += took * conversations
		s.room += took * time.Duration(s.capacity)
	}
	switch state {
	case busy:
		s.busy += took
	case available:
		s.available += took
	}
}

// agentGauges are those of section 7; agents of one label are added up.
func (r *recount) agentGauges(shifts map[string]*shift, standing map[*conversation]held) {
	type sum struct{ busy, free, weighted, room time.Duration }
	sums := map[[2]string]sum{}
	for _, a := range r.met {
		s := shifts[a.id]
		labels := r.agentLabels(a.id)
		n := 0.0
		for _, h := range standing {
			if h.agent == a.id {
				n++
			}
		}
		if n > 0 {
			r.totals[Series("helpdesk_agent_active_conversations", labels...)] += n
		}
		if s.capacity > 0 {
			r.totals[Series("helpdesk_agent_capacity", labels...)] += float64(s.capacity)
		}
		presence, name := "reported", a.name
		if s.presence == event.PresenceNone {
			presence = "inferred"
		}
		if r.s.AgentTimes.Label != "id" {
			name = ""
		}
		r.totals[Series("helpdesk_agent_info", append(labels, "name", name, "presence", presence)...)] = 1

		key := [2]string{labels[1], labels[3]}
		x := sums[key]
		x.busy += s.busy
		x.free += s.available
		x.weighted += s.weighted
		x.room += s.room
		sums[key] = x
	}
	for key, x := range sums {
		if x.busy+x.free > 0 {
			r.totals[Series("helpdesk_agent_utilization_ratio", "agent", key[0], "team", key[1])] =
				x.busy.Seconds() / (x.busy + x.free).Seconds()
		}
		if x.room > 0 {
			r.totals[Series("helpdesk_agent_load_ratio", "agent", key[0], "team", key[1])] =
				x.weighted.Seconds() / x.room.Seconds()
		}
	}
}
