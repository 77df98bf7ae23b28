package calendar

import (
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// zones have every kind of transition that there is.
var zones = []string{
	"UTC", "America/Sao_Paulo", "America/New_York", "Europe/Lisbon", "Europe/Dublin", "Australia/Lord_Howe", "Asia/Kolkata",
	"Pacific/Apia", "Pacific/Chatham", "America/Havana", "Africa/Casablanca", "Asia/Tehran", "Asia/Gaza", "Antarctica/Troll",
	"America/Santiago", "America/Asuncion", "Asia/Pyongyang", "America/St_Johns", "Etc/GMT+12", "Pacific/Kiritimati",
}

// genBlocks draws blocks whose edges lie near midnight and the usual hours of
// transitions rather often.
var genBlocks = rapid.Custom(func(t *rapid.T) []Block {
	edge := rapid.OneOf(rapid.SampledFrom([]int{0, 1, 30, 60, 90, 120, 150, 180, 540, 720, 1080, 1380, 1410, 1439, 1440}), rapid.IntRange(0, 1440))
	var blocks []Block
	for range rapid.IntRange(0, 4).Draw(t, "blocks") {
		a, b := edge.Draw(t, "a"), edge.Draw(t, "b")
		if a != b {
			blocks = append(blocks, Block{min(a, b), max(a, b)})
		}
	}
	return blocks
})

// bounds gives the transitions of a zone from 1973 on.
func bounds(t testing.TB, name string) (list []int64) {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range stretches(zone) {
		if s.start > instant(t, "1973-01-01T00:00:00Z") {
			list = append(list, s.start)
		}
	}
	return append(list, instant(t, "2025-06-01T00:00:00Z"))
}

func TestNaiveAgrees(t *testing.T) {
	transitions := map[string][]int64{}
	for _, z := range zones {
		transitions[z] = bounds(t, z)
	}
	rapid.Check(t, func(rt *rapid.T) {
		spec := Spec{Zone: rapid.SampledFrom(zones).Draw(rt, "zone"), Holidays: map[string][]Block{}}
		center := rapid.SampledFrom(transitions[spec.Zone]).Draw(rt, "transition") + rapid.Int64Range(-2*nsDay, 2*nsDay).Draw(rt, "off")
		switch rapid.IntRange(0, 4).Draw(rt, "week") {
		case 0: // closed but for holidays
		case 1:
			spec.Weekly = every(Block{0, 1440})
		default:
			for i := range spec.Weekly {
				spec.Weekly[i] = genBlocks.Draw(rt, "day")
			}
		}
		for range rapid.IntRange(0, 4).Draw(rt, "holidays") {
			day := time.Unix(0, center).UTC().AddDate(0, 0, rapid.IntRange(-4, 4).Draw(rt, "days"))
			spec.Holidays[day.Format(time.DateOnly)] = genBlocks.Draw(rt, "holiday")
		}
		c, n := mustCompile(t, spec), newNaive(t, spec)
		const limit = 3 * 24 * 60
		for range 2 {
			at := center + rapid.Int64Range(-nsDay, nsDay).Draw(rt, "at")
			if c.Open(at) != n.open(at) {
				rt.Fatalf("open at %s: %v", utc(at), c.Open(at))
			}
			from, to, open := c.Span(at)
			nFrom, nTo, nOpen := n.span(at, limit)
			if open != nOpen || nFrom != Min && from != nFrom || nTo != Max && to != nTo {
				rt.Fatalf("around %s: %s to %s, %v; naive %s to %s, %v", utc(at), utc(from), utc(to), open, utc(nFrom), utc(nTo), nOpen)
			}
			if nFrom == Min && from > at-(limit-1)*nsMinute || nTo == Max && to < at+(limit-1)*nsMinute {
				rt.Fatalf("around %s: %s to %s has no edges there", utc(at), utc(from), utc(to))
			}
			// Edges that naive did not look for are edges all the same.
			for _, edge := range []int64{from, to} {
				if edge != Min && edge != Max && n.open(edge) == n.open(edge-1) {
					rt.Fatalf("around %s: %s is no edge", utc(at), utc(edge))
				}
			}
			end := at + rapid.Int64Range(-nsHour, 3*nsDay).Draw(rt, "length")
			if got, want := c.Between(at, end), n.between(at, end); got != want {
				rt.Fatalf("between %s and %s: %v, naive %v", utc(at), utc(end), time.Duration(got), time.Duration(want))
			}
		}
	})
}

// TestYears sums spans up over decades, transitions of all kinds and many
// holidays, and compares with Between.
func TestYears(t *testing.T) {
	holidays := closed("1999-12-20", "2000-01-06")
	maps.Copy(holidays, map[string][]Block{"2011-12-30": {{0, 1440}}, "2018-02-17": {{0, 1440}}, "2018-11-04": {{0, 90}}, "2031-03-03": nil})
	for _, zone := range zones {
		c := mustCompile(t, Spec{Zone: zone, Weekly: workdays(Block{hm(22, 30), 1440}, Block{0, hm(1, 30)}, Block{hm(9, 0), hm(18, 0)}), Holidays: holidays})
		first, last := instant(t, "1960-01-01T00:00:01Z"), instant(t, "2060-01-01T00:00:00Z")
		var sum int64
		state := !c.Open(first)
		for at := first; at < last; {
			from, to, open := c.Span(at)
			if from > at || to <= at || open == state || at != first && from != at {
				t.Fatalf("%s: around %s: %s to %s, open %v after %v", zone, utc(at), utc(from), utc(to), open, state)
			}
			if open {
				sum += min(to, last) - at
			}
			at, state = to, open
			if got := c.Between(first, min(at, last)); got != sum {
				t.Fatalf("%s: up to %s: %v, the spans have %v", zone, utc(at), time.Duration(got), time.Duration(sum))
			}
		}
	}
}

// TestStretches: the list of offsets is what package time says, up to the end
// of time, and each of its starts is a transition.
func TestStretches(t *testing.T) {
	for _, name := range zones {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		list := stretches(zone)
		c := Calendar{zone: list}
		offset := func(at int64) int64 {
			_, s := time.Unix(0, at).In(zone).Zone()
			return int64(s) * 1e9
		}
		for i, s := range list {
			if i > 0 && (offset(s.start) == offset(s.start-1) || s.start <= list[i-1].start) || offset(s.start) != s.offset {
				t.Errorf("%s: %s is no transition", name, utc(s.start))
			}
		}
		if !slices.IsSortedFunc(list, func(a, b stretch) int { return int(min(1, max(-1, a.start/2-b.start/2))) }) || list[0].start != Min {
			t.Errorf("%s: not in order", name)
		}
		for at := Min; at < Max-3*nsDay; at += 59*nsHour + 1 {
			if got := list[c.at(at)].offset; got != offset(at) {
				t.Fatalf("%s: offset at %s is %d, want %d", name, utc(at), got, offset(at))
			}
		}
		for _, at := range []int64{Min, Min + 1, Max - 1, Max} {
			if got := list[c.at(at)].offset; got != offset(at) {
				t.Errorf("%s: offset at %d is %d, want %d", name, at, got, offset(at))
			}
		}
	}
}
