// Package stack runs the exporter with a real Prometheus, Alertmanager and, where
// there is one, Grafana on this machine's loopback, from the very files that the
// containers use: deploy/, alerts/, dashboards/. It is for trying things out and
// for tests; it is not how a helpdesk is run.
package stack

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/helpdesk-exporter/helpdesk-exporter/internal/tools"
)

// Options of a stack. Root, Dir and Exporter are needed.
type Options struct {
	// Root of the repository, whose configurations are used.
	Root string
	// Dir holds data and logs of everything.
	Dir string
	// Exporter is the program.
	Exporter string
	// Config of the exporter [deploy/helpdesk-exporter.yml]. Paths in it
	// below /secrets are those of files made in Dir.
	Config string
	// AlertmanagerConfig [deploy/alertmanager/alertmanager.yml].
	AlertmanagerConfig string
	// Ports that are taken if they are free; 0 is any.
	WebPort, WebhookPort, PrometheusPort, AlertmanagerPort, GrafanaPort int
	// GrafanaHome names an installation of Grafana; "" is none.
	GrafanaHome string
	// Language of the dashboards [en].
	Language string
	// Out gets a line for each step.
	Out io.Writer
}

// Stack is what runs.
type Stack struct {
	Options
	// URLs of what runs. GrafanaURL is "" where there is none.
	WebURL, WebhookURL, PrometheusURL, AlertmanagerURL, GrafanaURL string
	// GrafanaPassword of the user admin.
	GrafanaPassword string

	web, webhook, prometheus, alertmanager, grafana string
	group                                           group
}

// New prepares a stack: addresses, secrets and configurations.
func New(o Options) (*Stack, error) {
	if o.Config == "" {
		o.Config = filepath.Join(o.Root, "deploy", "helpdesk-exporter.yml")
	}
	if o.AlertmanagerConfig == "" {
		o.AlertmanagerConfig = filepath.Join(o.Root, "deploy", "alertmanager", "alertmanager.yml")
	}
	if o.Language == "" {
		o.Language = "en"
	}
	if o.Out == nil {
		o.Out = io.Discard
	}
	s := &Stack{Options: o}
	for _, a := range []struct {
		port int
		to   *string
		url  *string
	}{
		{o.WebPort, &s.web, &s.WebURL}, {o.WebhookPort, &s.webhook, &s.WebhookURL}, {o.PrometheusPort, &s.prometheus, &s.PrometheusURL},
		{o.AlertmanagerPort, &s.alertmanager, &s.AlertmanagerURL}, {o.GrafanaPort, &s.grafana, &s.GrafanaURL},
	} {
		var err error
		if *a.to, err = address(a.port); err != nil {
			return nil, err
		}
		*a.url = "http://" + *a.to
	}
	if o.GrafanaHome == "" {
		s.GrafanaURL = ""
	}
	for _, d := range []string{"secrets", "prometheus", "alertmanager", "openmetrics", "rules", "grafana"} {
		if err := os.MkdirAll(filepath.Join(o.Dir, d), 0o700); err != nil {
			return nil, err
		}
	}
	for _, name := range []string{"webhook-token", "api-token", "grafana-password"} {
		if err := makeSecret(filepath.Join(o.Dir, "secrets", name)); err != nil {
			return nil, err
		}
	}
	password, err := os.ReadFile(filepath.Join(o.Dir, "secrets", "grafana-password"))
	if err != nil {
		return nil, err
	}
	s.GrafanaPassword = string(password)
	// The containers' paths and addresses are those of this machine here.
	if err := s.rewrite(o.Config, "exporter.yml", "/secrets/", filepath.Join(o.Dir, "secrets")+"/"); err != nil {
		return nil, err
	}
	grafana := strings.NewReplacer("${HELPDESK_GRAFANA_PUBLIC_URL}", s.publicGrafana(), "${HELPDESK_ALERTMANAGER_PUBLIC_URL}", s.AlertmanagerURL)
	return s, s.rewrite(filepath.Join(o.Root, "deploy", "prometheus", "prometheus.yml"), "prometheus.yml",
		"/etc/prometheus/rules", filepath.Join(o.Root, "alerts"), "/*.yml", "/rules.yml\n  - "+filepath.Join(o.Root, "alerts", "alerts.yml"),
		"exporter:9841", s.web, "localhost:9090", s.prometheus, "alertmanager:9093", s.alertmanager, "grafana:3000", s.grafana,
		"${HELPDESK_GRAFANA_PUBLIC_URL}", grafana.Replace("${HELPDESK_GRAFANA_PUBLIC_URL}"), "${HELPDESK_ALERTMANAGER_PUBLIC_URL}", s.AlertmanagerURL)
}

// publicGrafana is where alerts link to, whether it runs or not.
func (s *Stack) publicGrafana() string { return "http://" + s.grafana }

func makeSecret(file string) error {
	if _, err := os.Stat(file); err == nil {
		return nil
	}
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return os.WriteFile(file, []byte(hex.EncodeToString(b[:])), 0o600)
}

// rewrite copies a file into Dir with words replaced.
func (s *Stack) rewrite(from, to string, words ...string) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(s.Dir, to), []byte(strings.NewReplacer(words...).Replace(string(b))), 0o600)
}

func (s *Stack) path(name ...string) string {
	return filepath.Join(append([]string{s.Dir}, name...)...)
}

// History gives exporter and Prometheus a past: an exporter lives through the
// simulated time before now, its metrics are written down, and blocks are made
// of them.
func (s *Stack) History(ctx context.Context, past time.Duration, rate float64) error {
	done := s.path("history")
	if _, err := os.Stat(done); err == nil {
		return nil // of an earlier run
	}
	// Of a run that was ended before: a journal without blocks, or some of them.
	for _, d := range []string{"journal", "openmetrics", "prometheus"} {
		if err := errors.Join(os.RemoveAll(s.path(d)), os.MkdirAll(s.path(d), 0o700)); err != nil {
			return err
		}
	}
	began := time.Now()
	fmt.Fprintf(s.Out, "A helpdesk lives through %s before now.\n", past)
	if err := s.run(ctx, s.Exporter, "simulate", "--past="+past.String(), fmt.Sprintf("--rate=%g", rate), "--config.file="+s.path("exporter.yml"),
		"--source=helpdesk", "--journal.dir="+s.path("journal")); err != nil {
		return err
	}
	fmt.Fprintf(s.Out, "Its metrics become Prometheus' history (%s so far).\n", time.Since(began).Round(time.Second))
	if err := s.blocks(ctx); err != nil {
		return err
	}
	if err := os.WriteFile(done, nil, 0o600); err != nil {
		return err
	}
	fmt.Fprintf(s.Out, "Everything has a history after %s.\n", time.Since(began).Round(time.Second))
	return nil
}

// blocks replays the journal and makes blocks of each file that replay has
// written while it goes on.
func (s *Stack) blocks(ctx context.Context) error {
	promtool, err := tools.Path("promtool")
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	written := make(chan struct{})
	group.Go(func() error {
		defer close(written)
		return s.run(ctx, s.Exporter, "replay", "--journal.dir="+s.path("journal"), "--openmetrics="+s.path("openmetrics"),
			"--step=5m", "--coarse-step=15m", "--instance="+s.web)
	})
	group.Go(func() error {
		for last := false; ; {
			files, err := filepath.Glob(s.path("openmetrics", "*.om"))
			if err != nil || last && len(files) == 0 {
				return err
			}
			for _, f := range files {
				if err := s.run(ctx, promtool, "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=24h", f, s.path("prometheus")); err != nil {
					return err
				}
				if err := os.Remove(f); err != nil {
					return err
				}
			}
			select {
			case <-written:
				last = true
			case <-time.After(200 * time.Millisecond):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	})
	return group.Wait()
}

// run runs a program to its end; what it says is told where it fails.
func (s *Stack) run(ctx context.Context, program string, args ...string) error {
	out, err := exec.CommandContext(ctx, program, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w\n%s", filepath.Base(program), args[0], err, out)
	}
	return nil
}

// Start runs everything but a helpdesk and waits until all of it answers. What
// was started is stopped by Stop, whatever Start says.
func (s *Stack) Start(ctx context.Context) error {
	prometheus, err := tools.Path("prometheus")
	if err != nil {
		return err
	}
	alertmanager, err := tools.Path("alertmanager")
	if err != nil {
		return err
	}
	if err := s.launch(ctx, "alertmanager", alertmanager, s.AlertmanagerURL+"/-/ready", nil,
		"--config.file="+s.AlertmanagerConfig, "--storage.path="+s.path("alertmanager"), "--cluster.listen-address=",
		"--web.listen-address="+s.alertmanager); err != nil {
		return err
	}
	if err := s.launch(ctx, "exporter", s.Exporter, s.WebURL+"/-/ready", nil,
		"serve", "--config.file="+s.path("exporter.yml"), "--journal.dir="+s.path("journal"),
		"--web.listen-address="+s.web, "--webhook.listen-address="+s.webhook); err != nil {
		return err
	}
	if err := s.launch(ctx, "prometheus", prometheus, s.PrometheusURL+"/-/ready", nil,
		"--config.file="+s.path("prometheus.yml"), "--storage.tsdb.path="+s.path("prometheus"), "--web.listen-address="+s.prometheus,
		"--enable-feature=exemplar-storage,created-timestamp-zero-ingestion"); err != nil {
		return err
	}
	if s.GrafanaHome == "" {
		return nil
	}
	return s.startGrafana(ctx)
}

func (s *Stack) startGrafana(ctx context.Context) error {
	dist := filepath.Join(s.Root, "grafana-plugin", "dist")
	if _, err := os.Stat(filepath.Join(dist, "module.js")); err != nil {
		return fmt.Errorf("the plugin is not built, `make plugin` does it: %w", err)
	}
	plugins := s.path("grafana", "plugins")
	if err := os.MkdirAll(plugins, 0o700); err != nil {
		return err
	}
	link := filepath.Join(plugins, "helpdesk-transcripts-datasource")
	if err := os.Symlink(dist, link); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	token, err := os.ReadFile(s.path("secrets", "api-token"))
	if err != nil {
		return err
	}
	host, port, _ := strings.Cut(s.grafana, ":")
	return s.launch(ctx, "grafana", filepath.Join(s.GrafanaHome, "bin", "grafana"), s.GrafanaURL+"/api/health", []string{
		"GF_PATHS_DATA=" + s.path("grafana", "data"), "GF_PATHS_LOGS=" + s.path("grafana", "logs"), "GF_PATHS_PLUGINS=" + plugins,
		"GF_PATHS_PROVISIONING=" + filepath.Join(s.Root, "deploy", "grafana", "provisioning"),
		"GF_SERVER_HTTP_ADDR=" + host, "GF_SERVER_HTTP_PORT=" + port,
		"GF_SECURITY_ADMIN_PASSWORD=" + s.GrafanaPassword,
		"GF_PLUGINS_ALLOW_LOADING_UNSIGNED_PLUGINS=helpdesk-transcripts-datasource", "GF_PLUGINS_PREINSTALL_DISABLED=true",
		"GF_ANALYTICS_REPORTING_ENABLED=false", "GF_ANALYTICS_CHECK_FOR_UPDATES=false", "GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES=false",
		"GF_LOG_LEVEL=warn",
		"HELPDESK_DASHBOARDS=" + filepath.Join(s.Root, "dashboards", s.Language), "HELPDESK_API_TOKEN=" + string(token),
		"HELPDESK_PROMETHEUS_URL=" + s.PrometheusURL, "HELPDESK_EXPORTER_URL=" + s.WebURL, "HELPDESK_ALERTMANAGER_URL=" + s.AlertmanagerURL,
	}, "server", "--homepath", s.GrafanaHome)
}

func (s *Stack) launch(ctx context.Context, name, program, url string, env []string, args ...string) error {
	p, err := start(s.Dir, name, program, env, args...)
	if err != nil {
		return err
	}
	s.group.add(p)
	return p.ready(ctx, url, 2*time.Minute)
}

// Traffic goes on with the simulation of History, in real time.
func (s *Stack) Traffic() error {
	p, err := start(s.Dir, "traffic", s.Exporter, nil, "simulate", "--continue="+s.path("journal", "simulation.json"),
		"--config.file="+s.path("exporter.yml"), "--source=helpdesk", "--url="+s.WebhookURL+"/webhooks/helpdesk")
	if err == nil {
		s.group.add(p)
	}
	return err
}

// Wait returns when ctx ends, or with an error when a program ends by itself.
func (s *Stack) Wait(ctx context.Context) error {
	ended := make(chan *process, len(s.group.all))
	for _, p := range s.group.all {
		go func() {
			<-p.exited
			ended <- p
		}()
	}
	select {
	case <-ctx.Done():
		return nil
	case p := <-ended:
		return fmt.Errorf("%s ended: %w; see %s", p.name, p.err, s.path(p.name+".log"))
	}
}

// Stop ends everything that was started.
func (s *Stack) Stop() { s.group.stop() }
