package conversation

import (
	"cmp"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestQueue compares the heap of due times with a sorted list.
func TestQueue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var q queue[int]
		var want []int64
		serial := 0
		t.Repeat(map[string]func(*rapid.T){
			"push": func(t *rapid.T) {
				due := rapid.Int64Range(-3, 20).Draw(t, "due")
				q.push(due, serial)
				serial++
				want = append(want, due)
				slices.Sort(want)
			},
			"pop": func(t *rapid.T) {
				if len(want) == 0 {
					t.Skip("empty")
				}
				if got := q.pop(); got.due != want[0] {
					t.Fatalf("popped what is due at %d, want %d", got.due, want[0])
				}
				want = want[1:]
			},
			"clear": func(t *rapid.T) {
				if rapid.IntRange(0, 9).Draw(t, "really") == 0 {
					q.clear()
					want = want[:0]
				}
			},
			"": func(t *rapid.T) {
				if len(q.items) != len(want) {
					t.Fatalf("%d are queued, want %d", len(q.items), len(want))
				}
				if len(want) > 0 && q.items[0].due != want[0] {
					t.Fatalf("due next is %d, want %d", q.items[0].due, want[0])
				}
			},
		})
		seen := map[int]bool{}
		last := int64(-1 << 62)
		for len(q.items) > 0 {
			top := q.pop()
			if top.due < last || seen[top.what] {
				t.Fatalf("%d came after %d, seen before: %v", top.due, last, seen[top.what])
			}
			last, seen[top.what] = top.due, true
		}
	})
}

// TestRanking compares the ranking, which anybody may leave, with a sorted
// list.
func TestRanking(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := &ranking{pos: waitPos}
		var want []ranked
		serial := byte(0)
		t.Repeat(map[string]func(*rapid.T){
			"join": func(t *rapid.T) {
				if serial == 255 {
					t.Skip("out of ids")
				}
				serial++
				c := &conv{waitPos: -1}
				c.id[0], c.id[9] = rapid.Byte().Draw(t, "id"), serial
				at := rapid.Int64Range(1, 9).Draw(t, "at")
				r.change(c, at, 1)
				want = append(want, ranked{at, c})
				slices.SortFunc(want, func(a, b ranked) int {
					return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(string(a.c.id[:]), string(b.c.id[:])))
				})
			},
			"leave": func(t *rapid.T) {
				if len(want) == 0 {
					t.Skip("empty")
				}
				i := rapid.IntRange(0, len(want)-1).Draw(t, "who")
				r.change(want[i].c, want[i].at, -1)
				want = slices.Delete(want, i, i+1)
			},
			"": func(t *rapid.T) {
				if len(r.items) != len(want) {
					t.Fatalf("%d are ranked, want %d", len(r.items), len(want))
				}
				for i := range r.items {
					if got := r.items[i].c.waitPos; int(got) != i {
						t.Fatalf("who is at %d believes to be at %d", i, got)
					}
				}
				n := rapid.IntRange(0, len(want)+2).Draw(t, "top")
				var got []ranked
				r.first(n, func(k ranked) { got = append(got, k) })
				if !slices.Equal(got, want[:min(n, len(want))]) {
					t.Fatalf("the first %d are %v, want %v", n, got, want)
				}
			},
		})
	})
}
