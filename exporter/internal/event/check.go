package event

// Words of `state` that say of a line.changed event without a template what the
// number may do.
const (
	lineRestricted   = "restricted"
	lineUnrestricted = "unrestricted"
)

// finish checks what depends on the kind, and fills in what follows from it.
func (d *decoder) finish() {
	e := d.e
	d.need("id", e.ID != "")
	d.need("time", !e.Time.IsZero())
	d.need("kind", e.Kind != KindInvalid)
	if e.Channel == "whatsapp" {
		e.Channel = ""
	}
	switch e.Kind {
	case AgentState:
		d.need("agent.id", e.Agent.ID != "")
	case LineChanged:
		// What a vendor's adapter recorded for replay may be about the whole
		// account.
		d.need("inbox", e.Inbox != "" || d.opts.AllowSource)
		d.need("reason", e.Reason != "")
		d.line()
	default:
		d.need("inbox", e.Inbox != "")
		d.need("contact", e.Contact != "")
	}
	switch e.Kind {
	case MessageReceived:
		if d.seen&fieldActor == 0 {
			e.Actor = ActorCustomer
		}
		if e.Actor != ActorCustomer {
			d.fail("actor", "has to be customer, or be left out, in message.received")
		}
	case MessageSent, ConversationResolved:
		// Naming an agent is saying that a person did it.
		if d.seen&fieldActor == 0 && e.Agent.ID != "" {
			e.Actor = ActorHuman
		}
	case MessageStatus:
		d.need("status", e.Status != StatusNone)
	case SurveyAnswered:
		d.need("score", e.HasScore)
	case ConsentChanged:
		d.need("consent", e.Consent != ConsentNone)
	case ContactLinked:
		d.need("alias", e.Alias != "")
	}
	d.presence()
}

// need refuses an event without a field that its kind has to have.
func (d *decoder) need(name string, there bool) {
	if there || d.err != nil {
		return
	}
	if kind := d.e.Kind; kind != KindInvalid {
		d.fail(name, "is missing or empty; "+kind.String()+" needs it")
		return
	}
	d.fail(name, "is missing or empty; every event needs it")
}

// presence reads `state`, which only two kinds have.
func (d *decoder) presence() {
	e := d.e
	switch {
	case e.Kind == LineChanged:
	case e.Kind != AgentState:
		if d.seen&fieldState != 0 {
			d.fail("state", "belongs to agent.state and line.changed only")
		}
	default:
		d.need("state", d.state != "")
		for i := PresenceNone + 1; i < presenceEnd; i++ {
			if d.state == Presences[i] {
				e.State = i
			}
		}
		if e.State == PresenceNone {
			d.fail("state", "has to be one of available, away, offline")
		}
	}
}

// line moves what the fields mean in line.changed to e.Line.
func (d *decoder) line() {
	e := d.e
	e.Line.Event, e.Reason = e.Reason, ""
	if t := &e.Message.Template; t.Name != "" {
		e.Line.Template, e.Line.TemplateState = t.Name, d.state
		t.Name = ""
		return
	}
	switch d.state {
	case "":
	case lineRestricted:
		e.Line.Restricted = 1
	case lineUnrestricted:
		e.Line.Restricted = -1
	default:
		d.fail("state", "has to be restricted or unrestricted where message.template.name is not given")
	}
}
