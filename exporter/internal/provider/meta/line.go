package meta

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/valyala/fastjson"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// line reads the fields that are about the business number, its account or a
// template. Most name no phone number id: the inbox is then the displayed
// number's digits, or empty where the whole account is meant.
func (r *reader) line(c *change) {
	// Over the bytes as they came: reading the value below unescapes it.
	r.scratch = c.value.MarshalTo(r.scratch[:0])
	// The same template may be paused twice in a week, in the same words: only
	// the entry's time, which a repeated delivery keeps, tells that apart.
	id := r.hashID("line:", wire.Scalar(c.entry, "id"), wire.Scalar(c.entry, "time"), c.field, r.scratch)
	at, ok := wire.Seconds(c.entry, "time")
	if !ok {
		r.ignore(countedTime)
		at = r.received
	}
	c.inbox = r.id(lineInbox(c.value))
	e := r.add(event.LineChanged, id, at, c, &subject{})
	e.Line.Event = or(snake(c.field), "other")
	switch string(c.field) {
	case "account_update":
		name := snake(wire.Text(c.value, "event"))
		e.Line.Event = or(name, e.Line.Event)
		e.Line.Restricted = restricted(name, c.value)
	case "phone_number_quality_update":
		e.Line.Event = quality(snake(wire.Text(c.value, "event")), e.Line.Event)
	case "message_template_status_update":
		e.Line.TemplateState = snake(wire.Text(c.value, "event"))
		if e.Line.TemplateState != "" {
			e.Line.Template = r.template(c.value)
		}
	}
}

// quality names what became of a number's quality, so that worse and better can
// be told apart; ONBOARDING, UPGRADE and the like stay otherwise.
func quality(event, otherwise string) string {
	switch event {
	case "flagged":
		return numberFlagged
	case "unflagged":
		return numberUnflagged
	case "downgrade":
		return numberDowngrade
	}
	return otherwise
}

const (
	numberFlagged   = "phone_number_flagged"
	numberUnflagged = "phone_number_unflagged"
	numberDowngrade = "phone_number_downgrade"
)

// template names a template as Meta tells them apart: each language of a name
// is approved, paused and rejected on its own.
func (r *reader) template(v *fastjson.Value) string {
	name := r.id(wire.Text(v, "message_template_name"))
	if name == "" {
		name = r.id(wire.Scalar(v, "message_template_id"))
	}
	if language := r.id(wire.Text(v, "message_template_language")); language != "" && name != "" {
		return r.keeper.Join(name, ":", language)
	}
	return name
}

func lineInbox(v *fastjson.Value) []byte {
	if id := wire.Scalar(v.Get("metadata"), "phone_number_id"); len(id) > 0 {
		return id
	}
	if id := wire.Scalar(v, "phone_number_id"); len(id) > 0 {
		return id
	}
	if string(wire.Text(v, "entity_type")) == "PHONE_NUMBER" {
		return wire.Scalar(v, "entity_id")
	}
	if display := wire.Text(v, "display_phone_number"); len(display) > 0 {
		return digits(display)
	}
	return digits(wire.Text(v, "phone_number"))
}

// restricted tells whether an account_update stops the number (+1) or lets it
// write again (-1). A violation is a warning, a planned ban is not one yet,
// and not being allowed to add numbers stops none.
func restricted(name string, v *fastjson.Value) int8 {
	switch name {
	case "account_restriction":
		infos := wire.List(v, "restriction_info")
		for _, info := range infos {
			if string(wire.Text(info, "restriction_type")) != "RESTRICTED_ADD_PHONE_NUMBER_ACTION" {
				return 1
			}
		}
		if len(infos) == 0 {
			return 1
		}
	case "disabled_update":
		switch string(wire.Text(wire.Object(v, "ban_info"), "waba_ban_state")) {
		case "DISABLE":
			return 1
		case "REINSTATE":
			return -1
		}
	case "account_deleted", "account_offboarded":
		return 1
	case "account_reconnected":
		return -1
	}
	return 0
}

// hashID makes the id of an event to which Meta gives none: a hash of what
// repeats with it. It tells nothing of the parts, which may name a customer.
func (r *reader) hashID(prefix string, parts ...[]byte) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write(p)
		h.Write([]byte{0})
	}
	var sum [sha256.Size]byte
	h.Sum(sum[:0])
	return r.keeper.Join(prefix, hex.EncodeToString(sum[:16]))
}
