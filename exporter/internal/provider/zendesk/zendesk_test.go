package zendesk

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/providertest"
)

func adapterOf(t *testing.T, change func(*config.Source)) *Adapter {
	t.Helper()
	cfg := source()
	if change != nil {
		change(&cfg)
	}
	a, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func adapted(t *testing.T, a *Adapter, body []byte) provider.Result {
	t.Helper()
	var res provider.Result
	r := &provider.Request{Method: http.MethodPost, Header: http.Header{}, Body: body, Received: providertest.Received}
	if err := a.Adapt(r, &res); err != nil {
		t.Fatal(err)
	}
	return res
}

func readCase(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/cases/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestConversations is the corpus of sources that read messages from Sunshine
// Conversations.
func TestConversations(t *testing.T) {
	a := adapterOf(t, func(cfg *config.Source) { cfg.Keys[keyMessages] = word(fromConversations) })
	files, err := filepath.Glob("testdata/conversations/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		res := adapted(t, a, body)
		got, golden := providertest.Dump(&res), strings.TrimSuffix(file, ".json")+".golden"
		if providertest.Updating() {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if want, err := os.ReadFile(golden); err != nil || string(want) != got {
			t.Errorf("%s: %v\ngot:\n%swant:\n%s", file, err, got, want)
		}
	}
}

// TestFeed: which feed messages are read from, by the secrets that there are.
func TestFeed(t *testing.T) {
	key := config.Value{Kind: config.KeySecret, Secret: ownKey}
	for _, tc := range []struct {
		name string
		cfg  config.Source
		want bool
	}{
		{"signed", config.Source{Secret: ownSecret}, false},
		{"both", config.Source{Secret: ownSecret, Keys: config.Values{keyConversations: key}}, false},
		{"key alone", config.Source{Keys: config.Values{keyConversations: key}}, true},
		{"said", config.Source{Secret: ownSecret, Keys: config.Values{keyConversations: key, keyMessages: word(fromConversations)}}, true},
		{"said otherwise", config.Source{Keys: config.Values{keyConversations: key, keyMessages: word(fromEvents)}}, false},
	} {
		a, err := New(tc.cfg)
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
		} else if a.rules.conversations != tc.want {
			t.Errorf("%s: from Sunshine Conversations: %t", tc.name, a.rules.conversations)
		}
	}
}

func TestConfigErrors(t *testing.T) {
	keys := func(name string, v config.Value) config.Source {
		return config.Source{Secret: ownSecret, Keys: config.Values{name: v}}
	}
	for name, tc := range map[string]struct {
		cfg  config.Source
		says string
	}{
		"no secret":            {config.Source{}, "there is no secret"},
		"secret of tests":      {config.Source{Secret: testSecret}, "tests of webhooks that are not saved"},
		"published":            {config.Source{Secret: vectorSecret}, "published example"},
		"published key":        {config.Source{Keys: config.Values{keyConversations: {Kind: config.KeySecret, Secret: vectorSunCoKey}}}, "published example"},
		"further secret":       {keys(keyWebhooks, config.Value{Kind: config.KeySecrets, Secrets: []config.NamedSecret{{Name: "a", Secret: testSecret}}}), "tests of webhooks"},
		"messages, no key":     {keys(keyMessages, word(fromConversations)), "needs conversations_key"},
		"users":                {keys(keyUsers, dictionary(map[string]string{"1": "robot"})), "users must be"},
		"integrations":         {keys(keyIntegrations, dictionary(map[string]string{"x": "robot"})), "integrations must be"},
		"triggers":             {keys(keyTriggers, word("nobody")), "triggers must be"},
		"states":               {keys(keyStates, dictionary(map[string]string{"Lunch": "eating"})), "states must be"},
		"ratings":              {keys(keyRatings, dictionary(map[string]string{"Super": "6"})), "ratings must be"},
		"statuses":             {keys(keyStatuses, dictionary(map[string]string{"Gelöst": "done"})), "statuses must be"},
		"two kinds of consent": {config.Source{Secret: ownSecret, Keys: config.Values{keyOptIn: list("x"), keyOptOut: list("X")}}, "means another consent"},
	} {
		_, err := New(tc.cfg)
		if !errors.Is(err, ErrConfig) || !errors.Is(err, provider.ErrConfig) || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && (strings.Contains(err.Error(), testSecret) || strings.Contains(err.Error(), vectorSecret)) {
			t.Errorf("%s: the error tells the secret", name)
		}
	}
	if _, err := NewWriter(config.Source{}); !errors.Is(err, ErrConfig) {
		t.Error(err)
	}
}

// TestSheetExamples: without any key of its own a source reads what the vendor's
// examples say.
func TestSheetExamples(t *testing.T) {
	a, err := New(config.Source{Secret: ownSecret})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]struct {
		kind  event.Kind
		actor event.Actor
	}{
		"comment_agent": {event.MessageSent, event.ActorHuman}, "comment_customer": {event.MessageReceived, event.ActorCustomer},
		"message_in": {event.MessageReceived, event.ActorCustomer}, "message_agent": {event.MessageSent, event.ActorHuman},
		"message_answer_bot": {event.MessageSent, event.ActorBot}, "message_trigger": {event.MessageSent, event.ActorBot},
		"solved": {event.ConversationResolved, event.ActorHuman}, "agent_online": {event.AgentState, event.ActorUnknown},
	} {
		res := adapted(t, a, readCase(t, name))
		if len(res.Events) != 1 || res.Events[0].Kind != want.kind || res.Events[0].Actor != want.actor {
			t.Errorf("%s: %s", name, providertest.Dump(&res))
		}
	}
}

// TestWhoseTicket: what names a chat's conversation beside its ticket teaches
// whose conversation it is.
func TestWhoseTicket(t *testing.T) {
	res := adapted(t, adapterOf(t, nil), readCase(t, "message_in"))
	want := provider.Thread{Conversation: "sc:65aa00000000000000000001", Contact: "id:8801"}
	if len(res.Threads) != 1 || res.Threads[0] != want {
		t.Errorf("%+v", res.Threads)
	}
}

func TestPresenceOfAChannel(t *testing.T) {
	a := adapterOf(t, func(cfg *config.Source) { cfg.Keys[keyPresence] = word("messaging") })
	if res := adapted(t, a, readCase(t, "agent_channel_state")); len(res.Events) != 1 || res.Events[0].State != event.PresenceAvailable {
		t.Error(providertest.Dump(&res))
	}
	if res := adapted(t, a, readCase(t, "agent_online")); len(res.Events) != 0 || res.Ignored[ignoredPresence] != 1 {
		t.Error(providertest.Dump(&res))
	}
	support := []byte(strings.Replace(string(readCase(t, "agent_channel_state")), `"messaging"`, `"support"`, 1))
	if res := adapted(t, a, support); len(res.Events) != 0 {
		t.Error(providertest.Dump(&res))
	}
}

func TestNotesOnly(t *testing.T) {
	a := adapterOf(t, func(cfg *config.Source) { cfg.Keys[keyNotesOnly] = config.Value{Kind: config.KeyBool, Bool: true} })
	for _, name := range []string{"comment_agent", "comment_customer"} {
		if res := adapted(t, a, readCase(t, name)); len(res.Events) != 0 || res.Ignored[ignoredComment] != 1 || len(res.Threads) != 1 {
			t.Errorf("%s: %s", name, providertest.Dump(&res))
		}
	}
	if res := adapted(t, a, readCase(t, "comment_note")); len(res.Events) != 1 || res.Events[0].Kind != event.NoteAdded {
		t.Error(providertest.Dump(&res))
	}
}

func TestTicketOpens(t *testing.T) {
	a := adapterOf(t, func(cfg *config.Source) { cfg.Keys[keyOpens] = config.Value{Kind: config.KeyBool, Bool: true} })
	if res := adapted(t, a, readCase(t, "created")); len(res.Events) != 1 || res.Events[0].Kind != event.ConversationOpened {
		t.Error(providertest.Dump(&res))
	}
}

// TestDeletedMessage: Sunshine Conversations leaves a place for it.
func TestDeletedMessage(t *testing.T) {
	a := adapterOf(t, func(cfg *config.Source) { cfg.Keys[keyMessages] = word(fromConversations) })
	b, err := os.ReadFile("testdata/conversations/deleted.json")
	if err != nil {
		t.Fatal(err)
	}
	if res := adapted(t, a, b); len(res.Events) != 0 || res.Ignored[ignoredDeleted] != 1 {
		t.Error(providertest.Dump(&res))
	}
}

// TestTriggerID: a retry of a trigger is the same event, the same rating on
// another occasion is not.
func TestTriggerID(t *testing.T) {
	a := adapterOf(t, nil)
	id := func(invocation, rating string) string {
		body, err := json.Marshal(map[string]string{"exporter_event": "csat", "ticket_id": "1", "rating": rating})
		if err != nil {
			t.Fatal(err)
		}
		r := &provider.Request{Header: http.Header{invocationHeader: {invocation}}, Body: body, Received: providertest.Received}
		var res provider.Result
		if err := a.Adapt(r, &res); err != nil || len(res.Events) != 1 {
			t.Fatal(err, providertest.Dump(&res))
		}
		return res.Events[0].ID
	}
	if id("A", "Good") != id("A", "Good") {
		t.Error("a retry is another event")
	}
	if id("A", "Good") == id("B", "Good") || id("A", "Good") == id("A", "Bad") {
		t.Error("two events are one")
	}
}
