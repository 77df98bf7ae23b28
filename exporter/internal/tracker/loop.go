package tracker

import (
	"context"
	"errors"
	"runtime"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/clock"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fold"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/privacy"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
)

// retryAfter is the pause before a tick or configuration is tried again that
// the journal refused.
const retryAfter = time.Second

// commitOverhead is what a commit and its batches take beside the events.
const commitOverhead = 4 << 10

// maxRequests bounds how many requests share a commit.
const maxRequests = 1024

// loop owns the state; everything here runs in one goroutine.
type loop struct {
	t     *Tracker
	state *fold.State
	// last is the journal's last sequence that was folded.
	last uint64
	// uncertain: an append failed without telling whether it was written.
	uncertain bool
	// loading: what is folded was acknowledged by an earlier process.
	loading bool
	retryAt time.Time
	round   *round
	// roundID is the number of the newest round that was begun.
	roundID   uint64
	nextRound time.Time
	buf       []byte
}

func (l *loop) run(ctx context.Context) {
	l.nextRound = time.Now().Add(l.t.opts.SnapshotEvery)
	for {
		due, cancel := l.due()
		roundTimer := time.NewTimer(time.Until(l.nextRound))
		select {
		case r := <-l.t.requests:
			// Whoever is about to come may come along: a sync costs more than
			// the wait, which is none where nobody is.
			runtime.Gosched()
			l.commit(ctx, l.drain(r))
		case fn := <-l.t.control:
			fn(l)
		case <-due:
			l.tick(ctx)
		case <-roundTimer.C:
			l.startRound()
		case <-l.round.wanted():
			l.encodePart()
		case err := <-l.round.ended():
			l.endRound(err)
		case <-l.t.stop:
			cancel()
			roundTimer.Stop()
			l.finish(ctx)
			return
		}
		cancel()
		roundTimer.Stop()
	}
}

// due is a channel that sends when time alone changes something. While the
// journal fails it is tried again and again, whether anything is due or not:
// an exporter that is not ready may get no webhooks to try it with.
func (l *loop) due() (<-chan time.Time, func()) {
	if l.t.failing.Load() {
		return clock.System{}.At(l.retryAt)
	}
	at, ok := l.state.NextDue()
	// While agents are at work their time is shown to the second.
	if second, working := l.state.NextSecond(); working && (!ok || second < at) {
		at, ok = second, true
	}
	if !ok {
		return nil, func() {}
	}
	return l.t.opts.Clock.At(time.Unix(0, at))
}

// drain takes what else waits into one commit.
func (l *loop) drain(r *request) []*request {
	list := []*request{r}
	for len(list) < maxRequests {
		select {
		case r := <-l.t.requests:
			list = append(list, r)
		default:
			return list
		}
	}
	return list
}

// commit writes the requests' events, as few records as they fit in, and tells
// each request once its last event is on disk.
func (l *loop) commit(ctx context.Context, list []*request) {
	var keys []*privacy.Key
	for _, r := range list {
		for _, k := range r.keys {
			if k != nil {
				keys = append(keys, k)
			}
		}
	}
	if err := l.t.opts.Keyring.Flush(ctx, keys); err != nil {
		l.failed(err)
		for _, r := range list {
			r.done <- err
		}
		return
	}
	var c record.Commit
	var finished []*request
	size := commitOverhead
	var failure error
	write := func() {
		if failure == nil {
			failure = l.write(ctx, &c)
		}
		for _, r := range finished {
			r.done <- failure
		}
		if failure == nil {
			l.fold(&c)
		}
		c.Batches, finished, size = c.Batches[:0], finished[:0], commitOverhead
	}
	received := int64(0)
	for _, r := range list {
		// Requests may have changed places on their way here.
		received = max(received, l.receive(r.received))
		from := 0
		for i := range r.events {
			if k := r.keys[i]; k != nil {
				r.events[i].KeyRef, _ = k.Ref()
			}
			n := record.SizeEvent(&r.events[i])
			if size+n > journal.MaxRecord && size > commitOverhead {
				if i > from {
					c.Batches = append(c.Batches, record.Batch{Kind: record.KindEvents, Received: received, Events: r.events[from:i]})
					from = i
				}
				write()
			}
			size += n
		}
		c.Batches = append(c.Batches, record.Batch{Kind: record.KindEvents, Received: received, Events: r.events[from:]})
		size += 16
		finished = append(finished, r)
	}
	write()
}

// receive is the receive time of a request: never below that of the record
// before it.
func (l *loop) receive(at time.Time) int64 {
	return max(l.state.Received(), at.UnixNano())
}

// write appends a commit.
func (l *loop) write(ctx context.Context, c *record.Commit) error {
	if l.uncertain {
		if err := l.catchUp(ctx, nil); err != nil {
			l.failed(err)
			return err
		}
		l.uncertain = false
	}
	// What was caught up with may have been received later.
	for i := range c.Batches {
		c.Batches[i].Received = max(c.Batches[i].Received, l.state.Received())
	}
	l.buf = record.AppendCommit(l.buf[:0], c)
	began := time.Now()
	seq, err := l.t.opts.Store.Lane().Append(ctx, "", l.buf)
	if err != nil {
		l.uncertain = l.uncertain || !errors.Is(err, journal.ErrFull)
		l.failed(err)
		return err
	}
	l.t.opts.Observer.Appended(time.Since(began))
	if l.t.failing.CompareAndSwap(true, false) {
		l.t.log.Info("the journal takes records again")
	}
	l.last = seq
	return nil
}

// fold applies the commit that was written last.
func (l *loop) fold(c *record.Commit) {
	var res fold.Result
	if err := l.state.Apply(l.last, c, &res); err != nil {
		// Only a record that this very program encoded can fail here, by a
		// fault of the program; the events are in the journal.
		l.t.log.Error("a record cannot be folded", "seq", l.last, "err", err)
	}
	l.t.applied.Store(l.last)
	if l.loading {
		return
	}
	for source, n := range res.Duplicates {
		l.t.opts.Observer.Duplicates(source, n)
	}
}

// catchUp folds what the journal holds beyond l.last: at the start, and what an
// append wrote that seemed to have failed. see, unless nil, hears of each
// record first.
func (l *loop) catchUp(ctx context.Context, see func(seq uint64)) error {
	var dec record.Decoder
	var c record.Commit
	return l.t.opts.Store.Lane().Read(ctx, l.last+1, func(e journal.Entry) error {
		if see != nil {
			see(e.Seq)
		}
		if err := dec.Decode(e.Data, &c); err != nil {
			return err
		}
		l.last = e.Seq
		l.fold(&c)
		return nil
	})
}

// failed notes that the journal takes no records.
func (l *loop) failed(err error) {
	l.retryAt = time.Now().Add(retryAfter)
	if l.t.failing.CompareAndSwap(false, true) {
		l.t.log.Error("the journal takes no records; webhooks are answered 503 until it does", "err", err)
	}
}

// put writes and folds a commit of the loop's own.
func (l *loop) put(ctx context.Context, c *record.Commit) error {
	if err := l.write(ctx, c); err != nil {
		return err
	}
	l.fold(c)
	return nil
}

// tick lets time pass up to now.
func (l *loop) tick(ctx context.Context) {
	_ = l.put(ctx, &record.Commit{Batches: []record.Batch{{Kind: record.KindTick, Received: l.receive(l.t.opts.Clock.Now())}}})
}

func (l *loop) configure(ctx context.Context, cfg config.FoldConfig) error {
	if string(config.EncodeFold(cfg)) == string(config.EncodeFold(l.state.Config())) {
		return nil
	}
	return l.put(ctx, &record.Commit{Batches: []record.Batch{{
		Kind: record.KindConfig, Received: l.receive(l.t.opts.Clock.Now()), Config: config.EncodeFold(cfg),
	}}})
}

// advanceTo moves a jumping clock.
func (l *loop) advanceTo(ctx context.Context, at time.Time) error {
	jump, ok := l.t.opts.Clock.(*clock.Jumping)
	if !ok {
		return errors.New("only a jumping clock can be moved; this exporter goes by the machine's")
	}
	for {
		due, ok := l.state.NextDue()
		if !ok || due > at.UnixNano() {
			jump.Set(at)
			return nil
		}
		jump.Set(time.Unix(0, due))
		if err := l.put(ctx, &record.Commit{Batches: []record.Batch{{Kind: record.KindTick, Received: l.receive(jump.Now())}}}); err != nil {
			return err
		}
	}
}

// finish commits what still waits and writes a last snapshot.
func (l *loop) finish(ctx context.Context) {
	l.t.ready.Store(false)
	for {
		select {
		case r := <-l.t.requests:
			l.commit(ctx, l.drain(r))
			continue
		case fn := <-l.t.control:
			fn(l)
			continue
		default:
		}
		break
	}
	l.finishRound(ctx)
}
