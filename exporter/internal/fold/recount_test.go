package fold_test

import (
	"fmt"
	"maps"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/audit"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fold"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/intake"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/privacy"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/recount"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/recount/recounttest"
)

// TestRecount compares the fold with the naive recount of random histories,
// and with itself put together from a snapshot at a random place.
func TestRecount(t *testing.T) { compareWithRecount(t, recounttest.GenHistory()) }

// TestRecountQuestions does it with histories in which the same is asked again
// and again.
func TestRecountQuestions(t *testing.T) { compareWithRecount(t, recounttest.GenQuestions()) }

func compareWithRecount(t *testing.T, histories *rapid.Generator[recounttest.History]) {
	rapid.Check(t, func(t *rapid.T) {
		h := histories.Draw(t, "history")
		cut := rapid.IntRange(0, len(h.Events)).Draw(t, "restart")
		h.Settings.Signature, h.Settings.Traits, h.Settings.Audits = texts(t, historyConfig(h.Settings))
		want := recount.Recount(h.Events, h.Settings, h.At)
		got := foldHistory(t, h, cut, nil)
		// Whether it is open is also shown where nothing has happened yet.
		maps.DeleteFunc(got, func(series string, _ float64) bool {
			_, counted := want[series]
			return !counted && strings.HasPrefix(series, measure.CalendarOpen.Name+"{")
		})
		if diff := differences(got, want); diff != "" {
			t.Fatalf("fold and recount differ (fold, recount):\n%s\n%s", diff, h.GoString())
		}
	})
}

// texts are what the real intake finds in texts, which is tested elsewhere.
func texts(t *rapid.T, cfg *config.Config) (func(string, bool) []byte, func(event.Event) uint64, audit.Policy) {
	in, err := intake.New(cfg, historyKey(), func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	signature := func(text string, answer bool) []byte {
		e := event.Event{Kind: event.MessageReceived, Message: event.Message{Text: text}}
		if answer {
			e.Kind, e.Actor = event.MessageSent, event.ActorHuman
		}
		var r record.Event
		in.Prepare(&e, &r)
		return r.Signature
	}
	traits := func(e event.Event) uint64 {
		var r record.Event
		in.Prepare(&e, &r)
		return r.Traits
	}
	return signature, traits, cfg.Audits.Policy()
}

func historyKey() *privacy.Master { return privacy.NewMaster([32]byte{2}) }

// TestReconfigured changes the configuration in the middle of random histories:
// what a snapshot from before or after the change goes on with is the same.
func TestReconfigured(t *testing.T) {
	histories, settings := recounttest.GenHistory(), recounttest.GenSettings()
	rapid.Check(t, func(t *rapid.T) {
		h := histories.Draw(t, "history")
		cut := rapid.IntRange(0, len(h.Events)).Draw(t, "restart")
		changes := map[int]config.FoldConfig{}
		for range rapid.IntRange(1, 3).Draw(t, "changes") {
			s := settings.Draw(t, "settings")
			s.MaxValues = rapid.SampledFrom([]int{2, 5, 200}).Draw(t, "cap")
			changes[rapid.IntRange(0, len(h.Events)).Draw(t, "change")] = config.Fold(historyConfig(s))
		}
		foldHistory(t, h, cut, changes)
	})
}

// foldHistory folds a history, with changes of the configuration before the
// events at their indexes; before the event at index cut the state is
// snapshotted, part by part with records in between, and recovered.
func foldHistory(t *rapid.T, h recounttest.History, cut int, changes map[int]config.FoldConfig) recount.Totals {
	cfg := historyConfig(h.Settings)
	in, err := intake.New(cfg, historyKey(), func(code string) string {
		for _, c := range h.Settings.FailureCodes {
			if c == code {
				return code
			}
		}
		return "other"
	})
	if err != nil {
		t.Fatal(err)
	}
	events := recount.FillReceived(h.Events)
	state := fold.New(config.Fold(cfg))
	var commits []record.Commit
	parts := make([][]byte, 0, fold.Parts)
	apply := func(c record.Commit) {
		commits = append(commits, c)
		if err := state.Apply(uint64(len(commits)), &c, nil); err != nil {
			t.Fatal(err)
		}
	}
	for i := range events {
		e := events[i]
		// one part of the snapshot an event, from the cut on
		if i >= cut && len(parts) < fold.Parts {
			parts = append(parts, state.AppendPart(nil, len(parts)))
		}
		if cfg, ok := changes[i]; ok {
			apply(record.Commit{Batches: []record.Batch{{Kind: record.KindConfig, Received: max(e.Received.UnixNano(), state.Received()), Config: config.EncodeFold(cfg)}}})
		}
		if e.Channel != "" && e.Channel != "whatsapp" {
			apply(record.Commit{Batches: []record.Batch{{Kind: record.KindTick, Received: e.Received.UnixNano()}}})
			continue
		}
		var r record.Event
		in.Prepare(&e, &r)
		if e.Kind == event.MessageReceived {
			// What the real classifier finds does not matter here.
			r.RequestType, r.Flags = e.RequestType, r.Flags&^(record.TypeByText|record.Greets|record.Classified|record.Negative|record.Positive)
			if h.Settings.Topic != nil && e.RequestType == "" {
				if name := h.Settings.Topic(e.Message.Text); name != "" {
					r.RequestType, r.Flags = name, r.Flags|record.TypeByText
					if name == "greeting" {
						r.Flags |= record.Greets
					}
				}
			}
			switch recounttest.Sentiment(e.Message.Text) {
			case "negative":
				r.Flags |= record.Classified | record.Negative
			case "positive":
				r.Flags |= record.Classified | record.Positive
			case "neutral":
				r.Flags |= record.Classified
			}
		}
		apply(record.Commit{Batches: []record.Batch{{Kind: record.KindEvents, Received: e.Received.UnixNano(), Events: []record.Event{r}}}})
	}
	apply(record.Commit{Batches: []record.Batch{{Kind: record.KindTick, Received: max(h.At.UnixNano(), state.Received())}}})
	for len(parts) < fold.Parts {
		parts = append(parts, state.AppendPart(nil, len(parts)))
	}
	recovered, err := fold.Restore(parts)
	if err != nil {
		t.Fatal(err)
	}
	for seq := recovered.Seq() + 1; seq <= uint64(len(commits)); seq++ {
		if err := recovered.Apply(seq, &commits[seq-1], nil); err != nil {
			t.Fatal(err)
		}
	}
	got := totals(state)
	if diff := differences(totals(recovered), got); diff != "" {
		t.Fatalf("recovered from a snapshot begun before event %d it shows otherwise (recovered, not):\n%s\n%s", cut, diff, h.GoString())
	}
	return got
}

func historyConfig(s recount.Settings) *config.Config {
	cfg := config.Default(config.Facts{})
	cfg.Conversations.ClosingPatterns = []string{recounttest.TextClosing}
	cfg.Escalations.RequestPhrases = []string{recounttest.TextPerson}
	cfg.Targets.FirstResponse, cfg.Targets.Resolution, cfg.Targets.NegativeResponse = s.FirstResponse, s.Resolution, s.NegativeResponse
	cfg.Conversations.ReopenWindow, cfg.Conversations.ThanksCloseAfter = s.ReopenWindow, s.ThanksCloseAfter
	cfg.Conversations.LatenessGrace, cfg.RequestTypes.DecideWithin = s.LatenessGrace, s.DecideWithin
	cfg.Labels.MaxValues = s.MaxValues
	cfg.Segments = config.Segments{Names: s.Segments, Label: len(s.Segments) > 0}
	cfg.RequestTypes.Types = []config.RequestType{{Name: "other"}}
	for _, t := range s.RequestTypes {
		cfg.RequestTypes.Types = append(cfg.RequestTypes.Types, config.RequestType{Name: t.Name, Labels: t.Labels})
	}
	for _, a := range s.Agents {
		cfg.Agents = append(cfg.Agents, config.Agent{ID: a.ID, Name: a.Name, Team: a.Team, Capacity: uint32(a.Capacity)})
	}
	cfg.AgentTimes = config.AgentTimes{
		Label: s.AgentTimes.Label, BusyAfterMessage: s.AgentTimes.BusyAfterMessage,
		SessionTimeout: s.AgentTimes.SessionTimeout, UtilizationWindow: s.AgentTimes.UtilizationWindow,
	}
	cfg.Ratios.Window, cfg.Conversations.Labels = s.RatiosWindow, s.ConversationLabels
	cfg.CSAT = config.CSAT{OpenFor: s.CSAT.OpenFor, SatisfiedMin: s.CSAT.SatisfiedMin}
	for n, scores := range s.CSAT.Scales {
		cfg.CSAT.Scales = append(cfg.CSAT.Scales, config.Scale{Scale: n, Scores: scores})
	}
	cfg.Consent = config.Consent{OptInPatterns: []string{recounttest.TextOptIn}, OptOutPatterns: []string{recounttest.TextOptOut}}
	for _, c := range s.Calendars {
		cal := config.Calendar{Name: c.Name, Zone: c.Zone, Teams: c.Teams, Inboxes: c.Inboxes}
		for day, blocks := range c.Weekly {
			cal.Weekly[day] = configBlocks(blocks)
		}
		for date, blocks := range c.Holidays {
			cal.Holidays = append(cal.Holidays, config.Holiday{Date: date, Blocks: configBlocks(blocks)})
		}
		cfg.Calendars = append(cfg.Calendars, cal)
	}
	for _, o := range s.Overrides {
		cfg.TargetOverrides = append(cfg.TargetOverrides, config.TargetOverride{
			Team: o.Team, Inbox: o.Inbox,
			FirstResponse: target(o.FirstResponse), Resolution: target(o.Resolution), NegativeResponse: target(o.NegativeResponse),
		})
	}
	for _, src := range s.Sources {
		cs := config.Source{Name: src.Name, Provider: "events", Channels: []string{"whatsapp"}, Resolves: src.Resolves, ServiceWindow: src.ServiceWindow, CloseAfter: src.CloseAfter}
		for _, in := range src.Inboxes {
			cs.Inboxes = append(cs.Inboxes, config.Inbox{ID: in.ID, Team: in.Team, Bot: in.Bot})
		}
		cfg.Sources = append(cfg.Sources, cs)
	}
	return cfg
}

func configBlocks(list [][2]int) (out []config.Block) {
	for _, b := range list {
		out = append(out, config.Block{From: b[0], To: b[1]})
	}
	return out
}

func target(d time.Duration) *time.Duration {
	if d == 0 {
		return nil
	}
	return &d
}

// totals are the state's series that are not 0, written as the recount does.
func totals(s *fold.State) recount.Totals {
	v := measure.NewView()
	s.View(v)
	out := recount.Totals{}
	v.Values(func(f *measure.Family, values []string, value float64, h *measure.Hist) {
		if f == measure.Targets || f == measure.EscalatedStart || f == measure.TemplateState || f == measure.LabelFolds {
			return
		}
		var pairs []string
		for i, name := range f.LabelNames() {
			if name == measure.SegmentLabel && values[i] == "" {
				continue // is left out
			}
			pairs = append(pairs, name, values[i])
		}
		if h == nil {
			if value != 0 {
				out[recount.Series(f.Name, pairs...)] += value
			}
			return
		}
		if h.Count == 0 {
			return
		}
		out[recount.Series(f.Name+"_count", pairs...)] = float64(h.Count)
		out[recount.Series(f.Name+"_sum", pairs...)] = h.Sum()
		cumulated := uint64(0)
		for i, n := range h.Classic {
			if cumulated += n; cumulated > 0 {
				le := "+Inf"
				if i < len(v.Buckets) {
					le = strconv.FormatFloat(float64(v.Buckets[i])/float64(time.Second), 'g', -1, 64)
				}
				out[recount.Series(f.Name+"_bucket", append(pairs, "le", le)...)] = float64(cumulated)
			}
		}
	})
	return out
}

func differences(a, b recount.Totals) string {
	var lines []string
	for k := range a {
		if d := a[k] - b[k]; d > 1e-6 || d < -1e-6 {
			lines = append(lines, fmt.Sprintf("%s %g %g", k, a[k], b[k]))
		}
	}
	for k := range b {
		if _, ok := a[k]; !ok && b[k] != 0 {
			lines = append(lines, fmt.Sprintf("%s 0 %g", k, b[k]))
		}
	}
	sort.Strings(lines)
	return strings.Join(lines, "\n")
}
