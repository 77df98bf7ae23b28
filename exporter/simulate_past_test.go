package exporter

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/simulate"
)

// What is continued is what was left: no item twice, none missing.
func TestRest(t *testing.T) {
	start := time.Now().Add(-48 * time.Hour).Truncate(time.Second)
	options := simulate.Options{Seed: 5, Start: start, Rate: 0.2, Inboxes: []string{"main"}, Duration: 60 * time.Hour}
	all, err := simulate.New(options)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	until := start.Add(30 * time.Hour)
	for it := range all.All() {
		if it.At.After(until) {
			want = append(want, it.Event.ID)
		}
	}
	again, err := simulate.New(options)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), progressFile)
	r := &rest{Scenario: again, file: file, done: progress{Seed: 5, Rate: 0.2, Start: start, Until: until}}
	n := 0
	for it, ok := r.Next(); ok; it, ok = r.Next() {
		if n >= len(want) || it.Event.ID != want[n] {
			t.Fatalf("item %d is %s", n, it.Event.ID)
		}
		n++
	}
	if n != len(want) || n == 0 {
		t.Errorf("%d items, want %d", n, len(want))
	}
	// It noted how far it came, so that the next time begins later.
	if p, err := readProgress(file); err != nil || !p.Until.After(until) || !p.Start.Equal(start) {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestContinueWhatIsNotFinished(t *testing.T) {
	file := filepath.Join(t.TempDir(), progressFile)
	if err := (progress{Seed: 1, Rate: 1, Start: time.Now()}).write(file); err != nil {
		t.Fatal(err)
	}
	if err := Simulate(t.Context(), SimulateOptions{Continue: file}); err == nil || !strings.Contains(err.Error(), "did not reach its end") {
		t.Errorf("%v", err)
	}
	if err := os.WriteFile(file, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Simulate(t.Context(), SimulateOptions{Continue: file}); err == nil || !strings.Contains(err.Error(), "not written by simulate --past") {
		t.Errorf("%v", err)
	}
}

func TestPastNeeds(t *testing.T) {
	if err := Simulate(t.Context(), SimulateOptions{Past: time.Hour}); err == nil || !strings.Contains(err.Error(), "--config.file and --journal.dir") {
		t.Errorf("%v", err)
	}
}

// A past that was lived through is whole: the journal counts what the same
// simulation says, the file tells how far it came, and it is made only once.
func TestPast(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "exporter.yml")
	if err := os.WriteFile(filepath.Join(dir, "token"), []byte("only-for-this-test-0123456789"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte("sources: [{name: events, provider: events, secret_file: token}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	journal := filepath.Join(dir, "journal")
	var said bytes.Buffer
	past := SimulateOptions{Past: 6 * time.Hour, Rate: 2, Seed: 9, ConfigFile: file, Source: "events", JournalDir: journal, Out: &said, Err: t.Output()}
	if err := Simulate(t.Context(), past); err != nil {
		t.Fatal(err)
	}
	p, err := readProgress(filepath.Join(journal, progressFile))
	if err != nil || p.Until.Before(p.Start.Add(6*time.Hour)) || p.Until.After(time.Now()) {
		t.Fatalf("%+v, %v", p, err)
	}
	events := filepath.Join(dir, "events.ndjson")
	if err := Simulate(t.Context(), SimulateOptions{OutFile: events, Start: p.Start, Seed: p.Seed, Rate: p.Rate, Inboxes: p.Inboxes, Duration: p.Until.Sub(p.Start)}); err != nil {
		t.Fatal(err)
	}
	var got, want bytes.Buffer
	if err := Replay(t.Context(), ReplayOptions{JournalDir: journal, Out: &got, Err: t.Output()}); err != nil {
		t.Fatal(err)
	}
	if err := Replay(t.Context(), ReplayOptions{ConfigFile: file, Files: []string{events}, At: p.Until, Out: &want, Err: t.Output()}); err != nil {
		t.Fatal(err)
	}
	// Not all: what goes by the key file, and by where time stands, is another.
	shown, n := seriesOf(t, got.String()), 0
	for line, v := range seriesOf(t, want.String()) {
		switch name, _, _ := strings.Cut(line, "{"); name {
		case "helpdesk_messages_total", "helpdesk_conversations_opened_total", "helpdesk_conversations_closed_total", "helpdesk_turns_total",
			"helpdesk_first_response_seconds_bucket", "helpdesk_first_response_seconds_sum", "helpdesk_resolution_deadlines_total", "helpdesk_escalations_total":
			if n++; shown[line] != v {
				t.Errorf("%s: %g, want %g", line, shown[line], v)
			}
		}
	}
	if n < 100 {
		t.Errorf("%d series compared", n)
	}
	said.Reset()
	if err := Simulate(t.Context(), past); err != nil || !strings.Contains(said.String(), "holds a journal already") {
		t.Errorf("%s, %v", &said, err)
	}
}
