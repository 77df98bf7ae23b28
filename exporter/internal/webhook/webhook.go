// Package webhook is the door through which data comes in: an HTTP server of
// its own that takes the webhooks of every configured source, checks and reads
// them with the source's adapter and hands the events to a Sink. It answers 200
// only after the Sink has them on disk. Beside that it offers the send proxy,
// which forwards messages to Meta's Graph API and records what Meta accepted.
//
// The package never looks into an event's text and never writes a text, phone
// number, header value or secret into a log line, a label or an error. What a
// verified source sent and nobody could read is kept, sealed, in the rejected
// log; MaskBody makes it fit to be looked at.
//
// Where vendors say only once whom a conversation is with, events are completed
// from what is remembered (package threads).
//
// Requests block on the Sink, and on the memory's disk where they taught it
// something new or have to wait; each wait has a bound.
package webhook

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/threads"
)

// ErrNotReady is what a Sink returns while it cannot take events yet (the
// journal is being replayed) or any more (the exporter stops). The vendor gets
// 503 and comes again.
var ErrNotReady = errors.New("exporter is not ready to take events")

// Sink takes the events of one request.
//
// Accept returns nil only when all of them are on disk. Errors wrap
// journal.ErrFull, journal.ErrUnavailable, journal.ErrTooLarge or ErrNotReady;
// any other is answered like ErrUnavailable. The request is repeated by its
// sender, so a Sink may have kept a part of it. events and everything they
// refer to belong to the caller again once Accept has returned, after a
// cancelled ctx too. Accept is called concurrently.
type Sink interface {
	Accept(ctx context.Context, source string, events []event.Event, received time.Time) error
}

// Sealer encrypts what is kept for inspection. label separates uses: Open
// fails unless it is given the label of Seal.
type Sealer interface {
	Seal(label string, plaintext []byte) []byte
	Open(label string, sealed []byte) ([]byte, error)
}

// Defaults of Options.
const (
	DefaultMaxBody        = 4 << 20
	DefaultMaxBuffered    = 128 << 20
	DefaultMaxEvents      = 10_000
	DefaultMaxInFlight    = 1024
	DefaultMaxConnections = 2048
	DefaultAcceptTimeout  = 10 * time.Second
)

// Options of a Server. Zero limits mean the defaults above.
type Options struct {
	Logger     *slog.Logger
	Registerer prometheus.Registerer
	// Clock gives the receive time; time.Now where nil.
	Clock   func() time.Time
	Sources []Source
	Sink    Sink
	// Tasks takes what adapters leave to be fetched; nil where none of the
	// sources' does.
	Tasks Tasks
	// Memory has what sources with Remembers were told; one that ends with the
	// process where nil. The Server tidies it while it serves.
	Memory *threads.Memory
	// Rejected takes what could not be read, sealed by Sealer, with the
	// source's name as subject.
	Rejected journal.Log
	Sealer   Sealer

	// MaxBody is the largest body in bytes.
	MaxBody int64
	// MaxBuffered bounds the bytes that all bodies over 64 KiB hold together;
	// beyond it requests get 429.
	MaxBuffered int64
	// MaxEvents is how many events one body may hold.
	MaxEvents int
	// MaxInFlight is how many webhooks are worked on at once.
	MaxInFlight int
	// MaxConnections is how many connections are open at once; more wait in
	// the kernel's backlog.
	MaxConnections int
	// RatePerSecond and Burst bound the requests of each source, those with a
	// wrong signature included. 0 is no bound.
	RatePerSecond float64
	Burst         int
	// AcceptTimeout bounds one call of the Sink.
	AcceptTimeout time.Duration

	// TLSCertFile and TLSKeyFile switch TLS on; both or none. Renewed files
	// are taken up within a minute.
	TLSCertFile, TLSKeyFile string
}

// Source is one configured sender.
type Source struct {
	// Name stands in the path /webhooks/<name> and in the label source.
	Name    string
	Adapter provider.Adapter
	// Channels that count; WhatsApp only where empty.
	Channels []string
	// Inboxes is the allow-list; empty allows every inbox.
	Inboxes []string
	// Paths: what follows /webhooks/<name> in the address is the adapter's to
	// read; without it there is nothing there.
	Paths bool
	// Remembers: events may leave out contact, inbox and channel where earlier
	// ones named them (provider.Thread).
	Remembers bool
	// MalformedStatus answers a body that cannot be read [400], and where it is
	// 200 also one that is too much; UnauthorizedStatus one that is not signed
	// by the source [401]. Some vendors switch a webhook off that does not say
	// 200.
	MalformedStatus, UnauthorizedStatus int
	// Proxy switches the send proxy on.
	Proxy *ProxyOptions
}

// ProxyOptions of a source's send proxy.
type ProxyOptions struct {
	// GraphURL is the base URL without version [https://graph.facebook.com].
	GraphURL string
	// Token is what callers present in X-Helpdesk-Token; required.
	Token string
	// EncodeCallback gives the biz_opaque_callback_data that says who sent a
	// message ("" for nothing to say); ParseCallback reads one and tells
	// whether it follows the convention. Both are required.
	EncodeCallback func(CallbackInfo) string
	ParseCallback  func(string) (CallbackInfo, bool)
	// Timeout of one send, retries included [25s].
	Timeout time.Duration
	// Transport replaces the HTTP transport.
	Transport http.RoundTripper
}

// CallbackInfo is what a sender says about a message it sends through Meta's
// API; empty is unknown.
type CallbackInfo struct {
	Actor event.Actor
	// Agent is an id: of the human who wrote, or whom a survey is about.
	Agent, Team string
	// Template is a name, Survey a name of event.Surveys.
	Template, Survey string
	// Conversation is the sender's own id of the conversation.
	Conversation string
	// Type is one of event.MessageTypes.
	Type string
}

func (o *Options) setDefaults() error {
	for _, required := range []struct {
		name    string
		missing bool
	}{
		{"Logger", o.Logger == nil},
		{"Registerer", o.Registerer == nil},
		{"Sink", o.Sink == nil},
		{"Rejected", o.Rejected == nil},
		{"Sealer", o.Sealer == nil},
	} {
		if required.missing {
			return fmt.Errorf("webhook server: %s is required", required.name)
		}
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	o.MaxBody = orDefault(o.MaxBody, DefaultMaxBody)
	o.MaxBuffered = orDefault(o.MaxBuffered, DefaultMaxBuffered)
	o.MaxEvents = orDefault(o.MaxEvents, DefaultMaxEvents)
	o.MaxInFlight = orDefault(o.MaxInFlight, DefaultMaxInFlight)
	o.MaxConnections = orDefault(o.MaxConnections, DefaultMaxConnections)
	o.AcceptTimeout = orDefault(o.AcceptTimeout, DefaultAcceptTimeout)
	if o.RatePerSecond > 0 && o.Burst == 0 {
		o.Burst = max(1, int(2*o.RatePerSecond))
	}
	for _, limit := range []struct {
		name  string
		value float64
	}{
		{"MaxBody", float64(o.MaxBody)}, {"MaxBuffered", float64(o.MaxBuffered)},
		{"MaxEvents", float64(o.MaxEvents)}, {"MaxInFlight", float64(o.MaxInFlight)},
		{"MaxConnections", float64(o.MaxConnections)}, {"RatePerSecond", o.RatePerSecond},
		{"Burst", float64(o.Burst)}, {"AcceptTimeout", float64(o.AcceptTimeout)},
	} {
		if limit.value < 0 {
			return fmt.Errorf("webhook server: %s is negative", limit.name)
		}
	}
	if (o.TLSCertFile == "") != (o.TLSKeyFile == "") {
		return errors.New("webhook server: TLS needs both a certificate file and a key file")
	}
	return nil
}

func orDefault[T int | int64 | time.Duration](value, def T) T {
	if value == 0 {
		return def
	}
	return value
}
