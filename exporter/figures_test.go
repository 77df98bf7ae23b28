package exporter

import (
	"bytes"
	"context"
	"flag"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/capability"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const (
	metaSource = "sources:\n  - name: line\n    provider: meta\n    secret: a-secret-of-the-app\n    verify_token: a-word-for-meta\n"
	deskSource = "  - name: desk\n    provider: events\n    secret: a-bearer-secret\n    feeds: line\n"
)

var figureCases = []struct{ name, text string }{
	{"meta", metaSource},
	{"meta_fed", metaSource + "    resolves: true\n" + deskSource},
	{"meta_fed_unresolved", metaSource + deskSource},
	{"meta_configured", metaSource + "    inboxes: [{id: \"1\", team: sales}]\n" +
		"agents:\n  - {id: \"7\", name: Agent Seven, capacity: 4}\n" +
		"calendars:\n  - {name: office, zone: America/Sao_Paulo, hours: {mon-fri: [\"08:00-18:00\"]}}\n"},
	{"events", shop},
}

func parse(t *testing.T, text string) *config.Config {
	t.Helper()
	cfg, err := config.Parse([]byte(text), "", facts())
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// logger writes lines without a time.
func logger(b *bytes.Buffer) *slog.Logger {
	return slog.New(slog.NewTextHandler(b, &slog.HandlerOptions{ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
}

// TestFigures: what check-config prints and what serve logs. The golden files
// follow the tables of capability and of the providers.
func TestFigures(t *testing.T) {
	for _, c := range figureCases {
		t.Run(c.name, func(t *testing.T) {
			var got bytes.Buffer
			all := allFigures(parse(t, c.text))
			for i := range all {
				all[i].write(&got)
			}
			for i := range all {
				var line bytes.Buffer
				all[i].log(logger(&line))
				if n := strings.Count(line.String(), "\n"); n != 1 || line.Len() > 4096 {
					t.Errorf("the log has %d lines, %d bytes", n, line.Len())
				}
				got.Write(line.Bytes())
			}
			if strings.Contains(got.String(), "a-secret") || strings.Contains(got.String(), "`") {
				t.Error("it tells a secret, or is written for Markdown")
			}
			file := filepath.Join("testdata", "figures", c.name+".txt")
			if *update {
				if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got.String() != string(want) {
				t.Errorf("%s differs (-update rewrites it)\ngot:\n%s", file, got.String())
			}
		})
	}
}

// TestFiguresByConfiguration: what a setting changes.
func TestFiguresByConfiguration(t *testing.T) {
	level := func(text, kpi string) capability.Level {
		f := allFigures(parse(t, text))[0]
		for l, kpis := range f.kpis {
			if slices.ContainsFunc(kpis, func(k *capability.KPI) bool { return k.Name == kpi }) {
				return capability.Level(l)
			}
		}
		t.Fatalf("%s is at no level", kpi)
		return capability.None
	}
	const resolves, capacity = "    resolves: true\n", "agents: [{id: \"7\", capacity: 3, name: Agent Seven, team: sales}]\n"
	for _, c := range []struct {
		name, text, kpi string
		want            capability.Level
	}{
		{"Meta alone has no handoffs", metaSource, "first_response", capability.Inferred},
		{"nor types", metaSource, "request_types", capability.None},
		{"a feed tells them", metaSource + resolves + deskSource, "first_response", capability.Convention},
		{"and types", metaSource + resolves + deskSource, "labels", capability.Convention},
		{"resolutions only where they are waited for", metaSource + deskSource, "fcr", capability.Inferred},
		{"and then", metaSource + resolves + deskSource, "fcr", capability.Convention},
		{"resolves alone tells nothing", metaSource + resolves, "fcr", capability.Inferred},
		{"names of agents are configured, presence is not", metaSource + capacity, "agent_names", capability.Inferred},
		{"a source of one's own can do everything", shop, "load", capability.Convention},
		{"but for what it says it does not", shop + "    resolves: false\n", "resolution", capability.Inferred},
	} {
		if got := level(c.text, c.kpi); got != c.want {
			t.Errorf("%s: %s is %s, want %s", c.name, c.kpi, capability.Levels[got], capability.Levels[c.want])
		}
	}
}

// TestConfigurationOfKPIs: whatever a KPI asks to be configured can be.
func TestConfigurationOfKPIs(t *testing.T) {
	full := parse(t, shop+`agents: [{id: "7", capacity: 3}]
conversations: {labels: [sale]}
request_types: {types: [{name: sales, labels: [sale]}]}
calendars: [{name: office, zone: America/Sao_Paulo, hours: {mon-fri: ["08:00-18:00"]}}]
`)
	empty := parse(t, metaSource)
	n := 0
	for _, k := range capability.KPIs {
		if k.Config == "" {
			continue
		}
		n++
		told := capability.Facts{}
		configured(full, &full.Sources[0], told)
		if !isSet(full, k.Config, told) {
			t.Errorf("%s is not known", k.Config)
		}
		if isSet(empty, k.Config, capability.Facts{}) {
			t.Errorf("%s is set where nothing is", k.Config)
		}
	}
	if n < 4 {
		t.Errorf("only %d KPIs ask for configuration", n)
	}
}

// TestFiguresAreLogged: at the start, and after a reload for what is different.
func TestFiguresAreLogged(t *testing.T) {
	o := options(t)
	var log bytes.Buffer
	said := func() int {
		n := strings.Count(log.String(), "msg=figures ")
		log.Reset()
		return n
	}
	s := &Server{opts: Options{ConfigFile: o.ConfigFile, Logger: logger(&log)}}
	s.cfg = parse(t, shop)
	s.logFigures()
	if !strings.Contains(log.String(), "component=sources source=shop provider=events full_by_convention=all") {
		t.Error(log.String())
	}
	for _, c := range []struct {
		name, text string
		want       int
	}{
		{"nothing has changed", shop, 0},
		{"something else has", shop + "labels: {max_values: 50}\n", 0},
		{"a source is new", shop + strings.TrimPrefix(metaSource, "sources:\n"), 1},
		{"one of two differs", shop + strings.TrimPrefix(metaSource, "sources:\n") + "    resolves: true\n" + deskSource, 1},
		{"calendars concern both", shop + strings.TrimPrefix(metaSource, "sources:\n") + "    resolves: true\n" + deskSource +
			"calendars: [{name: office, zone: America/Sao_Paulo, hours: {mon-fri: [\"08:00-18:00\"]}}]\n", 2},
		{"one is gone", shop, 1},
		{"and comes again", shop + strings.TrimPrefix(metaSource, "sources:\n"), 1},
	} {
		said()
		s.cfg = parse(t, c.text)
		s.logFigures()
		if text := log.String(); said() != c.want {
			t.Errorf("%s: %d lines are wanted:\n%s", c.name, c.want, text)
		}
	}
}

// TestReloadSaysFigures: the running server says it by itself.
func TestReloadSaysFigures(t *testing.T) {
	o := options(t)
	var lines lines
	o.Logger = slog.New(&lines)
	s := serve(t, o)
	if n := lines.count("figures"); n != 1 {
		t.Errorf("%d lines at the start", n)
	}
	write(t, o.ConfigFile, shop+strings.TrimPrefix(metaSource, "sources:\n"))
	for range 2 {
		if err := s.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := lines.count("figures"); n != 2 {
		t.Errorf("%d lines after a second source", n)
	}
}

// lines counts what is logged, by message.
type lines struct {
	mu sync.Mutex
	by map[string]int
}

func (l *lines) count(message string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.by[message]
}

func (l *lines) Handle(_ context.Context, r slog.Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.by == nil {
		l.by = map[string]int{}
	}
	l.by[r.Message]++
	return nil
}

func (l *lines) Enabled(context.Context, slog.Level) bool { return true }
func (l *lines) WithAttrs([]slog.Attr) slog.Handler       { return l }
func (l *lines) WithGroup(string) slog.Handler            { return l }
