// Package transcript finds conversations and what was said in them. The journal
// is the archive: an Index says what each conversation came to and where in the
// journal its events stand; a Reader fetches them from there, with a cache in
// front. Nothing is stored twice.
//
// An Index is part of the folded state: pure, without clock or I/O, and the
// goroutine's that folds. A Reader may be used concurrently.
package transcript

import (
	"encoding/binary"
	"slices"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/audit"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/conversation"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
)

// None stands for a duration that there is not.
const None = int64(-1)

// Row is what is known of one conversation. Its Writers belong to the Row.
type Row struct {
	conversation.Standing
	// FirstResponse and Resolution in nanoseconds, or None.
	FirstResponse, Resolution int64
	// Seen is the receive time of what came last.
	Seen int64
	// Messages of each actor, and of customers those that were found to be
	// negative and positive.
	Customer, Human, Bot, Other uint32
	Negative, Positive          uint32
	// Rules of audits that found something.
	Rules audit.Set
	// EscalatedAt is when each reason first held, by receive time; 0 for those that
	// never did.
	EscalatedAt [m.EscalationReasons]int64
	// CSAT is the answer to the survey about it, 1 to 5, 0 without.
	CSAT uint8

	entries  []byte
	count    uint32
	lastSeq  uint64
	lastTime int64
}

// Entry is an event of a conversation.
type Entry struct {
	Place conversation.Position
	// Time is the event time in Unix nanoseconds.
	Time  int64
	Kind  event.Kind
	Actor event.Actor
}

// Message tells whether somebody said something.
func (e Entry) Message() bool { return e.Kind == event.MessageReceived || e.Kind == event.MessageSent }

// Len is how many entries there are.
func (r *Row) Len() int { return int(r.count) }

// kindBits leaves three bits for the actor.
const actorBits = 3

// add appends an entry: what and who, how far the record is behind the one before,
// the place in it, and the time since the entry before.
func (r *Row) add(e Entry) {
	if cap(r.entries)-len(r.entries) < 16 {
		// A little room each time: most conversations are short, and a million of
		// them are held.
		r.entries = slices.Grow(r.entries, 32+len(r.entries)/4)
	}
	b := append(r.entries, byte(e.Kind)<<actorBits|byte(e.Actor))
	b = binary.AppendUvarint(b, e.Place.Seq-r.lastSeq)
	b = binary.AppendUvarint(b, uint64(e.Place.Index))
	b = appendSpan(b, e.Time-r.lastTime)
	r.entries, r.lastSeq, r.lastTime = b, e.Place.Seq, e.Time
	r.count++
}

// Providers' clocks tell seconds or milliseconds: whole ones are written as such.
func appendSpan(b []byte, ns int64) []byte {
	if ns%int64(time.Millisecond) == 0 {
		return binary.AppendVarint(b, ns/int64(time.Millisecond)<<1)
	}
	return binary.AppendVarint(b, ns<<1|1)
}

func span(v int64) int64 {
	if v&1 == 0 {
		return (v >> 1) * int64(time.Millisecond)
	}
	return v >> 1
}

// Entries appends the row's to dst, in the order in which they were received.
func (r *Row) Entries(dst []Entry) []Entry {
	dst = slices.Grow(dst, int(r.count))
	var e Entry
	for b := r.entries; len(b) > 0; {
		n := e.next(b)
		if n == 0 {
			break // never: Restore has seen to it
		}
		dst, b = append(dst, e), b[n:]
	}
	return dst
}

// next makes the entry the one that follows it and tells how many bytes that took, 0
// where there is none.
func (e *Entry) next(b []byte) int {
	e.Kind, e.Actor = event.Kind(b[0]>>actorBits), event.Actor(b[0]&(1<<actorBits-1))
	size := 1
	seq, n := binary.Uvarint(b[size:])
	size += n
	if n <= 0 {
		return 0
	}
	index, n := binary.Uvarint(b[size:])
	size += n
	if n <= 0 {
		return 0
	}
	at, n := binary.Varint(b[size:])
	if n <= 0 {
		return 0
	}
	e.Place.Seq, e.Place.Index, e.Time = e.Place.Seq+seq, uint32(index), e.Time+span(at)
	return size + n
}

// Open tells whether it has not ended.
func (r *Row) Open() bool { return r.State != conversation.StateClosed }

// Pieces is how many parts an Index has: a snapshot encodes one at a time.
const Pieces = 8

// PieceOf is the part that a conversation is in.
func PieceOf(id m.ConversationID) int { return int(id[0]) % Pieces }

// Index holds the rows of an exporter.
type Index struct {
	pieces [Pieces]piece
	// last is the row that was asked for last.
	last *Row
	// retention is how long after the last event a row is kept, in receive time.
	retention int64
	recent    ring
}

// NewIndex returns an empty one.
func NewIndex(retention int64) *Index {
	x := &Index{retention: retention}
	for i := range x.pieces {
		x.pieces[i].byID = map[m.ConversationID]*Row{}
	}
	return x
}

// Configure changes how long rows are kept.
func (x *Index) Configure(retention int64) { x.retention = retention }

// Get is a conversation's row, nil where there is none. It is the Index's.
func (x *Index) Get(id m.ConversationID) *Row { return x.pieces[PieceOf(id)].byID[id] }

// Len is how many there are.
func (x *Index) Len() (n int) {
	for i := range x.pieces {
		n += len(x.pieces[i].byID)
	}
	return n
}

// Each calls fn with every row, in no order, until it returns false.
func (x *Index) Each(fn func(*Row) bool) {
	for i := range x.pieces {
		for r := range x.pieces[i].rows {
			if !fn(r) {
				return
			}
		}
	}
}

func (x *Index) row(id m.ConversationID) *Row {
	if x.last != nil && x.last.ID == id {
		return x.last
	}
	r := x.Get(id)
	if r != nil {
		x.last = r
	}
	return r
}

// Stands takes in how a conversation stands; a new one becomes known.
func (x *Index) Stands(st *conversation.Standing, received int64) {
	r := x.row(st.ID)
	if r == nil {
		r = x.pieces[PieceOf(st.ID)].add(st.ID)
		r.FirstResponse, r.Resolution = None, None
		x.last = r
	}
	for i := range r.EscalatedAt {
		if st.Escalated&^r.Escalated&(1<<i) != 0 {
			r.EscalatedAt[i] = received
		}
	}
	writers := r.Writers
	if len(writers) != len(st.Writers) {
		writers = append(writers[:0:0], st.Writers...)
	}
	r.Standing = *st
	r.Writers, r.Seen = writers, received
	if st.State == conversation.StateClosed {
		r.entries = slices.Clip(r.entries)
	}
}

// Entered takes in an event of a conversation; one that is not known is left out.
func (x *Index) Entered(id m.ConversationID, in *conversation.Input) {
	r := x.row(id)
	if r == nil {
		return
	}
	e := Entry{Place: in.Place, Time: in.Time, Kind: in.Kind, Actor: in.Actor}
	switch in.Kind {
	case event.MessageReceived:
		e.Actor = event.ActorCustomer
		r.Customer++
		if in.Flags&record.Negative != 0 {
			r.Negative++
		}
		if in.Flags&record.Positive != 0 {
			r.Positive++
		}
	case event.MessageSent:
		switch in.Actor {
		case event.ActorHuman:
			r.Human++
		case event.ActorBot:
			r.Bot++
		default:
			r.Other++
		}
	}
	r.add(e)
	r.Seen = in.Received
	x.recent.add(Recent{Entry: e, ID: id})
}

// FirstResponse, Resolved, Rated and Found take in what a conversation came to.
func (x *Index) FirstResponse(id m.ConversationID, took int64) {
	if r := x.row(id); r != nil {
		r.FirstResponse = took
	}
}

// Resolved takes in the resolution, in nanoseconds.
func (x *Index) Resolved(id m.ConversationID, took int64) {
	if r := x.row(id); r != nil {
		r.Resolution = took
	}
}

// Rated takes in the answer to a survey.
func (x *Index) Rated(id m.ConversationID, score int) {
	if r := x.row(id); r != nil {
		r.CSAT = uint8(score)
	}
}

// Found takes in a finding of a rule.
func (x *Index) Found(id m.ConversationID, rule audit.Rule) {
	if r := x.row(id); r != nil {
		r.Rules |= 1 << rule
	}
}

// sweepEvery is how often rows that are too old are dropped.
const sweepEvery = int64(time.Hour)

// Sweep drops the rows of one piece that are too old, once an hour; from is the
// receive time of the record before.
func (x *Index) Sweep(piece int, from, received int64) {
	offset := int64(piece) * sweepEvery / Pieces
	if (from-offset)/sweepEvery == (received-offset)/sweepEvery {
		return
	}
	x.pieces[piece].drop(func(r *Row) bool { return !r.Open() && received-r.Seen > x.retention })
	x.last = nil
}
