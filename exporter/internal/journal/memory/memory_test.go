package memory_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal/journaltest"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal/memory"
)

func TestJournal(t *testing.T) {
	journaltest.Run(t, func(t *testing.T, o journaltest.Options) journal.Store {
		s := memory.New(memory.Options{LaneBytes: o.LaneBytes})
		t.Cleanup(func() { _ = s.Close() })
		return s
	})
}

func TestFaults(t *testing.T) {
	s := memory.New(memory.Options{})
	journaltest.MustAppend(t, s.Lane(), "", []byte("kept"))
	fault := errors.New("fault")
	s.FailAppends(fault)
	if _, err := s.Lane().Append(t.Context(), "", nil); err != fault {
		t.Errorf("Append: %v", err)
	}
	if got := journaltest.MustRead(t, s.Lane(), 1); len(got) != 1 {
		t.Errorf("read %v while appends fail", got)
	}
	s.FailAppends(nil)
	s.FailReads(fault)
	if _, err := s.Lane().State(t.Context()); err != fault {
		t.Errorf("State: %v", err)
	}
	s.FailReads(nil)
	var asked string
	s.OnAppend(func(_ context.Context, log string) error { asked = log; return nil })
	if seq := journaltest.MustAppend(t, s.Keys(), "", nil); seq != 1 || asked != "keys" {
		t.Errorf("sequence %d, hook was asked about %q", seq, asked)
	}
}

func TestRejectedExpire(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	s := memory.New(memory.Options{Now: func() time.Time { return now }})
	journaltest.MustAppend(t, s.Rejected(), "meta", []byte("old"))
	now = now.Add(7*24*time.Hour - time.Second)
	journaltest.MustAppend(t, s.Rejected(), "meta", []byte("new"))
	if got := journaltest.MustRead(t, s.Rejected(), 1); len(got) != 2 {
		t.Errorf("%d records just before the age limit, want 2", len(got))
	}
	now = now.Add(time.Second)
	if got := journaltest.MustRead(t, s.Rejected(), 1); len(got) != 1 || string(got[0].Data) != "new" {
		t.Errorf("read %v at the age limit", got)
	}
}
