package conversation

import (
	"bytes"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/recount"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/recount/recounttest"
)

// TestMove takes contacts out of a shard and puts them into another one, in
// the middle of a random history: together the two are what the one was.
func TestMove(t *testing.T) {
	histories := recounttest.GenHistory()
	rapid.Check(t, func(t *rapid.T) {
		h := histories.Draw(t, "history")
		events := recount.FillReceived(h.Events)
		p := newPlayer(h.Settings)
		s := NewShard(p.set, p.people)
		for i := range events {
			p.play(s, &events[i])
		}
		other := NewShard(p.set, p.people)
		before := map[record.Key][]byte{}
		open := s.Open()
		for i, k := range s.keys() {
			var e encoder
			e.contact(s.contacts[k])
			before[k] = e.b
			if !rapid.Bool().Draw(t, "moves") {
				continue
			}
			pos := Position{Seq: p.seq + 1, Index: uint32(i)}
			data := s.Extract(k, pos, p.now)
			if !bytes.Equal(data, e.b) || !bytes.Equal(s.Moved(pos), data) {
				t.Fatalf("contact %d was taken out as %x, is remembered as %x, was %x", i, data, s.Moved(pos), e.b)
			}
			if s.contacts[k] != nil || s.Extract(k, Position{Seq: p.seq + 2}, p.now) != nil {
				t.Fatal("it is still there")
			}
			if err := other.Absorb(k, data, &Input{Received: p.now, Time: p.now}); err != nil {
				t.Fatal(err)
			}
			checkGauges(t, s, other)
		}
		if s.Open()+other.Open() != open {
			t.Fatalf("%d and %d conversations are open, were %d", s.Open(), other.Open(), open)
		}
		for k, want := range before {
			ct := s.contacts[k]
			if ct == nil {
				ct = other.contacts[k]
			}
			if ct == nil {
				t.Fatalf("contact %x is in neither", k)
			}
			var e encoder
			e.contact(ct)
			if !bytes.Equal(e.b, want) {
				t.Fatalf("contact %x has changed on the way", k)
			}
		}
		// Both forget: contacts, and what one keeps for the other's recovery.
		later := p.now + int64(60*24*time.Hour)
		s.Advance(later, later)
		other.Advance(later, later)
		checkGauges(t, s, other)
		if s.Open()+other.Open()+len(s.contacts)+len(other.contacts) != 0 {
			t.Fatal("they have outlived their time-out")
		}
	})
}

func message(k record.Key, at time.Duration, seq uint64) *Input {
	now := recounttest.Start.Add(at).UnixNano()
	return &Input{
		Place: Position{Seq: seq}, Received: now, Time: now, Kind: event.MessageReceived, Dedup: seq,
		Contact: k, Source: m.Other + 1, Inbox: m.Other + 1, Actor: event.ActorCustomer,
	}
}

// Of two open conversations the younger is merged into the older, whichever
// contact stays, and both ways agree.
func TestMerge(t *testing.T) {
	older, younger := record.Key{1}, record.Key{2}
	set := newPlayer(recount.Defaults()).set
	for _, to := range []record.Key{older, younger} {
		from := record.Key{3 - to[0]}
		a, b := NewShard(set, nobody()), NewShard(set, nobody())
		for _, s := range []struct {
			*Shard
			key record.Key
		}{{a, to}, {b, from}} {
			at := time.Duration(0)
			if s.key == younger {
				at = 10 * time.Second
			}
			s.Apply(message(s.key, at, uint64(s.key[0])))
		}
		want := b.contacts[from].threads[0].open.id
		if to == older {
			want = a.contacts[to].threads[0].open.id
		}
		in := message(to, 20*time.Second, 9)
		if err := a.Absorb(to, b.Extract(from, in.Place, in.Received), in); err != nil {
			t.Fatal(err)
		}
		if a.Open() != 1 || b.Open() != 0 || len(a.contacts) != 1 || len(b.contacts) != 0 {
			t.Fatalf("%d and %d open, %d and %d contacts", a.Open(), b.Open(), len(a.contacts), len(b.contacts))
		}
		c := a.contacts[to].threads[0].open
		if c.id != want || c.opened != recounttest.Start.UnixNano() {
			t.Errorf("the conversation that stays was opened at %s", time.Unix(0, c.opened))
		}
		checkGauges(t, a, b)
	}
}

// What was taken out is kept for a week, in case the other shard recovers from
// an older snapshot.
func TestMovedIsForgotten(t *testing.T) {
	set := newPlayer(recount.Defaults()).set
	s := NewShard(set, nobody())
	first, second := Position{Seq: 1}, Position{Seq: 2}
	start := recounttest.Start.UnixNano()
	s.Apply(message(record.Key{1}, 0, 1))
	s.Extract(record.Key{1}, first, start)
	s.Apply(message(record.Key{2}, time.Minute, 2))
	s.Extract(record.Key{2}, second, start+keepMoved)
	if s.Moved(first) == nil || s.Moved(second) == nil {
		t.Error("forgotten within a week")
	}
	if s.Extract(record.Key{3}, Position{Seq: 3}, start+keepMoved+1) != nil {
		t.Error("an unknown contact was taken out")
	}
	if s.Moved(first) != nil || s.Moved(second) == nil {
		t.Error("not forgotten after a week, or too much is")
	}
}

func TestAbsorbDamaged(t *testing.T) {
	set := newPlayer(recount.Defaults()).set
	s := NewShard(set, nobody())
	s.Apply(message(record.Key{1}, 0, 1))
	in := message(record.Key{2}, time.Second, 2)
	data := s.Extract(record.Key{1}, in.Place, in.Received)
	for n := range data {
		other := NewShard(set, nobody())
		if err := other.Absorb(record.Key{2}, data[:n], in); err == nil || other.Open() != 0 || len(other.contacts) != 0 {
			t.Fatalf("the first %d bytes of %d: %v, %d open", n, len(data), err, other.Open())
		}
	}
}

// Contacts whose conversation ended by time alone are forgotten too.
func TestTimeoutIsForgotten(t *testing.T) {
	set := newPlayer(recount.Defaults()).set
	s := NewShard(set, nobody())
	s.Apply(message(record.Key{1}, 0, 1))
	for _, tc := range []struct {
		after          time.Duration
		open, contacts int
	}{{time.Hour, 1, 1}, {25 * time.Hour, 0, 1}, {7 * 24 * time.Hour, 0, 1}, {9 * 24 * time.Hour, 0, 0}} {
		at := recounttest.Start.Add(tc.after).UnixNano()
		s.Advance(at, at)
		if s.Open() != tc.open || len(s.contacts) != tc.contacts {
			t.Errorf("after %s: %d open, %d contacts; want %d, %d", tc.after, s.Open(), len(s.contacts), tc.open, tc.contacts)
		}
	}
}
