package tracker

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fold"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
)

// load brings the state to the journal's end: the newest snapshot that can be
// read, then the rest of the journal.
func (l *loop) load(ctx context.Context) error {
	t := l.t
	began := time.Now()
	lane := t.opts.Store.Lane()
	st, err := lane.State(ctx)
	if err != nil {
		return err
	}
	l.state, l.roundID, err = newestSnapshot(ctx, t)
	if err != nil {
		return err
	}
	rolledBack := t.opts.RolledBack
	fresh := l.state == nil && st.Last == 0
	if l.state == nil {
		// From nothing: the journal's first record is a configuration.
		l.state = fold.New(config.FoldConfig{})
		if st.First > 1 && st.Last != 0 {
			t.log.Error("no snapshot can be read and the journal's beginning is trimmed: counters begin anew", "first", st.First)
			rolledBack = true
		}
	} else if from := l.state.Seq() + 1; st.Last >= from && st.First > from {
		t.log.Error("records between the snapshot and the journal are missing: counters may be too low", "snapshot", from-1, "first", st.First)
		rolledBack = true
	}
	rewound := l.state.Seq() > st.Last
	if rewound {
		t.log.Error("the journal ends before the snapshot; the snapshot's figures are kept", "snapshot", l.state.Seq(), "last", st.Last)
		l.state.Rewind(st.Last)
	}
	l.last = l.state.Seq()
	from := l.last
	gaps := gaps{log: t.log, next: max(from+1, st.First)}
	l.loading = true
	err = l.catchUp(ctx, gaps.see)
	l.loading = false
	if err != nil {
		return fmt.Errorf("replaying the journal from record %d: %w", l.last+1, err)
	}
	lost := gaps.end(st.Last)
	rolledBack = rolledBack || lost
	t.applied.Store(l.last)
	if err := l.begin(ctx, fresh, rolledBack); err != nil {
		return err
	}
	if t.opts.Began != nil {
		if err := t.opts.Began(); err != nil {
			return err
		}
	}
	t.opts.Observer.RolledBack(l.state.Rollbacks())
	t.ready.Store(true)
	t.log.Info("journal replayed", "snapshot", from, "last", l.last, "open_conversations", l.state.Open(), "took", time.Since(began).Round(time.Millisecond))
	if rewound || lost {
		// The next start is not to find the same again.
		l.startRound()
	}
	return nil
}

// gaps finds the records that are missing where others follow, or where the
// journal says it ends: a store drops what it finds damaged without a word.
type gaps struct {
	log *slog.Logger
	// next is the sequence that has to come.
	next          uint64
	ranges, count uint64
}

// maxGaps is how many ranges are named.
const maxGaps = 10

func (g *gaps) see(seq uint64) {
	if seq > g.next {
		g.ranges++
		g.count += seq - g.next
		if g.ranges <= maxGaps {
			g.log.Error("records are missing from the journal: counters may be too low; restore it from a backup to get them back",
				"first", g.next, "last", seq-1)
		}
	}
	g.next = max(g.next, seq+1)
}

// end tells whether anything is missing of a journal that ends at last.
func (g *gaps) end(last uint64) bool {
	g.see(last + 1)
	if g.ranges > maxGaps {
		g.log.Error("more records are missing from the journal; `journal verify` tells of them", "ranges", g.ranges, "records", g.count)
	}
	return g.count > 0
}

// begin writes the records that a start may need.
func (l *loop) begin(ctx context.Context, fresh, rolledBack bool) error {
	now := l.receive(l.t.opts.Clock.Now())
	var c record.Commit
	if rolledBack {
		c.Batches = append(c.Batches, record.Batch{Kind: record.KindRollback, Received: now})
	}
	want := config.EncodeFold(l.t.opts.Config)
	if fresh || string(config.EncodeFold(l.state.Config())) != string(want) {
		c.Batches = append(c.Batches, record.Batch{Kind: record.KindConfig, Received: now, Config: want})
	}
	if len(c.Batches) == 0 {
		return nil
	}
	return l.put(ctx, &c)
}

// newestSnapshot restores the newest round that can be read, nil where there
// is none. last is the highest number of any round.
func newestSnapshot(ctx context.Context, t *Tracker) (s *fold.State, last uint64, err error) {
	blobs := t.opts.Store.Snapshots()
	complete, rest, err := rounds(ctx, blobs)
	if err != nil {
		return nil, 0, err
	}
	for _, name := range append(rest, complete...) {
		last = max(last, roundID(name))
	}
	for _, dir := range complete {
		s, err := readRound(ctx, blobs, dir)
		if err == nil {
			return s, last, nil
		}
		if ctx.Err() != nil {
			return nil, 0, ctx.Err()
		}
		t.opts.Observer.SnapshotFailed()
		t.log.Error("a snapshot cannot be read; trying the one before it", "round", dir, "err", err)
	}
	return nil, last, nil
}

func readRound(ctx context.Context, blobs journal.Blobs, dir string) (*fold.State, error) {
	m, err := readManifest(ctx, blobs, dir)
	if err != nil {
		return nil, err
	}
	if m.Parts < fold.LeastParts || m.Parts > fold.Parts {
		return nil, fmt.Errorf("%w: %d parts, want %d", fold.ErrSnapshot, m.Parts, fold.Parts)
	}
	parts := make([][]byte, m.Parts)
	for i := range parts {
		if parts[i], err = readBlob(ctx, blobs, dir+partName(i)); err != nil {
			return nil, fmt.Errorf("part %d: %w", i, err)
		}
	}
	return fold.Restore(parts)
}

// OldestSnapshot restores the oldest round that is complete, nil where there
// is none.
func OldestSnapshot(ctx context.Context, blobs journal.Blobs) (*fold.State, error) {
	complete, _, err := rounds(ctx, blobs)
	if err != nil || len(complete) == 0 {
		return nil, err
	}
	return readRound(ctx, blobs, complete[len(complete)-1])
}
