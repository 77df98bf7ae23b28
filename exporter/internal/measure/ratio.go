package measure

import (
	"slices"
	"sort"
	"time"
)

// A Ratio is a sum of hits over a sum of samples, both of the last span of
// time. Samples are kept in buckets of 1/1440 of the span, a second at least.
// A bucket [b, b+width) counts while b + width > now - span: a ratio is exact
// to the bucket, and costs what 1440 buckets take, whatever the traffic.

// DefaultWindow is the span of a store that was told no other.
const DefaultWindow = int64(24 * time.Hour)

const (
	windowBuckets = 1440
	minWidth      = int64(time.Second)
	// maxWindow and maxTime keep the arithmetic of times from overflowing.
	maxWindow = int64(1) << 60
	maxTime   = int64(1) << 61
	// maxSamples bounds the buckets of a series that was given dates far ahead
	// of now. Those within five minutes of it fit with room to spare.
	maxSamples = 2048
)

// ratios are the series of all Ratio families of a store.
type ratios struct {
	span int64
	// given: the span was set, or came with a snapshot.
	given  bool
	series map[openKey]*ratio
	// aging is a heap of the series that have buckets, the oldest first.
	aging []*ratio
}

// ratio is one series. hit and of are the sums of its buckets.
type ratio struct {
	key     openKey
	buckets []sample // by start, rising
	hit, of int64
	at      int // in aging
}

type sample struct{ start, hit, of int64 }

// width of a bucket.
func (rs *ratios) width() int64 { return max(minWidth, rs.span/windowBuckets) }

// bucket is the start of the bucket that holds a time.
func (rs *ratios) bucket(at int64) int64 {
	at, w := min(max(at, -maxTime), maxTime), rs.width()
	start := at - at%w
	if start > at {
		start -= w
	}
	return start
}

// dies is the first time at which a bucket no longer counts.
func (rs *ratios) dies(start int64) int64 { return start + rs.width() + rs.span }

// Sample adds hit and of to a Ratio's bucket of a time in Unix nanoseconds,
// that of the sample. typ is used by families with request type only. Buckets
// that no longer count are dropped by Expire.
func (s *Store) Sample(f *Family, scope ScopeID, typ ID, cell int, at, hit, of int64) {
	if f.Type != Ratio || s.scopes[scope].array != plainArray {
		panic("measure: " + f.Name + " takes no samples there")
	}
	if hit != 0 || of != 0 {
		s.ratios.add(f.key(scope, typ, cell, None, None), s.ratios.bucket(at), hit, of)
	}
}

func (rs *ratios) add(k openKey, start, hit, of int64) {
	r := rs.series[k]
	if r == nil {
		r = &ratio{key: k}
		rs.series[k] = r
	}
	fresh := len(r.buckets) == 0
	oldest := fresh || start < r.buckets[0].start
	r.add(start, hit, of)
	for len(r.buckets) > maxSamples {
		r.drop()
		oldest = true
	}
	switch {
	case fresh:
		r.at = len(rs.aging)
		rs.aging = append(rs.aging, r)
		rs.up(r.at)
	case oldest:
		rs.up(r.at)
		rs.down(r.at)
	}
}

func (r *ratio) add(start, hit, of int64) {
	r.hit += hit
	r.of += of
	i := len(r.buckets)
	if i > 0 && r.buckets[i-1].start >= start {
		i = sort.Search(i, func(i int) bool { return r.buckets[i].start >= start })
		if b := &r.buckets[i]; b.start == start {
			b.hit += hit
			b.of += of
			return
		}
	}
	r.buckets = slices.Insert(r.buckets, i, sample{start, hit, of})
}

// drop lets go of the oldest bucket.
func (r *ratio) drop() {
	r.hit -= r.buckets[0].hit
	r.of -= r.buckets[0].of
	if r.buckets = r.buckets[1:]; len(r.buckets) == 0 {
		r.buckets = nil
	}
}

// sums of the buckets that count at a time: of all but the dead ones, which
// Expire has left few of.
func (r *ratio) sums(rs *ratios, now int64) (hit, of int64) {
	hit, of = r.hit, r.of
	for _, b := range r.buckets {
		if rs.dies(b.start) > now {
			break
		}
		hit -= b.hit
		of -= b.of
	}
	return hit, of
}

// Window is the span of the ratios in nanoseconds.
func (s *Store) Window() int64 { return s.ratios.span }

// SetWindow changes the span of the ratios, in nanoseconds. The samples move
// to the buckets of the new grid; those that the old span had already dropped
// stay away.
func (s *Store) SetWindow(span int64) {
	s.ratios.given = true
	s.ratios.resize(span)
}

// AssumeWindow is SetWindow where the span is known neither from SetWindow nor
// from the snapshot that the store comes from, which says more than an owner
// who is catching up.
func (s *Store) AssumeWindow(span int64) {
	if !s.ratios.given {
		s.ratios.resize(span)
	}
}

func (rs *ratios) resize(span int64) {
	if span = min(max(span, minWidth), maxWindow); span == rs.span {
		return
	}
	rs.span = span
	for _, r := range rs.aging {
		// On the new grid the order stays, and with it the heap; several
		// buckets may become one.
		kept := r.buckets[:0]
		for _, b := range r.buckets {
			b.start = rs.bucket(b.start)
			if n := len(kept); n > 0 && kept[n-1].start == b.start {
				kept[n-1].hit += b.hit
				kept[n-1].of += b.of
			} else {
				kept = append(kept, b)
			}
		}
		r.buckets = kept
	}
}

// Expire drops the buckets that do not count at a time, which never goes back.
func (s *Store) Expire(now int64) {
	rs := &s.ratios
	for len(rs.aging) > 0 {
		r := rs.aging[0]
		if rs.dies(r.buckets[0].start) > now {
			return
		}
		for len(r.buckets) > 0 && rs.dies(r.buckets[0].start) <= now {
			r.drop()
		}
		if len(r.buckets) == 0 {
			last := len(rs.aging) - 1
			rs.swap(0, last)
			rs.aging[last] = nil
			rs.aging = rs.aging[:last]
		}
		rs.down(0)
	}
}

// NextExpiry is when Expire has something to do next.
func (s *Store) NextExpiry() (int64, bool) {
	if len(s.ratios.aging) == 0 {
		return 0, false
	}
	return s.ratios.dies(s.ratios.aging[0].buckets[0].start), true
}

func (rs *ratios) older(i, j int) bool {
	return rs.aging[i].buckets[0].start < rs.aging[j].buckets[0].start
}

func (rs *ratios) swap(i, j int) {
	rs.aging[i], rs.aging[j] = rs.aging[j], rs.aging[i]
	rs.aging[i].at, rs.aging[j].at = i, j
}

func (rs *ratios) up(i int) {
	for i > 0 && rs.older(i, (i-1)/2) {
		rs.swap(i, (i-1)/2)
		i = (i - 1) / 2
	}
}

func (rs *ratios) down(i int) {
	for {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(rs.aging); child++ {
			if rs.older(child, least) {
				least = child
			}
		}
		if least == i {
			return
		}
		rs.swap(i, least)
		i = least
	}
}
