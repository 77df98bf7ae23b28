package wati

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/providertest"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// adapt reads one body by a source with these keys.
func adapt(t *testing.T, keys config.Values, body string) *provider.Result {
	t.Helper()
	a, err := New(config.Source{Secret: ownSecret, Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	var res provider.Result
	if err := a.Adapt(&provider.Request{Body: []byte(body), Received: providertest.Received}, &res); err != nil {
		t.Fatal(err)
	}
	for i := range res.Events {
		if err := providertest.Check(&res.Events[i], true); err != nil {
			t.Errorf("%s: %v", body, err)
		}
	}
	return &res
}

// first gives the first event of a kind.
func first(t *testing.T, res *provider.Result, kind event.Kind) event.Event {
	t.Helper()
	for _, e := range res.Events {
		if e.Kind == kind {
			return e
		}
	}
	t.Fatalf("there is no %s:\n%s", kind, providertest.Dump(res))
	return event.Event{}
}

// The bare configuration, and what each key changes.
func TestSenders(t *testing.T) {
	const session, v1, template, echo = "sessionMessageSent_v2", "sessionMessageSent", "templateMessageSent_v2", "message"
	const lea = `"operatorEmail":" Lea@Acme.example","operatorName":"Lea"`
	bots := config.Values{keyBotNames: list("Avenue Bot"), keyBotEmails: list("API@acme.example ")}
	own := config.Values{keyLocalIDs: dictionary(map[string]string{"crm-": "bot", "crm-human-": "human", "off-": "system", "x-": "unknown"})}
	sender := config.Values{keyTemplates: text(bySender)}
	for _, tc := range []struct {
		kind, fields string
		keys         config.Values
		actor        event.Actor
		agent        string
	}{
		{kind: session, fields: lea, actor: event.ActorHuman, agent: "lea@acme.example"},
		{kind: v1, fields: lea, actor: event.ActorHuman, agent: "lea@acme.example"},
		{kind: echo, fields: lea, actor: event.ActorHuman, agent: "lea@acme.example"},
		{kind: session, fields: `"operatorName":"Lea"`, actor: event.ActorUnknown},
		{kind: session, fields: `"operatorName":"Lea","assigneeId":"65a0"`, actor: event.ActorUnknown},
		{kind: session, fields: `"operatorEmail":"","operatorName":null`, actor: event.ActorUnknown},
		{kind: session, fields: `"operatorEmail":["lea"]`, actor: event.ActorUnknown},
		{kind: session, fields: lea, keys: config.Values{keyOperator: text("unknown")}, actor: event.ActorUnknown},
		{kind: session, fields: lea, keys: config.Values{keyOperator: text("bot")}, actor: event.ActorBot},
		{kind: session, fields: `"x":1`, keys: config.Values{keyNoOperator: text("bot")}, actor: event.ActorBot},
		{kind: session, fields: lea, keys: config.Values{keyNoOperator: text("bot")}, actor: event.ActorHuman, agent: "lea@acme.example"},
		// A chatbot's run goes before everything.
		{kind: session, fields: `"chatbotTriggeredEventId":"66f0",` + lea, actor: event.ActorBot},
		{kind: session, fields: `"chatbotTriggeredEventId":"66f0","localMessageId":"crm-human-1",` + lea, keys: own, actor: event.ActorBot},
		{kind: template, fields: `"chatbotTriggeredEventId":"66f0"`, actor: event.ActorBot},
		{kind: session, fields: `"chatbotTriggeredEventId":"",` + lea, actor: event.ActorHuman, agent: "lea@acme.example"},
		// Then our own software's ids, the longest beginning first.
		{kind: session, fields: `"localMessageId":"crm-1",` + lea, keys: own, actor: event.ActorBot},
		{kind: session, fields: `"localMessageId":"crm-human-1",` + lea, keys: own, actor: event.ActorHuman, agent: "lea@acme.example"},
		{kind: session, fields: `"localMessageId":"crm-human-1"`, keys: own, actor: event.ActorHuman},
		{kind: session, fields: `"localMessageId":"CRM-1",` + lea, keys: own, actor: event.ActorHuman, agent: "lea@acme.example"},
		{kind: session, fields: `"localMessageId":"off-1",` + lea, keys: own, actor: event.ActorSystem},
		{kind: session, fields: `"localMessageId":"x-1",` + lea, keys: own, actor: event.ActorUnknown},
		{kind: template, fields: `"localMessageId":"crm-human-1",` + lea, keys: own, actor: event.ActorHuman, agent: "lea@acme.example"},
		// Then templates, whoever's account sent them.
		{kind: template, fields: lea, actor: event.ActorSystem},
		{kind: template, fields: `"operatorName":"Bot "`, actor: event.ActorSystem},
		{kind: template, fields: `"operatorEmail":"api@acme.example"`, keys: bots, actor: event.ActorSystem},
		{kind: echo, fields: `"type":"TEMPLATE",` + lea, actor: event.ActorSystem},
		{kind: template, fields: lea, keys: config.Values{keyTemplates: text("bot")}, actor: event.ActorBot},
		{kind: template, fields: lea, keys: config.Values{keyTemplates: text("human")}, actor: event.ActorHuman, agent: "lea@acme.example"},
		{kind: template, fields: lea, keys: sender, actor: event.ActorHuman, agent: "lea@acme.example"},
		{kind: template, fields: `"operatorName":"Bot "`, keys: sender, actor: event.ActorBot},
		{kind: template, fields: `"x":1`, keys: sender, actor: event.ActorUnknown},
		// Then names and addresses of bots.
		{kind: session, fields: `"operatorName":"Bot ","operatorEmail":"owner@acme.example"`, actor: event.ActorBot},
		{kind: session, fields: `"operatorName":" bOT"`, actor: event.ActorBot},
		{kind: echo, fields: `"operatorName":"Bot "`, actor: event.ActorBot},
		{kind: session, fields: `"operatorName":"Avenue Bot","operatorEmail":"a@acme.example"`, actor: event.ActorHuman, agent: "a@acme.example"},
		{kind: session, fields: `"operatorName":"avenue BOT","operatorEmail":"a@acme.example"`, keys: bots, actor: event.ActorBot},
		{kind: session, fields: `"operatorName":"Bot"`, keys: bots, actor: event.ActorBot},
		{kind: session, fields: `"operatorName":"Lea","operatorEmail":"Api@Acme.example"`, keys: bots, actor: event.ActorBot},
		{kind: session, fields: `"operatorName":"Botticelli","operatorEmail":"b@acme.example"`, keys: bots, actor: event.ActorHuman, agent: "b@acme.example"},
	} {
		res := adapt(t, tc.keys, fmt.Sprintf(`{"eventType":%q,"owner":true,"whatsappMessageId":"m","waId":"5511900000001","timestamp":"1767266190",%s}`, tc.kind, tc.fields))
		e := first(t, res, event.MessageSent)
		if e.Actor != tc.actor || e.Agent.ID != tc.agent {
			t.Errorf("%s %s %v: %s %q, want %s %q", tc.kind, tc.fields, tc.keys, e.Actor, e.Agent.ID, tc.actor, tc.agent)
		}
		if (res.Ignored[countedSender] == 1) != (tc.actor == event.ActorUnknown) {
			t.Errorf("%s %s: %v", tc.kind, tc.fields, res.Ignored)
		}
	}
}

// What a customer's message tells of the chat's operator.
func TestAssignment(t *testing.T) {
	keys := func(handbacks bool) config.Values {
		return config.Values{
			keyBotEmails: list("api@acme.example"), keyHandbacks: {Kind: config.KeyBool, Bool: handbacks},
			keyAssignees: dictionary(map[string]string{"65a8": " Max@acme.example", "65a9": "Bot", "65aa": "API@acme.example"}),
		}
	}
	for _, tc := range []struct {
		fields    string
		handbacks bool
		want      string
	}{
		{fields: `"operatorEmail":"Lea@acme.example","operatorName":"Lea ","assignedId":"65a7"`, want: "assigned lea@acme.example Lea"},
		{fields: `"operatorEmail":"Lea@acme.example"`, want: "assigned lea@acme.example "},
		{fields: `"assignedId":"65a8"`, want: "assigned max@acme.example "},
		{fields: `"assigneeId":"65a8"`, want: "assigned max@acme.example "},
		{fields: `"assignedId":"","assigneeId":"65a8"`, want: "assigned max@acme.example "},
		{fields: `"assignedId":"65ff"`, want: "unknown_assignee"},
		{fields: `"assignedId":null,"operatorName":null,"operatorEmail":null`},
		{fields: `"operatorName":"Lea"`},
		{fields: `"operatorName":"Bot ","assignedId":"65a1"`},
		{fields: `"operatorName":"Bot ","assignedId":"65a1"`, handbacks: true, want: "handback"},
		{fields: `"operatorEmail":"API@acme.example","operatorName":"Acme"`},
		{fields: `"operatorEmail":"API@acme.example","operatorName":"Acme"`, handbacks: true, want: "handback"},
		{fields: `"assignedId":"65a9"`, handbacks: true, want: "handback"},
		{fields: `"assignedId":"65aa"`, handbacks: true, want: "handback"},
		{fields: `"assignedId":"65aa"`},
		{fields: `"eventType":"chatbotTriggered"`, handbacks: true, want: "handback"},
		{fields: `"eventType":"chatbotTriggered"`},
	} {
		res := adapt(t, keys(tc.handbacks), `{`+tc.fields+`,"eventType":"message","owner":false,"whatsappMessageId":"m","waId":"5511900000001","timestamp":"1767266190"}`)
		got := ""
		if e := first(t, res, event.MessageReceived); res.Events[0].ID != e.ID || e.Agent.ID != "" {
			t.Errorf("%s: the message is not the first event, or names an agent", tc.fields)
		}
		for _, e := range res.Events[1:] {
			switch {
			case !e.Derived:
				t.Errorf("%s: %s is not derived", tc.fields, e.Kind)
			case e.Kind == event.ConversationAssigned:
				got += "assigned " + e.Agent.ID + " " + e.Agent.Name
			case e.Kind == event.ConversationHandback:
				got += "handback"
			}
		}
		for name := range res.Ignored {
			got += name
		}
		if got != tc.want {
			t.Errorf("%s, %t: %q, want %q", tc.fields, tc.handbacks, got, tc.want)
		}
	}
}

// All forms of one report have one id, and different reports different ones.
func TestForms(t *testing.T) {
	const ids = `"id":"%s","whatsappMessageId":"wamid.1","conversationId":"c","waId":"5511900000001","bsuid":"BR.1","timestamp":"1767266190","statusString":"SENT","owner":true}`
	seen := map[string]string{}
	for _, name := range []string{"sessionMessageSent", "sentMessageDELIVERED", "sentMessageREAD", "sessionMessageFailed", "chatbotTriggered"} {
		want := ""
		for i, form := range []string{name, name + "_v2", name + "_bsuid", name + "_v2_bsuid", strings.ToUpper(name) + "_V2", strings.ToLower(name), name + "_bsuid_v2"} {
			body := fmt.Sprintf(`{"eventType":"`+form+`",`+ids, fmt.Sprint("66f0", i))
			if name == "chatbotTriggered" {
				body = strings.Replace(body, `"owner":true`, `"owner":false`, 1)
			}
			got := ""
			for _, e := range adapt(t, nil, body).Events {
				got += e.ID + " "
			}
			if want == "" {
				want = got
			}
			if got != want || got == "" {
				t.Errorf("%s has the ids %q, %s %q", form, got, name, want)
			}
		}
		if other, ok := seen[want]; ok {
			t.Errorf("%s and %s have the ids %q", name, other, want)
		}
		seen[want] = name
	}
	in := `{"eventType":"message","owner":false,"whatsappMessageId":"wamid.1","waId":"5511900000001","timestamp":"1767266190"}`
	started := first(t, adapt(t, nil, strings.Replace(in, "message", "chatbotTriggered", 1)), event.MessageReceived)
	if e := first(t, adapt(t, nil, in), event.MessageReceived); e.ID != started.ID || e.Derived || !started.Derived {
		t.Errorf("the message is %q, derived %t; the chatbot's start %q, derived %t", e.ID, e.Derived, started.ID, started.Derived)
	}
}

// A message's id is the first of three that is one.
func TestIdentifiers(t *testing.T) {
	for fields, want := range map[string]string{
		`"whatsappMessageId":"w","localMessageId":"l","id":"i"`:                                "w",
		`"whatsappMessageId":null,"localMessageId":"l","id":"i"`:                               "l",
		`"whatsappMessageId":"","localMessageId":"","id":"i"`:                                  "i",
		`"whatsappMessageId":{},"localMessageId":[],"id":7`:                                    "7",
		`"whatsappMessageId":"` + strings.Repeat("w", 600) + `","localMessageId":"l"`:          "l",
		`"whatsappMessageId":true,"localMessageId":null,"id":null,"messageId":"not looked at"`: "body:",
	} {
		res := adapt(t, nil, `{"eventType":"sentMessageREAD","conversationId":"c","timestamp":"1767266190",`+fields+`}`)
		e := first(t, res, event.MessageStatus)
		if !strings.HasPrefix(e.Message.ID, want) || e.ID != "read:"+e.Message.ID || (res.Ignored[countedNoID] == 1) != (want == "body:") {
			t.Errorf("%.60s: %q of %q", fields, e.ID, e.Message.ID)
		}
	}
	for fields, want := range map[string]string{
		`"waId":"5511900000001"`:               "5511900000001",
		`"waId":"+55 11 90000-0001"`:           "5511900000001",
		`"waId":5511900000001`:                 "5511900000001",
		`"waId":"5511900000001","bsuid":"B.1"`: "5511900000001 B.1",
		`"waId":"","bsuid":"B.1"`:              "B.1",
		`"waId":"+","bsuid":"B.1"`:             "B.1",
		`"waId":null,"bsuid":"B.1"`:            "B.1",
		`"waId":"B.1","bsuid":"B.1"`:           "B.1",
		`"waId":{"a":1},"bsuid":["B.1"]`:       "",
	} {
		e := first(t, adapt(t, nil, `{"eventType":"message","whatsappMessageId":"w","conversationId":"c","ticketId":"t","timestamp":"1767266190",`+fields+`}`), event.MessageReceived)
		if got := strings.TrimSpace(e.Contact + " " + e.Alias); got != want || e.Conversation != "c" {
			t.Errorf("%s is %q of %q, want %q", fields, got, e.Conversation, want)
		}
	}
	for fields, want := range map[string]string{
		`"channelPhoneNumber":"5511400000001","channelId":"67a0"`: "5511400000001",
		`"channelPhoneNumber":"+55 11 40000-0001"`:                "5511400000001",
		`"channelPhoneNumber":null,"channelId":"67a0"`:            "67a0",
		`"channelPhoneNumber":"","channelId":null`:                "",
	} {
		e := first(t, adapt(t, nil, `{"eventType":"message","whatsappMessageId":"w","waId":"5511900000001","timestamp":"1767266190",`+fields+`}`), event.MessageReceived)
		if e.Inbox != want {
			t.Errorf("%s is %q, want %q", fields, e.Inbox, want)
		}
	}
}

func TestTimes(t *testing.T) {
	at := func(s string) time.Time {
		v, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return v.UTC()
	}
	for fields, want := range map[string]time.Time{
		`"created":"2026-01-05T08:15:02.1234567Z","timestamp":"1"`:          at("2026-01-05T08:15:02Z"),
		`"created":"2026-01-05T08:15:02.9999999Z","timestamp":"1767600000"`: at("2026-01-05T08:15:02Z"),
		`"created":"2026-01-05T08:15:02Z"`:                                  at("2026-01-05T08:15:02Z"),
		`"created":"2026-01-05T08:15:02.5"`:                                 at("2026-01-05T08:15:02Z"),
		`"created":"2026-01-05T10:15:02+02:00"`:                             at("2026-01-05T08:15:02Z"),
		`"created":null,"timestamp":"1767600902"`:                           at("2026-01-05T08:15:02Z"),
		`"created":"","timestamp":1767600902`:                               at("2026-01-05T08:15:02Z"),
		`"created":"yesterday","timestamp":"1767600902123"`:                 at("2026-01-05T08:15:02Z"),
		`"timestamp":1767600902999`:                                         at("2026-01-05T08:15:02Z"),
		`"created":{},"timestamp":[]`:                                       {},
		`"timestamp":"0"`:                                                   {},
		`"created":"0001-01-01T00:00:00"`:                                   {},
		`"created":"2026-13-05T08:15:02Z","timestamp":"99999999999999999"`:  {},
		`"created":"` + strings.Repeat("2", 100) + `"`:                      {},
	} {
		res := adapt(t, nil, `{"eventType":"message","whatsappMessageId":"w","waId":"5511900000001",`+fields+`}`)
		bad := want.IsZero()
		if bad {
			want = providertest.Received
		}
		if e := first(t, res, event.MessageReceived); !e.Time.Equal(want) || (res.Ignored[countedTime] == 1) != bad {
			t.Errorf("%.80s is %s, %v", fields, e.Time, res.Ignored)
		}
	}
}

// Who asks for a score is known by the template or by how the text begins.
func TestSurveys(t *testing.T) {
	keys := config.Values{
		keySurveyTemplates: dictionary(map[string]string{"rate_us": "csat", "recommend": "nps"}),
		keySurveyTexts:     dictionary(map[string]string{"Avalie": "csat", "Avalie de 0 a 10": "nps", "ÉS feliz": "csat"}),
	}
	for _, tc := range []struct{ body, want string }{
		{`"eventType":"templateMessageSent_v2","templateName":"rate_us"`, "csat"},
		{`"eventType":"templateMessageSent_v2","templateName":"recommend","text":"Avalie"`, "nps"},
		{`"eventType":"templateMessageSent_v2","templateName":"Rate_us"`, ""},
		{`"eventType":"templateMessageSent","text":"x"`, ""},
		{`"eventType":"sessionMessageSent_v2","templateName":"rate_us","text":"x"`, ""},
		{`"eventType":"sessionMessageSent_v2","text":"  avalie nosso atendimento"`, "csat"},
		{`"eventType":"sessionMessageSent_v2","text":"AVALIE DE 0 A 10, por favor"`, "nps"},
		{`"eventType":"sessionMessageSent_v2","text":"és Feliz?"`, "csat"},
		{`"eventType":"sessionMessageSent_v2","text":"aval"`, ""},
		{`"eventType":"sessionMessageSent_v2","text":"Por favor, avalie"`, ""},
		{`"eventType":"sessionMessageSent_v2","text":null`, ""},
		{`"eventType":"message","owner":true,"text":"Avalie"`, "csat"},
		{`"eventType":"message","owner":false,"text":"Avalie"`, ""},
	} {
		res := adapt(t, keys, `{`+tc.body+`,"chatbotTriggeredEventId":"66f0","whatsappMessageId":"w","waId":"5511900000001","timestamp":"1767266190"}`)
		got := ""
		for _, e := range res.Events {
			switch {
			case e.Kind == event.SurveySent:
				got = event.Surveys[e.Survey]
			case e.Kind == event.MessageSent && (e.Actor == event.ActorSystem) != (tc.want != ""):
				t.Errorf("%s is by %s", tc.body, e.Actor)
			}
		}
		if got != tc.want {
			t.Errorf("%s asks for %q, want %q", tc.body, got, tc.want)
		}
	}
}

// TestLongText: what is longer than a record may be is cut, between characters.
func TestLongText(t *testing.T) {
	body := func(n int) string {
		return `{"eventType":"message","whatsappMessageId":"w","waId":"5511900000001","timestamp":"1767266190","text":"` + strings.Repeat("ã", n) + `"}`
	}
	const most = wire.MaxText / 2 // ã has two bytes
	for n, cut := range map[int]int{most: 0, most + 1: 1} {
		res := adapt(t, nil, body(n))
		if e := first(t, res, event.MessageReceived); e.Message.Text != strings.Repeat("ã", most) || res.Ignored[countedCut] != cut {
			t.Errorf("%d characters: %d bytes, %v", n, len(e.Message.Text), res.Ignored)
		}
	}
}
