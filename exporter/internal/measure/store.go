package measure

import "cmp"

// Store holds the cells of every family for the scopes it has seen. Each shard
// of the fold owns one.
type Store struct {
	buckets Buckets
	scopes  []*cells
	byScope map[Scope]ScopeID
	byAgent map[agentScope]ScopeID
	open    map[openKey]int64
	ratios  ratios
	// spot is where the last duration was counted.
	spot spot
	// hear is told of what is added, nil for nobody.
	hear func(Counted)
}

// agentScope is a combination of admitted values of the families ByAgent.
type agentScope struct{ agent, team ID }

// cells are those of a conversation scope, or of an agent scope if array is
// agentArray; neither has room for the other's families.
type cells struct {
	array array
	scope Scope
	agent agentScope
	dense dense
	typed []*dense // by request type
}

type dense struct {
	values []int64
	hists  []*Hist
}

func newDense(a array) dense {
	return dense{values: make([]int64, len(denseValues[a])), hists: make([]*Hist, len(denseHists[a]))}
}

// openKey is a cell of a family with admitted labels beyond its level's, or of
// a Ratio.
type openKey struct {
	family uint16
	cell   uint16
	scope  ScopeID
	typ    ID
	open   [2]ID
}

// NewStore returns an empty store with the given classic bounds.
func NewStore(b Buckets) *Store {
	return &Store{
		buckets: b,
		byScope: map[Scope]ScopeID{},
		byAgent: map[agentScope]ScopeID{},
		open:    map[openKey]int64{},
		ratios:  ratios{span: DefaultWindow, series: map[openKey]*ratio{}},
	}
}

// Scope returns the id of a combination in this store; its zeros exist from
// then on.
func (s *Store) Scope(sc Scope) ScopeID {
	if id, ok := s.byScope[sc]; ok {
		return id
	}
	id := ScopeID(len(s.scopes))
	s.scopes = append(s.scopes, &cells{array: plainArray, scope: sc})
	s.byScope[sc] = id
	return id
}

// AgentScope is Scope for the families ByAgent: their counters start with
// zeros, their histograms when first observed.
func (s *Store) AgentScope(agent, team ID) ScopeID {
	sc := agentScope{agent, team}
	if id, ok := s.byAgent[sc]; ok {
		return id
	}
	id := ScopeID(len(s.scopes))
	s.scopes = append(s.scopes, &cells{array: agentArray, agent: sc})
	s.byAgent[sc] = id
	return id
}

// ScopeOf is the combination behind an id that Scope of this store returned.
func (s *Store) ScopeOf(id ScopeID) Scope { return s.scopes[id].scope }

// SetBuckets changes the classic bounds; if they differ, every histogram starts
// again from zero, and it returns true.
func (s *Store) SetBuckets(b Buckets) bool {
	if s.buckets.Equal(b) {
		return false
	}
	s.buckets = b
	s.spot = spot{}
	for _, c := range s.scopes {
		clear(c.dense.hists)
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
	if f.array != typedArray {
		if f.array != c.array {
			panic("measure: " + f.Name + " has no cells in that kind of scope")
		}
		if c.dense.values == nil {
			c.dense = newDense(c.array)
		}
		return &c.dense
	}
	if c.array != plainArray {
		panic("measure: " + f.Name + " has no cells in an agent's scope")
	}
	for int(typ) >= len(c.typed) {
		c.typed = append(c.typed, nil)
	}
	d := c.typed[typ]
	if d == nil {
		fresh := newDense(typedArray)
		d = &fresh
		c.typed[typ] = d
	}
	return d
}

// Add adds n to a counter or gauge. typ is used by families with request type
// only.
func (s *Store) Add(f *Family, scope ScopeID, typ ID, cell int, n int64) {
	// The common case stands here, where it is inlined.
	if c := s.scopes[scope]; f.array == c.array && c.dense.values != nil {
		c.dense.values[f.first+cell] += n
	} else {
		s.dense(f, scope, typ).values[f.first+cell] += n
	}
	if s.hear != nil {
		s.tell(f, f.key(scope, typ, cell, 0, 0), 0, n)
	}
}

// AddOpen adds n to a cell of a family with admitted labels. typ, a and b are
// used where the family has such a label only.
func (s *Store) AddOpen(f *Family, scope ScopeID, typ ID, cell int, a, b ID, n int64) {
	s.open[f.key(scope, typ, cell, a, b)] += n
	if s.hear != nil {
		s.tell(f, f.key(scope, typ, cell, a, b), 0, n)
	}
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
	if s.hear != nil {
		s.tell(f, f.key(scope, typ, cell, 0, 0), ns, 0)
	}
	d := s.dense(f, scope, typ)
	h := d.hists[f.first+cell]
	if h == nil {
		h = &Hist{}
		d.hists[f.first+cell] = h
	}
	s.spot.find(s.buckets, max(ns, 0))
	if f.Exemplars {
		h.observe(s.buckets, &s.spot, &ex)
		return
	}
	h.observe(s.buckets, &s.spot, nil)
}

// ClearGauges sets every gauge of the store to 0, for owners who derive them
// from the state they restore. Ratios stay.
func (s *Store) ClearGauges() {
	for _, c := range s.scopes {
		c.dense.clearGauges(c.array)
		for _, d := range c.typed {
			if d != nil {
				d.clearGauges(typedArray)
			}
		}
	}
}

func (d *dense) clearGauges(a array) {
	for i := range d.values {
		if denseValues[a][i].family.Type == Gauge {
			d.values[i] = 0
		}
	}
}

// Set sets a gauge without closed labels or request type.
func (s *Store) Set(f *Family, scope ScopeID, v int64) {
	s.SetCell(f, scope, 0, v)
}

// SetCell sets a cell of a gauge without request type.
func (s *Store) SetCell(f *Family, scope ScopeID, cell int, v int64) {
	s.dense(f, scope, None).values[f.first+cell] = v
}
