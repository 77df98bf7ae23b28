package providers

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/capability"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

var update = flag.Bool("update", false, "rewrite the generated parts of the documentation")

const docsDir = "../../../docs/"

// specs are the providers in the order of their names.
func specs() []provider.Spec {
	var out []provider.Spec
	for _, name := range Names() {
		s, _ := Lookup(name)
		out = append(out, s)
	}
	return out
}

// TestGeneratedDocs: the parts of documents between markers are what the tables
// say. With -update they are written, and nothing else of the document.
func TestGeneratedDocs(t *testing.T) {
	for _, c := range []struct{ file, part, text string }{
		{"providers.md", "kpis", kpiTable(specs())},
		{"providers.md", "rests", restsTable()},
		{"providers.md", "missing", missingTable(specs())},
		{"configuration.md", "keys", keyReference(specs())},
	} {
		data, err := os.ReadFile(docsDir + c.file)
		if err != nil {
			t.Fatal(err)
		}
		text, err := replacePart(string(data), c.part, c.text)
		switch {
		case err != nil:
			t.Errorf("%s: %v", c.file, err)
		case text == string(data):
		case *update:
			if err := os.WriteFile(docsDir+c.file, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		default:
			t.Errorf("the part %q of docs/%s is not what the tables say; run\n\tgo test ./exporter/internal/providers -update\nand read the diff", c.part, c.file)
		}
	}
}

// replacePart puts text between the markers of part.
func replacePart(doc, part, text string) (string, error) {
	begin, end := "<!-- generated: "+part+" -->\n", "<!-- end of "+part+" -->"
	head, rest, ok := strings.Cut(doc, begin)
	if !ok || strings.Contains(rest, begin) {
		return "", fmt.Errorf("does not have the line %q once", strings.TrimSpace(begin))
	}
	_, tail, ok := strings.Cut(rest, end)
	if !ok {
		return "", fmt.Errorf("has no line %q behind the first", end)
	}
	return head + begin + "\n" + text + "\n" + end + tail, nil
}

func row(b *strings.Builder, cells ...string) { fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | ")) }

func head(b *strings.Builder, cells ...string) {
	row(b, cells...)
	b.WriteString("|" + strings.Repeat("---|", len(cells)) + "\n")
}

func code(names []string) string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = "`" + name + "`"
	}
	return strings.Join(out, ", ")
}

// kpiTable is provider × KPI, with each provider's conventions as footnotes.
func kpiTable(specs []provider.Spec) string {
	var b strings.Builder
	cells := []string{"figure"}
	verdicts := make([][]capability.Verdict, len(specs))
	notes := make([][]string, len(specs))
	for i, s := range specs {
		cells = append(cells, "`"+s.Name+"`")
		verdicts[i] = s.Facts.Judge()
	}
	head(&b, cells...)
	for k := range capability.KPIs {
		cells = []string{capability.KPIs[k].Title}
		for i := range specs {
			cells = append(cells, cell(&verdicts[i][k], &notes[i]))
		}
		row(&b, cells...)
	}
	for i, s := range specs {
		if len(notes[i]) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n`%s` is full\n\n", s.Name)
		for n, how := range notes[i] {
			fmt.Fprintf(&b, "- %s %s\n", superscript(n+1), how)
		}
	}
	return b.String()
}

// cell numbers the conventions by their first occurrence in a provider's column.
func cell(v *capability.Verdict, notes *[]string) string {
	switch v.Level {
	case capability.None:
		return "–"
	case capability.Inferred:
		return "inferred"
	}
	text := "full"
	for i, how := range v.Setup {
		n := slices.Index(*notes, how)
		if n < 0 {
			n = len(*notes)
			*notes = append(*notes, how)
		}
		if i > 0 {
			text += " "
		}
		text += superscript(n + 1)
	}
	return text
}

func superscript(n int) string {
	digits := []rune("⁰¹²³⁴⁵⁶⁷⁸⁹")
	var out []rune
	for _, c := range fmt.Sprint(n) {
		out = append(out, digits[c-'0'])
	}
	return string(out)
}

// restsTable is what each KPI needs.
func restsTable() string {
	var b strings.Builder
	head(&b, "figure", "metrics", "rests on", "configuration")
	for _, k := range capability.KPIs {
		rest, parts := k.Full, []string(nil)
		for _, group := range []struct {
			name  string
			facts []capability.Fact
		}{{"*course*", capability.Course}, {"*owner*", capability.Owner}} {
			if !slices.ContainsFunc(group.facts, func(f capability.Fact) bool { return !slices.Contains(rest, f) }) {
				parts = append(parts, group.name)
				rest = slices.DeleteFunc(slices.Clone(rest), func(f capability.Fact) bool { return slices.Contains(group.facts, f) })
			}
		}
		set := ""
		if k.Config != "" {
			set = "`" + k.Config + "`"
		}
		row(&b, k.Title, code(k.Metrics), strings.Join(append(parts, titles(rest)...), ", "), set)
	}
	fmt.Fprintf(&b, "\n*course*: %s. *owner*: %s.\n", strings.Join(titles(capability.Course), ", "), strings.Join(titles(capability.Owner), ", "))
	return b.String()
}

func titles(facts []capability.Fact) []string {
	out := make([]string, len(facts))
	for i, fact := range facts {
		out[i] = fact.Title()
	}
	return out
}

// missingTable is, of every fact that some provider does not tell, what stands
// in its place and what to add.
func missingTable(specs []provider.Spec) string {
	var b, concluded strings.Builder
	head(&b, "not told", "by", "in its place", "to add it")
	for _, fact := range capability.AllFacts() {
		var by []string
		for _, s := range specs {
			switch claim := s.Facts[fact]; claim.Level {
			case capability.None:
				by = append(by, s.Name)
			case capability.Inferred:
				row(&concluded, "`"+s.Name+"`", fact.Title(), claim.How)
			}
		}
		if len(by) > 0 {
			row(&b, fact.Title(), code(by), fact.Without(), fact.Add())
		}
	}
	if concluded.Len() > 0 {
		b.WriteString("\nAdapters conclude:\n\n")
		head(&b, "provider", "what", "from")
		b.WriteString(concluded.String())
	}
	return b.String()
}

// keyKinds describes the values of keys, as docs/configuration.md writes them.
var keyKinds = map[config.KeyKind]string{
	config.KeySecret: "<secret>", config.KeyURL: "<url>", config.KeyText: "<label>", config.KeyBool: "<boolean>",
	config.KeyList: "[ - <string> ... ]",
}

// keyReference is the grammar of each provider's own keys.
func keyReference(specs []provider.Spec) string {
	var b strings.Builder
	for _, s := range specs {
		if len(s.Keys) == 0 {
			continue
		}
		fmt.Fprintf(&b, "### `%s`\n\n```yaml\n", s.Name)
		for i, k := range s.Keys {
			if i > 0 {
				b.WriteString("\n")
			}
			for _, line := range wrap(k.Help, 78) {
				b.WriteString("# " + line + "\n")
			}
			for _, line := range keyGrammar(k) {
				if !k.Required {
					line = "[ " + line + " ]"
				}
				b.WriteString(line + "\n")
			}
		}
		b.WriteString("```\n\n")
	}
	if b.Len() == 0 {
		return "No provider has any.\n"
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func keyGrammar(k config.Key) []string {
	words := strings.Join(k.Words, " | ")
	switch k.Kind {
	case config.KeySecret:
		return []string{k.Name + ": <secret>", k.Name + "_file: <path>"}
	case config.KeySecrets:
		name := "<string>"
		if words != "" {
			name = words
		}
		return []string{k.Name + ": [ - { name: " + name + ", secret: <secret> | secret_file: <path> } ... ]"}
	case config.KeyWord:
		line := k.Name + ": " + words
		if k.Default != "" {
			line += " | default = " + k.Default
		}
		return []string{line}
	case config.KeyMap:
		value := "<string>"
		if words != "" {
			value = words
		}
		return []string{k.Name + ": <string>: " + value + " ..."}
	case config.KeyBool:
		return []string{k.Name + ": <boolean> | default = false"}
	case config.KeyNumber:
		return []string{k.Name + ": <int> | default = " + cmp.Or(k.Default, "0")}
	}
	return []string{k.Name + ": " + keyKinds[k.Kind]}
}

// wrap breaks text into lines of at most width characters.
func wrap(text string, width int) []string {
	var out []string
	line := ""
	for _, w := range strings.Fields(text) {
		if line != "" && len([]rune(line))+1+len([]rune(w)) > width {
			out, line = append(out, line), ""
		}
		if line != "" {
			line += " "
		}
		line += w
	}
	return append(out, line)
}
