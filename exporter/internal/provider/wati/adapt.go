package wati

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
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
	root     *fastjson.Value
	body     []byte
	received time.Time
	// key is the message's id, base what every event of the request says alike.
	key  string
	base event.Event
}

// Adapt turns a verified request, which holds one event of Wati, into events.
// r.Received has to be set. The error, which wraps provider.ErrMalformed, is for
// bodies that are no JSON object or beyond the bounds.
func (a *Adapter) Adapt(r *provider.Request, res *provider.Result) error {
	rd := a.readers.Get().(*reader)
	defer func() {
		rd.res, rd.root, rd.body, rd.key, rd.base = nil, nil, nil, "", event.Event{}
		rd.keeper.Drop()
		if len(r.Body) <= keepParser {
			a.readers.Put(rd)
		}
	}()
	root, err := wire.Parse(&rd.parser, r.Body)
	if err != nil {
		return err
	}
	rd.res, rd.root, rd.body, rd.received = res, root, r.Body, r.Received
	rd.keeper.Start(len(r.Body))
	rd.event()
	return nil
}

// kinds are the event types that say something, in lower case and without
// _bsuid and _v2. messagereceived is what others call message.
var kinds = map[string]func(*reader){
	"message":                   (*reader).message,
	"messagereceived":           (*reader).message,
	"chatbottriggered":          (*reader).chatbot,
	"sessionmessagesent":        func(r *reader) { r.sent(false, false) },
	"templatemessagesent":       func(r *reader) { r.sent(true, false) },
	"sentmessagedelivered":      func(r *reader) { r.receipt(event.StatusDelivered, "delivered:") },
	"sentmessageread":           func(r *reader) { r.receipt(event.StatusRead, "read:") },
	"sentmessagereplied":        func(r *reader) { r.learn(ignoredReplied) },
	"sessionmessagefailed":      (*reader).failed,
	"templatemessagefailed":     (*reader).failed,
	"newcontactmessagereceived": func(r *reader) { r.ignore(ignoredNew) },
}

// others are beginnings of event types of no interest. Their exact names differ
// from account to account.
var others = []struct{ begins, name string }{
	{"template", ignoredTemplate},
	{"whatsapp", ignoredAccount},
	{"waba", ignoredAccount},
	{"account", ignoredAccount},
	{"phonenumber", ignoredAccount},
	{"business", ignoredAccount},
	{"cta", ignoredClick},
	{"call", ignoredCall},
}

func (r *reader) event() {
	name := wire.Text(r.root, "eventType")
	if len(name) == 0 {
		r.ignore(ignoredNoType)
		return
	}
	var buf [64]byte
	kind := normal(buf[:0], name)
	if read := kinds[string(kind)]; read != nil {
		read(r)
		return
	}
	for i := range others {
		if bytes.HasPrefix(kind, []byte(others[i].begins)) {
			r.ignore(others[i].name)
			return
		}
	}
	r.ignore(ignoredEvent)
}

// normal gives an event type in lower case and without the marks of its form,
// appended to dst. One that is longer than any of Wati's is cut.
func normal(dst, name []byte) []byte {
	for _, c := range wire.Cut(bytes.TrimSpace(name), 64) {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	for {
		cut := bytes.TrimSuffix(bytes.TrimSuffix(dst, []byte("_bsuid")), []byte("_v2"))
		if len(cut) == len(dst) {
			return dst
		}
		dst = cut
	}
}

// head reads what events say alike, and tells whether it is known whom they are
// about: by the customer's id, or by the conversation, whose customer the server
// remembers.
func (r *reader) head() bool {
	r.place()
	if r.base.Contact == "" && r.base.Conversation == "" {
		r.ignore(ignoredNobody)
		return false
	}
	r.base.Time = r.at()
	if r.key = r.messageID(); r.key == "" {
		r.ignore(countedNoID)
		sum := sha256.Sum256(r.body)
		r.key = "body:" + hex.EncodeToString(sum[:16])
	}
	return true
}

// place reads customer, number and conversation. The conversation is the thread
// (conversationId) and not the ticket: receipts name no customer, who is found
// by the conversation, and one key a customer is remembered longer than one a
// ticket. What a ticket is to people, the fold concludes from its own rules.
func (r *reader) place() {
	if r.base.Conversation = r.keeper.Keep(id(r.root, "conversationId")); r.base.Conversation == "" {
		r.base.Conversation = r.keeper.Keep(id(r.root, "ticketId"))
	}
	r.base.Contact = r.phone(id(r.root, "waId"))
	if bsuid := r.keeper.Keep(id(r.root, "bsuid")); r.base.Contact == "" {
		r.base.Contact = bsuid
	} else if bsuid != r.base.Contact {
		r.base.Alias = bsuid
	}
	if r.base.Inbox = r.phone(id(r.root, "channelPhoneNumber")); r.base.Inbox == "" {
		r.base.Inbox = r.keeper.Keep(id(r.root, "channelId"))
	}
}

// learn counts what makes no event and tells the server where its conversation
// belongs.
func (r *reader) learn(name string) {
	r.ignore(name)
	r.place()
	if b := &r.base; b.Conversation != "" && (b.Contact != "" || b.Inbox != "") {
		r.res.Threads = append(r.res.Threads, provider.Thread{Conversation: b.Conversation, Contact: b.Contact, Inbox: b.Inbox})
	}
}

// messageID is WhatsApp's id of the message, which its reports share in all
// their forms, else the sender's, else Wati's; "" without any.
func (r *reader) messageID() string {
	for _, name := range [...]string{"whatsappMessageId", "localMessageId", "id"} {
		if b := id(r.root, name); len(b) > 0 {
			return r.keeper.Keep(b)
		}
	}
	return ""
}

// at reads when it happened, in whole seconds: incoming messages bear fractions
// (created) and outgoing ones none (timestamp), and a bot's answer within the
// second must not stand before the question.
func (r *reader) at() time.Time {
	if t, ok := created(wire.Text(r.root, "created")); ok {
		return t.Truncate(time.Second)
	}
	if t, ok := wire.TimeAt(r.root, "timestamp"); ok {
		return t.Truncate(time.Second)
	}
	r.ignore(countedTime)
	return r.received
}

// created reads ISO 8601, in UTC also where it does not say so.
func created(b []byte) (time.Time, bool) {
	if t, ok := wire.Time(b); ok || len(b) == 0 || len(b) > 40 {
		return t, ok
	}
	var buf [48]byte
	return wire.Time(append(append(buf[:0], b...), 'Z'))
}

// add appends an event, known by its kind and the message. The pointer is valid
// until the next call.
func (r *reader) add(kind event.Kind, prefix string) *event.Event {
	r.res.Events = append(r.res.Events, r.base)
	e := &r.res.Events[len(r.res.Events)-1]
	e.Kind, e.ID = kind, r.keeper.Join(prefix, r.key)
	return e
}

func (r *reader) ignore(name string) { r.res.Ignore(name) }

// id gives an id's text; nil where there is none or it is too long to be one.
func id(v *fastjson.Value, key string) []byte {
	b := wire.Scalar(v, key)
	if len(b) > wire.MaxID {
		return nil
	}
	return b
}

// phone gives a number in digits, without plus and spaces. What is no number is
// kept as it is.
func (r *reader) phone(b []byte) string {
	digits := 0
	for _, c := range b {
		switch {
		case '0' <= c && c <= '9':
			digits++
		case c != '+' && c != ' ' && c != '-' && c != '(' && c != ')':
			return r.keeper.Keep(b)
		}
	}
	if digits == len(b) || digits == 0 {
		return r.keeper.Keep(b[:digits])
	}
	kept := make([]byte, 0, digits)
	for _, c := range b {
		if '0' <= c && c <= '9' {
			kept = append(kept, c)
		}
	}
	return r.keeper.Keep(kept)
}
