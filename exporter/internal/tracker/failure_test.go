package tracker_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal/memory"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/tracker"
)

func TestJournalFails(t *testing.T) {
	for _, cause := range []error{journal.ErrUnavailable, journal.ErrFull} {
		t.Run(cause.Error(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(t, memory.Options{})
				tr := d.start()
				d.accept(tr, "before")
				d.mem.FailAppends(fmt.Errorf("%w: for a test", cause))
				for range 3 {
					if err := d.offer(tr, "during"); !errors.Is(err, cause) {
						t.Errorf("Accept: %v", err)
					}
				}
				if tr.Ready() || !tr.Replayed() {
					t.Errorf("ready %v, replayed %v while the journal fails", tr.Ready(), tr.Replayed())
				}
				if got := d.messages(tr); got != 1 {
					t.Errorf("%g messages are shown, 1 was acknowledged", got)
				}
				d.mem.FailAppends(nil)
				d.accept(tr, "during")
				if !tr.Ready() {
					t.Error("not ready though the journal takes records again")
				}
				if got := d.messages(tr); got != 2 {
					t.Errorf("%g messages, want 2", got)
				}
				if n := strings.Count(d.log.String(), "takes no records"); n != 1 {
					t.Errorf("the failure was logged %d times", n)
				}
				d.same(tr, "after a failure")
			})
		})
	}
}

// A tracker that nobody sends anything to, because it is not ready, finds out
// by itself that the journal is well again.
func TestReadyAgainWithoutTraffic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, memory.Options{})
		tr := d.start()
		d.mem.FailAppends(journal.ErrFull)
		if err := d.offer(tr, "1"); err == nil {
			t.Fatal("accepted by a full journal")
		}
		time.Sleep(time.Minute)
		if tr.Ready() {
			t.Error("ready while the journal is full")
		}
		d.mem.FailAppends(nil)
		time.Sleep(2 * time.Second)
		if !tr.Ready() {
			t.Error("not ready though the journal takes records again")
		}
		d.same(tr, "after a failure")
	})
}

// session is the tracker that runs now.
type session struct{ tr *tracker.Tracker }

// What an append wrote before it failed counts once, whether the sender comes
// again or not.
func TestWrittenThoughFailed(t *testing.T) {
	lost := fmt.Errorf("%w: the answer was lost", journal.ErrUnavailable)
	for _, tc := range []struct {
		name       string
		duplicates int
		then       func(t *testing.T, d *desk, s *session)
	}{
		{name: "the sender comes again", duplicates: 1, then: func(t *testing.T, d *desk, s *session) { d.accept(s.tr, "1") }},
		{name: "another sends", then: func(t *testing.T, d *desk, s *session) {
			// It was received before the one that is in the journal already.
			now := time.Now()
			must(t, s.tr.Accept(t.Context(), source, []event.Event{said("2", "bia", "hello", now)}, now.Add(-5*time.Second)))
		}},
		{name: "nobody sends", then: func(_ *testing.T, _ *desk, _ *session) { time.Sleep(2 * time.Second) }},
		{name: "it stops and starts", then: func(t *testing.T, d *desk, s *session) {
			must(t, s.tr.Stop(t.Context()))
			s.tr = d.start()
		}},
		{name: "it is killed and starts", then: func(t *testing.T, d *desk, s *session) {
			d.kill(s.tr)
			s.tr = d.start()
		}},
		{name: "it cannot be read back at first", duplicates: 1, then: func(t *testing.T, d *desk, s *session) {
			d.mem.FailReads(journal.ErrUnavailable)
			if err := d.offer(s.tr, "1"); !errors.Is(err, journal.ErrUnavailable) || s.tr.Ready() {
				t.Errorf("%v, ready %v", err, s.tr.Ready())
			}
			d.mem.FailReads(nil)
			d.accept(s.tr, "1")
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(t, memory.Options{})
				w := d.wrap()
				s := &session{d.start()}
				d.accept(s.tr, "0")
				time.Sleep(10 * time.Second)
				w.set(nil, func() error { return lost })
				if err := d.offer(s.tr, "1"); !errors.Is(err, lost) {
					t.Fatalf("Accept: %v", err)
				}
				if s.tr.Ready() || d.events() != 2 {
					t.Fatalf("ready %v with %d events in the journal", s.tr.Ready(), d.events())
				}
				w.set(nil, nil)
				tc.then(t, d, s)
				want := 2.0
				if tc.name == "another sends" {
					want = 3
				}
				if got := d.messages(s.tr); got != want || !s.tr.Ready() {
					t.Errorf("%g messages, want %g; ready %v", got, want, s.tr.Ready())
				}
				if got := d.heard().duplicates[source]; got != tc.duplicates {
					t.Errorf("%d duplicates, want %d", got, tc.duplicates)
				}
				d.same(s.tr, tc.name)
			})
		})
	}
}

// A full journal is trimmed once two rounds allow it, and takes records again.
func TestFullJournalIsTrimmed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const limit = 64 << 10
		d := newDesk(t, memory.Options{LaneBytes: limit})
		d.opts.MaxBytes = limit / 2
		tr := d.start()
		var err error
		n := 0
		for ; err == nil; n++ {
			err = d.offer(tr, fmt.Sprint(n))
		}
		if !errors.Is(err, journal.ErrFull) || tr.Ready() {
			t.Fatalf("event %d: %v, ready %v", n, err, tr.Ready())
		}
		time.Sleep(11 * time.Minute)
		if !tr.Ready() {
			t.Fatal("not ready after two rounds")
		}
		d.accept(tr, fmt.Sprint(n))
		if got := d.messages(tr); got != float64(n) {
			t.Errorf("%g messages, want %d", got, n)
		}
	})
}

func TestReplayFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, memory.Options{})
		must(t, d.start().Stop(t.Context()))
		_, err := d.mem.Lane().Append(t.Context(), "", []byte("no record"))
		must(t, err)
		tr := d.launch()
		<-tr.Done()
		if tr.Ready() || tr.Err() == nil || !strings.Contains(tr.Err().Error(), "from record 2") {
			t.Errorf("ready %v, %v", tr.Ready(), tr.Err())
		}
		if err := tr.Stop(t.Context()); !errors.Is(err, tr.Err()) {
			t.Errorf("Stop: %v", err)
		}
	})
}

// The duplicates of a replayed journal were reported when they came.
func TestReplayReportsNoDuplicates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, memory.Options{})
		tr := d.start()
		for range 3 {
			d.accept(tr, "1")
		}
		if got := d.heard().duplicates[source]; got != 2 {
			t.Fatalf("%d duplicates, want 2", got)
		}
		d.kill(tr)
		tr = d.start()
		if got := d.heard().duplicates[source]; got != 0 {
			t.Errorf("%d duplicates by the replay", got)
		}
		d.accept(tr, "1")
		if got := d.heard().duplicates[source]; got != 1 {
			t.Errorf("%d duplicates, want 1", got)
		}
	})
}

func TestStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, memory.Options{})
		tr := d.start()
		g := d.hold("lane")
		now := time.Now()
		var all []*offering
		for i := range 10 {
			all = append(all, d.begin(tr, now, said(fmt.Sprint(i), "ana", "hello", now)))
		}
		stopped := make(chan error, 1)
		go func() { stopped <- tr.Stop(t.Context()) }()
		synctest.Wait()
		if err := d.offer(tr, "late"); err == nil {
			t.Error("accepted while it stops")
		}
		d.open(g)
		must(t, <-stopped)
		must(t, tr.Err())
		for i, o := range all {
			if !o.done || o.err != nil {
				t.Errorf("request %d was waiting when it stopped: %v, %v", i, o.done, o.err)
			}
		}
		if d.events() != 10 || tr.Ready() {
			t.Errorf("%d events, want 10; ready %v", d.events(), tr.Ready())
		}
		for name, err := range map[string]error{
			"Accept": d.offer(tr, "after"), "View": tr.View(t.Context(), nil), "Snapshot": tr.Snapshot(t.Context()),
			"AdvanceTo": tr.AdvanceTo(t.Context(), now),
		} {
			if err == nil {
				t.Errorf("%s works after the stop", name)
			}
		}
		must(t, tr.Stop(t.Context()))
		if got := len(d.rounds()); got != 1 {
			t.Fatalf("%d snapshot rounds after the stop, want 1", got)
		}
		// The last round holds everything: nothing is left to replay.
		tr = d.start()
		if !strings.Contains(d.log.String(), "snapshot=3 last=3") {
			t.Errorf("it was not started from the last round:\n%s", d.log)
		}
		d.same(tr, "after a stop")
	})
}

// Requests that come while the last snapshot is written get an error.
func TestAcceptDuringStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, memory.Options{})
		tr := d.start()
		g := d.hold("snapshots")
		stopped := make(chan error, 1)
		go func() { stopped <- tr.Stop(t.Context()) }()
		synctest.Wait()
		now := time.Now()
		o := d.begin(tr, now, said("late", "ana", "hello", now))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := tr.Stop(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a second Stop: %v", err)
		}
		d.open(g)
		must(t, <-stopped)
		if !o.done || o.err == nil {
			t.Errorf("done %v, %v", o.done, o.err)
		}
		if d.events() != 0 {
			t.Error("it was written though it was refused")
		}
	})
}

// An exporter whose journal has gone stops all the same.
func TestStopWithoutJournal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, memory.Options{})
		tr := d.start()
		d.accept(tr, "1")
		must(t, d.mem.Close())
		must(t, tr.Stop(t.Context()))
		if d.heard().failed != 1 {
			t.Errorf("%d failed snapshots, want 1", d.heard().failed)
		}
	})
}
