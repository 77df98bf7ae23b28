package capability_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/capability"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/metrics"
)

// beside are families that belong to no KPI, with the reason.
var beside = map[string]string{
	"helpdesk_calendar_open":                                  "follows from the configuration alone",
	"helpdesk_failed_replies_total":                           "delivery beside every reply",
	"helpdesk_escalated_conversation_start_timestamp_seconds": "names conversations by ids that differ by vendor; escalations are counted too",
}

func TestEveryFamilyBelongsToAKPI(t *testing.T) {
	of := map[string][]string{}
	for _, k := range capability.KPIs {
		for _, name := range k.Metrics {
			of[name] = append(of[name], k.Name)
		}
	}
	known := map[string]bool{}
	for _, f := range measure.Families {
		known[f.Name] = true
		section := metrics.Section(f)
		switch kpis := of[f.Name]; {
		case section < 2 || section > 10:
			if len(kpis) > 0 {
				t.Errorf("%s of section %d is no figure of %v", f.Name, section, kpis)
			}
		case beside[f.Name] != "" && len(kpis) > 0:
			t.Errorf("%s is said to belong to no KPI and belongs to %v", f.Name, kpis)
		case beside[f.Name] == "" && len(kpis) == 0:
			t.Errorf("%s belongs to no KPI", f.Name)
		case len(kpis) > 1 && f != measure.OpenedConversations:
			t.Errorf("%s belongs to %v", f.Name, kpis)
		}
	}
	for name := range maps.Keys(of) {
		if !known[name] {
			t.Errorf("there is no %s", name)
		}
	}
	for name := range beside {
		if !known[name] {
			t.Errorf("there is no %s", name)
		}
	}
}

func TestKPITable(t *testing.T) {
	names := map[string]bool{}
	for _, k := range capability.KPIs {
		if names[k.Name] || k.Name == "" || k.Title == "" || len(k.Metrics) == 0 || len(k.Full) == 0 || len(k.Inferred) == 0 {
			t.Errorf("%q is twice there or not complete", k.Name)
		}
		names[k.Name] = true
		if len(slices.Compact(slices.Sorted(slices.Values(k.Full)))) != len(k.Full) {
			t.Errorf("%s rests on a fact twice", k.Name)
		}
		for _, set := range k.Inferred {
			if len(set) == 0 {
				t.Errorf("%s exists without any fact", k.Name)
			}
		}
	}
	if capability.Fact(250).String() != "fact 250" {
		t.Errorf("an unknown fact is %s", capability.Fact(250))
	}
	for _, fact := range capability.AllFacts() {
		if fact.String() == "" || fact.Title() == "" || fact.Add() == "" || fact.Without() == "" {
			t.Errorf("%s is not described", fact)
		}
	}
}

func everything() capability.Facts {
	f := capability.Everything()
	for fact := range f {
		f[fact] = capability.Told
	}
	return f
}

func verdict(t *testing.T, f capability.Facts, kpi string) capability.Verdict {
	t.Helper()
	for _, v := range f.Judge() {
		if v.KPI.Name == kpi {
			return v
		}
	}
	t.Fatalf("there is no KPI %s", kpi)
	return capability.Verdict{}
}

func TestJudge(t *testing.T) {
	told, by, guess := capability.Told, capability.By("do this"), capability.InferredFrom("that")
	for _, v := range everything().Judge() {
		if v.Level != capability.Full || v.Lacking != nil || v.Setup != nil || v.Rules != nil {
			t.Errorf("with everything %s is %s: %+v", v.KPI.Name, v.Level, v)
		}
	}
	for _, v := range (capability.Facts{}).Judge() {
		if v.Level != capability.None || !slices.Equal(v.Lacking, v.KPI.Full) || v.Setup != nil || v.Rules != nil {
			t.Errorf("with nothing %s is %s: %+v", v.KPI.Name, v.Level, v)
		}
	}
	for _, c := range []struct {
		name    string
		facts   capability.Facts
		kpi     string
		level   capability.Level
		lacking []capability.Fact
		setup   []string
		rules   []string
	}{
		{"all told", capability.Facts{capability.CustomerMessages: told, capability.CustomerTexts: told, capability.BotMessages: told, capability.Resolutions: told},
			"bot_first_response", capability.Full, nil, nil, nil},
		{"one by convention", capability.Facts{capability.CustomerMessages: told, capability.CustomerTexts: told, capability.BotMessages: by, capability.Resolutions: told},
			"bot_first_response", capability.Convention, nil, []string{"do this"}, nil},
		{"the same convention twice is said once", capability.Facts{capability.CustomerMessages: by, capability.CustomerTexts: told, capability.BotMessages: by, capability.Resolutions: told},
			"bot_first_response", capability.Convention, nil, []string{"do this"}, nil},
		{"one concluded by the adapter", capability.Facts{capability.CustomerMessages: told, capability.CustomerTexts: told, capability.BotMessages: guess, capability.Resolutions: told},
			"bot_first_response", capability.Inferred, []capability.Fact{capability.BotMessages}, nil, []string{"that"}},
		{"one concluded by the fold", capability.Facts{capability.CustomerMessages: told, capability.CustomerTexts: told, capability.BotMessages: by},
			"bot_first_response", capability.Inferred, []capability.Fact{capability.Resolutions}, []string{"do this"}, []string{capability.Resolutions.Without()}},
		{"not enough to conclude", capability.Facts{capability.CustomerMessages: told, capability.CustomerTexts: told, capability.Resolutions: by},
			"bot_first_response", capability.None, []capability.Fact{capability.BotMessages}, nil, nil},
		{"another way to conclude", capability.Facts{capability.CustomerMessages: told, capability.Resolutions: told},
			"resolution", capability.Inferred, []capability.Fact{capability.CustomerTexts, capability.HumanMessages, capability.BotMessages, capability.ResolvedBy}, nil,
			[]string{capability.CustomerTexts.Without(), capability.HumanMessages.Without(), capability.BotMessages.Without(), capability.ResolvedBy.Without()}},
	} {
		v := verdict(t, c.facts, c.kpi)
		if v.Level != c.level || !slices.Equal(v.Lacking, c.lacking) || !slices.Equal(v.Setup, c.setup) || !slices.Equal(v.Rules, c.rules) {
			t.Errorf("%s: %s, lacking %v, setup %q, rules %q", c.name, v.Level, v.Lacking, v.Setup, v.Rules)
		}
	}
}

// TestMoreNeverHurts: no fact that is added or told better lowers a verdict.
func TestMoreNeverHurts(t *testing.T) {
	claims := []capability.Claim{{}, capability.InferredFrom("that"), capability.By("do this"), capability.Told}
	for _, base := range []capability.Facts{{}, everything(), {
		capability.CustomerMessages: capability.Told, capability.HumanMessages: capability.Told, capability.SurveyAnswers: capability.By("x"),
	}} {
		for _, fact := range capability.AllFacts() {
			var last []capability.Verdict
			for _, claim := range claims {
				facts := maps.Clone(base)
				facts[fact] = claim
				now := facts.Judge()
				for i := range last {
					if now[i].Level < last[i].Level {
						t.Errorf("%s falls from %s to %s as %s is told better", now[i].KPI.Name, last[i].Level, now[i].Level, fact)
					}
				}
				last = now
			}
		}
	}
}

func TestWith(t *testing.T) {
	vendor := capability.Facts{capability.CustomerMessages: capability.Told, capability.HumanMessages: capability.InferredFrom("the name"), capability.Labels: capability.By("a tag")}
	feed := capability.Facts{capability.HumanMessages: capability.Told, capability.Labels: capability.InferredFrom("a word"), capability.Presence: capability.Told}
	want := capability.Facts{capability.CustomerMessages: capability.Told, capability.HumanMessages: capability.Told, capability.Labels: capability.By("a tag"), capability.Presence: capability.Told}
	if got := vendor.With(feed); !maps.Equal(got, want) {
		t.Errorf("%v", got)
	}
	if got := feed.With(vendor); !maps.Equal(got, want) {
		t.Errorf("the other way round: %v", got)
	}
	if len(vendor) != 3 || vendor[capability.HumanMessages].Level != capability.Inferred {
		t.Error("it changed the vendor's own")
	}
}

func TestCheck(t *testing.T) {
	if err := capability.Everything().Check(); err != nil {
		t.Error(err)
	}
	for _, c := range []struct {
		fact  capability.Fact
		claim capability.Claim
		want  string
	}{
		{capability.Fact(200), capability.Told, "fact 200 does not exist"},
		{capability.Labels, capability.Claim{}, "labels is declared and not told: leave it out"},
		{capability.Labels, capability.Claim{Level: capability.Full, How: "x"}, `labels is full and says how: "x"`},
		{capability.Labels, capability.By(""), "labels is full by convention and does not say how"},
		{capability.Labels, capability.InferredFrom(""), "labels is inferred and does not say how"},
		{capability.Labels, capability.By("a | b"), `labels: how cannot stand in a table: "a | b"`},
		{capability.Labels, capability.By("a\nb"), `labels: how cannot stand in a table: "a\nb"`},
	} {
		err := capability.Facts{c.fact: c.claim}.Check()
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%v: got %v, want %s", c.claim, err, c.want)
		}
	}
}

// TestObserve: each line is an event and all that it shows.
func TestObserve(t *testing.T) {
	at := time.Unix(0, 0)
	agent := event.Agent{ID: "7"}
	for _, c := range []struct {
		name string
		e    event.Event
		want string
	}{
		{"nothing", event.Event{Time: at}, ""},
		{"a message without words", event.Event{Kind: event.MessageReceived}, "customer_messages"},
		{"a text", event.Event{Kind: event.MessageReceived, Message: event.Message{Text: "hi"}}, "customer_messages customer_texts"},
		{"its ids", event.Event{Kind: event.MessageReceived, Alias: "b"}, "customer_messages links"},
		{"a rating with a message", event.Event{Kind: event.MessageReceived, HasScore: true}, "customer_messages survey_answers"},
		{"an NPS rating with a message", event.Event{Kind: event.MessageReceived, HasScore: true, Survey: event.SurveyNPS}, "customer_messages nps survey_answers"},
		{"nobody's", event.Event{Kind: event.MessageSent, Agent: agent}, ""},
		{"a human's", event.Event{Kind: event.MessageSent, Actor: event.ActorHuman}, "human_messages"},
		{"an agent's", event.Event{Kind: event.MessageSent, Actor: event.ActorHuman, Agent: agent}, "human_messages human_senders"},
		{"the bot's", event.Event{Kind: event.MessageSent, Actor: event.ActorBot}, "bot_messages"},
		{"a template", event.Event{Kind: event.MessageSent, Actor: event.ActorSystem, Message: event.Message{Template: event.Template{Name: "x", Category: "marketing"}}},
			"system_messages templates categories"},
		{"sent", event.Event{Kind: event.MessageStatus, Status: event.StatusSent}, ""},
		{"read", event.Event{Kind: event.MessageStatus, Status: event.StatusRead}, "delivery"},
		{"failed", event.Event{Kind: event.MessageStatus, Status: event.StatusFailed, Error: "1"}, "failures failure_codes"},
		{"opened", event.Event{Kind: event.ConversationOpened}, "openings"},
		{"assigned to a team", event.Event{Kind: event.ConversationAssigned, Agent: event.Agent{Team: "a"}}, "teams"},
		{"assigned", event.Event{Kind: event.ConversationAssigned, Agent: agent}, "assignments"},
		{"handoff", event.Event{Kind: event.ConversationHandoff, Reason: "asked"}, "handoffs handoff_reasons"},
		{"handback", event.Event{Kind: event.ConversationHandback}, "handbacks"},
		{"pending", event.Event{Kind: event.ConversationPending}, "pending"},
		{"resolved by nobody", event.Event{Kind: event.ConversationResolved, Actor: event.ActorSystem}, "resolutions"},
		{"resolved", event.Event{Kind: event.ConversationResolved, Actor: event.ActorBot}, "resolutions resolved_by"},
		{"labeled", event.Event{Kind: event.ConversationLabeled, RequestType: "a", Labels: []string{"b"}}, "request_types labels"},
		{"merged", event.Event{Kind: event.ConversationMerged}, "merges"},
		{"asked", event.Event{Kind: event.SurveySent}, "surveys_sent"},
		{"answered", event.Event{Kind: event.SurveyAnswered, Survey: event.SurveyNPS}, "survey_answers nps"},
		{"presence", event.Event{Kind: event.AgentState, Agent: event.Agent{ID: "7", Name: "Seven", Team: "a", Capacity: 3}}, "presence capacity agent_names teams"},
		{"consent", event.Event{Kind: event.ConsentChanged}, "consent"},
		{"linked", event.Event{Kind: event.ContactLinked, Alias: "b"}, "links"},
		{"noted", event.Event{Kind: event.NoteAdded}, "notes"},
		{"line", event.Event{Kind: event.LineChanged}, "line_events"},
		{"line restricted", event.Event{Kind: event.LineChanged, Line: event.Line{Restricted: 1}}, "line_events restrictions"},
		{"template paused", event.Event{Kind: event.LineChanged, Line: event.Line{TemplateState: "paused"}}, "line_events template_states"},
	} {
		var got []string
		for fact := range capability.Observe([]event.Event{c.e}) {
			got = append(got, fact.String())
		}
		slices.Sort(got)
		want := strings.Fields(c.want)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", c.name, got, want)
		}
	}
}
