package chatwoot

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/play"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// Writer writes canonical events as Chatwoot would send them with every event of
// the webhook ticked: each change of a status twice, a conversation's changed
// attributes, the messages' own updates. Reasons of handoffs, request types and
// consent become the custom attributes that the source is configured with;
// without them they are left out, as are presence, merges, NPS and changes of the
// line, for which Chatwoot has no word, statuses of messages that are not the
// newest of their conversation, and authors that no configuration gives.
//
// It remembers each customer and conversation as Chatwoot does. A Writer may be
// used concurrently.
type Writer struct {
	signer *wire.Signer
	path   string
	rules  rules

	mu    sync.Mutex
	known play.Known[contact]
	// made is the number of the latest conversation.
	made int64
}

// contact is what Chatwoot knows of a customer.
type contact struct {
	id                 int64
	phone, bsuid, name string
	created            time.Time
	consent            string
	// threads by inbox, the latest conversation each; surveyed those in which a
	// survey was sent last.
	threads, surveyed map[string]*thread
}

// thread is a conversation.
type thread struct {
	id int64
	// canonical is its id in the events that are written.
	canonical, inbox    string
	status              string
	created, updated    time.Time
	firstReply, waiting time.Time
	snoozedUntil        time.Time
	assignee            event.Agent
	agentBot            bool
	team                string
	labels              []string
	reason, requestType string
	last, survey        *message
}

// message is one of a conversation.
type message struct {
	e       event.Event
	id      int64
	kind    int
	updated time.Time
	// status and sourceID are WhatsApp's.
	status, sourceID string
	failure          string
	rating           int
}

// NewWriter makes a writer that signs by the secret, or writes to the secret
// address, or both. Its error wraps ErrConfig.
func NewWriter(cfg config.Source) (*Writer, error) {
	w := &Writer{known: play.Known[contact]{}}
	word := string(cfg.Keys.Secret(keyAddress))
	if cfg.Secret == "" && word == "" {
		return nil, fmt.Errorf("%w: there is no secret; webhooks cannot be written without secret or address_secret", ErrConfig)
	}
	if cfg.Secret != "" {
		w.signer = newSigner(string(cfg.Secret))
	}
	if word != "" {
		w.path = provider.AddressPath(word)
	}
	var err error
	if w.rules, err = newRules(cfg); err != nil {
		return nil, err
	}
	return w, nil
}

// Write gives the requests for events, in their order. Its error wraps
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
		p.t = p.contact.threads[e.Inbox]
		write(p)
		out = append(out, p.out...)
	}
	return out, nil
}

// contact gives what is known of an event's customer, and makes two ids of one
// customer one.
func (w *Writer) contact(e *event.Event) *contact {
	c := w.known.Of(e, func() *contact {
		return &contact{id: play.Numeric(e.Contact, 900_000_000_000), created: e.Time, threads: map[string]*thread{}, surveyed: map[string]*thread{}}
	})
	for _, id := range []string{e.Contact, e.Alias} {
		if id == "" {
			continue
		}
		switch {
		case !play.IsPhone(id):
			c.bsuid = id
		case id == e.Contact || e.Kind != event.ContactLinked:
			c.phone = "+" + strings.TrimPrefix(id, "+")
		}
	}
	if e.ContactName != "" {
		c.name = e.ContactName
	}
	return c
}

func userID(id string) int64 { return play.Numeric(id, 1_000_000_000) }

func inboxID(inbox string) int64 { return play.Numeric(inbox, 1_000_000) }

func messageID(id string) int64 { return play.Numeric(id, 900_000_000_000_000) }

// page is the requests for one event.
type page struct {
	w       *Writer
	e       *event.Event
	contact *contact
	// t is the conversation; nil where the customer has none in the inbox.
	t   *thread
	out []provider.Request
}

// request writes one request, sent at the event's time; fill writes what stands
// beside the event's name.
func (p *page) request(name string, fill func(o *jsonObject)) {
	o := &jsonObject{b: make([]byte, 0, 4096)}
	o.open()
	o.str("event", name)
	fill(o)
	o.close()
	h := make(http.Header, 4)
	h.Set("Content-Type", "application/json")
	h.Set(deliveryHeader, deliveryID(p.e.ID, len(p.out)))
	if p.w.signer != nil {
		stamp := strconv.FormatInt(p.e.Time.Unix(), 10)
		h.Set(stampHeader, stamp)
		h.Set(signatureHeader, sign(p.w.signer, stamp, o.b))
	}
	p.out = append(p.out, provider.Request{Method: http.MethodPost, Path: p.w.path, Header: h, Body: o.b})
}

// deliveryID makes up the UUID of an event's n-th request, the same each time.
func deliveryID(id string, n int) string {
	sum := sha256.Sum256([]byte(id + "#" + strconv.Itoa(n)))
	sum[6], sum[8] = sum[6]&0x0f|0x40, sum[8]&0x3f|0x80
	h := hex.EncodeToString(sum[:16])
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
}
