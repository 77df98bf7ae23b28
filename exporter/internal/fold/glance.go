package fold

import (
	"sort"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/conversation"
)

// Glance is what the live wall shows beside the metrics: hour by hour, and why
// the slowest first response took as long.
type Glance struct {
	// Now is the receive time of the last record.
	Now time.Time
	// Hours are the last hours, oldest first, without gaps; the last one holds
	// Now.
	Hours []Hour
	// Slowest is the longest first response of these hours, nil without any.
	Slowest *Slow
}

// Hour is one hour of event time.
type Hour struct {
	Start                      time.Time
	Received, Opened, Answered int
}

// Slow is a first response and how it came about.
type Slow struct {
	Conversation        string
	Source, Inbox, Team string
	Start, Stop         time.Time
	Cause               conversation.Cause
}

// Glance looks back n hours, at most conversation.GlanceHours.
func (s *State) Glance(n int) Glance {
	var ring [conversation.GlanceHours]conversation.Hour
	for _, sh := range s.shards {
		sh.Glance(&ring)
	}
	hours := append([]conversation.Hour(nil), ring[:]...)
	sort.Slice(hours, func(i, j int) bool { return hours[i].Start < hours[j].Start })
	g := Glance{Now: time.Unix(0, s.received).UTC()}
	first := g.Now.Truncate(time.Hour).Add(-time.Duration(n-1) * time.Hour)
	for i := range n {
		g.Hours = append(g.Hours, Hour{Start: first.Add(time.Duration(i) * time.Hour)})
	}
	var slowest conversation.Slow
	for _, h := range hours {
		i := int(time.Unix(0, h.Start).Sub(first) / time.Hour)
		if h.Start == 0 || i < 0 || i >= n || time.Unix(0, h.Start).Before(first) {
			continue
		}
		g.Hours[i].Received, g.Hours[i].Opened, g.Hours[i].Answered = int(h.Received), int(h.Opened), int(h.Answered)
		if h.Slowest.Stop != 0 && (slowest.Stop == 0 || h.Slowest.Wait() > slowest.Wait()) {
			slowest = h.Slowest
		}
	}
	if slowest.Stop != 0 {
		l := s.labels(slowest.Scope)
		g.Slowest = &Slow{
			Conversation: slowest.ID.String(), Source: l[0], Inbox: l[1], Team: l[2],
			Start: time.Unix(0, slowest.Start).UTC(), Stop: time.Unix(0, slowest.Stop).UTC(), Cause: slowest.Cause,
		}
	}
	return g
}
