package promtooltest

import (
	"bytes"
	"strings"
	"testing"
)

func TestCheckMetrics(t *testing.T) {
	CheckMetrics(t, []byte("# HELP a_total A.\n# TYPE a_total counter\na_total 1\n"))
	out, err := Run(t, bytes.NewReader([]byte("# HELP a A.\n# TYPE a counter\na 1\n")), "check", "metrics")
	if err == nil || !strings.Contains(string(out), `counter metrics should have "_total" suffix`) {
		t.Errorf("a bad name passes: %v\n%s", err, out)
	}
	out, err = Run(t, bytes.NewReader([]byte("a{ 1\n")), "check", "metrics")
	if err == nil {
		t.Errorf("nonsense passes:\n%s", out)
	}
}
