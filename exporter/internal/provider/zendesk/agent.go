package zendesk

import (
	"bytes"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

var agentSubject = []byte("zen:agent:")

// agent reads whom the event is about, and when it was: the envelope's time can
// be later.
func (r *reader) agent() (event.Agent, bool) {
	of := id(r.detail, "agent_id")
	subject, _ := bytes.CutPrefix(wire.Text(r.root, "subject"), agentSubject)
	if of == nil {
		of = subject
	}
	if len(of) == 0 || len(of) > wire.MaxID || len(subject) > 0 && !bytes.Equal(of, subject) {
		r.ignore(ignoredAgentID)
		return event.Agent{}, false
	}
	r.dateBy(r.what, "updated_at")
	return event.Agent{ID: r.keeper.Keep(of)}, true
}

func (r *reader) ignoredAgent() { r.ignore(ignoredAgentChange) }

// unifiedState reads an agent's state over all channels.
func (r *reader) unifiedState() {
	if r.rules.presence != presenceUnified {
		r.ignore(ignoredPresence)
		return
	}
	r.presence(wire.Text(wire.Object(r.what, "new_unified_state"), "name"))
}

// channelState reads an agent's state in one channel.
func (r *reader) channelState() {
	if string(bytes.ToLower(wire.Text(r.what, "channel"))) != r.rules.presence {
		r.ignore(ignoredPresence)
		return
	}
	name := wire.Text(r.what, "new_state")
	if name == nil {
		name = wire.Text(wire.Object(r.what, "new_state"), "name")
	}
	r.presence(name)
}

// presence goes by the state's name: its ids differ between accounts.
func (r *reader) presence(name []byte) {
	a, ok := r.agent()
	if !ok {
		return
	}
	state, ok := r.rules.states[string(bytes.ToLower(bytes.TrimSpace(wire.Cut(name, wire.MaxName))))]
	if !ok {
		r.ignore(ignoredState)
		return
	}
	e := r.add(event.AgentState, "")
	e.Agent, e.State = a, state
}

// workItem reads that an agent has accepted a chat. The item is the ticket.
func (r *reader) workItem() {
	of := id(r.what, "work_item_id")
	accepted := string(bytes.ToUpper(wire.Text(r.what, "reason"))) == "ACCEPTED"
	if !accepted || of == nil || string(bytes.ToLower(wire.Text(r.what, "channel"))) != "messaging" {
		r.ignore(ignoredWorkItem)
		return
	}
	a, ok := r.agent()
	if !ok {
		return
	}
	r.base.Conversation = r.keeper.Keep(of)
	if r.rules.isBot(a.ID) {
		r.add(event.ConversationHandback, "")
		return
	}
	r.add(event.ConversationAssigned, "").Agent = a
}

// workItemRemoved: that it was solved, or is somebody else's, other events say.
func (r *reader) workItemRemoved() { r.ignore(ignoredWorkItem) }

// trigger reads the documented body of trigger webhooks. Nothing of it has an id:
// it is known by the invocation and the body, since a retry repeats both.
func (r *reader) trigger() {
	r.what = r.root
	r.id = r.keeper.Join("trigger:", r.keeper.Keep([]byte(r.req.Header.Get(invocationHeader))), ":", r.digest())
	r.base = event.Event{Time: r.req.Received}
	of := id(r.root, "ticket_id")
	if of == nil {
		r.ignore(ignoredTicketID)
		return
	}
	if t, ok := wire.TimeAt(r.root, "updated_at"); ok {
		r.base.Time = t
	} else {
		r.ignore(countedTime)
	}
	r.detail = r.root
	r.base.Conversation = r.keeper.Keep(of)
	r.base.Contact = r.contact(id(r.root, "requester_id"))
	r.base.Inbox = r.keepID(r.root, "brand_id")
	r.base.Alias = r.phone(wire.Text(r.root, "requester_phone"))
	if via := r.channel(wire.Text(r.root, "via")); via == provider.WhatsApp {
		// Any other may be a display text in the account's language.
		r.base.Channel = via
	}
	if r.rules.segmentField != "" {
		r.base.Segment = r.keeper.Keep(wire.Cut(bytes.TrimSpace(wire.Scalar(r.root, r.rules.segmentField)), wire.MaxName))
	}
	r.triggered(string(bytes.ToLower(wire.Text(r.root, "exporter_event"))))
	r.learn()
}

func (r *reader) triggered(kind string) {
	switch kind {
	case "csat":
		if score, ok := r.score(wire.Scalar(r.root, "rating")); ok {
			e := r.add(event.SurveyAnswered, "")
			e.Actor = event.ActorCustomer
			e.Score, e.HasScore, e.Scale = float64(score), true, scaleCSAT
			e.Message.Type = "interactive"
		}
	case "csat_requested":
		e := r.add(event.SurveySent, "")
		e.Actor, e.Scale, e.Agent = event.ActorSystem, scaleCSAT, r.assignee()
		e.Message.Type = "interactive"
	case "status":
		r.status(r.rules.statusOf(wire.Text(r.root, "status")), "", id(r.root, "actor_id"))
	case "assigned":
		if user := id(r.root, "assignee_id"); user != nil && r.rules.isBot(string(user)) {
			r.add(event.ConversationHandback, "")
		} else {
			r.add(event.ConversationAssigned, "").Agent = event.Agent{ID: r.keeper.Keep(user)}
		}
	case "contact":
		if r.base.Alias == "" || r.base.Contact == "" {
			r.ignore(ignoredContact)
			return
		}
		r.add(event.ContactLinked, "").Derived = true
	default:
		r.ignore(ignoredEvent)
	}
}

// statusOf reads a status as placeholders write it: in English, or in the words
// of statuses.
func (r *rules) statusOf(word []byte) string {
	lower := string(bytes.ToLower(bytes.TrimSpace(wire.Cut(word, wire.MaxName))))
	if status := r.statuses[lower]; status != "" {
		return status
	}
	switch lower {
	case "on-hold", "on hold":
		return statusHold
	}
	return string(bytes.ToUpper([]byte(lower)))
}
