package capability_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/capability"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fold"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/intake"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/privacy"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/simulate"
)

// A day is folded once as it is, and once without each fact. What a KPI rests
// on is what changes it.

var dayStart = time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC)

func day(t *testing.T, seed uint64) []event.Event {
	t.Helper()
	scenario, err := simulate.New(simulate.Options{
		Seed: seed, Start: dayStart, Duration: 36 * time.Hour, Conversations: 500, Inboxes: []string{"main"}, Tidy: true, WholeSeconds: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	var out []event.Event
	for it := range scenario.All() {
		e := it.Event
		e.Received = it.At
		out = append(out, e)
	}
	return out
}

// figures are all families of a day as text, at several looks. Labels that only
// name (team, request type, names of agents) are added up.
func figures(t *testing.T, day []event.Event, told func(*event.Event) bool) map[string]string {
	t.Helper()
	facts := config.Facts{Providers: map[string]config.ProviderFacts{"events": {Resolves: true}}}
	cfg := config.Default(facts)
	src := config.DefaultSource("desk", "events", facts)
	src.Inboxes = []config.Inbox{{ID: "main", Bot: true}}
	cfg.Sources = []config.Source{src}
	cfg.Conversations.Labels = []string{"sale", "lead", "churn_risk", "complaint"}
	in, err := intake.New(cfg, privacy.NewMaster([32]byte{1}), func(code string) string { return code })
	if err != nil {
		t.Fatal(err)
	}
	state := fold.New(config.Fold(cfg))
	apply := func(b record.Batch) {
		b.Received = max(b.Received, state.Received())
		if err := state.Apply(state.Seq()+1, &record.Commit{Batches: []record.Batch{b}}, nil); err != nil {
			t.Fatal(err)
		}
	}
	out := map[string]string{}
	view := measure.NewView()
	look := func(at time.Time) {
		apply(record.Batch{Kind: record.KindTick, Received: at.UnixNano()})
		state.View(view)
		sums := map[*measure.Family]map[string]float64{}
		view.Values(func(f *measure.Family, labels []string, value float64, h *measure.Hist) {
			if f.Type == measure.Ratio {
				return // a quotient of counters, and not to be added up
			}
			if h != nil {
				value = float64(h.Count)*1e6 + float64(h.Seconds)
			}
			if value == 0 {
				return
			}
			var key []string
			for i, name := range f.LabelNames() {
				if !slices.Contains([]string{"team", "request_type", "name", "presence"}, name) || i >= len(labels) {
					key = append(key, labels[min(i, len(labels)-1)])
				}
			}
			if sums[f] == nil {
				sums[f] = map[string]float64{}
			}
			sums[f][strings.Join(key, ",")] += value
		})
		for f, sum := range sums {
			out[f.Name] += fmt.Sprint(at.Sub(dayStart), sum, "\n")
		}
	}
	next := dayStart
	for i := range day {
		e := day[i]
		e.Labels = slices.Clone(e.Labels)
		for ; next.Before(e.Received); next = next.Add(3 * time.Hour) {
			look(next)
		}
		if !told(&e) {
			continue
		}
		b := record.Batch{Kind: record.KindEvents, Received: e.Received.UnixNano(), Events: make([]record.Event, 1)}
		e.Source = "desk"
		in.Prepare(&e, &b.Events[0])
		apply(b)
	}
	look(dayStart.Add(36 * time.Hour))
	look(dayStart.Add(11 * 24 * time.Hour))
	return out
}

// excused are facts that change figures which do not rest on them: all of them,
// or those of one KPI.
var excused = map[string]string{
	"links":                   "a vendor that links no ids has one id a customer",
	"merges":                  "a vendor that merges nothing has nothing merged",
	"surveys_sent":            "who is not asked does not answer, and answers are what changes other figures",
	"nps":                     "as for surveys_sent",
	"teams":                   "names only",
	"messages survey_answers": "an answer as such is a message in, and one without a score is one too",
	"csat resolutions":        "the scores are the same; which conversation they belong to decides handled_by",
}

// byDefinition are facts that a KPI rests on by the definitions, though the
// simulated days show nothing of it.
var byDefinition = map[string][]capability.Fact{
	// Handing back cancels a running clock; nobody is handed back there before
	// the first answer.
	"first_response": {capability.Handbacks},
	"waiting":        {capability.Handbacks},
	"business_hours": {capability.Handbacks},
	// A bot's reply ends a turn while it owns the conversation; there the bot is
	// silent as soon as it does not.
	"replies":     {capability.Assignments, capability.Handoffs, capability.Handbacks},
	"escalations": {capability.Assignments, capability.Handbacks},
	// Who wrote last, who is assigned and who resolves is the same person there,
	// so that each of them tells alone.
	"agents":     {capability.Handbacks, capability.ResolvedBy},
	"load":       {capability.HumanMessages, capability.HumanSenders},
	"agent_fcr":  {capability.HumanSenders, capability.Assignments},
	"agent_csat": {capability.HumanMessages, capability.HumanSenders, capability.Assignments, capability.Handbacks},
	// Every handoff is told there, so that none is implicit.
	"bot_containment": {capability.HumanMessages, capability.Assignments},
	"handoffs":        {capability.HumanMessages, capability.BotMessages, capability.Handbacks},
	// Labels that figures does not look at.
	"agent_names":   {capability.AgentNames, capability.Teams, capability.HumanSenders, capability.Assignments},
	"request_types": {capability.RequestTypes},
	// Something else opens the conversation too.
	"labels": {capability.CustomerMessages, capability.HumanMessages, capability.BotMessages},
	// The days show no words of consent that no event follows, and of the line
	// only templates.
	"consent":   {capability.CustomerMessages, capability.CustomerTexts},
	"templates": {capability.CustomerMessages, capability.CustomerTexts},
	"account":   {capability.LineEvents, capability.Restrictions},
}

// TestKPIsRestOnTheirFacts: what changes a KPI's metrics when it is taken out of
// a day is among its facts, and the other way round.
func TestKPIsRestOnTheirFacts(t *testing.T) {
	matters := map[string]map[capability.Fact]bool{}
	for _, seed := range []uint64{3, 4} {
		d := day(t, seed)
		want := figures(t, d, func(*event.Event) bool { return true })
		for _, fact := range capability.AllFacts() {
			all := capability.Everything()
			delete(all, fact)
			got := figures(t, d, func(e *event.Event) bool { return reduce(all, e) })
			for _, k := range capability.KPIs {
				for _, name := range k.Metrics {
					if got[name] != want[name] {
						if matters[k.Name] == nil {
							matters[k.Name] = map[capability.Fact]bool{}
						}
						matters[k.Name][fact] = true
					}
				}
			}
		}
	}
	for _, k := range capability.KPIs {
		for _, fact := range capability.AllFacts() {
			rests, shown := slices.Contains(k.Full, fact), matters[k.Name][fact]
			defined := slices.Contains(byDefinition[k.Name], fact)
			switch {
			case shown && !rests && excused[fact.String()] == "" && excused[k.Name+" "+fact.String()] == "":
				t.Errorf("%s changes without %s and does not rest on it", k.Name, fact)
			case rests && !shown && !defined:
				t.Errorf("%s rests on %s and does not change without it", k.Name, fact)
			case defined && (shown || !rests):
				t.Errorf("%s rests on %s by definition, and needs no excuse", k.Name, fact)
			}
		}
	}
}
