package respondio

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/play"
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
	known play.Known[contact]
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
		signers: map[string]*wire.Signer{}, keys: cfg.Keys, teamIDs: map[string]string{}, known: play.Known[contact]{},
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
		if err := play.Need(events, i, play.Inbox|play.Contact|play.ID); err != nil {
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
		return &contact{id: play.Numeric(e.Contact, 900_000_000_000), created: e.Time, episodes: map[string]*episode{}}
	})
	if phone := play.Phone(e); phone != "" {
		c.phone = phone
	}
	if e.ContactName != "" {
		c.name = e.ContactName
	}
	return c
}

// userID is the number of a user whose id is none.
func userID(id string) int64 { return play.Numeric(id, 1_000_000_000) }

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
