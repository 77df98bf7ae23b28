package simulate_test

import (
	"slices"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fold"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/intake"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/privacy"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/simulate"
)

// wednesday is when the days begin.
var wednesday = time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC)

// counted is what the exporter makes of a scenario.
type counted struct {
	t     *testing.T
	state *fold.State
	in    *intake.Intake
	view  *measure.View
}

func newCounted(t *testing.T, profile simulate.Profile) *counted {
	t.Helper()
	cfg := config.Default(config.Facts{Providers: map[string]config.ProviderFacts{"events": {Resolves: true}}})
	source := config.DefaultSource("whatsapp", "events", config.Facts{Providers: map[string]config.ProviderFacts{"events": {Resolves: profile == simulate.ProfileHelpdesk}}})
	for _, id := range map[simulate.Profile][]string{
		simulate.ProfileHelpdesk: {"main", "shop"}, simulate.ProfileMeta: {"300000000000001", "300000000000002"},
	}[profile] {
		source.Inboxes = append(source.Inboxes, config.Inbox{ID: id, Bot: true})
	}
	cfg.Sources = []config.Source{source}
	cfg.Conversations.Labels = []string{"sale", "lead", "churn_risk", "complaint"}
	in, err := intake.New(cfg, privacy.NewMaster([32]byte{1}), func(c string) string { return c })
	if err != nil {
		t.Fatal(err)
	}
	return &counted{t: t, state: fold.New(config.Fold(cfg)), in: in, view: measure.NewView()}
}

func (c *counted) apply(b record.Batch) {
	if err := c.state.Apply(c.state.Seq()+1, &record.Commit{Batches: []record.Batch{b}}, nil); err != nil {
		c.t.Fatal(err)
	}
}

func (c *counted) receive(it simulate.Item) {
	var r record.Event
	e := it.Event
	e.Source = "whatsapp"
	c.in.Prepare(&e, &r)
	c.apply(record.Batch{Kind: record.KindEvents, Received: it.At.UnixNano(), Events: []record.Event{r}})
}

func (c *counted) pass(to time.Time) {
	c.apply(record.Batch{Kind: record.KindTick, Received: to.UnixNano()})
}

// look gives a function that adds up the series of a family that carry the
// values; of a histogram its counts.
func (c *counted) look() func(f *measure.Family, values ...string) float64 {
	c.state.View(c.view)
	type series struct {
		labels []string
		value  float64
	}
	all := map[*measure.Family][]series{}
	c.view.Values(func(f *measure.Family, labels []string, value float64, h *measure.Hist) {
		if h != nil {
			value = float64(h.Count)
		}
		all[f] = append(all[f], series{labels, value})
	})
	return func(f *measure.Family, values ...string) (sum float64) {
		for _, s := range all[f] {
			if !slices.ContainsFunc(values, func(v string) bool { return !slices.Contains(s.labels, v) }) {
				sum += s.value
			}
		}
		return sum
	}
}

// TestFigures looks at nine days as a reader of the exporter does.
func TestFigures(t *testing.T) {
	const days = 9
	for name, profile := range map[string]simulate.Profile{"helpdesk": simulate.ProfileHelpdesk, "meta": simulate.ProfileMeta} {
		t.Run(name, func(t *testing.T) {
			end := wednesday.Add(days * 24 * time.Hour)
			s, err := simulate.New(simulate.Options{Seed: 1, Start: wednesday, Duration: end.Sub(wednesday), Profile: profile})
			if err != nil {
				t.Fatal(err)
			}
			c := newCounted(t, profile)
			for it := range s.All() {
				c.receive(it)
			}
			c.pass(end)
			n := c.look()
			busy, available := n(measure.AgentStateSeconds, "busy"), n(measure.AgentStateSeconds, "available")
			all := n(measure.AgentStateSeconds)
			// What becomes of the last conversations is known a week later.
			c.pass(end.Add(10 * 24 * time.Hour))
			n = c.look()
			contained := n(measure.BotConversations, "resolved_confirmed") + n(measure.BotConversations, "resolved_silent")
			returned := func(f *measure.Family) float64 { return (n(f, "reopened") + n(f, "repeat")) / n(f) }
			answers := n(measure.SurveyResponses)
			satisfied := n(measure.SurveyResponses, "4") + n(measure.SurveyResponses, "5")
			templates := func(category string) float64 {
				return n(measure.TemplateMessages, "recorded", category) / n(measure.TemplateMessages, category)
			}
			bands := []band{
				{"first contact resolution, 24 h", n(measure.FCROutcomes24h, "first_contact") / (n(measure.FCROutcomes24h) - n(measure.FCROutcomes24h, "unanswered")), 0.75, 0.88},
				{"came back within 24 h", returned(measure.FCROutcomes24h), 0.06, 0.2},
				{"first contact resolution, 7 days", n(measure.FCROutcomes7d, "first_contact") / n(measure.FCROutcomes7d), 0.55, 0.8},
				{"came back within 7 days", returned(measure.FCROutcomes7d), 0.15, 0.4},
				{"satisfied", satisfied / answers, 0.8, 0.9},
				{"surveys answered", answers / n(measure.Surveys), 0.3, 0.5},
				{"answers changed", n(measure.SurveyEdits) / answers, 0.005, 0.05},
				{"numbers outside of the scale", n(measure.SurveyUnparsed) / answers, 0.002, 0.04},
				{"answers about agents", n(measure.AgentCSATResponses) / answers, 0.5, 0.95},
				{"answers to NPS surveys", n(measure.NPSResponses) / answers, 0.05, 0.2},
				{"promoters", n(measure.NPSResponses, "promoter") / n(measure.NPSResponses), 0.2, 0.65},
				{"contained by the bot", contained / n(measure.BotConversations), 0.5, 0.7},
				{"contained silently", n(measure.BotConversations, "resolved_silent") / contained, 0.1, 0.55},
				{"abandoned with the bot", n(measure.BotConversations, "abandoned") / n(measure.BotConversations), 0.002, 0.08},
				{"contained for good", n(measure.BotContained7d, "durable") / n(measure.BotContained7d), 0.6, 0.95},
				{"busy, of busy and available", busy / (busy + available), 0.6, 0.9},
				{"at work", (busy + available) / all, 0.2, 0.45},
				{"conversations handled at a time", n(measure.AgentHandleSeconds) / (busy + available), 0.3, 6},
				{"given to another", n(measure.AgentConversations, "transferred") / n(measure.AgentConversations, "answered"), -1, 0.2},
				{"campaign messages with consent", templates("marketing"), 0.6, 0.99},
				{"contacts who agreed", (n(measure.Contacts, "opted_in") + n(measure.Contacts, "confirmed")) / n(measure.Contacts), 0.05, 0.25},
				{"contacts who refused", n(measure.Contacts, "opted_out") / n(measure.Contacts), 0.0005, 0.02},
			}
			if profile == simulate.ProfileHelpdesk {
				bands = append(bands,
					band{"sales of leads and sales", n(measure.ConversationLabels, "sale") / (n(measure.ConversationLabels, "sale") + n(measure.ConversationLabels, "lead")), 0.2, 0.5},
					band{"labels a conversation", n(measure.ConversationLabels) / n(measure.OpenedConversations), 0.03, 0.15},
					band{"away", n(measure.AgentStateSeconds, "away") / (busy + available), 0.05, 0.2},
					band{"capacity of an agent", n(measure.AgentCapacity) / float64(len(s.Agents())), 4, 5},
				)
			}
			for _, b := range bands {
				b.check(t)
			}
		})
	}
}

// band is where a figure has to lie.
type band struct {
	what           string
	got, low, high float64
}

func (b band) check(t *testing.T) {
	t.Helper()
	if !(b.got >= b.low && b.got <= b.high) {
		t.Errorf("%s: %.4g is not within %.4g and %.4g", b.what, b.got, b.low, b.high)
		return
	}
	t.Logf("%-40s %8.4g", b.what, b.got)
}
