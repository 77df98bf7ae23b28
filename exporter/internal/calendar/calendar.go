// Package calendar is the arithmetic of opening hours: whether an instant is
// within them, how much of a stretch of time is, and when that changes next.
//
// Hours are read off the local clock. An instant is open where the date and
// the time of day that a clock on the wall of the zone shows at it lie in a
// block of that date. So an hour that the clock repeats in autumn is open
// twice, one that it skips never, and a date that a zone left out has no hours.
//
// It never reads the time nor a file after Compile, and knows nothing of whose
// hours they are. What it knows of zones is what Go does: the system's zone
// data, else those compiled in.
package calendar

import "math"
import "time"

// Instants are Unix nanoseconds. The ends of their range stand for times that
// never come: a stretch from Min began before all time, one to Max never ends.
const (
	Min int64 = math.MinInt64
	Max int64 = math.MaxInt64
)

const (
	nsMinute int64 = 60_000_000_000
	nsHour         = 60 * nsMinute
	nsDay          = 24 * nsHour
)

// Calendar tells open time from closed. It is never changed after Compile and
// may be used concurrently; no method allocates. The nil Calendar is always
// open.
type Calendar struct {
	location *time.Location
	zone     []stretch // by start; the first starts at Min

	days [7]day // by time.Weekday
	// before is the open time of a week, Sunday first, before each of its days;
	// week is that of the whole of it.
	before [7]int64
	week   int64
	// holidays by date.
	holidays []holiday
	// uniform: the week is all open or all closed, as days[0] is.
	uniform bool
}

// holiday is a date with hours of its own.
type holiday struct {
	date int64 // days since 1970-01-01
	day  day
	// extra is how much more open time this holiday and those before it have
	// than the week would give these dates; below zero for less.
	extra int64
}

// Zone is whose clock the calendar goes by; that of none is nil.
func (c *Calendar) Zone() *time.Location {
	if c == nil {
		return nil
	}
	return c.location
}

// Open tells whether the instant at is within the hours.
func (c *Calendar) Open(at int64) bool {
	if c == nil {
		return true
	}
	date, clock := c.zone[c.at(at)].local(at)
	return c.on(date).open(clock)
}

// Between gives the open nanoseconds in [from, to), 0 where to is not after
// from. Its cost does not depend on the length of the stretch. A result above
// the range of int64 (292 years) is its end.
func (c *Calendar) Between(from, to int64) int64 {
	if to <= from {
		return 0
	}
	open := uint64(to) - uint64(from)
	if c != nil {
		// Both are right but for multiples of 2^64, so their difference is right.
		open = c.sum(to) - c.sum(from)
	}
	return int64(min(open, uint64(Max)))
}

// Next gives the next instant after at whose state is another than that of the
// instant before it; false where none comes.
func (c *Calendar) Next(at int64) (int64, bool) {
	if c == nil {
		return 0, false
	}
	to := c.end(at)
	return to, to != Max
}

// Span gives the longest stretch [from, to) around at that is all open or all
// closed, and which.
func (c *Calendar) Span(at int64) (from, to int64, open bool) {
	if c == nil {
		return Min, Max, true
	}
	return c.start(at), c.end(at), c.Open(at)
}

// on gives the hours of a date.
func (c *Calendar) on(date int64) *day {
	if i := c.holiday(date); i < len(c.holidays) && c.holidays[i].date == date {
		return &c.holidays[i].day
	}
	_, weekday := week(date)
	return &c.days[weekday]
}

// holiday gives the number of holidays before a date.
func (c *Calendar) holiday(date int64) int {
	i, j := 0, len(c.holidays)
	for i < j {
		if m := int(uint(i+j) / 2); c.holidays[m].date < date {
			i = m + 1
		} else {
			j = m
		}
	}
	return i
}

// sum is the open time before an instant, modulo 2^64 and counted from an
// origin that is the same for all instants.
func (c *Calendar) sum(at int64) uint64 {
	s := &c.zone[c.at(at)]
	return c.sumLocal(s.local(at)) + s.shift
}

// sumLocal is sum for a clock that is never put forward or back.
func (c *Calendar) sumLocal(date, clock int64) uint64 {
	weeks, weekday := week(date)
	d := &c.days[weekday]
	n := weeks*c.week + c.before[weekday]
	i := c.holiday(date)
	if i > 0 {
		n += c.holidays[i-1].extra
	}
	if i < len(c.holidays) && c.holidays[i].date == date {
		d = &c.holidays[i].day
	}
	return uint64(n + d.sum(clock))
}

// week gives the number of a date's week, counted from that of 1970-01-01, and
// its weekday.
func week(date int64) (weeks, weekday int64) {
	const thursday = 4 // was 1970-01-01
	date += thursday
	weeks = date / 7
	if weekday = date % 7; weekday < 0 {
		weeks, weekday = weeks-1, weekday+7
	}
	return weeks, weekday
}
