package recount

import (
	"maps"
	"testing"
	"time"
)

func TestSeriesSortsItsLabels(t *testing.T) {
	got := Series("helpdesk_turns_total", "source", "events", "outcome", "answered", "team", "", "inbox", `a"b`)
	want := `helpdesk_turns_total{inbox="a\"b",outcome="answered",source="events",team=""}`
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestObserve(t *testing.T) {
	s := Defaults()
	s.FirstResponse, s.NegativeResponse, s.Resolution = 90*time.Second, 60*time.Second, 1500*time.Millisecond
	got := Totals{}
	for _, d := range []time.Duration{0, 1500 * time.Millisecond, 60 * time.Second, 61 * time.Second, 48 * time.Hour} {
		got.observe(s.buckets(), "h", d, "team", "x")
	}
	want := Totals{`h_count{team="x"}`: 5, `h_sum{team="x"}`: 172922.5}
	for le, n := range map[string]float64{
		"1.5": 2, "5": 2, "10": 2, "20": 2, "30": 2, "60": 3, "90": 4, "120": 4, "180": 0, "300": 4, "600": 4,
		"1800": 4, "3600": 4, "14400": 4, "86400": 4, "+Inf": 5,
	} {
		if n > 0 {
			want[`h_bucket{le="`+le+`",team="x"}`] = n
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", listed(got), listed(want))
	}
}
