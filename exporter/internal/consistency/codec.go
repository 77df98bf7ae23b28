package consistency

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

// ErrSnapshot: the bytes are not what Append wrote.
var ErrSnapshot = errors.New("damaged snapshot of the consistency stage")

// version of the encoding: varints, signatures and ids as they are, each list
// behind its length, each cluster behind its length in bytes, so that fields can
// be added at its end.
const version = 1

// maxTime is the last moment, in ns; a window added to it does not overflow.
const maxTime = int64(1) << 61

// Append encodes the stage. The same state gives the same bytes.
func (s *Stage) Append(dst []byte) []byte {
	dst = append(dst, version)
	dst = binary.AppendUvarint(dst, math.Float64bits(s.set.QuestionSimilarity))
	dst = binary.AppendUvarint(dst, math.Float64bits(s.set.AnswerSimilarity))
	for _, v := range [...]int64{s.set.Window, int64(s.set.FrequentMin), int64(s.set.MaxClusters), s.now, int64(s.nextID)} {
		dst = binary.AppendVarint(dst, v)
	}
	dst = binary.AppendUvarint(dst, uint64(s.clusters))
	var one []byte
	for c := s.oldest; c != nil; c = c.newer {
		one = c.append(one[:0])
		dst = binary.AppendUvarint(dst, uint64(len(one)))
		dst = append(dst, one...)
	}
	dst = binary.AppendUvarint(dst, uint64(len(s.asked)))
	for _, p := range s.queue {
		if a := s.asked[p.conversation]; s.waits(p) {
			dst = append(dst, p.conversation[:]...)
			dst = binary.AppendUvarint(dst, a.cluster)
			dst = binary.AppendVarint(dst, a.at)
		}
	}
	store := s.store.Append(nil)
	dst = binary.AppendUvarint(dst, uint64(len(store)))
	dst = append(dst, store...)
	dst = binary.AppendUvarint(dst, uint64(len(s.discrepancies)))
	for _, d := range s.discrepancies {
		dst = binary.AppendVarint(dst, d.at)
		dst = binary.AppendUvarint(dst, uint64(d.typ))
		dst = append(dst, d.agree)
		dst = append(dst, d.conversation[:]...)
		dst = append(dst, d.other[:]...)
		dst = binary.AppendUvarint(dst, d.cluster)
	}
	return dst
}

func (c *cluster) append(b []byte) []byte {
	b = binary.AppendUvarint(b, c.id)
	b = append(b, c.question[:]...)
	b = binary.AppendVarint(b, c.touched)
	b = binary.AppendVarint(b, c.today)
	for _, n := range c.asked {
		b = binary.AppendUvarint(b, uint64(n))
	}
	b = binary.AppendUvarint(b, uint64(len(c.answers)))
	for i := range c.answers {
		a := &c.answers[i]
		b = binary.AppendVarint(b, a.at)
		b = append(b, a.conversation[:]...)
		b = append(b, a.text[:]...)
	}
	return b
}

// Decode restores what Append wrote, with the settings that were in force then.
// It does not keep b.
func Decode(b []byte) (*Stage, error) {
	if len(b) == 0 || b[0] != version {
		return nil, fmt.Errorf("%w: of another version", ErrSnapshot)
	}
	r := reader{b: b[1:]}
	set := Settings{
		QuestionSimilarity: r.share(), AnswerSimilarity: r.share(), Window: r.within(minWindow, maxWindow),
		FrequentMin: int(r.within(1, 1<<16)), MaxClusters: int(r.within(1, maxClusters)),
	}
	if r.bad || set != set.bounded() {
		return nil, ErrSnapshot
	}
	s := New(set)
	s.now = r.within(0, maxTime)
	s.nextID = uint64(r.within(1, math.MaxInt64))
	known, last := map[uint64]bool{}, int64(0)
	for n := r.count(); n > 0 && !r.bad; n-- {
		one := reader{b: r.bytes()}
		c := one.cluster(last, s.now)
		if r.bad || one.bad || known[c.id] || s.same[c.question] != nil || c.id >= s.nextID || s.clusters == set.MaxClusters {
			return nil, ErrSnapshot
		}
		known[c.id], last = true, c.touched
		s.insert(c)
	}
	waiting := r.count()
	if waiting > maxAsked {
		r.fail()
	}
	for last = 0; waiting > 0 && !r.bad; waiting-- {
		var conversation m.ConversationID
		r.fixed(conversation[:])
		cluster, at := r.uint(), r.within(last, s.now)
		if _, twice := s.asked[conversation]; twice {
			r.fail()
		}
		s.wait(conversation, cluster, at)
		last = at
	}
	store, err := m.DecodeStore(r.bytes())
	if r.bad || err != nil {
		return nil, ErrSnapshot
	}
	s.store = store
	s.store.AssumeWindow(set.Window)
	n := r.count()
	if n > MaxDiscrepancies {
		r.fail()
	}
	for last = 0; n > 0 && !r.bad; n-- {
		d := discrepancy{at: r.within(last, s.now), typ: m.ID(r.below(math.MaxUint16))}
		var agree [1]byte
		r.fixed(agree[:])
		r.fixed(d.conversation[:])
		r.fixed(d.other[:])
		d.agree, d.cluster, last = agree[0], r.uint(), d.at
		if d.agree > places {
			r.fail()
		}
		s.discrepancies = append(s.discrepancies, d)
	}
	if r.bad || len(r.b) != 0 {
		return nil, ErrSnapshot
	}
	return s, nil
}

// cluster reads one that was touched between two moments.
func (r *reader) cluster(from, now int64) *cluster {
	c := &cluster{id: r.uint()}
	r.fixed(c.question[:])
	c.touched = r.within(from, now)
	c.today = r.within(0, now/day)
	for i := range c.asked {
		c.asked[i] = uint32(r.below(math.MaxUint32))
	}
	n, last := r.count(), int64(0)
	if n > maxAnswers {
		r.fail()
	}
	for ; n > 0 && !r.bad; n-- {
		a := answer{at: r.within(last, now)}
		r.fixed(a.conversation[:])
		r.fixed(a.text[:])
		last = a.at
		c.answers = append(c.answers, a)
	}
	return c
}

type reader struct {
	b   []byte
	bad bool
}

func (r *reader) fail() { r.bad, r.b = true, nil }

func (r *reader) uint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) below(high uint64) uint64 {
	v := r.uint()
	if v > high {
		r.fail()
		return 0
	}
	return v
}

// within reads a number from low to high.
func (r *reader) within(low, high int64) int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 || v < low || v > high {
		r.fail()
		return low
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) share() float64 {
	v := math.Float64frombits(r.uint())
	if !(v >= 0 && v <= 1) {
		r.fail()
		return 0
	}
	return v
}

// count reads how many things follow, of a byte each at least.
func (r *reader) count() uint64 {
	n := r.uint()
	if n > uint64(len(r.b)) {
		r.fail()
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

func (r *reader) fixed(dst []byte) {
	if len(r.b) < len(dst) {
		r.fail()
		return
	}
	r.b = r.b[copy(dst, r.b):]
}
