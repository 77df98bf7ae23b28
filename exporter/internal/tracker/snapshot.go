package tracker

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"sort"
	"strings"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fold"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
)

// keepRounds is how many verified rounds are kept: the newest, and the one
// before it in case the newest is damaged.
const keepRounds = 2

// manifest ends a round; a round without one is not used.
type manifest struct {
	// Seq is the first part's sequence: what comes after it has to be
	// replayed.
	Seq   uint64    `json:"seq"`
	Parts int       `json:"parts"`
	At    time.Time `json:"at"`
}

const manifestName = "manifest"

func roundName(id uint64) string { return fmt.Sprintf("round-%020d/", id) }

// roundID is a round's number, 0 for a name that is not of a round.
func roundID(name string) uint64 {
	var id uint64
	if _, err := fmt.Sscanf(name, "round-%d/", &id); err != nil {
		return 0
	}
	return id
}

func partName(i int) string { return fmt.Sprintf("part-%02d", i) }

// round is a snapshot being written: the loop encodes one part after the other
// as the writer asks for them, records may be folded in between.
type round struct {
	id     uint64
	seq    uint64
	next   int
	want   chan struct{}
	parts  chan []byte
	buf    []byte
	end    chan error
	waits  []chan error
	cancel context.CancelFunc
}

func (r *round) wanted() <-chan struct{} {
	if r == nil {
		return nil
	}
	return r.want
}

func (r *round) ended() <-chan error {
	if r == nil {
		return nil
	}
	return r.end
}

// startRound begins a round unless one is being written; the channel gets its
// result.
func (l *loop) startRound() chan error {
	l.nextRound = time.Now().Add(l.t.opts.SnapshotEvery)
	wait := make(chan error, 1)
	if l.round == nil {
		ctx, cancel := context.WithCancel(context.Background())
		// A round never takes the name of another: while a full journal stands
		// still, a second one at the same record has to count as one more, or
		// the journal could never be trimmed. A journal that lost its end is
		// behind older rounds.
		l.roundID = max(l.last, l.roundID+1)
		r := &round{
			id: l.roundID, seq: l.state.Seq(), want: make(chan struct{}), parts: make(chan []byte, 1), end: make(chan error, 1), cancel: cancel,
		}
		l.round = r
		room := l.state.PartSize()
		go func() {
			// The first touch of fresh memory is slow; the loop, which encodes
			// into it, does not wait for that.
			r.buf = make([]byte, room)
			clear(r.buf)
			err := r.write(ctx, l.t.opts.Store.Snapshots(), l.t.opts.Clock.Now())
			if err == nil {
				err = l.t.prune(ctx)
			}
			r.end <- err
		}()
	}
	l.round.waits = append(l.round.waits, wait)
	return wait
}

func (l *loop) encodePart() {
	r := l.round
	// Whoever asks for a part is done with the one before it.
	r.buf = l.state.AppendPart(r.buf[:0], r.next)
	r.parts <- r.buf
	r.next++
}

// write stores the parts and then the manifest, and reads everything back: only
// a verified round may let the journal be trimmed.
func (r *round) write(ctx context.Context, blobs journal.Blobs, at time.Time) error {
	dir := roundName(r.id)
	if err := blobs.Delete(ctx, dir+manifestName); err != nil {
		return err
	}
	for i := range fold.Parts {
		var data []byte
		select {
		case r.want <- struct{}{}:
			data = <-r.parts
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := blobs.Put(ctx, dir+partName(i), nil, bytes.NewReader(data)); err != nil {
			return fmt.Errorf("part %d: %w", i, err)
		}
		back, err := readBlob(ctx, blobs, dir+partName(i))
		if err != nil {
			return fmt.Errorf("part %d: %w", i, err)
		}
		if !bytes.Equal(back, data) {
			return fmt.Errorf("part %d: %w: it reads back differently", i, fold.ErrSnapshot)
		}
	}
	m, err := json.Marshal(manifest{Seq: r.seq, Parts: fold.Parts, At: at})
	if err != nil {
		return err
	}
	return blobs.Put(ctx, dir+manifestName, nil, bytes.NewReader(m))
}

func readBlob(ctx context.Context, blobs journal.Blobs, name string) ([]byte, error) {
	rd, _, err := blobs.Get(ctx, name)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(rd)
	if cerr := rd.Close(); err == nil {
		err = cerr
	}
	return data, err
}

// endRound tells who waits.
func (l *loop) endRound(err error) {
	r := l.round
	l.round = nil
	r.cancel()
	if err != nil {
		l.t.opts.Observer.SnapshotFailed()
		l.t.log.Error("snapshot failed; the journal is kept whole until one succeeds", "err", err)
	} else {
		l.t.opts.Observer.SnapshotDone(l.t.opts.Clock.Now())
	}
	for _, w := range r.waits {
		w <- err
	}
}

// finishRound writes a last round, so that the next start is quick.
func (l *loop) finishRound(ctx context.Context) {
	if l.round == nil {
		l.startRound()
	}
	for l.round != nil {
		select {
		case <-l.round.wanted():
			l.encodePart()
		case err := <-l.round.ended():
			l.endRound(err)
		case <-ctx.Done():
			l.round.cancel()
			<-l.round.end
			l.round = nil
		}
	}
}

// rounds lists the complete rounds, newest first, and the parts of incomplete
// ones.
func rounds(ctx context.Context, blobs journal.Blobs) (complete []string, rest []string, err error) {
	list, err := blobs.List(ctx)
	if err != nil {
		return nil, nil, err
	}
	has := map[string]bool{}
	for _, b := range list {
		if dir, ok := strings.CutSuffix(b.Name, manifestName); ok {
			has[dir] = true
			complete = append(complete, dir)
		}
	}
	for _, b := range list {
		if dir, _, ok := strings.Cut(b.Name, "/"); ok && !has[dir+"/"] {
			rest = append(rest, b.Name)
		}
	}
	sort.Sort(sort.Reverse(sort.StringSlice(complete)))
	return complete, rest, nil
}

// prune deletes what is not among the newest rounds and trims the journal.
func (t *Tracker) prune(ctx context.Context) error {
	blobs := t.opts.Store.Snapshots()
	complete, rest, err := rounds(ctx, blobs)
	if err != nil {
		return err
	}
	for _, name := range rest {
		if err := blobs.Delete(ctx, name); err != nil {
			return err
		}
	}
	for _, dir := range complete[min(len(complete), keepRounds):] {
		// the manifest first: a round without one is not used
		if err := blobs.Delete(ctx, dir+manifestName); err != nil {
			return err
		}
		for i := range fold.Parts {
			if err := blobs.Delete(ctx, dir+partName(i)); err != nil {
				return err
			}
		}
	}
	if len(complete) < keepRounds {
		return nil
	}
	// The older round need not be the one that stands earlier in the journal:
	// one that lost its end is behind it.
	upTo := uint64(math.MaxUint64)
	for _, dir := range complete[:keepRounds] {
		m, err := readManifest(ctx, blobs, dir)
		if err != nil {
			return err
		}
		upTo = min(upTo, m.Seq)
	}
	return t.trim(ctx, upTo)
}

func readManifest(ctx context.Context, blobs journal.Blobs, dir string) (manifest, error) {
	var m manifest
	data, err := readBlob(ctx, blobs, dir+manifestName)
	if err == nil {
		err = json.Unmarshal(data, &m)
	}
	return m, err
}

// trim removes records that are too old or too many, never above upTo.
func (t *Tracker) trim(ctx context.Context, upTo uint64) error {
	lane := t.opts.Store.Lane()
	st, err := lane.State(ctx)
	if upTo = min(upTo, st.Last); err != nil || st.First > upTo {
		return err
	}
	horizon := t.opts.Clock.Now().Add(-t.opts.Retention).UnixNano()
	old := func(seq uint64) (bool, error) {
		at, err := receivedAt(ctx, lane, seq)
		return at < horizon, err
	}
	lo, hi := st.First, upTo+1 // the first record to keep is in [lo, hi]
	for lo < hi {
		mid := lo + (hi-lo)/2
		tooOld, err := old(mid)
		if err != nil {
			return err
		}
		if tooOld {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	keep := lo
	if t.opts.MaxBytes > 0 && st.Bytes > t.opts.MaxBytes {
		share := float64(st.Bytes-t.opts.MaxBytes) / float64(st.Bytes)
		keep = max(keep, st.First+uint64(share*float64(st.Last-st.First+1))+1)
	}
	if keep = min(keep, upTo+1); keep > st.First {
		return lane.Trim(ctx, keep)
	}
	return nil
}

// errFound ends a Read.
var errFound = errors.New("found")

// receivedAt is the receive time of a record or, where it is missing, of the
// next one that is not; beyond all times where there is none.
func receivedAt(ctx context.Context, lane journal.Log, seq uint64) (int64, error) {
	at := int64(math.MaxInt64)
	var dec record.Decoder
	var c record.Commit
	take := func(e journal.Entry) error {
		if err := dec.Decode(e.Data, &c); err != nil {
			return err
		}
		if len(c.Batches) > 0 {
			at = c.Batches[0].Received
		}
		return errFound
	}
	e, err := lane.Get(ctx, seq)
	switch {
	case err == nil:
		err = take(e)
	case errors.Is(err, journal.ErrNotFound):
		err = lane.Read(ctx, seq, take)
	}
	if errors.Is(err, errFound) {
		err = nil
	}
	return at, err
}
