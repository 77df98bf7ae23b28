package jetstream

import (
	"log/slog"
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal/journaltest"
)

// mustOpen opens a Store whose server may log no more than debug messages.
func mustOpen(t testing.TB, o Options) *Store {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	}
	s, err := Open(t.Context(), o)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

func TestJournal(t *testing.T) {
	journaltest.Run(t, func(t *testing.T, o journaltest.Options) journal.Store {
		return mustOpen(t, Options{LaneBytes: int64(o.LaneBytes)})
	})
}
