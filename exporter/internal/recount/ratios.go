package recount

import "time"

// sample is what one occasion adds to a ratio gauge.
type sample struct {
	series  string
	at      time.Time
	hit, of float64
}

func (r *recount) sample(at time.Time, hit, of float64, name string, labels ...string) {
	r.samples = append(r.samples, sample{Series(name, labels...), at, hit, of})
}

// share is a hit or none, of one.
func share(hit bool) float64 {
	if hit {
		return 1
	}
	return 0
}

// ratios adds up the samples of the last stretch, in buckets that count as long
// as they reach into it.
func (r *recount) ratios() {
	width := max(time.Second, r.s.RatiosWindow/1440)
	from := r.now.Add(-r.s.RatiosWindow)
	hits, all := map[string]float64{}, map[string]float64{}
	for _, s := range r.samples {
		if bucket(s.at, width).Add(width).After(from) {
			hits[s.series] += s.hit
			all[s.series] += s.of
		}
	}
	for series, of := range all {
		if of > 0 {
			r.totals[series] = hits[series] / of
		}
	}
}

// bucket is the last multiple of width since 1970 that is not after t.
func bucket(t time.Time, width time.Duration) time.Time {
	return t.Add(-time.Duration(t.UnixNano() % int64(width)))
}
