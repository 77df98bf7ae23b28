package zendesk

import (
	"net/http"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/providertest"
)

const (
	vectorSecret = "zd-demo-secret-2f6c8a"
	vectorStamp  = "2026-01-01T10:00:01Z"
	vectorSum    = "JRfu5cUp9KEwdV0d0gy1s3B7dKh3LWSZqmELxsTa1uo="
	vectorEmpty  = "Of+xGg9QYosXuRVhVUCY3rH+zibgVkrS9P9a3LzJlJg="
	// By the secret of tests, taken as text, and decoded.
	vectorTest        = "KFhEAuh5ulRCwBqwLEDW0QITdvgJJugUSP+VMUn/o7g="
	vectorTestDecoded = "M9hfzNvNqSzVtwuDS2vX9mIBTV/8fJTzjQuV2eJ+XWE="
	vectorBody        = `{"account_id":4242,"detail":{"id":"9001","status":"SOLVED"},"event":{"current":"SOLVED","previous":"OPEN"},"id":"3b0f6f0a-52f4-4a6e-9a1e-0c7d4a3f9b21","subject":"zen:ticket:9001","time":"2026-01-01T10:00:00.123456789Z","type":"zen:event-type:ticket.status_changed","zendesk_event_version":"2022-11-06"}`

	ownSecret      = "own-webhook-secret-77d1"
	agentsSecret   = "own-agents-secret-91ab"
	ownKey         = "own-conversations-key-5e02"
	vectorSunCoKey = "sunco-demo-key-91"
)

func list(words ...string) config.Value { return config.Value{Kind: config.KeyList, List: words} }

func word(s string) config.Value { return config.Value{Kind: config.KeyWord, Text: s} }

func dictionary(m map[string]string) config.Value { return config.Value{Kind: config.KeyMap, Map: m} }

// source is configured with everything that there is to configure, but for
// ticket_opens.
func source() config.Source {
	return config.Source{
		Secret: ownSecret, SegmentField: "tier",
		Keys: config.Values{
			keyWebhooks:      {Kind: config.KeySecrets, Secrets: []config.NamedSecret{{Name: "agents", Secret: agentsSecret}}},
			keyConversations: {Kind: config.KeySecret, Secret: ownKey},
			keyUsers:         dictionary(map[string]string{"900": "bot", "901": "system", "501": "human"}),
			keyIntegrations:  dictionary(map[string]string{"api:campaigns": "system"}),
			keyTriggers:      word("system"),
			keyChannels:      list("sunshine_conversations_api"),
			keyGroups:        dictionary(map[string]string{"61": "Billing"}),
			keyStates:        dictionary(map[string]string{"Lunch": "away"}),
			keyRatings:       dictionary(map[string]string{"Bom": "5", "Ruim": "1"}),
			keyStatuses:      dictionary(map[string]string{"Resolvido": "solved"}),
			keyHandoff: dictionary(map[string]string{
				"needs_human": "requested", "angry": "negative", "complex": "complex", "lost": "not_understood", "policy": "policy",
			}),
			keyOptIn:     list("opt_in"),
			keyConfirmed: list("opt_in_confirmed"),
			keyOptOut:    list("opt_out"),
		},
	}
}

var suite = providertest.Suite{
	Name: "zendesk", Spec: Spec, Source: source(), IgnoredNames: ignoredNames,
	Untested: []string{ignoredComment, ignoredDeleted},
	Vectors:  vectors(), SignatureHeader: signatureHeader,
	VectorAdapter: func() (provider.Adapter, error) {
		cfg := source()
		cfg.Secret = vectorSecret
		return newAdapter(cfg, func(string) bool { return false })
	},
	Day: providertest.Day{Translate: inTheirWords},
}

func TestProvider(t *testing.T)     { suite.Run(t) }
func FuzzAdapter(f *testing.F)      { suite.Fuzz(f) }
func BenchmarkAdapter(b *testing.B) { suite.Bench(b, "message_text") }

func vectorRequest(body, sum string, change func(*provider.Request)) provider.Request {
	at := time.Date(2026, 1, 1, 10, 0, 1, 0, time.UTC)
	r := provider.Request{Method: http.MethodPost, Header: http.Header{}, Body: []byte(body), Received: at.Add(time.Second)}
	r.Header.Set(stampHeader, vectorStamp)
	r.Header.Set(signatureHeader, sum)
	if change != nil {
		change(&r)
	}
	return r
}

func vectors() []providertest.Vector {
	header := func(name, value string) func(*provider.Request) {
		return func(r *provider.Request) { r.Header.Set(name, value) }
	}
	received := func(after time.Duration) func(*provider.Request) {
		return func(r *provider.Request) { r.Received = r.Received.Add(after) }
	}
	v := func(name string, ok bool, sum string, change func(*provider.Request)) providertest.Vector {
		return providertest.Vector{Name: name, OK: ok, Request: vectorRequest(vectorBody, sum, change)}
	}
	return []providertest.Vector{
		v("published", true, vectorSum, nil),
		v("with a key beside", true, vectorSum, header(apiKeyHeader, ownKey)),
		v("five minutes late", true, vectorSum, received(5*time.Minute-time.Second)),
		v("test secret as text", false, vectorTest, nil),
		v("test secret decoded", false, vectorTestDecoded, nil),
		v("wrong signature beside the right key", false, vectorTest, header(apiKeyHeader, ownKey)),
		v("too late", false, vectorSum, received(5*time.Minute+time.Second)),
		v("too early", false, vectorSum, received(-6*time.Minute)),
		v("another stamp", false, vectorSum, header(stampHeader, "2026-01-01T10:00:02Z")),
		v("the same moment written otherwise", false, vectorSum, header(stampHeader, "2026-01-01T10:00:01.000Z")),
		v("no stamp", false, vectorSum, func(r *provider.Request) { r.Header.Del(stampHeader) }),
		v("no signature", false, vectorSum, func(r *provider.Request) { r.Header.Del(signatureHeader) }),
		v("stamp twice", false, vectorSum, func(r *provider.Request) { r.Header.Add(stampHeader, vectorStamp) }),
		v("signature of the body alone", false, vectorEmpty, nil),
		v("no base64", false, "JRfu5cUp9KEwdV0d0gy1s3B7dKh3LWSZqmELxsTa1u!=", nil),
		v("in hex", false, "2517eee5c529f4a13075", nil),
	}
}

// TestEmptyBody: the timestamp alone is signed.
func TestEmptyBody(t *testing.T) {
	a, err := suite.VectorAdapter()
	if err != nil {
		t.Fatal(err)
	}
	r := vectorRequest("", vectorEmpty, nil)
	if err := a.Verify(&r); err != nil {
		t.Error(err)
	}
	r.Body = []byte(" ")
	if a.Verify(&r) == nil {
		t.Error("a body that is not signed is accepted")
	}
}

// TestConversationsKey: Sunshine Conversations proves itself by a key alone.
func TestConversationsKey(t *testing.T) {
	cfg := config.Source{Keys: config.Values{keyConversations: {Kind: config.KeySecret, Secret: vectorSunCoKey}}}
	only, err := newAdapter(cfg, func(string) bool { return false })
	if err != nil {
		t.Fatal(err)
	}
	cfg.Keys = config.Values{}
	cfg.Secret = vectorSecret
	signed, err := newAdapter(cfg, func(string) bool { return false })
	if err != nil {
		t.Fatal(err)
	}
	request := func(keys ...string) *provider.Request {
		return &provider.Request{Method: http.MethodPost, Header: http.Header{apiKeyHeader: keys}, Body: []byte("{}"), Received: providertest.Received}
	}
	if err := only.Verify(request(vectorSunCoKey)); err != nil {
		t.Error(err)
	}
	for name, r := range map[string]*provider.Request{
		"absent": request(), "different": request("sunco-demo-key-92"), "quoted": request(`"` + vectorSunCoKey + `"`), "empty": request(""),
		"twice": request(vectorSunCoKey, vectorSunCoKey), "longer": request(vectorSunCoKey + "0"), "other case": request("SUNCO-DEMO-KEY-91"),
	} {
		if only.Verify(r) == nil {
			t.Errorf("%s: accepted", name)
		}
		if signed.Verify(r) == nil {
			t.Errorf("%s: accepted without a key", name)
		}
	}
	if signed.Verify(request(vectorSunCoKey)) == nil {
		t.Error("accepted by a source that has no key")
	}
	unsigned := vectorRequest(vectorBody, vectorSum, nil)
	if only.Verify(&unsigned) == nil {
		t.Error("a signature that nobody can check is accepted")
	}
}

// inTheirWords: agents are named where they write; teams are told where a ticket is assigned, by the groups' names
// or ids; a chat's message is its words; a survey has no text, and NPS and
// templates are not told.
func inTheirWords(e *event.Event) {
	if e.Agent.ID != "" {
		e.Agent.ID = userID(e.Agent.ID)
	}
	if e.Kind != event.ConversationAssigned {
		e.Agent.Team = ""
	} else if e.Agent.Team != "" {
		e.Agent.Team = groupID(e.Agent.Team)
	}
	e.Message.Template = event.Template{}
	switch e.Kind {
	case event.NoteAdded:
	case event.MessageReceived, event.MessageSent:
		if e.Message.Type = "text"; e.Message.Text == "" {
			e.Message.Type = "other"
		}
	default:
		e.Agent.Name = ""
	}
	if e.Inbox != "" {
		e.Inbox = numeric(e.Inbox, 1_000_000)
	}
}

// TestDayByControl: without tags and bot users the bot passes the control on.
// What the reasons were is not told then.
func TestDayByControl(t *testing.T) {
	s := suite
	s.Source = source()
	delete(s.Source.Keys, keyHandoff)
	s.Source.Keys[keyUsers] = dictionary(map[string]string{"901": "system"})
	s.Day.Translate = func(e *event.Event) {
		inTheirWords(e)
		if e.Kind == event.ConversationHandoff {
			e.Reason = ""
		}
	}
	s.RunDay(t)
}
