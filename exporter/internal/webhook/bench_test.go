package webhook

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

// freeAdapter finds one event and takes no time for it.
type freeAdapter struct{}

func (freeAdapter) Verify(*provider.Request) error { return nil }

func (freeAdapter) Adapt(r *provider.Request, res *provider.Result) error {
	res.Events = append(res.Events, event.Event{Kind: event.MessageReceived, Inbox: "300", Time: r.Received})
	return nil
}

type noopSink struct{}

func (noopSink) Accept(context.Context, string, []event.Event, time.Time) error { return nil }

type discardWriter struct{ header http.Header }

func (w *discardWriter) Header() http.Header         { return w.header }
func (w *discardWriter) Write(b []byte) (int, error) { return len(b), nil }
func (w *discardWriter) WriteHeader(int)             {}

// BenchmarkHandler is what the server adds to verifying, adapting and
// journalling a webhook of 600 bytes.
func BenchmarkHandler(b *testing.B) {
	s, err := New(Options{
		Logger: slog.New(slog.DiscardHandler), Registerer: prometheus.NewRegistry(),
		Sources: []Source{{Name: "desk", Adapter: freeAdapter{}, Inboxes: []string{"300", "301"}}},
		Sink:    noopSink{}, Rejected: &fakeLog{}, Sealer: newSealer(b),
	})
	if err != nil {
		b.Fatal(err)
	}
	payload := bytes.Repeat([]byte("x"), 600)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		body := bytes.NewReader(payload)
		request := httptest.NewRequest("POST", "/webhooks/desk", nil)
		// As under net/http, where a request's context can be cancelled.
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		request = request.WithContext(ctx)
		request.ContentLength = int64(len(payload))
		request.Body = io.NopCloser(body)
		w := &discardWriter{header: make(http.Header)}
		for pb.Next() {
			body.Reset(payload)
			s.ServeHTTP(w, request)
		}
	})
}

func BenchmarkMaskBody(b *testing.B) {
	body := []byte(`[` + metaMessage + `]`)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		MaskBody(body)
	}
}
