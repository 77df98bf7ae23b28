package webhook

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/common/expfmt"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

var testNow = time.Date(2026, 1, 1, 12, 0, 0, 500e6, time.UTC)

const (
	secretOfSource = "canary-app-secret"
	textOfCustomer = "Zqxvwk"
	phoneOfContact = "5511900000001"
)

// signedAdapter speaks a small dialect of its own: a JSON array of objects,
// signed by HMAC like Meta's.
type signedAdapter struct {
	adapt func(r *provider.Request, res *provider.Result) error
}

type wireEvent struct {
	Kind, Channel, Inbox, Type, Text string
}

func (a *signedAdapter) Verify(r *provider.Request) error {
	got, err := hex.DecodeString(r.Header.Get("X-Signature"))
	if err != nil || !hmac.Equal(got, sign(r.Body)) {
		return provider.ErrUnauthorized
	}
	return nil
}

func sign(body []byte) []byte {
	mac := hmac.New(sha256.New, []byte(secretOfSource))
	mac.Write(body)
	return mac.Sum(nil)
}

func (a *signedAdapter) Adapt(r *provider.Request, res *provider.Result) error {
	if a.adapt != nil {
		return a.adapt(r, res)
	}
	var events []wireEvent
	if err := json.Unmarshal(r.Body, &events); err != nil {
		return fmt.Errorf("%w: not an array of events", provider.ErrMalformed)
	}
	for i, e := range events {
		kind := event.Kind(max(0, slices.Index(event.Kinds[:], e.Kind)))
		if kind == event.KindInvalid {
			res.Ignored[e.Kind]++
			continue
		}
		res.Events = append(res.Events, event.Event{
			ID: fmt.Sprint(i), Time: r.Received, Kind: kind, Channel: e.Channel, Inbox: e.Inbox,
			Message: event.Message{Type: e.Type, Text: e.Text},
		})
	}
	return nil
}

// shakingAdapter also answers a vendor's GET.
type shakingAdapter struct{ signedAdapter }

func (*shakingAdapter) Handshake(query url.Values) (int, string) {
	switch query.Get("token") {
	case "right":
		return http.StatusOK, query.Get("challenge")
	case "panic":
		panic(textOfCustomer)
	}
	return http.StatusForbidden, "wrong token"
}

// fakeSink remembers what it took and answers err.
type fakeSink struct {
	mu     sync.Mutex
	events []event.Event
	calls  int
	err    error
	// refuse is the id of an event that is too large.
	refuse string
	accept func(ctx context.Context) error
}

func (s *fakeSink) Accept(ctx context.Context, source string, events []event.Event, received time.Time) error {
	if s.accept != nil {
		if err := s.accept(ctx); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	if s.err != nil {
		return s.err
	}
	if s.refuse != "" && slices.ContainsFunc(events, func(ev event.Event) bool { return ev.ID == s.refuse }) {
		return journal.ErrTooLarge
	}
	for _, ev := range events {
		if ev.Source != source || !ev.Received.Equal(received) {
			return errors.New("event is not stamped")
		}
		s.events = append(s.events, ev)
	}
	return nil
}

func (s *fakeSink) taken() []event.Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.events)
}

// fakeLog is as much of a journal.Log as the rejected store asks for.
type fakeLog struct {
	journal.Log
	mu      sync.Mutex
	entries []journal.Entry
	err     error
}

func (l *fakeLog) Append(_ context.Context, subject string, data []byte) (uint64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return 0, l.err
	}
	if len(data) > journal.MaxRecord {
		return 0, journal.ErrTooLarge
	}
	seq := uint64(len(l.entries) + 1)
	l.entries = append(l.entries, journal.Entry{Seq: seq, Subject: subject, Written: testNow, Data: bytes.Clone(data)})
	return seq, nil
}

func (l *fakeLog) Read(_ context.Context, from uint64, fn func(journal.Entry) error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.entries {
		if e.Seq < from {
			continue
		}
		// The data is the reader's during the call only.
		e.Data = bytes.Clone(e.Data)
		if err := fn(e); err != nil {
			return err
		}
		clear(e.Data)
	}
	return nil
}

func (l *fakeLog) State(context.Context) (journal.State, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return journal.State{}, l.err
	}
	return journal.State{First: 1, Last: uint64(len(l.entries))}, nil
}

func (l *fakeLog) len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.entries)
}

type gcmSealer struct{ aead cipher.AEAD }

func newSealer(t testing.TB) gcmSealer {
	t.Helper()
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		t.Fatal(err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		t.Fatal(err)
	}
	return gcmSealer{aead}
}

func (s gcmSealer) Seal(label string, plain []byte) []byte {
	return s.aead.Seal(nil, nil, plain, []byte(label))
}

func (s gcmSealer) Open(label string, sealed []byte) ([]byte, error) {
	return s.aead.Open(nil, nil, sealed, []byte(label))
}

// world is a server with everything around it.
type world struct {
	t        *testing.T
	server   *Server
	registry *prometheus.Registry
	sink     *fakeSink
	rejected *fakeLog
	sealer   gcmSealer
	logs     *bytes.Buffer
}

// newWorld makes a server with a source "desk" that change may alter.
func newWorld(t *testing.T, change func(*Options)) *world {
	t.Helper()
	w := &world{
		t: t, registry: prometheus.NewPedanticRegistry(), sink: &fakeSink{}, rejected: &fakeLog{},
		sealer: newSealer(t), logs: &bytes.Buffer{},
	}
	opts := Options{
		Logger:     slog.New(slog.NewTextHandler(w.logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Registerer: w.registry, Clock: func() time.Time { return testNow },
		Sources: []Source{{Name: "desk", Adapter: &signedAdapter{}}},
		Sink:    w.sink, Rejected: w.rejected, Sealer: w.sealer,
	}
	if change != nil {
		change(&opts)
	}
	var err error
	if w.server, err = New(opts); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.checkNothingLeaks)
	t.Cleanup(w.checkAtRest)
	return w
}

// checkNothingLeaks holds after every test: logs, metrics and the rejected log
// hold nothing of what people said and no secret.
func (w *world) checkNothingLeaks() {
	w.t.Helper()
	var exposition bytes.Buffer
	families, err := w.registry.Gather()
	if err != nil {
		w.t.Error(err)
	}
	for _, f := range families {
		if _, err := expfmt.MetricFamilyToText(&exposition, f); err != nil {
			w.t.Error(err)
		}
	}
	places := map[string]string{"logs": w.logs.String(), "metrics": exposition.String()}
	for _, e := range w.rejected.entries {
		places[fmt.Sprintf("rejected record %d", e.Seq)] = string(e.Data)
	}
	for name, place := range places {
		for _, secret := range []string{textOfCustomer, phoneOfContact, "canary"} {
			if strings.Contains(place, secret) {
				w.t.Errorf("%s hold %q:\n%s", name, secret, place)
			}
		}
	}
}

// checkAtRest: every place that a request took was given back.
func (w *world) checkAtRest() {
	w.t.Helper()
	for name, n := range map[string]int64{
		"in flight": w.server.inFlight.Load(), "buffered": w.server.buffered.Load(), "sending": w.server.sending.Load(),
	} {
		if n != 0 {
			w.t.Errorf("%s is %d after the last request", name, n)
		}
	}
}

func (w *world) do(r *http.Request) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	w.server.ServeHTTP(rec, r)
	return rec
}

// post makes a signed request to the source "desk".
func post(body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/webhooks/desk", strings.NewReader(body))
	r.Header.Set("X-Signature", hex.EncodeToString(sign([]byte(body))))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer canary-authorization")
	return r
}

func (w *world) counter(vec *prometheus.CounterVec, labels ...string) float64 {
	w.t.Helper()
	return testutil.ToFloat64(vec.WithLabelValues(labels...))
}

func (w *world) wantCounter(vec *prometheus.CounterVec, want float64, labels ...string) {
	w.t.Helper()
	if got := w.counter(vec, labels...); got != want {
		w.t.Errorf("counter %v = %v, want %v", labels, got, want)
	}
}

const oneMessage = `[{"Kind":"message.received","Inbox":"300","Text":"` + textOfCustomer + " " + phoneOfContact + `"}]`
