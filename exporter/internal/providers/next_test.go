package providers_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/capability"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/providers"
)

// telex is a vendor who sends a line for each message: id, time, direction,
// contact and text, with tabs between them. It signs nothing.
type telex struct {
	secret  *provider.AddressSecret
	word    string
	station string
}

var telexSpec = provider.Spec{
	Title: "Telex", NeedsSecret: true, Paths: true,
	Answers: config.Answers{Unauthorized: http.StatusOK},
	Keys:    []config.Key{{Name: "station", Kind: config.KeyText, Required: true, Help: "The station that is called; it is the inbox."}},
	Facts: capability.Facts{
		capability.CustomerMessages: capability.Told,
		capability.CustomerTexts:    capability.Told,
		capability.HumanMessages:    capability.By("with people at the keys"),
		capability.BotMessages:      capability.By("with a machine at the keys"),
		capability.SystemMessages:   capability.Told,
	},
	Simulation: provider.Simulation{Inboxes: []string{"4711"}},
	New:        provider.NewAdapter(newTelex),
	NewWriter:  provider.NewWriter(newTelex),
}

func newTelex(cfg config.Source) (*telex, error) {
	if cfg.Secret == "" || cfg.Keys.Text("station") == "" {
		return nil, fmt.Errorf("telex %w: secret or station is missing", provider.ErrConfig)
	}
	return &telex{provider.NewAddressSecret(string(cfg.Secret)), string(cfg.Secret), cfg.Keys.Text("station")}, nil
}

func (a *telex) Verify(r *provider.Request) error { return a.secret.Verify(r) }

func (a *telex) Adapt(r *provider.Request, res *provider.Result) error {
	for line := range strings.Lines(string(r.Body)) {
		f := strings.SplitN(strings.TrimSuffix(line, "\n"), "\t", 5)
		if len(f) != 5 {
			return fmt.Errorf("%w: a line has %d fields", provider.ErrMalformed, len(f))
		}
		seconds, err := strconv.ParseInt(f[1], 10, 64)
		if err != nil {
			return fmt.Errorf("%w: a time is no number", provider.ErrMalformed)
		}
		e := event.Event{ID: f[0], Time: time.Unix(seconds, 0).UTC(), Kind: event.MessageReceived, Inbox: a.station, Contact: f[3]}
		e.Message.ID, e.Message.Text = f[0], f[4]
		if f[2] == "out" {
			e.Kind, e.Actor = event.MessageSent, event.ActorHuman
		}
		res.Events = append(res.Events, e)
	}
	return nil
}

func (a *telex) Write(events []event.Event) ([]provider.Request, error) {
	var b bytes.Buffer
	for _, e := range events {
		way := "in"
		switch {
		case e.Kind == event.MessageReceived:
		case e.Kind == event.MessageSent && e.Actor == event.ActorHuman:
			way = "out"
		default:
			continue
		}
		text := strings.NewReplacer("\t", " ", "\n", " ").Replace(e.Message.Text)
		fmt.Fprintf(&b, "%s\t%d\t%s\t%s\t%s\n", e.ID, e.Time.Unix(), way, e.Contact, text)
	}
	if b.Len() == 0 {
		return nil, nil
	}
	return []provider.Request{{Method: http.MethodPost, Path: provider.AddressPath(a.word), Body: b.Bytes()}}, nil
}

// lockedBuffer is a log that is written while it is read.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// TestNextProvider: a folder and a line in the table are all that a provider
// needs. Configuration, webhooks, metrics, simulation, what is said at start and
// the documentation know it from its Spec.
func TestNextProvider(t *testing.T) {
	providers.Add(t, "telex", telexSpec)
	dir := t.TempDir()
	file := filepath.Join(dir, "telex.yml")
	write(t, file, "sources:\n  - name: wire\n    provider: telex\n    secret: long-word-of-the-wire\n    station: \"4711\"\n")

	// The configuration knows its keys.
	bad := filepath.Join(dir, "bad.yml")
	write(t, bad, "sources:\n  - name: wire\n    provider: telex\n    secret: long-word-of-the-wire\n    stations: \"4711\"\n")
	var out bytes.Buffer
	if err := exporter.CheckConfig([]string{bad}, &out); err == nil || !strings.Contains(out.String(), "station") {
		t.Errorf("%v\n%s", err, out.String())
	}
	out.Reset()
	if err := exporter.CheckConfig([]string{file}, &out); err != nil {
		t.Fatal(err, out.String())
	}
	for _, want := range []string{"source wire (telex)", "inferred: First response", "with people at the keys", "send conversation.resolved"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("check-config does not say %q:\n%s", want, out.String())
		}
	}

	// The server takes its webhooks, and the simulation sends them.
	var logged lockedBuffer
	s, err := exporter.New(t.Context(), exporter.Options{
		ConfigFile: file, WebAddress: "127.0.0.1:0", WebhookAddress: "127.0.0.1:0", JournalDir: filepath.Join(dir, "journal"),
		Logger: slog.New(slog.NewTextHandler(&logged, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	s.Start(t.Context())
	hook := "http://" + s.WebhookAddr() + "/webhooks/wire"
	if err := exporter.Simulate(t.Context(), exporter.SimulateOptions{
		URL: hook, ConfigFile: file, Rate: 0.1, Speed: 200_000, Seed: 1, Duration: 12 * time.Hour, Start: time.Now().Truncate(time.Hour), Out: io.Discard, Err: io.Discard,
	}); err != nil {
		t.Fatal(err)
	}
	if code, _ := call(t, http.MethodPost, hook+"/wrong-word", "x"); code != http.StatusOK {
		t.Errorf("a wrong word is answered %d, and its Spec says 200", code)
	}
	_, metrics := call(t, http.MethodGet, "http://"+s.WebAddr()+"/metrics", "")
	for _, want := range []string{
		`helpdesk_source_info{channel="whatsapp",provider="telex",source="wire"} 1`,
		`helpdesk_webhook_rejected_total{reason="unauthorized",source="wire"} 1`,
		`helpdesk_first_response_seconds_count{inbox="4711",`,
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("/metrics does not have %s", want)
		}
	}
	for _, way := range []string{"in", "out"} {
		if strings.Contains(metrics, `helpdesk_messages_total{actor="`+map[string]string{"in": "customer", "out": "human"}[way]+`",direction="`+way+`",inbox="4711",kind="text",source="wire",team=""} 0`) {
			t.Errorf("no message %s was counted", way)
		}
	}
	if !strings.Contains(logged.String(), "source=wire provider=telex") || !strings.Contains(logged.String(), "inferred=\"first_response") {
		t.Errorf("the log does not say which figures there are:\n%s", logged.String())
	}

	// The documentation has it too.
	for _, c := range []struct{ text, want string }{
		{providers.KPITable(providers.Specs()), " | `telex` |"},
		{providers.KPITable(telexOnly()), "| Messages in and out | full¹ ² |\n"},
		{providers.KPITable(telexOnly()), "\n- ¹ with people at the keys\n- ² with a machine at the keys\n"},
		{providers.MissingTable(telexOnly()), "| assignments | `telex` | "},
		{providers.KeyReference(telexOnly()), "### `telex`\n\n```yaml\n# The station that is called; it is the inbox.\nstation: <label>\n```\n"},
	} {
		if !strings.Contains(c.text, c.want) {
			t.Errorf("the documentation does not have %q:\n%s", c.want, c.text)
		}
	}
}

func telexOnly() []provider.Spec {
	s, _ := providers.Lookup("telex")
	return []provider.Spec{s}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func call(t *testing.T, method, url, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b)
}
