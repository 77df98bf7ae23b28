package explain

import (
	"encoding/json"
	"slices"
	"testing"

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
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/transcript"
)

// TestIndexAndRetell folds random histories three times: the index of transcripts
// has, for each conversation, what its timeline has; and the timeline that a
// contact's own events give is the one of the whole history. In the middle the state
// is snapshotted and recovered.
func TestIndexAndRetell(t *testing.T) {
	histories := recounttest.GenHistory()
	rapid.Check(t, func(t *rapid.T) {
		h := histories.Draw(t, "history")
		cut := rapid.IntRange(0, len(h.Events)).Draw(t, "restart")
		cfg := config.Default(config.Facts{})
		cfg.Conversations.ClosingPatterns = []string{recounttest.TextClosing}
		cfg.Escalations.RequestPhrases = []string{recounttest.TextPerson}
		folded := config.Fold(cfg)
		in, err := intake.New(cfg, privacy.NewMaster([32]byte{3}), func(string) string { return "other" })
		if err != nil {
			t.Fatal(err)
		}
		var commits []record.Batch
		for _, e := range recount.FillReceived(h.Events) {
			var r record.Event
			in.Prepare(&e, &r)
			if e.Kind == event.MessageReceived && recounttest.Negative(e.Message.Text) {
				r.Flags |= record.Classified | record.Negative
			}
			received := e.Received.UnixNano()
			if len(commits) > 0 {
				received = max(received, commits[len(commits)-1].Received)
			}
			commits = append(commits, record.Batch{Kind: record.KindEvents, Received: received, Events: []record.Event{r}})
		}
		commits = append(commits, record.Batch{Kind: record.KindTick, Received: h.At.UnixNano()})
		run := func(state *fold.State, from int) *fold.State {
			for i := from; i < len(commits); i++ {
				if err := state.Apply(uint64(i+1), &record.Commit{Batches: commits[i : i+1]}, nil); err != nil {
					t.Fatal(err)
				}
			}
			return state
		}
		// Once with a snapshot, part by part with records in between.
		state := fold.New(folded)
		var parts [][]byte
		seq := 0
		for i := range commits {
			if i >= cut && len(parts) < fold.Parts {
				if len(parts) == 0 {
					seq = i
				}
				parts = append(parts, state.AppendPart(nil, len(parts)))
			}
			if err := state.Apply(uint64(i+1), &record.Commit{Batches: commits[i : i+1]}, nil); err != nil {
				t.Fatal(err)
			}
		}
		for len(parts) < fold.Parts {
			if len(parts) == 0 {
				seq = len(commits)
			}
			parts = append(parts, state.AppendPart(nil, len(parts)))
		}
		recovered, err := fold.Restore(parts)
		if err != nil {
			t.Fatal(err)
		}
		run(recovered, seq)
		events := map[conversation.Position]*record.Batch{}
		for i := range commits {
			events[conversation.Position{Seq: uint64(i + 1)}] = &commits[i]
		}
		n := 0
		linked := slices.ContainsFunc(h.Events, func(e event.Event) bool { return e.Alias != "" })
		recovered.Transcripts().Each(func(row *transcript.Row) bool {
			if n++; n > 20 {
				return false
			}
			id := row.ID.String()
			whole := fold.New(folded)
			f := Find(whole, id)
			run(whole, 0)
			tl, err := f.Timeline()
			if err != nil {
				t.Fatal(err)
			}
			sameRow(t, recovered, row, tl, h)
			if direct := state.Transcripts().Get(row.ID); direct == nil || !slices.Equal(direct.Entries(nil), row.Entries(nil)) || direct.FirstResponse != row.FirstResponse || direct.CSAT != row.CSAT || direct.EscalatedAt != row.EscalatedAt {
				t.Fatalf("%s: the recovered row is not the one without a restart\n%+v\n%+v\n%s", id, direct, row, h.GoString())
			}
			if linked {
				return true // what happened under the other id is told of it
			}
			var own []Event
			for pos, b := range events {
				if len(b.Events) == 1 && b.Events[0].Contact == row.Contact && b.Events[0].Source != "" {
					own = append(own, Event{pos, b.Received, b.Events[0]})
				}
			}
			slices.SortFunc(own, func(a, b Event) int { return int(a.Place.Seq) - int(b.Place.Seq) })
			retold, err := Retell(id, row.Contact, recovered.SeedOf(row.Contact), folded, nil, own)
			if err != nil {
				t.Fatalf("%v\n%s", err, h.GoString())
			}
			if a, b := figures(tl), figures(retold); a != b {
				t.Fatalf("%s is told otherwise from its own events:\n%s\n%s\n%s", id, b, a, h.GoString())
			}
			return true
		})
	})
}

// figures are what was counted in a timeline, and when; who an agent's team was then
// is left out, which its own events do not say.
func figures(t *Timeline) string {
	type step struct {
		Kind    string
		Counted []Count
	}
	var steps []step
	for _, s := range t.Steps {
		var counted []Count
		for _, c := range s.Counted {
			delete(c.Labels, "team")
			delete(c.Labels, "agent")
			delete(c.Labels, "consent") // as of now
			// How an answer compares with those to others, only the whole history knows.
			if c.Metric != m.TemplateMessages.Name && c.Metric != m.ReplyDiscrepancies.Name && c.Metric != m.FAQConversations.Name {
				counted = append(counted, c)
			}
		}
		if len(counted) > 0 {
			steps = append(steps, step{s.Time.String() + s.Kind, counted})
		}
	}
	b, _ := json.Marshal(steps)
	return string(b)
}

// sameRow compares a row of the index with a timeline.
func sameRow(t *rapid.T, s *fold.State, row *transcript.Row, tl *Timeline, h recounttest.History) {
	fail := func(what string, row, told any) {
		t.Fatalf("%s: %s is %v in the index and %v in the timeline\n%s", tl.ID, what, row, told, h.GoString())
	}
	n := s.Names()
	if tl.Opened == nil || row.Opened != tl.Opened.UnixNano() {
		fail("opened", row.Opened, tl.Opened)
	}
	if (tl.Closed == nil) != (row.Closed == 0) || tl.Closed != nil && tl.Closed.UnixNano() != row.Closed {
		fail("closed", row.Closed, tl.Closed)
	}
	if (tl.State == "closed") == row.Open() || row.Open() && stateNames[row.State] != tl.State {
		fail("state", row.State, tl.State)
	}
	if team := n.Value(m.DictTeam, row.Team); team != tl.Team {
		fail("team", team, tl.Team)
	}
	if row.Trigger >= 0 && triggerName(int(row.Trigger)) != tl.Trigger {
		fail("trigger", row.Trigger, tl.Trigger)
	}
	if (tl.FirstResponse == nil) != (row.FirstResponse == transcript.None) || tl.FirstResponse != nil && float64(row.FirstResponse)/1e9 != *tl.FirstResponse {
		fail("first response", row.FirstResponse, tl.FirstResponse)
	}
	resolution := -1.0
	escalated, found := 0, 0
	for _, step := range tl.Steps {
		for _, c := range step.Counted {
			switch c.Metric {
			case m.Resolution.Name:
				resolution = c.Value
			case m.Escalations.Name:
				escalated++
			case m.AuditFindings.Name:
				found++
			}
		}
	}
	if resolution >= 0 != (row.Resolution != transcript.None) || resolution >= 0 && float64(row.Resolution)/1e9 != resolution {
		fail("resolution", row.Resolution, resolution)
	}
	bits := 0
	for i := range m.EscalationReasons {
		if row.Escalated&(1<<i) != 0 {
			bits++
		}
	}
	if bits != escalated {
		fail("escalations", bits, escalated)
	}
	if (row.Rules != 0) != (found > 0) {
		fail("findings", row.Rules, found)
	}
}
