package twilio

import (
	"strconv"
	"strings"

	"github.com/valyala/fastjson"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// taskRouter reads the TaskRouter family.
func (r *reader) taskRouter(kind string) {
	switch kind {
	case "task.created", "task-queue.entered", "task-queue.moved":
		r.queued()
	case "task.updated":
		if p, _, ok := r.task(); ok {
			r.labels(p, "TaskAttributes", "TimestampMs", "Timestamp")
		}
		r.ignore(ignoredTask)
	case "reservation.accepted":
		r.accepted()
	case "task.wrapup", "task.completed", "task.canceled", "task.deleted", "task.system-deleted":
		r.ended(kind)
	case "worker.activity.update":
		r.presence()
	case "worker.capacity.update":
		r.capacity()
	case "worker.deleted":
		r.agentState(event.PresenceOffline)
	case "worker.channel.availability.update":
		r.ignore(ignoredAvailability)
	case "reservation.created", "reservation.rejected", "reservation.timeout", "reservation.canceled",
		"reservation.rescinded", "reservation.failed":
		r.ignore(ignoredOffer)
	case "reservation.wrapup", "reservation.completed":
		r.ignore(ignoredReservation)
	case "worker.created", "worker.attributes.update":
		r.ignore(ignoredConfiguration)
	default:
		r.ignore(otherTaskRouter(kind))
	}
}

func otherTaskRouter(kind string) string {
	switch group, name, _ := strings.Cut(kind, "."); {
	case group == "task" && strings.HasPrefix(name, "transfer-"):
		return ignoredTransfer
	case group == "task-queue", group == "workflow", group == "activity", group == "workspace":
		return ignoredConfiguration
	}
	return ignoredEvent
}

// eventID is the event's own sid or, without one, what tells it from others.
func (r *reader) eventID() string {
	if id := r.id("Sid"); strings.HasPrefix(id, "EV") {
		return id
	}
	resource := r.first("ResourceSid", "ReservationSid", "TaskSid", "WorkerSid")
	if resource == "" {
		return ""
	}
	return r.id("EventType") + ":" + resource + ":" + r.first("TimestampMs", "Timestamp")
}

// task gives the party of a task's conversation, what is told by convention,
// and whether an event can be made.
func (r *reader) task() (p party, t told, ok bool) {
	attributes := r.attributes("TaskAttributes")
	if attributes == nil {
		r.ignore(ignoredNoConversation)
		return p, t, false
	}
	p.conversation = validID(string(wire.Text(attributes, "conversationSid")))
	for _, key := range []string{"customerAddress", "from"} {
		if a, is := parseAddress(string(wire.Text(attributes, key))); is {
			p.contact, p.channel = a.id, a.channel
			break
		}
	}
	if channel := channelOf(attributes); channel != "" {
		p.channel = channel
	}
	t = toldIn(attributes)
	if p.conversation == "" {
		p.conversation = t.conversation
	}
	if p.contact == "" && p.conversation == "" {
		r.ignore(ignoredNoConversation)
		return p, t, false
	}
	return p, t, r.whole(r.eventID(), p)
}

// channelOf is the channel of a task's customer. "chat" is the kind of the
// task, whatever channel it came by.
func channelOf(attributes *fastjson.Value) string {
	switch c := strings.ToLower(valid(string(wire.Cut(wire.Text(attributes, "channelType"), 40)))); c {
	case "chat":
		return ""
	default:
		return c
	}
}

func (r *reader) queue() string { return cut(r.text("TaskQueueName"), wire.MaxName) }

// queued: a task is how a conversation gets into the hands of people, so that
// one which is created or enters a queue ends the bot's part.
func (r *reader) queued() {
	p, t, ok := r.task()
	if !ok {
		return
	}
	e := r.add(event.ConversationHandoff, r.eventID(), r.at("TimestampMs", "Timestamp"), p)
	e.Reason = t.reason
	if e.Agent.Team = t.team; e.Agent.Team == "" {
		e.Agent.Team = r.queue()
	}
	if r.form.Get("EventType") == "task.created" {
		r.labels(p, "TaskAttributes", "TimestampMs", "Timestamp")
	}
}

// accepted: somebody has taken the conversation; a later one takes it over.
func (r *reader) accepted() {
	p, t, ok := r.task()
	if !ok {
		return
	}
	if r.settings.byParticipant {
		r.ignore(ignoredReservation)
		return
	}
	agent := r.worker()
	if agent.ID == "" {
		r.ignore(ignoredNoAgent)
		return
	}
	if agent.Team = t.team; agent.Team == "" {
		agent.Team = r.queue()
	}
	r.add(event.ConversationAssigned, r.eventID(), r.at("TimestampMs", "Timestamp"), p).Agent = agent
}

// ended reads that a task is over, or its work but for the wrap-up. Whoever
// had taken it has ended it; what was never taken, nobody has.
func (r *reader) ended(kind string) {
	wrapup, completed := kind == "task.wrapup", kind == "task.completed"
	back := !wrapup && (r.settings.handback[r.form.Get("TaskCompletedReason")] || r.settings.handback[r.form.Get("TaskCanceledReason")])
	resolves := wrapup && r.settings.resolveOn == onWrapup || !wrapup && r.settings.resolveOn == onCompleted
	if !back && !resolves {
		r.ignore(ignoredTask)
		return
	}
	p, _, ok := r.task()
	if !ok {
		return
	}
	at := r.at("TimestampMs", "Timestamp")
	if back {
		r.add(event.ConversationHandback, r.eventID(), at, p)
		return
	}
	e := r.add(event.ConversationResolved, r.eventID(), at, p)
	if wrapup || completed {
		e.Actor, e.Agent = event.ActorHuman, r.worker()
	}
}

// presence reads a worker's activity.
func (r *reader) presence() {
	state, known := r.settings.activities[strings.ToLower(r.form.Get("WorkerActivityName"))]
	if !known {
		r.ignore(countedActivity)
		state = event.PresenceAway
	}
	r.agentState(state)
}

// capacity reads how many tasks a worker takes on the channel that counts.
func (r *reader) capacity() {
	n, err := strconv.Atoi(r.form.Get("WorkerChannelAvailableCapacity"))
	state, known := r.settings.activities[strings.ToLower(r.form.Get("WorkerActivityName"))]
	if r.form.Get("TaskChannelUniqueName") != r.settings.channel || err != nil || n < 1 || n > event.MaxNumber || !known {
		r.ignore(ignoredCapacity)
		return
	}
	if e := r.agentState(state); e != nil {
		e.Agent.Capacity = n
	}
}

func (r *reader) agentState(state event.Presence) *event.Event {
	id, agent := r.eventID(), r.worker()
	switch {
	case id == "":
		r.ignore(ignoredNoID)
		return nil
	case agent.ID == "":
		r.ignore(ignoredNoAgent)
		return nil
	}
	e := r.add(event.AgentState, id, r.at("TimestampMs", "Timestamp"), party{})
	e.Agent, e.State = agent, state
	return e
}
