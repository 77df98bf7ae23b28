package dayset

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestWindowEdges adds a hash at moments around the edges of days and hours
// and looks for it 7 days later, to the second.
func TestWindowEdges(t *testing.T) {
	midnight := time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC)
	for _, added := range []time.Time{
		midnight, midnight.Add(1), midnight.Add(time.Second - 1), midnight.Add(time.Second), midnight.Add(-1), midnight.Add(-time.Second),
		midnight.Add(-time.Second - 1), midnight.Add(12*time.Hour + 500*time.Millisecond), midnight.Add(24*time.Hour - 1),
		time.Date(2024, 2, 28, 23, 59, 59, 999_999_999, time.UTC), time.Unix(0, 0), time.Unix(1, 0),
	} {
		// A second counts as a whole: the time of day is kept in seconds.
		last := added.Truncate(time.Second).Add(Window).Add(time.Second - 1)
		for _, tc := range []struct {
			at   time.Time
			want bool
		}{
			{added, true}, {added.Add(time.Hour), true}, {added.Add(Window), true}, {last.Add(-time.Second), true}, {last, true},
			{last.Add(1), false}, {last.Add(time.Second), false}, {last.Add(24 * time.Hour), false}, {last.Add(1000 * time.Hour), false},
		} {
			if tc.at.Before(added) {
				continue
			}
			var s Set
			if !s.Add(1, added.UnixNano()) {
				t.Fatalf("%s: the first is not new", added)
			}
			if got := s.Has(1, tc.at.UnixNano()); got != tc.want {
				t.Errorf("added %s, looked for at %s: %v", added, tc.at, got)
			}
			// Has forgets; Add must find the same in a set that was not looked at.
			var a Set
			a.Add(1, added.UnixNano())
			if got := !a.Add(1, tc.at.UnixNano()); got != tc.want {
				t.Errorf("added %s and again at %s: known %v", added, tc.at, got)
			}
		}
	}
}

// A repetition within the window does not prolong it: what counts is when the
// event was applied.
func TestRepetitionDoesNotProlong(t *testing.T) {
	var s Set
	s.Add(1, start)
	for d := time.Duration(0); d <= Window; d += 5 * time.Hour {
		if s.Add(1, start+int64(d)) {
			t.Fatalf("new after %s", d)
		}
	}
	if !s.Add(1, start+int64(Window+time.Second)) {
		t.Error("repetitions prolonged the window")
	}
}

// TestAgainstMap compares any sequence of calls with a plain map, from any time
// of day on, restored from its encoding at any point.
func TestAgainstMap(t *testing.T) {
	steps := rapid.SampledFrom([]time.Duration{
		0, 1, time.Second - 1, time.Second, time.Minute, time.Hour, 23 * time.Hour, 24*time.Hour - 1, 24 * time.Hour, 24*time.Hour + 1,
		3 * 24 * time.Hour, Window - time.Second, Window - 1, Window, Window + 1, Window + time.Second, Window + 24*time.Hour, 60 * 24 * time.Hour,
	})
	rapid.Check(t, func(t *rapid.T) {
		var s Set
		want := naive{}
		now := start + rapid.Int64Range(0, day).Draw(t, "offset")
		t.Repeat(map[string]func(*rapid.T){
			"pass": func(t *rapid.T) { now += int64(steps.Draw(t, "step")) },
			"add": func(t *rapid.T) {
				h := rapid.Uint64Range(0, 9).Draw(t, "hash")
				if got, want := s.Add(h, now), want.add(max(h, 1), now); got != want {
					t.Fatalf("%d is new: %v, want %v", h, got, want)
				}
			},
			"has": func(t *rapid.T) {
				h := rapid.Uint64Range(0, 9).Draw(t, "hash")
				at, ok := want[max(h, 1)]
				sec := int64(time.Second)
				if got, want := s.Has(h, now), ok && at/sec*sec+int64(Window) >= now/sec*sec; got != want {
					t.Fatalf("%d is there: %v, want %v", h, got, want)
				}
			},
			"restore": func(t *rapid.T) {
				back, rest, err := Decode(s.Append(nil))
				if err != nil || len(rest) != 0 {
					t.Fatalf("%d bytes left, %v", len(rest), err)
				}
				s = back
			},
			"": func(t *rapid.T) {
				if n := len(s.days); n > 9 {
					t.Fatalf("%d days are held", n)
				}
				days := slices.IsSortedFunc(s.days, func(a, b *table) int { return int(a.day - b.day) })
				if !days {
					t.Fatal("the days are not in order")
				}
			},
		})
	})
}

// TestGrowth fills a day: nothing is lost, the tables stay at most three
// quarters full, and an entry never takes more than 32 bytes, nor much less
// than it has to.
func TestGrowth(t *testing.T) {
	var s Set
	const n = 200_000
	h := uint64(1)
	hashes := make([]uint64, 0, n)
	for i := range n {
		h = h*6364136223846793005 + 1442695040888963407
		hashes = append(hashes, h)
		if !s.Add(h, start) {
			t.Fatalf("hash %d is not new", i)
		}
		tb := s.days[0]
		if tb.n*4 > len(tb.slots)*3 || len(tb.slots) != len(tb.secs) {
			t.Fatalf("%d hashes in %d slots, %d seconds", tb.n, len(tb.slots), len(tb.secs))
		}
		// 8 bytes of hash and 4 of time a slot
		if bytes := len(tb.slots) * 12; i >= 64 && bytes > 32*(i+1) {
			t.Fatalf("%d bytes for %d hashes", bytes, i+1)
		}
	}
	if s.Len() != n {
		t.Fatalf("%d are held", s.Len())
	}
	for i, h := range hashes {
		if s.Add(h, start) || !s.Has(h, start) {
			t.Fatalf("hash %d was lost", i)
		}
	}
	if got := len(s.Append(nil)); got > s.Size() || got < n*slotBytes {
		t.Errorf("encoded in %d bytes, Size says %d", got, s.Size())
	}
	back, _, err := Decode(s.Append(nil))
	if err != nil || back.Len() != n || len(back.days[0].slots) > len(s.days[0].slots) {
		t.Errorf("restored: %d of %d hashes, %d slots of %d, %v", back.Len(), n, len(back.days[0].slots), len(s.days[0].slots), err)
	}
}

// Hashes that are alike in most of their bits do not make chains: on average
// one is found within a few slots of where it is looked for first.
func TestAlikeHashes(t *testing.T) {
	for _, shift := range []int{0, 7, 16, 32, 48} {
		var s Set
		for i := range uint64(60_000) {
			if !s.Add((i+1)<<shift, start) {
				t.Fatalf("shift %d: %d is not new", shift, i)
			}
		}
		tb := s.days[0]
		mask := uint64(len(tb.slots) - 1)
		away := uint64(0)
		for i, h := range tb.slots {
			if h != 0 {
				away += (uint64(i) - spread(h)) & mask
			}
		}
		if mean := float64(away) / float64(tb.n); mean > 3 {
			t.Errorf("shift %d: %.1f slots away on average", shift, mean)
		}
	}
}

func TestNoAllocations(t *testing.T) {
	var s Set
	for i := range uint64(1000) {
		s.Add(i+1, start)
	}
	i := uint64(0)
	if n := testing.AllocsPerRun(500, func() {
		i++
		s.Has(i, start)
		s.Add(i, start)
	}); n != 0 {
		t.Errorf("%g allocations a look", n)
	}
}

func FuzzDecode(f *testing.F) {
	var s Set
	f.Add(s.Append(nil))
	for i := range uint64(100) {
		s.Add(i*i+1, start+int64(i)*int64(time.Hour))
	}
	f.Add(s.Append(nil))
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Fuzz(func(t *testing.T, b []byte) {
		s, rest, err := Decode(b)
		if err != nil {
			return
		}
		if s.Len()*slotBytes > len(b) {
			t.Fatalf("%d hashes out of %d bytes", s.Len(), len(b))
		}
		once := s.Append(nil)
		back, more, err := Decode(append(bytes.Clone(once), rest...))
		if err != nil || !bytes.Equal(more, rest) || back.Len() != s.Len() {
			t.Fatalf("came back as %d of %d hashes, %v", back.Len(), s.Len(), err)
		}
		for _, d := range s.days {
			for i, h := range d.slots {
				if h != 0 {
					var found bool
					for _, e := range back.days {
						if sec, ok := e.get(h); ok && e.day == d.day && sec == d.secs[i] {
							found = true
						}
					}
					if !found {
						t.Fatalf("hash %x of day %d was lost", h, d.day)
					}
				}
			}
		}
	})
}
