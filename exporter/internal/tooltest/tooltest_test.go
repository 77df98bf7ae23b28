package tooltest

import (
	"bytes"
	"strings"
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/tools"
)

func TestCheckMetrics(t *testing.T) {
	CheckMetrics(t, []byte("# HELP a_total A.\n# TYPE a_total counter\na_total 1\n"))
	out, err := Run(t, bytes.NewReader([]byte("# HELP a A.\n# TYPE a counter\na 1\n")), "promtool", "check", "metrics")
	if err == nil || !strings.Contains(string(out), `counter metrics should have "_total" suffix`) {
		t.Errorf("a bad name passes: %v\n%s", err, out)
	}
	out, err = Run(t, bytes.NewReader([]byte("a{ 1\n")), "promtool", "check", "metrics")
	if err == nil {
		t.Errorf("nonsense passes:\n%s", out)
	}
}

// Every tool runs; `make tools` builds them by this test.
func TestTools(t *testing.T) {
	for _, name := range tools.Names() {
		if out, err := Run(t, nil, name, "--version"); err != nil || !strings.Contains(string(out), name+", version") {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}
