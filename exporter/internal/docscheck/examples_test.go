package docscheck

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/meta"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/tooltest"
)

var programDir string

func TestMain(m *testing.M) {
	var err error
	if programDir, err = os.MkdirTemp("", "docscheck-"); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(programDir)
	os.Exit(code)
}

// examples are the YAML blocks whose first key is key. Blocks that describe a
// grammar are not YAML documents and have other first keys.
func examples(t *testing.T, key string) []block {
	t.Helper()
	var out []block
	for _, d := range docs(t) {
		for _, b := range blocks(t, d) {
			if b.language == "yaml" && strings.HasPrefix(b.text, key+":") {
				out = append(out, b)
			}
		}
	}
	return out
}

var secretFile = regexp.MustCompile(`_file: *([^ \n,}]+)`)

// TestConfigurations: every configuration is one that the program takes, once
// the secrets that it names are there.
func TestConfigurations(t *testing.T) {
	list := examples(t, "sources")
	if len(list) < 6 {
		t.Errorf("only %d configurations were found", len(list))
	}
	for _, b := range list {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "config.yml"), b.text)
		for _, m := range secretFile.FindAllStringSubmatch(b.text, -1) {
			write(t, filepath.Join(dir, m[1]), "a secret of tests only, long enough")
		}
		if out, err := run(t, dir, "", "check-config", "config.yml"); err != nil {
			t.Errorf("%s:%d: %v\n%s", b.doc, b.line, err, out)
		}
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestPrometheus: promtool takes the scrape configurations and the rules.
func TestPrometheus(t *testing.T) {
	for _, c := range []struct{ key, check string }{{"scrape_configs", "config"}, {"groups", "rules"}} {
		list := examples(t, c.key)
		if len(list) == 0 {
			t.Errorf("no example begins with %s", c.key)
		}
		for _, b := range list {
			file := filepath.Join(t.TempDir(), "example.yml")
			write(t, file, b.text)
			if out, err := tooltest.Run(t, nil, "promtool", "check", c.check, file); err != nil {
				t.Errorf("%s:%d: %v\n%s", b.doc, b.line, err, out)
			}
		}
	}
}

// TestScrapeExample: the answer to "how do I keep both histograms".
func TestScrapeExample(t *testing.T) {
	for _, b := range examples(t, "scrape_configs") {
		var c struct {
			ScrapeConfigs []struct {
				Native  bool `yaml:"scrape_native_histograms"`
				Classic bool `yaml:"always_scrape_classic_histograms"`
			} `yaml:"scrape_configs"`
			Storage struct {
				Exemplars struct {
					Max int `yaml:"max_exemplars"`
				}
			}
		}
		if err := yaml.Unmarshal([]byte(b.text), &c); err != nil {
			t.Fatal(err)
		}
		for _, s := range c.ScrapeConfigs {
			if !s.Native || !s.Classic || c.Storage.Exemplars.Max == 0 {
				t.Errorf("%s:%d does not keep native and classic histograms and exemplars", b.doc, b.line)
			}
		}
	}
}

// TestEvents: every event of events.md is one, and every kind is described.
func TestEvents(t *testing.T) {
	d := doc{"docs/events.md", read(t, filepath.Join(root, "docs", "events.md"))}
	kinds := map[event.Kind]bool{}
	conversation := ""
	for _, b := range blocks(t, d) {
		if b.language != "json" {
			continue
		}
		list, err := event.Decode([]byte(b.text), nil)
		if err != nil {
			t.Errorf("%s:%d: %v", b.doc, b.line, err)
		}
		for _, e := range list {
			kinds[e.Kind] = true
		}
		if conversation == "" {
			conversation = b.text
		}
	}
	if len(kinds) < 12 {
		t.Errorf("only %d kinds have an example", len(kinds))
	}
	for k, name := range event.Kinds {
		if event.Kind(k).Valid() && !strings.Contains(d.text, "`"+name+"`") {
			t.Errorf("events.md does not describe %s", name)
		}
	}

	// "prints 39"
	out, err := run(t, "", conversation, "replay", "-")
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`(?m)^helpdesk_first_response_seconds_sum\{.*team="support"\} 39$`).MatchString(out) || !strings.Contains(d.text, "prints 39:") {
		t.Error("the conversation does not have the first response that events.md says")
	}
}

// TestCurlBody: the first thing that people try.
func TestCurlBody(t *testing.T) {
	body := regexp.MustCompile(`(?s)<<EOT\n(.*?)EOT`).FindStringSubmatch(read(t, filepath.Join(root, "docs", "events.md")))
	if body == nil {
		t.Fatal("no body found")
	}
	text := strings.Replace(body[1], "$(date -u +%FT%TZ)", "2026-03-02T14:00:00Z", 1)
	if list, err := event.Decode([]byte(text), nil); err != nil || len(list) != 1 {
		t.Errorf("%d events, %v", len(list), err)
	}
}

var callback = regexp.MustCompile(`"biz_opaque_callback_data": "([^"]*)"`)

// TestCallbackData: what documents say to put into a send request names its
// author.
func TestCallbackData(t *testing.T) {
	n := 0
	for _, d := range docs(t) {
		for _, m := range callback.FindAllStringSubmatch(d.text, -1) {
			n++
			data, ok := meta.ParseCallback(m[1])
			if !ok || data.Actor == event.ActorUnknown && data.Survey == "" {
				t.Errorf("%s: %q names nobody", d.name, m[1])
			}
		}
	}
	if n < 3 {
		t.Errorf("only %d examples were found", n)
	}
}
