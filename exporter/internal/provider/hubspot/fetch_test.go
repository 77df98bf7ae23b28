package hubspot

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fetch"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal/memory"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

// badAPI is HubSpot's on a bad day: each address fails in every way once before
// it answers.
type badAPI struct {
	http.Handler
	mu    sync.Mutex
	asked map[string]int
	// limited counts the answers 429.
	limited int
}

func (a *badAPI) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	a.asked[r.URL.Path]++
	n := a.asked[r.URL.Path]
	if n == 1 && a.limited == 0 {
		a.limited++
		n = -1
	}
	a.mu.Unlock()
	switch n {
	case -1:
		rw.Header().Set("Retry-After", "1")
		rw.WriteHeader(http.StatusTooManyRequests)
	case 1:
		http.Error(rw, "upstream", http.StatusBadGateway)
	case 2:
		_, _ = rw.Write([]byte("<html>we are sorry</html>"))
	case 3:
		rw.Header().Set("Content-Length", "1000")
		_, _ = rw.Write([]byte(`{"id":"`))
	case 4:
		select {
		case <-r.Context().Done():
		case <-time.After(5 * time.Second):
		}
	case 5:
		_, _ = rw.Write([]byte(`[]`))
	default:
		a.Handler.ServeHTTP(rw, r)
	}
}

// delivered takes what was fetched.
type delivered struct {
	mu     sync.Mutex
	events []event.Event
}

func (d *delivered) Deliver(_ context.Context, _ string, res *provider.Result) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.events = append(d.events, res.Events...)
	return nil
}

func (d *delivered) ids() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []string
	for _, e := range d.events {
		if !slices.Contains(out, e.ID) {
			out = append(out, e.ID)
		}
	}
	return out
}

// TestFetchFromABadAPI: whatever the API does, and through a restart, every
// message arrives, those of a thread in their order.
func TestFetchFromABadAPI(t *testing.T) {
	cfg := source()
	cfg.SegmentField = ""
	writer, err := NewWriter(cfg)
	if err != nil {
		t.Fatal(err)
	}
	api := &badAPI{Handler: writer, asked: map[string]int{}}
	server := httptest.NewServer(api)
	defer server.Close()
	cfg.Keys[keyAPIURL] = config.Value{Kind: config.KeyURL, Text: server.URL}
	adapter, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	fetcher, err := NewFetcher(cfg)
	if err != nil {
		t.Fatal(err)
	}
	log, sink := memory.New(memory.Options{}).Tasks(), &delivered{}
	start := func() *fetch.Queue {
		q := fetch.New(fetch.Options{
			Log: log, Sink: sink, Logger: slog.New(slog.DiscardHandler), Registerer: prometheus.NewRegistry(),
			Client: &http.Client{Timeout: 50 * time.Millisecond}, FirstPause: time.Millisecond,
			Refused: func(_ string, task provider.Task, why error) { t.Errorf("given up %s: %v", task.Key, why) },
		}, []fetch.Source{{Name: "desk", Fetcher: fetcher, Rate: 1000}})
		if err := q.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		return q
	}
	q := start()
	at := time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC)
	want := map[string][]string{}
	for i := range 6 {
		for _, contact := range []string{"5511900000001", "5511900000002", "5511900000003"} {
			e := event.Event{
				ID: fmt.Sprint(contact, i), Kind: event.MessageReceived, Time: at.Add(time.Duration(i) * time.Minute), Inbox: "33001", Contact: contact,
				Actor: event.ActorCustomer, Message: event.Message{ID: fmt.Sprint("m", contact, i), Type: "text", Text: "hello"},
			}
			reqs, err := writer.Write([]event.Event{e})
			if err != nil || len(reqs) != 1 {
				t.Fatal(len(reqs), err)
			}
			reqs[0].Received = e.Time
			if err := adapter.Verify(&reqs[0]); err != nil {
				t.Fatal(err)
			}
			var res provider.Result
			if err := adapter.Adapt(&reqs[0], &res); err != nil {
				t.Fatal(err)
			}
			if err := q.Add(t.Context(), "desk", res.Tasks, e.Time); err != nil {
				t.Fatal(err)
			}
			want[contact] = append(want[contact], portalID+":message:"+messageID(e.Message.ID))
		}
		if i == 3 {
			if err := q.Stop(t.Context()); err != nil {
				t.Fatal(err)
			}
			q = start()
		}
	}
	deadline := time.Now().Add(time.Minute)
	for len(sink.ids()) < 18 && time.Now().Before(deadline) {
		time.Sleep(5 * time.Millisecond)
	}
	if err := q.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := sink.ids()
	for contact, ids := range want {
		var of []string
		for _, id := range got {
			if slices.Contains(ids, id) {
				of = append(of, id)
			}
		}
		if !slices.Equal(of, ids) {
			t.Errorf("of %s arrived %d of %d, in another order perhaps", contact[len(contact)-2:], len(of), len(ids))
		}
	}
	if api.limited == 0 {
		t.Error("the API never asked for a pause")
	}
}

// TestFetchErrors: what an answer means, and that no error tells the token or an
// address.
func TestFetchErrors(t *testing.T) {
	task := provider.Task{Key: "thread:1", Data: (&task{Kind: taskStatus, ID: "x", Object: "7000000101", Value: "CLOSED", At: 1}).encode()}
	for status, want := range map[int]error{404: provider.ErrGone, 401: provider.ErrDenied, 403: provider.ErrDenied} {
		f, err := NewFetcher(source())
		if err != nil {
			t.Fatal(err)
		}
		var res provider.Result
		err = f.Fetch(t.Context(), answers(status), task, &res)
		if err == nil || !strings.Contains(err.Error(), want.Error()) {
			t.Errorf("%d: %v", status, err)
		}
		if strings.Contains(err.Error(), "own-token") || strings.Contains(err.Error(), "7000000101") {
			t.Errorf("tells too much: %v", err)
		}
	}
}

type answers int

func (a answers) Do(*http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	rec.WriteHeader(int(a))
	return rec.Result(), nil
}

// TestCaches: a thread is asked for once, and again when it has aged.
func TestCaches(t *testing.T) {
	f, err := NewFetcher(source())
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	f.now = func() time.Time { return now }
	asked := map[string]int{}
	do := counting{asked}
	data := (&task{Kind: taskStatus, ID: "x", Object: "7000000101", Value: "CLOSED", At: 1}).encode()
	for _, age := range []time.Duration{0, time.Minute, keepThreads, 2 * keepThreads} {
		now = now.Add(age)
		var res provider.Result
		if err := f.Fetch(t.Context(), do, provider.Task{Data: data}, &res); err != nil || len(res.Events) != 1 || res.Events[0].Segment != "gold" {
			t.Fatalf("%v: %+v", err, res.Events)
		}
	}
	if n := asked[pathConversations+"/threads/7000000101"]; n != 3 {
		t.Errorf("the thread was asked for %d times", n)
	}
	if n := asked[pathConversations+"/channels"]; n != 1 {
		t.Errorf("the channels were asked for %d times", n)
	}
}

type counting struct{ asked map[string]int }

func (c counting) Do(r *http.Request) (*http.Response, error) {
	c.asked[r.URL.Path]++
	rec := httptest.NewRecorder()
	files(rec, r)
	return rec.Result(), nil
}
