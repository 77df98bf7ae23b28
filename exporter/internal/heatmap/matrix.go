package heatmap

import (
	"sort"
	"time"
)

// Matrix is figures by weekday and hour.
type Matrix struct {
	// From and To bound what was looked at: whole quarters, from the first event
	// on and up to the receive time's.
	From, To int64
	// Cells by time.Weekday and hour.
	Cells [7][24]Cell
}

// Cell is an hour of a weekday.
type Cell struct {
	// Quarters of an hour that fell here.
	Quarters                    int
	Opened, Messages, Responses uint64
	sum                         int64 // ms
	waits                       [buckets]uint64
}

// Mean of the first responses; ok is false without any.
func (c *Cell) Mean() (d time.Duration, ok bool) {
	if c.Responses == 0 {
		return 0, false
	}
	return time.Duration(float64(c.sum) / float64(c.Responses) * float64(time.Millisecond)), true
}

// Median of the first responses, give or take a tenth; ok is false without any.
func (c *Cell) Median() (d time.Duration, ok bool) {
	if c.Responses == 0 {
		return 0, false
	}
	// The middle one, interpolated within its bucket.
	rank, before := float64(c.Responses)/2, uint64(0)
	for b, n := range c.waits {
		if n > 0 && float64(before+n) >= rank {
			low, high := bound(b-1), bound(b)
			return time.Duration(float64(low) + float64(high-low)*(rank-float64(before))/float64(n)), true
		}
		before += n
	}
	return 0, false
}

// PerHour turns a sum of the cell into a mean per hour.
func (c *Cell) PerHour(sum uint64) float64 {
	if c.Quarters == 0 {
		return 0
	}
	return float64(sum) * float64(hour/quarter) / float64(c.Quarters)
}

// Buckets of first responses: below a second, and a factor of 2^¼ each.
const (
	octaves = 20 // up to 12 days
	buckets = 4*octaves + 2
	// maxWait is the longest that is added up.
	maxWait = int64(1e9) << octaves
)

// bound is the end of a bucket, in ns; the last one has that of the one before.
func bound(b int) int64 {
	if b < 0 {
		return 0
	}
	b = min(b, 4*octaves)
	return [...]int64{1_000_000_000, 1_189_207_115, 1_414_213_562, 1_681_792_831}[b%4] << (b / 4)
}

// bucketOf gives the bucket of a wait.
func bucketOf(ns int64) uint8 {
	return uint8(sort.Search(buckets-1, func(b int) bool { return ns < bound(b) }))
}

// Matrix adds up the figures of the keys that match (nil for all) from one moment
// up to another, by the clock of a zone; a nil zone is UTC. What is not kept is
// left out, and From and To of the result say so.
func (h *Map) Matrix(match func(Key) bool, zone *time.Location, from, to int64) *Matrix {
	if zone == nil {
		zone = time.UTC
	}
	out := &Matrix{}
	if to <= from {
		return out
	}
	var list []*series
	first := h.now
	for k, s := range h.series {
		if match == nil || match(k) {
			list = append(list, s)
			first = min(first, s.since)
		}
	}
	from = max(min(from, maxTime), first, h.now-kept+quarter-1, 0)
	from -= from % quarter
	to = min(max(to, 0), h.now-h.now%quarter+quarter)
	if to += quarter - 1; len(list) == 0 || to-to%quarter <= from {
		return out
	}
	to -= to % quarter
	out.From, out.To = from, to
	places := localHours(zone, from, to)
	for _, p := range places {
		out.Cells[p/24][p%24].Quarters++
	}
	for _, s := range list {
		i, _ := s.find(from / day)
		for ; i < len(s.pages) && s.pages[i].day*day < to; i++ {
			p := &s.pages[i]
			place := func(q uint8) *Cell {
				at := p.day*day + int64(q)*quarter
				if at < from || at >= to {
					return nil
				}
				n := places[(at-from)/quarter]
				return &out.Cells[n/24][n%24]
			}
			for _, c := range p.cells {
				if cell := place(c.quarter); cell != nil {
					cell.Opened += uint64(c.opened)
					cell.Messages += uint64(c.messages)
					cell.Responses += uint64(c.responses)
					cell.sum += c.sum
				}
			}
			for _, w := range p.waits {
				if cell := place(w.quarter); cell != nil {
					cell.waits[w.bucket] += uint64(w.n)
				}
			}
		}
	}
	return out
}

// localHours gives, for each quarter from one moment up to another, 24 times the
// weekday and the hour.
func localHours(zone *time.Location, from, to int64) []uint8 {
	places := make([]uint8, 0, (to-from)/quarter)
	offset, until := int64(0), from
	for at := from; at < to; at += quarter {
		if at >= until {
			t := time.Unix(0, at).In(zone)
			_, s := t.Zone()
			offset = int64(s) * int64(time.Second)
			until = maxTime
			if _, end := t.ZoneBounds(); !end.IsZero() {
				until = end.UnixNano()
			}
		}
		local := at + offset
		if local < 0 {
			local += 7 * day * 2
		}
		// 1970 began on a Thursday.
		places = append(places, uint8((local/day+4)%7*24+local%day/hour))
	}
	return places
}
