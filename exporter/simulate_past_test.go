package exporter

import (
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
