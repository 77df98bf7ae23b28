package metrics

import (
	"slices"
	"sort"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

// family is what all series of a measure.Family share.
type family struct {
	desc  *prometheus.Desc
	names []string // as in Series.Labels
	order []int    // of names, sorted: the registry wants sorted pairs
	// Of a family with segments: the place of the label, and what the series
	// without one have; an empty label would be the same, but is read as one.
	segment int // -1 for none
	without *prometheus.Desc
}

func newFamily(f *measure.Family) *family {
	names := f.LabelNames()
	order := make([]int, len(names))
	for i := range order {
		order[i] = i
	}
	sort.Slice(order, func(i, j int) bool { return names[order[i]] < names[order[j]] })
	fam := &family{desc: prometheus.NewDesc(f.Name, f.Help, names, nil), names: names, order: order, segment: slices.Index(names, measure.SegmentLabel)}
	fam.without = fam.desc
	if fam.segment >= 0 {
		fam.without = prometheus.NewDesc(f.Name, f.Help, slices.Delete(slices.Clone(names), fam.segment, fam.segment+1), nil)
	}
	return fam
}

// of is the description of the series with these values.
func (f *family) of(values []string) *prometheus.Desc {
	if f.segment >= 0 && values[f.segment] == "" {
		return f.without
	}
	return f.desc
}

// pairs makes the sorted label pairs of values, which stand in the order of
// names. It keeps values.
func (f *family) pairs(values []string) []*dto.LabelPair {
	pairs := make([]dto.LabelPair, len(values))
	out := make([]*dto.LabelPair, 0, len(values))
	for i, at := range f.order {
		if at == f.segment && values[at] == "" {
			continue
		}
		pairs[i].Name, pairs[i].Value = &f.names[at], &values[at]
		out = append(out, &pairs[i])
	}
	return out
}

// counter, gauge and histogram are constant: the messages that they hand out
// are made once and shared by all who write them.

type counter struct {
	desc   *prometheus.Desc
	labels []*dto.LabelPair
	value  float64
	out    dto.Counter
}

func newCounter(desc *prometheus.Desc, labels []*dto.LabelPair, v float64, created *timestamppb.Timestamp) *counter {
	m := &counter{desc: desc, labels: labels, value: v}
	m.out.Value, m.out.CreatedTimestamp = &m.value, created
	return m
}

func (m *counter) Desc() *prometheus.Desc { return m.desc }

func (m *counter) Write(out *dto.Metric) error {
	out.Label, out.Counter = m.labels, &m.out
	return nil
}

type gauge struct {
	desc   *prometheus.Desc
	labels []*dto.LabelPair
	value  float64
	out    dto.Gauge
}

func newGauge(desc *prometheus.Desc, labels []*dto.LabelPair, v float64) *gauge {
	m := &gauge{desc: desc, labels: labels, value: v}
	m.out.Value = &m.value
	return m
}

func (m *gauge) Desc() *prometheus.Desc { return m.desc }

func (m *gauge) Write(out *dto.Metric) error {
	out.Label, out.Gauge = m.labels, &m.out
	return nil
}

type histogram struct {
	desc   *prometheus.Desc
	labels []*dto.LabelPair
	out    *dto.Histogram
}

func newHistogram(desc *prometheus.Desc, labels []*dto.LabelPair, head *header, h *measure.Hist, exemplars bool) *histogram {
	return &histogram{desc: desc, labels: labels, out: histogramMessage(head, h, exemplars)}
}

func (m *histogram) Desc() *prometheus.Desc { return m.desc }

func (m *histogram) Write(out *dto.Metric) error {
	out.Label, out.Histogram = m.labels, m.out
	return nil
}
