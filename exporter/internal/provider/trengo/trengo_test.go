package trengo

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/providertest"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

func TestNew(t *testing.T) {
	for name, cfg := range map[string]config.Source{
		"common secret":  {Secret: commonSecret},
		"signing secret": {Keys: config.Values{keySigning: signingSecrets(typeInbound, inboundSecret)}},
		"everything":     source,
	} {
		if a, err := New(cfg); err != nil || a == nil {
			t.Errorf("%s: %v", name, err)
		}
		if w, err := NewWriter(cfg); err != nil || w == nil {
			t.Errorf("%s: writer: %v", name, err)
		}
	}
	with := func(key string, v config.Value) config.Source {
		return config.Source{Secret: commonSecret, Keys: config.Values{key: v}}
	}
	for _, tc := range []struct {
		want string
		cfg  config.Source
	}{
		{"there is no signing secret", config.Source{}},
		{"secret is a published example", config.Source{Secret: exampleSecret}},
		{"signing secret of NOTE is a published example", with(keySigning, signingSecrets(typeNote, " Trengo-Demo-signing-secret"))},
		{"signing secret of NOTE is empty", with(keySigning, signingSecrets(typeNote, ""))},
		{`"message.inbound" in signing_secrets is no event type`, with(keySigning, signingSecrets("message.inbound", inboundSecret))},
		{"signature_age must be", with(keyAge, word("forever"))},
		{"users must be", with(keyUsers, dictionary(map[string]string{"1": "robot"}))},
		{"automation must be", with(keyAutomation, word("robot"))},
		{"closer must be", with(keyCloser, word("system"))},
		{"survey_texts must give", with(keySurveyTexts, dictionary(map[string]string{"How": "ces"}))},
		{"must not hold an empty text", with(keySurveyTexts, dictionary(map[string]string{" ": "csat"}))},
		{"must not hold an empty text", with(keySystemTexts, list("Hello", " "))},
		{"csat_labels must give", with(keyCSAT, dictionary(map[string]string{"x": "6"}))},
		{"csat_labels must give", with(keyCSAT, dictionary(map[string]string{"x": "10"}))},
		{`label "x" stands in opt_in_labels and in opt_out_labels`, config.Source{Secret: commonSecret, Keys: config.Values{keyOptIn: list("x"), keyOptOut: list(" x")}}},
		{`label "x" stands in pending_labels and in handoff_labels`, config.Source{Secret: commonSecret,
			Keys: config.Values{keyPending: list("x"), keyHandoff: dictionary(map[string]string{"x": "complex"})}}},
		{`label "x" stands in handoff_labels and in csat_labels`, config.Source{Secret: commonSecret,
			Keys: config.Values{keyHandoff: dictionary(map[string]string{"x": "complex"}), keyCSAT: dictionary(map[string]string{"x": "5"})}}},
	} {
		_, err := New(tc.cfg)
		if !errors.Is(err, provider.ErrConfig) || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("want %q, got %v", tc.want, err)
			continue
		}
		for _, secret := range []string{exampleSecret, commonSecret, inboundSecret, "Demo"} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%v tells a secret", err)
			}
		}
	}
	for _, cfg := range []config.Source{{}, with(keyUsers, dictionary(map[string]string{"1": "robot"}))} {
		if _, err := NewWriter(cfg); !errors.Is(err, provider.ErrConfig) {
			t.Errorf("writer: %v", err)
		}
	}
}

// A wider or narrower window.
func TestSignatureAge(t *testing.T) {
	for age, most := range map[string]time.Duration{"5m": 5 * time.Minute, "1h": time.Hour, "24h": 24 * time.Hour, "7d": 7 * 24 * time.Hour, "": 24 * time.Hour} {
		cfg := config.Source{Secret: exampleSecret, Keys: config.Values{keyAge: word(age)}}
		a, err := newAdapter(cfg, func(string) bool { return false })
		if err != nil {
			t.Fatal(err)
		}
		for after, ok := range map[time.Duration]bool{0: true, most: true, most + time.Second: false, 10 * 24 * time.Hour: false} {
			r := received(after)
			if err := a.Verify(&r); (err == nil) != ok || err != nil && !errors.Is(err, provider.ErrUnauthorized) {
				t.Errorf("%s, %s later: %v", age, after, err)
			}
		}
	}
}

// adapt reads one form, sent to the address of its type and not signed.
func adapt(t *testing.T, keys config.Values, kind, form string) *provider.Result {
	t.Helper()
	a, err := New(config.Source{Secret: commonSecret, Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	var res provider.Result
	if err := a.Adapt(&provider.Request{Path: "/" + kind, Body: []byte(form), Received: providertest.Received}, &res); err != nil {
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
	bot := config.Values{keyUsers: dictionary(map[string]string{"4411": "bot", "4412": "system", "4413": "human", "4414": "unknown"})}
	texts := config.Values{keySystemTexts: list("Wir haben GESCHLOSSEN"), keySurveyTexts: dictionary(map[string]string{"Note": "csat", "Note von 0": "nps"})}
	for _, tc := range []struct {
		form  string
		keys  config.Values
		actor event.Actor
		agent string
	}{
		{form: "user_id=4411", actor: event.ActorHuman, agent: "4411"},
		{form: "user_id=+4411+", actor: event.ActorHuman, agent: "4411"},
		{form: "user_id=4411", keys: bot, actor: event.ActorBot},
		{form: "user_id=4412", keys: bot, actor: event.ActorSystem},
		{form: "user_id=4413", keys: bot, actor: event.ActorHuman, agent: "4413"},
		{form: "user_id=4414", keys: bot, actor: event.ActorUnknown},
		{form: "user_id=", actor: event.ActorBot},
		{form: "user_id=0", actor: event.ActorBot},
		{form: "user_id=null", actor: event.ActorBot},
		{form: "user_name=Lea", actor: event.ActorBot},
		{form: "", keys: config.Values{keyAutomation: word("system")}, actor: event.ActorSystem},
		{form: "", keys: config.Values{keyAutomation: word("human")}, actor: event.ActorHuman},
		{form: "user_id=", keys: config.Values{keyAutomation: word("unknown")}, actor: event.ActorUnknown},
		{form: "user_id=4411", keys: config.Values{keyAutomation: word("unknown")}, actor: event.ActorHuman, agent: "4411"},
		{form: "message=wir+haben+geschlossen,+bis+morgen", keys: texts, actor: event.ActorSystem},
		{form: "message=Wir+haben+ge", keys: texts, actor: event.ActorBot},
		{form: "message=wir+haben+geschlossen&user_id=4411", keys: texts, actor: event.ActorHuman, agent: "4411"},
		{form: "message=+note:&user_id=4411", keys: texts, actor: event.ActorSystem},
	} {
		e := adapt(t, tc.keys, typeOutbound, "message_id=5&contact_id=1&"+tc.form).Events[0]
		if e.Kind != event.MessageSent || e.Actor != tc.actor || e.Agent.ID != tc.agent {
			t.Errorf("%s %v: %s %q, want %s %q", tc.form, tc.keys, e.Actor, e.Agent.ID, tc.actor, tc.agent)
		}
	}
	for text, want := range map[string]event.Survey{"Note+von+1+bis+5": event.SurveyCSAT, "NOTE+VON+0+bis+10": event.SurveyNPS} {
		res := adapt(t, texts, typeOutbound, "message_id=5&contact_id=1&message="+text)
		if len(res.Events) != 2 || res.Events[1].Kind != event.SurveySent || res.Events[1].Survey != want {
			t.Errorf("%s: %s", text, providertest.Dump(res))
		}
	}
}

// What closes, assigns and opens, by the bare configuration and others.
func TestTickets(t *testing.T) {
	for _, tc := range []struct {
		kind, form string
		keys       config.Values
		want       event.Kind
		actor      event.Actor
		agent      string
	}{
		{typeClosed, "ticket_id=7", nil, event.ConversationResolved, event.ActorUnknown, ""},
		{typeClosed, "ticket_id=7", config.Values{keyCloser: word("bot")}, event.ConversationResolved, event.ActorBot, ""},
		{typeClosed, "ticket_id=7&user_id=4411", nil, event.ConversationResolved, event.ActorHuman, "4411"},
		{typeClosed, "ticket_id=7&user_id=4411", config.Values{keyUsers: dictionary(map[string]string{"4411": "bot"})}, event.ConversationResolved, event.ActorBot, ""},
		{typeCreated, "ticket_id=7", config.Values{keyTicketOpens: {Kind: config.KeyBool, Bool: true}}, event.ConversationOpened, event.ActorUnknown, ""},
		{typeReopened, "ticket_id=7&status=OPEN", config.Values{keyTicketOpens: {Kind: config.KeyBool, Bool: true}}, event.ConversationOpened, event.ActorUnknown, ""},
		{typeNoSpam, "ticket_id=7", config.Values{keyTicketOpens: {Kind: config.KeyBool, Bool: true}}, event.ConversationOpened, event.ActorUnknown, ""},
		{typeAssigned, "ticket_id=7&user_id=4411", nil, event.ConversationAssigned, event.ActorUnknown, "4411"},
		{typeAssigned, "ticket_id=7&user_id=4411&assigned_to=team", nil, event.ConversationAssigned, event.ActorUnknown, ""},
		{typeAssigned, "ticket_id=7&user_id=4411", config.Values{keyUsers: dictionary(map[string]string{"4411": "bot"})}, event.ConversationHandback, event.ActorUnknown, ""},
		{typeAssigned, "ticket_id=7&user_id=4411&team_name=x", config.Values{keyHandoffTeams: dictionary(map[string]string{"x": "complex"})}, event.ConversationAssigned, event.ActorUnknown, "4411"},
	} {
		e := only(t, adapt(t, tc.keys, tc.kind, tc.form))
		if e.Kind != tc.want || e.Conversation != "7" || e.Actor != tc.actor || e.Agent.ID != tc.agent {
			t.Errorf("%s %s: %+v", tc.kind, tc.form, e)
		}
	}
	for keys, want := range map[string]string{"21": "Desk", "Support": "Desk", "99": "Support"} {
		e := only(t, adapt(t, config.Values{keyTeams: dictionary(map[string]string{keys: "Desk"})}, typeAssigned, "ticket_id=7&team_id=21&team_name=Support"))
		if e.Agent.Team != want {
			t.Errorf("with %s the team is %q, want %q", keys, e.Agent.Team, want)
		}
	}
	// A team without a name is its id.
	if e := only(t, adapt(t, nil, typeAssigned, "ticket_id=7&team_id=21")); e.Agent.Team != "21" {
		t.Errorf("team %q", e.Agent.Team)
	}
}

// One thing has one id, and different things have different ones.
func TestIdentifiers(t *testing.T) {
	for written, want := range map[string]string{
		"5550042": "id:5550042", "+5550042+": "id:5550042", "31600000042": "id:31600000042", "5550042%0A": "id:5550042", "abc": "id:abc",
		"": "", "0": "", "null": "", strings.Repeat("9", 65): "",
	} {
		if e := only(t, adapt(t, nil, typeInbound, "message_id=1&ticket_id=7&contact_id="+written)); e.Contact != want {
			t.Errorf("contact %.20s is %q, want %q", written, e.Contact, want)
		}
	}
	for written, want := range map[string]string{
		"%2B31600000042": "31600000042", "+31600000042": "31600000042", "%2B31 600-000.042": "31600000042", "%2B(31)600000042": "31600000042",
		"31600000042": "", "%2B": "", "%2B123456": "", "%2B1234567890123456": "", "%2B31600000042x": "", "noa%40example.com": "", "": "",
	} {
		e := only(t, adapt(t, nil, typeInbound, "message_id=1&contact_id=1&contact_identifier="+strings.ReplaceAll(written, " ", "%20")))
		if e.Alias != want {
			t.Errorf("phone %q is %q, want %q", written, e.Alias, want)
		}
	}
	ids := map[string]string{}
	for _, tc := range []struct{ kind, form, stamp string }{
		{typeInbound, "message_id=1&ticket_id=7&contact_id=1", "1767225600"},
		{typeOutbound, "message_id=1&ticket_id=7&contact_id=1", "1767225600"},
		{typeNote, "message_id=1&ticket_id=7", "1767225600"},
		{typeInbound, "ticket_id=7&contact_id=1&message=a", "1767225600"},
		{typeInbound, "ticket_id=7&contact_id=1&message=b", "1767225600"},
		{typeInbound, "ticket_id=7&contact_id=1&message=b", "1767225601"},
		{typeClosed, "ticket_id=7", "1767225600"},
		{typeClosed, "ticket_id=7", "1767225601"},
		{typeClosed, "ticket_id=8", "1767225600"},
		{typeSpam, "ticket_id=7", "1767225600"},
		{typeAssigned, "ticket_id=7&user_id=1", "1767225600"},
		{typeAssigned, "ticket_id=7&user_id=2", "1767225600"},
		{typeAssigned, "ticket_id=7&team_id=1", "1767225600"},
		{typeLabeled, "ticket_id=7&label_id=1", "1767225600"},
		{typeLabeled, "ticket_id=7&label_id=2", "1767225600"},
		{typeLabeled, "ticket_id=7&label_name=one", "1767225600"},
		{typeMerged, "ticket_id=7&merged_and_deleted_ticket_id=8", "1767225600"},
		{typeMerged, "ticket_id=7&merged_and_deleted_ticket_id=9", "1767225600"},
	} {
		a, err := New(config.Source{Secret: commonSecret})
		if err != nil {
			t.Fatal(err)
		}
		name := tc.kind + " " + tc.form + " " + tc.stamp
		for delivery := range 2 {
			// The second delivery names its type in another way.
			r := provider.Request{Body: []byte(tc.form), Received: providertest.Received.Add(time.Duration(delivery) * time.Minute)}
			r.Header = http.Header{signatureHeader: {sign(newSigner(commonSecret), tc.stamp, r.Body)}}
			if r.Path = "/" + tc.kind; delivery > 0 {
				r.Path, r.Query = "", url.Values{"event": {strings.ToLower(tc.kind)}}
			}
			var res provider.Result
			if err := a.Adapt(&r, &res); err != nil {
				t.Fatal(err)
			}
			id := only(t, &res).ID
			if was, ok := ids[id]; ok && was != name {
				t.Errorf("%s and %s have the id %q", was, name, id)
			}
			ids[id] = name
		}
	}
	if len(ids) != 18 {
		t.Errorf("%d ids: %v", len(ids), ids)
	}
}

// The time is the signature's and in UTC; without one it is the receipt's.
func TestTime(t *testing.T) {
	a, err := New(config.Source{Secret: commonSecret})
	if err != nil {
		t.Fatal(err)
	}
	zone := time.FixedZone("here", 3600)
	for value, want := range map[string]time.Time{
		"1767225600;" + vectorHash:    vectorTime,
		"1767225600":                  providertest.Received,
		"":                            providertest.Received,
		"9999999999;" + vectorHash:    providertest.Received,
		"1767225600000;" + vectorHash: providertest.Received,
	} {
		var res provider.Result
		r := provider.Request{Path: "/TICKET_CLOSED", Header: http.Header{signatureHeader: {value}}, Body: []byte("ticket_id=7"), Received: providertest.Received.In(zone)}
		if err := a.Adapt(&r, &res); err != nil {
			t.Fatal(err)
		}
		if e := only(t, &res); e.Time != want {
			t.Errorf("%s: %s, want %s", value, e.Time, want)
		}
	}
}

// Where the address does not tell, the secret does, unless two are alike, and
// then the body as far as it can.
func TestType(t *testing.T) {
	a, err := New(config.Source{Secret: commonSecret, Keys: config.Values{
		keySigning: signingSecrets(typeInbound, inboundSecret, typeInbound, inboundSecret, typeNote, "twin", typeClosed, "twin"),
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ secret, form, want string }{
		{inboundSecret, "message_id=1", typeInbound},
		{inboundSecret, "assigned_to=USER", typeInbound},
		{"twin", "message_id=1", ""},
		{commonSecret, "message_id=1&contact_id=2", ""},
		{commonSecret, "message_id=1&contact_id=2&user_id=", ""},
		{commonSecret, "message_id=1&contact_id=2&user_id=3", typeOutbound},
		{commonSecret, "message_id=1&user_id=3", typeNote},
		{commonSecret, "ticket_id=1", ""},
		{commonSecret, "ticket_id=1&label_id=2", ""},
		{commonSecret, "ticket_id=1&status=CLOSED", ""},
		{commonSecret, "ticket_id=1&status=ASSIGNED", typeReopened},
		{commonSecret, "ticket_id=1&merged_and_deleted_ticket_id=2", typeMerged},
		{commonSecret, "ticket_id=1&assigned_to=TEAM", typeAssigned},
	} {
		r := provider.Request{Body: []byte(tc.form), Received: vectorTime, Header: http.Header{}}
		r.Header.Set(signatureHeader, sign(newSigner(tc.secret), vectorStamp, r.Body))
		form, err := wire.ParseForm(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		if got := or(a.typeOfSecret(&r), typeOfBody(form)); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.form, got, tc.want)
		}
	}
}

func TestChannels(t *testing.T) {
	for _, tc := range []struct {
		channels map[string]string
		id, want string
	}{
		{nil, "9911", ""},
		{nil, "", ""},
		{map[string]string{"9920": "Email"}, "9920", "email"},
		{map[string]string{"9920": "email"}, "9911", ""},
		{map[string]string{"9911": "WhatsApp"}, "9911", "whatsapp"},
		{map[string]string{"9911": "WhatsApp"}, "9920", "other"},
		{map[string]string{"9911": "WhatsApp"}, "", ""},
	} {
		e := only(t, adapt(t, config.Values{keyChannels: dictionary(tc.channels)}, typeInbound, "message_id=1&contact_id=1&channel_id="+tc.id))
		if e.Channel != tc.want || e.Inbox != tc.id {
			t.Errorf("%v, %s: %q", tc.channels, tc.id, e.Channel)
		}
	}
}

func TestReactions(t *testing.T) {
	for words, want := range map[string]bool{
		"👍": true, "👍🏽": true, "❤️": true, " ❤ ": true, "🇳🇱": true, "👩‍💻": true, "🏴󠁧󠁢󠁥󠁮󠁧󠁿": true, "✅": true, "‼️": true,
		"": false, "👍👍": false, "👍 ok": false, "ok": false, "5": false, "5️⃣": false, "⭐": false, "🌟": false, "⭐⭐⭐": false, "?": false,
		"❤️!": false, "🇳🇱🇧🇪": false, "\u200d": false, strings.Repeat("👍", 40): false,
	} {
		if got := isReaction(words); got != want {
			t.Errorf("%q: %v", words, got)
		}
		res := adapt(t, nil, typeInbound, "message_id=1&contact_id=1&parent_message_id=2&message="+url.QueryEscape(words))
		if (len(res.Events) == 0) != want {
			t.Errorf("%q: %s", words, providertest.Dump(res))
		}
		// Without reference to another message it is one.
		only(t, adapt(t, nil, typeInbound, "message_id=1&contact_id=1&message="+url.QueryEscape(words)))
	}
}

func TestTextCut(t *testing.T) {
	res := adapt(t, nil, typeInbound, "message_id=1&contact_id=1&message="+strings.Repeat("é", wire.MaxText))
	if e := only(t, res); len(e.Message.Text) != wire.MaxText || res.Ignored[countedCut] != 1 {
		t.Errorf("%d bytes, %v", len(e.Message.Text), res.Ignored)
	}
}

// Bodies that are no form, and JSON that is none.
func TestMalformed(t *testing.T) {
	a, err := New(config.Source{Secret: commonSecret})
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ kind, body string }{
		{"", ""}, {"", "&&"}, {"", "ticket_id=%zz"}, {"", "%"}, {"application/x-www-form-urlencoded", strings.Repeat("a&", 3000)},
		{"application/json", ""}, {"application/JSON; charset=utf-8", "ticket_id=7"}, {"text/json", `["ticket_id"]`}, {"application/json", `{"ticket_id":`},
	} {
		for _, path := range []string{"/INBOUND", "/TICKET_CLOSED", "/X", ""} {
			var res provider.Result
			r := provider.Request{Path: path, Header: http.Header{"Content-Type": {tc.kind}}, Body: []byte(tc.body), Received: providertest.Received}
			if err := a.Adapt(&r, &res); !errors.Is(err, provider.ErrMalformed) || len(res.Events)+len(res.Ignored) > 0 {
				t.Errorf("%s %.20q: %v, %s", tc.kind, tc.body, err, providertest.Dump(&res))
			}
		}
	}
}
