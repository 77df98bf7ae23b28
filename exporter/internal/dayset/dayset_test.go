package dayset

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"
	"time"
)

var start = time.Date(2026, 3, 2, 23, 0, 0, 0, time.UTC).UnixNano()

// naive remembers every hash with its time, in seconds.
type naive map[uint64]int64

func (n naive) add(h uint64, now int64) bool {
	at, ok := n[h]
	sec := int64(time.Second)
	if ok && at/sec*sec+int64(Window) >= now/sec*sec {
		return false
	}
	n[h] = now
	return true
}

// TestAgainstNaive adds random hashes over 30 days to the set, to one that is
// restored from time to time, and to a map.
func TestAgainstNaive(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var s Set
	want := naive{}
	now := start
	for i := range 40_000 {
		now += rng.Int64N(int64(2 * time.Minute))
		h := rng.Uint64N(8_000) << 32 // low bits alike, and 0 among them
		if got, want := s.Add(h, now), want.add(max(h, 1), now); got != want {
			t.Fatalf("hash %x is new: %v, want %v (%d added)", h, got, want, i)
		}
		if !s.Has(h, now) {
			t.Fatalf("hash %x was added and is not there", h)
		}
		if i%9_999 == 0 {
			b := append(s.Append(nil), "rest"...)
			back, rest, err := Decode(b)
			if err != nil || string(rest) != "rest" {
				t.Fatalf("decoding leaves %q, %v", rest, err)
			}
			if back.Len() != s.Len() {
				t.Fatalf("%d hashes came back of %d", back.Len(), s.Len())
			}
			s = back
		}
	}
}

func TestWindow(t *testing.T) {
	var s Set
	s.Add(7, start)
	for _, at := range []time.Duration{0, time.Second, 24 * time.Hour, Window, Window + 999*time.Millisecond} {
		if !s.Has(7, start+int64(at)) {
			t.Errorf("forgotten after %s", at)
		}
	}
	if s.Has(7, start+int64(Window+time.Second)) {
		t.Error("remembered beyond the window")
	}
	if !s.Add(7, start+int64(Window+time.Second)) {
		t.Error("not new beyond the window")
	}
	if s.Has(8, start) {
		t.Error("has what was never added")
	}
}

func TestDecodeDamaged(t *testing.T) {
	var s Set
	for h := range uint64(100) {
		s.Add(h+1, start+int64(h)*int64(time.Hour))
	}
	whole := s.Append(nil)
	for n := range whole {
		if _, _, err := Decode(whole[:n]); !errors.Is(err, ErrDamaged) {
			t.Fatalf("the first %d bytes of %d: %v", n, len(whole), err)
		}
	}
	for _, b := range [][]byte{
		{1, 2, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, // one hash twice
		{2, 4, 0, 2, 0}, // days out of order
		bytes.Repeat([]byte{0xff}, 40),
	} {
		if _, _, err := Decode(b); !errors.Is(err, ErrDamaged) {
			t.Errorf("%x: %v", b, err)
		}
	}
}

// BenchmarkAdd adds new hashes to a set that holds a week of them.
func BenchmarkAdd(b *testing.B) {
	const perDay = 1_000_000
	var s Set
	h := uint64(1)
	for d := range int64(7) {
		for range perDay {
			h = h*6364136223846793005 + 1442695040888963407
			s.Add(h, start+d*day)
		}
	}
	now := start + 7*day
	for b.Loop() {
		h = h*6364136223846793005 + 1442695040888963407
		s.Add(h, now)
	}
}
