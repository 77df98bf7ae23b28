package agents

import (
	"bytes"
	"errors"
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

// snapshots of stages of every kind.
func snapshots() [][]byte {
	empty := New(short)
	s := New(short)
	s.Apply(Change{At: sec(0), Agent: 9, Seen: true})
	for id := uint64(1); id <= 3; id++ {
		s.Place(id, m.ID(id), m.ID(id%2), sec(0))
		s.Capacity(id, uint32(id), sec(0))
	}
	s.Presence(2, event.PresenceAway, sec(1), sec(1))
	s.Presence(3, event.PresenceAvailable, sec(1), sec(1))
	s.Apply(takes(5, c1, 1))
	s.Apply(takes(5, c2, 0))
	s.Apply(answers(10, c1, -1))
	early := s.Append(nil)
	s.Apply(answers(15, c2, 0))
	s.Settle(sec(37))
	late := s.Append(nil)
	s.Apply(leaves(40, c1))
	s.Configure(Settings{BusyAfter: 1e9, SessionTimeout: 2e9, Window: 60e9})
	return [][]byte{empty.Append(nil), early, late, s.Append(nil)}
}

func TestDecode(t *testing.T) {
	for i, b := range snapshots() {
		s, err := Decode(b)
		if err != nil {
			t.Fatalf("snapshot %d: %v", i, err)
		}
		if got := s.Append(nil); !bytes.Equal(got, b) {
			t.Errorf("snapshot %d encodes differently", i)
		}
		for n := range b {
			if _, err := Decode(b[:n]); !errors.Is(err, ErrSnapshot) {
				t.Fatalf("snapshot %d cut to %d bytes: %v", i, n, err)
			}
		}
		if _, err := Decode(append(bytes.Clone(b), 0)); !errors.Is(err, ErrSnapshot) {
			t.Errorf("snapshot %d with a byte more: %v", i, err)
		}
		b[0]++
		if _, err := Decode(b); !errors.Is(err, ErrSnapshot) {
			t.Errorf("a later version: %v", err)
		}
	}
}

// What decodes can be used: it neither panics nor runs for ever, and what it
// encodes to is stable.
func FuzzSnapshot(f *testing.F) {
	for _, b := range snapshots() {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := Decode(b)
		if err != nil {
			if !errors.Is(err, ErrSnapshot) {
				t.Fatalf("%v is no ErrSnapshot", err)
			}
			return
		}
		one := s.Append(nil)
		again, err := Decode(one)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(again.Append(nil), one) {
			t.Fatal("what was decoded encodes differently the second time")
		}
		at := max(s.now*1000, sec(0))
		s.Apply(Change{At: at, Agent: 1, Conversation: c1, Active: 1, Waiting: 1, Wrote: at, Seen: true})
		s.Settle(at)
		s.Configure(short)
		s.Each(func(f Figures) { f.Utilization(); f.Load() })
		s.Settle(at)
		if _, err := Decode(s.Append(nil)); err != nil {
			t.Fatal(err)
		}
	})
}
