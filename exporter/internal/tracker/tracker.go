// Package tracker is the single writer of a lane: it commits what the webhooks
// accepted to the journal, folds it, lets time pass by ticks, and keeps
// snapshots of the folded state.
//
// One goroutine owns the state. Requests wait for it; it waits for the disk
// and for nobody else. An event is acknowledged once the journal has it on
// disk, before it is folded.
package tracker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/clock"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fold"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/intake"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/privacy"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
)

var (
	// ErrNotReady: the journal has not been replayed to its end yet.
	ErrNotReady = errors.New("the journal is still being replayed")
	// ErrStopped: the tracker is stopping.
	ErrStopped = errors.New("the exporter is stopping")
)

// Observer hears what happens, for the self-metrics. Its methods are called
// from the tracker's goroutines and must not block.
type Observer interface {
	Appended(took time.Duration)
	Duplicates(source string, n int)
	Late(by time.Duration)
	SnapshotDone(at time.Time)
	SnapshotFailed()
	RolledBack(n uint64)
}

// Options are what a Tracker is made of. Store, Intake, Keyring, Clock, Logger
// and Observer are required.
type Options struct {
	Store    journal.Store
	Intake   *intake.Intake
	Keyring  *privacy.Keyring
	Clock    clock.Clock
	Logger   *slog.Logger
	Observer Observer
	// Config is put in force at the start, by a record where it differs from
	// what the journal says.
	Config config.FoldConfig
	// SnapshotEvery [5m] is the time between snapshot rounds.
	SnapshotEvery time.Duration
	// Retention [30d] is how old records may become; those that snapshots
	// need are kept longer.
	Retention time.Duration
	// MaxBytes is the size of the lane above which the oldest records are
	// trimmed, 0 for none.
	MaxBytes uint64
	// RolledBack says that the journal was restored to an earlier state; Began
	// is called once that, and the configuration, stand in the journal.
	RolledBack bool
	Began      func() error
}

// Tracker is a running lane.
type Tracker struct {
	opts     Options
	log      *slog.Logger
	requests chan *request
	control  chan func(*loop)
	stop     chan struct{}
	done     chan struct{}
	stopOnce sync.Once
	ready    atomic.Bool
	failing  atomic.Bool
	applied  atomic.Uint64
	intake   atomic.Pointer[intake.Intake]
	err      error // of the loop, valid when done is closed
}

// request is one webhook's events on their way to the journal.
type request struct {
	events   []record.Event
	keys     []*privacy.Key // by event, nil where nothing is sealed
	received time.Time
	done     chan error
}

// newRequest makes one for n events; most webhooks hold one, which is one
// allocation then.
func newRequest(n int, received time.Time) *request {
	r := &struct {
		request
		event [1]record.Event
		key   [1]*privacy.Key
	}{}
	r.events, r.keys = r.event[:], r.key[:]
	if n != 1 {
		r.events, r.keys = make([]record.Event, n), make([]*privacy.Key, n)
	}
	r.received, r.done = received, make(chan error, 1)
	return &r.request
}

// Start loads the newest snapshot and replays the rest of the journal in the
// background; Ready tells when it is done. Until then Accept and View refuse.
func Start(ctx context.Context, opts Options) *Tracker {
	if opts.SnapshotEvery == 0 {
		opts.SnapshotEvery = 5 * time.Minute
	}
	if opts.Retention == 0 {
		opts.Retention = 30 * 24 * time.Hour
	}
	t := &Tracker{
		opts:     opts,
		log:      opts.Logger,
		requests: make(chan *request, 1024),
		control:  make(chan func(*loop)),
		stop:     make(chan struct{}),
		done:     make(chan struct{}),
	}
	t.intake.Store(opts.Intake)
	go func() {
		defer close(t.done)
		l := &loop{t: t}
		if t.err = l.load(ctx); t.err != nil {
			t.log.Error("the journal cannot be replayed", "err", t.err)
			return
		}
		l.run(ctx)
	}()
	return t
}

// Ready tells whether the journal was replayed to its end and takes records.
func (t *Tracker) Ready() bool { return t.ready.Load() && !t.failing.Load() }

// Replayed tells whether the journal was replayed to its end.
func (t *Tracker) Replayed() bool { return t.ready.Load() }

// Applied is the last sequence that was folded.
func (t *Tracker) Applied() uint64 { return t.applied.Load() }

// Done is closed when the tracker has ended by itself or by Stop; Err tells
// why.
func (t *Tracker) Done() <-chan struct{} { return t.done }

// Err is why the tracker ended, nil after a Stop.
func (t *Tracker) Err() error { return t.err }

// Accept seals events and returns once they are on disk. Its error wraps
// journal.ErrFull, journal.ErrUnavailable, ErrNotReady or ErrStopped: the
// sender has to try again.
func (t *Tracker) Accept(ctx context.Context, source string, events []event.Event, received time.Time) error {
	if !t.ready.Load() {
		return ErrNotReady
	}
	if len(events) == 0 {
		return nil
	}
	r := newRequest(len(events), received)
	in := t.intake.Load()
	for i := range events {
		e := &events[i]
		e.Source = source
		in.Prepare(e, &r.events[i])
		// The fold reads them after the caller has its slice back.
		r.events[i].Labels = slices.Clone(e.Labels)
		r.keys[i] = t.seal(e, &r.events[i])
		// It would fail the requests that share its commit.
		if record.SizeEvent(&r.events[i]) > journal.MaxRecord-commitOverhead {
			return fmt.Errorf("event %d of %d: %w", i+1, len(events), journal.ErrTooLarge)
		}
		t.opts.Observer.Late(received.Sub(e.Time))
	}
	select {
	case <-t.stop:
		return ErrStopped
	default:
	}
	select {
	case t.requests <- r:
	default: // full; to wait for one of several is slower
		select {
		case t.requests <- r:
		case <-t.stop:
			return ErrStopped
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	select {
	case err := <-r.done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", journal.ErrUnavailable, ctx.Err())
	case <-t.done:
		select {
		case err := <-r.done:
			return err
		default:
			return ErrStopped
		}
	}
}

// seal encrypts what is personal with the contact's key.
func (t *Tracker) seal(e *event.Event, r *record.Event) *privacy.Key {
	if r.Contact == (record.Key{}) {
		return nil
	}
	p := intake.PersonalOf(e)
	var buf [512]byte
	plain := p.Append(buf[:0])
	if len(plain) == 0 {
		return nil
	}
	key := t.opts.Keyring.Key(r.Contact)
	r.Sealed = key.Seal(make([]byte, 0, len(plain)+privacy.Overhead), plain)
	return key
}

// do runs fn in the loop.
func (t *Tracker) do(ctx context.Context, fn func(*loop)) error {
	if !t.ready.Load() {
		return ErrNotReady
	}
	done := make(chan struct{})
	select {
	case t.control <- func(l *loop) { fn(l); close(done) }:
	case <-t.done:
		return ErrStopped
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-done:
		return nil
	case <-t.done:
		return ErrStopped
	}
}

// View fills v with what a scrape shows.
func (t *Tracker) View(ctx context.Context, v *measure.View) error {
	return t.do(ctx, func(l *loop) { l.state.View(v) })
}

// Inspect runs fn with the state, in the loop; fn must be quick and keep
// nothing of it.
func (t *Tracker) Inspect(ctx context.Context, fn func(*fold.State)) error {
	return t.do(ctx, func(l *loop) { fn(l.state) })
}

// AdvanceTo moves a jumping clock to at, letting everything due on the way
// happen at its time, by one tick each.
func (t *Tracker) AdvanceTo(ctx context.Context, at time.Time) error {
	var failed error
	err := t.do(ctx, func(l *loop) { failed = l.advanceTo(ctx, at) })
	return errors.Join(err, failed)
}

// Configure puts a configuration in force: for the fold by a record, where it
// differs, for the intake from the next request on.
func (t *Tracker) Configure(ctx context.Context, cfg config.FoldConfig, in *intake.Intake) error {
	var failed error
	err := t.do(ctx, func(l *loop) { failed = l.configure(ctx, cfg) })
	if err = errors.Join(err, failed); err == nil {
		t.intake.Store(in)
	}
	return err
}

// Snapshot writes a round now and returns when it is on disk.
func (t *Tracker) Snapshot(ctx context.Context) error {
	var wait chan error
	if err := t.do(ctx, func(l *loop) { wait = l.startRound() }); err != nil {
		return err
	}
	select {
	case err := <-wait:
		return err
	case <-t.done:
		return ErrStopped
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Stop commits what was accepted, writes a last snapshot and ends the loop.
func (t *Tracker) Stop(ctx context.Context) error {
	t.stopOnce.Do(func() { close(t.stop) })
	select {
	case <-t.done:
		return t.err
	case <-ctx.Done():
		return fmt.Errorf("stopping the tracker: %w", ctx.Err())
	}
}
