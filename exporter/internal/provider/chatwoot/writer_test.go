package chatwoot

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/providertest"
)

func at(seconds int) time.Time { return time.Unix(vectorTime+int64(seconds), 0).UTC() }

// story is what a Writer has told.
type story struct {
	t *testing.T
	w *Writer
}

func newStory(t *testing.T, cfg config.Source) *story {
	t.Helper()
	w, err := NewWriter(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return &story{t, w}
}

var pat = event.Agent{ID: "7", Name: "Pat", Team: "Support"}

// tell writes one event of a customer at inbox 4, where a bot answers first.
func (s *story) tell(second int, e event.Event) []provider.Request {
	s.t.Helper()
	e.ID, e.Time = e.Kind.String()+string(rune('a'+second)), at(second)
	e.Inbox, e.Contact = or(e.Inbox, "4"), or(e.Contact, "5511900000001")
	if strings.HasPrefix(e.Kind.String(), "message.") && e.Message.ID == "" {
		e.Message.ID = "wamid." + e.ID
	}
	reqs, err := s.w.Write([]event.Event{e})
	if err != nil {
		s.t.Fatal(err)
	}
	return reqs
}

type body struct {
	Event, Status, Content string
	ID                     int64
	Conversation           *body
	Meta                   struct {
		Sender struct {
			ID    int64
			Phone *string `json:"phone_number"`
		}
		Assignee     *struct{ ID int64 }
		AssigneeType *string `json:"assignee_type"`
	}
	Changed []map[string]struct {
		Previous any `json:"previous_value"`
		Current  any `json:"current_value"`
	} `json:"changed_attributes"`
	Messages []struct{ ID int64 }
}

func read1(t *testing.T, r provider.Request) (b body) {
	t.Helper()
	if err := json.Unmarshal(r.Body, &b); err != nil {
		t.Fatalf("%v in %s", err, r.Body)
	}
	return b
}

// names gives what requests are, with the attributes that have changed.
func names(t *testing.T, reqs []provider.Request) (out []string) {
	t.Helper()
	for _, r := range reqs {
		b := read1(t, r)
		name := b.Event
		for _, c := range b.Changed {
			for k := range c {
				if k != "updated_at" {
					name += " " + k
				}
			}
		}
		out = append(out, name)
	}
	return out
}

func TestWriterStory(t *testing.T) {
	s := newStory(t, source)
	for second, step := range []struct {
		e    event.Event
		want []string
	}{
		{event.Event{Kind: event.ConversationOpened}, []string{"conversation_created"}},
		{event.Event{Kind: event.ConversationOpened}, nil},
		{event.Event{Kind: event.MessageReceived, Message: event.Message{Text: "Hi"}}, []string{"message_created"}},
		{event.Event{Kind: event.MessageSent, Actor: event.ActorBot}, []string{"message_created"}},
		{event.Event{Kind: event.ConversationHandoff, Reason: "complex"},
			[]string{"conversation_updated custom_attributes", "conversation_status_changed", "conversation_updated status"}},
		{event.Event{Kind: event.ConversationHandoff, Reason: "complex"}, nil},
		{event.Event{Kind: event.ConversationAssigned, Agent: pat}, []string{"conversation_updated assignee_id team_id"}},
		{event.Event{Kind: event.ConversationAssigned, Agent: pat}, nil},
		{event.Event{Kind: event.MessageSent, Actor: event.ActorHuman, Agent: pat},
			[]string{"message_created", "conversation_updated waiting_since first_reply_created_at"}},
		{event.Event{Kind: event.MessageReceived}, []string{"message_created", "conversation_updated waiting_since"}},
		{event.Event{Kind: event.ConversationPending}, []string{"conversation_status_changed", "conversation_updated status snoozed_until"}},
		{event.Event{Kind: event.MessageReceived}, []string{"message_created", "conversation_status_changed", "conversation_updated status snoozed_until"}},
		{event.Event{Kind: event.ConversationLabeled, RequestType: "invoice", Labels: []string{"sale", "lead"}},
			[]string{"conversation_updated custom_attributes", "conversation_updated label_list"}},
		{event.Event{Kind: event.ConversationLabeled, RequestType: "invoice", Labels: []string{"lead"}}, nil},
		{event.Event{Kind: event.NoteAdded, Actor: event.ActorHuman, Agent: pat}, []string{"message_created"}},
		{event.Event{Kind: event.ConversationHandback},
			[]string{"conversation_updated assignee_id assignee_agent_bot_id", "conversation_status_changed", "conversation_updated status"}},
		{event.Event{Kind: event.ConversationResolved, Actor: event.ActorBot}, []string{"conversation_status_changed", "conversation_updated status"}},
		{event.Event{Kind: event.ConversationResolved, Actor: event.ActorBot}, nil},
		{event.Event{Kind: event.SurveySent, Message: event.Message{ID: "s"}}, []string{"message_created"}},
		{event.Event{Kind: event.MessageStatus, Status: event.StatusRead, Message: event.Message{ID: "s"}}, []string{"message_updated"}},
		{event.Event{Kind: event.MessageStatus, Status: event.StatusRead, Message: event.Message{ID: "older"}}, nil},
		{event.Event{Kind: event.SurveyAnswered, Score: 4, HasScore: true, Scale: 5}, []string{"message_updated"}},
		// After the close there is another conversation.
		{event.Event{Kind: event.MessageReceived}, []string{"conversation_created", "message_created"}},
		{event.Event{Kind: event.SurveyAnswered, Score: 2, HasScore: true, Scale: 5}, []string{"message_updated"}},
		{event.Event{Kind: event.ConsentChanged, Consent: event.ConsentConfirmed}, []string{"contact_updated custom_attributes"}},
		{event.Event{Kind: event.ConsentChanged, Consent: event.ConsentConfirmed}, nil},
		{event.Event{Kind: event.ContactLinked, Alias: "5511900000002"}, []string{"contact_updated phone_number"}},
		// Chatwoot has no word for these.
		{event.Event{Kind: event.ConversationMerged}, nil}, {event.Event{Kind: event.AgentState}, nil}, {event.Event{Kind: event.LineChanged}, nil},
		{event.Event{Kind: event.SurveySent, Survey: event.SurveyNPS, Message: event.Message{ID: "n"}}, nil},
		{event.Event{Kind: event.MessageSent, Actor: event.ActorUnknown}, nil},
		{event.Event{Kind: event.ConversationAssigned, Agent: event.Agent{ID: "70"}}, nil},
	} {
		if got := names(t, s.tell(second, step.e)); !slices.Equal(got, step.want) {
			t.Errorf("%d, %s: %q, want %q", second, step.e.Kind, got, step.want)
		}
	}
}

// Without a conversation there is nothing that could happen to it.
func TestWriterNothing(t *testing.T) {
	for _, kind := range []event.Kind{
		event.ConversationAssigned, event.ConversationHandoff, event.ConversationHandback, event.ConversationPending, event.ConversationResolved,
		event.ConversationLabeled, event.SurveySent, event.SurveyAnswered, event.NoteAdded, event.MessageStatus,
	} {
		s := newStory(t, source)
		if reqs := s.tell(1, event.Event{Kind: kind, Agent: pat, Labels: []string{"x"}, Message: event.Message{ID: "m"}}); len(reqs) > 0 {
			t.Errorf("%s became %s", kind, reqs[0].Body)
		}
	}
	// Nor where no attribute is configured for it.
	s := newStory(t, config.Source{Secret: ownSecret})
	s.tell(1, event.Event{Kind: event.MessageReceived})
	for _, e := range []event.Event{
		{Kind: event.ConsentChanged, Consent: event.ConsentOptedIn}, {Kind: event.ConversationLabeled, RequestType: "x"}, {Kind: event.ContactLinked, Alias: "BR.1"},
	} {
		if reqs := s.tell(2, e); len(reqs) > 0 {
			t.Errorf("%s became %s", e.Kind, reqs[0].Body)
		}
	}
	w, err := NewWriter(source)
	if err != nil {
		t.Fatal(err)
	}
	whole := event.Event{ID: "e", Time: at(0), Inbox: "4", Contact: "c", Kind: event.MessageReceived}
	for name, damage := range map[string]func(*event.Event){
		"id": func(e *event.Event) { e.ID = "" }, "time": func(e *event.Event) { e.Time = time.Time{} },
		"inbox": func(e *event.Event) { e.Inbox = "" }, "contact": func(e *event.Event) { e.Contact = "" },
	} {
		e := whole
		damage(&e)
		if _, err := w.Write([]event.Event{e}); !errors.Is(err, provider.ErrEvent) || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: %v", name, err)
		}
	}
}

// Each way of proof is written as it is read, over what Rails escapes.
func TestWriterProves(t *testing.T) {
	for name, cfg := range map[string]config.Source{
		"secret": {Secret: ownSecret}, "address": {Keys: config.Values{keyAddress: secret(addressSecret)}},
		"both": {Secret: ownSecret, Keys: config.Values{keyAddress: secret(addressSecret)}},
	} {
		a, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		text := "<a> & \u2028 ünï \"x\" \\ é\n"
		for _, r := range newStory(t, cfg).tell(3, event.Event{Kind: event.MessageReceived, Message: event.Message{Text: text}}) {
			r.Received = at(4)
			if err := a.Verify(&r); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if strings.ContainsAny(string(r.Body), "<>&\u2028") {
				t.Errorf("%s: not escaped: %s", name, r.Body)
			}
			if b := read1(t, r); b.Event == "message_created" && b.Content != text {
				t.Errorf("%s: %q became %q", name, text, b.Content)
			}
			if len(r.Header[deliveryHeader]) != 1 || (r.Path == "") != (name == "secret") || (r.Header.Get(signatureHeader) == "") != (name == "address") {
				t.Errorf("%s: %q, %v", name, r.Path, r.Header)
			}
		}
	}
}

// Two ids of one customer are one contact, whose phone is known from the link on.
func TestWriterLinks(t *testing.T) {
	s := newStory(t, source)
	const hidden, phone = "BR.100", "5511900000001"
	first := read1(t, s.tell(1, event.Event{Kind: event.MessageReceived, Contact: hidden})[0])
	linked := s.tell(2, event.Event{Kind: event.ContactLinked, Contact: hidden, Alias: phone})
	later := read1(t, s.tell(3, event.Event{Kind: event.MessageReceived, Contact: phone})[0])
	if first.Meta.Sender.Phone != nil || len(linked) != 1 || later.Conversation == nil || later.Conversation.Meta.Sender.ID != first.Meta.Sender.ID ||
		later.Conversation.Meta.Sender.Phone == nil || *later.Conversation.Meta.Sender.Phone != "+"+phone {
		t.Errorf("%+v\n%+v", first, later)
	}
	a, err := New(source)
	if err != nil {
		t.Fatal(err)
	}
	var res provider.Result
	if err := a.Adapt(&linked[0], &res); err != nil {
		t.Fatal(err)
	}
	if e := res.Events[0]; len(res.Events) != 1 || e.Kind != event.ContactLinked || e.Alias != phone {
		t.Errorf("%s", providertest.Dump(&res))
	}
}

// TestWriterResolves: whose the close is comes back as it was, though Chatwoot
// does not say it.
func TestWriterResolves(t *testing.T) {
	human := []event.Event{{Kind: event.MessageReceived}, {Kind: event.ConversationAssigned, Agent: pat}, {Kind: event.MessageSent, Actor: event.ActorHuman, Agent: pat}}
	contained := []event.Event{{Kind: event.MessageReceived}, {Kind: event.MessageSent, Actor: event.ActorBot}}
	back := append(slices.Clone(human), event.Event{Kind: event.ConversationHandback})
	a, err := New(source)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		before []event.Event
		close  event.Event
	}{
		{human, event.Event{Actor: event.ActorHuman, Agent: pat}}, {contained, event.Event{Actor: event.ActorBot}}, {back, event.Event{Actor: event.ActorBot}},
	} {
		s := newStory(t, source)
		for i, e := range tc.before {
			s.tell(i, e)
		}
		tc.close.Kind = event.ConversationResolved
		for _, r := range s.tell(20, tc.close) {
			var res provider.Result
			if err := a.Adapt(&r, &res); err != nil {
				t.Fatal(err)
			}
			if e := res.Events[0]; len(res.Events) != 1 || e.Kind != event.ConversationResolved || e.Actor != tc.close.Actor || e.Agent.ID != tc.close.Agent.ID {
				t.Errorf("%s:\n%s", read1(t, r).Event, providertest.Dump(&res))
			}
		}
	}
}
