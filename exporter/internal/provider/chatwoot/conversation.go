package chatwoot

import (
	"github.com/valyala/fastjson"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// What a conversation's status can be.
const (
	statusOpen     = "open"
	statusPending  = "pending"
	statusSnoozed  = "snoozed"
	statusResolved = "resolved"
)

// created reads that a conversation began. One that began with a customer's
// message makes no event: the message says the same and more. Chatwoot begins a
// conversation for every message after the close, a "thank you" or a score too,
// which here begin nothing. Where no message is known yet, nobody can tell.
func (r *reader) created() {
	if !r.head(r.root) {
		return
	}
	if messageType(r.last) == typeOutgoing && string(wire.Text(r.last, "sender_type")) == "User" {
		if !r.at(r.conv, "created_at") {
			r.ignore(countedTime)
		}
		of := r.base.Conversation
		if of == "" {
			of = r.digest()
		}
		r.add(event.ConversationOpened, "opened", of, "")
		return
	}
	r.ignore(ignoredOpened)
	r.teach()
}

// statusChanged reads a change of the status that does not say what it was.
func (r *reader) statusChanged() {
	if !r.head(r.root) {
		return
	}
	r.changes = r.root.Get("changed_attributes")
	r.moment(r.conv)
	current, previous := r.statusChange()
	if current == "" {
		current = string(wire.Text(r.conv, "status"))
	}
	r.status(current, previous)
	r.teach()
}

// updated reads what has changed of a conversation. What hands it over comes
// before who gets it, and the close is last.
func (r *reader) updated() {
	if !r.head(r.root) {
		return
	}
	r.changes = r.root.Get("changed_attributes")
	r.moment(r.conv)
	r.told = false // that the time is bad says nothing of what has changed
	r.requestType()
	r.labels()
	current, previous := r.statusChange()
	closing := current == statusResolved || current == statusSnoozed
	if current != "" && !closing {
		r.status(current, previous)
	}
	r.assignment()
	if closing {
		r.status(current, previous)
	}
	if !r.told {
		r.ignore(ignoredAttribute)
	}
	r.teach()
}

// statusChange gives the status before and after, "" where they are not said.
func (r *reader) statusChange() (current, previous string) {
	c := r.change("status")
	return string(wire.Text(c, "current_value")), string(wire.Text(c, "previous_value"))
}

// status makes an event of a status. What it means depends on the previous one;
// where that is not said, only what has one meaning is told.
func (r *reader) status(current, previous string) {
	switch current {
	case statusResolved:
		e := r.changed(event.ConversationResolved, statusResolved)
		e.Actor, e.Agent = r.resolver(previous)
	case statusSnoozed:
		r.changed(event.ConversationPending, statusSnoozed)
	case statusPending:
		switch {
		case r.botHas() || previous == statusResolved:
			// Only an active bot makes what a customer reopens pending.
			r.handBack()
		case previous == "":
			r.ignore(ignoredStatus)
		default:
			r.changed(event.ConversationPending, statusPending)
		}
	case statusOpen:
		switch previous {
		case statusPending:
			r.changed(event.ConversationHandoff, statusOpen).Reason = r.reason()
		case statusSnoozed:
			// Nobody hands over, but it has the one effect that is meant: the
			// conversation is the desk's, and waits for nobody else any more.
			r.changed(event.ConversationHandoff, statusOpen)
		case statusResolved:
			r.ignore(ignoredReopened)
		default:
			r.ignore(ignoredStatus)
		}
	default:
		r.ignore(ignoredShape)
	}
}

// changed adds an event of a status. Two webhooks tell it: what the second one
// says is no repetition of Chatwoot's.
func (r *reader) changed(kind event.Kind, status string) *event.Event {
	e := r.add(kind, "status", r.base.Conversation, "")
	e.ID = r.keeper.Join(e.ID, ":", status, ":", r.stamp)
	e.Derived = true
	return e
}

func (r *reader) handBack() {
	if !r.handedBack {
		r.handedBack = true
		r.changed(event.ConversationHandback, statusPending)
	}
}

// botHas tells whether a bot answers in the inbox, or has the conversation.
func (r *reader) botHas() bool { return r.rules.botAt(r.base.Inbox) || r.assigneeIsBot() }

func (r *reader) assigneeIsBot() bool {
	if r.assignee == nil {
		return false
	}
	return string(wire.Text(r.assignee, "type")) == "agent_bot" || r.assigneeType() == "AgentBot" ||
		r.rules.bots[string(id(r.assignee, "id"))]
}

func (r *reader) assigneeType() string {
	return string(wire.Text(wire.Object(r.conv, "meta"), "assignee_type"))
}

// resolver concludes who resolved, which is not said: the bot, where the
// conversation was its own until the close, or where nobody of the people has
// ever answered; else the agent whom it is assigned to.
func (r *reader) resolver(previous string) (event.Actor, event.Agent) {
	bot := r.rules.botAt(r.base.Inbox)
	switch first := r.conv.Get("first_reply_created_at"); {
	case r.assigneeIsBot(), previous == statusPending && bot:
		return event.ActorBot, event.Agent{}
	case id(r.assignee, "id") != nil:
		return event.ActorHuman, r.agent(r.assignee)
	case bot && first != nil && first.Type() == fastjson.TypeNull:
		return event.ActorBot, event.Agent{}
	}
	return event.ActorUnknown, event.Agent{}
}

// reason is why the bot hands over, by the configured custom attribute.
func (r *reader) reason() string {
	if r.rules.handoffAttribute == "" {
		return ""
	}
	return r.keeper.Keep(wire.Cut(value(wire.Object(r.conv, "custom_attributes"), r.rules.handoffAttribute), wire.MaxName))
}
