package tracker_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/clock"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fold"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal/memory"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
)

// ticks checks that the lane has one tick for each time at which something was
// due and no other record came first, and beside them only those by which the
// time of agents at work is shown to the second; it gives the dates of the
// former.
func (d *desk) ticks(until time.Time) (dates []time.Time) {
	d.t.Helper()
	s := fold.New(config.FoldConfig{})
	for _, r := range d.records() {
		due, any := s.NextDue()
		second, working := s.NextSecond()
		for _, b := range r.Batches {
			if any && b.Received > due {
				d.t.Errorf("record %d came at %s, and %s was due before", r.seq, time.Unix(0, b.Received), time.Unix(0, due))
			}
			if b.Kind == record.KindTick {
				if working && b.Received >= second && (!any || b.Received < due) {
					continue
				}
				if !any || b.Received != due {
					d.t.Errorf("record %d is a tick of %s, due was %s", r.seq, time.Unix(0, b.Received), time.Unix(0, due))
				}
				dates = append(dates, time.Unix(0, b.Received))
			}
		}
		must(d.t, s.Apply(r.seq, &r.Commit, nil))
	}
	if due, any := s.NextDue(); any && due <= until.UnixNano() {
		d.t.Errorf("%s was due by %s", time.Unix(0, due), until)
	}
	return dates
}

// dialogue is some traffic with deadlines of every sort.
func dialogue(begin time.Time) (list []event.Event) {
	at := func(d time.Duration) time.Time { return begin.Add(d) }
	list = append(list,
		said("1", "ana", "hello", at(0)),
		said("2", "bia", "hello", at(30*time.Second)),
		said("3", "bia", "hello?", at(61*time.Second)),
		said("4", "ana", "I want to talk to a person", at(3*time.Minute)),
	)
	reply := said("5", "ana", "here I am", at(4*time.Minute))
	reply.Kind, reply.Actor, reply.Agent = event.MessageSent, event.ActorHuman, event.Agent{ID: "a1"}
	later := reply
	later.ID, later.Message.ID, later.Time, later.Contact = "6", "m6", at(2*time.Hour), "bia"
	return append(list, reply, later, said("7", "ana", "thank you", at(2*time.Hour+time.Second)))
}

// everything that the dialogue's conversations have due by time alone.
const settled = 60 * time.Hour

func TestTicksByTheWallClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, memory.Options{})
		tr := d.start()
		begin := time.Now()
		for _, e := range dialogue(begin) {
			time.Sleep(time.Until(e.Time))
			must(t, tr.Accept(t.Context(), source, []event.Event{e}, time.Now()))
		}
		time.Sleep(time.Until(begin.Add(settled)))
		synctest.Wait()
		if n := len(d.ticks(begin.Add(settled))); n < 10 {
			t.Errorf("only %d ticks", n)
		}
		must(t, tr.Inspect(t.Context(), func(s *fold.State) {
			if s.Open() != 0 {
				t.Errorf("%d conversations have outlived their time-out", s.Open())
			}
		}))
		d.same(tr, "after the ticks")
	})
}

// A jumping clock gives the same ticks as the wall clock.
func TestTicksByJumps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, memory.Options{})
		jump := clock.NewJumping(start)
		d.opts.Clock = jump
		tr := d.start()
		for _, e := range dialogue(start) {
			must(t, tr.AdvanceTo(t.Context(), e.Time))
			must(t, tr.Accept(t.Context(), source, []event.Event{e}, jump.Now()))
		}
		time.Sleep(settled) // of the machine, which does not matter
		synctest.Wait()
		before := len(d.records())
		must(t, tr.AdvanceTo(t.Context(), start)) // no way back
		if len(d.records()) != before || !jump.Now().Equal(start.Add(2*time.Hour+time.Second)) {
			t.Errorf("%d records by going back, now is %s", len(d.records())-before, jump.Now())
		}
		must(t, tr.AdvanceTo(t.Context(), start.Add(settled)))
		if !jump.Now().Equal(start.Add(settled)) {
			t.Errorf("the clock stands at %s", jump.Now())
		}
		dates := d.ticks(start.Add(settled))
		for i := 1; i < len(dates); i++ {
			if !dates[i].After(dates[i-1]) {
				t.Errorf("two ticks at %s", dates[i])
			}
		}
		if len(dates) < 10 {
			t.Errorf("only %d ticks", len(dates))
		}
		d.same(tr, "after the jumps")
	})
}

// A tick that cannot be written stops the clock where it is.
func TestTickFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, memory.Options{})
		jump := clock.NewJumping(start)
		d.opts.Clock = jump
		tr := d.start()
		must(t, tr.Accept(t.Context(), source, []event.Event{said("1", "ana", "hello", start)}, start))
		d.mem.FailAppends(journal.ErrUnavailable)
		if err := tr.AdvanceTo(t.Context(), start.Add(settled)); !errors.Is(err, journal.ErrUnavailable) {
			t.Fatalf("AdvanceTo: %v", err)
		}
		if now := jump.Now(); now.Sub(start) > 2*time.Minute {
			t.Errorf("the clock went on to %s", now)
		}
		d.mem.FailAppends(nil)
		must(t, tr.AdvanceTo(t.Context(), start.Add(settled)))
		d.ticks(start.Add(settled))
		d.same(tr, "after a tick that failed")
	})
}

// The machine's clock cannot be moved.
func TestAdvanceToOnTheWallClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, memory.Options{})
		tr := d.start()
		if err := tr.AdvanceTo(t.Context(), time.Now().Add(time.Hour)); err == nil {
			t.Error("it was moved")
		}
	})
}

// Released, a jumping clock lets things happen by themselves, those too that
// were scheduled while it stood.
func TestTicksAfterRelease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, memory.Options{})
		now := time.Now()
		jump := clock.NewJumping(now)
		d.opts.Clock = jump
		tr := d.start()
		must(t, tr.Accept(t.Context(), source, []event.Event{said("1", "ana", "hello", now)}, now))
		synctest.Wait()
		jump.Release()
		time.Sleep(3 * time.Minute)
		synctest.Wait()
		if n := len(d.ticks(now.Add(3 * time.Minute))); n != 3 {
			t.Errorf("%d ticks, want those of the request type, the first response and the second minute", n)
		}
	})
}
