package fold

import (
	"fmt"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/audit"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/calendar"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/conversation"
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

// lookups are what the front stage reads from the configuration for each
// event.
type lookups struct {
	// types maps the providers' types and labels to request types.
	types map[string]m.ID
	// labels are the provider labels that are counted, by their bits.
	labels map[string]uint64
	// segments are the configured ones; empty where they are no label.
	segments map[string]m.ID
}

// compile admits every configured label value and turns the configuration into
// what the stages go by.
func compile(cfg config.FoldConfig, names *m.Names) (*conversation.Settings, lookups, error) {
	names.SetMax(cfg.LabelsMaxValues)
	set := &conversation.Settings{
		Targets: conversation.Targets{
			FirstResponse: int64(cfg.FirstResponse), Resolution: int64(cfg.Resolution), NegativeResponse: int64(cfg.NegativeResponse),
		},
		SurveyOpenFor: int64(cfg.Surveys.OpenFor), SatisfiedMin: cfg.Surveys.SatisfiedMin, Scales: map[float64]map[float64]int{},
		RatiosWindow: int64(cfg.RatiosWindow), SessionTimeout: int64(cfg.AgentTimes.SessionTimeout),
		ReopenWindow: int64(cfg.ReopenWindow), ThanksAfter: int64(cfg.ThanksCloseAfter), Grace: int64(cfg.LatenessGrace),
		DecideWithin: int64(cfg.DecideWithin), Top: cfg.EscalationsTop,
		Buckets:      buckets(cfg),
		Requested:    names.Force(m.DictReason, "requested"),
		Unspecified:  names.Force(m.DictReason, "unspecified"),
		ByAssignment: names.Force(m.DictReason, "assignment"),
		Implicit:     names.Force(m.DictReason, "implicit"),
		Default: &conversation.Source{
			Resolves: true, ServiceWindow: int64(24 * time.Hour), CloseAfter: int64(cfg.CloseAfter),
		},
	}
	look := lookups{types: map[string]m.ID{}, labels: map[string]uint64{}, segments: map[string]m.ID{}}
	for _, name := range cfg.Segments {
		look.segments[name] = names.Force(m.DictSegment, name)
	}
	set.Segments = len(cfg.Segments) > 0
	set.Audits = audits(cfg, names)
	for _, s := range cfg.Surveys.Scales {
		scores := map[float64]int{}
		for from, to := range s.Scores {
			scores[float64(from)] = to
		}
		set.Scales[float64(s.Scale)] = scores
	}
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
	}
	for _, t := range cfg.RequestTypes {
		id := names.Force(m.DictRequestType, t.Name)
		look.types[t.Name] = id
		for _, l := range t.Labels {
			look.types[l] = id
		}
	}
	set.Greeting = look.types[config.GreetingRequestType]
	for _, l := range cfg.ConversationLabels {
		look.labels[l] = conversation.LabelBit(names.Force(m.DictLabel, l))
	}
	for _, o := range cfg.TargetOverrides {
		own := conversation.Override{Where: where(names, one(o.Inbox), one(o.Team))}
		for _, t := range [...]struct {
			to   *int64
			from *time.Duration
		}{{&own.FirstResponse, o.FirstResponse}, {&own.Resolution, o.Resolution}, {&own.NegativeResponse, o.NegativeResponse}} {
			if t.from != nil {
				*t.to = int64(*t.from)
			}
		}
		set.Overrides = append(set.Overrides, own)
	}
	for _, c := range cfg.Calendars {
		cal, err := calendar.Compile(spec(c))
		if err != nil {
			return nil, lookups{}, fmt.Errorf("calendar %s: %w", c.Name, err)
		}
		set.Calendars = append(set.Calendars, conversation.Calendar{Where: where(names, c.Inboxes, c.Teams), Calendar: cal})
	}
	return set, look, nil
}

// audits makes the rules ready; those that are on have their label values from
// the start.
func audits(cfg config.FoldConfig, names *m.Names) conversation.Audits {
	a := conversation.Audits{Rules: cfg.Audits.Compile(), Required: map[m.ID]audit.Steps{}}
	a.Rules.Each(func(rule audit.Rule, name string, _ audit.Severity) { a.Names[rule] = names.Force(m.DictRule, name) })
	for _, sc := range cfg.Audits.Scripts {
		a.Required[names.Force(m.DictRequestType, sc.RequestType)] = a.Rules.Required(sc.RequestType)
	}
	return a
}

func one(value string) []string {
	if value == "" {
		return nil
	}
	return []string{value}
}

func where(names *m.Names, inboxes, teams []string) conversation.Where {
	w := conversation.Where{Inboxes: map[m.ID]bool{}, Teams: map[m.ID]bool{}}
	for _, in := range inboxes {
		w.Inboxes[names.Force(m.DictInbox, in)] = true
	}
	for _, t := range teams {
		w.Teams[names.Force(m.DictTeam, t)] = true
	}
	return w
}

func spec(c config.Calendar) calendar.Spec {
	s := calendar.Spec{Zone: c.Zone, Holidays: map[string][]calendar.Block{}}
	for day, list := range c.Weekly {
		s.Weekly[day] = blocks(list)
	}
	for _, h := range c.Holidays {
		s.Holidays[h.Date] = blocks(h.Blocks)
	}
	return s
}

func blocks(list []config.Block) (out []calendar.Block) {
	for _, b := range list {
		out = append(out, calendar.Block(b))
	}
	return out
}

// buckets are the default bounds and every target.
func buckets(cfg config.FoldConfig) m.Buckets {
	targets := []time.Duration{cfg.FirstResponse, cfg.Resolution, cfg.NegativeResponse}
	for _, o := range cfg.TargetOverrides {
		for _, t := range []*time.Duration{o.FirstResponse, o.Resolution, o.NegativeResponse} {
			if t != nil {
				targets = append(targets, *t)
			}
		}
	}
	return m.NewBuckets(targets...)
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
