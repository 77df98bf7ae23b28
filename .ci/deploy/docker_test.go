package deploy

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

// stages reads a Dockerfile.
func stages(t *testing.T, path string) []instructions.Stage {
	t.Helper()
	parsed, err := parser.Parse(bytes.NewReader(read(t, path)))
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	found, args, err := instructions.Parse(parsed.AST, linter.New(&linter.Config{
		Warn: func(rule, _, _, text string, _ []parser.Range) { said = append(said, rule+": "+text) },
	}))
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if len(said) > 0 || len(parsed.Warnings) > 0 || len(args) > 0 {
		t.Errorf("%s: %q %v, arguments before FROM: %v", path, said, parsed.Warnings, args)
	}
	return found
}

func of[T any](s instructions.Stage) []T {
	var out []T
	for _, c := range s.Commands {
		if v, ok := c.(T); ok {
			out = append(out, v)
		}
	}
	return out
}

func TestDockerfiles(t *testing.T) {
	pinned := regexp.MustCompile(`^[a-z/]+:\d+\.\d+\.\d+(-slim)?$`)
	goVersion := regexp.MustCompile(`(?m)^go (.*)$`).FindStringSubmatch(string(read(t, "go.mod")))[1]
	for path, user := range map[string]string{"Dockerfile": "65532:65532", "deploy/grafana.Dockerfile": "472"} {
		all := stages(t, path)
		var before []string
		for _, s := range all {
			if s.BaseName != "scratch" && !slices.Contains(before, s.BaseName) && !pinned.MatchString(s.BaseName) {
				t.Errorf("%s: %s is not pinned", path, s.BaseName)
			}
			if v, ok := strings.CutPrefix(s.BaseName, "golang:"); ok && v != goVersion {
				t.Errorf("%s builds with Go %s, go.mod says %s", path, v, goVersion)
			}
			for _, c := range of[*instructions.CopyCommand](s) {
				if c.From != "" && !slices.Contains(before, c.From) {
					t.Errorf("%s copies from %s, which is no stage before", path, c.From)
				}
			}
			before = append(before, s.Name)
			// Nobody runs what is only built in.
			if s.BaseName != "scratch" && (strings.HasPrefix(s.BaseName, "golang:") || strings.HasPrefix(s.BaseName, "node:")) {
				continue
			}
			if users := of[*instructions.UserCommand](s); len(users) != 1 || users[0].User != user {
				t.Errorf("%s: stage %q runs as %v, want %s", path, s.Name, users, user)
			}
			if runs := of[*instructions.RunCommand](s); len(runs) > 0 {
				t.Errorf("%s: stage %q runs something: the image is to be the same wherever it is built", path, s.Name)
			}
		}
	}
	all := stages(t, "Dockerfile")
	last := all[len(all)-1]
	if last.Name != "exporter" || last.BaseName != "scratch" {
		t.Errorf("what is built without a target is %q of %s", last.Name, last.BaseName)
	}
	entry, cmd := of[*instructions.EntrypointCommand](last), of[*instructions.CmdCommand](last)
	if len(entry) != 1 || len(cmd) != 1 || entry[0].PrependShell || cmd[0].PrependShell {
		t.Fatal("there is no shell in the image: ENTRYPOINT and CMD are lists")
	}
	// Flags that the program knows.
	args := append(slices.Clone(cmd[0].CmdLine), "--help")
	if out := run(t, nil, exporter(t), args...); !strings.Contains(out, "--journal.dir") {
		t.Errorf("%q says\n%s", args, out)
	}
}

// The program is static: there is no loader in the image.
func TestStatic(t *testing.T) {
	if out := run(t, nil, "go", "version", "-m", exporter(t)); !strings.Contains(out, "CGO_ENABLED=0") {
		t.Errorf("built with cgo:\n%s", out)
	}
	if makefile := string(read(t, "Makefile")); !strings.Contains(makefile, "CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN) ./cmd/helpdesk-exporter") {
		t.Error("make build, which the Dockerfile calls, builds something else")
	}
}

// Nothing that a build needs is left out of its context, and nothing secret is in it.
func TestDockerignore(t *testing.T) {
	patterns, err := ignorefile.ReadAll(bytes.NewReader(read(t, ".dockerignore")))
	if err != nil {
		t.Fatal(err)
	}
	m, err := patternmatcher.New(patterns)
	if err != nil {
		t.Fatal(err)
	}
	ignored := func(path string) bool {
		t.Helper()
		yes, err := m.MatchesOrParentMatches(filepath.ToSlash(path))
		if err != nil {
			t.Fatal(err)
		}
		return yes
	}
	base, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json=ImportPath,Dir,Module,GoFiles,EmbedFiles,SFiles", "./cmd/helpdesk-exporter", "./grafana-plugin/pkg")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	needed := []string{"go.mod", "go.sum", "Makefile", "grafana-plugin/package.json", "grafana-plugin/package-lock.json", "grafana-plugin/tsconfig.json",
		"grafana-plugin/.config/webpack/webpack.config.js", "grafana-plugin/scripts/check-bundle.js", "grafana-plugin/src/plugin.json", "grafana-plugin/README.md", "grafana-plugin/LICENSE"}
	for d := json.NewDecoder(bytes.NewReader(out)); d.More(); {
		var p struct {
			Dir                         string
			Module                      *struct{ Main bool }
			GoFiles, EmbedFiles, SFiles []string
		}
		if err := d.Decode(&p); err != nil {
			t.Fatal(err)
		}
		if p.Module == nil || !p.Module.Main {
			continue
		}
		dir, err := filepath.Rel(base, p.Dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range slices.Concat(p.GoFiles, p.EmbedFiles, p.SFiles) {
			needed = append(needed, filepath.Join(dir, f))
		}
	}
	if len(needed) < 100 {
		t.Fatalf("only %d files are needed: %q", len(needed), needed)
	}
	for _, f := range needed {
		if ignored(f) {
			t.Errorf("%s is needed and is left out", f)
		}
	}
	for _, f := range []string{".git/config", "secrets/meta-app-secret", "deploy/secrets/token", "data/privacy.key", "grafana-plugin/node_modules/x/y.js", "grafana-plugin/dist/module.js", "bin/helpdesk-exporter"} {
		if !ignored(f) {
			t.Errorf("%s is sent to the builder", f)
		}
	}
}

// cmdLine is what an image starts with.
func cmdLine(t *testing.T, s instructions.Stage) []string {
	t.Helper()
	cmd := of[*instructions.CmdCommand](s)
	if len(cmd) != 1 {
		t.Fatalf("%d times CMD", len(cmd))
	}
	return cmd[0].CmdLine
}
