package agents

import (
	"bytes"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

// unit is the step in which the model walks, in µs: every moment and setting of
// the property test is a multiple of it.
const unit = 250_000

// model is the definition, walked unit by unit over whole histories.
type model struct {
	set    Settings // µs
	now    int64
	agents []*modelAgent
	totals map[string]int64
}

type modelAgent struct {
	id          uint64
	label, team m.ID
	capacity    uint32
	presence    event.Presence
	reportedAt  int64
	seen        int64 // -1 none
	held        map[uint64]part
	wrote       map[uint64]int64
	past        []moment
}

// part is what a conversation adds to the agent's sums.
type part struct{ active, waiting, handling int8 }

// moment is a unit of the agent's past, in the bucket that begins at start.
type moment struct {
	start            int64
	state            int
	active, capacity int64
}

func (x *model) agent(id uint64) *modelAgent {
	for _, a := range x.agents {
		if a.id == id {
			return a
		}
	}
	a := &modelAgent{id: id, seen: -1, held: map[uint64]part{}, wrote: map[uint64]int64{}}
	x.agents = append(x.agents, a)
	return a
}

func (x *model) state(a *modelAgent) int {
	there := m.AgentAvailable
	switch a.presence {
	case event.PresenceOffline:
		return m.AgentOffline
	case event.PresenceAway:
		there = m.AgentAway
	case event.PresenceNone:
		if a.seen < 0 || x.now-a.seen >= x.set.SessionTimeout {
			return m.AgentOffline
		}
	}
	for _, p := range a.held {
		if p.waiting > 0 {
			return m.AgentBusy
		}
	}
	for _, at := range a.wrote {
		if x.now-at < x.set.BusyAfter {
			return m.AgentBusy
		}
	}
	return there
}

func (x *model) walk(to int64) {
	for ; x.now < to; x.now += unit {
		for _, a := range x.agents {
			state := x.state(a)
			mo := moment{start: x.now - x.now%width(x.set.Window), state: state, capacity: int64(a.capacity)}
			for _, p := range a.held {
				mo.active += int64(p.active)
				x.totals[total(m.AgentHandleSeconds, a.label, a.team)] += int64(p.handling) * unit
			}
			x.totals[total(m.AgentStateSeconds, a.label, a.team, stateNames[state])] += unit
			a.past = append(a.past, mo)
		}
	}
}

// configure: what has run out under the old settings stays so.
func (x *model) configure(set Settings) {
	for _, a := range x.agents {
		if a.seen >= 0 && x.now-a.seen >= x.set.SessionTimeout {
			a.seen = -1
		}
		maps.DeleteFunc(a.wrote, func(_ uint64, at int64) bool { return x.now-at >= x.set.BusyAfter })
		a.past = slices.DeleteFunc(a.past, x.over)
		for i := range a.past {
			a.past[i].start -= a.past[i].start % width(set.Window)
		}
	}
	x.set = set
}

func (x *model) over(mo moment) bool { return mo.start+width(x.set.Window) <= x.now-x.set.Window }

func (x *model) sums(a *modelAgent) (s sums) {
	for _, mo := range a.past {
		if x.over(mo) || mo.state == m.AgentOffline {
			continue
		}
		switch mo.state {
		case m.AgentBusy:
			s.busy += unit
		case m.AgentAvailable:
			s.available += unit
		}
		if mo.capacity > 0 {
			s.load += mo.active * unit
			s.room += mo.capacity * unit
		}
	}
	return s
}

// compare fails where a stage that is settled now shows anything else.
func (x *model) compare(t *rapid.T, s *Stage) {
	got := counters(s)
	maps.DeleteFunc(x.totals, func(_ string, v int64) bool { return v == 0 })
	if !maps.Equal(got, x.totals) {
		t.Fatalf("counters %v, want %v", got, x.totals)
	}
	i := 0
	awake := false
	s.Each(func(f Figures) {
		a := x.agents[i]
		i++
		active := 0
		for _, p := range a.held {
			active += int(p.active)
		}
		want := Figures{Agent: a.id, Label: a.label, Team: a.team, Active: active, Capacity: a.capacity, Reported: a.presence != event.PresenceNone, sums: x.sums(a)}
		if f != want {
			t.Fatalf("figures %+v, want %+v", f, want)
		}
		awake = awake || x.state(a) != m.AgentOffline
	})
	if i != len(x.agents) {
		t.Fatalf("%d agents, want %d", i, len(x.agents))
	}
	if s.Awake(x.now*1000) != awake {
		t.Fatalf("awake %v, want %v", !awake, awake)
	}
}

// names are those of labels and teams 0 to 3, which is what a number is called.
var names = func() *m.Names {
	n := m.NewNames(100)
	for _, d := range []m.Dict{m.DictAgent, m.DictTeam} {
		for i := n.Len(d); i < 5; i++ {
			n.Admit(d, fmt.Sprint("v", i))
		}
	}
	return n
}()

// counters are the stage's, in µs.
func counters(s *Stage) map[string]int64 {
	v := m.NewView()
	v.Update(names, s.now*1000, s.store)
	got := map[string]int64{}
	v.Values(func(f *m.Family, labels []string, value float64, _ *m.Hist) {
		if value != 0 && (f == m.AgentStateSeconds || f == m.AgentHandleSeconds) {
			got[strings.Join(append([]string{f.Name}, labels...), " ")] = int64(math.Round(value * 1e6))
		}
	})
	return got
}

func total(f *m.Family, label, team m.ID, state ...string) string {
	return strings.Join(append([]string{f.Name, names.Value(m.DictAgent, label), names.Value(m.DictTeam, team)}, state...), " ")
}

var stateNames = map[int]string{m.AgentAvailable: "available", m.AgentBusy: "busy", m.AgentAway: "away", m.AgentOffline: "offline"}

func drawSettings(t *rapid.T) Settings {
	sec := func(name string, of ...float64) int64 { return int64(rapid.SampledFrom(of).Draw(t, name) * 1e6) }
	return Settings{BusyAfter: sec("busy", 0, 0.25, 5, 40), SessionTimeout: sec("session", 2, 10, 90), Window: sec("window", 60, 90, 600)}
}

func (s Settings) nanos() Settings {
	return Settings{s.BusyAfter * 1000, s.SessionTimeout * 1000, s.Window * 1000}
}

func TestAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := &model{set: drawSettings(t), totals: map[string]int64{}, now: 1_700_000_000_000_000}
		s, lazy := New(x.set.nanos()), New(x.set.nanos())
		both := func(fn func(s *Stage)) { fn(s); fn(lazy) }
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			x.walk(x.now + unit*int64(rapid.SampledFrom([]int{0, 0, 1, 3, 8, 40, 200, 900}).Draw(t, "gap")))
			// Nanoseconds within the microsecond are floored.
			at := x.now*1000 + rapid.Int64Range(0, 999).Draw(t, "ns")
			id := rapid.Uint64Range(1, 3).Draw(t, "agent")
			if !slices.ContainsFunc(x.agents, func(a *modelAgent) bool { return a.id == id }) {
				a := x.agent(id)
				a.label = m.ID(id)
				both(func(s *Stage) { s.Place(id, a.label, a.team, at) })
			}
			a := x.agent(id)
			switch rapid.IntRange(0, 9).Draw(t, "what") {
			case 0:
				a.label, a.team = m.ID(rapid.IntRange(0, 3).Draw(t, "label")), m.ID(rapid.IntRange(0, 2).Draw(t, "team"))
				both(func(s *Stage) { s.Place(id, a.label, a.team, at) })
			case 1:
				a.capacity = uint32(rapid.IntRange(0, 3).Draw(t, "capacity"))
				both(func(s *Stage) { s.Capacity(id, a.capacity, at) })
			case 2:
				p := rapid.SampledFrom([]event.Presence{event.PresenceAvailable, event.PresenceAway, event.PresenceOffline}).Draw(t, "presence")
				when := rapid.Int64Range(1, 5).Draw(t, "event time")
				want := a.presence == event.PresenceNone || when >= a.reportedAt
				if want {
					a.presence, a.reportedAt = p, when
				}
				both(func(s *Stage) {
					if s.Presence(id, p, when, at) != want {
						t.Fatalf("presence applied %v, want %v", !want, want)
					}
				})
			case 3:
				a.seen = x.now
				both(func(s *Stage) { s.Apply(Change{At: at, Agent: id, Seen: true}) })
			case 4, 5, 6:
				conv := rapid.Uint64Range(1, 3).Draw(t, "conversation")
				c := Change{At: at, Agent: id, Conversation: conv}
				was, has := a.held[conv]
				var now part
				if !has || rapid.IntRange(0, 3).Draw(t, "stays") > 0 {
					bit := func(name string) int8 { return int8(rapid.IntRange(0, 1).Draw(t, name)) }
					now = part{1, bit("waiting"), bit("handling")}
					a.held[conv] = now
					if rapid.Bool().Draw(t, "wrote") {
						// A conversation may come with a message of some time ago.
						c.Wrote = at - 1000*unit*rapid.Int64Range(0, 30).Draw(t, "ago")
						a.wrote[conv] = max(a.wrote[conv], c.Wrote/1000)
					}
				} else {
					c.Left = true
					delete(a.held, conv)
					delete(a.wrote, conv)
				}
				c.Active, c.Waiting, c.Handling = now.active-was.active, now.waiting-was.waiting, now.handling-was.handling
				both(func(s *Stage) { s.Apply(c) })
			case 7:
				set := drawSettings(t)
				x.configure(set)
				both(func(s *Stage) { s.Advance(at); s.Configure(set.nanos()) })
			case 8:
				s.Settle(at)
				x.compare(t, s)
			case 9:
				b := s.Append(nil)
				again, err := Decode(b)
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(again.Append(nil), b) {
					t.Fatal("a restored stage encodes differently")
				}
				s = again
			}
		}
		x.walk(x.now + unit*int64(rapid.IntRange(0, 400).Draw(t, "rest")))
		both(func(s *Stage) { s.Settle(x.now * 1000) })
		x.compare(t, s)
		if !bytes.Equal(s.Append(nil), lazy.Append(nil)) {
			t.Fatal("looking, or a restart, changed something")
		}
	})
}

func TestOrderWithinAnInstant(t *testing.T) {
	set := Settings{BusyAfter: 180e9, SessionTimeout: 1800e9, Window: 3600e9}
	at := int64(1_700_000_000_000_000_123)
	var list []Change
	for c := uint64(1); c <= 6; c++ {
		list = append(list, Change{At: at, Agent: c%2 + 1, Conversation: c * 77 % 13, Active: 1, Waiting: int8(c % 2), Handling: 1, Wrote: at - int64(c%3)*20e9, Seen: c%3 == 0})
	}
	list = append(list, Change{At: at, Agent: 1, Conversation: 1000, Active: -1, Left: true})
	var want []byte
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		s := New(set)
		for id := uint64(1); id <= 2; id++ {
			s.Place(id, m.ID(id), 0, at-60e9)
			s.Apply(Change{At: at - 60e9, Agent: id, Seen: true})
		}
		s.Apply(Change{At: at - 60e9, Agent: 1, Conversation: 1000, Active: 1, Wrote: at - 60e9})
		rnd.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		for _, c := range list {
			s.Apply(c)
		}
		got := s.Append(nil)
		if want == nil {
			want = got
		}
		if !bytes.Equal(got, want) {
			t.Fatalf("the order of %v shows in the snapshot", list)
		}
	}
}
