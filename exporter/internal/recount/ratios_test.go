package recount

import (
	"testing"
	"time"
)

func TestRatiosLookBackByWholeBuckets(t *testing.T) {
	now := time.Date(2025, 3, 10, 9, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		window, age time.Duration
		counts      bool
	}{
		{24 * time.Hour, 24 * time.Hour, true},
		{24 * time.Hour, 24*time.Hour + time.Second, false},
		// an hour has buckets of two seconds and a half, from 1970 on
		{time.Hour, time.Hour, true},
		{time.Hour, time.Hour + time.Second, false},
		{time.Hour + 500*time.Millisecond, time.Hour, true},
		// no bucket is shorter than a second
		{time.Minute, time.Minute, true},
		{time.Minute, time.Minute + time.Nanosecond, false},
		// what is dated ahead counts
		{time.Minute, -time.Minute, true},
	} {
		r := &recount{s: Settings{RatiosWindow: tc.window}, now: now, totals: Totals{}}
		r.sample(now.Add(-tc.age), 1, 1, "x")
		r.ratios()
		if _, counts := r.totals["x{}"]; counts != tc.counts {
			t.Errorf("%v ago in a window of %v: %v", tc.age, tc.window, counts)
		}
	}
}

func TestScores(t *testing.T) {
	s := CSAT{Scales: map[int]map[int]int{10: {9: 4, 3: 1}}}
	for _, tc := range []struct {
		score, scale float64
		want         int // 0: none
	}{
		{1, 5, 1}, {5, 5, 5}, {4.5, 5, 5}, {4.4, 5, 4}, {0.9, 5, 0}, {5.1, 5, 0},
		{1, 3, 1}, {2, 3, 3}, {3, 3, 5}, {1, 2, 1}, {2, 2, 5}, {1, 1, 0},
		{1, 7, 1}, {2, 7, 2}, {3, 7, 2}, {4, 7, 3}, {5, 7, 4}, {6, 7, 4}, {7, 7, 5},
		{9, 10, 4}, {3, 10, 1}, {4, 10, 2}, {8.5, 10, 4}, {10, 10, 5}, {11, 10, 0},
	} {
		got, ok := s.score(tc.score, tc.scale)
		if ok != (tc.want != 0) || got != tc.want {
			t.Errorf("%g of %g: got %d %v, want %d", tc.score, tc.scale, got, ok, tc.want)
		}
	}
}
