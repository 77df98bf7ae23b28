package conversation

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sort"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/audit"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/dayset"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
)

// ErrSnapshot: a snapshot's bytes are not what Append wrote.
var ErrSnapshot = errors.New("damaged snapshot of a shard")

// version of the encoding. Every struct is a length-prefixed list of varints:
// a field added at the end reads as 0 from an older snapshot, and a newer
// snapshot's surplus is skipped, so the version changes only when a field's
// meaning does. Version 1 named agents by their hashes.
const version = 2

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
	past := ct.past()
	e.uint(uint64(len(past)))
	for i := range past {
		e.closing(&past[i])
	}
	e.uint(uint64(ct.segment))
	e.end(at)
}

func (e *encoder) closing(k *closing) {
	at := e.begin()
	e.bytes(k.id[:])
	e.uint(uint64(k.inbox))
	e.uint(uint64(k.team))
	e.uint(uint64(k.typ))
	e.uint(uint64(k.flags))
	e.uint(uint64(k.trigger))
	e.uint(uint64(k.agent))
	e.int(k.closed)
	e.int(k.returned)
	e.end(at)
}

func (e *encoder) survey(sv *survey) {
	at := e.begin()
	e.int(sv.sent)
	e.uint(uint64(sv.kind))
	e.uint(math.Float64bits(sv.scale))
	e.uint(uint64(sv.team))
	e.uint(uint64(sv.typ))
	e.uint(uint64(sv.agent))
	for _, b := range [...]bool{sv.byBot, sv.negative, sv.answered, sv.unasked} {
		e.bool(b)
	}
	e.bytes(sv.about[:])
	e.end(at)
}

func (e *encoder) thread(th *thread) {
	at := e.begin()
	e.uint(uint64(th.inbox))
	e.int(th.closed)
	e.bool(th.closedReplied)
	e.uint(0) // was the team it ended with
	e.bool(th.open != nil)
	if th.open != nil {
		e.conv(th.open)
	}
	e.bool(th.survey != nil)
	if th.survey != nil {
		e.survey(th.survey)
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
	e.uint(uint64(c.agent))
	e.bool(c.seldom.openerHuman)
	e.uint(c.seldom.openerReply)
	e.uint(uint64(c.cause))
	e.uint(c.place.Seq)
	e.uint(uint64(c.place.Index))
	for _, p := range c.moments() {
		e.int(*p)
	}
	e.uint(uint64(len(c.seldom.pauses)))
	for _, p := range c.seldom.pauses {
		e.int(p.since)
		e.int(p.until)
	}
	e.uint(uint64(c.sender))
	e.uint(uint64(c.seldom.openerAgent))
	e.uint(uint64(len(c.writers)))
	for _, w := range c.writers {
		e.uint(uint64(w.agent))
		e.int(w.at)
	}
	e.int(c.seldom.firstNegative)
	e.int(c.lastOurs)
	e.int(c.heard)
	e.int(c.returned)
	e.uint(c.seldom.labels)
	e.bytes(c.audit.Append(nil))
	e.end(at)
}

const moments = 14 + int(m.EscalationReasons)

// moments lists the times of a conversation in the order of the encoding.
func (c *conv) moments() [moments]*int64 {
	list := [moments]*int64{
		&c.opened, &c.last, &c.before, &c.firstCustomer, &c.lastCustomer, &c.clock, &c.handed, &c.customerSinceBot, &c.turn, &c.seldom.negative,
		&c.thanks, &c.seldom.assignedAt, &c.seldom.opener, &c.seldom.openerReceived,
	}
	for i := range c.escalatedSince {
		list[moments-len(c.escalatedSince)+i] = &c.escalatedSince[i]
	}
	return list
}

type decoder struct {
	b       []byte
	version uint64
	err     error
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
	g := decoder{b: d.bytes(), version: d.version}
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
		var past []closing
		for n := d.uint(); n > 0 && d.err == nil && len(d.b) > 0; n-- {
			past = append(past, d.closing())
		}
		ct.setPast(past)
		ct.segment = m.ID(d.uint())
	})
	return ct
}

// agent reads a Ref. The directory is older than the shard where a snapshot is
// being caught up with, so it may have to grow first.
func (d *decoder) agent() Ref {
	v := d.uint()
	if d.version == 1 {
		return 0 // it was a hash of the id, which cannot be found again
	}
	if v > maxAgents {
		d.fail()
		return 0
	}
	return Ref(v)
}

// maxAgents bounds what a damaged snapshot may claim.
const maxAgents = 1 << 24

func (d *decoder) closing() (k closing) {
	d.group(func(d *decoder) {
		if copy(k.id[:], d.bytes()) != len(k.id) {
			d.fail()
		}
		k.inbox, k.team, k.typ = m.ID(d.uint()), m.ID(d.uint()), m.ID(d.uint())
		k.flags, k.trigger = closingFlag(d.uint()), trigger(d.uint())
		k.agent = d.agent()
		k.closed, k.returned = d.int(), d.int()
	})
	return k
}

func (d *decoder) survey() *survey {
	sv := &survey{}
	d.group(func(d *decoder) {
		sv.sent, sv.kind, sv.scale = d.int(), event.Survey(d.uint()), math.Float64frombits(d.uint())
		sv.team, sv.typ, sv.agent = m.ID(d.uint()), m.ID(d.uint()), d.agent()
		for _, b := range [...]*bool{&sv.byBot, &sv.negative, &sv.answered, &sv.unasked} {
			*b = d.uint() == 1
		}
		// Snapshots from before have none, and zeros stand for what is missing.
		copy(sv.about[:], d.bytes())
	})
	return sv
}

func (d *decoder) thread(th *thread, ct *contact) {
	d.group(func(d *decoder) {
		th.inbox = m.ID(d.uint())
		th.closed = d.int()
		th.closedReplied = d.uint() == 1
		d.uint()
		if d.uint() == 1 {
			th.open = &conv{contact: ct, inbox: th.inbox, waitPos: -1, upsetPos: -1, escPos: -1}
			d.conv(th.open)
		}
		if d.uint() == 1 {
			th.survey = d.survey()
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
		c.seldom = &seldom{}
		c.agent = d.agent()
		c.seldom.openerHuman = d.uint() == 1
		c.seldom.openerReply = d.uint()
		c.cause = Cause(d.uint())
		c.place = Position{Seq: d.uint(), Index: uint32(d.uint())}
		for _, p := range c.moments() {
			*p = d.int()
		}
		for n := d.uint(); n > 0 && d.err == nil && len(d.b) > 0; n-- {
			c.seldom.pauses = append(c.seldom.pauses, pause{d.int(), d.int()})
		}
		c.sender, c.seldom.openerAgent = d.agent(), d.agent()
		for n := d.uint(); n > 0 && d.err == nil && len(d.b) > 0; n-- {
			c.writers = append(c.writers, writer{d.agent(), d.int()})
		}
		c.seldom.firstNegative, c.lastOurs, c.heard, c.returned = d.int(), d.int(), d.int(), d.int()
		c.seldom.labels = d.uint()
		if b := d.bytes(); len(b) > 0 {
			state, rest, err := audit.DecodeState(b)
			if err != nil || len(rest) > 0 {
				d.fail()
			}
			c.audit = state
		}
		if c.seldom.nothing() {
			c.seldom = &nothingSeldom
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
const convBytes = 240

// closingBytes is about how many bytes a closing takes.
const closingBytes = 60

// Size is about how many bytes Append writes.
func (s *Shard) Size() int {
	rest := max(0, len(s.contacts)-s.open)
	return s.open*convBytes + rest*(convBytes/4+closingBytes) + s.replies.Size()
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
					touched |= c.flags | flag(c.thanks) | flag(c.lastOurs)
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
func Decode(data []byte, set *Settings, people *Directory) (*Shard, error) {
	d := decoder{b: data}
	if d.version = d.uint(); d.version < 1 || d.version > version {
		return nil, fmt.Errorf("%w: version %d is not known to this program", ErrSnapshot, d.version)
	}
	s := NewShard(set, people)
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
				s.restore(c)
			}
		}
		s.awaitMaturity(ct)
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
