package measure

import (
	"slices"
	"sort"
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
	scopes []Scope
	ids    map[Scope]ScopeID
	// zeroed are the numbers of scopes and request types whose zeros exist.
	zeroed [2]int
	fresh  []openKey // scratch
}

// NewView returns an empty View.
func NewView() *View {
	return &View{Series: make([][]*Series, len(Families)), index: map[openKey]*Series{}, ids: map[Scope]ScopeID{}}
}

// scope numbers the scopes across stores.
func (v *View) scope(sc Scope) ScopeID {
	id, ok := v.ids[sc]
	if !ok {
		id = ScopeID(len(v.scopes))
		v.scopes = append(v.scopes, sc)
		v.ids[sc] = id
	}
	return id
}

// Update adds the stores up, which all have the same buckets. It runs where
// the stores are owned. names has every id of the stores, and between two
// Updates it only grows.
func (v *View) Update(names *Names, stores ...*Store) {
	v.Dynamic = v.Dynamic[:0]
	if len(stores) > 0 {
		if !v.Buckets.Equal(stores[0].buckets) {
			v.index = map[openKey]*Series{}
			clear(v.Series)
			v.zeroed = [2]int{}
		}
		v.Buckets = stores[0].buckets
	}
	for _, st := range stores {
		for _, c := range st.scopes {
			v.scope(c.scope)
		}
	}
	v.zero(names)
	for _, st := range stores {
		v.addDense(names, st)
		v.addOpen(names, st)
	}
	for d := range names.folds {
		v.series(names, openKey{family: uint16(LabelFolds.id), cell: uint16(d)}).Value = float64(names.folds[d])
	}
}

func (v *View) addOpen(names *Names, st *Store) {
	v.fresh = v.fresh[:0]
	for k, n := range st.open {
		global := v.global(st, k)
		if s := v.index[v.place(global)]; s != nil {
			s.Value += float64(n)
		} else {
			v.fresh = append(v.fresh, k)
		}
	}
	// A map has no order, series are kept in one.
	slices.SortFunc(v.fresh, openKey.compare)
	for _, k := range v.fresh {
		v.series(names, v.global(st, k)).Value += float64(st.open[k])
	}
}

// global turns a store's key into one with the View's scope.
func (v *View) global(st *Store, k openKey) openKey {
	if Families[k.family].Level != ByNothing {
		k.scope = v.scope(st.scopes[k.scope].scope)
	}
	return k
}

func (v *View) addDense(names *Names, st *Store) {
	for _, c := range st.scopes {
		scope := v.scope(c.scope)
		v.add(names, scope, None, &c.plain, false)
		for typ, d := range c.typed {
			if d != nil {
				v.add(names, scope, ID(typ), d, true)
			}
		}
	}
}

func (v *View) add(names *Names, scope ScopeID, typ ID, d *dense, typed bool) {
	for _, f := range Families {
		if len(f.Open) > 0 || f.Type == GaugeAbsent || (f.Level == ByScopeType) != typed {
			continue
		}
		for cell := range f.cells {
			if f.Type == Histogram {
				if f.first < len(d.hists) && d.hists[f.first+cell] != nil {
					v.series(names, openKey{family: uint16(f.id), cell: uint16(cell), scope: scope, typ: typ}).Hist.add(d.hists[f.first+cell])
				}
			} else if f.first < len(d.values) && d.values[f.first+cell] != 0 {
				v.series(names, openKey{family: uint16(f.id), cell: uint16(cell), scope: scope, typ: typ}).Value += float64(d.values[f.first+cell])
			}
		}
	}
}

// zero sets every known series to 0 and makes those that a scope starts with:
// all closed values; with request type, all types for counters, and for
// histograms (13 lines and more each) Other only, the rest when first seen.
func (v *View) zero(names *Names) {
	for _, ss := range v.Series {
		for _, s := range ss {
			s.Value = 0
			if s.Hist != nil {
				s.Hist.clear()
			}
		}
	}
	now := [2]int{len(v.scopes), names.Len(DictRequestType)}
	if now == v.zeroed {
		return
	}
	v.zeroed = now
	for _, f := range Families {
		if len(f.Open) > 0 || f.Type == GaugeAbsent {
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
				continue
			case ByScopeType:
				types := names.Len(DictRequestType)
				if f.Type == Histogram {
					types = int(Other) + 1
				}
				for scope := range v.scopes {
					k.scope = ScopeID(scope)
					for k.typ = Other; int(k.typ) < types; k.typ++ {
						v.series(names, k)
					}
				}
			default:
				for scope := range v.scopes {
					k.scope = ScopeID(scope)
					v.series(names, k)
				}
			}
		}
	}
}

// place is where a cell's series stands in the index: families of a coarser
// level than scope have one for all scopes of the source (and inbox).
func (v *View) place(k openKey) openKey {
	switch Families[k.family].Level {
	case ByInbox:
		sc := v.scopes[k.scope]
		k.scope = ScopeID(uint32(sc.Source)<<16 | uint32(sc.Inbox))
	case BySource:
		k.scope = ScopeID(v.scopes[k.scope].Source)
	case ByNothing:
		k.scope = 0
	}
	return k
}

// series finds or makes a series.
func (v *View) series(names *Names, k openKey) *Series {
	f := Families[k.family]
	sc := Scope{}
	if f.Level != ByNothing {
		sc = v.scopes[k.scope]
	}
	k = v.place(k)
	if s := v.index[k]; s != nil {
		return s
	}
	s := &Series{Family: f, Labels: labels(names, f, sc, k)}
	if f.Type == Histogram {
		s.Hist = &Hist{Classic: make([]uint64, len(v.Buckets)+1)}
	}
	v.index[k] = s
	v.Series[f.id] = append(v.Series[f.id], s)
	return s
}

func labels(names *Names, f *Family, sc Scope, k openKey) []string {
	var out []string
	switch f.Level {
	case ByScope, ByScopeType:
		out = append(out, names.Value(DictSource, sc.Source), names.Value(DictInbox, sc.Inbox), names.Value(DictTeam, sc.Team))
	case ByInbox:
		out = append(out, names.Value(DictSource, sc.Source), names.Value(DictInbox, sc.Inbox))
	case BySource:
		out = append(out, names.Value(DictSource, sc.Source))
	}
	if f.Level == ByScopeType {
		out = append(out, names.Value(DictRequestType, k.typ))
	}
	out = append(out, f.cellValues(int(k.cell))...)
	for i, o := range f.Open {
		out = append(out, names.Value(o.Dict, k.open[i]))
	}
	return out
}

// Scopes calls fn for every combination of source, inbox and team that the
// stores have seen, in the order of admission.
func (v *View) Scopes(fn func(Scope)) {
	for _, sc := range v.scopes {
		fn(sc)
	}
}

// AddDynamic adds a sample of a family that is absent where it has no value.
func (v *View) AddDynamic(f *Family, value float64, labels ...string) {
	v.Dynamic = append(v.Dynamic, Sample{f, labels, value})
}

// SortDynamic puts the dynamic samples in the order of family and labels.
func (v *View) SortDynamic() {
	sort.Slice(v.Dynamic, func(i, j int) bool {
		a, b := v.Dynamic[i], v.Dynamic[j]
		if a.Family.id != b.Family.id {
			return a.Family.id < b.Family.id
		}
		for k := range a.Labels {
			if a.Labels[k] != b.Labels[k] {
				return a.Labels[k] < b.Labels[k]
			}
		}
		return false
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
