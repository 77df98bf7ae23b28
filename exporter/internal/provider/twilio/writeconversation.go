package twilio

import (
	"strconv"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

const (
	pathConversations = "/conversations"
	chatService       = "IS00000000000000000000000000000001"
)

// conversation posts an event of a conversation.
func (o *requests) conversation(t *talk, id, kind, source string, pairs ...string) {
	o.post(pathConversations, nil, id, append([]string{
		"EventType", kind, "ChatServiceSid", chatService, "Source", source, "RetryCount", "0", "ConversationSid", t.sid(),
	}, pairs...)...)
}

// begin makes sure that the conversation is open: Twilio opens one by itself
// where a customer writes and none is.
func (o *requests) begin(t *talk, e *event.Event) {
	at := isoTime(e.Time)
	if t.open {
		if t.idle {
			t.idle = false
			o.conversation(t, e.ID, "onConversationStateUpdated", "API", "StateFrom", "inactive", "StateTo", "active",
				"StateUpdated", at, "Reason", "EVENT")
		}
		return
	}
	t.round++
	t.open, t.idle, t.index = true, false, 0
	o.conversation(t, e.ID, "onConversationAdded", "WHATSAPP", "State", "active", "DateCreated", at, "DateUpdated", at, "Attributes", "{}",
		"MessagingBinding.Address", written(t.contact), "MessagingBinding.ProxyAddress", written(t.inbox))
	o.conversation(t, e.ID, "onParticipantAdded", "WHATSAPP", "ParticipantSid", sid("MB", t.sid(), t.contact), "DateCreated", at,
		"Attributes", "{}", "MessagingBinding.Type", "WHATSAPP", "MessagingBinding.Address", written(t.contact),
		"MessagingBinding.ProxyAddress", written(t.inbox))
}

// messageAdded writes a message of a conversation.
func (o *requests) messageAdded(e *event.Event) {
	t := o.w.talk(e)
	o.begin(t, e)
	source, author, client := "API", "", ""
	said := object{}
	kind := e.Message.Type
	if kind == "text" || mimeTypes[kind] != "" || kind == "location" || kind == "other" {
		kind = "" // to be seen
	}
	switch {
	case e.Kind == event.MessageReceived:
		source, author, kind = "WHATSAPP", written(e.Contact), ""
	case e.Actor == event.ActorHuman && e.Agent.ID != "":
		author = escapeIdentity(e.Agent.ID)
		source, client = "SDK", author
	default:
		author = e.Actor.String()
		said.str("actor", author)
	}
	if kind != "" {
		said.str("type", kind)
	}
	text, media := e.Message.Text, ""
	if mime := mimeTypes[e.Message.Type]; mime != "" {
		var m object
		m.str("Sid", sid("ME", messageID(e)))
		m.str("ContentType", mime)
		m.raw("Size", "4096")
		media = "[" + m.String() + "]"
	}
	t.index++
	o.conversation(t, e.ID, "onMessageAdded", source, "MessageSid", sid("IM", messageID(e)), "Index", strconv.Itoa(t.index-1),
		"Author", author, "ClientIdentity", client, "ParticipantSid", sid("MB", t.sid(), author), "Body", text, "Media", media,
		"Attributes", conventional(said), "DateCreated", isoTime(e.Time))
}

// delivery writes what became of a message of a conversation.
func (o *requests) delivery(e *event.Event, status, code string) {
	t := o.w.talk(e)
	o.begin(t, e)
	at, id := isoTime(e.Time), messageID(e)
	o.conversation(t, e.ID, "onDeliveryUpdated", "API", "MessageSid", sid("IM", id), "ChannelMessageSid", sid("SM", id),
		"DeliveryReceiptSid", sid("DY", id), "ParticipantSid", sid("MB", t.sid(), t.contact), "Status", status, "ErrorCode", code,
		"DateCreated", at, "DateUpdated", at)
}

// change writes what happens to a conversation beside its messages.
func (o *requests) change(e *event.Event) {
	t := o.w.talk(e)
	switch e.Kind {
	case event.ConversationOpened:
		if !o.w.settings.byMessaging {
			o.begin(t, e)
		}
	case event.ConversationPending:
		o.begin(t, e)
		o.state(t, e.ID, "active", "inactive", "API", e.Time)
		t.idle = true
	case event.ConversationLabeled:
		o.labeled(t, e)
	case event.ConversationHandoff:
		o.queue(t, e, e.Reason)
	case event.ConversationAssigned:
		o.assign(t, e)
	case event.ConversationHandback:
		o.task(t, e, "task.completed", "completed", "TaskCompletedReason", o.w.settings.handbackReason())
		t.queued = false
	case event.ConversationResolved:
		o.resolve(t, e)
	}
}

func (o *requests) state(t *talk, id, from, to, reason string, at time.Time) {
	o.conversation(t, id, "onConversationStateUpdated", "API", "StateFrom", from, "StateTo", to, "StateUpdated", isoTime(at), "Reason", reason)
}

func (o *requests) labeled(t *talk, e *event.Event) {
	o.begin(t, e)
	said := object{}
	if e.RequestType != "" {
		said.str("request_type", e.RequestType)
	}
	if len(e.Labels) > 0 {
		list := []byte{'['}
		for i, l := range e.Labels {
			if i > 0 {
				list = append(list, ',')
			}
			list = wire.AppendString(list, l)
		}
		said.raw("labels", string(append(list, ']')))
	}
	o.conversation(t, e.ID, "onConversationUpdated", "API", "State", "active", "DateUpdated", isoTime(e.Time), "Attributes", conventional(said))
}

// resolve ends the task, where there is one, and closes the conversation.
func (o *requests) resolve(t *talk, e *event.Event) {
	if e.Actor == event.ActorHuman {
		o.task(t, e, "task.wrapup", "wrapping")
	}
	reason := "API"
	if e.Actor != event.ActorHuman && e.Actor != event.ActorBot {
		reason = "TIMER"
	}
	if !o.w.settings.byMessaging {
		o.state(t, e.ID, "active", "closed", reason, e.Time)
	}
	if e.Actor == event.ActorHuman {
		o.task(t, e, "task.completed", "completed", "TaskCompletedReason", "completed")
	}
	t.open, t.idle, t.queued = false, false, false
}

// conventional wraps what is said by the convention; nothing is an empty
// object, as attributes are.
func conventional(said object) string {
	if len(said.b) == 0 {
		return "{}"
	}
	var o object
	o.raw(attribute, said.String())
	return o.String()
}

// object is a JSON object in the making.
type object struct{ b []byte }

func (o *object) key(name string) {
	if len(o.b) > 0 {
		o.b = append(o.b, ',')
	}
	o.b = append(wire.AppendString(o.b, name), ':')
}

func (o *object) str(name, value string) {
	o.key(name)
	o.b = wire.AppendString(o.b, value)
}

func (o *object) raw(name, json string) {
	o.key(name)
	o.b = append(o.b, json...)
}

func (o *object) String() string { return "{" + string(o.b) + "}" }
