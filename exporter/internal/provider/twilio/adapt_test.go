package twilio

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/providertest"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

func mustAdapter(t testing.TB, values config.Values) *Adapter {
	t.Helper()
	a, err := New(source(values))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// told adapts one form.
func adapted(t testing.TB, a *Adapter, query string, pairs ...string) *provider.Result {
	t.Helper()
	r := form("", query, "", pairs...)
	r.Received = providertest.Received
	var res provider.Result
	if err := a.Adapt(&r, &res); err != nil {
		t.Fatal(err)
	}
	for i := range res.Events {
		if err := providertest.Check(&res.Events[i], true); err != nil {
			t.Error(err)
		}
	}
	return &res
}

func kinds(res *provider.Result) string {
	var out []string
	for i := range res.Events {
		out = append(out, res.Events[i].Kind.String())
	}
	return strings.Join(out, " ")
}

// TestSender: who wrote a message of a conversation, by source, author,
// attributes and configuration.
func TestSender(t *testing.T) {
	const noAgent = ""
	for _, tc := range []struct {
		name                         string
		source, author, client, said string
		values                       config.Values
		actor                        event.Actor
		agent                        string
	}{
		{"an address", "SDK", "whatsapp:+5511900000001", "", "", nil, event.ActorCustomer, noAgent},
		{"a plain number", "API", "+15550000001", "", "", nil, event.ActorCustomer, noAgent},
		{"a channel", "WhatsApp", "someone", "", "", nil, event.ActorCustomer, noAgent},
		{"an address before what is said", "WHATSAPP", "whatsapp:+5511900000001", "", `{"actor":"bot"}`, nil, event.ActorCustomer, noAgent},
		{"signed in", "SDK", "Ana", "Ana", "", nil, event.ActorHuman, "ana"},
		{"signed in, not repeated", "sdk", "ana", "", "", nil, event.ActorHuman, "ana"},
		{"signed in as another", "SDK", "ana", "bea", "", nil, event.ActorUnknown, noAgent},
		{"signed in as nobody", "SDK", "", "", "", nil, event.ActorUnknown, noAgent},
		{"by the API", "API", "anything", "", "", nil, event.ActorBot, noAgent},
		{"by the API, which is people's", "API", "ana_40example_2Etest", "", "", config.Values{keyAPIAuthor: text("human")}, event.ActorHuman, "ana@example.test"},
		{"by the API, which says nothing", "API", "anything", "", "", config.Values{keyAPIAuthor: text("unknown")}, event.ActorUnknown, noAgent},
		{"configured bot in an app", "SDK", "studio:menu", "studio:menu", "", nil, event.ActorBot, noAgent},
		{"configured human", "API", "crm", "", "", nil, event.ActorHuman, "crm"},
		{"configured system", "API", "campaigns", "", "", nil, event.ActorSystem, noAgent},
		{"said before configured", "API", "campaigns", "", `{"actor":"bot"}`, nil, event.ActorBot, noAgent},
		{"said to be unknown", "API", "x", "", `{"actor":"unknown"}`, nil, event.ActorUnknown, noAgent},
		{"said to be a customer is nothing", "API", "x", "", `{"actor":"customer"}`, nil, event.ActorBot, noAgent},
		{"an agent said", "API", "x", "", `{"agent":"Ana"}`, nil, event.ActorHuman, "ana"},
		{"agent-<id>", "API", "x", "", `{"actor":"agent-7"}`, nil, event.ActorHuman, "7"},
		{"a survey", "SDK", "ana", "ana", `{"survey":"nps"}`, nil, event.ActorSystem, noAgent},
		{"a survey of another kind", "SDK", "ana", "ana", `{"survey":"ces"}`, nil, event.ActorHuman, "ana"},
		{"no source", "", "ana", "", "", nil, event.ActorUnknown, noAgent},
	} {
		t.Run(tc.name, func(t *testing.T) {
			attributes := "{}"
			if tc.said != "" {
				attributes = `{"helpdesk":` + tc.said + `}`
			}
			res := adapted(t, mustAdapter(t, tc.values), "", "EventType", "onMessageAdded", "ConversationSid", "CH1", "MessageSid", "IM1",
				"Source", tc.source, "Author", tc.author, "ClientIdentity", tc.client, "Attributes", attributes, "Body", "x",
				"DateCreated", "2026-01-01T00:01:00.000Z")
			if len(res.Events) == 0 {
				t.Fatal("no event")
			}
			e := res.Events[0]
			if e.Actor != tc.actor || e.Agent.ID != tc.agent || (e.Kind == event.MessageReceived) != (tc.actor == event.ActorCustomer) {
				t.Errorf("%s by %s %q", e.Kind, e.Actor, e.Agent.ID)
			}
		})
	}
}

// TestOneFamily: a message counts in one family only, whichever is configured.
func TestOneFamily(t *testing.T) {
	inbound := []string{"MessageSid", "SM1", "From", "whatsapp:+5511900000001", "To", "whatsapp:+5511400000000", "WaId", "5511900000001",
		"ExternalUserId", "whatsapp:BR.1", "Body", "Very good", "ButtonPayload", "csat:x:5", "SmsStatus", "received", "OptOutType", "STOP"}
	callback := []string{"MessageSid", "SM2", "MessageStatus", "delivered", "From", "whatsapp:+5511400000000", "To", "whatsapp:+5511900000001"}
	added := []string{"EventType", "onMessageAdded", "ConversationSid", "CH1", "MessageSid", "IM1", "Source", "API", "Author", "bot", "Body", "x",
		"DateCreated", "2026-01-01T00:01:00.000Z"}
	delivery := []string{"EventType", "onDeliveryUpdated", "ConversationSid", "CH1", "MessageSid", "IM1", "DeliveryReceiptSid", "DY1",
		"Status", "read", "DateUpdated", "2026-01-01T00:01:00.000Z"}
	for _, tc := range []struct {
		family, name, query string
		pairs               []string
		want, ignored       string
	}{
		{byConversations, "inbound", "", inbound, "survey.answered contact.linked consent.changed", ignoredMessaging},
		{byConversations, "callback", "", callback, "", ignoredMessaging},
		{byConversations, "callback that says who", "actor=bot", callback, "message.sent message.status", ""},
		{byConversations, "callback with a query of its own", "tenant=acme&conv=7", callback, "", ignoredMessaging},
		{byConversations, "added", "", added, "message.sent", ""},
		{byConversations, "delivery", "", delivery, "message.status", ""},
		{byMessaging, "inbound", "", inbound, "message.received survey.answered consent.changed", ""},
		{byMessaging, "callback", "", callback, "message.sent message.status", ""},
		{byMessaging, "added", "", added, "", ignoredConversations},
		{byMessaging, "delivery", "", delivery, "", ignoredConversations},
	} {
		res := adapted(t, mustAdapter(t, config.Values{keyMessages: text(tc.family)}), tc.query, tc.pairs...)
		if kinds(res) != tc.want || tc.ignored != "" && res.Ignored[tc.ignored] != 1 {
			t.Errorf("%s, %s: %q, ignored %v", tc.family, tc.name, kinds(res), res.Ignored)
		}
	}
	res := adapted(t, mustAdapter(t, config.Values{keyMessages: text(byMessaging)}), "", inbound...)
	m, s := res.Events[0], res.Events[1]
	if m.Contact != "5511900000001" || m.Alias != "BR.1" || m.Inbox != "5511400000000" || m.Channel != "whatsapp" || m.Message.Type != "button" ||
		!m.HasScore || m.Score != 5 || !m.Time.Equal(providertest.Received) || !s.Derived || s.Score != 5 || m.ID == s.ID {
		t.Errorf("read as %+v, %+v", m, s)
	}
}

// TestResolveOn: one thing resolves a conversation, with who is known.
func TestResolveOn(t *testing.T) {
	closed := func(reason string) []string {
		return []string{"EventType", "onConversationStateUpdated", "ConversationSid", "CH1", "StateTo", "closed",
			"StateUpdated", "2026-01-01T00:20:00.000Z", "Reason", reason}
	}
	task := func(kind, reason string) []string {
		return []string{"EventType", kind, "Sid", "EV1", "TimestampMs", "1767225630250", "TaskSid", "WT1",
			"TaskAttributes", `{"conversationSid":"CH1"}`, "TaskCompletedReason", reason}
	}
	for _, tc := range []struct {
		on, closer string
		pairs      []string
		want       string
	}{
		{onConversation, "unknown", closed("API"), "unknown"},
		{onConversation, "human", closed("API"), "human"},
		{onConversation, "bot", closed("TIMER"), "unknown"},
		{onConversation, "bot", closed("EVENT"), "unknown"},
		{onConversation, "bot", task("task.wrapup", ""), ""},
		{onConversation, "bot", task("task.completed", ""), ""},
		{onWrapup, "bot", closed("API"), "bot"},
		{onWrapup, "bot", task("task.wrapup", ""), "human"},
		{onWrapup, "bot", task("task.completed", ""), ""},
		{onWrapup, "bot", task("task.canceled", ""), ""},
		{onCompleted, "bot", closed("API"), ""},
		{onCompleted, "bot", task("task.wrapup", ""), ""},
		{onCompleted, "bot", task("task.completed", ""), "human"},
		{onCompleted, "bot", task("task.canceled", ""), "unknown"},
		{onCompleted, "bot", task("task.system-deleted", ""), "unknown"},
		{onCompleted, "bot", task("task.completed", "handback"), "back"},
		{onConversation, "bot", task("task.completed", "handback"), "back"},
	} {
		res := adapted(t, mustAdapter(t, config.Values{keyResolveOn: text(tc.on), keyAPICloser: text(tc.closer)}), "", tc.pairs...)
		got := ""
		for _, e := range res.Events {
			if got = e.Actor.String(); e.Kind == event.ConversationHandback {
				got = "back"
			}
		}
		if got != tc.want || got == "" && len(res.Ignored) != 1 {
			t.Errorf("%s, %s, %s: %q, ignored %v", tc.on, tc.closer, tc.pairs[1], got, res.Ignored)
		}
	}
}

func TestAssignOn(t *testing.T) {
	joined := []string{"EventType", "onParticipantAdded", "ConversationSid", "CH1", "ParticipantSid", "MB2", "Identity", "Ana_40example_2Etest",
		"DateCreated", "2026-01-01T00:01:00.000Z"}
	bot := slices.Clone(joined)
	bot[7] = "studio:menu"
	accepted := []string{"EventType", "reservation.accepted", "Sid", "EV1", "TimestampMs", "1767225630250", "TaskAttributes", `{"conversationSid":"CH1"}`,
		"WorkerSid", "WK1", "WorkerName", "Ana@Example.test", "TaskQueueName", "Support"}
	for _, tc := range []struct {
		on    string
		pairs []string
		agent event.Agent
	}{
		{onTask, joined, event.Agent{}},
		{onTask, accepted, event.Agent{ID: "ana@example.test", Name: "Ana@Example.test", Team: "Support"}},
		{onParticipant, joined, event.Agent{ID: "ana@example.test"}},
		{onParticipant, bot, event.Agent{}},
		{onParticipant, accepted, event.Agent{}},
	} {
		res := adapted(t, mustAdapter(t, config.Values{keyAssignOn: text(tc.on)}), "", tc.pairs...)
		var agent event.Agent
		if len(res.Events) > 0 {
			agent = res.Events[0].Agent
		}
		if agent != tc.agent {
			t.Errorf("%s, %s: %+v", tc.on, tc.pairs[7], agent)
		}
	}
}

func TestActivities(t *testing.T) {
	a := mustAdapter(t, config.Values{
		keyActivities:      {Kind: config.KeyMap, Map: map[string]string{"Only Chat": "available", "Break": "offline"}},
		keyCapacityChannel: {Kind: config.KeyText, Text: "messages"},
	})
	for name, want := range map[string]event.Presence{
		"available": event.PresenceAvailable, "only chat": event.PresenceAvailable, "Break": event.PresenceOffline,
		"Unavailable": event.PresenceAway, "Offline": event.PresenceOffline, "Something": event.PresenceAway, "": event.PresenceAway,
	} {
		res := adapted(t, a, "", "EventType", "worker.activity.update", "Sid", "EV1", "Timestamp", "1767229200", "WorkerName", "Ana", "WorkerActivityName", name)
		if len(res.Events) != 1 || res.Events[0].State != want || res.Events[0].Agent.ID != "ana" {
			t.Errorf("%q: %+v", name, res.Events)
		}
	}
	for _, tc := range []struct {
		channel, activity, capacity string
		want                        int
	}{
		{"messages", "Available", "4", 4}, {"chat", "Available", "4", 0}, {"messages", "Lunch", "4", 0},
		{"messages", "Available", "0", 0}, {"messages", "Available", "many", 0}, {"messages", "Available", "-3", 0}, {"messages", "Available", "99999999999", 0},
	} {
		res := adapted(t, a, "", "EventType", "worker.capacity.update", "Sid", "EV1", "Timestamp", "1767229200", "WorkerName", "Ana",
			"WorkerActivityName", tc.activity, "TaskChannelUniqueName", tc.channel, "WorkerChannelAvailableCapacity", tc.capacity)
		got := 0
		for _, e := range res.Events {
			got = e.Agent.Capacity
		}
		if got != tc.want || got == 0 && res.Ignored[ignoredCapacity] != 1 {
			t.Errorf("%+v: %d, ignored %v", tc, got, res.Ignored)
		}
	}
}

// TestTimes: what is said, else the receipt, which is counted.
func TestTimes(t *testing.T) {
	for _, tc := range []struct {
		pairs []string
		want  string
		bad   int
	}{
		{[]string{"TimestampMs", "1767225630250", "Timestamp", "1767225630"}, "2026-01-01T00:00:30.25Z", 0},
		{[]string{"Timestamp", "1767225630"}, "2026-01-01T00:00:30Z", 0},
		{[]string{"TimestampMs", "soon", "Timestamp", "1767225630"}, "2026-01-01T00:00:30Z", 0},
		{[]string{"Timestamp", "2026-01-01T02:00:30+02:00"}, "2026-01-01T00:00:30Z", 0},
		{[]string{"Timestamp", "-5"}, "2026-01-01T12:00:00Z", 1},
		{nil, "2026-01-01T12:00:00Z", 1},
	} {
		pairs := append([]string{"EventType", "worker.activity.update", "Sid", "EV1", "WorkerName", "ana", "WorkerActivityName", "Available"}, tc.pairs...)
		res := adapted(t, mustAdapter(t, nil), "", pairs...)
		if got := res.Events[0].Time.Format(time.RFC3339Nano); got != tc.want || res.Ignored[countedTime] != tc.bad {
			t.Errorf("%v: %s, ignored %v", tc.pairs, got, res.Ignored)
		}
	}
}

func TestAgentID(t *testing.T) {
	for name, want := range map[string]string{
		"ana_40example_2Etest": "ana@example.test",
		"Ana_20Silva":          "ana silva",
		"agent_2Eana":          "agent.ana",
		"a_5Fb":                "a_b",
		" Ana@Example.test ":   "ana@example.test",
		"team_one":             "team_one",
		"agent_1":              "agent_1",
		"agent_40":             "agent_40",
		"ana_2etest":           "ana_2etest", // escapes are in upper case
		"a_40b_x":              "a_40b_x",
		"a_30b":                "a_30b", // a digit needs no escape
		"_":                    "_",
		"":                     "",
	} {
		if got := agentID(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
	for _, name := range []string{"ana@example.test", "agent-1", "a_b c.d", "plain"} {
		if got := agentID(escapeIdentity(name)); got != name {
			t.Errorf("%q: %q", name, got)
		}
	}
}

func TestParseAddress(t *testing.T) {
	for s, want := range map[string]address{
		"whatsapp:+5511900000001": {"5511900000001", "whatsapp"},
		"whatsapp:BR.1000":        {"BR.1000", "whatsapp"},
		"whatsapp:5511900000001":  {"5511900000001", "whatsapp"},
		"+5511900000001":          {"5511900000001", "sms"},
		"Messenger:12345":         {"12345", "messenger"},
		"whatsapp:":               {},
		"bot:main":                {},
		"client:ana":              {},
		"ana":                     {},
		"+":                       {},
		"+55x":                    {},
		"":                        {},
	} {
		if got, ok := parseAddress(s); got != want && ok || ok != (want.id != "") {
			t.Errorf("%q: %+v, %v", s, got, ok)
		}
	}
	for _, id := range []string{"5511900000001", "BR.1000"} {
		if got, _ := parseAddress(written(id)); got.id != id || got.channel != "whatsapp" {
			t.Errorf("%s is written %s", id, written(id))
		}
	}
}

func TestLongText(t *testing.T) {
	res := adapted(t, mustAdapter(t, nil), "", "EventType", "onMessageAdded", "ConversationSid", "CH1", "MessageSid", "IM1", "Source", "WHATSAPP",
		"Author", "whatsapp:+5511900000001", "Body", strings.Repeat("é", wire.MaxText), "DateCreated", "2026-01-01T00:01:00.000Z")
	if got := len(res.Events[0].Message.Text); got != wire.MaxText || res.Ignored[countedCut] != 1 {
		t.Errorf("%d bytes, ignored %v", got, res.Ignored)
	}
}

func TestMalformed(t *testing.T) {
	a := mustAdapter(t, nil)
	for _, body := range []string{"", "&&", "a=%zz", strings.Repeat("a=1&", wire.MaxPairs+1)} {
		r := raw("", "", "", formType, body)
		var res provider.Result
		if err := a.Adapt(&r, &res); !errors.Is(err, provider.ErrMalformed) || len(res.Events) > 0 {
			t.Errorf("%.20q: %v", body, err)
		}
	}
	r := raw("", "", "", "application/json", "["+strings.Repeat("1,", maxItems)+"1]")
	if err := a.Adapt(&r, new(provider.Result)); !errors.Is(err, provider.ErrMalformed) {
		t.Error(err)
	}
}

// TestToldInQuery: the order of a query means nothing.
func TestToldInQuery(t *testing.T) {
	q, _ := url.ParseQuery("agent=Ana&actor=agent-7&team=Support&category=MARKETING&type=image&survey=ces&sent=1767225630.5&other=1")
	for range 20 {
		got := toldInQuery(q)
		if got.agent != "ana" || got.actor != event.ActorHuman || got.team != "Support" || got.category != "marketing" || got.kind != "image" ||
			got.survey != "" || got.sent.UnixMilli() != 1767225630500 || !got.isSender() {
			t.Fatalf("%+v", got)
		}
	}
	for _, query := range []string{"", "tenant=acme", "conv=7", "type=text&team=x"} {
		q, _ := url.ParseQuery(query)
		if got := toldInQuery(q); got.isSender() {
			t.Errorf("%q says who sends: %+v", query, got)
		}
	}
}
