package config

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestFoldRoundTrip(t *testing.T) {
	for _, file := range []string{"full", "minimal", "anchors", "silent-sections"} {
		c, err := Load("testdata/good/"+file+".yml", facts)
		if err != nil {
			t.Fatal(err)
		}
		f := Fold(c)
		encoded := EncodeFold(f)
		if !bytes.Equal(encoded, EncodeFold(Fold(c))) {
			t.Errorf("%s: two encodings differ", file)
		}
		decoded, err := DecodeFold(encoded)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(decoded, f) {
			t.Errorf("%s: got %+v\nwant %+v", file, decoded, f)
		}
		if !bytes.Equal(EncodeFold(decoded), encoded) {
			t.Errorf("%s: the encoding of what was decoded differs", file)
		}
		for _, hidden := range []string{"0123456789", "abcdefgh", "obrigad", "secret", "key_file", "graph"} {
			if bytes.Contains(encoded, []byte(hidden)) {
				t.Errorf("%s: %q stands in %s", file, hidden, encoded)
			}
		}
	}
}

// The encoding is part of journals, so that it may only change on purpose.
func TestFoldEncoding(t *testing.T) {
	c, err := Load("testdata/good/full.yml", facts)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/fold/full.json", strings.ReplaceAll(string(EncodeFold(Fold(c))), `,"`, ",\n\"")+"\n")
}

func TestFoldOrderDoesNotMatter(t *testing.T) {
	parse := func(doc string) []byte {
		t.Helper()
		c, err := Parse([]byte(doc), "", facts)
		if err != nil {
			t.Fatal(err)
		}
		return EncodeFold(Fold(c))
	}
	a := parse(`
sources:
  - {name: a, provider: events, secret: abcdefgh, inboxes: [x, y], channels: [whatsapp, sms]}
  - {name: b, provider: events, secret: abcdefgh}
teams: [{name: A}, {name: B}]
agents: [{id: 1}, {id: 2}]
request_types: {types: [{name: sales, labels: [p, q]}, {name: other}, {name: refund}]}
`)
	b := parse(`
request_types: {types: [{name: refund}, {name: sales, labels: [q, p]}]}
agents: [{id: 2}, {id: 1}]
teams: [{name: B}, {name: A}]
sources:
  - {name: b, provider: events, secret: another-one}
  - {name: a, provider: events, secret: abcdefgh, inboxes: [y, x], channels: [sms, whatsapp]}
`)
	if !bytes.Equal(a, b) {
		t.Errorf("order or secrets matter:\n%s\n%s", a, b)
	}
}

// The configuration is shared, so that Fold must leave it as it is.
func TestFoldChangesNothing(t *testing.T) {
	read := func() *Config {
		c, err := Load("testdata/good/full.yml", facts)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	c := read()
	f := Fold(c)
	f.Agents[0].Name, f.RequestTypes[0].Labels[0], f.Sources[0].Inboxes[0].ID = "x", "x", "x"
	if !reflect.DeepEqual(c, read()) {
		t.Error("Fold changes or shares its argument")
	}
}

func TestDecodeFold(t *testing.T) {
	standard := Fold(Default(Facts{}))
	with := func(change func(*FoldConfig)) FoldConfig {
		f := Fold(Default(Facts{}))
		change(&f)
		return f
	}
	for _, tc := range []struct {
		name, doc string
		want      FoldConfig
	}{
		{"nothing", `{}`, standard},
		{"from a later version", `{"calendars":[{"name":"x"}],"targets":{"csat":0.5,"nps":40}}`, with(func(f *FoldConfig) { f.CSAT = 0.5 })},
		{"from before the other times", `{"conversations":{"close_after":3600000000000}}`, with(func(f *FoldConfig) { f.CloseAfter = time.Hour })},
		{"source from before its times", `{"sources":[{"name":"a","provider":"meta"},{"name":"b","resolves":true}]}`, with(func(f *FoldConfig) {
			f.Sources = []FoldSource{
				{Name: "a", Provider: "meta", Channel: "whatsapp", ServiceWindow: 24 * time.Hour, CloseAfter: 2 * time.Hour},
				{Name: "b", Channel: "whatsapp", Resolves: true, ServiceWindow: 24 * time.Hour, CloseAfter: 24 * time.Hour},
			}
		})},
		{"types of its own", `{"request_types":[{"name":"sales"}]}`, with(func(f *FoldConfig) { f.RequestTypes = []RequestType{{Name: "sales"}} })},
		{"nothing named, on purpose", `{"escalations_top":0,"conversations":{"lateness_grace":0}}`, with(func(f *FoldConfig) {
			f.EscalationsTop, f.LatenessGrace = 0, 0
		})},
	} {
		got, err := DecodeFold([]byte(tc.doc))
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
		} else if !reflect.DeepEqual(got, tc.want) {
			t.Errorf("%s: got %+v\nwant %+v", tc.name, got, tc.want)
		}
	}
	for _, doc := range []string{"", "{", "[]", `{"targets":7}`, `{"conversations":{"close_after":"1h"}}`, `{} {}`} {
		if _, err := DecodeFold([]byte(doc)); err == nil {
			t.Errorf("%q is taken", doc)
		}
	}
}
