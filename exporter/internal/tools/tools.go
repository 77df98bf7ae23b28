// Package tools builds the programs that .ci/tools pins: promtool, Prometheus,
// Alertmanager, amtool. Each is built once into the user's cache folder, and
// again when its module changes; processes that want one side by side build it
// once. Nothing but Go modules is ever downloaded.
package tools

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
)

// table of the tools: the module below .ci that pins each, and its package.
// Service discovery is a quarter of a build and of no use here.
var table = map[string]struct{ module, pkg, tags string }{
	"promtool":     {"tools", "github.com/prometheus/prometheus/cmd/promtool", "remove_all_sd"},
	"prometheus":   {"tools", "github.com/prometheus/prometheus/cmd/prometheus", "remove_all_sd"},
	"alertmanager": {"tools/alertmanager", "github.com/prometheus/alertmanager/cmd/alertmanager", ""},
	"amtool":       {"tools/alertmanager", "github.com/prometheus/alertmanager/cmd/amtool", ""},
}

// Names of all tools, sorted.
func Names() []string {
	var names []string
	for n := range table {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

var (
	mu    sync.Mutex
	built = map[string]string{}
)

// Path is where a tool is; it is built if need be, which can take minutes. The
// current folder must be inside of the repository.
func Path(name string) (string, error) {
	mu.Lock()
	defer mu.Unlock()
	if path, ok := built[name]; ok {
		return path, nil
	}
	path, err := build(name)
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	built[name] = path
	return path, nil
}

func build(name string) (string, error) {
	tool, ok := table[name]
	if !ok {
		return "", fmt.Errorf("there are %q only", Names())
	}
	root, err := Root()
	if err != nil {
		return "", err
	}
	module := filepath.Join(root, ".ci", tool.module)
	sum, err := os.ReadFile(filepath.Join(module, "go.sum"))
	if err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	hash := sha256.Sum256(sum)
	dir := filepath.Join(cache, "helpdesk-exporter-tools", hex.EncodeToString(hash[:8]))
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	unlock, err := lock(filepath.Join(dir, "lock"))
	if err != nil {
		return "", err
	}
	defer unlock()
	if _, err := os.Stat(path); err == nil {
		return path, nil // built while this one waited
	}
	// A name of its own until it is whole: a build that is killed leaves
	// nothing that looks like the tool.
	fresh := path + ".new"
	cmd := exec.Command("go", "build", "-tags", tool.tags, "-ldflags", "-s -w", "-o", fresh, tool.pkg)
	cmd.Dir = module
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build in %s: %w\n%s", module, err, out)
	}
	return path, os.Rename(fresh, path)
}

// lock waits for the file's lock, which the system frees with the process.
func lock(name string) (unlock func(), err error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("lock %s: %w", name, err)
	}
	return func() { f.Close() }, nil
}

// Root finds the repository above the current folder, which go test sets to the
// package's.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, ".ci", "tools", "go.mod")); err == nil {
			return dir, nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", errors.New("no .ci/tools above the current folder")
		}
		dir = up
	}
}
