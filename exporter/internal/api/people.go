package api

import (
	"fmt"
	"slices"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/api"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/audit"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fold"
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/transcript"
)

func (a *API) agents(r *request) (any, error) {
	teams := r.URL.Query()["team"]
	out := api.Agents{Agents: []api.Agent{}}
	err := a.inspect(r, func(s *fold.State) {
		s.EachPerson(func(p fold.Person) {
			if len(teams) > 0 && !slices.Contains(teams, p.Team) {
				return
			}
			if len(out.Agents) == api.MaxLimit {
				out.Cut = api.Cut{Cut: true, Reason: fmt.Sprintf("there are more than %d agents", api.MaxLimit)}
				return
			}
			out.Agents = append(out.Agents, api.Agent{
				Agent: p.Agent, Name: p.Name, Team: p.Team, Presence: p.Presence, Active: p.Active, Waiting: p.Waiting, Capacity: p.Capacity,
				Utilization: p.Utilization, Load: p.Load,
			})
		})
	})
	return out, err
}

func (a *API) escalations(r *request) (any, error) {
	q := r.URL.Query()
	list, err := filtersOf(q)
	if err != nil {
		return nil, err
	}
	limit, err := limitOf(q)
	if err != nil {
		return nil, err
	}
	out := api.Escalations{Escalations: []api.Escalation{}}
	var rows []api.Conversation
	var links []vendorLink
	err = a.inspect(r, func(s *fold.State) {
		v := view(s)
		matches := (&matching{v, r.set.satisfied}).test(list)
		for _, e := range s.Urgent(maxUrgent) {
			row := s.Transcripts().Get(e.ID)
			if row == nil || !matches(row) {
				continue
			}
			if len(rows) == limit {
				out.Cut = api.Cut{Cut: true, Reason: fmt.Sprintf("there are more than %d", limit)}
				return
			}
			reasons := map[string]time.Time{}
			for i, since := range e.Starts {
				if since != 0 {
					reasons[m.EscalationNames[i]] = time.Unix(0, since).UTC()
				}
			}
			rows, links = append(rows, v.conversation(row)), append(links, linkOf(row))
			out.Escalations = append(out.Escalations, api.Escalation{Since: time.Unix(0, e.Since).UTC(), Reasons: reasons})
		}
	})
	if err != nil {
		return nil, err
	}
	a.link(r, rows, links)
	for i := range rows {
		out.Escalations[i].Conversation = rows[i]
	}
	return out, nil
}

// maxUrgent is how many escalated conversations of each team are looked at.
const maxUrgent = 10_000

func (a *API) audits(r *request) (any, error) {
	q := r.URL.Query()
	l, err := listingOf(q)
	if err != nil {
		return nil, err
	}
	severities := q["severity"]
	for _, s := range severities {
		if _, ok := audit.SeverityByName(s); !ok || s == audit.Off.String() {
			return nil, bad("severity is not %.40q: it is one of info, warning, critical", s)
		}
	}
	// The last that happened comes first.
	out := api.Audits{Findings: []api.Finding{}}
	found := best[*transcript.Row]{max: l.limit + 1}
	err = a.inspect(r, func(s *fold.State) {
		v := view(s)
		matches := (&matching{v, r.set.satisfied}).test(l.filters)
		var rules audit.Set
		for i, rule := range v.rules {
			if rule.Name != "" && (len(severities) == 0 || slices.Contains(severities, rule.Severity.String())) {
				rules |= 1 << i
			}
		}
		wanted := func(name string) bool {
			for _, f := range l.filters {
				if f.key.name == "audit_rule" && slices.Contains(f.values, name) == f.not && !slices.Contains(f.values, "any") {
					return false
				}
			}
			return true
		}
		s.Transcripts().Each(func(row *transcript.Row) bool {
			if row.Rules&rules == 0 || !l.within(row) || !matches(row) {
				return true
			}
			at := place{Key: max(row.Last, row.Closed), ID: row.ID.String()}
			if (l.after == nil || at.compare(*l.after, false) > 0) && found.wants(at) {
				found.add(at, row)
			}
			return true
		})
		list := found.sorted()
		if len(list) > l.limit {
			list = list[:l.limit]
			out.Next = list[l.limit-1].at.cursor()
		}
		for _, f := range list {
			c := v.conversation(f.what)
			for i, rule := range v.rules {
				if (rules & f.what.Rules).Has(audit.Rule(i)) && wanted(rule.Name) {
					out.Findings = append(out.Findings, api.Finding{Rule: rule.Name, Severity: rule.Severity.String(), Conversation: c})
				}
			}
		}
	})
	return out, err
}

func (a *API) annotations(r *request) (any, error) {
	q := r.URL.Query()
	list, err := filtersOf(q)
	if err != nil {
		return nil, err
	}
	from, to, err := spanOf(q)
	if err != nil {
		return nil, err
	}
	limit, err := limitOf(q)
	if err != nil {
		return nil, err
	}
	kinds := q["kind"]
	for _, k := range kinds {
		if k != "escalation" && k != "closing" {
			return nil, bad("kind is not %.40q: it is one of escalation, closing", k)
		}
	}
	shows := func(kind string, at int64) bool {
		return at != 0 && (from == 0 || at >= from) && (to == 0 || at < to) && (len(kinds) == 0 || slices.Contains(kinds, kind))
	}
	out := api.Annotations{Annotations: []api.Annotation{}}
	total := 0
	found := best[api.Annotation]{max: limit}
	err = a.inspect(r, func(s *fold.State) {
		v := view(s)
		matches := (&matching{v, r.set.satisfied}).test(list)
		s.Transcripts().Each(func(row *transcript.Row) bool {
			if !matches(row) {
				return true
			}
			add := func(kind, reason string, at int64) {
				if !shows(kind, at) {
					return
				}
				total++
				if p := (place{Key: at, ID: row.ID.String() + kind + reason}); found.wants(p) {
					found.add(p, api.Annotation{
						Time: time.Unix(0, at).UTC(), Kind: kind, Reason: reason, Conversation: row.ID.String(),
						Source: v.names.Value(m.DictSource, row.Source), Inbox: v.names.Value(m.DictInbox, row.Inbox), Team: v.names.Value(m.DictTeam, row.Team),
					})
				}
			}
			for i, at := range row.EscalatedAt {
				add("escalation", m.EscalationNames[i], at)
			}
			add("closing", nameOf(closedNames, row.ClosedBy), row.Closed)
			return true
		})
	})
	if err != nil {
		return nil, err
	}
	// The newest of them, in the order of time.
	for _, f := range slices.Backward(found.sorted()) {
		out.Annotations = append(out.Annotations, f.what)
	}
	if total > len(out.Annotations) {
		out.Cut = api.Cut{Cut: true, Reason: fmt.Sprintf("of %d only the newest %d are here", total, limit)}
	}
	return out, nil
}

func (a *API) labels(r *request) (any, error) {
	name := r.PathValue("name")
	if name == "role" {
		return api.Values{Values: roles[:]}, nil
	}
	i := slices.IndexFunc(filterKeys, func(k filterKey) bool { return k.name == name })
	if i < 0 {
		return nil, notFound("there is no filter %.40q", name)
	}
	key := filterKeys[i]
	out := api.Values{Values: []string{}}
	switch {
	case key.words != nil:
		out.Values = key.words
	case key.values != nil:
		err := a.inspect(r, func(s *fold.State) { out.Values = append(out.Values, key.values(view(s))...) })
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}
