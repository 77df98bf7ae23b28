package conversation

import (
	"time"

	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

// GlanceHours is how many hours the glance reaches back.
const GlanceHours = 48

// Hour is what happened in one hour of event time, for the live wall.
type Hour struct {
	// Start is the hour's beginning, Unix nanoseconds; 0 is an unused Hour.
	Start int64
	// Received are customer messages, Opened conversations, Answered first
	// responses.
	Received, Opened, Answered uint32
	// Slowest is the longest first response that ended in the hour.
	Slowest Slow
}

// Slow is a first response and how it came about.
type Slow struct {
	ID          m.ConversationID
	Scope       m.Scope
	Start, Stop int64
	Cause       Cause
}

// Wait is the first response in nanoseconds.
func (s Slow) Wait() int64 { return s.Stop - s.Start }

// Cause is what started a headline clock.
type Cause uint8

// Causes.
const (
	CauseCustomer Cause = iota
	CauseHandoff
	CauseAssignment
	CauseImplicit
)

type glance [GlanceHours]Hour

// hour gives the Hour of a moment, nil where the moment is too old.
func (g *glance) hour(at int64) *Hour {
	start := at - at%int64(time.Hour)
	h := &g[(at/int64(time.Hour))%GlanceHours]
	if h.Start > start {
		return nil
	}
	if h.Start < start {
		*h = Hour{Start: start}
	}
	return h
}

func (s *Shard) seeReceived(at int64) {
	if h := s.glance.hour(at); h != nil {
		h.Received++
	}
}

func (s *Shard) seeOpened(at int64) {
	if h := s.glance.hour(at); h != nil {
		h.Opened++
	}
}

func (s *Shard) seeAnswered(c *conv, start, stop int64) {
	h := s.glance.hour(stop)
	if h == nil {
		return
	}
	h.Answered++
	if slow := (Slow{c.id, m.Scope{Source: c.contact.source, Inbox: c.inbox, Team: c.team}, start, stop, c.cause}); slow.slower(h.Slowest) {
		h.Slowest = slow
	}
}

// slower orders so that the order of shards does not matter.
func (s Slow) slower(o Slow) bool {
	if o.Stop == 0 || s.Wait() != o.Wait() {
		return o.Stop == 0 || s.Wait() > o.Wait()
	}
	return string(s.ID[:]) < string(o.ID[:])
}

// Glance adds the shard's hours to sum.
func (s *Shard) Glance(sum *[GlanceHours]Hour) {
	for i, h := range s.glance {
		t := &sum[i]
		if h.Start > t.Start {
			*t = h
			continue
		}
		if h.Start == t.Start && h.Start != 0 {
			t.Received += h.Received
			t.Opened += h.Opened
			t.Answered += h.Answered
			if h.Slowest.Stop != 0 && h.Slowest.slower(t.Slowest) {
				t.Slowest = h.Slowest
			}
		}
	}
}
