package webhook

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

func TestAnswers(t *testing.T) {
	unsigned := func(body string) *http.Request {
		r := post(body)
		r.Header.Set("X-Signature", "00")
		return r
	}
	with := func(r *http.Request, name, value string) *http.Request {
		r.Header.Set(name, value)
		return r
	}
	to := func(method, target string) *http.Request {
		return httptest.NewRequest(method, target, nil)
	}
	chunked := func(body string) *http.Request {
		r := post(body)
		r.ContentLength = -1
		return r
	}
	broken := func(r *http.Request, err error) *http.Request {
		r.Body = io.NopCloser(io.MultiReader(strings.NewReader("["), iotest.ErrReader(err)))
		return r
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	shakes := func(o *Options) { o.Sources[0].Adapter = &shakingAdapter{} }
	adapts := func(adapt func(*provider.Request, *provider.Result) error) func(*Options) {
		return func(o *Options) { o.Sources[0].Adapter = &signedAdapter{adapt: adapt} }
	}
	sink := func(err error) func(*Options) { return func(o *Options) { o.Sink.(*fakeSink).err = err } }

	for _, tc := range []struct {
		name    string
		change  func(*Options)
		request *http.Request
		status  int
		source  string
		reason  string
		header  map[string]string
		body    string
		kept    int
		events  int
	}{
		{name: "taken", request: post(oneMessage), status: 200, source: "desk", events: 1},
		{name: "chunked", request: chunked(oneMessage), status: 200, source: "desk", events: 1},
		{name: "no events", request: post(`[]`), status: 200, source: "desk"},
		{name: "identity", request: with(post(oneMessage), "Content-Encoding", "identity"), status: 200, source: "desk", events: 1},

		{name: "unknown source", request: to("POST", "/webhooks/"+textOfCustomer), status: 404, reason: "unknown_source", body: "there is no source of this name; see `sources` in the configuration"},
		{name: "path below a source", request: to("POST", "/webhooks/desk/"), status: 404, reason: "unknown_source", body: "there is no source of this name; see `sources` in the configuration"},
		{name: "other path", request: to("GET", "/"), status: 404, reason: "unknown_path", body: "webhooks are posted to /webhooks/<source>"},
		{name: "send proxy that is off", request: to("POST", "/graph/v21.0/300/messages"), status: 404, reason: "unknown_path", body: "webhooks are posted to /webhooks/<source>"},

		{name: "get without handshake", request: to("GET", "/webhooks/desk"), status: 405, source: "desk", reason: "method", header: map[string]string{"Allow": "POST"}, body: "webhooks are sent by POST"},
		{name: "put with handshake", change: shakes, request: to("PUT", "/webhooks/desk"), status: 405, source: "desk", reason: "method", header: map[string]string{"Allow": "GET, POST"}, body: "webhooks are sent by POST"},
		{name: "handshake", change: shakes, request: to("GET", "/webhooks/desk?token=right&challenge=1158201444"), status: 200, source: "desk", body: "1158201444", header: map[string]string{"X-Content-Type-Options": "nosniff", "Content-Type": "text/plain; charset=utf-8"}},
		{name: "wrong handshake", change: shakes, request: to("GET", "/webhooks/desk?token=wrong"), status: 403, source: "desk", reason: "handshake", body: "wrong token"},
		{name: "handshake panics", change: shakes, request: to("GET", "/webhooks/desk?token=panic"), status: 400, source: "desk", reason: "panic"},

		{name: "wrong signature", request: unsigned(oneMessage), status: 401, source: "desk", reason: "unauthorized", body: "request is not signed by the source"},
		{name: "gzip", request: with(post(oneMessage), "Content-Encoding", "gzip"), status: 415, source: "desk", reason: "content_encoding", body: "signatures are made over the plain body; send it without a Content-Encoding"},
		{name: "announced too large", change: func(o *Options) { o.MaxBody = 100 }, request: post(strings.Repeat(" ", 101)), status: 413, source: "desk", reason: "body_too_large", body: "the body is over 100 bytes", header: map[string]string{"Connection": "close"}},
		{name: "chunked too large", change: func(o *Options) { o.MaxBody = 100 }, request: chunked(strings.Repeat(" ", 101)), status: 413, source: "desk", reason: "body_too_large", body: "the body is over 100 bytes", header: map[string]string{"Connection": "close"}},
		{name: "too large by far", change: func(o *Options) { o.MaxBody = 100_000 }, request: chunked(strings.Repeat(" ", 1_000_000)), status: 413, source: "desk", reason: "body_too_large", body: "the body is over 100000 bytes"},
		{name: "as large as may be", change: func(o *Options) { o.MaxBody = 100_000 }, request: chunked(strings.Repeat(" ", 99_998) + "[]"), status: 200, source: "desk"},
		{name: "cut body", request: broken(post(oneMessage), io.ErrUnexpectedEOF), status: 400, source: "desk", reason: "incomplete_body", body: "the body ended before its announced length"},
		{name: "sender gone while sending", request: broken(post(oneMessage).WithContext(gone), syscall.ECONNRESET), status: 499, source: "desk", reason: "canceled"},

		{name: "malformed", request: post(`{"text":"` + textOfCustomer), status: 400, source: "desk", reason: "malformed", body: "body cannot be read: not an array of events", kept: 1},
		{name: "malformed, vendor wants 200", change: func(o *Options) { o.Sources[0].MalformedStatus = 200 }, request: post(`{`), status: 200, source: "desk", reason: "malformed", kept: 1},
		{name: "malformed, status of its own", change: func(o *Options) { o.Sources[0].MalformedStatus = 422 }, request: post(`{`), status: 422, source: "desk", reason: "malformed", body: "body cannot be read: not an array of events", kept: 1},
		{name: "malformed and unsigned", request: unsigned(`{`), status: 401, source: "desk", reason: "unauthorized", body: "request is not signed by the source"},
		{name: "panic", change: adapts(func(r *provider.Request, _ *provider.Result) error { panic(string(r.Body)) }), request: post(oneMessage), status: 400, source: "desk", reason: "panic", body: "this body could not be read", kept: 1},
		{name: "too many events", change: func(o *Options) { o.MaxEvents = 1 }, request: post(`[{"Kind":"note.added"},{"Kind":"note.added"}]`), status: 413, source: "desk", reason: "too_many_events", body: "the body holds more than 1 events", kept: 1},

		{name: "journal full", change: sink(fmt.Errorf("append: %w", journal.ErrFull)), request: post(oneMessage), status: 503, source: "desk", reason: "journal_full", body: "journal is full", header: map[string]string{"Retry-After": "30"}},
		{name: "journal unavailable", change: sink(fmt.Errorf("append: %w", journal.ErrUnavailable)), request: post(oneMessage), status: 503, source: "desk", reason: "journal_unavailable", body: "journal is unavailable", header: map[string]string{"Retry-After": "5"}},
		{name: "not ready", change: sink(fmt.Errorf("tracker: %w", ErrNotReady)), request: post(oneMessage), status: 503, source: "desk", reason: "not_ready", body: "not ready yet", header: map[string]string{"Retry-After": "5"}},
		{name: "record too large", change: sink(journal.ErrTooLarge), request: post(oneMessage), status: 413, source: "desk", reason: "record_too_large", body: "an event is too large for the journal", kept: 1},
		{name: "unknown error", change: sink(errors.New("odd")), request: post(oneMessage), status: 503, source: "desk", reason: "journal_unavailable", body: "journal is unavailable", header: map[string]string{"Retry-After": "5"}},
		{name: "sender gone while journalling", change: sink(context.Canceled), request: post(oneMessage).WithContext(gone), status: 499, source: "desk", reason: "canceled"},
		{name: "sink panics", change: func(o *Options) {
			o.Sink.(*fakeSink).accept = func(context.Context) error { panic(textOfCustomer) }
		}, request: post(oneMessage), status: 503, source: "desk", reason: "journal_unavailable", body: "journal is unavailable", header: map[string]string{"Retry-After": "5"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t, tc.change)
			rec := w.do(tc.request)
			if rec.Code != tc.status || rec.Body.String() != tc.body {
				t.Errorf("answer %d %q, want %d %q", rec.Code, rec.Body, tc.status, tc.body)
			}
			for name, want := range tc.header {
				if got := rec.Header().Get(name); got != want {
					t.Errorf("header %s = %q, want %q", name, got, want)
				}
			}
			w.wantCounter(w.server.metrics.requests, 1, tc.source, fmt.Sprint(tc.status))
			total := 0.0
			for _, reason := range reasons[1:] {
				for _, source := range []string{"desk", ""} {
					total += w.counter(w.server.metrics.rejected, source, reason)
				}
			}
			if tc.reason != "" {
				w.wantCounter(w.server.metrics.rejected, 1, tc.source, tc.reason)
				total--
			}
			if total != 0 {
				t.Errorf("%v other rejections counted", total)
			}
			if got := len(w.sink.taken()); got != tc.events {
				t.Errorf("%d events taken, want %d", got, tc.events)
			}
			if got := w.rejected.len(); got != tc.kept {
				t.Errorf("%d bodies kept, want %d", got, tc.kept)
			}
			w.wantCounter(w.server.metrics.kept, float64(tc.kept), "desk", keptYes)
		})
	}
}

func TestReceivedTimeOnlyOfVerifiedRequests(t *testing.T) {
	w := newWorld(t, nil)
	last := w.server.metrics.lastReceived.WithLabelValues("desk")
	forged := post(oneMessage)
	forged.Header.Del("X-Signature")
	w.do(forged)
	if got := testutil.ToFloat64(last); got != 0 {
		t.Errorf("forged request set the time to %v", got)
	}
	w.do(post(`{`))
	if got, want := testutil.ToFloat64(last), float64(testNow.UnixMilli())/1e3; got != want {
		t.Errorf("last received = %v, want %v", got, want)
	}
}

func TestFilter(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.Sources[0].Inboxes = []string{"300", "301"} })
	rec := w.do(post(`[
		{"Kind":"message.received","Inbox":"300"},
		{"Kind":"message.received","Inbox":"300","Channel":"instagram"},
		{"Kind":"message.received","Inbox":"999"},
		{"Kind":"message.sent","Inbox":"301","Channel":"whatsapp"},
		{"Kind":"agent.state","Inbox":"999"},
		{"Kind":"line.changed"},
		{"Kind":"message.received","Inbox":"300","Type":"reaction"},
		{"Kind":"message.sent","Inbox":"300","Type":"deleted"},
		{"Kind":"reaction"},{"Kind":"reaction"}]`))
	if rec.Code != http.StatusOK {
		t.Fatalf("answer %d %s", rec.Code, rec.Body)
	}
	var got []string
	for _, ev := range w.sink.taken() {
		got = append(got, ev.ID+" "+ev.Kind.String())
	}
	if want := "0 message.received,3 message.sent,4 agent.state,5 line.changed"; strings.Join(got, ",") != want {
		t.Errorf("taken %v, want %v", got, want)
	}
	for kind, want := range map[string]float64{
		"message.received": 1, "message.sent": 1, "agent.state": 1, "line.changed": 1,
		"other_channel": 1, "other_inbox": 1, "reaction": 2, "note.added": 0, "no_message": 2,
	} {
		w.wantCounter(w.server.metrics.events, want, "desk", kind)
	}
}

func TestOtherChannelsCanBeConfigured(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.Sources[0].Channels = []string{"whatsapp", "instagram"} })
	w.do(post(`[{"Kind":"note.added","Channel":"instagram"},{"Kind":"note.added","Channel":"email"}]`))
	if got := len(w.sink.taken()); got != 1 {
		t.Errorf("%d events taken, want 1", got)
	}
}

func TestNothingIsCountedThatIsNotOnDisk(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.Sink.(*fakeSink).err = journal.ErrUnavailable })
	w.do(post(`[{"Kind":"note.added"},{"Kind":"note.added","Channel":"email"},{"Kind":"reaction"}]`))
	for _, kind := range []string{"note.added", "other_channel", "reaction"} {
		w.wantCounter(w.server.metrics.events, 0, "desk", kind)
	}
}

func TestFilteredOutRequestNeedsNoSink(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.Sink.(*fakeSink).err = journal.ErrUnavailable })
	if rec := w.do(post(`[{"Kind":"note.added","Channel":"email"}]`)); rec.Code != http.StatusOK || w.sink.calls != 0 {
		t.Errorf("answer %d after %d calls of the sink, want 200 after none", rec.Code, w.sink.calls)
	}
}

func TestIgnoredNamesAreBounded(t *testing.T) {
	w := newWorld(t, nil)
	w.do(post(`[{"Kind":"Reaction ` + phoneOfContact + `"},{"Kind":""},{"Kind":"` + strings.Repeat("a", 41) + `"}]`))
	w.wantCounter(w.server.metrics.events, 3, "desk", "other")
	for i := range 100 {
		w.do(post(fmt.Sprintf(`[{"Kind":"name_%c%c"}]`, 'a'+i/26, 'a'+i%26)))
	}
	// "other" is one of the names that were admitted.
	w.wantCounter(w.server.metrics.events, 1, "desk", "name_aa")
	w.wantCounter(w.server.metrics.events, 3+100-49, "desk", "other")
	if err := w.server.Reload([]Source{{Name: "desk", Adapter: &signedAdapter{}}}); err != nil {
		t.Fatal(err)
	}
	w.do(post(`[{"Kind":"name_new"}]`))
	w.wantCounter(w.server.metrics.events, 3+100-49+1, "desk", "other")
}

func TestPanicIsLoggedOnceWithItsPlace(t *testing.T) {
	var index = 7
	for _, tc := range []struct {
		name  string
		panic func(body string)
		shows string
	}{
		{"own text", func(body string) { panic(body) }, "panic=string"},
		{"own error", func(body string) { panic(errors.New(body)) }, "panic=*errors.errorString"},
		{"runtime error", func(string) { _ = []int{}[index] }, "index out of range [7] with length 0"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t, func(o *Options) {
				o.Sources[0].Adapter = &signedAdapter{adapt: func(r *provider.Request, _ *provider.Result) error {
					tc.panic(string(r.Body))
					return nil
				}}
			})
			for range 3 {
				w.do(post(oneMessage))
			}
			log := w.logs.String()
			if strings.Count(log, "\n") != 1 || !strings.Contains(log, tc.shows) || !strings.Contains(log, "TestPanicIsLoggedOnceWithItsPlace") {
				t.Errorf("log is not one line with %q and the place:\n%s", tc.shows, log)
			}
			w.wantCounter(w.server.metrics.rejected, 3, "desk", "panic")
			if w.rejected.len() != 3 {
				t.Errorf("%d bodies kept, want 3", w.rejected.len())
			}
		})
	}
}

func TestPanicInVerifyIsNotKept(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.Sources[0].Adapter = panickyVerifier{} })
	if rec := w.do(post(oneMessage)); rec.Code != http.StatusBadRequest || w.rejected.len() != 0 {
		t.Errorf("answer %d, %d kept; want 400 and nothing kept of what nobody signed", rec.Code, w.rejected.len())
	}
}

type panickyVerifier struct{ provider.Adapter }

func (panickyVerifier) Verify(*provider.Request) error { panic(textOfCustomer) }

func TestScratchIsEmptiedBetweenRequests(t *testing.T) {
	var seen int
	w := newWorld(t, func(o *Options) {
		o.Sources[0].Adapter = &signedAdapter{adapt: func(r *provider.Request, res *provider.Result) error {
			if len(res.Events) != 0 || len(res.Ignored) != 0 || res.Ignored == nil {
				t.Errorf("result is not empty: %d events, ignored %v", len(res.Events), res.Ignored)
			}
			for _, ev := range res.Events[:cap(res.Events)] {
				if ev.Message.Text != "" {
					t.Error("an earlier request's text is still held")
				}
			}
			seen++
			res.Ignored["reaction"]++
			res.Events = append(res.Events, event.Event{Kind: event.NoteAdded, Message: event.Message{Text: string(r.Body)}})
			if seen%3 == 0 {
				res.Ignored = nil
			}
			return nil
		}}
	})
	for i := range 50 {
		w.do(post(strings.Repeat("x", i*100)))
	}
	for i, ev := range w.sink.taken() {
		if len(ev.Message.Text) != i*100 {
			t.Errorf("request %d had a body of %d bytes", i, len(ev.Message.Text))
		}
	}
}

func TestSinkIsBounded(t *testing.T) {
	w := newWorld(t, func(o *Options) {
		o.AcceptTimeout = time.Millisecond
		o.Sink.(*fakeSink).accept = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	})
	if rec := w.do(post(oneMessage)); rec.Code != http.StatusServiceUnavailable {
		t.Errorf("answer %d, want 503", rec.Code)
	}
}
