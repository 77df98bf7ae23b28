package wati

import (
	"cmp"
	"strconv"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

// createdLayout is how Wati writes a time: seven digits, UTC.
const createdLayout = "2006-01-02T15:04:05.0000000Z"

// typesOut gives the canonical types as Wati's.
var typesOut = map[string]string{
	"":            "text",
	"audio":       "voice",
	"unsupported": "media_placeholder",
	"other":       "catalog",
}

func typeOut(t string) string { return cmp.Or(typesOut[t], t) }

func unix(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

// messageID is WhatsApp's id of the message.
func (p *page) messageID() string { return cmp.Or(p.e.Message.ID, p.e.ID) }

// received: a customer's message, whom the chat is assigned to, and what Wati
// tells beside it. A chat that is nobody's is the bot's.
func (p *page) received() { p.writeReceived(p.e.Message.Type, p.e.Message.Text) }

func (p *page) writeReceived(kind, text string) {
	if !p.chat.wrote {
		p.chat.wrote = true
		p.writeNewContact()
	}
	o := &jsonObject{}
	p.writeInbound(o, kind, text)
	o.str("eventType", "message")
	o.str("statusString", "SENT")
	p.writeAssignee(o)
	p.request(o)
	if p.chat.assignee.ID == "" && !p.chat.triggered && p.w.rules.handbacks {
		p.chat.triggered = true
		o = &jsonObject{}
		o.str("eventType", "chatbotTriggered")
		p.writeInbound(o, kind, text)
		o.str("chatbotId", objectID("chatbot", p.e.Inbox))
		p.request(o)
	}
	if p.e.Message.ReplyTo != "" {
		p.writeReceipt("sentMessageREPLIED_v2", "Replied", p.e.Message.ReplyTo)
	}
}

func (p *page) writeInbound(o *jsonObject, kind, text string) {
	e := p.e
	o.str("id", objectID("message", p.messageID()))
	o.str("created", e.Time.UTC().Format(createdLayout))
	o.str("whatsappMessageId", p.messageID())
	o.str("conversationId", p.chat.conversation)
	o.str("ticketId", p.ticket())
	o.orNull("text", text)
	o.str("type", typeOut(kind))
	o.nulls("data", "sourceId", "sourceUrl")
	o.str("timestamp", unix(e.Time))
	o.raw("owner", "false")
	o.nulls("avatarUrl")
	p.writeContact(o)
	o.nulls("messageContact")
	o.orNull("senderName", p.chat.contact.name)
	o.nulls("listReply", "interactiveButtonReply", "buttonReply")
	o.str("replyContextId", e.Message.ReplyTo)
	o.raw("sourceType", "0")
	o.raw("frequentlyForwarded", "false")
	o.raw("forwarded", "false")
	p.writeChannel(o)
}

// writeAssignee: on what customers write, the operator is who has the chat.
func (p *page) writeAssignee(o *jsonObject) {
	if a := p.chat.assignee; a.ID != "" {
		o.str("assignedId", objectID("operator", a.ID))
		o.orNull("operatorName", a.Name)
		o.str("operatorEmail", email(a.ID))
		return
	}
	o.nulls("assignedId")
	o.str("operatorName", "Bot ")
	o.nulls("operatorEmail")
}

func (p *page) writeContact(o *jsonObject) {
	o.orNull("waId", p.chat.contact.phone)
	o.orNull("bsuid", p.chat.contact.bsuid)
}

func (p *page) writeChannel(o *jsonObject) {
	o.nulls("channelId")
	o.str("channelPhoneNumber", p.e.Inbox)
}

func (p *page) writeNewContact() {
	o := &jsonObject{}
	o.str("eventType", "newContactMessageReceived")
	o.str("id", objectID("contact", p.e.Contact))
	o.str("created", p.e.Time.UTC().Format(createdLayout))
	p.writeContact(o)
	o.orNull("senderName", p.chat.contact.name)
	o.nulls("sourceId", "sourceUrl")
	o.raw("sourceType", "0")
	p.request(o)
}

// sent: a chatbot's run, an operator, or our own software, by the beginning of
// its ids. What is automatic and neither a template nor named by such a
// beginning, Wati could not tell.
func (p *page) sent() {
	e, m := p.e, &p.e.Message
	template := m.Type == "template" || m.Template != (event.Template{})
	local := localID(p.messageID())
	run, by := "", operator{}
	switch e.Actor {
	case event.ActorBot:
		run, by.name = objectID("run", e.ID), "Bot "
	case event.ActorHuman:
		by.name, by.email = e.Agent.Name, email(e.Agent.ID)
		if prefix := p.w.rules.prefix(e.Actor); template && prefix != "" {
			local = prefix + local
		}
	case event.ActorSystem:
		prefix := p.w.rules.prefix(e.Actor)
		if prefix == "" && !template {
			return
		}
		local = prefix + local
	}
	p.writeSent(template, m.Type, m.Text, local, run, by)
}

func (p *page) writeSent(template bool, kind, text, local, run string, by operator) {
	e := p.e
	o := &jsonObject{}
	if template {
		kind = "template"
		o.str("eventType", "templateMessageSent_v2")
	} else {
		o.str("eventType", "sessionMessageSent_v2")
	}
	o.str("localMessageId", local)
	o.orNull("chatbotTriggeredEventId", run)
	o.str("id", objectID("message", p.messageID()))
	o.str("whatsappMessageId", p.messageID())
	if template {
		name := cmp.Or(e.Message.Template.Name, unnamed)
		o.str("templateId", objectID("template", name))
		o.str("templateName", name)
		o.str("created", e.Time.UTC().Format(createdLayout))
	}
	o.str("conversationId", p.chat.conversation)
	o.str("ticketId", p.ticket())
	o.orNull("text", text)
	o.str("type", typeOut(kind))
	o.nulls("data")
	o.str("timestamp", unix(e.Time))
	o.raw("owner", "true")
	o.str("statusString", "SENT")
	if a := p.chat.assignee.ID; a != "" {
		o.str("assigneeId", objectID("operator", a))
	} else {
		o.nulls("assigneeId")
	}
	o.orNull("operatorEmail", by.email)
	o.orNull("operatorName", by.name)
	p.writeContact(o)
	o.str("replyContextId", e.Message.ReplyTo)
	p.writeChannel(o)
	p.request(o)
}

// surveySent: by the template or the words that the source knows surveys by.
func (p *page) surveySent() {
	m := &p.e.Message
	template, text := p.w.rules.surveyName(p.e.Survey)
	switch {
	case template != "":
		m.Template.Name = template
		p.writeSent(true, "template", m.Text, localID(p.messageID()), "", operator{})
	case begins(m.Text, text) && text != "":
		p.writeSent(false, m.Type, m.Text, localID(p.messageID()), objectID("run", p.e.ID), operator{name: "Bot "})
	case text != "":
		p.writeSent(false, m.Type, text+" "+m.Text, localID(p.messageID()), objectID("run", p.e.ID), operator{name: "Bot "})
	}
}

// surveyAnswered: a button, whose title is the score.
func (p *page) surveyAnswered() {
	p.writeReceived(p.e.Message.Type, strconv.FormatFloat(p.e.Score, 'f', -1, 64))
}

// status: Wati says that a message was sent where it tells of the message.
func (p *page) status() {
	switch p.e.Status {
	case event.StatusDelivered:
		p.writeReceipt("sentMessageDELIVERED_v2", "Delivered", p.messageID())
	case event.StatusRead:
		p.writeReceipt("sentMessageREAD_v2", "Read", p.messageID())
	case event.StatusFailed:
		p.writeFailed()
	}
}

// writeReceipt names neither the customer nor who wrote, as Wati's do.
func (p *page) writeReceipt(kind, status, message string) {
	o := &jsonObject{}
	o.str("eventType", kind)
	o.str("statusString", status)
	o.str("localMessageId", localID(message))
	o.str("id", objectID("message", message))
	o.str("whatsappMessageId", message)
	o.str("conversationId", p.chat.conversation)
	o.str("ticketId", p.ticket())
	o.nulls("text")
	o.str("type", typeOut(p.e.Message.Type))
	o.str("timestamp", unix(p.e.Time))
	o.nulls("assigneeId", "operatorEmail")
	p.writeChannel(o)
	p.request(o)
}

func (p *page) writeFailed() {
	message := p.messageID()
	o := &jsonObject{}
	kind, what := "sessionMessageFailed", "session"
	if p.e.Message.Template != (event.Template{}) {
		kind, what = "templateMessageFailed", "template"
	}
	o.str("eventType", kind)
	o.str("statusString", "Failed")
	o.str("localMessageId", localID(message))
	o.orNull("failedCode", p.e.Error)
	o.nulls("failedDetail")
	o.str("id", objectID("message", message))
	o.str("whatsappMessageId", message)
	o.str("conversationId", p.chat.conversation)
	o.str("ticketId", p.ticket())
	o.nulls("text")
	o.str("type", what)
	o.str("timestamp", unix(p.e.Time))
	o.nulls("assigneeId", "operatorEmail")
	p.request(o)
}
