package threads

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

// TestWaiting: events leave in the order in which they came, once it is known
// whose they are, also after restarts and compactions.
func TestWaiting(t *testing.T) {
	for _, how := range []string{"running", "restarted", "compacted", "compacted and restarted"} {
		t.Run(how, func(t *testing.T) {
			w := newWorld(t, Options{})
			if refused := w.hold(message("m1", "v1"), message("m2", "v2")); len(refused) > 0 {
				t.Errorf("refused %v", ids(refused))
			}
			w.hold(message("m3", "v1"))
			w.hold(message("m1", "v1"), message("m4", "v3")) // m1 is repeated
			if strings.Contains(how, "compacted") {
				if err := w.compact(); err != nil {
					t.Fatal(err)
				}
			}
			if strings.Contains(how, "restarted") {
				w.restart()
			}
			if got := w.release(); got != "[]" {
				t.Errorf("released %s before anything is known", got)
			}
			w.teach("v1", "c1", "i")
			if got := w.release(); got != "[m1 m3]" {
				t.Errorf("released %s", got)
			}
			if got := w.release(); got != "[]" {
				t.Errorf("released again: %s", got)
			}
			w.teach("v2", "c2", "")
			if got := w.release(); got != "[]" {
				t.Errorf("released without an inbox: %s", got)
			}
			w.tidy()
			w.restart()
			// m1 came with m2, which still waits: it comes again, by its id.
			w.teach("", "c2", "i")
			if got := w.release(); got != "[m1 m2]" {
				t.Errorf("released %s", got)
			}
			w.teach("v3", "c3", "i")
			if got := w.release(); got != "[m4]" {
				t.Errorf("released %s", got)
			}
			w.tidy()
			if n := countKind(w, kindWaiting); n != 0 {
				t.Errorf("%d records are left", n)
			}
			w.restart()
			if got := w.release(); got != "[]" {
				t.Errorf("released %s after all are done", got)
			}
		})
	}
}

// TestWaitingIsTheSame: an event is what it was, whatever its fields.
func TestWaitingIsTheSame(t *testing.T) {
	full := message("m", "v")
	fill(reflect.ValueOf(&full).Elem(), 1)
	full.Contact, full.Inbox, full.Conversation = "", "", "v"
	full.Message.Text = "\x00\xff<&>" + strings.Repeat("\x01", 64<<10)
	w := newWorld(t, Options{})
	if refused := w.hold(full); len(refused) > 0 {
		t.Fatal("refused")
	}
	w.restart()
	w.teach("v", "c", "i")
	r := w.desk().Ready("")
	if r == nil {
		t.Fatal("nothing is ready")
	}
	want := full
	want.Contact, want.Inbox = "c", "i"
	if got := r.Events()[0]; !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	// What the caller does with its copy changes nothing.
	r.Events()[0].Contact = "changed"
	if r.Events()[0].Contact != "c" {
		t.Error("the caller's copy is none")
	}
}

// fill gives every field another value.
func fill(v reflect.Value, n int) int {
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(testNow.Add(time.Duration(n) * time.Nanosecond)))
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			n = fill(v.Field(i), n)
		}
	case v.Kind() == reflect.String:
		v.SetString(fmt.Sprint("value ", n))
	case v.Kind() == reflect.Bool:
		v.SetBool(true)
	case v.CanUint():
		v.SetUint(1)
	case v.CanInt():
		v.SetInt(1)
	case v.CanFloat():
		v.SetFloat(float64(n) / 3)
	case v.Kind() == reflect.Slice:
		v.Set(reflect.ValueOf([]string{fmt.Sprint("value ", n)}))
	}
	return n + 1
}

// TestBack: what could not be journalled is tried again, first.
func TestBack(t *testing.T) {
	w := newWorld(t, Options{})
	w.hold(message("m1", "v1"))
	w.teach("v1", "c1", "i")
	r := w.desk().Ready("")
	w.hold(message("m2", "v1")) // repeated later, say
	w.hold(message("m1", "v1"))
	if err := w.compact(); err != nil { // while it is under way
		t.Fatal(err)
	}
	r.Back()
	w.restart()
	if got := w.release(); got != "[m1 m2]" {
		t.Errorf("released %s", got)
	}
}

// TestDoneWhileMoving: a record that a compaction writes anew while its events
// get done is removed all the same.
func TestDoneWhileMoving(t *testing.T) {
	w := newWorld(t, Options{})
	w.hold(message("m1", "v1"))
	w.teach("v1", "c1", "i")
	r := w.desk().Ready("")
	armed := true
	w.store.OnAppend(func(context.Context, string) error {
		if armed && w.m.epoch != nil && len(w.m.epochs) == 2 && w.m.last > w.m.epochs[1].seq {
			armed = false
			r.Done()
		}
		return nil
	})
	if err := w.compact(); err != nil {
		t.Fatal(err)
	}
	if armed {
		t.Fatal("the moment did not come")
	}
	w.tidy()
	w.restart()
	if got := w.release(); got != "[]" {
		t.Errorf("released %s", got)
	}
}

func TestExpired(t *testing.T) {
	w := newWorld(t, Options{Patience: time.Minute})
	w.hold(message("m1", "v1"), message("m2", "v2"))
	if _, err := w.desk().Hold(t.Context(), []event.Event{message("m3", "v3")}, testNow.Add(time.Second), []byte("raw of m3")); err != nil {
		t.Fatal(err)
	}
	w.restart()
	if r := w.desk().Expired(testNow.Add(time.Minute-1), ""); r != nil {
		t.Errorf("given up too early: %v", ids(r.Events()))
	}
	w.teach("v2", "c2", "i") // known, and not journalled yet
	r := w.desk().Expired(testNow.Add(time.Minute), "")
	if r == nil || ids(r.Events()) != "[m1]" {
		t.Fatalf("given up %v", r)
	}
	if g := r.Groups(t.Context()); len(g) != 1 || string(g[0].Raw) != "raw of m1" || !g[0].Received.Equal(testNow) || ids(g[0].Events) != "[m1]" {
		t.Errorf("groups %+v", g)
	}
	r.Done()
	if got := w.release(); got != "[m2]" {
		t.Errorf("released %s", got)
	}
	// With the inbox of a source that has one alone, the contact is what lacks.
	if r := w.desk().Expired(testNow.Add(time.Hour), "only"); r == nil || ids(r.Events()) != "[m3]" {
		t.Errorf("given up %v", r)
	} else {
		r.Done()
	}
	w.tidy()
	if n := countKind(w, kindWaiting); n != 0 {
		t.Errorf("%d records are left", n)
	}
}

// TestRefused: what would wait for nothing, or take too much.
func TestRefused(t *testing.T) {
	w := newWorld(t, Options{MaxWaiting: 3})
	nobody := message("nobody", "")
	nameless := message("", "v")
	large := message("large", "v")
	large.Message.Text = strings.Repeat("x", journal.MaxRecord)
	if got := ids(w.hold(nobody, nameless, large, message("m1", "v"))); got != "[nobody  large]" {
		t.Errorf("refused %s", got)
	}
	if got := ids(w.hold(message("m2", "v"), message("m3", "v"), message("m4", "v"))); got != "[m4]" {
		t.Errorf("refused %s", got)
	}
	w.restart()
	if got := ids(w.hold(message("m1", "v"), message("m5", "v"))); got != "[m5]" {
		t.Errorf("refused %s after a restart", got)
	}
	w.teach("v", "c", "i")
	if got := w.release(); got != "[m1 m2 m3]" {
		t.Errorf("released %s", got)
	}
	if got := ids(w.hold(message("m6", "v9"))); got != "[]" {
		t.Errorf("refused %s in an empty room", got)
	}

	big := New()
	many := make([]event.Event, 200)
	for i := range many {
		many[i] = message(fmt.Sprint(i), "v")
		many[i].Message.Text = strings.Repeat("x", 64<<10)
	}
	refused, err := big.Source("desk").Hold(t.Context(), many, testNow, nil)
	if err != nil || len(refused) < 60 || len(refused) > 80 {
		t.Errorf("%d of 13 MB are refused, %v", len(refused), err)
	}
}

// TestHoldFails: nothing waits that is not on disk.
func TestHoldFails(t *testing.T) {
	w := newWorld(t, Options{})
	w.failAfter = 0
	if _, err := w.desk().Hold(t.Context(), []event.Event{message("m", "v")}, testNow, nil); !errors.Is(err, journal.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	w.failAfter = -1
	w.teach("v", "c", "i")
	if got := w.release(); got != "[]" {
		t.Errorf("released %s", got)
	}
}

// TestHoldRaces: the thread may be taught between Complete and Hold.
func TestHoldRaces(t *testing.T) {
	s := New().Source("desk")
	s.Complete(nil, []provider.Thread{th("v", "c", "i", "")}, "")
	s.Ready("")
	if _, err := s.Hold(t.Context(), []event.Event{message("m", "v")}, testNow, nil); err != nil {
		t.Fatal(err)
	}
	if r := s.Ready(""); r == nil || ids(r.Events()) != "[m]" {
		t.Errorf("ready: %v", r)
	}
}

// TestLostRecord: a record of waiting events that the disk has lost is written
// anew by a compaction.
func TestLostRecord(t *testing.T) {
	w := newWorld(t, Options{})
	w.hold(message("m1", "v1"))
	if err := w.log.Delete(t.Context(), w.desk().room.waiting[0].held.seq); err != nil {
		t.Fatal(err)
	}
	if err := w.compact(); err != nil {
		t.Fatal(err)
	}
	w.restart()
	w.teach("v1", "c1", "i")
	if got := w.release(); got != "[m1]" {
		t.Errorf("released %s", got)
	}
}
