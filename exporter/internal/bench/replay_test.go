package bench

import (
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fold"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal/jetstream"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
)

// groups are the sizes of a group commit: a quiet helpdesk writes one event to
// a record, one with 64 connections busy up to 64.
var groups = []struct {
	name string
	size int
}{{"busy", 32}, {"quiet", 1}}

// BenchmarkFold folds a simulated day from records that are prepared: front
// stage, de-duplication, shards, timers. It has one core, for its garbage
// collection too.
func BenchmarkFold(b *testing.B) {
	for _, g := range groups {
		b.Run(g.name, func(b *testing.B) {
			list, events := commits(b, g.size)
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
			settle()
			var took []time.Duration
			for b.Loop() {
				for range rounds {
					began := time.Now()
					s := fold.New(config.FoldConfig{})
					for i := range list {
						if err := s.Apply(uint64(i+1), &list[i], nil); err != nil {
							b.Fatal(err)
						}
					}
					took = append(took, time.Since(began))
				}
			}
			rate := float64(events) / median(took).Seconds()
			b.ReportMetric(rate, "events/s")
			b.ReportMetric(0, "ns/op")
			results.add("fold, one core, "+describe(g.size), "≥ 700,000 events/s", "%s events/s", thousands(rate))
		})
	}
}

// BenchmarkReplay reads a journal from the disk, decodes and folds it, as a
// start without snapshot does.
func BenchmarkReplay(b *testing.B) {
	for _, g := range groups {
		b.Run(g.name, func(b *testing.B) {
			list, events := commits(b, g.size)
			if limit := 40_000; len(list) > limit { // each append is an fsync
				list, events = list[:limit], (limit-1)*g.size
			}
			store := openStore(b)
			defer store.Close()
			var buf []byte
			bytes := 0
			for i := range list {
				buf = record.AppendCommit(buf[:0], &list[i])
				bytes += len(buf)
				if _, err := store.Lane().Append(b.Context(), "", buf); err != nil {
					b.Fatal(err)
				}
			}
			settle()
			var took []time.Duration
			for b.Loop() {
				for range rounds {
					began := time.Now()
					replay(b, store, uint64(len(list)))
					took = append(took, time.Since(began))
				}
			}
			rate := float64(events) / median(took).Seconds()
			b.ReportMetric(rate, "events/s")
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(bytes)/float64(events), "B/event")
			target := "≥ 400,000 events/s"
			if g.size == 1 {
				target = "(for scale)"
			}
			results.add("replay from the journal, "+describe(g.size), target, "%s events/s", thousands(rate))
		})
	}
}

// replay reads a journal to its last record.
func replay(b *testing.B, store *jetstream.Store, last uint64) {
	s := fold.New(config.FoldConfig{})
	var dec record.Decoder
	var c record.Commit
	err := store.Lane().Read(b.Context(), 1, func(e journal.Entry) error {
		if err := dec.Decode(e.Data, &c); err != nil {
			return err
		}
		return s.Apply(e.Seq, &c, nil)
	})
	if err != nil {
		b.Fatal(err)
	}
	if s.Seq() != last {
		b.Fatalf("folded up to record %d of %d", s.Seq(), last)
	}
}

// rounds of a measurement, of which the middle one counts.
const rounds = 5

// median of the times of one benchmark's rounds.
func median(took []time.Duration) time.Duration {
	slices.Sort(took)
	return quantile(took, 0.5)
}

func describe(perRecord int) string {
	if perRecord == 1 {
		return "1 event a record"
	}
	return thousands(float64(perRecord)) + " events a record"
}
