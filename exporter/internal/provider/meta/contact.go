package meta

import (
	"bytes"

	"github.com/valyala/fastjson"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// party is whom an item names, as the parser holds it: the business-scoped
// user id, the phone, or both.
type party struct{ user, phone, name []byte }

// subject is a party as events hold it. The user id is the contact where there
// is one: phones may be left out, and change.
type subject struct{ contact, alias, name string }

// partyOf reads the two fields that name the customer.
func partyOf(v *fastjson.Value, userKey, phoneKey string) party {
	return newParty(wire.Text(v, userKey), wire.Scalar(v, phoneKey))
}

// newParty sorts out user id and phone: some shapes have the user id where
// the phone belongs.
func newParty(user, phone []byte) party {
	phone = bytes.TrimPrefix(phone, []byte("+"))
	if isUserID(phone) {
		if len(user) == 0 {
			user = phone
		}
		phone = nil
	}
	return party{user: user, phone: phone}
}

// subject completes p from contacts[] and keeps it. Nothing names the customer
// if its contact is empty.
func (r *reader) subject(c *change, p party, at place) subject {
	if contact := match(c.contacts, &p, at); contact != nil {
		other := partyOf(contact, "user_id", "wa_id")
		if len(p.user) == 0 {
			p.user = other.user
		}
		if len(p.phone) == 0 {
			p.phone = other.phone
		}
		p.name = wire.Text(wire.Object(contact, "profile"), "name")
	}
	s := subject{contact: r.id(p.user), name: r.keeper.Keep(wire.Cut(p.name, wire.MaxName))}
	phone := r.id(p.phone)
	if s.contact == "" {
		s.contact = phone
	} else if s.contact != phone {
		s.alias = phone
	}
	return s
}

// match finds the element of contacts[] that is p. In a batch they mostly
// stand in the items' order. A sole contact beside a sole item is meant even
// where the phones differ: Meta writes the numbers of some countries in two
// ways.
func match(contacts []*fastjson.Value, p *party, at place) *fastjson.Value {
	if len(contacts) == 1 && (at.n == 1 || len(p.user)+len(p.phone) == 0) {
		return contacts[0]
	}
	if at.i < len(contacts) && isSame(contacts[at.i], p) {
		return contacts[at.i]
	}
	for _, contact := range contacts {
		if isSame(contact, p) {
			return contact
		}
	}
	return nil
}

func isSame(contact *fastjson.Value, p *party) bool {
	if len(p.user) > 0 {
		if user := wire.Text(contact, "user_id"); len(user) > 0 {
			return bytes.Equal(user, p.user)
		}
	}
	return len(p.phone) > 0 && bytes.Equal(wire.Scalar(contact, "wa_id"), p.phone)
}

// isUserID tells a business-scoped user id ("BR.1000…", "BR.ENT.1000…") from a
// phone.
func isUserID(b []byte) bool {
	if len(b) < 4 || len(b) > 160 || b[2] != '.' || !isUpper(b[0]) || !isUpper(b[1]) {
		return false
	}
	for _, c := range b[3:] {
		if !wire.IsAlnum(c) && c != '.' {
			return false
		}
	}
	return true
}

func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' }
