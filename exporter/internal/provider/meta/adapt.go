package meta

import (
	"bytes"
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
	// nested parses JSON within a string (answers of flows).
	nested fastjson.Parser
	keeper wire.Keeper
	// scratch is what hashes are made over.
	scratch []byte

	res       *provider.Result
	received  time.Time
	echoActor event.Actor
	updates   int
}

// Adapt turns a verified request into events. r.Received has to be set: it is
// the time of events that bear none. One bad update in a batch costs itself
// only; the error, which wraps provider.ErrMalformed, is for bodies that are
// no JSON object or beyond the bounds.
func (a *Adapter) Adapt(r *provider.Request, res *provider.Result) error {
	rd := a.readers.Get().(*reader)
	defer func() {
		rd.res = nil
		rd.keeper.Drop()
		if len(r.Body) <= keepParser {
			a.readers.Put(rd)
		}
	}()
	root, err := wire.Parse(&rd.parser, r.Body)
	if err != nil {
		return err
	}
	rd.res, rd.received, rd.echoActor, rd.updates = res, r.Received, a.echoActor, 0
	rd.keeper.Start(len(r.Body))
	return rd.envelope(root)
}

func (r *reader) envelope(root *fastjson.Value) error {
	if string(wire.Text(root, "object")) != "whatsapp_business_account" {
		r.ignore(ignoredObject)
		return nil
	}
	entries := wire.List(root, "entry")
	if entries == nil {
		r.ignore(ignoredShape)
	}
	for _, entry := range entries {
		changes := wire.List(entry, "changes")
		if changes == nil {
			r.ignore(ignoredShape)
		}
		for _, c := range changes {
			if err := r.change(entry, c); err != nil {
				return err
			}
		}
	}
	return nil
}

// change is what the updates of one changes[] element share.
type change struct {
	entry    *fastjson.Value
	field    []byte
	value    *fastjson.Value
	contacts []*fastjson.Value
	inbox    string
}

func (r *reader) change(entry, v *fastjson.Value) error {
	if err := r.update(); err != nil {
		return err
	}
	c := &change{entry: entry, field: wire.Text(v, "field"), value: wire.Object(v, "value")}
	if c.value == nil {
		r.ignore(ignoredShape)
		return nil
	}
	switch string(c.field) {
	case "messages":
		return r.messages(c)
	case "smb_message_echoes", "message_echoes":
		return r.each(c, "message_echoes", (*reader).echo)
	case "user_preferences":
		return r.each(c, "user_preferences", (*reader).preference)
	case "user_id_update":
		return r.each(c, "user_id_update", (*reader).userIDUpdate)
	case "history":
		r.ignore(ignoredHistory)
	case "smb_app_state_sync":
		r.ignore(ignoredAppState)
	case "calls":
		r.ignore(ignoredCalls)
	case "account_update", "account_alerts", "business_capability_update", "phone_number_quality_update",
		"phone_number_name_update", "security", "template_category_update":
		r.line(c)
	default:
		if bytes.HasPrefix(c.field, []byte("message_template_")) {
			r.line(c)
		} else {
			r.ignore(ignoredField)
		}
	}
	return nil
}

// messages reads the field that carries nearly everything.
func (r *reader) messages(c *change) error {
	r.head(c)
	messages, statuses, errs := wire.List(c.value, "messages"), wire.List(c.value, "statuses"), wire.List(c.value, "errors")
	if len(messages)+len(statuses)+len(errs) == 0 {
		r.ignore(ignoredEmpty)
	}
	// Statuses first would be as good: Meta promises no order.
	if err := r.items(c, messages, (*reader).message); err != nil {
		return err
	}
	if err := r.items(c, statuses, (*reader).status); err != nil {
		return err
	}
	for range errs {
		r.ignore(ignoredError)
	}
	return nil
}

// each reads the array at key, the whole content of most fields.
func (r *reader) each(c *change, key string, read func(*reader, *change, *fastjson.Value, place)) error {
	r.head(c)
	items := wire.List(c.value, key)
	if len(items) == 0 {
		r.ignore(ignoredEmpty)
	}
	return r.items(c, items, read)
}

// place is the position of an item among its siblings.
type place struct{ i, n int }

func (r *reader) items(c *change, items []*fastjson.Value, read func(*reader, *change, *fastjson.Value, place)) error {
	for i, item := range items {
		if err := r.update(); err != nil {
			return err
		}
		if item.Type() != fastjson.TypeObject {
			r.ignore(ignoredShape)
			continue
		}
		read(r, c, item, place{i, len(items)})
	}
	return nil
}

// head reads what stands beside the items.
func (r *reader) head(c *change) {
	c.contacts = wire.List(c.value, "contacts")
	metadata := c.value.Get("metadata")
	c.inbox = r.id(wire.Scalar(metadata, "phone_number_id"))
	if c.inbox == "" {
		c.inbox = r.id(digits(wire.Text(metadata, "display_phone_number")))
	}
}

func (r *reader) update() error {
	if r.updates++; r.updates > maxUpdates {
		return errUpdates
	}
	return nil
}

func (r *reader) ignore(name string) {
	if r.res.Ignored == nil {
		r.res.Ignored = make(map[string]int)
	}
	r.res.Ignored[name]++
}

// id keeps an identifier. One that is longer than any of Meta's is no
// identifier.
func (r *reader) id(b []byte) string {
	if len(b) > wire.MaxID {
		return ""
	}
	return r.keeper.Keep(b)
}

// add appends an event about a customer. The pointer is valid until the next
// call.
func (r *reader) add(kind event.Kind, id string, at time.Time, c *change, s *subject) *event.Event {
	r.res.Events = append(r.res.Events, event.Event{
		ID: id, Time: at, Kind: kind, Inbox: c.inbox,
		Contact: s.contact, Alias: s.alias, ContactName: s.name,
	})
	return &r.res.Events[len(r.res.Events)-1]
}

// at gives the time of v: its own, else the entry's, else the receipt's.
func (r *reader) at(c *change, v *fastjson.Value) time.Time {
	t, ok := wire.Seconds(v, "timestamp")
	if !ok {
		r.ignore(countedTime)
		t = r.entryTime(c)
	}
	return t
}

func (r *reader) entryTime(c *change) time.Time {
	if t, ok := wire.Seconds(c.entry, "time"); ok {
		return t
	}
	return r.received
}

// digits keeps the digits of a phone number as people write it.
func digits(b []byte) []byte {
	for i, ch := range b {
		if ch < '0' || ch > '9' {
			out := append([]byte(nil), b[:i]...)
			for _, ch := range b[i:] {
				if '0' <= ch && ch <= '9' {
					out = append(out, ch)
				}
			}
			return out
		}
	}
	return b
}
