package zendesk

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/play"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// Ids of the simulated account.
const (
	accountID  = 4242
	appID      = "5a0000000000000000000001"
	webhookID  = "5a0000000000000000000002"
	botSwitch  = "zd:answerBot"
	systemUser = "-1"
)

// Writer writes canonical events as Zendesk would send them: tickets, messages
// and agents by event webhooks, phones by a trigger, and by Sunshine
// Conversations, where the source has its key, what became of messages and who is
// in control. Handoffs and consent become the tags that the source is configured
// with; without them, and without Sunshine Conversations, they are left out, as
// are NPS, what was read, and changes of the line. What is about a ticket is left
// out as long as the customer has none.
//
// It remembers each customer and ticket as Zendesk does. A Writer may be used
// concurrently.
type Writer struct {
	signer *wire.Signer
	apiKey string
	keys   config.Values
	rules  rules

	mu    sync.Mutex
	known play.Known[customer]
	// made counts tickets and events, so that each has an id of its own.
	made     int64
	versions map[string]int64
}

// customer is what Zendesk knows of one.
type customer struct {
	id, name, phone string
	// tickets by inbox, the latest each.
	tickets map[string]*ticket
}

// ticket as it is now.
type ticket struct {
	id, talk, canonical, inbox string
	status, assignee, group    string
	submitter                  string
	tags                       []string
	created                    time.Time
}

// NewWriter makes a writer that signs with the source's first secret. Its error
// wraps ErrConfig.
func NewWriter(cfg config.Source) (*Writer, error) {
	secrets := secretsOf(cfg)
	if len(secrets) == 0 {
		return nil, fmt.Errorf("%w: there is no signing secret; event webhooks cannot be signed without secret or webhook_secrets", ErrConfig)
	}
	w := &Writer{
		signer: newSigner(secrets[0]), apiKey: string(cfg.Keys.Secret(keyConversations)), keys: cfg.Keys,
		known: play.Known[customer]{}, versions: map[string]int64{},
	}
	var err error
	if w.rules, err = newRules(cfg); err != nil {
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
		ofAgent := e.Kind == event.AgentState
		need := play.Inbox | play.Contact | play.ID | play.Time
		if ofAgent {
			need = play.Agent | play.ID | play.Time
		}
		if err := play.Need(events, i, need); err != nil {
			return nil, err
		}
		p := &page{w: w, e: e}
		if !ofAgent {
			p.customer = w.customer(e)
		}
		write(p)
		out = append(out, p.out...)
	}
	return out, nil
}

// customer gives what is known of an event's, and makes two ids of one customer
// one.
func (w *Writer) customer(e *event.Event) *customer {
	c := w.known.Of(e, func() *customer {
		return &customer{id: numeric("user "+e.Contact, 900_000_000_000), tickets: map[string]*ticket{}}
	})
	if phone := play.Phone(e); phone != "" {
		c.phone = phone
	}
	if e.ContactName != "" {
		c.name = e.ContactName
	}
	return c
}

// numeric is play.Numeric in Zendesk's JSON, where most ids are texts.
func numeric(id string, upTo uint64) string { return strconv.FormatInt(play.Numeric(id, upTo), 10) }

// hexID makes up an id of Sunshine Conversations.
func hexID(of string) string {
	sum := sha256.Sum256([]byte(of))
	return hex.EncodeToString(sum[:12])
}

func userID(agent string) string {
	if agent == "" {
		return ""
	}
	return numeric(agent, 1_000_000_000)
}

// page is the requests for one event.
type page struct {
	w        *Writer
	e        *event.Event
	customer *customer
	out      []provider.Request
}

// ticket is the customer's in the event's inbox. One that there is not yet is
// created, and after it was solved another conversation gets another.
func (p *page) ticket() *ticket {
	t := p.current()
	if t != nil && (t.status != statusSolved || t.canonical == p.e.Conversation) {
		return t
	}
	p.w.made++
	t = &ticket{
		id: strconv.FormatInt(9000+p.w.made, 10), canonical: p.e.Conversation, inbox: p.e.Inbox, status: statusNew, created: p.e.Time,
		submitter: p.customer.id,
	}
	if p.e.Kind == event.ConversationOpened {
		if t.submitter = userID(p.e.Agent.ID); t.submitter == "" {
			t.submitter = "500"
		}
	}
	t.talk = hexID("conversation " + t.id)
	p.customer.tickets[p.e.Inbox] = t
	p.about(t, "ticket.created", t.submitter, func(*jsonObject) {})
	return t
}

// current is the customer's ticket, nil where there is none.
func (p *page) current() *ticket { return p.customer.tickets[p.e.Inbox] }

// envelope writes an event webhook.
func (p *page) envelope(kind, subject string, detail, what func(*jsonObject)) {
	p.w.made++
	p.signed(object(func(o *jsonObject) {
		o.int("account_id", accountID)
		o.object("detail", detail)
		o.object("event", what)
		o.str("id", p.invocation())
		o.str("subject", subject)
		o.time("time", p.e.Time)
		o.str("type", string(typePrefix)+kind)
		o.str("zendesk_event_version", "2022-11-06")
	}))
}

func (p *page) invocation() string {
	s := hexID("event " + strconv.FormatInt(p.w.made, 10) + p.e.ID)
	return s[:8] + "-" + s[8:12] + "-4a6e-9a1e-" + s[12:]
}

// about writes an event of a ticket, by whom.
func (p *page) about(t *ticket, kind, by string, what func(*jsonObject)) {
	p.envelope(kind, string(ticketSubject)+t.id, func(o *jsonObject) {
		o.str("actor_id", by)
		o.orNull("assignee_id", t.assignee)
		o.str("brand_id", numeric(t.inbox, 1_000_000))
		o.time("created_at", t.created)
		o.str("description", "")
		o.raw("external_id", "null")
		o.orNull("group_id", t.group)
		o.str("id", t.id)
		o.bool("is_public", true)
		o.raw("organization_id", "null")
		o.str("priority", "NORMAL")
		o.str("requester_id", p.customer.id)
		o.str("status", t.status)
		o.str("submitter_id", t.submitter)
		o.words("tags", t.tags)
		o.str("type", "QUESTION")
		o.time("updated_at", p.e.Time)
		o.object("via", func(o *jsonObject) { o.str("channel", provider.WhatsApp) })
	}, what)
}

// signed adds a request of an event or trigger webhook.
func (p *page) signed(body []byte) {
	stamp := p.e.Time.UTC().Format(time.RFC3339)
	h := make(http.Header, 6)
	h.Set("Content-Type", "application/json")
	h.Set(accountHeader, strconv.Itoa(accountID))
	h.Set(invocationHeader, p.invocation())
	h.Set(stampHeader, stamp)
	h.Set(signatureHeader, sign(p.w.signer, stamp, body))
	p.out = append(p.out, provider.Request{Method: http.MethodPost, Header: h, Body: body})
}

// talk writes a webhook of Sunshine Conversations, unless there is none.
func (p *page) talk(kind string, payload func(*jsonObject)) {
	if p.w.apiKey == "" {
		return
	}
	p.w.made++
	one := object(func(o *jsonObject) {
		o.str("id", hexID("talk "+strconv.FormatInt(p.w.made, 10)+p.e.ID))
		o.str("type", kind)
		o.str("createdAt", p.e.Time.UTC().Format("2006-01-02T15:04:05.000Z"))
		o.object("payload", payload)
	})
	body := object(func(o *jsonObject) {
		o.object("app", func(o *jsonObject) { o.str("id", appID) })
		o.object("webhook", func(o *jsonObject) { o.str("id", webhookID); o.str("version", "v2") })
		o.raw("events", "["+string(one)+"]")
	})
	h := make(http.Header, 2)
	h.Set("Content-Type", "application/json")
	h.Set(apiKeyHeader, p.w.apiKey)
	p.out = append(p.out, provider.Request{Method: http.MethodPost, Header: h, Body: body})
}
