package respondio

import (
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/play"
)

func channelID(inbox string) int64 { return play.Numeric(inbox, 1_000_000) }

// messageNumber makes up the 16 digits of a message.
func messageNumber(id string) int64 { return play.Numeric(id, 8_000_000_000_000_000) }

func (p *page) messageReceived() {
	_, begun := p.contact.episodes[p.e.Inbox]
	p.episode("contact").in++
	p.message("message.received", "incoming", func(o *jsonObject) { writeContent(o, p.e) }, nil)
	if !begun {
		p.writeOpened()
	}
}

func (p *page) messageSent() {
	if ep := p.contact.episodes[p.e.Inbox]; ep != nil {
		ep.out++
		if p.e.Actor == event.ActorHuman && ep.firstResponse.IsZero() {
			ep.firstResponse = p.e.Time
		}
	}
	p.message("message.sent", "outgoing", func(o *jsonObject) { writeContent(o, p.e) }, p.writeSender)
}

// surveySent: a workflow asks.
func (p *page) surveySent() {
	p.message("message.sent", "outgoing", func(o *jsonObject) {
		o.str("type", typeRating)
		o.str("text", p.e.Message.Text)
	}, func(o *jsonObject) { o.str("source", "workflow") })
}

func (p *page) message(kind, traffic string, content, sender func(*jsonObject)) {
	e := p.e
	p.request(kind, func(o *jsonObject) {
		p.writeContact(o, "open")
		o.object("channel", func() {
			o.int("id", channelID(e.Inbox))
			o.str("name", "WhatsApp "+e.Inbox)
			o.str("source", "whatsapp_cloud")
			o.str("meta", "{}")
			o.int("created_at", 1_760_000_000)
			if sender != nil {
				o.int("lastMessageTime", e.Time.Unix())
			}
		})
		o.object("message", func() {
			o.int("messageId", messageNumber(or(e.Message.ID, e.ID)))
			o.str("channelMessageId", or(e.Message.ID, e.ID))
			o.int("contactId", p.contact.id)
			o.int("channelId", channelID(e.Inbox))
			o.str("traffic", traffic)
			o.object("message", func() { content(o) })
			o.int("timestamp", e.Time.Unix())
			if sender == nil {
				return
			}
			o.list("status", func() {
				o.str("value", "sent")
				o.int("timestamp", e.Time.Unix())
				o.str("message", "")
			})
			if e.Actor != event.ActorUnknown || e.Kind == event.SurveySent {
				o.object("sender", func() { sender(o) })
			}
		})
	})
}

func (p *page) writeSender(o *jsonObject) {
	e := p.e
	switch e.Actor {
	case event.ActorHuman:
		if e.Agent.ID == "" {
			o.str("source", "echo")
			return
		}
		o.str("source", "user")
		o.int("userId", userID(e.Agent.ID))
		if id := p.w.teamIDs[e.Agent.Team]; id != "" {
			o.int("teamId", play.Numeric(id, 1_000))
		}
	case event.ActorBot:
		o.str("source", "ai_agent")
	default:
		if e.Message.Template.Name == "" && or(p.w.keys.Text(keyAutomation), "system") == "system" {
			o.str("source", "api")
		} else {
			o.str("source", "broadcast")
		}
	}
}

// writeContent writes a message's type and body.
func writeContent(o *jsonObject, e *event.Event) {
	words := e.Message.Text
	switch kind := e.Message.Type; kind {
	case "image", "video", "audio", "sticker", "document":
		if kind == "document" {
			kind = "file"
		}
		o.str("type", "attachment")
		if words != "" {
			o.str("text", words)
		}
		o.object("attachment", func() {
			o.str("type", kind)
			o.str("url", "https://media.example/"+kind)
		})
	case "location":
		o.str("type", "location")
		o.int("latitude", 0)
		o.int("longitude", 0)
	case "interactive", "button":
		o.str("type", "whatsapp_interactive")
		o.str("text", words)
	case "order":
		o.str("type", "whatsapp_order")
		o.str("text", words)
	case "unsupported":
		o.str("type", "unsupported")
	case "template":
		o.str("type", "whatsapp_template")
		o.object("template", func() {
			o.str("name", e.Message.Template.Name)
			o.str("languageCode", "en")
			o.list("components", func() {
				o.str("type", "body")
				o.str("text", words)
			})
		})
	case "contacts", "other":
		o.str("type", "custom_payload")
		o.str("text", words)
	default:
		o.str("type", "text")
		o.str("text", words)
	}
}
