package metrics

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/tooltest"
)

var update = flag.Bool("update", false, "write the golden files and docs/metrics.md anew")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(got, want) {
		return
	}
	a, b := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			t.Fatalf("%s line %d is\n%s\nwant\n%s\n(-update writes it anew)", name, i+1, a[i], b[i])
		}
	}
	t.Fatalf("%s has %d lines, want %d (-update writes it anew)", name, len(a), len(b))
}

func TestGoldenText(t *testing.T) {
	var b bytes.Buffer
	if err := WriteText(&b, registry(t, NewCollector(helpdesk(), Options{}))); err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/helpdesk.prom", b.Bytes())
}

func TestPromtool(t *testing.T) {
	reg := registry(t, NewCollector(helpdesk(), Options{}))
	NewSelf(reg, []SourceInfo{{"main", "meta", []string{"whatsapp"}}})
	var b bytes.Buffer
	if err := WriteText(&b, reg); err != nil {
		t.Fatal(err)
	}
	tooltest.CheckMetrics(t, b.Bytes())
}

// scrape asks a handler for an encoding.
func scrape(t *testing.T, g prometheus.Gatherer, opts HandlerOptions, accept string) (contentType string, body []byte) {
	t.Helper()
	req := httptest.NewRequest("GET", "/metrics", nil)
	req.Header.Set("Accept", accept)
	w := httptest.NewRecorder()
	NewHandler(g, opts).ServeHTTP(w, req)
	if w.Code != 200 {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	return w.Header().Get("Content-Type"), w.Body.Bytes()
}

func TestGoldenOpenMetrics(t *testing.T) {
	reg := registry(t, NewCollector(helpdesk(), Options{}))
	contentType, body := scrape(t, reg, HandlerOptions{CreatedLines: true}, "application/openmetrics-text;version=1.0.0")
	if !strings.HasPrefix(contentType, "application/openmetrics-text; version=1.0.0") {
		t.Errorf("content type %q", contentType)
	}
	golden(t, "testdata/helpdesk.openmetrics", body)
	_, without := scrape(t, reg, HandlerOptions{}, "application/openmetrics-text;version=1.0.0")
	var kept []string
	for line := range strings.Lines(string(body)) {
		if name, _, _ := strings.Cut(line, "{"); !strings.HasSuffix(name, "_created") {
			kept = append(kept, line)
		}
	}
	if strings.Join(kept, "") != string(without) {
		t.Error("created lines are not all the difference that they make")
	}
}

const acceptProtobuf = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"

func TestGoldenProtobuf(t *testing.T) {
	reg := registry(t, NewCollector(helpdesk(), Options{}))
	contentType, body := scrape(t, reg, HandlerOptions{}, acceptProtobuf)
	if !strings.HasPrefix(contentType, "application/vnd.google.protobuf") {
		t.Errorf("content type %q", contentType)
	}
	var direct bytes.Buffer
	if err := WriteProtobuf(&direct, reg); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(direct.Bytes(), body) {
		t.Error("the handler and WriteProtobuf do not agree")
	}
	// One line of JSON a metric: the messages themselves could not be reviewed.
	var out bytes.Buffer
	dec := expfmt.NewDecoder(bytes.NewReader(body), expfmt.NewFormat(expfmt.TypeProtoDelim))
	for {
		var f dto.MetricFamily
		if err := dec.Decode(&f); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&out, "# %s %s\n", f.GetName(), f.GetType())
		for _, m := range f.Metric {
			line, err := protojson.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Compact(&out, line); err != nil {
				t.Fatal(err)
			}
			out.WriteByte('\n')
		}
	}
	golden(t, "testdata/helpdesk.protobuf.jsonl", out.Bytes())
}
