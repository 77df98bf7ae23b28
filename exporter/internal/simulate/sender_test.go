package simulate

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

// sent is what plainWriter says of an event.
type sent struct {
	ID, Contact string
	Time        time.Time
}

// plainWriter writes one request for a call; it is not safe for concurrent
// use, as a Writer may be.
type plainWriter struct{ calls int }

func (w *plainWriter) Write(events []event.Event) ([]provider.Request, error) {
	w.calls++
	var out []sent
	for _, e := range events {
		if e.Kind == event.NoteAdded {
			continue // a vendor without notes
		}
		out = append(out, sent{e.ID, e.Contact, e.Time})
	}
	if len(out) == 0 {
		return nil, nil
	}
	body, err := json.Marshal(out)
	h := http.Header{"Content-Type": {"application/json"}}
	return []provider.Request{{Method: http.MethodPost, Header: h, Body: body}}, err
}

// exporter is a server that records what it acknowledged, and what it took in
// but could not say so.
type exporter struct {
	mu    sync.Mutex
	seen  map[string]bool
	order map[string][]string // by contact, first arrivals
	again int
}

func (x *exporter) take(r io.Reader) error {
	var events []sent
	if err := json.NewDecoder(r).Decode(&events); err != nil {
		return err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, e := range events {
		if x.seen[e.ID] {
			x.again++
			continue
		}
		x.seen[e.ID] = true
		x.order[e.Contact] = append(x.order[e.Contact], e.ID)
	}
	return nil
}

// TestAtLeastOnceInOrder posts a busy hour to a server that fails in every way
// there is, and looks whether all arrives, one customer's events in order.
func TestAtLeastOnceInOrder(t *testing.T) {
	x := &exporter{seen: map[string]bool{}, order: map[string][]string{}}
	var n atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		kill := func() {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				_ = conn.Close()
			}
		}
		switch n.Add(1) % 23 {
		case 3:
			kill() // before anything is read
		case 7:
			w.WriteHeader(http.StatusServiceUnavailable)
		case 11:
			w.WriteHeader(http.StatusTooManyRequests)
		case 15:
			_ = x.take(r.Body)
			kill() // taken in, but who knows
		case 19:
			w.WriteHeader(http.StatusInternalServerError)
		default:
			if err := x.take(r.Body); err != nil {
				t.Error(err)
			}
		}
	}))
	defer server.Close()

	opts := Options{Seed: 6, Start: wednesday.Add(19 * time.Hour), Duration: 10 * time.Minute, Conversations: 600, Tidy: true}
	want := map[string][]string{}
	events, notes := 0, 0
	for it := range mustNew(t, opts).All() {
		events++
		if it.Event.Kind == event.NoteAdded {
			notes++
			continue
		}
		want[it.Event.Contact] = append(want[it.Event.Contact], it.Event.ID)
	}
	for _, batch := range []int{1, 5} {
		x.seen, x.order = map[string]bool{}, map[string][]string{}
		s := &Sender{URL: server.URL + "/webhooks/simulated", Writer: &plainWriter{}, Unpaced: true, Workers: 16, Batch: batch}
		stats, err := s.Run(t.Context(), mustNew(t, opts))
		if err != nil {
			t.Fatal(err)
		}
		for contact, ids := range want {
			if contact == "" {
				continue // agents and the line: in no order to one another
			}
			if got := strings.Join(x.order[contact], " "); got != strings.Join(ids, " ") {
				t.Errorf("a customer's events arrived as\n%s\nwant\n%s", got, strings.Join(ids, " "))
			}
		}
		if len(x.seen) != events-notes {
			t.Errorf("%d events arrived, want %d", len(x.seen), events-notes)
		}
		if stats.Acked+stats.Unsaid != int64(events) || batch == 1 && stats.Unsaid != int64(notes) || stats.Rejected != 0 {
			t.Errorf("%+v of %d events with %d notes", stats, events, notes)
		}
		if stats.Retries == 0 || stats.Uncertain == 0 || stats.Attempts != stats.Requests+stats.Retries {
			t.Errorf("%+v: retries are not counted", stats)
		}
		if x.again == 0 {
			t.Error("no event came twice, though answers were lost")
		}
	}
}

// TestRestart: the exporter is away for a while, as when it is killed.
func TestRestart(t *testing.T) {
	x := &exporter{seen: map[string]bool{}, order: map[string][]string{}}
	handler := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _ = x.take(r.Body) })
	first := httptest.NewServer(handler)
	address := first.Listener.Addr().String()
	away := make(chan struct{}, 1)
	client := &http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			select {
			case away <- struct{}{}:
			default:
			}
		}
		return resp, err
	})}
	s := &Sender{URL: first.URL, Writer: &plainWriter{}, Client: client}
	post := func(id string) error {
		reqs, _ := s.Writer.Write([]event.Event{{ID: id, Contact: "5511900000001"}})
		return s.Post(t.Context(), reqs)
	}
	if err := post("one"); err != nil {
		t.Fatal(err)
	}
	first.Close()
	done := make(chan error, 1)
	go func() { done <- post("two") }()
	<-away // it has tried in vain
	second := httptest.NewUnstartedServer(handler)
	listener, err := listen(address)
	if err != nil {
		t.Skip("the port was taken meanwhile:", err)
	}
	second.Listener = listener
	second.Start()
	defer second.Close()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(x.order["5511900000001"], " "); got != "one two" {
		t.Errorf("arrived: %s", got)
	}
}

// jumpClock is always where somebody waits for.
type jumpClock struct{ now time.Time }

func (c *jumpClock) Now() time.Time { return c.now }

func (c *jumpClock) WaitUntil(ctx context.Context, t time.Time) error {
	if t.After(c.now) {
		c.now = t
	}
	return ctx.Err()
}

// some is a stream of given items.
type some struct {
	start time.Time
	items []Item
}

func (s *some) Start() time.Time        { return s.start }
func (s *some) Duration() time.Duration { return time.Hour }
func (s *some) Next() (Item, bool) {
	if len(s.items) == 0 {
		return Item{}, false
	}
	it := s.items[0]
	s.items = s.items[1:]
	return it, true
}

func items(n int) *some {
	s := &some{start: wednesday}
	for i := range n {
		at := wednesday.Add(time.Duration(i) * time.Minute)
		s.items = append(s.items, Item{At: at.Add(2 * time.Second), Event: event.Event{
			ID: string(rune('a' + i)), Time: at, Kind: event.MessageReceived, Contact: "5511900000001",
		}})
	}
	return s
}

// TestSpeed: gaps and times shrink alike, and nothing is dated in the future.
func TestSpeed(t *testing.T) {
	begin := time.Date(2027, 1, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		speed, rate float64
		unpaced     bool
		times       []time.Duration // of the events, after begin
		end         time.Duration
	}{
		{speed: 0, times: []time.Duration{0, time.Minute, 2 * time.Minute}, end: 122 * time.Second},
		{speed: 10, times: []time.Duration{0, 6 * time.Second, 12 * time.Second}, end: 12200 * time.Millisecond},
		{speed: 0.5, times: []time.Duration{0, 2 * time.Minute, 4 * time.Minute}, end: 244 * time.Second},
		{speed: 1000, rate: 0.1, times: []time.Duration{0, 60 * time.Millisecond, 120 * time.Millisecond}, end: 20002 * time.Millisecond},
		{unpaced: true, times: []time.Duration{0, time.Minute, 2 * time.Minute}},
	} {
		var got []sent
		client := &http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
			var events []sent
			err := json.NewDecoder(r.Body).Decode(&events)
			got = append(got, events...)
			return answer(http.StatusOK, ""), err
		})}
		clock := &jumpClock{now: begin}
		s := &Sender{URL: "http://exporter.test/webhooks/x", Writer: &plainWriter{}, Client: client, Clock: clock, Speed: c.speed, Rate: c.rate, Unpaced: c.unpaced, Workers: 1}
		if _, err := s.Run(t.Context(), items(3)); err != nil {
			t.Fatal(err)
		}
		zero := begin
		if c.unpaced {
			zero = wednesday
		}
		for i, e := range got {
			if d := e.Time.Sub(zero); d != c.times[i] {
				t.Errorf("speed %g: event %d is dated %s after the start, want %s", c.speed, i, d, c.times[i])
			}
		}
		if d := clock.now.Sub(begin); d != c.end || len(got) != 3 {
			t.Errorf("speed %g: %d events in %s, want 3 in %s", c.speed, len(got), d, c.end)
		}
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		status   int
		ends     bool
		says     string
		rejected int64
	}{
		{http.StatusUnauthorized, true, "give the sender the secret", 0},
		{http.StatusNotFound, true, "/webhooks/<source>", 0},
		{http.StatusMethodNotAllowed, true, "not that of a webhook", 0},
		{http.StatusFound, true, "302", 0},
		{http.StatusBadRequest, false, "", 3},
		{http.StatusRequestEntityTooLarge, false, "", 3},
	} {
		client := &http.Client{
			Transport:     transport(func(*http.Request) (*http.Response, error) { return answer(c.status, ""), nil }),
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
		s := &Sender{URL: "http://exporter.test/webhooks/x", Writer: &plainWriter{}, Client: client, Unpaced: true}
		stats, err := s.Run(t.Context(), items(3))
		var refused *RefusedError
		if errors.As(err, &refused) != c.ends || c.ends && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%d: %v", c.status, err)
		}
		if stats.Rejected != c.rejected || stats.Acked != 0 || stats.Retries != 0 {
			t.Errorf("%d: %+v", c.status, stats)
		}
	}
}

func TestSenderIsChecked(t *testing.T) {
	for _, s := range []*Sender{
		{}, {URL: "http://exporter.test"}, {Writer: &plainWriter{}},
		{URL: "http://exporter.test", Writer: &plainWriter{}, Speed: -1},
		{URL: "http://exporter.test", Writer: &plainWriter{}, Rate: -1},
	} {
		if _, err := s.Run(t.Context(), items(1)); !errors.Is(err, ErrSender) {
			t.Errorf("%v", err)
		}
	}
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func answer(status int, retryAfter string) *http.Response {
	h := http.Header{}
	if retryAfter != "" {
		h.Set("Retry-After", retryAfter)
	}
	return &http.Response{StatusCode: status, Header: h, Body: http.NoBody}
}
