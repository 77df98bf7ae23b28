package webhook

import (
	"net/http"
	"strconv"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

// reason says why a request was not taken; the closed label of
// helpdesk_webhook_rejected_total.
type reason uint8

const (
	reasonNone reason = iota
	reasonUnauthorized
	reasonMalformed
	reasonPanic
	reasonBodyTooLarge
	reasonTooManyEvents
	reasonContentEncoding
	reasonIncompleteBody
	reasonReadTimeout
	reasonCanceled
	reasonMethod
	reasonHandshake
	reasonRateLimit
	reasonInFlight
	reasonBuffers
	reasonJournalFull
	reasonJournalUnavailable
	reasonNotReady
	reasonRecordTooLarge
	reasonUnknownSource
	reasonUnknownPath
)

var reasons = [...]string{
	reasonUnauthorized:       "unauthorized",
	reasonMalformed:          "malformed",
	reasonPanic:              "panic",
	reasonBodyTooLarge:       "body_too_large",
	reasonTooManyEvents:      "too_many_events",
	reasonContentEncoding:    "content_encoding",
	reasonIncompleteBody:     "incomplete_body",
	reasonReadTimeout:        "read_timeout",
	reasonCanceled:           "canceled",
	reasonMethod:             "method",
	reasonHandshake:          "handshake",
	reasonRateLimit:          "rate_limit",
	reasonInFlight:           "in_flight",
	reasonBuffers:            "buffers",
	reasonJournalFull:        "journal_full",
	reasonJournalUnavailable: "journal_unavailable",
	reasonNotReady:           "not_ready",
	reasonRecordTooLarge:     "record_too_large",
	reasonUnknownSource:      "unknown_source",
	reasonUnknownPath:        "unknown_path",
}

// firstSourceless: reasons from here on happen without a source.
const firstSourceless = reasonUnknownSource

func (r reason) String() string { return reasons[r] }

// codes answered for a known source; a source's own statuses of refusals come on
// top, anything else an adapter's handshake says counts as "other".
var codes = [...]int{
	http.StatusOK, http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden,
	http.StatusMethodNotAllowed, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge,
	http.StatusUnsupportedMediaType, http.StatusTooManyRequests, statusClientClosedRequest,
	http.StatusServiceUnavailable,
}

// Outcomes of keeping a rejected request.
const (
	keptYes     = "kept"
	keptFailed  = "failed"
	keptSkipped = "skipped"
)

// maxIgnored is how many names of ignored things a source may have; the rest
// counts as "other".
const maxIgnored = 50

type metrics struct {
	requests, events, rejected, kept, proxied, unrecorded *prometheus.CounterVec
	lastReceived                                          *prometheus.GaugeVec
	unknownSource, unknownPath, notFound                  prometheus.Counter

	mu sync.Mutex
	// ignored outlives a reload: names are admitted for ever.
	ignored map[string]*ignoredNames
}

func newMetrics() *metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	m := &metrics{
		ignored: make(map[string]*ignoredNames),
		requests: counter("helpdesk_webhook_requests_total",
			"Webhook requests by the HTTP status they were answered with; 499 is a sender that went away.", "source", "code"),
		events: counter("helpdesk_webhook_events_total",
			"Events in webhooks that were taken, by kind; what does not count by a name of its own.", "source", "kind"),
		rejected: counter("helpdesk_webhook_rejected_total",
			"Webhook requests that were not taken, by reason.", "source", "reason"),
		kept: counter("helpdesk_webhook_rejected_kept_total",
			"Unreadable webhooks by whether they could be kept for inspection.", "source", "outcome"),
		proxied: counter("helpdesk_proxy_requests_total",
			"Requests to the send proxy by the HTTP status they were answered with.", "source", "code"),
		unrecorded: counter("helpdesk_proxy_unrecorded_total",
			"Messages that Meta accepted through the send proxy and that could not be recorded.", "source"),
		lastReceived: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "helpdesk_webhook_last_received_timestamp_seconds",
			Help: "When the last verified webhook came in; 0 before the first.",
		}, []string{"source"}),
	}
	m.unknownSource = m.rejected.WithLabelValues("", reasonUnknownSource.String())
	m.unknownPath = m.rejected.WithLabelValues("", reasonUnknownPath.String())
	m.notFound = m.requests.WithLabelValues("", "404")
	return m
}

func (m *metrics) register(r prometheus.Registerer) error {
	for _, c := range []prometheus.Collector{
		m.requests, m.events, m.rejected, m.kept, m.proxied, m.unrecorded, m.lastReceived,
	} {
		if err := r.Register(c); err != nil {
			return err
		}
	}
	return nil
}

// sourceMetrics holds a source's counters, so that a request looks none up by
// its labels.
type sourceMetrics struct {
	name    string
	all     *metrics
	codes   map[int]prometheus.Counter
	other   prometheus.Counter
	reasons [len(reasons)]prometheus.Counter
	kinds   [len(event.Kinds)]prometheus.Counter
	// otherChannel and otherInbox count what a configured filter left out,
	// noMessage reactions, edits and deletions, noThread what was given up because nobody knows the customer or inbox,
	// sameThread merges of what is one thread here.
	otherChannel, otherInbox, noMessage, noThread, sameThread prometheus.Counter

	lastReceived prometheus.Gauge
	ignored      *ignoredNames
}

func (m *metrics) source(name string) *sourceMetrics {
	m.mu.Lock()
	defer m.mu.Unlock()
	names := m.ignored[name]
	if names == nil {
		names = &ignoredNames{counters: make(map[string]prometheus.Counter)}
		m.ignored[name] = names
	}
	return &sourceMetrics{name: name, all: m, ignored: names}
}

// initialise creates every series of the table's sources that is known
// beforehand, at 0.
func (m *metrics) initialise(t *table) {
	for _, src := range t.sources {
		src.metrics.resolve(src.MalformedStatus, src.UnauthorizedStatus)
		if src.threads != nil {
			src.metrics.noThread = m.events.WithLabelValues(src.Name, noThread)
			src.metrics.sameThread = m.events.WithLabelValues(src.Name, "same_thread")
		}
		if src.proxy != nil {
			src.proxy.resolve(m, src.Name)
		}
	}
}

func (s *sourceMetrics) resolve(own ...int) {
	m := s.all
	s.codes = make(map[int]prometheus.Counter, len(codes)+len(own))
	for _, code := range append(own, codes[:]...) {
		s.codes[code] = m.requests.WithLabelValues(s.name, strconv.Itoa(code))
	}
	s.other = m.requests.WithLabelValues(s.name, "other")
	for r := reasonNone + 1; r < firstSourceless; r++ {
		s.reasons[r] = m.rejected.WithLabelValues(s.name, r.String())
	}
	for k, name := range event.Kinds {
		if name != "" {
			s.kinds[k] = m.events.WithLabelValues(s.name, name)
		}
	}
	s.otherChannel = m.events.WithLabelValues(s.name, "other_channel")
	s.otherInbox = m.events.WithLabelValues(s.name, "other_inbox")
	s.noMessage = m.events.WithLabelValues(s.name, "no_message")
	for _, outcome := range []string{keptYes, keptFailed, keptSkipped} {
		m.kept.WithLabelValues(s.name, outcome)
	}
	s.lastReceived = m.lastReceived.WithLabelValues(s.name)
}

func (s *sourceMetrics) answered(code int) {
	if c := s.codes[code]; c != nil {
		c.Inc()
		return
	}
	s.other.Inc()
}

// took counts the events of a request that is on disk.
func (s *sourceMetrics) took(t *tally, ignored map[string]int) {
	for k, n := range t.kinds {
		if n > 0 && s.kinds[k] != nil {
			s.kinds[k].Add(float64(n))
		}
	}
	if t.otherChannel > 0 {
		s.otherChannel.Add(float64(t.otherChannel))
	}
	if t.otherInbox > 0 {
		s.otherInbox.Add(float64(t.otherInbox))
	}
	if t.noMessage > 0 {
		s.noMessage.Add(float64(t.noMessage))
	}
	if t.sameThread > 0 {
		s.sameThread.Add(float64(t.sameThread))
	}
	if t.noThread > 0 {
		s.noThread.Add(float64(t.noThread))
	}
	for name, n := range ignored {
		if n > 0 {
			s.ignoredCounter(name).Add(float64(n))
		}
	}
}

// ignoredNames admits names first come for ever: adapters take some of them
// from what the vendor sends.
type ignoredNames struct {
	mu       sync.RWMutex
	counters map[string]prometheus.Counter
}

func (s *sourceMetrics) ignoredCounter(name string) prometheus.Counter {
	names := s.ignored
	names.mu.RLock()
	c := names.counters[name]
	names.mu.RUnlock()
	if c != nil {
		return c
	}
	names.mu.Lock()
	defer names.mu.Unlock()
	if !plainName(name) || len(names.counters) >= maxIgnored && names.counters[name] == nil {
		name = "other"
	}
	if names.counters[name] == nil {
		names.counters[name] = s.all.events.WithLabelValues(s.name, name)
	}
	return names.counters[name]
}

// plainName admits 1 to 40 of a-z and underscore.
func plainName(name string) bool {
	if name == "" || len(name) > 40 {
		return false
	}
	for i := range len(name) {
		if c := name[i]; (c < 'a' || c > 'z') && c != '_' {
			return false
		}
	}
	return true
}
