// Package recount is the test oracle of the conversation metrics: a second,
// deliberately naive implementation of the definitions, written from their
// text alone. It walks a history in the order of arrival, keeps a plain log of
// every conversation and reads that log from its beginning whenever it wants
// to know something. READINGS.md lists where the text leaves a choice.
//
// It shares no code with the real fold and never will; it is slow, keeps
// everything, and is imported by tests only.
package recount

import (
	"slices"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

const (
	otherType    = "other"
	greetingType = "greeting"
	// remembered is how long ids and a thread's last closed conversation are
	// known, in receive time.
	remembered = 7 * 24 * time.Hour
	// tooFarAhead of the receive time an event is a clock anomaly.
	tooFarAhead = 5 * time.Minute
	// unansweredAfter is when customers are said to leave.
	unansweredAfter = 120 * time.Second
	// knownDays is for how many days of UTC a contact counts who gave no consent.
	knownDays = 30
	// expiringSoon is the last stretch of a service window.
	expiringSoon = time.Hour
)

// Recount folds events, given in their order of arrival, lets time run to at
// (or to the last receive time, if that is later) and gives the totals.
func Recount(events []event.Event, s Settings, at time.Time) Totals {
	r := &recount{
		s:          s,
		bounds:     s.buckets(),
		totals:     Totals{},
		applied:    map[[2]string]time.Time{},
		seen:       map[[2]string]int{},
		person:     map[[2]string]string{},
		admitted:   map[string][]string{},
		restricted: map[[2]string]int8{},
		scopes:     map[[3]string]bool{},
		agents:     map[string]*agent{},
		segments:   map[[2]string]string{},
		calendars:  zonedCalendars(s.Calendars),
	}
	r.admitConfigured()
	events = FillReceived(events)
	r.now = at
	if len(events) > 0 {
		r.now = events[0].Received
	}
	r.moment = r.now
	for _, a := range s.Agents {
		r.meet(event.Agent{ID: a.ID})
	}
	for _, e := range events {
		r.take(e)
	}
	r.passTime(at)
	r.gauges()
	r.ratios()
	r.typical()
	r.contacts()
	r.agentTime()
	return r.totals
}

// FillReceived gives a copy of events in which every receive time is set: the
// latest event time so far where there is none, and never below one before it.
func FillReceived(events []event.Event) []event.Event {
	out := slices.Clone(events)
	var latest, now time.Time
	for i := range out {
		latest = later(latest, out[i].Time)
		if out[i].Received.IsZero() {
			out[i].Received = latest
		}
		now = later(now, out[i].Received)
		out[i].Received = now
	}
	return out
}

type recount struct {
	// clusters of near-identical questions; touches counts what keeps them.
	clusters []*cluster
	touches  int
	came     []came
	s        Settings
	bounds   []float64
	totals   Totals
	now      time.Time // receive time, never backwards
	// moment in receive time at which happens what is done just now: now, but
	// for a timer that fired before.
	moment time.Time

	applied map[[2]string]time.Time // source, event id → receive time
	seen    map[[2]string]int       // source, contact id → order of appearance
	person  map[[2]string]string    // source, contact id → canonical id
	threads []*thread               // in order of appearance
	opened  int                     // conversations so far

	admitted   map[string][]string  // label → values, first come
	segments   map[[2]string]string // source, canonical id → what was said last
	restricted map[[2]string]int8   // source, inbox label → last said
	scopes     map[[3]string]bool   // source, inbox and team labels that were counted

	calendars []*zoned
	samples   []sample
	seenAt    []sighting
	consents  []consent

	agents map[string]*agent // by id
	met    []*agent          // in order of appearance
	facts  []fact
}

// thread is source + inbox + contact.
type thread struct {
	source Source
	inbox  Inbox
	person string
	open   *conversation
	closed []*conversation
	// surveys, of every sending and every answer without one.
	surveys []*survey
}

// lastClosed is the conversation that closed last by its date, as long as the
// thread remembers it.
func (t *thread) lastClosed(now time.Time) *conversation {
	var last *conversation
	for _, c := range t.closed {
		if last == nil || !c.closed.Before(last.closed) {
			last = c
		}
	}
	if last == nil || now.Sub(last.closed) > remembered {
		return nil
	}
	return last
}

// conversations of the thread, the open one last.
func (t *thread) conversations() []*conversation {
	if t.open == nil {
		return t.closed
	}
	return append(slices.Clone(t.closed), t.open)
}

// take lets time run to the event's arrival and applies it.
func (r *recount) take(e event.Event) {
	r.passTime(e.Received)
	src, ok := r.s.source(e.Source)
	if !ok || e.Channel != "" && e.Channel != "whatsapp" {
		return
	}
	id := [2]string{e.Source, e.ID}
	if at, dup := r.applied[id]; dup && r.now.Sub(at) <= remembered {
		return
	}
	r.applied[id] = r.now
	r.admit(e)
	if e.Time.Sub(r.now) > tooFarAhead {
		r.anomaly(e)
		return
	}
	r.meet(e.Agent)
	r.presence(e)
	switch {
	case e.Kind == event.LineChanged:
		r.line(e)
	case e.Contact != "" && e.Kind != event.AgentState:
		r.link(e)
		r.see(e)
		t := r.thread(src, e.Inbox, r.canonical(e.Source, e.Contact))
		r.beforeEvent(t, e.Time)
		r.segment(t, e)
		r.apply(t, e)
	}
}

// anomaly counts an event that claims to come from the future. It names the
// team of its thread's open conversation without applying anything.
func (r *recount) anomaly(e event.Event) {
	src, _ := r.s.source(e.Source)
	t := &thread{source: src, inbox: src.inbox(e.Inbox)}
	if p, known := r.person[[2]string{e.Source, e.Contact}]; known && e.Contact != "" {
		if found := r.find(e.Source, e.Inbox, p); found != nil {
			t = found
		}
	}
	r.totals.add("helpdesk_clock_anomalies_total", r.threadLabels(t)...)
}

func (r *recount) line(e event.Event) {
	inbox := r.label("inbox", e.Inbox)
	if e.Line.Event != "" {
		r.totals.add("helpdesk_provider_account_events_total",
			"source", e.Source, "inbox", inbox, "event", r.label("event", e.Line.Event))
	}
	if e.Line.Restricted != 0 {
		r.restricted[[2]string{e.Source, inbox}] = e.Line.Restricted
	}
}

func (r *recount) find(source, inbox, person string) *thread {
	for _, t := range r.threads {
		if t.source.Name == source && t.inbox.ID == inbox && t.person == person {
			return t
		}
	}
	return nil
}

func (r *recount) thread(src Source, inbox, person string) *thread {
	if t := r.find(src.Name, inbox, person); t != nil {
		return t
	}
	t := &thread{source: src, inbox: src.inbox(inbox), person: person}
	r.threads = append(r.threads, t)
	return t
}
