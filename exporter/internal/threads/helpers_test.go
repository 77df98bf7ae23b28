package threads

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal/memory"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/privacy"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

var testNow = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

var errDisk = errors.New("the disk has a fault")

// world is a memory with a log that outlives it.
type world struct {
	t      testing.TB
	store  *memory.Store
	log    journal.Log
	master *privacy.Master
	logs   bytes.Buffer
	opts   Options
	m      *Memory
	// appends counts the writes to the log.
	appends int
	// failAfter makes all writes fail after so many; -1 never.
	failAfter int
}

func newWorld(t testing.TB, o Options) *world {
	w := &world{t: t, store: memory.New(memory.Options{}), master: privacy.NewMaster([32]byte{1}), opts: o, failAfter: -1}
	w.log = w.store.Threads()
	w.store.OnAppend(func(context.Context, string) error {
		if w.failAfter == 0 {
			return fmt.Errorf("%w: %w", journal.ErrUnavailable, errDisk)
		}
		w.failAfter--
		w.appends++
		return nil
	})
	w.restart()
	return w
}

// restart is what a process does that was killed before.
func (w *world) restart() {
	w.t.Helper()
	o := w.opts
	o.Log, o.Sealer = w.log, w.master
	o.Logger = slog.New(slog.NewTextHandler(&w.logs, nil))
	var err error
	if w.m, err = Open(context.Background(), o); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) desk() *Source { return w.m.Source("desk") }

// teach is a request that says all, acknowledged.
func (w *world) teach(conversation, contact, inbox string) {
	w.t.Helper()
	if err := w.try(conversation, contact, inbox); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) try(conversation, contact, inbox string) error {
	mark := w.desk().Complete(nil, []provider.Thread{{Conversation: conversation, Contact: contact, Inbox: inbox, Channel: "whatsapp"}}, "")
	return w.m.Sync(context.Background(), mark)
}

// knows gives what a later event of a conversation is completed to.
func (w *world) knows(conversation string) string { return knows(w.desk(), conversation) }

func knows(s *Source, conversation string) string {
	events := []event.Event{{Kind: event.MessageSent, Conversation: conversation}}
	s.Complete(events, nil, "")
	e := events[0]
	return e.Contact + "/" + e.Inbox + "/" + e.Channel
}

func (w *world) want(conversation, want string) {
	w.t.Helper()
	if got := w.knows(conversation); got != want {
		w.t.Errorf("conversation %s is completed to %q, want %q", conversation, got, want)
	}
}

func (w *world) tidy() {
	w.t.Helper()
	if err := w.m.Tidy(context.Background()); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) compact() error { return w.m.compact(context.Background()) }

// records are what is in the log.
func (w *world) records() (list []journal.Entry) {
	w.t.Helper()
	err := w.log.Read(context.Background(), 1, func(e journal.Entry) error {
		e.Data = bytes.Clone(e.Data)
		list = append(list, e)
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}

// replace puts other records in the place of the log's.
func (w *world) replace(records [][]byte) {
	w.t.Helper()
	w.store = memory.New(memory.Options{})
	w.log = w.store.Threads()
	for _, data := range records {
		if _, err := w.log.Append(context.Background(), "", data); err != nil {
			w.t.Fatal(err)
		}
	}
}

func message(id, conversation string) event.Event {
	return event.Event{
		ID: id, Time: testNow.Add(-time.Second), Kind: event.MessageSent, Conversation: conversation, Actor: event.ActorHuman,
		Agent: event.Agent{ID: "7", Name: "Agent"}, Message: event.Message{ID: id, Text: "text of " + id}, Labels: []string{"a", "b"}, Derived: true,
	}
}

func (w *world) hold(events ...event.Event) []event.Event {
	w.t.Helper()
	refused, err := w.desk().Hold(context.Background(), events, testNow, []byte("raw of "+events[0].ID))
	if err != nil {
		w.t.Fatal(err)
	}
	return refused
}

func ids(events []event.Event) string {
	var list []string
	for _, e := range events {
		list = append(list, e.ID)
	}
	return fmt.Sprint(list)
}

// release gives the ids of the events that are ready and says that they are
// done.
func (w *world) release() string {
	w.t.Helper()
	r := w.desk().Ready("")
	if r == nil {
		return "[]"
	}
	defer r.Done()
	events := r.Events()
	if slices.ContainsFunc(events, func(e event.Event) bool { return e.Contact == "" || e.Inbox == "" }) {
		w.t.Errorf("an event is released that is not complete: %+v", events)
	}
	return ids(events)
}
