package meta

import (
	"bytes"

	"github.com/valyala/fastjson"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// system reads a message of type system: WhatsApp itself says that a customer
// has another phone or user id now. id is the message's.
func (r *reader) system(c *change, m *fastjson.Value, id string) {
	v := wire.Object(m, "system")
	old := partyOf(m, "from_user_id", "from")
	now := newParty(wire.Text(v, "user_id"), wire.Scalar(v, "wa_id"))
	switch string(wire.Text(v, "type")) {
	case "user_changed_number":
	case "customer_changed_number": // the older form
		if len(now.phone) == 0 {
			now = newParty(now.user, wire.Scalar(v, "new_wa_id"))
		}
	case "user_changed_user_id":
		now.phone = nil
		if len(old.user) == 0 || len(now.user) == 0 || bytes.Equal(old.user, now.user) {
			old.user, now.user = idsIn(wire.Text(v, "body"), now.user)
		}
	default:
		r.ignore(ignoredSystem)
		return
	}
	phones := r.linked(c, m, id, old.phone, now.phone)
	suffix := id
	if phones && id != "" {
		suffix = r.keeper.Join(id, ":user_id")
	}
	if !r.linked(c, m, suffix, old.user, now.user) && !phones {
		r.ignore(ignoredSystem)
	}
}

// linked makes the event that two ids are one customer, the older one being
// the contact, and tells whether there were two.
func (r *reader) linked(c *change, v *fastjson.Value, id string, old, now []byte) bool {
	if len(old) == 0 || len(now) == 0 || bytes.Equal(old, now) || len(old) > wire.MaxID || len(now) > wire.MaxID {
		return false
	}
	s := subject{contact: r.id(old), alias: r.id(now)}
	if r.complete(id, c, &s) {
		r.add(event.ContactLinked, id, r.at(c, v), c, &s)
	}
	return true
}

// userIDUpdate reads one element of user_id_update[].
func (r *reader) userIDUpdate(c *change, v *fastjson.Value, _ place) {
	ids := wire.Object(v, "user_id")
	old, now := wire.Text(ids, "previous"), wire.Text(ids, "current")
	id := r.hashID("user_id:", old, now, wire.Scalar(v, "timestamp"))
	if !r.linked(c, v, id, old, now) {
		r.ignore(ignoredSystem)
	}
}

// idsIn finds the old and the new user id in WhatsApp's sentence about the
// change, the new one possibly being known. Both are nil unless both are found.
func idsIn(body, known []byte) (old, now []byte) {
	for len(body) > 0 {
		end := bytes.IndexFunc(body, func(c rune) bool {
			return c >= 0x80 || !wire.IsAlnum(byte(c)) && c != '.'
		})
		word := body
		if end >= 0 {
			word, body = body[:end], body[end+1:]
		} else {
			body = nil
		}
		word = bytes.Trim(word, ".")
		if !isUserID(word) || bytes.IndexAny(word, "0123456789") < 0 || bytes.Equal(word, known) {
			continue
		}
		switch {
		case old == nil:
			old = word
		case now == nil:
			now = word
		}
	}
	if len(known) > 0 {
		now = known
	}
	if old == nil || now == nil {
		return nil, nil
	}
	return old, now
}
