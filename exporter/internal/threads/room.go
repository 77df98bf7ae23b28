package threads

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
)

// room is where the events of a source wait, in the order in which they came.
// It is guarded by the Source's mutex.
type room struct {
	waiting []waiting
	// ids of events that are not done: a request that is repeated brings them
	// again.
	ids map[string]struct{}
	// records that hold an event that is not done.
	records map[*held]struct{}
	// size of the events that are not done, in bytes.
	size int
}

// maxWaitingBytes bounds what the waiting events of a source take.
const maxWaitingBytes = 8 << 20

// waiting is one event.
type waiting struct {
	event event.Event
	held  *held
}

// held is what one record of the log holds; seq is 0 without a log.
type held struct {
	seq      uint64
	received time.Time
	// left counts the events that are not done.
	left int
}

func (r *room) take(h *held, events []event.Event) {
	if r.ids == nil {
		r.ids, r.records = make(map[string]struct{}), make(map[*held]struct{})
	}
	h.left = len(events)
	r.records[h] = struct{}{}
	for _, e := range events {
		r.waiting = append(r.waiting, waiting{e, h})
		r.ids[e.ID] = struct{}{}
		r.size += sizeOf(&e)
	}
}

func (r *room) has(id string) bool { _, ok := r.ids[id]; return ok }

// drop takes out and gives those that match.
func (r *room) drop(match func(*waiting) bool) (out []waiting) {
	kept := r.waiting[:0]
	for i := range r.waiting {
		if w := r.waiting[i]; match(&w) {
			out = append(out, w)
		} else {
			kept = append(kept, w)
		}
	}
	clear(r.waiting[len(kept):])
	r.waiting = kept
	return out
}

func (r *room) forget(m *Memory, match func(contact string) bool) int {
	out := r.drop(func(w *waiting) bool { return match(w.event.Contact) || match(w.event.Alias) })
	r.finish(m, out)
	return len(out)
}

// finish forgets events that were taken out.
func (r *room) finish(m *Memory, out []waiting) {
	for _, w := range out {
		delete(r.ids, w.event.ID)
		r.size -= sizeOf(&w.event)
		if w.held.left--; w.held.left > 0 {
			continue
		}
		delete(r.records, w.held)
		m.remove(w.held.seq)
	}
}

// remove has a record overwritten by the next Tidy.
func (m *Memory) remove(seq uint64) {
	if seq > 0 {
		m.mu.Lock()
		m.done = append(m.done, seq)
		m.mu.Unlock()
	}
}

// Waiting is how many events wait, or are under way to the journal.
func (s *Source) Waiting() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.room.ids)
}

// Complete tells whether an event that belongs to a thread may be journalled.
func Complete(e *event.Event) bool { return e.Contact != "" && e.Inbox != "" }

// Hold lets events wait that Complete could not complete, and returns once they
// are on disk; its errors are those of journal.Log's Append. Events that wait
// already are passed over. Those that it does not take are returned: nobody will
// ever know more of them, they bear no id, there is no room, or they are too
// large. raw is kept with them for who gives them up. The events are copied.
func (s *Source) Hold(ctx context.Context, events []event.Event, received time.Time, raw []byte) (refused []event.Event, err error) {
	if s.m.o.Log != nil {
		// From here on until the events are in the room no compaction may pass
		// them over.
		if err := s.m.lockLog(ctx); err != nil {
			return nil, err
		}
		defer s.m.unlockLog()
	}
	s.mu.Lock()
	free, size := s.m.o.MaxWaiting-len(s.room.ids), s.room.size
	var fresh []event.Event
	for i := range events {
		e := &events[i]
		switch {
		case s.room.has(e.ID):
		case e.ID == "", e.Conversation == "" && e.Contact == "", len(fresh) >= free, size+sizeOf(e) > maxWaitingBytes:
			refused = append(refused, *e)
		default:
			fresh = append(fresh, clone(e))
			size += sizeOf(e)
		}
	}
	s.mu.Unlock()
	for len(fresh) > 0 {
		n := fits(fresh)
		h := &held{received: received}
		if s.m.o.Log != nil {
			w := waitingRecord{Source: s.name, Received: received, Events: fresh[:n], Raw: raw}
			plain, err := w.encode()
			if err != nil {
				return refused, err
			}
			h.seq, err = s.m.append(kindWaiting, plain)
			if errors.Is(err, journal.ErrTooLarge) {
				refused = append(refused, fresh[:n]...)
				fresh = fresh[n:]
				continue
			}
			if err != nil {
				s.m.failures.Add(1)
				return refused, err
			}
		}
		raw = nil // once is enough
		s.mu.Lock()
		s.room.take(h, fresh[:n])
		// Another request may have taught meanwhile what they wait for.
		s.news = true
		s.mu.Unlock()
		fresh = fresh[n:]
	}
	return refused, nil
}

// fits is how many events go into one record.
func fits(events []event.Event) int {
	size := 0
	for i := range events {
		if size += sizeOf(&events[i]); size > recordPlain && i > 0 {
			return i
		}
	}
	return len(events)
}

// sizeOf is about what an event takes. Bringing it to the journal or to the
// disk may change its ids and channel, but not this.
func sizeOf(e *event.Event) int {
	size := 512 + len(e.Message.Text) + len(e.ContactName) + len(e.Reason)
	for _, l := range e.Labels {
		size += len(l) + 16
	}
	return size
}

// clone copies an event out of its request's memory.
func clone(e *event.Event) event.Event {
	c := *e
	for _, s := range []*string{
		&c.ID, &c.Source, &c.Channel, &c.Inbox, &c.Contact, &c.ContactName, &c.Conversation, &c.Agent.ID, &c.Agent.Name, &c.Agent.Team,
		&c.Message.ID, &c.Message.Type, &c.Message.Text, &c.Message.ReplyTo, &c.Message.Template.Name, &c.Message.Template.Category,
		&c.Error, &c.RequestType, &c.Segment, &c.Reason, &c.Into, &c.Alias, &c.Line.Event, &c.Line.Template, &c.Line.TemplateState,
	} {
		*s = string([]byte(*s))
	}
	c.Labels = slices.Clone(c.Labels)
	for i, l := range c.Labels {
		c.Labels[i] = string([]byte(l))
	}
	return c
}

// Ready takes the events out of the room that can be completed by now, in
// their order, completed; only is as for Complete. The caller ends each with Done
// or Back. Nothing is looked for where nothing was learned since.
func (s *Source) Ready(only string) *Released {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.room.waiting) == 0 || !s.news {
		return nil
	}
	s.news = false
	out := s.room.drop(func(w *waiting) bool {
		full := w.event
		s.fill(&full, only, s.peek)
		if !Complete(&full) {
			return false
		}
		w.event = full
		return true
	})
	if len(out) == 0 {
		return nil
	}
	return &Released{s: s, out: out}
}

// Released are events that have left the room for the journal.
type Released struct {
	s   *Source
	out []waiting
}

// Events gives a copy of them, which the caller may change.
func (r *Released) Events() []event.Event {
	events := make([]event.Event, len(r.out))
	for i := range r.out {
		events[i] = r.out[i].event
	}
	return events
}

// Done says that the events are in the journal, or given up for good.
func (r *Released) Done() {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	r.s.room.finish(r.s.m, r.out)
}

// Back puts the events into the room again, before what came later.
func (r *Released) Back() {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	r.s.room.waiting = append(slices.Clone(r.out), r.s.room.waiting...)
	r.s.news = true
}

// Expired takes the events out that have waited for too long and are not known
// now either; only is as for Complete. The caller gives them up and says Done.
func (s *Source) Expired(now time.Time, only string) *Released {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.room.drop(func(w *waiting) bool {
		if now.Sub(w.held.received) < s.m.o.Patience {
			return false
		}
		full := w.event
		s.fill(&full, only, s.peek)
		return !Complete(&full)
	})
	if len(out) == 0 {
		return nil
	}
	return &Released{s: s, out: out}
}

// Group is events that came together.
type Group struct {
	Events   []event.Event
	Received time.Time
	// Raw is what Hold was given to keep: nil without a log, or where it cannot
	// be read any more.
	Raw []byte
}

// Groups tells what came together.
func (r *Released) Groups(ctx context.Context) []Group {
	readable := r.s.m.o.Log != nil && r.s.m.lockLog(ctx) == nil
	if readable {
		defer r.s.m.unlockLog()
	}
	var groups []Group
	place := make(map[*held]int)
	for i := range r.out {
		w := &r.out[i]
		at, ok := place[w.held]
		if !ok {
			at = len(groups)
			place[w.held] = at
			g := Group{Received: w.held.received}
			if readable {
				if kept, err := r.s.m.reopenWaiting(ctx, w.held.seq); err == nil {
					g.Raw = kept.Raw
				}
			}
			groups = append(groups, g)
		}
		groups[at].Events = append(groups[at].Events, w.event)
	}
	return groups
}

// reopenWaiting reads a record of waiting events. The caller holds writer.
func (m *Memory) reopenWaiting(ctx context.Context, seq uint64) (*waitingRecord, error) {
	plain, err := m.reopen(ctx, seq)
	if err != nil {
		return nil, err
	}
	return decodeWaiting(plain)
}

// reopen reads a record of any epoch that is still there. The caller holds
// writer.
func (m *Memory) reopen(ctx context.Context, seq uint64) ([]byte, error) {
	e, err := m.o.Log.Get(ctx, seq)
	if err != nil {
		return nil, fmt.Errorf("thread memory: %w", err)
	}
	_, id, _, err := splitRecord(e.Data)
	if err != nil {
		return nil, err
	}
	for _, ep := range m.epochs {
		if ep.id == id && ep.aead != nil {
			return ep.open(e.Data)
		}
	}
	return nil, errRecord
}

// moveWaiting writes the records of waiting events anew that stand before a
// sequence. The caller holds writer. Those that are under way to the journal
// move too: they may come back.
func (m *Memory) moveWaiting(ctx context.Context, from uint64) error {
	for _, s := range m.Sources() {
		for _, h := range s.heldBefore(from) {
			if err := s.move(ctx, h); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Source) heldBefore(from uint64) (list []*held) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for h := range s.room.records {
		if h.seq < from {
			list = append(list, h)
		}
	}
	slices.SortFunc(list, func(a, b *held) int { return cmp.Compare(a.seq, b.seq) })
	return list
}

// move leaves behind what is done: among it may be what was forgotten, which the
// raw request says too.
func (s *Source) move(ctx context.Context, h *held) error {
	w, err := s.m.reopenWaiting(ctx, h.seq)
	switch {
	case errors.Is(err, errRecord), errors.Is(err, journal.ErrNotFound):
		w = s.rebuild(h)
	case err != nil:
		return err
	}
	s.mu.Lock()
	n := len(w.Events)
	w.Events = slices.DeleteFunc(w.Events, func(e event.Event) bool { return !s.room.has(e.ID) })
	s.mu.Unlock()
	if len(w.Events) < n {
		w.Raw = nil
	}
	plain, err := w.encode()
	if err != nil {
		return err
	}
	seq, err := s.m.append(kindWaiting, plain)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	h.seq = seq
	if h.left == 0 {
		s.m.remove(seq)
	}
	return nil
}

// rebuild makes a record anew that the disk has lost.
func (s *Source) rebuild(h *held) *waitingRecord {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := &waitingRecord{Source: s.name, Received: h.received}
	for i := range s.room.waiting {
		if s.room.waiting[i].held == h {
			w.Events = append(w.Events, s.room.waiting[i].event)
		}
	}
	return w
}
