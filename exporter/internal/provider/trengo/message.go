package trengo

import (
	"strings"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/convention"
)

// inbound reads a customer's message.
func (r *reader) inbound() {
	if !r.hasParty() {
		return
	}
	words := r.form.Get("message")
	reply := r.id("parent_message_id")
	if reply != "" && isReaction(words) {
		r.ignore(ignoredReaction)
		return
	}
	id, msg := r.message(words)
	msg.ReplyTo = reply
	e := r.add(event.MessageReceived, id)
	e.Actor, e.Message = event.ActorCustomer, msg
}

// outbound reads a message of the business, which may ask for a score.
func (r *reader) outbound() {
	if !r.hasParty() {
		return
	}
	words := r.form.Get("message")
	id, msg := r.message(words)
	actor, agent := r.author()
	trimmed := strings.TrimSpace(words)
	survey, asks := r.rules.survey(trimmed)
	// Whoever sends it: a survey answers nobody.
	if asks || r.id("user_id") == "" && beginsWithAny(trimmed, r.rules.systemTexts) {
		actor, agent = event.ActorSystem, event.Agent{}
	}
	e := r.add(event.MessageSent, id)
	e.Actor, e.Agent, e.Message = actor, agent, msg
	if asks {
		e = r.add(event.SurveySent, id+":survey")
		e.Actor, e.Message, e.Survey, e.Scale = event.ActorSystem, msg, survey, convention.Scale(survey)
	}
}

// note reads what colleagues write to one another.
func (r *reader) note() {
	if !r.hasTicket() {
		return
	}
	id, msg := r.message(r.form.Get("message"))
	actor, agent := r.author()
	e := r.add(event.NoteAdded, id)
	e.Actor, e.Agent, e.Message = actor, agent, msg
}

// hasParty tells whether the request says whom a message is from or to.
func (r *reader) hasParty() bool {
	if r.base.Contact == "" && r.base.Conversation == "" {
		r.ignore(ignoredNoContact)
		return false
	}
	return true
}

// message gives a message with the id of its event, which is the message's own
// within its type.
func (r *reader) message(words string) (id string, msg event.Message) {
	msg = event.Message{ID: r.id("message_id"), Type: messageType(words), Text: r.text(words)}
	if msg.ID != "" {
		return r.kind + ":" + msg.ID, msg
	}
	r.ignore(countedNoID)
	msg.ID = r.hash()
	return msg.ID, msg
}

// author finds out who wrote for the business. A user is a person unless the
// configuration knows better; what has no user is automation's.
func (r *reader) author() (event.Actor, event.Agent) {
	user := r.id("user_id")
	if user == "" {
		return r.rules.automation, event.Agent{}
	}
	if actor, ok := r.rules.users[user]; ok && actor != event.ActorHuman {
		return actor, event.Agent{}
	}
	return event.ActorHuman, r.agent(user)
}

// agent is the user of the request, by name; the e-mail address stands in.
func (r *reader) agent(user string) event.Agent {
	return event.Agent{ID: user, Name: or(r.name("user_name"), r.name("user_email"))}
}
