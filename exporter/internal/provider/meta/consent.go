package meta

import (
	"github.com/valyala/fastjson"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// preference reads one element of user_preferences[]: the customer pressed
// WhatsApp's own button to stop or resume marketing messages.
func (r *reader) preference(c *change, v *fastjson.Value, at place) {
	var consent event.Consent
	value := wire.Text(v, "value")
	if string(wire.Text(v, "category")) == "marketing_messages" {
		switch string(value) {
		case "stop":
			consent = event.ConsentOptedOut
		case "resume":
			consent = event.ConsentOptedIn
		}
	}
	if consent == event.ConsentNone {
		r.ignore(ignoredPreference)
		return
	}
	s := r.subject(c, partyOf(v, "user_id", "wa_id"), at)
	id := r.hashID("preference:", []byte(s.contact), value, wire.Scalar(v, "timestamp"))
	if !r.complete(id, c, &s) {
		return
	}
	e := r.add(event.ConsentChanged, id, r.at(c, v), c, &s)
	e.Consent = consent
}
