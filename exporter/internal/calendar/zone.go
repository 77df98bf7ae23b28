package calendar

import "time"

// stretch is a stretch of time with one offset from UTC. It ends where the next
// one starts.
type stretch struct {
	start  int64
	offset int64 // nanoseconds to be added for the local reading
	// shift is added to what a clock with this offset alone would sum up, so
	// that open time goes on at the stretch's start from where it was.
	shift uint64
}

// local gives what the clock on the wall shows: the date in days since
// 1970-01-01 and the nanoseconds of that day.
func (s *stretch) local(at int64) (date, clock int64) {
	date, clock = at/nsDay, at%nsDay
	clock += s.offset
	for clock < 0 {
		date, clock = date-1, clock+nsDay
	}
	for clock >= nsDay {
		date, clock = date+1, clock-nsDay
	}
	return date, clock
}

// at gives the index of the stretch that an instant lies in.
func (c *Calendar) at(at int64) int {
	i, j := 0, len(c.zone)
	for j-i > 1 {
		if m := int(uint(i+j) / 2); c.zone[m].start <= at {
			i = m
		} else {
			j = m
		}
	}
	return i
}

// stretches lists the offsets of a zone over the whole range of instants.
func stretches(zone *time.Location) []stretch {
	var list []stretch
	for at := Min; ; {
		_, seconds := time.Unix(0, at).In(zone).Zone()
		offset := int64(seconds) * int64(time.Second)
		if n := len(list); n == 0 || list[n-1].offset != offset {
			list = append(list, stretch{start: at, offset: offset})
		}
		var ok bool
		if at, ok = nextBound(zone, at); !ok {
			return list
		}
	}
}

// nextBound gives an instant after at up to which the offset at at holds; false
// where it holds for ever.
func nextBound(zone *time.Location, at int64) (int64, bool) {
	t := time.Unix(0, at).In(zone)
	_, end := t.ZoneBounds()
	if end.IsZero() || end.After(time.Unix(0, Max)) {
		return 0, false
	}
	if end.After(t) {
		return end.UnixNano(), true
	}
	// Where a rule goes on for ever, Go may end a stretch a day before the end
	// of a leap year, and for the instants of that day before themselves. The
	// offset after such a bound is looked for in small steps.
	const step = nsHour
	if at > Max-step {
		return 0, false
	}
	offset := func(at int64) int {
		_, seconds := time.Unix(0, at).In(zone).Zone()
		return seconds
	}
	low, high := at, at+step
	if offset(low) == offset(high) {
		return high, true
	}
	for high-low > 1 {
		if m := low + (high-low)/2; offset(m) == offset(low) {
			low = m
		} else {
			high = m
		}
	}
	return high, true
}
