// Package memory is a journal in memory, for tests and replays. It keeps the
// whole contract of package journal but one: nothing is on disk, so nothing
// outlives the process. It never does I/O and starts no goroutine.
package memory

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
)

// Limits of the rejected log, as in every journal.
const (
	rejectedPerSubject = 100
	rejectedMaxAge     = 7 * 24 * time.Hour
)

// Options of a Store; the zero value has no limit and the wall clock.
type Options struct {
	// LaneBytes is the size at which the lane refuses with ErrFull, 0 none.
	LaneBytes uint64
	// TasksBytes is the same of the log of tasks.
	TasksBytes uint64
	// Now dates the records.
	Now func() time.Time
}

// Store is a journal in memory; see journal.Store.
type Store struct {
	mu       sync.Mutex
	now      func() time.Time
	closed   bool
	onAppend func(ctx context.Context, log string) error
	onRead   func(ctx context.Context, log string) error

	lane, keys, rejected, tasks, threads *memLog
	snapshots                            *blobs
}

var _ journal.Store = (*Store)(nil)

// New returns an empty Store.
func New(o Options) *Store {
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Store{now: o.Now}
	s.lane = &memLog{store: s, name: "lane", limit: o.LaneBytes, next: 1}
	s.keys = &memLog{store: s, name: "keys", next: 1}
	s.rejected = &memLog{store: s, name: "rejected", next: 1, bySubject: true}
	s.tasks = &memLog{store: s, name: "tasks", limit: o.TasksBytes, next: 1}
	s.threads = &memLog{store: s, name: "threads", next: 1}
	s.snapshots = &blobs{store: s, byName: map[string]*blob{}}
	return s
}

// Lane is part of journal.Store.
func (s *Store) Lane() journal.Log { return s.lane }

// Keys is part of journal.Store.
func (s *Store) Keys() journal.Log { return s.keys }

// Rejected is part of journal.Store.
func (s *Store) Rejected() journal.Log { return s.rejected }

// Tasks is part of journal.Store.
func (s *Store) Tasks() journal.Log { return s.tasks }

// Threads is part of journal.Store.
func (s *Store) Threads() journal.Log { return s.threads }

// Snapshots is part of journal.Store.
func (s *Store) Snapshots() journal.Blobs { return s.snapshots }

// Close makes every later call fail with ErrUnavailable. Closing twice is no
// error.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return nil
}

// OnAppend lets a test stand in the way of writes: f runs before each Append,
// Delete, Trim and Put, outside of every lock, with the name of the log
// ("lane", "keys", "rejected", "tasks", "threads", "snapshots"); its error is returned instead of
// writing. nil removes it.
func (s *Store) OnAppend(f func(ctx context.Context, log string) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onAppend = f
}

// OnRead is OnAppend for Read, Get, State and List.
func (s *Store) OnRead(f func(ctx context.Context, log string) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onRead = f
}

// FailAppends makes every write fail with err until it is called with nil.
func (s *Store) FailAppends(err error) { s.OnAppend(failWith(err)) }

// FailReads makes every read fail with err until it is called with nil.
func (s *Store) FailReads(err error) { s.OnRead(failWith(err)) }

func failWith(err error) func(context.Context, string) error {
	if err == nil {
		return nil
	}
	return func(context.Context, string) error { return err }
}

// before says whether a call may go on.
func (s *Store) before(ctx context.Context, log string, write bool) error {
	s.mu.Lock()
	closed, hook := s.closed, s.onRead
	if write {
		hook = s.onAppend
	}
	s.mu.Unlock()
	if closed {
		return fmt.Errorf("%w: it is closed", journal.ErrUnavailable)
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%w: %w", journal.ErrUnavailable, err)
	}
	if hook != nil {
		return hook(ctx, log)
	}
	return nil
}
