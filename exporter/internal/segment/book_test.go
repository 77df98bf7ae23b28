package segment

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
)

func TestBook(t *testing.T) {
	var log bytes.Buffer
	file := filepath.Join(t.TempDir(), "segments.csv")
	write := func(list string, at time.Time) {
		t.Helper()
		if err := os.WriteFile(file, []byte(list), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, at, at); err != nil {
			t.Fatal(err)
		}
	}
	b := NewBook(hash, prometheus.NewRegistry(), slog.New(slog.NewTextHandler(&log, nil)))
	look := func(want string) {
		t.Helper()
		if got := b.Lookup("desk", "5511900000001", "", ""); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	cfg := names
	cfg.File = file
	if err := b.Configure(cfg, []string{"desk"}); err == nil {
		t.Error("a missing file is taken")
	}
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	write("contact,segment\n5511900000001,vip\n5511900000003,gold\n", start)
	if err := b.Configure(cfg, []string{"desk"}); err != nil {
		t.Fatal(err)
	}
	look("vip")
	b.check()
	write("contact,segment\n5511900000001,new\n", start.Add(time.Second))
	look("vip")
	b.check()
	look("new")
	if got := testutil.ToFloat64(b.metrics.contacts.WithLabelValues("new")); got != 1 {
		t.Errorf("%v contacts are new", got)
	}
	// What is no list changes nothing, and is seen.
	write("who,what\n", start.Add(2*time.Second))
	b.check()
	look("new")
	if testutil.ToFloat64(b.metrics.loaded) != 0 {
		t.Error("the failure is not shown")
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	b.check()
	look("new")
	write("contact,segment\n", start.Add(3*time.Second))
	b.check()
	look("")
	if testutil.ToFloat64(b.metrics.loaded) != 1 {
		t.Error("the success is not shown")
	}
	b.Lookup("desk", "1", "", "platinum")
	if testutil.ToFloat64(b.metrics.unknown.WithLabelValues("desk")) != 1 {
		t.Error("an unknown value is not counted")
	}
	if err := b.Configure(config.Segments{}, nil); err != nil {
		t.Fatal(err)
	}
	look("")
	if s := log.String(); strings.Contains(s, "55119") || !strings.Contains(s, "none of segments.names") {
		t.Errorf("log: %s", s)
	}
}
