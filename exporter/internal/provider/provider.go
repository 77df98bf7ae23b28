// Package provider is the contract between a vendor's webhooks and the
// exporter: an Adapter checks and reads the requests of one vendor. One folder
// a vendor, one line in the table of package providers.
//
// Adapters do no I/O and keep no state between requests; they may be used
// concurrently.
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
)

// Request is one webhook as it came in. Body holds the raw bytes, over which
// vendors sign; nobody changes them.
type Request struct {
	Method   string
	Header   http.Header
	Query    url.Values
	Body     []byte
	Received time.Time
}

// Result is what an adapter found in a request.
type Result struct {
	// Events in the order of the body. Their texts may alias Request.Body
	// through the parser only until Adapt is called again on the same Buffer.
	Events []event.Event
	// Ignored counts what was understood and is of no interest, by a short
	// name ("reaction", "history", "group"), and what was not understood
	// ("unknown_field").
	Ignored map[string]int
}

// Adapter reads one source's webhooks.
type Adapter interface {
	// Verify checks that the request is the source's own: its error wraps
	// ErrUnauthorized. It looks at raw bytes only.
	Verify(r *Request) error
	// Adapt turns a verified request into events, appended to res, which the
	// caller has emptied. Its error wraps ErrMalformed.
	Adapt(r *Request, res *Result) error
}

// Handshaker is an Adapter whose vendor asks by GET before it sends: the
// answer's status and plain-text body.
type Handshaker interface {
	Handshake(query url.Values) (status int, body string)
}

// Writer turns canonical events into signed requests as the vendor would send
// them, for simulations.
type Writer interface {
	// Write gives the requests that a vendor would send for events, signed;
	// events that the vendor has no word for are left out.
	Write(events []event.Event) ([]Request, error)
}
