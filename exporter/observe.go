package exporter

import (
	"context"
	"log/slog"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/metrics"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/tracker"
)

// observer feeds the self-metrics from the tracker.
type observer struct{ self *metrics.Self }

var _ tracker.Observer = observer{}

func (o observer) Appended(took time.Duration) { o.self.JournalAppend.Observe(took.Seconds()) }

func (o observer) Duplicates(source string, n int) {
	o.self.Duplicates.WithLabelValues(source).Add(float64(n))
}

func (o observer) Late(by time.Duration) { o.self.EventLateness.Observe(by.Seconds()) }

func (o observer) SnapshotDone(at time.Time) { o.self.SnapshotTime.Set(unixSeconds(at)) }

func (o observer) SnapshotFailed() { o.self.SnapshotFailures.Inc() }

func (o observer) RolledBack(n uint64) { o.self.StateRollbacks.Add(float64(n)) }

func unixSeconds(t time.Time) float64 { return float64(t.UnixNano()) / 1e9 }

// watchJournal keeps the gauges about the journal up to date until ctx ends.
func watchJournal(ctx context.Context, lane journal.Log, t *tracker.Tracker, self *metrics.Self, log *slog.Logger) {
	for {
		st, err := lane.State(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			log.Warn("the journal's state cannot be read", "err", err)
		default:
			self.JournalLastSequence.Set(float64(st.Last))
			self.JournalSize.Set(float64(st.Bytes))
			self.JournalLimit.Set(float64(st.Limit))
			if !st.Oldest.IsZero() {
				self.JournalOldestRecord.Set(unixSeconds(st.Oldest))
			}
			self.FoldLag.Set(float64(st.Last - min(st.Last, t.Applied())))
		}
		select {
		case <-time.After(5 * time.Second):
		case <-ctx.Done():
			return
		}
	}
}
