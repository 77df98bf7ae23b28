package fold

import (
	"math"
	"slices"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/heatmap"
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

// maxPeaks is how many combinations of source, inbox and team have hours of their
// own. What a busy one keeps over 13 weeks takes 0.3 MB.
const maxPeaks = 256

// listener passes on what the shards tell, unless the stage knows already.
type listener struct{ s *State }

func (l listener) news() bool { return l.s.peakSeq < l.s.applying }

func (l listener) Opened(k heatmap.Key, at int64) {
	if l.news() {
		l.s.peaks.Opened(k, at)
	}
}

func (l listener) Message(k heatmap.Key, at int64) {
	if l.news() {
		l.s.peaks.Message(k, at)
	}
}

func (l listener) FirstResponse(k heatmap.Key, start, took int64) {
	if l.news() {
		l.s.peaks.FirstResponse(k, start, took)
	}
}

// nextHour is when a typical volume may change: at the next hour of any zone.
func (s *State) nextHour() int64 {
	if !s.peaks.Any() {
		return math.MaxInt64
	}
	next := heatmap.NextHour(nil, s.received)
	for _, c := range s.front.set.Calendars {
		next = min(next, heatmap.NextHour(c.Zone(), s.received))
	}
	return next
}

// viewTypical shows how many conversations are usual in this hour, by the clock of
// the calendar that applies, else by UTC.
func (s *State) viewTypical(v *m.View) {
	hours := map[*time.Location]heatmap.Hours{}
	for _, k := range s.peaks.Keys(nil) {
		zone := s.front.set.CalendarOf(k.Inbox, k.Team).Zone()
		before, ok := hours[zone]
		if !ok {
			before = heatmap.HoursBefore(zone, s.received)
			hours[zone] = before
		}
		if opened, weeks := s.peaks.Typical(k, before); weeks > 0 {
			v.AddDynamic(m.OpenedTypical, opened, s.labels(m.Scope{Source: k.Source, Inbox: k.Inbox, Team: k.Team})...)
		}
	}
}

// Place is a source, inbox and team; an empty field stands for all of them.
type Place struct{ Source, Inbox, Team string }

// Heatmap gives what happened by hour and weekday from one receive time up to
// another, by the clock of a zone (nil is UTC), in the places that match one of
// those given, or everywhere. It keeps 13 weeks.
func (s *State) Heatmap(places []Place, zone *time.Location, from, to int64) *heatmap.Matrix {
	n := s.front.names
	is := func(want string, d m.Dict, id m.ID) bool { return want == "" || n.Value(d, id) == want }
	return s.peaks.Matrix(func(k heatmap.Key) bool {
		return len(places) == 0 || slices.ContainsFunc(places, func(p Place) bool {
			return is(p.Source, m.DictSource, k.Source) && is(p.Inbox, m.DictInbox, k.Inbox) && is(p.Team, m.DictTeam, k.Team)
		})
	}, zone, from, to)
}
