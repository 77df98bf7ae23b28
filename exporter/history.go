package exporter

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"golang.org/x/sync/errgroup"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fold"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/metrics"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/openmetrics"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
)

// HistoryOptions say how the metrics of a past time are written, for
// `promtool tsdb create-blocks-from openmetrics`.
type HistoryOptions struct {
	// Dir gets a file for each block; "" writes none. It is made where it is
	// missing, and must not hold such files yet.
	Dir string
	// Step between samples [1m]; where CoarseStep is given, that of the time
	// before the last day.
	Step, CoarseStep time.Duration
	// MaxBlockDuration as promtool will be told [24h].
	MaxBlockDuration time.Duration
	// Labels that a scrape would add: job and instance.
	Job, Instance string
}

// fine is how much of the end is written by HistoryOptions.Step where there is
// a coarse one.
const fine = 24 * time.Hour

// past takes samples while time passes in a replay. All methods do nothing
// where there is none.
type past struct {
	history *openmetrics.History
	still   *still
	reg     *prometheus.Registry
	dir     string
	opts    HistoryOptions
	until   time.Time // of the journal or the files, for the coarse step
	next    int64     // nanoseconds; 0 before the first event
	samples int

	// What was gathered is written down beside the fold, which goes on.
	gathered chan gathering
	writing  errgroup.Group
	failed   chan struct{}
	ended    sync.Once
}

// gathering is what a scrape would have found at a moment.
type gathering struct {
	at       time.Time
	families []*dto.MetricFamily
}

func newPast(o ReplayOptions) (*past, error) {
	h := o.History
	if h.Dir == "" {
		return nil, nil
	}
	if h.Step <= 0 || h.MaxBlockDuration <= 0 || h.CoarseStep != 0 && h.CoarseStep < h.Step {
		return nil, fmt.Errorf("--step %s, --coarse-step %s and --max-block-duration %s must be above 0, and the coarse step not below the other", h.Step, h.CoarseStep, h.MaxBlockDuration)
	}
	if o.Protobuf {
		return nil, errors.New("--openmetrics writes files of text; leave out --format")
	}
	if err := os.MkdirAll(h.Dir, 0o755); err != nil {
		return nil, err
	}
	if old, err := filepath.Glob(filepath.Join(h.Dir, "*.om")); err != nil || len(old) > 0 {
		return nil, errors.Join(err, fmt.Errorf("%s holds files of an earlier run, the first is %s: empty it or name another", h.Dir, strings.Join(old[:min(len(old), 1)], "")))
	}
	p := &past{
		history: openmetrics.New(h.Dir, h.MaxBlockDuration, "job", h.Job, "instance", h.Instance), still: &still{}, reg: prometheus.NewRegistry(),
		dir: h.Dir, opts: h, until: o.At,
	}
	if p.until.IsZero() {
		p.until = time.Now()
	}
	if err := p.reg.Register(metrics.NewCollector(p.still, metrics.Options{})); err != nil {
		return nil, err
	}
	p.gathered, p.failed = make(chan gathering, 4), make(chan struct{})
	p.writing.Go(p.write)
	return p, nil
}

// write takes what was gathered until there is no more.
func (p *past) write() (err error) {
	defer func() {
		if err != nil {
			close(p.failed)
		}
	}()
	for g := range p.gathered {
		if err := p.history.Add(g.at, g.families); err != nil {
			return err
		}
	}
	return p.history.Close()
}

// step is the time between two samples at a moment.
func (p *past) step(at int64) int64 {
	if p.opts.CoarseStep != 0 && at < p.until.Add(-fine).UnixNano() {
		return p.opts.CoarseStep.Nanoseconds()
	}
	return p.opts.Step.Nanoseconds()
}

// begin puts the first sample on a multiple of the step, so that whoever looks
// at it in whole minutes or hours finds one there.
func (p *past) begin(at int64) {
	if p.next == 0 {
		step := p.step(at)
		p.next = (at + step - 1) / step * step
	}
}

// recorded samples a journal before a record is applied. Everything that time
// alone had brought about until then stands in the journal.
func (p *past) recorded(s *fold.State, c *record.Commit) error {
	if p == nil {
		return nil
	}
	for _, b := range c.Batches {
		p.begin(b.Received)
		for p.next < b.Received {
			if err := p.sample(s); err != nil {
				return err
			}
		}
		break // the batches of a record are of one moment
	}
	return nil
}

// passive samples events until at, letting time pass between them.
func (p *past) passive(s *fold.State, at int64) error {
	if p == nil {
		return nil
	}
	p.begin(at)
	for p.next < at {
		if err := runUntil(s, p.next); err != nil {
			return err
		}
		if err := p.sample(s); err != nil {
			return err
		}
	}
	return nil
}

func (p *past) sample(s *fold.State) error {
	p.still.state = s
	families, err := p.reg.Gather()
	if err != nil {
		return err
	}
	select {
	case p.gathered <- gathering{time.Unix(0, p.next), families}:
	case <-p.failed:
		return p.end()
	}
	p.samples++
	p.next += p.step(p.next)
	return nil
}

// end waits until everything is written; it may be called again.
func (p *past) end() error {
	if p == nil {
		return nil
	}
	p.ended.Do(func() { close(p.gathered) })
	return p.writing.Wait()
}

func (p *past) close(out io.Writer) error {
	if err := p.end(); err != nil {
		return err
	}
	files := p.history.Files()
	if len(files) == 0 {
		return errors.New("nothing happened in a time longer than --step: no file was written")
	}
	_, err := fmt.Fprintf(out, "%d samples of each series in %d files of %s. Make blocks of them, before Prometheus starts, by\n\n"+
		"  for f in %s/*.om; do promtool tsdb create-blocks-from openmetrics --max-block-duration=%s \"$f\" <Prometheus' data directory>; done\n",
		p.samples, len(files), openmetrics.BlockDuration(p.opts.MaxBlockDuration), p.dir, p.opts.MaxBlockDuration)
	return err
}
