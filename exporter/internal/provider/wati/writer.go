package wati

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/play"
)

// Writer writes canonical events as Wati would send them: a message, what became
// of it, and what Wati sends beside (the first message of a contact, a chatbot
// that starts, a reply). Assignments, handbacks and closings are shown by the
// operator and the ticket of later messages, as Wati shows them. Labels, notes,
// presence, merges, consent, pending and changes of the line are left out: Wati
// has no webhook for them. A survey is a message that the source's configuration
// knows as one, and left out without that.
//
// It remembers each customer's chat as Wati does. A Writer may be used
// concurrently.
type Writer struct {
	secret string
	rules  rules

	mu       sync.Mutex
	chats    map[place]*chat
	contacts map[string]*contact
}

// place is a customer at a number.
type place struct{ inbox, contact string }

// contact is what Wati knows of a customer.
type contact struct{ phone, bsuid, name string }

// chat is the thread of a customer with a number.
type chat struct {
	contact      *contact
	conversation string
	// closed counts the tickets that are over; wrote: the customer has written.
	closed int
	wrote  bool
	// assignee is nobody where the bot has the chat, as it has new ones.
	assignee event.Agent
	// triggered: a chatbot has started in this ticket.
	triggered bool
}

// NewWriter makes a writer whose requests bear the source's secret in their
// path. Its error wraps ErrConfig.
func NewWriter(cfg config.Source) (*Writer, error) {
	if cfg.Secret == "" {
		return nil, fmt.Errorf("%w: there is no secret; webhooks cannot be addressed without it", ErrConfig)
	}
	w := &Writer{secret: string(cfg.Secret), chats: map[place]*chat{}, contacts: map[string]*contact{}}
	var err error
	if w.rules, err = newRules(cfg); err != nil {
		return nil, err
	}
	return w, nil
}

// writers are the words that Wati has, and what it only remembers.
var writers = map[event.Kind]func(*page){
	event.MessageReceived:      (*page).received,
	event.MessageSent:          (*page).sent,
	event.MessageStatus:        (*page).status,
	event.SurveySent:           (*page).surveySent,
	event.SurveyAnswered:       (*page).surveyAnswered,
	event.ContactLinked:        func(*page) {},
	event.ConversationOpened:   func(*page) {},
	event.ConversationAssigned: func(p *page) { p.chat.assignee = p.e.Agent },
	event.ConversationHandback: func(p *page) { p.chat.assignee, p.chat.triggered = event.Agent{}, false },
	event.ConversationResolved: func(p *page) {
		p.chat.closed++
		p.chat.assignee, p.chat.triggered = event.Agent{}, false
	},
}

// Write gives the requests for events, in their order. Its error wraps
// provider.ErrEvent.
func (w *Writer) Write(events []event.Event) ([]provider.Request, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []provider.Request
	for i := range events {
		e := events[i]
		write := writers[e.Kind]
		if write == nil {
			continue
		}
		if err := play.Need(events, i, play.Inbox|play.Contact|play.ID); err != nil {
			return nil, err
		}
		p := &page{w: w, e: &e, chat: w.chat(&e)}
		write(p)
		out = append(out, p.out...)
	}
	return out, nil
}

// chat gives the customer's, and makes two ids of one customer one.
func (w *Writer) chat(e *event.Event) *chat {
	c := w.contacts[e.Contact]
	if c == nil {
		c = w.contacts[e.Alias]
	}
	if c == nil {
		c = &contact{}
	}
	for _, v := range []string{e.Contact, e.Alias} {
		switch phone := phoneOf(v); {
		case v == "":
			continue
		case phone != "":
			c.phone = phone
		default:
			c.bsuid = v
		}
		w.contacts[v] = c
	}
	if e.ContactName != "" {
		c.name = e.ContactName
	}
	at := place{e.Inbox, e.Contact}
	known := w.chats[at]
	if known == nil {
		known = &chat{contact: c, conversation: objectID("conversation", e.Inbox, e.Contact)}
		w.chats[at] = known
	}
	known.contact = c
	return known
}

// phoneOf gives a phone in digits; "" for ids that are none.
func phoneOf(id string) string {
	digits := strings.TrimPrefix(id, "+")
	if len(digits) < 7 || len(digits) > 15 || strings.Trim(digits, "0123456789") != "" {
		return ""
	}
	return digits
}

// email is how Wati names an agent.
func email(agent string) string {
	if agent == "" || strings.Contains(agent, "@") {
		return agent
	}
	return agent + "@example.test"
}

// objectID makes up the 24 hex digits by which Wati would know something, the
// same each time.
func objectID(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:12])
}

// localID makes up the UUID of a message that was sent.
func localID(id string) string {
	sum := sha256.Sum256([]byte("local\x00" + id))
	sum[6], sum[8] = sum[6]&0x0f|0x40, sum[8]&0x3f|0x80
	h := hex.EncodeToString(sum[:16])
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
}

// page is the requests for one event.
type page struct {
	w    *Writer
	e    *event.Event
	chat *chat
	out  []provider.Request
}

// request adds one.
func (p *page) request(o *jsonObject) {
	h := make(http.Header, 1)
	h.Set("Content-Type", "application/json")
	p.out = append(p.out, provider.Request{
		Method: http.MethodPost, Path: provider.AddressPath(p.w.secret), Header: h, Body: o.end(),
	})
}

// ticket is the id of the chat's present one.
func (p *page) ticket() string {
	return objectID("ticket", p.chat.conversation, strconv.Itoa(p.chat.closed))
}

// surveyName gives the configured template that asks for a score of the kind,
// or else the beginning of a text; both are "" where there is none.
func (r *rules) surveyName(kind event.Survey) (template, text string) {
	for _, name := range slices.Sorted(maps.Keys(r.surveyTemplates)) {
		if r.surveyTemplates[name] == kind {
			return name, ""
		}
	}
	for _, t := range r.surveyTexts {
		if t.survey == kind {
			return "", t.begins
		}
	}
	return "", ""
}

// prefix gives a beginning of localMessageId that stands for an actor.
func (r *rules) prefix(actor event.Actor) string {
	for _, l := range r.localIDs {
		if l.actor == actor {
			return l.begins
		}
	}
	return ""
}
