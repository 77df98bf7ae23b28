package chatwoot

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
	rules  *rules
	now
}

// now is what a reader knows of the request at hand.
type now struct {
	res      *provider.Result
	body     []byte
	received time.Time

	// conv is the conversation, last its newest message that customers see,
	// contact its customer, assignee whoever has it; each as of the moment of
	// sending, and nil where it is not told.
	root, conv, last, contact, assignee *fastjson.Value
	// changes is changed_attributes, nil where there is none.
	changes *fastjson.Value
	// base is what every event of the request says alike; stamp stands in their
	// ids for the moment of the change.
	base  event.Event
	stamp string
	// told: something was made of the request, or counted. handedBack: that the
	// conversation is the bot's again.
	told, handedBack bool
}

// Adapt turns a verified request, which holds one event of Chatwoot, into
// events. r.Received has to be set: it is the time of what bears none. The
// error, which wraps provider.ErrMalformed, is for bodies that are no JSON object
// or beyond the bounds.
func (a *Adapter) Adapt(r *provider.Request, res *provider.Result) error {
	rd := a.readers.Get().(*reader)
	defer func() {
		rd.now = now{}
		rd.keeper.Drop()
		if len(r.Body) <= keepParser {
			a.readers.Put(rd)
		}
	}()
	root, err := wire.Parse(&rd.parser, r.Body)
	if err != nil {
		return err
	}
	rd.now = now{res: res, body: r.Body, received: r.Received, root: root}
	rd.keeper.Start(len(r.Body))
	rd.event()
	return nil
}

// event reads the request's one event. conversation_opened and
// conversation_resolved are what older versions call a change of the status, at
// addresses of agent bots.
func (r *reader) event() {
	switch string(wire.Text(r.root, "event")) {
	case "message_created":
		r.messageCreated()
	case "message_updated":
		r.messageUpdated()
	case "conversation_created":
		r.created()
	case "conversation_updated":
		r.updated()
	case "conversation_status_changed", "conversation_opened", "conversation_resolved":
		r.statusChanged()
	case "contact_updated":
		r.contactUpdated()
	case "contact_created":
		r.ignore(ignoredCreated)
	case "conversation_typing_on", "conversation_typing_off":
		r.ignore(ignoredTyping)
	case "inbox_created", "inbox_updated":
		r.ignore(ignoredInbox)
	case "webwidget_triggered":
		r.ignore(ignoredWidget)
	case "":
		r.ignore(ignoredNoEvent)
	default:
		r.ignore(ignoredEvent)
	}
}

// head reads what events say alike, and tells whether they can be told whose
// they are.
func (r *reader) head(conv *fastjson.Value) bool {
	r.conv = conv
	meta, place := wire.Object(conv, "meta"), wire.Object(conv, "contact_inbox")
	if messages := wire.List(conv, "messages"); len(messages) > 0 {
		r.last = messages[0]
	}
	r.contact, r.assignee = wire.Object(meta, "sender"), wire.Object(meta, "assignee")
	if r.contact == nil && messageType(r.root) == typeIncoming {
		r.contact = wire.Object(r.root, "sender")
	}
	r.base = event.Event{Time: r.received, Conversation: r.conversation()}
	inbox := id(conv, "inbox_id")
	if inbox == nil {
		inbox = id(wire.Object(r.root, "inbox"), "id")
	}
	r.base.Inbox = r.keeper.Keep(inbox)
	source := wire.Text(place, "source_id")
	r.base.Channel = r.channel(wire.Text(conv, "channel"), source)
	customer := id(r.contact, "id")
	if customer == nil {
		customer = id(place, "contact_id")
	}
	if customer == nil && string(wire.Text(r.last, "sender_type")) == "Contact" {
		customer = id(r.last, "sender_id")
	}
	return r.customer(customer, source)
}

// customer fills in whose the request is; source is how the channel calls the
// customer. It tells whether that or the conversation is known.
func (r *reader) customer(customer, source []byte) bool {
	if customer == nil {
		if r.base.Conversation == "" {
			r.ignore(ignoredNoContact)
			return false
		}
		return true
	}
	r.base.Contact = r.keeper.Join(contactPrefix, r.keeper.Keep(customer))
	r.base.ContactName = r.keeper.Keep(wire.Cut(wire.Text(r.contact, "name"), wire.MaxName))
	r.base.Segment = r.segment()
	if r.base.Alias = r.phone(wire.Text(r.contact, "phone_number")); r.base.Alias == "" && r.base.Channel == provider.WhatsApp {
		r.base.Alias = r.sourceID(source)
	}
	return true
}

// contactPrefix keeps a contact's number from being taken for somebody's phone.
// The account does not stand in it: it is missing in some events of older
// versions, and contacts are numbered for the whole installation.
const contactPrefix = "id:"

// conversation is the account's number and the conversation's in it; older
// versions tell the account in the newest message only, or not at all.
func (r *reader) conversation() string {
	display := id(r.conv, "id")
	if display == nil {
		return ""
	}
	account := id(wire.Object(r.conv, "account"), "id")
	if account == nil {
		account = id(wire.Object(r.root, "account"), "id")
	}
	if account == nil {
		account = id(r.last, "account_id")
	}
	return r.keeper.Join(r.keeper.Keep(account), ":", r.keeper.Keep(display))
}

// add appends an event whose id is name, of, and what else tells it from others
// of its kind. The pointer is valid until the next call.
func (r *reader) add(kind event.Kind, name, of, more string) *event.Event {
	r.told = true
	r.res.Events = append(r.res.Events, r.base)
	e := &r.res.Events[len(r.res.Events)-1]
	if e.Kind = kind; more == "" {
		e.ID = r.keeper.Join(name, ":", of)
	} else {
		e.ID = r.keeper.Join(name, ":", of, ":", more)
	}
	return e
}

func (r *reader) ignore(name string) {
	r.told = true
	r.res.Ignore(name)
}

// teach tells whose the conversation is where no event does.
func (r *reader) teach() {
	if len(r.res.Events) > 0 || r.base.Conversation == "" || r.base.Contact == "" {
		return
	}
	r.res.Threads = append(r.res.Threads, provider.Thread{
		Conversation: r.base.Conversation, Contact: r.base.Contact, Inbox: r.base.Inbox, Channel: r.base.Channel,
	})
}

// at dates the request's events, by a time of milliseconds: some fields have no
// more, and those that do are cut to it, since the same moment stands in both.
func (r *reader) at(holder *fastjson.Value, key string) bool {
	t, ok := wire.TimeAt(holder, key)
	if ok {
		r.base.Time = t.Truncate(time.Millisecond)
	}
	return ok
}

// moment dates a change of the conversation or contact at v, and makes the stamp
// of its ids: when it was changed, or where that is not said, the body.
func (r *reader) moment(v *fastjson.Value) {
	if r.at(r.change("updated_at"), "current_value") || r.at(v, "updated_at") {
		var buf [20]byte
		r.stamp = r.keeper.Keep(strconv.AppendInt(buf[:0], r.base.Time.UnixMilli(), 10))
	} else {
		r.ignore(countedTime)
		r.stamp = r.digest()
	}
	if r.base.Conversation == "" && v == r.conv {
		r.stamp = r.digest()
	}
}

// digest stands for an id that is not told.
func (r *reader) digest() string {
	sum := sha256.Sum256(r.body)
	return "body:" + hex.EncodeToString(sum[:16])
}

// change gives what is said of a changed attribute: previous_value and
// current_value.
func (r *reader) change(name string) *fastjson.Value {
	if r.changes == nil {
		return nil
	}
	if r.changes.Type() == fastjson.TypeObject {
		return wire.Object(r.changes, name)
	}
	for _, c := range r.changes.GetArray() {
		if v := wire.Object(c, name); v != nil {
			return v
		}
	}
	return nil
}

var (
	channelPrefix  = []byte("channel::")
	whatsAppPrefix = []byte("whatsapp:")
	whatsApp       = []byte(provider.WhatsApp)
)

// channel gives the class of a channel (Channel::WebWidget) as channels are
// called here. Twilio's is for both WhatsApp and SMS, which how it calls the
// customer tells apart.
func (r *reader) channel(class, source []byte) string {
	if r.rules.whatsApp[r.base.Inbox] {
		return provider.WhatsApp
	}
	if len(class) == 0 || len(class) > wire.MaxName {
		return ""
	}
	lower := bytes.TrimPrefix(bytes.ToLower(class), channelPrefix)
	switch {
	case bytes.Contains(lower, whatsApp):
		return provider.WhatsApp
	case string(lower) != "twiliosms":
	case len(source) == 0:
		return ""
	case bytes.HasPrefix(source, whatsAppPrefix):
		return provider.WhatsApp
	}
	return r.keeper.Keep(lower)
}

// phone gives the digits of a number in E.164, "" if it is none.
func (r *reader) phone(b []byte) string {
	b = bytes.TrimPrefix(b, []byte{'+'})
	if len(b) < 7 || len(b) > 15 {
		return ""
	}
	for _, c := range b {
		if c < '0' || c > '9' {
			return ""
		}
	}
	return r.keeper.Keep(b)
}

// sourceID gives how WhatsApp calls the customer: the digits of the phone, or
// the business-scoped user id (BR.1349…).
func (r *reader) sourceID(b []byte) string {
	b = bytes.TrimPrefix(b, whatsAppPrefix)
	if p := r.phone(b); p != "" {
		return p
	}
	if len(b) < 4 || len(b) > wire.MaxID || b[2] != '.' {
		return ""
	}
	for i, c := range b {
		if i != 2 && !wire.IsAlnum(c) {
			return ""
		}
	}
	return r.keeper.Keep(b)
}

// segment gives what the configured custom attribute says of the customer.
func (r *reader) segment() string {
	if r.rules.segmentAttribute == "" {
		return ""
	}
	return r.keeper.Keep(wire.Cut(value(wire.Object(r.contact, "custom_attributes"), r.rules.segmentAttribute), wire.MaxName))
}

// value gives a custom attribute as people would write it.
func value(attributes *fastjson.Value, name string) []byte {
	switch v := attributes.Get(name); {
	case v == nil:
		return nil
	case v.Type() == fastjson.TypeTrue:
		return []byte("true")
	case v.Type() == fastjson.TypeFalse:
		return []byte("false")
	}
	return bytes.TrimSpace(wire.Scalar(attributes, name))
}

// id gives an identifier, nil where there is none: 0 is none, and so is what is
// longer than any.
func id(v *fastjson.Value, key string) []byte {
	b := wire.Scalar(v, key)
	if len(b) == 0 || len(b) > wire.MaxID || len(b) == 1 && b[0] == '0' {
		return nil
	}
	return b
}
