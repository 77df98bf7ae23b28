package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
)

// watcher scrapes all the time, as many Prometheus servers would, and reports
// every step back of a counter or histogram that comes from the journal.
type watcher struct {
	t       testing.TB
	current atomic.Pointer[server]
	stop    chan struct{}
	wg      sync.WaitGroup
	// last value of each series, by series and part.
	last map[string]float64
	// scrapes that were answered, those with the journal's families and those
	// from before the replay's end; valid after end.
	scrapes, full, early int
}

// watch begins to scrape; end ends it.
func watch(t testing.TB) *watcher {
	w := &watcher{t: t, stop: make(chan struct{}), last: map[string]float64{}}
	w.wg.Go(w.run)
	t.Cleanup(w.end)
	return w
}

// follow names the server to be scraped from now on.
func (w *watcher) follow(s *server) { w.current.Store(s) }

func (w *watcher) end() {
	select {
	case <-w.stop:
	default:
		close(w.stop)
	}
	w.wg.Wait()
}

func (w *watcher) run() {
	for {
		select {
		case <-w.stop:
			return
		default:
		}
		s := w.current.Load()
		if s == nil {
			time.Sleep(time.Millisecond)
			continue
		}
		select {
		case <-s.exited:
			w.current.CompareAndSwap(s, nil)
			continue
		default:
		}
		f, err := s.scrape()
		if err != nil {
			continue // killed
		}
		w.scrapes++
		// Once replayed, always replayed: asked after the scrape, "not yet"
		// holds for the scrape too.
		ready, err := s.get("/-/ready")
		if err == nil && ready.status == http.StatusServiceUnavailable && strings.Contains(ready.body, "replayed") {
			w.early++
			if j := f.journal(); len(j) > 0 {
				w.t.Errorf("before the replay's end a scrape shows %d families of the journal", len(j))
			}
			if len(f) == 0 || f["helpdesk_build_info"] == nil {
				w.t.Error("before the replay's end a scrape shows no self-metrics")
			}
		}
		if len(f.journal()) > 0 {
			w.full++
			w.check(f.journal())
		}
	}
}

// check compares with the scrape before: nothing that was there is gone or
// lower, created times included.
func (w *watcher) check(f families) {
	now := map[string]float64{}
	for name, fam := range f {
		for _, m := range fam.Metric {
			series := name + labels(m.Label)
			switch {
			case m.Counter != nil:
				now[series] = m.Counter.GetValue()
				now[series+" created"] = float64(m.Counter.CreatedTimestamp.AsTime().UnixNano())
			case m.Histogram != nil:
				w.histogram(now, series, m.Histogram)
			}
		}
	}
	for series, before := range w.last {
		after, there := now[series]
		switch {
		case !there:
			w.t.Errorf("%s is gone", series)
		case after < before:
			w.t.Errorf("%s steps back from %g to %g", series, before, after)
		case after > before && strings.HasSuffix(series, " created"):
			w.t.Errorf("%s was renewed", series)
		}
	}
	w.last = now
}

func (w *watcher) histogram(now map[string]float64, series string, h *dto.Histogram) {
	now[series+" count"] = float64(h.GetSampleCount())
	now[series+" sum"] = h.GetSampleSum()
	now[series+" zero"] = float64(h.GetZeroCount())
	now[series+" created"] = float64(h.CreatedTimestamp.AsTime().UnixNano())
	for _, b := range h.Bucket {
		now[fmt.Sprintf("%s le=%g", series, b.GetUpperBound())] = float64(b.GetCumulativeCount())
	}
	total := int64(h.GetZeroCount())
	count := int64(0)
	for _, d := range h.PositiveDelta {
		count += d
		total += count
	}
	if total != int64(h.GetSampleCount()) {
		w.t.Errorf("%s: native buckets hold %d of %d", series, total, h.GetSampleCount())
	}
}
