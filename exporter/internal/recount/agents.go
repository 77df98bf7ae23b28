package recount

import (
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

// agent is what was said about one, whatever the source.
type agent struct {
	id string
	// team, name and capacity as configured, else as last named.
	team, name string
	capacity   int
	// reported is the event time of the newest event about the presence; zero
	// without any.
	reported time.Time
}

// fact is something that agents' time depends on, from a moment of receive
// time on. It is about an agent or a conversation.
type fact struct {
	at time.Time

	agent    string
	team     string
	capacity int
	presence event.Presence // PresenceNone: was not said
	active   bool           // showed to be there

	about *conversation
	held  held
}

// held is how a conversation stands for the agent who is responsible for it.
type held struct {
	agent            string
	waiting, pending bool
	// Receive times of the customer's last message and of the agent's own last
	// one; zero without.
	customer, wrote time.Time
}

// fact adds a fact of this moment, in whole microseconds.
func (r *recount) fact(f fact) {
	f.at = micros(r.moment)
	r.facts = append(r.facts, f)
}

func micros(t time.Time) time.Time { return t.Truncate(time.Microsecond) }

// meet takes what an event says about its agent. The first that names one makes
// the agent known.
func (r *recount) meet(named event.Agent) {
	if named.ID == "" {
		return
	}
	a, known := r.agents[named.ID]
	if !known {
		configured := r.s.agent(named.ID)
		a = &agent{id: named.ID, team: configured.Team, name: configured.Name, capacity: configured.Capacity}
		r.agents[named.ID] = a
		r.met = append(r.met, a)
	}
	configured := r.s.agent(a.id)
	if named.Team != "" && configured.Team == "" {
		a.team = named.Team
	}
	if named.Name != "" && configured.Name == "" {
		a.name = named.Name
	}
	if named.Capacity > 0 && configured.Capacity == 0 {
		a.capacity = named.Capacity
	}
	r.fact(fact{agent: a.id, team: a.team, capacity: a.capacity})
}

// presence takes what an event says about where its agent is.
func (r *recount) presence(e event.Event) {
	a := r.agents[e.Agent.ID]
	if a == nil {
		return
	}
	f := fact{agent: a.id, team: a.team, capacity: a.capacity}
	switch e.Kind {
	case event.AgentState:
		if e.State == event.PresenceNone || e.Time.Before(a.reported) {
			return
		}
		a.reported = e.Time
		f.presence = e.State
	case event.NoteAdded:
		f.active = true
	case event.MessageSent, event.ConversationResolved:
		f.active = e.Actor == event.ActorHuman
	}
	r.fact(f)
}

// hold notes how a conversation stands for its agent.
func (r *recount) hold(c *conversation) {
	h := held{agent: c.responsible(), waiting: c.state() == "waiting", pending: c.pending()}
	if !c.closed.IsZero() {
		h = held{}
	}
	for _, e := range c.log {
		switch {
		case e.kind == customerWrote:
			h.customer = later(h.customer, e.arrived)
		case e.kind == humanWrote && e.agent == h.agent:
			h.wrote = e.arrived
		}
	}
	r.fact(fact{about: c, held: h})
}

// agentLabel is how an agent is named in labels.
func (r *recount) agentLabel(id string) string {
	switch r.s.AgentTimes.Label {
	case "off":
		return ""
	case "hash":
		return r.s.AgentTimes.Hash(id)
	}
	return id
}

// agentLabels are those of section 7.
func (r *recount) agentLabels(id string, more ...string) []string {
	return append([]string{
		"agent", r.label("agent", r.agentLabel(id)),
		"team", r.label("team", r.agents[id].team),
	}, more...)
}

func (r *recount) agentEvent(id, event string) {
	if id != "" {
		r.totals.add("helpdesk_agent_conversations_total", r.agentLabels(id, "event", event)...)
	}
}

// agentObserve puts a duration into a histogram of the agent's; below zero it
// is the anomaly of the conversation's clock and nothing here.
func (r *recount) agentObserve(id, name string, d time.Duration) {
	if id != "" && d >= 0 {
		r.totals.observe(r.bounds, name, d, r.agentLabels(id)...)
	}
}

// agentWrote counts a message by its sender.
func (r *recount) agentWrote(c *conversation, id string) {
	if id == "" {
		return
	}
	r.totals.add("helpdesk_agent_messages_total", r.agentLabels(id)...)
	if c.first("answered by " + id) {
		r.agentEvent(id, "answered")
	}
}
