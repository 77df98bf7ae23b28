package threads

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
)

// minCompact is how much the log may grow beyond twice its content.
const minCompact = 1 << 20

// due tells whether the log is worth a compaction.
func (m *Memory) due() bool { return m.rotated.Load() || m.logged > 2*m.content+minCompact }

// Tidy does what no request shall wait for: it writes what is still to be
// written, removes records of events that wait no longer, and compacts the log
// when it has grown. It is called every second or so, and once at the end.
func (m *Memory) Tidy(ctx context.Context) error {
	if m.o.Log == nil {
		return nil
	}
	if err := m.lockLog(ctx); err != nil {
		return err
	}
	m.mu.Lock()
	idle := len(m.pending) == 0 && len(m.done) == 0
	m.mu.Unlock()
	var err error
	if !idle {
		err = errors.Join(m.commit(), m.removeDone(ctx))
	}
	due := m.due()
	m.unlockLog()
	if due && err == nil {
		err = m.compact(ctx)
	}
	if err != nil {
		m.fault("the memory of conversations cannot be written; it is tried again", err)
	}
	return err
}

// removeDone overwrites the records of events that wait no longer. Whoever is
// killed before that delivers them once more, which their ids make harmless.
func (m *Memory) removeDone(ctx context.Context) error {
	m.mu.Lock()
	done := m.done
	m.done = nil
	m.mu.Unlock()
	for i, seq := range done {
		if err := m.o.Log.Delete(ctx, seq); err != nil && !errors.Is(err, journal.ErrNotFound) {
			m.mu.Lock()
			m.done = append(m.done, done[i:]...)
			m.mu.Unlock()
			return fmt.Errorf("thread memory: %w", err)
		}
	}
	return nil
}

// compact writes all that is known anew and removes what was in the log before.
// Requests that teach go on meanwhile: what they write stands behind the
// content's beginning and counts more than it.
func (m *Memory) compact(ctx context.Context) error {
	m.compacting.Lock()
	defer m.compacting.Unlock()
	err := m.rewrite(ctx, func() {})
	if err != nil {
		m.rotated.Store(true)
	}
	return err
}

// rewrite is compact without its lock. It calls forget when nothing that is
// kept can have been written out before.
func (m *Memory) rewrite(ctx context.Context, forget func()) error {
	if err := m.lockLog(ctx); err != nil {
		return err
	}
	m.rotated.Store(false)
	forget()
	// What is pending may hold what was just forgotten: it goes to the old part.
	err := m.commit()
	old := m.epochs
	if err == nil {
		err = m.beginEpoch()
	}
	if err != nil {
		m.unlockLog()
		return err
	}
	from := m.epoch.seq
	content := m.encode()
	m.unlockLog()

	size := len(content)
	for len(content) > 0 {
		n := chunk(content)
		if err := m.lockLog(ctx); err != nil {
			return err
		}
		_, err := m.append(kindContent, content[:n])
		m.unlockLog()
		if err != nil {
			return err
		}
		content = content[n:]
	}

	if err := m.lockLog(ctx); err != nil {
		return err
	}
	defer m.unlockLog()
	if err := m.moveWaiting(ctx, from); err != nil {
		return err
	}
	for _, e := range old {
		if err := m.o.Log.Delete(ctx, e.seq); err != nil && !errors.Is(err, journal.ErrNotFound) {
			return fmt.Errorf("thread memory: %w", err)
		}
	}
	if err := m.o.Log.Trim(ctx, from); err != nil {
		return fmt.Errorf("thread memory: %w", err)
	}
	m.epochs = m.epochs[len(old):]
	// What was written beside the content counts as content too: the log is not
	// compacted again for it alone.
	m.logged, m.content = size, size
	return nil
}

// encode writes out all that is known, the old generations first.
func (m *Memory) encode() []byte {
	var b []byte
	for _, s := range m.Sources() {
		s.mu.Lock()
		for t := range tableEnd {
			for _, generation := range []map[string]place{s.tables[t].old, s.tables[t].young} {
				for key, p := range generation {
					b = appendEntry(b, s.name, t, key, p)
				}
			}
		}
		s.mu.Unlock()
	}
	return b
}

// Forget removes what is known of some contacts, from memory and, when it
// returns nil, from the disk: match gets a source's name and a contact's id as
// the vendor gave it, and should be quick. It tells how many entries and events
// went. After an error it is called again.
func (m *Memory) Forget(ctx context.Context, match func(source, contact string) bool) (n int, err error) {
	m.compacting.Lock()
	defer m.compacting.Unlock()
	forget := func() {
		for _, s := range m.Sources() {
			n += s.forget(func(contact string) bool { return contact != "" && match(s.name, contact) })
		}
	}
	if m.o.Log == nil {
		forget()
		return n, nil
	}
	if err := m.rewrite(ctx, forget); err != nil {
		m.failures.Add(1)
		return n, err
	}
	m.log.Info("contacts were removed from the memory of conversations", slog.Int("entries", n))
	return n, nil
}

func (s *Source) forget(match func(contact string) bool) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n += s.tables[conversations].forget(func(_ string, p place) bool { return match(p.contact) })
	n += s.tables[contacts].forget(func(key string, _ place) bool { return match(key) })
	return n + s.room.forget(s.m, match)
}
