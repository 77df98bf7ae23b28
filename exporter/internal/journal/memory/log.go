package memory

import (
	"bytes"
	"context"
	"fmt"
	"sort"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
)

// memLog is one log. Its fields are guarded by the Store's mutex.
type memLog struct {
	store     *Store
	name      string
	limit     uint64
	bySubject bool

	// entries are in order of sequence, without those removed.
	entries []journal.Entry
	next    uint64
	bytes   uint64
}

var _ journal.Log = (*memLog)(nil)

// Append is part of journal.Log.
func (l *memLog) Append(ctx context.Context, subject string, data []byte) (uint64, error) {
	if len(data) > journal.MaxRecord {
		return 0, fmt.Errorf("%w: %d bytes, the limit is %d", journal.ErrTooLarge, len(data), journal.MaxRecord)
	}
	if (subject != "") != l.bySubject {
		return 0, fmt.Errorf("%w: append to the %s log", journal.ErrSubject, l.name)
	}
	if err := l.store.before(ctx, l.name, true); err != nil {
		return 0, err
	}
	l.store.mu.Lock()
	defer l.store.mu.Unlock()
	if l.limit > 0 && l.bytes+uint64(len(data)) > l.limit {
		return 0, fmt.Errorf("%w: the %s log holds %d of %d bytes", journal.ErrFull, l.name, l.bytes, l.limit)
	}
	e := journal.Entry{Seq: l.next, Subject: subject, Written: l.store.now(), Data: bytes.Clone(data)}
	l.entries = append(l.entries, e)
	l.bytes += uint64(len(data))
	l.next++
	l.enforce(subject)
	return e.Seq, nil
}

// enforce drops the records of a log by subject that are too old or too many.
func (l *memLog) enforce(subject string) {
	if !l.bySubject {
		return
	}
	l.expire()
	count, oldest := 0, 0
	for i, e := range l.entries {
		if e.Subject == subject {
			if count == 0 {
				oldest = i
			}
			count++
		}
	}
	if count > rejectedPerSubject {
		l.remove(oldest, oldest+1)
	}
}

// expire drops what is over age; only the rejected log has an age limit.
func (l *memLog) expire() {
	if !l.bySubject {
		return
	}
	limit := l.store.now().Add(-rejectedMaxAge)
	n := sort.Search(len(l.entries), func(i int) bool { return l.entries[i].Written.After(limit) })
	l.remove(0, n)
}

// remove drops the entries with indexes from i up to, not including, j.
func (l *memLog) remove(i, j int) {
	for _, e := range l.entries[i:j] {
		l.bytes -= uint64(len(e.Data))
	}
	switch {
	case i == j:
	case i == 0:
		l.entries = l.entries[j:]
	default: // copied, since a Read may be looking at the old ones
		l.entries = append(l.entries[:i:i], l.entries[j:]...)
	}
}

// find is the index of the first entry with sequence seq or above.
func (l *memLog) find(seq uint64) int {
	return sort.Search(len(l.entries), func(i int) bool { return l.entries[i].Seq >= seq })
}

// Read is part of journal.Log. fn may call the log.
func (l *memLog) Read(ctx context.Context, from uint64, fn func(journal.Entry) error) error {
	if err := l.store.before(ctx, l.name, false); err != nil {
		return err
	}
	l.store.mu.Lock()
	l.expire()
	// Entries are never changed in place, only cut off and appended to.
	present := l.entries[l.find(from):len(l.entries):len(l.entries)]
	l.store.mu.Unlock()
	for _, e := range present {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("%w: %w", journal.ErrUnavailable, err)
		}
		if err := fn(e); err != nil {
			return err
		}
	}
	return nil
}

// Get is part of journal.Log.
func (l *memLog) Get(ctx context.Context, seq uint64) (journal.Entry, error) {
	if err := l.store.before(ctx, l.name, false); err != nil {
		return journal.Entry{}, err
	}
	l.store.mu.Lock()
	defer l.store.mu.Unlock()
	l.expire()
	i := l.find(seq)
	if i == len(l.entries) || l.entries[i].Seq != seq {
		return journal.Entry{}, l.missing(seq)
	}
	e := l.entries[i]
	e.Data = bytes.Clone(e.Data)
	return e, nil
}

// Delete is part of journal.Log. The bytes are not overwritten: nothing is on
// a disk, and a Read that is under way still has them.
func (l *memLog) Delete(ctx context.Context, seq uint64) error {
	if err := l.store.before(ctx, l.name, true); err != nil {
		return err
	}
	l.store.mu.Lock()
	defer l.store.mu.Unlock()
	i := l.find(seq)
	if i == len(l.entries) || l.entries[i].Seq != seq {
		return l.missing(seq)
	}
	l.remove(i, i+1)
	return nil
}

func (l *memLog) missing(seq uint64) error {
	return fmt.Errorf("record %d of the %s log: %w", seq, l.name, journal.ErrNotFound)
}

// Trim is part of journal.Log.
func (l *memLog) Trim(ctx context.Context, below uint64) error {
	if err := l.store.before(ctx, l.name, true); err != nil {
		return err
	}
	l.store.mu.Lock()
	defer l.store.mu.Unlock()
	l.remove(0, l.find(below))
	return nil
}

// State is part of journal.Log.
func (l *memLog) State(ctx context.Context) (journal.State, error) {
	if err := l.store.before(ctx, l.name, false); err != nil {
		return journal.State{}, err
	}
	l.store.mu.Lock()
	defer l.store.mu.Unlock()
	l.expire()
	st := journal.State{First: l.next, Last: l.next - 1, Bytes: l.bytes, Limit: l.limit}
	if len(l.entries) > 0 {
		st.First, st.Oldest = l.entries[0].Seq, l.entries[0].Written
	}
	return st, nil
}
