package simulate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

// Stream is where a Sender takes its items from, in order of At; a Scenario is
// one.
type Stream interface {
	// Start is the time from which Run counts.
	Start() time.Time
	// Duration of the whole; 0 where it has no end.
	Duration() time.Duration
	Next() (Item, bool)
}

var _ Stream = (*Scenario)(nil)

// Clock is the time by which a Sender waits for an item's moment.
type Clock interface {
	Now() time.Time
	// WaitUntil returns at t, at once if it is past, or with ctx's error.
	WaitUntil(ctx context.Context, t time.Time) error
}

// Sender posts items to an exporter as a vendor does: signed, at least once,
// one customer's in order, trying again for as long as it takes. Set the
// fields before the first call; the methods may be used concurrently.
type Sender struct {
	// URL of the source's webhook, http://host:port/webhooks/<source>.
	URL    string
	Writer provider.Writer
	// Client [one with time-outs, that keeps its connections].
	Client *http.Client
	// Clock that Run goes by [the wall clock].
	Clock Clock
	// Speed divides the gaps between items, and with them the differences
	// between the events' times [1].
	Speed float64
	// Unpaced sends as fast as the exporter takes it and leaves the events
	// their own times, which should then lie in the past.
	Unpaced bool
	// OwnTime sends each item at its own time by the clock, and at once what is
	// past, instead of counting from the moment at which Run begins.
	OwnTime bool
	// Rate is the most requests a second that Run begins [no bound].
	Rate float64
	// Workers send side by side; one customer's events are always sent by the
	// same [8].
	Workers int
	// Batch is how many events that are due together share a request [1].
	Batch int
	// GiveUpAfter of trying in vain, a request fails [only with ctx].
	GiveUpAfter time.Duration
	// Progress gets a line that renews itself on a terminal, else one line
	// every ten seconds [none].
	Progress io.Writer

	writing sync.Mutex // a Writer promises nothing about concurrent use
	once    sync.Once
	client  *http.Client
	counts  counts
}

// Stats count what a Sender has done so far.
type Stats struct {
	// Events handed to the Writer; Acked of them were answered with success,
	// Rejected refused for good, Unsaid ones the vendor has no words for.
	Events, Acked, Rejected, Unsaid int64
	// Requests acknowledged; Attempts that this took, Retries of them because
	// an earlier one was in vain.
	Requests, Attempts, Retries int64
	// Uncertain attempts failed after the request may have arrived: sending
	// again may have made duplicates.
	Uncertain int64
}

type counts struct {
	events, acked, rejected, unsaid, requests, attempts, retries, uncertain atomic.Int64
	// position is how far Run is in the stream, in nanoseconds.
	position atomic.Int64
}

// Stats may be called at any time.
func (s *Sender) Stats() Stats {
	c := &s.counts
	return Stats{
		Events: c.events.Load(), Acked: c.acked.Load(), Rejected: c.rejected.Load(), Unsaid: c.unsaid.Load(),
		Requests: c.requests.Load(), Attempts: c.attempts.Load(), Retries: c.retries.Load(), Uncertain: c.uncertain.Load(),
	}
}

// ErrSender is wrapped by Run's error for a Sender that is set up wrongly.
var ErrSender = errors.New("sender is not set up")

// Run sends a stream in real time: its start is now, and each event's time is
// moved accordingly. It returns when the stream has ended and everything is
// acknowledged, with ctx's error, or with a *RefusedError where the exporter
// refuses this sender altogether. A request that is refused for itself is
// counted and left.
func (s *Sender) Run(ctx context.Context, stream Stream) (Stats, error) {
	if s.URL == "" || s.Writer == nil {
		return Stats{}, fmt.Errorf("%w: URL and Writer are needed", ErrSender)
	}
	if s.Speed < 0 || s.Rate < 0 || math.IsNaN(s.Speed) || math.IsInf(s.Speed, 0) {
		return Stats{}, fmt.Errorf("%w: speed %g and rate %g must be positive", ErrSender, s.Speed, s.Rate)
	}
	stop := s.report(stream)
	defer stop()

	group, inner := errgroup.WithContext(ctx)
	lanes := make([]chan event.Event, max(1, orInt(s.Workers, 8)))
	for i := range lanes {
		lanes[i] = make(chan event.Event, 64)
		group.Go(func() error { return s.work(inner, lanes[i]) })
	}
	err := s.dispatch(inner, stream, lanes)
	for _, lane := range lanes {
		close(lane)
	}
	if failed := group.Wait(); failed != nil {
		err = failed
	}
	// A connection on which nothing was sent yet would hold up the exporter's stop.
	if s.client != nil {
		s.client.CloseIdleConnections()
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return s.Stats(), err
}

// dispatch waits for each item's moment and gives it to its customer's worker.
func (s *Sender) dispatch(ctx context.Context, stream Stream, lanes []chan event.Event) error {
	clock := s.Clock
	if clock == nil {
		clock = wallClock{}
	}
	speed := s.Speed
	if speed == 0 {
		speed = 1
	}
	begin, origin := clock.Now(), stream.Start()
	now := func(t time.Time) time.Time {
		if s.OwnTime {
			return t
		}
		return begin.Add(time.Duration(float64(t.Sub(origin)) / speed))
	}
	next := begin
	for {
		it, ok := stream.Next()
		if !ok {
			return nil
		}
		if !s.Unpaced {
			if err := clock.WaitUntil(ctx, now(it.At)); err != nil {
				return err
			}
			// Without the monotonic reading: event times are plain data.
			it.Event.Time = now(it.Event.Time).Round(0)
		}
		if s.Rate > 0 {
			if err := clock.WaitUntil(ctx, next); err != nil {
				return err
			}
			if t := clock.Now(); t.After(next) {
				next = t
			}
			next = next.Add(time.Duration(float64(time.Second) / s.Rate))
		}
		s.counts.position.Store(int64(it.At.Sub(origin)))
		select {
		case lanes[it.Key%uint64(len(lanes))] <- it.Event:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// work sends what comes down a lane, in order.
func (s *Sender) work(ctx context.Context, lane <-chan event.Event) error {
	batch := make([]event.Event, 0, max(1, s.Batch))
	for e := range lane {
		batch = append(batch[:0], e)
	fill:
		for len(batch) < s.Batch {
			select {
			case e, ok := <-lane:
				if !ok {
					break fill
				}
				batch = append(batch, e)
			default:
				break fill
			}
		}
		if err := s.send(ctx, batch); err != nil {
			return err
		}
	}
	return nil
}

func (s *Sender) send(ctx context.Context, batch []event.Event) error {
	n := int64(len(batch))
	s.counts.events.Add(n)
	s.writing.Lock()
	reqs, err := s.Writer.Write(batch)
	s.writing.Unlock()
	if err != nil {
		return fmt.Errorf("write webhook: %w", err)
	}
	if len(reqs) == 0 {
		s.counts.unsaid.Add(n)
		return nil
	}
	err = s.Post(ctx, reqs)
	if refused := (*RefusedError)(nil); errors.As(err, &refused) && !refused.Sender {
		s.counts.rejected.Add(n)
		return nil
	}
	if err == nil {
		s.counts.acked.Add(n)
	}
	return err
}

// wallClock is the machine's.
type wallClock struct{}

func (wallClock) Now() time.Time { return time.Now() }

func (wallClock) WaitUntil(ctx context.Context, t time.Time) error { return sleep(ctx, time.Until(t)) }

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func orInt(v, otherwise int) int {
	if v == 0 {
		return otherwise
	}
	return v
}
