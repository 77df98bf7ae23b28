package trengo

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/valyala/fastjson"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

const (
	// maxID is how long an identifier may be; Trengo's are numbers of 64 bits.
	maxID = 64
	// keepParser is the largest body after which a parser's memory is kept.
	keepParser = 64 << 10
)

// contactPrefix keeps a contact's number from being taken for somebody's phone.
const contactPrefix = "id:"

func newParser() any { return new(fastjson.Parser) }

// reader reads one request. Its strings are of a copy of the body.
type reader struct {
	rules *rules
	res   *provider.Result
	form  wire.Form
	body  []byte
	// kind is the event type, stamp the time of the signature as it is written.
	kind, stamp string
	// base is what every event of the request says alike.
	base event.Event
}

// readers are the event types that mean something.
var readers = map[string]func(*reader){
	typeInbound:   (*reader).inbound,
	typeOutbound:  (*reader).outbound,
	typeNote:      (*reader).note,
	typeCreated:   func(r *reader) { r.begun(ignoredCreated) },
	typeAssigned:  (*reader).assigned,
	typeClosed:    (*reader).closed,
	typeReopened:  func(r *reader) { r.begun(ignoredReopened) },
	typeMerged:    (*reader).merged,
	typeLabeled:   (*reader).labeled,
	typeUnlabeled: (*reader).unlabeled,
	typeSpam:      (*reader).spam,
	typeNoSpam:    func(r *reader) { r.begun(ignoredNoSpam) },
}

// Adapt turns a verified request, which holds one event, into events. Their time
// is the signature's, and r.Received where there is none. The error, which wraps
// provider.ErrMalformed, is for bodies that are no form or, where they say that
// they are JSON, no JSON object.
func (a *Adapter) Adapt(r *provider.Request, res *provider.Result) error {
	form, err := a.fields(r)
	if err != nil {
		return err
	}
	kind, named := typeInAddress(r)
	if !named {
		if kind = a.typeOfSecret(r); kind == "" {
			kind = typeOfBody(form)
		}
	}
	read := readers[kind]
	switch {
	case kind == "" && named:
		res.Ignore(ignoredType)
		return nil
	case kind == "":
		res.Ignore(ignoredNoType)
		return nil
	case read == nil:
		res.Ignore(ignoredCall)
		return nil
	}
	rd := reader{rules: &a.rules, res: res, form: form, body: r.Body, kind: kind}
	if sig, err := signatureOf(r); err == nil {
		rd.stamp, rd.base.Time = sig.stamp, sig.at
	} else {
		rd.base.Time = r.Received.UTC()
		rd.ignore(countedNoTime)
	}
	rd.head()
	read(&rd)
	return nil
}

// fields reads the body. Trengo sends forms; who receives JSON has something in
// between, and signatures are the same over it.
func (a *Adapter) fields(r *provider.Request) (wire.Form, error) {
	if kind := r.Header["Content-Type"]; len(kind) == 0 || !strings.Contains(strings.ToLower(kind[0]), "json") {
		form, err := wire.ParseForm(r.Body)
		if err == nil && len(form) == 0 {
			err = fmt.Errorf("%w: the form has no fields", provider.ErrMalformed)
		}
		return form, err
	}
	p := a.parsers.Get().(*fastjson.Parser)
	if len(r.Body) <= keepParser {
		defer a.parsers.Put(p)
	}
	root, err := wire.Parse(p, r.Body)
	if err != nil {
		return nil, err
	}
	o := root.GetObject()
	form := make(wire.Form, 0, min(o.Len(), wire.MaxPairs))
	o.Visit(func(key []byte, v *fastjson.Value) {
		if len(form) == wire.MaxPairs {
			return
		}
		switch v.Type() {
		case fastjson.TypeString:
			b, _ := v.StringBytes()
			form = append(form, wire.Pair{Name: string(key), Value: string(b)})
		case fastjson.TypeNumber:
			form = append(form, wire.Pair{Name: string(key), Value: string(v.MarshalTo(nil))})
		}
	})
	return form, nil
}

// head reads what events say alike.
func (r *reader) head() {
	b := &r.base
	b.Conversation = r.id("ticket_id")
	b.Inbox = r.id("channel_id")
	b.Channel = r.rules.channel(b.Inbox)
	b.ContactName = r.name("contact_name")
	phone := phoneOf(r.form.Get("contact_identifier"))
	if contact := r.id("contact_id"); contact != "" {
		b.Contact, b.Alias = contactPrefix+contact, phone
	} else {
		b.Contact = phone
	}
}

func (r *reader) ignore(name string) { r.res.Ignore(name) }

// add appends an event. The pointer is valid until the next call.
func (r *reader) add(kind event.Kind, id string) *event.Event {
	r.res.Events = append(r.res.Events, r.base)
	e := &r.res.Events[len(r.res.Events)-1]
	e.Kind, e.ID = kind, id
	return e
}

// change is the id of a change of the ticket, which Trengo gives none: when it
// was signed and what it is about. A ticket can be closed and closed again.
func (r *reader) change(about ...string) string {
	id := r.kind + ":" + r.base.Conversation + ":" + r.stamp
	for _, s := range about {
		id += ":" + s
	}
	return id
}

// hash knows what nothing else does: by type, time and body.
func (r *reader) hash() string {
	h := sha256.New()
	h.Write([]byte(r.kind + ":" + r.stamp + ":"))
	h.Write(r.body)
	return r.kind + ":" + hex.EncodeToString(h.Sum(nil)[:16])
}

// hasTicket tells whether the request says which ticket it is about.
func (r *reader) hasTicket() bool {
	if r.base.Conversation == "" {
		r.ignore(ignoredNoTicket)
		return false
	}
	return true
}

func (r *reader) id(name string) string { return valid(idIn(r.form, name)) }

// idIn gives an identifier, "" where there is none. Nothing is written in several
// ways by those who send forms.
func idIn(form wire.Form, name string) string {
	s := strings.TrimSpace(form.Get(name))
	if len(s) > maxID || s == "0" || s == "null" {
		return ""
	}
	return s
}

// name gives what people call something.
func (r *reader) name(field string) string {
	return valid(cut(strings.TrimSpace(r.form.Get(field)), wire.MaxName))
}

func valid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return strings.ToValidUTF8(s, "\ufffd")
}

func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return string(wire.Cut([]byte(s), n))
}

// phoneOf gives the digits of a phone number in its international form, "" if it
// is none: other channels have identifiers of their own. Who forgets to encode
// the plus makes a space of it.
func phoneOf(s string) string {
	if s == "" || s[0] != '+' && s[0] != ' ' {
		return ""
	}
	digits := make([]byte, 0, 15)
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case '0' <= c && c <= '9':
			if len(digits) == cap(digits) {
				return ""
			}
			digits = append(digits, c)
		case c == ' ', c == '-', c == '.', c == '(', c == ')':
		default:
			return ""
		}
	}
	if len(digits) < 7 {
		return ""
	}
	return string(digits)
}
