package meta

import (
	"github.com/valyala/fastjson"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// message reads one element of messages[]: what a customer did.
func (r *reader) message(c *change, m *fastjson.Value, at place) {
	kind := wire.Text(m, "type")
	if isGroup(m, "group_id") {
		r.ignore(ignoredGroup)
		return
	}
	if name := silent(string(kind)); name != "" {
		r.ignore(name)
		return
	}
	switch string(kind) {
	case "unsupported":
		if string(errorCode(m)) == codeCompanion {
			r.ignore(ignoredCompanion)
			return
		}
	case "interactive":
		if string(wire.Text(wire.Object(m, "interactive"), "type")) == "call_permission_reply" {
			r.ignore(ignoredCallReply)
			return
		}
	}
	id := r.id(wire.Text(m, "id"))
	if string(kind) == "system" {
		r.system(c, m, id)
		return
	}
	s := r.subject(c, partyOf(m, "from_user_id", "from"), at)
	if !r.complete(id, c, &s) {
		return
	}
	t := r.at(c, m)
	msg, reply := r.content(m, string(kind), id)
	e := r.add(event.MessageReceived, id, t, c, &s)
	e.Actor, e.Message = event.ActorCustomer, msg
	if a, ok := r.answer(reply); ok {
		// The message says itself that it is an answer, so that nobody takes
		// the title of a button for a question.
		a.Mark(e)
		e = r.add(event.SurveyAnswered, r.keeper.Join(id, ":survey"), t, c, &s)
		e.Actor, e.Message = event.ActorCustomer, msg
		e.Derived = true // the message counts, this says what it means
		a.Mark(e)
	}
}

// silent names the types that say nothing, inbound and echoed alike.
func silent(kind string) string {
	switch kind {
	case "reaction":
		return ignoredReaction
	case "edit":
		return ignoredEdit
	case "revoke":
		return ignoredRevoke
	case "request_welcome":
		return ignoredWelcome
	}
	return ""
}

// complete tells whether an event can be made, and counts why not.
func (r *reader) complete(id string, c *change, s *subject) bool {
	switch {
	case id == "":
		r.ignore(ignoredNoID)
	case c.inbox == "":
		r.ignore(ignoredNoInbox)
	case s.contact == "":
		r.ignore(ignoredNoContact)
	default:
		return true
	}
	return false
}

// isGroup tells group traffic by the id of a group or the recipient's type.
func isGroup(v *fastjson.Value, key string) bool {
	return len(wire.Scalar(v, key)) > 0 || string(wire.Text(v, "recipient_type")) == "group"
}

// errorCode gives the code of the first of an item's errors.
func errorCode(v *fastjson.Value) []byte {
	for _, e := range wire.List(v, "errors") {
		if code := wire.Scalar(e, "code"); len(code) > 0 {
			return code
		}
	}
	return nil
}
