package twilio

import (
	"slices"
	"strconv"
	"strings"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

const (
	pathTaskRouter = "/taskrouter"
	workspace      = "WS00000000000000000000000000000001"
	// reasonAssignment is what the fold calls a handoff that only an assignment
	// tells.
	reasonAssignment = "assignment"
)

// taskRouter posts an event of TaskRouter.
func (o *requests) taskRouter(e *event.Event, kind, resourceType, resource string, pairs ...string) {
	o.post(pathTaskRouter, nil, e.ID+kind, append([]string{
		"EventType", kind, "Sid", sid("EV", e.ID, kind), "Timestamp", strconv.FormatInt(e.Time.Unix(), 10),
		"TimestampMs", strconv.FormatInt(e.Time.UnixMilli(), 10), "WorkspaceSid", workspace, "WorkspaceName", "Helpdesk",
		"ResourceType", resourceType, "ResourceSid", resource,
	}, pairs...)...)
}

// task posts an event of the conversation's task.
func (o *requests) task(t *talk, e *event.Event, kind, status string, pairs ...string) {
	if o.w.settings.byMessaging && t.task == 0 {
		t.task = 1
	}
	o.taskRouter(e, kind, "task", t.taskSid(), append(o.taskFields(t, status), pairs...)...)
}

// taskFields are what stands in every event of a task.
func (o *requests) taskFields(t *talk, status string) []string {
	var attributes, said object
	if t.reason != "" {
		said.str("reason", t.reason)
	}
	if o.w.settings.byMessaging {
		said.str("conv", t.about)
	} else {
		attributes.str("conversationSid", t.sid())
	}
	attributes.str("channelType", "whatsapp")
	attributes.str("customerAddress", written(t.contact))
	if len(said.b) > 0 {
		attributes.raw(attribute, said.String())
	}
	return []string{
		"TaskSid", t.taskSid(), "TaskAttributes", attributes.String(), "TaskAssignmentStatus", status, "TaskPriority", "0", "TaskAge", "0",
		"TaskChannelUniqueName", defaultChannel,
	}
}

// queue writes that a task was made of the conversation.
func (o *requests) queue(t *talk, e *event.Event, reason string) {
	if !o.w.settings.byMessaging {
		o.begin(t, e)
	}
	if !t.queued {
		t.task++
		t.queued, t.reason = true, reason
	}
	o.task(t, e, "task.created", "pending", queueFields(e.Agent.Team)...)
}

// assign writes an offer that is accepted at once.
func (o *requests) assign(t *talk, e *event.Event) {
	if !t.queued {
		o.queue(t, e, reasonAssignment)
	}
	if e.Agent.ID == "" {
		if e.Agent.Team != "" {
			o.task(t, e, "task-queue.entered", "pending", "TaskQueueName", e.Agent.Team)
		}
		return
	}
	reservation := sid("WR", e.ID)
	fields := append(o.taskFields(t, "reserved"), "ReservationSid", reservation)
	fields = append(fields, queueFields(e.Agent.Team)...)
	fields = append(fields, workerFields(&e.Agent)...)
	o.taskRouter(e, "reservation.created", "reservation", reservation, fields...)
	fields[slices.Index(fields, "TaskAssignmentStatus")+1] = "assigned"
	o.taskRouter(e, "reservation.accepted", "reservation", reservation, fields...)
	if !o.w.settings.byMessaging {
		identity := escapeIdentity(e.Agent.ID)
		o.conversation(t, e.ID, "onParticipantAdded", "API", "ParticipantSid", sid("MB", t.sid(), identity), "Identity", identity,
			"DateCreated", isoTime(e.Time), "Attributes", "{}")
	}
}

func queueFields(team string) []string {
	if team == "" {
		return nil
	}
	return []string{"TaskQueueSid", sid("WQ", team), "TaskQueueName", team}
}

func workerFields(a *event.Agent) []string {
	var attributes object
	if a.Name != "" {
		attributes.str("full_name", a.Name)
	}
	return []string{"WorkerSid", sid("WK", a.ID), "WorkerName", a.ID, "WorkerAttributes", attributes.String()}
}

// worker writes an agent's presence, and the capacity where it is news.
func (o *requests) worker(e *event.Event) {
	activity := o.w.settings.activity(e.State)
	if activity == "" || e.Agent.ID == "" {
		return
	}
	resource := sid("WK", e.Agent.ID)
	fields := append(workerFields(&e.Agent), "WorkerActivitySid", sid("WA", activity), "WorkerActivityName", activity)
	o.taskRouter(e, "worker.activity.update", "worker", resource, fields...)
	if known, _ := o.w.capacity.get(e.Agent.ID); e.Agent.Capacity != 0 && e.Agent.Capacity != known {
		o.w.capacity.put(e.Agent.ID, e.Agent.Capacity)
		o.taskRouter(e, "worker.capacity.update", "worker", resource, append(fields,
			"TaskChannelUniqueName", o.w.settings.channel, "WorkerChannelAvailable", "true",
			"WorkerChannelAvailableCapacity", strconv.Itoa(e.Agent.Capacity), "WorkerChannelPreviousCapacity", strconv.Itoa(max(known, 1)),
			"WorkerChannelTaskCount", "0")...)
	}
}

// activity names one that means the state.
func (s *settings) activity(state event.Presence) string {
	usual := map[event.Presence]string{event.PresenceAvailable: "Available", event.PresenceAway: "Break", event.PresenceOffline: "Offline"}
	if name := usual[state]; s.activities[strings.ToLower(name)] == state {
		return name
	}
	var fits []string
	for name, means := range s.activities {
		if means == state {
			fits = append(fits, name)
		}
	}
	if len(fits) == 0 {
		return ""
	}
	return slices.Min(fits)
}

// handbackReason is one of those that are configured.
func (s *settings) handbackReason() string {
	var reasons []string
	for reason := range s.handback {
		reasons = append(reasons, reason)
	}
	return slices.Min(reasons)
}
