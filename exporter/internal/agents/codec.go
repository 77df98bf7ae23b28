package agents

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

// ErrSnapshot: the bytes are not what Append wrote.
var ErrSnapshot = errors.New("damaged snapshot of the agent stage")

// version of the encoding: varints, each list behind its length, each agent
// behind its length in bytes, so that fields can be added at the end.
const version = 1

// Append encodes the stage. The same content gives the same bytes.
func (s *Stage) Append(dst []byte) []byte {
	dst = append(dst, version)
	for _, v := range [...]int64{s.set.BusyAfter, s.set.SessionTimeout, s.set.Window, s.now} {
		dst = binary.AppendVarint(dst, v)
	}
	store := s.store.Append(nil)
	dst = binary.AppendUvarint(dst, uint64(len(store)))
	dst = append(dst, store...)
	dst = binary.AppendUvarint(dst, uint64(len(s.order)))
	var one []byte
	for _, a := range s.order {
		one = a.append(one[:0])
		dst = binary.AppendUvarint(dst, uint64(len(one)))
		dst = append(dst, one...)
	}
	return dst
}

func (a *agent) append(b []byte) []byte {
	placed := uint64(0)
	if a.placed {
		placed = 1
	}
	for _, v := range [...]uint64{a.id, uint64(a.label), uint64(a.team), placed, uint64(a.capacity), uint64(a.presence)} {
		b = binary.AppendUvarint(b, v)
	}
	for _, v := range [...]int64{a.reportedAt, a.seen, int64(a.active), int64(a.waiting), int64(a.handling), a.accounted} {
		b = binary.AppendVarint(b, v)
	}
	b = binary.AppendUvarint(b, uint64(len(a.own)))
	for _, o := range a.own {
		b = binary.AppendUvarint(b, o.conversation)
		b = binary.AppendVarint(b, o.until)
	}
	b = binary.AppendUvarint(b, uint64(len(a.window.buckets)))
	for _, k := range a.window.buckets {
		for _, v := range [...]int64{k.start, k.busy, k.available, k.load, k.room} {
			b = binary.AppendVarint(b, v)
		}
	}
	return b
}

// Decode restores what Append wrote, with the settings that were in force then:
// the stage may be ahead of the part of a snapshot that has the configuration.
// It does not keep b.
func Decode(b []byte) (*Stage, error) {
	if len(b) == 0 || b[0] != version {
		return nil, fmt.Errorf("%w: of another version", ErrSnapshot)
	}
	s := New(Settings{})
	r := reader{b: b[1:]}
	s.set = Settings{BusyAfter: r.int(), SessionTimeout: r.int(), Window: r.int()}
	s.now = r.int()
	store, err := m.DecodeStore(r.bytes())
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSnapshot, err)
	}
	s.store = store
	for n := r.count(); n > 0 && !r.bad; n-- {
		one := reader{b: r.bytes()}
		a := one.agent()
		if one.bad || s.agents[a.id] != nil || a.presence > event.PresenceOffline {
			r.bad = true
			break
		}
		if a.placed {
			a.scope = s.store.AgentScope(a.label, a.team)
		}
		s.agents[a.id] = a
		s.order = append(s.order, a)
	}
	if r.bad || len(r.b) != 0 {
		return nil, ErrSnapshot
	}
	s.judge()
	return s, nil
}

type reader struct {
	b   []byte
	bad bool
}

func (r *reader) agent() *agent {
	a := &agent{id: r.uint(), label: m.ID(r.uint()), team: m.ID(r.uint()), placed: r.uint() == 1, capacity: uint32(r.uint()), presence: event.Presence(r.uint())}
	a.reportedAt, a.seen = r.int(), r.int()
	a.active, a.waiting, a.handling = int32(r.int()), int32(r.int()), int32(r.int())
	a.accounted = r.int()
	for n := r.count(); n > 0 && !r.bad; n-- {
		a.own = append(a.own, own{r.uint(), r.int()})
	}
	last := int64(-1)
	for n := r.count(); n > 0 && !r.bad; n-- {
		k := bucket{start: r.int(), sums: sums{r.int(), r.int(), r.int(), r.int()}}
		if k.start <= last {
			r.bad = true
		}
		last = k.start
		a.window.buckets = append(a.window.buckets, k)
	}
	return a
}

func (r *reader) uint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) int() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

// count reads how many things follow, of a byte each at least.
func (r *reader) count() uint64 {
	n := r.uint()
	if n > uint64(len(r.b)) {
		r.bad, r.b = true, nil
		return 0
	}
	return n
}

func (r *reader) bytes() []byte {
	n := r.count()
	v := r.b[:n]
	r.b = r.b[n:]
	return v
}
