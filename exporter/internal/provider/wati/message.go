package wati

import (
	"bytes"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/convention"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// message reads a message of either side: a customer's, unless it says that it
// is the business's own. Wati reports that one as sent too, if it is asked to.
func (r *reader) message() {
	if wire.Bool(r.root, "owner") {
		r.sent(r.isType("template"), true)
		return
	}
	if e := r.inbound(); e != nil {
		r.assigned()
	}
}

// inbound makes the event of a customer's message; nil where there is none.
func (r *reader) inbound() *event.Event {
	if r.isType("reaction") {
		r.learn(ignoredReaction)
		return nil
	}
	if !r.head() {
		return nil
	}
	e := r.add(event.MessageReceived, "in:")
	e.Actor, e.Message = event.ActorCustomer, r.content(false)
	e.ContactName = r.keeper.Keep(wire.Cut(wire.Text(r.root, "senderName"), wire.MaxName))
	return e
}

// assigned concludes from a customer's message whom the chat is assigned to.
// Each message says it anew: what the fold knows already changes nothing there,
// and one id a ticket and operator would lose the way back to somebody who had it
// before, and every conversation but the first of a ticket that stays open.
func (r *reader) assigned() {
	op := r.operator()
	if op.bot {
		r.handedBack()
		return
	}
	agent := op.agent()
	if agent.ID == "" {
		assignee := id(r.root, "assignedId")
		if len(assignee) == 0 {
			assignee = id(r.root, "assigneeId")
		}
		if len(assignee) == 0 {
			return
		}
		email, ok := r.rules.assignees[string(assignee)]
		switch {
		case !ok:
			r.ignore(countedAssignee)
			return
		case email == ownBot || r.rules.botEmails[email]:
			r.handedBack()
			return
		}
		agent = event.Agent{ID: email, Name: op.name}
	}
	e := r.add(event.ConversationAssigned, "assigned:")
	e.Agent, e.Derived = agent, true
}

// handedBack: the bot has the chat. New chats are its as well, also where nobody
// has built one, so that this counts only where the user says so.
func (r *reader) handedBack() {
	if r.rules.handbacks {
		r.add(event.ConversationHandback, "handback:").Derived = true
	}
}

// chatbot reads the start of one. It repeats the customer's message that started
// it, under the message's own id, so that whichever report comes first counts.
// Without WhatsApp's id the two could not be known to be one.
func (r *reader) chatbot() {
	if len(id(r.root, "whatsappMessageId")) == 0 || wire.Bool(r.root, "owner") {
		r.learn(ignoredChatbot)
		return
	}
	if e := r.inbound(); e != nil {
		e.Derived = true
		r.handedBack()
	}
}

// sent reads a message of the business. echo is one that came as `message`.
func (r *reader) sent(template, echo bool) {
	if r.isType("reaction") {
		r.learn(ignoredReaction)
		return
	}
	if !r.head() {
		return
	}
	msg := r.content(template)
	survey, asks := r.rules.survey(&msg)
	var actor event.Actor
	var agent event.Agent
	if asks {
		// A survey is the system's, whoever triggered it.
		actor = event.ActorSystem
	} else {
		actor, agent = r.sender(template)
	}
	e := r.add(event.MessageSent, "sent:")
	e.Actor, e.Agent, e.Message = actor, agent, msg
	// The older form lacks what tells bots and our own software apart, and must not
	// stand in the way of the newer one, which may come after it.
	e.Derived = echo || actor == event.ActorUnknown && !r.root.Exists("localMessageId")
	if asks {
		e = r.add(event.SurveySent, "survey:")
		e.Actor, e.Message, e.Derived = actor, msg, true
		e.Survey, e.Scale = survey, convention.Scale(survey)
	}
	if bytes.EqualFold(wire.Text(r.root, "statusString"), []byte("sent")) {
		e = r.add(event.MessageStatus, "accepted:")
		e.Status, e.Message.ID, e.Derived = event.StatusSent, r.key, echo
	}
}

// receipt reads what became of a sent message. Receipts say neither whose they
// are nor who wrote; the operator they name is left alone.
func (r *reader) receipt(status event.Status, prefix string) {
	if !r.head() {
		return
	}
	e := r.add(event.MessageStatus, prefix)
	e.Status, e.Message.ID = status, r.key
}

// codeStopped is WhatsApp's for customers who want no marketing any more.
const codeStopped = "131050"

// failed reads that a message was not delivered.
func (r *reader) failed() {
	if !r.head() {
		return
	}
	e := r.add(event.MessageStatus, "failed:")
	e.Status, e.Message.ID = event.StatusFailed, r.key
	code := wire.Cut(bytes.TrimSpace(wire.Scalar(r.root, "failedCode")), wire.MaxName)
	e.Error = r.keeper.Keep(code)
	if string(code) == codeStopped {
		e = r.add(event.ConsentChanged, "stopped:")
		e.Consent, e.Derived = event.ConsentOptedOut, true
	}
}
