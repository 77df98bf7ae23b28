package webhook

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

const (
	defaultGraphURL    = "https://graph.facebook.com"
	defaultSendTimeout = 25 * time.Second
	// maxSend bounds the body of a send, maxGraphAnswer Meta's answer to it.
	maxSend        = 1 << 20
	maxGraphAnswer = 1 << 20
	// maxSending is how many sends wait for Meta at once.
	maxSending = 128
)

// proxyCodes are exposed from the start; others appear when they are answered.
var proxyCodes = [...]int{
	http.StatusOK, http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound,
	http.StatusMethodNotAllowed, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType,
	http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway,
	http.StatusServiceUnavailable, http.StatusGatewayTimeout,
}

// proxy forwards sends of one source to the Graph API. It keeps no access
// token longer than the request that brings it.
type proxy struct {
	graphURL string
	// token is hashed, so that comparing takes the same time for any length.
	token   [sha256.Size]byte
	encode  func(CallbackInfo) string
	parse   func(string) (CallbackInfo, bool)
	timeout time.Duration
	client  *http.Client

	source     string
	requests   *prometheus.CounterVec
	unrecorded prometheus.Counter
}

func newProxy(o *ProxyOptions) (*proxy, error) {
	base, err := url.Parse(cmp.Or(o.GraphURL, defaultGraphURL))
	switch {
	case err != nil, base.Scheme != "http" && base.Scheme != "https", base.Host == "",
		base.User != nil, base.RawQuery != "", base.Fragment != "":
		return nil, errors.New("graph URL is not a plain http or https address")
	case o.Token == "":
		return nil, errors.New("a token is required; callers present it in X-Helpdesk-Token")
	case o.EncodeCallback == nil || o.ParseCallback == nil:
		return nil, errors.New("functions for the callback data are required")
	case o.Timeout < 0:
		return nil, errors.New("timeout is negative")
	}
	transport := o.Transport
	if transport == nil {
		transport = newTransport()
	}
	return &proxy{
		graphURL: strings.TrimRight(base.String(), "/"),
		token:    sha256.Sum256([]byte(o.Token)),
		encode:   o.EncodeCallback,
		parse:    o.ParseCallback,
		timeout:  orDefault(o.Timeout, defaultSendTimeout),
		client: &http.Client{
			Transport:     transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

func (p *proxy) resolve(m *metrics, source string) {
	p.source, p.requests = source, m.proxied
	for _, code := range proxyCodes {
		m.proxied.WithLabelValues(source, strconv.Itoa(code))
	}
	p.unrecorded = m.unrecorded.WithLabelValues(source)
}

func (p *proxy) answered(status int) {
	code := "other"
	if status >= 200 && status <= 599 {
		code = strconv.Itoa(status)
	}
	p.requests.WithLabelValues(p.source, code).Inc()
}

// sendPath splits <version>/<phone number id>/messages and admits no other
// path to Meta: the caller's access token may be good for much more than
// sending.
func sendPath(rest string) (version, phoneNumberID string, ok bool) {
	version, rest, _ = strings.Cut(rest, "/")
	phoneNumberID, rest, _ = strings.Cut(rest, "/")
	major, minor, dotted := strings.Cut(strings.TrimPrefix(version, "v"), ".")
	ok = rest == "messages" && strings.HasPrefix(version, "v") &&
		digits(major, 3) && (!dotted || digits(minor, 3)) && digits(phoneNumberID, 32)
	return version, phoneNumberID, ok
}

func digits(s string, most int) bool {
	return s != "" && len(s) <= most && strings.Trim(s, "0123456789") == ""
}

// graphAnswer is what the caller gets: Meta's own answer or, in the same form,
// what the proxy has to say.
type graphAnswer struct {
	status int
	header http.Header
	body   []byte
}

func refuseSend(status int, text string) graphAnswer {
	type graphError struct {
		Message string `json:"message"`
		Type    string `json:"type"`
		Code    int    `json:"code"`
	}
	// A struct of strings and an integer cannot fail to encode.
	body, _ := json.Marshal(map[string]graphError{"error": {Message: text, Type: "HelpdeskProxyException", Code: status}})
	return graphAnswer{status: status, header: http.Header{"Content-Type": {"application/json"}}, body: body}
}

func (s *Server) serveSend(src *source, version, phoneNumberID string, w http.ResponseWriter, r *http.Request) {
	a := s.send(src, version, phoneNumberID, r)
	src.proxy.answered(a.status)
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.WriteHeader(a.status)
	// A caller that has gone away learns the outcome from Meta's statuses.
	_, _ = w.Write(a.body)
}

// send checks, forwards and records one message.
func (s *Server) send(src *source, version, phoneNumberID string, r *http.Request) graphAnswer {
	p := src.proxy
	if r.Method != http.MethodPost {
		a := refuseSend(http.StatusMethodNotAllowed, "messages are sent by POST")
		a.header.Set("Allow", http.MethodPost)
		return a
	}
	presented := sha256.Sum256([]byte(r.Header.Get("X-Helpdesk-Token")))
	if subtle.ConstantTimeCompare(presented[:], p.token[:]) != 1 {
		return refuseSend(http.StatusUnauthorized, "X-Helpdesk-Token is missing or wrong")
	}
	waiting := s.sending.Add(1)
	defer s.sending.Add(-1)
	if waiting > maxSending {
		a := refuseSend(http.StatusTooManyRequests, "too many messages are being sent; nothing was sent")
		a.header.Set("Retry-After", "1")
		return a
	}
	query := r.URL.Query()
	if query.Has("access_token") {
		return refuseSend(http.StatusBadRequest, "send the access token in the Authorization header; addresses end up in logs")
	}
	info, err := callbackFromHeader(r.Header)
	if err != nil {
		return refuseSend(http.StatusBadRequest, err.Error())
	}
	body, refusal, ok := readSend(r)
	if !ok {
		return refusal
	}
	msg, err := parseOutgoing(body)
	if err != nil {
		return refuseSend(http.StatusBadRequest, err.Error())
	}
	if body, info, err = p.addCallback(body, msg, info); err != nil {
		return refuseSend(http.StatusBadRequest, err.Error())
	}

	target := p.graphURL + "/" + version + "/" + phoneNumberID + "/messages"
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	// Once Meta has the message its answer is wanted, with the caller or
	// without.
	ctx := context.WithoutCancel(r.Context())
	a, accepted, err := p.forward(ctx, target, r.Header, body)
	if err != nil {
		s.sendLog.Do(func() {
			s.logger.Warn("message could not be forwarded to the Graph API",
				slog.String("source", src.Name), slog.Any("err", err))
		})
	}
	if accepted && msg.isMessage {
		s.record(ctx, src, phoneNumberID, msg, info, a.body)
	}
	return a
}

func readSend(r *http.Request) (body []byte, refusal graphAnswer, ok bool) {
	if encoding := r.Header.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return nil, refuseSend(http.StatusUnsupportedMediaType, "send the message without a Content-Encoding"), false
	}
	if kind := r.Header.Get("Content-Type"); kind != "" && !strings.HasPrefix(strings.ToLower(kind), "application/json") {
		return nil, refuseSend(http.StatusUnsupportedMediaType, "send the message as application/json"), false
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxSend+1))
	switch {
	case len(body) > maxSend:
		return nil, refuseSend(http.StatusRequestEntityTooLarge, fmt.Sprintf("the message is over %d bytes", maxSend)), false
	case err != nil:
		return nil, refuseSend(http.StatusBadRequest, "the message did not arrive whole; nothing was sent"), false
	}
	return body, graphAnswer{}, true
}

// record journals what Meta accepted. The caller's answer does not depend on
// it.
func (s *Server) record(ctx context.Context, src *source, phoneNumberID string, msg outgoing, info CallbackInfo, answer []byte) {
	now := s.opts.Clock()
	ev, ok := msg.event(info, answer)
	if !ok {
		src.proxy.unrecorded.Inc()
		return
	}
	ev.Source, ev.Inbox, ev.Time, ev.Received = src.Name, phoneNumberID, now, now
	if err := s.accept(ctx, src, []event.Event{ev}, now); err != nil {
		src.proxy.unrecorded.Inc()
		s.sinkLog.Do(func() {
			s.logger.Error("sent message could not be journalled", slog.String("source", src.Name), slog.Any("err", err))
		})
	}
}
