package metrics

import (
	"math"

	dto "github.com/prometheus/client_model/go"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

// What the native form says of every histogram; shared, never written.
var (
	nativeSchema  = int32(measure.NativeSchema)
	zeroThreshold = math.Ldexp(1, -128) // client_golang's default
	infinity      = math.Inf(1)
	exemplarLabel = "conversation_id"
)

// histogramMessage makes both forms of h, equal to what client_golang's own
// histogram writes for the same observations. It keeps nothing of h.
func histogramMessage(head *header, h *measure.Hist, exemplars bool) *dto.Histogram {
	n := len(head.bounds)
	numbers := make([]uint64, n+2)
	numbers[n], numbers[n+1] = h.Count, h.Zero
	sum := h.Sum()
	out := &dto.Histogram{
		SampleCount:      &numbers[n],
		SampleSum:        &sum,
		CreatedTimestamp: head.histCreated,
		Schema:           &nativeSchema,
		ZeroThreshold:    &zeroThreshold,
		ZeroCount:        &numbers[n+1],
		Bucket:           make([]*dto.Bucket, n, n+1),
	}
	buckets := make([]dto.Bucket, n)
	cumulated := uint64(0)
	for i := range buckets {
		cumulated += h.Classic[i]
		numbers[i] = cumulated
		buckets[i].UpperBound, buckets[i].CumulativeCount = &head.bounds[i], &numbers[i]
		out.Bucket[i] = &buckets[i]
	}
	out.PositiveSpan, out.PositiveDelta = spans(h)
	if !exemplars {
		return out
	}
	for i := range h.Exemplars {
		if h.Exemplars[i].Time == 0 {
			continue
		}
		ex := exemplar(&h.Exemplars[i])
		if i == n {
			// The bucket +Inf is implied, unless it has something to say.
			out.Bucket = append(out.Bucket, &dto.Bucket{UpperBound: &infinity, CumulativeCount: &numbers[n]})
		}
		out.Bucket[i].Exemplar = ex
		out.Exemplars = append(out.Exemplars, ex)
	}
	return out
}

func exemplar(e *measure.Exemplar) *dto.Exemplar {
	id, value := e.Conversation.String(), float64(e.Value)/1e9
	return &dto.Exemplar{
		Label:     []*dto.LabelPair{{Name: &exemplarLabel, Value: &id}},
		Value:     &value,
		Timestamp: timestamp(e.Time),
	}
}

// maxGap is how many empty buckets are written out rather than starting a new
// span, as client_golang does.
const maxGap = 2

// spans writes the native buckets as Prometheus has them: runs of consecutive
// buckets, each count as the difference to the one before it.
func spans(h *measure.Hist) ([]*dto.BucketSpan, []int64) {
	var (
		spans    []*dto.BucketSpan
		deltas   []int64
		previous int64
		next     = 0 // index behind the last bucket written
	)
	add := func(count int64) {
		*spans[len(spans)-1].Length++
		deltas = append(deltas, count-previous)
		previous = count
	}
	for i, count := range h.Native {
		if count == 0 {
			continue
		}
		index := int(h.NativeFrom) + i
		if gap := int32(index - next); len(spans) == 0 || gap > maxGap {
			spans = append(spans, &dto.BucketSpan{Offset: &gap, Length: new(uint32)})
		} else {
			for range gap {
				add(0)
			}
		}
		add(int64(count))
		next = index + 1
	}
	return spans, deltas
}
