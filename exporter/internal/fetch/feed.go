package fetch

import (
	"container/heap"
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

// feed is the queue of one source.
type feed struct {
	q    *Queue
	name string
	wake chan struct{} // of capacity 1

	mu      sync.Mutex
	fetcher provider.Fetcher // nil while the source is not configured
	limiter *rate.Limiter
	lanes   int
	// lines by key; those that no worker has are in due as well.
	lines   map[string]*line
	due     dueHeap
	running int
	waiting int // tasks, those under way included
	// quietUntil is when the vendor may be asked again.
	quietUntil time.Time
	logged     time.Time
}

// line is the tasks of one key.
type line struct {
	key   string
	tasks []task
	// at is when the first one is due; attempts and since are its.
	at       time.Time
	attempts int
	since    time.Time
	index    int // in the heap, -1 outside
}

type task struct {
	provider.Task
	record *pending
}

// pending is a record of the log that is not done.
type pending struct {
	seq      uint64
	left     int
	received time.Time
}

func newFeed(q *Queue, name string) *feed {
	f := &feed{q: q, name: name, wake: make(chan struct{}, 1), lines: map[string]*line{}}
	q.metrics.watch(f)
	return f
}

func (f *feed) configure(s Source) {
	f.mu.Lock()
	f.fetcher, f.lanes = s.Fetcher, s.Concurrency
	if s.Fetcher != nil {
		f.limiter = newLimiter(s.Rate)
		f.quietUntil = time.Time{} // a new token, perhaps
	}
	f.mu.Unlock()
	f.poke()
}

func (f *feed) poke() {
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// reserve makes room for n tasks, or gives it back.
func (f *feed) reserve(n int) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if n > 0 && f.waiting+n > f.q.opts.MaxTasks {
		return false
	}
	f.waiting += n
	return true
}

// add puts a record's tasks at the end of their lines.
func (f *feed) add(seq uint64, r logRecord) {
	f.mu.Lock()
	p := &pending{seq: seq, left: len(r.Tasks), received: time.Unix(0, r.Received).UTC()}
	f.waiting += len(r.Tasks)
	for _, t := range r.Tasks {
		l := f.lines[t.Key]
		if l == nil {
			l = &line{key: t.Key, index: -1, at: time.Now()}
			f.lines[t.Key] = l
			heap.Push(&f.due, l)
		}
		l.tasks = append(l.tasks, task{t, p})
	}
	f.mu.Unlock()
	f.poke()
}

// run hands lines to workers until ctx ends, and waits for them.
func (f *feed) run(ctx context.Context) {
	var workers sync.WaitGroup
	defer workers.Wait()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		l, pause := f.next()
		if l != nil {
			workers.Go(func() { f.work(ctx, l) })
			continue
		}
		timer.Reset(pause)
		select {
		case <-ctx.Done():
			return
		case <-f.wake:
		case <-timer.C:
		}
	}
}

// next takes the line that is due, or tells how long there is none.
func (f *feed) next() (*line, time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fetcher == nil || len(f.due) == 0 || f.running >= f.lanes {
		return nil, time.Hour
	}
	now := time.Now()
	at := f.due[0].at
	if f.quietUntil.After(at) {
		at = f.quietUntil
	}
	if at.After(now) {
		return nil, at.Sub(now)
	}
	l := heap.Pop(&f.due).(*line)
	f.running++
	return l, 0
}

// work does the first task of a line.
func (f *feed) work(ctx context.Context, l *line) {
	f.mu.Lock()
	t, fetcher, limiter := l.tasks[0], f.fetcher, f.limiter
	if l.attempts == 0 {
		l.since = time.Now()
	}
	f.mu.Unlock()
	err := ErrUnknownSource
	var res provider.Result
	if fetcher != nil {
		err = fetcher.Fetch(ctx, &doer{f, limiter}, t.Task, &res)
	}
	result := fetched
	switch {
	case ctx.Err() != nil:
		return // it is in the log
	case err == nil:
		if len(res.Events) == 0 {
			result = empty
		}
		if err = f.q.opts.Sink.Deliver(ctx, f.name, &res); err != nil {
			f.later(l, err)
			return
		}
	case errors.Is(err, provider.ErrGone):
		result = gone
	case f.passes(err) && time.Since(l.since) < f.q.opts.GiveUpAfter:
		f.later(l, err)
		return
	default:
		result = refused
		if f.passes(err) {
			result = expired
		}
		f.q.opts.Refused(f.name, t.Task, err)
		f.q.opts.Logger.Error("a task of a webhook was given up", "source", f.name, "reason", string(result), "err", err)
	}
	f.q.metrics.tasks.WithLabelValues(f.name, string(result)).Inc()
	f.finish(ctx, l)
}

// passes tells failures that may be over the next time.
func (f *feed) passes(err error) bool {
	var later *provider.Later
	return errors.As(err, &later) || errors.Is(err, provider.ErrDenied) || errors.Is(err, ErrUnknownSource)
}

// later puts a line back after a failure that passes.
func (f *feed) later(l *line, err error) {
	f.mu.Lock()
	now := time.Now()
	pause := min(f.q.opts.FirstPause<<min(l.attempts, 16), longestPause)
	// Half of it is random, so that many lines do not come back at once.
	l.at = now.Add(pause/2 + rand.N(pause/2+1))
	l.attempts++
	var asked *provider.Later
	quiet := time.Duration(0)
	switch {
	case errors.As(err, &asked):
		quiet = asked.After
	case errors.Is(err, provider.ErrDenied):
		quiet = deniedPause
	}
	if until := now.Add(quiet); until.After(f.quietUntil) {
		f.quietUntil = until
	}
	f.running--
	heap.Push(&f.due, l)
	say := now.Sub(f.logged) > time.Minute
	if say {
		f.logged = now
	}
	f.mu.Unlock()
	if say {
		level := slog.LevelWarn
		if errors.Is(err, provider.ErrDenied) {
			level = slog.LevelError
		}
		f.q.opts.Logger.Log(context.Background(), level, "a webhook's content cannot be fetched yet; it is tried again", "source", f.name, "err", err)
	}
	f.q.metrics.retries.WithLabelValues(f.name).Inc()
	f.poke()
}

// finish takes the first task off its line, and its record off the log with the
// last one.
func (f *feed) finish(ctx context.Context, l *line) {
	f.mu.Lock()
	record := l.tasks[0].record
	l.tasks[0] = task{}
	l.tasks = l.tasks[1:]
	f.running--
	f.waiting--
	l.attempts = 0
	if len(l.tasks) == 0 {
		delete(f.lines, l.key)
	} else {
		l.at = time.Now()
		heap.Push(&f.due, l)
	}
	record.left--
	last := record.left == 0
	f.mu.Unlock()
	f.poke()
	if !last {
		return
	}
	// A record that stays is done again after a restart, and gives events with
	// the same ids.
	if err := f.q.opts.Log.Delete(ctx, record.seq); err != nil && !errors.Is(err, journal.ErrNotFound) && ctx.Err() == nil {
		f.q.opts.Logger.Warn("a finished task stays in the journal", "source", f.name, "err", err)
	}
}

// state counts the tasks for the metrics: those under way, those that wait for
// another attempt, the rest; and when the oldest came in.
func (f *feed) state() (running, retrying, waiting int, oldest time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, l := range f.lines {
		if l.attempts > 0 && l.index >= 0 {
			retrying++
		}
		if at := l.tasks[0].record.received; oldest.IsZero() || at.Before(oldest) {
			oldest = at
		}
	}
	return f.running, retrying, max(f.waiting-f.running-retrying, 0), oldest
}

// doer limits and counts the requests of a source.
type doer struct {
	f       *feed
	limiter *rate.Limiter
}

// Do implements provider.Doer. What fails on the way is *provider.Later.
func (d *doer) Do(r *http.Request) (*http.Response, error) {
	if err := d.limiter.Wait(r.Context()); err != nil {
		return nil, &provider.Later{Err: err}
	}
	resp, err := d.f.q.opts.Client.Do(r)
	if err != nil {
		d.f.q.metrics.request(d.f.name, 0)
		// The client's error repeats the address, with ids of conversations.
		return nil, &provider.Later{Err: errUnreachable(err)}
	}
	d.f.q.metrics.request(d.f.name, resp.StatusCode)
	return resp, nil
}

func errUnreachable(err error) error {
	var timeout interface{ Timeout() bool }
	if errors.As(err, &timeout) && timeout.Timeout() {
		return errors.New("the vendor's API does not answer in time")
	}
	return errors.New("the vendor's API cannot be reached")
}

// dueHeap orders lines by when they are due.
type dueHeap []*line

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
func (h dueHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}
func (h *dueHeap) Push(x any) {
	l := x.(*line)
	l.index = len(*h)
	*h = append(*h, l)
}
func (h *dueHeap) Pop() any {
	old := *h
	l := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	l.index = -1
	return l
}
