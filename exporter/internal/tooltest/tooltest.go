// Package tooltest gives tests the tools of package tools.
package tooltest

import (
	"bytes"
	"os/exec"
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/tools"
)

// CheckMetrics fails the test where `promtool check metrics` has something to
// say against text, an exposition in the text format.
func CheckMetrics(t testing.TB, text []byte) {
	t.Helper()
	out, err := Run(t, bytes.NewReader(text), "promtool", "check", "metrics")
	if err != nil || len(out) > 0 {
		t.Errorf("promtool check metrics: %v\n%s", err, out)
	}
}

// Run runs a tool in the current folder and returns what it printed, on either
// of its outputs. A test that only wants what is quick (-short) is skipped.
func Run(t testing.TB, stdin *bytes.Reader, name string, args ...string) ([]byte, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), Path(t, name), args...)
	if stdin != nil {
		cmd.Stdin = stdin
	}
	return cmd.CombinedOutput()
}

// Path is where a tool is; it is built if need be, which can take minutes.
func Path(t testing.TB, name string) string {
	t.Helper()
	if testing.Short() {
		t.Skip(name + " may have to be built: left out with -short")
	}
	path, err := tools.Path(name)
	if err != nil {
		t.Fatal(err)
	}
	return path
}
