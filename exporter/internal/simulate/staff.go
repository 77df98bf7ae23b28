package simulate

import (
	"strconv"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

// conversationsPerAgent is how many customers a day an agent is hired for: by
// day that leaves some air, in the evening it does not.
const conversationsPerAgent = 86

// shifts, in hours of the local day. The evening is the short-handed one,
// though it brings the most customers: that is where waiting comes from.
var shifts = []struct{ from, to float64 }{
	{8, 16.5}, {13.5, 22.5}, {9, 18}, {7, 15}, {10, 19}, {15, 23.5}, {8.5, 17.5}, {22, 31},
}

// daysOff is the share of the staff that does not come, Sunday first: fewer
// customers write at the weekend.
var daysOff = [7]float64{0.38, 0.09, 0.09, 0.09, 0.09, 0.09, 0.2}

// agent answers one message after the other, for several customers at a time.
type agent struct {
	as       event.Agent
	key      uint64
	team     int
	shift    int
	presence event.Presence
	// free is when everything that the agent has to answer is answered.
	free    time.Duration
	talking []*talk
}

func (a *agent) hasRoom() bool {
	return a.presence == event.PresenceAvailable && len(a.talking) < a.as.Capacity
}

// hire makes the staff and plans their days. Who is on shift when the
// scenario starts logs in first of all.
func (s *Scenario) hire() {
	for i := range s.opts.Agents {
		team := 0
		if n := len(s.opts.Teams); n > 1 && i%2 == 1 {
			team = 1 + i/2%(n-1)
		}
		name := strconv.Itoa(i + 1)
		a := &agent{
			as: event.Agent{
				ID: "agent-" + name, Name: "Agent " + name, Team: s.opts.Teams[team],
				Capacity: 4 + s.rng.IntN(2),
			},
			key: mix(uint64(i) ^ 0xa9e57), team: team, shift: i % len(shifts),
			presence: event.PresenceOffline,
		}
		s.staff = append(s.staff, a)
		// Yesterday's plan too: a night shift began then.
		s.shift(a, s.midnight(-1))
		s.shift(a, s.midnight(0))
		if a.presence != event.PresenceOffline {
			s.say(a)
		}
	}
}

// midnight is the start of the local day that is n days from now.
func (s *Scenario) midnight(n int) time.Duration {
	y, m, d := s.clock(s.now).Date()
	return time.Date(y, m, d+n, 0, 0, 0, 0, s.opts.Start.Location()).Sub(s.opts.Start)
}

// shift plans one working day of an agent, and with its start the next one.
func (s *Scenario) shift(a *agent, midnight time.Duration) {
	hours := func(h float64) time.Duration { return midnight + time.Duration(h*float64(time.Hour)) }
	plan := shifts[a.shift]
	from := hours(plan.from) + s.rng.between(-8*time.Minute, 6*time.Minute)
	to := hours(plan.to) + s.rng.between(-5*time.Minute, 12*time.Minute)
	lunch := from + (to-from)/2 + s.rng.between(-50*time.Minute, 50*time.Minute)
	back := lunch + s.rng.between(35*time.Minute, 60*time.Minute)
	rest := back + s.rng.between(70*time.Minute, 120*time.Minute)

	// Each midnight plans the day that begins.
	y, m, d := s.clock(midnight).Date()
	next := time.Date(y, m, d+1, 0, 0, 0, 0, s.opts.Start.Location()).Sub(s.opts.Start)
	if next > s.now {
		s.after(next-s.now, func() { s.shift(a, next) })
	}
	noon := s.clock(midnight + 12*time.Hour)
	if share(mix(s.opts.Seed^a.key^uint64(noon.YearDay()))) < daysOff[noon.Weekday()] && len(s.staff) > 3 {
		return
	}
	for _, c := range []struct {
		at time.Duration
		to event.Presence
	}{
		{from, event.PresenceAvailable},
		{lunch, event.PresenceAway}, {back, event.PresenceAvailable},
		{rest, event.PresenceAway}, {rest + s.rng.between(8*time.Minute, 17*time.Minute), event.PresenceAvailable},
		{to, event.PresenceOffline},
	} {
		if c.at > to {
			continue // a short day without that break
		}
		if c.at <= s.now {
			a.presence = c.to // before the start, where nobody saw it
			continue
		}
		s.after(c.at-s.now, func() { s.setPresence(a, c.to) })
	}
}

func (s *Scenario) say(a *agent) {
	s.emit(a.key, event.Event{Kind: event.AgentState, Inbox: s.opts.Inboxes[0], Agent: a.as, State: a.presence})
}

func (s *Scenario) setPresence(a *agent, to event.Presence) {
	if a.presence == to {
		return
	}
	a.presence = to
	s.say(a)
	switch to {
	case event.PresenceAvailable:
		a.free = max(a.free, s.now)
		s.pull(a)
	case event.PresenceOffline:
		// Open conversations go to colleagues, oldest first.
		left := a.talking
		a.talking = nil
		for _, t := range left {
			t.agent = nil
			t.epoch++
			s.enqueue(t)
		}
	}
}

// queue holds the conversations of a team that wait for an agent.
type queue struct {
	waiting []*talk
	head    int
}

func (q *queue) push(t *talk) { q.waiting = append(q.waiting, t) }

func (q *queue) peek() *talk {
	if q.head == len(q.waiting) {
		return nil
	}
	return q.waiting[q.head]
}

func (q *queue) pop() {
	q.waiting[q.head] = nil
	q.head++
	if q.head == len(q.waiting) {
		q.waiting, q.head = q.waiting[:0], 0
	} else if q.head >= 64 && q.head*2 >= len(q.waiting) {
		n := copy(q.waiting, q.waiting[q.head:])
		clear(q.waiting[n:])
		q.waiting, q.head = q.waiting[:n], 0
	}
}

const (
	// helpAfter of waiting, other teams may take a conversation.
	helpAfter = 90 * time.Second
	// givenUpAfter of waiting in a queue, nobody will take it any more.
	givenUpAfter = 9 * time.Hour
)

// enqueue puts a conversation at the end of its team's queue, or gives it to
// the least busy agent at once.
func (s *Scenario) enqueue(t *talk) {
	t.queuedAt = s.now
	best := s.leastBusy(func(a *agent) bool { return a.team == t.team })
	if best != nil {
		s.assign(t, best)
		return
	}
	s.queues[t.team].push(t)
	epoch := t.epoch
	s.after(helpAfter, func() {
		if t.epoch != epoch || t.agent != nil {
			return
		}
		if a := s.leastBusy(func(*agent) bool { return true }); a != nil {
			s.pull(a)
		}
	})
}

func (s *Scenario) leastBusy(fits func(*agent) bool) *agent {
	var best *agent
	for _, a := range s.staff {
		if a.hasRoom() && fits(a) && (best == nil || len(a.talking) < len(best.talking)) {
			best = a
		}
	}
	return best
}

// pull lets an agent take waiting conversations as long as there is room: the
// own team's first, then whoever has waited long.
func (s *Scenario) pull(a *agent) {
	for a.hasRoom() {
		t := s.first(a.team)
		if t == nil {
			for team := range s.queues {
				if o := s.first(team); o != nil && s.now-o.queuedAt >= helpAfter && (t == nil || o.queuedAt < t.queuedAt) {
					t = o
				}
			}
		}
		if t == nil {
			return
		}
		s.queues[t.team].pop()
		s.assign(t, a)
	}
}

// first is the head of a team's queue, after dropping those given up.
func (s *Scenario) first(team int) *talk {
	q := &s.queues[team]
	for {
		t := q.peek()
		if t == nil || !t.over && s.now-t.queuedAt < givenUpAfter {
			return t
		}
		q.pop()
		if !t.over {
			s.forget(t)
		}
	}
}

// release takes a finished or transferred conversation off its agent.
func (s *Scenario) release(t *talk) {
	a := t.agent
	if a == nil {
		return
	}
	t.agent = nil
	for i, o := range a.talking {
		if o == t {
			a.talking = append(a.talking[:i], a.talking[i+1:]...)
			break
		}
	}
	s.pull(a)
}
