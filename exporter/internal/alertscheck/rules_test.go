package alertscheck

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/helpdesk-exporter/helpdesk-exporter/internal/tooltest"
)

const (
	root    = "../../.."
	dir     = root + "/alerts"
	runbook = "https://github.com/helpdesk-exporter/helpdesk-exporter/blob/main/alerts/runbook.md#"
)

var dashboards = []string{
	"helpdesk-wall", "helpdesk-overview", "helpdesk-queue", "helpdesk-agents", "helpdesk-bot", "helpdesk-requests", "helpdesk-quality", "helpdesk-exporter",
}

type rule struct {
	Record, Alert, Expr string
	Labels, Annotations map[string]string
	file                string
}

func (r rule) String() string { return r.file + ": " + r.Alert + r.Record }

// rules of both files, in their order.
func rules(t *testing.T) []rule {
	t.Helper()
	var out []rule
	for _, file := range []string{"rules.yml", "alerts.yml"} {
		var doc struct{ Groups []struct{ Rules []rule } }
		load(t, filepath.Join(dir, file), &doc)
		for _, g := range doc.Groups {
			for _, r := range g.Rules {
				r.file = file
				out = append(out, r)
			}
		}
	}
	if len(out) < 100 {
		t.Fatalf("only %d rules were found", len(out))
	}
	return out
}

// alerts by name.
func alerts(t *testing.T) map[string]rule {
	t.Helper()
	out := map[string]rule{}
	for _, r := range rules(t) {
		if r.Alert == "" {
			continue
		}
		if _, twice := out[r.Alert]; twice {
			t.Errorf("%s is there twice", r.Alert)
		}
		out[r.Alert] = r
	}
	return out
}

func load(t *testing.T, file string, into any) {
	t.Helper()
	if err := yaml.Unmarshal(read(t, file), into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestLint(t *testing.T) {
	out, err := tooltest.Run(t, nil, "promtool", "check", "rules", "--lint=all", "--lint-fatal", dir+"/rules.yml", dir+"/alerts.yml")
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestRules runs promtool's tests of the rules.
func TestRules(t *testing.T) {
	for _, file := range testFiles(t) {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yml"), func(t *testing.T) {
			t.Parallel()
			if out, err := tooltest.Run(t, nil, "promtool", "test", "rules", file); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

func testFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(dir + "/tests/*.yml")
	if err != nil || len(files) < 5 {
		t.Fatalf("%q, %v", files, err)
	}
	return files
}

// burn is a team half of whose first responses, then all of them, then as many as the
// objective grants are late, in an hour each. The last number is the objective, the one
// before what may be late.
const burn = `
rule_files: [rules.yml, alerts.yml]
evaluation_interval: 1m
group_eval_order: [helpdesk-targets, helpdesk-hour, helpdesk-burn, helpdesk-kpis]
tests:
  - interval: 1m
    input_series:
      - series: 'helpdesk_calendar_open{source="shop", inbox="main", team="support"}'
        values: '1x400'
      - series: 'helpdesk_first_response_deadlines_total{source="shop", inbox="main", team="support", hours="open", result="met"}'
        values: '0+%[1]gx120 %[2]g+0x120'
      - series: 'helpdesk_first_response_deadlines_total{source="shop", inbox="main", team="support", hours="open", result="missed"}'
        values: '0+%[3]gx120 %[4]g+100x120'
    promql_expr_test:
      - eval_time: 110m
        expr: 'count(ALERTS{alertname=~"HelpdeskFirstResponseBurn.*"})'
        exp_samples: []
      - eval_time: 200m
        expr: 'ALERTS{alertname=~"HelpdeskFirstResponseBurn.*"}'
        exp_samples:
          - labels: 'ALERTS{alertname="HelpdeskFirstResponseBurnFast", alertstate="firing", audience="supervisor", severity="critical", source="shop", team="support"}'
            value: 1
          - labels: 'ALERTS{alertname="HelpdeskFirstResponseBurnSlow", alertstate="firing", audience="supervisor", severity="warning", source="shop", team="support"}'
            value: 1
`

// TestObjectives: whatever the objective, the burn alerts can fire, and do not where it is
// just met.
func TestObjectives(t *testing.T) {
	const is = "expr: vector(0.9)\n"
	text := string(read(t, dir+"/rules.yml"))
	if strings.Count(text, is) != 1 {
		t.Fatalf("the objective is not set by one %q", is)
	}
	for _, objective := range []float64{0.8, 0.9, 0.95} {
		t.Run(fmt.Sprint(objective), func(t *testing.T) {
			t.Parallel()
			tmp := t.TempDir()
			write(t, tmp+"/rules.yml", strings.Replace(text, is, fmt.Sprintf("expr: vector(%v)\n", objective), 1))
			write(t, tmp+"/alerts.yml", string(read(t, dir+"/alerts.yml")))
			met := 100 * objective
			write(t, tmp+"/test.yml", fmt.Sprintf(burn, met, 121*met, 100-met, 121*(100-met)))
			if out, err := tooltest.Run(t, nil, "promtool", "test", "rules", tmp+"/test.yml"); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

var (
	heading   = regexp.MustCompile(`(?m)^## (\S+)$`)
	variables = regexp.MustCompile(`\$(?:labels\.\w+|value)`)
	uid       = regexp.MustCompile(`/d/([a-z-]+)`)
)

// TestAlerts: every alert says whom it is for, what it is in two languages, and where to
// go on.
func TestAlerts(t *testing.T) {
	text := string(read(t, dir+"/runbook.md"))
	headings := map[string]bool{}
	for _, m := range heading.FindAllStringSubmatch(text, -1) {
		headings[m[1]] = true
	}
	all := alerts(t)
	for name, a := range all {
		if !regexp.MustCompile(`^Helpdesk[A-Z]\w+$`).MatchString(name) {
			t.Errorf("%s does not begin with Helpdesk", name)
		}
		for label, values := range map[string][]string{"severity": {"critical", "warning", "info"}, "audience": {"supervisor", "oncall", "compliance"}} {
			if !slices.Contains(values, a.Labels[label]) {
				t.Errorf("%s: %s is %q", a, label, a.Labels[label])
			}
		}
		for _, key := range []string{"summary", "description", "summary_pt", "description_pt"} {
			if a.Annotations[key] == "" {
				t.Errorf("%s has no %s", a, key)
			}
		}
		if strings.Contains(a.Annotations["summary"], "{{") || strings.Contains(a.Annotations["summary_pt"], "{{") {
			t.Errorf("%s: the summary is not a fixed sentence", a)
		}
		if en, pt := used(a.Annotations["description"]), used(a.Annotations["description_pt"]); !slices.Equal(en, pt) {
			t.Errorf("%s: English tells %q, Portuguese %q", a, en, pt)
		}
		if a.Annotations["description"] == a.Annotations["description_pt"] {
			t.Errorf("%s is not translated", a)
		}
		if want := runbook + strings.ToLower(name); a.Annotations["runbook_url"] != want || !headings[name] {
			t.Errorf("%s: runbook %s, heading %v", a, a.Annotations["runbook_url"], headings[name])
		}
		if u := a.Annotations["silence_url"]; !strings.Contains(u, "$externalLabels.alertmanager_url") || !strings.Contains(u, "%7Balertname%3D%22"+name+"%22") {
			t.Errorf("%s: silence %s", a, u)
		}
		if strings.Contains(a.Expr, "helpdesk_escalated_conversation_start_timestamp_seconds{") {
			if u := a.Annotations["transcript_url"]; !strings.Contains(u, "$externalLabels.grafana_url") || !strings.Contains(u, "{{ $labels.conversation }}") || a.Annotations["not_named"] == "" {
				t.Errorf("%s leads to no transcript: %s", a, u)
			}
		} else if m := uid.FindStringSubmatch(a.Annotations["dashboard_url"]); m == nil || !slices.Contains(dashboards, m[1]) {
			t.Errorf("%s leads to no dashboard: %s", a, a.Annotations["dashboard_url"])
		}
	}
	for _, h := range slices.Sorted(maps.Keys(headings)) {
		if _, ok := all[h]; !ok {
			t.Errorf("the runbook has %s, which is no alert", h)
		}
	}
	for _, part := range []string{"**Customers", "**First look.**", "**Do.**"} {
		if n := strings.Count(text, "\n"+part); n != len(headings) {
			t.Errorf("the runbook has %s %d times for %d alerts", part, n, len(headings))
		}
	}
}

func used(text string) []string {
	list := variables.FindAllString(text, -1)
	slices.Sort(list)
	return slices.Compact(list)
}

// TestEveryAlertIsTested: with its annotations where it fires, silent before and after.
func TestEveryAlertIsTested(t *testing.T) {
	fires, annotated, before, after := map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, file := range testFiles(t) {
		var doc struct {
			Tests []struct {
				Alerts []struct {
					Name string `yaml:"alertname"`
					Exp  []struct {
						Annotations map[string]string `yaml:"exp_annotations"`
					} `yaml:"exp_alerts"`
				} `yaml:"alert_rule_test"`
			}
		}
		load(t, file, &doc)
		for _, group := range doc.Tests {
			silent, fired := map[string]bool{}, map[string]bool{}
			for _, c := range group.Alerts {
				if len(c.Exp) == 0 {
					silent[c.Name] = true
					after[c.Name] = after[c.Name] || fired[c.Name]
					continue
				}
				fired[c.Name], fires[c.Name] = true, true
				before[c.Name] = before[c.Name] || silent[c.Name]
				annotated[c.Name] = annotated[c.Name] || len(c.Exp[0].Annotations) > 0
			}
		}
	}
	for name := range alerts(t) {
		if !fires[name] || !annotated[name] || !before[name] || !after[name] {
			t.Errorf("%s: fires %v, with annotations %v, silent before %v, after %v", name, fires[name], annotated[name], before[name], after[name])
		}
	}
}

var (
	quoted   = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
	recorded = regexp.MustCompile(`\b[a-z_0-9]+:[a-z_0-9]+:[a-z_0-9]+\b`)
	metric   = regexp.MustCompile(`\bhelpdesk_[a-z_0-9]+\b`)
	selector = regexp.MustCompile(`\b(helpdesk_[a-z_0-9]+)\{([^}]*)\}`)
	matcher  = regexp.MustCompile(`(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"`)
	row      = regexp.MustCompile("(?m)^\\| `(helpdesk_\\w+)` \\| ([a-z]+)[^|]*\\| ([^|]*) \\|")
	label    = regexp.MustCompile("`(\\w+)`(?:: ((?:`[^`]*`(?:, )?)+))?")
)

// documented is the labels of each metric of docs/metrics.md with their values, nil where
// any is possible.
func documented(t *testing.T) map[string]map[string][]string {
	t.Helper()
	out := map[string]map[string][]string{}
	for _, m := range row.FindAllStringSubmatch(string(read(t, root+"/docs/metrics.md")), -1) {
		labels := map[string][]string{"job": nil, "instance": nil}
		for _, part := range strings.Split(m[3], ";") {
			if name, values, closed := strings.Cut(part, ": `"); closed {
				labels[strings.Trim(name, " `")] = strings.Split(strings.ReplaceAll(strings.TrimRight(values, " `"), "`", ""), ", ")
				continue
			}
			for _, l := range label.FindAllStringSubmatch(part, -1) {
				labels[l[1]] = nil
			}
		}
		out[m[1]] = labels
	}
	if len(out) < 100 {
		t.Fatalf("only %d metrics were found", len(out))
	}
	return out
}

// TestNames: rules read metrics that there are, by labels and values that these have.
func TestNames(t *testing.T) {
	docs := documented(t)
	records := map[string]bool{}
	for _, r := range rules(t) {
		if r.Record != "" {
			if records[r.Record] {
				t.Errorf("%s is recorded twice", r)
			}
			records[r.Record] = true
		}
	}
	for _, r := range rules(t) {
		plain := quoted.ReplaceAllString(r.Expr, `""`)
		for _, name := range recorded.FindAllString(plain, -1) {
			if !records[name] {
				t.Errorf("%s reads %s, which nothing records", r, name)
			}
		}
		for _, name := range metric.FindAllString(recorded.ReplaceAllString(plain, ""), -1) {
			if docs[name] == nil {
				t.Errorf("%s reads %s, which is not in docs/metrics.md", r, name)
			}
		}
		for _, s := range selector.FindAllStringSubmatch(r.Expr, -1) {
			for _, m := range matcher.FindAllStringSubmatch(s[2], -1) {
				values, ok := docs[s[1]][m[1]]
				if docs[s[1]] != nil && !ok {
					t.Errorf("%s: %s has no label %s", r, s[1], m[1])
				}
				if values != nil && (m[2] == "=" || m[2] == "!=") && m[3] != "" && !slices.Contains(values, m[3]) {
					t.Errorf("%s: %s of %s is never %q but one of %q", r, m[1], s[1], m[3], values)
				}
				if values != nil && m[2] == "=~" && !slices.ContainsFunc(values, regexp.MustCompile("^(?:"+m[3]+")$").MatchString) {
					t.Errorf("%s: %s of %s never matches %q", r, m[1], s[1], m[3])
				}
			}
		}
		// An average of shares is not the share of all: what the exporter divided is not
		// added up or divided again.
		for _, name := range metric.FindAllString(recorded.ReplaceAllString(plain, ""), -1) {
			if strings.HasSuffix(name, "_ratio") || strings.HasSuffix(name, "_score") {
				t.Errorf("%s reads the ratio gauge %s", r, name)
			}
		}
		if regexp.MustCompile(`\b(avg|quantile|stddev|avg_over_time)\s*(by|without)?\s*\(`).MatchString(plain) {
			t.Errorf("%s averages: %s", r, r.Expr)
		}
	}
}
