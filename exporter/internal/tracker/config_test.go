package tracker_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal/memory"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
)

func TestConfigure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, memory.Options{})
		tr := d.start()
		configs := func(want int) {
			t.Helper()
			if got := d.kinds(); !slices.Equal(got, slices.Repeat([]record.Kind{record.KindConfig}, want)) {
				t.Fatalf("batches of kinds %v, want %d configurations", got, want)
			}
		}
		configs(1)
		must(t, tr.Configure(t.Context(), config.Fold(d.cfg), d.intake()))
		configs(1)
		d.cfg.Targets.FirstResponse = 90 * time.Second
		must(t, tr.Configure(t.Context(), config.Fold(d.cfg), d.intake()))
		configs(2)
		d.same(tr, "after a change")
		d.kill(tr)

		// The next start finds it in force, another one changes it.
		d.opts.Config = config.Fold(d.cfg)
		tr = d.start()
		configs(2)
		d.kill(tr)
		d.cfg.Targets.FirstResponse = 30 * time.Second
		d.opts.Config = config.Fold(d.cfg)
		tr = d.start()
		configs(3)
		if got := d.shown(tr)["helpdesk_target[first_response  ]"]; got != "30" {
			t.Errorf("the target shown is %q", got)
		}
	})
}

// What a message means is decided by the patterns in force when it comes, and
// those change only when the rest of the configuration did.
func TestConfigureIntake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, memory.Options{})
		d.cfg.Escalations.RequestPhrases = []string{"^red$"}
		d.opts.Intake = d.intake()
		tr := d.start()
		flags := func(id, text string) record.Flags {
			t.Helper()
			now := time.Now()
			must(t, tr.Accept(t.Context(), source, []event.Event{said(id, "ana", text, now)}, now))
			all := d.records()
			return all[len(all)-1].Batches[0].Events[0].Flags & record.AsksForPerson
		}
		if flags("1", "red") == 0 || flags("2", "blue") != 0 {
			t.Fatal("the first patterns are not in force")
		}
		d.cfg.Escalations.RequestPhrases = []string{"^blue$"}
		d.cfg.Targets.FirstResponse++
		d.mem.FailAppends(journal.ErrUnavailable)
		if err := tr.Configure(t.Context(), config.Fold(d.cfg), d.intake()); !errors.Is(err, journal.ErrUnavailable) {
			t.Errorf("Configure: %v", err)
		}
		d.mem.FailAppends(nil)
		if flags("3", "red") == 0 || flags("4", "blue") != 0 {
			t.Error("the patterns of a refused configuration are in force")
		}
		must(t, tr.Configure(t.Context(), config.Fold(d.cfg), d.intake()))
		if flags("5", "red") != 0 || flags("6", "blue") == 0 {
			t.Error("the new patterns are not in force")
		}
		d.same(tr, "after a change of patterns")
	})
}

func TestRolledBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, memory.Options{})
		tr := d.start()
		d.accept(tr, "1")
		if !slices.Equal(d.heard().rolledBack, []uint64{0}) {
			t.Errorf("rollbacks %v at the first start", d.heard().rolledBack)
		}
		created := d.created(tr)
		d.kill(tr)
		time.Sleep(time.Hour)

		// A start that fails before all stands in the journal leaves the rest
		// to the next one.
		began := 0
		d.opts.RolledBack = true
		d.opts.Began = func() error { began++; return nil }
		d.mem.FailAppends(journal.ErrFull)
		tr = d.launch()
		<-tr.Done()
		if !errors.Is(tr.Err(), journal.ErrFull) || began != 0 || tr.Ready() {
			t.Fatalf("%v, began %d times, ready %v", tr.Err(), began, tr.Ready())
		}
		d.mem.FailAppends(nil)

		d.cfg.Targets.FirstResponse++
		d.opts.Config = config.Fold(d.cfg)
		d.opts.Began = func() error {
			began++
			if got, want := fmt.Sprint(d.kinds()[2:]), fmt.Sprint([]record.Kind{record.KindRollback, record.KindConfig}); got != want {
				t.Errorf("the journal holds %s when it has begun, want %s", got, want)
			}
			return nil
		}
		now := time.Now()
		tr = d.start()
		if began != 1 || !slices.Equal(d.heard().rolledBack, []uint64{1}) {
			t.Errorf("began %d times, rollbacks %v", began, d.heard().rolledBack)
		}
		if got := d.created(tr); got != now.UnixNano() || got == created {
			t.Errorf("created %s, want %s", time.Unix(0, got), now)
		}
		if got := d.messages(tr); got != 1 {
			t.Errorf("%g messages", got)
		}
		d.same(tr, "after a rollback")
		d.kill(tr)
		time.Sleep(time.Hour)

		d.opts.RolledBack, d.opts.Began = false, nil
		tr = d.start()
		if got := d.created(tr); got != now.UnixNano() || !slices.Equal(d.heard().rolledBack, []uint64{1}) {
			t.Errorf("the start after it: created %s, rollbacks %v", time.Unix(0, got), d.heard().rolledBack)
		}
	})
}

func TestBeganFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, memory.Options{})
		fault := errors.New("the marker cannot be removed")
		d.opts.Began = func() error { return fault }
		tr := d.launch()
		<-tr.Done()
		if !errors.Is(tr.Err(), fault) || tr.Ready() {
			t.Errorf("%v, ready %v", tr.Err(), tr.Ready())
		}
	})
}
