package twilio

import (
	"crypto/sha256"
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

// Writer writes events as Twilio would send them: several requests where Twilio
// sends several. Sids follow from the events' ids, so that an event written
// twice is recognised. It remembers the conversations in progress, a bounded
// number of them.
type Writer struct {
	settings settings
	verifier *verifier

	mu    sync.Mutex
	talks recent[*talk]
	// beside are the queries of the messages that went out beside
	// Conversations, by message.
	beside recent[string]
	// capacity that was told of an agent, by id.
	capacity recent[int]
}

// ErrEvent is wrapped by the errors of Write.
var ErrEvent = fmt.Errorf("twilio %w", provider.ErrEvent)

// talk is a conversation as Twilio keeps it: closed ones stay closed, whatever
// comes after is another one of the same customer.
type talk struct {
	// about is what the canonical conversation is known by; round counts the
	// conversations that Twilio makes of it, task the tasks.
	about          string
	round, task    int
	contact, inbox string
	open, idle     bool
	queued         bool
	reason         string
	index          int
}

// NewWriter makes a writer that signs with the source's auth token. Its error
// wraps ErrConfig.
func NewWriter(cfg config.Source) (*Writer, error) {
	v, err := newVerifier(cfg, func(string) bool { return false })
	if err != nil {
		return nil, err
	}
	return &Writer{settings: newSettings(cfg.Keys), verifier: v}, nil
}

// Write gives the signed requests for events, in their order. Its error wraps
// ErrEvent.
func (w *Writer) Write(events []event.Event) ([]provider.Request, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := &requests{w: w}
	for i := range events {
		e := &events[i]
		if e.Kind != event.AgentState && e.Kind != event.LineChanged && (e.Contact == "" || e.Inbox == "") {
			return nil, fmt.Errorf("event %d of %d, %s: %w: contact or inbox is missing", i+1, len(events), e.Kind, ErrEvent)
		}
		if e.ID == "" {
			return nil, fmt.Errorf("event %d of %d, %s: %w: id is missing", i+1, len(events), e.Kind, ErrEvent)
		}
		out.event(e)
	}
	return out.all, nil
}

// requests are those of one Write.
type requests struct {
	w   *Writer
	all []provider.Request
}

func (o *requests) event(e *event.Event) {
	switch e.Kind {
	case event.MessageReceived:
		if o.w.settings.byMessaging {
			o.inbound(e)
		} else {
			o.messageAdded(e)
		}
	case event.MessageSent:
		if o.w.settings.byMessaging || e.Message.Template.Name != "" {
			o.sent(e)
		} else {
			o.messageAdded(e)
		}
	case event.SurveySent:
		o.sent(e)
	case event.SurveyAnswered:
		if !e.Derived { // the message that is the answer is written already
			o.inbound(e)
		}
	case event.ConsentChanged, event.ContactLinked:
		o.inbound(e)
	case event.MessageStatus:
		o.status(e)
	case event.AgentState:
		o.worker(e)
	default:
		o.change(e)
	}
}

// account is that of all written webhooks.
const account = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

// post signs a form and appends its request. Values that are empty are left
// out, but for Body.
func (o *requests) post(path string, query url.Values, id string, pairs ...string) {
	form := wire.Form{{Name: "AccountSid", Value: account}}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" || pairs[i] == "Body" {
			form = append(form, wire.Pair{Name: pairs[i], Value: pairs[i+1]})
		}
	}
	r := provider.Request{Method: http.MethodPost, Path: path, RawQuery: query.Encode(), Query: query, Header: make(http.Header, 4), Body: form.Encode()}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
	r.Header.Set("User-Agent", "TwilioProxy/1.1")
	r.Header.Set("I-Twilio-Idempotency-Token", sid("", id, path))
	r.Header.Set(signatureHeader, o.w.verifier.sign(&r, form))
	o.all = append(o.all, r)
}

// sign signs a form with the main account's token.
func (v *verifier) sign(r *provider.Request, form wire.Form) string {
	st := signed{pairs: append(wire.Form(nil), form...)}
	st.appendPairs()
	return encodeSignature(v.main.Append(nil, []byte(r.URL(v.bases[0])), st.text))
}

// sid makes one up: the same for the same parts.
func sid(prefix string, parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return prefix + hex.EncodeToString(sum[:16])
}

// messageID: statuses and surveys have ids of their own, the message's is what
// Twilio reports.
func messageID(e *event.Event) string {
	if e.Message.ID != "" {
		return e.Message.ID
	}
	return e.ID
}

// talk gives the conversation of an event.
func (w *Writer) talk(e *event.Event) *talk {
	key := e.Conversation
	if key == "" {
		key = e.Inbox + "\x00" + e.Contact
	}
	t, ok := w.talks.get(key)
	if !ok {
		t = &talk{about: key}
		w.talks.put(key, t)
	}
	t.contact, t.inbox = e.Contact, e.Inbox
	return t
}

func (t *talk) sid() string { return sid("CH", t.about, strconv.Itoa(t.round)) }

func (t *talk) taskSid() string { return sid("WT", t.about, strconv.Itoa(t.task)) }

// isoTime is a time as Conversations write it.
func isoTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// unixTime is a time in seconds, with milliseconds where there are any.
func unixTime(t time.Time) string {
	s := strconv.FormatInt(t.Unix(), 10)
	if ms := t.Nanosecond() / 1e6; ms != 0 {
		s += fmt.Sprintf(".%03d", ms)
	}
	return s
}

// recent keeps what was used last, in two generations as the webhook server
// does.
type recent[V any] struct{ young, old map[string]V }

// maxRecent is how many a Writer knows at least.
const maxRecent = 50_000

func (r *recent[V]) get(key string) (V, bool) {
	if v, ok := r.young[key]; ok {
		return v, true
	}
	v, ok := r.old[key]
	if ok {
		r.put(key, v)
	}
	return v, ok
}

func (r *recent[V]) put(key string, v V) {
	if r.young == nil || len(r.young) >= maxRecent {
		r.young, r.old = make(map[string]V), r.young
	}
	r.young[key] = v
}
