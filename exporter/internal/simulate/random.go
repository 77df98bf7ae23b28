package simulate

import (
	"math"
	"math/rand/v2"
	"time"
)

// random is the only source of chance of a scenario.
type random struct{ *rand.Rand }

func newRandom(seed uint64) random {
	return random{rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15))}
}

func (r random) chance(p float64) bool { return r.Float64() < p }

// between is uniform in [a, b), in whole milliseconds.
func (r random) between(a, b time.Duration) time.Duration {
	return (a + time.Duration(r.Float64()*float64(b-a))).Truncate(time.Millisecond)
}

// around is log-normal: half of the results are below median; sigma 0.5 is a
// narrow spread, 1 a wide one. Results stay within 12 times the median, so
// that no single draw decides about a whole day.
func (r random) around(median time.Duration, sigma float64) time.Duration {
	f := math.Exp(sigma * r.NormFloat64())
	return time.Duration(float64(median) * min(max(f, 0.08), 12)).Truncate(time.Millisecond)
}

// exponential has the given mean.
func (r random) exponential(mean time.Duration) time.Duration {
	return time.Duration(float64(mean) * r.ExpFloat64())
}

// weighted gives an index with a chance in proportion to its weight.
func (r random) weighted(weights []float64) int {
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	x := r.Float64() * sum
	for i, w := range weights {
		if x -= w; x < 0 {
			return i
		}
	}
	return len(weights) - 1
}

func pick[T any](r random, from []T) T { return from[r.IntN(len(from))] }

// mix is a fixed scramble (splitmix64): what is always true of a contact, its
// language or name, follows from its number without being stored.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// share turns a scrambled number into [0, 1).
func share(x uint64) float64 { return float64(x>>11) / (1 << 53) }
