// Package heatmap keeps when customers come: opened conversations, messages and
// first responses by quarter of an hour in UTC, for 13 weeks, so that hours and
// weekdays of any time zone can be told afterwards: all zones in use are whole
// quarters off UTC, whatever their clocks do in spring and autumn.
//
// It is pure: no clock, no I/O; the same calls in the same order give the same
// state. A Map belongs to one goroutine; a Matrix is nobody's but the caller's.
// Times are Unix nanoseconds.
//
// # Definitions
//
//   - A conversation and a message count in the quarter of their event time, a
//     first response in that in which its clock started: when customers asked who
//     then waited so long.
//   - An hour of a weekday is what the clock on the wall shows. The hour that a
//     change of clocks skips has no quarters on that day, the one that it repeats
//     has eight; Cell.Quarters says over how many a figure is, so that a mean per
//     hour is right all the same.
//   - Quarters leave 13 weeks after they began. What is older when it comes, or
//     more than a day ahead of the receive time, is not kept.
//   - Usual volume (Typical) is the mean, over the last four weeks, of the
//     conversations opened in the same hour of the same weekday, by the clock on
//     the wall; weeks before the first event of the series are left out, and those
//     in which there was no such hour.
//   - The median comes from buckets that are a fifth wide (a factor of 2^¼),
//     between which it is interpolated.
package heatmap

import (
	"cmp"
	"slices"
	"time"

	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

const (
	// Weeks that are kept.
	Weeks = 13
	// TypicalWeeks are what usual volume looks back on.
	TypicalWeeks = 4
	// DefaultSeries and maxSeries bound how many keys are kept apart.
	DefaultSeries = 128
	maxSeries     = 1 << 16

	quarter  = int64(15 * time.Minute)
	hour     = int64(time.Hour)
	day      = int64(24 * time.Hour)
	quarters = int(day / quarter) // a day
	kept     = Weeks * 7 * day
	// maxTime keeps the arithmetic of times from overflowing.
	maxTime = int64(1) << 61
)

// Key is what figures are kept by.
type Key struct{ Source, Inbox, Team m.ID }

// Rest is where the figures of keys beyond the bound go.
var Rest = Key{m.Other, m.Other, m.Other}

func (k Key) compare(o Key) int {
	return cmp.Or(cmp.Compare(k.Source, o.Source), cmp.Compare(k.Inbox, o.Inbox), cmp.Compare(k.Team, o.Team))
}

// Map is the state. Advance comes before what is counted: it says what is too old
// and too new to be kept.
type Map struct {
	bound  int
	now    int64
	series map[Key]*series
	// last is what was looked up last; most events go where the one before went.
	last struct {
		key Key
		*series
	}
}

// series is the figures of one key.
type series struct {
	// since is the quarter of the first event.
	since int64
	pages []page // by day
}

// page is the quarters of a day in which something happened.
type page struct {
	day   int64
	cells []cell
	waits []wait
}

type cell struct {
	quarter                     uint8
	opened, messages, responses uint32
	sum                         int64 // of first responses, in ms
}

// wait counts the first responses of a quarter in a bucket.
type wait struct {
	quarter, bucket uint8
	n               uint32
}

// New returns an empty Map of at most so many keys.
func New(bound int) *Map {
	return &Map{bound: min(max(bound, 1), maxSeries), series: map[Key]*series{}}
}

// Advance tells the receive time, which never goes back.
func (h *Map) Advance(now int64) {
	now = max(h.now, min(now, maxTime))
	if now/day != h.now/day {
		// Whole days leave; what is older in a day that stays is left out when
		// somebody looks.
		for k, s := range h.series {
			n := 0
			for n < len(s.pages) && (s.pages[n].day+1)*day <= now-kept {
				n++
			}
			if s.pages = slices.Delete(s.pages, 0, n); len(s.pages) == 0 {
				delete(h.series, k)
				h.last.series = nil
			}
		}
	}
	h.now = now
}

// Opened counts a conversation that was opened at a moment.
func (h *Map) Opened(k Key, at int64) {
	if p, i := h.at(k, at); p != nil {
		p.cells[i].opened++
	}
}

// Message counts a message of a moment.
func (h *Map) Message(k Key, at int64) {
	if p, i := h.at(k, at); p != nil {
		p.cells[i].messages++
	}
}

// FirstResponse counts one whose clock started at a moment and ran so many
// nanoseconds; less than none is not counted.
func (h *Map) FirstResponse(k Key, start, took int64) {
	if took < 0 {
		return
	}
	p, i := h.at(k, start)
	if p == nil {
		return
	}
	c := &p.cells[i]
	c.responses++
	c.sum += min(took, maxWait) / int64(time.Millisecond)
	w := wait{c.quarter, bucketOf(took), 1}
	j, found := slices.BinarySearchFunc(p.waits, w, wait.compare)
	if found {
		p.waits[j].n++
	} else {
		p.waits = slices.Insert(p.waits, j, w)
	}
}

func (w wait) compare(o wait) int {
	return cmp.Or(cmp.Compare(w.quarter, o.quarter), cmp.Compare(w.bucket, o.bucket))
}

// at gives the page and the index of the cell of a moment, which is made where
// there is none; nil for moments that are not kept.
func (h *Map) at(k Key, at int64) (*page, int) {
	if at < 0 || at < h.now-kept || at > h.now+day {
		return nil, 0
	}
	s := h.last.series
	if s == nil || h.last.key != k {
		s = h.series[k]
		h.last.key, h.last.series = k, s
	}
	if s == nil {
		if len(h.series) >= h.bound {
			k = Rest
		}
		if s = h.series[k]; s == nil {
			s = &series{since: at - at%quarter}
			h.series[k] = s
		}
	}
	s.since = min(s.since, at-at%quarter)
	p := s.page(at / day)
	q := uint8(at % day / quarter)
	i := len(p.cells) - 1
	if i >= 0 && p.cells[i].quarter == q {
		return p, i
	}
	i, found := slices.BinarySearchFunc(p.cells, q, func(c cell, q uint8) int { return cmp.Compare(c.quarter, q) })
	if !found {
		p.cells = slices.Insert(p.cells, i, cell{quarter: q})
	}
	return p, i
}

func (s *series) page(day int64) *page {
	i := len(s.pages) - 1
	if i >= 0 && s.pages[i].day == day {
		return &s.pages[i]
	}
	i, found := s.find(day)
	if !found {
		s.pages = slices.Insert(s.pages, i, page{day: day})
	}
	return &s.pages[i]
}

func (s *series) find(day int64) (int, bool) {
	return slices.BinarySearchFunc(s.pages, day, func(p page, day int64) int { return cmp.Compare(p.day, day) })
}

// Any tells whether there are figures of anything.
func (h *Map) Any() bool { return len(h.series) > 0 }

// Keys appends what there are figures of, in order.
func (h *Map) Keys(dst []Key) []Key {
	n := len(dst)
	for k := range h.series {
		dst = append(dst, k)
	}
	slices.SortFunc(dst[n:], Key.compare)
	return dst
}

// Hours are the quarters of the same hour in the weeks before a moment, none where
// a change of clocks has left the hour out.
type Hours [TypicalWeeks][]int64

// HoursBefore gives those of a moment, by the clock of a zone; a nil zone is UTC.
// They are the same for all keys and until NextHour.
func HoursBefore(zone *time.Location, at int64) (hours Hours) {
	if zone == nil {
		zone = time.UTC
	}
	local := time.Unix(0, at).In(zone)
	for i := range hours {
		noon := time.Date(local.Year(), local.Month(), local.Day()-7*(i+1), 12, 0, 0, 0, zone)
		// The date lies within half a day of its noon and a change of clocks.
		first := noon.UnixNano() - 14*hour
		first -= first % quarter
		for q := first; q < first+28*hour; q += quarter {
			if t := time.Unix(0, q).In(zone); t.Hour() == local.Hour() && t.YearDay() == noon.YearDay() {
				hours[i] = append(hours[i], q)
			}
		}
	}
	return hours
}

// Typical gives the usual volume of such an hour, as conversations opened in an
// hour, and over how many weeks that is; without any there is none.
func (h *Map) Typical(k Key, hours Hours) (opened float64, weeks int) {
	s := h.series[k]
	if s == nil {
		return 0, 0
	}
	for _, list := range hours {
		if len(list) == 0 || list[0] < max(s.since, h.now-kept) {
			continue
		}
		sum := uint64(0)
		for _, q := range list {
			sum += s.opened(q)
		}
		opened += float64(sum) * float64(hour/quarter) / float64(len(list))
		weeks++
	}
	if weeks == 0 {
		return 0, 0
	}
	return opened / float64(weeks), weeks
}

func (s *series) opened(at int64) uint64 {
	i, found := s.find(at / day)
	if !found {
		return 0
	}
	q := uint8(at % day / quarter)
	cells := s.pages[i].cells
	j, found := slices.BinarySearchFunc(cells, q, func(c cell, q uint8) int { return cmp.Compare(c.quarter, q) })
	if !found {
		return 0
	}
	return uint64(cells[j].opened)
}

// NextHour is when the next hour of a zone begins: when Typical may change.
func NextHour(zone *time.Location, at int64) int64 {
	if zone == nil {
		zone = time.UTC
	}
	next := at - at%quarter + quarter
	for range 8 {
		if time.Unix(0, next).In(zone).Minute() < 15 {
			break
		}
		next += quarter
	}
	return next
}
