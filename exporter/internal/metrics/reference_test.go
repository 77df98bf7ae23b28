package metrics

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

func TestReference(t *testing.T) {
	var b bytes.Buffer
	if err := WriteReference(&b); err != nil {
		t.Fatal(err)
	}
	for _, f := range measure.Families {
		if Section(f) == 0 || !bytes.Contains(b.Bytes(), []byte("\n| `"+f.Name+"` |")) {
			t.Errorf("%s is not in it", f.Name)
		}
	}
	if got := bytes.Count(b.Bytes(), []byte("\n## ")); got != len(sections)+1 {
		t.Errorf("%d headings, want %d: a section's first family is not where it says", got, len(sections)+1)
	}
	golden(t, filepath.Join("..", "..", "..", "docs", "metrics.md"), b.Bytes())
}

// NewSelf makes what the table says, at 0 from the start, and nothing else.
func TestSelf(t *testing.T) {
	reg := prometheus.NewPedanticRegistry()
	s := NewSelf(reg, []SourceInfo{{"main", "meta", []string{"whatsapp"}}, {"crm", "events", []string{"sms", "whatsapp"}}})
	families := gather(t, reg)
	elsewhere := 0 // in packages webhook, fetch, threads and segment
	for _, m := range SelfMetrics {
		f := families[m.Name]
		if f == nil {
			elsewhere++
			continue
		}
		if got := strings.ToLower(f.GetType().String()); got != m.Type || f.GetHelp() != m.Help {
			t.Errorf("%s is a %s, help %q", m.Name, got, f.GetHelp())
		}
		var labels []string
		for _, l := range f.Metric[0].Label {
			labels = append(labels, l.GetName())
		}
		want := slices.Sorted(slices.Values(m.Labels))
		if !slices.Equal(labels, want) {
			t.Errorf("%s has labels %q, want %q", m.Name, labels, want)
		}
		delete(families, m.Name)
	}
	for name := range families {
		t.Errorf("%s is not in the table", name)
	}
	if elsewhere != 7+5+3+4 {
		t.Errorf("%d metrics are not made here, want 7 of package webhook, 5 of fetch, 3 of threads and 4 of segment", elsewhere)
	}

	s.EventLateness.Observe(-5)
	s.EventLateness.Observe(2)
	s.SetSources([]SourceInfo{{"crm", "events", []string{"whatsapp"}}})
	families = gather(t, reg)
	h := families["helpdesk_event_lateness_seconds"].Metric[0].Histogram
	if h.GetSampleSum() != 2 || h.GetSampleCount() != 2 || h.Schema == nil || len(h.Bucket) == 0 {
		t.Errorf("lateness: %v", h)
	}
	if n := len(families["helpdesk_source_info"].Metric); n != 1 {
		t.Errorf("%d infos after a source was removed, want 1", n)
	}
	if got := testutil.ToFloat64(s.Duplicates.WithLabelValues("main")); got != 0 || len(families["helpdesk_webhook_duplicates_total"].Metric) != 2 {
		t.Errorf("a counter went away with its source: %v", got)
	}
}

// Every metric that the code names is in one of the tables, with the help that
// the code gives it.
func TestTablesHaveWhatTheCodeNames(t *testing.T) {
	known := map[string]bool{}
	for _, f := range measure.Families {
		known[f.Name] = true
	}
	for _, m := range SelfMetrics {
		known[m.Name] = true
	}
	name := regexp.MustCompile(`^helpdesk_[a-z0-9_]+$`)
	// The start of several names, to which the code adds the rest.
	start := func(text string) bool {
		return strings.HasSuffix(text, "_") && slices.ContainsFunc(slices.Collect(maps.Keys(known)), func(n string) bool { return strings.HasPrefix(n, text) })
	}
	literals := map[string]bool{}
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || filepath.Base(path) == "table.go" {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			text, err := strconv.Unquote(lit.Value)
			if err != nil {
				return true
			}
			literals[text] = true
			if name.MatchString(text) && !known[text] && !start(text) {
				t.Errorf("%s names %s, which is in neither table", path, text)
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range SelfMetrics {
		if m.Name == "helpdesk_build_info" {
			continue // client_golang's
		}
		if !literals[m.Name] {
			t.Errorf("no code makes %s", m.Name)
		}
		if (strings.HasPrefix(m.Name, "helpdesk_webhook_") || strings.HasPrefix(m.Name, "helpdesk_proxy_")) && m.Name != "helpdesk_webhook_duplicates_total" && !literals[m.Help] {
			t.Errorf("%s has another help text in the code than %q", m.Name, m.Help)
		}
	}
}
