package e2e

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/providers"
)

var (
	exampleSource = regexp.MustCompile(`(?m)^ *- name: (\S+)\n +provider: (\S+)\n`)
	exampleSecret = regexp.MustCompile(`_file: *([^ \n,}]+)`)
)

// TestProviders starts the program with each provider's example configuration,
// lets it simulate that vendor, and looks at what was counted: the way of
// somebody who tries it out.
func TestProviders(t *testing.T) {
	for _, name := range providers.Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // simulations mostly wait
			text, err := os.ReadFile("../../../examples/" + name + ".yml")
			if err != nil {
				t.Fatal(err)
			}
			source := ""
			for _, m := range exampleSource.FindAllStringSubmatch(string(text), -1) {
				if m[2] == name {
					source = m[1]
				}
			}
			if source == "" {
				t.Fatalf("the example has no source with provider: %s", name)
			}
			args := []string{"simulate", "--duration", "25m", "--speed", "500", "--rate", "4", "--seed", "3", "--start", "2026-03-04T18:00:00Z", "--source", source}
			config := string(text)
			if spec, _ := providers.Lookup(name); spec.NewFetcher != nil {
				api := freeAddress(t)
				config = strings.Replace(config, "    provider: "+name+"\n", "    provider: "+name+"\n    api_url: http://"+api+"\n    requests_per_second: 1000\n", 1)
				args = append(args, "--api.listen-address", api)
			}
			o := newSetup(t, config)
			for _, m := range exampleSecret.FindAllStringSubmatch(config, -1) {
				file := filepath.Join(filepath.Dir(o.config), m[1])
				if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
					t.Fatal(err)
				}
				// Long, random and nobody's; hex, as some vendors' are.
				writeFile(t, file, fmt.Sprintf("%x", m[1]+" of this test alone")[:40])
			}
			s := start(t, o)
			out := mustRun(t, nil, append(args, "--config.file", o.config, "--url", "http://"+s.hook+"/webhooks/"+source)...)
			if !strings.Contains(out, " 0 refused") || strings.HasPrefix(out, "0 events") {
				t.Errorf("simulate: %s", out)
			}
			eventually(t, "figures", func() error {
				f := s.mustScrape()
				if n := f.sum("helpdesk_fetch_queue_tasks"); n > 0 {
					return fmt.Errorf("%v tasks wait", n)
				}
				in, opened := f.sum("helpdesk_messages_total", "direction", "in"), f.sum("helpdesk_conversations_opened_total")
				if in == 0 || opened == 0 {
					return fmt.Errorf("%v messages came in, %v conversations opened", in, opened)
				}
				return nil
			})
			f := s.mustScrape()
			for _, family := range []string{"helpdesk_webhook_rejected_total", "helpdesk_fetch_retries_total"} {
				if n := f.sum(family); n != 0 {
					t.Errorf("%s is %v", family, n)
				}
			}
			for _, kind := range []string{"other_channel", "other_inbox", "no_thread", "unknown_type", "unknown_shape"} {
				if n := f.sum("helpdesk_webhook_events_total", "kind", kind); n != 0 {
					t.Errorf("%v events are %s", n, kind)
				}
			}
		})
	}
}

// freeAddress is one that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
