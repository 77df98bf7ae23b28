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

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/intake"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal/memory"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/tracker"
)

func TestAcceptWaitsForTheDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, memory.Options{})
		tr := d.start()
		g := d.hold("lane")
		now := time.Now()
		o := d.begin(tr, now, said("1", "ana", "hello", now.Add(-2*time.Second)))
		if o.done || d.events() != 0 {
			t.Fatalf("acknowledged %v with %d events in the journal", o.done, d.events())
		}
		d.open(g)
		if !o.done || o.err != nil || d.events() != 1 {
			t.Fatalf("acknowledged %v, %v with %d events in the journal", o.done, o.err, d.events())
		}
		if got := d.messages(tr); got != 1 {
			t.Errorf("%g messages are shown right after", got)
		}
		synctest.Wait() // acknowledged comes before folded
		if st, _ := d.mem.Lane().State(t.Context()); tr.Applied() != st.Last {
			t.Errorf("applied %d of %d", tr.Applied(), st.Last)
		}
		if !slices.Equal(d.heard().late, []time.Duration{2 * time.Second}) {
			t.Errorf("lateness %v", d.heard().late)
		}
		must(t, tr.Accept(t.Context(), source, nil, now))
		if d.events() != 1 {
			t.Error("a request without events was written")
		}
		d.same(tr, "after one message")
	})
}

// Requests that wait for the disk become one record, their keys another.
func TestGroupCommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, memory.Options{})
		tr := d.start()
		before := len(d.records())
		g := d.hold("lane")
		now := time.Now()
		const n = 50
		var all []*offering
		for i := range 1 + n {
			id := fmt.Sprint(i)
			all = append(all, d.begin(tr, now, said(id, "contact-"+id, "hello", now)))
		}
		d.open(g)
		for i, o := range all {
			if !o.done || o.err != nil {
				t.Fatalf("request %d: done %v, %v", i, o.done, o.err)
			}
		}
		records := d.records()[before:]
		if len(records) != 2 || len(records[0].Batches) != 1 || len(records[1].Batches) != n {
			t.Fatalf("%d records, want one of 1 request and one of %d", len(records), n)
		}
		if st, _ := d.mem.Keys().State(t.Context()); st.Last != 2 {
			t.Errorf("%d records of keys, want 2", st.Last)
		}
		if got := d.messages(tr); got != 1+n {
			t.Errorf("%g messages", got)
		}
		d.same(tr, "after a group commit")
	})
}

// big is a request of n events of about 60 KiB each.
func big(id string, n int, at time.Time) (list []event.Event) {
	for i := range n {
		list = append(list, said(fmt.Sprint(id, "-", i), "big", strings.Repeat("x", 60<<10), at))
	}
	return list
}

// A commit above the largest record is split; each request is acknowledged
// with the record that holds its last event.
func TestCommitIsSplit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, memory.Options{})
		tr := d.start()
		before := len(d.records())
		now := time.Now()
		g := d.hold("lane")
		first := d.begin(tr, now, said("first", "ana", "hello", now))
		small := d.begin(tr, now, said("small", "ana", "hello", now))
		large := d.begin(tr, now, big("large", 10, now)...)
		last := d.begin(tr, now, said("last", "ana", "hello", now))
		g.pass(nil)
		if !first.done || small.done {
			t.Fatal("the first record holds more or less than the first request")
		}
		g.pass(nil)
		if !small.done || large.done || last.done {
			t.Fatalf("after the first part: small %v, large %v, last %v", small.done, large.done, last.done)
		}
		g.pass(nil)
		if large.done || last.done {
			t.Fatalf("before the last part: large %v, last %v", large.done, last.done)
		}
		g.pass(nil)
		if !large.done || !last.done {
			t.Fatalf("after the last part: large %v, last %v", large.done, last.done)
		}
		d.open(g)
		for _, o := range []*offering{first, small, large, last} {
			must(t, o.err)
		}
		records := d.records()[before:]
		var shape []string
		for _, r := range records {
			if r.size > journal.MaxRecord {
				t.Errorf("record %d has %d bytes", r.seq, r.size)
			}
			for _, b := range r.Batches {
				shape = append(shape, fmt.Sprintf("%d:%d", r.seq-uint64(before), len(b.Events)))
			}
		}
		if got, want := fmt.Sprint(shape), "[1:1 2:1 2:4 3:4 4:2 4:1]"; got != want {
			t.Errorf("records and their batches' events %s, want %s", got, want)
		}
		if got := d.messages(tr); got != 13 {
			t.Errorf("%g messages, want 13", got)
		}
		d.same(tr, "after a split commit")
	})
}

// When a part fails, what stands in the parts before it is kept: the sender
// repeats the request and nothing counts twice.
func TestSplitCommitFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, memory.Options{})
		tr := d.start()
		now := time.Now()
		g := d.hold("lane")
		first := d.begin(tr, now, said("first", "ana", "hello", now))
		small := d.begin(tr, now, said("small", "ana", "hello", now))
		large := d.begin(tr, now, big("large", 10, now)...)
		last := d.begin(tr, now, said("last", "ana", "hello", now))
		g.pass(nil)
		g.pass(nil)
		fault := fmt.Errorf("%w: disk on fire", journal.ErrUnavailable)
		g.pass(fault)
		if first.err != nil || small.err != nil || !small.done {
			t.Errorf("what was on disk failed: %v, %v", first.err, small.err)
		}
		for _, o := range []*offering{large, last} {
			if !o.done || !errors.Is(o.err, fault) {
				t.Errorf("done %v, %v; want the fault", o.done, o.err)
			}
		}
		d.open(g)
		must(t, tr.Accept(t.Context(), source, big("large", 10, now), now))
		must(t, tr.Accept(t.Context(), source, []event.Event{said("last", "ana", "hello", now)}, now))
		if got := d.messages(tr); got != 13 {
			t.Errorf("%g messages, want 13", got)
		}
		if got := d.heard().duplicates[source]; got != 4 {
			t.Errorf("%d duplicates, want the 4 events of the part that was written", got)
		}
		d.same(tr, "after a repeated request")
	})
}

// An event that fits in no record fails its own request alone.
func TestTooLarge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, memory.Options{})
		tr := d.start()
		now := time.Now()
		g := d.hold("lane")
		held := d.begin(tr, now, said("held", "ana", "hello", now))
		beside := d.begin(tr, now, said("beside", "ana", "hello", now))
		large := d.begin(tr, now, said("large", "big", strings.Repeat("x", journal.MaxRecord), now))
		d.open(g)
		if !errors.Is(large.err, journal.ErrTooLarge) || strings.Contains(large.err.Error(), "xxx") {
			t.Errorf("too large an event: %v", large.err)
		}
		if held.err != nil || beside.err != nil || !tr.Ready() {
			t.Errorf("it failed others: %v, %v, ready %v", held.err, beside.err, tr.Ready())
		}
		must(t, tr.Accept(t.Context(), source, []event.Event{said("fits", "big", strings.Repeat("x", journal.MaxRecord-(6<<10)), now)}, now))
	})
}

// Receive times in the journal never step back, however requests overtake one
// another.
func TestReceiveTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, memory.Options{})
		tr := d.start()
		now := time.Now()
		at := func(n int) time.Time { return now.Add(time.Duration(n) * time.Second) }
		g := d.hold("lane")
		var all []*offering
		for i, n := range []int{5, 9, 3, 7, 12, 1} {
			all = append(all, d.begin(tr, at(n), said(fmt.Sprint(i), "ana", "hello", now)))
		}
		d.open(g)
		for _, o := range all {
			must(t, o.err)
		}
		must(t, tr.Accept(t.Context(), source, []event.Event{said("late", "ana", "hello", now)}, at(2)))
		var got []time.Duration
		for _, r := range d.records() { // which also checks the order
			for _, b := range r.Batches {
				if b.Kind == record.KindEvents {
					got = append(got, time.Unix(0, b.Received).Sub(now)/time.Second)
				}
			}
		}
		if want := []time.Duration{5, 9, 9, 9, 12, 12, 12}; !slices.Equal(got, want) {
			t.Errorf("received at %d, want %d", got, want)
		}
	})
}

func TestAcceptGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, memory.Options{})
		tr := d.start()
		g := d.hold("lane")
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		now := time.Now()
		err := tr.Accept(ctx, source, []event.Event{said("1", "ana", "hello", now)}, now)
		if !errors.Is(err, journal.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the disk does not answer: %v", err)
		}
		if took := time.Since(now); took != 10*time.Second {
			t.Errorf("it took %s", took)
		}
		d.open(g)
		must(t, tr.Accept(t.Context(), source, []event.Event{said("1", "ana", "hello", now)}, now))
		if got := d.messages(tr); got != 1 {
			t.Errorf("%g messages, want 1", got)
		}
	})
}

// Whenever a record is written, the keys of everything sealed in it are on
// disk already and open it.
func TestKeysBeforeRecords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, memory.Options{})
		sealed := map[string]int{}
		var check func(data []byte) error
		d.wrap().set(func(data []byte) error { return check(data) }, nil)
		check = func(data []byte) error {
			var dec record.Decoder
			var c record.Commit
			must(t, dec.Decode(bytes.Clone(data), &c))
			for _, b := range c.Batches {
				for _, e := range b.Events {
					if e.KeyRef == (record.KeyRef{}) || len(e.Sealed) == 0 {
						t.Errorf("an event with a text has key %v and %d sealed bytes", e.KeyRef, len(e.Sealed))
						continue
					}
					if _, err := d.mem.Keys().Get(t.Context(), e.KeyRef.Seq); err != nil {
						t.Errorf("a record was written before its keys: %v", err)
					}
					plain, err := d.ring.Open(t.Context(), e.KeyRef, e.Sealed)
					must(t, err)
					p, err := intake.DecodePersonal(plain)
					must(t, err)
					sealed[p.Text]++
				}
			}
			return nil
		}
		tr := d.start()
		g := d.hold("lane")
		now := time.Now()
		var all []*offering
		for i := range 20 {
			all = append(all, d.begin(tr, now, said(fmt.Sprint(i), fmt.Sprint("contact-", i%7), fmt.Sprint("text ", i), now)))
		}
		d.open(g)
		for _, o := range all {
			must(t, o.err)
		}
		if len(sealed) != 20 {
			t.Errorf("%d texts were sealed, want 20", len(sealed))
		}

		// The keys log fails: nothing is written, and nothing is acknowledged.
		d.mem.OnAppend(func(_ context.Context, log string) error {
			if log == "keys" {
				return journal.ErrFull
			}
			return nil
		})
		before := d.events()
		fresh := []event.Event{said("fresh", "somebody new", "text 20", now)}
		if err := tr.Accept(t.Context(), source, fresh, now); !errors.Is(err, journal.ErrFull) {
			t.Errorf("the keys log is full: %v", err)
		}
		if d.events() != before || tr.Ready() {
			t.Errorf("%d events were written without a key, ready %v", d.events()-before, tr.Ready())
		}
		d.mem.OnAppend(nil)
		must(t, tr.Accept(t.Context(), source, fresh, now))
		if len(sealed) != 21 || !tr.Ready() {
			t.Errorf("%d texts, ready %v", len(sealed), tr.Ready())
		}
	})
}

func TestNotReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, memory.Options{})
		reading := make(chan struct{})
		// launch reads the keys log before that
		d.mem.OnRead(func(_ context.Context, log string) error {
			if log == "lane" {
				<-reading
			}
			return nil
		})
		tr := d.launch()
		synctest.Wait()
		if tr.Ready() || tr.Replayed() {
			t.Error("ready before the journal was read")
		}
		if err := d.offer(tr, "1"); !errors.Is(err, tracker.ErrNotReady) {
			t.Errorf("Accept: %v", err)
		}
		if err := tr.View(t.Context(), nil); !errors.Is(err, tracker.ErrNotReady) {
			t.Errorf("View: %v", err)
		}
		if err := tr.Snapshot(t.Context()); !errors.Is(err, tracker.ErrNotReady) {
			t.Errorf("Snapshot: %v", err)
		}
		close(reading)
		synctest.Wait()
		if !tr.Ready() || !tr.Replayed() {
			t.Error("not ready though the journal is read")
		}
		d.accept(tr, "1")
	})
}
