// Package alerts_test checks the rules, their tests, the runbook and the example
// of Alertmanager's configuration with the tools that will read them.
package alerts_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/helpdesk-exporter/helpdesk-exporter/internal/tooltest"
)

type rule struct {
	Alert, Record, Expr string
	Labels, Annotations map[string]string
}

type ruleFile struct {
	Groups []struct {
		Name  string
		Rules []rule
	}
}

func read[T any](t *testing.T, file string) (v T) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(b, &v); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return v
}

func rules(t *testing.T) []rule {
	t.Helper()
	var out []rule
	for _, f := range []string{"rules.yml", "alerts.yml"} {
		for _, g := range read[ruleFile](t, f).Groups {
			out = append(out, g.Rules...)
		}
	}
	return out
}

func alerts(t *testing.T) []rule {
	return slices.DeleteFunc(rules(t), func(r rule) bool { return r.Alert == "" })
}

func TestPromtoolCheck(t *testing.T) {
	if out, err := tooltest.Run(t, nil, "promtool", "check", "rules", "--lint=all", "--lint-fatal", "rules.yml", "alerts.yml"); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestRules(t *testing.T) {
	files, err := filepath.Glob("tests/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			t.Parallel()
			if out, err := tooltest.Run(t, nil, "promtool", "test", "rules", f); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

type unitTests struct {
	Tests []struct {
		Name        string
		Expressions []struct {
			Samples []struct{ Labels string } `yaml:"exp_samples"`
		} `yaml:"promql_expr_test"`
	}
}

// Each alert is seen firing and seen silent.
func TestEveryAlertIsTested(t *testing.T) {
	fires, silent := map[string]bool{}, map[string]bool{}
	files, err := filepath.Glob("tests/*.yml")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		for _, test := range read[unitTests](t, f).Tests {
			for _, e := range test.Expressions {
				if len(e.Samples) == 0 {
					silent[test.Name] = true
				} else {
					fires[test.Name] = true
				}
			}
		}
	}
	for _, a := range alerts(t) {
		if !fires[a.Alert] || !silent[a.Alert] {
			t.Errorf("%s: seen firing %v, silent %v", a.Alert, fires[a.Alert], silent[a.Alert])
		}
	}
}

func TestLabelsAndAnnotations(t *testing.T) {
	runbook, err := os.ReadFile("runbook.md")
	if err != nil {
		t.Fatal(err)
	}
	headings := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^## (\S+)$`).FindAllStringSubmatch(string(runbook), -1) {
		headings[m[1]] = false
	}
	conversations := 0
	for _, a := range alerts(t) {
		t.Run(a.Alert, func(t *testing.T) {
			if !slices.Contains([]string{"critical", "warning", "info"}, a.Labels["severity"]) || !slices.Contains([]string{"supervisor", "oncall", "compliance"}, a.Labels["audience"]) {
				t.Errorf("labels %v", a.Labels)
			}
			for _, k := range []string{"summary", "summary_pt", "description", "description_pt", "runbook_url", "silence_url"} {
				if a.Annotations[k] == "" {
					t.Errorf("no %s", k)
				}
			}
			if strings.Contains(a.Annotations["summary"], "{{") {
				t.Error("the summary is a fixed sentence")
			}
			// The figures are the same in both languages.
			templates := regexp.MustCompile(`{{.*?}}`)
			en, pt := templates.FindAllString(a.Annotations["description"], -1), templates.FindAllString(a.Annotations["description_pt"], -1)
			slices.Sort(en)
			slices.Sort(pt)
			if !slices.Equal(en, pt) {
				t.Errorf("the descriptions say %q and %q", en, pt)
			}
			if !strings.HasSuffix(a.Annotations["runbook_url"], "/alerts/runbook.md#"+strings.ToLower(a.Alert)) || !strings.Contains(a.Annotations["silence_url"], "%22"+a.Alert+"%22") {
				t.Errorf("links %s, %s", a.Annotations["runbook_url"], a.Annotations["silence_url"])
			}
			if _, ok := headings[a.Alert]; !ok {
				t.Error("the runbook has no heading for it")
			}
			headings[a.Alert] = true
			if strings.Contains(a.Expr, "helpdesk_escalated_conversation_start") {
				conversations++
				if !strings.Contains(a.Annotations["transcript_url"], "{{ $labels.conversation }}") || a.Annotations["not_named"] == "" {
					t.Error("it names a conversation without a link, or does not say how many are not named")
				}
			}
		})
	}
	if conversations == 0 {
		t.Error("no alert names a conversation")
	}
	for h, used := range headings {
		if !used {
			t.Errorf("the runbook speaks of %s, which there is not", h)
		}
	}
}

// What rules look at exists: as a metric of docs/metrics.md or as a rule.
func TestMetricsExist(t *testing.T) {
	docs, err := os.ReadFile("../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	all := rules(t)
	name := regexp.MustCompile(`[a-z0-9_]*:?helpdesk[a-z0-9_:]+`)
	for _, r := range all {
		// Matchers name no metrics.
		expr := regexp.MustCompile(`"[^"]*"`).ReplaceAllString(r.Expr, `""`)
		for _, m := range name.FindAllString(expr, -1) {
			base := m
			if !strings.Contains(m, ":") {
				base = strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(m, "_bucket"), "_sum"), "_count")
			}
			recorded := slices.ContainsFunc(all, func(o rule) bool { return o.Record == m })
			if !recorded && !bytes.Contains(docs, []byte("`"+base+"`")) {
				t.Errorf("%s%s asks for %s, which there is not", r.Alert, r.Record, m)
			}
		}
		if regexp.MustCompile(`avg[^(]*\([^)]*_ratio\b`).MatchString(expr) {
			t.Errorf("%s%s averages a ratio", r.Alert, r.Record)
		}
	}
}

func TestAlertmanagerConfig(t *testing.T) {
	if out, err := tooltest.Run(t, nil, "amtool", "check-config", "alertmanager.yml"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for labels, receivers := range map[string]string{
		"audience=supervisor severity=critical team=support": "supervisors",
		"audience=supervisor severity=warning team=":         "supervisors",
		"audience=supervisor severity=critical team=billing": "supervisors-billing",
		"audience=supervisor severity=info team=billing":     "digest",
		"audience=compliance severity=warning":               "compliance",
		"audience=compliance severity=info":                  "digest",
		"audience=oncall severity=critical":                  "oncall-pager",
		"audience=oncall severity=warning":                   "oncall-chat",
		"audience=oncall severity=info":                      "digest",
		"alertname=SomethingElse":                            "oncall-chat",
	} {
		args := append([]string{"config", "routes", "test", "--config.file=alertmanager.yml", "--verify.receivers=" + receivers}, strings.Fields(labels)...)
		if out, err := tooltest.Run(t, nil, "amtool", args...); err != nil {
			t.Errorf("%s: %v\n%s", labels, err, out)
		}
	}
	// Every alert goes somewhere else than the last resort, unless it is meant.
	for _, a := range alerts(t) {
		out, err := tooltest.Run(t, nil, "amtool", "config", "routes", "test", "--config.file=alertmanager.yml", "severity="+a.Labels["severity"], "audience="+a.Labels["audience"])
		if err != nil || strings.TrimSpace(string(out)) == "" || strings.TrimSpace(string(out)) == "oncall-chat" && a.Labels["audience"] != "oncall" {
			t.Errorf("%s goes to %s, %v", a.Alert, out, err)
		}
	}
}

func TestTemplates(t *testing.T) {
	data, err := json.Marshal(map[string]any{
		"receiver": "supervisors", "status": "firing", "externalURL": "http://alertmanager",
		"commonLabels":      map[string]string{"team": "billing", "severity": "critical", "audience": "supervisor"},
		"commonAnnotations": map[string]string{"summary": "Nobody answered", "summary_pt": "Ninguém respondeu", "runbook_url": "http://runbook", "not_named": "3"},
		"alerts": []map[string]any{
			{"status": "firing", "annotations": map[string]string{"description": "c0ffee waits.", "description_pt": "c0ffee espera.", "transcript_url": "http://grafana/1"}},
			{"status": "firing", "annotations": map[string]string{"description": "beef waits.", "description_pt": "beef espera."}},
			{"status": "resolved", "annotations": map[string]string{"description": "cafe waits.", "description_pt": "cafe espera."}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "data.json")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"helpdesk.en.title":  "Nobody answered (billing): 2",
		"helpdesk.pt.title":  "Ninguém respondeu (billing): 2",
		"helpdesk.en.digest": "Helpdesk, the day's digest: 2 findings for supervisor",
		"helpdesk.pt.digest": "Atendimento, resumo do dia: 2 achados para supervisor",
		"helpdesk.link":      "http://runbook",
		"helpdesk.colour":    "#D55E00",
		"helpdesk.en.text":   "- c0ffee waits.\n  Transcript: http://grafana/1\n- beef waits.\nand 3 more.\n- resolved: cafe waits.\nWhat to do: http://runbook",
		"helpdesk.pt.text":   "- c0ffee espera.\n  Transcrição: http://grafana/1\n- beef espera.\ne mais 3.\n- resolvido: cafe espera.\nO que fazer: http://runbook",
	} {
		out, err := tooltest.Run(t, nil, "amtool", "template", "render", "--template.glob=templates/*.tmpl", "--template.data="+file, `--template.text={{ template "`+name+`" . }}`)
		if got := strings.TrimSpace(string(out)); err != nil || got != want {
			t.Errorf("%s: %v\n%s\nwant\n%s", name, err, got, want)
		}
	}
}
