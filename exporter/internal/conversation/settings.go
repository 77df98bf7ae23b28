package conversation

import (
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

// Settings are what the fold goes by, compiled from the configuration record
// that is in force. They are never changed after they were handed to a shard.
// Durations are nanoseconds.
type Settings struct {
	FirstResponse, Resolution, NegativeResponse int64
	ReopenWindow, ThanksAfter, Grace            int64
	DecideWithin                                int64
	// Top is how many escalated conversations are named per team.
	Top int
	// Buckets are the classic bounds of every histogram.
	Buckets measure.Buckets
	// Requested is the handoff reason that means that the customer asked for a
	// person.
	Requested measure.ID
	// Reasons that the fold itself gives to handoffs.
	Unspecified, ByAssignment, Implicit measure.ID
	// Sources by id; Default is for sources that are not configured, which are
	// nil or beyond the end.
	Sources []*Source
	Default *Source
}

// Source is what is particular to a source.
type Source struct {
	Resolves                  bool
	ServiceWindow, CloseAfter int64
	Bot                       bool
	Inboxes                   map[measure.ID]Inbox
}

// Inbox is what is particular to a configured inbox.
type Inbox struct {
	Team measure.ID
	Bot  bool
}

func (s *Settings) source(id measure.ID) *Source {
	if int(id) < len(s.Sources) && s.Sources[id] != nil {
		return s.Sources[id]
	}
	return s.Default
}

func (s *Source) inbox(id measure.ID) Inbox {
	if in, ok := s.Inboxes[id]; ok {
		return in
	}
	return Inbox{Bot: s.Bot}
}

// remember is how long a closed conversation is known: late events are told by
// it, and reopenings.
func (s *Settings) remember() int64 {
	return max(int64(7*24*time.Hour), s.ReopenWindow)
}

// Limits that the definitions fix.
const (
	// unansweredAfter is when customers are said to leave.
	unansweredAfter = int64(120 * time.Second)
	// windowSoon is how long before a service window's end it is shown.
	windowSoon = int64(time.Hour)
	// decideAtMessage is the customer message by which the request type is
	// decided at the latest.
	decideAtMessage = 3
)
