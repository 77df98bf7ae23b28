package respondio

import (
	"bytes"

	"github.com/valyala/fastjson"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

func (r *reader) messageReceived() {
	if m, inner := r.message(); m != nil {
		r.base.Actor = event.ActorCustomer
		msg := r.content(inner, r.messageID(m))
		r.add(event.MessageReceived, "").Message = msg
	}
}

func (r *reader) messageSent() {
	m, inner := r.message()
	if m == nil {
		return
	}
	msg := r.content(inner, r.messageID(m))
	actor, agent := r.sender(m)
	survey := string(wire.Text(inner, "type")) == typeRating
	if survey {
		// Whoever sends it: a survey answers nobody.
		actor, agent = event.ActorSystem, event.Agent{}
	}
	e := r.add(event.MessageSent, "")
	e.Actor, e.Agent, e.Message = actor, agent, msg
	if survey {
		e = r.add(event.SurveySent, ":survey")
		e.Actor, e.Message, e.Scale = event.ActorSystem, msg, r.rules.csatScale
	}
	r.statuses(m, msg.ID)
}

// message gives the message and the object within that holds the content, which
// in an older form are one, and reads the message's time. Both are nil where
// there is none.
func (r *reader) message() (m, inner *fastjson.Value) {
	if m = wire.Object(r.root, "message"); m == nil {
		r.ignore(ignoredShape)
		return nil, nil
	}
	if inner = wire.Object(m, "message"); inner == nil {
		inner = m
	}
	holder := m
	if wire.Null(m, "timestamp") {
		holder = r.root
	}
	r.base.Time, _ = r.at(holder, "timestamp")
	if r.base.Channel == "" && bytes.HasPrefix(wire.Text(inner, "type"), []byte("whatsapp_")) {
		r.base.Channel = provider.WhatsApp
	}
	return m, inner
}

// messageID gives the message's own id: respond.io's, else that of the channel,
// which older forms have beside the message.
func messageID(root, m *fastjson.Value) []byte {
	for _, at := range [...]struct {
		v   *fastjson.Value
		key string
	}{{m, "messageId"}, {m, "channelMessageId"}, {root, "channelMessageId"}} {
		if b := id(at.v, at.key); b != nil {
			return b
		}
	}
	return nil
}

func (r *reader) messageID(m *fastjson.Value) string {
	if b := messageID(r.root, m); b != nil {
		return r.keeper.Keep(b)
	}
	return r.base.ID
}

// sender finds out who wrote a message of the business: the sender of the
// message, of the whole event, or the user of older forms.
func (r *reader) sender(m *fastjson.Value) (event.Actor, event.Agent) {
	s := wire.Object(m, "sender")
	if isEmpty(s) {
		s = wire.Object(r.root, "sender")
	}
	if isEmpty(s) {
		if u := wire.Object(r.root, "user"); id(u, "id") != nil {
			return r.human(r.user(u))
		}
		r.ignore(countedSender)
		return event.ActorUnknown, event.Agent{}
	}
	switch source := wire.Text(s, "source"); string(bytes.ToLower(source)) {
	case "user":
		return r.human(r.senderUser(s))
	case "ai_agent", "bot":
		return event.ActorBot, event.Agent{}
	case "workflow":
		return r.workflow(s), event.Agent{}
	case "broadcast":
		return event.ActorSystem, event.Agent{}
	case "echo":
		return r.rules.echo, event.Agent{}
	case "api", "zapier", "make", "n8n":
		if r.rules.automation != event.ActorHuman {
			return r.rules.automation, event.Agent{}
		}
		return r.human(r.senderUser(s))
	case "":
		// The ids tell as much.
		switch {
		case id(s, "broadcastHistoryId") != nil:
			return event.ActorSystem, event.Agent{}
		case id(s, "workflowId") != nil:
			return r.workflow(s), event.Agent{}
		case id(s, "userId") != nil:
			return r.human(r.senderUser(s))
		}
	}
	r.ignore(countedSender)
	return event.ActorUnknown, event.Agent{}
}

func isEmpty(v *fastjson.Value) bool {
	if v == nil {
		return true
	}
	o, err := v.Object()
	return err != nil || o.Len() == 0
}

func (r *reader) workflow(s *fastjson.Value) event.Actor {
	if r.rules.systemWorkflows[string(id(s, "workflowId"))] {
		return event.ActorSystem
	}
	return event.ActorBot
}

// human is a user of the workspace, unless it is one that a bot sits on.
func (r *reader) human(a event.Agent) (event.Actor, event.Agent) {
	if r.rules.bots[a.ID] {
		return event.ActorBot, event.Agent{}
	}
	return event.ActorHuman, a
}

// senderUser gives the user of a sender, with the name where it is the one whom
// the contact is assigned to.
func (r *reader) senderUser(s *fastjson.Value) event.Agent {
	user := id(s, "userId")
	if user == nil {
		return event.Agent{}
	}
	a := event.Agent{Team: r.team(number(s, "teamId"))}
	if assignee := wire.Object(r.contact, "assignee"); bytes.Equal(id(assignee, "id"), user) {
		known := r.user(assignee)
		a.ID, a.Name = known.ID, known.Name
		return a
	}
	a.ID = r.keeper.Keep(user)
	return a
}

// team gives a team's name. Some events have its id, others its name, and one
// team must not become two: an id without a configured name is none.
func (r *reader) team(b []byte) string {
	if len(b) == 0 || len(b) > wire.MaxName {
		return ""
	}
	if name, ok := r.rules.teams[string(b)]; ok {
		return name
	}
	for _, c := range b {
		if c < '0' || c > '9' {
			return r.keeper.Keep(b)
		}
	}
	return ""
}

// statuses reads what had become of a message when it was reported. Their ids
// are the message's, so that a status reported again is the same.
func (r *reader) statuses(m *fastjson.Value, message string) {
	for _, v := range wire.List(m, "status") {
		var status event.Status
		switch string(wire.Text(v, "value")) {
		case "sent":
			status = event.StatusSent
		case "delivered":
			status = event.StatusDelivered
		case "read":
			status = event.StatusRead
		case "failed":
			status = event.StatusFailed
		case "pending":
			r.ignore(ignoredPending)
			continue
		default:
			r.ignore(ignoredStatus)
			continue
		}
		e := r.add(event.MessageStatus, "")
		e.ID = r.keeper.Join("status:", e.Contact[len(contactPrefix):], ":", message, ":", status.String())
		if t, ok := wire.TimeAt(v, "timestamp"); ok {
			e.Time = t
		}
		e.Status, e.Message.ID = status, message
	}
}
