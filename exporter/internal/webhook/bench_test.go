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
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal/jetstream"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/threads"
)

// freeAdapter finds one event and takes no time for it.
type freeAdapter struct{}

func (freeAdapter) Verify(*provider.Request) error { return nil }

func (freeAdapter) Adapt(r *provider.Request, res *provider.Result) error {
	res.Events = append(res.Events, event.Event{Kind: event.MessageReceived, Inbox: "300", Time: r.Received})
	return nil
}

// knowsAll finds one message that says all, and one that leaves out whose it is.
type knowsAll struct{ freeAdapter }

func (knowsAll) Adapt(r *provider.Request, res *provider.Result) error {
	res.Events = append(res.Events,
		event.Event{ID: "1", Kind: event.MessageReceived, Conversation: "v1", Contact: phoneOfContact, Inbox: "300", Time: r.Received},
		event.Event{ID: "2", Kind: event.MessageSent, Conversation: "v1", Time: r.Received})
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
func BenchmarkHandler(b *testing.B) { benchmarkHandler(b, freeAdapter{}, nil) }

// BenchmarkThreads is the same of two events, with and without a memory that is
// on a disk: the difference is what a request pays that teaches nothing.
func BenchmarkThreads(b *testing.B) {
	b.Run("without", func(b *testing.B) { benchmarkHandler(b, knowsAll{}, nil) })
	b.Run("with", func(b *testing.B) {
		store, err := jetstream.Open(b.Context(), jetstream.Options{Dir: b.TempDir()})
		if err != nil {
			b.Fatal(err)
		}
		defer store.Close()
		memory, err := threads.Open(b.Context(), threads.Options{Log: store.Threads(), Sealer: newSealer(b)})
		if err != nil {
			b.Fatal(err)
		}
		benchmarkHandler(b, knowsAll{}, memory)
	})
}

func benchmarkHandler(b *testing.B, adapter provider.Adapter, memory *threads.Memory) {
	s, err := New(Options{
		Logger: slog.New(slog.DiscardHandler), Registerer: prometheus.NewRegistry(), Memory: memory,
		Sources: []Source{{Name: "desk", Adapter: adapter, Inboxes: []string{"300", "301"}, Remembers: memory != nil}},
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
