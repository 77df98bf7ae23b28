package twilio

import (
	"strings"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// party is whom an event is about, and where. What a request leaves empty the
// webhook server knows by the conversation.
type party struct{ contact, alias, name, inbox, channel, conversation string }

// address is a customer's or a number's, as it is written on a channel:
// "whatsapp:+5511900000001", "whatsapp:BR.1000…" where the phone is hidden,
// "+5511900000001" for SMS.
type address struct {
	// id has only digits where it is a phone: the same as WaId.
	id, channel string
}

const whatsAppPrefix = provider.WhatsApp + ":"

// parseAddress reads one; false for what is none, as the identity of an agent.
func parseAddress(s string) (address, bool) {
	if rest, ok := strings.CutPrefix(s, whatsAppPrefix); ok {
		return newAddress(rest, provider.WhatsApp)
	}
	if prefix, rest, ok := strings.Cut(s, ":"); ok {
		if !isChannel(prefix) {
			return address{}, false
		}
		return newAddress(rest, strings.ToLower(prefix))
	}
	if isPhone(s) {
		return newAddress(s, "sms")
	}
	return address{}, false
}

func newAddress(id, channel string) (address, bool) {
	if isPhone(id) {
		id = id[1:]
	}
	id = validID(id)
	return address{id, channel}, id != ""
}

// isPhone tells a number in the form of E.164.
func isPhone(s string) bool {
	if len(s) < 2 || s[0] != '+' {
		return false
	}
	for _, c := range []byte(s[1:]) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// isChannel tells the prefixes of addresses from what stands before a colon in
// the name of a bot.
func isChannel(s string) bool {
	switch strings.ToLower(s) {
	case provider.WhatsApp, "sms", "mms", "rcs", "messenger", "facebook", "instagram", "telegram", "viber", "line", "gbm", "chat":
		return true
	}
	return false
}

// written gives the address of a contact or inbox as WhatsApp's is written.
func written(id string) string {
	if id == "" {
		return ""
	}
	for _, c := range []byte(id) {
		if c < '0' || c > '9' {
			return whatsAppPrefix + id
		}
	}
	return whatsAppPrefix + "+" + id
}

// addressAt reads a parameter.
func (r *reader) addressAt(name string) address {
	a, _ := parseAddress(r.form.Get(name))
	return a
}

// customer gives the party of a message of the Messaging family. The phone is
// the contact where there is one, since Conversations know no other key; the
// business-scoped id is its alias.
func (r *reader) customer(theirs, ours string) party {
	them, us := r.addressAt(theirs), r.addressAt(ours)
	p := party{contact: them.id, inbox: us.id, channel: them.channel}
	if p.channel == "" {
		p.channel = us.channel
	}
	if us.id == "" {
		// A sender that is no number, as a messaging service.
		p.inbox = r.id(ours)
	}
	user, _ := parseAddress(r.form.Get("ExternalUserId"))
	phone := ""
	if wa := r.id("WaId"); wa != "" && isPhone("+"+wa) {
		phone = wa
	}
	if p.channel == provider.WhatsApp && phone != "" && !isDigits(p.contact) {
		if p.contact != "" {
			user.id = p.contact
		}
		p.contact = phone
	}
	if p.contact == "" {
		p.contact, user.id = user.id, ""
	}
	if user.id != p.contact {
		p.alias = user.id
	}
	p.name = cut(r.text("ProfileName"), wire.MaxName)
	return p
}

func isDigits(s string) bool { return isPhone("+" + s) }
