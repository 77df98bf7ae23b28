package recount

import (
	"slices"
	"time"
)

// Calendar says when work is done: by weekday or, on a holiday, by the date
// ("2026-12-25") blocks of local minutes [from, to). One that lists teams or
// inboxes applies to those only.
type Calendar struct {
	Name, Zone string
	Weekly     [7][][2]int
	Holidays   map[string][][2]int

	Teams, Inboxes []string
}

// Override sets other targets for a team, an inbox or both; 0 sets none.
type Override struct {
	Team, Inbox string

	FirstResponse    time.Duration
	Resolution       time.Duration
	NegativeResponse time.Duration
}

// rank orders what can be said for a team, an inbox or both: the higher is the
// more specific, -1 does not apply.
func rank(hasTeam, isTeam, hasInbox, isInbox bool) int {
	if hasTeam && !isTeam || hasInbox && !isInbox {
		return -1
	}
	n := 0
	if hasTeam {
		n += 2
	}
	if hasInbox {
		n++
	}
	return n
}

// target is the most specific of those that set one, else the general one.
func (s Settings) target(inbox, team string, general time.Duration, of func(Override) time.Duration) time.Duration {
	best, target := -1, general
	for _, o := range s.Overrides {
		n := rank(o.Team != "", o.Team == team, o.Inbox != "", o.Inbox == inbox)
		if d := of(o); d > 0 && n > best {
			best, target = n, d
		}
	}
	return target
}

func (r *recount) firstResponseTarget(c *conversation) time.Duration {
	return r.s.target(c.inbox.ID, c.team(), r.s.FirstResponse, func(o Override) time.Duration { return o.FirstResponse })
}

func (r *recount) resolutionTarget(c *conversation) time.Duration {
	return r.s.target(c.inbox.ID, c.team(), r.s.Resolution, func(o Override) time.Duration { return o.Resolution })
}

func (r *recount) negativeTarget(c *conversation) time.Duration {
	return r.s.target(c.inbox.ID, c.team(), r.s.NegativeResponse, func(o Override) time.Duration { return o.NegativeResponse })
}

// zoned is a calendar with its zone at hand, and the hours that were walked.
type zoned struct {
	Calendar
	zone *time.Location
	// walked holds for hours since 1970 the minutes that are open.
	walked map[int64][60]bool
}

func zonedCalendars(list []Calendar) (all []*zoned) {
	for _, c := range list {
		zone, err := time.LoadLocation(c.Zone)
		if err != nil {
			panic("recount: " + err.Error())
		}
		all = append(all, &zoned{c, zone, map[int64][60]bool{}})
	}
	return all
}

// calendar of an inbox and team, nil where they are always open.
func (r *recount) calendar(inbox, team string) *zoned {
	best := -1
	var found *zoned
	for _, c := range r.calendars {
		n := rank(len(c.Teams) > 0, slices.Contains(c.Teams, team),
			len(c.Inboxes) > 0, slices.Contains(c.Inboxes, inbox))
		if n > best {
			best, found = n, c
		}
	}
	return found
}

// open reads the local wall clock. Blocks begin and end at whole minutes.
func (z *zoned) open(t time.Time) bool {
	if z == nil {
		return true
	}
	local := t.In(z.zone)
	blocks, holiday := z.Holidays[local.Format(time.DateOnly)]
	if !holiday {
		blocks = z.Weekly[local.Weekday()]
	}
	minute := local.Hour()*60 + local.Minute()
	return slices.ContainsFunc(blocks, func(b [2]int) bool { return b[0] <= minute && minute < b[1] })
}

// between is the open time from a to b. Zones and blocks change at whole
// minutes only, so it is walked in those.
func (z *zoned) between(a, b time.Time) (sum time.Duration) {
	if z == nil {
		return max(0, b.Sub(a))
	}
	for a.Before(b) {
		next := earlier(a.Truncate(time.Minute).Add(time.Minute), b)
		if z.minute(a) {
			sum += next.Sub(a)
		}
		a = next
	}
	return sum
}

// minute is open for a minute, looked up where its hour was walked before.
func (z *zoned) minute(t time.Time) bool {
	hour := t.Truncate(time.Hour)
	minutes, walked := z.walked[hour.Unix()/3600]
	if !walked {
		for i := range minutes {
			minutes[i] = z.open(hour.Add(time.Duration(i) * time.Minute))
		}
		z.walked[hour.Unix()/3600] = minutes
	}
	return minutes[t.Sub(hour)/time.Minute]
}

// business is the open time of a conversation's clock.
func (r *recount) business(c *conversation, from, to time.Time) time.Duration {
	return r.calendar(c.inbox.ID, c.team()).between(from, to)
}

// hours is the value of the label: the calendar at a clock's start.
func (r *recount) hours(c *conversation, start time.Time) string {
	if r.calendar(c.inbox.ID, c.team()).open(start) {
		return "open"
	}
	return "closed"
}
