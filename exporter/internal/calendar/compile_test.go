package calendar

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestCompileErrors(t *testing.T) {
	for _, tc := range []struct {
		name string
		spec Spec
		err  error
		text string
	}{
		{"no zone", Spec{}, ErrZone, "unknown time zone: none is named, write one of the IANA list such as America/Sao_Paulo, or UTC"},
		{"the machine's zone", Spec{Zone: "Local"}, ErrZone, "Local is another one on each machine"},
		{"no such zone", Spec{Zone: "America/Sao Paulo"}, ErrZone, `unknown time zone "America/Sao Paulo": write one of the IANA list`},
		{"not a name", Spec{Zone: "../UTC"}, ErrZone, `"../UTC"`},
		{"ends before it starts", Spec{Zone: "UTC", Weekly: [7][]Block{time.Monday: {{hm(8, 0), hm(9, 0)}, {hm(18, 0), hm(9, 0)}}}}, ErrBlock,
			"Monday: not opening hours: 18:00 to 09:00 does not end after it starts; hours after midnight are the next day's"},
		{"empty", Spec{Zone: "UTC", Weekly: [7][]Block{{{60, 60}}}}, ErrBlock, "Sunday: not opening hours: 01:00 to 01:00"},
		{"before the day", Spec{Zone: "UTC", Weekly: [7][]Block{6: {{-1, 60}}}}, ErrBlock, "Saturday: not opening hours: minutes -1 to 60 are not all within 0 to 1440"},
		{"after the day", Spec{Zone: "UTC", Holidays: map[string][]Block{"2025-12-24": {{0, 1441}}}}, ErrBlock, "holiday 2025-12-24: not opening hours: minutes 0 to 1441"},
		{"not a date", Spec{Zone: "UTC", Holidays: map[string][]Block{"12-25": nil}}, ErrDate, `holiday "12-25": not a date: write it as 2006-01-02 and let it exist`},
		{"no such date", Spec{Zone: "UTC", Holidays: map[string][]Block{"2025-02-29": nil}}, ErrDate, `holiday "2025-02-29"`},
		{"with a time", Spec{Zone: "UTC", Holidays: map[string][]Block{"2025-02-28T10:00:00Z": nil}}, ErrDate, "not a date"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, err := Compile(tc.spec)
			if c != nil || !errors.Is(err, tc.err) || !strings.Contains(err.Error(), tc.text) {
				t.Errorf("got %v, want %v with %q", err, tc.err, tc.text)
			}
			for _, other := range []error{ErrZone, ErrDate, ErrBlock} {
				if other != tc.err && errors.Is(err, other) {
					t.Errorf("%v is also %v", err, other)
				}
			}
		})
	}
}

// TestCompileReportsAll: whoever writes a calendar learns of all mistakes at
// once, in the order of the week and of the dates.
func TestCompileReportsAll(t *testing.T) {
	_, err := Compile(Spec{
		Zone:     "Nowhere",
		Weekly:   [7][]Block{{{5, 4}}, {{0, 2000}, {9, 9}}},
		Holidays: map[string][]Block{"2025-12-25": {{3, 2}}, "2025-01-01": {{2, 1}}, "someday": nil},
	})
	if err == nil {
		t.Fatal("no error")
	}
	lines := strings.Split(err.Error(), "\n")
	for i, want := range []string{"Nowhere", "Sunday", "Monday: not opening hours: minutes 0", "Monday: not opening hours: 00:09", "2025-01-01", "2025-12-25", "someday"} {
		if i >= len(lines) || !strings.Contains(lines[i], want) {
			t.Errorf("error %d does not name %s: %q", i+1, want, lines)
		}
	}
}

// TestCompileJoinsBlocks: order, overlaps and touching make no difference, and
// what the caller does with the spec later makes none either.
func TestCompileJoinsBlocks(t *testing.T) {
	spec := Spec{Zone: "UTC", Weekly: every(Block{hm(14, 0), hm(18, 0)}, Block{hm(9, 0), hm(11, 0)}, Block{hm(10, 0), hm(12, 0)}, Block{hm(12, 0), hm(13, 0)}, Block{hm(9, 30), hm(10, 0)})}
	c := mustCompile(t, spec)
	spec.Weekly[2][0] = Block{0, 1440}
	want := []block{{9 * nsHour, 13 * nsHour, 0}, {14 * nsHour, 18 * nsHour, 4 * nsHour}}
	for i := range c.days {
		got := c.days[i].blocks
		if len(got) != 2 || got[0] != want[0] || got[1] != want[1] || c.days[i].total != 8*nsHour {
			t.Errorf("day %d: %v", i, got)
		}
	}
	if c.week != 56*nsHour || c.uniform {
		t.Errorf("%d ns a week", c.week)
	}
}

// FuzzCompile: whatever is configured is refused with one of the errors, or
// makes a calendar whose answers agree with each other everywhere.
func FuzzCompile(f *testing.F) {
	f.Add("America/Sao_Paulo", "2018-11-04", 540, 1080, 0, 90, uint8(1), int64(1_541_300_400_000_000_000), int64(40)*nsDay)
	f.Add("America/New_York", "2025-12-25", 0, 1440, 60, 61, uint8(0), int64(1_741_500_000_000_000_000), nsHour)
	f.Add("Pacific/Apia", "2011-12-30", 540, 1020, 0, 1440, uint8(5), int64(1_325_239_200_000_000_000), int64(1))
	f.Add("Australia/Lord_Howe", "2025-04-06", 60, 105, 1439, 1440, uint8(9), int64(1_743_865_200_000_000_000), int64(-1))
	f.Add("UTC", "0000-01-01", 0, 1, 0, 0, uint8(2), Min, Max)
	f.Add("Africa/Monrovia", "9999-12-31", 30, 45, 1, 2, uint8(3), Max, Min)
	f.Add("Europe/Lisbon", "25/12/2025", 900, 600, -5, 2000, uint8(7), int64(0), int64(0))
	f.Fuzz(func(t *testing.T, zone, date string, from, to, hFrom, hTo int, weekday uint8, at, length int64) {
		spec := Spec{Zone: zone, Holidays: map[string][]Block{date: {{hFrom, hTo}}}}
		if weekday < 7 {
			spec.Weekly[weekday] = []Block{{from, to}}
		} else {
			spec.Weekly = every(Block{from, to})
		}
		c, err := Compile(spec)
		if err != nil {
			if c != nil || !errors.Is(err, ErrZone) && !errors.Is(err, ErrDate) && !errors.Is(err, ErrBlock) {
				t.Fatalf("%v, %v", c, err)
			}
			return
		}
		start, end, open := c.Span(at)
		if start > at || end < at || end == at && at != Max || c.Open(at) != open || c.Open(start) != open {
			t.Fatalf("around %d: %d to %d, %v", at, start, end, open)
		}
		if start != Min && c.Open(start-1) == open || end != Max && (c.Open(end) == open || c.Open(end-1) != open) {
			t.Fatalf("around %d: %d to %d has ends that are no edges", at, start, end)
		}
		if next, ok := c.Next(at); ok != (end != Max) || ok && next != end {
			t.Fatalf("next after %d is %d, %v, the span ends at %d", at, next, ok, end)
		}
		stop := at + length
		sum := c.Between(at, stop)
		if sum < 0 || stop > at && uint64(sum) > uint64(stop)-uint64(at) || stop <= at && sum != 0 {
			t.Fatalf("%d ns open between %d and %d", sum, at, stop)
		}
		if m := at + length/2; at < m && m < stop && sum != Max && c.Between(at, m)+c.Between(m, stop) != sum {
			t.Fatalf("the halves of %d to %d are not the whole", at, stop)
		}
		if end != Max && start != Min {
			if got := c.Between(start, end); open && got != end-start || !open && got != 0 {
				t.Fatalf("%d ns open in a span of %d, open %v", got, end-start, open)
			}
		}
	})
}
