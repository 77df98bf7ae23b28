package webhook

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

// fakeTasks remembers what it was given and answers err.
type fakeTasks struct {
	tasks    []provider.Task
	received time.Time
	err      error
}

func (f *fakeTasks) Add(_ context.Context, source string, tasks []provider.Task, received time.Time) error {
	if f.err != nil {
		return f.err
	}
	if source != "desk" {
		return errors.New("another source's")
	}
	f.tasks, f.received = append(f.tasks, tasks...), received
	return nil
}

// leaving is an adapter that makes an event and leaves a task.
func leaving(r *provider.Request, res *provider.Result) error {
	res.Events = append(res.Events, event.Event{ID: "1", Kind: event.ConsentChanged, Time: r.Received, Contact: "c", Inbox: "main"})
	res.Tasks = append(res.Tasks, provider.Task{Key: "thread:1", Data: []byte(`{"object":"1"}`)})
	return nil
}

func TestTasks(t *testing.T) {
	tasks := &fakeTasks{}
	w := newWorld(t, func(o *Options) {
		o.Tasks = tasks
		o.Sources[0].Adapter = &signedAdapter{adapt: leaving}
	})
	for _, c := range []struct {
		err    error
		status int
	}{{journal.ErrUnavailable, 503}, {journal.ErrFull, 503}, {journal.ErrTooLarge, 413}, {nil, 200}} {
		tasks.err = c.err
		if rec := w.do(post(`[]`)); rec.Code != c.status {
			t.Errorf("%v: answered %d, want %d", c.err, rec.Code, c.status)
		}
	}
	if len(tasks.tasks) != 1 || !tasks.received.Equal(testNow) {
		t.Errorf("kept %d tasks, received %v", len(tasks.tasks), tasks.received)
	}
	// Nothing of one request is in the next one's memory.
	tasks.tasks = nil
	if w.do(post(`[]`)); len(tasks.tasks) != 1 {
		t.Errorf("%d tasks of one request", len(tasks.tasks))
	}
}

func TestTasksOfNobody(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.Sources[0].Adapter = &signedAdapter{adapt: leaving} })
	if rec := w.do(post(`[]`)); rec.Code != http.StatusServiceUnavailable {
		t.Errorf("tasks that nobody fetches are answered %d", rec.Code)
	}
}

func TestDeliver(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.Sources[0].Inboxes = []string{"main"} })
	result := func() *provider.Result {
		return &provider.Result{
			Events: []event.Event{
				{ID: "1", Kind: event.MessageReceived, Contact: "c", Inbox: "main", Channel: "whatsapp"},
				{ID: "2", Kind: event.MessageReceived, Contact: "c", Inbox: "main", Channel: "email"},
				{ID: "3", Kind: event.MessageReceived, Contact: "c", Inbox: "shop"},
			},
			Ignored: map[string]int{"spam": 2},
		}
	}
	if err := w.server.Deliver(t.Context(), "nobody", result()); !errors.Is(err, ErrUnknownSource) {
		t.Errorf("an unknown source: %v", err)
	}
	w.sink.err = journal.ErrUnavailable
	if err := w.server.Deliver(t.Context(), "desk", result()); !errors.Is(err, journal.ErrUnavailable) {
		t.Errorf("without a journal: %v", err)
	}
	w.sink.err = nil
	if err := w.server.Deliver(t.Context(), "desk", result()); err != nil {
		t.Fatal(err)
	}
	if got := w.sink.taken(); len(got) != 1 || got[0].ID != "1" || got[0].Source != "desk" || !got[0].Received.Equal(testNow) {
		t.Errorf("taken %+v", got)
	}
	for kind, n := range map[string]float64{"message.received": 1, "other_channel": 1, "other_inbox": 1, "spam": 2} {
		w.wantCounter(w.server.metrics.events, n, "desk", kind)
	}
}

func TestKeepTask(t *testing.T) {
	w := newWorld(t, nil)
	w.server.KeepTask("nobody", provider.Task{}, errors.New("gone"))
	w.server.KeepTask("desk", provider.Task{Key: "thread:1", Data: []byte(`{"object":"1"}`)}, errors.New("the vendor answered 400"))
	list, err := ListRejected(t.Context(), w.rejected, w.sealer, nil)
	if err != nil || len(list) != 1 {
		t.Fatalf("%v, %d kept", err, len(list))
	}
	if r := list[0]; r.Source != "desk" || r.Reason != "task" || r.Detail != "the vendor answered 400" || r.Body == "" {
		t.Errorf("kept %+v", r)
	}
}
