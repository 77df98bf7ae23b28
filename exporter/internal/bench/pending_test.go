package bench

import (
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fold"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/intake"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/providers"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
)

const pendingOutcomes = 1_000_000

// BenchmarkPendingOutcomes closes a million conversations within a day, each
// of its own contact, so that a million outcomes of first contact resolution
// wait for their day and their week. It measures whether the last ones fold
// more slowly than the first, what one takes in memory, how quickly they
// mature, and the snapshot.
func BenchmarkPendingOutcomes(b *testing.B) {
	for b.Loop() {
		settle()
		base := heap()
		day := newDay(b)
		first := day.conversations(100_000)
		day.conversations(pendingOutcomes - 200_000)
		last := day.conversations(100_000)
		settle()
		per := float64(heap()-base) / pendingOutcomes
		parts, pauses, worst := snapshot(day.state)
		longest := slices.Max(pauses)
		size := 0
		for _, p := range parts {
			size += len(p)
		}
		began := time.Now()
		back, err := fold.Restore(parts)
		if err != nil {
			b.Fatal(err)
		}
		restored := time.Since(began)
		runtime.KeepAlive(back)
		back, parts = nil, nil
		settle()
		began = time.Now()
		day.tick(day.at.Add(24 * time.Hour))
		matured := time.Since(began)
		runtime.KeepAlive(day)
		b.ReportMetric(first/last, "last/first")
		b.ReportMetric(per, "B/outcome")
		b.ReportMetric(pendingOutcomes/matured.Seconds(), "matured/s")
		b.ReportMetric(restored.Seconds(), "restore-s")
		b.ReportMetric(float64(longest.Microseconds())/1e3, "longest-pause-ms")
		b.ReportMetric(0, "ns/op")
		results.add("closing conversations with 900,000 to 1,000,000 outcomes pending, to the first 100,000", "≥ 0.5", "%.2f", first/last)
		results.add("memory of a pending outcome with its contact", "(for scale)", "%.0f B", per)
		results.add("outcomes that mature at once, 1,000,000 of them", "(for scale)", "%.0f a second", pendingOutcomes/matured.Seconds())
		results.add("longest pause of a snapshot with 1,000,000 pending outcomes", "≤ 50 ms", "%s, the worst of three rounds %s (%.0f MB)", round(longest), round(worst), float64(size)/1e6)
		results.add("restoring that snapshot", "≤ 10 s", "%s", round(restored))
	}
}

// dayOf folds conversations one after the other.
type dayOf struct {
	b     *testing.B
	state *fold.State
	in    *intake.Intake
	seq   uint64
	n     int
	at    time.Time
	event record.Event
}

func newDay(b *testing.B) *dayOf {
	cfg := benchConfig()
	in, err := intake.New(cfg, newMaster(), providers.KnownFailureCode)
	if err != nil {
		b.Fatal(err)
	}
	d := &dayOf{b: b, state: fold.New(config.FoldConfig{}), in: in, at: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)}
	d.apply(record.Batch{Kind: record.KindConfig, Received: d.at.UnixNano(), Config: config.EncodeFold(config.Fold(cfg))})
	return d
}

func (d *dayOf) apply(batch record.Batch) {
	d.seq++
	c := record.Commit{Batches: []record.Batch{batch}}
	if err := d.state.Apply(d.seq, &c, nil); err != nil {
		d.b.Fatal(err)
	}
}

func (d *dayOf) tick(at time.Time) {
	d.apply(record.Batch{Kind: record.KindTick, Received: at.UnixNano()})
}

// conversations folds n of them, 80 ms apart, and gives the seconds it took.
func (d *dayOf) conversations(n int) (seconds float64) {
	began := time.Now()
	for range n {
		d.n++
		for i, what := range []event.Event{
			{Kind: event.MessageReceived, Actor: event.ActorCustomer},
			{Kind: event.MessageSent, Actor: event.ActorHuman, Agent: event.Agent{ID: "agent" + strconv.Itoa(d.n%50)}},
			{Kind: event.ConversationResolved, Actor: event.ActorHuman},
		} {
			d.at = d.at.Add(25 * time.Millisecond)
			what.ID = strconv.Itoa(d.n) + "-" + strconv.Itoa(i)
			what.Source, what.Inbox, what.Time = simulatedSource, "main", d.at
			what.Contact = "+55119" + strconv.Itoa(10_000_000+d.n)
			what.Message = event.Message{ID: what.ID, Type: "text"}
			d.in.Prepare(&what, &d.event)
			d.apply(record.Batch{Kind: record.KindEvents, Received: d.at.UnixNano(), Events: []record.Event{d.event}})
		}
	}
	return time.Since(began).Seconds()
}
