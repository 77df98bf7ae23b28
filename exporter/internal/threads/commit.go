package threads

import (
	"context"
	"fmt"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
)

// writeTimeout bounds one write to the log; it is nobody's request's own,
// because many may wait for it.
const writeTimeout = 10 * time.Second

// recordOverhead is about what the log's files spend on a record.
const recordOverhead = 64

// enqueue takes an entry on its way to the log and gives the mark that it will
// be on disk with.
func (m *Memory) enqueue(source string, t table, key string, p place) uint64 {
	if m.o.Log == nil {
		return 0
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pending = appendEntry(m.pending, source, t, key, p)
	return m.next
}

// Sync returns nil once everything up to the mark is on disk. Requests that wait
// at the same time share one write. Its errors are those of journal.Log's
// Append; nothing is forgotten then, and the next Sync writes it again.
func (m *Memory) Sync(ctx context.Context, mark Mark) error {
	if m.durable.Load() >= uint64(mark) {
		return nil
	}
	if err := m.lockLog(ctx); err != nil {
		return err
	}
	defer m.unlockLog()
	if m.durable.Load() >= uint64(mark) {
		return nil
	}
	return m.commit()
}

// lockLog makes the caller the log's only writer until unlockLog.
func (m *Memory) lockLog(ctx context.Context) error {
	select {
	case m.writer <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%w: thread memory: %w", journal.ErrUnavailable, ctx.Err())
	}
}

func (m *Memory) unlockLog() { <-m.writer }

// commit writes what is pending. The caller holds writer.
func (m *Memory) commit() error {
	m.mu.Lock()
	taken, mark := m.pending, m.next
	m.pending = nil
	m.next++
	m.mu.Unlock()
	rest, err := m.appendEntries(kindEntries, taken)
	if err != nil {
		// What is written again after an error stands behind what came before
		// it, and before what came later.
		m.mu.Lock()
		m.pending = append(rest, m.pending...)
		m.mu.Unlock()
		m.failures.Add(1)
		return err
	}
	m.durable.Store(mark)
	return nil
}

// appendEntries writes entries as records, and gives those that it could not
// write.
func (m *Memory) appendEntries(kind recordKind, entries []byte) (rest []byte, err error) {
	for len(entries) > 0 {
		n := chunk(entries)
		if _, err := m.append(kind, entries[:n]); err != nil {
			return entries, err
		}
		entries = entries[n:]
	}
	return nil, nil
}

// chunk is how many bytes of entries go into one record.
func chunk(entries []byte) int {
	n := entrySize(entries)
	for n < len(entries) {
		next := n + entrySize(entries[n:])
		if next > recordPlain {
			break
		}
		n = next
	}
	return n
}

// append seals and writes one record. The caller holds writer.
func (m *Memory) append(kind recordKind, plain []byte) (uint64, error) {
	if m.epoch == nil {
		if err := m.beginEpoch(); err != nil {
			return 0, err
		}
	}
	return m.write(m.epoch.seal(kind, plain))
}

func (m *Memory) write(record []byte) (uint64, error) {
	ctx, cancel := context.WithTimeout(context.Background(), writeTimeout)
	defer cancel()
	seq, err := m.o.Log.Append(ctx, "", record)
	if err != nil {
		return 0, fmt.Errorf("thread memory: %w", err)
	}
	m.last = seq
	m.logged += len(record) + recordOverhead
	return seq, nil
}

// beginEpoch makes a key for everything that is written from now on.
func (m *Memory) beginEpoch() error {
	e, record, err := newEpoch(m.o.Sealer)
	if err != nil {
		return fmt.Errorf("thread memory: %w", err)
	}
	if e.seq, err = m.write(record); err != nil {
		return err
	}
	m.epoch, m.epochs = e, append(m.epochs, e)
	return nil
}

// Durable tells whether everything up to the mark is on disk.
func (m *Memory) Durable(mark Mark) bool { return m.durable.Load() >= uint64(mark) }
