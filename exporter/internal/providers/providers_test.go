package providers

import (
	"cmp"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
)

var secretFile = regexp.MustCompile(`(?m)^[\s-]*\w+_file: (secrets/\S+)`)

// example is the provider's source in its example, with invented secrets.
func example(t *testing.T, name string) config.Source {
	t.Helper()
	data, err := os.ReadFile("../../../examples/" + name + ".yml")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "secrets"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, m := range secretFile.FindAllSubmatch(data, -1) {
		if err := os.WriteFile(filepath.Join(dir, string(m[1])), []byte("591785b794601e212b260e25925636fd\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cfg, err := config.Parse(data, dir, Facts())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range cfg.Sources {
		if s.Provider == name {
			return s
		}
	}
	t.Fatalf("examples/%s.yml has no source of it", name)
	return config.Source{}
}

func TestTable(t *testing.T) {
	if len(Names()) != len(table) || !slices.IsSorted(Names()) {
		t.Errorf("names are %v", Names())
	}
	titles := map[string]bool{}
	for _, name := range Names() {
		s, ok := Lookup(name)
		if !ok || s.Name != name || s.Title == "" || titles[s.Title] {
			t.Errorf("%s: %+v", name, s)
		}
		titles[s.Title] = true
		if err := s.Facts.Check(); err != nil || len(s.Facts) == 0 {
			t.Errorf("%s: %d facts, %v", name, len(s.Facts), err)
		}
		// A source without secrets is refused, by an error and not by an
		// interface that holds a nil pointer.
		if a, err := s.New(config.Source{Name: "desk", Provider: name}); err == nil || a != nil {
			t.Errorf("%s without a secret: %v, %v", name, a, err)
		}
		if w, err := s.NewWriter(config.Source{Name: "desk", Provider: name}); err == nil || w != nil {
			t.Errorf("%s without a secret writes: %v, %v", name, w, err)
		}
		src := example(t, name)
		if a, err := s.New(src); err != nil || a == nil {
			t.Errorf("%s: %v", name, err)
		}
		if w, err := s.NewWriter(src); err != nil || w == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if s, ok := Lookup("Meta"); ok || s.Name != "" {
		t.Errorf("an unknown provider is %+v", s)
	}
}

// TestKeys: the configuration tells a provider's own keys from the common ones
// and explains them.
func TestKeys(t *testing.T) {
	common := []string{"name", "provider", "secret", "secret_file", "verify_token", "verify_token_file", "bot", "inboxes", "channels", "resolves",
		"service_window", "close_after", "echo_actor", "answers", "malformed_status", "proxy", "feeds"}
	for _, s := range specs() {
		seen := slices.Clone(common)
		for _, k := range s.Keys {
			names := []string{k.Name}
			if k.Kind == config.KeySecret {
				names = append(names, k.Name+"_file")
			}
			for _, name := range names {
				if slices.Contains(seen, name) {
					t.Errorf("%s: the key %s is there already", s.Name, name)
				}
				seen = append(seen, name)
			}
			if k.Help == "" || len(keyGrammar(k)) == 0 {
				t.Errorf("%s: %s is not explained", s.Name, k.Name)
			}
			if (k.Kind == config.KeyWord) != (len(k.Words) > 0) && k.Kind != config.KeySecrets && k.Kind != config.KeyMap {
				t.Errorf("%s: %s has words %v", s.Name, k.Name, k.Words)
			}
			if k.Kind == config.KeyNumber {
				if n, err := strconv.Atoi(cmp.Or(k.Default, "0")); err != nil || n < k.Min || n > k.Max {
					t.Errorf("%s: the default of %s is out of its bounds", s.Name, k.Name)
				}
				continue
			}
			if k.Default != "" && (k.Kind != config.KeyWord || !slices.Contains(k.Words, k.Default)) {
				t.Errorf("%s: the default of %s is none of its words", s.Name, k.Name)
			}
		}
	}
}

// TestFacts: the configuration gets what the table says of each.
func TestFacts(t *testing.T) {
	f := Facts()
	for _, s := range specs() {
		p, ok := f.Providers[s.Name]
		if !ok || p.Resolves != s.Resolves || p.NeedsSecret != s.NeedsSecret || p.NeedsVerifyToken != s.NeedsVerifyToken || p.Proxy != s.Proxy ||
			p.Answers != s.Answers || len(p.Keys) != len(s.Keys) {
			t.Errorf("%s: %+v", s.Name, p)
		}
	}
	if len(f.Providers) != len(table) {
		t.Errorf("%d providers", len(f.Providers))
	}
}

func TestKnownFailureCode(t *testing.T) {
	for code, want := range map[string]string{"131047": "131047", "": OtherFailure, "0131047": OtherFailure, "+5511900000001": OtherFailure, "other": OtherFailure} {
		if got := KnownFailureCode(code); got != want {
			t.Errorf("%q is %q, want %q", code, got, want)
		}
	}
	for _, name := range Names() {
		s, _ := Lookup(name)
		for _, code := range s.FailureCodes {
			if KnownFailureCode(code) != code {
				t.Errorf("%s documents %s", name, code)
			}
		}
	}
}
