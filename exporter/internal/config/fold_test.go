package config

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestFoldRoundTrip(t *testing.T) {
	for _, file := range []string{"full", "minimal", "anchors", "silent-sections", "calendars", "agents-mapping"} {
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
calendars:
  - {name: a, zone: UTC, teams: [A, B], inboxes: [x, y], hours: {mon: ["09:00-12:00", "13:00-18:00"]}, holidays: [2026-12-25, {date: 2026-01-01, hours: []}]}
  - {name: b, zone: UTC, hours: {"sat,sun": ["00:00-24:00"], mon-fri: []}}
targets:
  overrides: [{team: A, csat: 0.5}, {inbox: x, fcr: 0}, {inbox: x, team: B, resolution: 60m}]
csat: {scales: [{scale: 3, scores: {1: 1, 2: 3, 3: 5}}, {scale: 2, scores: {1: 1, 2: 5}}]}
conversations: {labels: [vip, complaint]}
request_types: {types: [{name: sales, labels: [p, q]}, {name: other}, {name: refund}]}
`)
	b := parse(`
request_types: {types: [{name: refund}, {name: sales, labels: [q, p]}]}
agents: {list: [{id: 2}, {id: 1}]}
conversations: {labels: [complaint, vip]}
csat: {scales: [{scale: 2, scores: {2: 5, 1: 1}}, {scores: {3: 5, 2: 3, 1: 1}, scale: 3}]}
targets:
  overrides: [{inbox: x, team: B, resolution: 1h}, {inbox: x, fcr: -0.0}, {team: A, csat: 0.50}]
calendars:
  - {name: b, zone: UTC, hours: {sun: ["00:00-24:00"], sat: ["0:00-24:00"]}}
  - {name: a, zone: UTC, teams: [B, A], inboxes: [y, x], hours: {MON: ["13:00 - 18:00", "9:00-12:00"]}, holidays: [{date: 2026-01-01}, {date: "2026-12-25", hours: []}]}
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
	cal := &f.Calendars[0]
	cal.Weekly[time.Monday][0].From, cal.Holidays[0].Date, cal.Holidays[1].Blocks[0].To = 7, "x", 7
	cal.Teams[0], cal.Inboxes[0] = "x", "x"
	for i := range f.TargetOverrides {
		o := &f.TargetOverrides[i]
		for _, p := range []*time.Duration{o.FirstResponse, o.Resolution, o.NegativeResponse} {
			if p != nil {
				*p = 7
			}
		}
		for _, p := range []*float64{o.CSAT, o.FCR, o.UtilizationMin, o.UtilizationMax, o.Containment} {
			if p != nil {
				*p = 7
			}
		}
	}
	f.Surveys.Scales[0].Scores[1], f.ConversationLabels[0] = 7, "x"
	if !reflect.DeepEqual(c, read()) {
		t.Error("Fold changes or shares its argument")
	}
}

// beforeCalendars is what a journal held before there were calendars.
const beforeCalendars = `{"sources":[{"name":"shop","provider":"events","channel":"whatsapp","resolves":true,"service_window":86400000000000,"close_after":86400000000000,"bot":false,` +
	`"inboxes":[{"id":"main","team":"Sales","bot":false}]}],"teams":["Sales"],"agents":[{"id":"7","name":"Agent Seven","team":"Sales"}],` +
	`"targets":{"first_response":90000000000,"resolution":300000000000,"negative_response":180000000000,"csat":0.85,"fcr":0.8,"utilization_min":0.85,"utilization_max":0.9,"containment":0.7},` +
	`"conversations":{"close_after":86400000000000,"reopen_window":86400000000000,"thanks_close_after":600000000000,"lateness_grace":5000000000},` +
	`"request_types":[{"name":"other"},{"name":"refund","labels":["money back"]}],"decide_within":60000000000,"escalations_top":20,"labels_max_values":200}`

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
		{"from a later version", `{"moods":[{"name":"x"}],"targets":{"csat":0.5,"nps":40},"calendars":[{"name":"x","zone":"UTC","colour":"blue"}]}`, with(func(f *FoldConfig) {
			f.CSAT = 0.5
			f.Calendars = []Calendar{{Name: "x", Zone: "UTC"}}
		})},
		{"from before calendars, surveys and agents' time", beforeCalendars, with(func(f *FoldConfig) {
			f.Sources = []FoldSource{{Name: "shop", Provider: "events", Channel: "whatsapp", Resolves: true, ServiceWindow: 24 * time.Hour, CloseAfter: 24 * time.Hour,
				Inboxes: []FoldInbox{{ID: "main", Team: "Sales"}}}}
			f.Teams, f.Agents = []string{"Sales"}, []Agent{{ID: "7", Name: "Agent Seven", Team: "Sales"}}
			f.RequestTypes = []RequestType{{Name: "other"}, {Name: "refund", Labels: []string{"money back"}}}
			f.FirstResponse = 90 * time.Second
		})},
		{"some of the new ones", `{"agent_times":{"label":"off"},"surveys":{"satisfied_min":5}}`, with(func(f *FoldConfig) {
			f.AgentTimes.Label, f.Surveys.SatisfiedMin = AgentLabelOff, 5
		})},
		{"agents never busy, on purpose", `{"agent_times":{"busy_after_message":0}}`, with(func(f *FoldConfig) { f.AgentTimes.BusyAfterMessage = 0 })},
		{"a target of 0, on purpose", `{"target_overrides":[{"team":"Sales","containment":0}]}`, with(func(f *FoldConfig) {
			f.TargetOverrides = []TargetOverride{{Team: "Sales", Containment: new(float64)}}
		})},
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
	for _, doc := range []string{"", "{", "[]", `{"targets":7}`, `{"calendars":{}}`, `{"calendars":[{"weekly":[1]}]}`, `{"agents":[{"capacity":-1}]}`, `{"conversations":{"close_after":"1h"}}`, `{} {}`} {
		if _, err := DecodeFold([]byte(doc)); err == nil {
			t.Errorf("%q is taken", doc)
		}
	}
}
