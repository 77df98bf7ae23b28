// Package openmetrics writes the past of metrics as OpenMetrics text with time
// stamps, in files that `promtool tsdb create-blocks-from openmetrics` takes:
// one per block, in each of them family by family. promtool takes counters,
// gauges and classic histograms; native histograms, exemplars and created times
// have no place in such a file and are left out.
//
// A History is not safe for concurrent use. It keeps one block's samples in
// memory: 16 bytes each.
package openmetrics

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	dto "github.com/prometheus/client_model/go"
)

// blockRanges are the lengths of blocks that promtool makes: two hours, and
// each the threefold of the one before (prometheus tsdb.ExponentialBlockRanges).
const (
	shortestBlock = 2 * time.Hour
	blockFactor   = 3
	blockRanges   = 10
)

// BlockDuration is the length of the blocks that promtool makes where
// --max-block-duration is longest: the longest of its ranges that is not longer.
func BlockDuration(longest time.Duration) time.Duration {
	d := shortestBlock
	for range blockRanges - 1 {
		if d*blockFactor > longest {
			break
		}
		d *= blockFactor
	}
	return d
}

// History collects samples and writes a file for each block.
//
// Most series of a helpdesk seldom count anything, so two things are left out.
// A counter that has been 0 since the first sample is not written until the
// sample before its first change, so that increase() sees all of that change;
// until then it is absent instead of 0. The buckets of a histogram are written
// where one of them changed, with the sample before, and at the beginning of a
// block: quantiles over a range need no more, and nobody looks at a bucket at
// an instant.
type History struct {
	dir    string
	block  int64  // milliseconds
	labels string // of every line

	upper    int64 // end of the current block, exclusive
	last     int64
	order    []*family
	families map[string]*family
	files    []string
	key      []byte
}

type family struct {
	name, help string
	kind       dto.MetricType
	order      []*series
	series     map[string]*series
}

// series are the samples of one line. A line that is not there in a later
// gathering has none from then on.
type series struct {
	line    string // name and labels
	kind    kind
	woken   bool
	held    bool   // before is not written yet
	before  sample // the newest that was held back
	samples []sample
}

type kind uint8

const (
	gauge   kind = iota // every sample
	counter             // from the first change on
	bucket              // where its histogram changed
)

type sample struct {
	at    int64
	value float64
}

// New returns a History that writes into dir, which must exist, with the
// lengths of blocks that promtool would choose for longest. Every line gets the
// labels, given in pairs of name and value: those that a scrape adds.
func New(dir string, longest time.Duration, labels ...string) *History {
	var text []byte
	for i := 0; i+1 < len(labels); i += 2 {
		if labels[i+1] != "" {
			text = append(appendLabel(text, labels[i], labels[i+1]), ',')
		}
	}
	return &History{dir: dir, labels: strings.TrimSuffix(string(text), ","), block: BlockDuration(longest).Milliseconds(), upper: math.MinInt64, last: math.MinInt64, families: map[string]*family{}}
}

// Files are the paths written so far, oldest first.
func (h *History) Files() []string { return slices.Clone(h.files) }

// Add takes what was gathered at a moment; moments ascend.
func (h *History) Add(at time.Time, gathered []*dto.MetricFamily) error {
	t := at.UnixMilli()
	if t <= h.last {
		return fmt.Errorf("samples of %s after those of %s: history is written in order", at.UTC().Format(time.RFC3339), time.UnixMilli(h.last).UTC().Format(time.RFC3339))
	}
	if t >= h.upper {
		if err := h.flush(); err != nil {
			return err
		}
		h.upper = (floorDiv(t, h.block) + 1) * h.block
	}
	h.last = t
	for _, mf := range gathered {
		f := h.family(mf)
		for _, m := range mf.Metric {
			h.metric(f, m, t)
		}
	}
	return nil
}

// Close writes the last file.
func (h *History) Close() error { return h.flush() }

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func (h *History) family(mf *dto.MetricFamily) *family {
	f := h.families[mf.GetName()]
	if f == nil {
		f = &family{name: mf.GetName(), help: mf.GetHelp(), kind: mf.GetType(), series: map[string]*series{}}
		h.families[f.name] = f
		h.order = append(h.order, f)
	}
	return f
}

// none is the bound of what is no bucket.
var none = math.NaN()

func (h *History) metric(f *family, m *dto.Metric, t int64) {
	switch {
	case m.Counter != nil:
		h.add(h.line(f, "", m.Label, none, counter), sample{t, m.Counter.GetValue()})
	case m.Gauge != nil:
		h.add(h.line(f, "", m.Label, none, gauge), sample{t, m.Gauge.GetValue()})
	case m.Untyped != nil:
		h.add(h.line(f, "", m.Label, none, gauge), sample{t, m.Untyped.GetValue()})
	case m.Histogram != nil:
		g := m.Histogram
		if len(g.Bucket) == 0 {
			return // native alone
		}
		n := float64(g.GetSampleCount())
		count := h.line(f, "_count", m.Label, none, counter)
		zero, held := count.before, count.held
		if h.add(count, sample{t, n}); !count.woken {
			return // and so the buckets: they have no lines yet
		}
		h.add(h.line(f, "_sum", m.Label, none, counter), sample{t, g.GetSampleSum()})
		put := func(bound float64, v float64) {
			l := h.line(f, "_bucket", m.Label, bound, bucket)
			if !l.woken {
				l.before, l.held, l.woken = zero, held, true
			}
			h.add(l, sample{t, v})
		}
		infinite := false
		for _, b := range g.Bucket {
			infinite = infinite || math.IsInf(b.GetUpperBound(), 1)
			put(b.GetUpperBound(), float64(b.GetCumulativeCount()))
		}
		if !infinite {
			put(math.Inf(1), n)
		}
	}
}

// line finds or makes a line of name and suffix, that of a bucket where its
// bound is no NaN.
func (h *History) line(f *family, suffix string, labels []*dto.LabelPair, bound float64, k kind) *series {
	key := append(h.key[:0], suffix...)
	for _, l := range labels {
		// Label texts are UTF-8, which has no such byte.
		key = append(append(append(append(key, 0xff), l.GetName()...), 0xff), l.GetValue()...)
	}
	key = binary.LittleEndian.AppendUint64(append(key, 0xff), math.Float64bits(bound))
	h.key = key
	l := f.series[string(key)]
	if l == nil {
		le := ""
		if !math.IsNaN(bound) {
			le = formatBound(bound)
		}
		l = &series{line: string(h.appendLine(nil, f.name+suffix, labels, le)), kind: k, woken: k == gauge}
		f.series[string(key)] = l
		f.order = append(f.order, l)
	}
	return l
}

// add keeps a sample of a line or holds it back.
func (h *History) add(l *series, s sample) {
	quiet := !l.woken && s.value == 0 ||
		l.kind == bucket && len(l.samples) > 0 && l.before.value == s.value
	if quiet {
		l.before, l.held = s, true
		return
	}
	// The sample of an earlier block cannot be written any more: its file is
	// closed, and promtool would make a block of that one sample.
	if l.held && l.before.at >= h.upper-h.block {
		l.samples = append(l.samples, l.before)
	}
	l.samples = append(l.samples, s)
	l.before, l.held, l.woken = s, false, true
}

// flush writes the block that has been collected.
func (h *History) flush() error {
	if h.upper == math.MinInt64 || !h.holds() {
		return nil
	}
	path := filepath.Join(h.dir, time.UnixMilli(h.upper-h.block).UTC().Format("20060102T150405Z")+".om")
	// A file that has its name is whole: promtool may take it at once.
	part := path + ".part"
	f, err := os.Create(part)
	if err != nil {
		return err
	}
	err = h.write(f)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(part, path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(part))
	}
	h.files = append(h.files, path)
	return nil
}

func (h *History) holds() bool {
	return slices.ContainsFunc(h.order, (*family).holds)
}

func (f *family) holds() bool {
	return slices.ContainsFunc(f.order, func(s *series) bool { return len(s.samples) > 0 })
}

func (h *History) write(w io.Writer) error {
	buf := bufio.NewWriterSize(w, 1<<20)
	var num []byte
	for _, f := range h.order {
		if !f.holds() {
			continue
		}
		name, kind := f.header()
		fmt.Fprintf(buf, "# HELP %s %s\n# TYPE %s %s\n", name, helpEscaper.Replace(f.help), name, kind)
		for _, s := range f.order {
			for _, v := range s.samples {
				buf.WriteString(s.line)
				num = append(num[:0], ' ')
				num = appendFloat(num, v.value)
				num = append(num, ' ')
				// Seconds, with milliseconds where there are any.
				num = strconv.AppendInt(num, v.at/1000, 10)
				if ms := v.at % 1000; ms != 0 {
					num = append(num, fmt.Sprintf(".%03d", ms)...)
				}
				buf.Write(append(num, '\n'))
			}
			s.samples = s.samples[:0]
		}
	}
	buf.WriteString("# EOF\n")
	return buf.Flush()
}

// header is the name and type of a family as OpenMetrics has them: counters
// without _total.
func (f *family) header() (name, kind string) {
	switch f.kind {
	case dto.MetricType_COUNTER:
		return strings.TrimSuffix(f.name, "_total"), "counter"
	case dto.MetricType_GAUGE:
		return f.name, "gauge"
	case dto.MetricType_HISTOGRAM:
		return f.name, "histogram"
	default:
		return f.name, "unknown"
	}
}

var (
	helpEscaper  = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)
	labelEscaper = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)
)

func (h *History) appendLine(dst []byte, name string, labels []*dto.LabelPair, le string) []byte {
	dst = append(dst, name...)
	sep := byte('{')
	if h.labels != "" {
		dst = append(append(dst, sep), h.labels...)
		sep = ','
	}
	for _, l := range labels {
		if l.GetValue() == "" {
			continue // an empty label is no label
		}
		dst = appendLabel(append(dst, sep), l.GetName(), l.GetValue())
		sep = ','
	}
	if le != "" {
		dst = appendLabel(append(dst, sep), "le", le)
		sep = ','
	}
	if sep == ',' {
		dst = append(dst, '}')
	}
	return dst
}

func appendLabel(dst []byte, name, value string) []byte {
	dst = append(append(dst, name...), '=', '"')
	if strings.ContainsAny(value, "\\\n\"") {
		value = labelEscaper.Replace(value)
	}
	return append(append(dst, value...), '"')
}

// formatBound writes a bucket's bound as Prometheus keeps it: 5 as 5.0.
func formatBound(v float64) string { return string(appendFloat(nil, v)) }

// appendFloat writes a number in OpenMetrics' canonical form.
func appendFloat(dst []byte, v float64) []byte {
	switch {
	case math.IsNaN(v):
		return append(dst, "NaN"...)
	case math.IsInf(v, 1):
		return append(dst, "+Inf"...)
	case math.IsInf(v, -1):
		return append(dst, "-Inf"...)
	}
	n := len(dst)
	dst = strconv.AppendFloat(dst, v, 'g', -1, 64)
	for _, c := range dst[n:] {
		if c == '.' || c == 'e' {
			return dst
		}
	}
	return append(dst, ".0"...)
}
