package fold

import (
	"cmp"
	"slices"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/agents"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/audit"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/conversation"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/transcript"
)

// keeper passes on what the shards tell of conversations, unless the piece of the
// index knows it already.
type keeper struct{ s *State }

var _ conversation.Book = keeper{}

func (k keeper) news(id m.ConversationID) bool {
	return k.s.indexSeq[transcript.PieceOf(id)] < k.s.applying
}

func (k keeper) Stands(st *conversation.Standing) {
	if k.news(st.ID) {
		k.s.index.Stands(st, k.s.received)
	}
}

func (k keeper) Entered(id m.ConversationID, in *conversation.Input) {
	if k.news(id) {
		k.s.index.Entered(id, in)
	}
}

func (k keeper) FirstResponse(id m.ConversationID, took int64) {
	if k.news(id) {
		k.s.index.FirstResponse(id, took)
	}
}

func (k keeper) Resolved(id m.ConversationID, took int64) {
	if k.news(id) {
		k.s.index.Resolved(id, took)
	}
}

func (k keeper) Rated(id m.ConversationID, score int) {
	if k.news(id) {
		k.s.index.Rated(id, score)
	}
}

func (k keeper) Found(id m.ConversationID, rule audit.Rule) {
	if k.news(id) {
		k.s.index.Found(id, rule)
	}
}

// Transcripts is the index of the conversations. It is the State's: whoever reads
// it keeps nothing of it.
func (s *State) Transcripts() *transcript.Index { return s.index }

// Canonical is the contact that another one turned out to be, or the same.
func (s *State) Canonical(k record.Key) record.Key { return s.front.canonical(k) }

// Aliases are all keys that a contact goes by, its canonical one first.
func (s *State) Aliases(k record.Key) []record.Key {
	k = s.front.canonical(k)
	list := []record.Key{k}
	for from := range s.front.aliases {
		if s.front.canonical(from) == k {
			list = append(list, from)
		}
	}
	slices.SortFunc(list[1:], func(a, b record.Key) int { return slices.Compare(a[:], b[:]) })
	return list
}

// Person is an agent as the API calls people: by the label of the metrics, and by
// name where the metrics do.
type Person struct {
	Agent, Name, Team string
	// Presence is "reported" or "inferred".
	Presence string
	// Active conversations; Waiting of their customers wait.
	Active, Waiting int
	// Capacity in conversations, 0 where it is not known. Utilization and Load as
	// in the metrics, nil where there is none.
	Capacity          uint32
	Utilization, Load *float64
}

// PersonOf says who an agent is: "" where the label agent is off.
func (s *State) PersonOf(r conversation.Ref) (label, name string) {
	if r == 0 || int(r) >= len(s.front.people.refs.Agents) {
		return "", ""
	}
	p := s.front.people.list[r-1]
	if s.front.people.label == "id" {
		name = p.name
	}
	return s.front.names.Value(m.DictAgent, p.label), name
}

// RuleInfo is an audit rule that is in force.
type RuleInfo struct {
	Name     string
	Severity audit.Severity
}

// Rules are the audit rules by their places; those that are not in force have no
// name.
func (s *State) Rules() (rules [audit.MaxRules]RuleInfo) {
	s.front.set.Audits.Rules.Each(func(r audit.Rule, name string, severity audit.Severity) { rules[r] = RuleInfo{name, severity} })
	return rules
}

// EachPerson calls fn with the agents, in the order in which they became known.
func (s *State) EachPerson(fn func(Person)) {
	refs := map[uint64]conversation.Ref{}
	for i, a := range s.front.people.refs.Agents {
		refs[a.Hash] = conversation.Ref(i)
	}
	waiting := map[conversation.Ref]int{}
	s.index.Each(func(r *transcript.Row) bool {
		if r.State == m.StateWaiting {
			waiting[r.Agent]++
		}
		return true
	})
	s.agents.Settle(s.received)
	s.agents.Each(func(f agents.Figures) {
		p := Person{Team: s.front.names.Value(m.DictTeam, f.Team), Presence: presenceName(f), Active: f.Active, Waiting: waiting[refs[f.Agent]], Capacity: f.Capacity}
		p.Agent, p.Name = s.PersonOf(refs[f.Agent])
		if u, ok := f.Utilization(); ok {
			p.Utilization = &u
		}
		if l, ok := f.Load(); ok {
			p.Load = &l
		}
		fn(p)
	})
}

// Urgent lists the escalated conversations, those that have waited longest first,
// at most max of each team.
func (s *State) Urgent(max int) []conversation.Escalated {
	var all []conversation.Escalated
	for _, sh := range s.shards {
		sh.MostUrgent(max, func(e conversation.Escalated) { all = append(all, e) })
	}
	slices.SortFunc(all, func(a, b conversation.Escalated) int {
		return cmp.Or(cmp.Compare(a.Since, b.Since), slices.Compare(a.ID[:], b.ID[:]))
	})
	return all
}

// PersonByID says who the agent is whom an event names by that id.
func (s *State) PersonByID(id string) (label, name string) {
	if p := s.front.people.byID[id]; p != nil {
		return s.PersonOf(p.ref)
	}
	return "", ""
}

// ConsentOf is what a contact said of being written to, and when; ConsentNone
// where it said nothing.
func (s *State) ConsentOf(k record.Key) (what event.Consent, at int64) {
	c := s.front.consents[s.front.canonical(k)]
	return c.what, c.at
}

// Known tells whether a contact was seen lately.
func (s *State) Known(k record.Key) bool {
	_, ok := s.front.first[s.front.canonical(k)]
	return ok
}
