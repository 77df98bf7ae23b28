package conversation

import (
	"time"

	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
)

// keepMoved is how long a contact that was linked away is kept for the
// recovery of the shard it went to; longer than any snapshot is old.
const keepMoved = int64(7 * 24 * time.Hour)

// Extract takes a contact out of the shard, because it is to become part of
// another one. The bytes are for Absorb; nil where the contact is not known.
// They are also kept by position, because the shard that absorbs them may have
// to do so again when it recovers from an older snapshot than this one.
func (s *Shard) Extract(key record.Key, pos Position, received int64) []byte {
	for p, mv := range s.moved {
		if received-mv.at > keepMoved {
			delete(s.moved, p)
		}
	}
	ct := s.contacts[key]
	if ct == nil {
		return nil
	}
	var e encoder
	e.contact(ct)
	for i := range ct.threads {
		if c := ct.threads[i].open; c != nil {
			s.hide(c)
			c.set(ended)
			c.due = 0
			s.open--
		}
	}
	delete(s.contacts, key)
	s.moved[pos] = movedContact{at: received, data: e.b}
	return e.b
}

// Moved gives what Extract gave for that position, nil if nothing.
func (s *Shard) Moved(pos Position) []byte { return s.moved[pos].data }

// Absorb makes an extracted contact part of the one with the given key, which
// need not exist yet. Of two open conversations in one inbox the younger is
// merged into the older; in.Time dates that.
func (s *Shard) Absorb(key record.Key, data []byte, in *Input) error {
	d := decoder{b: data, version: version}
	other := d.contact(s)
	if d.err != nil {
		return d.err
	}
	s.at = in.Received
	ct := s.contact(key, other.source)
	if ct.segment == m.None {
		s.segment(ct, other.segment)
	}
	ct.setPast(append(ct.past(), other.past()...))
	s.awaitMaturity(ct)
	for i := range other.threads {
		from := &other.threads[i]
		th := ct.thread(from.inbox)
		if from.closed > th.closed {
			th.closed, th.closedReplied = from.closed, from.closedReplied
		}
		if from.survey != nil && (th.survey == nil || from.survey.sent > th.survey.sent) {
			th.survey = from.survey
		}
		c := from.open
		if c == nil {
			continue
		}
		s.adopt(ct, c)
		if th.open == nil {
			th.open = c
			s.restore(c)
			continue
		}
		s.merge(th, th.open, c, in)
	}
	s.keepOrDrop(ct)
	return nil
}

// merge closes the younger of two conversations of one thread; the link is an
// event of both, so what was due before it happens first.
func (s *Shard) merge(th *thread, a, b *conv, in *Input) {
	for _, c := range []*conv{a, b} {
		th.open = c
		s.fire(c, in.Received, in.Received, in.Time)
	}
	older, younger := a, b
	if b.opened < a.opened || b.opened == a.opened && b.place.Before(a.place) {
		older, younger = younger, older
	}
	switch {
	case a.gone() && b.gone():
		th.open = nil
		return
	case a.gone():
		older = b
	case b.gone():
		older = a
	default:
		th.open = younger
		s.traced(th.open.contact, th.inbox, Step{Timer: "its contact turned out to be another one, whose conversation is older", At: in.Time}, func() {
			s.close(younger, in.Time, m.ClosedByMerged, 0)
		})
	}
	th.open = older
	s.settle(older)
}

// adopt makes a decoded conversation one of this shard's.
func (s *Shard) adopt(ct *contact, c *conv) {
	c.contact = ct
	c.scope = s.scope(ct, c.inbox, c.team)
	c.due, c.shown, c.waitPos, c.upsetPos, c.escPos = 0, contribution{}, -1, -1, -1
	c.share = c.shareNow()
	s.open++
}
