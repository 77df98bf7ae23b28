package conversation

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/recount"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/recount/recounttest"
)

// TestRoundTrip restores a shard in the middle of a random history: it is the
// same, and whatever happens later, it stays the same.
func TestRoundTrip(t *testing.T) {
	histories := recounttest.GenHistory()
	rapid.Check(t, func(t *rapid.T) {
		h := histories.Draw(t, "history")
		events := recount.FillReceived(h.Events)
		cut := rapid.IntRange(0, len(events)).Draw(t, "restart")
		p := newPlayer(h.Settings)
		s := NewShard(p.set, p.people)
		for i := range events[:cut] {
			p.play(s, &events[i])
		}
		back, err := restored(s, p.set, p.people)
		if err != nil {
			t.Fatal(err)
		}
		if d := difference(dumpShown(s, p.now), dumpShown(back, p.now)); d != "" {
			t.Fatalf("restored before event %d it is another: %s\n%s", cut, d, h.GoString())
		}
		again := *p
		again.seen = map[string]bool{}
		for k := range p.seen {
			again.seen[k] = true
		}
		for i := range events[cut:] {
			p.play(s, &events[cut+i])
			again.play(back, &events[cut+i])
		}
		for _, at := range []int64{h.At.UnixNano(), h.At.Add(40 * 24 * time.Hour).UnixNano()} {
			s.Advance(at, at)
			back.Advance(at, at)
			if d := difference(dumpShown(s, at), dumpShown(back, at)); d != "" {
				t.Fatalf("restored before event %d it goes on otherwise: %s\n%s", cut, d, h.GoString())
			}
		}
		if s.Open() != 0 || len(s.contacts) != 0 {
			t.Fatalf("%d open conversations and %d contacts after 40 days of silence", s.Open(), len(s.contacts))
		}
	})
}

// TestGauges compares the gauges, which are kept up to date change by change,
// with a count of the conversations.
func TestGauges(t *testing.T) {
	histories := recounttest.GenHistory()
	rapid.Check(t, func(t *rapid.T) {
		h := histories.Draw(t, "history")
		p := newPlayer(h.Settings)
		s := NewShard(p.set, p.people)
		events := recount.FillReceived(h.Events)
		for i := range events {
			p.play(s, &events[i])
			checkGauges(t, s)
		}
		s.Advance(h.At.UnixNano(), h.At.UnixNano())
		checkGauges(t, s)
	})
}

type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// counted is what the gauges of a store have to show.
type counted struct {
	states              [4]int64
	over, soon          int64
	escalated           [m.EscalationReasons]int64
	waiting, escalation int
}

func checkGauges(t fataler, shards ...*Shard) {
	t.Helper()
	for _, s := range shards {
		want := map[m.Scope]counted{}
		open, ranked := 0, 0
		for _, ct := range s.contacts {
			for i := range ct.threads {
				c := ct.threads[i].open
				if c == nil {
					continue
				}
				open++
				sc := m.Scope{Source: ct.source, Inbox: ct.threads[i].inbox, Team: c.team}
				w := want[sc]
				w.states[c.state()]++
				if s.over(c) {
					w.over++
				}
				if c.turn != 0 && c.is(windowClose) && !c.is(windowEnded) {
					w.soon++
				}
				for r := range w.escalated {
					if c.escalations&(1<<r) != 0 {
						w.escalated[r]++
					}
				}
				if c.state() == m.StateWaiting {
					w.waiting++
				}
				if c.escalations != 0 {
					ranked++
				}
				want[sc] = w
			}
		}
		if open != s.Open() {
			t.Fatalf("%d conversations are open, Open says %d", open, s.Open())
		}
		v := m.NewView()
		names := m.NewNames(200)
		for d := range m.DictNames {
			for i := range 6 {
				names.Force(m.Dict(d), string(rune('a'+i)))
			}
		}
		v.Update(names, 0, s.Store)
		got := map[m.Scope]counted{}
		v.Values(func(f *m.Family, labels []string, value float64, _ *m.Hist) {
			if value == 0 || f != m.Conversations && f != m.OverTarget && f != m.ServiceWindowsEnding && f != m.Escalated {
				return
			}
			var sc m.Scope
			for i, d := range []m.Dict{m.DictSource, m.DictInbox, m.DictTeam} {
				id, _ := names.Find(d, labels[i])
				switch i {
				case 0:
					sc.Source = id
				case 1:
					sc.Inbox = id
				case 2:
					sc.Team = id
				}
			}
			g := got[sc]
			switch f {
			case m.Conversations:
				g.states[index([]string{"bot", "waiting", "answered", "pending"}, labels[3])] = int64(value)
			case m.OverTarget:
				g.over = int64(value)
			case m.ServiceWindowsEnding:
				g.soon = int64(value)
			case m.Escalated:
				g.escalated[index(m.EscalationNames[:], labels[3])] = int64(value)
			}
			got[sc] = g
		})
		for id, r := range s.waiting {
			sc := s.Store.ScopeOf(id)
			g := got[sc]
			g.waiting = len(r.items)
			if g != (counted{}) {
				got[sc] = g
			}
		}
		for sc, w := range want {
			if got[sc] != w {
				t.Fatalf("%+v shows %+v, want %+v", sc, got[sc], w)
			}
		}
		if len(got) != len(want) {
			t.Fatalf("gauges of %v, want of %v", got, want)
		}
		urgent := 0
		for _, r := range s.urgent {
			urgent += len(r.items)
		}
		if urgent != ranked {
			t.Fatalf("%d are ranked as escalated, want %d", urgent, ranked)
		}
	}
}

func index(list []string, value string) int {
	for i, v := range list {
		if v == value {
			return i
		}
	}
	return -1
}

// example is a shard in the middle of things.
func example(seed int) (*Shard, *player) {
	h := recounttest.GenHistory().Example(seed)
	events := recount.FillReceived(h.Events)
	p := newPlayer(h.Settings)
	s := NewShard(p.set, p.people)
	for i := range events {
		p.play(s, &events[i])
	}
	return s, p
}

func TestDecodeDamaged(t *testing.T) {
	s, p := example(1)
	s.Extract(s.keys()[0], Position{Seq: 1 << 40, Index: 3}, p.now)
	whole := s.Append(nil)
	for n := range whole {
		if _, err := Decode(whole[:n], p.set, p.people); err == nil {
			t.Fatalf("the first %d bytes of %d are taken for a shard", n, len(whole))
		}
	}
	if _, err := Decode(append(bytes.Clone(whole), 0), p.set, p.people); !errors.Is(err, ErrSnapshot) {
		t.Errorf("a byte too many: %v", err)
	}
	newer := bytes.Clone(whole)
	newer[0]++
	if _, err := Decode(newer, p.set, p.people); !errors.Is(err, ErrSnapshot) {
		t.Errorf("a newer version: %v", err)
	}
}

// A count that nothing follows is damage, and found at once.
func TestDecodeCountWithoutData(t *testing.T) {
	set := newPlayer(recount.Defaults()).set
	var e encoder
	e.uint(version)
	e.bytes(m.NewStore(set.Buckets).Append(nil))
	head := e.b
	endless := []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}
	for name, b := range map[string][]byte{
		"contacts": endless,
		"moved":    append([]byte{0, 0, 0}, endless...),
	} {
		began := time.Now()
		if _, err := Decode(append(bytes.Clone(head), b...), set, nobody()); !errors.Is(err, ErrSnapshot) {
			t.Errorf("%s: %v", name, err)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%s: it took %s", name, took)
		}
	}
}

// One contact cannot be there twice.
func TestDecodeTwice(t *testing.T) {
	set := newPlayer(recount.Defaults()).set
	var e encoder
	e.uint(version)
	e.bytes(m.NewStore(set.Buckets).Append(nil))
	e.uint(2)
	ct := newContact()
	ct.key[0], ct.source = 1, 2
	ct.threads = append(ct.threads, thread{inbox: 2, open: &conv{id: m.ConversationID{1}, opened: 5, last: 5, seldom: &nothingSeldom}})
	e.contact(ct)
	e.contact(ct)
	empty := NewShard(set, nobody())
	e.b = empty.failed.Append(empty.replies.Append(e.b))
	e.uint(0)
	for range empty.glance {
		e.end(e.begin())
	}
	if _, err := Decode(e.b, set, nobody()); !errors.Is(err, ErrSnapshot) {
		t.Errorf("a contact that stands twice: %v", err)
	}
}

// An encoding of an older version lacks the last fields of a group, a newer one
// has more of them.
func TestOlderAndNewerGroups(t *testing.T) {
	var e encoder
	at := e.begin()
	e.uint(7)
	e.end(at)
	at = e.begin()
	e.uint(8)
	e.uint(9)
	e.uint(10)
	e.end(at)
	d := decoder{b: e.b}
	var got []uint64
	for range 2 {
		d.group(func(d *decoder) { got = append(got, d.uint(), d.uint()) })
	}
	if d.err != nil || len(d.b) != 0 || len(got) != 4 || got[0] != 7 || got[1] != 0 || got[2] != 8 || got[3] != 9 {
		t.Errorf("read %v, %d bytes left, %v", got, len(d.b), d.err)
	}
}

// Groups of every length of the length come back.
func TestGroupLengths(t *testing.T) {
	for _, n := range []int{0, 1, 127, 128, 1<<14 - 1, 1 << 14, 1<<14 + 1, 1<<21 - 1, 1 << 21} {
		e := encoder{b: []byte("before")}
		at := e.begin()
		data := bytes.Repeat([]byte{1}, n)
		e.b = append(e.b, data...)
		e.end(at)
		e.uint(99)
		d := decoder{b: e.b[6:]}
		if got := d.bytes(); !bytes.Equal(got, data) || d.uint() != 99 || d.err != nil || string(e.b[:6]) != "before" {
			t.Errorf("%d bytes came back as %d, %v", n, len(got), d.err)
		}
	}
}

// FuzzDecode reads what stands behind the store, which package measure fuzzes.
func FuzzDecode(f *testing.F) {
	set := newPlayer(recount.Defaults()).set
	var e encoder
	e.uint(version)
	e.bytes(m.NewStore(set.Buckets).Append(nil))
	head := e.b
	for seed := range 6 {
		h := recounttest.GenHistory().Example(seed)
		events := recount.FillReceived(h.Events)
		p := newPlayer(h.Settings)
		s := NewShard(p.set, p.people)
		for i := range events[:min(len(events), 4*seed)] {
			p.play(s, &events[i])
		}
		if keys := s.keys(); len(keys) > 1 {
			s.Extract(keys[0], Position{Seq: 7, Index: 1}, p.now)
		}
		s.Store = m.NewStore(set.Buckets)
		f.Add(s.Append(nil)[len(head):])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := Decode(append(bytes.Clone(head), b...), set, nobody())
		if err != nil {
			return
		}
		if n := len(s.contacts) + len(s.moved) + s.Open(); n > len(b) {
			t.Fatalf("%d things out of %d bytes", n, len(b))
		}
		back, err := restored(s, set, nobody())
		if err != nil {
			t.Fatal(err)
		}
		if x, y := fmt.Sprint(s.glance, s.open, s.moved), fmt.Sprint(back.glance, back.open, back.moved); x != y {
			t.Fatalf("it came back as another:\n%s\n%s", x, y)
		}
		for _, k := range s.keys() {
			var a, b encoder
			a.contact(s.contacts[k])
			if ct := back.contacts[k]; ct != nil {
				b.contact(ct)
			}
			if !bytes.Equal(a.b, b.b) {
				t.Fatalf("contact %x came back as another", k)
			}
		}
	})
}
