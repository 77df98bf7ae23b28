package heatmap

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

// ErrSnapshot: the bytes are not what Append wrote.
var ErrSnapshot = errors.New("damaged snapshot of the heatmap")

// version of the encoding: varints, each list behind its length, days and
// quarters as steps from the one before.
const version = 1

// Append encodes the map. The same state gives the same bytes.
func (h *Map) Append(dst []byte) []byte {
	dst = append(dst, version)
	dst = binary.AppendUvarint(dst, uint64(h.bound))
	dst = binary.AppendUvarint(dst, uint64(h.now))
	dst = binary.AppendUvarint(dst, uint64(len(h.series)))
	for _, k := range h.Keys(nil) {
		s := h.series[k]
		for _, v := range [...]uint64{uint64(k.Source), uint64(k.Inbox), uint64(k.Team), uint64(s.since / quarter), uint64(len(s.pages))} {
			dst = binary.AppendUvarint(dst, v)
		}
		last := int64(0)
		for i := range s.pages {
			p := &s.pages[i]
			dst = binary.AppendUvarint(dst, uint64(p.day-last))
			last = p.day
			dst = append(dst, byte(len(p.cells)))
			for _, c := range p.cells {
				dst = append(dst, c.quarter)
				for _, v := range [...]uint64{uint64(c.opened), uint64(c.messages), uint64(c.responses)} {
					dst = binary.AppendUvarint(dst, v)
				}
				if c.responses > 0 {
					dst = binary.AppendUvarint(dst, uint64(c.sum))
				}
			}
			dst = binary.AppendUvarint(dst, uint64(len(p.waits)))
			for _, w := range p.waits {
				dst = append(dst, w.quarter, w.bucket)
				dst = binary.AppendUvarint(dst, uint64(w.n))
			}
		}
	}
	return dst
}

// Decode restores what Append wrote. It does not keep b.
func Decode(b []byte) (*Map, error) {
	if len(b) == 0 || b[0] != version {
		return nil, fmt.Errorf("%w: of another version", ErrSnapshot)
	}
	r := reader{b: b[1:]}
	bound := r.below(maxSeries)
	if bound == 0 {
		return nil, ErrSnapshot
	}
	h := New(int(bound))
	h.now = int64(r.below(uint64(maxTime)))
	n := r.count()
	if n > bound+1 {
		return nil, ErrSnapshot
	}
	last := Key{}
	for i := uint64(0); i < n && !r.bad; i++ {
		k := Key{m.ID(r.below(math.MaxUint16)), m.ID(r.below(math.MaxUint16)), m.ID(r.below(math.MaxUint16))}
		s := &series{since: int64(r.below(uint64((h.now+day)/quarter))) * quarter}
		if i > 0 && last.compare(k) >= 0 {
			return nil, ErrSnapshot
		}
		last = k
		today := int64(0)
		for n := r.count(); n > 0 && !r.bad; n-- {
			p := r.page()
			if p.day += today; p.day > (h.now+day)/day || len(s.pages) > 0 && p.day == today || len(p.cells) == 0 {
				return nil, ErrSnapshot
			}
			today = p.day
			s.pages = append(s.pages, p)
		}
		if len(s.pages) == 0 {
			return nil, ErrSnapshot
		}
		h.series[k] = s
	}
	if r.bad || len(r.b) != 0 {
		return nil, ErrSnapshot
	}
	return h, nil
}

// page reads one; its day is counted from the one before.
func (r *reader) page() (p page) {
	p.day = int64(r.below(uint64(maxTime / day)))
	responses := [quarters]uint64{}
	for n, last := int(r.byte()), -1; n > 0 && !r.bad; n-- {
		c := cell{quarter: r.byte()}
		c.opened, c.messages, c.responses = uint32(r.below(math.MaxUint32)), uint32(r.below(math.MaxUint32)), uint32(r.below(math.MaxUint32))
		if c.responses > 0 {
			c.sum = int64(r.below(uint64(maxTime)))
		}
		if int(c.quarter) <= last || int(c.quarter) >= quarters {
			r.fail()
			return p
		}
		last = int(c.quarter)
		responses[last] = uint64(c.responses)
		p.cells = append(p.cells, c)
	}
	for n := r.count(); n > 0 && !r.bad; n-- {
		w := wait{r.byte(), r.byte(), uint32(r.below(math.MaxUint32))}
		if int(w.quarter) >= quarters || int(w.bucket) >= buckets || w.n == 0 || uint64(w.n) > responses[w.quarter] ||
			len(p.waits) > 0 && p.waits[len(p.waits)-1].compare(w) >= 0 {
			r.fail()
			return p
		}
		responses[w.quarter] -= uint64(w.n)
		p.waits = append(p.waits, w)
	}
	// Every response has its bucket.
	for _, n := range responses {
		if n != 0 {
			r.fail()
		}
	}
	return p
}

type reader struct {
	b   []byte
	bad bool
}

func (r *reader) fail() { r.bad, r.b = true, nil }

func (r *reader) byte() byte {
	if len(r.b) == 0 {
		r.fail()
		return 0
	}
	v := r.b[0]
	r.b = r.b[1:]
	return v
}

func (r *reader) below(high uint64) uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 || v > high {
		r.fail()
		return 0
	}
	r.b = r.b[n:]
	return v
}

// count reads how many things follow, of a byte each at least.
func (r *reader) count() uint64 { return r.below(uint64(len(r.b))) }
