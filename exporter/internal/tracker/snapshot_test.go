package tracker_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/clock"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fold"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal/memory"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/recount"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/recount/recounttest"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/tracker"
)

// history is a drawn one of at least n events, in the order of arrival.
func history(n int) []event.Event {
	draw := recounttest.GenHistory()
	for seed := 0; ; seed++ {
		h := draw.Example(seed)
		if len(h.Events) >= n {
			return recount.FillReceived(h.Events)
		}
	}
}

// replayed feeds events to a tracker with a jumping clock.
type replayed struct {
	*desk
	jump   *clock.Jumping
	events []event.Event
}

func newReplayed(t *testing.T, n int) *replayed {
	d := &replayed{desk: newDesk(t, memory.Options{}), events: history(n)}
	d.jump = clock.NewJumping(d.events[0].Received.Add(-time.Second))
	d.opts.Clock = d.jump
	// Histories may last for months, and are compared with all of the journal.
	d.opts.Retention = 10 * 365 * 24 * time.Hour
	return d
}

// feed takes the next events in, letting time pass up to each.
func (d *replayed) feed(tr *tracker.Tracker, n int) {
	d.t.Helper()
	for ; n > 0 && len(d.events) > 0; n-- {
		e := d.events[0]
		d.events = d.events[1:]
		must(d.t, tr.AdvanceTo(d.t.Context(), e.Received))
		must(d.t, tr.Accept(d.t.Context(), e.Source, []event.Event{e}, e.Received))
	}
}

// A snapshot round may be cut short at any of its parts, with records folded
// between them, a change of the histograms and its undoing included; whatever
// is found at the next start, it goes on exactly.
func TestRestartFromEveryPart(t *testing.T) {
	// the older manifest's removal, the parts, the manifest
	const writes = 1 + fold.Parts + 1
	for passed := range writes + 1 {
		t.Run(fmt.Sprint(passed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := newReplayed(t, 45)
				tr := d.start()
				d.feed(tr, 10)
				must(t, tr.Snapshot(t.Context()))
				d.feed(tr, 10)
				g := d.hold("snapshots")
				result := make(chan error, 1)
				go func() { result <- tr.Snapshot(t.Context()) }()
				synctest.Wait()
				for i := range passed {
					d.feed(tr, 1)
					if i == 4 {
						d.cfg.Targets.FirstResponse++
						must(t, tr.Configure(t.Context(), config.Fold(d.cfg), d.intake()))
					}
					if i == 9 {
						d.cfg.Targets.FirstResponse--
						must(t, tr.Configure(t.Context(), config.Fold(d.cfg), d.intake()))
					}
					g.pass(nil)
				}
				d.mem.FailAppends(fmt.Errorf("%w: killed", journal.ErrUnavailable))
				want := 2
				if passed < writes {
					want = 1
					g.pass(errors.New("cut short"))
				}
				if err := <-result; (err == nil) != (want == 2) {
					t.Errorf("snapshot: %v", err)
				}
				d.kill(tr)
				if got := len(d.rounds()); got != want {
					t.Fatalf("%d complete rounds, want %d", got, want)
				}
				d.opts.Config = config.Fold(d.cfg)
				tr = d.start()
				d.same(tr, "after the restart")
				d.feed(tr, len(d.events))
				must(t, tr.AdvanceTo(t.Context(), d.jump.Now().Add(settled)))
				d.same(tr, "at the end")
				must(t, tr.Snapshot(t.Context()))
				list, err := d.mem.Snapshots().List(t.Context())
				must(t, err)
				if len(list) != 2*(fold.Parts+1) {
					t.Errorf("%d blobs, want two rounds and no remains", len(list))
				}
			})
		})
	}
}

// damages are what can happen to a round's blobs.
var damages = map[string]func(t *testing.T, b journal.Blobs, dir string){
	"part of noise": func(t *testing.T, b journal.Blobs, dir string) {
		must(t, b.Put(t.Context(), dir+"part-03", nil, strings.NewReader("noise")))
	},
	"front of noise": func(t *testing.T, b journal.Blobs, dir string) {
		must(t, b.Put(t.Context(), dir+"part-00", nil, strings.NewReader("noise")))
	},
	"part cut short": func(t *testing.T, b journal.Blobs, dir string) {
		r, _, err := b.Get(t.Context(), dir+"part-01")
		must(t, err)
		var buf bytes.Buffer
		_, err = buf.ReadFrom(r)
		must(t, err)
		must(t, b.Put(t.Context(), dir+"part-01", nil, bytes.NewReader(buf.Bytes()[:buf.Len()/2])))
	},
	"part empty": func(t *testing.T, b journal.Blobs, dir string) {
		must(t, b.Put(t.Context(), dir+"part-16", nil, strings.NewReader("")))
	},
	"part missing": func(t *testing.T, b journal.Blobs, dir string) { must(t, b.Delete(t.Context(), dir+"part-09")) },
	"manifest of noise": func(t *testing.T, b journal.Blobs, dir string) {
		must(t, b.Put(t.Context(), dir+"manifest", nil, strings.NewReader("noise")))
	},
	"manifest with too few parts": func(t *testing.T, b journal.Blobs, dir string) {
		must(t, b.Put(t.Context(), dir+"manifest", nil, strings.NewReader(`{"seq":1,"parts":-1}`)))
	},
	"manifest with too many parts": func(t *testing.T, b journal.Blobs, dir string) {
		must(t, b.Put(t.Context(), dir+"manifest", nil, strings.NewReader(`{"seq":1,"parts":4611686018427387904}`)))
	},
}

func TestDamagedRound(t *testing.T) {
	for name, damage := range damages {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newReplayed(t, 30)
				tr := d.start()
				for range 2 {
					d.feed(tr, 10)
					must(t, tr.Snapshot(t.Context()))
				}
				d.feed(tr, 5)
				d.kill(tr)
				rounds := d.rounds()
				damage(t, d.mem.Snapshots(), rounds[1])
				d.log.Reset()
				tr = d.start()
				if d.heard().failed != 1 || !strings.Contains(d.log.String(), "trying the one before it") {
					t.Errorf("%d failed snapshots\n%s", d.heard().failed, d.log)
				}
				if d.heard().rolledBack[0] != 0 {
					t.Error("a damaged snapshot rolls nothing back while the journal reaches back")
				}
				d.same(tr, "from the round before")
				d.kill(tr)

				damage(t, d.mem.Snapshots(), rounds[0])
				tr = d.start()
				if d.heard().failed != 2 || d.heard().rolledBack[0] != 0 {
					t.Errorf("%d failed snapshots, rollbacks %v", d.heard().failed, d.heard().rolledBack)
				}
				d.same(tr, "from the journal alone")
				// Damaged rounds do not stand in the way of new ones, but for what
				// may be trimmed below a manifest that cannot be read.
				_ = tr.Snapshot(t.Context())
				must(t, tr.Snapshot(t.Context()))
				d.feed(tr, 5)
				d.kill(tr)
				tr = d.start()
				if d.heard().failed != 0 {
					t.Error("new rounds cannot be read")
				}
				d.same(tr, "from a new round")
			})
		})
	}
}

// Without a snapshot a trimmed journal cannot be counted from its beginning:
// counters begin anew, and say so.
func TestNoRoundAndTrimmed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newReplayed(t, 30)
		tr := d.start()
		d.feed(tr, 20)
		d.kill(tr)
		must(t, d.mem.Lane().Trim(t.Context(), 10))
		tr = d.start()
		if !slices.Equal(d.heard().rolledBack, []uint64{1}) || d.created(tr) != d.jump.Now().UnixNano() {
			t.Errorf("rollbacks %v, created %s", d.heard().rolledBack, time.Unix(0, d.created(tr)))
		}
		d.feed(tr, 10)
		d.same(tr, "what is left of the journal")
	})
}

func TestSnapshotsByTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, memory.Options{})
		d.opts.SnapshotEvery = time.Hour
		tr := d.start()
		d.accept(tr, "1")
		time.Sleep(time.Hour - time.Minute)
		if len(d.rounds()) != 0 {
			t.Error("a round before its time")
		}
		time.Sleep(2 * time.Minute)
		if len(d.rounds()) != 1 || d.heard().done != 1 || time.Since(d.heard().doneAt) > 2*time.Minute {
			t.Errorf("%d rounds, %d reported at %s", len(d.rounds()), d.heard().done, d.heard().doneAt)
		}
		time.Sleep(10 * time.Hour)
		if len(d.rounds()) != 2 || d.heard().done != 11 {
			t.Errorf("%d rounds are kept of %d", len(d.rounds()), d.heard().done)
		}
	})
}

// Whoever asks for a snapshot while one is written gets that one's result.
func TestSnapshotTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, memory.Options{})
		tr := d.start()
		fault := errors.New("for a test")
		g := d.hold("snapshots")
		results := make(chan error, 3)
		for range 2 {
			go func() { results <- tr.Snapshot(t.Context()) }()
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		go func() { results <- tr.Snapshot(ctx) }()
		if err := <-results; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("who gave up: %v", err)
		}
		d.accept(tr, "meanwhile")
		g.pass(fault)
		for range 2 {
			if err := <-results; !errors.Is(err, fault) {
				t.Errorf("snapshot: %v", err)
			}
		}
		if d.heard().failed != 1 || d.heard().done != 0 || !strings.Contains(d.log.String(), "kept whole until one succeeds") {
			t.Errorf("%d failed, %d done\n%s", d.heard().failed, d.heard().done, d.log)
		}
		d.open(g)
		must(t, tr.Snapshot(t.Context()))
		if d.heard().done != 1 {
			t.Errorf("%d done", d.heard().done)
		}
	})
}

func TestOldestSnapshot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, memory.Options{})
		tr := d.start()
		if s, err := tracker.OldestSnapshot(t.Context(), d.mem.Snapshots()); s != nil || err != nil {
			t.Errorf("of none: %v, %v", s, err)
		}
		var at []uint64
		for i := range 4 {
			d.accept(tr, fmt.Sprint(i))
			synctest.Wait() // folded after it was acknowledged
			at = append(at, tr.Applied())
			must(t, tr.Snapshot(t.Context()))
		}
		s, err := tracker.OldestSnapshot(t.Context(), d.mem.Snapshots())
		must(t, err)
		if s.Seq() != at[2] {
			t.Errorf("it is at record %d, want that of the older of two at %d", s.Seq(), at[2])
		}
	})
}
