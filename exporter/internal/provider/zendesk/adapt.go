package zendesk

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"

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
	req *provider.Request
	res *provider.Result
	// root is the body, or one event of a batch; detail is the ticket or agent
	// as of the moment of sending, what is what has happened.
	root, detail, what *fastjson.Value
	// base is what every event made of root says alike, id what their ids begin
	// with; made is how many events there were before.
	base event.Event
	id   string
	made int
}

// Adapt turns a verified request into events. r.Received has to be set: it is the
// time of what bears none. The error, which wraps provider.ErrMalformed, is for
// bodies that are no JSON object or beyond the bounds.
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
	rd.now = now{req: r, res: res, root: root}
	rd.keeper.Start(len(r.Body))
	switch {
	case wire.Text(root, "type") != nil:
		rd.envelope()
	case wire.Text(root, "exporter_event") != nil:
		rd.trigger()
	case root.Get("events") != nil:
		rd.batch()
	default:
		rd.ignore(ignoredNoEvent)
	}
	return nil
}

var typePrefix = []byte("zen:event-type:")

// envelope reads an event webhook's one event.
func (r *reader) envelope() {
	kind, ok := bytes.CutPrefix(wire.Text(r.root, "type"), typePrefix)
	if !ok {
		r.ignore(ignoredEvent)
		return
	}
	read := envelopes[string(kind)]
	if read == nil {
		r.ignore(ignoredEvent)
		return
	}
	r.detail, r.what = wire.Object(r.root, "detail"), wire.Object(r.root, "event")
	r.base = event.Event{Time: r.req.Received}
	if r.id = r.keeper.Keep(id(r.root, "id")); r.id == "" {
		r.ignore(countedNoID)
		r.id = r.digest()
	}
	if t, ok := wire.TimeAt(r.root, "time"); ok {
		r.base.Time = t
	} else {
		r.ignore(countedTime)
	}
	if account, sent := id(r.root, "account_id"), r.req.Header.Get(accountHeader); account != nil && sent != "" && sent != string(account) {
		// The header is not signed, so that it does not decide.
		r.ignore(countedAccount)
	}
	read(r)
}

// envelopes are the events, by what follows the prefix of their type.
var envelopes = map[string]func(*reader){
	"ticket.created":                  (*reader).ticketCreated,
	"ticket.comment_added":            (*reader).commentAdded,
	"messaging_ticket.message_added":  (*reader).messageAdded,
	"ticket.agent_assignment_changed": (*reader).agentAssigned,
	"ticket.group_assignment_changed": (*reader).groupAssigned,
	"ticket.status_changed":           (*reader).statusChanged,
	"ticket.csat_requested":           (*reader).csatRequested,
	"ticket.csat_received":            (*reader).csatReceived,
	"ticket.tags_changed":             (*reader).tagsChanged,
	"ticket.merged":                   (*reader).merged,
	"ticket.marked_as_spam":           (*reader).dropped,
	"ticket.soft_deleted":             (*reader).dropped,
	"ticket.permanently_deleted":      (*reader).dropped,
	"ticket.requester_changed":        (*reader).ignoredTicket,
	"ticket.custom_status_changed":    (*reader).ignoredTicket,
	"ticket.priority_changed":         (*reader).ignoredTicket,
	"ticket.subject_changed":          (*reader).ignoredTicket,
	"ticket.description_changed":      (*reader).ignoredTicket,
	"ticket.custom_field_changed":     (*reader).ignoredTicket,
	"ticket.organization_changed":     (*reader).ignoredTicket,
	"ticket.sla_policy_changed":       (*reader).ignoredTicket,
	"ticket.next_sla_breach_changed":  (*reader).ignoredTicket,
	"ticket.external_id_changed":      (*reader).ignoredTicket,
	"ticket.form_changed":             (*reader).ignoredTicket,
	"ticket.brand_changed":            (*reader).ignoredTicket,
	"ticket.undeleted":                (*reader).ignoredTicket,
	"ticket.type_changed":             (*reader).ignoredTicket,
	"ticket.task_due_at_changed":      (*reader).ignoredTicket,
	"ticket.problem_link_changed":     (*reader).ignoredTicket,
	"agent.unified_state_changed":     (*reader).unifiedState,
	"agent.state_changed":             (*reader).channelState,
	"agent.work_item_added":           (*reader).workItem,
	"agent.work_item_updated":         (*reader).workItem,
	"agent.work_item_removed":         (*reader).workItemRemoved,
	"agent.max_capacity_changed":      (*reader).ignoredAgent,
	"agent.channel_created":           (*reader).ignoredAgent,
	"agent.channel_deleted":           (*reader).ignoredAgent,
	"agent.groups_updated":            (*reader).ignoredAgent,
}

func (r *reader) ignore(name string) { r.res.Ignore(name) }

// add appends an event of the request; more tells it from others of the same. The
// pointer is valid until the next call.
func (r *reader) add(kind event.Kind, more string) *event.Event {
	r.res.Events = append(r.res.Events, r.base)
	e := &r.res.Events[len(r.res.Events)-1]
	e.Kind = kind
	if e.ID = r.id; more != "" {
		e.ID = r.keeper.Join(r.id, ":", more)
	}
	return e
}

// teach tells whose the conversation is where no event does.
func (r *reader) teach(conversation string) {
	th := provider.Thread{Conversation: conversation, Contact: r.base.Contact, Inbox: r.base.Inbox, Channel: r.base.Channel}
	if conversation != "" && (th.Contact != "" || th.Inbox != "" || th.Channel != "") {
		r.res.Threads = append(r.res.Threads, th)
	}
}

// digest stands for an id that is not told.
func (r *reader) digest() string {
	sum := sha256.Sum256(r.req.Body)
	return r.keeper.Join("body:", hex.EncodeToString(sum[:16]))
}

// id gives an id, which is a string or a number; "", "0" and null are none.
func id(v *fastjson.Value, key string) []byte {
	b := bytes.TrimSpace(wire.Scalar(v, key))
	if len(b) == 0 || len(b) > wire.MaxID || string(b) == "0" {
		return nil
	}
	return b
}

// keepID is id, kept.
func (r *reader) keepID(v *fastjson.Value, key string) string { return r.keeper.Keep(id(v, key)) }

// word keeps a name.
func (r *reader) word(v *fastjson.Value, key string) string {
	return r.keeper.Keep(wire.Cut(bytes.TrimSpace(wire.Text(v, key)), wire.MaxName))
}

// dateBy takes a time of its own, if it is one.
func (r *reader) dateBy(v *fastjson.Value, key string) {
	if t, ok := wire.TimeAt(v, key); ok {
		r.base.Time = t
	}
}

// Prefixes keep ids from being taken for somebody's phone, and those of Sunshine
// Conversations for Zendesk's.
const (
	userPrefix         = "id:"
	conversationPrefix = "sc:"
)

// contact gives the id of a customer.
func (r *reader) contact(user []byte) string {
	if user == nil {
		return ""
	}
	return r.keeper.Join(userPrefix, r.keeper.Keep(user))
}

// channel gives a channel as they are called here.
func (r *reader) channel(name []byte) string {
	if len(name) == 0 {
		return ""
	}
	lower := string(bytes.ToLower(wire.Cut(name, wire.MaxName)))
	if r.rules.whatsApp[lower] {
		return provider.WhatsApp
	}
	return r.keeper.Keep([]byte(lower))
}

// phone gives the digits of a phone number, "" if it is none.
func (r *reader) phone(b []byte) string {
	var digits [15]byte
	n := 0
	for i, c := range bytes.TrimSpace(b) {
		switch {
		case '0' <= c && c <= '9':
			if n == len(digits) {
				return ""
			}
			digits[n] = c
			n++
		case c == '+' && i == 0, c == ' ', c == '-', c == '(', c == ')':
		default:
			return ""
		}
	}
	if n < 8 {
		return ""
	}
	return r.keeper.Keep(digits[:n])
}
