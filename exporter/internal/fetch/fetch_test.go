package fetch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal/memory"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

// desk is a vendor, and the way to the journal behind it.
type desk struct {
	mu sync.Mutex
	// answer is what the vendor says to the n-th attempt at a task.
	answer func(task string, attempt int) error
	takes  time.Duration
	tries  map[string]int
	active map[string]int // by key
	most   int
	times  []time.Duration
	start  time.Time
	// full fails the next deliveries.
	full      int
	delivered []string
}

func newDesk() *desk {
	return &desk{answer: func(string, int) error { return nil }, tries: map[string]int{}, active: map[string]int{}, start: time.Now()}
}

func (d *desk) Fetch(ctx context.Context, _ provider.Doer, t provider.Task, res *provider.Result) error {
	name := string(t.Data)
	d.mu.Lock()
	d.tries[name]++
	n := d.tries[name]
	d.active[t.Key]++
	if d.active[t.Key] > 1 {
		panic("two tasks of a key at a time")
	}
	all := 0
	for _, n := range d.active {
		all += n
	}
	d.most = max(d.most, all)
	d.times = append(d.times, time.Since(d.start))
	d.mu.Unlock()
	defer func() { d.mu.Lock(); d.active[t.Key]--; d.mu.Unlock() }()
	if d.takes > 0 {
		select {
		case <-time.After(d.takes):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	d.mu.Lock()
	err := d.answer(name, n)
	d.mu.Unlock()
	if err == nil && !strings.HasPrefix(name, "note") {
		res.Events = append(res.Events, event.Event{ID: name})
	}
	return err
}

func (d *desk) Deliver(_ context.Context, _ string, res *provider.Result) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.full > 0 {
		d.full--
		return journal.ErrUnavailable
	}
	for _, e := range res.Events {
		d.delivered = append(d.delivered, e.ID)
	}
	return nil
}

// got lists what was delivered.
func (d *desk) got() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.delivered)
}

// attempts lists when the vendor was asked.
func (d *desk) attempts() []time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.times)
}

func open(t *testing.T, log journal.Log, d *desk, o Options) *Queue {
	t.Helper()
	o.Log, o.Sink, o.Logger, o.Registerer = log, d, slog.New(slog.DiscardHandler), prometheus.NewRegistry()
	q := New(o, []Source{{Name: "desk", Fetcher: d}})
	if err := q.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return q
}

func add(t *testing.T, q *Queue, tasks ...string) {
	t.Helper()
	var all []provider.Task
	for _, name := range tasks {
		key, _, _ := strings.Cut(name, "-")
		all = append(all, provider.Task{Key: key, Data: []byte(name)})
	}
	if err := q.Add(t.Context(), "desk", all, time.Now()); err != nil {
		t.Fatal(err)
	}
}

func left(t *testing.T, log journal.Log) (n int) {
	t.Helper()
	if err := log.Read(t.Context(), 1, func(journal.Entry) error { n++; return nil }); err != nil {
		t.Fatal(err)
	}
	return n
}

func result(q *Queue, o outcome) float64 {
	return testutil.ToFloat64(q.metrics.tasks.WithLabelValues("desk", string(o)))
}

func stop(t *testing.T, q *Queue) {
	t.Helper()
	if err := q.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestOrderWithinAKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, log := newDesk(), memory.New(memory.Options{}).Tasks()
		d.takes = time.Second
		q := open(t, log, d, Options{})
		add(t, q, "a-1", "b-1", "a-2", "c-1", "a-3", "d-1", "e-1", "f-1")
		time.Sleep(time.Minute)
		var of []string
		for _, name := range d.got() {
			if name[0] == 'a' {
				of = append(of, name)
			}
		}
		if !slices.Equal(of, []string{"a-1", "a-2", "a-3"}) || len(d.got()) != 8 {
			t.Errorf("delivered %v", d.got())
		}
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.most != DefaultConcurrency {
			t.Errorf("%d at a time, %d are allowed", d.most, DefaultConcurrency)
		}
		if n := left(t, log); n != 0 {
			t.Errorf("%d records are left", n)
		}
		if result(q, fetched) != 8 {
			t.Errorf("%v fetched", result(q, fetched))
		}
		stop(t, q)
	})
}

// TestRestart stops while tasks are under way, failing and waiting: all are done
// afterwards, by another queue.
func TestRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, log := newDesk(), memory.New(memory.Options{}).Tasks()
		d.takes = 10 * time.Second
		d.answer = func(task string, n int) error {
			if task == "b-1" && n < 3 {
				return &provider.Later{Err: errors.New("later")}
			}
			return nil
		}
		q := open(t, log, d, Options{})
		add(t, q, "a-1", "a-2", "b-1")
		add(t, q, "c-1")
		time.Sleep(15 * time.Second)
		stop(t, q)
		done := len(d.got())
		if done == 0 || done == 4 {
			t.Fatalf("%d are done when the queue stops", done)
		}
		q = open(t, log, d, Options{})
		time.Sleep(5 * time.Minute)
		for _, name := range []string{"a-1", "a-2", "b-1", "c-1"} {
			if !slices.Contains(d.got(), name) {
				t.Errorf("%s was lost", name)
			}
		}
		if n := left(t, log); n != 0 {
			t.Errorf("%d records are left", n)
		}
		stop(t, q)
	})
}

func TestPauses(t *testing.T) {
	t.Run("doubling", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			d := newDesk()
			d.answer = func(string, int) error { return &provider.Later{Err: errors.New("busy")} }
			var refusals atomic.Int32
			q := open(t, memory.New(memory.Options{}).Tasks(), d, Options{GiveUpAfter: time.Hour, Refused: func(string, provider.Task, error) { refusals.Add(1) }})
			add(t, q, "a-1")
			time.Sleep(2 * time.Hour)
			times := d.attempts()
			for i := 1; i < len(times); i++ {
				pause := times[i] - times[i-1]
				most := min(firstPause<<(i-1), longestPause)
				if pause < most/2 || pause > most+time.Millisecond {
					t.Errorf("pause %d is %s, should be %s to %s", i, pause, most/2, most)
				}
			}
			if refusals.Load() != 1 || result(q, expired) != 1 {
				t.Errorf("given up %d times, %v counted", refusals.Load(), result(q, expired))
			}
			stop(t, q)
		})
	})
	t.Run("the whole source is quiet when asked to", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			d := newDesk()
			d.answer = func(task string, n int) error {
				if task == "a-1" && n == 1 {
					return &provider.Later{After: 90 * time.Second, Err: errors.New("429")}
				}
				return nil
			}
			q := open(t, memory.New(memory.Options{}).Tasks(), d, Options{})
			add(t, q, "a-1")
			time.Sleep(time.Second)
			add(t, q, "b-1")
			time.Sleep(88 * time.Second)
			if len(d.got()) != 0 {
				t.Errorf("%v before the pause is over", d.got())
			}
			time.Sleep(2 * time.Second)
			if len(d.got()) != 2 {
				t.Errorf("%v after the pause", d.got())
			}
			stop(t, q)
		})
	})
	t.Run("a denied token is asked for every minute, and a reload at once", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			d := newDesk()
			d.answer = func(string, int) error { return fmt.Errorf("%w: status 401", provider.ErrDenied) }
			q := open(t, memory.New(memory.Options{}).Tasks(), d, Options{})
			add(t, q, "a-1", "b-1", "c-1", "d-1")
			time.Sleep(10*time.Minute + 30*time.Second)
			if n := len(d.attempts()); n > 4*11 {
				t.Errorf("%d attempts in ten minutes", n)
			}
			d.mu.Lock()
			d.answer = func(string, int) error { return nil }
			d.mu.Unlock()
			q.SetSources([]Source{{Name: "desk", Fetcher: d}})
			time.Sleep(longestPause)
			if len(d.got()) != 4 {
				t.Errorf("delivered %v", d.got())
			}
			stop(t, q)
		})
	})
}

func TestOutcomes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, log := newDesk(), memory.New(memory.Options{}).Tasks()
		d.answer = func(task string, n int) error {
			switch task {
			case "gone-1":
				return fmt.Errorf("thread: %w", provider.ErrGone)
			case "bad-1":
				return errors.New("no message in the answer")
			}
			return nil
		}
		var refusedTasks []string
		q := open(t, log, d, Options{Refused: func(source string, task provider.Task, _ error) {
			refusedTasks = append(refusedTasks, source+" "+string(task.Data))
		}})
		d.full = 3 // the journal does not take anything for a while
		add(t, q, "gone-1", "bad-1", "note-1", "a-1")
		time.Sleep(time.Minute)
		for o, want := range map[outcome]float64{fetched: 1, empty: 1, gone: 1, refused: 1, expired: 0} {
			if got := result(q, o); got != want {
				t.Errorf("%s: %v, want %v", o, got, want)
			}
		}
		if !slices.Equal(refusedTasks, []string{"desk bad-1"}) {
			t.Errorf("refused %v", refusedTasks)
		}
		if n := left(t, log); n != 0 {
			t.Errorf("%d records are left", n)
		}
		stop(t, q)
	})
}

func TestBounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk()
		d.takes = time.Minute
		q := open(t, memory.New(memory.Options{}).Tasks(), d, Options{MaxTasks: 3})
		add(t, q, "a-1", "b-1")
		err := q.Add(t.Context(), "desk", []provider.Task{{Key: "c"}, {Key: "d"}}, time.Now())
		if !errors.Is(err, journal.ErrFull) {
			t.Errorf("got %v", err)
		}
		if err := q.Add(t.Context(), "other", []provider.Task{{Key: "c"}}, time.Now()); !errors.Is(err, ErrUnknownSource) {
			t.Errorf("got %v", err)
		}
		time.Sleep(5 * time.Minute)
		add(t, q, "c-1", "d-1", "e-1")
		time.Sleep(5 * time.Minute)
		if len(d.got()) != 5 {
			t.Errorf("delivered %v", d.got())
		}
		stop(t, q)
	})
}

// TestSourceGone: tasks of a source that is not configured wait for it.
func TestSourceGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, log := newDesk(), memory.New(memory.Options{}).Tasks()
		d.takes = time.Minute
		q := open(t, log, d, Options{})
		add(t, q, "a-1", "a-2")
		time.Sleep(time.Second)
		q.SetSources(nil)
		time.Sleep(time.Hour)
		if len(d.got()) != 1 {
			t.Errorf("delivered %v without a source", d.got())
		}
		stop(t, q)
		o := Options{Log: log, Sink: d, Logger: slog.New(slog.DiscardHandler), Registerer: prometheus.NewRegistry()}
		q = New(o, nil)
		if err := q.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if len(d.got()) != 1 {
			t.Errorf("delivered %v without a source", d.got())
		}
		q.SetSources([]Source{{Name: "desk", Fetcher: d}})
		time.Sleep(time.Hour)
		// A record is done again as a whole; ids make that harmless.
		if !slices.Equal(d.got(), []string{"a-1", "a-1", "a-2"}) || left(t, log) != 0 {
			t.Errorf("delivered %v, %d records left", d.got(), left(t, log))
		}
		stop(t, q)
	})
}

func TestMetrics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk()
		d.takes = time.Minute
		q := open(t, memory.New(memory.Options{}).Tasks(), d, Options{})
		add(t, q, "a-1", "a-2", "b-1")
		time.Sleep(time.Second)
		want := `
# HELP helpdesk_fetch_queue_tasks Tasks that are not done, by state: waiting, running, or retrying after a failure.
# TYPE helpdesk_fetch_queue_tasks gauge
helpdesk_fetch_queue_tasks{source="desk",state="retrying"} 0
helpdesk_fetch_queue_tasks{source="desk",state="running"} 2
helpdesk_fetch_queue_tasks{source="desk",state="waiting"} 1
# HELP helpdesk_fetch_oldest_task_timestamp_seconds When the webhook of the oldest task that is not done was received; absent where there is none.
# TYPE helpdesk_fetch_oldest_task_timestamp_seconds gauge
helpdesk_fetch_oldest_task_timestamp_seconds{source="desk"} 9.466848e+08
`
		if err := testutil.CollectAndCompare(q.metrics, strings.NewReader(want)); err != nil {
			t.Error(err)
		}
		stop(t, q)
	})
}

type refusing struct{ err error }

func (r refusing) RoundTrip(*http.Request) (*http.Response, error) { return nil, r.err }

// TestUnreachable: the address, which holds ids, is in no error.
func TestUnreachable(t *testing.T) {
	d := newDesk()
	q := open(t, memory.New(memory.Options{}).Tasks(), d, Options{Client: &http.Client{Transport: refusing{errors.New("no route to 5511900000001")}}})
	defer stop(t, q)
	r, err := http.NewRequestWithContext(t.Context(), "GET", "http://127.0.0.1:1/threads/5511900000001", nil)
	if err != nil {
		t.Fatal(err)
	}
	f := q.feeds["desk"]
	_, err = (&doer{f, f.limiter}).Do(r)
	var later *provider.Later
	if !errors.As(err, &later) || strings.Contains(err.Error(), "5511") {
		t.Errorf("got %v", err)
	}
}

func TestRecords(t *testing.T) {
	big := strings.Repeat("x", 40_000)
	var tasks []provider.Task
	for i := range 20 {
		tasks = append(tasks, provider.Task{Key: fmt.Sprint(i), Data: []byte(big)})
	}
	n := 0
	for _, part := range split(tasks) {
		r := logRecord{Source: "desk", Received: 1, Tasks: part}
		b := r.encode()
		if len(b) > journal.MaxRecord {
			t.Errorf("a record of %d bytes", len(b))
		}
		again, err := decodeRecord(b)
		if err != nil {
			t.Fatal(err)
		}
		for _, task := range again.Tasks {
			if task.Key != fmt.Sprint(n) || string(task.Data) != big {
				t.Errorf("task %d became %s", n, task.Key)
			}
			n++
		}
	}
	if n != 20 {
		t.Errorf("%d tasks", n)
	}
}

func FuzzRecord(f *testing.F) {
	r := logRecord{Source: "desk", Received: 1, Tasks: []provider.Task{{Key: "a", Data: []byte("b")}}}
	f.Add(r.encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := decodeRecord(b)
		if err != nil {
			return
		}
		if _, err := decodeRecord(r.encode()); err != nil {
			t.Fatal(err)
		}
	})
}
