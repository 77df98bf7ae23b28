package fold

import (
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
)

// Seed is what a state knows beside conversations that tells how the events of one
// contact count: who the agents are, and whether the contact may be written to. It
// shares nothing with the state.
type Seed struct {
	agents  []record.Agent
	contact record.Key
	consent *consent
	// Config is the configuration in force, Configs the records that changed it, the
	// newest last.
	Config  config.FoldConfig
	Configs []uint64
	// Received is the receive time of the last record.
	Received int64
}

// SeedOf gives the seed for a contact.
func (s *State) SeedOf(contact record.Key) Seed {
	seed := Seed{contact: contact, Config: s.front.cfg, Configs: append([]uint64(nil), s.front.configs...), Received: s.received}
	for _, p := range s.front.people.list {
		seed.agents = append(seed.agents, record.Agent{ID: p.id, Name: p.name, Team: s.front.names.Value(m.DictTeam, p.team), Capacity: p.capacity})
	}
	if c, ok := s.front.consents[contact]; ok {
		seed.consent = &c
	}
	return seed
}

// Grow makes an empty state that goes by cfg, to fold the events of the contact
// again apart from all others.
func (seed Seed) Grow(cfg config.FoldConfig) *State {
	s := New(cfg)
	for i := range seed.agents {
		s.front.people.named(&seed.agents[i], s.front.names)
	}
	if c := seed.consent; c != nil {
		c.source, c.inbox = m.None, m.None
		s.front.consents[seed.contact] = *c
	}
	return s
}
