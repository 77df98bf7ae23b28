package bench

import (
	"crypto/rand"
	"sync"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/intake"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/privacy"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/providers"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/simulate"
)

const simulatedSource = "events"

// simulatedConversations is the size of the simulated helpdesk.
const simulatedConversations = 40_000

// simulated are the events of a simulated day as the journal holds them, one
// batch for each webhook, with sealed parts of the true size. They are made
// once.
var simulated = sync.OnceValues(func() ([]record.Batch, error) {
	cfg := benchConfig()
	in, err := intake.New(cfg, newMaster(), providers.KnownFailureCode)
	if err != nil {
		return nil, err
	}
	sc, err := simulate.New(simulate.Options{
		Seed: 1, Start: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC), Duration: 24 * time.Hour, Conversations: simulatedConversations,
	})
	if err != nil {
		return nil, err
	}
	var out []record.Batch
	sealed := make([]byte, 1<<20)
	_, _ = rand.Read(sealed)
	received := int64(0)
	for it := range sc.All() {
		it.Event.Source = simulatedSource
		var e record.Event
		in.Prepare(&it.Event, &e)
		p := intake.PersonalOf(&it.Event)
		if n := len(p.Append(nil)); n > 0 && e.Contact != (record.Key{}) {
			at := len(out) * 64 % (len(sealed) / 2)
			e.Sealed = sealed[at : at+n+privacy.Overhead]
			e.KeyRef = record.KeyRef{Seq: uint64(1 + e.Contact[0]), Index: uint32(e.Contact[1])}
		}
		received = max(received, it.At.UnixNano())
		out = append(out, record.Batch{Kind: record.KindEvents, Received: received, Events: []record.Event{e}})
	}
	return out, nil
})

// commits are the simulated events, so many webhooks to a record, after the
// record of the configuration.
func commits(b *testing.B, perRecord int) (list []record.Commit, events int) {
	b.Helper()
	batches, err := simulated()
	if err != nil {
		b.Fatal(err)
	}
	list = append(list, record.Commit{Batches: []record.Batch{{
		Kind: record.KindConfig, Received: batches[0].Received, Config: config.EncodeFold(config.Fold(benchConfig())),
	}}})
	for from := 0; from < len(batches); from += perRecord {
		list = append(list, record.Commit{Batches: batches[from:min(len(batches), from+perRecord)]})
	}
	return list, len(batches)
}
