package trengo

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

func at(seconds int) time.Time { return vectorTime.Add(time.Duration(seconds) * time.Second) }

func newWriter(t *testing.T, cfg config.Source) *Writer {
	t.Helper()
	w, err := NewWriter(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// mustWrite gives what is written, as "TYPE: fields", and checks that the source
// takes it.
func mustWrite(t *testing.T, w *Writer, cfg config.Source, events ...event.Event) (out []string) {
	t.Helper()
	a, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for i := range events {
		e := &events[i]
		e.Inbox, e.Contact, e.ID = or(e.Inbox, "9911"), or(e.Contact, "5511900000001"), or(e.ID, "e")
	}
	reqs, err := w.Write(events)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range reqs {
		r.Received = at(60)
		if err := a.Verify(&r); err != nil {
			t.Errorf("%s: %v", r.Path, err)
		}
		form, err := wire.ParseForm(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		var fields []string
		for _, p := range form {
			fields = append(fields, p.Name+"="+p.Value)
		}
		out = append(out, strings.TrimPrefix(r.Path, "/")+": "+strings.Join(fields, " "))
	}
	return out
}

func message(id, text string) event.Message { return event.Message{ID: id, Type: "text", Text: text} }

// A day of one ticket, in the fields and the order of Trengo's own examples.
func TestWriter(t *testing.T) {
	w := newWriter(t, source)
	agent := event.Agent{ID: "4411", Name: "Lea B", Team: "Support"}
	got := mustWrite(t, w, source,
		event.Event{Time: at(0), Kind: event.ConversationOpened, Conversation: "c1"},
		event.Event{Time: at(0), Kind: event.MessageReceived, Actor: event.ActorCustomer, ContactName: "Noa", Conversation: "c1", Message: message("11", "A & b?")},
		event.Event{Time: at(1), Kind: event.MessageSent, Actor: event.ActorBot, Conversation: "c1", Message: message("12", "Wait")},
		event.Event{Time: at(2), Kind: event.ConversationHandoff, Reason: "negative", Conversation: "c1"},
		event.Event{Time: at(3), Kind: event.ConversationAssigned, Agent: event.Agent{Team: "Support"}, Conversation: "c1"},
		event.Event{Time: at(4), Kind: event.ConversationAssigned, Agent: agent, Conversation: "c1"},
		event.Event{Time: at(5), Kind: event.MessageSent, Actor: event.ActorHuman, Agent: agent, Conversation: "c1", Message: message("13", "Done")},
		event.Event{Time: at(6), Kind: event.NoteAdded, Agent: agent, Conversation: "c1", Message: message("14", "Hm")},
		event.Event{Time: at(7), Kind: event.ConversationLabeled, RequestType: "billing", Labels: []string{"sale", "lead"}, Conversation: "c1"},
		event.Event{Time: at(8), Kind: event.ConversationResolved, Actor: event.ActorHuman, Agent: agent, Conversation: "c1"},
		event.Event{Time: at(9), Kind: event.SurveySent, Actor: event.ActorSystem, Conversation: "c1", Message: message("15", "Rate us")},
		event.Event{Time: at(10), Kind: event.SurveyAnswered, Score: 4, HasScore: true, Scale: 5, Conversation: "c1"},
		event.Event{Time: at(11), Kind: event.MessageReceived, Actor: event.ActorCustomer, Conversation: "c1", Message: event.Message{ID: "16", Text: "Bye", ReplyTo: "13"}},
		event.Event{Time: at(12), Kind: event.ConversationPending, Conversation: "c1"},
		event.Event{Time: at(13), Kind: event.ConversationHandback, Conversation: "c1"},
		event.Event{Time: at(14), Kind: event.ConsentChanged, Consent: event.ConsentOptedOut, Conversation: "c1"},
	)
	ticket := strings.TrimPrefix(got[0], "TICKET_CREATED: ")
	contact := "contact_id=" + fieldOf(got[1], "contact_id")
	customer := " contact_name=Noa contact_email= contact_identifier=+5511900000001 channel_id=9911"
	lea, nobody := " user_id=4411 user_name=Lea B user_email=lea.b@acme.example", " user_id= user_name= user_email="
	label := func(name string) string {
		for _, line := range got {
			if strings.HasSuffix(line, "label_name="+name) {
				return "TICKET_LABEL_ADDED: " + ticket + " label_id=" + fieldOf(line, "label_id") + " label_name=" + name
			}
		}
		return name
	}
	want := []string{
		"TICKET_CREATED: " + ticket,
		"INBOUND: message_id=11 " + ticket + " " + contact + " message=A & b?" + customer,
		"OUTBOUND: message_id=12 " + ticket + " message=Wait" + nobody + " " + contact + customer,
		label("angry"),
		"TICKET_ASSIGNED: " + ticket + nobody + " team_id=" + teamID("Support") + " team_name=Support assigned_to=TEAM",
		"TICKET_ASSIGNED: " + ticket + lea + " team_id=" + teamID("Support") + " team_name=Support assigned_to=USER",
		"OUTBOUND: message_id=13 " + ticket + " message=Done" + lea + " " + contact + customer,
		"NOTE: message_id=14 " + ticket + " message=Hm" + lea,
		label("sale"), label("lead"),
		"TICKET_CLOSED: " + ticket,
		"OUTBOUND: message_id=15 " + ticket + " message=How did we do?" + nobody + " " + contact + customer,
		label("csat-4"),
		"INBOUND: message_id=16 " + ticket + " " + contact + " message=Bye" + customer + " parent_message_id=13 parent_" + ticket,
		"TICKET_REOPENED: " + ticket + " status=ASSIGNED",
		label("waiting"),
		"TICKET_ASSIGNED: " + ticket + " user_id=900 user_name=Automation user_email=automation@acme.example team_id= team_name= assigned_to=USER",
		label("opt-out"),
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func fieldOf(line, name string) string {
	_, rest, _ := strings.Cut(line, " "+name+"=")
	value, _, _ := strings.Cut(rest, " ")
	return value
}

// A conversation after the close has a ticket of its own, two ids of a customer
// are one contact, and a merge names both tickets.
func TestWriterRemembers(t *testing.T) {
	w := newWriter(t, source)
	const hidden, phone = "BR.100", "5511900000002"
	say := func(contact, inbox, conversation string) event.Event {
		return event.Event{Time: at(0), Kind: event.MessageReceived, Contact: contact, Inbox: inbox, Conversation: conversation, Message: message("m", "x")}
	}
	got := mustWrite(t, w, source,
		say(hidden, "9911", "c1"),
		event.Event{Time: at(0), Kind: event.ContactLinked, Contact: hidden, Alias: phone},
		say(phone, "9912", "c2"),
		event.Event{Time: at(1), Kind: event.ConversationMerged, Contact: phone, Inbox: "9912", Conversation: "c2", Into: "c1"},
		event.Event{Time: at(2), Kind: event.ConversationResolved, Contact: phone},
		say(phone, "9911", "c3"),
	)
	if len(got) != 8 {
		t.Fatalf("%q", got)
	}
	first, second, third := fieldOf(got[1], "ticket_id"), fieldOf(got[3], "ticket_id"), fieldOf(got[7], "ticket_id")
	if first == second || second == third || first == third {
		t.Errorf("tickets %s, %s, %s", first, second, third)
	}
	if fieldOf(got[1], "contact_id") != fieldOf(got[3], "contact_id") {
		t.Errorf("one customer is\n%s\n%s", got[1], got[3])
	}
	if fieldOf(got[1], "contact_identifier") != "" || fieldOf(got[3], "contact_identifier") != "+"+phone {
		t.Errorf("the phone is on\n%s\n%s", got[1], got[3])
	}
	if want := "TICKET_MERGED: ticket_id=" + first + " merged_and_deleted_ticket_id=" + second; got[4] != want {
		t.Errorf("%s, want %s", got[4], want)
	}
	if got[5] != "TICKET_CLOSED: ticket_id="+first || !strings.HasPrefix(got[6], "TICKET_CREATED: ") {
		t.Errorf("%q", got[5:])
	}
}

// Who writes without being a person, as far as the configuration has a place
// for it.
func TestWriterSenders(t *testing.T) {
	robots := config.Source{Secret: commonSecret, Keys: config.Values{keyUsers: dictionary(map[string]string{"901": "system"}), keyAutomation: word("bot")}}
	system := config.Source{Secret: commonSecret, Keys: config.Values{keyUsers: dictionary(map[string]string{"900": "bot"}), keyAutomation: word("system")}}
	for _, tc := range []struct {
		cfg   config.Source
		actor event.Actor
		user  string
	}{
		{config.Source{Secret: commonSecret}, event.ActorBot, ""},
		{config.Source{Secret: commonSecret}, event.ActorSystem, ""},
		{config.Source{Secret: commonSecret}, event.ActorHuman, userID("somebody")},
		{robots, event.ActorBot, ""},
		{robots, event.ActorSystem, "901"},
		{system, event.ActorBot, "900"},
		{system, event.ActorSystem, ""},
		{system, event.ActorUnknown, ""},
	} {
		got := mustWrite(t, newWriter(t, tc.cfg), tc.cfg, event.Event{Time: at(0), Kind: event.MessageSent, Actor: tc.actor, Message: message("1", "x")})
		if len(got) != 2 || fieldOf(got[1], "user_id") != tc.user {
			t.Errorf("%s: %q, want user %q", tc.actor, got, tc.user)
		}
	}
}

func TestWriterLeavesOut(t *testing.T) {
	bare := config.Source{Secret: commonSecret}
	w := newWriter(t, bare)
	mustWrite(t, w, bare, event.Event{Time: at(0), Kind: event.MessageReceived, Message: message("1", "x")})
	for _, e := range []event.Event{
		{Kind: event.MessageStatus, Status: event.StatusRead},
		{Kind: event.ConversationHandoff, Reason: "complex"},
		{Kind: event.ConversationHandback},
		{Kind: event.ConversationPending},
		{Kind: event.ConversationMerged, Into: "nobody knows"},
		{Kind: event.ConversationLabeled, RequestType: "billing"},
		{Kind: event.AgentState},
		{Kind: event.LineChanged},
		{Kind: event.ContactLinked, Alias: "BR.1"},
		{Kind: event.ConsentChanged, Consent: event.ConsentOptedIn},
		// The customer has no ticket.
		{Kind: event.ConversationResolved, Contact: "5511900000009"},
		{Kind: event.ConversationAssigned, Contact: "5511900000009", Agent: event.Agent{ID: "1"}},
		{Kind: event.ConversationLabeled, Contact: "5511900000009", Labels: []string{"sale"}},
		{Kind: event.NoteAdded, Contact: "5511900000009"},
	} {
		e.Time = at(0)
		if got := mustWrite(t, w, bare, e); len(got) > 0 {
			t.Errorf("%s became %q", e.Kind, got)
		}
	}
	// There is a webhook for what has a secret.
	one := config.Source{Keys: config.Values{keySigning: signingSecrets(typeInbound, inboundSecret)}}
	got := mustWrite(t, newWriter(t, one), one,
		event.Event{Time: at(0), Kind: event.MessageReceived, Message: message("1", "x")},
		event.Event{Time: at(1), Kind: event.MessageSent, Actor: event.ActorHuman, Message: message("2", "y")})
	if len(got) != 1 || !strings.HasPrefix(got[0], typeInbound) {
		t.Errorf("%q", got)
	}
	for _, e := range []event.Event{
		{ID: "e", Inbox: "1", Time: at(0), Kind: event.MessageReceived}, {ID: "e", Contact: "c", Time: at(0), Kind: event.MessageReceived},
		{Inbox: "1", Contact: "c", Time: at(0), Kind: event.MessageReceived}, {ID: "e", Inbox: "1", Contact: "c", Kind: event.MessageReceived},
	} {
		if _, err := w.Write([]event.Event{e}); !errors.Is(err, provider.ErrEvent) {
			t.Errorf("%+v: %v", e, err)
		}
	}
}
