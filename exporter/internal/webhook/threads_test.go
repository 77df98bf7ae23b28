package webhook

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal/memory"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/threads"
)

// forgetful speaks a dialect whose events say the least: {"threads": [...],
// "events": [...]}.
func forgetful(r *provider.Request, res *provider.Result) error {
	var body struct {
		Threads []provider.Thread
		Events  []event.Event
	}
	if err := json.Unmarshal(r.Body, &body); err != nil {
		return fmt.Errorf("%w: no JSON", provider.ErrMalformed)
	}
	for _, e := range body.Events {
		e.Time = r.Received.Add(-time.Second)
		if e.Kind == event.KindInvalid {
			e.Kind = event.MessageSent
		}
		res.Events = append(res.Events, e)
	}
	res.Threads = append(res.Threads, body.Threads...)
	return nil
}

// remembering is a server whose memory outlives it.
type remembering struct {
	*world
	now     time.Time
	store   *memory.Store
	memory  *threads.Memory
	inboxes []string
}

func newRemembering(t *testing.T) *remembering {
	w := &remembering{now: testNow, store: memory.New(memory.Options{})}
	w.world = newWorld(t, nil)
	w.restart(t)
	return w
}

// restart begins with what is on disk; sink and rejected log are the same.
func (w *remembering) restart(t *testing.T) {
	t.Helper()
	was := w.world
	w.world = newWorld(t, func(o *Options) {
		o.Sink, o.Rejected, o.Sealer = was.sink, was.rejected, was.sealer
		o.Clock = func() time.Time { return w.now }
		o.Sources = []Source{{Name: "desk", Adapter: &signedAdapter{adapt: forgetful}, Remembers: true, Inboxes: w.inboxes}}
		var err error
		if o.Memory, err = threads.Open(t.Context(), threads.Options{Log: w.store.Threads(), Sealer: was.sealer, Logger: o.Logger}); err != nil {
			t.Fatal(err)
		}
		w.memory = o.Memory
	})
	w.sink, w.rejected, w.sealer = was.sink, was.rejected, was.sealer
}

// post sends a body of forgetful's and wants 200.
func (w *remembering) post(body string) {
	w.t.Helper()
	if rec := w.do(post(body)); rec.Code != http.StatusOK {
		w.t.Errorf("answer %d %s", rec.Code, rec.Body)
	}
}

// want compares what the journal took, as id:contact/inbox.
func (w *remembering) want(want string) {
	w.t.Helper()
	var got []string
	for _, e := range w.sink.taken() {
		got = append(got, e.ID+":"+e.Contact+"/"+e.Inbox)
	}
	if strings.Join(got, " ") != want {
		w.t.Errorf("the journal has %q, want %q", got, want)
	}
}

func (w *remembering) waiting() int {
	n := 0
	for _, s := range w.memory.Sources() {
		n += s.Waiting()
	}
	return n
}

const (
	knowsV1  = `{"threads":[{"Conversation":"v1","Contact":"c1","Inbox":"i1"}]}`
	unknown1 = `{"events":[{"ID":"m1","Conversation":"v1","Message":{"Text":"` + textOfCustomer + `"}}]}`
	unknown2 = `{"events":[{"ID":"m2","Conversation":"v1"},{"ID":"m3","Conversation":"v2"}]}`
)

func TestThreadsAreRemembered(t *testing.T) {
	w := newRemembering(t)
	w.post(knowsV1)
	w.post(unknown1)
	w.want("m1:c1/i1")
	w.restart(t) // without a word before
	w.post(`{"events":[{"ID":"m2","Conversation":"v1"}]}`)
	w.want("m1:c1/i1 m2:c1/i1")
	w.wantCounter(w.server.metrics.events, 1, "desk", "message.sent")
	w.wantCounter(w.server.metrics.events, 0, "desk", "no_thread")
}

// TestThreadsWait: the event that says whose a message is comes behind it.
func TestThreadsWait(t *testing.T) {
	for _, restarted := range []bool{false, true} {
		w := newRemembering(t)
		w.post(unknown1)
		w.post(unknown2)
		w.post(unknown1) // the vendor repeats it
		w.want("")
		if restarted {
			w.restart(t)
		}
		w.now = w.now.Add(5 * time.Minute)
		w.post(`{"threads":[{"Conversation":"v1","Contact":"c1","Inbox":"i1"}],"events":[{"ID":"m4","Conversation":"v1"}]}`)
		w.want("m1:c1/i1 m2:c1/i1 m4:c1/i1")
		e := w.sink.taken()[0]
		if !e.Time.Equal(testNow.Add(-time.Second)) || !e.Received.Equal(w.now) || e.Message.Text != textOfCustomer {
			t.Errorf("event time %v, received %v", e.Time, e.Received)
		}
		if n := w.waiting(); n != 1 {
			t.Errorf("%d events wait", n)
		}
		w.wantCounter(w.server.metrics.events, 3, "desk", "message.sent")
		w.server.sweep(t.Context())
		w.restart(t)
		w.server.sweep(t.Context())
		// m2 came with m3, which still waits; the journal knows it by its id.
		w.want("m1:c1/i1 m2:c1/i1 m4:c1/i1 m2:c1/i1")
	}
}

// TestThreadsExpire: what nobody ever says anything of is kept for inspection.
func TestThreadsExpire(t *testing.T) {
	for _, restarted := range []bool{false, true} {
		w := newRemembering(t)
		w.post(unknown1)
		w.now = w.now.Add(threads.DefaultPatience - 1)
		w.server.sweep(t.Context())
		if w.rejected.len() != 0 {
			t.Error("given up too early")
		}
		if restarted {
			w.restart(t)
		}
		w.now = w.now.Add(1)
		w.server.sweep(t.Context())
		w.server.sweep(t.Context())
		list, err := ListRejected(t.Context(), w.rejected, w.sealer, nil)
		if err != nil || len(list) != 1 {
			t.Fatalf("kept %v, %v", list, err)
		}
		r := list[0]
		if r.Reason != "no_thread" || r.Source != "desk" || r.Detail == "" || r.Size != len(unknown1) || !strings.Contains(r.Body, `"Conversation"`) ||
			strings.Contains(r.Body, textOfCustomer) || !r.Time.Equal(testNow) {
			t.Errorf("kept %+v", r)
		}
		w.wantCounter(w.server.metrics.events, 1, "desk", "no_thread")
		w.wantCounter(w.server.metrics.kept, 1, "desk", "kept")
		if n := w.waiting(); n != 0 {
			t.Errorf("%d events wait", n)
		}
		w.post(knowsV1)
		w.want("")
	}
}

// TestThreadsWithoutHope: an event that names nothing is given up at once.
func TestThreadsWithoutHope(t *testing.T) {
	w := newRemembering(t)
	w.post(`{"events":[{"ID":"m1"},{"ID":"m2","Contact":"c1","Inbox":"i1"},{"ID":"m3","Kind":14,"Agent":{"ID":"7"}}]}`)
	w.want("m2:c1/i1 m3:/")
	w.wantCounter(w.server.metrics.events, 1, "desk", "no_thread")
	if w.rejected.len() != 1 {
		t.Errorf("%d kept", w.rejected.len())
	}
	for range 300 {
		w.post(`{"events":[{"ID":"m1"}]}`)
	}
	if n := w.rejected.len(); n != 20 {
		t.Errorf("%d of 301 kept at once", n)
	}
}

// TestThreadsFiltered: what has waited goes by channels and inboxes too.
func TestThreadsFiltered(t *testing.T) {
	w := newRemembering(t)
	w.inboxes = []string{"i1", "i2"}
	w.restart(t)
	w.post(`{"events":[{"ID":"m1","Conversation":"v1"},{"ID":"m2","Conversation":"v2"},{"ID":"m3","Conversation":"v3"}]}`)
	w.post(`{"threads":[{"Conversation":"v1","Contact":"c1","Inbox":"i9"},{"Conversation":"v2","Contact":"c2","Inbox":"i2","Channel":"sms"},{"Conversation":"v3","Contact":"c3","Inbox":"i1","Channel":"whatsapp"}]}`)
	w.want("m3:c3/i1")
	w.wantCounter(w.server.metrics.events, 1, "desk", "other_inbox")
	w.wantCounter(w.server.metrics.events, 1, "desk", "other_channel")
	if n := w.waiting(); n != 0 {
		t.Errorf("%d events wait", n)
	}
}

// TestThreadsAndTheJournal: while the journal takes nothing, requests are
// refused and what waits stays; it goes on by itself.
func TestThreadsAndTheJournal(t *testing.T) {
	w := newRemembering(t)
	w.post(unknown1)
	w.sink.err = fmt.Errorf("%w: its disk has a fault", journal.ErrUnavailable)
	if rec := w.do(post(knowsV1)); rec.Code != http.StatusServiceUnavailable {
		t.Errorf("answer %d", rec.Code)
	}
	w.now = w.now.Add(time.Hour)
	w.server.sweep(t.Context())
	if w.waiting() != 1 || w.rejected.len() != 0 {
		t.Errorf("%d events wait, %d kept", w.waiting(), w.rejected.len())
	}
	if !strings.Contains(w.logs.String(), "could not be journalled") {
		t.Errorf("logged %s", w.logs)
	}
	w.sink.err = nil
	w.server.sweep(t.Context())
	w.want("m1:c1/i1")
}

// TestThreadsAndTheDisk: 200 only when what was taught, and what waits, is on
// disk; what teaches nothing does not need the disk.
func TestThreadsAndTheDisk(t *testing.T) {
	w := newRemembering(t)
	w.post(knowsV1)
	for _, tc := range []struct {
		err    error
		reason string
	}{{journal.ErrUnavailable, "journal_unavailable"}, {journal.ErrFull, "journal_full"}} {
		w.store.FailAppends(fmt.Errorf("%w: no space", tc.err))
		for _, body := range []string{
			`{"threads":[{"Conversation":"v2","Contact":"c2","Inbox":"i1"}]}`,
			`{"threads":[{"Conversation":"v2","Contact":"c2","Inbox":"i1"}]}`, // again, while it is not on disk
			`{"events":[{"ID":"m9","Conversation":"v9"}]}`,
		} {
			if rec := w.do(post(body)); rec.Code != http.StatusServiceUnavailable || rec.Header().Get("Retry-After") == "" {
				t.Errorf("%s: answer %d", body, rec.Code)
			}
		}
		w.wantCounter(w.server.metrics.rejected, 3, "desk", tc.reason)
		w.post(knowsV1)
	}
	w.store.FailAppends(nil)
	w.restart(t)
	if w.waiting() != 0 {
		t.Error("an event waits that was refused")
	}
}

// TestThreadsTooLarge: one event that the journal never takes does not hold the
// others up.
func TestThreadsTooLarge(t *testing.T) {
	w := newRemembering(t)
	w.post(unknown1)
	w.post(`{"events":[{"ID":"m2","Conversation":"v1"}]}`)
	w.sink.refuse = "m1"
	w.post(knowsV1)
	w.want("m2:c1/i1")
	w.wantCounter(w.server.metrics.rejected, 1, "desk", "record_too_large")
	if w.waiting() != 0 || w.rejected.len() != 1 {
		t.Errorf("%d wait, %d kept", w.waiting(), w.rejected.len())
	}
}

// TestThreadsOfFetched: what a fetcher delivers is completed, and waits, too.
func TestThreadsOfFetched(t *testing.T) {
	w := newRemembering(t)
	deliver := func(id, conversation, contact string) {
		t.Helper()
		res := &provider.Result{Events: []event.Event{{ID: id, Time: testNow, Kind: event.MessageSent, Conversation: conversation, Contact: contact}}}
		if err := w.server.Deliver(t.Context(), "desk", res); err != nil {
			t.Error(err)
		}
	}
	deliver("m1", "v1", "")
	deliver("m2", "v2", "")
	w.post(knowsV1)
	w.want("m1:c1/i1")
	w.now = w.now.Add(time.Hour)
	w.server.sweep(t.Context())
	list, err := ListRejected(t.Context(), w.rejected, w.sealer, nil)
	if err != nil || len(list) != 1 || list[0].ContentType != eventsType || !strings.Contains(list[0].Body, `message.sent`) {
		t.Errorf("kept %+v, %v", list, err)
	}
}

// TestThreadsOfLostSource: events of a source that is taken out of the
// configuration are given up, or wait for it where they are complete.
func TestThreadsOfLostSource(t *testing.T) {
	w := newRemembering(t)
	w.post(unknown2)
	w.sink.err = ErrNotReady
	w.do(post(knowsV1))
	if err := w.server.Reload(nil); err != nil {
		t.Fatal(err)
	}
	w.sink.err = nil
	w.now = w.now.Add(time.Hour)
	w.server.sweep(t.Context())
	if w.waiting() != 1 || w.rejected.len() != 1 {
		t.Errorf("%d wait, %d kept", w.waiting(), w.rejected.len())
	}
	if got := testutil.ToFloat64(w.server.metrics.events.WithLabelValues("desk", "no_thread")); got != 1 {
		t.Errorf("%v are counted", got)
	}
	w.restart(t)
	w.server.sweep(t.Context())
	w.want("m2:c1/i1")
}

// TestThreadsSwept: a server that serves looks after what waits, and ends.
func TestThreadsSwept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newRemembering(t)
		w.post(unknown1)
		w.now = w.now.Add(time.Hour)
		w.server.sweeper.Go(func() { w.server.sweeping(w.server.sweepCtx) })
		time.Sleep(2 * time.Second)
		if w.rejected.len() != 1 {
			t.Errorf("%d kept", w.rejected.len())
		}
		if err := w.server.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// TestWithoutRemembering: sources whose events are complete, or are let be
// without, are not touched.
func TestWithoutRemembering(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.Sources[0].Adapter = &signedAdapter{adapt: forgetful} })
	w.do(post(knowsV1))
	w.do(post(unknown1))
	if got := w.sink.taken(); len(got) != 1 || got[0].Contact != "" {
		t.Errorf("the journal has %+v", got)
	}
	if w.logs.Len() > 0 {
		t.Errorf("logged %s", w.logs)
	}
}
