package respondio

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"time"

	"github.com/valyala/fastjson"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// keepParser is the largest body after which a parser's memory, up to 50 times
// the body, is kept for the next request.
const keepParser = 256 << 10

// reader is the reused memory of one Adapt. Nothing of it is reachable from
// the events it made.
type reader struct {
	parser fastjson.Parser
	keeper wire.Keeper

	rules    *rules
	res      *provider.Result
	received time.Time

	root, contact *fastjson.Value
	// customer is the contact's number as it is written, base what every event
	// of the request says alike, its id included.
	customer []byte
	base     event.Event
}

// Adapt turns a verified request, which holds one event of respond.io, into
// events. r.Received has to be set: it is the time of assignments, tags and
// fields, which bear none. The error, which wraps provider.ErrMalformed, is for
// bodies that are no JSON object or beyond the bounds.
func (a *Adapter) Adapt(r *provider.Request, res *provider.Result) error {
	rd := a.readers.Get().(*reader)
	defer func() {
		rd.res, rd.root, rd.contact, rd.customer, rd.base = nil, nil, nil, nil, event.Event{}
		rd.keeper.Drop()
		if len(r.Body) <= keepParser {
			a.readers.Put(rd)
		}
	}()
	root, err := wire.Parse(&rd.parser, r.Body)
	if err != nil {
		return err
	}
	rd.rules, rd.res, rd.received, rd.root = &a.rules, res, r.Received, root
	rd.keeper.Start(len(r.Body))
	rd.event(r.Body)
	return nil
}

// event reads the request's one event. The names beside those of the table are
// older ones, or those of other versions.
func (r *reader) event(body []byte) {
	name := wire.Text(r.root, "event_type")
	if len(name) == 0 {
		name = wire.Text(r.root, "event")
	}
	var read func(*reader)
	switch string(name) {
	case "":
		r.ignore(ignoredPing)
		return
	case "message.received":
		read = (*reader).messageReceived
	case "message.sent":
		read = (*reader).messageSent
	case "conversation.opened":
		read = (*reader).opened
	case "conversation.closed":
		read = (*reader).closed
	case "contact.assignee.updated", "contact.assignee.changed", "conversation.assignee.updated", "conversation.assignee.changed":
		read = (*reader).assigned
	case "contact.tag.updated":
		read = (*reader).tagUpdated
	case "contact.tag.added":
		read = (*reader).tagAdded
	case "contact.tag.removed":
		read = (*reader).tagRemoved
	case "contact.lifecycle.updated", "contact.lifecycle.changed":
		read = (*reader).lifecycle
	case "contact.updated":
		read = (*reader).fields
	case "comment.created":
		read = (*reader).comment
	case "contact.created":
		r.ignore(ignoredCreated)
		return
	case "call.ended":
		r.ignore(ignoredCall)
		return
	default:
		r.ignore(ignoredEvent)
		return
	}
	if r.head(body) {
		read(r)
	}
}

// head reads what events say alike, and tells whether the customer is known.
func (r *reader) head(body []byte) bool {
	r.contact = wire.Object(r.root, "contact")
	message := wire.Object(r.root, "message")
	if r.customer = id(r.contact, "id"); r.customer == nil {
		if r.customer = id(message, "contactId"); r.customer == nil {
			r.ignore(ignoredNoContact)
			return false
		}
	}
	channel := wire.Object(r.root, "channel")
	inbox := id(channel, "id")
	if inbox == nil {
		inbox = id(message, "channelId")
	}
	r.base = event.Event{
		Time: r.received, Contact: r.keeper.Join(contactPrefix, r.keeper.Keep(r.customer)), ContactName: r.name(r.contact),
		Inbox: r.keeper.Keep(inbox), Channel: r.channel(wire.Text(channel, "source")),
	}
	r.base.Alias = r.phone(wire.Text(r.contact, "phone"))
	r.base.Segment = r.segment()
	r.base.ID = r.eventID(message, body)
	return true
}

// eventID is respond.io's id of the event; without one a message is known by
// its own, which is the contact's only, and anything else by the whole body.
func (r *reader) eventID(message *fastjson.Value, body []byte) string {
	if given := id(r.root, "event_id"); given != nil {
		return r.keeper.Keep(given)
	}
	r.ignore(countedNoID)
	if given := messageID(r.root, message); given != nil {
		return r.keeper.Join("message:", r.keeper.Keep(r.customer), ":", r.keeper.Keep(given))
	}
	sum := sha256.Sum256(body)
	return "body:" + hex.EncodeToString(sum[:16])
}

// contactPrefix is respond.io's own notation (id:90210, phone:+31…). It keeps a
// contact's number from being taken for somebody's phone.
const contactPrefix = "id:"

// conversation is the name of an episode: the contact's and when it was opened.
func (r *reader) conversation(opened time.Time) string {
	var buf [20]byte
	return r.keeper.Join(r.keeper.Keep(r.customer), ":", r.keeper.Keep(strconv.AppendInt(buf[:0], opened.Unix(), 10)))
}

// add appends an event; suffix tells it from the request's other ones. The
// pointer is valid until the next call.
func (r *reader) add(kind event.Kind, suffix string) *event.Event {
	r.res.Events = append(r.res.Events, r.base)
	e := &r.res.Events[len(r.res.Events)-1]
	if e.Kind = kind; suffix != "" {
		e.ID = r.keeper.Join(e.ID, suffix)
	}
	return e
}

func (r *reader) ignore(name string) { r.res.Ignore(name) }

// at reads a time; where there is none it is the receipt's.
func (r *reader) at(v *fastjson.Value, key string) (time.Time, bool) {
	if t, ok := wire.TimeAt(v, key); ok {
		return t, true
	}
	r.ignore(countedTime)
	return r.received, false
}

var whatsApp = []byte(provider.WhatsApp)

// channel gives channel.source (whatsapp_cloud) as channels are called here.
func (r *reader) channel(source []byte) string {
	if len(source) == 0 || len(source) > wire.MaxName {
		return ""
	}
	lower := bytes.ToLower(source)
	if bytes.Contains(lower, whatsApp) {
		return provider.WhatsApp
	}
	return r.keeper.Keep(lower)
}

// name gives a person's: respond.io writes it in two parts, older forms in one.
func (r *reader) name(v *fastjson.Value) string {
	first, last := wire.Cut(wire.Text(v, "firstName"), wire.MaxName), wire.Cut(wire.Text(v, "lastName"), wire.MaxName)
	switch {
	case len(first) > 0 && len(last) > 0:
		return r.keeper.Join(r.keeper.Keep(first), " ", r.keeper.Keep(last))
	case len(first) > 0:
		return r.keeper.Keep(first)
	case len(last) > 0:
		return r.keeper.Keep(last)
	}
	return r.keeper.Keep(wire.Cut(wire.Text(v, "name"), wire.MaxName))
}

// user gives a user of the workspace; the e-mail address stands in for a name.
func (r *reader) user(v *fastjson.Value) event.Agent {
	a := event.Agent{ID: r.keeper.Keep(id(v, "id")), Name: r.name(v)}
	if a.Name == "" {
		a.Name = r.keeper.Keep(wire.Cut(wire.Text(v, "email"), wire.MaxName))
	}
	return a
}

// id gives an identifier, nil where there is none: 0 is none, and so is what is
// longer than any.
func id(v *fastjson.Value, key string) []byte {
	b := number(v, key)
	if len(b) == 0 || len(b) > wire.MaxID || len(b) == 1 && b[0] == '0' {
		return nil
	}
	return b
}

// number gives a string, or a number as an integer is written: a contact must
// not become two because somebody wrote 90210.0.
func number(v *fastjson.Value, key string) []byte {
	b := wire.Scalar(v, key)
	if bytes.IndexAny(b, ".eE") < 0 || v.Get(key).Type() != fastjson.TypeNumber {
		return b
	}
	const exact = 1 << 53
	f, err := strconv.ParseFloat(string(b), 64)
	if err != nil || f != float64(int64(f)) || f < -exact || f > exact {
		return b
	}
	return strconv.AppendInt(nil, int64(f), 10)
}

// phone gives the digits of a phone number, "" if it is none. A field that people
// fill in by hand holds anything.
func (r *reader) phone(b []byte) string {
	var digits [15]byte
	n := 0
	for i, c := range b {
		switch {
		case '0' <= c && c <= '9':
			if n == len(digits) {
				return ""
			}
			digits[n] = c
			n++
		case c == ' ', c == '-', c == '.', c == '(', c == ')', c == '+' && i == 0:
		default:
			return ""
		}
	}
	if n < 7 {
		return ""
	}
	return r.keeper.Keep(digits[:n])
}
