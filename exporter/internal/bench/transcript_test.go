package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/api"
	httpapi "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/api"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fold"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/intake"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal/jetstream"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/privacy"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/transcript"
)

// A day of a million messages: so many conversations of eight, and a delivery
// status for every other one.
const (
	dayMessages      = 1_000_000
	dayConversations = dayMessages / 8
)

// held is the folded state as the API asks for it.
type held struct{ state *fold.State }

func (h held) Inspect(_ context.Context, fn func(*fold.State)) error { fn(h.state); return nil }
func (h held) Ready() bool                                           { return true }

// BenchmarkTranscripts measures the index of a million messages, a page of
// conversations, one that no cache has, and a search through all texts, over HTTP
// and a journal on disk.
func BenchmarkTranscripts(b *testing.B) {
	for b.Loop() {
		ctx := context.Background()
		store, err := jetstream.Open(ctx, jetstream.Options{Dir: b.TempDir()})
		if err != nil {
			b.Fatal(err)
		}
		cfg := benchConfig()
		cfg.API.Tokens = []config.APIToken{{Name: "bench", Token: "a-token-for-benchmarks", Scopes: []string{config.ScopeReadMasked}}}
		ring, err := privacy.OpenKeyring(ctx, store.Keys(), newMaster(), privacy.KeyringOptions{Cache: 2 * dayConversations})
		if err != nil {
			b.Fatal(err)
		}
		reader := transcript.NewReader(store.Lane(), ring, 1<<30)
		state, end := writeDay(b, store, ring, cfg)

		// The index alone: what is held after it is read back.
		var pieces [][]byte
		for i := range transcript.Pieces {
			pieces = append(pieces, state.Transcripts().Append(nil, i))
		}
		settle()
		base := heap()
		index := transcript.NewIndex(0)
		for i, p := range pieces {
			if err := index.Restore(i, p); err != nil {
				b.Fatal(err)
			}
		}
		settle()
		size := float64(heap()-base) / (1 << 20)
		runtime.KeepAlive(pieces)
		results.add("index of 1,000,000 messages in 125,000 conversations, with 500,000 delivery statuses", "≤ 64 MiB", "%.0f MiB", size)
		if index.Len() != dayConversations {
			b.Fatalf("%d conversations", index.Len())
		}
		index = nil

		a := httpapi.New(held{state}, cfg, httpapi.Options{Now: func() time.Time { return end }, Logger: slog.New(slog.DiscardHandler), Reader: reader, Records: store.Lane()})
		ask := func(path string, out any) time.Duration {
			r := httptest.NewRequest(http.MethodGet, api.Prefix+path, nil)
			r.Header.Set("Authorization", "Bearer a-token-for-benchmarks")
			w := httptest.NewRecorder()
			began := time.Now()
			a.ServeHTTP(w, r)
			took := time.Since(began)
			if w.Code != 200 {
				b.Fatalf("%s: %d %s", path, w.Code, w.Body)
			}
			if err := json.Unmarshal(w.Body.Bytes(), out); err != nil {
				b.Fatal(err)
			}
			return took
		}
		var page api.Conversations
		var pages, colds []time.Duration
		for range 9 {
			page = api.Conversations{}
			pages = append(pages, ask("conversations?limit=100&team=team&sort=first_response", &page))
			if len(page.Conversations) != 100 {
				b.Fatalf("%d rows", len(page.Conversations))
			}
		}
		results.add("a page of 100 of 125,000 conversations, filtered and sorted", "≤ 20 ms", "%s", round(middle(pages)))
		// Conversations of other hours of the day, which no cache has.
		var some api.Conversations
		ask("conversations?sample=20&seed=1", &some)
		for _, c := range some.Conversations {
			var t api.Transcript
			colds = append(colds, ask("conversations/"+c.ID+"/messages", &t))
			if len(t.Lines) < 8 {
				b.Fatalf("%d lines", len(t.Lines))
			}
		}
		results.add("a conversation that no cache has", "≤ 50 ms", "%s, the slowest of 20 %s", round(middle(colds)), round(slices.Max(colds)))

		began := time.Now()
		warm, stop := context.WithCancel(ctx)
		last, err := store.Lane().State(ctx)
		if err != nil {
			b.Fatal(err)
		}
		done := make(chan struct{})
		go func() {
			reader.Follow(warm, func() uint64 { return last.Last }, time.Now(), slog.New(slog.DiscardHandler))
			close(done)
		}()
		for reader.Stats().EntriesCount < dayMessages+dayMessages/2 && time.Since(began) < time.Minute {
			time.Sleep(10 * time.Millisecond)
		}
		stop()
		<-done
		results.add("reading that day into the cache after a start", "(for scale)", "%s, %d MB", round(time.Since(began)), reader.Stats().BytesSize>>20)
		var found api.Conversations
		took := ask("conversations?q=words+that+nobody+writes", &found)
		if len(found.Conversations) != 0 {
			b.Fatal("found what nobody wrote")
		}
		how := "all of them"
		if found.Cut.Cut {
			how = "cut: " + found.Reason
		}
		results.add("text search through 1,000,000 messages of the last day", "≤ 2 s", "%s, %s", round(took), how)
		b.ReportMetric(size, "index-MiB")
		b.ReportMetric(float64(middle(pages).Microseconds())/1e3, "page-ms")
		b.ReportMetric(float64(middle(colds).Microseconds())/1e3, "cold-ms")
		b.ReportMetric(took.Seconds(), "search-s")
		b.ReportMetric(0, "ns/op")
		reader.Close()
		if err := store.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func middle(list []time.Duration) time.Duration {
	slices.Sort(list)
	return list[len(list)/2]
}

// writeDay journals and folds a day, ten events to a record.
func writeDay(b *testing.B, store *jetstream.Store, ring *privacy.Keyring, cfg *config.Config) (*fold.State, time.Time) {
	b.Helper()
	ctx := context.Background()
	state := fold.New(config.Fold(cfg))
	start := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	var dec record.Decoder
	var c, back record.Commit
	var events []record.Event
	var at time.Time
	flush := func() {
		c.Batches = append(c.Batches[:0], record.Batch{Kind: record.KindEvents, Received: at.UnixNano(), Events: events})
		data := record.AppendCommit(nil, &c)
		seq, err := store.Lane().Append(ctx, "", data)
		if err != nil {
			b.Fatal(err)
		}
		if err := dec.Decode(data, &back); err != nil {
			b.Fatal(err)
		}
		if err := state.Apply(seq, &back, nil); err != nil {
			b.Fatal(err)
		}
		events = events[:0]
	}
	// So many conversations at a time, a message of each in turn.
	const together = 250
	sealKeys := make([]*privacy.Key, together)
	id := uint64(0)
	for first := 0; first < dayConversations; first += together {
		for i := range sealKeys {
			var contact record.Key
			contact[0], contact[1], contact[2], contact[15] = byte((first+i)>>16), byte((first+i)>>8), byte(first+i), byte(first+i)
			contact[3] = 1
			sealKeys[i] = ring.Key(contact)
		}
		if err := ring.Flush(ctx, sealKeys); err != nil {
			b.Fatal(err)
		}
		for n := range 8 {
			for i, key := range sealKeys {
				at = start.Add(time.Duration(first)*24*time.Hour/dayConversations + time.Duration(n*together+i)*80*time.Millisecond)
				id++
				e := record.Event{
					Dedup: id * 0x9e3779b97f4a7c15, Time: at.UnixNano(), Kind: event.MessageReceived, Source: simulatedSource, Inbox: "inbox", Contact: key.Contact(),
					Message: id,
				}
				p := intake.Personal{Text: fmt.Sprintf("Bom dia, o meu pedido número %d ainda não chegou, podem verificar por favor?", id), ContactName: "Nome", Contact: "+5511900000001", MessageID: fmt.Sprint(id)}
				if n%2 == 1 {
					e.Kind, e.Actor, e.Agent = event.MessageSent, event.ActorHuman, record.Agent{ID: fmt.Sprint("agent-", i%20), Team: "team"}
					p.Text = fmt.Sprintf("Olá! Já verifico o pedido %d e respondo em seguida, um momento.", id)
				}
				e.Sealed = key.Seal(nil, p.Append(nil))
				e.KeyRef, _ = key.Ref()
				events = append(events, e)
				if n%2 == 1 {
					id++
					s := record.Event{Dedup: id * 0x9e3779b97f4a7c15, Time: at.UnixNano() + 1e9, Kind: event.MessageStatus, Status: event.StatusDelivered, Source: simulatedSource, Inbox: "inbox", Contact: key.Contact(), Message: e.Message}
					events = append(events, s)
				}
				if len(events) >= 10 {
					flush()
				}
			}
		}
	}
	flush()
	return state, at
}
