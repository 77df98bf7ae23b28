package recounttest

import "pgregory.net/rapid"

// evenBits bounds what uniform can tell apart.
const evenBits = 10

// even draws 0 to 1<<evenBits-1, each as often. Rapid's own ranges and samples
// prefer small values and ends, which would make most of a history out of the
// first line of each table.
var even = rapid.Custom(func(t *rapid.T) int {
	n := 0
	for range evenBits {
		n <<= 1
		if rapid.Bool().Draw(t, "bit") {
			n |= 1
		}
	}
	return n
})

// below draws 0 to n-1; it shrinks to 0.
func below(t *rapid.T, n int, label string) int { return even.Draw(t, label) * n >> evenBits }

// one draws an element; it shrinks to the first.
func one[T any](t *rapid.T, label string, from []T) T { return from[below(t, len(from), label)] }

func pick[T any](g *generator, label string, from ...T) T { return one(g.t, label, from) }

// chance is true in so many of a hundred draws; it shrinks to false.
func (g *generator) chance(percent int, label string) bool {
	return below(g.t, 100, label) >= 100-percent
}
