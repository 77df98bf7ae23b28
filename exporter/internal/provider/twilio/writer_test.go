package twilio

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/providertest"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

func parsed(body string) (wire.Form, error) { return wire.ParseForm([]byte(body)) }

// TestWriteMessaging: with Messaging as the family that counts, what is written
// is read as what was meant, as far as Messaging has words for it.
func TestWriteMessaging(t *testing.T) {
	values := config.Values{keyMessages: text(byMessaging), keyResolveOn: text(onCompleted)}
	w, err := NewWriter(source(values))
	if err != nil {
		t.Fatal(err)
	}
	a := mustAdapter(t, values)
	at := time.Date(2026, 1, 1, 11, 0, 0, 0, time.UTC)
	base := event.Event{Time: at, Inbox: "5511400000001", Contact: "5511900000001", Conversation: "c-1"}
	with := func(id string, kind event.Kind, change func(*event.Event)) event.Event {
		e := base
		if e.ID, e.Kind = id, kind; change != nil {
			change(&e)
		}
		return e
	}
	for _, tc := range []struct {
		e    event.Event
		want string
	}{
		{with("1", event.ConversationOpened, nil), ""},
		{with("2", event.MessageReceived, func(e *event.Event) { e.Message = event.Message{ID: "m1", Type: "image", Text: "Look"} }), "message.received image"},
		{with("3", event.MessageSent, func(e *event.Event) {
			e.Actor, e.Agent = event.ActorHuman, event.Agent{ID: "ana"}
			e.Message = event.Message{ID: "m2", Type: "text"}
		}), "message.sent text"},
		{with("4", event.MessageStatus, func(e *event.Event) { e.Status, e.Message.ID = event.StatusRead, "m2" }), "message.sent text, message.status"},
		{with("5", event.MessageStatus, func(e *event.Event) { e.Status, e.Error, e.Message.ID = event.StatusFailed, "131047", "m2" }), "message.status"},
		{with("6", event.SurveySent, func(e *event.Event) { e.Message = event.Message{ID: "m3", Type: "interactive"} }),
			"message.sent interactive, survey.sent interactive"},
		{with("7", event.SurveyAnswered, func(e *event.Event) { e.HasScore, e.Score, e.Scale, e.Message = true, 4, 5, event.Message{ID: "m4"} }),
			"message.received button, survey.answered button"},
		{with("8", event.ConversationHandoff, func(e *event.Event) { e.Reason = "requested" }), "conversation.handoff"},
		{with("9", event.ConversationAssigned, func(e *event.Event) { e.Agent = event.Agent{ID: "ana", Team: "Support"} }), "conversation.assigned"},
		{with("10", event.ConversationResolved, func(e *event.Event) { e.Actor = event.ActorHuman }), "conversation.resolved"},
		{with("11", event.NoteAdded, nil), ""},
		{with("12", event.ConversationMerged, nil), ""},
		{with("13", event.ConsentChanged, func(e *event.Event) { e.Consent = event.ConsentOptedOut }), "message.received text, consent.changed"},
	} {
		reqs, err := w.Write([]event.Event{tc.e})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for i := range reqs {
			r := &reqs[i]
			r.Received = at.Add(time.Second)
			if err := a.Verify(r); err != nil {
				t.Errorf("%s: %v", tc.e.Kind, err)
			}
			var res provider.Result
			if err := a.Adapt(r, &res); err != nil {
				t.Fatal(err)
			}
			for j := range res.Events {
				e := &res.Events[j]
				if err := providertest.Check(e, true); err != nil {
					t.Error(err)
				}
				if e.Contact != base.Contact || e.Kind == event.MessageSent && !e.Time.Equal(at) && e.Message.Type != "text" {
					t.Errorf("%s: of %q at %s", e.Kind, e.Contact, e.Time)
				}
				got = append(got, strings.TrimSpace(e.Kind.String()+" "+e.Message.Type))
			}
		}
		if s := strings.Join(got, ", "); s != tc.want {
			t.Errorf("%s: read as %q, want %q", tc.e.Kind, s, tc.want)
		}
	}
}

func TestWriteRefuses(t *testing.T) {
	w, err := NewWriter(source(nil))
	if err != nil {
		t.Fatal(err)
	}
	good := event.Event{ID: "1", Kind: event.MessageReceived, Inbox: "5511400000001", Contact: "5511900000001", Time: time.Unix(1767225600, 0)}
	for name, change := range map[string]func(*event.Event){
		"contact or inbox": func(e *event.Event) { e.Contact = "" },
		"inbox":            func(e *event.Event) { e.Inbox = "" },
		"id":               func(e *event.Event) { e.ID = "" },
	} {
		e := good
		change(&e)
		if _, err := w.Write([]event.Event{e}); !errors.Is(err, provider.ErrEvent) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestWriteAfterClose: Twilio begins another conversation for what comes after
// a close.
func TestWriteAfterClose(t *testing.T) {
	w, err := NewWriter(source(nil))
	if err != nil {
		t.Fatal(err)
	}
	var sids []string
	for i, kind := range []event.Kind{event.MessageReceived, event.MessageReceived, event.ConversationResolved, event.MessageReceived} {
		e := event.Event{ID: string(rune('a' + i)), Kind: kind, Actor: event.ActorBot, Inbox: "5511400000001", Contact: "5511900000001",
			Conversation: "c-1", Time: time.Unix(1767225600, 0)}
		reqs, err := w.Write([]event.Event{e})
		if err != nil {
			t.Fatal(err)
		}
		f, _ := wire.ParseForm(reqs[len(reqs)-1].Body)
		sids = append(sids, f.Get("ConversationSid"))
	}
	if sids[0] != sids[1] || sids[1] != sids[2] || sids[2] == sids[3] {
		t.Errorf("sids %v", sids)
	}
}
