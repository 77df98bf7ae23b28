package deploy

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/types"
)

type scrape struct {
	JobName       string `yaml:"job_name"`
	Interval      string `yaml:"scrape_interval"`
	StaticConfigs []struct {
		Targets []string
	} `yaml:"static_configs"`
}

// prometheusFile has what is to stand in prometheus.yml; promtool checks the rest.
type prometheusFile struct {
	Global struct {
		ScrapeInterval     string            `yaml:"scrape_interval"`
		EvaluationInterval string            `yaml:"evaluation_interval"`
		Native             bool              `yaml:"scrape_native_histograms"`
		Classic            bool              `yaml:"always_scrape_classic_histograms"`
		ExternalLabels     map[string]string `yaml:"external_labels"`
	}
	Storage struct {
		TSDB struct {
			Retention struct{ Time string }
		}
		Exemplars struct {
			Max int `yaml:"max_exemplars"`
		}
	}
	RuleFiles []string `yaml:"rule_files"`
	Alerting  struct {
		Relabel       []struct{ Action, Regex string } `yaml:"alert_relabel_configs"`
		Alertmanagers []scrape
	}
	Scrapes []scrape `yaml:"scrape_configs"`
}

func TestPrometheusConfig(t *testing.T) {
	text := read(t, "deploy/prometheus/prometheus.yml")
	var f prometheusFile
	strictly(t, text, &f)
	if g := f.Global; g.ScrapeInterval != "5s" || !g.Native || !g.Classic || f.Storage.Exemplars.Max <= 0 {
		t.Errorf("%+v, %+v", g, f.Storage)
	}
	if days, err := strconv.Atoi(strings.TrimSuffix(f.Storage.TSDB.Retention.Time, "d")); err != nil || days < 31 {
		t.Errorf("%s do not hold what rules look back on, 30 days", f.Storage.TSDB.Retention.Time)
	}
	p := compose(t, nil)
	prometheus := p.Services["prometheus"]
	// Labels for links are set from the environment, and dropped before alerts leave.
	drop := f.Alerting.Relabel
	if len(drop) != 1 || drop[0].Action != "labeldrop" {
		t.Fatalf("%+v", drop)
	}
	dropped := regexp.MustCompile("^(?:" + drop[0].Regex + ")$")
	for _, name := range []string{"grafana_url", "alertmanager_url"} {
		value, ok := strings.CutPrefix(f.Global.ExternalLabels[name], "${")
		if value := prometheus.Environment[strings.TrimSuffix(value, "}")]; !ok || value == nil || !strings.HasPrefix(*value, "http://localhost:") {
			t.Errorf("%s is %q, in the environment %v", name, f.Global.ExternalLabels[name], value)
		}
		if !dropped.MatchString(name) {
			t.Errorf("%s goes out with every alert", name)
		}
	}
	// The rules are mounted where they are looked for.
	for _, name := range []string{"rules.yml", "alerts.yml"} {
		if !slices.ContainsFunc(prometheus.Volumes, func(v types.ServiceVolumeConfig) bool {
			found, err := filepath.Match(f.RuleFiles[0], v.Target)
			return err == nil && found && filepath.Base(v.Source) == name
		}) {
			t.Errorf("%s is not mounted at %s", name, f.RuleFiles[0])
		}
	}
	// Every target is a service, at the port that it listens on.
	ports := map[string]string{"localhost": "9090"}
	for name, s := range p.Services {
		if len(s.Ports) > 0 {
			ports[name] = strconv.Itoa(int(s.Ports[0].Target))
		}
	}
	jobs := []string{}
	for _, s := range slices.Concat(f.Scrapes, f.Alerting.Alertmanagers) {
		if s.JobName != "" {
			jobs = append(jobs, s.JobName)
		}
		for _, target := range s.StaticConfigs[0].Targets {
			if host, port, err := net.SplitHostPort(target); err != nil || ports[host] != port {
				t.Errorf("%s scrapes %s; services are at %v", s.JobName, target, ports)
			}
		}
	}
	if want := []string{"helpdesk-exporter", "prometheus", "alertmanager", "grafana"}; !slices.Equal(jobs, want) {
		t.Errorf("jobs %q, want %q", jobs, want)
	}
	// With the rules where this machine has them.
	file := filepath.Join(t.TempDir(), "prometheus.yml")
	rules, err := filepath.Abs(filepath.Join(root, "alerts"))
	if err != nil {
		t.Fatal(err)
	}
	text = bytes.Replace(text, []byte(f.RuleFiles[0]), []byte(rules+"/*s.yml"), 1)
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if out := run(t, nil, tool(t, "promtool"), "check", "config", "--lint=all", "--lint-fatal", file); !strings.Contains(out, "2 rule files found") {
		t.Errorf("promtool says\n%s", out)
	}
}

// Alertmanager starts on a machine that has no secret.
func TestAlertmanagerConfig(t *testing.T) {
	const path = "deploy/alertmanager/alertmanager.yml"
	if text := read(t, path); bytes.Contains(text, []byte("_file")) || bytes.Contains(text, []byte("_url")) {
		t.Error("a receiver needs something that a fresh machine does not have")
	}
	amtool := tool(t, "amtool")
	run(t, nil, amtool, "check-config", filepath.Join(root, path))
	for labels, want := range map[string]string{
		"audience=supervisor severity=critical team=sales": "supervisors", "audience=supervisor severity=info": "daily",
		"audience=oncall severity=warning": "oncall", "audience=compliance severity=warning": "compliance", "alertname=Other": "supervisors",
	} {
		args := append([]string{"config", "routes", "test", "--config.file=" + filepath.Join(root, path), "--verify.receivers=" + want}, strings.Fields(labels)...)
		run(t, nil, amtool, args...)
	}
}

// The example that notifies people finds its templates and secrets where compose puts them.
func TestAlertmanagerExample(t *testing.T) {
	a := compose(t, []string{"HELPDESK_ALERTMANAGER_CONFIG=./alerts/alertmanager.yml"}).Services["alertmanager"]
	mounted := map[string]string{}
	for _, v := range a.Volumes {
		mounted[v.Target] = v.Source
	}
	config := filepath.Dir("/etc/alertmanager/alertmanager.yml")
	text, err := os.ReadFile(mounted["/etc/alertmanager/alertmanager.yml"])
	if err != nil {
		t.Fatal(err)
	}
	files := regexp.MustCompile(`(?m)^[ -]*\w+_file: (\S+)$`).FindAllStringSubmatch(string(text), -1)
	templates := regexp.MustCompile(`(?m)^  - (\S+\.tmpl)$`).FindAllStringSubmatch(string(text), -1)
	if len(files) < 2 || len(templates) == 0 {
		t.Fatalf("files %q, templates %q", files, templates)
	}
	for _, f := range files {
		if mounted[filepath.Dir(f[1])] == "" {
			t.Errorf("%s is not mounted: %v", f[1], mounted)
		}
	}
	for _, f := range templates {
		folder, pattern := filepath.Split(filepath.Join(config, f[1]))
		if found, err := filepath.Glob(filepath.Join(mounted[filepath.Clean(folder)], pattern)); err != nil || len(found) == 0 {
			t.Errorf("no template at %s: %v", f[1], mounted)
		}
	}
}

// here is a service's command with the paths of this machine.
type here struct {
	dir     string
	replace *strings.Replacer
	env     []string
}

func newHere(t *testing.T) *here {
	t.Helper()
	dir := t.TempDir()
	h := &here{dir: dir, replace: strings.NewReplacer(
		"/etc/helpdesk-exporter/helpdesk-exporter.yml", filepath.Join(dir, "helpdesk-exporter.yml"),
		"/etc/prometheus/prometheus.yml", filepath.Join(dir, "prometheus.yml"),
		"/secrets", filepath.Join(dir, "secrets"), "/data", filepath.Join(dir, "data"),
		"/backfill", filepath.Join(dir, "backfill"), "/prometheus/", filepath.Join(dir, "prometheus")+"/", " /prometheus\n", " "+filepath.Join(dir, "prometheus")+"\n",
		"=/prometheus", "="+filepath.Join(dir, "prometheus"),
	)}
	for _, name := range []string{"secrets", "data", "backfill", "prometheus", "bin"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for name, program := range map[string]string{"helpdesk-exporter": exporter(t), "promtool": tool(t, "promtool")} {
		if err := os.Symlink(program, filepath.Join(dir, "bin", name)); err != nil {
			t.Fatal(err)
		}
	}
	h.env = []string{"PATH=" + filepath.Join(dir, "bin") + ":" + os.Getenv("PATH")}
	h.write(t, "helpdesk-exporter.yml", string(read(t, "deploy/helpdesk-exporter.yml")))
	return h
}

func (h *here) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(h.dir, name), []byte(h.replace.Replace(text)), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (h *here) args(s types.ServiceConfig) []string {
	var out []string
	for _, a := range s.Command {
		// In the file $$ is a dollar; compose makes it one when it starts a container.
		out = append(out, h.replace.Replace(strings.ReplaceAll(a, "$$", "$")))
	}
	return out
}

// script runs a service whose command is a shell's.
func (h *here) script(t *testing.T, s types.ServiceConfig) string {
	t.Helper()
	return run(t, h.env, "sh", append([]string{"-ec"}, h.args(s)...)...)
}

func TestSecrets(t *testing.T) {
	h := newHere(t)
	s := compose(t, nil).Services["secrets"]
	h.script(t, s)
	made := map[string]string{}
	for _, name := range []string{"webhook-token", "api-token", "grafana-password"} {
		path := filepath.Join(h.dir, "secrets", name)
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o640 {
			t.Errorf("%s has mode %v, %v", name, info.Mode(), err)
		}
		if !regexp.MustCompile(`^[0-9a-f]{64}$`).Match(b) {
			t.Errorf("%s is %q", name, b)
		}
		if slices.Contains([]string{made["webhook-token"], made["api-token"]}, string(b)) {
			t.Errorf("%s is another one's secret", name)
		}
		made[name] = string(b)
	}
	// The next start leaves them alone.
	h.script(t, s)
	for name, was := range made {
		if b, err := os.ReadFile(filepath.Join(h.dir, "secrets", name)); err != nil || string(b) != was {
			t.Errorf("%s has changed: %v", name, err)
		}
	}
	run(t, nil, exporter(t), "check-config", filepath.Join(h.dir, "helpdesk-exporter.yml"))
}

// The demo's services, in their order, on this machine: what Prometheus was given of the
// past is what the exporter goes on from.
func TestDemo(t *testing.T) {
	h := newHere(t)
	p := compose(t, []string{"HELPDESK_DEMO_PAST=6h"}, "demo")
	h.script(t, p.Services["secrets"])
	for range 2 { // the second time nothing is left to do
		run(t, nil, exporter(t), h.args(p.Services["history"])...)
		h.script(t, p.Services["openmetrics"])
		h.script(t, p.Services["backfill"])
	}
	if left, err := filepath.Glob(filepath.Join(h.dir, "backfill", "*.om")); err != nil || len(left) > 0 {
		t.Errorf("%q are left, %v", left, err)
	}

	// Prometheus, with the flags of its service.
	config := regexp.MustCompile(`(?s)\nscrape_configs:.*`).ReplaceAllString(string(read(t, "deploy/prometheus/prometheus.yml")), "\n")
	config = strings.Replace(config, "alertmanager:9093", "127.0.0.1:1", 1)
	h.write(t, "prometheus.yml", strings.Replace(config, "/etc/prometheus/rules", filepath.Join(h.dir, "none"), 1))
	s := p.Services["prometheus"]
	var env []string
	for k, v := range s.Environment {
		env = append(env, k+"="+*v)
	}
	prometheus := start(t, env, tool(t, "prometheus"), append(h.args(s), "--web.listen-address=127.0.0.1:0")...)
	web := prometheus.find(t, regexp.MustCompile(`msg="Listening on" .*address=(127\.0\.0\.1:\d+)`))
	prometheus.find(t, regexp.MustCompile(`Server is ready (to) receive web requests`))
	for _, line := range prometheus.lines {
		if strings.Contains(line, "Unknown option") || strings.Contains(line, "level=ERROR") {
			t.Errorf("Prometheus says %s", line)
		}
	}
	var status struct{ Data struct{ YAML string } }
	get(t, "http://"+web+"/api/v1/status/config", &status)
	for _, want := range []string{"grafana_url: http://localhost:3000", "alertmanager_url: http://localhost:9093", "scrape_native_histograms: true", "time: 45d"} {
		if !strings.Contains(status.Data.YAML, want) {
			t.Errorf("%s is not in force:\n%s", want, status.Data.YAML)
		}
	}

	// The exporter, with the image's command, continues.
	cmd := p.Services["exporter"]
	if len(cmd.Command) > 0 {
		t.Errorf("the exporter has a command of its own: %q", cmd.Command)
	}
	all := stages(t, "Dockerfile")
	args := []string{"--web.listen-address=127.0.0.1:0", "--webhook.listen-address=127.0.0.1:0"}
	for _, a := range slices.Backward(cmdLine(t, all[len(all)-1])) {
		args = append([]string{h.replace.Replace(a)}, args...)
	}
	e := start(t, nil, exporter(t), args...)
	listening := regexp.MustCompile(`msg=listening web=(\S+) webhooks=\S+`)
	page := e.find(t, listening)
	hook := regexp.MustCompile(`webhooks=(\S+)`).FindStringSubmatch(e.lines[len(e.lines)-1])[1]
	eventually(t, "ready", func() bool { return answers(t, "http://"+page+"/-/ready") })

	var last struct {
		Data struct {
			Result []struct {
				Metric map[string]string
				Value  [2]any
			}
		}
	}
	get(t, "http://"+web+"/api/v1/query?"+url.Values{"query": {`last_over_time({__name__=~"helpdesk_(messages|conversations_opened|first_response_deadlines)_total", job="helpdesk-exporter", instance="exporter:9841"}[10m])`}}.Encode(), &last)
	now := counters(t, "http://"+page+"/metrics")
	before, after := 0.0, 0.0
	for _, r := range last.Data.Result {
		v, err := strconv.ParseFloat(fmt.Sprint(r.Value[1]), 64)
		if err != nil {
			t.Fatal(err)
		}
		key := series(r.Metric)
		if now[key] < v {
			t.Errorf("%s goes back from %g to %g", key, v, now[key])
		}
		before, after = before+v, after+now[key]
	}
	if before < 20 || after > before*1.2+20 {
		t.Errorf("Prometheus knows of %g, the exporter of %g", before, after)
	}

	// Traffic that begins anew where the history began is all known: it is the same one.
	file := filepath.Join(h.dir, "data", "simulation.json")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var progress map[string]any
	if err := json.Unmarshal(text, &progress); err != nil {
		t.Fatal(err)
	}
	progress["until"] = progress["start"]
	if text, err = json.Marshal(progress); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	traffic := h.args(p.Services["traffic"])
	for i := range traffic {
		traffic[i] = strings.Replace(traffic[i], "exporter:9842", hook, 1)
	}
	start(t, nil, exporter(t), traffic...)
	messages := sum(now, "helpdesk_messages_total{")
	eventually(t, "what was sent before is known", func() bool {
		c := counters(t, "http://"+page+"/metrics")
		if got := sum(c, "helpdesk_messages_total{"); got > messages*1.2+20 {
			t.Fatalf("%g messages have become %g", messages, got)
		}
		return sum(c, "helpdesk_webhook_duplicates_total{") >= messages
	})
}

// process is a running program whose log is read.
type process struct {
	lines []string
	log   chan string
}

// logLines is more than any of them says during a test: none waits for its reader.
const logLines = 100_000

// start runs a program until the end of the test.
func start(t *testing.T, env []string, name string, args ...string) *process {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 30 * time.Second
	cmd.Env = append(os.Environ(), env...)
	r, w := io.Pipe()
	cmd.Stdout, cmd.Stderr = w, w
	if err := cmd.Start(); err != nil {
		cancel()
		t.Fatal(err)
	}
	go func() { _ = cmd.Wait(); w.Close() }()
	p := &process{log: make(chan string, logLines)}
	go func() {
		defer close(p.log)
		for s := bufio.NewScanner(r); s.Scan(); {
			p.log <- s.Text()
		}
	}()
	t.Cleanup(func() {
		cancel()
		for line := range p.log { // to its end
			p.lines = append(p.lines, line)
		}
		if t.Failed() {
			t.Logf("%s:\n%s", filepath.Base(name), strings.Join(p.lines[max(0, len(p.lines)-30):], "\n"))
		}
	})
	return p
}

// find reads the log up to a line, and gives what the pattern's group finds there.
func (p *process) find(t *testing.T, want *regexp.Regexp) string {
	t.Helper()
	for line := range p.log {
		p.lines = append(p.lines, line)
		if m := want.FindStringSubmatch(line); m != nil {
			return m[1]
		}
	}
	t.Fatalf("the log ended without %s", want)
	return ""
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(time.Minute); !ok(); <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("not within a minute: %s", what)
		}
	}
}

func answers(t *testing.T, address string) bool {
	t.Helper()
	resp, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

func get(t *testing.T, address string, v any) {
	t.Helper()
	resp, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(v); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", address, resp.Status, err)
	}
}

// series is a name for labels, without those that a scrape adds and empty ones.
func series(labels map[string]string) string {
	var out []string
	for k, v := range labels {
		if v != "" && k != "__name__" && k != "job" && k != "instance" {
			out = append(out, k+"="+v)
		}
	}
	slices.Sort(out)
	return labels["__name__"] + "{" + strings.Join(out, ",") + "}"
}

var (
	sample = regexp.MustCompile(`(?m)^(\w+)\{(.*)\} (\S+)$`)
	label  = regexp.MustCompile(`(\w+)="((?:[^"\\]|\\.)*)"`)
)

// counters are the samples of an exposition by their series.
func counters(t *testing.T, address string) map[string]float64 {
	t.Helper()
	resp, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]float64{}
	for _, m := range sample.FindAllStringSubmatch(string(text), -1) {
		labels := map[string]string{"__name__": m[1]}
		for _, l := range label.FindAllStringSubmatch(m[2], -1) {
			labels[l[1]] = l[2]
		}
		if out[series(labels)], err = strconv.ParseFloat(m[3], 64); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func sum(samples map[string]float64, prefix string) float64 {
	total := 0.0
	for k, v := range samples {
		if strings.HasPrefix(k, prefix) {
			total += v
		}
	}
	return total
}
