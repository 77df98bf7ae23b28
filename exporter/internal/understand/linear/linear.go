// Package linear is a small hashed linear classifier: the caller turns a text
// into 32-bit feature hashes, a model adds up one int8 weight per feature and
// class. Training, scores and the encoded form are the same on every
// architecture, bit for bit. It never looks at texts, never reads files and
// never allocates while scoring.
package linear

import "math"

// MaxClasses and MaxBits bound a model: what Decode accepts and Train makes
// never needs more than MaxClasses << MaxBits bytes.
const (
	MaxClasses = 16
	MaxBits    = 22
)

// Norm says how much one feature of a text counts.
type Norm uint8

const (
	// Sum counts every feature fully: evidence grows with the text.
	Sum Norm = iota
	// Root counts every feature 1/√n in a text of n features, so that long
	// texts don't drown in their own scores.
	Root
)

// Model is immutable and safe for concurrent use. Its weights lie bucket by
// bucket, the classes of one bucket side by side: a feature is one cache line.
type Model struct {
	bits    uint8
	norm    Norm
	bias    []float32
	scale   []float32
	weights []int8
}

// Classes is the number of classes: labels are 0 to Classes()-1.
func (m *Model) Classes() int { return len(m.bias) }

// Buckets is the number of weights of each class.
func (m *Model) Buckets() int { return 1 << m.bits }

// Scores writes the score of each class, a logit, into dst, which must be at
// least Classes() long, and returns that part of dst. Without features it gives
// the biases. Features that occur twice count twice.
func (m *Model) Scores(features []uint32, dst []float32) []float32 {
	classes := len(m.bias)
	dst = dst[:classes]
	var sums [MaxClasses]int64
	shift := 32 - uint(m.bits)
	if classes == 3 { // what the project's models have; the loop below does the same
		var a, b, c int64
		for _, f := range features {
			at := int(bucket(f, shift)) * 3
			w := m.weights[at : at+3 : at+3]
			a += int64(w[0])
			b += int64(w[1])
			c += int64(w[2])
		}
		sums[0], sums[1], sums[2] = a, b, c
	} else {
		for _, f := range features {
			at := int(bucket(f, shift)) * classes
			for i, w := range m.weights[at : at+classes] {
				sums[i] += int64(w)
			}
		}
	}
	one := value(m.norm, len(features))
	for i := range dst {
		v := float64(float64(sums[i]) * float64(m.scale[i]))
		dst[i] = float32(float64(v*one) + float64(m.bias[i]))
	}
	return dst
}

// Softmax turns scores into probabilities, in place.
func Softmax(scores []float32) {
	if len(scores) == 0 {
		return
	}
	top := scores[0]
	for _, s := range scores {
		top = max(top, s)
	}
	var sum float64
	for i, s := range scores {
		e := exp(float64(s) - float64(top))
		scores[i] = float32(e)
		sum += e
	}
	for i, s := range scores {
		scores[i] = float32(float64(s) / sum)
	}
}

// bucket spreads a hash before its upper bits are taken: callers may use cheap
// hashes whose low bits alone differ.
func bucket(f uint32, shift uint) uint32 {
	f ^= f >> 15
	f *= 0x2c1b3c6d
	f ^= f >> 13
	return (f * 0x9e3779b1) >> shift
}

// value is what one of n features counts.
func value(norm Norm, n int) float64 {
	if norm == Root && n > 1 {
		return 1 / math.Sqrt(float64(n))
	}
	return 1
}
