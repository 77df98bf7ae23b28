package twilio

import (
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/valyala/fastjson"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// keepParser is the largest body after which the parsers' memory is kept.
const keepParser = 256 << 10

// maxItems bounds a JSON body that is a list.
const maxItems = 4000

var (
	errNoForm = fmt.Errorf("%w: the body has no parameters", provider.ErrMalformed)
	errItems  = fmt.Errorf("%w: more than %d items in one body", provider.ErrMalformed, maxItems)
)

// reader is the reused memory of one Adapt. Nothing of it is reachable from
// the events it made: what they hold is of the form's own copy of the body.
type reader struct {
	settings *settings
	// body parses JSON bodies, nested the JSON within a parameter.
	body, nested fastjson.Parser

	res      *provider.Result
	form     wire.Form
	query    url.Values
	received time.Time
}

// Adapt turns a verified request into events. r.Received has to be set: it is
// the time of events that bear none. The error, which wraps
// provider.ErrMalformed, is for bodies that are neither form nor JSON.
func (a *Adapter) Adapt(r *provider.Request, res *provider.Result) error {
	rd := a.readers.Get().(*reader)
	defer func() {
		rd.res, rd.form, rd.query = nil, nil, nil
		if len(r.Body) <= keepParser {
			a.readers.Put(rd)
		}
	}()
	rd.res, rd.query, rd.received = res, r.Query, r.Received
	if isJSON(r) {
		return rd.json(r.Body)
	}
	form, err := wire.ParseForm(r.Body)
	if err != nil {
		return err
	}
	if len(form) == 0 {
		return errNoForm
	}
	rd.form = form
	rd.dispatch()
	return nil
}

func isJSON(r *provider.Request) bool {
	if strings.Contains(strings.ToLower(r.Header.Get("Content-Type")), "json") {
		return true
	}
	_, hashed := queryValue(r.RawQuery, bodyHash)
	return hashed
}

// json reads a body whose members are what a form's parameters would be, or a
// list of such.
func (r *reader) json(body []byte) error {
	if err := wire.CheckShape(body); err != nil {
		return err
	}
	root, err := r.body.ParseBytes(body)
	if err != nil {
		return wire.SyntaxError(body)
	}
	switch root.Type() {
	case fastjson.TypeObject:
		r.object(root)
	case fastjson.TypeArray:
		items, _ := root.Array()
		if len(items) > maxItems {
			return errItems
		}
		for _, item := range items {
			if item.Type() != fastjson.TypeObject {
				r.ignore(ignoredShape)
				continue
			}
			r.object(item)
		}
	default:
		return fmt.Errorf("%w: the top level is no JSON object", provider.ErrMalformed)
	}
	return nil
}

func (r *reader) object(v *fastjson.Value) {
	if v.Exists("specversion") {
		r.ignore(ignoredStream)
		return
	}
	o, _ := v.Object()
	r.form = make(wire.Form, 0, o.Len())
	o.Visit(func(key []byte, v *fastjson.Value) {
		if len(r.form) == wire.MaxPairs {
			return
		}
		var value string
		switch v.Type() {
		case fastjson.TypeString:
			b, _ := v.StringBytes()
			value = string(b)
		case fastjson.TypeNull:
			return
		default:
			// Attributes may be an object here, not one in a string.
			value = string(v.MarshalTo(nil))
		}
		r.form = append(r.form, wire.Pair{Name: string(key), Value: value})
	})
	r.dispatch()
}

// dispatch tells the families apart. The EventType of a status callback
// (READ) is none of theirs, so MessageStatus goes first.
func (r *reader) dispatch() {
	kind := r.form.Get("EventType")
	switch {
	case r.form.Has("MessageStatus"):
		r.statusCallback()
	case strings.HasPrefix(kind, "on"):
		r.conversations(kind)
	case strings.IndexByte(kind, '.') > 0:
		r.taskRouter(kind)
	case kind == "" && r.form.Has("MessageSid") && r.form.Has("From"):
		r.inbound()
	default:
		r.ignore(ignoredEvent)
	}
}

func (r *reader) ignore(name string) { r.res.Ignore(name) }

// text gives a parameter as journal and exposition take it.
func (r *reader) text(name string) string { return valid(r.form.Get(name)) }

// id is an identifier. One that is longer than any of Twilio's is none.
func (r *reader) id(name string) string { return validID(r.form.Get(name)) }

// first gives the first identifier of those that is there.
func (r *reader) first(names ...string) string {
	for _, name := range names {
		if id := r.id(name); id != "" {
			return id
		}
	}
	return ""
}

func valid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return strings.ToValidUTF8(s, "\ufffd")
}

func validID(s string) string {
	if len(s) > wire.MaxID {
		return ""
	}
	return valid(s)
}

func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return string(wire.Cut([]byte(s), n))
}

// at gives the first of these times; without one, the receipt's.
func (r *reader) at(names ...string) time.Time {
	for _, name := range names {
		if s := r.form.Get(name); s != "" {
			if t, ok := wire.Time([]byte(s)); ok {
				return t
			}
		}
	}
	r.ignore(countedTime)
	return r.received.UTC()
}

// add appends an event. The pointer is valid until the next call.
func (r *reader) add(kind event.Kind, id string, at time.Time, p party) *event.Event {
	r.res.Events = append(r.res.Events, event.Event{
		ID: id, Time: at, Kind: kind, Channel: p.channel, Inbox: p.inbox,
		Contact: p.contact, Alias: p.alias, ContactName: p.name, Conversation: p.conversation,
	})
	return &r.res.Events[len(r.res.Events)-1]
}

// whole tells whether an event of p can be made, and counts why not.
func (r *reader) whole(id string, p party) bool {
	switch {
	case id == "":
		r.ignore(ignoredNoID)
	case p.contact == "" && p.conversation == "":
		r.ignore(ignoredNoContact)
	default:
		return true
	}
	return false
}
