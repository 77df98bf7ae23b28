package explain

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/conversation"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fold"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/intake"
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/privacy"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/recount"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/recount/recounttest"
)

// TestHistories tells random histories: everything that is counted stands in
// some timeline, clocks stop only where they ran, nothing changes in silence.
func TestHistories(t *testing.T) {
	histories := recounttest.GenHistory()
	rapid.Check(t, func(t *rapid.T) {
		h := histories.Draw(t, "history")
		cfg := config.Default(config.Facts{})
		cfg.Conversations.ClosingPatterns = []string{recounttest.TextClosing}
		cfg.Escalations.RequestPhrases = []string{recounttest.TextPerson}
		in, err := intake.New(cfg, privacy.NewMaster([32]byte{3}), func(string) string { return "other" })
		if err != nil {
			t.Fatal(err)
		}
		state := fold.New(config.Fold(cfg))
		f := &Finder{state: state, found: map[string]*track{}}
		told := map[string]float64{}
		note := func(c m.Counted) { told[c.Family.Name] += float64(c.N) + float64(c.Nanos)/1e9 }
		state.Trace(func(s conversation.Step) {
			if s.ID == (m.ConversationID{}) || len(f.found) == maxNamed && f.found[s.ID.String()] == nil {
				// Of no conversation, or of more than a Finder keeps.
				for _, c := range s.Counted {
					note(c)
				}
			}
			f.hear(s)
		})
		seq := uint64(0)
		apply := func(b record.Batch) {
			seq++
			b.Received = max(b.Received, state.Received())
			if err := state.Apply(seq, &record.Commit{Batches: []record.Batch{b}}, nil); err != nil {
				t.Fatal(err)
			}
		}
		for _, e := range recount.FillReceived(h.Events) {
			var r record.Event
			in.Prepare(&e, &r)
			if e.Kind == event.MessageReceived && recounttest.Negative(e.Message.Text) {
				r.Flags |= record.Classified | record.Negative
			}
			apply(record.Batch{Kind: record.KindEvents, Received: e.Received.UnixNano(), Events: []record.Event{r}})
		}
		apply(record.Batch{Kind: record.KindTick, Received: h.At.UnixNano()})
		for _, c := range f.found {
			c.finish(state)
			if err := plausible(&c.Timeline); err != "" {
				t.Fatalf("%s\n%s", err, h.GoString())
			}
			for _, s := range c.Steps {
				for _, n := range s.Counted {
					told[n.Metric] += n.Value
				}
			}
		}
		v := m.NewView()
		state.View(v)
		shown := map[string]float64{}
		v.Values(func(f *m.Family, _ []string, value float64, h *m.Hist) {
			switch {
			case f.Type == m.Histogram:
				shown[f.Name] += h.Sum()
			case f.Type == m.Counter:
				shown[f.Name] += value
			}
		})
		// These are of agents, labels and the line, and of events that nobody
		// can date.
		for _, f := range []*m.Family{m.AgentStateSeconds, m.AgentHandleSeconds, m.LabelFolds, m.AccountEvents, m.ClockAnomalies} {
			delete(shown, f.Name)
		}
		for name, want := range shown {
			if got := told[name]; got < want-1e-3 || got > want+1e-3 {
				t.Fatalf("%s: %g is told, %g is shown\n%s", name, got, want, h.GoString())
			}
		}
	})
}

// plausible says what is wrong with a timeline.
func plausible(t *Timeline) string {
	var b bytes.Buffer
	if err := t.WriteText(&b); err != nil {
		return err.Error()
	}
	opens, closes, clock := 0, 0, false
	for _, s := range t.Steps {
		if s.What == "" {
			return "a step says nothing:\n" + b.String()
		}
		for _, c := range s.Changes {
			switch {
			case c.Text == "":
				return "a change says nothing:\n" + b.String()
			case strings.HasPrefix(c.Text, "conversation opens"):
				opens++
			case strings.HasPrefix(c.Text, "conversation closes: "):
				closes++
				if strings.TrimPrefix(c.Text, "conversation closes: ") == "" {
					return "it closes without a reason:\n" + b.String()
				}
			case c.About == AboutHeadline && strings.HasPrefix(c.Text, "headline clock starts"):
				if clock {
					return "the headline clock starts twice:\n" + b.String()
				}
				clock = true
			case c.About == AboutHeadline && strings.HasPrefix(c.Text, "headline clock"):
				if !clock {
					return "the headline clock stops without running:\n" + b.String()
				}
				clock = strings.HasPrefix(c.Text, "headline clock goes on")
			}
		}
	}
	switch {
	case opens != 1 || t.Opened == nil || t.BeganEarlier:
		return "it does not open once:\n" + b.String()
	case closes > 1 || (closes == 1) != (t.Closed != nil) || (closes == 1) != (t.State == "closed"):
		return "it does not close as it says:\n" + b.String()
	case closes == 1 && clock:
		return "the headline clock outlives the conversation:\n" + b.String()
	}
	for _, line := range strings.Split(b.String(), "\n") {
		if utf8.RuneCountInString(line) > width {
			return "too long: " + line
		}
	}
	return ""
}
