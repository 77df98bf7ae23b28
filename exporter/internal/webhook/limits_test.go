package webhook

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

func TestInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		w := newWorld(t, func(o *Options) {
			o.MaxInFlight = 2
			o.Sources[0].Adapter = &shakingAdapter{}
			o.Sink.(*fakeSink).accept = func(context.Context) error { <-release; return nil }
		})
		answers := make(chan int, 2)
		for range 2 {
			go func() { answers <- w.do(post(oneMessage)).Code }()
		}
		synctest.Wait()
		for _, r := range []*http.Request{post(oneMessage), httptest.NewRequest("GET", "/webhooks/desk?token=right", nil)} {
			rec := w.do(r)
			if rec.Code != http.StatusTooManyRequests || rec.Header().Get("Retry-After") != "1" {
				t.Errorf("%s: answer %d, Retry-After %q; want 429 and 1", r.Method, rec.Code, rec.Header().Get("Retry-After"))
			}
		}
		w.wantCounter(w.server.metrics.rejected, 2, "desk", "in_flight")
		close(release)
		for range 2 {
			if code := <-answers; code != http.StatusOK {
				t.Errorf("waiting request answered %d", code)
			}
		}
		if rec := w.do(post(oneMessage)); rec.Code != http.StatusOK {
			t.Errorf("answer %d after the others left", rec.Code)
		}
	})
}

func TestRateLimit(t *testing.T) {
	now := testNow
	w := newWorld(t, func(o *Options) {
		o.Clock = func() time.Time { return now }
		o.RatePerSecond, o.Burst = 10, 2
		o.Sources = append(o.Sources, Source{Name: "other", Adapter: &signedAdapter{}})
	})
	for i, want := range []int{200, 200, 429, 429} {
		rec := w.do(post(oneMessage))
		if rec.Code != want {
			t.Errorf("request %d answered %d, want %d", i, rec.Code, want)
		}
	}
	w.wantCounter(w.server.metrics.rejected, 2, "desk", "rate_limit")

	elsewhere := post(oneMessage)
	elsewhere.URL.Path = "/webhooks/other"
	if rec := w.do(elsewhere); rec.Code != http.StatusOK {
		t.Errorf("another source is answered %d", rec.Code)
	}
	now = now.Add(100 * time.Millisecond)
	if rec := w.do(post(oneMessage)); rec.Code != http.StatusOK {
		t.Errorf("answer %d after a tenth of a second", rec.Code)
	}
}

func TestBuffersOfAllRequestsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, func(o *Options) { o.MaxBuffered = 1 << 20 })
		// Two bodies of 300 kB sit in buffers of 512 KiB and fill the bound.
		large := strings.Repeat(" ", 300_000)
		answers := make(chan int, 2)
		var hold []*io.PipeWriter
		for range 2 {
			body, feed := io.Pipe()
			hold = append(hold, feed)
			request := httptest.NewRequest("POST", "/webhooks/desk", body)
			request.Header.Set("X-Signature", post(large+"[]").Header.Get("X-Signature"))
			go func() { answers <- w.do(request).Code }()
			go io.WriteString(feed, large)
		}
		synctest.Wait()
		rec := w.do(post(large))
		if rec.Code != http.StatusTooManyRequests || rec.Header().Get("Retry-After") == "" {
			t.Errorf("third large body answered %d", rec.Code)
		}
		w.wantCounter(w.server.metrics.rejected, 1, "desk", "buffers")
		if rec := w.do(post(oneMessage)); rec.Code != http.StatusOK {
			t.Errorf("small body answered %d meanwhile", rec.Code)
		}
		for _, feed := range hold {
			io.WriteString(feed, "[]")
			feed.Close()
		}
		for range 2 {
			if code := <-answers; code != http.StatusOK {
				t.Errorf("large body answered %d", code)
			}
		}
	})
}

func TestAnnouncedLengthReservesLittle(t *testing.T) {
	w := newWorld(t, nil)
	sc := newScratch()
	request := post("")
	request.ContentLength = DefaultMaxBody
	if _, ok := w.server.readBody(sc, request); !ok || cap(sc.body) > 2*firstBuffer {
		t.Errorf("an empty body that announces 4 MiB holds %d bytes", cap(sc.body))
	}
}

func TestRejectedCopiesAreRateLimited(t *testing.T) {
	w := newWorld(t, func(o *Options) {
		o.Sources[0].Adapter = &signedAdapter{adapt: func(*provider.Request, *provider.Result) error { return provider.ErrMalformed }}
	})
	const requests = 250
	for range requests {
		if rec := w.do(post(oneMessage)); rec.Code != http.StatusBadRequest {
			t.Fatalf("answer %d", rec.Code)
		}
	}
	if got := w.rejected.len(); got != 200 {
		t.Errorf("%d bodies kept, want the 200 of the burst", got)
	}
	w.wantCounter(w.server.metrics.kept, requests-200, "desk", keptSkipped)
}
