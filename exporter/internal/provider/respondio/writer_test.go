package respondio

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

func at(seconds int) time.Time { return time.Unix(1767600000+int64(seconds), 0).UTC() }

func mustWrite(t *testing.T, w *Writer, events ...event.Event) []provider.Request {
	t.Helper()
	for i := range events {
		e := &events[i]
		e.Inbox, e.Contact = or(e.Inbox, "264017"), or(e.Contact, "5511900000001")
	}
	reqs, err := w.Write(events)
	if err != nil {
		t.Fatal(err)
	}
	return reqs
}

// kinds gives the event types of requests.
func kinds(t *testing.T, reqs []provider.Request) (names []string) {
	t.Helper()
	for _, r := range reqs {
		var body struct {
			Type string `json:"event_type"`
		}
		if err := json.Unmarshal(r.Body, &body); err != nil {
			t.Fatal(err)
		}
		names = append(names, body.Type)
	}
	return names
}

// Each webhook has its own key; what has none is signed with the common one.
func TestWriterSigns(t *testing.T) {
	w, err := NewWriter(source)
	if err != nil {
		t.Fatal(err)
	}
	message := event.Message{ID: "m", Text: "<a> & ünï/código"}
	reqs := mustWrite(t, w,
		event.Event{ID: "1", Time: at(0), Kind: event.MessageReceived, Actor: event.ActorCustomer, Message: message},
		event.Event{ID: "2", Time: at(9), Kind: event.MessageSent, Actor: event.ActorHuman, Agent: event.Agent{ID: "77"}, Message: message})
	if got, want := kinds(t, reqs), []string{"message.received", "conversation.opened", "message.sent"}; !slices.Equal(got, want) {
		t.Fatalf("%v, want %v", got, want)
	}
	for i, key := range []string{commonKey, commonKey, sentKey} {
		if got := reqs[i].Header.Get(signatureHeader); got != sign(newSigner(key), reqs[i].Body) {
			t.Errorf("request %d is signed with another key", i)
		}
	}
	for _, cfg := range []config.Source{{Secret: commonKey}, {Keys: signingKey(sentKey)}} {
		w, err := NewWriter(cfg)
		if err != nil {
			t.Fatal(err)
		}
		a, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range mustWrite(t, w, event.Event{ID: "1", Time: at(0), Kind: event.MessageReceived, Message: message}) {
			if err := a.Verify(&r); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestWriterLeavesOut(t *testing.T) {
	w, err := NewWriter(config.Source{Secret: commonKey})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range []event.Event{
		{Kind: event.MessageStatus, Status: event.StatusRead},
		{Kind: event.ConversationHandoff, Reason: "complex"},
		{Kind: event.ConversationHandback},
		{Kind: event.ConversationPending},
		{Kind: event.ConversationMerged},
		{Kind: event.AgentState},
		{Kind: event.ConsentChanged, Consent: event.ConsentOptedIn},
		{Kind: event.SurveyAnswered, Score: 5, HasScore: true, Scale: 5},
		{Kind: event.ConversationAssigned, Agent: event.Agent{Team: "support"}},
	} {
		e.ID, e.Time = "e", at(0)
		if reqs := mustWrite(t, w, e); len(reqs) > 0 {
			t.Errorf("%s became %s", e.Kind, reqs[0].Body)
		}
	}
	for _, e := range []event.Event{
		{ID: "e", Inbox: "1", Kind: event.MessageReceived}, {ID: "e", Contact: "c", Kind: event.MessageReceived},
		{Inbox: "1", Contact: "c", Kind: event.MessageReceived},
	} {
		if _, err := w.Write([]event.Event{e}); !errors.Is(err, provider.ErrEvent) {
			t.Errorf("%+v: %v", e, err)
		}
	}
}

// An episode has one opening and one closing, whose figures add up; two ids of
// one customer are one contact.
func TestWriterRemembers(t *testing.T) {
	w, err := NewWriter(source)
	if err != nil {
		t.Fatal(err)
	}
	agent := event.Agent{ID: "77", Name: "Agent One", Team: "support"}
	const hidden, phone = "BR.100", "5511900000001"
	reqs := mustWrite(t, w,
		event.Event{ID: "1", Time: at(0), Kind: event.ConversationOpened, Contact: hidden},
		event.Event{ID: "2", Time: at(0), Kind: event.MessageReceived, Contact: hidden, Message: event.Message{ID: "a"}},
		event.Event{ID: "3", Time: at(5), Kind: event.ContactLinked, Contact: hidden, Alias: phone},
		event.Event{ID: "4", Time: at(6), Kind: event.ConversationAssigned, Agent: agent},
		event.Event{ID: "5", Time: at(30), Kind: event.MessageSent, Actor: event.ActorHuman, Agent: agent, Message: event.Message{ID: "b"}},
		event.Event{ID: "6", Time: at(90), Kind: event.ConversationResolved, Actor: event.ActorHuman, Agent: agent, RequestType: "billing"},
		event.Event{ID: "7", Time: at(100), Kind: event.MessageReceived, Message: event.Message{ID: "c"}})
	want := []string{"conversation.opened", "message.received", "contact.updated", "contact.assignee.updated", "message.sent",
		"conversation.closed", "message.received", "conversation.opened"}
	if got := kinds(t, reqs); !slices.Equal(got, want) {
		t.Fatalf("%v, want %v", got, want)
	}
	type body struct {
		ID      string `json:"event_id"`
		Contact struct {
			ID       int64
			Phone    *string
			Assignee *struct{ ID int64 }
		}
		Conversation struct {
			Category                                                                 *string
			OpenedTime, ClosedTime, FirstResponseTime, ResolutionTime                int64
			IncomingMessageCount, OutgoingMessageCount, LastAssignmentTime, OpenedAt int64
			AssigneeTeam, ClosedBySource, OpenedBySource                             string
		}
	}
	var bodies []body
	ids := map[string]bool{}
	for _, r := range reqs {
		var b body
		if err := json.Unmarshal(r.Body, &b); err != nil {
			t.Fatal(err)
		}
		if bodies, ids[b.ID] = append(bodies, b), true; b.Contact.ID != bodies[0].Contact.ID {
			t.Errorf("contact %d is %d too", bodies[0].Contact.ID, b.Contact.ID)
		}
	}
	if len(ids) != len(reqs) {
		t.Errorf("%d ids for %d requests", len(ids), len(reqs))
	}
	if bodies[1].Contact.Phone != nil || bodies[2].Contact.Phone == nil || *bodies[2].Contact.Phone != "+"+phone {
		t.Error("the phone is known from the link on")
	}
	if bodies[4].Contact.Assignee == nil || bodies[4].Contact.Assignee.ID != 77 || bodies[5].Contact.Assignee != nil {
		t.Error("the assignee is known until the close")
	}
	c := bodies[5].Conversation
	if c.OpenedTime != at(0).Unix() || c.ClosedTime != at(90).Unix() || c.FirstResponseTime != 30 || c.ResolutionTime != 90 ||
		c.IncomingMessageCount != 1 || c.OutgoingMessageCount != 1 || c.LastAssignmentTime != at(6).Unix() ||
		c.AssigneeTeam != "support" || c.ClosedBySource != "user" || c.OpenedBySource != "contact" || c.Category == nil || *c.Category != "billing" {
		t.Errorf("closed as %+v", c)
	}
}
