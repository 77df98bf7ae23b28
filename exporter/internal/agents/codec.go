package agents

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

// ErrSnapshot: the bytes are not what Append wrote.
var ErrSnapshot = errors.New("damaged snapshot of the agent stage")

// version of the encoding: varints, each list behind its length, each agent
// behind its length in bytes, so that fields can be added at the end.
const version = 1

// maxMoment is the last moment, and the longest time, in µs.
const maxMoment = math.MaxInt64 / 1000

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
	s.set = Settings{BusyAfter: r.within(0, maxMoment), SessionTimeout: r.within(0, maxMoment), Window: r.within(0, maxMoment)}
	s.now = r.within(0, maxMoment)
	store, err := m.DecodeStore(r.bytes())
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSnapshot, err)
	}
	s.store = store
	for n := r.count(); n > 0 && !r.bad; n-- {
		one := reader{b: r.bytes()}
		a := one.agent(s.now)
		if r.bad || one.bad || s.agents[a.id] != nil {
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

// agent reads one agent of a stage whose time is now.
func (r *reader) agent(now int64) *agent {
	a := &agent{
		id: r.uint(), label: m.ID(r.below(math.MaxUint16)), team: m.ID(r.below(math.MaxUint16)),
		placed: r.below(1) == 1, capacity: uint32(r.below(maxCapacity)), presence: event.Presence(r.below(uint64(event.PresenceOffline))),
	}
	a.reportedAt, a.seen = r.int(), r.within(0, now)
	a.active, a.waiting, a.handling = r.sum(), r.sum(), r.sum()
	a.accounted = r.within(0, now)
	for n := r.count(); n > 0 && !r.bad; n-- {
		o := own{r.uint(), r.within(-maxMoment, 2*maxMoment)}
		if n := len(a.own); n > 0 && a.own[n-1].compare(o) >= 0 {
			r.bad = true
		}
		a.own = append(a.own, o)
	}
	last := int64(-1)
	for n := r.count(); n > 0 && !r.bad; n-- {
		k := bucket{start: r.within(last+1, now), sums: sums{r.int(), r.int(), r.int(), r.int()}}
		last = k.start
		a.window.buckets = append(a.window.buckets, k)
	}
	return a
}

// sum reads one of an agent's sums over conversations.
func (r *reader) sum() int32 { return int32(r.within(math.MinInt32, math.MaxInt32)) }

// within reads a number from low to high, below one from 0 to high.
func (r *reader) within(low, high int64) int64 {
	v := r.int()
	if v < low || v > high {
		r.bad, r.b = true, nil
		return low
	}
	return v
}

func (r *reader) below(high uint64) uint64 {
	v := r.uint()
	if v > high {
		r.bad, r.b = true, nil
		return 0
	}
	return v
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
