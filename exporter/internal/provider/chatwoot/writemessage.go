package chatwoot

import (
	"strings"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

// ofMessage finds the conversation of a message, which begins with it where there
// is none; a customer's message after the close begins another.
func (p *page) ofMessage(incoming bool) {
	if p.isAnother() || incoming && p.t.status == statusResolved {
		p.begin()
	}
}

func (p *page) received() {
	p.ofMessage(true)
	p.created(typeIncoming)
	if p.t.waiting.IsZero() {
		p.t.waiting = p.e.Time
		p.update(attribute{"waiting_since", number(0), moment(p.e.Time)})
	}
	if p.t.status == statusSnoozed {
		p.wake()
	}
}

func (p *page) sent() {
	kind, ok := p.outgoing()
	if !ok {
		return
	}
	p.ofMessage(false)
	p.created(kind)
	if p.e.Actor != event.ActorHuman {
		return
	}
	if !p.t.waiting.IsZero() {
		list := []attribute{{"waiting_since", moment(p.t.waiting), number(0)}}
		p.t.waiting = time.Time{}
		if p.t.firstReply.IsZero() {
			p.t.firstReply = p.e.Time
			list = append(list, attribute{"first_reply_created_at", number(0), moment(p.e.Time)})
		}
		p.update(list...)
	}
	if p.t.status == statusPending {
		p.setStatus(statusOpen) // whoever takes it from the bot opens it
	}
}

// outgoing tells the type of a message of the business, and whether there is
// one that means its author.
func (p *page) outgoing() (kind int, ok bool) {
	rules := &p.w.rules
	switch p.e.Actor {
	case event.ActorBot:
		return typeOutgoing, true
	case event.ActorSystem:
		if p.e.Message.Template.Name == "" {
			return typeTemplate, true
		}
		return typeOutgoing, true
	case event.ActorHuman:
		return typeOutgoing, p.e.Agent.ID != "" || rules.echo == event.ActorHuman
	}
	return typeOutgoing, rules.noSender == p.e.Actor || rules.automation == p.e.Actor
}

// created reports a message that is the newest now.
func (p *page) created(kind int) {
	m := &message{e: *p.e, id: messageID(or(p.e.Message.ID, p.e.ID)), kind: kind, updated: p.e.Time, status: "sent"}
	if kind == typeIncoming {
		m.sourceID = or(p.e.Message.ID, p.e.ID)
	}
	p.t.last, p.t.updated = m, p.e.Time
	p.message("message_created", m)
}

// surveySent: Chatwoot asks once in a conversation.
func (p *page) surveySent() {
	if p.t == nil || p.e.Survey != event.SurveyCSAT {
		return
	}
	p.created(typeTemplate)
	p.t.survey, p.contact.surveyed[p.e.Inbox] = p.t.last, p.t
}

// surveyAnswered: the rating stays in the survey's message.
func (p *page) surveyAnswered() {
	t := p.contact.surveyed[p.e.Inbox]
	if t == nil || p.e.Survey != event.SurveyCSAT {
		return
	}
	p.t = t
	t.survey.rating, t.survey.updated = int(p.e.Score), p.e.Time
	p.message("message_updated", t.survey)
}

// failureText follows WhatsApp's code.
const failureText = ": Message undeliverable"

// delivery: the status stands in the newest message.
func (p *page) delivery() {
	if p.t == nil || p.t.last == nil || p.t.last.id != messageID(p.e.Message.ID) {
		return
	}
	m := p.t.last
	m.status, m.sourceID, m.updated = p.e.Status.String(), p.e.Message.ID, p.e.Time
	if p.e.Status == event.StatusFailed {
		m.failure = or(p.e.Error, "500") + failureText
	}
	p.message("message_updated", m)
}

func (p *page) note() {
	if p.t == nil {
		return
	}
	p.message("message_created", &message{e: *p.e, id: messageID(or(p.e.Message.ID, p.e.ID)), kind: typeOutgoing})
}

// message writes an event of a message.
func (p *page) message(name string, m *message) {
	p.request(name, func(o *jsonObject) {
		e := &m.e
		o.int("id", m.id)
		writeContent(o, m)
		o.object("additional_attributes", func() { writeAdditional(o, m) })
		o.iso("created_at", e.Time)
		o.str("message_type", typeNames[m.kind])
		o.bool("private", e.Kind == event.NoteAdded)
		o.orNull("source_id", m.sourceID)
		p.writeSender(o, m)
		o.object("inbox", func() {
			o.int("id", inboxID(p.t.inbox))
			o.str("name", "WhatsApp")
		})
		o.object("account", writeAccount(o))
		o.object("conversation", func() { p.writeConversation(o) })
	})
}

var typeNames = [...]string{typeIncoming: "incoming", typeOutgoing: "outgoing", typeActivity: "activity", typeTemplate: "template"}

// writeSender writes who wrote, null where it is nobody.
func (p *page) writeSender(o *jsonObject, m *message) {
	e := &m.e
	switch {
	case m.kind == typeIncoming:
		o.object("sender", func() {
			o.object("account", writeAccount(o))
			p.writeContact(o)
		})
	case e.Actor == event.ActorHuman && e.Agent.ID != "" && m.kind == typeOutgoing:
		o.object("sender", func() {
			o.int("id", userID(e.Agent.ID))
			o.str("name", or(e.Agent.Name, e.Agent.ID))
			o.str("email", strings.ReplaceAll(strings.ToLower(e.Agent.ID), " ", ".")+"@acme.example")
			o.str("type", "user")
		})
	case e.Actor == event.ActorBot:
		o.object("sender", func() {
			o.int("id", agentBotID)
			o.str("name", "Bot")
			o.str("type", "agent_bot")
		})
	default:
		o.null("sender")
	}
}

// writeContent writes text, type and what hangs on them.
func writeContent(o *jsonObject, m *message) {
	e, content := &m.e, "text"
	file := ""
	switch e.Message.Type {
	case "image", "audio", "video", "location":
		file = e.Message.Type
	case "document":
		file = "file"
	case "contacts":
		file = "contact"
	case "sticker":
		content = "sticker"
	case "interactive", "button", "order":
		// What customers choose is flattened to its title.
		if m.kind != typeIncoming {
			content = "input_select"
		}
	}
	if e.Kind == event.SurveySent {
		content = surveyTypeCSAT
	}
	o.orNull("content", e.Message.Text)
	o.str("content_type", content)
	o.object("content_attributes", func() {
		if e.Message.ReplyTo != "" {
			o.int("in_reply_to", messageID(e.Message.ReplyTo))
		}
		if e.Kind == event.MessageSent && e.Actor == event.ActorHuman && e.Agent.ID == "" {
			o.bool("external_echo", true)
		}
		if m.failure != "" {
			o.str("external_error", m.failure)
		}
		if m.rating > 0 {
			o.object("submitted_values", func() {
				o.object("csat_survey_response", func() { o.int("rating", int64(m.rating)) })
			})
		}
	})
	if file != "" {
		o.list("attachments", func() {
			o.int("id", m.id)
			o.int("message_id", m.id)
			o.str("file_type", file)
			o.int("account_id", accountID)
			o.str("data_url", "https://media.example/"+file)
		})
	}
}

func writeAdditional(o *jsonObject, m *message) {
	t := m.e.Message.Template
	if m.e.Actor == event.ActorSystem && t.Name != "" {
		o.int("campaign_id", campaignID)
	}
	if t.Name == "" {
		return
	}
	o.object("template_params", func() {
		o.str("name", t.Name)
		if t.Category != "" {
			o.str("category", strings.ToUpper(t.Category))
		}
		o.str("language", "en")
	})
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
