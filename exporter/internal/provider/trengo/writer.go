package trengo

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/play"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// Writer writes canonical events as Trengo would send them: each to the address
// of its event type, signed with that webhook's secret, and dated by the
// signature. Handoffs, pending, consent and scores become the labels that the
// source is configured with; without them they are left out, as are presence,
// statuses, links and changes of the line, for which Trengo has no word, and what
// no secret is configured for. What is about a ticket is left out as long as the
// customer has none.
//
// It remembers each customer and ticket as Trengo does. A Writer may be used
// concurrently.
type Writer struct {
	secrets []secret
	keys    config.Values
	rules   rules

	mu    sync.Mutex
	known play.Known[contact]
	// made counts tickets that no canonical conversation gives a name.
	made int
}

// contact is what Trengo knows of a customer.
type contact struct {
	id          int64
	phone, name string
	// tickets by channel, the latest each.
	tickets map[string]*ticket
}

type ticket struct {
	id int64
	// conversation is the canonical one's id.
	conversation string
	closed       bool
	assigned     bool
}

// NewWriter makes a writer that signs each event type with its own secret, or
// with the common one. Its error wraps ErrConfig.
func NewWriter(cfg config.Source) (*Writer, error) {
	w := &Writer{secrets: secretsOf(cfg), keys: cfg.Keys, known: play.Known[contact]{}}
	if len(w.secrets) == 0 {
		return nil, fmt.Errorf("%w: there is no signing secret; webhooks cannot be signed without secret or signing_secrets", ErrConfig)
	}
	var err error
	if w.rules, err = newRules(cfg.Keys); err != nil {
		return nil, err
	}
	return w, nil
}

// Write gives the signed requests for events, in their order. Its error wraps
// provider.ErrEvent.
func (w *Writer) Write(events []event.Event) ([]provider.Request, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []provider.Request
	for i := range events {
		e := &events[i]
		write := writers[e.Kind]
		if write == nil {
			continue
		}
		if err := play.Need(events, i, play.Inbox|play.Contact|play.ID|play.Time); err != nil {
			return nil, err
		}
		p := &page{w: w, e: e, contact: w.contact(e)}
		write(p)
		out = append(out, p.out...)
	}
	return out, nil
}

// contact gives what is known of an event's customer, and makes two ids of one
// customer one.
func (w *Writer) contact(e *event.Event) *contact {
	c := w.known.Of(e, func() *contact {
		return &contact{id: play.Numeric(e.Contact, 900_000_000_000), tickets: map[string]*ticket{}}
	})
	if phone := play.Phone(e); phone != "" {
		c.phone = phone
	}
	if e.ContactName != "" {
		c.name = e.ContactName
	}
	return c
}

func userID(id string) string { return strconv.FormatInt(play.Numeric(id, 1_000_000_000), 10) }

func teamID(name string) string { return strconv.FormatInt(play.Numeric(name, 1_000_000), 10) }

// channelID of an inbox, which is a channel's unless it has a name.
func channelID(inbox string) string { return strconv.FormatInt(play.Numeric(inbox, 1_000_000), 10) }

// page is the requests for one event.
type page struct {
	w       *Writer
	e       *event.Event
	contact *contact
	out     []provider.Request
}

// request writes one signed request, unless there is no secret for its type:
// then there is no such webhook.
func (p *page) request(kind string, form wire.Form) {
	for i := range p.w.secrets {
		s := &p.w.secrets[i]
		if s.kind != kind && s.kind != "" {
			continue
		}
		body := form.Encode()
		h := make(http.Header, 2)
		h.Set("Content-Type", "application/x-www-form-urlencoded")
		h.Set(signatureHeader, sign(s.signer, strconv.FormatInt(p.e.Time.Unix(), 10), body))
		p.out = append(p.out, provider.Request{Method: http.MethodPost, Path: "/" + kind, Header: h, Body: body})
		return
	}
}

// ticket is the customer's in the event's channel. One that there is not yet is
// created, and after a close another conversation gets another.
func (p *page) ticket() *ticket {
	t := p.contact.tickets[p.e.Inbox]
	if t != nil && (!t.closed || t.conversation == p.e.Conversation) {
		return t
	}
	name := p.e.Conversation
	if name == "" {
		p.w.made++
		name = p.e.Contact + "#" + strconv.Itoa(p.w.made)
	}
	t = &ticket{id: play.Numeric("ticket "+name+" "+p.e.Inbox, 900_000_000_000), conversation: p.e.Conversation}
	p.contact.tickets[p.e.Inbox] = t
	p.request(typeCreated, t.form())
	return t
}

// current is the customer's ticket, nil where there is none that anything could
// be about.
func (p *page) current() *ticket { return p.contact.tickets[p.e.Inbox] }

func (t *ticket) form(more ...wire.Pair) wire.Form {
	return append(wire.Form{{Name: "ticket_id", Value: strconv.FormatInt(t.id, 10)}}, more...)
}
