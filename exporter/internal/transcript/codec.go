package transcript

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/audit"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/conversation"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

// ErrSnapshot: the bytes are not what Append wrote.
var ErrSnapshot = errors.New("damaged snapshot of the transcripts' index")

// version of the encoding. A row is preceded by its length, so fields can be
// added at its end: what is missing is zero, what is beyond is skipped.
const version = 1

// Append encodes a piece.
func (x *Index) Append(dst []byte, piece int) []byte {
	dst = append(dst, version)
	var row []byte
	for r := range x.pieces[piece].rows {
		row = r.append(row[:0])
		dst = binary.AppendUvarint(dst, uint64(len(row)))
		dst = append(dst, row...)
	}
	return dst
}

// Size is about how many bytes a piece takes.
func (x *Index) Size(piece int) int {
	size := 0
	for r := range x.pieces[piece].rows {
		size += 140 + len(r.entries)
	}
	return size
}

func (r *Row) append(b []byte) []byte {
	b = append(b, r.ID[:]...)
	b = append(b, r.Contact[:]...)
	for _, v := range r.numbers() {
		b = binary.AppendVarint(b, v)
	}
	b = binary.AppendUvarint(b, uint64(len(r.entries)))
	b = append(b, r.entries...)
	b = binary.AppendUvarint(b, uint64(len(r.Writers)))
	for _, w := range r.Writers {
		b = conversation.AppendWriter(b, w)
	}
	return b
}

// numbers are a row's, in the order of the encoding.
func (r *Row) numbers() [33]int64 {
	return [...]int64{
		int64(r.Source), int64(r.Inbox), int64(r.Team), int64(r.Type), int64(r.State), int64(r.Owner), int64(r.Trigger), int64(r.ClosedBy),
		int64(r.Escalated), int64(r.Escalations), r.Opened, r.Closed, r.Last, r.Turn, int64(r.Agent),
		r.FirstResponse, r.Resolution, r.Seen, int64(r.Customer), int64(r.Human), int64(r.Bot), int64(r.Other), int64(r.Negative),
		int64(r.Positive), int64(r.Rules), int64(r.CSAT), int64(r.count), int64(r.lastSeq), r.lastTime,
		r.EscalatedAt[0], r.EscalatedAt[1], r.EscalatedAt[2], r.EscalatedAt[3],
	}
}

func (r *Row) set(v [33]int64) {
	r.Source, r.Inbox, r.Team, r.Type = m.ID(v[0]), m.ID(v[1]), m.ID(v[2]), m.ID(v[3])
	r.State, r.Owner, r.Trigger, r.ClosedBy = int8(v[4]), int8(v[5]), int8(v[6]), int8(v[7])
	r.Escalated, r.Escalations = uint8(v[8]), uint8(v[9])
	r.Opened, r.Closed, r.Last, r.Turn, r.Agent = v[10], v[11], v[12], v[13], conversation.Ref(v[14])
	r.FirstResponse, r.Resolution, r.Seen = v[15], v[16], v[17]
	r.Customer, r.Human, r.Bot, r.Other = uint32(v[18]), uint32(v[19]), uint32(v[20]), uint32(v[21])
	r.Negative, r.Positive, r.Rules, r.CSAT = uint32(v[22]), uint32(v[23]), audit.Set(v[24]), uint8(v[25])
	r.count, r.lastSeq, r.lastTime = uint32(v[26]), uint64(v[27]), v[28]
	copy(r.EscalatedAt[:], v[29:])
}

// Restore puts what Append wrote in the place of a piece. It may name agents that
// only records tell of that are still to be folded.
func (x *Index) Restore(n int, b []byte) error {
	if len(b) == 0 || b[0] != version {
		return fmt.Errorf("%w: its version is not known to this program", ErrSnapshot)
	}
	p := piece{byID: map[m.ConversationID]*Row{}}
	for b = b[1:]; len(b) > 0; {
		size, k := binary.Uvarint(b)
		if k <= 0 || size > uint64(len(b)-k) {
			return fmt.Errorf("%w: a row breaks off", ErrSnapshot)
		}
		r, err := decodeRow(b[k : k+int(size)])
		if err != nil {
			return err
		}
		if r.ID == (m.ConversationID{}) || PieceOf(r.ID) != n || p.byID[r.ID] != nil {
			return fmt.Errorf("%w: a row stands in a wrong place", ErrSnapshot)
		}
		*p.add(r.ID) = *r
		b = b[k+int(size):]
	}
	x.pieces[n], x.last = p, nil
	return nil
}

// sound tells whether the entries are those that the row counts.
func (r *Row) sound() bool {
	var e Entry
	count := uint32(0)
	for b := r.entries; len(b) > 0; count++ {
		n := e.next(b)
		if n == 0 || e.Actor >= event.Actor(len(event.Actors)) {
			return false
		}
		b = b[n:]
	}
	return count == r.count && (count == 0 || e.Place.Seq == r.lastSeq && e.Time == r.lastTime)
}

func decodeRow(b []byte) (*Row, error) {
	r := &Row{}
	if len(b) < len(r.ID)+len(r.Contact) {
		return nil, fmt.Errorf("%w: a row is too short", ErrSnapshot)
	}
	b = b[copy(r.ID[:], b):]
	b = b[copy(r.Contact[:], b):]
	var v [33]int64
	for i := range v {
		n := 0
		if v[i], n = binary.Varint(b); n <= 0 {
			return nil, fmt.Errorf("%w: a number is missing", ErrSnapshot)
		} else {
			b = b[n:]
		}
	}
	r.set(v)
	size, n := binary.Uvarint(b)
	if n <= 0 || size > uint64(len(b)-n) {
		return nil, fmt.Errorf("%w: entries break off", ErrSnapshot)
	}
	r.entries, b = append([]byte(nil), b[n:n+int(size)]...), b[n+int(size):]
	if !r.sound() {
		return nil, fmt.Errorf("%w: entries are not as many as they should be", ErrSnapshot)
	}
	count, n := binary.Uvarint(b)
	if n <= 0 || count > uint64(len(b)) {
		return nil, fmt.Errorf("%w: writers break off", ErrSnapshot)
	}
	b = b[n:]
	for range count {
		w, n := conversation.ReadWriter(b)
		if n <= 0 {
			return nil, fmt.Errorf("%w: a writer breaks off", ErrSnapshot)
		}
		r.Writers, b = append(r.Writers, w), b[n:]
	}
	if r.State < 0 || r.State > conversation.StateClosed || r.Owner < 0 || int(r.Owner) >= len(conversation.Owners) {
		return nil, fmt.Errorf("%w: a value that there is not", ErrSnapshot)
	}
	return r, nil
}
