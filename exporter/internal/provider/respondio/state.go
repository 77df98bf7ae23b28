package respondio

import (
	"bytes"

	"github.com/valyala/fastjson"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// opened reads that an episode began. One that began with a customer's message
// makes no event: the message says the same and more. respond.io opens an
// episode for every message after the close, a "thank you" or a score too, which
// here begin nothing; and dated after the message that it overtakes, it would
// make that one look like of an older conversation.
func (r *reader) opened() {
	c := wire.Object(r.root, "conversation")
	t, ok := r.at(c, "conversationOpenedAt")
	r.base.Time = t
	if ok {
		r.base.Conversation = r.conversation(t)
	}
	if r.base.Inbox == "" {
		r.base.Inbox = r.keeper.Keep(id(c, "firstIncomingMessageChannelId"))
	}
	customer := len(wire.Text(c, "firstIncomingMessage")) > 0
	switch string(bytes.ToLower(wire.Text(c, "source"))) {
	case "contact", "ctc_ads", "growth_widget":
		customer = true
	}
	if !customer {
		r.add(event.ConversationOpened, "")
		return
	}
	r.res.Threads = append(r.res.Threads, provider.Thread{
		Conversation: r.base.Conversation, Contact: r.base.Contact, Inbox: r.base.Inbox, Channel: r.base.Channel,
	})
	r.ignore(ignoredOpened)
}

// closed reads that an episode ended. Its ready-made figures are not used: their
// units are not documented, and they count what bots do.
func (r *reader) closed() {
	c := wire.Object(r.root, "conversation")
	r.base.Time, _ = r.at(c, "closedTime")
	if t, ok := wire.TimeAt(c, "openedTime"); ok {
		r.base.Conversation = r.conversation(t)
	}
	if category := wire.Cut(wire.Text(c, "category"), wire.MaxName); len(category) > 0 {
		e := r.add(event.ConversationLabeled, ":category")
		e.RequestType = r.keeper.Keep(category)
		e.Labels = []string{e.RequestType}
	}
	actor, agent := r.closer(c)
	if actor == event.ActorHuman && agent.ID != "" {
		agent.Team = r.team(number(c, "assigneeTeam"))
	}
	e := r.add(event.ConversationResolved, "")
	e.Actor, e.Agent = actor, agent
}

// closer finds out who closed an episode.
func (r *reader) closer(c *fastjson.Value) (event.Actor, event.Agent) {
	by := wire.Object(c, "closedBy")
	switch string(bytes.ToLower(wire.Text(c, "closedBySource"))) {
	case "user":
		return r.human(r.user(by))
	case "workflow", "bot", "ai_agent":
		return event.ActorBot, event.Agent{}
	case "auto_close":
		return event.ActorSystem, event.Agent{}
	case "api", "zapier", "make", "n8n":
		if r.rules.automation == event.ActorHuman {
			return r.human(r.user(by))
		}
		return r.rules.automation, event.Agent{}
	case "":
		if id(by, "id") != nil {
			return r.human(r.user(by))
		}
	}
	return event.ActorUnknown, event.Agent{}
}

// assigned reads the state after the change: whom the contact is assigned to,
// nobody, or a bot. The previous one is not said.
func (r *reader) assigned() {
	holder := r.contact
	if holder.Get("assignee") == nil {
		holder = r.root
	}
	if holder.Get("assignee") == nil {
		r.ignore(ignoredShape)
		return
	}
	agent := r.user(wire.Object(holder, "assignee"))
	switch {
	case agent.ID == "":
		r.add(event.ConversationAssigned, "")
	case r.rules.bots[agent.ID]:
		r.add(event.ConversationHandback, "")
	default:
		r.add(event.ConversationAssigned, "").Agent = agent
	}
}

func (r *reader) tagUpdated() {
	switch string(bytes.ToLower(wire.Text(r.root, "action"))) {
	case "add", "added":
		r.tagAdded()
	case "remove", "removed":
		r.tagRemoved()
	default:
		r.ignore(ignoredShape)
	}
}

// tagAdded: a tag means what the configuration says; any other is a label.
func (r *reader) tagAdded() {
	tag := r.tag()
	if tag == "" {
		return
	}
	rule, ok := r.rules.tags[tag]
	if !ok {
		r.add(event.ConversationLabeled, "").Labels = []string{tag}
		return
	}
	e := r.add(rule.kind, "")
	e.Consent, e.Reason = rule.consent, rule.reason
}

// tagRemoved: who does not want to hear of offers any more loses the tag. What
// ends the other meanings of tags is said by other events.
func (r *reader) tagRemoved() {
	tag := r.tag()
	if tag == "" {
		return
	}
	switch r.rules.tags[tag].consent {
	case event.ConsentOptedIn, event.ConsentConfirmed:
		r.add(event.ConsentChanged, "").Consent = event.ConsentOptedOut
	default:
		r.ignore(ignoredTag)
	}
}

// tag gives the tag's name, "" if there is none.
func (r *reader) tag() string {
	name := word(r.root, "tag")
	if len(name) == 0 {
		r.ignore(ignoredShape)
	}
	return r.keeper.Keep(name)
}

// word gives a string, or the name or id of an object.
func word(v *fastjson.Value, key string) []byte {
	b := wire.Text(v, key)
	if o := wire.Object(v, key); o != nil {
		if b = wire.Text(o, "name"); len(b) == 0 {
			b = wire.Text(o, "id")
		}
	}
	return wire.Cut(b, wire.MaxName)
}

// lifecycle reads the stage that a contact has reached.
func (r *reader) lifecycle() {
	stage := word(r.root, "lifecycle")
	if len(stage) == 0 {
		r.ignore(ignoredLifecycle)
		return
	}
	label := r.keeper.Keep(stage)
	if r.rules.segmentField == fieldLifecycle {
		r.base.Segment = label
	}
	r.add(event.ConversationLabeled, "").Labels = []string{label}
}

// comment reads a note among colleagues. Its form is not documented: the text is
// looked for where other events have theirs.
func (r *reader) comment() {
	c := wire.Object(r.root, "comment")
	words := wire.Text(r.root, "comment")
	if len(words) == 0 {
		if words = wire.Text(c, "text"); len(words) == 0 {
			words = wire.Text(r.root, "text")
		}
	}
	e := r.add(event.NoteAdded, "")
	e.Actor, e.Message.ID, e.Message.Type, e.Message.Text = event.ActorHuman, e.ID, "text", r.text(words)
	if u := wire.Object(r.root, "user"); id(u, "id") != nil {
		e.Agent = r.user(u)
	}
}
