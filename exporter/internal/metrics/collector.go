// Package metrics shows what was counted to Prometheus: the families of
// package measure through a collector of its own, with classic and native
// histograms in one, and the exporter's metrics about itself (self.go).
//
// A scrape asks the Source for the state as it is and never looks at the
// clock, so equal states give equal expositions. It blocks the Source only
// while that fills a measure.View; encoding happens afterwards, in the
// goroutine that asked.
package metrics

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

// ErrNotReady is what a Source returns while its state is still being
// recovered: what it could show then would look like a reset of counters.
var ErrNotReady = errors.New("the journal has not been replayed to its end")

// Source fills v with the state as it is now. v is the caller's, who gives the
// same one to each call. It returns an error, ErrNotReady for one, where there
// is nothing to be shown; v may then be half filled.
type Source interface {
	View(ctx context.Context, v *measure.View) error
}

// Options of a Collector; the zero value is usable.
type Options struct {
	// Timeout [10s] for the Source to answer one scrape.
	Timeout time.Duration
	// Logger gets what keeps the Source from answering, ErrNotReady excepted.
	Logger *slog.Logger
}

// Collector is a prometheus.Collector of all families of measure. It emits
// nothing while its Source returns an error. Scrapes may overlap.
type Collector struct {
	src      Source
	timeout  time.Duration
	log      *slog.Logger
	families map[*measure.Family]*family

	mu   sync.Mutex // guards what follows
	view *measure.View
	head header
}

var _ prometheus.Collector = (*Collector)(nil)

// NewCollector returns a Collector of what src shows.
func NewCollector(src Source, opts Options) *Collector {
	c := &Collector{
		src:      src,
		timeout:  opts.Timeout,
		log:      opts.Logger,
		families: make(map[*measure.Family]*family, len(measure.Families)),
		view:     measure.NewView(),
	}
	if c.timeout <= 0 {
		c.timeout = 10 * time.Second
	}
	if c.log == nil {
		c.log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	for _, f := range measure.Families {
		c.families[f] = newFamily(f)
	}
	return c
}

// Describe implements prometheus.Collector. A registry knows one set of labels a
// name, so families with segments are described as they are without; a pedantic
// registry refuses them once there are some.
func (c *Collector) Describe(ch chan<- *prometheus.Desc) {
	for _, f := range measure.Families {
		ch <- c.families[f].without
	}
}

// Collect implements prometheus.Collector. What it emits never changes
// afterwards: a series whose value is that of the last scrape is emitted as
// the very same metric, any other as a new one.
func (c *Collector) Collect(ch chan<- prometheus.Metric) {
	c.mu.Lock()
	defer c.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), c.timeout)
	defer cancel()
	if err := c.src.View(ctx, c.view); err != nil {
		if !errors.Is(err, ErrNotReady) {
			c.log.Warn("Scrape without helpdesk metrics", "err", err)
		}
		return
	}
	c.head.update(c.view)
	for _, series := range c.view.Series {
		for _, s := range series {
			ch <- c.metric(s)
		}
	}
	for _, d := range c.view.Dynamic {
		f := c.families[d.Family]
		if len(d.Labels) != len(f.order) {
			ch <- prometheus.NewInvalidMetric(f.desc, fmt.Errorf("%s: %d label values, want %d", d.Family.Name, len(d.Labels), len(f.order)))
			continue
		}
		ch <- newGauge(f.of(d.Labels), f.pairs(slices.Clone(d.Labels)), d.Value)
	}
}

// cached is what the collector keeps with a series.
type cached struct {
	labels []*dto.LabelPair
	metric prometheus.Metric
	// what the metric was made of
	round          uint64
	value          float64
	count          uint64
	seconds, nanos int64
}

// metric gives the series' metric, that of the last scrape where nothing
// changed.
func (c *Collector) metric(s *measure.Series) prometheus.Metric {
	f := c.families[s.Family]
	k, _ := s.Cache.(*cached)
	if k == nil {
		k = &cached{labels: f.pairs(s.Labels)}
		s.Cache = k
	}
	if h := s.Hist; h != nil {
		if k.metric == nil || k.round != c.head.round || k.count != h.Count || k.seconds != h.Seconds || k.nanos != h.Nanos {
			k.metric = newHistogram(f.of(s.Labels), k.labels, &c.head, h, s.Family.Exemplars)
			k.round, k.count, k.seconds, k.nanos = c.head.round, h.Count, h.Seconds, h.Nanos
		}
		return k.metric
	}
	if k.metric == nil || k.round != c.head.round || k.value != s.Value {
		if s.Family.Type == measure.Counter {
			k.metric = newCounter(f.of(s.Labels), k.labels, s.Value, c.head.created)
		} else {
			k.metric = newGauge(f.of(s.Labels), k.labels, s.Value)
		}
		k.round, k.value = c.head.round, s.Value
	}
	return k.metric
}

// header is what the metrics of a scrape have in common. Its parts are never
// written again once a metric refers to them.
type header struct {
	// round counts the changes; a metric of another round is made anew.
	round                uint64
	createdNS, histNS    int64
	buckets              measure.Buckets
	created, histCreated *timestamppb.Timestamp
	bounds               []float64
}

func (h *header) update(v *measure.View) {
	if h.round > 0 && h.createdNS == v.Created && h.histNS == v.HistCreated && h.buckets.Equal(v.Buckets) {
		return
	}
	h.round++
	h.createdNS, h.histNS, h.buckets = v.Created, v.HistCreated, v.Buckets
	h.created, h.histCreated = timestamp(v.Created), timestamp(v.HistCreated)
	h.bounds = make([]float64, len(v.Buckets))
	for i, b := range v.Buckets {
		h.bounds[i] = float64(b) / 1e9
	}
}

// timestamp of Unix nanoseconds, nil of 0.
func timestamp(ns int64) *timestamppb.Timestamp {
	if ns == 0 {
		return nil
	}
	return timestamppb.New(time.Unix(0, ns))
}
