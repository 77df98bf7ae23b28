// Package promtooltest gives tests Prometheus' promtool, in the version that
// .ci/tools pins. The first test that wants it builds it into the user's cache
// folder, all later ones on the machine find it there; test binaries that run
// side by side build it once. It is for tests only and never downloads
// anything but Go modules.
package promtooltest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
)

// CheckMetrics fails the test where `promtool check metrics` has something to
// say against text, an exposition in the text format.
func CheckMetrics(t testing.TB, text []byte) {
	t.Helper()
	out, err := Run(t, bytes.NewReader(text), "check", "metrics")
	if err != nil || len(out) > 0 {
		t.Errorf("promtool check metrics: %v\n%s", err, out)
	}
}

// Run runs promtool in the current folder and returns what it printed, on
// either of its outputs. A test that only wants what is quick (-short) is
// skipped.
func Run(t testing.TB, stdin *bytes.Reader, args ...string) ([]byte, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), Path(t), args...)
	if stdin != nil {
		cmd.Stdin = stdin
	}
	return cmd.CombinedOutput()
}

// Path is where promtool is; it is built if need be, which can take minutes.
func Path(t testing.TB) string {
	t.Helper()
	if testing.Short() {
		t.Skip("promtool may have to be built: left out with -short")
	}
	path, err := build()
	if err != nil {
		t.Fatalf("promtool: %v", err)
	}
	return path
}

var build = sync.OnceValues(func() (string, error) {
	tools, err := toolsDir()
	if err != nil {
		return "", err
	}
	sum, err := os.ReadFile(filepath.Join(tools, "go.sum"))
	if err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	hash := sha256.Sum256(sum)
	dir := filepath.Join(cache, "helpdesk-exporter-tools", hex.EncodeToString(hash[:8]))
	path := filepath.Join(dir, "promtool")
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
	// nothing that looks like promtool. Service discovery is a quarter of the
	// build and of no use here.
	fresh := path + ".new"
	cmd := exec.Command("go", "build", "-tags", "remove_all_sd", "-o", fresh, "github.com/prometheus/prometheus/cmd/promtool")
	cmd.Dir = tools
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build in %s: %w\n%s", tools, err, out)
	}
	return path, os.Rename(fresh, path)
})

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

// toolsDir finds .ci/tools above the current folder, which go test sets to the
// package's.
func toolsDir() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		tools := filepath.Join(dir, ".ci", "tools")
		if _, err := os.Stat(filepath.Join(tools, "go.mod")); err == nil {
			return tools, nil
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
