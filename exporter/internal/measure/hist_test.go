package measure

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"pgregory.net/rapid"
)

// oracle is client_golang's own histogram with the buckets of b.
type oracle struct{ h prometheus.Histogram }

func newOracle(b Buckets) oracle {
	bounds := make([]float64, len(b))
	for i, v := range b {
		bounds[i] = float64(v) / 1e9
	}
	return oracle{prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "h", Help: "h.", Buckets: bounds, NativeHistogramBucketFactor: 1.1,
	})}
}

func (o oracle) observe(ns int64) { o.h.Observe(float64(ns) / 1e9) }

func (o oracle) dto(t testing.TB) *dto.Histogram {
	t.Helper()
	var m dto.Metric
	if err := o.h.Write(&m); err != nil {
		t.Fatal(err)
	}
	return m.Histogram
}

// nativeOf turns spans and deltas into counts by index, zeros left out.
func nativeOf(h *dto.Histogram) map[int]uint64 {
	out := map[int]uint64{}
	index, count, at := 0, int64(0), 0
	for _, s := range h.PositiveSpan {
		index += int(s.GetOffset())
		for range s.GetLength() {
			count += h.PositiveDelta[at]
			if count > 0 {
				out[index] = uint64(count)
			}
			at++
			index++
		}
	}
	return out
}

func compareWithOracle(t *testing.T, h *Hist, o oracle) {
	t.Helper()
	want := o.dto(t)
	if h.Count != want.GetSampleCount() || h.Zero != want.GetZeroCount() {
		t.Fatalf("count %d, zero %d, want %d, %d", h.Count, h.Zero, want.GetSampleCount(), want.GetZeroCount())
	}
	if want.GetSchema() != NativeSchema {
		t.Fatalf("schema %d, client_golang's is %d", NativeSchema, want.GetSchema())
	}
	if d := math.Abs(h.Sum() - want.GetSampleSum()); d > 1e-9*math.Max(1, h.Sum()) {
		t.Fatalf("sum %v, want %v", h.Sum(), want.GetSampleSum())
	}
	cumulated := uint64(0)
	for i, b := range want.Bucket {
		cumulated += h.Classic[i]
		if cumulated != b.GetCumulativeCount() {
			t.Fatalf("le=%v: %d, want %d", b.GetUpperBound(), cumulated, b.GetCumulativeCount())
		}
	}
	native := nativeOf(want)
	for i, n := range h.Native {
		index := int(h.NativeFrom) + i
		if native[index] != n {
			t.Fatalf("native bucket %d: %d, want %d", index, n, native[index])
		}
		delete(native, index)
	}
	if len(native) > 0 {
		t.Fatalf("native buckets missing: %v", native)
	}
}

func TestHistEqualsClientGolang(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	b := NewBuckets(time.Minute, 7500*time.Millisecond, 3*time.Second)
	for range 20 {
		h, o := &Hist{}, newOracle(b)
		for range 500 {
			// Spread over every order of magnitude from 1 ns to 3 years.
			ns := int64(math.Exp(r.Float64() * math.Log(1e17)))
			h.observe(b, spotOf(b, ns), nil)
			o.observe(ns)
		}
		compareWithOracle(t, h, o)
	}
}

// On a bound, and one nanosecond beside it, floating point has its say.
func TestHistExactBounds(t *testing.T) {
	b := NewBuckets(45*time.Second, 100*time.Millisecond, 333333333*time.Nanosecond)
	h, o := &Hist{}, newOracle(b)
	f := func(ns int64) {
		t.Helper()
		h.observe(b, spotOf(b, ns), nil)
		o.observe(ns)
		compareWithOracle(t, h, o)
	}
	f(0)
	f(1)
	for _, bound := range b {
		f(bound - 1)
		f(bound)
		f(bound + 1)
	}
	// Powers of two are native bounds, and the others are between them.
	for exp := -30; exp <= 33; exp++ {
		for sub := range 8 {
			bound := math.Exp2(float64(exp) + float64(sub)/8)
			if ns := int64(bound * 1e9); ns > 0 && ns < math.MaxInt64-1 {
				f(ns)
				f(ns + 1)
			}
		}
	}
	f(math.MaxInt64)
}

// The bounds themselves are those of client_golang: an observation of exactly
// a bound lands in the bucket that ends there.
func TestNativeBounds(t *testing.T) {
	for i, bound := range nativeBounds {
		h := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "h", Help: "h.", NativeHistogramBucketFactor: 1.1})
		h.Observe(bound)
		h.Observe(math.Nextafter(bound, 1))
		native := nativeOf(oracle{h}.dto(t))
		for _, v := range []float64{bound, math.Nextafter(bound, 1)} {
			if native[nativeIndex(v)] != 1 {
				t.Errorf("bound %d: %v is in bucket %d, client_golang has %v", i, v, nativeIndex(v), native)
			}
		}
	}
}

func TestNewBuckets(t *testing.T) {
	got := NewBuckets(45*time.Second, time.Minute, 0, 45*time.Second, -time.Second, 500*time.Millisecond)
	want := []float64{0.5, 5, 10, 20, 30, 45, 60, 120, 300, 600, 1800, 3600, 14400, 86400}
	if len(got) != len(want) {
		t.Fatalf("%v, want %v", got, want)
	}
	for i := range got {
		if float64(got[i])/1e9 != want[i] {
			t.Errorf("bound %d is %v, want %v", i, float64(got[i])/1e9, want[i])
		}
	}
}

// The sum goes on beyond what 64 bits of nanoseconds hold.
func TestHistSumDoesNotOverflow(t *testing.T) {
	h, b := &Hist{}, NewBuckets()
	for range 5 {
		h.observe(b, spotOf(b, math.MaxInt64), nil)
	}
	total := &Hist{}
	total.add(h)
	total.add(h)
	if want := 10 * float64(math.MaxInt64) / 1e9; math.Abs(total.Sum()-want) > 1e-6*want {
		t.Errorf("sum %v, want %v", total.Sum(), want)
	}
	if total.Seconds != 92233720368 || total.Nanos != 547758070 {
		t.Errorf("sum %d.%09d, want 92233720368.547758070", total.Seconds, total.Nanos)
	}
}

type observation struct {
	ns int64
	ex Exemplar
}

func observations() *rapid.Generator[[]observation] {
	one := rapid.Custom(func(t *rapid.T) observation {
		o := observation{ns: rapid.Int64Range(0, 1e15).Draw(t, "ns")}
		// Few distinct values, so that ties happen.
		o.ex = Exemplar{
			Conversation: ConversationID{rapid.Byte().Draw(t, "conversation")},
			Value:        o.ns,
			Time:         rapid.Int64Range(1, 4).Draw(t, "time"),
		}
		return o
	})
	return rapid.SliceOfN(one, 0, 40)
}

// trimmed is the histogram without empty native buckets at its ends, which
// depend on nothing that is shown.
func trimmed(h *Hist) Hist {
	out := *h
	for len(out.Native) > 0 && out.Native[0] == 0 {
		out.Native, out.NativeFrom = out.Native[1:], out.NativeFrom+1
	}
	for len(out.Native) > 0 && out.Native[len(out.Native)-1] == 0 {
		out.Native = out.Native[:len(out.Native)-1]
	}
	if len(out.Native) == 0 {
		out.NativeFrom = 0
	}
	return out
}

func equalHist(a, b *Hist) bool {
	x, y := trimmed(a), trimmed(b)
	return x.Count == y.Count && x.Seconds == y.Seconds && x.Nanos == y.Nanos && x.Zero == y.Zero && x.NativeFrom == y.NativeFrom &&
		slices.Equal(x.Native, y.Native) && slices.Equal(x.Classic, y.Classic) && slices.Equal(x.Exemplars, y.Exemplars)
}

func TestHistAddCommutes(t *testing.T) {
	b := NewBuckets()
	rapid.Check(t, func(t *rapid.T) {
		all := observations().Draw(t, "observations")
		whole := &Hist{}
		parts := make([]*Hist, 4)
		for i := range parts {
			parts[i] = &Hist{}
		}
		for _, o := range all {
			whole.observe(b, spotOf(b, o.ns), &o.ex)
			parts[rapid.IntRange(0, len(parts)-1).Draw(t, "part")].observe(b, spotOf(b, o.ns), &o.ex)
		}
		for range 2 {
			sum := &Hist{}
			for _, p := range rapid.Permutation(parts).Draw(t, "order") {
				sum.add(p)
			}
			if !equalHist(sum, whole) {
				t.Fatalf("parts add up to %+v, want %+v", sum, whole)
			}
		}
	})
}

func TestConversationIDString(t *testing.T) {
	for _, s := range []string{"", "0", "000000000000000", "00000000000000000", "000000000000000u", "0000000000000O00"} {
		if _, ok := ParseConversationID(s); ok {
			t.Errorf("%q is taken for an id", s)
		}
	}
	f := func(id ConversationID, want string) {
		t.Helper()
		if back, ok := ParseConversationID(want); !ok || back != id {
			t.Errorf("%s is read as %v, %v", want, back, ok)
		}
		if got := id.String(); got != want {
			t.Errorf("%v is %q, want %q", [10]byte(id), got, want)
		}
	}
	f(ConversationID{}, "0000000000000000")
	f(ConversationID{255, 255, 255, 255, 255, 255, 255, 255, 255, 255}, "zzzzzzzzzzzzzzzz")
	f(ConversationID{0, 0, 0, 0, 1, 0x80, 0, 0, 0, 0}, "00000001g0000000")
}

func spotOf(b Buckets, ns int64) *spot {
	var s spot
	s.find(b, max(ns, 0))
	return &s
}
