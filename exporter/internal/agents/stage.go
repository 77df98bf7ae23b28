// Package agents is the agent stage of the fold: whose time goes where. It is
// told what the conversations' shards see of the agents, and what providers
// report of their presence, and accounts in receive time, which never runs
// backwards.
//
// It is pure: no clock, no I/O; the same changes in the same order give the
// same state. A Stage belongs to one goroutine. Accounting is exact whenever it
// happens: an agent's time is added up when something about the agent changes
// or somebody looks, piece by piece between the moments at which the agent's
// state can have changed.
//
// Moments are given in Unix nanoseconds and floored to microseconds; time is
// added up in microseconds, in which a sum over many agents does not overflow.
package agents

import (
	"cmp"
	"math"
	"slices"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

// Settings are durations in nanoseconds.
type Settings struct {
	// BusyAfter is how long an agent's own message keeps him busy.
	BusyAfter int64
	// SessionTimeout is how long an agent is there after an activity, where no
	// provider says so.
	SessionTimeout int64
	// Window is what utilization and load look back on.
	Window int64
}

// Change is what a conversation's change means to an agent, or an activity.
type Change struct {
	// At is the receive time, never below that of a change before it by more
	// than the agent's own time allows: earlier ones count from there.
	At           int64
	Agent        uint64
	Conversation uint64
	// Active, Waiting and Handling are what changes in the conversation's part
	// of the agent's sums: -1, 0 or 1.
	Active, Waiting, Handling int8
	// Wrote is the receive time of the agent's newest message in a conversation
	// that the agent has, 0 for none.
	Wrote int64
	// Left: the conversation is no longer the agent's.
	Left bool
	// Seen: an activity that begins or prolongs an inferred session.
	Seen bool
}

// Stage is the agents' state.
type Stage struct {
	set    Settings
	now    int64 // µs
	agents map[uint64]*agent
	// last is the agent of the last change.
	last *agent
	// order is the agents as they became known.
	order []*agent
	store *m.Store
	// reported is how many agents are there by a provider's word, inferred when
	// the last inferred session ends, in µs.
	reported int
	inferred int64
}

// agent is one agent; moments in µs.
type agent struct {
	id          uint64
	label, team m.ID
	placed      bool
	scope       m.ScopeID
	capacity    uint32
	// presence as reported at reportedAt (event time, ns); PresenceNone is
	// inferred from seen, the last activity, 0 for none.
	presence   event.Presence
	reportedAt int64
	seen       int64

	active, waiting, handling int32
	// own are the unexpired own messages, by until: the last counts, and those
	// that expire are the first, however many there are.
	own []own

	accounted int64
	window    window
}

// fewOwn is up to how many own messages are moved to the front of their array
// when earlier ones go; with more, the array is made anew from time to time.
const fewOwn = 64

// own is an agent's message that keeps him busy.
type own struct {
	conversation uint64
	until        int64
}

func (o own) compare(b own) int {
	return cmp.Or(cmp.Compare(o.until, b.until), cmp.Compare(o.conversation, b.conversation))
}

// New returns a stage without agents.
func New(set Settings) *Stage {
	return &Stage{set: set.micros(), agents: map[uint64]*agent{}, store: m.NewStore(m.NewBuckets())}
}

func (s Settings) micros() Settings {
	return Settings{BusyAfter: s.BusyAfter / 1000, SessionTimeout: s.SessionTimeout / 1000, Window: s.Window / 1000}
}

// Configure puts settings in force from the stage's time on.
func (s *Stage) Configure(set Settings) {
	for _, a := range s.order {
		s.account(a, s.now)
	}
	was := s.set
	s.set = set.micros()
	if was.Window != s.set.Window {
		for _, a := range s.order {
			// What has left the old window stays out, whether or not somebody
			// looked in between.
			a.window.expire(was.Window, s.now)
			a.window.regrid(s.set.Window)
		}
	}
	for _, a := range s.order {
		// A session that is over does not begin again by a longer time-out, as
		// a message that has run out does not either.
		if a.seen+was.SessionTimeout <= s.now {
			a.seen = 0
		}
		if s.set.BusyAfter != was.BusyAfter {
			for i := range a.own {
				a.own[i].until += s.set.BusyAfter - was.BusyAfter
			}
		}
	}
	s.judge()
}

// judge finds out anew who is there.
func (s *Stage) judge() {
	s.reported, s.inferred = 0, 0
	for _, a := range s.order {
		s.count(a, 1)
	}
}

// count counts an agent among those who are there.
func (s *Stage) count(a *agent, n int) {
	switch a.presence {
	case event.PresenceNone:
		if a.seen != 0 {
			s.inferred = max(s.inferred, a.seen+s.set.SessionTimeout)
		}
	case event.PresenceOffline:
	default:
		s.reported += n
	}
}

// get gives the agent, who is known from then on.
func (s *Stage) get(id uint64, at int64) *agent {
	// A message makes several changes of one agent.
	if s.last != nil && s.last.id == id {
		return s.last
	}
	a := s.agents[id]
	if a == nil {
		a = &agent{id: id, accounted: at}
		s.agents[id] = a
		s.order = append(s.order, a)
	}
	s.last = a
	return a
}

// Place tells under which label and team an agent counts from now on. The
// first time makes the agent known: offline until something is heard.
func (s *Stage) Place(id uint64, label, team m.ID, at int64) {
	s.Advance(at)
	a := s.get(id, s.now)
	if a.placed && a.label == label && a.team == team {
		return
	}
	s.account(a, s.now)
	a.label, a.team, a.placed = label, team, true
	a.scope = s.store.AgentScope(label, team)
}

// maxCapacity bounds what an event may claim, so that capacity times the
// longest window fits its sum.
const maxCapacity = 1_000_000

// Capacity tells how many conversations an agent can have, 0 for unknown.
func (s *Stage) Capacity(id uint64, n uint32, at int64) {
	s.Advance(at)
	n = min(n, maxCapacity)
	a := s.get(id, s.now)
	if a.capacity != n {
		s.account(a, s.now)
		a.capacity = n
	}
}

// Presence takes a provider's word, unless it is older, by event time in
// nanoseconds, than the newest.
func (s *Stage) Presence(id uint64, p event.Presence, eventTime, at int64) (applied bool) {
	s.Advance(at)
	a := s.get(id, s.now)
	if p == event.PresenceNone || a.presence != event.PresenceNone && eventTime < a.reportedAt {
		return false
	}
	s.account(a, s.now)
	inferred := a.presence == event.PresenceNone
	s.count(a, -1)
	a.presence, a.reportedAt = p, eventTime
	s.count(a, 1)
	if inferred {
		// The last inferred session may have been his. Once an agent.
		s.judge()
	}
	return true
}

// Apply takes a change.
func (s *Stage) Apply(c Change) {
	s.Advance(c.At)
	a := s.get(c.Agent, s.now)
	at := max(c.At/1000, a.accounted)
	s.account(a, at)
	a.active += int32(c.Active)
	a.waiting += int32(c.Waiting)
	a.handling += int32(c.Handling)
	if c.Left {
		a.own = slices.DeleteFunc(a.own, func(o own) bool { return o.conversation == c.Conversation })
	}
	if o := (own{c.Conversation, c.Wrote/1000 + s.set.BusyAfter}); c.Wrote != 0 && o.until > at {
		if i, found := slices.BinarySearchFunc(a.own, o, own.compare); !found {
			a.own = slices.Insert(a.own, i, o)
		}
	}
	if c.Seen {
		a.seen = max(a.seen, c.At/1000)
		s.count(a, 0)
	}
}

// Advance tells the time; nothing has to be done for it.
func (s *Stage) Advance(at int64) { s.now = max(s.now, at/1000) }

// Awake tells whether some agent is not offline at a moment.
func (s *Stage) Awake(at int64) bool { return s.reported > 0 || at/1000 < s.inferred }

// account adds up an agent's time to a moment.
func (s *Stage) account(a *agent, to int64) {
	for a.accounted < to {
		state, until := s.state(a, a.accounted)
		until = min(until, to)
		s.add(a, state, a.accounted, until)
		a.accounted = until
	}
	n := 0
	for n < len(a.own) && a.own[n].until <= a.accounted {
		n++
	}
	switch {
	case n == 0:
	case len(a.own)-n > fewOwn:
		a.own = a.own[n:]
	default:
		a.own = append(a.own[:0], a.own[n:]...)
	}
}

// state is what an agent does at a moment, and until when nothing but a change
// can end it.
func (s *Stage) state(a *agent, at int64) (state int, until int64) {
	until = math.MaxInt64
	switch a.presence {
	case event.PresenceOffline:
		return m.AgentOffline, until
	case event.PresenceNone:
		end := a.seen + s.set.SessionTimeout
		if a.seen == 0 || at >= end {
			return m.AgentOffline, until
		}
		until = end
	}
	if a.waiting > 0 {
		return m.AgentBusy, until
	}
	if n := len(a.own); n > 0 && at < a.own[n-1].until {
		return m.AgentBusy, min(until, a.own[n-1].until)
	}
	if a.presence == event.PresenceAway {
		return m.AgentAway, until
	}
	return m.AgentAvailable, until
}

func (s *Stage) add(a *agent, state int, from, to int64) {
	if a.placed {
		s.store.Add(m.AgentStateSeconds, a.scope, 0, state, to-from)
		if a.handling > 0 {
			s.store.Add(m.AgentHandleSeconds, a.scope, 0, 0, int64(a.handling)*(to-from))
		}
	}
	if state != m.AgentOffline {
		a.window.add(s.set.Window, from, to, state, int64(a.active), int64(a.capacity))
	}
}

// Settle adds up every agent's time to a moment.
func (s *Stage) Settle(at int64) {
	s.Advance(at)
	for _, a := range s.order {
		s.account(a, s.now)
		a.window.expire(s.set.Window, s.now)
	}
}

// Store holds AgentStateSeconds and AgentHandleSeconds, as of the last Settle.
func (s *Stage) Store() *m.Store { return s.store }
