package segment

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
)

// CheckEvery is how often a Book looks whether its file has changed.
const CheckEvery = 30 * time.Second

// Book is the table in force. It is read concurrently and replaced as a whole,
// by a reload of the configuration or when its file has changed.
type Book struct {
	hash    Hash
	log     *slog.Logger
	metrics bookMetrics
	table   atomic.Pointer[Table]

	mu      sync.Mutex
	cfg     config.Segments
	sources []string
	stamp   stamp
}

// stamp is by which a changed file is known.
type stamp struct {
	modified time.Time
	size     int64
}

type bookMetrics struct {
	contacts *prometheus.GaugeVec
	refused  prometheus.Gauge
	loaded   prometheus.Gauge
	unknown  *prometheus.CounterVec
}

// NewBook returns a book without segments, and registers its metrics.
func NewBook(hash Hash, reg prometheus.Registerer, log *slog.Logger) *Book {
	gauge := func(name, help string) prometheus.GaugeOpts { return prometheus.GaugeOpts{Name: name, Help: help} }
	b := &Book{hash: hash, log: log, metrics: bookMetrics{
		contacts: prometheus.NewGaugeVec(gauge("helpdesk_segment_contacts", "Contacts in the list of segments."), []string{"segment"}),
		refused:  prometheus.NewGauge(gauge("helpdesk_segment_file_refused_lines", "Lines of the list of segments that were left out when it was last read.")),
		loaded:   prometheus.NewGauge(gauge("helpdesk_segment_file_last_load_successful", "1 if the last reading of the list of segments succeeded.")),
		unknown: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "helpdesk_segment_values_unknown_total",
			Help: "Events whose provider said something of the customer that is neither a segment nor in segments.values."}, []string{"source"}),
	}}
	reg.MustRegister(b.metrics.contacts, b.metrics.refused, b.metrics.loaded, b.metrics.unknown)
	b.metrics.loaded.Set(1)
	b.table.Store(New(config.Segments{}, hash))
	return b
}

// Lookup gives the segment of an event's contact, for package intake.
func (b *Book) Lookup(source, contact, alias, said string) string {
	name, unknown := b.table.Load().Lookup(source, contact, alias, said)
	if unknown {
		b.metrics.unknown.WithLabelValues(source).Inc()
	}
	return name
}

// Configure puts a configuration in force. An error means that its file cannot
// be read at all; nothing has changed then.
func (b *Book) Configure(cfg config.Segments, sources []string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	t, st, err := b.load(cfg, sources)
	if err != nil {
		return err
	}
	b.cfg, b.sources, b.stamp = cfg, sources, st
	b.use(t)
	for _, s := range sources {
		b.metrics.unknown.WithLabelValues(s)
	}
	return nil
}

func (b *Book) use(t *Table) {
	b.table.Store(t)
	b.metrics.contacts.Reset()
	if t.contacts == nil {
		return
	}
	for name, n := range t.Contacts() {
		b.metrics.contacts.WithLabelValues(name).Set(float64(n))
	}
}

// load reads the file of a configuration and reports what was left out.
func (b *Book) load(cfg config.Segments, sources []string) (*Table, stamp, error) {
	if cfg.File == "" {
		b.metrics.refused.Set(0)
		return New(cfg, b.hash), stamp{}, nil
	}
	t, report, st, err := readFile(cfg, sources, b.hash)
	if err != nil {
		return nil, st, err
	}
	b.metrics.refused.Set(float64(report.Refused))
	b.log.Info("list of segments read", "contacts", report.Taken, "refused", report.Refused)
	for _, r := range report.Refusals {
		b.log.Warn("a line of the list of segments is left out", "line", r.Line, "why", r.Why)
	}
	return t, st, nil
}

func readFile(cfg config.Segments, sources []string, hash Hash) (*Table, Report, stamp, error) {
	fail := func(err error) (*Table, Report, stamp, error) {
		return nil, Report{}, stamp{}, fmt.Errorf("segments.file: %w", err)
	}
	f, err := os.Open(cfg.File)
	if err != nil {
		return fail(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fail(err)
	}
	t, report, err := Read(f, cfg, sources, hash)
	if err != nil {
		return fail(err)
	}
	return t, report, stamp{info.ModTime(), info.Size()}, nil
}

// ReadFile reads the list of a configuration, for check-config and replay.
func ReadFile(cfg config.Segments, sources []string, hash Hash) (*Table, Report, error) {
	if cfg.File == "" {
		return New(cfg, hash), Report{}, nil
	}
	t, report, _, err := readFile(cfg, sources, hash)
	return t, report, err
}

// Watch reads the file again whenever it has changed, until ctx ends. A file
// that cannot be read changes nothing and is logged.
func (b *Book) Watch(ctx context.Context) {
	ticker := time.NewTicker(CheckEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			b.check()
		}
	}
}

func (b *Book) check() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.cfg.File == "" {
		return
	}
	info, err := os.Stat(b.cfg.File)
	if err == nil && (stamp{info.ModTime(), info.Size()}) == b.stamp {
		return
	}
	t, st, err := b.load(b.cfg, b.sources)
	if err != nil {
		b.metrics.loaded.Set(0)
		b.log.Error("the list of segments was not read again; the old one stays in force", "err", err)
		return
	}
	b.metrics.loaded.Set(1)
	b.stamp = st
	b.use(t)
}
