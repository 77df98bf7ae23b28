package recounttest

import (
	"fmt"
	"time"

	"pgregory.net/rapid"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/recount"
)

// gaps are the stretches that lie on, just before and just after something that
// the definitions let happen by time.
var gaps = []time.Duration{
	0, time.Second, 4 * time.Second, 5 * time.Second, 6 * time.Second,
	59 * time.Second, 60 * time.Second, 61 * time.Second,
	119 * time.Second, 120 * time.Second, 121 * time.Second,
	179 * time.Second, 180 * time.Second, 181 * time.Second,
	299 * time.Second, 300 * time.Second, 301 * time.Second,
	9*time.Minute + 59*time.Second, 10 * time.Minute, 10*time.Minute + time.Second,
	time.Hour, 2 * time.Hour, 2*time.Hour + time.Second, 23 * time.Hour,
	24*time.Hour - time.Second, 24 * time.Hour, 24*time.Hour + time.Second,
	24*time.Hour + 4*time.Second, 24*time.Hour + 6*time.Second,
	30*time.Minute - time.Second, 30 * time.Minute, 30*time.Minute + time.Second,
	3 * 24 * time.Hour, 8 * 24 * time.Hour,
	week - time.Second, week, week + time.Second, week + 4*time.Second, week + 6*time.Second,
	time.Minute + 333*time.Millisecond + time.Nanosecond,
}

const week = 7 * 24 * time.Hour

// shortGaps keep a dialogue going.
var shortGaps = []time.Duration{
	0, time.Second, 2 * time.Second, 5 * time.Second, 20 * time.Second,
	59 * time.Second, 61 * time.Second, 2 * time.Minute,
}

// lags are how much older than the moment an event is that was overtaken:
// within the lateness grace and beyond it.
var lags = []time.Duration{
	time.Second, 2 * time.Second, 4 * time.Second, 5 * time.Second, 6 * time.Second,
	30 * time.Second, 60 * time.Second, 10 * time.Minute, 2 * time.Hour, 25 * time.Hour,
}

// leads are how far ahead of its arrival an event may claim to be.
var leads = []time.Duration{
	time.Second, 5 * time.Second, 5 * time.Minute, 5*time.Minute + time.Second, time.Hour,
}

// delays are how long after the event it arrives.
var delays = []time.Duration{
	0, 0, 0, time.Second, 4 * time.Second, 5 * time.Second, 6 * time.Second, 65 * time.Second, 10 * time.Minute,
	time.Second + 1234567*time.Nanosecond,
}

// starts are the first moments of histories: an ordinary Monday, and the eves
// of the nights in which the clocks of New York are set.
var starts = []time.Time{
	Start,
	time.Date(2026, 3, 7, 22, 0, 0, 0, time.UTC),
	time.Date(2026, 10, 31, 22, 0, 0, 0, time.UTC),
}

// GenSettings draws a configuration of two sources: "events" resolves, "plain"
// does not; each has an inbox with a bot and one without.
func GenSettings() *rapid.Generator[recount.Settings] {
	return rapid.Custom(func(t *rapid.T) recount.Settings {
		s := recount.Defaults()
		window := one(t, "service_window", []time.Duration{24 * time.Hour, time.Hour})
		s.Sources = []recount.Source{{
			Name: "events", Resolves: true, ServiceWindow: window,
			CloseAfter: one(t, "close_after", []time.Duration{24 * time.Hour, 25 * time.Hour, 2 * time.Hour}),
			Inboxes:    []recount.Inbox{{ID: "i1"}, {ID: "i2", Team: "sales", Bot: true}},
		}, {
			Name: "plain", Resolves: false, ServiceWindow: window,
			CloseAfter: one(t, "close_after", []time.Duration{2 * time.Hour, 24 * time.Hour}),
			Inboxes:    []recount.Inbox{{ID: "p1", Team: "support"}, {ID: "p2", Bot: true}},
		}}
		s.Agents = []recount.Agent{
			{ID: "a1", Team: "support"},
			{ID: "a2", Team: "sales", Name: "Agent Two", Capacity: 2},
		}
		s.AgentTimes.Label = one(t, "agents", []string{"id", "id", "id", "off"})
		s.AgentTimes.SessionTimeout = one(t, "session_timeout", []time.Duration{30 * time.Minute, 2 * time.Minute})
		s.AgentTimes.BusyAfterMessage = one(t, "busy_after_message", []time.Duration{3 * time.Minute, 20 * time.Second})
		s.AgentTimes.UtilizationWindow = one(t, "utilization_window", []time.Duration{time.Hour, 10 * time.Minute, 25 * time.Hour})
		s.Calendars = some(t, "calendar", calendars)
		s.Overrides = some(t, "override", overrides)
		s.CSAT.OpenFor = one(t, "open_for", []time.Duration{24 * time.Hour, time.Hour, 10 * time.Minute})
		s.CSAT.SatisfiedMin = one(t, "satisfied_min", []int{4, 5})
		s.CSAT.Scales = one(t, "scales", []map[int]map[int]int{nil, {10: {
			1: 1, 2: 1, 3: 1, 4: 2, 5: 2, 6: 3, 7: 3, 8: 4, 9: 5, 10: 5}}})
		s.RatiosWindow = one(t, "ratios", []time.Duration{24 * time.Hour, time.Hour, 8 * 24 * time.Hour})
		s.ConversationLabels = []string{"vip", "invoice"}
		s.Segments = one(t, "segments", [][]string{nil, {"gold", "new"}})
		s.FirstResponse = one(t, "first_response", []time.Duration{60 * time.Second, 120 * time.Second})
		s.Resolution = one(t, "resolution", []time.Duration{300 * time.Second, 10 * time.Minute, time.Hour})
		s.NegativeResponse = one(t, "negative", []time.Duration{180 * time.Second, 60 * time.Second})
		s.RequestTypes = []recount.RequestType{
			{Name: "billing", Labels: []string{"invoice", "refund"}},
			{Name: "delivery", Labels: []string{"parcel"}}, {Name: "greeting"},
		}
		s.FailureCodes = []string{"131026", "131047"}
		s.IsClosing, s.AsksForPerson, s.Sentiment = Closing, AsksForPerson, Sentiment
		s.Rating, s.OptIn, s.OptOut = Rating, OptIn, OptOut
		if below(t, 2, "topics") == 1 {
			s.Topic = Topic
		}
		return s
	})
}

// GenHistory draws a history of up to about fifty events.
func GenHistory() *rapid.Generator[History] {
	return rapid.Custom(func(t *rapid.T) History {
		start := one(t, "start", starts)
		g := &generator{t: t, now: start, settings: GenSettings().Draw(t, "settings")}
		g.receive = one(t, "receive", []string{"unset", "equal", "later", "mixed"})
		g.disorder = below(t, 3, "disorder")
		for range 1 + below(t, 50, "events") {
			g.step()
		}
		end := g.received
		for _, e := range g.events {
			if e.Received.IsZero() && e.Time.After(end) {
				end = e.Time
			}
		}
		return History{
			Start:    start,
			Settings: g.settings,
			Events:   g.events,
			At:       end.Add(one(t, "rest", gaps)),
		}
	})
}

// generator is a history in the making.
type generator struct {
	t        *rapid.T
	settings recount.Settings
	events   []event.Event
	now      time.Time
	received time.Time // the latest that was set
	receive  string    // how receive times are set
	disorder int       // 0: events arrive in order; 2: often not

	source, inbox, contact string // of the event before
	serial                 int
}

// step adds one event, or one again.
func (g *generator) step() {
	if len(g.events) > 0 && g.chance(4, "again") {
		e := g.events[len(g.events)-1-below(g.t, min(len(g.events), 8), "back")]
		// A repetition keeps clear of the memory of 7 days, whose edge an
		// implementation may draw by whole days.
		if g.now.Sub(e.Time) < 6*24*time.Hour {
			g.push(e)
		}
		return
	}
	var e event.Event
	lag := time.Duration(0)
	if g.oursWasLast() && g.chance(g.disorder*6, "answered before it came") {
		// The question that our message answers arrives behind it.
		e, lag = g.customer(), one(g.t, "lag", lags[:6])
		g.now = g.now.Add(one(g.t, "gap", shortGaps[:4]))
	} else {
		g.where()
		g.advance()
		e = g.happen()
		if g.chance(g.disorder*8, "overtaken") {
			lag = one(g.t, "lag", lags)
		} else if g.chance(g.disorder, "ahead") {
			lag = -one(g.t, "lead", leads)
		}
	}
	g.serial++
	e.ID = fmt.Sprintf("e%d", g.serial)
	e.Source = g.source
	e.Time = g.now.Add(-lag)
	if e.Kind != event.LineChanged && e.Kind != event.AgentState {
		e.Contact = g.contact
	}
	if e.Kind != event.AgentState {
		e.Inbox = g.inbox
	}
	if len(g.settings.Segments) > 0 {
		// As a list of customers would: whoever is known is known by every event.
		e.Segment = one(g.t, "segment", g.settings.Segments)
	}
	if g.chance(1, "elsewhere") {
		e.Channel = "instagram"
	}
	g.push(e)
}

func (g *generator) oursWasLast() bool {
	return len(g.events) > 0 && g.events[len(g.events)-1].Kind == event.MessageSent
}

// inThread tells whether e belongs to the thread that the next event is for.
func (g *generator) inThread(e event.Event) bool {
	return e.Source == g.source && e.Inbox == g.inbox && e.Contact == g.contact
}

// where stays in the thread of the event before more often than not.
func (g *generator) where() {
	if g.source == "" || g.chance(6, "other source") {
		g.source = pick(g, "source", "events", "plain")
		g.inbox = ""
	}
	if g.inbox == "" || g.chance(13, "other inbox") {
		g.inbox = pick(g, "inbox", map[string][]string{
			"events": {"i1", "i2"}, "plain": {"p1", "p2"}}[g.source]...)
	}
	if g.contact == "" || g.chance(15, "other contact") {
		g.contact = pick(g, "contact", "c1", "c1", "c2", "c2", "c3", "c3", "b1")
	}
}

// advance lets time pass: a little, something interesting, or until something
// interesting after an earlier event of the thread.
func (g *generator) advance() {
	switch how := below(g.t, 10, "how"); {
	case how < 6:
		g.now = g.now.Add(one(g.t, "gap", shortGaps))
	case how < 8:
		g.now = g.now.Add(one(g.t, "gap", gaps))
	default:
		for back := len(g.events) - 1; back >= 0 && back >= len(g.events)-10; back-- {
			e := g.events[back]
			if e.Source == g.source && e.Contact == g.contact && g.chance(50, "from here") {
				to := e.Time.Add(one(g.t, "gap", gaps))
				if to.After(g.now) {
					g.now = to
				}
				return
			}
		}
	}
}

// push lets an event arrive.
func (g *generator) push(e event.Event) {
	how := g.receive
	if how == "mixed" {
		how = pick(g, "received", "unset", "equal", "later")
	}
	at := g.now
	switch how {
	case "unset":
		e.Received = time.Time{}
		g.events = append(g.events, e)
		return
	case "later":
		at = at.Add(one(g.t, "delay", delays))
	}
	if at.Before(g.received) {
		at = g.received
	}
	e.Received, g.received = at, at
	g.events = append(g.events, e)
}
