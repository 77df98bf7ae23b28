package measure

import "cmp"

// Store holds the cells of every family for the scopes it has seen. Each shard
// of the fold owns one.
type Store struct {
	buckets Buckets
	scopes  []*cells
	byScope map[Scope]ScopeID
	open    map[openKey]int64
}

type cells struct {
	scope Scope
	plain dense
	typed []*dense // by request type
}

type dense struct {
	values []int64
	hists  []*Hist
}

// openKey is a cell of a family with admitted labels beyond its level's.
type openKey struct {
	family uint16
	cell   uint16
	scope  ScopeID
	typ    ID
	open   [2]ID
}

// NewStore returns an empty store with the given classic bounds.
func NewStore(b Buckets) *Store {
	return &Store{buckets: b, byScope: map[Scope]ScopeID{}, open: map[openKey]int64{}}
}

// Scope returns the id of a combination in this store; its zeros exist from
// then on.
func (s *Store) Scope(sc Scope) ScopeID {
	if id, ok := s.byScope[sc]; ok {
		return id
	}
	id := ScopeID(len(s.scopes))
	s.scopes = append(s.scopes, &cells{scope: sc})
	s.byScope[sc] = id
	return id
}

// ScopeOf is the combination behind an id of this store.
func (s *Store) ScopeOf(id ScopeID) Scope { return s.scopes[id].scope }

// SetBuckets changes the classic bounds; if they differ, every histogram starts
// again from zero, and it returns true.
func (s *Store) SetBuckets(b Buckets) bool {
	if s.buckets.Equal(b) {
		return false
	}
	s.buckets = b
	for _, c := range s.scopes {
		clear(c.plain.hists)
		for _, d := range c.typed {
			if d != nil {
				clear(d.hists)
			}
		}
	}
	return true
}

func (s *Store) dense(f *Family, scope ScopeID, typ ID) *dense {
	c := s.scopes[scope]
	if f.Level != ByScopeType {
		if c.plain.values == nil {
			c.plain.values = make([]int64, denseValues[0])
			c.plain.hists = make([]*Hist, denseHists[0])
		}
		return &c.plain
	}
	for int(typ) >= len(c.typed) {
		c.typed = append(c.typed, nil)
	}
	d := c.typed[typ]
	if d == nil {
		d = &dense{values: make([]int64, denseValues[1]), hists: make([]*Hist, denseHists[1])}
		c.typed[typ] = d
	}
	return d
}

// Add adds n to a counter or gauge. typ is used by families with request type
// only.
func (s *Store) Add(f *Family, scope ScopeID, typ ID, cell int, n int64) {
	s.dense(f, scope, typ).values[f.first+cell] += n
}

// AddOpen adds n to a cell of a family with admitted labels. typ, a and b are
// used where the family has such a label only.
func (s *Store) AddOpen(f *Family, scope ScopeID, typ ID, cell int, a, b ID, n int64) {
	s.open[f.key(scope, typ, cell, a, b)] += n
}

// SetOpen sets such a cell.
func (s *Store) SetOpen(f *Family, scope ScopeID, typ ID, cell int, a, b ID, v int64) {
	s.open[f.key(scope, typ, cell, a, b)] = v
}

// key leaves out what the family has no label for: two keys of one label set
// would be one series twice, which fails the scrape.
func (f *Family) key(scope ScopeID, typ ID, cell int, a, b ID) openKey {
	k := openKey{family: uint16(f.id), cell: uint16(cell), scope: scope}
	if f.Level == ByScopeType {
		k.typ = typ
	}
	if len(f.Open) > 0 {
		k.open[0] = a
	}
	if len(f.Open) > 1 {
		k.open[1] = b
	}
	return k
}

func (k openKey) compare(o openKey) int {
	return cmp.Or(
		cmp.Compare(k.family, o.family), cmp.Compare(k.scope, o.scope), cmp.Compare(k.typ, o.typ),
		cmp.Compare(k.cell, o.cell), cmp.Compare(k.open[0], o.open[0]), cmp.Compare(k.open[1], o.open[1]),
	)
}

// Observe adds a duration in nanoseconds, not negative, to a histogram.
// ex is kept where the family has exemplars.
func (s *Store) Observe(f *Family, scope ScopeID, typ ID, cell int, ns int64, ex Exemplar) {
	d := s.dense(f, scope, typ)
	h := d.hists[f.first+cell]
	if h == nil {
		h = &Hist{}
		d.hists[f.first+cell] = h
	}
	if f.Exemplars {
		h.observe(s.buckets, ns, &ex)
		return
	}
	h.observe(s.buckets, ns, nil)
}

// ClearGauges sets every gauge of the store to 0, for owners who derive them
// from the state they restore.
func (s *Store) ClearGauges() {
	for _, c := range s.scopes {
		for _, f := range Families {
			if f.Type != Gauge || len(f.Open) > 0 {
				continue
			}
			d := []*dense{&c.plain}
			if f.Level == ByScopeType {
				d = c.typed
			}
			for _, d := range d {
				if d != nil && len(d.values) > 0 {
					clear(d.values[f.first : f.first+f.cells])
				}
			}
		}
	}
}

// Set sets a gauge without closed labels or request type.
func (s *Store) Set(f *Family, scope ScopeID, v int64) {
	s.dense(f, scope, None).values[f.first] = v
}
