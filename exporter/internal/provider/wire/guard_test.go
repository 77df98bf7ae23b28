package wire

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/valyala/fastjson"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

func TestCheckShape(t *testing.T) {
	deep := func(n int) string { return strings.Repeat(`{"a":[`, n/2) + strings.Repeat(`]}`, n/2) }
	wide := func(n int) string { return "[" + strings.Repeat("0,", n-1) + "0]" }
	for _, tc := range []struct{ name, body, text string }{
		{"empty", "", ""},
		{"no JSON", "}}}]]]", ""},
		{"deep", deep(MaxDepth), ""},
		{"too deep", deep(MaxDepth + 2), "nested deeper than 32 levels at byte"},
		{"too deep, never closed", strings.Repeat("[", MaxDepth+1), "nested deeper"},
		{"wide", wide(MaxValues), ""},
		{"too wide", wide(MaxValues + 1), "more than 400000 values at byte"},
		{"flat, many times", "[" + strings.Repeat("[],", 100) + "[]]", ""},
		{"brackets in a string", `"` + strings.Repeat("[{", 100) + strings.Repeat(",", MaxValues) + `"`, ""},
		{"escaped quote", `{"a":"\"` + strings.Repeat("[", 100) + `"}`, ""},
		{"escaped backslash", `{"a":"\\","b":` + strings.Repeat("[", MaxDepth+1), "nested deeper"},
		{"odd backslashes", `{"a":"\\\"` + strings.Repeat("[", 100) + `"}`, ""},
		{"string without an end", `{"a":"` + strings.Repeat("[", 100), ""},
		{"key", `{"` + strings.Repeat("[", 100) + `":1}`, ""},
	} {
		err := CheckShape([]byte(tc.body))
		if tc.text == "" && err != nil || tc.text != "" && (!errors.Is(err, provider.ErrMalformed) || !strings.Contains(err.Error(), tc.text)) {
			t.Errorf("%s: %v, want %q", tc.name, err, tc.text)
		}
	}
}

func TestParse(t *testing.T) {
	for _, tc := range []struct{ body, object, array string }{
		{`{"a":1}`, "", "no JSON array"},
		{`[1,2]`, "no JSON object", ""},
		{` {} `, "", "no JSON array"},
		{`"secret"`, "no JSON object", "no JSON array"},
		{`null`, "no JSON object", "no JSON array"},
		{``, "no valid JSON", "no valid JSON"},
		{`{"secret":}`, "from byte 11 of 11", "from byte 11 of 11"},
		{`{"a":1} secret`, "from byte 9 of 14", "from byte 9 of 14"},
		{strings.Repeat("[", 40), "nested deeper", "nested deeper"},
	} {
		var p fastjson.Parser
		_, err := Parse(&p, []byte(tc.body))
		check(t, tc.body, err, tc.object)
		_, err = ParseArray(&p, []byte(tc.body))
		check(t, tc.body, err, tc.array)
	}
	var p fastjson.Parser
	if v, err := Parse(&p, []byte(`{"a":"b"}`)); err != nil || string(Text(v, "a")) != "b" {
		t.Errorf("%v, %v", v, err)
	}
	if list, err := ParseArray(&p, []byte(`[1,2]`)); err != nil || len(list) != 2 {
		t.Errorf("%v, %v", list, err)
	}
}

func check(t *testing.T, body string, err error, text string) {
	t.Helper()
	switch {
	case text == "" && err == nil:
	case !errors.Is(err, provider.ErrMalformed) || text == "" || !strings.Contains(err.Error(), text) || strings.Contains(err.Error(), "secret"):
		t.Errorf("%s: %v, want %q", body, err, text)
	}
}

// FuzzParse: no panic, no error but ErrMalformed, the depth that is let through
// is bounded, and what the standard library reads is read.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`{"a":[{"b":"c\"["}]}`, `[1,2,{"a":null}]`, `{"text":"Ol\u00e1 \ud83d\ude00","n":1.5e3}`, `{"a":"\\"}`, `{`, `"`, `{"a":1}}`, strings.Repeat("[", 40),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var p fastjson.Parser
		v, err := Parse(&p, body)
		list, errArray := ParseArray(&fastjson.Parser{}, body)
		for _, err := range []error{err, errArray} {
			if err != nil && !errors.Is(err, provider.ErrMalformed) {
				t.Fatal(err)
			}
		}
		if err == nil && errArray == nil {
			t.Fatal("an object and an array")
		}
		if err == nil && depth(v) > MaxDepth {
			t.Errorf("%d levels are let through", depth(v))
		}
		for _, v := range list {
			if depth(v) >= MaxDepth {
				t.Errorf("%d levels are let through", depth(v)+1)
			}
		}
		if CheckShape(body) == nil && json.Valid(body) && err != nil && errArray != nil {
			var v any
			if json.Unmarshal(body, &v) == nil {
				switch v.(type) {
				case map[string]any, []any:
					t.Errorf("valid JSON is refused: %v", err)
				}
			}
		}
	})
}

func depth(v *fastjson.Value) int {
	deepest := 0
	switch v.Type() {
	case fastjson.TypeObject:
		v.GetObject().Visit(func(_ []byte, v *fastjson.Value) { deepest = max(deepest, depth(v)) })
	case fastjson.TypeArray:
		for _, v := range v.GetArray() {
			deepest = max(deepest, depth(v))
		}
	default:
		return 0
	}
	return deepest + 1
}
