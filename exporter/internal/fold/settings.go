package fold

import (
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/conversation"
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

// lookups are what the front stage reads from the configuration for each
// event.
type lookups struct {
	agentTeam map[string]string
	// types maps the providers' types and labels to request types.
	types map[string]m.ID
}

// compile admits every configured label value and turns the configuration into
// what the stages go by.
func compile(cfg config.FoldConfig, names *m.Names) (*conversation.Settings, lookups) {
	names.SetMax(cfg.LabelsMaxValues)
	set := &conversation.Settings{
		FirstResponse: int64(cfg.FirstResponse), Resolution: int64(cfg.Resolution), NegativeResponse: int64(cfg.NegativeResponse),
		ReopenWindow: int64(cfg.ReopenWindow), ThanksAfter: int64(cfg.ThanksCloseAfter), Grace: int64(cfg.LatenessGrace),
		DecideWithin: int64(cfg.DecideWithin), Top: cfg.EscalationsTop,
		Buckets:      m.NewBuckets(cfg.FirstResponse, cfg.Resolution, cfg.NegativeResponse),
		Requested:    names.Force(m.DictReason, "requested"),
		Unspecified:  names.Force(m.DictReason, "unspecified"),
		ByAssignment: names.Force(m.DictReason, "assignment"),
		Implicit:     names.Force(m.DictReason, "implicit"),
		Default: &conversation.Source{
			Resolves: true, ServiceWindow: int64(24 * time.Hour), CloseAfter: int64(cfg.CloseAfter),
		},
	}
	look := lookups{agentTeam: map[string]string{}, types: map[string]m.ID{}}
	for _, s := range cfg.Sources {
		src := &conversation.Source{
			Resolves: s.Resolves, ServiceWindow: int64(s.ServiceWindow), CloseAfter: int64(s.CloseAfter), Bot: s.Bot,
			Inboxes: map[m.ID]conversation.Inbox{},
		}
		for _, in := range s.Inboxes {
			src.Inboxes[names.Force(m.DictInbox, in.ID)] = conversation.Inbox{Team: names.Force(m.DictTeam, in.Team), Bot: in.Bot}
		}
		id := int(names.Force(m.DictSource, s.Name))
		if id >= len(set.Sources) {
			set.Sources = append(set.Sources, make([]*conversation.Source, id+1-len(set.Sources))...)
		}
		set.Sources[id] = src
	}
	for _, t := range cfg.Teams {
		names.Force(m.DictTeam, t)
	}
	for _, a := range cfg.Agents {
		names.Force(m.DictTeam, a.Team)
		look.agentTeam[a.ID] = a.Team
	}
	for _, t := range cfg.RequestTypes {
		id := names.Force(m.DictRequestType, t.Name)
		look.types[t.Name] = id
		for _, l := range t.Labels {
			look.types[l] = id
		}
	}
	return set, look
}

// scopes lists the configured source × inbox × team, which are exposed as 0
// from the first scrape.
func scopes(cfg config.FoldConfig, names *m.Names) []m.Scope {
	var out []m.Scope
	teams := map[string]bool{"": true}
	order := []string{""}
	add := func(t string) {
		if !teams[t] {
			teams[t] = true
			order = append(order, t)
		}
	}
	for _, t := range cfg.Teams {
		add(t)
	}
	for _, a := range cfg.Agents {
		add(a.Team)
	}
	for _, s := range cfg.Sources {
		src, _ := names.Find(m.DictSource, s.Name)
		for _, in := range s.Inboxes {
			inbox, _ := names.Find(m.DictInbox, in.ID)
			for _, t := range append(append([]string(nil), order...), in.Team) {
				team, _ := names.Find(m.DictTeam, t)
				out = append(out, m.Scope{Source: src, Inbox: inbox, Team: team})
			}
		}
	}
	return out
}
