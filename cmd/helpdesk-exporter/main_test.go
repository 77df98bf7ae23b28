package main

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter"
)

const config = "sources:\n  - name: shop\n    provider: events\n    secret: a-bearer-secret\n"

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// call runs the program in this process.
func call(t *testing.T, stdin string, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(t.Context(), args, strings.NewReader(stdin), &o, &e)
	return code, o.String(), e.String()
}

func TestUsage(t *testing.T) {
	for _, c := range []struct {
		args string
		code int
		out  []string
		errs []string
	}{
		{"--help", exitOK, []string{"serve", "check-config", "demo", "simulate", "replay", "explain", "rejected", "backup", "restore", "journal verify"}, nil},
		{"serve --help", exitOK, []string{"--config.file", "--web.listen-address", "--web.config.file", "--webhook.listen-address", "--journal.dir", "--log.level", "--log.format"}, nil},
		{"--version", exitOK, []string{"helpdesk-exporter, version"}, nil},
		{"dance", exitUsage, nil, []string{"dance", "--help"}},
		{"serve --dance", exitUsage, nil, []string{"--dance", "--help"}},
		{"--log.level loud", exitUsage, nil, []string{"--log.level", "debug"}},
		{"--log.format xml", exitUsage, nil, []string{"--log.format", "logfmt"}},
		{"--journal.retention forever", exitUsage, nil, []string{"--journal.retention"}},
		{"journal", exitUsage, nil, []string{"verify"}},
		{"check-config", exitUsage, nil, []string{"files"}},
		{"simulate --secret a --secret-file b", exitUsage, nil, []string{"--secret", "--secret-file"}},
		{"simulate --start today", exitFailed, nil, []string{"--start"}},
		{"replay --format xml x", exitUsage, nil, []string{"--format", "protobuf"}},
		{"replay --at noon x", exitFailed, nil, []string{"--at"}},
		{"explain", exitFailed, nil, []string{"--list"}},
		{"explain --at noon x", exitFailed, nil, []string{"--at"}},
		{"explain customer", exitFailed, nil, []string{"customer", "not a conversation's id"}},
		{"explain --help", exitOK, []string{"--journal.dir", "--config.file", "--list", "--json", "privacy.key_file"}, nil},
		{"serve --demo.clock noon", exitFailed, nil, []string{"--demo.clock"}},
	} {
		t.Run(c.args, func(t *testing.T) {
			code, out, errs := call(t, "", strings.Fields(c.args)...)
			if code != c.code {
				t.Errorf("exit %d, want %d\n%s%s", code, c.code, out, errs)
			}
			for _, want := range c.out {
				if !strings.Contains(out, want) {
					t.Errorf("output lacks %q:\n%s", want, out)
				}
			}
			for _, want := range c.errs {
				if !strings.Contains(errs, want) {
					t.Errorf("errors lack %q:\n%s", want, errs)
				}
			}
			if strings.Contains(out, "demo.clock") {
				t.Error("shows the demo's own flag")
			}
		})
	}
}

// TestDefaults: the flags' texts are the library's constants.
func TestDefaults(t *testing.T) {
	var c cli
	parser, err := kong.New(&c, kong.Vars{"version": ""})
	if err != nil {
		t.Fatal(err)
	}
	// serve is what runs without a command.
	parsed, err := parser.Parse(nil)
	if err != nil {
		t.Fatal(err)
	}
	if parsed.Command() != "serve" {
		t.Errorf("the default is %q", parsed.Command())
	}
	o := c.Serve.options(&streams{})
	if o.JournalMaxBytes != exporter.DefaultJournalMaxBytes || o.Retention != exporter.DefaultRetention || o.SnapshotInterval != exporter.DefaultSnapshotInterval {
		t.Errorf("%d bytes, %s, %s", o.JournalMaxBytes, o.Retention, o.SnapshotInterval)
	}
	if o.WebAddress != ":9841" || o.WebhookAddress != ":9842" || o.WebConfigFile != "" || o.WebhookCertFile != "" {
		t.Errorf("%+v", o)
	}
	if filepath.Base(o.JournalDir) != "data" || filepath.Base(o.ConfigFile) != "helpdesk-exporter.yml" {
		t.Errorf("%s, %s", o.JournalDir, o.ConfigFile)
	}
}

func TestLogFlags(t *testing.T) {
	var out bytes.Buffer
	logFlags{Level: "warn", Format: "json"}.logger(&out).Info("quiet")
	if out.Len() != 0 {
		t.Errorf("info at level warn: %s", out.String())
	}
	logFlags{Level: "debug", Format: "json"}.logger(&out).Debug("loud", slog.Int("n", 1))
	if !strings.HasPrefix(out.String(), "{") || !strings.Contains(out.String(), `"loud"`) {
		t.Errorf("json: %s", out.String())
	}
	out.Reset()
	logFlags{Level: "info", Format: "logfmt"}.logger(&out).Info("plain")
	if !strings.Contains(out.String(), "msg=plain") {
		t.Errorf("logfmt: %s", out.String())
	}
}

func TestCheckConfig(t *testing.T) {
	good, bad := write(t, "good.yml", config), write(t, "bad.yml", config+"targest: {}\n")
	if code, out, errs := call(t, "", "check-config", good); code != exitOK || !strings.Contains(out, "ok") || errs != "" {
		t.Errorf("exit %d\n%s%s", code, out, errs)
	}
	code, out, errs := call(t, "", "check-config", good, bad)
	if code != exitFailed || !strings.Contains(out, "bad.yml:5") || !strings.Contains(errs, "1 of 2") {
		t.Errorf("exit %d\n%s%s", code, out, errs)
	}
}

// TestReplayOfStdin also runs what simulate writes.
func TestReplayOfStdin(t *testing.T) {
	code, events, errs := call(t, "", "simulate", "--out", "-", "--provider", "events", "--start", "2026-03-02T00:00:00Z", "--duration", "12h", "--rate", "0.05")
	if code != exitOK || events == "" {
		t.Fatalf("exit %d\n%s", code, errs)
	}
	code, text, errs := call(t, events, "replay", "-")
	if code != exitOK || !strings.Contains(text, "helpdesk_messages_total{") {
		t.Fatalf("exit %d\n%s", code, errs)
	}
	code, later, errs := call(t, events, "replay", "--at", "2026-03-09T00:00:00Z", "-")
	if code != exitOK || later == text {
		t.Errorf("exit %d: a week later is the same\n%s", code, errs)
	}
	if code, protobuf, _ := call(t, events, "replay", "--format", "protobuf", "-"); code != exitOK || protobuf == text || protobuf == "" {
		t.Errorf("exit %d", code)
	}
}

// TestExplainOfStdin goes from the list to a conversation.
func TestExplainOfStdin(t *testing.T) {
	code, events, errs := call(t, "", "simulate", "--out", "-", "--provider", "events", "--start", "2026-03-02T00:00:00Z", "--duration", "12h", "--rate", "0.05")
	if code != exitOK || events == "" {
		t.Fatalf("exit %d\n%s", code, errs)
	}
	code, list, errs := call(t, events, "explain", "--list", "-")
	lines := strings.Split(strings.TrimSpace(list), "\n")
	if code != exitOK || len(lines) < 3 || !strings.HasPrefix(lines[0], "CONVERSATION ") {
		t.Fatalf("exit %d\n%s%s", code, list, errs)
	}
	id, _, _ := strings.Cut(lines[1], " ")
	code, text, errs := call(t, events, "explain", id, "-")
	if code != exitOK || !strings.HasPrefix(text, "Conversation "+id+"\n") || !strings.Contains(text, "conversation opens") {
		t.Errorf("exit %d\n%s%s", code, text, errs)
	}
	if code, text, errs := call(t, events, "explain", "--json", id[:8], "-"); code != exitOK || !strings.HasPrefix(text, "{\n  \"id\": \""+id+"\"") {
		t.Errorf("exit %d\n%s%s", code, text, errs)
	}
	if code, text, errs := call(t, events, "explain", "0000000000000000", "-"); code != exitFailed || text != "" || !strings.Contains(errs, "no such conversation") {
		t.Errorf("exit %d\n%s%s", code, text, errs)
	}
}

// TestServeEnds with its context, in time and without a fault.
func TestServeEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	journal := filepath.Join(t.TempDir(), "journal")
	var out, errs bytes.Buffer
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"--config.file", write(t, "config.yml", config), "--journal.dir", journal,
			"--web.listen-address", "127.0.0.1:0", "--webhook.listen-address", "127.0.0.1:0", "--log.level", "error"}, nil, &out, &errs)
	}()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if _, err := os.Stat(filepath.Join(journal, "control.sock")); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("it does not start")
		}
	}
	cancel()
	select {
	case code := <-ended:
		if code != exitOK || errs.Len() > 0 {
			t.Errorf("exit %d\n%s", code, errs.String())
		}
	case <-time.After(30 * time.Second):
		t.Fatal("it does not end")
	}
	// A damage that verify has told already is not told twice.
	if code, out, errs := call(t, "", "journal", "verify", "--journal.dir", journal); code != exitOK || !strings.Contains(out, "no fault") || errs != "" {
		t.Errorf("verify: exit %d\n%s%s", code, out, errs)
	}
}
