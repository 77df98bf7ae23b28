package recount

import (
	"testing"
	"time"
)

// A night in which the clocks are set, walked second by second: the reading of
// the wall clock at each of them is what counts.
func TestOpenTimeOfSetClocks(t *testing.T) {
	for _, tc := range []struct {
		zone  string
		start time.Time
		hours int
		block [2]int
		want  time.Duration
	}{
		{"America/New_York", time.Date(2026, 3, 8, 4, 0, 0, 0, time.UTC), 6, [2]int{90, 195}, 45 * time.Minute},
		{"America/New_York", time.Date(2026, 11, 1, 4, 0, 0, 0, time.UTC), 6, [2]int{60, 120}, 2 * time.Hour},
		// half an hour is repeated
		{"Australia/Lord_Howe", time.Date(2026, 4, 4, 12, 0, 0, 0, time.UTC), 6, [2]int{90, 150}, 90 * time.Minute},
		{"America/Sao_Paulo", time.Date(2026, 11, 1, 3, 0, 0, 0, time.UTC), 6, [2]int{60, 120}, time.Hour},
	} {
		c := Calendar{Zone: tc.zone}
		for day := range c.Weekly {
			c.Weekly[day] = [][2]int{tc.block}
		}
		z := zonedCalendars([]Calendar{c})[0]
		sum := time.Duration(0)
		for s := range tc.hours * 3600 {
			local := tc.start.Add(time.Duration(s) * time.Second).In(z.zone)
			if m := local.Hour()*60 + local.Minute(); tc.block[0] <= m && m < tc.block[1] {
				sum += time.Second
			}
		}
		if sum != tc.want {
			t.Errorf("%s: walked %v, want %v", tc.zone, sum, tc.want)
		}
		if got := z.between(tc.start, tc.start.Add(time.Duration(tc.hours)*time.Hour)); got != tc.want {
			t.Errorf("%s: got %v, want %v", tc.zone, got, tc.want)
		}
	}
}

func TestOpenTimeWithinAMinute(t *testing.T) {
	z := zonedCalendars([]Calendar{{Zone: "UTC", Weekly: [7][][2]int{1: {{9*60 + 1, 9*60 + 2}}}}})[0]
	at := time.Date(2025, 3, 10, 9, 0, 30, 500, time.UTC)
	for _, tc := range []struct{ took, want time.Duration }{
		{20 * time.Second, 0},
		{30*time.Second - 500, 0},
		{30 * time.Second, 500},
		{time.Minute, 30*time.Second + 500},
		{time.Hour, time.Minute},
		{-time.Hour, 0},
	} {
		if got := z.between(at, at.Add(tc.took)); got != tc.want {
			t.Errorf("%v: got %v, want %v", tc.took, got, tc.want)
		}
	}
	var always *zoned
	if got := always.between(at, at.Add(time.Hour)); got != time.Hour {
		t.Errorf("without a calendar %v of an hour", got)
	}
	if got := always.between(at, at.Add(-time.Hour)); got != 0 {
		t.Errorf("without a calendar %v of nothing", got)
	}
}

func TestTargetOfTheMostSpecific(t *testing.T) {
	s := Defaults()
	s.Overrides = []Override{
		{Team: "t", Inbox: "i", Resolution: 4 * time.Second},
		{Inbox: "i", FirstResponse: time.Second, Resolution: 2 * time.Second},
		{Team: "t", FirstResponse: 3 * time.Second},
	}
	first := func(o Override) time.Duration { return o.FirstResponse }
	resolution := func(o Override) time.Duration { return o.Resolution }
	for _, tc := range []struct {
		inbox, team string
		of          func(Override) time.Duration
		want        time.Duration
	}{
		{"x", "x", first, time.Minute},
		{"i", "x", first, time.Second},
		{"i", "t", first, 3 * time.Second}, // both says nothing about it
		{"x", "t", first, 3 * time.Second},
		{"i", "t", resolution, 4 * time.Second},
		{"x", "t", resolution, time.Minute},
	} {
		if got := s.target(tc.inbox, tc.team, time.Minute, tc.of); got != tc.want {
			t.Errorf("inbox %s, team %s: got %v, want %v", tc.inbox, tc.team, got, tc.want)
		}
	}
}
