// Package clock is the time that the exporter goes by: the machine's in serve,
// one that jumps from event to event in the demo.
package clock

import (
	"sync"
	"time"
)

// Clock tells the time. Implementations may be used concurrently.
type Clock interface {
	Now() time.Time
	// At returns a channel on which the clock sends once it has reached t, and
	// a function that gives up waiting.
	At(t time.Time) (<-chan time.Time, func())
}

// System is the machine's clock.
type System struct{}

// Now is time.Now.
func (System) Now() time.Time { return time.Now() }

// At waits with a timer.
func (System) At(t time.Time) (<-chan time.Time, func()) {
	timer := time.NewTimer(time.Until(t))
	return timer.C, func() { timer.Stop() }
}

// Jumping stands still until it is set, and becomes the machine's clock when
// it is released. It never runs backwards.
type Jumping struct {
	mu       sync.Mutex
	now      time.Time
	released bool
	// waiting are those who asked while the clock stood.
	waiting map[*waiter]struct{}
}

type waiter struct {
	at    time.Time
	ch    chan time.Time
	timer *time.Timer
}

// NewJumping returns a clock that stands at t.
func NewJumping(t time.Time) *Jumping {
	return &Jumping{now: t, waiting: map[*waiter]struct{}{}}
}

// Now is where the clock stands, or the machine's time once it is released.
func (j *Jumping) Now() time.Time {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.released {
		if t := time.Now(); t.After(j.now) {
			j.now = t
		}
	}
	return j.now
}

// At never sends while the clock stands: whoever sets it lets what is due
// happen. Once released it waits as the machine's clock does, for those too who
// asked before.
func (j *Jumping) At(t time.Time) (<-chan time.Time, func()) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.released {
		return System{}.At(t)
	}
	w := &waiter{at: t, ch: make(chan time.Time, 1)}
	j.waiting[w] = struct{}{}
	return w.ch, func() {
		j.mu.Lock()
		defer j.mu.Unlock()
		delete(j.waiting, w)
		if w.timer != nil {
			w.timer.Stop()
		}
	}
}

// Set moves the clock forward to t; an earlier t changes nothing.
func (j *Jumping) Set(t time.Time) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if t.After(j.now) {
		j.now = t
	}
}

// Release lets the clock run with the machine's.
func (j *Jumping) Release() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.released = true
	for w := range j.waiting {
		w.timer = time.AfterFunc(time.Until(w.at), func() { w.ch <- time.Now() })
	}
	clear(j.waiting)
}

// Released tells whether the clock runs.
func (j *Jumping) Released() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.released
}
