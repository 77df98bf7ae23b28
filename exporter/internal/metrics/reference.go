package metrics

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

// sections of the definitions, by the first family that the table of measure
// has of them; the families up to the next one's belong to it.
var sections = []struct {
	number int
	title  string
	first  *measure.Family
}{
	{2, "First response", measure.FirstResponse},
	{3, "Waiting and every reply", measure.Response},
	{4, "Resolution", measure.Resolution},
	{5, "First contact resolution", measure.FCROutcomes24h},
	{6, "CSAT", measure.Surveys},
	{7, "Agents", measure.AgentStateSeconds},
	{8, "Bot", measure.BotConversations},
	{9, "What customers ask, how they feel, what is sent", measure.OpenedConversations},
	{10, "Quality, compliance, the line itself", measure.Contacts},
	{1, "Time and order", measure.ClosingThanks},
	{11, "Labels and targets", measure.LabelFolds},
}

// Section is the section of the definitions that says what f means.
func Section(f *measure.Family) int {
	at := slices.Index(measure.Families, f)
	for i := len(sections) - 1; i >= 0; i-- {
		if slices.Index(measure.Families, sections[i].first) <= at {
			return sections[i].number
		}
	}
	return 0
}

// notes on labels whose values neither the family nor its dictionary tells.
var notes = map[*measure.Family]map[string]string{
	measure.EscalatedStart: {
		"conversation": "the opaque id",
		"reason":       values(measure.Escalated.Closed[0].Values),
	},
	measure.Targets: {
		"name": values([]string{"first_response", "resolution", "negative_response", "csat", "fcr", "utilization_min", "utilization_max", "containment"}),
		"team": "empty for all", "inbox": "empty for all",
	},
	measure.AgentInfo: {
		"name":     "empty where `agents.label` is `hash`",
		"presence": values([]string{"reported", "inferred"}),
	},
}

const intro = `# Metrics

<!-- Written by a test from the tables in exporter/internal; after a change there run
     go test ./exporter/internal/metrics -run TestReference -update -->

Section numbers are those of the definitions, which say exactly when a metric counts.

- A **counter** or **histogram** that comes from the journal survives a restart exactly and keeps its created time.
- A **histogram** has classic buckets (%s seconds, and every configured target) and a native histogram at the same time. Where it says *exemplars*, each bucket names its latest conversation (` + "`conversation_id`" + `, the opaque id).
- A **gauge?** is absent, not 0, where it has no value. A ratio over ` + "`ratios.window`" + ` has none while its window holds nothing to divide by.
- ` + "`source`, `inbox` and `team`" + ` are what is configured or first seen, and so are ` + "`request_type`" + ` and labels without a list of values here: up to ` + "`labels.max_values`" + ` of them, the rest is ` + "`other`" + `. An empty ` + "`team`" + ` means that no team was in charge.
- Labels with a list of values have no others, and every one of them is there with 0 from the first scrape on; histograms with a request type start with ` + "`other`" + `, histograms of an agent with the first value.
- ` + "`agent`" + ` is the agent's id, a keyed hash of it or empty, as ` + "`agents.label`" + ` says; ` + "`team`" + ` beside it is the agent's.
`

// WriteReference writes the reference of all metrics as Markdown.
func WriteReference(w io.Writer) error {
	var b strings.Builder
	bounds := make([]string, len(measure.DefaultBuckets))
	for i, s := range measure.DefaultBuckets {
		bounds[i] = fmt.Sprint(s)
	}
	fmt.Fprintf(&b, intro, strings.Join(bounds, ", "))
	next := 0
	for _, f := range measure.Families {
		if next < len(sections) && sections[next].first == f {
			fmt.Fprintf(&b, "\n## %s\n\n| metric | type | labels | meaning | section |\n|---|---|---|---|---|\n", sections[next].title)
			next++
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %d |\n", f.Name, typeName(f), strings.Join(labelTexts(f), "; "), f.Help, Section(f))
	}
	b.WriteString("\n## The exporter itself\n\nSection 11. These start at 0 with the process. Beside them stand Go's and the system's own `go_*`, `process_*` and `promhttp_*`.\n\n| metric | type | labels | meaning |\n|---|---|---|---|\n")
	for _, s := range SelfMetrics {
		labels := make([]string, len(s.Labels))
		for i, l := range s.Labels {
			labels[i] = "`" + l + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", s.Name, s.Type, strings.Join(labels, ", "), s.Help)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func typeName(f *measure.Family) string {
	switch {
	case f.Type == measure.Counter:
		return "counter"
	case f.Type == measure.Gauge:
		return "gauge"
	case f.Type == measure.GaugeAbsent, f.Type == measure.Ratio:
		return "gauge?"
	case f.Exemplars:
		return "histogram, exemplars"
	}
	return "histogram"
}

// labelTexts gives the labels, those without a list of values first.
func labelTexts(f *measure.Family) []string {
	var bare, out []string
	closed := map[string]string{}
	for _, l := range f.Closed {
		closed[l.Name] = values(l.Values)
	}
	for _, name := range f.LabelNames() {
		text := closed[name]
		if note := notes[f][name]; note != "" {
			text = note
		}
		if text == "" {
			bare = append(bare, "`"+name+"`")
		} else {
			out = append(out, fmt.Sprintf("`%s`: %s", name, text))
		}
	}
	if len(bare) > 0 {
		out = append([]string{strings.Join(bare, ", ")}, out...)
	}
	return out
}

func values(list []string) string {
	quoted := make([]string, len(list))
	for i, v := range list {
		quoted[i] = "`" + v + "`"
	}
	return strings.Join(quoted, ", ")
}
