package meta

import (
	"github.com/valyala/fastjson"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// echo reads one element of message_echoes[]: what somebody of the business
// typed in the WhatsApp Business app. Who, Meta does not say.
func (r *reader) echo(c *change, m *fastjson.Value, at place) {
	kind := string(wire.Text(m, "type"))
	if isGroup(m, "group_id") {
		r.ignore(ignoredGroup)
		return
	}
	if name := silent(kind); name != "" {
		r.ignore(name)
		return
	}
	if kind == "system" {
		r.ignore(ignoredSystem)
		return
	}
	id := r.id(wire.Text(m, "id"))
	s := r.subject(c, partyOf(m, "to_user_id", "to"), at)
	if !r.complete(id, c, &s) {
		return
	}
	t := r.at(c, m)
	msg, _ := r.content(m, kind, id)
	e := r.add(event.MessageSent, id, t, c, &s)
	e.Actor, e.Message = r.echoActor, msg
}
