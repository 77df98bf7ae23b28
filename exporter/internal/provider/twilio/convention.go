package twilio

import (
	"net/url"
	"strings"
	"time"

	"github.com/valyala/fastjson"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// attribute is the member of Attributes and TaskAttributes that holds what
// Twilio has no word for. What it holds may stand in the query of a
// StatusCallback too.
const attribute = "helpdesk"

// told is what a sender tells by the convention: in the query of a message's
// StatusCallback, or as the object "helpdesk" in the attributes of a message,
// a conversation or a task.
type told struct {
	conversation string
	// actor is told where hasActor.
	actor    event.Actor
	hasActor bool
	// agent is who wrote or, for a survey, whom it is about.
	agent, team              string
	template, category, kind string
	survey                   string
	reason                   string
	requestType              string
	labels                   []string
	// sent is when the message was sent; zero where it is not told.
	sent time.Time
}

// isSender tells whether something is said about who sent a message.
func (t *told) isSender() bool {
	return t.hasActor || t.survey != "" || t.template != "" || t.category != ""
}

// set takes a pair over; what is not known is the sender's own.
func (t *told) set(key, value string) {
	switch key {
	case "conv":
		t.conversation = validID(value)
	case "actor":
		t.setActor(value)
	case "agent":
		t.agent = agentID(value)
	case "team":
		t.team = cut(valid(value), wire.MaxName)
	case "template":
		t.template = cut(valid(value), wire.MaxName)
	case "category":
		t.category = word(value)
	case "type":
		t.kind = value
	case "survey":
		if _, ok := surveys[value]; ok {
			t.survey = value
		}
	case "reason":
		t.reason = cut(valid(value), wire.MaxName)
	case "request_type":
		t.requestType = cut(valid(value), wire.MaxName)
	case "sent":
		t.sent, _ = wire.Time([]byte(value))
	}
}

func (t *told) setActor(value string) {
	if id, ok := strings.CutPrefix(value, "agent-"); ok {
		t.actor, t.hasActor = event.ActorHuman, true
		if t.agent == "" {
			t.agent = agentID(id)
		}
		return
	}
	if actor, ok := actors[value]; ok {
		t.actor, t.hasActor = actor, true
	}
}

// finish: an agent without an actor is human.
func (t *told) finish() {
	if t.agent != "" && !t.hasActor && t.survey == "" {
		t.actor, t.hasActor = event.ActorHuman, true
	}
}

var surveys = map[string]event.Survey{"csat": event.SurveyCSAT, "nps": event.SurveyNPS}

// toldInQuery reads the query of a status callback.
func toldInQuery(query url.Values) (t told) {
	for key, values := range query {
		if len(values) > 0 && key != "agent" {
			t.set(key, values[0])
		}
	}
	// After the actor, which may name one too: a map has no order.
	if values := query["agent"]; len(values) > 0 {
		t.set("agent", values[0])
	}
	t.finish()
	return t
}

// maxLabels that a conversation is told to have.
const maxLabels = event.MaxLabels

// toldIn reads the convention's object of attributes, which may be nil.
func toldIn(attributes *fastjson.Value) (t told) {
	v := wire.Object(attributes, attribute)
	if v == nil {
		return t
	}
	o, _ := v.Object()
	o.Visit(func(key []byte, v *fastjson.Value) {
		if v.Type() == fastjson.TypeString && string(key) != "agent" {
			b, _ := v.StringBytes()
			t.set(string(key), string(b))
		}
	})
	if agent := wire.Scalar(v, "agent"); len(agent) > 0 {
		t.set("agent", string(agent))
	}
	for _, l := range wire.List(v, "labels") {
		if b, err := l.StringBytes(); err == nil && len(b) > 0 && len(t.labels) < maxLabels {
			t.labels = append(t.labels, cut(valid(string(b)), wire.MaxName))
		}
	}
	t.finish()
	return t
}

// word gives a vendor's word, which becomes a label, in lower case; "other"
// where it does not look like one.
func word(s string) string {
	s = strings.ToLower(s)
	if len(s) > 64 {
		return "other"
	}
	for i := range len(s) {
		if c := s[i]; c != '_' && !wire.IsAlnum(c) {
			return "other"
		}
	}
	return s
}

// hasMember tells whether JSON may have a member of that name, which spares
// reading the attributes that others use.
func hasMember(json, name string) bool {
	return len(json) > len(name) && strings.Contains(json, `"`+name+`"`)
}
