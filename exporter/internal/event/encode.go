package event

import (
	"math"
	"strconv"
	"time"
	"unicode/utf8"
)

// AppendJSON appends e as one JSON object without a line break, in the order of
// the fields in DEFINITIONS section 12, empty fields left out. Decode with
// AllowSource gives e back, where e is one that it could have given; Derived
// has no field.
func AppendJSON(dst []byte, e *Event) []byte {
	o := object{dst: append(dst, '{')}
	o.string("id", e.ID)
	o.time("time", e.Time)
	o.string("kind", e.Kind.String())
	o.string("source", e.Source)
	if !e.Received.IsZero() {
		o.time("received", e.Received)
	}
	o.string("channel", e.Channel)
	o.string("inbox", e.Inbox)
	o.string("contact", e.Contact)
	o.string("contact_name", e.ContactName)
	o.string("conversation", e.Conversation)
	if e.actorMatters() {
		o.string("actor", e.Actor.String())
	}
	if a := &e.Agent; *a != (Agent{}) {
		o.open("agent")
		o.string("id", a.ID)
		o.string("name", a.Name)
		o.string("team", a.Team)
		if a.Capacity > 0 {
			o.number("capacity", float64(a.Capacity))
		}
		o.close()
	}
	state, reason, message := Presences[PresenceNone], e.Reason, e.Message
	if e.State < presenceEnd {
		state = Presences[e.State]
	}
	if e.Kind == LineChanged {
		reason = e.Line.Event
		switch {
		case e.Line.Template != "":
			message.Template.Name, state = e.Line.Template, e.Line.TemplateState
		case e.Line.Restricted > 0:
			state = lineRestricted
		case e.Line.Restricted < 0:
			state = lineUnrestricted
		}
	}
	o.message(&message)
	o.string("status", e.Status.String())
	o.string("error", e.Error)
	o.string("state", state)
	if e.HasScore {
		o.number("score", e.Score)
	}
	if e.Scale > 0 {
		o.number("scale", e.Scale)
	}
	if e.Survey != SurveyCSAT && e.Survey < surveyEnd {
		o.string("survey", Surveys[e.Survey])
	}
	if e.Consent < consentEnd {
		o.string("consent", Consents[e.Consent])
	}
	o.string("request_type", e.RequestType)
	o.string("segment", e.Segment)
	if len(e.Labels) > 0 {
		o.key("labels")
		for i, l := range e.Labels {
			o.dst = append(o.dst, "[,"[min(i, 1)])
			o.dst = appendString(o.dst, l)
		}
		o.dst = append(o.dst, ']')
	}
	o.string("reason", reason)
	o.string("into", e.Into)
	o.string("alias", e.Alias)
	return append(o.dst, '}')
}

// actorMatters tells whether the actor is another one than the decoder would
// fill in.
func (e *Event) actorMatters() bool {
	switch e.Kind {
	case MessageReceived:
		return false
	case MessageSent, ConversationResolved:
		return e.Actor != ActorUnknown || e.Agent.ID != ""
	}
	return e.Actor != ActorUnknown
}

// object writes the fields of a JSON object that is open in dst.
type object struct{ dst []byte }

func (o *object) key(name string) {
	if o.dst[len(o.dst)-1] != '{' {
		o.dst = append(o.dst, ',')
	}
	o.dst = append(o.dst, '"')
	o.dst = append(o.dst, name...)
	o.dst = append(o.dst, '"', ':')
}

func (o *object) open(name string) {
	o.key(name)
	o.dst = append(o.dst, '{')
}

func (o *object) close() { o.dst = append(o.dst, '}') }

func (o *object) string(name, s string) {
	if s != "" {
		o.key(name)
		o.dst = appendString(o.dst, s)
	}
}

func (o *object) time(name string, t time.Time) {
	o.key(name)
	o.dst = append(o.dst, '"')
	o.dst = t.UTC().AppendFormat(o.dst, time.RFC3339Nano)
	o.dst = append(o.dst, '"')
}

// number writes a finite number; JSON has no other.
func (o *object) number(name string, n float64) {
	if math.IsNaN(n) || math.IsInf(n, 0) {
		return
	}
	format := byte('f')
	if n != 0 && (math.Abs(n) < 1e-6 || math.Abs(n) >= 1e21) {
		format = 'e'
	}
	o.key(name)
	o.dst = strconv.AppendFloat(o.dst, n, format, -1, 64)
}

func (o *object) message(m *Message) {
	if *m == (Message{}) {
		return
	}
	o.open("message")
	o.string("id", m.ID)
	o.string("type", m.Type)
	o.string("text", m.Text)
	o.string("reply_to", m.ReplyTo)
	if m.Template != (Template{}) {
		o.open("template")
		o.string("name", m.Template.Name)
		o.string("category", m.Template.Category)
		o.close()
	}
	o.close()
}

// appendString appends s as a JSON string; bytes that are not UTF-8 become the
// replacement character.
func appendString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				dst = append(dst, s[from:i]...)
				dst = append(dst, "\ufffd"...)
				from = i + 1
			}
			i += n
			continue
		}
		if c >= ' ' && c != '"' && c != '\\' {
			i++
			continue
		}
		dst = append(dst, s[from:i]...)
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
		i++
		from = i
	}
	dst = append(dst, s[from:]...)
	return append(dst, '"')
}
