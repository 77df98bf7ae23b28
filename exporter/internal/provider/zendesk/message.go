package zendesk

import (
	"bytes"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// answerBot is Zendesk's own bot, as an author and as a source.
const answerBot = "zd:answerBot"

// messageAdded reads a message of a chat. It names neither channel nor, where the
// business wrote, the customer; both are remembered by the ticket.
func (r *reader) messageAdded() {
	if !r.ticket() {
		return
	}
	actor, message := wire.Object(r.what, "actor"), wire.Object(r.what, "message")
	user, kind := id(actor, "id"), string(bytes.ToLower(wire.Text(actor, "type")))
	if kind == "end_user" && r.base.Contact == "" {
		r.base.Contact = r.contact(user)
	}
	if talk := id(r.what, "conversation_id"); talk != nil {
		r.teach(r.keeper.Join(conversationPrefix, r.keeper.Keep(talk)))
	}
	if r.rules.conversations {
		r.ignore(ignoredOther)
		r.learn()
		return
	}
	msg := event.Message{ID: r.identify("message:", id(message, "id")), Type: "text", Text: r.text(wire.Text(message, "body"))}
	if msg.Text == "" {
		msg.Type = "other"
	}
	if kind == "end_user" {
		r.base.ContactName = r.word(actor, "name")
		e := r.add(event.MessageReceived, "")
		e.Actor, e.Message = event.ActorCustomer, msg
		return
	}
	e := r.add(event.MessageSent, "")
	e.Message = msg
	switch kind {
	case "agent":
		e.Actor, e.Agent = r.author(user)
		if e.Agent.ID != "" {
			e.Agent.Name = r.word(actor, "name")
		}
	case "trigger":
		e.Actor = r.rules.triggers
	case "system", "bot":
		if e.Actor = event.ActorBot; r.rules.users[string(user)] != event.ActorUnknown {
			e.Actor = r.rules.users[string(user)]
		}
	default:
		r.ignore(countedSender)
	}
}

// identify makes the event's id of that of a message, which it gives; a message
// that has none goes by the event's.
func (r *reader) identify(what string, of []byte) string {
	if of == nil {
		r.ignore(countedNoID)
		return r.id
	}
	message := r.keeper.Keep(of)
	r.id = r.keeper.Join(what, message)
	return message
}

// commentAdded reads a note, or a message of tickets that are not chats. Chats
// have their messages told by messageAdded; what they leave behind in the ticket
// is no message.
func (r *reader) commentAdded() {
	if !r.ticket() {
		return
	}
	comment := wire.Object(r.what, "comment")
	author := wire.Object(comment, "author")
	body := wire.Text(comment, "body")
	user := id(author, "id")
	msg := event.Message{ID: r.identify("comment:", id(comment, "id")), Type: "text", Text: r.text(body)}
	switch {
	case !wire.Bool(comment, "is_public"):
		e := r.add(event.NoteAdded, "")
		e.Actor, e.Agent = r.writer(user, r.word(author, "name"))
		e.Message = msg
	case r.rules.conversations:
		r.ignore(ignoredOther)
		r.learn()
	case r.rules.notesOnly:
		r.ignore(ignoredComment)
		r.learn()
	case isTranscript(body):
		r.ignore(ignoredTranscript)
		r.learn()
	case wire.Bool(author, "is_staff"):
		e := r.add(event.MessageSent, "")
		e.Message = msg
		if e.Actor, e.Agent = r.writer(user, r.word(author, "name")); e.Actor == event.ActorUnknown {
			r.ignore(countedSender)
		}
	default:
		if r.base.Contact == "" {
			r.base.Contact = r.contact(user)
		}
		r.base.ContactName = r.word(author, "name")
		e := r.add(event.MessageReceived, "")
		e.Actor, e.Message = event.ActorCustomer, msg
	}
}

// writer is author, by name.
func (r *reader) writer(user []byte, name string) (event.Actor, event.Agent) {
	actor, agent := r.author(user)
	if agent.ID != "" {
		agent.Name = name
	}
	return actor, agent
}
