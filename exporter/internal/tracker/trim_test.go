package tracker_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/clock"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal/memory"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/tracker"
)

// first is the first record that the lane still holds.
func (d *desk) first() uint64 {
	d.t.Helper()
	st, err := d.mem.Lane().State(d.t.Context())
	must(d.t, err)
	return st.First
}

// hourly is a journal with one message an hour and nothing else: message n of
// them is record n+2.
type hourly struct {
	*desk
	jump *clock.Jumping
	n    int
}

func newHourly(t *testing.T) *hourly {
	d := &hourly{desk: newDesk(t, memory.Options{}), jump: clock.NewJumping(start)}
	d.opts.Clock = d.jump
	return d
}

func (d *hourly) feed(tr *tracker.Tracker, hours int) {
	d.t.Helper()
	for range hours {
		// Set, not AdvanceTo: no ticks.
		d.jump.Set(start.Add(time.Duration(d.n) * time.Hour))
		d.accept(tr, fmt.Sprint(d.n))
		d.n++
	}
}

func TestRetention(t *testing.T) {
	for _, tc := range []struct {
		name            string
		before, between int // messages before each of two rounds
		retention       time.Duration
		first           uint64
		damage          func(t *testing.T, d *hourly)
		maxBytes        func(st journal.State) uint64
	}{
		{name: "nothing is old enough", before: 30, between: 30, retention: 60 * time.Hour, first: 1},
		// The 60th message is of hour 59, and 39.5 hours before it is 19.5.
		{name: "up to an age", before: 30, between: 30, retention: 39*time.Hour + 30*time.Minute, first: 22},
		{name: "an age to the second", before: 30, between: 30, retention: 39 * time.Hour, first: 22},
		{name: "not beyond the older round", before: 30, between: 30, retention: time.Hour, first: 32},
		{name: "all that the older round holds", before: 30, between: 0, retention: time.Nanosecond, first: 31},
		{name: "a record is missing where the age is looked for", before: 30, between: 30, retention: 39*time.Hour + 30*time.Minute, first: 22,
			damage: func(t *testing.T, d *hourly) {
				for seq := uint64(14); seq < 21; seq++ {
					must(t, d.mem.Lane().Delete(t.Context(), seq))
				}
			}},
		{name: "all below the older round is missing", before: 30, between: 30, retention: 39*time.Hour + 30*time.Minute, first: 32,
			damage: func(t *testing.T, d *hourly) {
				for seq := uint64(1); seq < 32; seq++ {
					must(t, d.mem.Lane().Delete(t.Context(), seq))
				}
			}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newHourly(t)
				d.opts.Retention = tc.retention
				tr := d.start()
				d.feed(tr, tc.before)
				must(t, tr.Snapshot(t.Context()))
				if d.first() != 1 {
					t.Errorf("a single round let the journal begin with %d", d.first())
				}
				d.feed(tr, tc.between)
				if tc.damage != nil {
					tc.damage(t, d)
				}
				must(t, tr.Snapshot(t.Context()))
				if got := d.first(); got != tc.first {
					t.Errorf("the journal begins with record %d, want %d", got, tc.first)
				}
				want := d.shown(tr)
				d.kill(tr)
				tr = d.start()
				compare(t, "after a restart", want, d.shown(tr))
				if tc.damage == nil && d.heard().rolledBack[0] != 0 {
					t.Error("a trimmed journal counts as rolled back")
				}
			})
		})
	}
}

// Above its size the journal loses its oldest records, as far as two rounds
// allow.
func TestMaxBytes(t *testing.T) {
	for _, tc := range []struct {
		name  string
		share float64 // of what the lane holds at the second round
		first uint64
	}{
		{"room for all", 1, 1},
		{"three quarters", 0.75, 17},
		{"not beyond the older round", 0, 32},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newHourly(t)
				tr := d.start()
				d.feed(tr, 30)
				must(t, tr.Snapshot(t.Context()))
				d.feed(tr, 30)
				d.kill(tr)
				st, err := d.mem.Lane().State(t.Context())
				must(t, err)
				d.opts.MaxBytes = max(1, uint64(tc.share*float64(st.Bytes)))
				tr = d.start()
				must(t, tr.Snapshot(t.Context()))
				if got := d.first(); got != tc.first {
					t.Errorf("the journal begins with record %d, want %d", got, tc.first)
				}
			})
		})
	}
}

// forgetful is a store whose snapshots do not read back as they were written.
type forgetful struct {
	journal.Store
	part string
}

type forgetfulBlobs struct {
	journal.Blobs
	part string
}

func (f *forgetful) Snapshots() journal.Blobs { return &forgetfulBlobs{f.Store.Snapshots(), f.part} }

func (b *forgetfulBlobs) Put(ctx context.Context, name string, meta map[string]string, r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if b.part != "" && strings.HasSuffix(name, b.part) {
		data[len(data)/2] ^= 1
	}
	return b.Blobs.Put(ctx, name, meta, bytes.NewReader(data))
}

// A round that does not read back is none: it does not let the journal be
// trimmed.
func TestUnverifiedRound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newHourly(t)
		d.opts.Retention = time.Hour
		broken := &forgetful{Store: d.mem}
		d.opts.Store = broken
		tr := d.start()
		d.feed(tr, 10)
		must(t, tr.Snapshot(t.Context()))
		d.feed(tr, 10)
		broken.part = "part-07"
		if err := tr.Snapshot(t.Context()); err == nil || !strings.Contains(err.Error(), "part 7") {
			t.Errorf("snapshot: %v", err)
		}
		if len(d.rounds()) != 1 || d.first() != 1 {
			t.Errorf("%d rounds, the journal begins with %d", len(d.rounds()), d.first())
		}
		broken.part = ""
		must(t, tr.Snapshot(t.Context()))
		if len(d.rounds()) != 2 || d.first() != 12 {
			t.Errorf("%d rounds, the journal begins with %d", len(d.rounds()), d.first())
		}
	})
}

// behind gives a desk whose journal is another's up to a record, with all its
// snapshots: one that lost its end.
func (d *desk) behind(last uint64) *desk {
	d.t.Helper()
	ctx := d.t.Context()
	o := newDesk(d.t, memory.Options{})
	must(d.t, d.mem.Lane().Read(ctx, 1, func(e journal.Entry) error {
		if e.Seq > last {
			return nil
		}
		_, err := o.mem.Lane().Append(ctx, "", e.Data)
		return err
	}))
	must(d.t, d.mem.Keys().Read(ctx, 1, func(e journal.Entry) error {
		_, err := o.mem.Keys().Append(ctx, "", e.Data)
		return err
	}))
	list, err := d.mem.Snapshots().List(ctx)
	must(d.t, err)
	for _, b := range list {
		r, meta, err := d.mem.Snapshots().Get(ctx, b.Name)
		must(d.t, err)
		must(d.t, o.mem.Snapshots().Put(ctx, b.Name, meta, r))
	}
	return o
}

// The figures of a snapshot stay when the journal has lost its end, and new
// rounds follow at once.
func TestJournalBehindSnapshot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newHourly(t)
		tr := d.start()
		d.feed(tr, 40)
		must(t, tr.Snapshot(t.Context()))
		d.feed(tr, 10)
		must(t, tr.Snapshot(t.Context()))
		want := d.shown(tr)
		d.kill(tr)

		o := d.behind(20)
		o.opts.Clock, o.opts.Retention = d.jump, time.Hour
		tr = o.start()
		if !strings.Contains(o.log.String(), "ends before the snapshot") {
			t.Errorf("the log says\n%s", o.log)
		}
		if o.heard().failed != 0 || o.heard().done != 1 || o.heard().rolledBack[0] != 0 {
			t.Errorf("%d failed, %d done snapshots at once, rollbacks %v", o.heard().failed, o.heard().done, o.heard().rolledBack)
		}
		compare(t, "after the loss", want, o.shown(tr))
		now := d.jump.Now()
		for i := range 5 {
			must(t, tr.Accept(t.Context(), source, []event.Event{said(fmt.Sprint("new ", i), "ana", "hello", now)}, now))
		}
		must(t, tr.Snapshot(t.Context()))
		d.jump.Set(now.Add(10 * time.Hour))
		must(t, tr.Snapshot(t.Context()))
		want = o.shown(tr)
		o.kill(tr)
		tr = o.start()
		compare(t, "after another restart", want, o.shown(tr))
		if got := o.first(); got <= 20 || got > 26 {
			t.Errorf("the journal begins with record %d", got)
		}
	})
}
