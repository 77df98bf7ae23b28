// Package recounttest draws random histories of a helpdesk, on which the real
// fold and the naive recount are compared. It is imported by tests only.
package recounttest

import (
	"fmt"
	"strconv"
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
	// Start is the moment from which GoString counts; Start of the package
	// where it is zero.
	Start    time.Time
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
	fmt.Fprintf(&b, "agents %+v %s busy %v session %v window %v\n", s.Agents, s.AgentTimes.Label,
		s.AgentTimes.BusyAfterMessage, s.AgentTimes.SessionTimeout, s.AgentTimes.UtilizationWindow)
	fmt.Fprintf(&b, "csat %+v ratios %v\n", s.CSAT, s.RatiosWindow)
	for _, c := range s.Calendars {
		fmt.Fprintf(&b, "calendar %+v\n", c)
	}
	for _, o := range s.Overrides {
		fmt.Fprintf(&b, "override %+v\n", o)
	}
	start := h.Start
	if start.IsZero() {
		start = Start
	}
	fmt.Fprintf(&b, "start %s\n", start.Format(time.RFC3339))
	for _, e := range h.Events {
		b.WriteString(line(e, start))
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "at +%v\n", h.At.Sub(start))
	return b.String()
}

// String is GoString.
func (h History) String() string { return h.GoString() }

func line(e event.Event, start time.Time) string {
	var b strings.Builder
	fmt.Fprintf(&b, "+%v %s %s/%s/%s %s", e.Time.Sub(start), e.ID, e.Source, e.Inbox, e.Contact, e.Kind)
	put := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, " %s=%s", name, value)
		}
	}
	if !e.Received.IsZero() {
		put("received", "+"+e.Received.Sub(start).String())
	}
	if e.Kind == event.MessageSent || e.Kind == event.ConversationResolved {
		put("actor", e.Actor.String())
	}
	put("agent", e.Agent.ID)
	put("team", e.Agent.Team)
	put("name", e.Agent.Name)
	if e.Agent.Capacity != 0 {
		put("capacity", strconv.Itoa(e.Agent.Capacity))
	}
	put("state", event.Presences[e.State])
	put("consent", event.Consents[e.Consent])
	if e.HasScore {
		fmt.Fprintf(&b, " score=%g", e.Score)
	}
	if e.Scale != 0 {
		fmt.Fprintf(&b, " scale=%g", e.Scale)
	}
	if e.Kind == event.SurveySent || e.HasScore {
		put("survey", event.Surveys[e.Survey])
	}
	put("template", e.Message.Template.Name)
	put("message", e.Message.ID)
	put("type", e.Message.Type)
	put("text", e.Message.Text)
	put("category", e.Message.Template.Category)
	put("status", e.Status.String())
	put("error", e.Error)
	put("reason", e.Reason)
	put("request_type", e.RequestType)
	put("labels", strings.Join(e.Labels, ","))
	put("segment", e.Segment)
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
	TextPositive = "this is wonderful"
	TextOptIn    = "quero receber novidades"
	TextOptOut   = "parar de receber"
	// Answers of humans.
	AnswerUsual = "your order leaves our warehouse within 5 days"
	AnswerLike  = "Hi! Your order leaves our warehouse within 10 days."
	AnswerOther = "please ask the carrier with the tracking code"
	// These break rules of audits, or keep them.
	AnswerGreets   = "Good morning, let me see"
	AnswerShouts   = "PLEASE WAIT FOR YOUR TURN NOW"
	AnswerPassword = "me passa a senha do seu cadastro"
	AnswerCloses   = "It is done. Is there anything else I can help you with?"
	AnswerSpanish  = "Su pedido saldrá mañana por la mañana de nuestro almacén"
)

// Closing, AsksForPerson, OptIn and OptOut are the texts' rules.
func Closing(text string) bool       { return text == TextClosing }
func AsksForPerson(text string) bool { return text == TextPerson }
func OptIn(text string) bool         { return text == TextOptIn }
func OptOut(text string) bool        { return text == TextOptOut }

// Topic places two of the texts.
func Topic(text string) string {
	switch text {
	case TextPlain:
		return "delivery"
	case TextPerson:
		return "agent" // which is not configured
	case TextNegative:
		return "billing"
	case TextPositive:
		return "greeting"
	}
	return ""
}

// Negative is Sentiment's.
func Negative(text string) bool { return Sentiment(text) == "negative" }

// Sentiment is that of a text, "" where none is looked for.
func Sentiment(text string) string {
	switch text {
	case TextNegative:
		return "negative"
	case TextPositive, TextClosing:
		return "positive"
	case TextPlain:
		return "neutral"
	}
	return ""
}

// Rating reads the numbers that histories have as texts.
func Rating(text string) (int, bool) {
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= 0 && n <= 100
}
