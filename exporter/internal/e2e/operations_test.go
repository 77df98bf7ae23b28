package e2e

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// shopConfig watches one source of canonical events.
const shopConfig = `
sources:
  - name: shop
    provider: events
    secret: ` + bearerSecret + `
`

// shopEvent posts one body of canonical events.
func (s *server) shopEvents(body string) (answer, error) {
	return request("POST", "http://"+s.hook+"/webhooks/shop", []byte(body), "Authorization", "Bearer "+bearerSecret)
}

func (s *server) mustShop(body string) {
	s.t.Helper()
	if a, err := s.shopEvents(body); err != nil || a.status != http.StatusOK {
		s.t.Fatalf("webhook: %d %s %v", a.status, a.body, err)
	}
}

func received(id, contact string, at time.Time) string {
	return fmt.Sprintf(`{"id":%q,"time":%q,"kind":"message.received","inbox":"main","contact":%q,"message":{"text":"oi"}}`+"\n",
		id, at.UTC().Format(time.RFC3339Nano), contact)
}

func TestHealth(t *testing.T) {
	s := start(t, newSetup(t, shopConfig))
	for path, want := range map[string]struct {
		status int
		text   string
	}{
		"/-/healthy": {200, "healthy"},
		"/-/ready":   {200, "ready"},
		"/-/reload":  {405, ""},
		"/nothing":   {404, ""},
		"/":          {200, "<html"},
	} {
		a := s.mustGet(path)
		if a.status != want.status || !strings.Contains(a.body, want.text) {
			t.Errorf("%s: %d %.100q", path, a.status, a.body)
		}
	}
}

func TestReload(t *testing.T) {
	o := newSetup(t, shopConfig)
	s := start(t, o)
	successful := func() float64 { return s.mustScrape().sum("helpdesk_config_last_reload_successful") }
	at := func() float64 { return s.mustScrape().sum("helpdesk_config_last_reload_success_timestamp_seconds") }
	if successful() != 1 {
		t.Error("not successful at the start")
	}
	began := at()

	// A bad file: what was in force stays in force.
	writeFile(t, o.config, shopConfig+"targest: {}\n")
	a, err := request("POST", "http://"+s.web+"/-/reload", nil)
	if err != nil || a.status != http.StatusInternalServerError || !strings.Contains(a.body, "targest") || !strings.Contains(a.body, "stays in force") {
		t.Errorf("bad file: %d %s %v", a.status, a.body, err)
	}
	if successful() != 0 || at() != began {
		t.Error("a bad file was a success")
	}
	s.mustShop(received("1", "+5511900000001", time.Now()))
	if got := s.mustScrape().sum("helpdesk_target", "name", "first_response"); got != 60 {
		t.Errorf("target %g", got)
	}

	// A good one: another target, another source.
	writeFile(t, o.config, shopConfig+`
  - name: second
    provider: events
    secret: another-bearer-secret
targets:
  first_response: 42s
`)
	if a, err := request("POST", "http://"+s.web+"/-/reload", nil); err != nil || a.status != http.StatusOK {
		t.Fatalf("good file: %d %s %v", a.status, a.body, err)
	}
	f := s.mustScrape()
	if successful() != 1 || at() <= began || f.sum("helpdesk_target", "name", "first_response") != 42 {
		t.Error("a good file is not in force")
	}
	// Histograms have got another bound: they begin anew, with a created time
	// that says so; counters go on.
	if f.sum("helpdesk_messages_total", "direction", "in") != 1 {
		t.Error("counters were lost")
	}
	a, err = request("POST", "http://"+s.hook+"/webhooks/second", []byte(received("1", "+5511900000001", time.Now())), "Authorization", "Bearer another-bearer-secret")
	if err != nil || a.status != http.StatusOK {
		t.Errorf("the new source: %d %s %v", a.status, a.body, err)
	}

	// SIGHUP does the same.
	writeFile(t, o.config, shopConfig+"targets:\n  first_response: 43s\n")
	if err := s.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	eventually(t, "SIGHUP", func() error {
		if got := s.mustScrape().sum("helpdesk_target", "name", "first_response"); got != 43 {
			return fmt.Errorf("target %g", got)
		}
		return nil
	})
	if a := s.mustHook("POST", "/webhooks/second", nil); a.status != http.StatusNotFound {
		t.Errorf("the source that is gone answers %d", a.status)
	}

	// The key file cannot be exchanged under a running exporter.
	writeFile(t, o.config, shopConfig+"privacy:\n  key_file: other.key\n")
	if a, err := request("POST", "http://"+s.web+"/-/reload", nil); err != nil || a.status != 500 || !strings.Contains(a.body, "privacy.key_file") {
		t.Errorf("another key file: %d %s %v", a.status, a.body, err)
	}
	began2 := time.Now()
	s.terminate()
	if took := time.Since(began2); took > 10*time.Second {
		t.Errorf("stopping took %s", took)
	}
	// What was in force last is in force again, without a fault.
	writeFile(t, o.config, shopConfig)
	again := start(t, o)
	if got := again.mustScrape().sum("helpdesk_messages_total", "direction", "in"); got != 2 {
		t.Errorf("%g messages after the restart", got)
	}
}

// TestRefusesToStart: exit codes, and messages that say what to do.
func TestRefusesToStart(t *testing.T) {
	dir := t.TempDir()
	good := writeFile(t, filepath.Join(dir, "good.yml"), shopConfig)
	bad := writeFile(t, filepath.Join(dir, "bad.yml"), "sources:\n  - name: shop\n    provider: events\n    secret: "+bearerSecret+"\ntargets:\n  first_response: -5s\nnonsense: 1\n")
	missing := filepath.Join(dir, "missing.yml")
	journal := filepath.Join(dir, "journal")
	events := writeFile(t, filepath.Join(dir, "events.ndjson"), "{\n")
	serve := func(config string, more ...string) []string {
		return append([]string{"serve", "--config.file", config, "--journal.dir", journal, "--web.listen-address", "127.0.0.1:0", "--webhook.listen-address", "127.0.0.1:0"}, more...)
	}
	for _, c := range []struct {
		name string
		args []string
		code int
		says []string
	}{
		{"unknown flag", serve(good, "--nonsense"), 2, []string{"--nonsense", "--help"}},
		{"unknown command", []string{"nonsense"}, 2, []string{"nonsense", "--help"}},
		{"bad level", serve(good, "--log.level", "loud"), 2, []string{"--log.level", "loud"}},
		{"bad clock", serve(good, "--demo.clock", "soon"), 1, []string{"--demo.clock"}},
		{"bad configuration", serve(bad), 1, []string{"bad.yml:6", "first_response", "bad.yml:7", "nonsense"}},
		{"no configuration", serve(missing), 1, []string{"missing.yml"}},
		{"taken address", serve(good, "--web.listen-address", taken(t)), 1, []string{"web listener", "in use"}},
		{"no certificate", serve(good, "--webhook.tls-cert-file", missing), 1, []string{"certificate", "key"}},
		{"check-config without a file", []string{"check-config"}, 2, []string{"files"}},
		{"check-config", []string{"check-config", good, bad, missing}, 1, []string{"good.yml: ok", "bad.yml:7", "missing.yml", "2 of 3"}},
		{"replay of nothing", []string{"replay"}, 1, []string{"--journal.dir"}},
		{"replay of a missing file", []string{"replay", missing}, 1, []string{"missing.yml"}},
		{"replay of no event", []string{"replay", events}, 1, []string{"events.ndjson", "event 1"}},
		{"replay of no journal", []string{"replay", "--journal.dir", missing}, 1, []string{"missing.yml"}},
		{"replay until when", []string{"replay", "--at", "noon", events}, 1, []string{"--at"}},
		{"rejected without a journal", []string{"rejected", "--journal.dir", missing}, 1, []string{"missing.yml"}},
		{"verify without a journal", []string{"journal", "verify", "--journal.dir", missing}, 1, []string{"missing.yml"}},
		{"backup of nothing", []string{"backup", "--journal.dir", missing, filepath.Join(dir, "backup")}, 1, []string{"missing.yml"}},
		{"backup over a file", []string{"backup", "--journal.dir", journal, good}, 1, []string{"good.yml", "exists"}},
		{"restore of a missing backup", []string{"restore", "--journal.dir", filepath.Join(dir, "new"), missing}, 1, []string{"missing.yml"}},
		{"restore into a journal", []string{"restore", "--journal.dir", dir, good}, 1, []string{"not empty"}},
		{"simulate to nowhere", []string{"simulate"}, 1, []string{"--url"}},
		{"simulate an unknown provider", []string{"simulate", "--url", "http://127.0.0.1:1/", "--provider", "telex"}, 1, []string{"telex", "meta"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := command(t, nil, c.args...)
			if r.code != c.code {
				t.Errorf("exit %d, want %d", r.code, c.code)
			}
			for _, want := range c.says {
				if !strings.Contains(r.stdout+r.stderr, want) {
					t.Errorf("does not say %q:\n%s%s", want, r.stdout, r.stderr)
				}
			}
			if strings.Contains(r.stdout+r.stderr, bearerSecret) {
				t.Error("tells the secret")
			}
		})
	}
	if _, err := os.Stat(filepath.Join(dir, "backup")); err == nil {
		t.Error("a backup that failed left its file")
	}
}

func TestOneJournalOneProcess(t *testing.T) {
	o := newSetup(t, shopConfig)
	s := start(t, o)
	r := command(t, nil, o.argv()...)
	if r.code != 1 || !strings.Contains(r.stderr, "in use") {
		t.Errorf("a second exporter: exit %d\n%s", r.code, r.stderr)
	}
	if r := command(t, nil, "replay", "--journal.dir", o.journal); r.code != 1 || !strings.Contains(r.stderr, "stop the exporter first") {
		t.Errorf("replay of a running exporter's journal: exit %d\n%s", r.code, r.stderr)
	}
	if a := s.mustGet("/-/ready"); a.status != http.StatusOK {
		t.Errorf("the first one is not ready any more: %s", a.body)
	}
}

// TestOperatorCommands run beside a running exporter and on a stopped one's
// journal, and say the same.
func TestOperatorCommands(t *testing.T) {
	o := newSetup(t, shopConfig)
	s := start(t, o)
	if out := mustRun(t, nil, "rejected", "--journal.dir", o.journal); !strings.Contains(out, "Nothing was rejected") {
		t.Errorf("rejected: %s", out)
	}
	s.mustShop(received("1", "+5511900000001", time.Now()))
	body := `{"id":"2","time":"2026-03-02T09:00:00Z","kind":"message.received","inbox":"main","contact":"+5511900000077","message":{"text":"private words"},"surprise":1}`
	if a, err := s.shopEvents(body); err != nil || a.status != http.StatusBadRequest {
		t.Fatalf("unreadable: %d %s %v", a.status, a.body, err)
	}
	check := func(when string) {
		out := mustRun(t, nil, "rejected", "--journal.dir", o.journal)
		for _, want := range []string{"source shop", "malformed", "surprise"} {
			if !strings.Contains(out, want) {
				t.Errorf("rejected, %s, does not show %q:\n%s", when, want, out)
			}
		}
		for _, private := range []string{"private words", "5511900000077", bearerSecret} {
			if strings.Contains(out, private) {
				t.Errorf("rejected, %s, shows %q:\n%s", when, private, out)
			}
		}
		out = mustRun(t, nil, "journal", "verify", "--journal.dir", o.journal)
		if !strings.Contains(out, "lane") {
			t.Errorf("verify, %s: %s", when, out)
		}
	}
	check("running")
	s.terminate()
	check("stopped")

	// A byte turned over in the journal is found.
	damaged := 0
	err := filepath.Walk(o.journal, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() || !strings.HasSuffix(path, ".blk") || !strings.Contains(path, "LANE") || info.Size() < 64 {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		data[len(data)/2] ^= 0xff
		damaged++
		return os.WriteFile(path, data, info.Mode())
	})
	if err != nil || damaged == 0 {
		t.Fatalf("%d files damaged, %v", damaged, err)
	}
	if r := command(t, nil, "journal", "verify", "--journal.dir", o.journal); r.code != 1 {
		t.Errorf("verify of a damaged journal: exit %d\n%s%s", r.code, r.stdout, r.stderr)
	}
}

// TestSimulateReplay: one command's output is the other's input.
func TestSimulateReplay(t *testing.T) {
	events := mustRun(t, nil, "simulate", "--out", "-", "--start", "2026-03-02T00:00:00Z", "--duration", "24h", "--rate", "0.2", "--provider", "events")
	text := mustRun(t, strings.NewReader(events), "replay", "-")
	f, err := parseText(text)
	if err != nil {
		t.Fatal(err)
	}
	families := families(f)
	sent := float64(strings.Count(events, `"kind":"message.received"`) + strings.Count(events, `"kind":"message.sent"`) + strings.Count(events, `"kind":"survey.answered"`))
	if n := families.sum("helpdesk_messages_total"); n < 500 || n > sent {
		t.Errorf("%g messages of %g events", n, sent)
	}
	if families.sum("helpdesk_first_response_seconds") == 0 || families.sum("helpdesk_conversations_closed_total", "closed_by", "human") == 0 {
		t.Error("nobody was answered, or nothing was resolved")
	}
	// The same seed is the same day, and piece by piece the same figures.
	if again := mustRun(t, strings.NewReader(events), "replay", "-"); again != text {
		t.Error("another replay shows other figures")
	}
	half := strings.Index(events[len(events)/2:], "\n") + len(events)/2 + 1
	dir := t.TempDir()
	parts := []string{writeFile(t, filepath.Join(dir, "1"), events[:half]), writeFile(t, filepath.Join(dir, "2"), events[half:])}
	if split := mustRun(t, nil, "replay", parts[0], parts[1]); split != text {
		t.Error("two files show other figures than one")
	}
}

// taken gives an address that somebody listens on.
func taken(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l.Addr().String()
}
