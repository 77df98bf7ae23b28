package agents_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/agents"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

var usual = agents.Settings{BusyAfter: int64(3 * time.Minute), SessionTimeout: int64(30 * time.Minute), Window: int64(time.Hour)}

// begin is a whole bucket of the usual window, in which stories start.
var begin = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC).UnixNano()

func at(d time.Duration) int64 { return begin + int64(d) }

// show writes what a scrape at a moment shows of every agent: seconds
// available, busy, away, offline and handled, then the gauges.
func show(s *agents.Stage, now int64) string {
	s.Settle(now)
	names := m.NewNames(200)
	for _, l := range []string{"a", "b", "c"} {
		names.Force(m.DictAgent, l)
		names.Force(m.DictTeam, l)
	}
	v := m.NewView()
	v.Update(names, now, s.Store())
	var b strings.Builder
	v.Values(func(f *m.Family, labels []string, value float64, _ *m.Hist) {
		if value != 0 {
			fmt.Fprintf(&b, "%s %v %.6f\n", strings.TrimPrefix(f.Name, "helpdesk_agent_"), labels, value)
		}
	})
	s.Each(func(f agents.Figures) {
		u, _ := f.Utilization()
		l, _ := f.Load()
		fmt.Fprintf(&b, "%d/%d active %d of %d, utilization %.6f, load %.6f, reported %v\n", f.Label, f.Team, f.Active, f.Capacity, u, l, f.Reported)
	})
	return b.String()
}

func TestStories(t *testing.T) {
	const ana, first, second = 1, 10, 11
	has := func(at int64, conversation uint64) agents.Change {
		return agents.Change{At: at, Agent: ana, Conversation: conversation, Active: 1, Waiting: 1, Handling: 1}
	}
	for _, tc := range []struct {
		name  string
		story func(*agents.Stage)
		until time.Duration
		want  string
	}{
		{
			"nothing is heard of her", func(*agents.Stage) {}, time.Hour,
			"state_seconds_total [a a offline] 3600.000000\n2/2 active 0 of 0, utilization 0.000000, load 0.000000, reported false\n",
		},
		{
			"a session lasts half an hour", func(s *agents.Stage) {
				s.Apply(agents.Change{At: at(10 * time.Minute), Agent: ana, Seen: true})
				s.Apply(agents.Change{At: at(20 * time.Minute), Agent: ana, Seen: true})
			}, time.Hour,
			"state_seconds_total [a a available] 2400.000000\nstate_seconds_total [a a offline] 1200.000000\n" +
				"2/2 active 0 of 0, utilization 0.000000, load 0.000000, reported false\n",
		},
		{
			"busy while a customer waits, and three minutes after her message", func(s *agents.Stage) {
				s.Presence(ana, event.PresenceAvailable, at(0), at(0))
				s.Capacity(ana, 4, at(0))
				s.Apply(has(at(10*time.Minute), first))
				s.Apply(agents.Change{At: at(12 * time.Minute), Agent: ana, Conversation: first, Waiting: -1, Wrote: at(12 * time.Minute)})
			}, 20 * time.Minute,
			"state_seconds_total [a a available] 900.000000\nstate_seconds_total [a a busy] 300.000000\nhandle_seconds_total [a a] 600.000000\n" +
				"2/2 active 1 of 4, utilization 0.250000, load 0.125000, reported true\n",
		},
		{
			"no longer busy when the conversation has left her", func(s *agents.Stage) {
				s.Presence(ana, event.PresenceAway, at(0), at(0))
				s.Apply(has(at(0), first))
				s.Apply(has(at(0), second))
				s.Apply(agents.Change{At: at(time.Minute), Agent: ana, Conversation: first, Waiting: -1, Wrote: at(time.Minute)})
				s.Apply(agents.Change{At: at(time.Minute), Agent: ana, Conversation: second, Waiting: -1})
				s.Apply(agents.Change{At: at(2 * time.Minute), Agent: ana, Conversation: first, Active: -1, Handling: -1, Left: true})
			}, 10 * time.Minute,
			"state_seconds_total [a a busy] 120.000000\nstate_seconds_total [a a away] 480.000000\nhandle_seconds_total [a a] 720.000000\n" +
				"2/2 active 1 of 0, utilization 1.000000, load 0.000000, reported true\n",
		},
		{
			"offline goes before everything", func(s *agents.Stage) {
				s.Apply(has(at(0), first))
				s.Presence(ana, event.PresenceOffline, at(0), at(0))
				if s.Presence(ana, event.PresenceAvailable, at(-time.Second), at(time.Minute)) {
					t.Error("an older word was taken")
				}
			}, 10 * time.Minute,
			"state_seconds_total [a a offline] 600.000000\nhandle_seconds_total [a a] 600.000000\n" +
				"2/2 active 1 of 0, utilization 0.000000, load 0.000000, reported true\n",
		},
		{
			"what was stays with the team of the time", func(s *agents.Stage) {
				s.Presence(ana, event.PresenceAvailable, at(0), at(0))
				s.Place(ana, 2, 3, at(5*time.Minute))
			}, 10 * time.Minute,
			"state_seconds_total [a a available] 300.000000\nstate_seconds_total [a b available] 300.000000\n" +
				"2/3 active 0 of 0, utilization 0.000000, load 0.000000, reported true\n",
		},
		{
			"the window forgets", func(s *agents.Stage) {
				s.Presence(ana, event.PresenceAvailable, at(0), at(0))
				s.Apply(has(at(0), first))
				s.Apply(agents.Change{At: at(time.Hour), Agent: ana, Conversation: first, Waiting: -1})
			}, 150 * time.Minute,
			"state_seconds_total [a a available] 5400.000000\nstate_seconds_total [a a busy] 3600.000000\nhandle_seconds_total [a a] 9000.000000\n" +
				"2/2 active 1 of 0, utilization 0.000000, load 0.000000, reported true\n",
		},
	} {
		s := agents.New(usual)
		s.Place(ana, 2, 2, at(0))
		tc.story(s)
		if got := show(s, at(tc.until)); got != tc.want {
			t.Errorf("%s: shows\n%swant\n%s", tc.name, got, tc.want)
		}
	}
}

func TestAwake(t *testing.T) {
	s := agents.New(usual)
	s.Place(1, 2, 2, at(0))
	if s.Awake(at(0)) {
		t.Error("awake without a sign")
	}
	s.Apply(agents.Change{At: at(0), Agent: 1, Seen: true})
	if !s.Awake(at(30*time.Minute-1)) || s.Awake(at(30*time.Minute)) {
		t.Error("an inferred session does not end after its time-out")
	}
	s.Presence(1, event.PresenceAway, at(0), at(time.Hour))
	if !s.Awake(at(1000 * time.Hour)) {
		t.Error("asleep although a provider says away")
	}
	s.Presence(1, event.PresenceOffline, at(time.Hour), at(2*time.Hour))
	if s.Awake(at(1000 * time.Hour)) {
		t.Error("awake although offline")
	}
}

// deed is something that happens to a stage.
type deed func(*agents.Stage)

func deeds(t *rapid.T) (list []deed, until int64) {
	now := begin
	for range rapid.IntRange(1, 40).Draw(t, "deeds") {
		now += int64(rapid.SampledFrom([]time.Duration{0, 1, time.Millisecond, time.Second, time.Minute, 3 * time.Minute, 31 * time.Minute, 2 * time.Hour}).Draw(t, "pause"))
		moment, agent := now, rapid.Uint64Range(1, 3).Draw(t, "agent")
		conversation := rapid.Uint64Range(1, 3).Draw(t, "conversation")
		sign := int8(rapid.SampledFrom([]int{1, -1}).Draw(t, "sign"))
		switch rapid.IntRange(0, 6).Draw(t, "what") {
		case 0:
			p := event.Presence(rapid.IntRange(1, 3).Draw(t, "presence"))
			list = append(list, func(s *agents.Stage) { s.Presence(agent, p, moment, moment) })
		case 1:
			list = append(list, func(s *agents.Stage) { s.Apply(agents.Change{At: moment, Agent: agent, Seen: true}) })
		case 2:
			list = append(list, func(s *agents.Stage) { s.Place(agent, m.ID(2+conversation%2), m.ID(2+agent%2), moment) })
		case 3:
			list = append(list, func(s *agents.Stage) { s.Capacity(agent, uint32(conversation), moment) })
		case 4:
			set := usual
			set.BusyAfter, set.Window = int64(conversation)*int64(time.Minute), int64(agent)*int64(time.Hour)
			list = append(list, func(s *agents.Stage) { s.Advance(moment); s.Configure(set) })
		default:
			list = append(list, func(s *agents.Stage) {
				s.Apply(agents.Change{At: moment, Agent: agent, Conversation: conversation, Active: sign, Waiting: sign, Handling: sign, Wrote: moment, Left: sign < 0})
			})
		}
	}
	return list, now + int64(time.Hour)
}

// TestLooking looks at, and restores, a stage at random moments: a scrape at
// the end shows the same as without.
func TestLooking(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list, until := deeds(t)
		plain, watched := agents.New(usual), agents.New(usual)
		for _, s := range []*agents.Stage{plain, watched} {
			for id := uint64(1); id <= 3; id++ {
				s.Place(id, 2, 2, begin)
			}
		}
		for _, do := range list {
			do(plain)
			do(watched)
			switch rapid.IntRange(0, 3).Draw(t, "look") {
			case 0:
				watched.Settle(0)
			case 1:
				b := watched.Append(nil)
				back, err := agents.Decode(b)
				if err != nil {
					t.Fatal(err)
				}
				if again := back.Append(nil); !bytes.Equal(b, again) {
					t.Fatalf("%x is encoded again as %x", b, again)
				}
				watched = back
			}
		}
		if a, b := show(plain, until), show(watched, until); a != b {
			t.Fatalf("looked at, it shows\n%swant\n%s", b, a)
		}
	})
}

// afterStore is where a stage's encoding goes on behind the store, which
// package measure fuzzes.
func afterStore(b []byte) int {
	i := 1
	for range 4 {
		_, n := binary.Varint(b[i:])
		i += n
	}
	size, n := binary.Uvarint(b[i:])
	return i + n + int(size)
}

func FuzzDecode(f *testing.F) {
	s := agents.New(usual)
	s.Place(1, 2, 2, at(0))
	s.Presence(1, event.PresenceAvailable, at(0), at(0))
	s.Apply(agents.Change{At: at(time.Minute), Agent: 1, Conversation: 2, Active: 1, Waiting: 1, Handling: 1, Wrote: at(time.Minute)})
	s.Settle(at(time.Hour))
	whole := s.Append(nil)
	head, tail := whole[:afterStore(whole)], whole[afterStore(whole):]
	f.Add(tail)
	f.Add(tail[:len(tail)-3])
	f.Add([]byte{0})
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := agents.Decode(append(bytes.Clone(head), b...))
		if err != nil {
			return
		}
		again, err := agents.Decode(s.Append(nil))
		if err != nil || !bytes.Equal(again.Append(nil), s.Append(nil)) {
			t.Fatalf("what was decoded cannot be encoded: %v", err)
		}
	})
}

func TestDecodeDamaged(t *testing.T) {
	s := agents.New(usual)
	s.Place(1, 2, 2, at(0))
	s.Apply(agents.Change{At: at(time.Minute), Agent: 1, Conversation: 2, Active: 1, Wrote: at(time.Minute)})
	whole := s.Append(nil)
	for n := range whole {
		if _, err := agents.Decode(whole[:n]); err == nil {
			t.Fatalf("the first %d bytes of %d are taken for a stage", n, len(whole))
		}
	}
	if _, err := agents.Decode(append(bytes.Clone(whole), 0)); err == nil {
		t.Error("a byte too many is not noticed")
	}
}

func BenchmarkApply(b *testing.B) {
	s := agents.New(usual)
	for id := range uint64(200) {
		s.Place(id, m.ID(2+id), 2, begin)
		s.Presence(id, event.PresenceAvailable, begin, begin)
	}
	now := begin
	for i := 0; b.Loop(); i++ {
		now += int64(10 * time.Millisecond)
		sign := int8(1 - 2*(i/200%2))
		s.Apply(agents.Change{At: now, Agent: uint64(i % 200), Conversation: uint64(i % 200), Active: sign, Waiting: sign, Handling: sign})
	}
}

func BenchmarkSettle(b *testing.B) {
	s := agents.New(usual)
	for id := range uint64(1000) {
		s.Place(id, m.ID(2+id), 2, begin)
		s.Presence(id, event.PresenceAvailable, begin, begin)
	}
	now := begin
	for b.Loop() {
		now += int64(time.Second)
		s.Settle(now)
		s.Each(func(agents.Figures) {})
	}
}
