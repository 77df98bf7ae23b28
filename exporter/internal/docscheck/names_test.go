package docscheck

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/metrics"
)

var inline = regexp.MustCompile("`[^`\n]+`")

var metricName = regexp.MustCompile(`\bhelpdesk_[a-z0-9_]+(\(|\b)`)

func TestMetricNames(t *testing.T) {
	known, histograms := map[string]bool{}, map[string]bool{}
	for _, f := range measure.Families {
		known[f.Name] = true
		histograms[f.Name] = f.Type == measure.Histogram
	}
	for _, m := range metrics.SelfMetrics {
		known[m.Name] = true
		histograms[m.Name] = m.Type == "histogram"
	}
	found := map[string]bool{}
	for _, d := range docs(t) {
		for _, name := range metricName.FindAllString(d.text, -1) {
			if strings.HasSuffix(name, "(") {
				continue // a pattern: helpdesk_(a|b)
			}
			base := name
			for _, suffix := range []string{"_bucket", "_sum", "_count"} {
				if cut, ok := strings.CutSuffix(name, suffix); ok && histograms[cut] {
					base = cut
				}
			}
			if found[base] = true; !known[base] {
				t.Errorf("%s names %s, which is in no table", d.name, name)
			}
		}
	}
	for name := range known {
		if !found[name] {
			t.Errorf("no document names %s", name)
		}
	}
}

// binary builds the program once.
var binary = sync.OnceValues(func() (string, error) {
	out := filepath.Join(programDir, "helpdesk-exporter")
	cmd := exec.Command("go", "build", "-o", out, "./cmd/helpdesk-exporter")
	cmd.Dir = root
	text, err := cmd.CombinedOutput()
	if err != nil {
		return string(text), err
	}
	return out, nil
})

// run runs the program and gives what it wrote.
func run(t *testing.T, dir, stdin string, args ...string) (string, error) {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatalf("go build: %v\n%s", err, path)
	}
	cmd := exec.Command(path, args...)
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

var (
	helpCommand = regexp.MustCompile(`(?m)^  ([a-z][a-z -]*?)(?: <| \[|$)`)
	helpFlag    = regexp.MustCompile(`(?m)^ +(?:-[a-z], )? *--([a-z][a-z.-]*)`)
)

// grammar is the flags of every command, as --help lists them.
func grammar(t *testing.T) map[string]map[string]bool {
	t.Helper()
	help, err := run(t, "", "", "--help")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(help, "\nCommands:\n")
	commands := map[string]map[string]bool{}
	for _, m := range helpCommand.FindAllStringSubmatch(list, -1) {
		name := strings.TrimSpace(m[1])
		text, err := run(t, "", "", append(strings.Fields(name), "--help")...)
		if err != nil {
			t.Fatalf("%s --help: %v\n%s", name, err, text)
		}
		commands[name] = map[string]bool{}
		for _, f := range helpFlag.FindAllStringSubmatch(text, -1) {
			commands[name][f[1]] = true
		}
	}
	for _, name := range []string{"serve", "journal verify"} {
		if !commands[name]["journal.dir"] {
			t.Fatalf("%s has no --journal.dir; the help was not understood:\n%s", name, help)
		}
	}
	return commands
}

// foreign are flags of other programs, by the word that stands before them on
// the line.
var foreign = map[string]string{
	"enable-feature": "Prometheus", "data-binary": "curl", "data": "the training command",
}

var (
	flagName = regexp.MustCompile("(?:^|[\\s`([|])--([a-z][a-z.-]*)")
	invoked  = regexp.MustCompile("helpdesk-exporter ([^`\n#|]*)")
	word     = regexp.MustCompile(`^[a-z][a-z-]*$`)
)

// TestFlagsAndCommands: what documents say to type can be typed.
func TestFlagsAndCommands(t *testing.T) {
	commands := grammar(t)
	all := map[string]bool{}
	for _, flags := range commands {
		for f := range flags {
			all[f] = true
		}
	}
	used, checked := map[string]bool{}, map[string]bool{}
	for _, d := range docs(t) {
		for _, m := range flagName.FindAllStringSubmatch(strings.ReplaceAll(d.text, "\n", "\n "), -1) {
			name := strings.TrimRight(m[1], ".-")
			used[name] = true
			if !all[name] && foreign[name] == "" {
				t.Errorf("%s names the flag --%s, which no command has", d.name, name)
			}
		}
		code := inline.FindAllString(prose(d), -1)
		for _, b := range blocks(t, d) {
			if b.language == "sh" {
				code = append(code, strings.ReplaceAll(b.text, "\\\n", " "))
			}
		}
		for _, m := range invoked.FindAllStringSubmatch(strings.Join(code, "\n"), -1) {
			name, flags := split(commands, m[1])
			if name == "" {
				t.Errorf("%s: helpdesk-exporter %s: there is no such command", d.name, m[1])
				continue
			}
			checked[name] = true
			for _, f := range flags {
				if !commands[name][f] {
					t.Errorf("%s: %s has no flag --%s", d.name, name, f)
				}
			}
		}
	}
	for name := range foreign {
		if !used[name] {
			t.Errorf("--%s is used nowhere; take it out of the list", name)
		}
	}
	for name := range commands {
		if !checked[name] {
			t.Errorf("no document shows the command %s", name)
		}
	}
}

// split takes a command line apart; no command means serve.
func split(commands map[string]map[string]bool, line string) (name string, flags []string) {
	var words []string
	for _, f := range strings.Fields(line) {
		if long, ok := strings.CutPrefix(f, "--"); ok {
			flag, _, _ := strings.Cut(long, "=")
			flags = append(flags, flag)
		} else if len(flags) == 0 && word.MatchString(f) {
			words = append(words, f)
		}
	}
	if len(words) == 0 {
		return "serve", flags
	}
	for n := min(2, len(words)); n > 0; n-- {
		if name := strings.Join(words[:n], " "); commands[name] != nil {
			return name, flags
		}
	}
	return "", nil
}
