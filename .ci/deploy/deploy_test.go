// Package deploy checks what the exporter is started by elsewhere: docker-compose.yml,
// the Dockerfiles, the Kubernetes manifests and the configurations of the programs beside
// it. Nothing here pulls an image or needs a cluster. It is a module of its own, so that
// none of its libraries becomes one of the exporter's.
package deploy

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"go.yaml.in/yaml/v3"
)

// root of the repository.
const root = "../.."

func read(t *testing.T, path ...string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(append([]string{root}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// strictly decodes YAML of one document and refuses keys that v does not have.
func strictly(t *testing.T, text []byte, v any) {
	t.Helper()
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(v); err != nil {
		t.Fatal(err)
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		t.Fatalf("there is a second document: %v", err)
	}
}

// exporter is the program of this repository.
func exporter(t *testing.T) string {
	t.Helper()
	path, err := builtExporter()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

var scratch string

func TestMain(m *testing.M) {
	var err error
	if scratch, err = os.MkdirTemp("", "helpdesk-deploy-"); err != nil {
		panic(err)
	}
	code := m.Run()
	if err := os.RemoveAll(scratch); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

var builtExporter = sync.OnceValues(func() (string, error) {
	path, err := filepath.Abs(filepath.Join(scratch, "helpdesk-exporter"))
	if err != nil {
		return "", err
	}
	return path, build(root, path, "./cmd/helpdesk-exporter")
})

func build(dir, out string, args ...string) error {
	cmd := exec.Command("go", append([]string{"build", "-o", out}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=", "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build in %s: %w\n%s", dir, err, text)
	}
	return nil
}

// tools are the modules that pin other programs, and the tags that these are built with.
var tools = map[string]struct{ module, pkg, tags string }{
	"promtool":   {".ci/tools", "github.com/prometheus/prometheus/cmd/promtool", "remove_all_sd"},
	"prometheus": {".ci/tools", "github.com/prometheus/prometheus/cmd/prometheus", "remove_all_sd"},
	"amtool":     {".ci/tools/alertmanager", "github.com/prometheus/alertmanager/cmd/amtool", ""},
}

// tool is where a program is. `make tools` leaves it in the user's cache folder, named by
// what pins it; without that it is built here, which can take minutes.
func tool(t *testing.T, name string) string {
	t.Helper()
	if testing.Short() {
		t.Skip(name + " may have to be built: left out with -short")
	}
	from := tools[name]
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	hash := sha256.Sum256(read(t, from.module, "go.sum"))
	path := filepath.Join(cache, "helpdesk-exporter-tools", hex.EncodeToString(hash[:8]), name)
	if _, err := os.Stat(path); err == nil {
		return path
	}
	path = filepath.Join(scratch, name)
	if _, err := os.Stat(path); err == nil {
		return path
	}
	if err := build(filepath.Join(root, from.module), path, "-tags", from.tags, "-ldflags", "-s -w", from.pkg); err != nil {
		t.Fatal(err)
	}
	return path
}

// run runs a program and fails the test where it fails.
func run(t *testing.T, env []string, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", filepath.Base(name), args, err, out)
	}
	return string(out)
}
