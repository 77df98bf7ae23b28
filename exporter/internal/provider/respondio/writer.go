package respondio

import (
	"fmt"
	"hash/fnv"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// Writer writes canonical events as respond.io would send them, one request an
// event, several where respond.io has several (a tag each). Handoffs, pending,
// consent and scores become the tags and fields that the source is configured
// with; without them they are left out, as are merges, presence, changes of the
// line and statuses that come after a message was reported, for which respond.io
// has no word.
//
// It remembers each contact as respond.io does: number, assignee, open episode.
// A Writer may be used concurrently.
type Writer struct {
	signers map[string]*wire.Signer
	common  *wire.Signer
	keys    config.Values
	// teamIDs are the ids of the configured teams, by name.
	teamIDs map[string]string

	mu    sync.Mutex
	known map[string]*contact
}

// contact is what respond.io knows of a customer.
type contact struct {
	id          int64
	phone, name string
	created     time.Time
	assignee    event.Agent
	assigned    time.Time
	// episodes by inbox. respond.io has one at a time; a simulated desk may have
	// one an inbox.
	episodes map[string]*episode
}

// episode is from opening to closing.
type episode struct {
	opened, firstResponse time.Time
	in, out               int64
	source, team          string
}

// NewWriter makes a writer that signs each event type with its own key, or with
// the common secret. Its error wraps ErrConfig.
func NewWriter(cfg config.Source) (*Writer, error) {
	w := &Writer{
		signers: map[string]*wire.Signer{}, keys: cfg.Keys, teamIDs: map[string]string{}, known: map[string]*contact{},
	}
	for _, k := range cfg.Keys.Secrets(keySigning) {
		if w.signers[k.Name] == nil {
			w.signers[k.Name] = newSigner(string(k.Secret))
		}
		if w.common == nil {
			w.common = w.signers[k.Name]
		}
	}
	if cfg.Secret != "" {
		w.common = newSigner(string(cfg.Secret))
	}
	if w.common == nil {
		return nil, fmt.Errorf("%w: there is no signing key; webhooks cannot be signed without secret or signing_keys", ErrConfig)
	}
	teams := cfg.Keys.Map(keyTeams)
	for _, id := range slices.Sorted(maps.Keys(teams)) {
		if _, err := strconv.ParseInt(id, 10, 64); err == nil && w.teamIDs[teams[id]] == "" {
			w.teamIDs[teams[id]] = id
		}
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
		switch {
		case e.Inbox == "":
			return nil, fmt.Errorf("event %d of %d, %s: %w: inbox is missing", i+1, len(events), e.Kind, provider.ErrEvent)
		case e.Contact == "":
			return nil, fmt.Errorf("event %d of %d, %s: %w: contact is missing", i+1, len(events), e.Kind, provider.ErrEvent)
		case e.ID == "":
			return nil, fmt.Errorf("event %d of %d, %s: %w: id is missing", i+1, len(events), e.Kind, provider.ErrEvent)
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
	c := w.known[e.Contact]
	if c == nil {
		c = w.known[e.Alias]
	}
	if c == nil {
		c = &contact{id: numeric(e.Contact, 900_000_000_000), created: e.Time, episodes: map[string]*episode{}}
	}
	for _, id := range []string{e.Contact, e.Alias} {
		if id == "" {
			continue
		}
		w.known[id] = c
		if isPhone(id) {
			c.phone = "+" + strings.TrimPrefix(id, "+")
		}
	}
	if e.ContactName != "" {
		c.name = e.ContactName
	}
	return c
}

func isPhone(id string) bool {
	digits := strings.TrimPrefix(id, "+")
	return len(digits) >= 7 && len(digits) <= 15 && strings.Trim(digits, "0123456789") == ""
}

// numeric makes up the number by which respond.io would know something; what is
// a number already stays it.
func numeric(id string, upTo uint64) int64 {
	if n, err := strconv.ParseInt(id, 10, 64); err == nil && n > 0 && !isPhone(id) {
		return n
	}
	h := fnv.New64a()
	h.Write([]byte(id))
	return int64(upTo/10 + h.Sum64()%(upTo-upTo/10))
}

// userID is the number of a user whose id is none.
func userID(id string) int64 { return numeric(id, 1_000_000_000) }

// page is the requests for one event.
type page struct {
	w       *Writer
	e       *event.Event
	contact *contact
	out     []provider.Request
}

// request writes one signed request; fill writes what stands beside type and id.
func (p *page) request(kind string, fill func(o *jsonObject)) {
	o := &jsonObject{b: make([]byte, 0, 1024)}
	o.open()
	o.str("event_type", kind)
	o.str("event_id", eventID(p.e.ID, len(p.out)))
	fill(o)
	o.close()
	signer := p.w.signers[kind]
	if signer == nil {
		signer = p.w.common
	}
	h := make(http.Header, 2)
	h.Set("Content-Type", "application/json")
	h.Set(signatureHeader, sign(signer, o.b))
	p.out = append(p.out, provider.Request{Method: http.MethodPost, Header: h, Body: o.b})
}
