package topic

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestConfiguredRules(t *testing.T) {
	c := mustNew(t, []Type{
		{Name: "billing"},
		{Name: "warranty", Keywords: []Rule{
			{Text: "Garantia"}, {Text: "assistência técnica"}, {Text: "garantia estendida da loja"}, {Language: "en", Text: "warranty"}, {Text: "don't turn on"},
		}},
		{Name: "delivery", Keywords: []Rule{{Text: "ponto de coleta"}}, Patterns: []Rule{{Text: `\bBR\d{6,}\b`}}},
		{Name: "shop", Patterns: []Rule{{Text: "🛒"}, {Language: "es", Text: "tiendas?"}}, Keywords: []Rule{{Text: "loja"}}},
		{Name: "sales", OwnOnly: true, Keywords: []Rule{{Text: "orçamento"}}},
		{Name: other, Keywords: []Rule{{Text: "corrente da sorte"}}},
	})
	for _, tc := range []struct {
		language, text, want string
		configured           bool
	}{
		{"pt", "ainda está na GARANTIA?", "warranty", true},
		{"pt", "quero o boleto da garantia", "warranty", true}, // before built-in rules
		{"pt", "garantias", "", false},                         // whole words
		{"pt", "assistencia,   tecnica", "warranty", true},
		{"pt", "assistência muito técnica", "", false},
		{"en", "they don’t turn on", "warranty", true},
		{"en", "warranty", "warranty", true},
		{"es", "warranty", "", false},
		{"", "warranty", "warranty", true},
		{"pt", "a garantia estendida da loja", "warranty", true}, // more words
		{"pt", "garantia na loja", "warranty", true},             // the type listed first
		{"pt", "onde esta BR123456 da loja", "delivery", true},   // a pattern counts as two words
		{"pt", "loja", "shop", true},
		{"pt", "🛒", "shop", true},
		{"es", "que tiendas hay", "shop", true},
		{"pt", "que tiendas hay", "", false},
		{"pt", "me faz um orçamento", "sales", true},
		{"pt", "quanto custa?", "", false}, // no built-in rules of sales
		{"pt", "me manda o boleto", "billing", false},
		{"pt", "passe esta corrente da sorte", other, true},
	} {
		r := c.message(tc.text, tc.language)
		if r.Type != tc.want || r.Configured != tc.configured || tc.configured && r.Score != 1 {
			t.Errorf("%s %q gives %+v, want %q", tc.language, tc.text, r, tc.want)
		}
	}
}

func TestRefusedRules(t *testing.T) {
	rules := func(n int, format string) []Rule {
		var list []Rule
		for i := range n {
			list = append(list, Rule{Text: fmt.Sprintf(format, i)})
		}
		return list
	}
	for _, tc := range []struct {
		name  string
		types []Type
		want  string
	}{
		{"empty", []Type{{Name: "a", Keywords: []Rule{{}}}}, "type 1: keyword 1: has no word"},
		{"signs", []Type{{Name: "a", Keywords: []Rule{{Text: "ok"}, {Text: "?!"}}}}, "type 1: keyword 2: has no word"},
		{"emoji", []Type{{Name: "a", Keywords: []Rule{{Text: "🛒"}}}}, "as a pattern"},
		{"long", []Type{{Name: "a", Keywords: []Rule{{Text: strings.Repeat("x", MaxKeyword+1)}}}}, "101 bytes long"},
		{"wordy", []Type{{Name: "a", Keywords: []Rule{{Text: "a b c d e f g h i"}}}}, "has 9 words"},
		{"language", []Type{{Name: "a", Keywords: []Rule{{Language: "fr", Text: "x"}}}}, `"fr" is no language`},
		{"pattern language", []Type{{Name: "a", Patterns: []Rule{{Language: "fr", Text: "x"}}}}, `pattern 1: "fr" is no language`},
		{"twice", []Type{{Name: "a", Keywords: []Rule{{Text: "Ação"}}}, {Name: "b", Keywords: []Rule{{Text: "x"}, {Text: "acao!"}}}}, "type 2: keyword 2: is a keyword of a already"},
		{"many", []Type{{Name: "a", Keywords: rules(1500, "a%d")}, {Name: "b", Keywords: rules(501, "b%d")}}, "2001 keywords are too many"},
		{"many patterns", []Type{{Name: "a", Patterns: rules(150, "a%d")}, {Name: "b", Patterns: rules(51, "b%d")}}, "201 patterns are too many"},
		{"broken pattern", []Type{{Name: "a", Patterns: rules(2, "a%d")}, {Name: "b", Patterns: []Rule{{Text: "b"}, {Text: "("}}}}, "type 2: pattern 2: is not RE2"},
		{"lookahead", []Type{{Name: "a", Patterns: []Rule{{Text: "(?=x)y"}}}}, "not supported"},
		{"large pattern", []Type{{Name: "a", Patterns: []Rule{{Text: "(?:[a-f]{100}){90}x"}}}}, "type 1: pattern 1:"},
		{"large together", []Type{{Name: "a", Patterns: rules(12, "[a-f]{900}x%d")}}, "too large together"},
	} {
		if _, err := New(tc.types); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
	// Every mistake is told at once, with its place.
	err := Check([]Type{{Name: "a", Keywords: []Rule{{}, {Text: "x"}, {}}, Patterns: []Rule{{Text: ")"}}}})
	var places []string
	for _, err := range unjoin(err) {
		var re *RuleError
		if !errors.As(err, &re) {
			t.Fatal(err)
		}
		places = append(places, fmt.Sprint(re.Type, re.Index, re.Pattern))
	}
	if got := strings.Join(places, ", "); got != "0 0 false, 0 2 false, 0 0 true" {
		t.Error(got)
	}
	// As much as is allowed.
	if err := Check([]Type{{Name: "a", Keywords: rules(MaxKeywords, "k%d"), Patterns: rules(200, "p%d")}}); err != nil {
		t.Error(err)
	}
}
