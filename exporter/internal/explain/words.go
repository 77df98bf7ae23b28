package explain

import (
	"fmt"
	"strconv"
	"time"
)

// took says a duration in nanoseconds: to the millisecond below two minutes,
// so that it compares with the usual targets, then its two largest units.
func took(ns int64) string {
	if ns < 0 {
		return "-" + took(-ns)
	}
	if ns < int64(2*time.Minute) {
		ms := float64(ns/int64(time.Millisecond)) / 1e3
		return strconv.FormatFloat(ms, 'f', -1, 64) + " s"
	}
	s := ns / int64(time.Second)
	units := []struct {
		name string
		size int64
	}{{"d", 86400}, {"h", 3600}, {"min", 60}, {"s", 1}}
	for i, u := range units[:3] {
		if s < u.size {
			continue
		}
		out := fmt.Sprintf("%d %s", s/u.size, u.name)
		if rest := s % u.size / units[i+1].size; rest > 0 {
			out += fmt.Sprintf(" %d %s", rest, units[i+1].name)
		}
		return out
	}
	panic("unreachable")
}

// clock says the time of day, to the millisecond where that is not 0.
func clock(t time.Time) string {
	if t.Nanosecond()/int(time.Millisecond) == 0 {
		return t.Format(time.TimeOnly)
	}
	return t.Format("15:04:05.000")
}

// when says a moment, with its date where that is not the one of the step.
func (d *describer) when(ns int64) string {
	t := moment(ns)
	if at := moment(d.step.At); t.Year() == at.Year() && t.YearDay() == at.YearDay() {
		return clock(t)
	}
	return t.Format(time.DateOnly) + " " + clock(t)
}

// dated says when something was that is not dated like the step.
func (d *describer) dated(prefix string, ns int64) string {
	if ns == d.step.At {
		return ""
	}
	return prefix + d.when(ns)
}
