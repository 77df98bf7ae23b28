package meta

import (
	"bytes"

	"github.com/valyala/fastjson"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/convention"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// status reads one element of statuses[]. Meta reports no sent message as
// such: every status that implies one says so first, marked as derived, and
// the fold drops the repetitions.
func (r *reader) status(c *change, v *fastjson.Value, at place) {
	if isGroup(v, "group_id") {
		r.ignore(ignoredGroup)
		return
	}
	if string(wire.Text(v, "type")) == "call" {
		r.ignore(ignoredCalls)
		return
	}
	state, ignored := statusOf(string(wire.Text(v, "status")))
	if ignored != "" {
		r.ignore(ignored)
		return
	}
	wamid := wire.Text(v, "id")
	if len(wamid) > wire.MaxID {
		wamid = nil
	}
	// One string holds both ids: the message's is the beginning of the event's.
	eventID := r.keeper.Join(r.keeper.Keep(wamid), ":", state.String())
	id := eventID[:len(eventID)-1-len(state.String())]
	s := r.subject(c, partyOf(v, "recipient_user_id", "recipient_id"), at)
	if !r.complete(id, c, &s) {
		return
	}
	t := r.at(c, v)
	category := r.category(wire.Text(wire.Object(v, "pricing"), "category"))
	back, _ := ParseCallback(r.callback(wire.Text(v, "biz_opaque_callback_data")))

	if state != event.StatusFailed {
		e := r.add(event.MessageSent, id, t, c, &s)
		e.Derived, e.Conversation = true, back.Conversation
		e.Actor, e.Agent = author(&back)
		e.Message = sentMessage(id, &back, category)
		if back.Survey != "" {
			e = r.add(event.SurveySent, r.keeper.Join(id, ":survey"), t, c, &s)
			e.Derived, e.Conversation, e.Actor = true, back.Conversation, event.ActorSystem
			// Whose survey it is: scores are credited to the agent.
			e.Agent = event.Agent{ID: back.Agent, Team: back.Team}
			e.Message = sentMessage(id, &back, category)
			e.Survey = surveyOf(back.Survey)
			e.Scale = convention.Scale(e.Survey)
		}
	}
	e := r.add(event.MessageStatus, eventID, t, c, &s)
	e.Status = state
	e.Message.ID = id
	e.Message.Template = event.Template{Name: back.Template, Category: category}
	if state != event.StatusFailed {
		return
	}
	e.Error = r.id(errorCode(v))
	for _, x := range wire.List(v, "errors") {
		if string(wire.Scalar(x, "code")) == codeStopped {
			e = r.add(event.ConsentChanged, r.keeper.Join(id, ":", codeStopped), t, c, &s)
			e.Derived, e.Consent = true, event.ConsentOptedOut
			return
		}
	}
}

// statusOf gives the status, or the name under which it is ignored.
func statusOf(s string) (event.Status, string) {
	switch s {
	case "sent":
		return event.StatusSent, ""
	case "delivered":
		return event.StatusDelivered, ""
	case "read":
		return event.StatusRead, ""
	case "failed":
		return event.StatusFailed, ""
	case "played":
		return 0, ignoredPlayed
	case "deleted":
		return 0, ignoredDeleted
	case "warning":
		return 0, ignoredWarning
	}
	return 0, ignoredStatus
}

// author says who sent a message by its callback data. A survey is the
// system's, whoever triggered it.
func author(back *CallbackData) (event.Actor, event.Agent) {
	switch {
	case back.Survey != "":
		return event.ActorSystem, event.Agent{Team: back.Team}
	case back.Actor == event.ActorHuman:
		return event.ActorHuman, event.Agent{ID: back.Agent, Team: back.Team}
	}
	return back.Actor, event.Agent{Team: back.Team}
}

// sentMessage is what is known of a message whose content Meta keeps back.
func sentMessage(id string, back *CallbackData, category string) event.Message {
	m := event.Message{ID: id, Type: back.Type, Template: event.Template{Name: back.Template}}
	if m.Type != "" {
		m.Type = event.MessageTypes[event.MessageTypeIndex(m.Type)]
	}
	if back.Template != "" || isTemplateCategory(category) {
		m.Template.Category = category
		m.Type = or(m.Type, "template")
	}
	return m
}

// isTemplateCategory: only templates are priced as anything but service.
func isTemplateCategory(c string) bool {
	switch c {
	case "marketing", "marketing_lite", "utility", "authentication", "authentication_international":
		return true
	}
	return false
}

// category gives a pricing category in one spelling. What does not look like
// one is "other": it becomes a label.
func (r *reader) category(b []byte) string {
	switch string(b) {
	case "":
		return ""
	case "service":
		return "service"
	case "utility":
		return "utility"
	case "marketing":
		return "marketing"
	case "authentication":
		return "authentication"
	}
	if s := snake(b); s != "" {
		return s
	}
	return "other"
}

// callback keeps callback data that is short enough to be ours. It stays
// referenced by what ParseCallback found in it.
func (r *reader) callback(b []byte) string {
	if len(b) > 4*MaxCallback {
		return ""
	}
	return r.keeper.Keep(b)
}

// snake gives a vendor's word in lower snake case; "" if it is none. Words
// become labels, so nothing else may pass.
func snake(b []byte) string {
	b = bytes.TrimSpace(b)
	if len(b) == 0 || len(b) > 64 {
		return ""
	}
	out := make([]byte, len(b))
	for i, c := range b {
		switch {
		case 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		case c == '-' || c == ' ':
			c = '_'
		case c != '_' && !wire.IsAlnum(c):
			return ""
		}
		out[i] = c
	}
	return string(out)
}
