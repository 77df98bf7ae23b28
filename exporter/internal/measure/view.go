package measure

import (
	"cmp"
	"slices"
)

// Series is one time series of a View. Its identity and labels never change;
// its value is that of the last Update.
type Series struct {
	Family *Family
	// Labels are the values of Family.LabelNames.
	Labels []string
	// Value of counters and gauges.
	Value float64
	// Hist of histograms; its Classic is filled even where Count is 0.
	Hist *Hist
	// Cache is for the reader of the View to keep what it made of the series.
	Cache any

	n int64 // the sum of the cells
}

// Sample is a value of a Dynamic source.
type Sample struct {
	Family *Family
	Labels []string
	Value  float64
}

// View is what a scrape shows: stores added up, with zeros for every closed
// value of the scopes. A View has one user at a time.
type View struct {
	// Buckets are the classic upper bounds of all histograms.
	Buckets Buckets
	// Created is when the counters began, HistCreated the histograms; Unix
	// nanoseconds.
	Created, HistCreated int64
	// Series by family, in the order of Families and then of admission.
	Series [][]*Series
	// Dynamic samples, absent where the state has none.
	Dynamic []Sample

	index  map[openKey]*Series
	scopes admitted[Scope]
	// bases gives the scope of all segments, by scope.
	bases  []ScopeID
	agents admitted[agentScope]
	// cells are the series of the dense arrays, so that adding a store up
	// looks nothing up: of the scopes by request type, the first for the
	// families without, and of the agents.
	cells      [][]lookup
	agentCells []lookup
	ratios     ratioIndex
	// zeroed is how much there was whose zeros exist.
	zeroed struct{ scopes, types, agents int }
	fresh  []openKey // scratch
}

// admitted numbers combinations across stores.
type admitted[T comparable] struct {
	list []T
	ids  map[T]ScopeID
}

func (a *admitted[T]) id(v T) ScopeID {
	id, ok := a.ids[v]
	if !ok {
		if a.ids == nil {
			a.ids = map[T]ScopeID{}
		}
		id = ScopeID(len(a.list))
		a.list = append(a.list, v)
		a.ids[v] = id
	}
	return id
}

// lookup is the series of a dense array, made when first needed.
type lookup struct{ values, hists []*Series }

// NewView returns an empty View.
func NewView() *View {
	return &View{Series: make([][]*Series, len(Families)), index: map[openKey]*Series{}, ratios: ratioIndex{byKey: map[openKey]*ratioSum{}}}
}

// Update adds the stores up, which all have the same buckets and windows, as
// of a receive time in Unix nanoseconds. It runs where the stores are owned.
// names has every id of the stores, and between two Updates it only grows.
func (v *View) Update(names *Names, now int64, stores ...*Store) {
	v.Dynamic = v.Dynamic[:0]
	if len(stores) > 0 {
		if !v.Buckets.Equal(stores[0].buckets) {
			v.index = map[openKey]*Series{}
			clear(v.Series)
			v.cells, v.agentCells = nil, nil
			v.zeroed = struct{ scopes, types, agents int }{}
		}
		v.Buckets = stores[0].buckets
	}
	for _, st := range stores {
		for _, c := range st.scopes {
			if c.array == agentArray {
				v.agents.id(c.agent)
			} else {
				v.admit(c.scope)
			}
		}
	}
	v.zero(names)
	for _, st := range stores {
		v.addDense(names, st)
		v.addOpen(names, st)
	}
	for d := range names.folds {
		v.series(names, openKey{family: uint16(LabelFolds.id), cell: uint16(d)}).n = int64(names.folds[d])
	}
	for i, ss := range v.Series {
		switch {
		case Families[i].micros:
			for _, s := range ss {
				s.Value = float64(s.n) / 1e6
			}
		case Families[i].Type != Histogram:
			for _, s := range ss {
				s.Value = float64(s.n)
			}
		}
	}
	v.addRatios(names, now, stores)
}

// admit numbers a scope, and before it the one of all segments.
func (v *View) admit(sc Scope) {
	base := v.scopes.id(sc.WithoutSegment())
	if int(base) == len(v.bases) {
		v.bases = append(v.bases, base)
	}
	if int(v.scopes.id(sc)) == len(v.bases) {
		v.bases = append(v.bases, base)
	}
}

func (v *View) addOpen(names *Names, st *Store) {
	v.fresh = v.fresh[:0]
	for k, n := range st.open {
		global := v.global(st, k)
		if s := v.index[v.place(global)]; s != nil {
			s.n += n
		} else {
			v.fresh = append(v.fresh, k)
		}
	}
	// A map has no order, series are kept in one.
	slices.SortFunc(v.fresh, openKey.compare)
	for _, k := range v.fresh {
		v.series(names, v.global(st, k)).n += st.open[k]
	}
}

// global turns a store's key into one with the View's scope.
func (v *View) global(st *Store, k openKey) openKey {
	switch Families[k.family].Level {
	case ByNothing:
	case ByAgent:
		k.scope = v.agents.id(st.scopes[k.scope].agent)
	default:
		k.scope = v.scopes.id(st.scopes[k.scope].scope)
	}
	return k
}

func (v *View) addDense(names *Names, st *Store) {
	for _, c := range st.scopes {
		if c.array == agentArray {
			id := v.agents.id(c.agent)
			v.agentCells = grown(v.agentCells, int(id))
			v.add(names, id, None, &c.dense, agentArray, &v.agentCells[id])
			continue
		}
		id := v.scopes.id(c.scope)
		v.cells = grown(v.cells, int(id))
		of := grown(v.cells[id], len(c.typed))
		v.cells[id] = of
		v.add(names, id, None, &c.dense, plainArray, &of[0])
		for typ, d := range c.typed {
			if d != nil {
				v.add(names, id, ID(typ), d, typedArray, &of[1+typ])
			}
		}
	}
}

// grown makes a list long enough to hold an index.
func grown[T any](list []T, index int) []T {
	if n := index + 1 - len(list); n > 0 {
		list = append(list, make([]T, n)...)
	}
	return list
}

func (v *View) add(names *Names, scope ScopeID, typ ID, d *dense, a array, to *lookup) {
	if to.values == nil && d.values != nil {
		to.values, to.hists = make([]*Series, len(denseValues[a])), make([]*Series, len(denseHists[a]))
	}
	key := func(c cellOf) openKey {
		return openKey{family: uint16(c.family.id), cell: uint16(c.cell), scope: scope, typ: typ}
	}
	for i, n := range d.values {
		if n == 0 {
			continue
		}
		if to.values[i] == nil {
			to.values[i] = v.series(names, key(denseValues[a][i]))
		}
		to.values[i].n += n
	}
	for i, h := range d.hists {
		if h == nil {
			continue
		}
		if to.hists[i] == nil {
			to.hists[i] = v.series(names, key(denseHists[a][i]))
		}
		to.hists[i].Hist.add(h)
	}
}

// zero sets every known series to 0 and makes those that a scope starts with:
// all closed values; with request type, all types for counters, and for
// histograms (13 lines and more each) Other only, the rest when first seen.
// Agents start without histograms. It costs what is new.
func (v *View) zero(names *Names) {
	for _, ss := range v.Series {
		for _, s := range ss {
			s.n = 0
			if s.Hist != nil {
				s.Hist.clear()
			}
		}
	}
	was, now := v.zeroed, v.zeroed
	now.scopes, now.types, now.agents = len(v.scopes.list), names.Len(DictRequestType), len(v.agents.list)
	if now == was {
		return
	}
	v.zeroed = now
	for _, f := range Families {
		if f.array == noArray {
			continue
		}
		for cell := range f.cells {
			if f.zero != nil && !f.zero(f.cellValues(cell)) {
				continue
			}
			k := openKey{family: uint16(f.id), cell: uint16(cell)}
			switch f.Level {
			case ByNothing:
				v.series(names, k)
			case ByAgent:
				for k.scope = ScopeID(was.agents); int(k.scope) < now.agents && f.Type != Histogram; k.scope++ {
					v.series(names, k)
				}
			case ByScopeType:
				types := now.types
				if f.Type == Histogram {
					types = int(Other) + 1
				}
				for scope := range now.scopes {
					k.scope, k.typ = ScopeID(scope), Other
					if scope < was.scopes {
						k.typ = max(Other, ID(was.types))
					}
					for ; int(k.typ) < types; k.typ++ {
						v.series(names, k)
					}
				}
			default:
				for k.scope = ScopeID(was.scopes); int(k.scope) < now.scopes; k.scope++ {
					v.series(names, k)
				}
			}
		}
	}
}

// place is where a cell's series stands in the index: families of a coarser
// level than scope have one for all scopes of the source (and inbox).
func (v *View) place(k openKey) openKey {
	f := Families[k.family]
	switch f.Level {
	case ByScope, ByScopeType:
		if !f.Segmented {
			k.scope = v.bases[k.scope]
		}
	case ByInbox:
		sc := v.scopes.list[k.scope]
		k.scope = ScopeID(uint32(sc.Source)<<16 | uint32(sc.Inbox))
	case BySource:
		k.scope = ScopeID(v.scopes.list[k.scope].Source)
	case ByNothing:
		k.scope = 0
	}
	return k
}

// series finds or makes a series.
func (v *View) series(names *Names, k openKey) *Series {
	f := Families[k.family]
	at := v.place(k)
	if s := v.index[at]; s != nil {
		return s
	}
	s := &Series{Family: f, Labels: v.labels(names, k)}
	if f.Type == Histogram {
		s.Hist = &Hist{Classic: make([]uint64, len(v.Buckets)+1)}
	}
	v.index[at] = s
	v.Series[f.id] = append(v.Series[f.id], s)
	return s
}

// labels are the label values of a key with the View's scope.
func (v *View) labels(names *Names, k openKey) []string {
	f := Families[k.family]
	var out []string
	switch f.Level {
	case ByNothing:
	case ByAgent:
		sc := v.agents.list[k.scope]
		out = append(out, names.Value(DictAgent, sc.agent), names.Value(DictTeam, sc.team))
	default:
		sc := v.scopes.list[k.scope]
		out = append(out, names.Value(DictSource, sc.Source), names.Value(DictInbox, sc.Inbox), names.Value(DictTeam, sc.Team), names.Value(DictRequestType, k.typ))
		out = out[:len(f.Level.labels())]
		if f.Segmented {
			out = append(out, names.Value(DictSegment, sc.Segment))
		}
	}
	out = append(out, f.cellValues(int(k.cell))...)
	for i, o := range f.Open {
		out = append(out, names.Value(o.Dict, k.open[i]))
	}
	return out
}

// Scopes calls fn for every combination of source, inbox and team that the
// stores have seen, in the order of admission and whatever the segment. Agent
// scopes are not among them.
func (v *View) Scopes(fn func(Scope)) {
	for _, sc := range v.scopes.list {
		if sc.Segment == None {
			fn(sc)
		}
	}
}

// Agents calls fn for every combination of agent and team that the stores have
// seen, in the order of admission.
func (v *View) Agents(fn func(agent, team ID)) {
	for _, sc := range v.agents.list {
		fn(sc.agent, sc.team)
	}
}

// AddDynamic adds a sample of a family that is absent where it has no value.
func (v *View) AddDynamic(f *Family, value float64, labels ...string) {
	v.Dynamic = append(v.Dynamic, Sample{f, labels, value})
}

// SortDynamic puts the dynamic samples in the order of family and labels.
func (v *View) SortDynamic() {
	slices.SortFunc(v.Dynamic, func(a, b Sample) int {
		if c := cmp.Compare(a.Family.id, b.Family.id); c != 0 {
			return c
		}
		return slices.Compare(a.Labels, b.Labels)
	})
}

// Values calls fn for every series and dynamic sample, in the table's order.
func (v *View) Values(fn func(f *Family, labels []string, value float64, h *Hist)) {
	for _, ss := range v.Series {
		for _, s := range ss {
			fn(s.Family, s.Labels, s.Value, s.Hist)
		}
	}
	for _, d := range v.Dynamic {
		fn(d.Family, d.Labels, d.Value, nil)
	}
}
