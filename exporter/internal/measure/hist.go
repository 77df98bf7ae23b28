package measure

import (
	"math"
	"sort"
	"strings"
	"time"
)

// DefaultBuckets are the classic upper bounds in seconds (DEFINITIONS section
// 11); every configured target is added to them.
var DefaultBuckets = []float64{5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 14400, 86400}

// Buckets is a list of classic upper bounds in nanoseconds, rising.
type Buckets []int64

// NewBuckets makes the list of the default bounds and the targets.
func NewBuckets(targets ...time.Duration) Buckets {
	var b Buckets
	for _, s := range DefaultBuckets {
		b = append(b, int64(s*float64(time.Second)))
	}
	for _, t := range targets {
		b = append(b, int64(t))
	}
	sort.Slice(b, func(i, j int) bool { return b[i] < b[j] })
	out := b[:0]
	for i, v := range b {
		if v > 0 && (i == 0 || v != b[i-1]) {
			out = append(out, v)
		}
	}
	return out
}

// Equal tells whether two lists have the same bounds.
func (b Buckets) Equal(o Buckets) bool {
	if len(b) != len(o) {
		return false
	}
	for i := range b {
		if b[i] != o[i] {
			return false
		}
	}
	return true
}

// NativeSchema is the resolution of the native buckets: 2^(1/8), the schema
// that client_golang chooses for a bucket factor of 1.1.
const NativeSchema = 3

// nativeBounds are the upper bounds of the sub-buckets of [0.5, 1), 2^(i/8-1):
// to the last digit those of client_golang and Prometheus, which math.Exp2
// misses by one unit in the last place.
var nativeBounds = [1 << NativeSchema]float64{
	0.5, 0.5452538663326288, 0.5946035575013605, 0.6484197773255048,
	0.7071067811865475, 0.7711054127039704, 0.8408964152537144, 0.9170040432046711,
}

// nativeIndex is the index of the native bucket (lower, upper] that holds a
// positive value.
func nativeIndex(v float64) int {
	frac, exp := math.Frexp(v)
	return sort.SearchFloat64s(nativeBounds[:], frac) + (exp-1)*len(nativeBounds)
}

// ConversationID is the opaque id of a conversation, printed as text by its
// String method.
type ConversationID [10]byte

const idAlphabet = "0123456789abcdefghjkmnpqrstvwxyz" // Crockford's base 32

// String gives 16 characters of base 32.
func (c ConversationID) String() string {
	var out [16]byte
	for half := range 2 {
		var v uint64
		for _, b := range c[half*5 : half*5+5] {
			v = v<<8 | uint64(b)
		}
		for i := 7; i >= 0; i-- {
			out[half*8+i] = idAlphabet[v&31]
			v >>= 5
		}
	}
	return string(out[:])
}

// ParseConversationID reads what String gave; ok is false for anything else.
func ParseConversationID(s string) (id ConversationID, ok bool) {
	if len(s) != 16 {
		return id, false
	}
	for half := range 2 {
		var v uint64
		for _, c := range []byte(s[half*8 : half*8+8]) {
			digit := strings.IndexByte(idAlphabet, c)
			if digit < 0 {
				return ConversationID{}, false
			}
			v = v<<5 | uint64(digit)
		}
		for i := 4; i >= 0; i-- {
			id[half*5+i] = byte(v)
			v >>= 8
		}
	}
	return id, true
}

// Exemplar is one observation by which a bucket can be looked into.
type Exemplar struct {
	Conversation ConversationID
	// Value in nanoseconds, Time in Unix nanoseconds; a zero Time is none.
	Value, Time int64
}

// newer orders exemplars so that which one stays does not depend on the order
// in which stores are added up.
func (e Exemplar) newer(o Exemplar) bool {
	if e.Time != o.Time {
		return e.Time > o.Time
	}
	if e.Value != o.Value {
		return e.Value > o.Value
	}
	return string(e.Conversation[:]) > string(o.Conversation[:])
}

// Hist is a histogram in both forms.
type Hist struct {
	Count uint64
	// Seconds and Nanos (below one second) are the sum. As nanoseconds alone it
	// would overflow after 292 years of waiting, which the customers of a busy
	// helpdesk add up within months.
	Seconds, Nanos int64
	// Classic counts per bucket, not cumulated; the last is +Inf.
	Classic []uint64
	// Zero counts observations of exactly 0; Native[i] is the count of the
	// bucket with index NativeFrom+i.
	Zero       uint64
	NativeFrom int32
	Native     []uint64
	// Exemplars per classic bucket; nil where the family has none.
	Exemplars []Exemplar
}

// spot is where a duration belongs in a histogram. One reply is observed by
// several clocks that mostly began together, so the last one is kept.
type spot struct {
	ns              int64
	classic, native int
}

// find gives the place of a duration, not negative; the zero spot is that of 0.
func (s *spot) find(b Buckets, ns int64) {
	if s.ns == ns {
		return
	}
	*s = spot{ns: ns}
	for s.classic < len(b) && ns > b[s.classic] {
		s.classic++
	}
	if ns > 0 {
		s.native = nativeIndex(float64(ns) / 1e9)
	}
}

func (h *Hist) observe(b Buckets, at *spot, ex *Exemplar) {
	if h.Classic == nil {
		h.Classic = make([]uint64, len(b)+1)
	}
	h.Count++
	h.addSum(at.ns/1e9, at.ns%1e9)
	h.Classic[at.classic]++
	if at.ns == 0 {
		h.Zero++
	} else {
		h.native(at.native, 1)
	}
	if ex != nil {
		h.exemplar(at.classic, *ex, len(b)+1)
	}
}

func (h *Hist) exemplar(i int, ex Exemplar, n int) {
	if h.Exemplars == nil {
		h.Exemplars = make([]Exemplar, n)
	}
	if ex.newer(h.Exemplars[i]) {
		h.Exemplars[i] = ex
	}
}

func (h *Hist) native(index int, n uint64) {
	switch at := index - int(h.NativeFrom); {
	case len(h.Native) == 0:
		h.NativeFrom, h.Native = int32(index), append(h.Native, n)
	case at < 0:
		grown := make([]uint64, len(h.Native)-at)
		copy(grown[-at:], h.Native)
		h.NativeFrom, h.Native = int32(index), grown
		h.Native[0] = n
	default:
		for at >= len(h.Native) {
			h.Native = append(h.Native, 0)
		}
		h.Native[at] += n
	}
}

// add adds o, which has the same classic bounds.
func (h *Hist) add(o *Hist) {
	if o == nil || o.Count == 0 {
		return
	}
	if h.Classic == nil {
		h.Classic = make([]uint64, len(o.Classic))
	}
	h.Count += o.Count
	h.addSum(o.Seconds, o.Nanos)
	h.Zero += o.Zero
	for i, n := range o.Classic {
		h.Classic[i] += n
	}
	for i, n := range o.Native {
		if n > 0 {
			h.native(int(o.NativeFrom)+i, n)
		}
	}
	for i, ex := range o.Exemplars {
		if ex.Time != 0 {
			h.exemplar(i, ex, len(o.Exemplars))
		}
	}
}

func (h *Hist) addSum(seconds, nanos int64) {
	h.Seconds += seconds
	if h.Nanos += nanos; h.Nanos >= 1e9 {
		h.Nanos -= 1e9
		h.Seconds++
	}
}

// Sum is the sum of all observations in seconds.
func (h *Hist) Sum() float64 { return float64(h.Seconds) + float64(h.Nanos)/1e9 }

// clear sets everything to zero and keeps the memory.
func (h *Hist) clear() {
	clear(h.Classic)
	clear(h.Exemplars)
	*h = Hist{Classic: h.Classic, Native: h.Native[:0], Exemplars: h.Exemplars}
}
