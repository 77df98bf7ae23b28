package deploy

import (
	"encoding/json"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// dataSources is Grafana's provisioning file, with the keys that there are.
type dataSources struct {
	APIVersion  int `yaml:"apiVersion"`
	Datasources []dataSource
}

type dataSource struct {
	Name, UID, Type, Access, URL string
	IsDefault                    bool `yaml:"isDefault"`
	Editable                     bool
	JSONData                     map[string]any    `yaml:"jsonData"`
	SecureJSONData               map[string]string `yaml:"secureJsonData"`
	Correlations                 []correlation
}

type correlation struct {
	TargetUID                string `yaml:"targetUID"`
	Label, Description, Type string
	Config                   struct {
		Field  string
		Target map[string]any
	}
}

func provisioned(t *testing.T) map[string]dataSource {
	t.Helper()
	var f dataSources
	strictly(t, read(t, "deploy/grafana/provisioning/datasources/helpdesk.yml"), &f)
	byUID := map[string]dataSource{}
	for _, d := range f.Datasources {
		byUID[d.UID] = d
	}
	if f.APIVersion != 1 || len(byUID) != 3 || len(f.Datasources) != 3 {
		t.Fatalf("version %d, %d data sources", f.APIVersion, len(f.Datasources))
	}
	return byUID
}

func TestDataSources(t *testing.T) {
	byUID := provisioned(t)
	for uid, want := range map[string]dataSource{
		"helpdesk-prometheus":   {Type: "prometheus", URL: "$HELPDESK_PROMETHEUS_URL", IsDefault: true},
		"helpdesk-transcripts":  {Type: "helpdesk-transcripts-datasource", URL: "$HELPDESK_EXPORTER_URL"},
		"helpdesk-alertmanager": {Type: "alertmanager", URL: "$HELPDESK_ALERTMANAGER_URL"},
	} {
		if d := byUID[uid]; d.Type != want.Type || d.URL != want.URL || d.IsDefault != want.IsDefault || d.Access != "proxy" || d.Editable {
			t.Errorf("%s is %+v", uid, d)
		}
	}
	if got := byUID["helpdesk-transcripts"].SecureJSONData; len(got) != 1 || got["token"] != "$HELPDESK_API_TOKEN" {
		t.Errorf("the token is %q", got)
	}
	p := byUID["helpdesk-prometheus"].JSONData
	if p["alertmanagerUid"] != "helpdesk-alertmanager" || p["timeInterval"] != "5s" {
		t.Errorf("Prometheus' settings are %v", p)
	}
}

// An exemplar leads to its transcript in two ways: beside the graph, and in Explore.
func TestExemplarLinks(t *testing.T) {
	p := provisioned(t)["helpdesk-prometheus"].JSONData
	text, err := json.Marshal(p["exemplarTraceIdDestinations"])
	if err != nil {
		t.Fatal(err)
	}
	var links []struct{ Name, DatasourceUID, URL, URLDisplayLabel string }
	if err := json.Unmarshal(text, &links); err != nil {
		t.Fatal(err)
	}
	if len(links) != 2 || links[0].DatasourceUID != "helpdesk-transcripts" || links[0].URL != "" || links[1].DatasourceUID != "" {
		t.Fatalf("%+v", links)
	}
	for _, l := range links {
		if l.Name != "conversation_id" || l.URLDisplayLabel == "" {
			t.Errorf("%+v", l)
		}
	}
	// As Grafana opens it: $$ is a dollar, and the variable is replaced.
	address, err := url.Parse(strings.ReplaceAll(strings.ReplaceAll(links[1].URL, "$$", "$"), "${__value.raw}", "pa1x182anwc2fm0n"))
	if err != nil {
		t.Fatal(err)
	}
	var panes map[string]struct {
		Datasource string
		Queries    []struct {
			RefID, QueryType, Conversation string
			Version                        int
		}
	}
	if err := json.Unmarshal([]byte(address.Query().Get("panes")), &panes); err != nil {
		t.Fatal(err)
	}
	pane := panes["a"]
	if address.Path != "/explore" || pane.Datasource != "helpdesk-transcripts" || len(pane.Queries) != 1 {
		t.Fatalf("%s: %+v", address.Path, panes)
	}
	if q := pane.Queries[0]; q.QueryType != "transcript" || q.Version != 1 || q.Conversation != "pa1x182anwc2fm0n" {
		t.Errorf("asks %+v", q)
	}
}

// Rows lead from conversations to figures and back; what they name is there.
func TestCorrelations(t *testing.T) {
	byUID := provisioned(t)
	frames := string(read(t, "grafana-plugin/pkg/frames/frames.go"))
	documented := string(read(t, "docs/metrics.md"))
	metric := regexp.MustCompile(`helpdesk_\w+`)
	variable := regexp.MustCompile(`\$\$\{(\w+)\}`)
	n := map[string]int{}
	for uid, d := range byUID {
		for _, c := range d.Correlations {
			n[uid]++
			if c.Type != "query" || c.Label == "" || c.Description == "" || byUID[c.TargetUID].UID == "" || c.TargetUID == uid {
				t.Errorf("%s: %+v", uid, c)
			}
			for _, v := range c.Config.Target {
				text, _ := v.(string)
				for _, found := range variable.FindAllStringSubmatch(text, -1) {
					if found[1] != c.Config.Field {
						t.Errorf("%s: %s is not the field %s", c.Label, found[1], c.Config.Field)
					}
				}
				if strings.Contains(variable.ReplaceAllString(text, ""), "$") {
					t.Errorf("%s: a single dollar is an environment variable: %s", c.Label, text)
				}
			}
			switch uid {
			case "helpdesk-transcripts":
				if !strings.Contains(frames, `{name: "`+c.Config.Field+`", `) {
					t.Errorf("no column %s in the tables of conversations", c.Config.Field)
				}
				expr, _ := c.Config.Target["expr"].(string)
				if !strings.Contains(expr, "$${"+c.Config.Field+"}") {
					t.Errorf("%s asks for everybody: %s", c.Label, expr)
				}
				for _, name := range metric.FindAllString(expr, -1) {
					if !strings.Contains(documented, "| `"+name+"` |") {
						t.Errorf("%s: there is no metric %s", c.Label, name)
					}
				}
			case "helpdesk-prometheus":
				if c.Config.Field != "conversation" || c.Config.Target["queryType"] != "transcript" || c.Config.Target["conversation"] != "$${conversation}" || c.Config.Target["version"] != 1 {
					t.Errorf("%+v", c)
				}
			}
		}
	}
	if n["helpdesk-transcripts"] != 2 || n["helpdesk-prometheus"] != 1 {
		t.Errorf("ways out of data sources: %v", n)
	}
}

func TestDashboardProvider(t *testing.T) {
	var f struct {
		APIVersion int `yaml:"apiVersion"`
		Providers  []struct {
			Name, Folder, Type    string
			FolderUID             string `yaml:"folderUid"`
			AllowUIUpdates        bool   `yaml:"allowUiUpdates"`
			DisableDeletion       bool   `yaml:"disableDeletion"`
			UpdateIntervalSeconds int    `yaml:"updateIntervalSeconds"`
			Options               struct {
				Path                      string
				FoldersFromFilesStructure bool `yaml:"foldersFromFilesStructure"`
			}
		}
	}
	strictly(t, read(t, "deploy/grafana/provisioning/dashboards/helpdesk.yml"), &f)
	if f.APIVersion != 1 || len(f.Providers) != 1 {
		t.Fatalf("%+v", f)
	}
	if p := f.Providers[0]; p.Type != "file" || p.AllowUIUpdates || p.Options.Path != "$HELPDESK_DASHBOARDS" {
		t.Errorf("%+v", p)
	}
}

// Whatever provisioning takes from the environment, compose puts there.
func TestGrafanaEnvironment(t *testing.T) {
	g := compose(t, nil).Services["grafana"]
	script := strings.Join(g.Command, "\n")
	variable := regexp.MustCompile(`(?:^|[^$])\$([A-Z_]+)`)
	wanted := map[string]bool{}
	for _, path := range []string{"datasources", "dashboards"} {
		for _, found := range variable.FindAllStringSubmatch(string(read(t, "deploy/grafana/provisioning", path, "helpdesk.yml")), -1) {
			wanted[found[1]] = true
		}
	}
	if names := slices.Sorted(maps.Keys(wanted)); len(names) != 5 {
		t.Errorf("provisioning wants %q", names)
	}
	mounted := map[string]bool{}
	for _, v := range g.Volumes {
		mounted[v.Target] = true
	}
	for name := range wanted {
		value := g.Environment[name]
		switch {
		case name == "HELPDESK_API_TOKEN":
			if !strings.Contains(script, "export HELPDESK_API_TOKEN") {
				t.Error("the token is not handed to Grafana")
			}
		case value == nil || *value == "":
			t.Errorf("%s is not set", name)
		case strings.HasPrefix(*value, "/") && !mounted[*value]:
			t.Errorf("%s is %s, where nothing is mounted", name, *value)
		}
	}
}
