package event

import (
	"math"

	"github.com/valyala/fastjson"
)

// field is a set of fields, by which one given twice is found.
type field uint64

const (
	fieldID field = 1 << iota
	fieldTime
	fieldKind
	fieldSource
	fieldReceived
	fieldChannel
	fieldInbox
	fieldContact
	fieldContactName
	fieldConversation
	fieldActor
	fieldAgent
	fieldAgentID
	fieldAgentName
	fieldAgentTeam
	fieldAgentCapacity
	fieldMessage
	fieldMessageID
	fieldMessageType
	fieldMessageText
	fieldMessageReplyTo
	fieldTemplate
	fieldTemplateName
	fieldTemplateCategory
	fieldStatus
	fieldError
	fieldState
	fieldScore
	fieldScale
	fieldSurvey
	fieldConsent
	fieldRequestType
	fieldSegment
	fieldLabels
	fieldReason
	fieldInto
	fieldAlias
)

// field reads one field of an event.
func (d *decoder) field(key []byte, v *fastjson.Value) {
	e := d.e
	switch string(key) {
	case "id":
		d.string(fieldID, "id", v, MaxID, &e.ID)
	case "time":
		e.Time = d.time(fieldTime, "time", v)
	case "kind":
		d.kind(v)
	case "source":
		if d.opts.AllowSource {
			d.string(fieldSource, "source", v, MaxName, &e.Source)
		} else {
			d.once(fieldSource, "source")
		}
	case "received":
		if d.opts.AllowSource {
			e.Received = d.time(fieldReceived, "received", v)
		} else {
			d.once(fieldReceived, "received")
		}
	case "channel":
		d.string(fieldChannel, "channel", v, MaxName, &e.Channel)
	case "inbox":
		d.string(fieldInbox, "inbox", v, MaxID, &e.Inbox)
	case "contact":
		d.string(fieldContact, "contact", v, MaxID, &e.Contact)
	case "contact_name":
		d.string(fieldContactName, "contact_name", v, MaxName, &e.ContactName)
	case "conversation":
		d.string(fieldConversation, "conversation", v, MaxID, &e.Conversation)
	case "actor":
		e.Actor = Actor(d.choice(fieldActor, "actor", v, Actors[:], 0))
	case "agent":
		d.object(fieldAgent, "agent", v, d.agentField)
	case "message":
		d.object(fieldMessage, "message", v, d.messageField)
	case "status":
		e.Status = Status(d.choice(fieldStatus, "status", v, Statuses[:], 1))
	case "error":
		d.string(fieldError, "error", v, MaxName, &e.Error)
	case "state":
		d.string(fieldState, "state", v, MaxName, &d.state)
	case "score":
		e.Score = d.number(fieldScore, "score", v)
		e.HasScore = true
	case "scale":
		if e.Scale = d.number(fieldScale, "scale", v); e.Scale == 0 {
			d.fail("scale", "has to be above 0")
		}
	case "survey":
		e.Survey = Survey(d.choice(fieldSurvey, "survey", v, Surveys[:], 0))
	case "consent":
		e.Consent = Consent(d.choice(fieldConsent, "consent", v, Consents[:], 1))
	case "request_type":
		d.string(fieldRequestType, "request_type", v, MaxName, &e.RequestType)
	case "segment":
		d.string(fieldSegment, "segment", v, MaxName, &e.Segment)
	case "labels":
		d.labels(fieldLabels, "labels", v)
	case "reason":
		d.string(fieldReason, "reason", v, MaxName, &e.Reason)
	case "into":
		d.string(fieldInto, "into", v, MaxID, &e.Into)
	case "alias":
		d.string(fieldAlias, "alias", v, MaxID, &e.Alias)
	default:
		d.unknown("", key)
	}
}

func (d *decoder) agentField(key []byte, v *fastjson.Value) {
	a := &d.e.Agent
	switch string(key) {
	case "id":
		d.string(fieldAgentID, "agent.id", v, MaxID, &a.ID)
	case "name":
		d.string(fieldAgentName, "agent.name", v, MaxName, &a.Name)
	case "team":
		d.string(fieldAgentTeam, "agent.team", v, MaxName, &a.Team)
	case "capacity":
		n := d.number(fieldAgentCapacity, "agent.capacity", v)
		if n != math.Trunc(n) {
			d.fail("agent.capacity", "has to be a whole number")
		}
		a.Capacity = int(n)
	default:
		d.unknown("agent.", key)
	}
}

func (d *decoder) messageField(key []byte, v *fastjson.Value) {
	m := &d.e.Message
	switch string(key) {
	case "id":
		d.string(fieldMessageID, "message.id", v, MaxID, &m.ID)
	case "type":
		d.string(fieldMessageType, "message.type", v, MaxName, &m.Type)
	case "text":
		d.string(fieldMessageText, "message.text", v, MaxText, &m.Text)
	case "reply_to":
		d.string(fieldMessageReplyTo, "message.reply_to", v, MaxID, &m.ReplyTo)
	case "template":
		d.object(fieldTemplate, "message.template", v, d.templateField)
	default:
		d.unknown("message.", key)
	}
}

func (d *decoder) templateField(key []byte, v *fastjson.Value) {
	t := &d.e.Message.Template
	switch string(key) {
	case "name":
		d.string(fieldTemplateName, "message.template.name", v, MaxTemplateName, &t.Name)
	case "category":
		d.string(fieldTemplateCategory, "message.template.category", v, MaxName, &t.Category)
	default:
		d.unknown("message.template.", key)
	}
}

// kind reads the kind; an unknown one is named, so that a typing error shows.
func (d *decoder) kind(v *fastjson.Value) {
	if !d.once(fieldKind, "kind") {
		return
	}
	s, ok := d.bytes("kind", v, MaxName)
	if !ok {
		return
	}
	for i := KindInvalid + 1; i < kindEnd; i++ {
		if string(s) == Kinds[i] {
			d.e.Kind = i
			return
		}
	}
	d.fail("kind", "is unknown: "+shown(s))
}

func (d *decoder) unknown(parent string, key []byte) {
	if d.err == nil {
		d.fail(parent+shown(key), "is not a field of an event")
	}
}
