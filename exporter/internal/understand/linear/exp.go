package linear

import "math"

// exp is e^x for x ≤ 0. math.Exp has assembly on some architectures, and
// elsewhere the compiler may fuse a product with a sum: both change last bits,
// and a model must not depend on where it was trained. Hence plain steps, each
// product rounded by a conversion. The relative error is under 1e-14.
func exp(x float64) float64 {
	if x < -700 || x != x {
		return 0
	}
	const (
		log2e = 1.44269504088896338700
		ln2hi = 6.93147180369123816490e-01
		ln2lo = 1.90821492927058770002e-10
	)
	k := math.Floor(float64(x*log2e) + 0.5)
	r := x - float64(k*ln2hi)
	r -= float64(k * ln2lo)
	// |r| ≤ ln(2)/2: fourteen terms of the series are enough.
	sum := 1.0
	for n := 14; n > 0; n-- {
		sum = 1 + float64(float64(r*sum)/float64(n))
	}
	return float64(sum * math.Float64frombits(uint64(int64(k)+1023)<<52))
}
