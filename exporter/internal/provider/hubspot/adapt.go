package hubspot

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/valyala/fastjson"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// maxEvents of a request; HubSpot sends 100 at most.
const maxEvents = 1000

// feedbackType is the objectTypeId of feedback submissions.
const feedbackType = "0-19"

// reader is the reused memory of one Adapt.
type reader struct {
	parser fastjson.Parser
	thins  []thin
}

// thin is one event of the array.
type thin struct {
	v  *fastjson.Value
	at int64 // Unix milliseconds, 0 where it bears none
}

// Adapt turns a request into tasks, in the order in which things happened, and
// into the few events that need nothing fetched. Its error wraps
// provider.ErrMalformed.
func (a *Adapter) Adapt(r *provider.Request, res *provider.Result) error {
	rd := a.readers.Get().(*reader)
	defer a.readers.Put(rd)
	list, err := wire.ParseArray(&rd.parser, r.Body)
	if err != nil {
		return err
	}
	if len(list) > maxEvents {
		return fmt.Errorf("%w: %d events in one request, at most %d are read", provider.ErrMalformed, len(list), maxEvents)
	}
	if len(list) == 0 {
		res.Ignore(ignoredEmpty)
	}
	rd.thins = rd.thins[:0]
	for _, v := range list {
		if v.Type() != fastjson.TypeObject {
			res.Ignore(ignoredShape)
			continue
		}
		th := thin{v: v}
		if t, ok := wire.TimeAt(v, "occurredAt"); ok {
			th.at = t.UnixMilli()
		} else {
			th.at = r.Received.UnixMilli()
		}
		rd.thins = append(rd.thins, th)
	}
	// The order within a batch means nothing.
	slices.SortStableFunc(rd.thins, func(a, b thin) int { return cmp.Compare(a.at, b.at) })
	for _, th := range rd.thins {
		a.thin(th, res)
	}
	clear(rd.thins)
	return nil
}

func (a *Adapter) thin(th thin, res *provider.Result) {
	kind := wire.Text(th.v, "subscriptionType")
	if kind == nil {
		kind = wire.Text(th.v, "eventType")
	}
	switch string(kind) {
	case "conversation.creation":
		a.task(th, taskCreation, "", "", res)
	case "conversation.newMessage":
		switch id := wire.Scalar(th.v, "messageId"); {
		case string(wire.Text(th.v, "messageType")) == "COMMENT":
			res.Ignore(ignoredNote)
		case len(id) == 0:
			res.Ignore(ignoredShape)
		default:
			a.task(th, taskMessage, string(id), "", res)
		}
	case "conversation.propertyChange":
		a.threadProperty(th, res)
	case "conversation.deletion":
		res.Ignore(ignoredArchived)
	case "conversation.privacyDeletion", "contact.privacyDeletion":
		res.Ignore(ignoredPrivacy)
	case "contact.propertyChange":
		a.contactProperty(th, res)
	case "object.creation":
		if string(wire.Text(th.v, "objectTypeId")) == feedbackType {
			a.task(th, taskFeedback, "", "", res)
		} else {
			res.Ignore(ignoredCRM)
		}
	case "object.propertyChange":
		if string(wire.Text(th.v, "objectTypeId")) == "0-1" {
			a.contactProperty(th, res)
		} else {
			res.Ignore(ignoredCRM)
		}
	default:
		switch family, _, _ := bytes.Cut(kind, []byte(".")); string(family) {
		case "ticket":
			res.Ignore(ignoredTicket)
		case "contact", "company", "deal", "product", "line_item", "event", "object":
			res.Ignore(ignoredCRM)
		default:
			res.Ignore(ignoredType)
		}
	}
}

func (a *Adapter) threadProperty(th thin, res *provider.Result) {
	value := string(wire.Scalar(th.v, "propertyValue"))
	switch string(wire.Text(th.v, "propertyName")) {
	case "status":
		switch value {
		case "CLOSED":
			a.task(th, taskStatus, "", value, res)
		case "OPEN":
			// Of the message that reopened it, the definitions say what it opens.
			res.Ignore(ignoredReopened)
		default:
			res.Ignore(ignoredStatus)
		}
	case "assignedTo":
		if value == "" {
			res.Ignore(ignoredUnassigned)
			return
		}
		a.task(th, taskAssign, "", value, res)
	case "isArchived":
		res.Ignore(ignoredArchived)
	default:
		res.Ignore(ignoredProperty)
	}
}

// contactProperty reads a consent; a segment comes with the contact's next
// message.
func (a *Adapter) contactProperty(th thin, res *provider.Result) {
	contact := wire.Scalar(th.v, "objectId")
	consent := event.ConsentNone
	if a.consent.property != "" && string(wire.Text(th.v, "propertyName")) == a.consent.property {
		consent = a.consent.values[strings.ToLower(string(wire.Scalar(th.v, "propertyValue")))]
	}
	if consent == event.ConsentNone || !usable(contact) {
		res.Ignore(ignoredProperty)
		return
	}
	t := task{At: th.at}
	res.Events = append(res.Events, event.Event{
		ID: a.consentID(th), Kind: event.ConsentChanged, Time: t.time(), Contact: string(contact), Consent: consent,
	})
}

// task keeps what has to be fetched. Tasks of one thread are done in order.
func (a *Adapter) task(th thin, kind taskKind, message, value string, res *provider.Result) {
	object := wire.Scalar(th.v, "objectId")
	if !usable(object) || len(message) > wire.MaxID || len(value) > wire.MaxID {
		res.Ignore(ignoredShape)
		return
	}
	t := task{Kind: kind, ID: a.id(th), Object: string(object), Message: message, Value: value, At: th.at}
	key := "thread:" + t.Object
	if kind == taskFeedback {
		key = "feedback:" + t.Object
	}
	res.Tasks = append(res.Tasks, provider.Task{Key: key, Data: t.encode()})
}

// id names an event whatever app or subscription delivered it and however
// often: HubSpot does not promise that eventId does.
func (a *Adapter) id(th thin) string {
	part := func(key string) string {
		b := wire.Cut(wire.Scalar(th.v, key), 64)
		return strings.ToValidUTF8(string(b), "\ufffd")
	}
	if id := part("messageId"); id != "" {
		return part("portalId") + ":message:" + id
	}
	kind := part("subscriptionType")
	if kind == "" {
		kind = part("eventType")
	}
	return strings.Join([]string{
		part("portalId"), kind, part("objectId"), part("propertyName"), part("propertyValue"), part("occurredAt"),
	}, ":")
}

// consentID is the same by whichever of HubSpot's two names the change comes.
func (a *Adapter) consentID(th thin) string {
	id := a.id(th)
	portal, rest, _ := strings.Cut(id, ":")
	_, rest, _ = strings.Cut(rest, ":")
	return portal + ":contact:" + rest
}

// usable tells ids from what cannot be one: they become a part of addresses.
func usable(id []byte) bool {
	if len(id) == 0 || len(id) > 64 {
		return false
	}
	for _, c := range id {
		if !wire.IsAlnum(c) && c != '-' && c != '_' {
			return false
		}
	}
	return true
}
