package threads

import (
	"context"
	"fmt"
	"log/slog"
	"slices"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
)

// load reads the log into an empty memory.
func (m *Memory) load(ctx context.Context) error {
	epochs := make(map[epochID]*epoch)
	unreadable := 0
	err := m.o.Log.Read(ctx, 1, func(e journal.Entry) error {
		m.last = e.Seq
		m.logged += len(e.Data) + recordOverhead
		if err := m.loadRecord(epochs, e); err != nil {
			unreadable++
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read the log: %w", err)
	}
	if unreadable > 0 {
		m.unreadable.Add(uint64(unreadable))
		m.log.Error("records of the memory of conversations cannot be read: they are damaged or were sealed with another key file; "+
			"what stood in them is learned again as customers write", slog.Int("records", unreadable))
	}
	for _, s := range m.Sources() {
		for t := range s.tables {
			m.content += s.tables[t].len() * 80
		}
		s.news = true
	}
	m.rotated.Store(false)
	return nil
}

func (m *Memory) loadRecord(epochs map[epochID]*epoch, e journal.Entry) error {
	kind, id, sealed, err := splitRecord(e.Data)
	if err != nil {
		return err
	}
	if kind == kindKey {
		ep, err := openKey(m.o.Sealer, id, sealed)
		if err != nil {
			// Its bytes go with the next compaction all the same.
			m.epochs = append(m.epochs, &epoch{id: id, seq: e.Seq})
			return err
		}
		ep.seq = e.Seq
		epochs[id] = ep
		m.epoch, m.epochs = ep, append(m.epochs, ep)
		return nil
	}
	ep := epochs[id]
	if ep == nil {
		return errRecord
	}
	plain, err := ep.open(e.Data)
	if err != nil {
		return err
	}
	switch kind {
	case kindEntries, kindContent:
		return readEntries(plain, func(found entry) {
			s := m.Source(found.source)
			r := &s.tables[found.table]
			if _, there := r.peek(found.key); !there || kind == kindEntries {
				r.put(found.key, found.place)
			}
		})
	case kindWaiting:
		w, err := decodeWaiting(plain)
		if err != nil {
			return err
		}
		r := &m.Source(w.Source).room
		// A compaction that was cut short leaves them twice.
		w.Events = slices.DeleteFunc(w.Events, func(e event.Event) bool { return r.has(e.ID) })
		if len(w.Events) == 0 {
			m.remove(e.Seq)
			return nil
		}
		r.take(&held{seq: e.Seq, received: w.Received}, w.Events)
		return nil
	}
	return errRecord
}
