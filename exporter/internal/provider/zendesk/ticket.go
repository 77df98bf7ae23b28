package zendesk

import (
	"bytes"
	"strings"

	"github.com/valyala/fastjson"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// Statuses of tickets.
const (
	statusNew     = "NEW"
	statusOpen    = "OPEN"
	statusPending = "PENDING"
	statusHold    = "HOLD"
	statusSolved  = "SOLVED"
	statusClosed  = "CLOSED"
)

var statuses = map[string]bool{
	statusNew: true, statusOpen: true, statusPending: true, statusHold: true, statusSolved: true, statusClosed: true,
}

var ticketSubject = []byte("zen:ticket:")

// ticket reads which one the event is about, and whose it is; it tells whether
// that is known.
func (r *reader) ticket() bool {
	of := id(r.detail, "id")
	subject, _ := bytes.CutPrefix(wire.Text(r.root, "subject"), ticketSubject)
	switch {
	case of == nil && len(subject) == 0, of != nil && len(subject) > 0 && !bytes.Equal(of, subject):
		r.ignore(ignoredTicketID)
		return false
	case of == nil:
		of = subject
	}
	r.base.Conversation = r.keeper.Keep(of)
	r.base.Contact = r.contact(id(r.detail, "requester_id"))
	r.base.Inbox = r.keepID(r.detail, "brand_id")
	r.base.Channel = r.channel(wire.Text(wire.Object(r.detail, "via"), "channel"))
	return true
}

// learn tells whose the ticket is where no event has.
func (r *reader) learn() {
	if len(r.res.Events) == r.made {
		r.teach(r.base.Conversation)
	}
}

// ignoredTicket: of no interest but for whose the ticket is.
func (r *reader) ignoredTicket() {
	r.ignore(ignoredChange)
	if r.ticket() {
		r.learn()
	}
}

// ticketCreated begins a conversation only where somebody of the business began
// it: a customer's message says itself that it does, and a "thank you" or a
// rating makes a ticket too.
func (r *reader) ticketCreated() {
	if !r.ticket() {
		return
	}
	by := id(r.detail, "submitter_id")
	if by == nil {
		by = id(r.detail, "actor_id")
	}
	if r.rules.opens || r.isStaff(by) && !r.rules.isBot(string(by)) {
		r.dateBy(r.detail, "created_at")
		r.add(event.ConversationOpened, "")
		return
	}
	r.ignore(ignoredCreated)
	r.learn()
}

// isStaff tells whether a user is somebody of the business: neither the customer
// nor Zendesk itself, whose ids are below 0 or no numbers.
func (r *reader) isStaff(user []byte) bool {
	if len(user) == 0 || bytes.Equal(user, id(r.detail, "requester_id")) {
		return false
	}
	for _, c := range user {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// team is a group's name.
func (r *reader) team(group []byte) string {
	if group == nil {
		return ""
	}
	if name := r.rules.groups[string(group)]; name != "" {
		return name
	}
	return r.keeper.Keep(group)
}

// agentAssigned reads who has the ticket from now on. Assigning it to a bot hands
// it back.
func (r *reader) agentAssigned() {
	if !r.ticket() {
		return
	}
	user := id(r.what, "current")
	if user != nil && r.rules.isBot(string(user)) {
		r.add(event.ConversationHandback, "")
		return
	}
	r.add(event.ConversationAssigned, "").Agent = event.Agent{ID: r.keeper.Keep(user), Team: r.team(id(r.detail, "group_id"))}
}

// groupAssigned reads which team has it. Its agent, if there is one, still has it.
func (r *reader) groupAssigned() {
	if !r.ticket() {
		return
	}
	group := id(r.what, "current")
	if group == nil {
		r.ignore(ignoredGroup)
		r.learn()
		return
	}
	a := event.Agent{Team: r.team(group)}
	if user := id(r.detail, "assignee_id"); !r.rules.isBot(string(user)) {
		a.ID = r.keeper.Keep(user)
	}
	r.add(event.ConversationAssigned, "").Agent = a
}

// statusChanged: what is solved is resolved, and being closed days later, by
// itself, is no second resolution.
func (r *reader) statusChanged() {
	if !r.ticket() {
		return
	}
	r.status(statusOf(r.what, "current"), statusOf(r.what, "previous"), id(r.detail, "actor_id"))
	r.learn()
}

// statusOf reads a status, whatever its case.
func statusOf(v *fastjson.Value, key string) string {
	return strings.ToUpper(strings.TrimSpace(string(wire.Text(v, key))))
}

// status makes an event of one; by is who set it, previous "" where it is not
// said.
func (r *reader) status(current, previous string, by []byte) {
	switch current {
	case statusSolved, statusClosed:
		switch {
		case previous == statusSolved || previous == statusClosed, previous == "" && current == statusClosed:
			r.ignore(ignoredClosed)
			return
		}
		e := r.add(event.ConversationResolved, "")
		e.Actor, e.Agent = r.author(by)
	case statusPending, statusHold:
		r.add(event.ConversationPending, "")
	case statusOpen, statusNew:
		// Nobody hands over when somebody of the business goes on with what was
		// pending, but it has the one effect that is meant: the conversation waits
		// for nobody else any more. A customer's message says so itself.
		if (previous == statusPending || previous == statusHold) && r.isStaff(by) && !r.rules.isBot(string(by)) {
			r.add(event.ConversationHandoff, "")
			return
		}
		r.ignore(ignoredStatus)
	case "":
		r.ignore(ignoredShape)
	default: // DELETED, ARCHIVED, SCRUBBED
		r.ignore(ignoredStatus)
	}
}

// author is who of the business did something: a user who is configured as
// something else, a person, or nobody who is known.
func (r *reader) author(user []byte) (event.Actor, event.Agent) {
	if actor, ok := r.rules.users[string(user)]; ok && actor != event.ActorHuman {
		return actor, event.Agent{}
	}
	if string(user) == answerBot {
		return event.ActorBot, event.Agent{}
	}
	if !r.isStaff(user) {
		return event.ActorUnknown, event.Agent{}
	}
	return event.ActorHuman, event.Agent{ID: r.keeper.Keep(user)}
}

// merged reads that the ticket went into another one, which lives on.
func (r *reader) merged() {
	if !r.ticket() {
		return
	}
	into := r.keepID(r.what, "target_ticket_id")
	if into == "" || into == r.base.Conversation {
		r.ignore(ignoredShape)
		r.learn()
		return
	}
	r.add(event.ConversationMerged, "").Into = into
}

// dropped ends the conversation of a ticket that is spam or deleted as a merge
// into nothing does: without a sample of any duration, and with its deadlines
// void. What was solved has ended already, and its customer may have another.
func (r *reader) dropped() {
	if !r.ticket() {
		return
	}
	switch statusOf(r.detail, "status") {
	case statusSolved, statusClosed:
		r.ignore(ignoredDropped)
	default:
		r.add(event.ConversationMerged, "")
	}
}
