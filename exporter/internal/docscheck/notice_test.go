package docscheck

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestNotice: NOTICE lists every module that the program is linked with, and no
// other, each with a licence.
func TestNotice(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}{{end}}{{end}}",
		"github.com/helpdesk-exporter/helpdesk-exporter/cmd/helpdesk-exporter").Output()
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Fields(string(out))
	slices.Sort(want)
	want = slices.Compact(want)
	b, err := os.ReadFile("../../../NOTICE")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range regexp.MustCompile(`(?m)^  ([a-z0-9.]+\.[a-z]+/\S+)  +\S`).FindAllStringSubmatch(string(b), -1) {
		got = append(got, m[1])
	}
	for _, m := range want {
		if !slices.Contains(got, m) {
			t.Errorf("NOTICE lacks %s", m)
		}
	}
	for _, m := range got {
		if !slices.Contains(want, m) {
			t.Errorf("NOTICE lists %s, which is not linked", m)
		}
	}
}
