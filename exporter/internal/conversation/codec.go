package conversation

import (
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sort"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/dayset"
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
)

// ErrSnapshot: a snapshot's bytes are not what Append wrote.
var ErrSnapshot = errors.New("damaged snapshot of a shard")

// version of the encoding. Every struct is a length-prefixed list of varints:
// a field added at the end reads as 0 from an older snapshot, and a newer
// snapshot's surplus is skipped, so the version changes only when a field's
// meaning does.
const version = 1

type encoder struct{ b []byte }

func (e *encoder) uint(v uint64)  { e.b = binary.AppendUvarint(e.b, v) }
func (e *encoder) int(v int64)    { e.b = binary.AppendVarint(e.b, v) }
func (e *encoder) bytes(v []byte) { e.uint(uint64(len(v))); e.b = append(e.b, v...) }

func (e *encoder) bool(v bool) {
	if v {
		e.uint(1)
		return
	}
	e.uint(0)
}

// begin starts a group, which is written behind its length; end, given its
// result, ends it.
func (e *encoder) begin() int {
	e.b = append(e.b, 0, 0)
	return len(e.b)
}

// end writes the length in the two bytes that were left for it, and moves the
// group where it takes more.
func (e *encoder) end(at int) {
	n := len(e.b) - at
	if n < 1<<14 {
		e.b[at-2], e.b[at-1] = byte(n)|0x80, byte(n>>7)
		return
	}
	var head [binary.MaxVarintLen64]byte
	l := binary.PutUvarint(head[:], uint64(n))
	e.b = append(e.b, head[2:l]...)
	copy(e.b[at-2+l:], e.b[at:at+n])
	copy(e.b[at-2:], head[:l])
}

func (e *encoder) contact(ct *contact) {
	at := e.begin()
	e.bytes(ct.key[:])
	e.uint(uint64(ct.source))
	e.uint(uint64(len(ct.threads)))
	for i := range ct.threads {
		e.thread(&ct.threads[i])
	}
	e.end(at)
}

func (e *encoder) thread(th *thread) {
	at := e.begin()
	e.uint(uint64(th.inbox))
	e.int(th.closed)
	e.bool(th.closedReplied)
	e.uint(uint64(th.closedTeam))
	e.bool(th.open != nil)
	if th.open != nil {
		e.conv(th.open)
	}
	e.end(at)
}

func (e *encoder) conv(c *conv) {
	at := e.begin()
	e.bytes(c.id[:])
	e.uint(uint64(c.team))
	e.uint(uint64(c.typ))
	e.uint(uint64(c.flags))
	e.uint(uint64(c.owner))
	e.uint(uint64(c.trigger))
	e.uint(uint64(c.runs))
	e.uint(uint64(c.customerMessages))
	e.uint(uint64(c.escalated))
	e.uint(uint64(c.escalations))
	e.uint(c.agent)
	e.bool(c.openerHuman)
	e.uint(c.openerReply)
	e.uint(uint64(c.cause))
	e.uint(c.place.Seq)
	e.uint(uint64(c.place.Index))
	for _, p := range c.moments() {
		e.int(*p)
	}
	e.uint(uint64(len(c.pauses)))
	for _, p := range c.pauses {
		e.int(p.since)
		e.int(p.until)
	}
	e.end(at)
}

const moments = 14 + int(m.EscalationReasons)

// moments lists the times of a conversation in the order of the encoding.
func (c *conv) moments() [moments]*int64 {
	list := [moments]*int64{
		&c.opened, &c.last, &c.before, &c.firstCustomer, &c.lastCustomer, &c.clock, &c.handed, &c.customerSinceBot, &c.turn, &c.negative,
		&c.thanks, &c.assignedAt, &c.opener, &c.openerReceived,
	}
	for i := range c.escalatedSince {
		list[moments-len(c.escalatedSince)+i] = &c.escalatedSince[i]
	}
	return list
}

type decoder struct {
	b   []byte
	err error
}

func (d *decoder) fail() {
	if d.err == nil {
		d.err = ErrSnapshot
	}
	d.b = nil
}

// uint reads 0 at the end of a group, so that older encodings lack fields.
func (d *decoder) uint() uint64 {
	if len(d.b) == 0 {
		return 0
	}
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.fail()
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) int() int64 {
	if len(d.b) == 0 {
		return 0
	}
	v, n := binary.Varint(d.b)
	if n <= 0 {
		d.fail()
		return 0
	}
	d.b = d.b[n:]
	return v
}

// count reads how many things follow, which take a byte each at least. Unlike
// the fields of a group it has to be there.
func (d *decoder) count() uint64 {
	if len(d.b) == 0 {
		d.fail()
	}
	n := d.uint()
	if n > uint64(len(d.b)) {
		d.fail()
		return 0
	}
	return n
}

func (d *decoder) bytes() []byte {
	n := d.uint()
	if n > uint64(len(d.b)) {
		d.fail()
		return nil
	}
	v := d.b[:n]
	d.b = d.b[n:]
	return v
}

func (d *decoder) set(s *dayset.Set) {
	var err error
	if d.err == nil {
		if *s, d.b, err = dayset.Decode(d.b); err != nil {
			d.fail()
		}
	}
}

func (d *decoder) group(fn func(*decoder)) {
	g := decoder{b: d.bytes()}
	if d.err == nil {
		fn(&g)
		d.err = g.err
	}
}

func (d *decoder) contact(s *Shard) *contact {
	ct := newContact()
	d.group(func(d *decoder) {
		if copy(ct.key[:], d.bytes()) != len(ct.key) {
			d.fail()
		}
		ct.source = m.ID(d.uint())
		n := d.uint()
		if n > uint64(len(d.b)) {
			d.fail()
			return
		}
		ct.threads = slices.Grow(ct.threads, int(n))[:n]
		for i := range ct.threads {
			d.thread(&ct.threads[i], ct)
		}
	})
	return ct
}

func (d *decoder) thread(th *thread, ct *contact) {
	d.group(func(d *decoder) {
		th.inbox = m.ID(d.uint())
		th.closed = d.int()
		th.closedReplied = d.uint() == 1
		th.closedTeam = m.ID(d.uint())
		if d.uint() == 1 {
			th.open = &conv{contact: ct, inbox: th.inbox, waitPos: -1, escPos: -1}
			d.conv(th.open)
		}
	})
}

func (d *decoder) conv(c *conv) {
	d.group(func(d *decoder) {
		if copy(c.id[:], d.bytes()) != len(c.id) {
			d.fail()
		}
		c.team = m.ID(d.uint())
		c.typ = m.ID(d.uint())
		c.flags = flag(d.uint())
		c.owner = owner(d.uint())
		c.trigger = trigger(d.uint())
		c.runs = uint8(d.uint())
		c.customerMessages = uint8(d.uint())
		c.escalated = uint8(d.uint())
		c.escalations = uint8(d.uint())
		c.agent = d.uint()
		c.openerHuman = d.uint() == 1
		c.openerReply = d.uint()
		c.cause = Cause(d.uint())
		c.place = Position{Seq: d.uint(), Index: uint32(d.uint())}
		for _, p := range c.moments() {
			*p = d.int()
		}
		for n := d.uint(); n > 0 && d.err == nil && len(d.b) > 0; n-- {
			c.pauses = append(c.pauses, pause{d.int(), d.int()})
		}
	})
}

// keys lists the contacts in a fixed order.
func (s *Shard) keys() []record.Key {
	keys := make([]record.Key, 0, len(s.contacts))
	for k := range s.contacts {
		keys = append(keys, k)
	}
	sort.Slice(keys, func(i, j int) bool { return string(keys[i][:]) < string(keys[j][:]) })
	return keys
}

// convBytes is about how many bytes an open conversation takes with its
// contact.
const convBytes = 200

// Size is about how many bytes Append writes.
func (s *Shard) Size() int {
	rest := max(0, len(s.contacts)-s.open)
	return s.open*convBytes + rest*convBytes/4 + s.replies.Size()
}

// Append encodes the shard.
func (s *Shard) Append(dst []byte) []byte {
	e := encoder{b: slices.Grow(dst, s.Size())}
	e.uint(version)
	e.bytes(s.Store.Append(nil))
	e.uint(uint64(len(s.contacts)))
	s.encodeContacts(&e)
	e.b = s.failed.Append(s.replies.Append(e.b))
	e.uint(uint64(len(s.moved)))
	for p, mv := range s.moved {
		e.uint(p.Seq)
		e.uint(uint64(p.Index))
		e.int(mv.at)
		e.bytes(mv.data)
	}
	for i := range s.glance {
		h := &s.glance[i]
		at := e.begin()
		e.int(h.Start)
		e.uint(uint64(h.Received))
		e.uint(uint64(h.Opened))
		e.uint(uint64(h.Answered))
		e.bytes(h.Slowest.ID[:])
		e.uint(uint64(h.Slowest.Scope.Source))
		e.uint(uint64(h.Slowest.Scope.Inbox))
		e.uint(uint64(h.Slowest.Scope.Team))
		e.int(h.Slowest.Start)
		e.int(h.Slowest.Stop)
		e.uint(uint64(h.Slowest.Cause))
		e.end(at)
	}
	return e.b
}

// encodeContacts goes by batches. A contact and its conversation each stand
// somewhere else in memory, and one that waits for them one by one spends most
// of its time so; the loads of a batch are independent and answered together.
func (s *Shard) encodeContacts(e *encoder) {
	batch := make([]*contact, 0, 64)
	touched := flag(0)
	flush := func() {
		for _, ct := range batch {
			for i := range ct.threads {
				if c := ct.threads[i].open; c != nil {
					touched |= c.flags | flag(c.thanks) | flag(c.opener)
				}
			}
		}
		for _, ct := range batch {
			e.contact(ct)
		}
		batch = batch[:0]
	}
	for _, ct := range s.contacts {
		if batch = append(batch, ct); len(batch) == cap(batch) {
			flush()
		}
	}
	flush()
	runtime.KeepAlive(touched)
}

// Decode restores a shard from what Append wrote. Configure has to be called
// before anything else.
func Decode(data []byte, set *Settings) (*Shard, error) {
	d := decoder{b: data}
	if v := d.uint(); v != version {
		return nil, fmt.Errorf("%w: version %d is not known to this program", ErrSnapshot, v)
	}
	s := NewShard(set)
	st, err := m.DecodeStore(d.bytes())
	if err != nil {
		return nil, err
	}
	st.ClearGauges()
	s.Store = st
	for n := d.count(); n > 0 && d.err == nil; n-- {
		ct := d.contact(s)
		if d.err != nil {
			break
		}
		others := len(s.contacts)
		s.contacts[ct.key] = ct
		if len(s.contacts) == others {
			d.fail() // it stands twice
			break
		}
		for i := range ct.threads {
			if c := ct.threads[i].open; c != nil {
				s.adopt(ct, c)
				s.settle(c)
			}
		}
		s.keepOrDrop(ct)
	}
	for _, set := range []*dayset.Set{&s.replies, &s.failed} {
		d.set(set)
	}
	for n := d.count(); n > 0 && d.err == nil; n-- {
		p := Position{Seq: d.uint(), Index: uint32(d.uint())}
		s.moved[p] = movedContact{at: d.int(), data: append([]byte(nil), d.bytes()...)}
	}
	for i := range s.glance {
		h := &s.glance[i]
		if len(d.b) == 0 {
			d.fail()
		}
		d.group(func(d *decoder) {
			h.Start = d.int()
			h.Received, h.Opened, h.Answered = uint32(d.uint()), uint32(d.uint()), uint32(d.uint())
			copy(h.Slowest.ID[:], d.bytes())
			h.Slowest.Scope = m.Scope{Source: m.ID(d.uint()), Inbox: m.ID(d.uint()), Team: m.ID(d.uint())}
			h.Slowest.Start, h.Slowest.Stop, h.Slowest.Cause = d.int(), d.int(), Cause(d.uint())
		})
	}
	if d.err != nil || len(d.b) != 0 {
		return nil, ErrSnapshot
	}
	return s, nil
}
