package zendesk

import (
	"strconv"

	"github.com/valyala/fastjson"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// agentWorkspace is the integration behind which people are.
const agentWorkspace = "zd:agentWorkspace"

// batch reads the events of Sunshine Conversations.
func (r *reader) batch() {
	whole := r.root
	if whole.Get("events").Type() != fastjson.TypeArray {
		r.ignore(ignoredShape)
		return
	}
	for i, v := range wire.List(whole, "events") {
		if v.Type() != fastjson.TypeObject {
			r.ignore(ignoredShape)
			continue
		}
		r.root, r.made = v, len(r.res.Events)
		r.what = wire.Object(v, "payload")
		r.detail = nil
		r.base = event.Event{Time: r.req.Received}
		if r.id = r.keepID(v, "id"); r.id == "" {
			r.ignore(countedNoID)
			r.id = r.keeper.Join(r.digest(), ":", strconv.Itoa(i))
		}
		if t, ok := wire.TimeAt(v, "createdAt"); ok {
			r.base.Time = t
		} else {
			r.ignore(countedTime)
		}
		r.talk(string(wire.Text(v, "type")))
	}
}

// talk reads one event.
func (r *reader) talk(kind string) {
	switch kind {
	case "conversation:message":
		r.talkMessage()
	case "conversation:create":
		r.talkCreated()
	case "conversation:message:delivery:channel":
		r.delivery(event.StatusSent)
	case "conversation:message:delivery:user":
		r.delivery(event.StatusDelivered)
	case "conversation:message:delivery:failure":
		r.delivery(event.StatusFailed)
	case "switchboard:acceptControl", "switchboard:passControl", "switchboard:releaseControl":
		r.control()
	case "switchboard:offerControl":
		r.ignore(ignoredOffer)
	case "switchboard:acceptControl:failure", "switchboard:passControl:failure", "switchboard:offerControl:failure", "switchboard:releaseControl:failure":
		r.ignore(ignoredControlFailed)
	case "user:merge":
		r.merge()
	case "conversation:read":
		r.ignore(ignoredRead)
	case "conversation:typing", "conversation:postback", "conversation:referral", "conversation:join", "conversation:leave",
		"conversation:remove", "user:update", "user:remove", "client:add", "client:remove", "client:update":
		r.ignore(ignoredTalk)
	case "":
		r.ignore(ignoredShape)
	default:
		r.ignore(ignoredEvent)
	}
}

// in reads the conversation, and the customer where user is one. Where messages
// are read from event webhooks, contacts and inboxes go by theirs, and what
// belongs to whom is remembered from there.
func (r *reader) in(user *fastjson.Value, source *fastjson.Value) bool {
	talk := id(wire.Object(r.what, "conversation"), "id")
	if talk == nil {
		r.ignore(ignoredConversation)
		return false
	}
	r.base.Conversation = r.keeper.Join(conversationPrefix, r.keeper.Keep(talk))
	if core := id(user, "zendeskId"); core != nil {
		r.base.Contact = r.contact(core)
	}
	if !r.rules.conversations {
		return true
	}
	if own := id(user, "id"); own != nil {
		sunco := r.keeper.Join(conversationPrefix, r.keeper.Keep(own))
		if r.base.Contact == "" {
			r.base.Contact = sunco
		} else {
			r.base.Alias = sunco
		}
		if number := r.phone(wire.Text(wire.Object(source, "client"), "externalId")); number != "" && r.base.Alias == "" {
			r.base.Alias = number
		}
	}
	r.base.Channel = r.channel(wire.Text(source, "type"))
	r.base.Inbox = r.keepID(source, "integrationId")
	return true
}

// talkMessage reads a message. Of the business it does not say who wrote it: what
// it came from tells, or else who is in control of the conversation.
func (r *reader) talkMessage() {
	message := wire.Object(r.what, "message")
	author, source := wire.Object(message, "author"), wire.Object(message, "source")
	user := wire.Object(author, "user")
	customer := string(wire.Text(author, "type")) == "user"
	if customer {
		if user == nil {
			user = author
		}
		if !r.in(user, source) {
			return
		}
		if r.rules.conversations && r.base.Contact == "" {
			if own := id(author, "userId"); own != nil {
				r.base.Contact = r.keeper.Join(conversationPrefix, r.keeper.Keep(own))
			}
		}
	} else if !r.in(nil, nil) {
		return
	}
	if !r.rules.conversations {
		r.ignore(ignoredOther)
		r.learn()
		return
	}
	if wire.Bool(message, "deleted") {
		r.ignore(ignoredDeleted)
		r.learn()
		return
	}
	r.dateBy(message, "received")
	of := r.identify("message:", id(message, "id"))
	if customer {
		r.base.ContactName = r.word(author, "displayName")
		e := r.add(event.MessageReceived, "")
		e.Actor, e.Message = event.ActorCustomer, r.content(of, message)
		return
	}
	e := r.add(event.MessageSent, "")
	e.Message = r.content(of, message)
	e.Actor = r.business(wire.Text(source, "type"))
}

// business tells who wrote for the business.
func (r *reader) business(source []byte) event.Actor {
	if actor, ok := r.rules.integrations[string(source)]; ok {
		return actor
	}
	switch r.controller() {
	case agentWorkspace:
		return event.ActorHuman
	case "":
		r.ignore(countedSender)
		return event.ActorUnknown
	}
	return event.ActorBot
}

// controller is the type of the integration that has the conversation.
func (r *reader) controller() string {
	active := wire.Object(wire.Object(r.what, "conversation"), "activeSwitchboardIntegration")
	return string(wire.Text(active, "integrationType"))
}

// talkCreated: its first message says the same; a conversation that the business
// began has none of the customer's.
func (r *reader) talkCreated() {
	if !r.in(wire.Object(r.what, "user"), wire.Object(r.what, "source")) {
		return
	}
	switch string(wire.Text(r.what, "creationReason")) {
	case "notification", "proactiveMessaging":
		if r.rules.conversations {
			r.add(event.ConversationOpened, "")
			return
		}
	}
	r.ignore(ignoredCreated)
	r.learn()
}

// delivery reads what became of a message. The destination is the customer's
// channel.
func (r *reader) delivery(status event.Status) {
	if !r.in(wire.Object(r.what, "user"), wire.Object(r.what, "destination")) {
		return
	}
	of := id(wire.Object(r.what, "message"), "id")
	if of == nil {
		r.ignore(ignoredShape)
		r.learn()
		return
	}
	r.id = r.keeper.Join("delivery:", r.keeper.Keep(of), ":", status.String())
	e := r.add(event.MessageStatus, "")
	e.Status, e.Message.ID = status, r.keeper.Keep(of)
	if status == event.StatusFailed {
		e.Error = r.failure()
	}
	// A message in parts is reported for each of them.
	e.Derived = true
}

// failure gives the code: WhatsApp's own where it is passed on.
func (r *reader) failure() string {
	failed := wire.Object(r.what, "error")
	if own := id(wire.Object(failed, "underlyingError"), "code"); own != nil {
		return r.keeper.Keep(own)
	}
	return r.keeper.Keep(wire.Cut(wire.Text(failed, "code"), wire.MaxName))
}

// control reads who has the conversation from now on: people, or a bot. That the
// ticket is closed ends it, where tickets are not told by their own webhooks.
func (r *reader) control() {
	if !r.in(nil, nil) {
		return
	}
	if string(wire.Text(r.what, "reason")) == "ticketClosed" {
		if !r.rules.conversations {
			r.ignore(ignoredTicketClosed)
			return
		}
		r.add(event.ConversationResolved, "")
		return
	}
	switch r.controller() {
	case agentWorkspace:
		r.add(event.ConversationHandoff, "")
	case "":
		r.ignore(ignoredReleased)
	default:
		r.add(event.ConversationHandback, "")
	}
}

// merge reads that two customers are one.
func (r *reader) merge() {
	merged := wire.Object(r.what, "mergedUsers")
	kept, gone := r.userID(wire.Object(merged, "surviving")), r.userID(wire.Object(merged, "discarded"))
	if kept == "" || gone == "" || kept == gone {
		r.ignore(ignoredShape)
		return
	}
	r.base.Contact, r.base.Alias = kept, gone
	r.add(event.ContactLinked, "")
}

// userID is how a customer is called here.
func (r *reader) userID(user *fastjson.Value) string {
	if core := id(user, "zendeskId"); core != nil {
		return r.contact(core)
	}
	own := id(user, "id")
	if own == nil || !r.rules.conversations {
		return ""
	}
	return r.keeper.Join(conversationPrefix, r.keeper.Keep(own))
}
