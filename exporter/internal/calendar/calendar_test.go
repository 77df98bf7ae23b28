package calendar

import (
	"sync"
	"testing"
	"time"
)

func mustCompile(t testing.TB, spec Spec) *Calendar {
	t.Helper()
	c, err := Compile(spec)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// every gives a week whose days all have the same hours.
func every(blocks ...Block) (w [7][]Block) {
	for i := range w {
		w[i] = blocks
	}
	return w
}

// workdays gives hours from Monday to Friday.
func workdays(blocks ...Block) [7][]Block {
	w := every(blocks...)
	w[time.Sunday], w[time.Saturday] = nil, nil
	return w
}

func hm(hour, minute int) int { return hour*60 + minute }

// instant reads RFC 3339.
func instant(t testing.TB, s string) int64 {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at.UnixNano()
}

func utc(at int64) string {
	if at == Min || at == Max {
		return "endless"
	}
	return time.Unix(0, at).UTC().Format(time.RFC3339Nano)
}

// TestTransitions goes through nights on which real clocks changed. All times
// are UTC; each row has the stretch around at and the open time in [from, to).
func TestTransitions(t *testing.T) {
	night := every(Block{hm(0, 0), hm(6, 0)})
	for _, tc := range []struct {
		name       string
		spec       Spec
		at         string
		start, end string
		open       bool
		from, to   string
		want       time.Duration
	}{
		{ // On 2018-11-04 the clock went from 00:00 to 01:00.
			"Sao Paulo, forward at midnight", Spec{Zone: "America/Sao_Paulo", Weekly: night},
			"2018-11-04T04:30:00Z", "2018-11-04T03:00:00Z", "2018-11-04T08:00:00Z", true,
			"2018-11-04T00:00:00Z", "2018-11-04T12:00:00Z", 5 * time.Hour,
		},
		{ // On 2018-02-17 the clock went from 24:00 back to 23:00 of the same day.
			"Sao Paulo, back at midnight", Spec{Zone: "America/Sao_Paulo", Weekly: every(Block{hm(20, 0), hm(23, 30)})},
			"2018-02-18T02:15:00Z", "2018-02-18T02:00:00Z", "2018-02-18T02:30:00Z", true,
			"2018-02-17T12:00:00Z", "2018-02-18T12:00:00Z", 4 * time.Hour,
		},
		{ // The day before ends, and an hour of it comes again after the midnight that was none.
			"Sao Paulo, back into a holiday", Spec{Zone: "America/Sao_Paulo", Weekly: every(Block{0, 1440}), Holidays: map[string][]Block{"2018-02-17": nil}},
			"2018-02-18T02:00:00Z", "2018-02-17T02:00:00Z", "2018-02-18T03:00:00Z", false,
			"2018-02-17T02:00:00Z", "2018-02-18T04:00:00Z", time.Hour,
		},
		{ // Brazil gave daylight saving up in 2019.
			"Sao Paulo, since 2019", Spec{Zone: "America/Sao_Paulo", Weekly: night},
			"2025-11-02T04:30:00Z", "2025-11-02T03:00:00Z", "2025-11-02T09:00:00Z", true,
			"2025-11-02T00:00:00Z", "2025-11-02T12:00:00Z", 6 * time.Hour,
		},
		{ // On 2025-03-09 02:00 became 03:00.
			"New York, forward", Spec{Zone: "America/New_York", Weekly: every(Block{hm(1, 30), hm(3, 30)})},
			"2025-03-09T07:15:00Z", "2025-03-09T06:30:00Z", "2025-03-09T07:30:00Z", true,
			"2025-03-09T05:00:00Z", "2025-03-09T12:00:00Z", time.Hour,
		},
		{ // A block that the clock skipped.
			"New York, forward over a block", Spec{Zone: "America/New_York", Weekly: every(Block{hm(2, 0), hm(3, 0)})},
			"2025-03-09T07:00:00Z", "2025-03-08T08:00:00Z", "2025-03-10T06:00:00Z", false,
			"2025-03-08T08:00:00Z", "2025-03-10T06:00:00Z", 0,
		},
		{ // On 2025-11-02 02:00 became 01:00.
			"New York, back", Spec{Zone: "America/New_York", Weekly: every(Block{hm(1, 15), hm(1, 45)})},
			"2025-11-02T06:20:00Z", "2025-11-02T06:15:00Z", "2025-11-02T06:45:00Z", true,
			"2025-11-02T04:00:00Z", "2025-11-02T08:00:00Z", time.Hour,
		},
		{ // The edge of a block comes twice; the second time it is none.
			"New York, back inside a block", Spec{Zone: "America/New_York", Weekly: every(Block{hm(0, 30), hm(2, 0)})},
			"2025-11-02T06:59:59Z", "2025-11-02T04:30:00Z", "2025-11-02T07:00:00Z", true,
			"2025-11-02T04:00:00Z", "2025-11-02T12:00:00Z", 150 * time.Minute,
		},
		{ // On 2025-03-30 01:00 became 02:00, on 2025-10-26 02:00 became 01:00.
			"Lisbon, forward", Spec{Zone: "Europe/Lisbon", Weekly: night},
			"2025-03-30T01:00:00Z", "2025-03-30T00:00:00Z", "2025-03-30T05:00:00Z", true,
			"2025-03-29T12:00:00Z", "2025-03-30T12:00:00Z", 5 * time.Hour,
		},
		{
			"Lisbon, back", Spec{Zone: "Europe/Lisbon", Weekly: night},
			"2025-10-26T01:00:00Z", "2025-10-25T23:00:00Z", "2025-10-26T06:00:00Z", true,
			"2025-10-25T12:00:00Z", "2025-10-26T12:00:00Z", 7 * time.Hour,
		},
		{ // Half an hour: on 2025-04-06 02:00 became 01:30.
			"Lord Howe, back", Spec{Zone: "Australia/Lord_Howe", Weekly: every(Block{hm(1, 0), hm(1, 45)})},
			"2025-04-05T15:10:00Z", "2025-04-05T15:00:00Z", "2025-04-05T15:15:00Z", true,
			"2025-04-05T12:00:00Z", "2025-04-05T18:00:00Z", time.Hour,
		},
		{ // On 2025-10-05 02:00 became 02:30.
			"Lord Howe, forward", Spec{Zone: "Australia/Lord_Howe", Weekly: every(Block{hm(1, 45), hm(2, 45)})},
			"2025-10-04T15:30:00Z", "2025-10-04T15:15:00Z", "2025-10-04T15:45:00Z", true,
			"2025-10-04T12:00:00Z", "2025-10-04T18:00:00Z", 30 * time.Minute,
		},
		{
			"Kolkata", Spec{Zone: "Asia/Kolkata", Weekly: workdays(Block{hm(9, 0), hm(13, 0)}, Block{hm(14, 0), hm(18, 0)})},
			"2025-03-28T13:00:00Z", "2025-03-28T12:30:00Z", "2025-03-31T03:30:00Z", false,
			"2025-03-24T00:00:00Z", "2025-03-31T00:00:00Z", 40 * time.Hour,
		},
		{ // Friday 2011-12-30 did not take place.
			"Apia, the Friday that was none", Spec{Zone: "Pacific/Apia", Weekly: workdays(Block{hm(9, 0), hm(17, 0)})},
			"2011-12-30T10:00:00Z", "2011-12-30T03:00:00Z", "2012-01-01T19:00:00Z", false,
			"2011-12-25T10:00:00Z", "2012-01-01T10:00:00Z", 32 * time.Hour,
		},
		{ // Its hours, and those of a holiday on it, do not count.
			"Apia, a holiday on it", Spec{Zone: "Pacific/Apia", Weekly: every(), Holidays: map[string][]Block{"2011-12-30": {{0, 1440}}, "2011-12-31": {{0, 60}}}},
			"2011-12-30T10:30:00Z", "2011-12-30T10:00:00Z", "2011-12-30T11:00:00Z", true,
			"2011-12-25T00:00:00Z", "2012-01-05T00:00:00Z", time.Hour,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := mustCompile(t, tc.spec)
			start, end, open := c.Span(instant(t, tc.at))
			if start != instant(t, tc.start) || end != instant(t, tc.end) || open != tc.open {
				t.Errorf("around %s: %s to %s, open %v; want %s to %s, %v", tc.at, utc(start), utc(end), open, tc.start, tc.end, tc.open)
			}
			if got := c.Between(instant(t, tc.from), instant(t, tc.to)); got != int64(tc.want) {
				t.Errorf("%v open between %s and %s, want %v", time.Duration(got), tc.from, tc.to, tc.want)
			}
		})
	}
}

// TestEndless: stretches without an end, and edges that are far away.
func TestEndless(t *testing.T) {
	all, none := every(Block{0, 720}, Block{720, 1440}), every()
	at := instant(t, "2025-06-01T12:00:00Z")
	for _, tc := range []struct {
		name       string
		spec       *Spec
		open       bool
		start, end string
	}{
		{"nil", nil, true, "endless", "endless"},
		{"always open", &Spec{Zone: "Europe/Lisbon", Weekly: all}, true, "endless", "endless"},
		{"never open", &Spec{Zone: "Europe/Lisbon", Weekly: none}, false, "endless", "endless"},
		{"holidays like all days", &Spec{Zone: "Europe/Lisbon", Weekly: all, Holidays: map[string][]Block{"2025-06-02": {{0, 1440}}}}, true, "endless", "endless"},
		{"closed once", &Spec{Zone: "Europe/Lisbon", Weekly: all, Holidays: map[string][]Block{"2024-12-25": nil}}, true, "2024-12-26T00:00:00Z", "endless"},
		{"closed twice", &Spec{Zone: "Europe/Lisbon", Weekly: all, Holidays: map[string][]Block{"1999-07-01": nil, "2150-07-01": nil}}, true, "1999-07-01T23:00:00Z", "2150-06-30T23:00:00Z"},
		{"open once", &Spec{Zone: "America/New_York", Weekly: none, Holidays: map[string][]Block{"2099-01-01": {{60, 61}}}}, false, "endless", "2099-01-01T06:00:00Z"},
		{"years of holidays", &Spec{Zone: "UTC", Weekly: every(Block{600, 660}), Holidays: closed("2023-01-01", "2027-12-31")}, false, "2022-12-31T11:00:00Z", "2028-01-01T10:00:00Z"},
		{"a minute a week", &Spec{Zone: "UTC", Weekly: [7][]Block{3: {{0, 1}}}}, false, "2025-05-28T00:01:00Z", "2025-06-04T00:00:00Z"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var c *Calendar
			if tc.spec != nil {
				c = mustCompile(t, *tc.spec)
			}
			start, end, open := c.Span(at)
			if utc(start) != tc.start || utc(end) != tc.end || open != tc.open || c.Open(at) != tc.open {
				t.Errorf("%s to %s, open %v; want %s to %s, %v", utc(start), utc(end), open, tc.start, tc.end, tc.open)
			}
			next, ok := c.Next(at)
			if ok != (tc.end != "endless") || ok && next != end {
				t.Errorf("next is %s, %v", utc(next), ok)
			}
			if c.Between(at, at) != 0 || c.Between(at, at-nsDay) != 0 || c.Between(Max, Min) != 0 {
				t.Error("open time in no time")
			}
		})
	}
}

// TestAllTime: 584 years are more than fits.
func TestAllTime(t *testing.T) {
	open, shut := mustCompile(t, Spec{Zone: "America/New_York", Weekly: every(Block{0, 1440})}), mustCompile(t, Spec{Zone: "America/New_York"})
	for _, c := range []*Calendar{nil, open} {
		for _, tc := range []struct{ from, to, want int64 }{
			{Min, Max, Max}, {Min, -1, Max}, {0, Max, Max}, {-1, Max, Max}, {1, Max, Max - 1}, {Max - 1, Max, 1}, {Min, Min + 1, 1}, {Max, Min, 0},
		} {
			if got := c.Between(tc.from, tc.to); got != tc.want {
				t.Errorf("%d ns open from %d to %d, want %d", got, tc.from, tc.to, tc.want)
			}
		}
	}
	if got := shut.Between(Min, Max); got != 0 {
		t.Errorf("never open, but for %d ns", got)
	}
}

// closed gives a holiday on each date from first to last.
func closed(first, last string) map[string][]Block {
	dates := map[string][]Block{}
	end, _ := time.Parse(time.DateOnly, last)
	for day, _ := time.Parse(time.DateOnly, first); !day.After(end); day = day.AddDate(0, 0, 1) {
		dates[day.Format(time.DateOnly)] = nil
	}
	return dates
}

func TestConcurrentUse(t *testing.T) {
	c := mustCompile(t, Spec{Zone: "America/New_York", Weekly: workdays(Block{hm(9, 0), hm(17, 0)}), Holidays: closed("2025-12-24", "2026-01-01")})
	from := instant(t, "2025-12-22T00:00:00Z")
	want := c.Between(from, from+30*nsDay)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range int64(200) {
				at := from + i*3*nsHour
				c.Span(at)
				if got := c.Between(from, at) + c.Between(at, from+30*nsDay); got != want {
					t.Errorf("%d, want %d", got, want)
				}
			}
		})
	}
	wg.Wait()
}

func TestNoAllocations(t *testing.T) {
	c := mustCompile(t, Spec{Zone: "America/New_York", Weekly: workdays(Block{hm(9, 0), hm(17, 0)}), Holidays: closed("2025-12-24", "2026-01-01")})
	at := instant(t, "2025-12-22T00:00:00Z")
	if n := testing.AllocsPerRun(50, func() {
		c.Open(at)
		c.Between(at, at+400*nsDay)
		c.Next(at)
		c.Span(at + 5*nsDay)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
