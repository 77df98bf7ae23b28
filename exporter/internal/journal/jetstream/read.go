package jetstream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
)

const (
	// readAhead is how many bytes of records wait in memory for fn.
	readAhead = 8 << 20
	// readAttempts is how often Read asks anew for a record that does not come
	// before it gives up.
	readAttempts = 3
	// consumerIdle is how long the server keeps the place of a reader that
	// went away without saying so.
	consumerIdle = time.Minute
)

// errRestart: the consumer is of no more use, reading goes on with a new one.
var errRestart = errors.New("the reader has lost its place")

// Read is part of journal.Log. Records come from a short-lived consumer,
// which is several times as fast as asking for them one by one.
func (l *log) Read(ctx context.Context, from uint64, fn func(journal.Entry) error) error {
	st, err := l.State(ctx)
	if err != nil {
		return err
	}
	next := max(from, st.First)
	for attempt := 0; next <= st.Last; attempt++ {
		before := next
		err := l.readSome(ctx, &next, st.Last, fn)
		if next > before {
			attempt = 0
		}
		if !errors.Is(err, errRestart) {
			return err
		}
		if attempt == readAttempts-1 {
			return fmt.Errorf("read the %s log: %w: record %d does not come: %w", l.name, journal.ErrUnavailable, next, err)
		}
	}
	return nil
}

// readSome reads from *next to last, and moves *next on with every record that
// fn has taken. It returns errRestart where a new consumer may get further.
func (l *log) readSome(ctx context.Context, next *uint64, last uint64, fn func(journal.Entry) error) error {
	fail := func(err error) error { return fmt.Errorf("read the %s log: %w", l.name, unavailable(err)) }
	consumer, err := l.stream.CreateConsumer(ctx, jetstream.ConsumerConfig{
		DeliverPolicy:     jetstream.DeliverByStartSequencePolicy,
		OptStartSeq:       *next,
		AckPolicy:         jetstream.AckNonePolicy,
		MemoryStorage:     true,
		Replicas:          1,
		InactiveThreshold: consumerIdle,
	})
	if err != nil {
		return fail(err)
	}
	info := consumer.CachedInfo()
	defer func() {
		// On its own context: the consumer has to go even when ctx has ended.
		ctx, cancel := l.store.bounded(context.WithoutCancel(ctx))
		defer cancel()
		_ = l.stream.DeleteConsumer(ctx, info.Name) // else it ends by consumerIdle
	}()
	if info.NumPending == 0 {
		*next = last + 1 // what was there when Read was called has been deleted
		return nil
	}
	messages, err := consumer.Messages(jetstream.PullMaxBytes(readAhead))
	if err != nil {
		return fail(err)
	}
	defer messages.Stop()

	// The server's heartbeats go on when its store fails, so the wait for each
	// record has a bound too.
	wait, stalled := context.WithCancel(ctx)
	defer stalled()
	timer := time.AfterFunc(l.store.o.Timeout, stalled)
	defer timer.Stop()
	for delivered := uint64(1); ; delivered++ {
		if err := ctx.Err(); err != nil {
			return fail(err)
		}
		timer.Reset(l.store.o.Timeout)
		m, err := messages.Next(jetstream.NextContext(wait))
		timer.Stop()
		if err != nil {
			if ctx.Err() != nil {
				continue
			}
			if l.store.nc.IsClosed() {
				return fail(err)
			}
			return fmt.Errorf("%w: %w", errRestart, err)
		}
		at, err := m.Metadata()
		if err != nil {
			return fail(err)
		}
		if at.Sequence.Consumer != delivered {
			return errRestart // a message was lost on the way
		}
		if at.Sequence.Stream > last {
			*next = last + 1
			return nil
		}
		err = fn(journal.Entry{
			Seq: at.Sequence.Stream, Subject: l.unescape(m.Subject()), Written: at.Timestamp, Data: m.Data(),
		})
		if err != nil {
			return err
		}
		*next = at.Sequence.Stream + 1
		if at.NumPending == 0 {
			*next = last + 1
		}
		if *next > last {
			return nil
		}
	}
}
