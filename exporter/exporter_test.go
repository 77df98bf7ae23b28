package exporter

import (
	"bytes"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
)

const shop = "sources:\n  - name: shop\n    provider: events\n    secret: a-bearer-secret\n"

func write(t testing.TB, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func options(t testing.TB) Options {
	t.Helper()
	dir := t.TempDir()
	return Options{
		ConfigFile: write(t, filepath.Join(dir, "config.yml"), shop), JournalDir: filepath.Join(dir, "journal"),
		WebAddress: "127.0.0.1:0", WebhookAddress: "127.0.0.1:0",
	}
}

// serve starts a server that the test ends, and waits until it is ready.
func serve(t testing.TB, o Options) *Server {
	t.Helper()
	s, err := New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	s.Start(t.Context())
	t.Cleanup(func() {
		if err := s.Stop(t.Context()); err != nil && t.Context().Err() == nil {
			t.Error(err)
		}
	})
	for deadline := time.Now().Add(30 * time.Second); !s.Ready(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("not ready")
		}
	}
	return s
}

// TestNewLeavesNothingOpen: whatever fails, the next attempt with the fault
// mended succeeds.
func TestNewLeavesNothingOpen(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	o := options(t)
	dir := filepath.Dir(o.ConfigFile)
	for _, c := range []struct {
		name   string
		change func(*Options)
		want   string
	}{
		{"no configuration", func(o *Options) { o.ConfigFile = filepath.Join(dir, "missing.yml") }, "missing.yml"},
		{"wrong configuration", func(o *Options) { o.ConfigFile = write(t, filepath.Join(dir, "bad.yml"), "nonsense: 1\n") }, "nonsense"},
		{"web address taken", func(o *Options) { o.WebAddress = taken.Addr().String() }, "web listener"},
		{"webhook address taken", func(o *Options) { o.WebhookAddress = taken.Addr().String() }, "webhook listener"},
		{"certificate without key", func(o *Options) { o.WebhookCertFile = o.ConfigFile }, "TLS needs both"},
		{"journal is a file", func(o *Options) { o.JournalDir = o.ConfigFile }, "journal"},
		{"key file is no key", func(o *Options) {
			write(t, filepath.Join(dir, "not.key"), "this is no key")
			o.ConfigFile = write(t, filepath.Join(dir, "key.yml"), shop+"privacy:\n  key_file: not.key\n")
		}, "not.key"},
	} {
		t.Run(c.name, func(t *testing.T) {
			broken := o
			c.change(&broken)
			s, err := New(t.Context(), broken)
			if err == nil || !strings.Contains(err.Error(), c.want) || s != nil {
				t.Errorf("error %v, want %q", err, c.want)
			}
			if strings.Contains(err.Error(), "a-bearer-secret") {
				t.Errorf("tells the secret: %v", err)
			}
			s, err = New(t.Context(), o)
			if err != nil {
				t.Fatalf("and then: %v", err)
			}
			if err := s.Stop(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestServerLifecycle(t *testing.T) {
	o := options(t)
	s := serve(t, o)
	if _, err := New(t.Context(), o); !errors.Is(err, journal.ErrLocked) {
		t.Errorf("a second server: %v", err)
	}
	info, err := os.Stat(filepath.Join(o.JournalDir, controlSocket))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("control socket: %v %v", info, err)
	}
	if err := s.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	if err := s.Stop(t.Context()); err != nil {
		t.Errorf("a second stop: %v", err)
	}
	if _, err := os.Stat(filepath.Join(o.JournalDir, controlSocket)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the control socket is left: %v", err)
	}
	// A socket of a killed process is no hindrance.
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(o.JournalDir, controlSocket)})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := Rejected(t.Context(), o.JournalDir, "", &out); err != nil {
		t.Errorf("rejected beside a dead socket: %v", err)
	}
	serve(t, o)
}

// TestControlClock: only the demo's clock can be moved.
func TestControlClock(t *testing.T) {
	ask := func(o Options, target string) error {
		body, _, running, err := askControl(t.Context(), filepath.Join(o.JournalDir, controlSocket), http.MethodPost, target)
		if !running {
			t.Fatal("not running")
		}
		if err == nil {
			err = body.Close()
		}
		return err
	}
	real := options(t)
	serve(t, real)
	if err := ask(real, "/clock?to=2030-01-01T00:00:00Z"); !errors.Is(err, errControl) {
		t.Errorf("the machine's clock: %v", err)
	}
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	demo := WithDemoClock(options(t), at)
	s := serve(t, demo)
	if err := ask(demo, "/clock?to=tomorrow"); !errors.Is(err, errControl) || !strings.Contains(err.Error(), "not a time") {
		t.Errorf("no time: %v", err)
	}
	for _, c := range []struct{ to, now string }{
		{"2026-03-02T10:00:00Z", "2026-03-02T10:00:00Z"},
		{"2026-03-02T09:30:00Z", "2026-03-02T10:00:00Z"}, // never back
	} {
		if err := ask(demo, "/clock?to="+c.to); err != nil {
			t.Fatal(err)
		}
		if now := s.opts.clock.Now().Format(time.RFC3339); now != c.now {
			t.Errorf("to %s: it is %s, want %s", c.to, now, c.now)
		}
	}
	if err := ask(demo, "/clock?release=1"); err != nil {
		t.Fatal(err)
	}
	if now := s.opts.clock.Now(); time.Since(now) > time.Minute {
		t.Errorf("released at %s", now)
	}
}

// TestNoJournal: commands that only look make nothing.
func TestNoJournal(t *testing.T) {
	ctx := t.Context()
	for name, run := range map[string]func(dir string) error{
		"rejected": func(dir string) error { return Rejected(ctx, dir, "", &bytes.Buffer{}) },
		"verify":   func(dir string) error { return VerifyJournal(ctx, dir, &bytes.Buffer{}) },
		"backup":   func(dir string) error { return Backup(ctx, dir, filepath.Join(t.TempDir(), "file"), &bytes.Buffer{}) },
		"replay": func(dir string) error {
			return Replay(ctx, ReplayOptions{JournalDir: dir, Out: &bytes.Buffer{}, Err: &bytes.Buffer{}})
		},
		"explain": func(dir string) error {
			return Explain(ctx, ExplainOptions{JournalDir: dir, List: true, Out: &bytes.Buffer{}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			missing := filepath.Join(t.TempDir(), "missing")
			if err := run(missing); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), missing) {
				t.Errorf("missing directory: %v", err)
			}
			if _, err := os.Stat(missing); err == nil {
				t.Error("it made the directory")
			}
			empty := t.TempDir()
			if err := run(empty); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("empty directory: %v", err)
			}
			if left, err := os.ReadDir(empty); err != nil || len(left) > 0 {
				t.Errorf("it made %v (%v)", left, err)
			}
		})
	}
}

// TestRejectedNeedsItsKey: where the key file is lost no new one is made.
func TestRejectedNeedsItsKey(t *testing.T) {
	o := options(t)
	s := serve(t, o)
	if err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(o.JournalDir, keyFileName)
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	if err := Rejected(t.Context(), o.JournalDir, "", &bytes.Buffer{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without a key: %v", err)
	}
	if _, err := os.Stat(key); err == nil {
		t.Error("it made a new key")
	}
}

func TestCheckConfigSaysEverything(t *testing.T) {
	dir := t.TempDir()
	good := write(t, filepath.Join(dir, "good.yml"), shop)
	bad := write(t, filepath.Join(dir, "bad.yml"), strings.Replace(shop, "events", "telex", 1)+"labels:\n  max_values: -1\n")
	var out bytes.Buffer
	if err := CheckConfig([]string{good}, &out); err != nil || !strings.Contains(out.String(), "good.yml: ok") {
		t.Errorf("%v\n%s", err, out.String())
	}
	out.Reset()
	err := CheckConfig([]string{bad, good, filepath.Join(dir, "missing.yml")}, &out)
	if !errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), "2 of 3") {
		t.Errorf("error %v", err)
	}
	for _, want := range []string{"bad.yml:3", "telex", "bad.yml:6", "max_values", "good.yml: ok", "missing.yml"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("does not say %q:\n%s", want, out.String())
		}
	}
}
