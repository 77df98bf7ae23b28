package webhook

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

// Paths of the two kinds of requests.
const (
	webhookPath = "/webhooks/"
	graphPath   = "/graph/"
)

// statusClientClosedRequest is counted where the sender went away before its
// answer; nobody reads it.
const statusClientClosedRequest = 499

// verdict is how a request ends. The zero reason means it was taken.
type verdict struct {
	status int
	reason reason
	// retryAfter in seconds; 0 leaves the header out.
	retryAfter int
	// text explains a refusal to who set the webhook up. It holds nothing of
	// the request but field names.
	text string
	// closes the connection, because the rest of the body will not be read.
	closes bool
}

var taken = verdict{status: http.StatusOK}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	t := s.table.Load()
	// Escapes stay as they came: adapters sign what the vendor called.
	if address, ok := strings.CutPrefix(r.URL.EscapedPath(), webhookPath); ok {
		name, path := address, ""
		if i := strings.IndexByte(address, '/'); i >= 0 {
			name, path = address[:i], address[i:]
		}
		if src := t.sources[name]; src != nil && (path == "" || src.Paths) {
			s.serveSource(src, path, w, r)
			return
		}
		s.metrics.unknownSource.Inc()
		s.notFound(w, "there is no source of this name; see `sources` in the configuration")
		return
	}
	if rest, ok := strings.CutPrefix(r.URL.Path, graphPath); ok {
		if version, id, ok := sendPath(rest); ok {
			if src := t.proxyFor(id); src != nil {
				s.serveSend(src, version, id, w, r)
				return
			}
		}
	}
	s.metrics.unknownPath.Inc()
	s.notFound(w, "webhooks are posted to /webhooks/<source>")
}

func (s *Server) notFound(w http.ResponseWriter, text string) {
	s.metrics.notFound.Inc()
	answer(w, verdict{status: http.StatusNotFound, text: text})
}

func (s *Server) serveSource(src *source, path string, w http.ResponseWriter, r *http.Request) {
	var v verdict
	handshaker, shakes := src.Adapter.(provider.Handshaker)
	switch {
	case r.Method == http.MethodPost:
		v = s.receive(src, path, r)
	case r.Method == http.MethodGet && shakes:
		v = s.handshake(src, handshaker, r)
	default:
		allow := http.MethodPost
		if shakes {
			allow = "GET, POST"
		}
		w.Header().Set("Allow", allow)
		v = verdict{status: http.StatusMethodNotAllowed, reason: reasonMethod, text: "webhooks are sent by POST"}
	}
	src.metrics.answered(v.status)
	if v.reason != reasonNone {
		src.metrics.reasons[v.reason].Inc()
	}
	answer(w, v)
}

// answer writes a verdict. What was taken has an empty body.
func answer(w http.ResponseWriter, v verdict) {
	header := w.Header()
	if v.retryAfter > 0 {
		header.Set("Retry-After", strconv.Itoa(v.retryAfter))
	}
	if v.closes {
		header.Set("Connection", "close")
	}
	if v.text == "" {
		w.WriteHeader(v.status)
		return
	}
	header.Set("Content-Type", "text/plain; charset=utf-8")
	header.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(v.status)
	// A sender that has gone away does not need the explanation.
	_, _ = w.Write([]byte(v.text))
}

// admit takes a place among the requests in flight, which the caller gives
// back by leave, or says why there is none.
func (s *Server) admit(src *source, now time.Time) (v verdict, ok bool) {
	if s.inFlight.Add(1) > int64(s.opts.MaxInFlight) {
		s.leave()
		return verdict{status: http.StatusTooManyRequests, reason: reasonInFlight, retryAfter: 1,
			text: "too many requests are being worked on"}, false
	}
	if src.limiter != nil && !src.limiter.AllowN(now, 1) {
		s.leave()
		return verdict{status: http.StatusTooManyRequests, reason: reasonRateLimit, retryAfter: 1,
			text: "this source sends too fast"}, false
	}
	return verdict{}, true
}

func (s *Server) leave() { s.inFlight.Add(-1) }

// receive takes one webhook from its body to the journal.
func (s *Server) receive(src *source, path string, r *http.Request) verdict {
	received := s.opts.Clock()
	if v, ok := s.admit(src, received); !ok {
		return v
	}
	defer s.leave()

	sc := s.borrow()
	defer s.giveBack(sc)
	if v, ok := s.readBody(sc, r); !ok {
		if v.reason == reasonBodyTooLarge {
			v = src.tooMuch(v)
		}
		return v
	}
	sc.request = provider.Request{Method: r.Method, Path: path, RawQuery: r.URL.RawQuery, Header: r.Header, Body: sc.body, Received: received}
	if r.URL.RawQuery != "" {
		sc.request.Query = r.URL.Query()
	}

	refusal, err := s.read(src, sc)
	switch refusal {
	case reasonNone:
	case reasonUnauthorized:
		v := verdict{status: src.UnauthorizedStatus, reason: refusal, text: provider.ErrUnauthorized.Error()}
		if v.status < 300 {
			v.text = ""
		}
		return v
	default:
		return s.unreadable(src, sc, refusal, err)
	}

	if len(sc.result.Events) > s.opts.MaxEvents {
		s.keep(src, sc, reasonTooManyEvents, "")
		return src.tooMuch(verdict{status: http.StatusRequestEntityTooLarge, reason: reasonTooManyEvents,
			text: "the body holds more than " + strconv.Itoa(s.opts.MaxEvents) + " events"})
	}
	var t tally
	if err := s.take(r.Context(), src, &sc.result, received, &t, sc.envelope); err != nil {
		return s.refusedBySink(src, sc, r, err)
	}
	if len(sc.result.Tasks) > 0 {
		if err := s.leaveTasks(r, src, sc.result.Tasks, received); err != nil {
			return s.refusedBySink(src, sc, r, err)
		}
	}
	src.metrics.took(&t, sc.result.Ignored)
	return taken
}

// read runs the adapter. A panic in it is a body that cannot be read: what a
// vendor thinks up next must not take the server down.
func (s *Server) read(src *source, sc *scratch) (refusal reason, err error) {
	defer func() {
		if p := recover(); p != nil {
			refusal, err = reasonPanic, nil
			s.reportPanic(adapterPanicked, src, p)
		}
	}()
	if err := src.Adapter.Verify(&sc.request); err != nil {
		return reasonUnauthorized, err
	}
	sc.verified = true
	src.metrics.lastReceived.Set(float64(sc.request.Received.UnixMilli()) / 1e3)
	if err := src.Adapter.Adapt(&sc.request, &sc.result); err != nil {
		return reasonMalformed, err
	}
	return reasonNone, nil
}

// unreadable answers what the adapter cannot read, and keeps it if it really
// came from the source.
func (s *Server) unreadable(src *source, sc *scratch, why reason, err error) verdict {
	v := verdict{status: src.MalformedStatus, reason: why, text: "this body could not be read"}
	detail := ""
	if err != nil {
		detail = err.Error()
		v.text = detail
	}
	if v.status < 300 {
		v.text = ""
	}
	if sc.verified {
		s.keep(src, sc, why, detail)
	}
	return v
}

// tooMuch is the answer to what was read and holds too much: to send it again
// would help as little as with an unreadable body.
func (src *source) tooMuch(v verdict) verdict {
	if src.MalformedStatus < 300 {
		v.status, v.text = src.MalformedStatus, ""
	}
	return v
}

// handshake answers the vendor's question before it sends.
func (s *Server) handshake(src *source, h provider.Handshaker, r *http.Request) (v verdict) {
	if v, ok := s.admit(src, s.opts.Clock()); !ok {
		return v
	}
	defer s.leave()
	defer func() {
		if p := recover(); p != nil {
			s.reportPanic(adapterPanicked, src, p)
			v = verdict{status: http.StatusBadRequest, reason: reasonPanic}
		}
	}()
	v.status, v.text = h.Handshake(r.URL.Query())
	if v.status < 200 || v.status > 599 {
		v.status = http.StatusBadRequest
	}
	if v.status >= 300 {
		v.reason = reasonHandshake
	}
	return v
}
