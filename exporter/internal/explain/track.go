package explain

import (
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/conversation"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fold"
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

// track is a conversation's timeline while it is put together.
type track struct {
	Timeline
	opened, closed int64
	facts          conversation.Facts // the last ones of it while open
	source         m.ID
	sender         uint64 // the human who wrote last
	// firstResult and negativeResult were counted, of the conversation's first
	// response and of the turn's negative message.
	firstResult, negativeResult string
}

// take adds a step.
func (t *track) take(s *fold.State, step *conversation.Step) {
	d := describer{state: s, names: s.Names(), track: t, step: step}
	d.count()
	switch {
	case !step.Before.Open && step.After.Open:
		t.opened, t.closed = step.At, 0
	case step.Before.Open && !step.After.Open:
		t.closed = step.At
	}
	if step.Before.Open {
		t.facts = step.Before
	}
	if step.After.Open {
		t.facts = step.After
	}
	out := Step{
		Time: moment(step.At), Received: moment(step.Received), Kind: KindTime, What: step.Timer, Counted: d.counts,
	}
	if step.Event != nil {
		out.Kind, out.What = step.Event.Kind.String(), d.event(step.Event)
		place := step.Event.Place
		out.Place = &place
		t.source = step.Event.Source
		if step.Event.Kind == event.MessageSent && step.Event.Actor == event.ActorHuman && step.Event.Agent != 0 && step.After.Open {
			t.sender = s.AgentHash(step.Event.Agent)
		}
	}
	d.changes()
	out.Changes = d.changed
	if opened, ok := d.counted(m.OpenedConversations); ok {
		t.Trigger = opened.Labels["trigger"]
	}
	if by, ok := d.counted(m.ClosedConversations); ok {
		t.ClosedBy = by.Labels["closed_by"]
		t.RequestType = by.Labels["request_type"]
	}
	if took, ok := d.counted(m.FirstResponse); ok {
		t.FirstResponse = &took.Value
	}
	if len(t.Steps) < maxSteps {
		t.Steps = append(t.Steps, out)
	} else {
		t.LeftOut++
	}
}

// finish fills the head in.
func (t *track) finish(s *fold.State) {
	n := s.Names()
	t.Source, t.Inbox, t.Team = n.Value(m.DictSource, t.source), n.Value(m.DictInbox, t.facts.Inbox), n.Value(m.DictTeam, t.facts.Team)
	if typ := n.Value(m.DictRequestType, t.facts.Type); typ != "" {
		t.RequestType = typ
	}
	if trigger := triggerName(t.facts.Trigger); trigger != "" {
		t.Trigger = trigger
	}
	t.Owner, t.State = t.facts.Owner, stateNames[t.facts.State]
	if agent := t.facts.Assigned; agent != 0 {
		t.Agent = s.AgentLabel(agent)
	} else if t.Owner == "human" {
		t.Agent = s.AgentLabel(t.sender)
	}
	if !t.facts.Open || t.closed != 0 {
		t.State = "closed"
	}
	if t.opened != 0 && !t.BeganEarlier {
		at := moment(t.opened)
		t.Opened = &at
	}
	if t.closed != 0 {
		at := moment(t.closed)
		t.Closed = &at
	}
}

func moment(ns int64) time.Time { return time.Unix(0, ns).UTC() }

var stateNames = [...]string{m.StateBot: "bot", m.StateWaiting: "waiting", m.StateAnswered: "answered", m.StatePending: "pending"}

func triggerName(t int) string {
	switch t {
	case m.TriggerInbound:
		return "inbound"
	case m.TriggerReopen:
		return "reopen"
	case m.TriggerOutbound:
		return "outbound"
	}
	return ""
}
