// Package dayset is a compact set of 64-bit hashes that forgets what is older
// than 7 days: 12 bytes a slot, one table a day, so that forgetting is dropping
// a table. It is what makes redelivered webhooks count once.
//
// A Set belongs to one goroutine. Times are receive times, which never run
// backwards.
package dayset

import (
	"encoding/binary"
	"errors"
	"slices"
	"time"
)

// Window is how long a hash is remembered, to the second.
const Window = 7 * 24 * time.Hour

const day = int64(24 * time.Hour)

// Set is a set of hashes; the zero Set is empty.
type Set struct {
	days []*table // oldest first
}

type table struct {
	day   int64
	n     int
	slots []uint64 // a power of two of them, 64 at least; 0 is empty
	secs  []uint32 // since the day's start
}

// Add notes h at now (Unix nanoseconds) and tells whether it was new: not added
// within the Window before.
func (s *Set) Add(h uint64, now int64) bool {
	if h == 0 {
		h = 1
	}
	s.forget(now)
	d := now / day
	n := len(s.days)
	if n == 0 || s.days[n-1].day != d {
		s.days = append(s.days, newTable(d, 0))
		n++
	}
	if s.within(s.days[:n-1], h, now) {
		return false
	}
	// What was noted today is within the Window.
	return s.days[n-1].add(h, uint32((now-d*day)/int64(time.Second)))
}

// Has tells whether h was added within the Window before now.
func (s *Set) Has(h uint64, now int64) bool {
	if h == 0 {
		h = 1
	}
	s.forget(now)
	return s.within(s.days, h, now)
}

// forget drops the days that are over the Window.
func (s *Set) forget(now int64) {
	for len(s.days) > 0 && (s.days[0].day+1)*day+int64(Window) < now {
		s.days[0] = nil
		s.days = s.days[1:]
	}
}

func (s *Set) within(days []*table, h uint64, now int64) bool {
	for i := len(days) - 1; i >= 0; i-- {
		t := days[i]
		sec, ok := t.get(h)
		if ok && t.day*day+int64(sec)*int64(time.Second)+int64(Window) >= now/int64(time.Second)*int64(time.Second) {
			return true
		}
	}
	return false
}

// Len is how many hashes are held.
func (s *Set) Len() int {
	n := 0
	for _, t := range s.days {
		n += t.n
	}
	return n
}

// newTable has room for n hashes.
func newTable(day int64, n int) *table {
	t := &table{day: day}
	t.grow(n)
	return t
}

func (t *table) get(h uint64) (uint32, bool) {
	mask := uint64(len(t.slots) - 1)
	for i := spread(h) & mask; ; i = (i + 1) & mask {
		switch t.slots[i] {
		case h:
			return t.secs[i], true
		case 0:
			return 0, false
		}
	}
}

// add notes h unless it is there, and tells whether it was not.
func (t *table) add(h uint64, sec uint32) bool {
	if t.n*4 >= len(t.slots)*3 {
		t.grow(2 * t.n)
	}
	mask := uint64(len(t.slots) - 1)
	for i := spread(h) & mask; ; i = (i + 1) & mask {
		switch t.slots[i] {
		case h:
			return false
		case 0:
			t.slots[i], t.secs[i] = h, sec
			t.n++
			return true
		}
	}
}

// grow makes room for n hashes in all.
func (t *table) grow(n int) {
	size := 64
	for size*3 < n*4 {
		size *= 2
	}
	if size <= len(t.slots) {
		return
	}
	slots, secs := t.slots, t.secs
	t.n, t.slots, t.secs = 0, make([]uint64, size), make([]uint32, size)
	for i, h := range slots {
		if h != 0 {
			t.add(h, secs[i])
		}
	}
}

// spread guards against hashes whose low bits are alike.
func spread(h uint64) uint64 {
	h ^= h >> 32
	return h * 0x9e3779b97f4a7c15 >> 32
}

// slotBytes is how many bytes Append writes for a hash.
const slotBytes = 12

// Size is about how many bytes Append writes.
func (s *Set) Size() int { return s.Len()*slotBytes + (len(s.days)+1)*2*binary.MaxVarintLen64 }

// Append encodes the set: the number of days, oldest first, then for each its
// number, how many hashes it has, and them with their seconds.
func (s *Set) Append(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(s.days)))
	for _, t := range s.days {
		dst = binary.AppendVarint(dst, t.day)
		dst = binary.AppendUvarint(dst, uint64(t.n))
		dst = slices.Grow(dst, t.n*slotBytes)
		at := len(dst)
		dst = dst[:at+t.n*slotBytes]
		for i, h := range t.slots {
			if h != 0 {
				binary.LittleEndian.PutUint64(dst[at:], h)
				binary.LittleEndian.PutUint32(dst[at+8:], t.secs[i])
				at += slotBytes
			}
		}
	}
	return dst
}

// ErrDamaged: the bytes are not what Append wrote.
var ErrDamaged = errors.New("damaged set of hashes")

// Decode reads what Append wrote, and returns what follows it.
func Decode(b []byte) (Set, []byte, error) {
	var s Set
	days, l := binary.Uvarint(b)
	if l <= 0 || days > uint64(len(b)) {
		return Set{}, nil, ErrDamaged
	}
	b = b[l:]
	for range days {
		number, l := binary.Varint(b)
		if l <= 0 || len(s.days) > 0 && number <= s.days[len(s.days)-1].day {
			return Set{}, nil, ErrDamaged
		}
		b = b[l:]
		n, l := binary.Uvarint(b)
		if l <= 0 || n > uint64(len(b)-l)/slotBytes {
			return Set{}, nil, ErrDamaged
		}
		b = b[l:]
		t := newTable(number, int(n))
		for range n {
			h, sec := binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint32(b[8:])
			if h == 0 || !t.add(h, sec) {
				return Set{}, nil, ErrDamaged
			}
			b = b[slotBytes:]
		}
		s.days = append(s.days, t)
	}
	return s, b, nil
}
