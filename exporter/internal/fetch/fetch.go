// Package fetch does the work that thin webhooks leave: it keeps tasks in a log
// of the journal, lets a source's provider.Fetcher turn them into events, and
// hands these to the webhook server's way to the journal. Nothing that was
// acknowledged is forgotten: a task leaves the log once its events are on disk,
// so that a restart begins again with whatever was not; events are recognised
// by their ids where a task is done twice.
//
// Each source has its own queue: tasks with one key in their order, a bounded
// number of keys at a time, requests at a bounded rate. A vendor that asks for a
// pause gets it for the whole source. Waiting is real time, not the simulated
// clock's.
package fetch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/time/rate"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

// Sink takes what was fetched, as the webhook server takes what a request held:
// it returns nil only when the events are on disk.
type Sink interface {
	Deliver(ctx context.Context, source string, res *provider.Result) error
}

// Defaults of Options and Source.
const (
	DefaultConcurrency = 4
	DefaultRate        = 8
	DefaultMaxTasks    = 100_000
	DefaultTimeout     = 20 * time.Second
	DefaultGiveUpAfter = 24 * time.Hour
)

// Pauses between attempts: they double from the first to the longest.
const (
	firstPause   = time.Second
	longestPause = 5 * time.Minute
	// deniedPause lets somebody change the token.
	deniedPause = time.Minute
)

// Options of a Queue. Zero values mean the defaults above.
type Options struct {
	// Log keeps the tasks; nobody else writes to it.
	Log  journal.Log
	Sink Sink
	// Refused is told of tasks that were given up, with the reason: they are
	// counted, and may be kept for inspection.
	Refused    func(source string, task provider.Task, why error)
	Logger     *slog.Logger
	Registerer prometheus.Registerer
	// Client sends the requests.
	Client *http.Client
	// MaxTasks of a source that wait; beyond it Add refuses with journal.ErrFull.
	MaxTasks int
	// GiveUpAfter is how long a task is tried.
	GiveUpAfter time.Duration
	// FirstPause after a failure [1s]; it doubles with each, to 5 minutes.
	FirstPause time.Duration
}

// Source is one that has tasks.
type Source struct {
	Name    string
	Fetcher provider.Fetcher
	// Rate is how many requests a second, Concurrency how many keys at a time.
	Rate        float64
	Concurrency int
}

// Queue holds the tasks of all sources; New makes one. Its methods may be
// called concurrently.
type Queue struct {
	opts    Options
	metrics *queueMetrics

	mu    sync.Mutex
	feeds map[string]*feed
	// started: the log was read and the feeds run under ctx.
	ctx    context.Context
	stop   context.CancelFunc
	active sync.WaitGroup
}

// ErrUnknownSource: no source of that name has a Fetcher.
var ErrUnknownSource = errors.New("source fetches nothing")

// New makes a queue that does nothing until Start.
func New(opts Options, sources []Source) *Queue {
	if opts.Client == nil {
		opts.Client = &http.Client{Timeout: DefaultTimeout}
	}
	if opts.MaxTasks == 0 {
		opts.MaxTasks = DefaultMaxTasks
	}
	if opts.GiveUpAfter == 0 {
		opts.GiveUpAfter = DefaultGiveUpAfter
	}
	if opts.FirstPause == 0 {
		opts.FirstPause = firstPause
	}
	if opts.Refused == nil {
		opts.Refused = func(string, provider.Task, error) {}
	}
	q := &Queue{opts: opts, metrics: newQueueMetrics(opts.Registerer), feeds: map[string]*feed{}}
	q.SetSources(sources)
	return q
}

// SetSources replaces the sources, after a reload. Tasks of sources that are
// gone stay in the log and go on when the source comes back.
func (q *Queue) SetSources(sources []Source) {
	q.mu.Lock()
	defer q.mu.Unlock()
	gone := maps.Clone(q.feeds)
	for _, s := range sources {
		if s.Rate == 0 {
			s.Rate = DefaultRate
		}
		if s.Concurrency == 0 {
			s.Concurrency = DefaultConcurrency
		}
		delete(gone, s.Name)
		f := q.feeds[s.Name]
		if f == nil {
			f = newFeed(q, s.Name)
			q.feeds[s.Name] = f
			if q.ctx != nil {
				q.run(f)
			}
		}
		f.configure(s)
	}
	for _, f := range gone {
		f.configure(Source{Name: f.name})
	}
}

func (q *Queue) run(f *feed) { q.active.Go(func() { f.run(q.ctx) }) }

// Start reads the log and begins to work; Stop ends it.
func (q *Queue) Start(ctx context.Context) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	damaged := 0
	err := q.opts.Log.Read(ctx, 1, func(e journal.Entry) error {
		r, err := decodeRecord(e.Data)
		if err != nil {
			damaged++
			return nil
		}
		f := q.feeds[r.Source]
		if f == nil {
			f = newFeed(q, r.Source)
			q.feeds[r.Source] = f
		}
		f.add(e.Seq, r)
		return nil
	})
	if err != nil {
		return fmt.Errorf("tasks: %w", err)
	}
	if damaged > 0 {
		q.opts.Logger.Error("tasks in the journal cannot be read; they are left alone", "records", damaged)
	}
	q.ctx, q.stop = context.WithCancel(context.WithoutCancel(ctx))
	for _, f := range q.feeds {
		q.run(f)
	}
	return nil
}

// Stop waits for the requests under way, at most until ctx ends. Tasks that are
// not done stay in the log.
func (q *Queue) Stop(ctx context.Context) error {
	q.mu.Lock()
	stop := q.stop
	q.mu.Unlock()
	if stop == nil {
		return nil
	}
	stop()
	done := make(chan struct{})
	go func() { q.active.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Add keeps a request's tasks. It returns nil once they are on disk; its errors
// wrap ErrUnknownSource, journal.ErrFull, journal.ErrTooLarge or
// journal.ErrUnavailable, and then a part of the tasks may have been kept.
func (q *Queue) Add(ctx context.Context, source string, tasks []provider.Task, received time.Time) error {
	q.mu.Lock()
	f := q.feeds[source]
	q.mu.Unlock()
	if f == nil {
		return ErrUnknownSource
	}
	if !f.reserve(len(tasks)) {
		return fmt.Errorf("%w: %d tasks of %s wait", journal.ErrFull, q.opts.MaxTasks, source)
	}
	for _, part := range split(tasks) {
		r := logRecord{Source: source, Received: received.UnixNano(), Tasks: part}
		seq, err := q.opts.Log.Append(ctx, "", r.encode())
		if err != nil {
			f.reserve(-len(part))
			tasks = tasks[len(part):]
			f.reserve(-len(tasks))
			return err
		}
		f.reserve(-len(part)) // add counts them
		f.add(seq, r)
		tasks = tasks[len(part):]
	}
	return nil
}

// newLimiter allows a burst of a second's worth.
func newLimiter(perSecond float64) *rate.Limiter {
	return rate.NewLimiter(rate.Limit(perSecond), max(1, int(perSecond)))
}
