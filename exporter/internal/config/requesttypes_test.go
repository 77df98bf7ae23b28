package config

import (
	"reflect"
	"strings"
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/understand/topic"
)

// The types of a configuration without any are those that there are rules for.
func TestDefaultTypesHaveRules(t *testing.T) {
	names := make(map[string]bool)
	for _, typ := range Default(Facts{}).RequestTypes.Topics() {
		names[typ.Name] = true
		if typ.Name != OtherRequestType && !topic.IsBuiltin(typ.Name) {
			t.Errorf("%s has no rules", typ.Name)
		}
	}
	for _, name := range topic.Builtin() {
		if !names[name] {
			t.Errorf("%s is no type", name)
		}
	}
}

func TestTopics(t *testing.T) {
	doc := `
request_types:
  types:
    - name: sales
      builtin: false
      keywords: {pt: [Orçamento], all: [quote]}
      patterns: ["os \\d+"]
`
	c, err := Parse([]byte(doc), "", facts)
	if err != nil {
		t.Fatal(err)
	}
	want := []topic.Type{
		{
			Name:     "sales",
			OwnOnly:  true,
			Keywords: []topic.Rule{{Text: "quote"}, {Language: "pt", Text: "Orçamento"}},
			Patterns: []topic.Rule{{Text: `os \d+`}},
		},
		{Name: OtherRequestType},
	}
	if got := c.RequestTypes.Topics(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	// Rules act at intake: what the journal keeps does not change with them.
	bare, err := Parse([]byte("request_types: {types: [{name: sales}]}"), "", facts)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := string(EncodeFold(Fold(c))), string(EncodeFold(Fold(bare))); a != b || strings.Contains(a, "quote") {
		t.Errorf("the journal keeps\n%s\nand\n%s", a, b)
	}
}
