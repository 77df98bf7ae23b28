package openmetrics_test

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/openmetrics"
	"github.com/helpdesk-exporter/helpdesk-exporter/internal/tooltest"
)

func TestBlockDuration(t *testing.T) {
	for longest, want := range map[time.Duration]time.Duration{
		0: 2 * time.Hour, 5 * time.Hour: 2 * time.Hour, 6 * time.Hour: 6 * time.Hour, 24 * time.Hour: 18 * time.Hour,
		54 * time.Hour: 54 * time.Hour, math.MaxInt64: 2 * 19683 * time.Hour,
	} {
		if got := openmetrics.BlockDuration(longest); got != want {
			t.Errorf("%s: %s, want %s", longest, got, want)
		}
	}
}

func pairs(kv ...string) (out []*dto.LabelPair) {
	for i := 0; i < len(kv); i += 2 {
		out = append(out, &dto.LabelPair{Name: &kv[i], Value: &kv[i+1]})
	}
	return out
}

func ptr[T any](v T) *T { return &v }

func counter(name string, v float64, kv ...string) *dto.MetricFamily {
	return &dto.MetricFamily{Name: &name, Help: ptr("What \"it\" counts."), Type: dto.MetricType_COUNTER.Enum(),
		Metric: []*dto.Metric{{Label: pairs(kv...), Counter: &dto.Counter{Value: &v}}}}
}

func gauge(name string, v float64, kv ...string) *dto.MetricFamily {
	return &dto.MetricFamily{Name: &name, Help: ptr("Now."), Type: dto.MetricType_GAUGE.Enum(),
		Metric: []*dto.Metric{{Label: pairs(kv...), Gauge: &dto.Gauge{Value: &v}}}}
}

func histogram(name string, values ...float64) *dto.MetricFamily {
	h := prometheus.NewHistogram(prometheus.HistogramOpts{Name: name, Help: "Time.", Buckets: []float64{5, 10}})
	for _, v := range values {
		h.Observe(v)
	}
	var m dto.Metric
	_ = h.Write(&m)
	return &dto.MetricFamily{Name: &name, Help: ptr("Time."), Type: dto.MetricType_HISTOGRAM.Enum(), Metric: []*dto.Metric{&m}}
}

func TestHistory(t *testing.T) {
	dir := t.TempDir()
	h := openmetrics.New(dir, 2*time.Hour, "job", "helpdesk", "instance", "")
	// Two blocks: the second begins at 02:00.
	at := time.Date(2026, 11, 1, 1, 58, 0, 0, time.UTC)
	for i, step := range []struct {
		n, waiting float64
		times      []float64
	}{
		{0, 0, nil}, {0, 2, nil}, {3, 1, []float64{7}}, {3, 1, []float64{7}}, {3, 0, []float64{7}}, {4, 0, []float64{7, 60}},
	} {
		families := []*dto.MetricFamily{
			counter("a_total", step.n, "team", "it's \"us\"\n", "inbox", ""),
			counter("never_total", 0), histogram("time_seconds", step.times...),
			gauge("waiting", step.waiting),
		}
		if err := h.Add(at.Add(time.Duration(i)*time.Minute), families); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.Add(at, nil); err == nil || !strings.Contains(err.Error(), "in order") {
		t.Errorf("an earlier moment: %v", err)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if got := h.Files(); len(got) != 2 || filepath.Base(got[0]) != "20261101T000000Z.om" || filepath.Base(got[1]) != "20261101T020000Z.om" {
		t.Fatalf("files %q", got)
	}
	want := []string{
		`# HELP waiting Now.
# TYPE waiting gauge
waiting{job="helpdesk"} 0.0 1793498280
waiting{job="helpdesk"} 2.0 1793498340
# EOF
`,
		// The counter's zero lies in the block before. Of the buckets there are
		// the first samples and both sides of each change.
		`# HELP a What \"it\" counts.
# TYPE a counter
a_total{job="helpdesk",team="it's \"us\"\n"} 3.0 1793498400
a_total{job="helpdesk",team="it's \"us\"\n"} 3.0 1793498460
a_total{job="helpdesk",team="it's \"us\"\n"} 3.0 1793498520
a_total{job="helpdesk",team="it's \"us\"\n"} 4.0 1793498580
# HELP time_seconds Time.
# TYPE time_seconds histogram
time_seconds_count{job="helpdesk"} 1.0 1793498400
time_seconds_count{job="helpdesk"} 1.0 1793498460
time_seconds_count{job="helpdesk"} 1.0 1793498520
time_seconds_count{job="helpdesk"} 2.0 1793498580
time_seconds_sum{job="helpdesk"} 7.0 1793498400
time_seconds_sum{job="helpdesk"} 7.0 1793498460
time_seconds_sum{job="helpdesk"} 7.0 1793498520
time_seconds_sum{job="helpdesk"} 67.0 1793498580
time_seconds_bucket{job="helpdesk",le="5.0"} 0.0 1793498400
time_seconds_bucket{job="helpdesk",le="10.0"} 1.0 1793498400
time_seconds_bucket{job="helpdesk",le="+Inf"} 1.0 1793498400
time_seconds_bucket{job="helpdesk",le="+Inf"} 1.0 1793498520
time_seconds_bucket{job="helpdesk",le="+Inf"} 2.0 1793498580
# HELP waiting Now.
# TYPE waiting gauge
waiting{job="helpdesk"} 1.0 1793498400
waiting{job="helpdesk"} 1.0 1793498460
waiting{job="helpdesk"} 0.0 1793498520
waiting{job="helpdesk"} 0.0 1793498580
# EOF
`,
	}
	for i, file := range h.Files() {
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != want[i] {
			t.Errorf("%s:\n%s\nwant\n%s", file, got, want[i])
		}
		if out, err := tooltest.Run(t, nil, "promtool", "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=2h", file, filepath.Join(dir, "tsdb")); err != nil {
			t.Errorf("promtool: %v\n%s", err, out)
		}
	}
	if blocks, err := filepath.Glob(filepath.Join(dir, "tsdb", "*", "meta.json")); err != nil || len(blocks) != 2 {
		t.Errorf("%d blocks of 2 files: %v", len(blocks), err)
	}
}
