package docscheck

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// root of the repository, seen from here.
const root = "../../.."

// doc is one Markdown file.
type doc struct {
	// name is the path from the root, with slashes.
	name, text string
}

// block is a fenced code block.
type block struct {
	doc, language, text string
	line                int
}

// docs are the Markdown files that people read first.
func docs(t *testing.T) []doc {
	t.Helper()
	var out []doc
	for _, pattern := range []string{"*.md", "docs/*.md", "alerts/*.md"} {
		files, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(pattern)))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			name, err := filepath.Rel(root, f)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, doc{filepath.ToSlash(name), read(t, f)})
		}
	}
	for _, want := range []string{"README.md", "README.pt-BR.md", "CHANGELOG.md", "docs/architecture.md", "docs/operations.md",
		"docs/events.md", "docs/definitions.md", "docs/meta.md", "docs/metrics.md", "docs/configuration.md", "docs/send-proxy.md",
		"docs/providers.md", "docs/adding-a-provider.md"} {
		if !contains(out, want) {
			t.Errorf("there is no %s", want)
		}
	}
	return out
}

func contains(docs []doc, name string) bool {
	for _, d := range docs {
		if d.name == name {
			return true
		}
	}
	return false
}

func read(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

var fence = regexp.MustCompile("^( *)```([a-z]*)$")

// blocks are the fenced code blocks of a document, without the indentation of
// their fences.
func blocks(t *testing.T, d doc) []block {
	t.Helper()
	var out []block
	var open *block
	indent := ""
	for i, line := range strings.Split(d.text, "\n") {
		m := fence.FindStringSubmatch(line)
		switch {
		case m != nil && open == nil:
			open, indent = &block{doc: d.name, language: m[2], line: i + 2}, m[1]
		case m != nil:
			out = append(out, *open)
			open = nil
		case open != nil:
			open.text += strings.TrimPrefix(line, indent) + "\n"
		}
	}
	if open != nil {
		t.Errorf("%s:%d: the code block is not closed", d.name, open.line)
	}
	return out
}

// prose is the text without its code blocks.
func prose(d doc) string {
	var b strings.Builder
	inside := false
	for _, line := range strings.Split(d.text, "\n") {
		if fence.MatchString(line) {
			inside = !inside
		} else if !inside {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ +(.*?) *$`)
	noSlug  = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// anchors are the fragments that a document's headings have on GitHub.
func anchors(text string) map[string]bool {
	out := map[string]bool{}
	for _, h := range heading.FindAllStringSubmatch(prose(doc{text: text}), -1) {
		slug := noSlug.ReplaceAllString(strings.ToLower(h[1]), "")
		out[strings.ReplaceAll(slug, " ", "-")] = true
	}
	return out
}

func TestLinks(t *testing.T) {
	n := 0
	for _, d := range docs(t) {
		for _, m := range link.FindAllStringSubmatch(prose(d), -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			n++
			path, fragment, _ := strings.Cut(m[1], "#")
			file := filepath.Join(root, filepath.FromSlash(d.name))
			if path != "" {
				file = filepath.Join(filepath.Dir(file), filepath.FromSlash(path))
			}
			info, err := os.Stat(file)
			switch {
			case err != nil:
				t.Errorf("%s: %s leads nowhere: %v", d.name, m[1], err)
			case fragment != "" && (info.IsDir() || !anchors(read(t, file))[fragment]):
				t.Errorf("%s: %s: there is no such heading", d.name, m[1])
			}
		}
	}
	if n < 40 {
		t.Errorf("only %d links were found; the test looks in the wrong place", n)
	}
}

func TestReadmeFirstScreen(t *testing.T) {
	for _, name := range []string{"README.md", "README.pt-BR.md"} {
		text := read(t, filepath.Join(root, name))
		first, _, ok := strings.Cut(text, "\n## ")
		if !ok {
			t.Fatalf("%s has no sections", name)
		}
		for _, want := range []string{"node_exporter", "(docs/images/wall.", "\nmake demo ", "\nmake test ",
			"http://127.0.0.1:9841/metrics", "http://127.0.0.1:9841/>", "make demo-kill"} {
			if !strings.Contains(first, want) {
				t.Errorf("%s: the first screen does not say %q", name, want)
			}
		}
	}
}

// What a translation says to type is what the original says.
func TestTranslatedCommands(t *testing.T) {
	commands := func(name string) string {
		var b strings.Builder
		for _, c := range blocks(t, doc{name, read(t, filepath.Join(root, name))}) {
			if c.language == "sh" || c.language == "yaml" || c.language == "nginx" || c.language == "" {
				b.WriteString(c.text)
			}
		}
		return b.String()
	}
	original := map[string]bool{}
	for _, line := range strings.Split(commands("README.md"), "\n") {
		original[bare(line)] = true
	}
	for _, line := range strings.Split(commands("README.pt-BR.md"), "\n") {
		if !original[bare(line)] {
			t.Errorf("README.pt-BR.md says %q, README.md does not", line)
		}
	}
}

var quoted = regexp.MustCompile(`'[^']*'`)

// bare is a line without its comment and without what stands in quotes.
func bare(line string) string {
	line, _, _ = strings.Cut(line, "#")
	return quoted.ReplaceAllString(strings.TrimSpace(line), "''")
}

var (
	target = regexp.MustCompile(`\bmake ([a-z][a-z-]*)`)
	rule   = regexp.MustCompile(`(?m)^([a-z][a-z-]*):`)
)

func TestMakeTargets(t *testing.T) {
	rules := map[string]bool{}
	for _, m := range rule.FindAllStringSubmatch(read(t, filepath.Join(root, "Makefile")), -1) {
		rules[m[1]] = true
	}
	for _, d := range docs(t) {
		code := strings.Join(inline.FindAllString(prose(d), -1), "\n")
		for _, b := range blocks(t, d) {
			if b.language == "sh" {
				code += "\n" + b.text
			}
		}
		for _, m := range target.FindAllStringSubmatch(code, -1) {
			if !rules[m[1]] {
				t.Errorf("%s: there is no `make %s`", d.name, m[1])
			}
		}
	}
}
