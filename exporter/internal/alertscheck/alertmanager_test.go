package alertscheck

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/internal/tooltest"
)

var update = flag.Bool("update", false, "write the golden notifications anew")

const alertmanager = dir + "/alertmanager.yml"

func TestAlertmanagerConfig(t *testing.T) {
	out, err := tooltest.Run(t, nil, "amtool", "check-config", alertmanager)
	if err != nil || !strings.Contains(string(out), "1 templates") {
		t.Errorf("%v\n%s", err, out)
	}
	// Nothing secret stands in an example.
	for _, m := range regexp.MustCompile(`(?m)^.*(password|routing_key|service_key|api_url|token|secret)s?: .*$`).FindAllString(string(read(t, alertmanager)), -1) {
		t.Errorf("a secret that is not in a file: %s", m)
	}
}

// TestRoutes: audience, severity and team → receivers, for amtool and for every alert.
func TestRoutes(t *testing.T) {
	routes := map[[3]string]string{
		{"supervisor", "critical", "sales"}:   "supervisors-critical",
		{"supervisor", "warning", "sales"}:    "supervisors",
		{"supervisor", "critical", ""}:        "supervisors-critical",
		{"supervisor", "warning", ""}:         "supervisors",
		{"supervisor", "critical", "support"}: "support-critical",
		{"supervisor", "warning", "support"}:  "support",
		{"supervisor", "info", "support"}:     "digest-supervisors",
		{"supervisor", "info", "sales"}:       "digest-supervisors",
		{"compliance", "info", "sales"}:       "digest-compliance",
		{"compliance", "info", ""}:            "digest-compliance",
		{"compliance", "warning", ""}:         "compliance",
		{"oncall", "critical", ""}:            "oncall-critical",
		{"oncall", "warning", ""}:             "oncall",
		{"oncall", "info", ""}:                "digest-oncall",
		{"", "critical", ""}:                  "oncall",
	}
	for labels, want := range routes {
		args := []string{"config", "routes", "test", "--config.file", alertmanager, "--verify.receivers", want, "severity=" + labels[1]}
		if labels[0] != "" {
			args = append(args, "audience="+labels[0])
		}
		if labels[2] != "" {
			args = append(args, "team="+labels[2])
		}
		if out, err := tooltest.Run(t, nil, "amtool", args...); err != nil {
			t.Errorf("%v is not for %s but for %s", labels, want, out)
		}
	}
	for name, a := range alerts(t) {
		if _, ok := routes[[3]string{a.Labels["audience"], a.Labels["severity"], ""}]; !ok && a.Labels["audience"] != "supervisor" {
			t.Errorf("%s: nothing is said of %v", name, a.Labels)
		}
	}
}

type route struct {
	Receiver  string
	Matchers  []string
	GroupBy   []string `yaml:"group_by"`
	GroupWait string   `yaml:"group_wait"`
	Active    []string `yaml:"active_time_intervals"`
	Routes    []route
}

// TestGrouping: one notification a team and alert, within seconds; a digest a day.
func TestGrouping(t *testing.T) {
	var doc struct{ Route route }
	load(t, alertmanager, &doc)
	seen := map[string]bool{}
	for _, r := range doc.Route.Routes {
		switch r.Receiver {
		case "supervisors":
			if r.GroupWait != "5s" || !slices.Equal(r.GroupBy, []string{"alertname", "team"}) {
				t.Errorf("supervisors are told after %s, by %q", r.GroupWait, r.GroupBy)
			}
		case "digest-oncall":
			if !slices.Equal(r.GroupBy, []string{"audience"}) {
				t.Errorf("the digest is by %q", r.GroupBy)
			}
			for _, r := range append(r.Routes, r) {
				if !slices.Equal(r.Active, []string{"digest"}) {
					t.Errorf("%s is sent at any time", r.Receiver)
				}
			}
		default:
			continue
		}
		seen[r.Receiver] = true
	}
	if len(seen) != 2 {
		t.Errorf("only %v were found", seen)
	}
}

// TestNotifications: what people get to read, in both languages.
func TestNotifications(t *testing.T) {
	files, err := filepath.Glob(dir + "/testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("%q, %v", files, err)
	}
	for _, file := range files {
		kind := strings.TrimSuffix(filepath.Base(file), ".json")
		for _, language := range []string{"en", "pt"} {
			t.Run(kind+"."+language, func(t *testing.T) {
				var b bytes.Buffer
				for _, part := range []string{"title", "digest", "text", "plain", "html"} {
					fmt.Fprintf(&b, "==== %s\n%s\n", part, render(t, file, "helpdesk."+language+"."+part, part == "html"))
				}
				fmt.Fprintf(&b, "==== color and link\n%s %s\n", render(t, file, "helpdesk.color", false), render(t, file, "helpdesk.link", false))
				golden := strings.TrimSuffix(file, ".json") + "." + language + ".golden"
				if *update {
					write(t, golden, b.String())
				}
				if want := read(t, golden); !bytes.Equal(b.Bytes(), want) {
					t.Errorf("%s differs:\n%s", golden, &b)
				}
			})
		}
	}
}

func render(t *testing.T, file, name string, html bool) []byte {
	t.Helper()
	kind := "text"
	if html {
		kind = "html"
	}
	out, err := tooltest.Run(t, nil, "amtool", "template", "render", "--template.glob", dir+"/templates/*.tmpl",
		"--template.data", file, "--template.type", kind, "--template.text", fmt.Sprintf("{{ template %q . }}", name))
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return out
}

// TestInhibition asks an Alertmanager with the example which alerts it mutes.
func TestInhibition(t *testing.T) {
	all := alerts(t)
	type labels = map[string]string
	with := func(name string, more labels) labels {
		a, ok := all[name]
		if !ok {
			t.Fatalf("there is no %s", name)
		}
		out := labels{"alertname": name, "severity": a.Labels["severity"], "audience": a.Labels["audience"]}
		for k, v := range more {
			out[k] = v
		}
		return out
	}
	shop, crm := labels{"source": "shop", "inbox": "main", "team": "support"}, labels{"source": "crm", "inbox": "main", "team": "support"}
	for name, c := range map[string]struct {
		cause        labels
		muted, heard []labels
	}{
		"the exporter is down": {
			with("HelpdeskExporterDown", nil),
			[]labels{with("HelpdeskCustomerUnanswered", shop), with("HelpdeskCSATLow", labels{"team": "support"}), with("HelpdeskWebhooksSilent", labels{"source": "shop"}), with("HelpdeskAuditFindings", nil)},
			[]labels{with("HelpdeskReloadFailed", nil), with("HelpdeskJournalFilling", nil)},
		},
		"a provider is silent": {
			with("HelpdeskWebhooksSilent", labels{"source": "shop"}),
			[]labels{with("HelpdeskCustomerUnanswered", shop), with("HelpdeskFirstResponseBurnFast", shop), with("HelpdeskNoAgentAvailable", shop), with("HelpdeskVolumeLow", shop)},
			[]labels{with("HelpdeskCustomerUnanswered", crm), with("HelpdeskAccountRestricted", shop), with("HelpdeskCSATLow", labels{"team": "support"})},
		},
		"a vendor cannot be reached": {
			with("HelpdeskVendorUnreachable", labels{"source": "crm", "instance": "exporter:9841"}),
			[]labels{with("HelpdeskConversationUnresolved", crm)}, []labels{with("HelpdeskConversationUnresolved", shop)},
		},
		"payment": {
			with("HelpdeskPaymentIssue", labels{"source": "shop", "inbox": "main"}),
			[]labels{with("HelpdeskSendsFail", labels{"source": "shop", "inbox": "main"})},
			[]labels{with("HelpdeskSendsFail", labels{"source": "shop", "inbox": "vip"}), with("HelpdeskSpamLimit", labels{"source": "shop", "inbox": "main"})},
		},
		"fast and slow": {
			with("HelpdeskFirstResponseBurnFast", labels{"source": "shop", "team": "support"}),
			[]labels{with("HelpdeskFirstResponseBurnSlow", labels{"source": "shop", "team": "support"})},
			[]labels{with("HelpdeskFirstResponseBurnSlow", labels{"source": "shop", "team": "sales"})},
		},
		"an upset customer is known": {
			with("HelpdeskNegativeCustomerWaiting", labels{"source": "shop", "inbox": "main", "team": "support", "conversation": "pa1x182anwc2fm0n"}),
			[]labels{with("HelpdeskNegativeCustomerNearTarget", shop)}, []labels{with("HelpdeskNegativeCustomerNearTarget", crm)},
		},
	} {
		t.Run(name, func(t *testing.T) {
			am := start(t)
			am.post(t, append(append([]labels{c.cause}, c.muted...), c.heard...)...)
			want := map[string]bool{key(c.cause): false}
			for _, l := range c.muted {
				want[key(l)] = true
			}
			for _, l := range c.heard {
				want[key(l)] = false
			}
			var got map[string]bool
			for deadline := time.Now().Add(20 * time.Second); ; {
				if got = am.muted(t); fmt.Sprint(got) == fmt.Sprint(want) {
					return
				}
				if time.Now().After(deadline) {
					t.Fatalf("muted are\n%v\nwant\n%v", got, want)
				}
			}
		})
	}
}

// key is a name for labels: fmt prints maps in the order of their keys.
func key(l map[string]string) string { return fmt.Sprint(l) }

type server string

// start runs Alertmanager with the example until the test ends.
func start(t *testing.T) server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	ctx, stop := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, tooltest.Path(t, "alertmanager"), "--config.file", alertmanager, "--storage.path", t.TempDir(),
		"--web.listen-address", addr, "--cluster.listen-address", "")
	var log bytes.Buffer
	cmd.Stderr = &log
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		stop()
		<-ended
		if t.Failed() {
			t.Logf("%s", &log)
		}
	})
	for deadline := time.Now().Add(30 * time.Second); ; {
		resp, err := http.Get("http://" + addr + "/-/ready")
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return server(addr)
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("Alertmanager does not get ready: %v", err)
		}
	}
}

func (s server) post(t *testing.T, list ...map[string]string) {
	t.Helper()
	var alerts []map[string]any
	for _, l := range list {
		alerts = append(alerts, map[string]any{"labels": l})
	}
	body, err := json.Marshal(alerts)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post("http://"+string(s)+"/api/v2/alerts", "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("alerts are answered %s", resp.Status)
	}
}

// muted tells of each alert that Alertmanager has whether another one mutes it.
func (s server) muted(t *testing.T) map[string]bool {
	t.Helper()
	resp, err := http.Get("http://" + string(s) + "/api/v2/alerts")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var list []struct {
		Labels map[string]string
		Status struct{ InhibitedBy []string }
	}
	if err := json.NewDecoder(resp.Body).Decode(&list); err != nil {
		t.Fatal(err)
	}
	out := map[string]bool{}
	for _, a := range list {
		out[key(a.Labels)] = len(a.Status.InhibitedBy) > 0
	}
	return out
}
