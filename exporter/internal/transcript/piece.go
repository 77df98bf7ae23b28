package transcript

import (
	"slices"

	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

// slabRows is how many rows lie beside each other in memory: a list of conversations
// is found by looking at all of them, and neighbours are found quickest.
const slabRows = 64

// piece is a part of the rows.
type piece struct {
	byID  map[m.ConversationID]*Row
	slabs []*slab
}

// slab holds rows, the first used of which were ever used. Those that are dropped
// have no ID any more.
type slab struct {
	rows [slabRows]Row
	used int
	// held is how many are not dropped.
	held int
}

// add makes a row. It stays where it is until it is dropped.
func (p *piece) add(id m.ConversationID) *Row {
	if n := len(p.slabs); n == 0 || p.slabs[n-1].used == slabRows {
		p.slabs = append(p.slabs, &slab{})
	}
	s := p.slabs[len(p.slabs)-1]
	r := &s.rows[s.used]
	s.used++
	s.held++
	r.ID = id
	p.byID[id] = r
	return r
}

// rows calls fn with every row.
func (p *piece) rows(fn func(*Row) bool) {
	for _, s := range p.slabs {
		for i := range s.used {
			if r := &s.rows[i]; r.ID != (m.ConversationID{}) && !fn(r) {
				return
			}
		}
	}
}

// drop drops the rows that are too old, and slabs in which none is left.
func (p *piece) drop(old func(*Row) bool) {
	for _, s := range p.slabs {
		for i := range s.used {
			if r := &s.rows[i]; r.ID != (m.ConversationID{}) && old(r) {
				delete(p.byID, r.ID)
				*r = Row{}
				s.held--
			}
		}
	}
	p.slabs = slices.DeleteFunc(p.slabs, func(s *slab) bool { return s.used == slabRows && s.held == 0 })
}
