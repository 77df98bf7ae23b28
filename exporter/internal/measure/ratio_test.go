package measure

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// ratiosAt is what a View shows of the families at a time.
func ratiosAt(n *Names, now int64, stores ...*Store) []string {
	v := NewView()
	v.Update(n, now, stores...)
	var out []string
	for _, d := range v.Dynamic {
		out = append(out, fmt.Sprint(d.Family.Name, d.Labels, " ", d.Value))
	}
	return out
}

func TestRatioShown(t *testing.T) {
	n, a, b := names(t)
	order, _ := n.Find(DictRequestType, "order")
	one, two := NewStore(NewBuckets()), NewStore(NewBuckets())
	for i, st := range []*Store{one, two} {
		id := st.Scope(a)
		st.Sample(CSATRatio, id, order, 0, testNow, int64(i), 1)
		st.Sample(NPSScore, id, order, 0, testNow, -1, 1)
		st.Sample(NPSScore, id, Other, 0, testNow, 1-int64(i), 1)
		st.Sample(FCRRatio, id, order, Window7d, testNow, 1, 4)
		st.Sample(FCRRatio, id, order, Window24h, testNow, 0, 4)
		// Answers whose surveys were sent before the window.
		st.Sample(CSATResponseRatio, id, order, 0, testNow, 1, 0)
		st.Sample(CSATResponseRatio, st.Scope(b), order, 0, testNow, 3, int64(i))
	}
	want := []string{
		"helpdesk_first_contact_resolution_ratio[main 5511  order 24h] 0",
		"helpdesk_first_contact_resolution_ratio[main 5511  order 7d] 0.25",
		"helpdesk_nps_score[main 5511  order] -100",
		"helpdesk_nps_score[main 5511  other] 50",
		"helpdesk_csat_ratio[main 5511  order ] 0.5",
		"helpdesk_csat_response_ratio[main 5511 sales order] 6",
	}
	if got := ratiosAt(n, testNow, one, two); !slices.Equal(got, want) {
		t.Errorf("%q\nwant\n%q", got, want)
	}
	if got := ratiosAt(n, testNow, two, one); !slices.Equal(got, want) {
		t.Errorf("in another order %q\nwant\n%q", got, want)
	}
	if got := ratiosAt(n, testNow+2*DefaultWindow, one, two); len(got) != 0 {
		t.Errorf("%q after the window", got)
	}
}

// A bucket counts as long as a part of it lies within the window.
func TestRatioEdges(t *testing.T) {
	const s = int64(time.Second)
	n, a, _ := names(t)
	// testNow is a multiple of all these widths; the grid starts at 1970.
	for _, c := range []struct {
		what            string
		span, at, until int64 // the first time at which it no longer counts
	}{
		{"a minute's bucket of a day, its start", 86400 * s, testNow, testNow + 86460*s},
		{"its last nanosecond", 86400 * s, testNow + 60*s - 1, testNow + 86460*s},
		{"the next one's first", 86400 * s, testNow + 60*s, testNow + 86520*s},
		{"a bucket of 2.5 s", 3600 * s, testNow + 2*s, testNow + 3602*s + s/2},
		{"never shorter than a second", 60 * s, testNow + s/2, testNow + 61*s},
		{"the shortest window", s, testNow, testNow + 2*s},
		{"a week", 7 * 86400 * s, testNow + 419*s, testNow + 7*86400*s + 420*s},
	} {
		st := NewStore(NewBuckets())
		st.SetWindow(c.span)
		st.Sample(CSATRatio, st.Scope(a), Other, 0, c.at, 1, 1)
		if next, ok := st.NextExpiry(); !ok || next != c.until {
			t.Errorf("%s: expires at %d, want %d", c.what, next-testNow, c.until-testNow)
		}
		for _, expire := range []bool{false, true} {
			for now, want := range map[int64]int{c.at: 1, c.until - 1: 1, c.until: 0} {
				st, err := DecodeStore(st.Append(nil))
				if err != nil {
					t.Fatal(err)
				}
				if expire {
					st.Expire(now)
				}
				if got := ratiosAt(n, now, st); len(got) != want {
					t.Errorf("%s: at %d: %q", c.what, now-testNow, got)
				}
			}
		}
		st.Expire(c.until)
		if _, ok := st.NextExpiry(); ok || len(st.ratios.aging) != 0 {
			t.Errorf("%s: something is left to expire", c.what)
		}
	}
}

// naive keeps every sample, by the start of its bucket.
type naive struct {
	span    int64
	samples []naiveSample
}

type naiveSample struct {
	series         int
	start, hit, of int64
}

func (m *naive) width() int64 { return max(1e9, m.span/1440) }

func (m *naive) bucket(at int64) int64 {
	return int64(math.Floor(float64(at/1e6)/float64(m.width()/1e6))) * m.width()
}

func (m *naive) dead(s naiveSample, now int64) bool { return s.start+m.width() <= now-m.span }

func (m *naive) sums(series int, now int64) (hit, of int64) {
	for _, s := range m.samples {
		if s.series == series && !m.dead(s, now) {
			hit += s.hit
			of += s.of
		}
	}
	return hit, of
}

// Ratios over several stores with any snapshots, expiries and changes of the
// window between the samples are those of a list of all samples.
func TestRatiosAgainstNaive(t *testing.T) {
	n, a, b := names(t)
	series := []struct {
		f    *Family
		sc   Scope
		typ  ID
		cell int
	}{{CSATRatio, a, Other, 0}, {CSATRatio, b, Other, 0}, {FCRRatio, a, Other, Window7d}, {FCRRatio, a, Other, Window24h}, {NPSScore, a, 2, 0}}
	spans := []int64{1e9, 90e9, 1440e9, 3600e9, 5 * 3600e9, 86400e9, 10 * 86400e9}
	rapid.Check(t, func(t *rapid.T) {
		m := naive{span: DefaultWindow}
		stores := make([]*Store, rapid.IntRange(1, 3).Draw(t, "stores"))
		for i := range stores {
			stores[i] = NewStore(NewBuckets())
		}
		now := testNow
		check := func() {
			v := NewView()
			v.Update(n, now, stores...)
			at := 0
			for _, i := range []int{3, 2, 4, 0, 1} { // in the order of the table
				hit, of := m.sums(i, now)
				if of <= 0 {
					continue
				}
				if at == len(v.Dynamic) {
					t.Fatalf("series %d is missing, want %d/%d", i, hit, of)
				}
				d := v.Dynamic[at]
				at++
				if want := series[i].f.times * float64(hit) / float64(of); d.Family != series[i].f || d.Value != want {
					t.Fatalf("series %d is %v %v, want %d/%d", i, d.Family.Name, d.Value, hit, of)
				}
			}
			if at != len(v.Dynamic) {
				t.Fatalf("%d series, want %d", len(v.Dynamic), at)
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"sample": func(t *rapid.T) {
				for range rapid.IntRange(1, 8).Draw(t, "samples") {
					i := rapid.IntRange(0, len(series)-1).Draw(t, "series")
					at := now - rapid.Int64Range(-300, 2*m.span/1e9+2).Draw(t, "ago")*1e9 + rapid.Int64Range(0, 999).Draw(t, "ms")*1e6
					hit, of := rapid.Int64Range(-1, 2).Draw(t, "hit"), rapid.Int64Range(0, 2).Draw(t, "of")
					st := rapid.SampledFrom(stores).Draw(t, "store")
					s := series[i]
					st.Sample(s.f, st.Scope(s.sc), s.typ, s.cell, at, hit, of)
					m.samples = append(m.samples, naiveSample{i, m.bucket(at), hit, of})
				}
			},
			"time": func(t *rapid.T) {
				now += rapid.Int64Range(0, m.span/2).Draw(t, "step")
			},
			"next expiry": func(t *rapid.T) {
				next, any := int64(math.MaxInt64), false
				for _, st := range stores {
					st.Expire(now)
					if at, ok := st.NextExpiry(); ok {
						next, any = min(next, at), true
					}
				}
				want := int64(math.MaxInt64)
				for _, s := range m.samples {
					if !m.dead(s, now) && (s.hit != 0 || s.of != 0) {
						want = min(want, s.start+m.width()+m.span)
					}
				}
				if next != want {
					t.Fatalf("expires at %d, want %d", next-now, want-now)
				}
				if any && rapid.Bool().Draw(t, "go there") {
					now = next - rapid.Int64Range(0, 1).Draw(t, "before")
				}
			},
			"expire": func(t *rapid.T) {
				rapid.SampledFrom(stores).Draw(t, "store").Expire(now)
			},
			"restart": func(t *rapid.T) {
				i := rapid.IntRange(0, len(stores)-1).Draw(t, "store")
				b := stores[i].Append(nil)
				st, err := DecodeStore(b)
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(st.Append(nil), b) {
					t.Fatal("not the same bytes after a round trip")
				}
				st.AssumeWindow(rapid.SampledFrom(spans).Draw(t, "outdated")) // the snapshot knows better
				stores[i] = st
			},
			"window": func(t *rapid.T) {
				for _, st := range stores {
					st.Expire(now)
				}
				m.samples = slices.DeleteFunc(m.samples, func(s naiveSample) bool { return m.dead(s, now) })
				m.span = rapid.SampledFrom(spans).Draw(t, "span")
				for i := range m.samples {
					m.samples[i].start = m.bucket(m.samples[i].start)
				}
				for _, st := range stores {
					st.SetWindow(m.span)
				}
			},
			"": func(t *rapid.T) {
				check()
				for _, st := range stores {
					checkRatios(t, st)
				}
			},
		})
	})
}

// checkRatios looks for what must always hold within a store.
func checkRatios(t interface {
	Helper()
	Fatalf(string, ...any)
}, st *Store) {
	t.Helper()
	filled := 0
	for k, r := range st.ratios.series {
		if r.key != k {
			t.Fatalf("series %v stands under %v", r.key, k)
		}
		var hit, of int64
		for i, b := range r.buckets {
			hit += b.hit
			of += b.of
			if b.start%st.ratios.width() != 0 || i > 0 && r.buckets[i-1].start >= b.start {
				t.Fatalf("buckets off the grid or out of order: %v", r.buckets)
			}
		}
		if hit != r.hit || of != r.of || len(r.buckets) > maxSamples {
			t.Fatalf("%d buckets of %d/%d, the sums are %d/%d", len(r.buckets), hit, of, r.hit, r.of)
		}
		if len(r.buckets) > 0 {
			filled++
			if st.ratios.aging[r.at] != r {
				t.Fatalf("series %v does not know its place", k)
			}
		}
	}
	for i, r := range st.ratios.aging {
		if parent := st.ratios.aging[(i-1)/2]; i > 0 && parent.buckets[0].start > r.buckets[0].start {
			t.Fatalf("series %d is older than its parent", i)
		}
	}
	if filled != len(st.ratios.aging) {
		t.Fatalf("%d series have buckets, %d can expire", filled, len(st.ratios.aging))
	}
}

// Buckets are merged, not lost, where the window becomes longer, and stay where
// it becomes shorter and they still count.
func TestSetWindow(t *testing.T) {
	const s = int64(time.Second)
	n, a, _ := names(t)
	st := NewStore(NewBuckets())
	st.SetWindow(1440 * s)
	id := st.Scope(a)
	for i := range int64(120) {
		st.Sample(CSATRatio, id, Other, 0, testNow-i*s, i%2, 1)
	}
	show := func() string { return fmt.Sprint(ratiosAt(n, testNow, st)) }
	want := show()
	count := func(want int) {
		t.Helper()
		checkRatios(t, st)
		for _, r := range st.ratios.series {
			if len(r.buckets) != want || r.of != 120 {
				t.Errorf("%d buckets of %d samples, want %d", len(r.buckets), r.of, want)
			}
		}
	}
	count(120)
	st.SetWindow(86400 * s)
	count(3) // testNow is the start of a minute
	if got := show(); got != want {
		t.Errorf("%s on the new grid, want %s", got, want)
	}
	st.SetWindow(1440 * s)
	count(3)
	if got := show(); got != want {
		t.Errorf("%s back on the old grid, want %s", got, want)
	}
	st.SetWindow(60 * s) // the oldest bucket starts 120 s ago
	if got := ratiosAt(n, testNow, st); len(got) != 1 || got[0] == want {
		t.Errorf("%q of a shorter window", got)
	}
	for _, span := range []int64{-5, 0, 1, math.MaxInt64} {
		st.SetWindow(span)
		if st.Window() < minWidth || st.Window() > maxWindow {
			t.Errorf("a window of %d is taken as %d", span, st.Window())
		}
		checkRatios(t, st)
	}
}

// An owner who restores a store of a version without windows says what it is,
// as often as it likes; SetWindow and snapshots know better.
func TestAssumeWindow(t *testing.T) {
	f := func(st *Store, want int64) {
		t.Helper()
		if st.Window() != want {
			t.Errorf("window %d, want %d", st.Window(), want)
		}
	}
	st, err := DecodeStore(read(t, "store.v1"))
	if err != nil {
		t.Fatal(err)
	}
	f(st, DefaultWindow)
	st.AssumeWindow(5e9)
	f(st, 5e9)
	st.AssumeWindow(6e9)
	f(st, 6e9)
	st.SetWindow(7e9)
	st.AssumeWindow(8e9)
	f(st, 7e9)
	st, err = DecodeStore(st.Append(nil))
	if err != nil {
		t.Fatal(err)
	}
	st.AssumeWindow(8e9)
	f(st, 7e9)
}

// Dates out of all proportion cost neither memory nor sense.
func TestRatioDates(t *testing.T) {
	n, a, _ := names(t)
	st := NewStore(NewBuckets())
	id := st.Scope(a)
	for i := range int64(3 * maxSamples) {
		if i < maxSamples {
			st.Sample(NPSScore, id, ID(i%3), 0, testNow+i*2*3600e9, 1, 1)
		}
		st.Sample(CSATRatio, id, Other, 0, testNow+i*3600e9, 1, 1)
		st.Sample(CSATRatio, id, Other, 0, testNow-i*3600e9, 1, 1)
	}
	checkRatios(t, st)
	if got := st.ratios.series[CSATRatio.key(id, Other, 0, None, None)].of; got != maxSamples {
		t.Errorf("%d buckets are kept", got)
	}
	for at, want := range map[int64]int64{-1: -60e9, -60e9: -60e9, -60e9 - 1: -120e9, 0: 0, 60e9 - 1: 0} {
		if got := st.ratios.bucket(at); got != want {
			t.Errorf("%d is in the bucket of %d, want %d", at, got, want)
		}
	}
	for _, at := range []int64{math.MinInt64, math.MaxInt64, -1, 0} {
		st.Sample(FCRRatio, id, Other, Window7d, at, 1, 1)
	}
	for _, span := range []int64{math.MaxInt64, 1, DefaultWindow} {
		st.SetWindow(span)
		checkRatios(t, st)
		again, err := DecodeStore(st.Append(nil))
		if err != nil || !bytes.Equal(again.Append(nil), st.Append(nil)) {
			t.Errorf("not the same after a round trip: %v", err)
		}
	}
	st.Expire(testNow)
	if got := ratiosAt(n, testNow, st); len(got) == 0 {
		t.Error("what is dated ahead does not count")
	}
	st.Expire(math.MaxInt64)
	if _, ok := st.NextExpiry(); ok {
		t.Error("something lives for ever")
	}
}

// BenchmarkSample counts and expires as a busy shard does: 200 series, time
// going on a second each 50 samples.
func BenchmarkSample(b *testing.B) {
	st := NewStore(NewBuckets())
	var ids []ScopeID
	for team := range ID(40) {
		ids = append(ids, st.Scope(Scope{2, 2, team, 0}))
	}
	now := testNow
	i := 0
	for b.Loop() {
		if i++; i%50 == 0 {
			now += 1e9
			if next, ok := st.NextExpiry(); ok && next <= now {
				st.Expire(now)
			}
		}
		st.Sample(CSATRatio, ids[i%len(ids)], ID(i/len(ids)%5), 0, now-int64(i%7)*1e9, 1, 1)
	}
	b.ReportMetric(float64(len(st.ratios.aging)), "series")
}

// BenchmarkViewRatios sums full windows up: what a scrape pays must not grow
// with the buckets.
func BenchmarkViewRatios(b *testing.B) {
	n, a, _ := names(b)
	for _, buckets := range []int64{1, windowBuckets} {
		b.Run(fmt.Sprint(buckets), func(b *testing.B) {
			stores := make([]*Store, 16)
			for i := range stores {
				stores[i] = NewStore(NewBuckets())
				for team := range 40 {
					id := stores[i].Scope(Scope{a.Source, a.Inbox, n.Force(DictTeam, fmt.Sprint("team ", team)), 0})
					for _, f := range []*Family{CSATRatio, CSATResponseRatio, NPSScore, BotContainmentRatio, FCRRatio} {
						for k := range buckets {
							stores[i].Sample(f, id, Other, 0, testNow-k*60e9, 1, 2)
						}
					}
				}
			}
			v := NewView()
			for b.Loop() {
				v.Update(n, testNow, stores...)
				v.SortDynamic()
			}
			b.ReportMetric(float64(len(v.Dynamic)), "ratios")
		})
	}
}
