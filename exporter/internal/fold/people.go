package fold

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/conversation"
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
)

// directory is the agents that are known, from the configuration and from
// events. An agent is identified by its id, whatever the source: who works in
// two systems under one id is one person.
type directory struct {
	byID map[string]*person
	// list is in the order in which they became known; refs is for the shards.
	list []*person
	refs conversation.Directory
	// moved are those whose place or capacity changed since the owner looked.
	moved []*person

	label string
	salt  string
}

// person is an agent.
type person struct {
	id          string
	ref         conversation.Ref
	hash        uint64
	label, team m.ID
	name        string
	capacity    uint32
	// configured is what the configuration says, which goes before events.
	configured config.Agent
	// said is the team that the last event named, which is mostly the next
	// one's too.
	said string
}

func newDirectory() *directory {
	return &directory{byID: map[string]*person{}, refs: conversation.Directory{Agents: make([]conversation.Agent, 1)}}
}

// configure takes the configured agents in, and gives everybody the label that
// is configured now.
func (d *directory) configure(cfg config.FoldConfig, names *m.Names) {
	d.label, d.salt = cfg.AgentTimes.Label, cfg.AgentSalt
	for _, p := range d.list {
		p.configured, p.said = config.Agent{}, ""
	}
	for _, a := range cfg.Agents {
		p := d.named(&record.Agent{ID: a.ID}, names)
		p.configured = a
		d.learn(p, &record.Agent{}, names)
	}
	for _, p := range d.list {
		if label := d.labelOf(p.id, names); label != p.label {
			p.label = label
			d.move(p)
		}
	}
}

// add enters somebody new.
func (d *directory) add(p *person) {
	p.ref = conversation.Ref(len(d.refs.Agents))
	p.hash = record.DedupHash("", p.id)
	d.byID[p.id] = p
	d.list = append(d.list, p)
	d.refs.Agents = append(d.refs.Agents, conversation.Agent{Hash: p.hash, Label: p.label, Team: p.team})
}

// move notes that somebody's label, team or capacity is another one.
func (d *directory) move(p *person) {
	d.refs.Agents[p.ref] = conversation.Agent{Hash: p.hash, Label: p.label, Team: p.team}
	d.moved = append(d.moved, p)
}

// labelOf admits the value of the label agent.
func (d *directory) labelOf(id string, names *m.Names) m.ID {
	switch d.label {
	case "off":
		return m.None
	case "hash":
		h := hmac.New(sha256.New, []byte(d.salt))
		h.Write([]byte(id))
		return names.Admit(m.DictAgent, hex.EncodeToString(h.Sum(nil)[:8]))
	}
	return names.Admit(m.DictAgent, id)
}

// named gives the agent that an event names, after taking in what it says.
func (d *directory) named(a *record.Agent, names *m.Names) *person {
	p := d.byID[a.ID]
	if p == nil {
		p = &person{id: a.ID, label: d.labelOf(a.ID, names)}
		d.add(p)
		d.moved = append(d.moved, p)
	}
	if a.Team != "" && a.Team != p.said || a.Name != "" && a.Name != p.name || a.Capacity != 0 && a.Capacity != p.capacity {
		d.learn(p, a, names)
	}
	return p
}

// learn takes in what is said of an agent: the configuration goes before the
// event, the event before what was known.
func (d *directory) learn(p *person, a *record.Agent, names *m.Names) {
	team, capacity := p.team, p.capacity
	switch {
	case p.configured.Team != "":
		team = names.Force(m.DictTeam, p.configured.Team)
	case a.Team != "":
		team = names.Admit(m.DictTeam, a.Team)
	}
	switch {
	case p.configured.Capacity != 0:
		capacity = p.configured.Capacity
	case a.Capacity != 0:
		capacity = a.Capacity
	}
	switch {
	case p.configured.Name != "":
		p.name = p.configured.Name
	case a.Name != "":
		p.name = a.Name
	}
	if a.Team != "" {
		p.said = a.Team
	}
	if team != p.team || capacity != p.capacity {
		p.team, p.capacity = team, capacity
		d.move(p)
	}
}
