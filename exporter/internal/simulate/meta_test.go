package simulate

import (
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/meta"
)

// TestMetaLosesNothing writes each event of a day as Meta's webhook, reads it
// back, and finds everything again that ProfileMeta contains.
func TestMetaLosesNothing(t *testing.T) {
	source := config.Source{Name: "meta", Provider: "meta", Secret: "simulated-app-key", VerifyToken: "simulated-token"}
	writer, err := meta.NewWriter(source)
	if err != nil {
		t.Fatal(err)
	}
	adapter, err := meta.New(source)
	if err != nil {
		t.Fatal(err)
	}
	s := mustNew(t, Options{Seed: 4, Start: wednesday, Duration: 24 * time.Hour, Conversations: 150, Profile: ProfileMeta})
	for it := range s.All() {
		reqs, err := writer.Write([]event.Event{it.Event})
		if err != nil || len(reqs) != 1 {
			t.Fatalf("%d requests, error %v: %s", len(reqs), err, describe(it))
		}
		reqs[0].Received = it.At
		if err := adapter.Verify(&reqs[0]); err != nil {
			t.Fatal(err)
		}
		var res provider.Result
		if err := adapter.Adapt(&reqs[0], &res); err != nil {
			t.Fatal(err)
		}
		want := shape(it.Event)
		found := false
		var got []sight
		for _, e := range res.Events {
			got = append(got, shape(e))
			found = found || shape(e) == want
		}
		if !found || len(res.Ignored) > 0 {
			t.Fatalf("%s\nwant %+v\n got %+v, ignored %v", describe(it), want, got, res.Ignored)
		}
	}
}

// sight is what matters of an event, however the vendor names its parts.
type sight struct {
	kind                        event.Kind
	at                          int64
	one, other, name            string
	inbox, conversation         string
	actor                       event.Actor
	agent                       event.Agent
	message                     event.Message
	status                      event.Status
	err                         string
	survey                      event.Survey
	score, scale                float64
	consent                     event.Consent
	line, template, templateNow string
}

func shape(e event.Event) sight {
	v := sight{
		kind: e.Kind, at: e.Time.Unix(), one: e.Contact, other: e.Alias, name: e.ContactName, inbox: e.Inbox,
		conversation: e.Conversation, actor: e.Actor, agent: e.Agent, message: e.Message, status: e.Status,
		err: e.Error, survey: e.Survey, score: e.Score, scale: e.Scale, consent: e.Consent,
		line: e.Line.Event, template: e.Line.Template, templateNow: e.Line.TemplateState,
	}
	if v.other != "" && v.one > v.other {
		v.one, v.other = v.other, v.one
	}
	switch e.Kind {
	case event.MessageStatus:
		// Author and template's kind stand with the message that the same
		// webhook implies; a failure names the customer by phone only.
		v.actor, v.agent, v.conversation, v.name, v.message.Template.Category = 0, event.Agent{}, "", "", ""
		if e.Status == event.StatusFailed {
			v.one, v.other = "", ""
		}
	case event.MessageSent:
		if v.message.Template.Category == "service" {
			v.message.Template.Category = ""
		}
	case event.SurveySent:
		v.message.Template.Category = ""
	case event.SurveyAnswered:
		v.message.Text = "" // the button's title
	case event.LineChanged:
		v.inbox = "" // the account's, or the displayed number
	}
	return v
}
