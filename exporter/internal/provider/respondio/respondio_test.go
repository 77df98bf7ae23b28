package respondio

import (
	"errors"
	"strings"
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/providertest"
)

func signingKey(secret string) config.Values {
	return config.Values{keySigning: {Kind: config.KeySecrets, Secrets: []config.NamedSecret{{Name: "call.ended", Secret: config.Secret(secret)}}}}
}

func list(words ...string) config.Value { return config.Value{Kind: config.KeyList, List: words} }

func text(s string) config.Value { return config.Value{Kind: config.KeyText, Text: s} }

func dictionary(m map[string]string) config.Value { return config.Value{Kind: config.KeyMap, Map: m} }

func TestNew(t *testing.T) {
	for name, cfg := range map[string]config.Source{
		"common secret": {Secret: commonKey},
		"signing key":   {Keys: signingKey(sentKey)},
		"everything":    source,
	} {
		if a, err := New(cfg); err != nil || a == nil {
			t.Errorf("%s: %v", name, err)
		}
		if w, err := NewWriter(cfg); err != nil || w == nil {
			t.Errorf("%s: writer: %v", name, err)
		}
	}
	for _, tc := range []struct {
		want string
		cfg  config.Source
	}{
		{"there is no signing key", config.Source{}},
		{"secret is a published example", config.Source{Secret: exampleKey}},
		{"the signing key of call.ended is a published example", config.Source{Secret: commonKey, Keys: signingKey(" RIO-signing-key-7f3a")}},
		{"echo_actor must be", config.Source{Secret: commonKey, EchoActor: "customer"}},
		{"automation must be", config.Source{Secret: commonKey, Keys: config.Values{keyAutomation: text("robot")}}},
		{"csat_scale must be", config.Source{Secret: commonKey, Keys: config.Values{keyCSATScale: text("NaN")}}},
		{"csat_scale must be", config.Source{Secret: commonKey, Keys: config.Values{keyCSATScale: text("1")}}},
		{`tag "x" stands in opt_in_tags and in opt_out_tags`, config.Source{Secret: commonKey, Keys: config.Values{keyOptIn: list("x"), keyOptOut: list("x")}}},
		{`tag "x" stands in pending_tags and in handoff_tags`, config.Source{Secret: commonKey,
			Keys: config.Values{keyPending: list("x"), keyHandoff: dictionary(map[string]string{"x": "complex"})}}},
		{"set consent_field too", config.Source{Secret: commonKey, Keys: config.Values{keyConsentValues: dictionary(map[string]string{"y": "opted_in"})}}},
		{"consent_values must be", config.Source{Secret: commonKey,
			Keys: config.Values{keyConsentField: text("f"), keyConsentValues: dictionary(map[string]string{"y": "perhaps"})}}},
	} {
		_, err := New(tc.cfg)
		if !errors.Is(err, provider.ErrConfig) || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("want %q, got %v", tc.want, err)
			continue
		}
		for _, secret := range []string{exampleKey, commonKey, "RIO-signing"} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%v tells a secret", err)
			}
		}
	}
	if _, err := NewWriter(config.Source{}); !errors.Is(err, provider.ErrConfig) {
		t.Errorf("writer without a key: %v", err)
	}
}

// adapt reads one body by a source of its own.
func adapt(t *testing.T, cfg config.Source, body string) *provider.Result {
	t.Helper()
	cfg.Secret = commonKey
	a, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	var res provider.Result
	if err := a.Adapt(&provider.Request{Body: []byte(body), Received: providertest.Received}, &res); err != nil {
		t.Fatal(err)
	}
	return &res
}

func only(t *testing.T, res *provider.Result) event.Event {
	t.Helper()
	if len(res.Events) != 1 {
		t.Fatalf("%d events:\n%s", len(res.Events), providertest.Dump(res))
	}
	return res.Events[0]
}

// The bare configuration, and what each key changes.
func TestSenders(t *testing.T) {
	for _, tc := range []struct {
		sender string
		keys   config.Values
		echo   string
		actor  event.Actor
		agent  string
	}{
		{sender: `{"source":"user","userId":77}`, actor: event.ActorHuman, agent: "77"},
		{sender: `{"source":"USER","userId":"77"}`, actor: event.ActorHuman, agent: "77"},
		{sender: `{"source":"user","userId":77}`, keys: config.Values{keyBotUsers: list("77")}, actor: event.ActorBot},
		{sender: `{"source":"user","userId":0}`, actor: event.ActorHuman},
		{sender: `{"source":"workflow","workflowId":5}`, actor: event.ActorBot},
		{sender: `{"source":"workflow","workflowId":5}`, keys: config.Values{keySystemWorkflows: list("5")}, actor: event.ActorSystem},
		{sender: `{"source":"workflow","workflowId":55}`, keys: config.Values{keySystemWorkflows: list("5")}, actor: event.ActorBot},
		{sender: `{"source":"bot"}`, actor: event.ActorBot},
		{sender: `{"source":"ai_agent","userId":77}`, actor: event.ActorBot},
		{sender: `{"source":"broadcast","userId":77}`, actor: event.ActorSystem},
		{sender: `{"source":"echo"}`, actor: event.ActorHuman},
		{sender: `{"source":"echo"}`, echo: "bot", actor: event.ActorBot},
		{sender: `{"source":"echo"}`, echo: "unknown", actor: event.ActorUnknown},
		{sender: `{"source":"api","userId":77}`, actor: event.ActorSystem},
		{sender: `{"source":"zapier"}`, keys: config.Values{keyAutomation: text("bot")}, actor: event.ActorBot},
		{sender: `{"source":"make"}`, keys: config.Values{keyAutomation: text("human")}, actor: event.ActorHuman},
		{sender: `{"source":"n8n","userId":77}`, keys: config.Values{keyAutomation: text("human")}, actor: event.ActorHuman, agent: "77"},
		{sender: `{"source":"n8n","userId":77}`, keys: config.Values{keyAutomation: text("human"), keyBotUsers: list("77")}, actor: event.ActorBot},
		{sender: `{"source":"api"}`, keys: config.Values{keyAutomation: text("unknown")}, actor: event.ActorUnknown},
		{sender: `{"source":"pigeon","userId":77}`, actor: event.ActorUnknown},
		{sender: `{"source":7,"userId":77}`, actor: event.ActorHuman, agent: "77"},
		{sender: `{"other":1}`, actor: event.ActorUnknown},
		{sender: `"user"`, actor: event.ActorUnknown},
		{sender: `null`, actor: event.ActorUnknown},
	} {
		res := adapt(t, config.Source{Keys: tc.keys, EchoActor: tc.echo},
			`{"event_type":"message.sent","event_id":"e","contact":{"id":1},"message":{"messageId":5,"message":{"type":"text","text":"x"},"timestamp":1767600990,"sender":`+tc.sender+`}}`)
		e := only(t, res)
		if e.Actor != tc.actor || e.Agent.ID != tc.agent {
			t.Errorf("%s %v %s: %s %q, want %s %q", tc.sender, tc.keys, tc.echo, e.Actor, e.Agent.ID, tc.actor, tc.agent)
		}
	}
}

func TestClosers(t *testing.T) {
	for _, tc := range []struct {
		source, by, automation string
		actor                  event.Actor
		agent                  string
	}{
		{`"user"`, `{"id":77}`, "", event.ActorHuman, "77"},
		{`"user"`, `{"id":900}`, "", event.ActorBot, ""},
		{`"user"`, `null`, "", event.ActorHuman, ""},
		{`"ai_agent"`, `{"id":77}`, "", event.ActorBot, ""},
		{`"auto_close"`, `{"id":77}`, "human", event.ActorSystem, ""},
		{`"api"`, `{"id":77}`, "", event.ActorSystem, ""},
		{`"api"`, `{"id":77}`, "human", event.ActorHuman, "77"},
		{`"make"`, `{}`, "bot", event.ActorBot, ""},
		{`null`, `{"id":77}`, "", event.ActorHuman, "77"},
		{`null`, `{}`, "", event.ActorUnknown, ""},
		{`"oracle"`, `{"id":77}`, "", event.ActorUnknown, ""},
	} {
		keys := config.Values{keyBotUsers: list("900"), keyAutomation: text(or(tc.automation, "system"))}
		e := only(t, adapt(t, config.Source{Keys: keys}, `{"event_type":"conversation.closed","event_id":"e","contact":{"id":1},"conversation":{"closedTime":1767604502,"closedBy":`+
			tc.by+`,"closedBySource":`+tc.source+`}}`))
		if e.Kind != event.ConversationResolved || e.Actor != tc.actor || e.Agent.ID != tc.agent {
			t.Errorf("%+v: %s by %s %q", tc, e.Kind, e.Actor, e.Agent.ID)
		}
	}
}

// One customer and one message have one id, however they are written.
func TestIdentifiers(t *testing.T) {
	for written, want := range map[string]string{
		`90210`: "id:90210", `"90210"`: "id:90210", `90210.0`: "id:90210", `9.021e4`: "id:90210", `9007199254740991`: "id:9007199254740991",
		`9007199254740993`: "id:9007199254740993", `"31600000042"`: "id:31600000042", `1.5`: "id:1.5",
	} {
		e := only(t, adapt(t, config.Source{}, `{"event_type":"contact.assignee.updated","event_id":"e","contact":{"id":`+written+`,"assignee":null}}`))
		if e.Contact != want {
			t.Errorf("contact %s is %q, want %q", written, e.Contact, want)
		}
	}
	for _, written := range []string{`0`, `"0"`, `""`, `null`, `{}`, `[90210]`, `true`, `"` + strings.Repeat("9", 600) + `"`} {
		res := adapt(t, config.Source{}, `{"event_type":"contact.assignee.updated","event_id":"e","contact":{"id":`+written+`,"assignee":null}}`)
		if len(res.Events) > 0 || res.Ignored[ignoredNoContact] != 1 {
			t.Errorf("contact %.20s: %s", written, providertest.Dump(res))
		}
	}
	for phone, want := range map[string]string{
		"+31600000042": "31600000042", "31 600-000.042": "31600000042", "(31)600000042": "31600000042", "": "", "+": "", "123456": "",
		"+1234567890123456": "", "31+600000042": "", "31600000042 x": "", "anonymous": "",
	} {
		e := only(t, adapt(t, config.Source{}, `{"event_type":"contact.assignee.updated","event_id":"e","contact":{"id":1,"phone":"`+phone+`","assignee":null}}`))
		if e.Alias != want {
			t.Errorf("phone %q is %q, want %q", phone, e.Alias, want)
		}
	}
	same := func(a, b string) {
		t.Helper()
		x, y := only(t, adapt(t, config.Source{}, a)), only(t, adapt(t, config.Source{}, b))
		if x.ID == y.ID {
			t.Errorf("%s and %s have the id %q", a, b, x.ID)
		}
	}
	const head = `{"event_type":"message.received","contact":{"id":`
	same(head+`1},"message":{"messageId":5,"message":{}}}`, head+`2},"message":{"messageId":5,"message":{}}}`)
	same(head+`1},"message":{"message":{"text":"a"}}}`, head+`1},"message":{"message":{"text":"b"}}}`)
}

func TestSegment(t *testing.T) {
	const contact = `"contact":{"id":1,"lifecycle":"Customer","custom_fields":[{"name":"tier","value":"Gold"}]}`
	for _, tc := range []struct{ field, body, want string }{
		{"", `{"event_type":"message.received","event_id":"e",` + contact + `,"message":{"messageId":5,"timestamp":1767600902,"message":{}}}`, ""},
		{"lifecycle", `{"event_type":"message.received","event_id":"e",` + contact + `,"message":{"messageId":5,"timestamp":1767600902,"message":{}}}`, "Customer"},
		{"tier", `{"event_type":"message.received","event_id":"e",` + contact + `,"message":{"messageId":5,"timestamp":1767600902,"message":{}}}`, "Gold"},
		{"tears", `{"event_type":"message.received","event_id":"e",` + contact + `,"message":{"messageId":5,"timestamp":1767600902,"message":{}}}`, ""},
		{"lifecycle", `{"event_type":"contact.lifecycle.updated","event_id":"e",` + contact + `,"lifecycle":"Churned","oldLifecycle":"Customer"}`, "Churned"},
		{"tier", `{"event_type":"contact.lifecycle.updated","event_id":"e",` + contact + `,"lifecycle":"Churned"}`, "Gold"},
	} {
		if e := only(t, adapt(t, config.Source{SegmentField: tc.field}, tc.body)); e.Segment != tc.want {
			t.Errorf("%s of %s is %q, want %q", tc.field, tc.body, e.Segment, tc.want)
		}
	}
}
