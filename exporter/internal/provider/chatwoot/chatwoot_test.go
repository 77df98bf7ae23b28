package chatwoot

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/providertest"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// adapt reads one body by a source of its own.
func adapt(t *testing.T, cfg config.Source, body string) *provider.Result {
	t.Helper()
	cfg.Secret = ownSecret
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

// read adapts a case of the corpus.
func read(t *testing.T, cfg config.Source, name string) *provider.Result {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata/cases", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return adapt(t, cfg, string(b))
}

const (
	user    = `{"id":7,"name":"Ana","type":"user"}`
	oneConv = `"conversation":{"id":81,"inbox_id":3,"meta":{"sender":{"id":501}}},"account":{"id":1}`
)

// The questions are asked in their order: what comes first decides.
func TestSenders(t *testing.T) {
	key := func(k, v string) config.Source { return config.Source{Keys: config.Values{k: word(v)}} }
	bots := config.Source{Keys: config.Values{keyBotUsers: list("7")}}
	for _, tc := range []struct {
		fields string
		cfg    config.Source
		actor  event.Actor
		agent  string
	}{
		{fields: `"message_type":"outgoing","sender":` + user, actor: event.ActorHuman, agent: "7"},
		{fields: `"message_type":1,"sender":{"id":"7","type":"User"}`, actor: event.ActorHuman, agent: "7"},
		{fields: `"message_type":"outgoing","sender":{"type":"user"}`, actor: event.ActorHuman},
		{fields: `"message_type":"outgoing","sender":` + user, cfg: bots, actor: event.ActorBot},
		{fields: `"message_type":"outgoing","sender":{"id":7,"type":"agent_bot"}`, actor: event.ActorBot},
		{fields: `"message_type":"outgoing","sender":{"id":7,"type":"captain_assistant"}`, actor: event.ActorBot},
		{fields: `"message_type":"template","sender":` + user, actor: event.ActorSystem},
		{fields: `"message_type":3,"sender":null`, actor: event.ActorSystem},
		{fields: `"message_type":"template","sender":null`, cfg: key(keyNoSender, "bot"), actor: event.ActorSystem},
		{fields: `"message_type":"outgoing","sender":` + user + `,"additional_attributes":{"campaign_id":4}`, actor: event.ActorSystem},
		{fields: `"message_type":"outgoing","sender":null,"additional_attributes":{"campaign_id":4},"content_attributes":{"automation_rule_id":6}`,
			cfg: key(keyAutomation, "bot"), actor: event.ActorSystem},
		{fields: `"message_type":"outgoing","sender":` + user + `,"additional_attributes":{"campaign_id":null}`, actor: event.ActorHuman, agent: "7"},
		{fields: `"message_type":"outgoing","sender":null,"content_attributes":{"automation_rule_id":6}`, actor: event.ActorSystem},
		{fields: `"message_type":"outgoing","sender":null,"content_attributes":{"automation_rule_id":6}`, cfg: key(keyAutomation, "bot"), actor: event.ActorBot},
		{fields: `"message_type":"outgoing","sender":{"id":1,"type":"agent_bot"},"content_attributes":{"automation_rule_id":"6"}`,
			cfg: key(keyAutomation, "human"), actor: event.ActorHuman},
		{fields: `"message_type":"outgoing","sender":null,"content_attributes":{"external_echo":true}`, actor: event.ActorHuman},
		{fields: `"message_type":"outgoing","sender":null,"content_attributes":{"external_echo":true}`, cfg: config.Source{EchoActor: "bot"}, actor: event.ActorBot},
		{fields: `"message_type":"outgoing","sender":null,"content_attributes":{"external_echo":false}`, actor: event.ActorSystem},
		{fields: `"message_type":"outgoing"`, actor: event.ActorSystem},
		{fields: `"message_type":"outgoing","sender":null`, cfg: key(keyNoSender, "bot"), actor: event.ActorBot},
		{fields: `"message_type":"outgoing","sender":null`, cfg: key(keyNoSender, "unknown"), actor: event.ActorUnknown},
		{fields: `"message_type":"outgoing","sender":null,"content_attributes":{"external_echo":true}`, cfg: key(keyNoSender, "bot"), actor: event.ActorHuman},
		{fields: `"message_type":"outgoing","sender":{"id":9,"type":"integration"}`, actor: event.ActorUnknown},
		{fields: `"message_type":"outgoing","sender":{}`, actor: event.ActorUnknown},
	} {
		e := only(t, adapt(t, tc.cfg, `{"event":"message_created","id":1,"created_at":"2026-01-01T00:00:00.000Z",`+tc.fields+`,`+oneConv+`}`))
		if e.Kind != event.MessageSent || e.Actor != tc.actor || e.Agent.ID != tc.agent {
			t.Errorf("%s: %s by %s %q, want %s %q", tc.fields, e.Kind, e.Actor, e.Agent.ID, tc.actor, tc.agent)
		}
	}
}

// Who resolved is concluded; what is surer comes first.
func TestResolver(t *testing.T) {
	assigned := func(v, kind string) string {
		return `"meta":{"sender":{"id":501},"assignee":` + v + `,"assignee_type":` + kind + `}`
	}
	agent, robot, nobody := assigned(user, `"User"`), assigned(`{"id":9,"type":"agent_bot"}`, `"AgentBot"`), assigned("null", "null")
	const answered, unanswered = `"first_reply_created_at":"2026-01-01T00:00:00.000Z"`, `"first_reply_created_at":null`
	bot := config.Source{Bot: true}
	inbox := config.Source{Inboxes: []config.Inbox{{ID: "3", Bot: true}}}
	other := config.Source{Bot: true, Inboxes: []config.Inbox{{ID: "3"}}}
	robots := config.Source{Keys: config.Values{keyBotUsers: list("7")}}
	for _, tc := range []struct {
		cfg             config.Source
		previous, state string
		actor           event.Actor
		agent           string
	}{
		{config.Source{}, "open", agent + "," + answered, event.ActorHuman, "7"},
		{config.Source{}, "open", nobody + "," + answered, event.ActorUnknown, ""},
		{config.Source{}, "open", nobody + "," + unanswered, event.ActorUnknown, ""},
		{config.Source{}, "open", robot + "," + answered, event.ActorBot, ""},
		{robots, "open", agent + "," + answered, event.ActorBot, ""},
		// Pending without a bot is a way of waiting.
		{config.Source{}, "pending", agent + "," + answered, event.ActorHuman, "7"},
		{other, "pending", agent + "," + answered, event.ActorHuman, "7"},
		{bot, "pending", agent + "," + answered, event.ActorBot, ""},
		{inbox, "pending", nobody + "," + answered, event.ActorBot, ""},
		{inbox, "snoozed", agent + "," + answered, event.ActorHuman, "7"},
		{inbox, "open", nobody + "," + answered, event.ActorUnknown, ""},
		{inbox, "open", nobody + "," + unanswered, event.ActorBot, ""},
		{inbox, "open", nobody, event.ActorUnknown, ""},
	} {
		e := only(t, adapt(t, tc.cfg, fmt.Sprintf(`{"event":"conversation_updated","id":81,"account":{"id":1},"inbox_id":3,"status":"resolved",%s,"updated_at":1767225660.25,
			"changed_attributes":[{"status":{"previous_value":%q,"current_value":"resolved"}}]}`, tc.state, tc.previous)))
		if e.Kind != event.ConversationResolved || e.Actor != tc.actor || e.Agent.ID != tc.agent {
			t.Errorf("%s, %s: by %s %q, want %s %q", tc.previous, tc.state, e.Actor, e.Agent.ID, tc.actor, tc.agent)
		}
	}
}

// A change of the status is told by two webhooks, and is one event: one dates it
// to the microsecond, the other to the millisecond.
func TestStatusOnce(t *testing.T) {
	const conv = `"id":81,"account":{"id":1},"inbox_id":3,"meta":{"sender":{"id":501}},"updated_at":1767225630.500999`
	bot := config.Source{Bot: true}
	for _, status := range []string{"resolved", "snoozed", "pending"} {
		alone := only(t, adapt(t, bot, `{"event":"conversation_status_changed",`+conv+`,"status":"`+status+`","changed_attributes":null}`))
		beside := only(t, adapt(t, bot, `{"event":"conversation_updated",`+conv+`,"status":"`+status+`","changed_attributes":[
			{"status":{"previous_value":"open","current_value":"`+status+`"}},
			{"updated_at":{"previous_value":"2026-01-01T00:00:00.000Z","current_value":"2026-01-01T00:00:30.500Z"}}]}`))
		if alone.ID != beside.ID || alone.Kind != beside.Kind || !alone.Time.Equal(beside.Time) || !alone.Derived || !beside.Derived {
			t.Errorf("%s:\n%+v\n%+v", status, alone, beside)
		}
	}
	// What opens again, or is handed over, is known beside the previous status
	// only: the other webhook must not stand in its way.
	if res := adapt(t, bot, `{"event":"conversation_status_changed",`+conv+`,"status":"open","changed_attributes":null}`); len(res.Events) > 0 || res.Ignored[ignoredStatus] != 1 {
		t.Errorf("open alone:\n%s", providertest.Dump(res))
	}
}

// The same customer has the same id wherever the phone is missing, and in events
// without an account.
func TestOneCustomer(t *testing.T) {
	for _, name := range []string{
		"text", "in_bsuid", "in_phone_null", "in_old_form", "in_no_conversation", "in_contact_of_newest", "in_no_channel", "out_agent",
		"csat_answer", "status_no_account", "status_account_of_newest", "updated_assigned", "contact_phone", "contact_opted_out",
	} {
		res := read(t, source, name)
		if len(res.Events) == 0 {
			t.Errorf("%s: no event", name)
		}
		for _, e := range res.Events {
			if e.Contact != "id:501" {
				t.Errorf("%s: contact %q", name, e.Contact)
			}
		}
	}
}

// What is told again has the id of the first time; what differs has another.
func TestIDs(t *testing.T) {
	id := func(name string) string { return read(t, source, name).Events[0].ID }
	same := [][]string{
		{"csat_answer", "csat_answer_newest"},
		{"csat_asked", "csat_asked_template"},
		{"updated_delivered", "updated_template"},
		{"updated_error", "updated_failed", "updated_error_not_newest"},
		{"status_resolved", "status_bot_address", "status_account_of_newest"},
		{"updated_resolved", "updated_resolved_by_bot"},
		{"updated_handoff", "updated_rebuilt"},
		{"updated_assigned", "updated_reassigned", "updated_team_of_agent"},
	}
	for _, names := range same {
		for _, name := range names[1:] {
			if a, b := id(names[0]), id(name); a != b {
				t.Errorf("%s is %s, %s is %s", names[0], a, name, b)
			}
		}
	}
	seen := map[string]string{}
	for _, name := range []string{
		"text", "out_agent", "note", "csat_asked", "csat_answer", "csat_answer_edited", "updated_sent", "updated_delivered", "updated_read",
		"updated_failed", "created_by_agent", "status_resolved", "updated_resolved", "updated_snoozed", "updated_handoff", "updated_handback",
		"updated_assigned", "updated_unassigned", "updated_labels", "updated_labels_first", "updated_type", "contact_phone", "contact_opted_in",
	} {
		if was, ok := seen[id(name)]; ok {
			t.Errorf("%s and %s have the id %s", was, name, id(name))
		}
		seen[id(name)] = name
	}
}

// An event's time is Chatwoot's own, cut to the millisecond.
func TestTimes(t *testing.T) {
	for value, want := range map[string]string{
		`"2026-01-01T00:00:00.123Z"`: "2026-01-01T00:00:00.123Z", `"2025-12-31T21:00:00.123-03:00"`: "2026-01-01T00:00:00.123Z",
		`1767225600`: "2026-01-01T00:00:00Z", `"1767225600"`: "2026-01-01T00:00:00Z", `1767225600.123456`: "2026-01-01T00:00:00.123Z",
	} {
		e := only(t, adapt(t, config.Source{}, `{"event":"message_created","id":1,"message_type":"incoming","created_at":`+value+`,`+oneConv+`}`))
		if got := e.Time.Format("2006-01-02T15:04:05.999999999Z07:00"); got != want {
			t.Errorf("%s is %s, want %s", value, got, want)
		}
	}
	for _, value := range []string{`null`, `""`, `0`, `"2026-01-01"`, `{}`, `-1`, `17672256000000000000`} {
		res := adapt(t, config.Source{}, `{"event":"message_created","id":1,"message_type":"incoming","created_at":`+value+`,`+oneConv+`}`)
		if e := only(t, res); !e.Time.Equal(providertest.Received) || res.Ignored[countedTime] != 1 {
			t.Errorf("%s is %s:\n%s", value, e.Time, providertest.Dump(res))
		}
	}
}

func TestTextIsCut(t *testing.T) {
	long := strings.Repeat("ü", wire.MaxText)
	res := adapt(t, config.Source{}, `{"event":"message_created","id":1,"message_type":"incoming","created_at":1767225600,"content":"`+long+`",`+oneConv+`}`)
	if e := only(t, res); e.Message.Text != long[:wire.MaxText] || res.Ignored[countedCut] != 1 {
		t.Errorf("%d bytes, %v", len(e.Message.Text), res.Ignored)
	}
}

// Codes are what stands before the first character that is no digit.
func TestCode(t *testing.T) {
	for text, want := range map[string]string{
		"131047: Re-engagement message": "131047", "131026": "131026", "": "", "Error 5": "", "+5511900000001": "", "12345678901234": "1234567890",
	} {
		if got := string(code([]byte(text))); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

// What the bare configuration makes of conventions: nothing.
func TestBareConfiguration(t *testing.T) {
	bare := config.Source{Inboxes: source.Inboxes}
	for name, ignored := range map[string]string{"updated_type": ignoredAttribute, "contact_opted_in": ignoredContact} {
		if res := read(t, bare, name); len(res.Events) > 0 || res.Ignored[ignored] != 1 {
			t.Errorf("%s:\n%s", name, providertest.Dump(res))
		}
	}
	if e := only(t, read(t, bare, "updated_handoff")); e.Reason != "" {
		t.Errorf("reason %q", e.Reason)
	}
	if e := only(t, read(t, bare, "in_segment")); e.Segment != "" {
		t.Errorf("segment %q", e.Segment)
	}
	if e := only(t, read(t, bare, "in_api_whatsapp")); e.Channel != "api" {
		t.Errorf("channel %q", e.Channel)
	}
}
