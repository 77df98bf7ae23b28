package calendar

import (
	"testing"
	"time"
)

// naive answers the same questions by reading the local clock minute by minute,
// through package time. It holds for instants at which the zone's offset is of
// whole minutes.
type naive struct {
	spec Spec
	zone *time.Location
}

func newNaive(t testing.TB, spec Spec) naive {
	t.Helper()
	zone, err := time.LoadLocation(spec.Zone)
	if err != nil {
		t.Fatal(err)
	}
	return naive{spec, zone}
}

func (n naive) open(at int64) bool {
	t := time.Unix(0, at).In(n.zone)
	blocks, ok := n.spec.Holidays[t.Format(time.DateOnly)]
	if !ok {
		blocks = n.spec.Weekly[t.Weekday()]
	}
	minute := t.Hour()*60 + t.Minute()
	for _, b := range blocks {
		if b.From <= minute && minute < b.To {
			return true
		}
	}
	return false
}

// minute gives the whole minute that an instant lies in.
func minute(at int64) int64 { return at - ((at%nsMinute)+nsMinute)%nsMinute }

func (n naive) between(from, to int64) (sum int64) {
	for at := from; at < to; {
		next := min(to, minute(at)+nsMinute)
		if n.open(at) {
			sum += next - at
		}
		at = next
	}
	return sum
}

// span looks at most limit minutes far in both directions, and gives Min or Max
// where it finds no edge there.
func (n naive) span(at int64, limit int) (from, to int64, open bool) {
	open = n.open(at)
	from, to = Min, Max
	for i := range int64(limit) {
		if m := minute(at) - i*nsMinute; n.open(m-1) != open {
			from = m
			break
		}
	}
	for i := range int64(limit) {
		if m := minute(at) + (i+1)*nsMinute; n.open(m) != open {
			to = m
			break
		}
	}
	return from, to, open
}
