package record

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

// Decoder reads records. It keeps strings that repeat from event to event, in a
// table of fixed size, so that reading a journal makes few of them. The zero
// Decoder is ready; it belongs to one goroutine.
type Decoder struct {
	table interned
}

// Decode reads a record into c and reuses the slices in it, labels included;
// whoever keeps an event beyond the next call copies its Labels. Sealed and
// Config alias data; strings are safe to keep. Fields that a newer version may
// have added are skipped, enum values without a name here become zero
// (MessageType: other). Errors wrap ErrVersion or ErrCorrupt and leave c
// empty. What it allocates is bounded by a small multiple of len(data).
func (d *Decoder) Decode(data []byte, c *Commit) error {
	c.Batches = c.Batches[:0]
	var f element
	rest, ok := f.next(data)
	if !ok || f.num != commitVersion || f.typ != wireVarint || f.v == 0 {
		return fmt.Errorf("%w: it does not begin with its version", ErrCorrupt)
	}
	if f.v > Version {
		return fmt.Errorf("%w (version %d, known up to %d)", ErrVersion, f.v, Version)
	}
	for len(rest) > 0 {
		if rest, ok = f.next(rest); !ok {
			n := len(c.Batches)
			c.Batches = c.Batches[:0]
			return fmt.Errorf("%w: it ends or breaks after batch %d", ErrCorrupt, n)
		}
		if f.num != commitBatches {
			continue
		}
		n := len(c.Batches)
		if n < cap(c.Batches) {
			c.Batches = c.Batches[:n+1]
		} else {
			c.Batches = append(c.Batches, Batch{})
		}
		if at, ok := d.batch(&f, &c.Batches[n]); !ok {
			c.Batches = c.Batches[:0]
			return fmt.Errorf("%w: batch %d, event %d", ErrCorrupt, n+1, at)
		}
	}
	return nil
}

// element is one field as it stands in the bytes.
type element struct {
	num protowire.Number
	typ protowire.Type
	v   uint64 // varint, fixed64
	b   []byte // bytes
}

// next takes one field off b and gives the rest. It fills f in place: returning
// a struct of this size costs more than reading it.
func (f *element) next(b []byte) (rest []byte, ok bool) {
	var n int
	if len(b) > 1 && b[0] >= 1<<3 && b[0] < 0x80 {
		f.num, f.typ = protowire.Number(b[0]>>3), protowire.Type(b[0]&7)
		b = b[1:]
	} else {
		if f.num, f.typ, n = protowire.ConsumeTag(b); n < 0 {
			return nil, false
		}
		b = b[n:]
	}
	f.v, f.b = 0, nil
	switch f.typ {
	case wireVarint:
		if len(b) > 0 && b[0] < 0x80 {
			f.v = uint64(b[0])
			return b[1:], true
		}
		f.v, n = protowire.ConsumeVarint(b)
	case wireFixed64:
		if len(b) < 8 {
			return nil, false
		}
		f.v = binary.LittleEndian.Uint64(b)
		return b[8:], true
	case wireBytes:
		f.b, n = protowire.ConsumeBytes(b)
	default:
		n = protowire.ConsumeFieldValue(f.num, f.typ, b)
	}
	if n < 0 {
		return nil, false
	}
	return b[n:], true
}

// batch reads a batch; where it cannot, it gives the number of the event, or 0
// outside the events.
func (d *Decoder) batch(f *element, to *Batch) (at int, ok bool) {
	if f.typ != wireBytes {
		return 0, false
	}
	*to = Batch{Events: to.Events[:0]}
	var c common
	events := 0
	// What the events share comes first here, wherever it stands.
	var g element
	for b := f.b; len(b) > 0; {
		if b, ok = g.next(b); !ok {
			return 0, false
		}
		if int(g.num) < len(batchTypes) && g.typ != batchTypes[g.num] {
			return 0, false
		}
		switch g.num {
		case batchKind:
			to.Kind = Kind(named(g.v, math.MaxUint8+1))
		case batchReceived:
			to.Received = int64(g.v)
			c.received = to.Received
		case batchSource:
			c.source = d.table.get(g.b)
		case batchInbox:
			c.inbox = d.table.get(g.b)
		case batchKeySeq:
			c.keySeq = g.v
		case batchEvents:
			// Few bytes may not ask for much memory: every event has dedup.
			if events++; len(g.b) < sizeShort+sizeFixed {
				return events, false
			}
		case batchConfig:
			to.Config = g.b
		}
	}
	to.Events = slices.Grow(to.Events, events)[:events]
	at = 0
	for b := f.b; at < events; {
		if b, _ = g.next(b); g.num != batchEvents {
			continue
		}
		if !d.event(g.b, &to.Events[at], &c) {
			return at + 1, false
		}
		at++
	}
	return 0, true
}

func (d *Decoder) event(b []byte, e *Event, c *common) bool {
	labels := e.Labels[:0]
	*e = Event{}
	e.Labels, e.Time, e.Source, e.Inbox = labels, c.received, c.source, c.inbox
	var hasDedup, hasKey bool
	var keySeq int64
	var f element
	for len(b) > 0 {
		var ok bool
		if b, ok = f.next(b); !ok || int(f.num) < len(eventTypes) && f.typ != eventTypes[f.num] {
			return false
		}
		switch f.num {
		case eventDedup:
			e.Dedup, hasDedup = f.v, true
		case eventTime:
			e.Time = c.received + protowire.DecodeZigZag(f.v)
		case eventKind:
			e.Kind = event.Kind(named(f.v, len(event.Kinds)))
		case eventContact:
			if len(f.b) != len(e.Contact) {
				return false
			}
			e.Contact = Key(f.b)
		case eventActor:
			e.Actor = event.Actor(named(f.v, len(event.Actors)))
		case eventMessage:
			e.Message = f.v
		case eventFlags:
			e.Flags = Flags(f.v)
		case eventSealed:
			e.Sealed = f.b
		case eventKey:
			if f.v == 0 || f.v > math.MaxUint32+1 {
				return false
			}
			e.KeyRef.Index, hasKey = uint32(f.v-1), true
		case eventKeySeq:
			keySeq = protowire.DecodeZigZag(f.v)
		case eventAgentID:
			e.Agent.ID = d.table.get(f.b)
		case eventAgentTeam:
			e.Agent.Team = d.table.get(f.b)
		case eventAgentName:
			e.Agent.Name = d.table.get(f.b)
		case eventAgentCapacity:
			e.Agent.Capacity = uint32(min(f.v, math.MaxUint32))
		case eventMessageType:
			e.MessageType = uint8(min(f.v, uint64(len(event.MessageTypes)-1)))
		case eventSource:
			e.Source = d.table.get(f.b)
		case eventInbox:
			e.Inbox = d.table.get(f.b)
		case eventAlias:
			if len(f.b) != len(e.Alias) {
				return false
			}
			e.Alias = Key(f.b)
		case eventDerived:
			e.Derived = f.v != 0
		case eventStatus:
			e.Status = event.Status(named(f.v, len(event.Statuses)))
		case eventError:
			e.Error = d.table.get(f.b)
		case eventState:
			e.State = event.Presence(named(f.v, len(event.Presences)))
		case eventScore:
			e.Score = math.Float64frombits(f.v)
		case eventHasScore:
			e.HasScore = f.v != 0
		case eventScale:
			e.Scale = math.Float64frombits(f.v)
		case eventSurvey:
			e.Survey = event.Survey(named(f.v, len(event.Surveys)))
		case eventConsent:
			e.Consent = event.Consent(named(f.v, len(event.Consents)))
		case eventRequestType:
			e.RequestType = d.table.get(f.b)
		case eventLabels:
			e.Labels = append(e.Labels, d.table.get(f.b))
		case eventSegment:
			e.Segment = d.table.get(f.b)
		case eventSignature:
			e.Signature = f.b
		case eventTraits:
			e.Traits = f.v
		case eventReason:
			e.Reason = d.table.get(f.b)
		case eventInto:
			e.Into = f.v
		case eventLineEvent:
			e.LineEvent = d.table.get(f.b)
		case eventLineState:
			e.LineState = d.table.get(f.b)
		case eventLineRestricts:
			n := protowire.DecodeZigZag(f.v)
			if n != int64(int8(n)) {
				return false
			}
			e.LineRestricts = int8(n)
		case eventTemplateName:
			e.TemplateName = d.table.get(f.b)
		case eventTemplateCategory:
			e.TemplateCategory = d.table.get(f.b)
		}
	}
	if hasKey {
		e.KeyRef.Seq = c.keySeq + uint64(keySeq)
	}
	return hasDedup
}

// named is v where one of the first names values is meant, else 0.
func named(v uint64, names int) uint8 {
	if v >= uint64(names) {
		return 0
	}
	return uint8(v)
}
