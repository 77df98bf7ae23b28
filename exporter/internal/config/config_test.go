package config

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// facts are those of a provider that can do everything, of one that needs
// little, and of one with keys of its own, one of each kind.
var facts = Facts{Providers: map[string]ProviderFacts{
	"events": {Resolves: true, NeedsSecret: true},
	"meta":   {NeedsSecret: true, NeedsVerifyToken: true, Proxy: true},
	"vendor": {Resolves: true, ContactFields: true, Answers: Answers{Malformed: 200}, Keys: []Key{
		{Name: "url_secret", Kind: KeySecret, Required: true, Help: "It stands in the address."},
		{Name: "signing_keys", Kind: KeySecrets, Words: []string{"message.received", "message.sent"}, Help: "One a webhook."},
		{Name: "accounts", Kind: KeySecrets, Help: "Tokens of sub-accounts."},
		{Name: "public_url", Kind: KeyURL, Required: true, Help: "The address that the vendor calls."},
		{Name: "workspace", Kind: KeyText, Help: "Its name."},
		{Name: "api_actor", Kind: KeyWord, Words: []string{"bot", "human"}, Default: "bot", Help: "Who sends by the API."},
		{Name: "bots", Kind: KeyList, Help: "Names of bots."},
		{Name: "activities", Kind: KeyMap, Words: []string{"available", "away", "offline"}, Help: "Activities."},
		{Name: "fields", Kind: KeyMap, Help: "Custom fields."},
		{Name: "strict", Kind: KeyBool, Help: "Whether."},
		{Name: "per_second", Kind: KeyNumber, Min: 1, Max: 100, Default: "8", Help: "How many."},
	}},
}}

// golden compares got with the file, or writes it with -update.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (go test -update rewrites it), got:\n%s", file, got)
	}
}

// dump writes every value with its path, one a line.
func dump(b *strings.Builder, at string, v reflect.Value) {
	switch {
	case v.Type() == reflect.TypeFor[time.Duration]():
		fmt.Fprintf(b, "%s = %v\n", at, v.Interface())
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			dump(b, join(at, v.Type().Field(i).Name), v.Field(i))
		}
	case v.Kind() == reflect.Pointer && v.IsNil():
		fmt.Fprintf(b, "%s = as everywhere\n", at)
	case v.Kind() == reflect.Pointer:
		dump(b, at, v.Elem())
	case v.Kind() == reflect.Slice && v.Len() == 0:
		fmt.Fprintf(b, "%s = none\n", at)
	case v.Type() == reflect.TypeFor[[]Block]():
		var hours []string
		for _, block := range v.Interface().([]Block) {
			hours = append(hours, clock(block.From)+"-"+clock(block.To))
		}
		fmt.Fprintf(b, "%s = %s\n", at, strings.Join(hours, " "))
	case v.Kind() == reflect.Slice || v.Kind() == reflect.Array:
		for i := range v.Len() {
			dump(b, fmt.Sprintf("%s[%d]", at, i), v.Index(i))
		}
	default:
		fmt.Fprintf(b, "%s = %v\n", at, v.Interface())
	}
}

func TestGood(t *testing.T) {
	files, err := filepath.Glob("testdata/good/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatal("no good files", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			c, err := Load(file, facts)
			if err != nil {
				t.Fatal(err)
			}
			// The default phrases have a test of their own.
			for list, standard := range map[*[]string][]string{
				&c.Conversations.ClosingPatterns: DefaultClosingPatterns(),
				&c.Escalations.RequestPhrases:    DefaultRequestPhrases(),
				&c.Consent.OptOutPatterns:        DefaultOptOutPatterns(),
			} {
				if slices.Equal(*list, standard) {
					*list = []string{"(the default)"}
				}
			}
			var b strings.Builder
			dump(&b, "", reflect.ValueOf(*c))
			golden(t, strings.TrimSuffix(file, ".yml")+".golden", b.String())
		})
	}
}

func TestBad(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatal("no bad files", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			c, err := Load(file, facts)
			var problems Errors
			if !errors.As(err, &problems) || c != nil {
				t.Fatalf("Load gives %v, %v", c, err)
			}
			for i, p := range problems {
				if i > 0 && p.Line < problems[i-1].Line {
					t.Errorf("line %d comes after line %d", p.Line, problems[i-1].Line)
				}
				if p.File != file || p.Line < 1 || p.Column < 1 || p.Message == "" {
					t.Errorf("incomplete: %#v", p)
				}
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Error("a secret stands in the message")
			}
			text := strings.ReplaceAll(err.Error(), filepath.ToSlash(filepath.Dir(file))+"/", "")
			golden(t, strings.TrimSuffix(file, ".yml")+".err", text+"\n")
		})
	}
}

// Every golden file belongs to a document.
func TestNoOrphans(t *testing.T) {
	for _, pattern := range []string{"testdata/good/*.golden", "testdata/bad/*.err"} {
		files, _ := filepath.Glob(pattern)
		for _, file := range files {
			if _, err := os.Stat(strings.TrimSuffix(file, filepath.Ext(file)) + ".yml"); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestSecrets(t *testing.T) {
	c, err := Load("testdata/good/full.yml", facts)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct{ secret, token Secret }{
		{"app-secret-0123456789", "verify-0123456789"},
		{"token: 0123456789", ""},
	} {
		if s := c.Sources[i]; s.Secret != want.secret || s.VerifyToken != want.token {
			t.Errorf("%s: the secrets are not those of the files", s.Name)
		}
	}
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if s := fmt.Sprintf(format, c); strings.Contains(s, "0123456789") {
			t.Errorf("%s prints a secret: %s", format, s)
		}
	}
}

func TestLoadCannotRead(t *testing.T) {
	for _, path := range []string{filepath.Join(t.TempDir(), "none.yml"), t.TempDir()} {
		c, err := Load(path, facts)
		var problems Errors
		if err == nil || c != nil || errors.As(err, &problems) {
			t.Errorf("Load(%s): %v, %v", path, c, err)
		}
		if p, err := Check(path, facts); err == nil || p != nil {
			t.Errorf("Check(%s): %v, %v", path, p, err)
		}
	}
}

func TestCheck(t *testing.T) {
	if problems, err := Check("testdata/good/full.yml", facts); err != nil || problems != nil {
		t.Errorf("a good file: %v, %v", problems, err)
	}
	if problems, err := Check("testdata/bad/unknown-keys.yml", facts); err != nil || len(problems) < 2 {
		t.Errorf("a bad file: %v, %v", problems, err)
	}
}

func TestLimits(t *testing.T) {
	var ids strings.Builder
	for i := range 900 {
		fmt.Fprintf(&ids, "i%d,", i)
	}
	bomb := "sources:\n  - {name: a, provider: events, secret: abcdefgh, inboxes: &i [" + ids.String() + "]}\n" +
		strings.Repeat("  - {name: b, provider: events, secret: abcdefgh, inboxes: *i}\n", 900)
	merges := "agents:\n  - &m0 {id: a}\n"
	for i := range 30 {
		merges += fmt.Sprintf("  - &m%d {<<: [*m%d, *m%d, *m%d, *m%d, *m%d, *m%d]}\n", i+1, i, i, i, i, i, i)
	}
	var teams, inboxes strings.Builder
	for i := range 300 {
		fmt.Fprintf(&teams, "t%d,", i)
	}
	for i := range 201 {
		fmt.Fprintf(&inboxes, "i%d,", i)
	}
	// All have the same teams and none the same inbox, so that every two of them have
	// to be compared.
	alike := "calendars:\n"
	for i := range 300 {
		alike += fmt.Sprintf("  - {name: c%d, zone: UTC, hours: {daily: []}, inboxes: [i%d], teams: ", i, i)
		if i == 0 {
			alike += "&t [" + teams.String() + "]}\n"
		} else {
			alike += "*t}\n"
		}
	}
	for _, tc := range []struct{ name, doc, want string }{
		{"calendars", alike + "labels: {max_values: 299}", "300 inboxes are configured, but a label may have 299 values"},
		// The line that a problem names has to exist, whatever sections do.
		{"teams of calendars", "calendars: [{name: a, zone: UTC, hours: {daily: []}, teams: [" + teams.String() + "]}]", "300 teams are configured"},
		{"inboxes of calendars", "calendars: [{name: a, zone: UTC, hours: {daily: []}, inboxes: [" + inboxes.String() + "]}]", "201 inboxes are configured"},
		{"teams of targets", "targets: {overrides: [" + strings.NewReplacer("t", "{csat: 1, team: t", ",", "},").Replace(teams.String()) + "]}", "300 teams are configured"},
		{"teams that are merged in", "<<: {calendars: [{name: a, zone: UTC, hours: {daily: []}, teams: [" + teams.String() + "]}]}", "300 teams are configured"},
		{"merge in hours", "calendars: [{name: a, zone: UTC, hours: &h {<<: *h}}]", "merged into each other more than 8 deep"},
		{"merge in scores", "csat: {scales: [{scale: 3, scores: &h {<<: [*h, *h, *h, *h, *h, *h, *h, *h]}}]}", "merged into each other more than 8 deep"},
		{"alias in hours", "calendars: [{name: a, zone: UTC, hours: {daily: &d [*d]}}]", "expected one value, found a list"},
		{"alias of agents", "agents: &a {list: [*a]}", "unknown key"},
		{"size", "#" + strings.Repeat(" ", 1<<20), "the file is larger than 1048576 bytes"},
		{"alias bomb", bomb, "more than 200000 values"},
		{"merge bomb", merges, "more than 200000 values"},
		{"self merge", "targets: &t\n  <<: *t\n", "merged into each other more than 8 deep"},
		{"self alias", "sources: &s [*s]\n", "expected keys with values, found a list"},
		{"depth", strings.Repeat("[", 20_000), "is not YAML"},
		{"mistakes", "teams:\n" + strings.Repeat("  - {nome: x}\n", 5000), "there are more mistakes"},
		{"sources", "sources: [" + strings.Repeat("x,", 1001) + "]", "has 1001 items: at most 1000"},
		{"many keys", strings.Repeat("k: 1\n", 100_000), "stands in line 1 already"},
	} {
		start := time.Now()
		_, err := Parse([]byte(tc.doc), "", facts)
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %.300v, want %s", tc.name, err, tc.want)
		}
		var problems Errors
		if errors.As(err, &problems) && len(problems) > maxProblems+1 {
			t.Errorf("%s: %d problems", tc.name, len(problems))
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%s: took %v", tc.name, took)
		}
	}
}

func TestProblemWithoutFile(t *testing.T) {
	_, err := Parse([]byte("targets:\n  csat: 85\nlabels: {}\n"), "", facts)
	want := "line 2: targets.csat: 85 is not a share: write a number from 0 to 1, such as 0.85 for 85%"
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}
