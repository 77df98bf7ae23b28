package exporter

import (
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/capability"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/providers"
)

// figures say which KPIs a source gives, and what is in the way of the others.
type figures struct {
	source, provider string
	// feeds is the source that this one reports for; it then has no figures of
	// its own. fedBy are those that report for it.
	feeds string
	fedBy []string
	// kpis by level.
	kpis [len(capability.Levels)][]*capability.KPI
	// setup is what full by convention asks of the user, send what it asks of
	// the sources that feed this one; rules is what is concluded.
	setup, send, rules []string
	// add is what would make the rest full; unset is configuration without which
	// there is nothing to see.
	add, unset []string
}

// allFigures gives them for every source, in the order of the document.
func allFigures(cfg *config.Config) []figures {
	var out []figures
	for i := range cfg.Sources {
		out = append(out, sourceFigures(cfg, &cfg.Sources[i]))
	}
	return out
}

func sourceFigures(cfg *config.Config, s *config.Source) figures {
	f := figures{source: s.Name, provider: s.Provider, feeds: s.Feeds}
	if f.feeds != "" {
		return f
	}
	spec, _ := providers.Lookup(s.Provider)
	told := spec.Facts.With(nil)
	for i := range cfg.Sources {
		feeder := &cfg.Sources[i]
		if feeder.Feeds != s.Name {
			continue
		}
		f.fedBy = append(f.fedBy, feeder.Name)
		spec, _ := providers.Lookup(feeder.Provider)
		for _, fact := range capability.AllFacts() {
			if spec.Facts[fact].Level > told[fact].Level && restedOn(fact) {
				f.send = appendOnce(f.send, fact.Add())
			}
		}
		told = told.With(spec.Facts)
	}
	configured(cfg, s, told)
	for _, v := range told.Judge() {
		f.kpis[v.Level] = append(f.kpis[v.Level], v.KPI)
		f.setup = appendOnce(f.setup, v.Setup...)
		f.rules = appendOnce(f.rules, v.Rules...)
		for _, fact := range v.Lacking {
			f.add = appendOnce(f.add, fact.Add())
		}
		if v.Level > capability.None && v.KPI.Config != "" && !isSet(cfg, v.KPI.Config, told) {
			f.unset = appendOnce(f.unset, v.KPI.Config)
		}
	}
	return f
}

// configured changes what is told by what the configuration says: who agents
// are, and that nobody's resolutions are waited for.
func configured(cfg *config.Config, s *config.Source, told capability.Facts) {
	says := func(fact capability.Fact) {
		if told[fact].Level < capability.Full {
			told[fact] = capability.Told
		}
	}
	for _, a := range cfg.Agents {
		if a.Capacity > 0 {
			says(capability.Capacity)
		}
		if a.Name != "" {
			says(capability.AgentNames)
		}
		if a.Team != "" {
			says(capability.Teams)
		}
	}
	for _, in := range s.Inboxes {
		if in.Team != "" {
			says(capability.Teams)
		}
	}
	if !s.Resolves {
		delete(told, capability.Resolutions)
		delete(told, capability.ResolvedBy)
	}
}

// isSet tells whether configuration that a KPI asks for is there.
func isSet(cfg *config.Config, key string, told capability.Facts) bool {
	switch key {
	case "calendars":
		return len(cfg.Calendars) > 0
	case "agents.list[].capacity":
		return told[capability.Capacity].Level > capability.None
	case "request_types":
		return told[capability.RequestTypes].Level > capability.None ||
			slices.ContainsFunc(cfg.RequestTypes.Types, func(t config.RequestType) bool { return len(t.Labels) > 0 })
	case "conversations.labels":
		return len(cfg.Conversations.Labels) > 0
	}
	return false
}

func restedOn(fact capability.Fact) bool {
	return slices.ContainsFunc(capability.KPIs, func(k capability.KPI) bool { return slices.Contains(k.Full, fact) })
}

func appendOnce(list []string, more ...string) []string {
	for _, s := range more {
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}

// names joins what field says of KPIs; all of them are "all".
func names(kpis []*capability.KPI, between string, field func(*capability.KPI) string) string {
	if len(kpis) == len(capability.KPIs) {
		return "all"
	}
	out := make([]string, len(kpis))
	for i, k := range kpis {
		out[i] = field(k)
	}
	return strings.Join(out, between)
}

// log writes one line. Whatever is empty is left out.
func (f *figures) log(l *slog.Logger) {
	args := []any{"source", f.source, "provider", f.provider}
	add := func(key, text string) {
		if text != "" {
			args = append(args, key, strings.ReplaceAll(text, "`", ""))
		}
	}
	if f.feeds != "" {
		l.Info("figures: this source reports for another", append(args, "feeds", f.feeds)...)
		return
	}
	add("fed_by", strings.Join(f.fedBy, " "))
	name := func(k *capability.KPI) string { return k.Name }
	add("full", names(f.kpis[capability.Full], " ", name))
	add("full_by_convention", names(f.kpis[capability.Convention], " ", name))
	add("inferred", names(f.kpis[capability.Inferred], " ", name))
	add("missing", names(f.kpis[capability.None], " ", name))
	add("convention", strings.Join(f.setup, "; "))
	add("feeds_have_to", strings.Join(f.send, "; "))
	add("inferred_how", strings.Join(f.rules, "; "))
	add("to_have_all", strings.Join(f.add, "; "))
	add("not_configured", strings.Join(f.unset, " "))
	l.Info("figures", args...)
}

// write is log for people, a line for each thing to know.
func (f *figures) write(w io.Writer) {
	if f.feeds != "" {
		fmt.Fprintf(w, "  source %s (%s) reports for %s\n", f.source, f.provider, f.feeds)
		return
	}
	fed := ""
	if len(f.fedBy) > 0 {
		fed = ", fed by " + strings.Join(f.fedBy, ", ")
	}
	fmt.Fprintf(w, "  source %s (%s%s)\n", f.source, f.provider, fed)
	title := func(k *capability.KPI) string { return k.Title }
	for _, level := range []capability.Level{capability.Full, capability.Convention, capability.Inferred, capability.None} {
		if kpis := f.kpis[level]; len(kpis) > 0 {
			fmt.Fprintf(w, "    %s: %s\n", capability.Levels[level], names(kpis, "; ", title))
		}
	}
	for _, c := range []struct {
		what string
		list []string
	}{
		{"the convention", f.setup}, {"what its feeds have to do", f.send}, {"inferred means that", f.rules},
		{"to have all of it (send: by an events source with feeds: " + f.source + ")", f.add}, {"not configured, and nothing to see without", f.unset},
	} {
		if len(c.list) == 0 {
			continue
		}
		fmt.Fprintf(w, "    %s:\n", c.what)
		for _, line := range c.list {
			fmt.Fprintf(w, "      - %s\n", strings.ReplaceAll(line, "`", ""))
		}
	}
}

// logFigures says it of each source that is new or has changed since the last
// time. The caller holds s.reload or is the only one.
func (s *Server) logFigures() {
	said := make(map[string]string, len(s.cfg.Sources))
	for _, f := range allFigures(s.cfg) {
		var b strings.Builder
		f.write(&b)
		if said[f.source] = b.String(); s.figures[f.source] != b.String() {
			f.log(s.opts.Logger.With("component", "sources"))
		}
	}
	s.figures = said
}
