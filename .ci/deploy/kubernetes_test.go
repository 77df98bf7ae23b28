package deploy

import (
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

var update = flag.Bool("update", false, "write deploy/kubernetes/base/prometheusrule.yaml anew")

// manifests are what a kustomization makes, each object in its own type.
type manifests struct {
	set      apps.StatefulSet
	config   core.ConfigMap
	metrics  core.Service
	webhooks core.Service
	network  networking.NetworkPolicy
	pods     monitoring.PodMonitor
	rules    monitoring.PrometheusRule
}

// kustomize builds a folder as kubectl does, and decodes each object strictly: a key that
// the API does not have is an error.
func kustomize(t *testing.T, dir string) manifests {
	t.Helper()
	made, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), filepath.Join(root, dir))
	if err != nil {
		t.Fatal(err)
	}
	var m manifests
	into := map[string]runtime.Object{
		"apps/v1 StatefulSet": &m.set, "v1 ConfigMap": &m.config, "v1 Service helpdesk-exporter": &m.metrics, "v1 Service helpdesk-exporter-webhooks": &m.webhooks,
		"networking.k8s.io/v1 NetworkPolicy": &m.network, "monitoring.coreos.com/v1 PodMonitor": &m.pods, "monitoring.coreos.com/v1 PrometheusRule": &m.rules,
	}
	for _, r := range made.Resources() {
		kind := r.GetApiVersion() + " " + r.GetKind()
		if r.GetKind() == "Service" {
			kind += " " + r.GetName()
		}
		v, ok := into[kind]
		if !ok {
			t.Errorf("%s makes a %s that is not expected, or two of them", dir, kind)
			continue
		}
		delete(into, kind)
		text, err := r.AsYAML()
		if err != nil {
			t.Fatal(err)
		}
		if err := yaml.UnmarshalStrict(text, v); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
	if len(into) > 0 {
		t.Errorf("%s does not make %v", dir, reflect.ValueOf(into).MapKeys())
	}
	return m
}

func TestKubernetes(t *testing.T) {
	for dir, namespace := range map[string]string{"deploy/kubernetes/base": "", "deploy/kubernetes/example": "helpdesk"} {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			m := kustomize(t, dir)
			for _, o := range []interface {
				GetNamespace() string
				GetName() string
				GetLabels() map[string]string
			}{&m.set, &m.config, &m.metrics, &m.webhooks, &m.network, &m.pods, &m.rules} {
				if o.GetNamespace() != namespace || o.GetLabels()["app.kubernetes.io/name"] != "helpdesk-exporter" {
					t.Errorf("%s is in namespace %q with labels %v", o.GetName(), o.GetNamespace(), o.GetLabels())
				}
			}
			checkPod(t, m)
			checkSelectors(t, m)
			checkMonitoring(t, m)
		})
	}
}

// checkPod: one writer, no rights, and probes that wait for a replay.
func checkPod(t *testing.T, m manifests) {
	t.Helper()
	s := m.set.Spec
	if s.Replicas == nil || *s.Replicas != 1 || s.ServiceName != m.metrics.Name || m.metrics.Spec.ClusterIP != core.ClusterIPNone {
		t.Errorf("replicas %v, service %q of cluster IP %q", s.Replicas, s.ServiceName, m.metrics.Spec.ClusterIP)
	}
	p := s.Template.Spec
	if p.AutomountServiceAccountToken == nil || *p.AutomountServiceAccountToken || *p.TerminationGracePeriodSeconds <= 120 {
		t.Error("the pod has a token of the API, or less than two minutes to end")
	}
	sc := p.SecurityContext
	if !*sc.RunAsNonRoot || *sc.RunAsUser != 65532 || *sc.FSGroup != 65532 || *sc.FSGroupChangePolicy != core.FSGroupChangeOnRootMismatch || sc.SeccompProfile.Type != core.SeccompProfileTypeRuntimeDefault {
		t.Errorf("the pod's security: %+v", sc)
	}
	if len(p.Containers) != 1 || len(p.InitContainers) != 0 {
		t.Fatalf("%d containers", len(p.Containers))
	}
	c := p.Containers[0]
	if cs := c.SecurityContext; *cs.AllowPrivilegeEscalation || !*cs.ReadOnlyRootFilesystem || !slices.Equal(cs.Capabilities.Drop, []core.Capability{"ALL"}) || cs.Privileged != nil {
		t.Errorf("the container's security: %+v", cs)
	}
	if name, tag, ok := strings.Cut(c.Image, ":"); !ok || tag == "latest" || !strings.HasSuffix(name, "helpdesk-exporter") {
		t.Errorf("the image %s is not pinned", c.Image)
	}
	if got := c.StartupProbe; got.HTTPGet.Path != "/-/healthy" || got.PeriodSeconds*got.FailureThreshold < 1800 {
		t.Errorf("startup: %+v", got)
	}
	if c.LivenessProbe.HTTPGet.Path != "/-/healthy" || c.ReadinessProbe.HTTPGet.Path != "/-/ready" {
		t.Errorf("alive by %s, ready by %s", c.LivenessProbe.HTTPGet.Path, c.ReadinessProbe.HTTPGet.Path)
	}
	for _, probe := range []*core.Probe{c.StartupProbe, c.LivenessProbe, c.ReadinessProbe} {
		if probe.HTTPGet.Port.StrVal != "metrics" {
			t.Errorf("a probe asks port %s", probe.HTTPGet.Port.String())
		}
	}
	if c.Resources.Requests.Memory().IsZero() || c.Resources.Limits.Memory().IsZero() || c.Resources.Requests.Cpu().IsZero() {
		t.Errorf("resources: %+v", c.Resources)
	}
	// The journal is below the volume, and smaller.
	claim := s.VolumeClaimTemplates[0]
	mounts := map[string]string{}
	for _, v := range c.VolumeMounts {
		mounts[v.Name] = v.MountPath
	}
	if mounts[claim.Name] != "/data" || !slices.Contains(c.Args, "--journal.dir=/data/journal") || claim.Spec.Resources.Requests.Storage().Value() <= 8589934592 || !slices.Contains(c.Args, "--journal.max-bytes=8589934592") {
		t.Errorf("the journal: mounts %v, %q, %s", mounts, c.Args, claim.Spec.Resources.Requests.Storage())
	}
	if out := run(t, nil, exporter(t), append(slices.Clone(c.Args), "--help")...); !strings.Contains(out, "--journal.max-bytes") {
		t.Errorf("%q says\n%s", c.Args, out)
	}
	// The configuration and the secrets beside it.
	sources := p.Volumes[0].Projected.Sources
	if *p.Volumes[0].Projected.DefaultMode != 0o440 || len(sources) != 2 || sources[0].ConfigMap.Name != m.config.Name || sources[1].Secret.Name != "helpdesk-exporter" {
		t.Errorf("the configuration is mounted as %+v, the map is %s", p.Volumes[0].Projected, m.config.Name)
	}
	if m.config.Name == "helpdesk-exporter" {
		t.Error("the map's name does not change with its content")
	}
	ports := map[string]int32{}
	for _, port := range c.Ports {
		ports[port.Name] = port.ContainerPort
	}
	if len(ports) != 2 || ports["metrics"] != 9841 || ports["webhooks"] != 9842 {
		t.Errorf("ports %v", ports)
	}
}

// checkSelectors: whatever selects the pod finds it.
func checkSelectors(t *testing.T, m manifests) {
	t.Helper()
	labels := m.set.Spec.Template.Labels
	for what, selector := range map[string]map[string]string{
		"the set": m.set.Spec.Selector.MatchLabels, "the service of metrics": m.metrics.Spec.Selector, "the service of webhooks": m.webhooks.Spec.Selector,
		"the network policy": m.network.Spec.PodSelector.MatchLabels, "the monitor": m.pods.Spec.Selector.MatchLabels,
	} {
		if len(selector) == 0 {
			t.Errorf("%s selects everything", what)
		}
		for k, v := range selector {
			if labels[k] != v {
				t.Errorf("%s wants %s=%s, the pod has %v", what, k, v, labels)
			}
		}
	}
	for _, s := range []struct {
		core.Service
		port int32
		name string
	}{{m.metrics, 9841, "metrics"}, {m.webhooks, 9842, "webhooks"}} {
		if len(s.Spec.Ports) != 1 || s.Spec.Ports[0].Port != s.port || s.Spec.Ports[0].TargetPort.StrVal != s.name {
			t.Errorf("%s has ports %+v", s.Name, s.Spec.Ports)
		}
	}
	// Metrics are for those who are named, webhooks for everybody.
	in := m.network.Spec.Ingress
	if len(in) != 2 || in[0].Ports[0].Port.StrVal != "webhooks" || len(in[0].From) != 0 || in[1].Ports[0].Port.StrVal != "metrics" || len(in[1].From) == 0 {
		t.Errorf("who comes in: %+v", in)
	}
}

func checkMonitoring(t *testing.T, m manifests) {
	t.Helper()
	p := m.pods.Spec
	if p.ScrapeNativeHistograms == nil || !*p.ScrapeNativeHistograms || p.ScrapeClassicHistograms == nil || !*p.ScrapeClassicHistograms {
		t.Error("both forms of histograms are to be scraped")
	}
	// The label that alerts name.
	if job := m.set.Spec.Template.Labels[p.JobLabel]; job != "helpdesk-exporter" || !strings.Contains(string(read(t, "deploy/prometheus/prometheus.yml")), "job_name: "+job+"\n") {
		t.Errorf("the job is %q", job)
	}
	if e := p.PodMetricsEndpoints; len(e) != 1 || e[0].Port == nil || *e[0].Port != "metrics" || e[0].FilterRunning != nil {
		t.Errorf("endpoints %+v", e)
	}
	n := 0
	for _, g := range m.rules.Spec.Groups {
		n += len(g.Rules)
	}
	if n < 50 {
		t.Errorf("there are %d rules only", n)
	}
}

const ruleHead = `# Made of alerts/rules.yml and alerts/alerts.yml by make golden: change those.
# Links in the annotations want the external labels grafana_url and alertmanager_url of the
# Prometheus object.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: helpdesk-exporter
spec:
  groups:
`

// The rules of the cluster are those of alerts, word for word.
func TestPrometheusRule(t *testing.T) {
	var want strings.Builder
	want.WriteString(ruleHead)
	for _, name := range []string{"rules.yml", "alerts.yml"} {
		_, groups, found := strings.Cut(string(read(t, "alerts", name)), "\ngroups:\n")
		if !found {
			t.Fatalf("alerts/%s has no groups", name)
		}
		for line := range strings.Lines(groups) {
			if strings.TrimSpace(line) != "" {
				want.WriteString("  ")
			}
			want.WriteString(line)
		}
	}
	path := filepath.Join(root, "deploy/kubernetes/base/prometheusrule.yaml")
	if *update {
		if err := os.WriteFile(path, []byte(want.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != want.String() {
		t.Errorf("prometheusrule.yaml is not what alerts has (%v): run make golden", err)
	}
	var made monitoring.PrometheusRule
	if err := yaml.UnmarshalStrict([]byte(want.String()), &made); err != nil {
		t.Fatal(err)
	}
	// What the operator makes of it is what Prometheus is given elsewhere.
	var groups []monitoring.RuleGroup
	for _, name := range []string{"rules.yml", "alerts.yml"} {
		var f struct {
			Groups []monitoring.RuleGroup `json:"groups"`
		}
		if err := yaml.UnmarshalStrict(read(t, "alerts", name), &f); err != nil {
			t.Fatal(err)
		}
		groups = append(groups, f.Groups...)
	}
	if !reflect.DeepEqual(made.Spec.Groups, groups) {
		t.Error("the object holds other rules than alerts")
	}
}

// No secret of the repository is one that an exporter takes.
func TestKubernetesSecret(t *testing.T) {
	var s core.Secret
	if err := yaml.UnmarshalStrict(read(t, "deploy/kubernetes/example/secret.example.yaml"), &s); err != nil {
		t.Fatal(err)
	}
	if s.Name != "helpdesk-exporter" || len(s.Data) > 0 || len(s.StringData) == 0 {
		t.Errorf("%s with %d and %d values", s.Name, len(s.Data), len(s.StringData))
	}
	for k, v := range s.StringData {
		if v != "" {
			t.Errorf("%s has a value", k)
		}
	}
	// The configurations name what it holds, and are right with secrets in it.
	for _, name := range []string{"base", "example"} {
		dir := t.TempDir()
		text := read(t, "deploy/kubernetes", name, "helpdesk-exporter.yml")
		if err := os.WriteFile(filepath.Join(dir, "helpdesk-exporter.yml"), text, 0o600); err != nil {
			t.Fatal(err)
		}
		keys := []string{"webhook-token", "api-token"}
		if name == "example" {
			keys = nil
			for k := range s.StringData {
				keys = append(keys, k)
			}
		}
		for _, k := range keys {
			if err := os.WriteFile(filepath.Join(dir, k), []byte(strings.Repeat("0123456789abcdef", 4)), 0o600); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(text), "_file: "+k+"\n") {
				t.Errorf("%s does not name %s", name, k)
			}
		}
		run(t, nil, exporter(t), "check-config", filepath.Join(dir, "helpdesk-exporter.yml"))
	}
}
