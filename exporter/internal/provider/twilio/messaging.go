package twilio

import (
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/convention"
)

// inbound reads a customer's message of the Messaging family. Where messages
// count by Conversations, which say the same message too, it tells only what
// these do not: consent, an answer by button, and the customer's second id.
func (r *reader) inbound() {
	id := r.first("MessageSid", "SmsMessageSid", "SmsSid")
	p := r.customer("From", "To")
	if !r.whole(id, p) {
		return
	}
	at := r.received.UTC()
	a, answered := r.answer()
	if r.settings.byMessaging {
		msg := event.Message{ID: id, Type: r.inboundType(), Text: r.bodyText(), ReplyTo: r.id("OriginalRepliedMessageSid")}
		e := r.add(event.MessageReceived, id, at, p)
		e.Actor, e.Message = event.ActorCustomer, msg
		if answered {
			// The message says itself that it is an answer, so that nobody takes
			// the title of a button for a question.
			a.Mark(e)
			e = r.add(event.SurveyAnswered, id+":survey", at, p)
			e.Actor, e.Message, e.Derived = event.ActorCustomer, msg, true
			a.Mark(e)
		}
	} else {
		r.ignore(ignoredMessaging)
		// The number that a message of a conversation does not name.
		r.res.Threads = append(r.res.Threads, provider.Thread{Contact: p.contact, Inbox: p.inbox, Channel: p.channel})
		if answered {
			e := r.add(event.SurveyAnswered, id+":survey", at, p)
			e.Actor = event.ActorCustomer
			e.Message = event.Message{ID: id, Type: r.inboundType(), ReplyTo: r.id("OriginalRepliedMessageSid")}
			a.Mark(e)
		}
		if p.alias != "" {
			r.add(event.ContactLinked, id+":link", at, p).Derived = true
		}
	}
	switch r.form.Get("OptOutType") {
	case "STOP":
		r.consent(id, p, event.ConsentOptedOut)
	case "START":
		r.consent(id, p, event.ConsentOptedIn)
	}
}

func (r *reader) consent(id string, p party, to event.Consent) {
	r.add(event.ConsentChanged, id+":consent", r.received.UTC(), p).Consent = to
}

// statusCallback reads what became of a message. Messaging reports no sent
// message as such: every status that implies one says so first, marked as
// derived, and the fold drops the repetitions.
func (r *reader) statusCallback() {
	t := toldInQuery(r.query)
	if !r.settings.byMessaging && !t.isSender() {
		// Conversations tell the same of their messages; what goes out beside
		// them says who sends.
		r.ignore(ignoredMessaging)
		return
	}
	state, sent, ignored := callbackStatus(r.form.Get("MessageStatus"))
	if ignored != "" {
		r.ignore(ignored)
		return
	}
	id := r.first("MessageSid", "SmsSid")
	p := r.customer("To", "From")
	p.conversation = t.conversation
	if !r.whole(id, p) {
		return
	}
	at := r.received.UTC()
	if sent {
		when := at
		if !t.sent.IsZero() {
			when = t.sent
		}
		s := sender{actor: t.actor, agent: event.Agent{Team: t.team}}
		switch {
		case t.survey != "":
			s.actor = event.ActorSystem
		case t.actor == event.ActorHuman:
			s.agent.ID = t.agent
		}
		e := r.add(event.MessageSent, id, when, p)
		e.Actor, e.Agent, e.Message, e.Derived = s.actor, s.agent, t.message(id, ""), true
		if t.survey != "" {
			r.surveySent(id, when, p, &t, e.Message)
		}
	}
	if state == event.StatusNone {
		return
	}
	e := r.add(event.MessageStatus, id+":"+state.String(), at, p)
	e.Status = state
	e.Message = event.Message{ID: id, Template: event.Template{Name: t.template, Category: t.category}}
	if state == event.StatusFailed {
		r.failure(e, id)
	}
}

// callbackStatus gives the status, none for those before the message has left
// Twilio, and whether a message is implied; or the name under which it is
// ignored.
func callbackStatus(s string) (state event.Status, sent bool, ignored string) {
	switch s {
	case "accepted", "queued", "sending":
		return event.StatusNone, true, ""
	case "sent":
		return event.StatusSent, true, ""
	case "delivered":
		return event.StatusDelivered, true, ""
	case "read":
		return event.StatusRead, true, ""
	case "failed", "undelivered":
		return event.StatusFailed, false, ""
	case "scheduled", "canceled":
		return 0, false, ignoredNotSent
	}
	return 0, false, ignoredStatus
}

// failure names the code of a failed message, and what else it means. e is the
// last event.
func (r *reader) failure(e *event.Event, id string) {
	code := r.form.Get("ErrorCode")
	if code == "" || code == "0" || len(code) > 10 || !isDigits(code) {
		return
	}
	e.Error = code
	if code == codeOptedOut {
		p := party{e.Contact, e.Alias, e.ContactName, e.Inbox, e.Channel, e.Conversation}
		e = r.add(event.ConsentChanged, id+":"+codeOptedOut, e.Time, p)
		e.Derived, e.Consent = true, event.ConsentOptedOut
	}
}

// message is what a sender told of a message.
func (t *told) message(id, text string) event.Message {
	m := event.Message{ID: id, Text: text, Type: messageType(t.kind, ""), Template: event.Template{Name: t.template, Category: t.category}}
	if m.Type == "" && m.Template != (event.Template{}) {
		m.Type = "template"
	}
	return m
}

// surveySent is the survey that a message is.
func (r *reader) surveySent(id string, at time.Time, p party, t *told, msg event.Message) {
	e := r.add(event.SurveySent, id+":survey", at, p)
	e.Derived, e.Actor, e.Message = true, event.ActorSystem, msg
	// Whose survey it is: scores are credited to the agent.
	e.Agent = event.Agent{ID: t.agent, Team: t.team}
	e.Survey = surveys[t.survey]
	e.Scale = convention.Scale(e.Survey)
}
