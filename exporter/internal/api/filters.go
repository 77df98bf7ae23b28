package api

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/audit"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/conversation"
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/transcript"
)

// filterKey is what conversations are told apart by. Adding one is one entry here.
type filterKey struct {
	name, about string
	// words are all values, nil where they are open.
	words []string
	// compile gives the test for values, none of which is unknown.
	compile func(*matching, []string) func(*transcript.Row) bool
	// values completes what is typed, where words does not.
	values func(*viewer) []string
}

// matching is what tests are compiled with.
type matching struct {
	*viewer
	satisfied int
}

// has is a test for one id of a dictionary.
func has(d m.Dict, of func(*transcript.Row) m.ID) func(*matching, []string) func(*transcript.Row) bool {
	return func(v *matching, values []string) func(*transcript.Row) bool {
		var ids []m.ID
		for _, value := range values {
			if id, ok := v.names.Find(d, value); ok {
				ids = append(ids, id)
			}
		}
		return func(r *transcript.Row) bool { return slices.Contains(ids, of(r)) }
	}
}

// word is a test for a text that rows have one of.
func word(of func(*matching, *transcript.Row) string) func(*matching, []string) func(*transcript.Row) bool {
	return func(v *matching, values []string) func(*transcript.Row) bool {
		return func(r *transcript.Row) bool { return slices.Contains(values, of(v, r)) }
	}
}

func dictionary(d m.Dict) func(*viewer) []string {
	return func(v *viewer) []string {
		var list []string
		for id := m.ID(0); int(id) < v.names.Len(d); id++ {
			if value := v.names.Value(d, id); value != "" {
				list = append(list, value)
			}
		}
		return list
	}
}

var filterKeys = []filterKey{
	{name: "conversation", about: "ids", compile: word(func(_ *matching, r *transcript.Row) string { return r.ID.String() })},
	{name: "state", about: "bot, waiting, answered, pending, closed; open is all but closed", words: append(slices.Clone(stateNames), "open"),
		compile: func(_ *matching, values []string) func(*transcript.Row) bool {
			return func(r *transcript.Row) bool {
				return slices.Contains(values, nameOf(stateNames, r.State)) || r.Open() && slices.Contains(values, "open")
			}
		}},
	{name: "source", about: "as configured", compile: has(m.DictSource, func(r *transcript.Row) m.ID { return r.Source }), values: dictionary(m.DictSource)},
	{name: "inbox", about: "as in the metrics", compile: has(m.DictInbox, func(r *transcript.Row) m.ID { return r.Inbox }), values: dictionary(m.DictInbox)},
	{name: "team", about: "as in the metrics; an empty one is that of no team", compile: has(m.DictTeam, func(r *transcript.Row) m.ID { return r.Team }), values: dictionary(m.DictTeam)},
	{name: "agent", about: "who has it or wrote in it, as in the metrics", compile: compileAgent, values: dictionary(m.DictAgent)},
	{name: "request_type", about: "as configured; an empty one is that of conversations whose type is undecided", compile: has(m.DictRequestType, func(r *transcript.Row) m.ID { return r.Type }), values: dictionary(m.DictRequestType)},
	{name: "trigger", about: "what began it", words: triggerNames, compile: word(func(_ *matching, r *transcript.Row) string { return nameOf(triggerNames, r.Trigger) })},
	{name: "sentiment", about: "of the customer's messages", words: []string{"negative", "neutral", "positive", "mixed", "none"},
		compile: word(func(_ *matching, r *transcript.Row) string { return sentimentOf(r) })},
	{name: "csat", about: "the answer to the survey: good, bad, none, or 1 to 5", words: []string{"good", "bad", "none", "1", "2", "3", "4", "5"}, compile: compileCSAT},
	{name: "closed_by", about: "who or what closed it", words: closedNames, compile: word(func(_ *matching, r *transcript.Row) string { return nameOf(closedNames, r.ClosedBy) })},
	{name: "escalated", about: "why it ever was; any of them, or none", words: append(m.EscalationNames[:], "any", "none"), compile: compileEscalated},
	{name: "audit_rule", about: "that found something; any of them, or none", compile: compileRules, values: func(v *viewer) []string {
		list := []string{"any", "none"}
		for _, rule := range v.rules {
			if rule.Name != "" {
				list = append(list, rule.Name)
			}
		}
		return list
	}},
	{name: "contact", about: "keyed hashes", compile: compileContact},
}

func compileAgent(v *matching, values []string) func(*transcript.Row) bool {
	known := map[conversation.Ref]bool{}
	is := func(ref conversation.Ref) bool {
		yes, ok := known[ref]
		if !ok {
			label, name := v.state.PersonOf(ref)
			yes = ref != 0 && (slices.Contains(values, label) || name != "" && slices.Contains(values, name))
			known[ref] = yes
		}
		return yes
	}
	return func(r *transcript.Row) bool {
		return is(r.Agent) || slices.ContainsFunc(r.Writers, func(w conversation.Writer) bool { return is(w.Agent()) })
	}
}

func compileCSAT(v *matching, values []string) func(*transcript.Row) bool {
	return func(r *transcript.Row) bool {
		word := "none"
		switch {
		case r.CSAT == 0:
		case int(r.CSAT) >= v.satisfied:
			word = "good"
		default:
			word = "bad"
		}
		return slices.Contains(values, word) || r.CSAT > 0 && slices.Contains(values, strconv.Itoa(int(r.CSAT)))
	}
}

func compileEscalated(_ *matching, values []string) func(*transcript.Row) bool {
	bits := uint8(0)
	for i, name := range m.EscalationNames {
		if slices.Contains(values, name) || slices.Contains(values, "any") {
			bits |= 1 << i
		}
	}
	none := slices.Contains(values, "none")
	return func(r *transcript.Row) bool { return r.Escalated&bits != 0 || none && r.Escalated == 0 }
}

func compileRules(v *matching, values []string) func(*transcript.Row) bool {
	var set audit.Set
	for i, rule := range v.rules {
		if slices.Contains(values, "any") || rule.Name != "" && slices.Contains(values, rule.Name) {
			set |= 1 << i
		}
	}
	none := slices.Contains(values, "none")
	return func(r *transcript.Row) bool { return r.Rules&set != 0 || none && r.Rules == 0 }
}

func compileContact(v *matching, values []string) func(*transcript.Row) bool {
	wanted := map[record.Key]bool{}
	for _, value := range values {
		if k, err := contactOf(value); err == nil {
			wanted[v.state.Canonical(k)] = true
		}
	}
	return func(r *transcript.Row) bool { return wanted[v.state.Canonical(r.Contact)] }
}

// filter is what of a request tells conversations apart.
type filter struct {
	key    *filterKey
	not    bool
	values []string
}

// filtersOf reads the filters of a request.
func filtersOf(q url.Values) (list []filter, err error) {
	for i := range filterKeys {
		key := &filterKeys[i]
		for _, not := range []bool{false, true} {
			name := key.name
			if not {
				name = "not." + name
			}
			values, ok := q[name]
			if !ok {
				continue
			}
			for _, v := range values {
				switch {
				case key.words != nil && !slices.Contains(key.words, v):
					return nil, bad("%s is not %.40q: it is one of %s", name, v, strings.Join(key.words, ", "))
				case key.name == "contact":
					if _, err := contactOf(v); err != nil {
						return nil, err
					}
				}
			}
			list = append(list, filter{key, not, values})
		}
	}
	return list, nil
}

// test compiles filters.
func (v *matching) test(list []filter) func(*transcript.Row) bool {
	tests := make([]func(*transcript.Row) bool, len(list))
	for i, f := range list {
		test := f.key.compile(v, f.values)
		if f.not {
			is := test
			test = func(r *transcript.Row) bool { return !is(r) }
		}
		tests[i] = test
	}
	return func(r *transcript.Row) bool {
		for _, test := range tests {
			if !test(r) {
				return false
			}
		}
		return true
	}
}
