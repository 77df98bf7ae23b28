// Package provider is the contract between a vendor's webhooks and the
// exporter: an Adapter checks and reads the requests of one vendor, a Writer
// speaks the vendor's dialect for simulations, and a Spec says all there is to
// know of both. One folder a vendor, one line in the table of package
// providers; docs/adding-a-provider.md tells the steps.
//
// Adapters do no I/O and keep no state between requests; they may be used
// concurrently. What one event says and a later one leaves out (which contact a
// conversation is with, over which channel) the webhook server remembers for
// them: see Thread.
package provider

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

var (
	// ErrUnauthorized: signature, token or timestamp is missing or wrong.
	ErrUnauthorized = errors.New("request is not signed by the source")
	// ErrMalformed: the body cannot be read; wrapped with where and why, never
	// with the body's own text.
	ErrMalformed = errors.New("body cannot be read")
	// ErrConfig is wrapped by the errors of Spec.New and Spec.NewWriter: the
	// source cannot be used as it is configured. No error repeats a secret.
	ErrConfig = errors.New("source is not usable")
	// ErrEvent is wrapped by the errors of Writer.Write: an event lacks what a
	// webhook has to say.
	ErrEvent = errors.New("event cannot be written as a webhook")
)

// Request is one webhook as it came in. Body holds the raw bytes, over which
// vendors sign; nobody changes them.
type Request struct {
	Method string
	// Path is what follows /webhooks/<source> in the address, as it came and
	// with its escapes: empty, or "/" and more. Only providers whose Spec says
	// Paths get requests with one.
	Path string
	// RawQuery is the query as it came, Query the same read. A Writer may give
	// Query alone.
	RawQuery string
	Query    url.Values
	Header   http.Header
	Body     []byte
	// Received is the exporter's clock: the time of events that bear none.
	Received time.Time
}

// URL is the address that the vendor called, byte for byte, where base is the
// public address of /webhooks/<source> (vendors that sign the address sign
// this one, whatever a proxy made of it).
func (r *Request) URL(base string) string {
	if r.RawQuery == "" {
		return base + r.Path
	}
	return base + r.Path + "?" + r.RawQuery
}

// Result is what an adapter found in a request.
type Result struct {
	// Events in the order of the body. Their texts may alias Request.Body
	// through the parser only until Adapt is called again on the same Buffer.
	Events []event.Event
	// Ignored counts what was understood and is of no interest, by a short
	// name ("reaction", "history", "group"), and what was not understood
	// ("unknown_field"). Names are 1 to 40 of a-z and _.
	Ignored map[string]int
	// Threads are what the request tells about conversations beyond what its
	// events say themselves.
	Threads []Thread
	// Tasks are what has to be fetched before it means anything; only providers
	// whose Spec has NewFetcher make any.
	Tasks []Task
}

// Ignore counts something that makes no event.
func (r *Result) Ignore(name string) {
	if r.Ignored == nil {
		r.Ignored = make(map[string]int)
	}
	r.Ignored[name]++
}

// Thread says whom a vendor's conversation is with, and where. Empty fields are
// not known.
//
// The webhook server remembers it, for a bounded number of conversations, and
// completes later events: by Conversation an event's contact, inbox and
// channel, by Contact its inbox and channel, by Inbox its channel. Every event that
// names both a key and what it stands for teaches the same, so that Threads is
// for requests that make no event ("a participant joined"). An event whose
// contact or inbox nobody knows waits for it some minutes, and is then left out
// and counted as no_thread.
type Thread struct {
	Conversation, Contact, Inbox string
	// Channel in lower case, "whatsapp" included: here it means "known to be".
	Channel string
}

// WhatsApp is the channel of events that name none.
const WhatsApp = "whatsapp"

// Adapter reads one source's webhooks.
type Adapter interface {
	// Verify checks that the request is the source's own: its error wraps
	// ErrUnauthorized. It looks at raw bytes only.
	Verify(r *Request) error
	// Adapt turns a verified request into events, appended to res, which the
	// caller has emptied. Its error wraps ErrMalformed, and res then holds no
	// events. What is not known is counted in res.Ignored and is no error.
	Adapt(r *Request, res *Result) error
}

// Handshaker is an Adapter whose vendor asks by GET before it sends: the
// answer's status and plain-text body.
type Handshaker interface {
	Handshake(query url.Values) (status int, body string)
}

// Writer turns canonical events into signed requests as the vendor would send
// them, for simulations. It may be used concurrently.
type Writer interface {
	// Write gives the requests that a vendor would send for events, signed;
	// events that the vendor has no word for are left out. Its error wraps
	// ErrEvent.
	Write(events []event.Event) ([]Request, error)
}
