package providers

import (
	"slices"
	"strings"
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
)

func TestReplacePart(t *testing.T) {
	const doc = "a\n<!-- generated: x -->\nold\n<!-- end of x -->\nb\n"
	got, err := replacePart(doc, "x", "new\n")
	if want := "a\n<!-- generated: x -->\n\nnew\n\n<!-- end of x -->\nb\n"; err != nil || got != want {
		t.Errorf("%q, %v", got, err)
	}
	if again, err := replacePart(got, "x", "new\n"); err != nil || again != got {
		t.Errorf("the second time it is %q, %v", again, err)
	}
	for _, bad := range []string{"", "<!-- generated: x -->\n", "<!-- end of x -->", doc + doc} {
		if _, err := replacePart(bad, "x", "new"); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestKeyGrammar(t *testing.T) {
	for _, c := range []struct {
		key  config.Key
		want string
	}{
		{config.Key{Kind: config.KeySecret}, "k: <secret>\nk_file: <path>"},
		{config.Key{Kind: config.KeySecrets}, "k: [ - { name: <string>, secret: <secret> | secret_file: <path> } ... ]"},
		{config.Key{Kind: config.KeySecrets, Words: []string{"a", "b"}}, "k: [ - { name: a | b, secret: <secret> | secret_file: <path> } ... ]"},
		{config.Key{Kind: config.KeyURL}, "k: <url>"},
		{config.Key{Kind: config.KeyText}, "k: <label>"},
		{config.Key{Kind: config.KeyWord, Words: []string{"a", "b"}, Default: "b"}, "k: a | b | default = b"},
		{config.Key{Kind: config.KeyWord, Words: []string{"a", "b"}}, "k: a | b"},
		{config.Key{Kind: config.KeyList}, "k: [ - <string> ... ]"},
		{config.Key{Kind: config.KeyMap}, "k: <string>: <string> ..."},
		{config.Key{Kind: config.KeyMap, Words: []string{"a", "b"}}, "k: <string>: a | b ..."},
		{config.Key{Kind: config.KeyNumber, Default: "8"}, "k: <int> | default = 8"},
		{config.Key{Kind: config.KeyBool}, "k: <boolean> | default = false"},
	} {
		c.key.Name = "k"
		if got := strings.Join(keyGrammar(c.key), "\n"); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{"", []string{""}},
		{"one", []string{"one"}},
		{"one two  three", []string{"one two", "three"}},
		{"é́é́é́é́é́ x", []string{"é́é́é́é́é́", "x"}},
		{"averylongword x", []string{"averylongword", "x"}},
	} {
		if got := wrap(c.text, 7); !slices.Equal(got, c.want) {
			t.Errorf("%q becomes %q", c.text, got)
		}
	}
}

func TestSuperscript(t *testing.T) {
	if got := superscript(1) + superscript(10) + superscript(23); got != "¹¹⁰²³" {
		t.Error(got)
	}
}
