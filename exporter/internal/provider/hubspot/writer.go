package hubspot

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// Ids of the simulated account.
const (
	portalID  = "145000001"
	appID     = "990001"
	botApp    = "990077"
	whatsApp  = "1007"
	webChat   = "1000"
	botActor  = "A-900"
	roboActor = "A-901"
)

// Writer plays HubSpot: it writes thin webhooks, and as an http.Handler it is
// the API from which the rest is fetched. It remembers what it wrote, the newest
// 100,000 messages of it.
type Writer struct {
	verifier
	secret          string
	consentProperty string
	consentWords    map[event.Consent]string

	mu       sync.Mutex
	events   uint64
	contacts map[string]string // by the ids of canonical events
	threads  map[string]storedThread
	messages map[string][]byte // by id
	answers  map[string][]byte // feedback submissions by id
	order    []string          // of messages
}

type storedThread struct{ contact, phone, inbox, channel string }

// maxStored messages are kept for fetching.
const maxStored = 100_000

// NewWriter makes a writer for a source, signing with its secret. Its error
// wraps ErrConfig.
func NewWriter(cfg config.Source) (*Writer, error) {
	if cfg.Secret == "" {
		return nil, fmt.Errorf("%w: the client secret is missing", ErrConfig)
	}
	rule, err := newConsentRule(cfg)
	if err != nil {
		return nil, err
	}
	w := &Writer{
		verifier: newVerifier(cfg), secret: string(cfg.Secret), consentProperty: rule.property, consentWords: map[event.Consent]string{},
		contacts: map[string]string{}, threads: map[string]storedThread{}, messages: map[string][]byte{}, answers: map[string][]byte{},
	}
	for word, c := range rule.values {
		if have, ok := w.consentWords[c]; !ok || word < have {
			w.consentWords[c] = word
		}
	}
	return w, nil
}

// Write gives the one request that holds the events; it is signed in both
// versions, dated like the latest of them. Events that HubSpot has no word for
// are left out. Its error wraps provider.ErrEvent.
func (w *Writer) Write(events []event.Event) ([]provider.Request, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	body := []byte{'['}
	var latest time.Time
	for i := range events {
		e := &events[i]
		if e.Time.IsZero() {
			return nil, fmt.Errorf("hubspot: %w: %s has no time", provider.ErrEvent, e.Kind)
		}
		n := len(body)
		if n > 1 {
			body = append(body, ',')
		}
		if written := w.event(body, e); written != nil {
			body = written
		} else {
			body = body[:n]
		}
		if e.Time.After(latest) {
			latest = e.Time
		}
	}
	if len(body) == 1 {
		return nil, nil
	}
	return []provider.Request{w.request(append(body, ']'), latest)}, nil
}

func (w *Writer) request(body []byte, at time.Time) provider.Request {
	r := provider.Request{Method: http.MethodPost, Header: http.Header{}, Body: body, Query: url.Values{}}
	stamp := strconv.FormatInt(at.UnixMilli(), 10)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(headerTime, stamp)
	r.Header.Set(headerV3, w.signature(r.Method, r.URL(w.base), stamp, body))
	r.Header.Set(headerV1, signatureV1(w.secret, body))
	r.Header.Set("X-Hubspot-Signature-Version", "v1")
	return r
}

// event appends a thin event, or gives nil where there is none.
func (w *Writer) event(b []byte, e *event.Event) []byte {
	switch e.Kind {
	case event.ContactLinked:
		// Both ids are one customer of the CRM from here on.
		w.contacts[e.Alias] = w.contact(e.Contact)
		return nil
	case event.ConsentChanged:
		word, ok := w.consentWords[e.Consent]
		if w.consentProperty == "" || !ok {
			return nil
		}
		return w.property(b, e, "contact.propertyChange", w.contact(e.Contact), w.consentProperty, word)
	case event.SurveyAnswered:
		return w.feedback(b, e)
	case event.AgentState, event.LineChanged, event.MessageStatus:
		return nil
	}
	id, fresh := w.thread(e)
	switch e.Kind {
	case event.ConversationOpened:
		if fresh {
			return append(w.head(b, e, "conversation.creation", id), `,"changeFlag":"NEW"}`...)
		}
		return w.property(b, e, "conversation.propertyChange", id, "status", "OPEN")
	case event.ConversationResolved:
		return w.property(b, e, "conversation.propertyChange", id, "status", "CLOSED")
	case event.ConversationAssigned:
		return w.property(b, e, "conversation.propertyChange", id, "assignedTo", agentActor(e.Agent.ID))
	case event.MessageReceived, event.MessageSent:
		w.store(id, e)
		return w.newMessage(b, e, id, "MESSAGE")
	case event.NoteAdded:
		return w.newMessage(b, e, id, "COMMENT")
	}
	return nil
}

// head appends what every event begins with.
func (w *Writer) head(b []byte, e *event.Event, kind, object string) []byte {
	w.events++
	b = append(b, `{"eventId":`...)
	b = strconv.AppendUint(b, 3_100_000_000+w.events, 10)
	b = append(b, `,"subscriptionId":2200001,"portalId":`+portalID+`,"appId":`+appID+`,"occurredAt":`...)
	b = strconv.AppendInt(b, e.Time.UnixMilli(), 10)
	return append(b, `,"subscriptionType":"`+kind+`","attemptNumber":0,"objectId":`+object...)
}

func (w *Writer) property(b []byte, e *event.Event, kind, object, name, value string) []byte {
	b = append(w.head(b, e, kind, object), `,"changeSource":"CRM","propertyName":`...)
	b = append(wire.AppendString(b, name), `,"propertyValue":`...)
	return append(wire.AppendString(b, value), '}')
}

func (w *Writer) newMessage(b []byte, e *event.Event, thread, kind string) []byte {
	b = append(w.head(b, e, "conversation.newMessage", thread), `,"messageId":"`+messageID(e.Message.ID)+`","messageType":"`+kind...)
	return append(b, `","changeFlag":"NEW_MESSAGE"}`...)
}

// number derives an id of digits, as those of HubSpot are.
func number(kind, of string, below uint64) string {
	sum := sha256.Sum256([]byte(kind + "\x00" + of))
	return strconv.FormatUint(binary.BigEndian.Uint64(sum[:])%below+below, 10)
}

func messageID(of string) string {
	sum := sha256.Sum256([]byte(of))
	return hex.EncodeToString(sum[:16])
}

// agentActor is the actor of an agent, whose id here is what digits it has.
func agentActor(id string) string { return "A-" + AgentNumber(id) }

// AgentNumber is the user id by which Writer names an agent.
func AgentNumber(id string) string {
	if n := strings.TrimPrefix(id, "agent-"); agentID(n) != "" {
		return n
	}
	return number("agent", id, 1_000_000)
}

// contact is the CRM's id of a customer.
func (w *Writer) contact(id string) string {
	if known, ok := w.contacts[id]; ok {
		return known
	}
	made := number("contact", id, 1_000_000_000)
	w.contacts[id] = made
	return made
}

// thread is the customer's in that inbox; fresh tells whether it begins.
func (w *Writer) thread(e *event.Event) (id string, fresh bool) {
	contact := w.contact(e.Contact)
	id = number("thread", e.Inbox+"\x00"+contact, 7_000_000_000)
	th, known := w.threads[id]
	if !known {
		th = storedThread{contact: contact, inbox: e.Inbox, channel: whatsApp}
		if e.Channel != "" && e.Channel != provider.WhatsApp {
			th.channel = webChat
		}
	}
	if isPhone(e.Contact) {
		th.phone = e.Contact
	}
	w.threads[id] = th
	return id, !known
}

func isPhone(s string) bool {
	for i := range len(s) {
		if (s[i] < '0' || s[i] > '9') && (i > 0 || s[i] != '+') {
			return false
		}
	}
	return s != ""
}

// feedback stores an answer to a survey and appends that there is one.
func (w *Writer) feedback(b []byte, e *event.Event) []byte {
	id := number("feedback", e.ID, 1_000_000)
	kind := "CSAT"
	if e.Survey == event.SurveyNPS {
		kind = "NPS"
	}
	w.answers[id] = fmt.Appendf(nil, `{"id":%q,"properties":{"hs_value":"%g","hs_survey_type":%q,"hs_survey_channel":"CHAT","hs_submission_timestamp":%q},"associations":{"contacts":{"results":[{"id":%q,"type":"feedback_submission_to_contact"}]}},"archived":false}`,
		id, e.Score, kind, e.Time.UTC().Format(time.RFC3339Nano), w.contact(e.Contact))
	return append(w.head(b, e, "object.creation", id), `,"objectTypeId":"`+feedbackType+`","changeFlag":"CREATED"}`...)
}
