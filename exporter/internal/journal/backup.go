package journal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

const (
	// backupAttempts is how often Backup copies the snapshots when the lane is
	// trimmed beyond them meanwhile.
	backupAttempts = 5
	// backupPause comes before the second attempt and doubles.
	backupPause = 100 * time.Millisecond
	// keysPasses bounds how often the end of a log is read again.
	keysPasses = 100
)

// Backup writes the store to w: the log of threads, the newest complete
// snapshot rounds, the lane and the keys log, with their sequences. The
// rejected log is left out, it only serves to look at recent faults; so are
// the log of tasks and the key file, which has to be kept elsewhere.
//
// The store may be in use. What is restored is then what it held at a moment
// during the backup: each part is read after those that depend on it, the
// lane's end after the snapshots and the keys after the records that name
// them, and snapshots that the lane has been trimmed beyond are copied anew.
// The log of threads comes first: what leaves it does so for the lane.
// A key that is erased while the backup runs may still be in it.
//
// Memory is bounded. When Backup fails, what it has written is without a
// trailer and is refused by ReadBackup. The error wraps ErrDamaged when the
// totals could not be made good from the backup: the beginning of the lane is
// trimmed and no snapshot reaches back to it.
func Backup(ctx context.Context, s Store, w io.Writer) error {
	threads := logCopy{id: BackupThreads, log: s.Threads()}
	st, err := threads.state(ctx)
	if err != nil {
		return err
	}
	version := uint32(backupVersion)
	if st.Last > 0 {
		version = backupNewest
	}
	b, err := newBackupWriter(w, version)
	if err != nil {
		return err
	}
	if version == backupNewest {
		if err := b.copyReplaced(ctx, threads); err != nil {
			return err
		}
	}
	if err := b.copyLane(ctx, s); err != nil {
		return err
	}
	if err := b.copyReplaced(ctx, logCopy{id: BackupKeys, log: s.Keys()}); err != nil {
		return err
	}
	return b.trailer()
}

// copyLane writes the snapshots and the lane.
func (b *backupWriter) copyLane(ctx context.Context, s Store) error {
	lane := logCopy{id: BackupLane, log: s.Lane()}
	var failure error
	for attempt := range backupAttempts {
		if attempt > 0 {
			select {
			case <-time.After(backupPause << (attempt - 1)):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		rounds, err := b.copyRounds(ctx, s.Snapshots())
		if errors.Is(err, errRoundChanged) {
			failure = fmt.Errorf("%w: copy the snapshots: %w; try again later", ErrUnavailable, err)
			continue
		}
		if err != nil {
			return err
		}
		if _, err := lane.pass(ctx, b); err != nil {
			return err
		}
		// Trimming may have gone on while the lane was read: what is gone in the
		// store counts as gone in the backup.
		st, err := lane.state(ctx)
		if err != nil {
			return err
		}
		lane.next = max(lane.next, st.First)
		var reach uint64
		if len(rounds) > 0 {
			reach = rounds[0].seq
		}
		if st.First > reach+1 {
			failure = errNoReach
			if err := b.drop(""); err != nil {
				return err
			}
			continue
		}
		for _, r := range rounds {
			if st.First > r.seq+1 {
				if err := b.drop(r.dir); err != nil {
					return err
				}
			}
		}
		return b.logEnd(BackupLane, st.First, lane.next-1)
	}
	return failure
}

var errNoReach = fmt.Errorf("%w: the lane's beginning is trimmed and no snapshot that can be read reaches back to it; "+
	"start the exporter, which writes a new snapshot, or copy the journal's directory while it is stopped", ErrDamaged)

// copyReplaced writes the keys log or that of threads. A record is replaced by
// appending the new one and then deleting the old: whoever misses the old one
// finds the new one behind the end as it was then, so the end is read until
// nothing was missing.
func (b *backupWriter) copyReplaced(ctx context.Context, l logCopy) error {
	for range keysPasses {
		missing, err := l.pass(ctx, b)
		if err != nil {
			return err
		}
		if !missing {
			return b.logEnd(l.id, l.first, l.next-1)
		}
	}
	return fmt.Errorf("%w: records of the %s log keep being replaced; try again later", ErrUnavailable, l.id)
}

// logCopy is how far a log has been copied.
type logCopy struct {
	id  BackupLog
	log Log
	// next is the first sequence that has not been looked at, 0 at the start.
	next uint64
	// first is where the log began when the last pass did.
	first uint64
}

// pass copies from next to the log's end, and tells whether sequences on the
// way had no record.
func (c *logCopy) pass(ctx context.Context, b *backupWriter) (missing bool, err error) {
	st, err := c.state(ctx)
	if err != nil {
		return false, err
	}
	c.first, c.next = st.First, max(c.next, st.First)
	err = c.log.Read(ctx, c.next, func(e Entry) error {
		missing = missing || e.Seq != c.next
		c.next = e.Seq + 1
		return b.record(c.id, e)
	})
	if err != nil {
		return false, fmt.Errorf("copy the %s log: %w", c.id, err)
	}
	if c.next <= st.Last {
		missing, c.next = true, st.Last+1
	}
	return missing, nil
}

func (c *logCopy) state(ctx context.Context) (State, error) {
	st, err := c.log.State(ctx)
	if err != nil {
		return st, fmt.Errorf("state of the %s log: %w", c.id, err)
	}
	return st, nil
}
