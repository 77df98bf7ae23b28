package agents

import (
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

// windowBuckets is into how many parts a window is divided.
const windowBuckets = 60

// window adds up the time in which an agent was not offline, in buckets of
// event-independent time.
type window struct {
	buckets []bucket // by start
}

// bucket is a part of a window, in µs.
type bucket struct {
	start int64
	sums
}

// sums are what utilization and load are made of: time in µs, load and room in
// conversations times µs, of the time in which the capacity was known.
type sums struct{ busy, available, load, room int64 }

func (s *sums) add(o sums) {
	s.busy += o.busy
	s.available += o.available
	s.load += o.load
	s.room += o.room
}

// width is a bucket's for a window of so many µs: a second at least.
func width(span int64) int64 { return max(1_000_000, span/windowBuckets) }

func (w *window) add(span, from, to int64, state int, active, capacity int64) {
	wide := width(span)
	// What lies before the window's beginning would be dropped at once.
	from = max(from, to-span-2*wide)
	for from < to {
		start := from - from%wide
		end := min(to, start+wide)
		d := end - from
		var s sums
		switch state {
		case m.AgentBusy:
			s.busy = d
		case m.AgentAvailable:
			s.available = d
		}
		if capacity > 0 {
			s.load, s.room = active*d, capacity*d
		}
		w.into(start).add(s)
		from = end
	}
	w.expire(span, to)
}

// into gives the bucket that begins at start, which is not before the last.
func (w *window) into(start int64) *sums {
	if n := len(w.buckets); n == 0 || w.buckets[n-1].start < start {
		w.buckets = append(w.buckets, bucket{start: start})
	}
	return &w.buckets[len(w.buckets)-1].sums
}

// expire drops what ended before the window began.
func (w *window) expire(span, now int64) {
	wide, n := width(span), 0
	for n < len(w.buckets) && w.buckets[n].start+wide <= now-span {
		n++
	}
	if n > 0 {
		w.buckets = append(w.buckets[:0], w.buckets[n:]...)
	}
}

// regrid puts the buckets on the grid of another span.
func (w *window) regrid(span int64) {
	wide, old := width(span), w.buckets
	w.buckets = nil
	for _, b := range old {
		w.into(b.start - b.start%wide).add(b.sums)
	}
}

func (w *window) sum() (s sums) {
	for _, b := range w.buckets {
		s.add(b.sums)
	}
	return s
}
