package docscheck

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/capability"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/providers"
)

// section is the text below a document's heading, as far as the next one of its
// level; "" where there is no such heading.
func section(text, title string) string {
	_, rest, ok := strings.Cut("\n"+text, "\n## "+title+"\n")
	if !ok {
		return ""
	}
	body, _, _ := strings.Cut(rest, "\n## ")
	return body
}

func names(text, name string) bool {
	return regexp.MustCompile("[`: ]" + regexp.QuoteMeta(name) + "[`:= ]").MatchString(text)
}

// TestProviders: every provider of the table is described as the others are.
// What is said of one may stand in a document of its own, docs/<name>.md.
func TestProviders(t *testing.T) {
	all := read(t, filepath.Join(root, "docs", "providers.md"))
	for _, name := range providers.Names() {
		t.Run(name, func(t *testing.T) {
			spec, _ := providers.Lookup(name)
			text := section(all, spec.Title)
			if text == "" {
				t.Fatalf("docs/providers.md has no section %q", "## "+spec.Title)
			}
			if own, err := os.ReadFile(filepath.Join(root, "docs", name+".md")); err == nil {
				if !strings.Contains(text, "]("+name+".md") {
					t.Errorf("its section does not lead to docs/%s.md", name)
				}
				text += string(own)
			}
			for _, want := range []string{"provider: " + name, "](../examples/" + name + ".yml)"} {
				if !strings.Contains(text, want) {
					t.Errorf("its section does not say %q", want)
				}
			}
			for _, k := range spec.Keys {
				if !names(text, k.Name) && !(k.Kind == config.KeySecret && names(text, k.Name+"_file")) {
					t.Errorf("the key %s is not named", k.Name)
				}
			}
			for _, ignored := range ignoredNames(t, name) {
				if !strings.Contains(text, "`"+ignored+"`") {
					t.Errorf("what is counted as `%s` is not described", ignored)
				}
			}
			providerFolder(t, name, &spec)
		})
	}
}

// folder of a provider has the table's name.
func folder(name string) string { return filepath.Join(root, "exporter", "internal", "provider", name) }

// providerFolder: a provider has the same files as the others, and is tested by
// the same suite. Events needs fewer, since its dialect is the canonical one.
func providerFolder(t *testing.T, name string, spec *provider.Spec) {
	t.Helper()
	files := []string{name + ".go", "writer.go"}
	if _, everything := spec.Facts[capability.Notes]; !everything || len(spec.Facts) < len(capability.AllFacts()) {
		files = append(files, "verify.go", "adapt.go", "content.go", "ignored.go", "facts.go")
	}
	for _, f := range files {
		if _, err := os.Stat(filepath.Join(folder(name), f)); err != nil {
			t.Error(err)
		}
	}
	tests, err := filepath.Glob(filepath.Join(folder(name), "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range tests {
		if strings.Contains(read(t, f), "providertest.Suite{") {
			return
		}
	}
	t.Error("no test of it makes a providertest.Suite")
}

// ignoredNames are the strings of a provider's ignored.go: what its adapter
// counts and leaves out.
func ignoredNames(t *testing.T, name string) []string {
	t.Helper()
	path := filepath.Join(folder(name), "ignored.go")
	if _, err := os.Stat(path); err != nil {
		return nil
	}
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, decl := range file.Decls {
		d, ok := decl.(*ast.GenDecl)
		if !ok || d.Tok == token.IMPORT {
			continue
		}
		ast.Inspect(d, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if s, err := strconv.Unquote(lit.Value); err == nil && ignoredName.MatchString(s) {
					out = append(out, s)
				}
			}
			return true
		})
	}
	if len(out) == 0 {
		t.Errorf("%s names nothing", path)
	}
	return out
}

// ignoredName is the form that provider.Result asks of names.
var ignoredName = regexp.MustCompile(`^[a-z_]{1,40}$`)
