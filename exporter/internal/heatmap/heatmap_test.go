package heatmap

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// moment is a local time.
func moment(t testing.TB, z *time.Location, s string) int64 {
	t.Helper()
	v, err := time.ParseInLocation("2006-01-02 15:04", s, z)
	if err != nil {
		t.Fatal(err)
	}
	return v.UnixNano()
}

func utc(t testing.TB, s string) int64 { return moment(t, time.UTC, s) }

var shop, other = Key{2, 3, 4}, Key{2, 3, 5}

// TestClockChanges counts one conversation in each quarter of a week around a
// change of clocks: what a cell has is what the clock on the wall showed.
func TestClockChanges(t *testing.T) {
	for _, c := range []struct {
		zone, from, to string
		day            time.Weekday
		hour           int
		quarters       int // of the hour on that day of the week
	}{
		// 02:00 to 03:00 was skipped, 01:00 to 02:00 repeated.
		{"America/New_York", "2026-03-04 00:00", "2026-03-11 00:00", time.Sunday, 2, 0},
		{"America/New_York", "2026-03-04 00:00", "2026-03-11 00:00", time.Sunday, 3, 4},
		{"America/New_York", "2025-10-29 00:00", "2025-11-05 00:00", time.Sunday, 1, 8},
		{"America/New_York", "2025-10-29 00:00", "2025-11-05 00:00", time.Saturday, 1, 4},
		// At midnight, in the years that had summer time; none since.
		{"America/Sao_Paulo", "2018-11-01 00:00", "2018-11-08 00:00", time.Sunday, 0, 0},
		{"America/Sao_Paulo", "2018-11-01 00:00", "2018-11-08 00:00", time.Sunday, 1, 4},
		{"America/Sao_Paulo", "2019-02-14 00:00", "2019-02-21 00:00", time.Saturday, 23, 8},
		{"America/Sao_Paulo", "2026-02-12 00:00", "2026-02-19 00:00", time.Saturday, 23, 4},
		// Half hours, three quarters, and half an hour of summer time.
		{"Asia/Kolkata", "2026-03-04 00:00", "2026-03-11 00:00", time.Sunday, 2, 4},
		{"Asia/Kathmandu", "2026-03-04 00:00", "2026-03-11 00:00", time.Monday, 0, 4},
		{"Australia/Lord_Howe", "2026-04-02 00:00", "2026-04-09 00:00", time.Sunday, 1, 6},
		{"Australia/Lord_Howe", "2025-10-02 00:00", "2025-10-09 00:00", time.Sunday, 2, 2},
	} {
		z := zone(t, c.zone)
		from, to := moment(t, z, c.from), moment(t, z, c.to)
		h := New(10)
		h.Advance(to)
		for at := from; at < to; at += quarter {
			h.Opened(shop, at)
			h.Message(shop, at+1)
			h.Message(shop, at+quarter-1)
		}
		m := h.Matrix(nil, z, from, to)
		if m.From != from || m.To != to {
			t.Errorf("%s: from %d to %d, want %d to %d", c.zone, m.From, m.To, from, to)
		}
		cell := &m.Cells[c.day][c.hour]
		if cell.Quarters != c.quarters {
			t.Errorf("%s: %v %d h has %d quarters, want %d", c.zone, c.day, c.hour, cell.Quarters, c.quarters)
		}
		all := 0
		for d := range m.Cells {
			for hr := range m.Cells[d] {
				cell := &m.Cells[d][hr]
				all += cell.Quarters
				if cell.Opened != uint64(cell.Quarters) || cell.Messages != 2*cell.Opened {
					t.Errorf("%s: %v %d h: %+v opened, %d messages in %d quarters", c.zone, time.Weekday(d), hr, cell.Opened, cell.Messages, cell.Quarters)
				}
				if got := cell.PerHour(cell.Opened); cell.Quarters > 0 && got != 4 {
					t.Errorf("%s: %v %d h: %v an hour", c.zone, time.Weekday(d), hr, got)
				}
			}
		}
		if all != int((to-from)/quarter) {
			t.Errorf("%s: %d quarters in all", c.zone, all)
		}
	}
}

// A Brazilian lunch hour is one, whichever the reader's zone.
func TestZones(t *testing.T) {
	h := New(10)
	h.Advance(utc(t, "2026-03-10 12:00"))
	h.Opened(shop, utc(t, "2026-03-09 15:20")) // a Monday
	for _, c := range []struct {
		zone string
		day  time.Weekday
		hour int
	}{
		{"UTC", time.Monday, 15}, {"America/Sao_Paulo", time.Monday, 12}, {"America/New_York", time.Monday, 11}, {"Asia/Kolkata", time.Monday, 20},
		{"Asia/Kathmandu", time.Monday, 21}, {"Pacific/Kiritimati", time.Tuesday, 5}, {"Pacific/Pago_Pago", time.Monday, 4}, {"Pacific/Chatham", time.Tuesday, 5},
	} {
		m := h.Matrix(nil, zone(t, c.zone), 0, math.MaxInt64)
		if m.Cells[c.day][c.hour].Opened != 1 {
			t.Errorf("%s: nothing on %v at %d", c.zone, c.day, c.hour)
		}
	}
	if m := h.Matrix(nil, nil, 0, math.MaxInt64); m.Cells[time.Monday][15].Opened != 1 {
		t.Error("no zone is not UTC")
	}
}

func TestFirstResponses(t *testing.T) {
	h := New(10)
	now := utc(t, "2026-03-10 12:00")
	h.Advance(now)
	at := utc(t, "2026-03-09 15:20")
	var c *Cell
	look := func() { c = &h.Matrix(nil, nil, 0, now).Cells[time.Monday][15] }
	if look(); c.Responses != 0 {
		t.Error("responses out of nothing")
	}
	if _, ok := c.Mean(); ok {
		t.Error("a mean of nothing")
	}
	if _, ok := c.Median(); ok {
		t.Error("a median of nothing")
	}
	for _, s := range []int64{30, 40, 50, 60, 3600} {
		h.FirstResponse(shop, at, s*1e9)
	}
	h.FirstResponse(shop, at, -1)
	look()
	if mean, _ := c.Mean(); c.Responses != 5 || mean != 756*time.Second {
		t.Errorf("%d responses, mean %v", c.Responses, mean)
	}
	if median, _ := c.Median(); median < 42*time.Second || median > 60*time.Second {
		t.Errorf("median %v", median)
	}
	for range 10 {
		h.FirstResponse(shop, at, 0)
	}
	look()
	if median, _ := c.Median(); median >= time.Second {
		t.Errorf("median %v of nearly nothing but none", median)
	}
	for range 100 {
		h.FirstResponse(shop, at, math.MaxInt64)
	}
	look()
	if median, _ := c.Median(); median > 13*24*time.Hour || median < 10*24*time.Hour {
		t.Errorf("median %v of very long ones", median)
	}
}

func TestBuckets(t *testing.T) {
	last := int64(0)
	for b := range 4*octaves + 1 {
		end := bound(b)
		if end <= last || bucketOf(end-1) != uint8(b) || bucketOf(end) != uint8(b+1) {
			t.Errorf("bucket %d ends at %d: %d and %d", b, end, bucketOf(end-1), bucketOf(end))
		}
		if b > 0 && math.Abs(float64(end)/float64(last)-math.Pow(2, 0.25)) > 1e-6 {
			t.Errorf("bucket %d is %v wide", b, float64(end)/float64(last))
		}
		last = end
	}
	if bucketOf(math.MaxInt64) != buckets-1 || bucketOf(0) != 0 {
		t.Error("what is at the ends")
	}
}

func TestKept(t *testing.T) {
	h := New(10)
	now := utc(t, "2026-03-30 12:07")
	h.Advance(now)
	h.Opened(shop, now-kept)         // the quarter began earlier
	h.Opened(shop, now-kept-1)       // too old
	h.Opened(shop, now-kept+quarter) // kept
	h.Opened(shop, now+day+1)        // too new
	h.Opened(shop, -5)               // none at all
	h.Opened(other, now)             //
	h.Message(shop, now-kept+20*quarter)
	sum := func(m *Matrix) (opened, messages uint64) {
		for d := range m.Cells {
			for i := range m.Cells[d] {
				opened += m.Cells[d][i].Opened
				messages += m.Cells[d][i].Messages
			}
		}
		return
	}
	if o, m := sum(h.Matrix(nil, nil, 0, math.MaxInt64)); o != 2 || m != 1 {
		t.Errorf("%d opened, %d messages", o, m)
	}
	if o, _ := sum(h.Matrix(func(k Key) bool { return k == other }, nil, 0, math.MaxInt64)); o != 1 {
		t.Errorf("%d of the other", o)
	}
	if o, m := sum(h.Matrix(nil, nil, now-day, now)); o != 1 || m != 0 {
		t.Errorf("%d and %d on the last day", o, m)
	}
	for _, c := range [][2]int64{{now, now - 1}, {now + day, now + 2*day}, {math.MinInt64, math.MinInt64 + 5}, {math.MaxInt64, math.MinInt64}} {
		if m := h.Matrix(nil, nil, c[0], c[1]); *m != (Matrix{}) {
			t.Errorf("from %d to %d: %d to %d", c[0], c[1], m.From, m.To)
		}
	}
	h.Advance(now + kept + 2*day)
	if n := len(h.Keys(nil)); n != 0 {
		t.Errorf("%d keys after 13 weeks", n)
	}
	h.Advance(now) // never back
	if h.now != now+kept+2*day {
		t.Error("time ran back")
	}
}

func TestBound(t *testing.T) {
	h := New(3)
	now := utc(t, "2026-03-30 12:00")
	h.Advance(now)
	for i := range 100 {
		h.Opened(Key{2, 2, m.ID(2 + i)}, now)
	}
	if keys := h.Keys(nil); len(keys) != 4 || !slices.Contains(keys, Rest) {
		t.Errorf("%v", keys)
	}
	if o := h.Matrix(func(k Key) bool { return k == Rest }, nil, 0, now+1).Cells[time.Monday][12].Opened; o != 97 {
		t.Errorf("%d are the rest's", o)
	}
}

func TestTypical(t *testing.T) {
	ny := zone(t, "America/New_York")
	h := New(10)
	count := func(s string, n int) {
		for range n {
			h.Opened(shop, moment(t, ny, s))
		}
	}
	at := func(s string) (float64, int) { return h.Typical(shop, HoursBefore(ny, moment(t, ny, s))) }
	h.Advance(moment(t, ny, "2026-03-30 12:00"))
	if v, n := at("2026-03-30 10:30"); v != 0 || n != 0 {
		t.Errorf("typical %v of %d weeks without anything", v, n)
	}
	// Mondays at ten, over the change of clocks on March 8.
	count("2026-02-20 08:00", 1)
	count("2026-03-02 10:05", 8)
	count("2026-03-09 10:50", 4)
	count("2026-03-16 10:00", 6)
	count("2026-03-16 11:00", 50)
	count("2026-03-16 09:59", 50)
	count("2026-03-30 10:10", 50)
	if v, n := at("2026-03-30 10:30"); v != 4.5 || n != 4 {
		t.Errorf("typical %v of %d weeks, want 4.5 of 4", v, n)
	}
	// Before the first event nothing is known.
	if v, n := at("2026-03-16 10:30"); v != 4 || n != 3 {
		t.Errorf("typical %v of %d weeks, want 4 of 3", v, n)
	}
	// Sundays at two: not on March 8.
	count("2026-03-01 02:30", 3)
	count("2026-03-15 02:30", 6)
	if v, n := at("2026-03-22 02:00"); v != 3 || n != 3 {
		t.Errorf("typical %v of %d weeks, want 3 of 3", v, n)
	}
	// An hour that came twice counts as two.
	h = New(10)
	h.Advance(moment(t, ny, "2025-11-10 00:00"))
	count("2025-10-20 00:00", 1)
	first := moment(t, ny, "2025-11-02 01:15")
	h.Opened(shop, first)
	h.Opened(shop, first+hour)
	h.Opened(shop, first+hour)
	h.Opened(shop, first+hour+quarter)
	if v, n := at("2025-11-09 01:00"); v != 1 || n != 2 {
		t.Errorf("typical %v of %d weeks, want (2+0)/2 of 2", v, n)
	}
	if v, n := h.Typical(other, HoursBefore(nil, first)); v != 0 || n != 0 {
		t.Errorf("typical %v of %d weeks of an unknown key", v, n)
	}
}

func TestNextHour(t *testing.T) {
	for _, c := range []struct{ zone, at, want string }{
		{"UTC", "2026-03-30 12:00", "2026-03-30 13:00"}, {"UTC", "2026-03-30 12:59", "2026-03-30 13:00"},
		{"Asia/Kolkata", "2026-03-30 12:10", "2026-03-30 12:30"}, {"Asia/Kolkata", "2026-03-30 12:30", "2026-03-30 13:30"},
		{"Asia/Kathmandu", "2026-03-30 12:10", "2026-03-30 12:15"},
		{"Australia/Lord_Howe", "2026-04-04 14:45", "2026-04-04 15:30"}, // back by half an hour at 15:00
	} {
		if got := NextHour(zone(t, c.zone), utc(t, c.at)); got != utc(t, c.want) {
			t.Errorf("%s after %s: %s", c.zone, c.at, time.Unix(0, got).UTC())
		}
	}
	if got := NextHour(nil, 5); got != hour {
		t.Errorf("without a zone: %d", got)
	}
}

type story struct {
	kind   int
	key    Key
	at, ns int64
}

// TestAgainstStory: a matrix is what counting the whole story by package time
// gives, whatever the zone.
func TestAgainstStory(t *testing.T) {
	zones := []string{"UTC", "America/New_York", "America/Sao_Paulo", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Chatham", "Pacific/Apia", "Africa/Casablanca", "America/St_Johns"}
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 3))
		z, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		begin := time.Date(2024+r.IntN(3), time.Month(1+r.IntN(12)), 1+r.IntN(28), 0, 0, 0, 0, time.UTC).UnixNano()
		h, now := New(10), begin
		var all []story
		h.Advance(now)
		for range r.IntN(400) {
			now += r.Int64N(int64(20 * time.Hour))
			h.Advance(now)
			e := story{r.IntN(3), []Key{shop, other}[r.IntN(2)], now - r.Int64N(3*day), r.Int64N(int64(time.Hour))}
			if r.IntN(20) == 0 {
				e.at = now - kept + r.Int64N(2*day) - day
			}
			switch e.kind {
			case 0:
				h.Opened(e.key, e.at)
			case 1:
				h.Message(e.key, e.at)
			case 2:
				h.FirstResponse(e.key, e.at, e.ns)
			}
			if e.at >= now-kept {
				all = append(all, e)
			}
			if r.IntN(30) == 0 {
				b := h.Append(nil)
				if h, err = Decode(b); err != nil || !bytes.Equal(h.Append(nil), b) {
					t.Fatalf("a snapshot comes back otherwise: %v", err)
				}
			}
		}
		from, to := begin+r.Int64N(kept), now-r.Int64N(10*day)
		var match func(Key) bool
		if r.IntN(2) == 0 {
			match = func(k Key) bool { return k == shop }
		}
		m := h.Matrix(match, z, from, to)
		var want Matrix
		waits := map[[2]int][]int64{}
		for _, e := range all {
			q := e.at - e.at%quarter
			if q < from-from%quarter || q >= to || q < now-kept || match != nil && !match(e.key) {
				continue
			}
			l := time.Unix(0, e.at).In(z)
			c := &want.Cells[l.Weekday()][l.Hour()]
			switch e.kind {
			case 0:
				c.Opened++
			case 1:
				c.Messages++
			case 2:
				c.Responses++
				c.sum += e.ns / 1e6
				k := [2]int{int(l.Weekday()), l.Hour()}
				waits[k] = append(waits[k], e.ns)
			}
		}
		for q := m.From; q < m.To; q += quarter {
			l := time.Unix(0, q).In(z)
			want.Cells[l.Weekday()][l.Hour()].Quarters++
		}
		for d := range 7 {
			for i := range 24 {
				got, want := m.Cells[d][i], want.Cells[d][i]
				got.waits = [buckets]uint64{}
				if got != want {
					t.Fatalf("%s %v %d: opened %d, messages %d, responses %d, quarters %d; want %d, %d, %d, %d", z, time.Weekday(d), i,
						got.Opened, got.Messages, got.Responses, got.Quarters, want.Opened, want.Messages, want.Responses, want.Quarters)
				}
				if list := waits[[2]int{d, i}]; len(list) > 0 {
					slices.Sort(list)
					median, _ := m.Cells[d][i].Median()
					low, high := list[(len(list)-1)/2], list[len(list)/2]
					if float64(median) < float64(low)/1.2-1e9 || float64(median) > float64(high)*1.2+1e9 {
						t.Fatalf("median %v of %v", median, list)
					}
				}
			}
		}
	})
}

func snapshots() [][]byte {
	h := New(4)
	list := [][]byte{h.Append(nil)}
	r := rand.New(rand.NewPCG(1, 2))
	now := int64(1_780_000_000_000_000_000)
	for range 200 {
		now += r.Int64N(hour)
		h.Advance(now)
		k := []Key{shop, other, {1, 1, 1}}[r.IntN(3)]
		h.Opened(k, now-r.Int64N(hour))
		h.FirstResponse(k, now, r.Int64N(hour))
	}
	return append(list, h.Append(nil))
}

func TestDecode(t *testing.T) {
	for i, b := range snapshots() {
		h, err := Decode(b)
		if err != nil || !bytes.Equal(h.Append(nil), b) {
			t.Fatalf("snapshot %d: %v", i, err)
		}
		for n := range b {
			if _, err := Decode(b[:n]); !errors.Is(err, ErrSnapshot) {
				t.Fatalf("snapshot %d cut to %d bytes: %v", i, n, err)
			}
		}
		if _, err := Decode(append(bytes.Clone(b), 0)); !errors.Is(err, ErrSnapshot) {
			t.Errorf("snapshot %d with a byte more: %v", i, err)
		}
		b[0]++
		if _, err := Decode(b); !errors.Is(err, ErrSnapshot) {
			t.Errorf("a later version: %v", err)
		}
	}
}

func FuzzSnapshot(f *testing.F) {
	for _, b := range snapshots() {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := Decode(b)
		if err != nil {
			if !errors.Is(err, ErrSnapshot) {
				t.Fatal(err)
			}
			return
		}
		first := h.Append(nil)
		back, err := Decode(first)
		if err != nil || !bytes.Equal(back.Append(nil), first) {
			t.Fatalf("what was decoded is encoded differently: %v", err)
		}
		m := h.Matrix(nil, nil, 0, math.MaxInt64)
		for d := range m.Cells {
			for i := range m.Cells[d] {
				m.Cells[d][i].Mean()
				m.Cells[d][i].Median()
			}
		}
		h.Advance(h.now + day)
		h.Opened(shop, h.now)
		h.FirstResponse(shop, h.now, 5)
		h.Typical(shop, HoursBefore(nil, h.now))
		if _, err := Decode(h.Append(nil)); err != nil {
			t.Fatal(err)
		}
	})
}

// busy is 13 weeks of 50 keys, ten hours a day.
func busy(tb testing.TB) (*Map, int64) {
	h := New(DefaultSeries)
	now := utc(tb, "2026-03-30 12:00")
	h.Advance(now)
	r := rand.New(rand.NewPCG(1, 2))
	for at := now - kept + day; at < now; at += quarter {
		if at%day < 8*hour || at%day > 18*hour {
			continue
		}
		for k := range 50 {
			key := Key{2, 2, m.ID(2 + k)}
			h.Opened(key, at)
			h.Message(key, at)
			h.FirstResponse(key, at, r.Int64N(10*int64(time.Minute)))
		}
	}
	return h, now
}

func BenchmarkCount(b *testing.B) {
	h, now := busy(b)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		now += int64(time.Second)
		h.Advance(now)
		k := Key{2, 2, m.ID(2 + i%50)}
		h.Message(k, now)
		h.FirstResponse(k, now, now%int64(time.Hour))
	}
}

func BenchmarkMatrix(b *testing.B) {
	h, now := busy(b)
	z := zone(b, "America/Sao_Paulo")
	for b.Loop() {
		h.Matrix(nil, z, 0, now)
	}
}

func BenchmarkTypical(b *testing.B) {
	h, now := busy(b)
	z := zone(b, "America/Sao_Paulo")
	for b.Loop() {
		hours := HoursBefore(z, now)
		for i := range 50 {
			h.Typical(Key{2, 2, m.ID(2 + i)}, hours)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	h, _ := busy(b)
	var out []byte
	for b.Loop() {
		out = h.Append(out[:0])
	}
	b.ReportMetric(float64(len(out)), "bytes")
}
