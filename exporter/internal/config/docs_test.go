package config

import (
	"fmt"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/audit"
)

// documented reads the reference: every key with its path, and the default that
// it names, if any.
func documented(t *testing.T) (keys []string, defaults map[string]string) {
	t.Helper()
	data, err := os.ReadFile("../../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	var (
		heading = regexp.MustCompile("^## (?:`(.+)`|(The document)|.*)$")
		key     = regexp.MustCompile(`^\[? ?([a-z_]+): (.*)$`)
		value   = regexp.MustCompile(`\| default = (.+) \]$`)
		section string
		here    bool // in a section that describes keys
		code    bool
	)
	defaults = make(map[string]string)
	for _, line := range strings.Split(string(data), "\n") {
		if m := heading.FindStringSubmatch(line); m != nil {
			section, here = m[1], m[1] != "" || m[2] != ""
			continue
		}
		if strings.HasPrefix(line, "```") {
			code = !code
			continue
		}
		if !here || !code || strings.HasPrefix(line, "#") || line == "" {
			continue
		}
		m := key.FindStringSubmatch(line)
		if m == nil {
			t.Errorf("cannot read %q", line)
			continue
		}
		path := join(section, m[1])
		if slices.Contains(keys, path) {
			t.Errorf("%s is described twice", path)
		}
		keys = append(keys, path)
		if v := value.FindStringSubmatch(m[2]); v != nil {
			defaults[path] = v[1]
		}
	}
	return keys, defaults
}

func TestReferenceHasEveryKey(t *testing.T) {
	keys, _ := documented(t)
	known := knownPaths()
	for _, k := range known {
		if !slices.Contains(keys, k) {
			t.Errorf("docs/configuration.md does not describe %s", k)
		}
	}
	for _, k := range keys {
		if !slices.Contains(known, k) {
			t.Errorf("docs/configuration.md describes %s, which the parser refuses", k)
		}
		if later[k] {
			t.Errorf("%s is described and yet to come", k)
		}
	}
	if len(known) < 40 {
		t.Errorf("only %d keys are known: %v", len(known), known)
	}
}

func TestReferenceHasTheDefaults(t *testing.T) {
	_, documented := documented(t)
	c := Default(facts)
	s := DefaultSource("shop", "events", facts)
	actual := map[string]any{
		"sources[].bot":                    s.Bot,
		"sources[].channels":               s.Channels,
		"sources[].service_window":         s.ServiceWindow,
		"sources[].echo_actor":             s.EchoActor,
		"sources[].malformed_status":       s.Answers.Malformed,
		"sources[].answers.malformed":      s.Answers.Malformed,
		"sources[].answers.unauthorized":   s.Answers.Unauthorized,
		"sources[].proxy.enabled":          s.Proxy.Enabled,
		"sources[].proxy.graph_url":        s.Proxy.GraphURL,
		"targets.first_response":           c.Targets.FirstResponse,
		"targets.resolution":               c.Targets.Resolution,
		"targets.negative_response":        c.Targets.NegativeResponse,
		"targets.csat":                     c.Targets.CSAT,
		"targets.fcr":                      c.Targets.FCR,
		"targets.utilization_min":          c.Targets.UtilizationMin,
		"targets.utilization_max":          c.Targets.UtilizationMax,
		"targets.containment":              c.Targets.Containment,
		"conversations.close_after":        c.Conversations.CloseAfter,
		"conversations.reopen_window":      c.Conversations.ReopenWindow,
		"conversations.thanks_close_after": c.Conversations.ThanksCloseAfter,
		"conversations.lateness_grace":     c.Conversations.LatenessGrace,
		"agents.label":                     c.AgentTimes.Label,
		"agents.busy_after_message":        c.AgentTimes.BusyAfterMessage,
		"agents.session_timeout":           c.AgentTimes.SessionTimeout,
		"agents.utilization_window":        c.AgentTimes.UtilizationWindow,
		"agents.list[].capacity":           Agent{}.Capacity,
		"csat.open_for":                    c.CSAT.OpenFor,
		"csat.satisfied_min":               c.CSAT.SatisfiedMin,
		"ratios.window":                    c.Ratios.Window,
		"sentiment.enabled":                c.Sentiment.Enabled,
		"request_types.decide_within":      c.RequestTypes.DecideWithin,
		"request_types.types[].builtin":    !RequestType{}.OwnOnly,
		"audits.max_length":                c.Audits.MaxLength,
		"audits.max_in_row":                c.Audits.MaxInRow,
		"audits.builtin_words":             c.Audits.BuiltinWords,
		"audits.custom[].severity":         defaultSeverity,
		"escalations.top":                  c.Escalations.Top,
		"labels.max_values":                c.Labels.MaxValues,
		"segments.label":                   c.Segments.Label,
		"transcripts.retention":            c.Transcripts.Retention,
		"transcripts.cache_size":           sizeText(c.Transcripts.CacheSize),
	}
	for r, severity := range c.Audits.Severities {
		actual["audits.rules."+audit.Rule(r).String()] = severity
	}
	for path, value := range actual {
		want := fmt.Sprint(value)
		if v, ok := value.(time.Duration); ok {
			got, err := parseDuration(documented[path])
			if err != nil || got != v {
				t.Errorf("%s is documented as %q and is %v", path, documented[path], v)
			}
			continue
		}
		if documented[path] != want {
			t.Errorf("%s is documented as %q and is %s", path, documented[path], want)
		}
	}
	for path := range documented {
		if _, ok := actual[path]; !ok {
			t.Errorf("the default of %s is documented, but not compared here", path)
		}
	}
}

// What a document that says nothing but a source gives is what Default and
// DefaultSource give.
func TestDefaultIsWhatAMinimalDocumentGives(t *testing.T) {
	got, err := Parse([]byte("sources: [{name: shop, provider: events, secret: abcdefgh}]"), "", facts)
	if err != nil {
		t.Fatal(err)
	}
	want := Default(facts)
	s := DefaultSource("shop", "events", facts)
	s.Secret = "abcdefgh"
	want.Sources = []Source{s}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	meta := DefaultSource("line", "meta", facts)
	if meta.Resolves || meta.CloseAfter != 2*time.Hour {
		t.Errorf("a provider without resolve events: %+v", meta)
	}
}
