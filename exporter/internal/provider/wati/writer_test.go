package wati

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/valyala/fastjson"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// TestWriteChat follows one chat: what Wati would send for each event, by event
// type, and whom it names.
func TestWriteChat(t *testing.T) {
	w, err := NewWriter(source)
	if err != nil {
		t.Fatal(err)
	}
	a, err := New(source)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 1, 1, 11, 0, 0, 0, time.UTC)
	lea := event.Agent{ID: "lea", Name: "Lea"}
	message := func(id, kind string) event.Message { return event.Message{ID: id, Type: kind, Text: "x"} }
	var tickets []string
	for i, tc := range []struct {
		e          event.Event
		want, read string
	}{
		{event.Event{Kind: event.ConversationOpened}, "", ""},
		{event.Event{Kind: event.MessageReceived, Message: message("m1", "text")}, "newContactMessageReceived message Bot+chatbotTriggered",
			"message.received conversation.handback message.received conversation.handback"},
		{event.Event{Kind: event.MessageSent, Actor: event.ActorBot, Message: message("m2", "text")}, "sessionMessageSent_v2 Bot", "message.sent message.status"},
		{event.Event{Kind: event.MessageReceived, Message: message("m3", "audio")}, "message Bot", "message.received conversation.handback"},
		{event.Event{Kind: event.ConversationHandoff}, "", ""},
		{event.Event{Kind: event.ConversationAssigned, Agent: lea}, "", ""},
		{event.Event{Kind: event.MessageReceived, Message: event.Message{ID: "m4", Text: "x", ReplyTo: "m2"}}, "message Lea+sentMessageREPLIED_v2",
			"message.received conversation.assigned"},
		{event.Event{Kind: event.MessageSent, Actor: event.ActorHuman, Agent: lea, Message: message("m5", "image")}, "sessionMessageSent_v2 Lea", "message.sent message.status"},
		{event.Event{Kind: event.MessageStatus, Status: event.StatusSent, Message: event.Message{ID: "m5"}}, "", ""},
		{event.Event{Kind: event.MessageStatus, Status: event.StatusDelivered, Message: event.Message{ID: "m5"}}, "sentMessageDELIVERED_v2", "message.status"},
		{event.Event{Kind: event.MessageStatus, Status: event.StatusRead, Message: event.Message{ID: "m5"}}, "sentMessageREAD_v2", "message.status"},
		{event.Event{Kind: event.ConversationResolved, Actor: event.ActorHuman, Agent: lea}, "", ""},
		{event.Event{Kind: event.SurveySent, Message: message("m6", "interactive")}, "templateMessageSent_v2", "message.sent survey.sent message.status"},
		{event.Event{Kind: event.SurveySent, Survey: event.SurveyNPS, Message: message("m7", "interactive")}, "sessionMessageSent_v2 Bot", "message.sent survey.sent message.status"},
		{event.Event{Kind: event.SurveyAnswered, HasScore: true, Score: 4, Scale: 5, Message: message("m8", "interactive")}, "message Bot+chatbotTriggered",
			"message.received conversation.handback message.received conversation.handback"},
		{event.Event{Kind: event.MessageSent, Actor: event.ActorSystem, Message: message("m9", "text")}, "sessionMessageSent_v2", "message.sent message.status"},
		{event.Event{Kind: event.MessageSent, Actor: event.ActorSystem, Message: event.Message{ID: "m10", Type: "template", Template: event.Template{Name: "offer"}}},
			"templateMessageSent_v2", "message.sent message.status"},
		{event.Event{Kind: event.MessageStatus, Status: event.StatusFailed, Error: "131026", Message: event.Message{ID: "m10", Template: event.Template{Name: "offer"}}},
			"templateMessageFailed", "message.status"},
		{event.Event{Kind: event.MessageStatus, Status: event.StatusFailed, Error: "131047", Message: event.Message{ID: "m9"}}, "sessionMessageFailed", "message.status"},
		{event.Event{Kind: event.MessageSent, Message: message("m11", "text")}, "sessionMessageSent_v2", "message.sent message.status"},
		{event.Event{Kind: event.ContactLinked, Alias: "BR.1"}, "", ""},
		{event.Event{Kind: event.NoteAdded}, "", ""},
		{event.Event{Kind: event.ConversationLabeled, Labels: []string{"sale"}}, "", ""},
		{event.Event{Kind: event.ConsentChanged, Consent: event.ConsentOptedOut}, "", ""},
	} {
		e := tc.e
		e.ID, e.Time, e.Inbox, e.Contact = "e"+string(rune('a'+i)), at.Add(time.Duration(i)*time.Second), "5511400000001", "+5511900000001"
		reqs, err := w.Write([]event.Event{e})
		if err != nil {
			t.Fatal(err)
		}
		var wrote, read []string
		for j := range reqs {
			r := &reqs[j]
			r.Received = at.Add(time.Hour)
			if err := a.Verify(r); err != nil {
				t.Errorf("%s: %v", e.Kind, err)
			}
			v, err := fastjson.ParseBytes(r.Body)
			if err != nil {
				t.Fatalf("%s: %v\n%s", e.Kind, err, r.Body)
			}
			wrote = append(wrote, strings.TrimSpace(string(wire.Text(v, "eventType"))+" "+string(wire.Text(v, "operatorName"))))
			if ticket := string(wire.Text(v, "ticketId")); ticket != "" && (len(tickets) == 0 || tickets[len(tickets)-1] != ticket) {
				tickets = append(tickets, ticket)
			}
			var res provider.Result
			if err := a.Adapt(r, &res); err != nil {
				t.Fatal(err)
			}
			for _, got := range res.Events {
				read = append(read, got.Kind.String())
				if !got.Time.Equal(e.Time) || got.Contact != "" && got.Contact != "5511900000001" {
					t.Errorf("%s: of %q at %s", got.Kind, got.Contact, got.Time)
				}
				if got.Kind == event.MessageSent && got.Actor != tc.e.Actor && tc.e.Kind == event.MessageSent {
					t.Errorf("%s by %s was written by %s", tc.e.Kind, got.Actor, tc.e.Actor)
				}
			}
		}
		// A plus in the table stands for a space, so that names are seen.
		want := strings.ReplaceAll(tc.want, "+", " ")
		if got := strings.Join(wrote, " "); got != want {
			t.Errorf("%d %s: wrote %q, want %q", i, e.Kind, got, want)
		}
		if got := strings.Join(read, " "); got != tc.read {
			t.Errorf("%d %s: read as %q, want %q", i, e.Kind, got, tc.read)
		}
	}
	if len(tickets) != 2 {
		t.Errorf("the tickets are %v, want one until the close and one after it", tickets)
	}
}

// TestWriteLeavesOut: without the keys by which a source knows them, surveys and
// automatic messages cannot be said.
func TestWriteLeavesOut(t *testing.T) {
	w, err := NewWriter(config.Source{Secret: ownSecret})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range []event.Event{
		{Kind: event.SurveySent}, {Kind: event.SurveySent, Survey: event.SurveyNPS}, {Kind: event.MessageSent, Actor: event.ActorSystem},
	} {
		e.ID, e.Time, e.Inbox, e.Contact, e.Message = "e", time.Unix(1767225600, 0), "5511400000001", "BR.1", event.Message{ID: "m", Type: "text"}
		if reqs, err := w.Write([]event.Event{e}); err != nil || len(reqs) > 0 {
			t.Errorf("%s: %d requests, %v", e.Kind, len(reqs), err)
		}
	}
}

func TestWriteRefuses(t *testing.T) {
	w, err := NewWriter(source)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*event.Event){
		"contact": func(e *event.Event) { e.Contact = "" },
		"inbox":   func(e *event.Event) { e.Inbox = "" },
		"id":      func(e *event.Event) { e.ID = "" },
	} {
		e := event.Event{ID: "1", Kind: event.MessageReceived, Inbox: "5511400000001", Contact: "5511900000001", Time: time.Unix(1767225600, 0)}
		change(&e)
		if _, err := w.Write([]event.Event{e}); !errors.Is(err, provider.ErrEvent) || !strings.Contains(err.Error(), name+" is missing") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
