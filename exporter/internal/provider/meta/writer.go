package meta

import (
	"encoding/hex"
	"fmt"
	"net/http"
	"sync"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

// ErrEvent is wrapped by Write's errors: an event lacks what a webhook has to
// say.
var ErrEvent = provider.ErrEvent

// Writer writes canonical events as Meta would send them: one request for a
// call, more only beyond Meta's bounds. Messages of the business become
// statuses with callback data and lose their texts, as with Meta; what a human
// without an id wrote becomes an echo and keeps it. Meta has no word for
// assignments, hand-offs, resolutions, labels, notes and presence: they are
// left out.
//
// A Writer may be used concurrently.
type Writer struct {
	signers sync.Pool // *signer
}

// Meta's bounds of one request.
const (
	writeUpdates = 1000
	writeBytes   = 3_000_000
)

// writeAccount is the WhatsApp Business account of all written webhooks.
const writeAccount = "200000000000001"

// NewWriter makes a writer that signs with the source's app secret. Its error
// wraps ErrConfig.
func NewWriter(cfg config.Source) (*Writer, error) {
	if cfg.Secret == "" {
		return nil, fmt.Errorf("%w: the app secret is missing; webhooks cannot be signed without it", ErrConfig)
	}
	w := &Writer{}
	w.signers.New = func() any { return newSigner(string(cfg.Secret)) }
	return w, nil
}

// Write gives the signed requests for events, in their order. A message's id
// becomes the wamid as it is. Its error wraps ErrEvent.
func (w *Writer) Write(events []event.Event) ([]provider.Request, error) {
	var out []provider.Request
	var body envelope
	answered := answeredIn(events)
	for i := range events {
		e := &events[i]
		if e.Kind == event.SurveyAnswered && answered[e.Message.ID] {
			continue // the message that is the answer is written already
		}
		c, ok, err := changeOf(e)
		if err != nil {
			return nil, fmt.Errorf("event %d of %d, %s: %w", i+1, len(events), e.Kind, err)
		}
		if !ok {
			continue
		}
		if body.updates == writeUpdates || body.updates > 0 && body.size()+len(c.value)+len(envelopeEnd)+128 > writeBytes {
			out = append(out, w.request(body.close()))
		}
		body.add(c)
	}
	if body.updates > 0 {
		out = append(out, w.request(body.close()))
	}
	return out, nil
}

// answeredIn finds the messages that are written as answers to a survey: their
// survey.answered event says nothing more.
func answeredIn(events []event.Event) map[string]bool {
	var ids map[string]bool
	for i := range events {
		if e := &events[i]; e.Kind == event.MessageReceived && e.HasScore {
			if ids == nil {
				ids = make(map[string]bool)
			}
			ids[messageID(e)] = true
		}
	}
	return ids
}

func (w *Writer) request(body []byte) provider.Request {
	s := w.signers.Get().(*signer)
	defer w.signers.Put(s)
	h := make(http.Header, 3)
	h.Set("Content-Type", "application/json")
	h.Set("User-Agent", "facebookexternalua")
	h.Set(signatureHeader, signaturePrefix+hex.EncodeToString(s.sign(body)))
	return provider.Request{Method: http.MethodPost, Header: h, Body: body}
}

// written is one changes[] element.
type written struct {
	field string
	// time is the entry's, 0 where the field's entries have none.
	time  int64
	value []byte
}

const envelopeEnd = `]}]}`

// envelope is a body in the making: consecutive changes of one time share an
// entry.
type envelope struct {
	b       []byte
	updates int
	time    int64
}

func (v *envelope) size() int { return len(v.b) }

func (v *envelope) add(c written) {
	switch {
	case v.updates == 0:
		v.b = append(make([]byte, 0, len(c.value)+256), `{"object":"whatsapp_business_account","entry":[`...)
		v.entry(c.time)
	case v.time != c.time:
		v.b = append(v.b, `]},`...)
		v.entry(c.time)
	default:
		v.b = append(v.b, ',')
	}
	v.b = append(v.b, `{"value":`...)
	v.b = append(v.b, c.value...)
	v.b = append(v.b, `,"field":`...)
	v.b = appendString(v.b, c.field)
	v.b = append(v.b, '}')
	v.updates++
}

func (v *envelope) entry(t int64) {
	v.time = t
	o := jsonObject{b: v.b}
	o.open()
	o.str("id", writeAccount)
	if t != 0 {
		o.int("time", t)
	}
	v.b = append(o.b, `,"changes":[`...)
}

// close gives the body and makes room for the next.
func (v *envelope) close() []byte {
	body := append(v.b, envelopeEnd...)
	*v = envelope{}
	return body
}
