package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"sort"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

const protobufType = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"

// families are an exposition, by name.
type families map[string]*dto.MetricFamily

// fromJournal tells families that come from the journal from self-metrics.
var fromJournal = func() map[string]bool {
	names := map[string]bool{}
	for _, f := range measure.Families {
		names[f.Name] = true
	}
	return names
}()

// journal leaves out the self-metrics.
func (f families) journal() families {
	out := families{}
	for name, fam := range f {
		if fromJournal[name] {
			out[name] = fam
		}
	}
	return out
}

// parseProtobuf reads a delimited exposition.
func parseProtobuf(r io.Reader) (families, error) {
	out := families{}
	dec := expfmt.NewDecoder(r, expfmt.NewFormat(expfmt.TypeProtoDelim))
	for {
		var f dto.MetricFamily
		err := dec.Decode(&f)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		out[f.GetName()] = &f
	}
}

func parseText(text string) (families, error) {
	parser := expfmt.NewTextParser(model.LegacyValidation)
	return parser.TextToMetricFamilies(strings.NewReader(text))
}

// scrape reads /metrics over protobuf.
func (s *server) scrape() (families, error) {
	a, err := s.get("/metrics", "Accept", protobufType)
	if err != nil {
		return nil, err
	}
	if a.status != http.StatusOK {
		return nil, fmt.Errorf("/metrics answered %d %s", a.status, a.body)
	}
	return parseProtobuf(strings.NewReader(a.body))
}

func (s *server) mustScrape() families {
	s.t.Helper()
	f, err := s.scrape()
	if err != nil {
		s.t.Fatal(err)
	}
	return f
}

// replay runs the command and reads its protobuf output.
func replay(t testing.TB, stdin io.Reader, args ...string) families {
	t.Helper()
	f, err := parseProtobuf(strings.NewReader(mustRun(t, stdin, append([]string{"replay", "--format", "protobuf"}, args...)...)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// sum adds up the series of a family that carry the labels, given as names and
// values in turn; of a histogram its count.
func (f families) sum(name string, labels ...string) float64 {
	total := 0.0
	for _, m := range f[name].GetMetric() {
		if carries(m, labels) {
			total += m.GetCounter().GetValue() + m.GetGauge().GetValue() + m.GetUntyped().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	return total
}

func carries(m *dto.Metric, labels []string) bool {
	for i := 0; i < len(labels); i += 2 {
		found := false
		for _, l := range m.Label {
			found = found || l.GetName() == labels[i] && l.GetValue() == labels[i+1]
		}
		if !found {
			return false
		}
	}
	return true
}

// detail says what of the metrics is dumped.
type detail struct {
	// created times and exemplars, native histograms
	created, exemplars, native bool
	// nonZero leaves out what never happened.
	nonZero bool
}

// everything that two expositions of one state must agree in.
var everything = detail{created: true, exemplars: true, native: true}

// dump writes every series as a line, sorted; equal expositions give equal
// dumps.
func (f families) dump(d detail) string {
	var lines []string
	for name, fam := range f {
		for _, m := range fam.Metric {
			if line, ok := d.line(name, m); ok {
				lines = append(lines, line)
			}
		}
	}
	sort.Strings(lines)
	return strings.Join(append(lines, ""), "\n")
}

func (d detail) line(name string, m *dto.Metric) (string, bool) {
	var b strings.Builder
	b.WriteString(name)
	b.WriteString(labels(m.Label))
	switch {
	case m.Counter != nil:
		if d.nonZero && m.Counter.GetValue() == 0 {
			return "", false
		}
		fmt.Fprintf(&b, " %g", m.Counter.GetValue())
		d.time(&b, m.Counter.CreatedTimestamp)
	case m.Gauge != nil:
		if d.nonZero && m.Gauge.GetValue() == 0 {
			return "", false
		}
		fmt.Fprintf(&b, " %.17g", m.Gauge.GetValue())
	case m.Histogram != nil:
		if d.nonZero && m.Histogram.GetSampleCount() == 0 {
			return "", false
		}
		d.histogram(&b, m.Histogram)
	default:
		fmt.Fprintf(&b, " ? %v", m)
	}
	return b.String(), true
}

func labels(list []*dto.LabelPair) string {
	if len(list) == 0 {
		return ""
	}
	var parts []string
	for _, l := range list {
		parts = append(parts, fmt.Sprintf("%s=%q", l.GetName(), l.GetValue()))
	}
	sort.Strings(parts)
	return "{" + strings.Join(parts, ",") + "}"
}

type stamp interface {
	GetSeconds() int64
	GetNanos() int32
}

func (d detail) time(b *strings.Builder, t stamp) {
	if d.created {
		fmt.Fprintf(b, " created=%d.%09d", t.GetSeconds(), t.GetNanos())
	}
}

func (d detail) histogram(b *strings.Builder, h *dto.Histogram) {
	fmt.Fprintf(b, " count=%d sum=%.17g", h.GetSampleCount(), h.GetSampleSum())
	d.time(b, h.CreatedTimestamp)
	b.WriteString(" le[")
	before := uint64(0)
	for i, k := range h.Bucket {
		if math.IsInf(k.GetUpperBound(), 1) {
			continue // the text formats write it, it is the count
		}
		if d.nonZero && k.GetCumulativeCount() == before && k.Exemplar == nil {
			continue
		}
		before = k.GetCumulativeCount()
		if i > 0 && b.String()[b.Len()-1] != '[' {
			b.WriteByte(' ')
		}
		fmt.Fprintf(b, "%g:%d", k.GetUpperBound(), k.GetCumulativeCount())
		if d.exemplars {
			d.exemplar(b, k.Exemplar)
		}
	}
	b.WriteByte(']')
	if !d.native {
		return
	}
	fmt.Fprintf(b, " native[schema=%d zero=%d@%g", h.GetSchema(), h.GetZeroCount(), h.GetZeroThreshold())
	index, count, k := int32(0), int64(0), 0
	for _, span := range h.PositiveSpan {
		index += span.GetOffset()
		for range span.GetLength() {
			count += h.PositiveDelta[k]
			fmt.Fprintf(b, " %d:%d", index, count)
			index, k = index+1, k+1
		}
	}
	b.WriteByte(']')
	if d.exemplars {
		for _, e := range h.Exemplars {
			d.exemplar(b, e)
		}
	}
}

func (d detail) exemplar(b *strings.Builder, e *dto.Exemplar) {
	if e != nil {
		fmt.Fprintf(b, "#%s=%g@%d.%09d", labels(e.Label), e.GetValue(), e.Timestamp.GetSeconds(), e.Timestamp.GetNanos())
	}
}

// same fails where two dumps differ, and shows the first lines that do.
func same(t testing.TB, what, got, want string) {
	t.Helper()
	if got == want {
		return
	}
	in := func(text string) map[string]bool {
		set := map[string]bool{}
		for line := range strings.Lines(text) {
			set[line] = true
		}
		return set
	}
	a, b := in(got), in(want)
	var diff bytes.Buffer
	n := 0
	note := func(sign, text string, other map[string]bool) {
		shown := 0
		for line := range strings.Lines(text) {
			if !other[line] {
				if n++; shown < 10 {
					shown++
					fmt.Fprintf(&diff, "%s %s", sign, line)
				}
			}
		}
	}
	note("-", got, b)
	note("+", want, a)
	t.Errorf("%s: %d lines differ (- has, + should have)\n%s", what, n, diff.String())
}
