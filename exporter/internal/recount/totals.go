package recount

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Totals maps a series, written as in the text exposition with its labels
// sorted by name, to its value. Histograms stand as their _count, _sum and
// cumulative _bucket series. Series that were never touched are left out.
type Totals map[string]float64

// baseBuckets in seconds; the configured targets are added.
var baseBuckets = []float64{5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 14400, 86400}

// buckets are the upper bounds of every histogram, +Inf last.
func (s Settings) buckets() []float64 {
	b := append(slices.Clone(baseBuckets),
		s.FirstResponse.Seconds(), s.Resolution.Seconds(), s.NegativeResponse.Seconds(), math.Inf(1))
	for _, o := range s.Overrides {
		for _, d := range []time.Duration{o.FirstResponse, o.Resolution, o.NegativeResponse} {
			if d > 0 {
				b = append(b, d.Seconds())
			}
		}
	}
	slices.Sort(b)
	return slices.Compact(b)
}

// Series writes a series' name; pairs are label names and values in turn.
func Series(name string, pairs ...string) string {
	labels := make([]string, 0, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		labels = append(labels, pairs[i]+"="+strconv.Quote(pairs[i+1]))
	}
	slices.Sort(labels)
	return name + "{" + strings.Join(labels, ",") + "}"
}

// add counts one.
func (t Totals) add(name string, pairs ...string) { t[Series(name, pairs...)]++ }

// observe puts one duration into a histogram.
func (t Totals) observe(bounds []float64, name string, d time.Duration, pairs ...string) {
	t[Series(name+"_count", pairs...)]++
	t[Series(name+"_sum", pairs...)] += d.Seconds()
	for _, le := range bounds {
		if d.Seconds() <= le {
			t[Series(name+"_bucket", append(slices.Clone(pairs), "le", formatBound(le))...)]++
		}
	}
}

func formatBound(le float64) string {
	if math.IsInf(le, 1) {
		return "+Inf"
	}
	return strconv.FormatFloat(le, 'g', -1, 64)
}
