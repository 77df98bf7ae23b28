package bench

import (
	"context"
	"encoding/binary"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fold"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/intake"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/privacy"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/providers"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
)

const openConversations = 1_000_000

// BenchmarkOpenConversations holds a million conversations open, each of its
// own contact: half wait for their first answer, half were answered once. It
// measures their memory, the parts of a snapshot (the loop stands still while
// one is encoded) and the restoring of it.
func BenchmarkOpenConversations(b *testing.B) {
	for b.Loop() {
		settle()
		base := heap()
		s, events := million(b)
		settle()
		per := float64(heap()-base) / openConversations
		if n := s.Open(); n != openConversations {
			b.Fatalf("%d conversations are open", n)
		}
		b.ReportMetric(per, "B/conversation")
		b.ReportMetric(float64(events)/openConversations, "events/conversation")

		parts, pauses, worst := snapshot(s)
		size := 0
		for _, p := range parts {
			size += len(p)
		}
		b.Logf("pauses %v", pauses)
		longest := slices.Max(pauses)
		b.ReportMetric(float64(longest.Microseconds())/1e3, "longest-pause-ms")
		b.ReportMetric(float64(worst.Microseconds())/1e3, "worst-pause-ms")
		b.ReportMetric(float64(size)/openConversations, "snapshot-B/conversation")

		runtime.KeepAlive(s)
		s = nil
		settle()
		began := time.Now()
		back, err := fold.Restore(parts)
		if err != nil {
			b.Fatal(err)
		}
		restored := time.Since(began)
		if back.Open() != openConversations {
			b.Fatalf("%d conversations were restored", back.Open())
		}
		parts = nil
		settle()
		after := float64(heap()-base) / openConversations
		runtime.KeepAlive(back)
		b.ReportMetric(restored.Seconds(), "restore-s")
		b.ReportMetric(after, "restored-B/conversation")
		b.ReportMetric(0, "ns/op")
		results.add("memory of an open conversation, the whole fold with 1,000,000 open", "≤ 700 B", "%.0f B (%.0f B after a restore)", per, after)
		results.add("longest pause of a snapshot of 1,000,000 open conversations", "≤ 50 ms", "%s, the worst of three rounds %s (%d parts, %.0f MB)",
			round(longest), round(worst), len(pauses), float64(size)/1e6)
		results.add("restoring that snapshot", "(for scale)", "%s", round(restored))
	}
}

// snapshot encodes the parts as the tracker does, into one buffer that another
// goroutine has touched before. Three rounds, and of each part the middle one
// counts: a neighbour on the machine is not the exporter's pause. worst is the
// longest of all, neighbours included. Between two encodings of a part lie all
// others, so it finds no cache warm.
func snapshot(s *fold.State) (parts [][]byte, pauses []time.Duration, worst time.Duration) {
	parts, pauses = make([][]byte, fold.Parts), make([]time.Duration, fold.Parts)
	buf := make([]byte, s.PartSize())
	clear(buf)
	took := make([][3]time.Duration, fold.Parts)
	for round := range 3 {
		for i := range parts {
			began := time.Now()
			buf = s.AppendPart(buf[:0], i)
			took[i][round] = time.Since(began)
			worst = max(worst, took[i][round])
			parts[i] = append(parts[i][:0], buf...)
		}
	}
	for i := range took {
		slices.Sort(took[i][:])
		pauses[i] = took[i][1].Round(100 * time.Microsecond)
	}
	return parts, pauses, worst
}

// million makes the state, through the fold.
func million(b *testing.B) (*fold.State, int) {
	cfg := benchConfig()
	cfg.Conversations.CloseAfter = 24 * time.Hour
	s := fold.New(config.FoldConfig{})
	start := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	seq := uint64(0)
	apply := func(batch record.Batch) {
		seq++
		c := record.Commit{Batches: []record.Batch{batch}}
		if err := s.Apply(seq, &c, nil); err != nil {
			b.Fatal(err)
		}
	}
	apply(record.Batch{Kind: record.KindConfig, Received: start.UnixNano(), Config: config.EncodeFold(config.Fold(cfg))})
	in, err := intake.New(cfg, newMaster(), providers.KnownFailureCode)
	if err != nil {
		b.Fatal(err)
	}
	var e record.Event
	events := 0
	at := start
	put := func(i int, kind event.Kind, actor event.Actor, part string) {
		events++
		at = at.Add(5 * time.Millisecond)
		id := strconv.Itoa(i) + part
		in.Prepare(&event.Event{
			ID: id, Source: simulatedSource, Kind: kind, Time: at, Actor: actor, Contact: "+55119" + fmt.Sprintf("%08d", i),
			Inbox: "main", Message: event.Message{ID: id, Type: "text"}, Agent: event.Agent{},
		}, &e)
		apply(record.Batch{Kind: record.KindEvents, Received: at.UnixNano(), Events: []record.Event{e}})
	}
	for i := range openConversations {
		put(i, event.MessageReceived, event.ActorCustomer, "q")
		if i%2 == 0 {
			put(i, event.MessageSent, event.ActorHuman, "a")
		}
	}
	return s, events
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse
}

// BenchmarkKeyring is what the index of the sealing keys holds for each
// contact that ever wrote, with the cache of keys at its default size.
func BenchmarkKeyring(b *testing.B) {
	for b.Loop() {
		store := openStore(b)
		settle()
		base := heap()
		ring, err := privacy.OpenKeyring(b.Context(), store.Keys(), newMaster(), privacy.KeyringOptions{})
		if err != nil {
			b.Fatal(err)
		}
		keys := make([]*privacy.Key, 0, 1000)
		for i := range openConversations {
			var k record.Key
			binary.BigEndian.PutUint64(k[:], uint64(i)*0x9e3779b97f4a7c15)
			keys = append(keys, ring.Key(k))
			if len(keys) == cap(keys) {
				if err := ring.Flush(context.Background(), keys); err != nil {
					b.Fatal(err)
				}
				clear(keys)
				keys = keys[:0]
			}
		}
		settle()
		per := float64(heap()-base) / openConversations
		if n := ring.Contacts(); n != openConversations {
			b.Fatalf("%d contacts have a key", n)
		}
		runtime.KeepAlive(ring)
		if err := store.Close(); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(per, "B/contact")
		b.ReportMetric(0, "ns/op")
		results.add("keyring beside it, a contact of 1,000,000 (100,000 keys cached)", "(for scale)", "%.0f B", per)
	}
}
