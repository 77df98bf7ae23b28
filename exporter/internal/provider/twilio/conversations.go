package twilio

import (
	"encoding/hex"
	"hash/fnv"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

// conversations reads the Conversations family.
func (r *reader) conversations(kind string) {
	switch kind {
	case "onMessageAdded":
		r.messageAdded()
	case "onConversationAdded", "onConversationUpdated":
		r.conversation()
	case "onConversationStateUpdated":
		r.stateUpdated()
	case "onParticipantAdded":
		r.participant(true)
	case "onParticipantUpdated":
		r.participant(false)
	case "onDeliveryUpdated":
		r.deliveryUpdated()
	case "onMessageUpdated", "onMessageRemoved":
		r.ignore(ignoredChanged)
	case "onConversationRemoved", "onParticipantRemoved":
		r.ignore(ignoredRemoved)
	case "onUserAdded", "onUserUpdated":
		r.ignore(ignoredUser)
	case "onMessageAdd", "onMessageUpdate", "onMessageRemove", "onConversationAdd", "onConversationUpdate",
		"onConversationRemove", "onParticipantAdd", "onParticipantUpdate", "onParticipantRemove", "onUserUpdate":
		r.ignore(ignoredPreEvent)
	default:
		r.ignore(ignoredEvent)
	}
}

// messageAdded reads a message of a customer, an agent, a bot or the system.
func (r *reader) messageAdded() {
	if r.settings.byMessaging {
		r.ignore(ignoredConversations)
		return
	}
	id := r.id("MessageSid")
	p := party{conversation: r.id("ConversationSid")}
	t := r.toldOfMessage()
	s := r.sender(&t)
	p.contact, p.channel = s.from.id, s.from.channel
	if !r.whole(id, p) {
		return
	}
	at := r.at("DateCreated")
	if s.actor == event.ActorCustomer {
		e := r.add(event.MessageReceived, id, at, p)
		e.Actor = event.ActorCustomer
		e.Message = event.Message{ID: id, Type: r.conversationType(), Text: r.bodyText()}
		return
	}
	msg := t.message(id, r.bodyText())
	if msg.Type == "" {
		msg.Type = r.conversationType()
	}
	e := r.add(event.MessageSent, id, at, p)
	e.Actor, e.Agent, e.Message = s.actor, s.agent, msg
	if t.survey != "" {
		r.surveySent(id, at, p, &t, msg)
	}
}

// toldOfMessage reads the convention's object, where there is one.
func (r *reader) toldOfMessage() told {
	if !hasMember(r.form.Get("Attributes"), attribute) {
		return told{}
	}
	return toldIn(r.attributes("Attributes"))
}

// conversation tells whom a conversation is with, and what it is about. That it
// was added is no opening: Twilio begins a new conversation with every message
// after a close, a survey's answer and a last "thank you" included, and the
// messages themselves tell what they open.
func (r *reader) conversation() {
	p := party{conversation: r.id("ConversationSid")}
	if !r.whole(p.conversation, p) {
		return
	}
	r.thread(&p)
	r.labels(p, "Attributes", "DateUpdated", "DateCreated")
	r.ignore(ignoredConversation)
}

// thread learns from the addresses of a conversation or participant. With
// several customers it is a group, and with nobody.
func (r *reader) thread(p *party) {
	const name = "MessagingBinding.Address"
	them := r.addressAt(name)
	for i := range r.form {
		if r.form[i].Name != name {
			continue
		}
		if other, ok := parseAddress(r.form[i].Value); ok && other != them {
			r.ignore(ignoredGroup)
			return
		}
	}
	if them.id == "" {
		return
	}
	us := r.addressAt("MessagingBinding.ProxyAddress")
	p.contact, p.channel, p.inbox = them.id, them.channel, us.id
	r.res.Threads = append(r.res.Threads, provider.Thread{
		Conversation: p.conversation, Contact: p.contact, Inbox: p.inbox, Channel: p.channel,
	})
}

// labels reads what the attributes say that a conversation is about. They are
// repeated with every change of the conversation; the id is the same as long as
// they are.
func (r *reader) labels(p party, name string, times ...string) {
	if !hasMember(r.form.Get(name), attribute) {
		return
	}
	t := toldIn(r.attributes(name))
	if t.requestType == "" && len(t.labels) == 0 {
		return
	}
	h := fnv.New64a()
	for _, s := range append([]string{p.conversation, p.contact, t.requestType}, t.labels...) {
		_, _ = h.Write([]byte(s))
		_, _ = h.Write([]byte{0})
	}
	e := r.add(event.ConversationLabeled, "labels:"+hex.EncodeToString(h.Sum(nil)), r.at(times...), p)
	e.Derived, e.RequestType, e.Labels = true, t.requestType, t.labels
}

// stateUpdated reads that a conversation was closed, or set aside.
func (r *reader) stateUpdated() {
	p := party{conversation: r.id("ConversationSid")}
	if !r.whole(p.conversation, p) {
		return
	}
	reason := r.form.Get("Reason")
	switch r.form.Get("StateTo") {
	case "closed":
		if r.settings.resolveOn == onCompleted {
			r.ignore(ignoredClosed)
			return
		}
		at := r.at("StateUpdated")
		e := r.add(event.ConversationResolved, stateID(p.conversation, "closed", at), at, p)
		if reason == "API" {
			e.Actor = r.settings.apiCloser
		}
	case "inactive":
		if reason != "API" {
			// A timer's silence; who waits for whom is known anyway.
			r.ignore(ignoredInactive)
			return
		}
		at := r.at("StateUpdated")
		r.add(event.ConversationPending, stateID(p.conversation, "inactive", at), at, p)
	case "active":
		r.ignore(ignoredActive)
	default:
		r.ignore(ignoredShape)
	}
}

func stateID(conversation, state string, at time.Time) string {
	return conversation + ":" + state + ":" + at.Format(time.RFC3339Nano)
}

// participant reads who takes part: the customer, by an address, or an agent,
// by an identity.
func (r *reader) participant(added bool) {
	p := party{conversation: r.id("ConversationSid")}
	if !r.whole(p.conversation, p) {
		return
	}
	identity := r.form.Get("Identity")
	if identity == "" {
		r.thread(&p)
		r.ignore(ignoredParticipant)
		return
	}
	agent := agentID(identity)
	if _, known := r.settings.authors[identity]; !added || known || agent == "" || !r.settings.byParticipant {
		r.ignore(ignoredParticipant)
		return
	}
	id := r.id("ParticipantSid")
	if !r.whole(id, p) {
		return
	}
	r.add(event.ConversationAssigned, id, r.at("DateCreated"), p).Agent.ID = agent
}

// deliveryUpdated reads what became of a message of a conversation.
func (r *reader) deliveryUpdated() {
	if r.settings.byMessaging {
		r.ignore(ignoredConversations)
		return
	}
	state, _, ignored := callbackStatus(r.form.Get("Status"))
	if state == event.StatusNone && ignored == "" {
		ignored = ignoredNotSent
	}
	if ignored != "" {
		r.ignore(ignored)
		return
	}
	message := r.id("MessageSid")
	receipt := r.first("DeliveryReceiptSid", "ChannelMessageSid", "MessageSid")
	p := party{conversation: r.id("ConversationSid")}
	if !r.whole(message, p) {
		return
	}
	e := r.add(event.MessageStatus, receipt+":"+state.String(), r.at("DateUpdated", "DateCreated"), p)
	e.Status, e.Message.ID = state, message
	if state == event.StatusFailed {
		r.failure(e, receipt)
	}
}
