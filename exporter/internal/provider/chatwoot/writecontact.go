package chatwoot

import (
	"strings"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

func writeAccount(o *jsonObject) func() {
	return func() {
		o.int("id", accountID)
		o.str("name", "Acme")
	}
}

// writeContact writes the customer's fields.
func (p *page) writeContact(o *jsonObject) {
	c := p.contact
	o.int("id", c.id)
	o.orNull("name", c.name)
	o.orNull("phone_number", c.phone)
	o.null("email")
	o.null("identifier")
	o.str("thumbnail", "")
	o.bool("blocked", false)
	o.object("additional_attributes", func() {})
	pairs(map[string]string{p.w.rules.consentAttribute: c.consent})(o, "custom_attributes")
}

// writeConversation writes the conversation as it is now.
func (p *page) writeConversation(o *jsonObject) {
	t, c := p.t, p.contact
	o.int("id", t.id)
	o.object("account", writeAccount(o))
	o.int("inbox_id", inboxID(t.inbox))
	o.str("channel", "Channel::Whatsapp")
	o.str("status", t.status)
	o.bool("can_reply", true)
	o.words("labels", t.labels)
	o.null("priority")
	pairs(p.attributes())(o, "custom_attributes")
	o.object("additional_attributes", func() {})
	o.iso("snoozed_until", t.snoozedUntil)
	o.int("unread_count", 0)
	o.iso("first_reply_created_at", t.firstReply)
	o.seconds("waiting_since", t.waiting)
	o.int("agent_last_seen_at", 0)
	o.int("contact_last_seen_at", 0)
	active := t.created
	if t.last != nil {
		active = t.last.e.Time
	}
	o.seconds("last_activity_at", active)
	o.seconds("timestamp", active)
	o.seconds("created_at", t.created)
	o.fraction("updated_at", t.updated)
	o.object("meta", func() {
		o.object("sender", func() {
			p.writeContact(o)
			o.str("type", "contact")
		})
		p.writeAssignee(o)
		if t.team == "" {
			o.null("team")
		} else {
			o.object("team", func() {
				o.int("id", teamOrNone(t.team))
				o.str("name", t.team)
			})
		}
		o.bool("hmac_verified", false)
	})
	o.object("contact_inbox", func() {
		o.int("id", c.id)
		o.int("contact_id", c.id)
		o.int("inbox_id", inboxID(t.inbox))
		o.str("source_id", or(c.bsuid, strings.TrimPrefix(c.phone, "+")))
		o.iso("created_at", c.created)
		o.iso("updated_at", c.created)
		o.bool("hmac_verified", false)
	})
	if t.last == nil {
		o.list("messages")
		return
	}
	o.list("messages", func() { p.writeNewest(o, t.last) })
}

func (p *page) writeAssignee(o *jsonObject) {
	switch a := p.t.assignee; {
	case p.t.agentBot:
		o.object("assignee", func() {
			o.int("id", agentBotID)
			o.str("name", "Bot")
			o.str("avatar_url", "")
			o.str("type", "agent_bot")
		})
		o.str("assignee_type", "AgentBot")
	case a.ID != "":
		o.object("assignee", func() {
			o.int("id", userID(a.ID))
			o.str("name", or(a.Name, a.ID))
			o.str("available_name", or(a.Name, a.ID))
			o.str("type", "user")
			o.str("availability_status", "online")
		})
		o.str("assignee_type", "User")
	default:
		o.null("assignee")
		o.null("assignee_type")
	}
}

// writeNewest writes the newest message in the other form, that of the database.
func (p *page) writeNewest(o *jsonObject, m *message) {
	o.int("id", m.id)
	writeContent(o, m)
	o.int("account_id", accountID)
	o.int("inbox_id", inboxID(p.t.inbox))
	o.int("conversation_id", p.t.id)
	o.int("message_type", int64(m.kind))
	o.seconds("created_at", m.e.Time)
	o.str("updated_at", iso(m.updated.Truncate(time.Millisecond)))
	o.bool("private", false)
	o.str("status", m.status)
	o.orNull("source_id", m.sourceID)
	switch {
	case m.kind == typeIncoming:
		o.str("sender_type", "Contact")
		o.int("sender_id", p.contact.id)
	case m.e.Actor == event.ActorHuman && m.e.Agent.ID != "" && m.kind == typeOutgoing:
		o.str("sender_type", "User")
		o.int("sender_id", userID(m.e.Agent.ID))
	case m.e.Actor == event.ActorBot:
		o.str("sender_type", "AgentBot")
		o.int("sender_id", agentBotID)
	default:
		o.null("sender_type")
		o.null("sender_id")
	}
}
