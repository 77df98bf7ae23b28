// Package dayset is a compact set of 64-bit hashes that forgets what is older
// than 7 days: 12 bytes a slot, one table a day, so that forgetting is dropping
// a table. It is what makes redelivered webhooks count once.
//
// A Set belongs to one goroutine. Times are receive times, which never run
// backwards.
package dayset

import "time"

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
	slots []uint64 // 0 is empty
	secs  []uint32 // since the day's start
}

// Add notes h at now (Unix nanoseconds) and tells whether it was new: not added
// within the Window before.
func (s *Set) Add(h uint64, now int64) bool {
	if h == 0 {
		h = 1
	}
	if s.Has(h, now) {
		return false
	}
	d := now / day
	if len(s.days) == 0 || s.days[len(s.days)-1].day != d {
		s.days = append(s.days, &table{day: d})
	}
	s.days[len(s.days)-1].add(h, uint32((now-d*day)/int64(time.Second)))
	return true
}

// Has tells whether h was added within the Window before now.
func (s *Set) Has(h uint64, now int64) bool {
	if h == 0 {
		h = 1
	}
	for len(s.days) > 0 && (s.days[0].day+1)*day+int64(Window) < now {
		s.days[0] = nil
		s.days = s.days[1:]
	}
	for i := len(s.days) - 1; i >= 0; i-- {
		t := s.days[i]
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

func (t *table) get(h uint64) (uint32, bool) {
	if len(t.slots) == 0 {
		return 0, false
	}
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

func (t *table) add(h uint64, sec uint32) {
	if t.n*4 >= len(t.slots)*3 {
		t.grow()
	}
	t.n++
	t.put(h, sec)
}

func (t *table) put(h uint64, sec uint32) {
	mask := uint64(len(t.slots) - 1)
	i := spread(h) & mask
	for t.slots[i] != 0 && t.slots[i] != h {
		i = (i + 1) & mask
	}
	if t.slots[i] == h {
		t.n--
	}
	t.slots[i], t.secs[i] = h, sec
}

func (t *table) grow() {
	slots, secs := t.slots, t.secs
	n := 2 * len(slots)
	if n == 0 {
		n = 64
	}
	t.slots, t.secs = make([]uint64, n), make([]uint32, n)
	for i, h := range slots {
		if h != 0 {
			t.put(h, secs[i])
		}
	}
}

// spread guards against hashes whose low bits are alike.
func spread(h uint64) uint64 {
	h ^= h >> 32
	return h * 0x9e3779b97f4a7c15 >> 7
}

// Each calls fn for every hash with its time, oldest day first; the order
// within a day is that of the table.
func (s *Set) Each(fn func(h uint64, at int64)) {
	for _, t := range s.days {
		for i, h := range t.slots {
			if h != 0 {
				fn(h, t.day*day+int64(t.secs[i])*int64(time.Second))
			}
		}
	}
}

// Restore adds a hash as Each gave it, in that order.
func (s *Set) Restore(h uint64, at int64) {
	d := at / day
	if len(s.days) == 0 || s.days[len(s.days)-1].day != d {
		s.days = append(s.days, &table{day: d})
	}
	s.days[len(s.days)-1].add(h, uint32((at-d*day)/int64(time.Second)))
}
