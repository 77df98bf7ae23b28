// Package dashboards_test looks at the dashboards as they are committed: rules
// like those of github.com/grafana/dashboard-linter, and that everything they
// speak of exists. That their queries give data is shown in internal/stack.
package dashboards_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/api"
	"github.com/helpdesk-exporter/helpdesk-exporter/grafana-plugin/pkg/frames"
)

type dashboard struct {
	UID, Title, Description, Timezone, Refresh string
	SchemaVersion                              int
	Editable                                   bool
	Tags                                       []string
	Panels                                     []panel
	Templating                                 struct{ List []variable }
	Annotations                                struct{ List []annotation }
	Links                                      []link
}

type panel struct {
	ID                       int
	Type, Title, Description string
	Datasource               datasource
	Targets                  []target
	Panels                   []panel
	Links                    []link
	GridPos                  struct{ X, Y, W, H int }
	FieldConfig              struct {
		Defaults struct {
			Unit     string
			Mappings []any
		}
		Overrides []struct {
			Matcher struct {
				ID      string
				Options any
			}
			Properties []struct {
				ID    string
				Value any
			}
		}
	}
}

type target struct {
	RefID, Expr, LegendFormat, QueryType, Interval string
	Datasource                                     datasource
	Instant, Exemplar                              bool
}

type datasource struct{ Type, UID string }

type link struct{ Title, URL, Type string }

type variable struct {
	Name, Label, Type, AllValue, Definition string
	Refresh                                 int
	IncludeAll, Multi                       bool
	Query                                   any
}

type annotation struct {
	Name, Expr string
	Datasource datasource
}

// read gives the dashboards of a language by name.
func read(t *testing.T, language string) map[string]dashboard {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(language, "*.json"))
	if err != nil || len(files) != 8 {
		t.Fatalf("%q, %v", files, err)
	}
	out := map[string]dashboard{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var d dashboard
		if err := json.Unmarshal(b, &d); err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		out[strings.TrimSuffix(filepath.Base(f), ".json")] = d
	}
	return out
}

// panels are all that show something; rows do not.
func (d dashboard) panels() (out []panel) {
	for _, p := range d.Panels {
		out = append(out, p.Panels...)
		if p.Type != "row" {
			out = append(out, p)
		}
	}
	return out
}

var languages = []string{"en", "pt"}

func TestDashboards(t *testing.T) {
	for _, language := range languages {
		uids := map[string]bool{}
		for name, d := range read(t, language) {
			t.Run(language+"/"+name, func(t *testing.T) {
				if d.UID != "helpdesk-"+name || uids[d.UID] || d.Title == "" || d.Description == "" || d.SchemaVersion != 42 || d.Editable || !slices.Equal(d.Tags, []string{"helpdesk", language}) || d.Refresh == "" {
					t.Errorf("uid %q, title %q, description %q, schema %d, editable %v, tags %q, refresh %q", d.UID, d.Title, d.Description, d.SchemaVersion, d.Editable, d.Tags, d.Refresh)
				}
				uids[d.UID] = true
				d.checkVariables(t)
				for _, p := range d.panels() {
					t.Run(p.Title, func(t *testing.T) { p.check(t) })
				}
				if len(d.Annotations.List) < 2 {
					t.Error("alerts and loads of the configuration are no annotations")
				}
			})
		}
	}
}

func (d dashboard) checkVariables(t *testing.T) {
	t.Helper()
	names := map[string]bool{}
	for _, v := range d.Templating.List {
		names[v.Name] = true
		if v.Label == "" {
			t.Errorf("variable %s has no label", v.Name)
		}
		if v.Type == "query" && (v.Refresh != 2 || !v.Multi || !v.IncludeAll || v.AllValue != ".*") {
			t.Errorf("variable %s: refresh %d, multi %v, all %v %q", v.Name, v.Refresh, v.Multi, v.IncludeAll, v.AllValue)
		}
	}
	// The exporter names itself by instance; job is fixed by deploy/prometheus.
	for _, n := range []string{"datasource", "transcripts"} {
		if !names[n] {
			t.Errorf("no variable %s", n)
		}
	}
	used := regexp.MustCompile(`\$\{?([a-z_]+)`)
	for _, p := range d.panels() {
		for _, q := range p.Targets {
			for _, m := range used.FindAllStringSubmatch(q.Expr, -1) {
				if !names[m[1]] && !strings.HasPrefix(m[1], "__") {
					t.Errorf("%s uses $%s, which there is not", p.Title, m[1])
				}
			}
		}
	}
}

func (p panel) check(t *testing.T) {
	if p.Title == "" || p.Description == "" || p.GridPos.W == 0 || p.GridPos.H == 0 {
		t.Errorf("title %q, description %q, %+v", p.Title, p.Description, p.GridPos)
	}
	if len(p.Targets) == 0 {
		t.Error("it asks nothing")
	}
	if slices.Contains([]string{"stat", "gauge", "table", "timeseries", "bargauge", "barchart"}, p.Type) && p.FieldConfig.Defaults.Unit == "" && len(p.FieldConfig.Defaults.Mappings) == 0 {
		t.Error("no unit")
	}
	refs := map[string]bool{}
	for _, q := range p.Targets {
		if refs[q.RefID] || q.RefID == "" {
			t.Errorf("refId %q", q.RefID)
		}
		refs[q.RefID] = true
		if q.Datasource.UID != "${datasource}" && q.Datasource.UID != "${transcripts}" {
			t.Errorf("data source %q", q.Datasource.UID)
		}
		if q.Datasource.UID == "${datasource}" {
			checkExpression(t, q.Expr)
		}
	}
}

var (
	ranges   = regexp.MustCompile(`\b(rate|irate|increase)\(([^()]*(?:\([^()]*\)[^()]*)*)\[([^\]]+)\]`)
	counter  = regexp.MustCompile(`helpdesk_[a-z0-9_]*_total\{[^}]*\}`)
	allowed  = []string{"$__rate_interval", "$__range", "1m", "1h", "1d"}
	averages = regexp.MustCompile(`avg[^(]*\([^)]*_ratio\b`)
)

func checkExpression(t *testing.T, expr string) {
	t.Helper()
	for _, m := range ranges.FindAllStringSubmatch(expr, -1) {
		if m[1] == "rate" && m[3] != "$__rate_interval" && m[3] != "$__range" && m[3] != "1m" || !slices.Contains(allowed, m[3]) {
			t.Errorf("%s over %s in %s", m[1], m[3], expr)
		}
	}
	if averages.MatchString(expr) {
		t.Errorf("a mean of ratios: %s", expr)
	}
	// A counter stands in a function, or is subtracted from its value at the
	// beginning (queries.ts, counted).
	rest := ranges.ReplaceAllString(expr, "")
	for _, c := range counter.FindAllString(rest, -1) {
		if !strings.Contains(expr, c+"[1h] @ ${__from:date:seconds}") {
			t.Errorf("a bare counter %s in %s", c, expr)
		}
	}
}

// Dashboards of another language differ in their words only.
func TestLanguagesAgree(t *testing.T) {
	strip := func(d dashboard) (out []string) {
		for _, p := range d.panels() {
			for _, q := range p.Targets {
				out = append(out, p.Type, q.Expr, q.QueryType)
			}
		}
		return out
	}
	en, pt := read(t, "en"), read(t, "pt")
	for name := range en {
		if !slices.Equal(strip(en[name]), strip(pt[name])) {
			t.Errorf("%s asks something else in Portuguese", name)
		}
		for i, p := range pt[name].panels() {
			if e := en[name].panels()[i]; p.Description == e.Description {
				t.Errorf("%s, %q has the English description", name, p.Title)
			}
		}
	}
}

// The data source titles its columns in English; other languages have words for
// each.
func TestColumnsAreTranslated(t *testing.T) {
	shown := map[string][]*data.Field{
		"conversations": frames.Conversations(nil, frames.Links{}).Fields,
		"escalations":   frames.Escalations(nil, time.Time{}, frames.Links{}).Fields,
		"audits":        frames.Audits(nil, frames.Links{}).Fields,
		"discrepancies": frames.Discrepancies(nil, frames.Links{}).Fields,
		"heatmap":       frames.Heatmap(api.Heatmap{}).Fields[:1],
	}
	same := []string{"csat"}
	seen := 0
	for name, d := range read(t, "pt") {
		for _, p := range d.panels() {
			if p.Type != "table" || p.Datasource.UID != "${transcripts}" {
				continue
			}
			words := map[any]any{}
			for _, o := range p.FieldConfig.Overrides {
				for _, set := range o.Properties {
					if o.Matcher.ID == "byName" && set.ID == "displayName" {
						words[o.Matcher.Options] = set.Value
					}
				}
			}
			for _, f := range shown[p.Targets[0].QueryType] {
				if seen++; words[f.Name] == nil && !slices.Contains(same, f.Name) {
					t.Errorf("%s, %q: no word for column %s", name, p.Title, f.Name)
				}
			}
		}
	}
	if seen < 50 {
		t.Errorf("%d columns", seen)
	}
}

// What panels speak of exists: metrics, headings of the runbook, dashboards.
func TestReferences(t *testing.T) {
	file := func(name string) string {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	docs, recorded, runbook := file("../docs/metrics.md"), file("../alerts/rules.yml"), file("../alerts/runbook.md")
	name := regexp.MustCompile(`(?:[a-z]+:)?helpdesk[a-z0-9_:]+|[a-z]+:[a-z0-9_:]+`)
	quoted := regexp.MustCompile(`"[^"]*"`)
	boards := read(t, "en")
	uids := map[string]bool{}
	for _, d := range boards {
		uids[d.UID] = true
	}
	for _, board := range slices.Sorted(maps.Keys(boards)) {
		for _, p := range boards[board].panels() {
			for _, q := range p.Targets {
				expr := quoted.ReplaceAllString(strings.ReplaceAll(q.Expr, "${__from:date:seconds}", ""), "")
				for _, m := range name.FindAllString(expr, -1) {
					base := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(m, "_bucket"), "_sum"), "_count")
					if !strings.Contains(docs, "`"+base+"`") && !strings.Contains(recorded, "record: "+m+"\n") {
						t.Errorf("%s, %q asks for %s, which there is not", board, p.Title, m)
					}
				}
			}
			for _, l := range p.Links {
				if _, heading, found := strings.Cut(l.URL, "runbook.md#"); found && !strings.Contains(strings.ToLower(runbook), "## "+heading+"\n") {
					t.Errorf("%s, %q leads to %s, which the runbook has not", board, p.Title, heading)
				}
			}
			b, err := json.Marshal(p)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range regexp.MustCompile(`/d/([a-z-]+)`).FindAllStringSubmatch(string(b), -1) {
				if !uids[m[1]] {
					t.Errorf("%s, %q leads to the dashboard %s", board, p.Title, m[1])
				}
			}
		}
	}
}
