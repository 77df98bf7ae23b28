package agents

import (
	"maps"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

// day is when the stories begin; sec is so many seconds later.
const day = int64(1_700_006_400_000_000_000)

func sec(n float64) int64 { return day + int64(n*1e9) }

const (
	c1 = uint64(101)
	c2 = uint64(102)
)

// Busy for 60 s after a message, sessions of 300 s, a window of 600 s.
var short = Settings{BusyAfter: 60e9, SessionTimeout: 300e9, Window: 600e9}

func takes(at float64, conv uint64, waiting int8) Change {
	return Change{At: sec(at), Agent: 1, Conversation: conv, Active: 1, Waiting: waiting, Handling: 1}
}

func answers(at float64, conv uint64, waiting int8) Change {
	return Change{At: sec(at), Agent: 1, Conversation: conv, Waiting: waiting, Wrote: sec(at), Seen: true}
}

func leaves(at float64, conv uint64) Change {
	return Change{At: sec(at), Agent: 1, Conversation: conv, Active: -1, Handling: -1, Left: true}
}

func TestWhereTimeGoes(t *testing.T) {
	type seconds = map[string]float64
	for name, c := range map[string]struct {
		tell func(s *Stage)
		end  float64
		want seconds // by state, and "handle"
	}{
		"nothing is heard": {func(s *Stage) {}, 100, seconds{"offline": 100}},
		"a note begins a session, which ends": {
			func(s *Stage) { s.Apply(Change{At: sec(10), Agent: 1, Seen: true}) },
			400, seconds{"offline": 100, "available": 300},
		},
		"another prolongs it": {
			func(s *Stage) {
				s.Apply(Change{At: sec(10), Agent: 1, Seen: true})
				s.Apply(Change{At: sec(200), Agent: 1, Seen: true})
			},
			600, seconds{"offline": 110, "available": 490},
		},
		"or begins the next": {
			func(s *Stage) {
				s.Apply(Change{At: sec(10), Agent: 1, Seen: true})
				s.Apply(Change{At: sec(400), Agent: 1, Seen: true})
			},
			600, seconds{"offline": 100, "available": 500},
		},
		"an answer keeps him busy for a minute": {
			func(s *Stage) {
				s.Apply(takes(0, c1, 1))
				s.Apply(answers(20, c1, -1))
			},
			// A customer waits in vain while the agent is offline.
			120, seconds{"offline": 20, "busy": 60, "available": 40, "handle": 120},
		},
		"a customer waits": {
			func(s *Stage) {
				s.Presence(1, event.PresenceAvailable, 1, sec(0))
				s.Apply(takes(10, c1, 1))
				s.Apply(answers(40, c1, -1))
			},
			200, seconds{"available": 10 + 100, "busy": 30 + 60, "handle": 190},
		},
		"away, with a customer who waits": {
			func(s *Stage) {
				s.Presence(1, event.PresenceAway, 1, sec(0))
				s.Apply(takes(10, c1, 1))
				s.Presence(1, event.PresenceOffline, 2, sec(50))
			},
			100, seconds{"away": 10, "busy": 40, "offline": 50, "handle": 90},
		},
		"the conversation is taken from him": {
			func(s *Stage) {
				s.Presence(1, event.PresenceAvailable, 1, sec(0))
				s.Apply(takes(0, c1, 0))
				s.Apply(answers(10, c1, 0))
				s.Apply(leaves(30, c1))
			},
			100, seconds{"available": 10 + 70, "busy": 20, "handle": 30},
		},
		"of two messages the other one still counts": {
			func(s *Stage) {
				s.Presence(1, event.PresenceAvailable, 1, sec(0))
				s.Apply(takes(0, c1, 0))
				s.Apply(takes(0, c2, 0))
				s.Apply(answers(10, c1, 0))
				s.Apply(answers(20, c2, 0))
				s.Apply(answers(25, c2, 0))
				s.Apply(leaves(30, c2))
			},
			100, seconds{"available": 10 + 30, "busy": 60, "handle": 100 + 30},
		},
		"it comes back with a message of half a minute ago": {
			func(s *Stage) {
				s.Presence(1, event.PresenceAvailable, 1, sec(0))
				c := takes(50, c1, 0)
				c.Wrote = sec(20)
				s.Apply(c)
			},
			100, seconds{"available": 50 + 20, "busy": 30, "handle": 50},
		},
		"or of too long ago": {
			func(s *Stage) {
				s.Presence(1, event.PresenceAvailable, 1, sec(0))
				c := takes(90, c1, 0)
				c.Wrote = sec(30)
				s.Apply(c)
			},
			100, seconds{"available": 100, "handle": 10},
		},
		"the session ends before the message does": {
			func(s *Stage) {
				s.Configure(Settings{BusyAfter: 60e9, SessionTimeout: 40e9, Window: 600e9})
				s.Apply(takes(0, c1, 0))
				s.Apply(answers(0, c1, 0))
			},
			100, seconds{"busy": 40, "offline": 60, "handle": 100},
		},
		"a change that is late counts from where time stands": {
			func(s *Stage) {
				s.Presence(1, event.PresenceAvailable, 1, sec(0))
				s.Settle(sec(50))
				s.Apply(takes(20, c1, 1))
			},
			100, seconds{"available": 50, "busy": 50, "handle": 50},
		},
		"a report takes the place of a session": {
			func(s *Stage) {
				s.Apply(Change{At: sec(0), Agent: 1, Seen: true})
				s.Presence(1, event.PresenceOffline, 5, sec(10))
				s.Apply(Change{At: sec(20), Agent: 1, Seen: true})
				s.Presence(1, event.PresenceAvailable, 4, sec(30)) // late
				s.Presence(1, event.PresenceAway, 5, sec(40))      // as new: the last to arrive
			},
			100, seconds{"available": 10, "offline": 30, "away": 60},
		},
		"a longer time-out prolongs the session that runs": {
			func(s *Stage) {
				s.Apply(Change{At: sec(0), Agent: 1, Seen: true})
				s.Advance(sec(299))
				s.Configure(Settings{BusyAfter: 60e9, SessionTimeout: 500e9, Window: 600e9})
			},
			600, seconds{"available": 500, "offline": 100},
		},
		"but not one that is over": {
			func(s *Stage) {
				s.Apply(Change{At: sec(0), Agent: 1, Seen: true})
				s.Advance(sec(300))
				s.Configure(Settings{BusyAfter: 60e9, SessionTimeout: 500e9, Window: 600e9})
			},
			600, seconds{"available": 300, "offline": 300},
		},
		"a shorter one ends it there": {
			func(s *Stage) {
				s.Apply(Change{At: sec(0), Agent: 1, Seen: true})
				s.Advance(sec(200))
				s.Configure(Settings{BusyAfter: 60e9, SessionTimeout: 100e9, Window: 600e9})
			},
			300, seconds{"available": 200, "offline": 100},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := New(short)
			s.Place(1, 2, 3, sec(0))
			c.tell(s)
			s.Settle(sec(c.end))
			got := seconds{}
			for _, state := range []int{m.AgentAvailable, m.AgentBusy, m.AgentAway, m.AgentOffline} {
				if v := counters(s)[total(m.AgentStateSeconds, 2, 3, stateNames[state])]; v != 0 {
					got[stateNames[state]] = float64(v) / 1e6
				}
			}
			if v := counters(s)[total(m.AgentHandleSeconds, 2, 3)]; v != 0 {
				got["handle"] = float64(v) / 1e6
			}
			if !maps.Equal(got, c.want) {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}

func figures(s *Stage) (list []Figures) {
	s.Each(func(f Figures) { list = append(list, f) })
	return list
}

func TestWindow(t *testing.T) {
	s := New(short)
	s.Place(1, 2, 3, sec(0))
	f := figures(s)[0]
	if _, ok := f.Utilization(); ok {
		t.Error("a utilization without time")
	}
	s.Capacity(1, 4, sec(0))
	s.Presence(1, event.PresenceAvailable, 1, sec(0))
	s.Apply(takes(100, c1, 1))
	s.Apply(takes(200, c2, 0))
	s.Settle(sec(400))
	// 100 s available, 300 s busy; 1 conversation for 100 s and 2 for 200 s of 4.
	check := func(f Figures, utilization, load float64) {
		t.Helper()
		if u, ok := f.Utilization(); !ok || u != utilization {
			t.Errorf("utilization %v %v, want %v", u, ok, utilization)
		}
		if l, ok := f.Load(); !ok || l != load {
			t.Errorf("load %v %v, want %v", l, ok, load)
		}
	}
	f = figures(s)[0]
	check(f, 0.75, 500.0/1600)
	if f.Active != 2 || f.Capacity != 4 || !f.Reported {
		t.Errorf("figures %+v", f)
	}
	// The buckets are of 10 s; the first 90 s leave the window one by one and
	// the bucket from 90 s on is alive until 700 s.
	s.Settle(sec(699))
	check(figures(s)[0], 599.0/609, 500.0/(4*609)+float64(2*299)/(4*609))
	s.Settle(sec(700))
	check(figures(s)[0], 1, (100.0+2*500)/(4*600))
	// Away counts for load only, offline for nothing.
	s.Apply(Change{At: sec(700), Agent: 1, Conversation: c1, Active: -1, Waiting: -1, Handling: -1, Left: true})
	s.Presence(1, event.PresenceAway, 2, sec(700))
	s.Settle(sec(1300))
	f = figures(s)[0]
	if u, ok := f.Utilization(); ok {
		t.Errorf("utilization %v of time away", u)
	}
	if l, ok := f.Load(); !ok || l != 0.25 {
		t.Errorf("load %v %v, want 0.25", l, ok)
	}
	s.Presence(1, event.PresenceOffline, 3, sec(1300))
	s.Settle(sec(1910))
	f = figures(s)[0]
	if l, ok := f.Load(); ok {
		t.Errorf("load %v of time offline", l)
	}
}

func TestWindowChanges(t *testing.T) {
	s := New(short)
	s.Place(1, 2, 3, sec(0))
	s.Presence(1, event.PresenceAvailable, 1, sec(0))
	for _, window := range []time.Duration{time.Hour, 20 * time.Minute, 10 * time.Minute, 7 * time.Minute} {
		s.Advance(sec(300))
		s.Configure(Settings{BusyAfter: 60e9, SessionTimeout: 300e9, Window: int64(window)})
		s.Settle(sec(300))
		if f := figures(s)[0]; f.available != 300e6 {
			t.Errorf("window %v: %d µs are left of 300 s", window, f.available)
		}
	}
	// What a shorter window has lost does not come back, looked at or not.
	for _, looked := range []bool{true, false} {
		s := New(Settings{BusyAfter: 60e9, SessionTimeout: 2e9, Window: 60e9})
		s.Place(1, 2, 3, sec(0))
		s.Apply(Change{At: sec(0), Agent: 1, Seen: true})
		s.Advance(sec(200))
		if looked {
			s.Settle(sec(200))
		}
		s.Configure(short)
		s.Settle(sec(200))
		if f := figures(s)[0]; f.available != 0 {
			t.Errorf("looked %v: %d µs are back", looked, f.available)
		}
	}
}

// Memory does not grow with time or with messages.
func TestBounded(t *testing.T) {
	s := New(short)
	s.Place(1, 2, 3, sec(0))
	at := sec(0)
	for i := range 200_000 {
		at += 10e6
		s.Apply(Change{At: at, Agent: 1, Conversation: uint64(i), Active: 1, Wrote: at, Seen: true})
	}
	a := s.agents[1]
	if len(a.own) != 6000 || cap(a.own) > 24_000 {
		t.Errorf("%d own messages in room for %d, want those of a minute", len(a.own), cap(a.own))
	}
	if n := len(a.window.buckets); n > 62 {
		t.Errorf("%d buckets", n)
	}
	s.Settle(at + 60e9)
	if len(a.own) != 0 {
		t.Errorf("%d own messages after their time", len(a.own))
	}
}

func TestPlaces(t *testing.T) {
	s := New(short)
	// Told before it has a place, an agent counts from the place on.
	s.Apply(Change{At: sec(0), Agent: 1, Seen: true})
	s.Settle(sec(10))
	if len(figures(s)) != 0 || len(counters(s)) != 0 {
		t.Error("an agent without a place is shown")
	}
	s.Place(1, 2, 3, sec(10))
	s.Place(1, 2, 3, sec(20))
	s.Place(1, 4, 3, sec(30))
	s.Place(2, 4, 3, sec(30)) // another, under the same label
	s.Settle(sec(40))
	want := map[string]int64{
		total(m.AgentStateSeconds, 2, 3, "available"): 20e6,
		total(m.AgentStateSeconds, 4, 3, "available"): 10e6,
		total(m.AgentStateSeconds, 4, 3, "offline"):   10e6,
	}
	if got := counters(s); !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	list := figures(s)
	list[0].Add(Figures{Active: 2, Capacity: 3, sums: sums{busy: 120e6}})
	if u, ok := list[0].Utilization(); !ok || u != 0.75 || list[0].Active != 2 || list[0].Capacity != 3 {
		t.Errorf("added up: %+v", list[0])
	}
}

func TestWhoIsThere(t *testing.T) {
	s := New(short)
	s.Place(1, 2, 3, sec(0))
	s.Place(2, 2, 3, sec(0))
	check := func(at float64, want bool) {
		t.Helper()
		if s.Awake(sec(at)) != want {
			t.Errorf("after %v s: awake %v", at, !want)
		}
	}
	check(0, false)
	s.Apply(Change{At: sec(10), Agent: 1, Seen: true})
	check(309.9, true)
	check(310, false)
	s.Presence(1, event.PresenceOffline, 1, sec(20)) // the session is over by his own word
	check(20, false)
	s.Presence(2, event.PresenceAway, 1, sec(20))
	check(99999, true)
	s.Presence(2, event.PresenceAvailable, 2, sec(30))
	s.Presence(2, event.PresenceOffline, 3, sec(40))
	check(40, false)
}

// What an event claims as capacity does not overflow the sums of a week.
func TestHugeCapacity(t *testing.T) {
	const week = 7 * 24 * 3600
	s := New(Settings{BusyAfter: 60e9, SessionTimeout: 300e9, Window: week * 1e9})
	s.Place(1, 2, 3, sec(0))
	s.Capacity(1, 1<<32-1, sec(0))
	s.Presence(1, event.PresenceAvailable, 1, sec(0))
	s.Apply(takes(0, c1, 0))
	s.Settle(sec(week))
	f := figures(s)[0]
	if l, ok := f.Load(); !ok || l != 1e-6 {
		t.Errorf("load %v %v", l, ok)
	}
}
