package conversation

import (
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/calendar"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

// Settings are what the fold goes by, compiled from the configuration record
// that is in force. They are never changed after they were handed to a shard.
// Durations are nanoseconds.
type Settings struct {
	Targets
	ReopenWindow, ThanksAfter, Grace int64
	DecideWithin                     int64
	// SurveyOpenFor is how long a survey takes a bare rating for an answer,
	// SatisfiedMin the score from which an answer counts as satisfied, Scales
	// how the scores of scales other than 1–5 map to it.
	SurveyOpenFor int64
	SatisfiedMin  int
	Scales        map[float64]map[float64]int
	// RatiosWindow is what ratio gauges look back on.
	RatiosWindow int64
	// SessionTimeout is the customer's silence after which nobody handles a
	// conversation.
	SessionTimeout int64
	// Overrides are the targets of inboxes and teams that have their own.
	Overrides []Override
	// Calendars are the business hours; where none fits it is always open.
	Calendars []Calendar
	// Greeting is the request type of conversations in which customers do no more,
	// None where there is none.
	Greeting measure.ID
	// Segments: what is counted tells the customer's segment.
	Segments bool
	// Audits are the rules for what humans write.
	Audits Audits
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

// Targets in nanoseconds.
type Targets struct{ FirstResponse, Resolution, NegativeResponse int64 }

// Where says which inboxes and teams a rule is for.
type Where struct {
	// Inboxes and Teams are lists; an empty one is for all of them.
	Inboxes, Teams map[measure.ID]bool
}

// fit tells how well the rule fits, 0 not at all: a rule for inbox and team
// goes before one for the team, that before one for the inbox, that before one
// for all.
func (w Where) fit(inbox, team measure.ID) int {
	fit := 1
	if len(w.Inboxes) > 0 {
		if !w.Inboxes[inbox] {
			return 0
		}
		fit++
	}
	if len(w.Teams) > 0 {
		if !w.Teams[team] {
			return 0
		}
		fit += 2
	}
	return fit
}

// Override is the targets of some inboxes or teams; 0 is the general one.
type Override struct {
	Where
	Targets
}

// Calendar is the business hours of some inboxes or teams.
type Calendar struct {
	Where
	*calendar.Calendar
}

// CalendarOf gives the calendar that applies, nil where it is always open.
func (s *Settings) CalendarOf(inbox, team measure.ID) (best *calendar.Calendar) {
	fits := 0
	for _, c := range s.Calendars {
		if f := c.fit(inbox, team); f > fits {
			best, fits = c.Calendar, f
		}
	}
	return best
}

func (s *Shard) calendar(c *conv) *calendar.Calendar {
	if len(s.set.Calendars) == 0 {
		return nil
	}
	at := place{c.inbox, c.team}
	cal, ok := s.calendars[at]
	if !ok {
		cal = s.set.CalendarOf(c.inbox, c.team)
		s.calendars[at] = cal
	}
	return cal
}

// closedAt tells whether the conversation's calendar was closed.
func (s *Shard) closedAt(c *conv, at int64) bool { return !s.calendar(c).Open(at) }

// TargetsOf gives the targets that apply, each the best fitting one.
func (s *Settings) TargetsOf(inbox, team measure.ID) Targets {
	t := s.Targets
	fits := [3]int{}
	for i := range s.Overrides {
		o := &s.Overrides[i]
		f := o.fit(inbox, team)
		for i, own := range [...]struct{ from, to *int64 }{
			{&o.FirstResponse, &t.FirstResponse}, {&o.Resolution, &t.Resolution}, {&o.NegativeResponse, &t.NegativeResponse},
		} {
			if *own.from != 0 && f > fits[i] {
				*own.to, fits[i] = *own.from, f
			}
		}
	}
	return t
}

func (s *Shard) targets(c *conv) Targets {
	if len(s.set.Overrides) == 0 {
		return s.set.Targets
	}
	return s.set.TargetsOf(c.inbox, c.team)
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
