package deploy

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

// compose reads docker-compose.yml as docker compose does: variables, schema, references.
func compose(t *testing.T, env []string, profiles ...string) *types.Project {
	t.Helper()
	o, err := cli.NewProjectOptions([]string{filepath.Join(root, "docker-compose.yml")}, cli.WithEnv(env), cli.WithProfiles(profiles))
	if err != nil {
		t.Fatal(err)
	}
	p, err := o.LoadProject(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestComposeProfiles(t *testing.T) {
	always := []string{"alertmanager", "exporter", "grafana", "prometheus", "secrets"}
	if got := slices.Sorted(maps.Keys(compose(t, nil).Services)); !slices.Equal(got, always) {
		t.Errorf("without a profile there are %q, want %q", got, always)
	}
	all := slices.Sorted(slices.Values(append(always, "backfill", "history", "openmetrics", "traffic")))
	if got := slices.Sorted(maps.Keys(compose(t, nil, "demo").Services)); !slices.Equal(got, all) {
		t.Errorf("the demo has %q, want %q", got, all)
	}
}

// What each of the demo needs stands before it begins; without the demo the others begin
// all the same.
func TestComposeOrder(t *testing.T) {
	p := compose(t, nil, "demo")
	for _, c := range []struct {
		service, after string
		required       bool
	}{
		{"exporter", "secrets", true}, {"grafana", "secrets", true}, {"history", "secrets", true},
		{"openmetrics", "history", true}, {"backfill", "openmetrics", true},
		{"exporter", "openmetrics", false}, {"prometheus", "backfill", false},
	} {
		d, ok := p.Services[c.service].DependsOn[c.after]
		if !ok || d.Condition != types.ServiceConditionCompletedSuccessfully || d.Required != c.required {
			t.Errorf("%s after %s: %+v, want the end of it, required %v", c.service, c.after, d, c.required)
		}
		if ended := p.Services[c.after]; ended.Restart != "no" {
			t.Errorf("%s is waited for to end and has restart %q", c.after, ended.Restart)
		}
	}
	if _, ok := p.Services["traffic"].DependsOn["exporter"]; !ok {
		t.Error("traffic begins before the exporter")
	}
}

func TestComposeHardened(t *testing.T) {
	pinned := regexp.MustCompile(`^[a-z/-]+:v?\d+\.\d+\.\d+$`)
	for name, s := range compose(t, nil, "demo").Services {
		if !s.ReadOnly || !slices.Equal(s.CapDrop, []string{"ALL"}) || len(s.CapAdd) > 0 || s.Privileged || !slices.Contains(s.SecurityOpt, "no-new-privileges:true") {
			t.Errorf("%s may do more than it has to: read_only %v, cap_drop %q, cap_add %q, security_opt %q", name, s.ReadOnly, s.CapDrop, s.CapAdd, s.SecurityOpt)
		}
		if s.User != "" {
			t.Errorf("%s does not run as its image's user but as %s", name, s.User)
		}
		if s.Build == nil && !pinned.MatchString(s.Image) {
			t.Errorf("%s: the image %s is not pinned", name, s.Image)
		}
		for _, port := range s.Ports {
			if port.HostIP != "127.0.0.1" {
				t.Errorf("%s publishes %d on %q", name, port.Target, port.HostIP)
			}
		}
	}
}

func TestComposeMounts(t *testing.T) {
	base, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, language := range []string{"en", "pt"} {
		for name, s := range compose(t, []string{"HELPDESK_LANGUAGE=" + language}, "demo").Services {
			if s.Build != nil {
				if _, err := os.Stat(filepath.Join(s.Build.Context, s.Build.Dockerfile)); err != nil || s.Build.Context != base {
					t.Errorf("%s is built of %s: %v", name, s.Build.Context, err)
				}
			}
			for _, v := range s.Volumes {
				if v.Type != types.VolumeTypeBind {
					continue
				}
				path, err := filepath.Rel(base, v.Source)
				if err != nil || strings.HasPrefix(path, "..") {
					t.Errorf("%s mounts %s, which is not of the repository", name, v.Source)
				}
				if !v.ReadOnly {
					t.Errorf("%s may write to %s", name, path)
				}
				info, err := os.Stat(v.Source)
				switch {
				case err != nil:
					t.Errorf("%s: %v", name, err)
				case info.IsDir() != (filepath.Ext(v.Target) == ""):
					t.Errorf("%s mounts %s at %s: one is a folder and the other is not", name, path, v.Target)
				}
			}
		}
	}
}

// What a script of a service names is mounted there.
func TestComposeVolumes(t *testing.T) {
	path := regexp.MustCompile(`/(?:data|secrets|backfill|prometheus)\b`)
	p := compose(t, nil, "demo")
	for name, s := range p.Services {
		for _, word := range slices.Concat([]string(s.Entrypoint), []string(s.Command)) {
			if strings.Contains(word, "/etc/prometheus/") {
				continue
			}
			for _, found := range path.FindAllString(word, -1) {
				if !slices.ContainsFunc(s.Volumes, func(v types.ServiceVolumeConfig) bool { return v.Target == found }) {
					t.Errorf("%s names %s, where nothing is mounted", name, found)
				}
			}
		}
		for _, v := range s.Volumes {
			if v.Type == types.VolumeTypeVolume && p.Volumes[v.Source].Name == "" {
				t.Errorf("%s: no volume %s", name, v.Source)
			}
			// The configuration names these paths.
			if v.Target == "/secrets" && v.Source != "secrets" || v.Target == "/data" && v.Source != "journal" {
				t.Errorf("%s has %s at %s", name, v.Source, v.Target)
			}
		}
	}
}
