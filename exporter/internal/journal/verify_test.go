package journal_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal/journaltest"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal/memory"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestReport compares what an operator reads with golden files.
func TestReport(t *testing.T) {
	bad := func(e journal.Entry) error {
		if e.Seq%2 == 0 {
			return errors.New("the commit ends early")
		}
		return nil
	}
	for _, tc := range []struct {
		name   string
		change func(t *testing.T, s *memory.Store)
		want   journal.Expect
		faulty bool
	}{
		{name: "sound", change: func(*testing.T, *memory.Store) {}, want: journal.Expect{LaneAtLeast: 60}},
		{name: "trimmed", change: func(t *testing.T, s *memory.Store) {
			if err := s.Lane().Trim(t.Context(), 21); err != nil {
				t.Fatal(err)
			}
		}, want: journal.Expect{LaneAfter: 20}},
		{name: "trimmed too far", change: func(t *testing.T, s *memory.Store) {
			if err := s.Lane().Trim(t.Context(), 21); err != nil {
				t.Fatal(err)
			}
		}, want: journal.Expect{LaneAfter: 15}, faulty: true},
		{name: "faults", change: func(t *testing.T, s *memory.Store) {
			for _, seq := range []uint64{10, 20, 21, 22, 60} {
				if err := s.Lane().Delete(t.Context(), seq); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.Keys().Delete(t.Context(), 2); err != nil {
				t.Fatal(err)
			}
		}, want: journal.Expect{Lane: bad, LaneAtLeast: 63}, faulty: true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := memory.New(memory.Options{})
			for i := range 60 {
				journaltest.MustAppend(t, s.Lane(), "", fmt.Appendf(nil, "record %02d", i))
			}
			for range 3 {
				journaltest.MustAppend(t, s.Keys(), "", []byte("keys"))
			}
			journaltest.MustPut(t, s.Snapshots(), "round-1", nil, []byte("state"))
			tc.change(t, s)
			r, err := journal.Verify(t.Context(), s, tc.want)
			if err != nil {
				t.Fatal(err)
			}
			if errors.Is(r.Err(), journal.ErrDamaged) != tc.faulty {
				t.Errorf("Err() = %v", r.Err())
			}
			golden(t, tc.name, r.String())
		})
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "report-"+strings.ReplaceAll(name, " ", "-")+".txt")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the report is\n%s\nwant\n%s", got, want)
	}
}

// TestVerifyUnavailable: a journal that cannot be read is no verdict.
func TestVerifyUnavailable(t *testing.T) {
	s := memory.New(memory.Options{})
	s.FailReads(fmt.Errorf("%w: disk gone", journal.ErrUnavailable))
	_, err := journal.Verify(t.Context(), s, journal.Expect{})
	if !errors.Is(err, journal.ErrUnavailable) || !strings.Contains(err.Error(), "lane") {
		t.Errorf("Verify: %v", err)
	}
}
