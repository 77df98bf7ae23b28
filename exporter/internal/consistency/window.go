package consistency

// windowBuckets is into how many parts a window is divided.
const windowBuckets = 360

// window sums similarities up in buckets of receive time. A bucket counts while
// its end lies in the window.
type window struct{ buckets []bucket } // by start

type bucket struct{ start, sum, n int64 }

func width(span int64) int64 { return max(minWindow, span/windowBuckets) }

// add adds a sample; at is not before that of an earlier one.
func (w *window) add(span, at, likeness int64) {
	w.expire(span, at)
	b := w.into(at - at%width(span))
	b.sum += likeness
	b.n++
}

func (w *window) into(start int64) *bucket {
	if n := len(w.buckets); n == 0 || w.buckets[n-1].start < start {
		w.buckets = append(w.buckets, bucket{start: start})
	}
	return &w.buckets[len(w.buckets)-1]
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
	for _, o := range old {
		b := w.into(o.start - o.start%wide)
		b.sum += o.sum
		b.n += o.n
	}
}

// total is the sum of what counts at a moment.
func (w *window) total(span, now int64) (sum, n int64) {
	wide := width(span)
	for _, b := range w.buckets {
		if b.start+wide > now-span {
			sum += b.sum
			n += b.n
		}
	}
	return sum, n
}
