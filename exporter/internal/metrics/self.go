package metrics

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors/version"
)

// DefinitionsVersion numbers the meaning of the metrics. It is raised when a
// definition changes, which gives the metric a new name as well.
const DefinitionsVersion = "1"

// SourceInfo describes a configured source.
type SourceInfo struct {
	Name, Provider string
	Channels       []string // that count
}

// Self are the exporter's metrics about itself, but for those of package
// webhook. The wirer feeds them; all may be used from any goroutine. Durations
// are observed in seconds, times are set in Unix seconds.
type Self struct {
	// EventLateness is receive time minus event time; below zero counts as 0.
	EventLateness prometheus.Observer
	// Duplicates by source, as the fold reports them.
	Duplicates *prometheus.CounterVec

	JournalAppend       prometheus.Observer
	JournalLastSequence prometheus.Gauge
	JournalSize         prometheus.Gauge
	JournalLimit        prometheus.Gauge
	JournalOldestRecord prometheus.Gauge

	FoldLag          prometheus.Gauge
	SnapshotTime     prometheus.Gauge
	SnapshotFailures prometheus.Counter
	StateRollbacks   prometheus.Counter

	ConfigReloadSuccessful  prometheus.Gauge
	ConfigReloadSuccessTime prometheus.Gauge

	// AccessLogged by action, read or erase.
	AccessLogged *prometheus.CounterVec

	sourceInfo *prometheus.GaugeVec
}

// NewSelf registers the metrics, each at 0, with the infos of sources. It
// panics where reg has one of them already.
func NewSelf(reg prometheus.Registerer, sources []SourceInfo) *Self {
	m := maker{reg}
	m.gauge("helpdesk_definitions_info", "version").WithLabelValues(DefinitionsVersion).Set(1)
	reg.MustRegister(version.NewCollector("helpdesk"))
	s := &Self{
		EventLateness: notNegative{m.histogram("helpdesk_event_lateness_seconds", 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600, 86400)},
		Duplicates:    m.counter("helpdesk_webhook_duplicates_total", "source"),

		JournalAppend:       m.histogram("helpdesk_journal_append_seconds", 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5),
		JournalLastSequence: m.gauge("helpdesk_journal_last_sequence").WithLabelValues(),
		JournalSize:         m.gauge("helpdesk_journal_size_bytes").WithLabelValues(),
		JournalLimit:        m.gauge("helpdesk_journal_limit_bytes").WithLabelValues(),
		JournalOldestRecord: m.gauge("helpdesk_journal_oldest_record_timestamp_seconds").WithLabelValues(),

		FoldLag:          m.gauge("helpdesk_fold_lag_records").WithLabelValues(),
		SnapshotTime:     m.gauge("helpdesk_snapshot_timestamp_seconds").WithLabelValues(),
		SnapshotFailures: m.counter("helpdesk_snapshot_failures_total").WithLabelValues(),
		StateRollbacks:   m.counter("helpdesk_state_rollbacks_total").WithLabelValues(),

		ConfigReloadSuccessful:  m.gauge("helpdesk_config_last_reload_successful").WithLabelValues(),
		ConfigReloadSuccessTime: m.gauge("helpdesk_config_last_reload_success_timestamp_seconds").WithLabelValues(),

		AccessLogged: m.counter("helpdesk_access_total", "action"),

		sourceInfo: m.gauge("helpdesk_source_info", "source", "provider", "channel"),
	}
	for _, action := range []string{"read", "erase"} {
		s.AccessLogged.WithLabelValues(action)
	}
	s.SetSources(sources)
	return s
}

// SetSources replaces the infos of the sources, after a reload; counters of
// sources that are gone stay.
func (s *Self) SetSources(sources []SourceInfo) {
	s.sourceInfo.Reset()
	for _, src := range sources {
		s.Duplicates.WithLabelValues(src.Name)
		for _, channel := range src.Channels {
			s.sourceInfo.WithLabelValues(src.Name, src.Provider, channel).Set(1)
		}
	}
}

// notNegative keeps a sum from going down.
type notNegative struct{ to prometheus.Observer }

func (n notNegative) Observe(v float64) { n.to.Observe(max(v, 0)) }

// maker makes metrics that stand in the table.
type maker struct{ reg prometheus.Registerer }

func (m maker) help(name, kind string) string {
	for _, s := range SelfMetrics {
		if s.Name == name && s.Type == kind {
			return s.Help
		}
	}
	panic(fmt.Sprintf("metrics: %s %s is not in the table", kind, name))
}

func (m maker) counter(name string, labels ...string) *prometheus.CounterVec {
	v := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: m.help(name, "counter")}, labels)
	m.reg.MustRegister(v)
	return v
}

func (m maker) gauge(name string, labels ...string) *prometheus.GaugeVec {
	v := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: m.help(name, "gauge")}, labels)
	m.reg.MustRegister(v)
	return v
}

// histogram is classic and native at once.
func (m maker) histogram(name string, buckets ...float64) prometheus.Histogram {
	h := prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: name, Help: m.help(name, "histogram"), Buckets: buckets,
		NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: 160,
	})
	m.reg.MustRegister(h)
	return h
}
