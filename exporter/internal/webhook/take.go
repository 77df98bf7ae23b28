package webhook

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"time"

	"golang.org/x/time/rate"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/threads"
)

const (
	// noThread is the reason of events that are given up because nobody knows
	// whose they are: as a kind of event, and in the rejected log.
	noThread = "no_thread"
	// noThreadDetail goes with it.
	noThreadDetail = "it was never said whom the conversation is with, or over which inbox"
	// maxWaitingRaw bytes of a request's body wait with its events.
	maxWaitingRaw = 64 << 10
	// sweepEvery is how often what waits is looked through, in real time.
	sweepEvery = time.Second
)

// newGiveUpRate leaves most of the rejected log, which keeps the newest 100 of a
// source, to what could not be read.
func newGiveUpRate() *rate.Limiter { return rate.NewLimiter(rate.Every(10*time.Minute), 20) }

// take brings what was found in a request to the journal. Events that leave out
// whose they are are completed from what is remembered, or wait until it is known
// (package threads). When it returns nil, events, knowledge and what waits are on
// disk; its errors are those of Sink.Accept. raw gives the request as it is kept
// for inspection.
func (s *Server) take(ctx context.Context, src *source, res *provider.Result, received time.Time, t *tally, raw func(maxBody int) *envelope) error {
	if src.threads == nil {
		if events := src.filter(res.Events, received, t, nil); len(events) > 0 {
			return s.accept(ctx, src, events, received)
		}
		return nil
	}
	mark := src.threads.Complete(res.Events, res.Threads, src.only())
	released := src.threads.Ready(src.only())
	var unknown []event.Event
	events := src.filter(res.Events, received, t, &unknown)
	err := s.remember(ctx, src, mark, unknown, received, t, raw)
	if released != nil {
		if err != nil {
			released.Back()
			return err
		}
		// They came first.
		err = s.deliver(ctx, src, released, received)
	}
	if err == nil && len(events) > 0 {
		err = s.accept(ctx, src, events, received)
	}
	return err
}

// remember brings to the disk what a request taught, and what of it has to wait.
func (s *Server) remember(ctx context.Context, src *source, mark threads.Mark, unknown []event.Event, received time.Time, t *tally, raw func(int) *envelope) error {
	if s.memory.Durable(mark) && len(unknown) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, s.opts.AcceptTimeout)
	defer cancel()
	if len(unknown) > 0 {
		kept := raw(maxWaitingRaw)
		kept.source, kept.reason, kept.detail = src.Name, noThread, noThreadDetail
		refused, err := src.threads.Hold(ctx, unknown, received, kept.encode())
		if err != nil {
			return err
		}
		if len(refused) > 0 {
			t.noThread += len(refused)
			s.giveUp(src.metrics, src.giveUpRate, received, refused, kept)
		}
	}
	return s.memory.Sync(ctx, mark)
}

// deliver brings events to the journal that have waited. They bear their own
// time, and as time of receipt the one when they are journalled: receive times
// must not run backwards in the journal. A message that comes behind what it
// should have come before is a late event like any other (DEFINITIONS, time and
// order).
func (s *Server) deliver(ctx context.Context, src *source, released *threads.Released, received time.Time) error {
	var t tally
	events := src.filter(released.Events(), received, &t, nil)
	var err error
	if len(events) > 0 {
		err = s.accept(ctx, src, events, received)
	}
	if errors.Is(err, journal.ErrTooLarge) {
		err = s.deliverSingly(ctx, src, events, received)
	}
	if err != nil {
		released.Back()
		return err
	}
	released.Done()
	src.metrics.took(&t, nil)
	return nil
}

// deliverSingly keeps one event that the journal never takes from stopping the
// rest.
func (s *Server) deliverSingly(ctx context.Context, src *source, events []event.Event, received time.Time) error {
	for i := range events {
		err := s.accept(ctx, src, events[i:i+1], received)
		if errors.Is(err, journal.ErrTooLarge) {
			src.metrics.reasons[reasonRecordTooLarge].Inc()
			kept := s.envelopeOf(src.Name, received, events[i:i+1])
			kept.reason = reasonRecordTooLarge.String()
			s.keepEnvelope(src.metrics, src.keepRate, received, kept)
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// giveUp keeps events for inspection that nobody knows the thread of: the
// request they came with where there is one, else themselves.
func (s *Server) giveUp(m *sourceMetrics, limit *rate.Limiter, now time.Time, events []event.Event, kept *envelope) {
	if len(kept.body) == 0 {
		kept.body = s.envelopeOf(m.name, now, events).body
		kept.size = uint64(len(kept.body))
		kept.contentType = eventsType
	}
	s.keepEnvelope(m, limit, now, kept)
	s.threadLog.Do(func() {
		s.logger.Warn("events were left out because nobody said whom their conversation is with; see helpdesk-exporter rejected",
			slog.String("source", m.name))
	})
}

// eventsType is the content type of canonical events.
const eventsType = "application/x-ndjson"

// envelopeOf is an envelope of canonical events.
func (s *Server) envelopeOf(source string, received time.Time, events []event.Event) *envelope {
	var b []byte
	for i := range events {
		b = append(event.AppendJSON(b, &events[i]), '\n')
	}
	return &envelope{time: received.UnixNano(), source: source, contentType: eventsType, size: uint64(len(b)), body: b[:min(len(b), maxKept)]}
}

// sweeping looks through what waits until ctx ends.
func (s *Server) sweeping(ctx context.Context) {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			s.sweep(ctx)
		}
	}
}

// sweep journals what has become known otherwise than by a request (after a
// restart, or where the journal was not there), gives up what has waited for too
// long, and lets the memory tidy itself. Events of a source that is not
// configured any more, and are complete, wait for it to come back.
func (s *Server) sweep(ctx context.Context) {
	now := s.opts.Clock()
	for _, memory := range s.memory.Sources() {
		src := s.table.Load().sources[memory.Name()]
		only := ""
		if src != nil && src.threads != nil {
			only = src.only()
			if released := memory.Ready(only); released != nil {
				if err := s.deliver(ctx, src, released, now); err != nil && !errors.Is(err, ErrNotReady) {
					s.sinkLog.Do(func() {
						s.logger.Error("events that waited could not be journalled; it is tried again", slog.String("source", src.Name), slog.Any("err", err))
					})
				}
			}
		}
		if expired := memory.Expired(now, only); expired != nil {
			s.expire(ctx, src, memory.Name(), expired, now)
		}
	}
	// It reports its errors itself, and is tried again.
	_ = s.memory.Tidy(ctx)
}

// expire gives up events that have waited for too long; src is nil where the
// source is not configured any more.
func (s *Server) expire(ctx context.Context, src *source, name string, expired *threads.Released, now time.Time) {
	m, limit := s.orphans(name), s.orphanRate
	if src != nil {
		m, limit = src.metrics, src.giveUpRate
	}
	for _, g := range expired.Groups(ctx) {
		kept := &envelope{}
		if kept.decode(bytes.Clone(g.Raw)) != nil || kept.source == "" {
			kept = &envelope{time: g.Received.UnixNano(), source: name}
		}
		kept.reason, kept.detail = noThread, noThreadDetail
		m.all.events.WithLabelValues(name, noThread).Add(float64(len(g.Events)))
		s.giveUp(m, limit, now, g.Events, kept)
	}
	expired.Done()
}

// orphans are the counters of a source that may not be configured any more.
func (s *Server) orphans(name string) *sourceMetrics {
	return &sourceMetrics{name: name, all: s.metrics}
}
