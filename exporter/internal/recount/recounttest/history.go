// Package recounttest draws random histories of a helpdesk, on which the real
// fold and the naive recount are compared. It is imported by tests only.
package recounttest

import (
	"fmt"
	"strings"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/recount"
)

// Start is the time of every history's first moment.
var Start = time.Date(2025, 3, 10, 9, 0, 0, 0, time.UTC)

// History is what happened, in the order of arrival, under which settings, and
// until when time runs. Events may lack their receive time; FillReceived of
// package recount says what it is then. A settings' source "events" resolves
// conversations, "plain" does not.
type History struct {
	Settings recount.Settings
	Events   []event.Event
	At       time.Time
}

// GoString writes a history as one line an event, with offsets from Start, so
// that a counter-example of rapid can be read.
func (h History) GoString() string {
	var b strings.Builder
	s := h.Settings
	fmt.Fprintf(&b, "targets %v/%v/%v reopen %v thanks %v grace %v decide %v\n",
		s.FirstResponse, s.Resolution, s.NegativeResponse,
		s.ReopenWindow, s.ThanksCloseAfter, s.LatenessGrace, s.DecideWithin)
	for _, src := range s.Sources {
		fmt.Fprintf(&b, "source %+v\n", src)
	}
	for _, e := range h.Events {
		b.WriteString(line(e))
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "at +%v\n", h.At.Sub(Start))
	return b.String()
}

// String is GoString.
func (h History) String() string { return h.GoString() }

func line(e event.Event) string {
	var b strings.Builder
	fmt.Fprintf(&b, "+%v %s %s/%s/%s %s", e.Time.Sub(Start), e.ID, e.Source, e.Inbox, e.Contact, e.Kind)
	put := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, " %s=%s", name, value)
		}
	}
	if !e.Received.IsZero() {
		put("received", "+"+e.Received.Sub(Start).String())
	}
	if e.Kind == event.MessageSent || e.Kind == event.ConversationResolved {
		put("actor", e.Actor.String())
	}
	put("agent", e.Agent.ID)
	put("team", e.Agent.Team)
	put("message", e.Message.ID)
	put("type", e.Message.Type)
	put("text", e.Message.Text)
	put("category", e.Message.Template.Category)
	put("status", e.Status.String())
	put("error", e.Error)
	put("reason", e.Reason)
	put("request_type", e.RequestType)
	put("labels", strings.Join(e.Labels, ","))
	put("alias", e.Alias)
	put("channel", e.Channel)
	if e.Line.Event != "" {
		fmt.Fprintf(&b, " line=%s%+d", e.Line.Event, e.Line.Restricted)
	}
	return b.String()
}

// Texts that the drawn settings find something in, beside an ordinary one.
const (
	TextPlain    = "where is my order"
	TextClosing  = "obrigado"
	TextPerson   = "quero falar com um atendente"
	TextNegative = "this is terrible"
)

// Closing, AsksForPerson and Negative are the texts' rules.
func Closing(text string) bool       { return text == TextClosing }
func AsksForPerson(text string) bool { return text == TextPerson }
func Negative(text string) bool      { return text == TextNegative }
