package explain

import (
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/conversation"
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

// changes compares how the conversation stood before and after, and says what
// was counted where a figure alone would be hard to read.
func (d *describer) changes() {
	d.changed = []Change{}
	b, a := d.step.Before, d.step.After
	opens, closes := !b.Open && a.Open, b.Open && !a.Open
	if opens {
		d.opening(a)
	}
	if !opens && a.Open {
		d.trigger(b, a)
	}
	d.requestType(b, a, closes)
	if !opens && a.Open {
		d.place(b, a)
	}
	d.headline(b, a, closes)
	d.turn(b, a)
	d.negative(b, a)
	d.assignment(b, a)
	d.pending(b, a)
	d.window()
	d.resolution()
	d.escalations()
	if a.Open {
		d.standing(b, a, opens)
	}
	d.survey(b, a)
	if closes {
		d.closing()
	}
	d.outcomes()
	d.order()
}

func (d *describer) opening(a conversation.Facts) {
	switch a.Trigger {
	case m.TriggerInbound:
		d.add(AboutConversation, "conversation opens: inbound")
	case m.TriggerReopen:
		d.add(AboutConversation, "conversation opens: reopen, within %s of the last close", took(int64(d.state.Config().ReopenWindow)))
	case m.TriggerOutbound:
		d.add(AboutConversation, "conversation opens: outbound, nobody had asked")
	default:
		d.add(AboutConversation, "conversation opens; its trigger is decided by the first message")
	}
	owner := map[string]string{"queue": "queue, nobody has it yet", "bot": "bot", "human": "human"}[a.Owner]
	d.add(AboutOwner, "owner: %s", owner)
	if t := d.team(a.Team); t != "" {
		d.add(AboutTeam, "team: %s", t)
	}
}

func (d *describer) trigger(b, a conversation.Facts) {
	switch was, is := triggerName(b.Trigger), triggerName(a.Trigger); {
	case was == is:
	case was == "":
		d.add(AboutTrigger, "trigger: %s", is)
	default:
		d.add(AboutTrigger, "trigger %s → %s: the customer had written before our first message", was, is)
	}
}

func (d *describer) requestType(b, a conversation.Facts, closes bool) {
	typ := a.Type
	if closes {
		typ = m.None
		if c, ok := d.counted(m.ClosedConversations); ok && b.Type == m.None {
			typ, _ = d.names.Find(m.DictRequestType, c.Labels["request_type"])
		}
	}
	name := d.names.Value(m.DictRequestType, typ)
	switch {
	case typ == m.None || typ == b.Type:
	case b.Type == m.None:
		d.add(AboutRequestType, "request type decided: %s", name)
	default:
		d.add(AboutRequestType, "request type %s → %s, for what is counted from here on", d.names.Value(m.DictRequestType, b.Type), name)
	}
}

// place is who has the conversation.
func (d *describer) place(b, a conversation.Facts) {
	if a.Owner != b.Owner {
		d.add(AboutOwner, "owner %s → %s", b.Owner, a.Owner)
	}
	if a.Team != b.Team {
		d.add(AboutTeam, "team %s → %s", orNone(d.team(b.Team)), orNone(d.team(a.Team)))
	}
	if a.Assigned != b.Assigned {
		d.add(AboutAgent, "agent %s → %s", d.agentName(b.Assigned), d.agentName(a.Assigned))
	}
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// agentName names an agent by hash; one without a label is just somebody.
func (d *describer) agentName(hash uint64) string {
	if hash == 0 {
		return "none"
	}
	if a := d.state.AgentLabel(hash); a != "" {
		return a
	}
	return "somebody"
}

// theAgent is the same within a sentence.
func (d *describer) theAgent(hash uint64) string {
	if a := d.state.AgentLabel(hash); a != "" {
		return "agent " + a
	}
	return "the agent"
}

// standing is what the conversation waits for after the step.
func (d *describer) standing(b, a conversation.Facts, opens bool) {
	switch {
	case opens:
		d.add(AboutState, "state: %s", stateNames[a.State])
	case a.State != b.State:
		d.add(AboutState, "state %s → %s", stateNames[b.State], stateNames[a.State])
	}
	switch {
	case a.Thanks != 0 && a.Thanks != b.Thanks:
		d.add(AboutTimeout, "closes at %s unless somebody writes", d.when(a.Thanks+int64(d.state.Config().ThanksCloseAfter)))
	case a.Thanks == 0 && b.Thanks != 0:
		d.add(AboutTimeout, "the close after the closing phrase is off")
	}
	switch {
	case opens:
		d.add(AboutTimeout, "time-out at %s", d.when(a.Timeout))
	case a.Timeout != b.Timeout:
		d.add(AboutTimeout, "time-out moves to %s", d.when(a.Timeout))
	}
}
