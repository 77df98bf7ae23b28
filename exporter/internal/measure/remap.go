package measure

// table is the snapshot's list of families, as far as it is of use: where the
// cells that it numbers are today, -1 for those that are gone.
type table struct {
	families []tableFamily
	// indexed by the snapshot's numbers of dense cells
	values, hists [arrays][]int32
}

type tableFamily struct {
	now   *Family // nil if it is gone
	cells []int32 // cell by cell of the snapshot
	open  bool
	ratio bool
}

func (r *reader) table() *table {
	t := &table{}
	byName := map[string]*Family{}
	for _, f := range Families {
		byName[f.Name] = f
	}
	cells := 0
	for range r.count(5, "families") {
		f := r.family(&cells)
		if r.err != nil {
			break
		}
		now := byName[f.Name]
		delete(byName, f.Name) // a second one of that name is not used
		if now != nil && !now.sameLabels(f) {
			now = nil
		}
		tf := tableFamily{now: now, cells: remap(f, now), open: len(f.Open) > 0, ratio: f.Type == Ratio}
		t.families = append(t.families, tf)
		if f.array == noArray {
			continue
		}
		flat := &t.values[f.array]
		if f.Type == Histogram {
			flat = &t.hists[f.array]
		}
		for _, c := range tf.cells {
			if c >= 0 {
				c += int32(now.first)
			}
			*flat = append(*flat, c)
		}
	}
	return t
}

// family reads the description of a family; cells counts those of the whole
// list.
func (r *reader) family(cells *int) *Family {
	f := &Family{Name: r.string(), Type: Type(r.byte()), Level: Level(r.byte()), cells: 1}
	if f.Type > Ratio || f.Level > ByAgent {
		r.fail("family of an unknown type")
	}
	for range r.count(2, "labels") {
		l := Label{Name: r.string()}
		for range r.count(1, "values") {
			l.Values = append(l.Values, r.string())
		}
		if r.err != nil {
			return f
		}
		f.Closed = append(f.Closed, l)
		if f.cells *= len(l.Values); f.cells > 1<<16 {
			r.fail("family with more than %d cells", 1<<16)
		}
	}
	for range r.count(2, "labels") {
		f.Open = append(f.Open, Open{Name: r.string(), Dict: Dict(r.byte())})
	}
	f.array = arrayOf(f.Type, f.Level, len(f.Open))
	if *cells += f.cells; *cells > maxCells {
		r.fail("more than %d cells", maxCells)
	}
	return f
}

// sameLabels tells whether o, read from a snapshot, counts by the same labels;
// the closed ones may come in another order and with other values.
func (f *Family) sameLabels(o *Family) bool {
	if f.Type != o.Type || f.Level != o.Level || len(f.Closed) != len(o.Closed) || len(f.Open) != len(o.Open) {
		return false
	}
	for i := range f.Open {
		if f.Open[i] != o.Open[i] {
			return false
		}
	}
	for _, l := range f.Closed {
		if indexLabel(o.Closed, l.Name) < 0 {
			return false
		}
	}
	return true
}

func indexLabel(labels []Label, name string) int {
	for i, l := range labels {
		if l.Name == name {
			return i
		}
	}
	return -1
}

// remap gives today's cell for each cell of the snapshot's family, -1 where a
// value is gone.
func remap(old, now *Family) []int32 {
	out := make([]int32, old.cells)
	for cell := range out {
		out[cell] = -1
		if now == nil {
			continue
		}
		out[cell] = now.cell(old, old.cellValues(cell))
	}
	return out
}

// cell is the cell with these closed values, which stand in the order of o's
// labels; -1 if a value is unknown.
func (f *Family) cell(o *Family, values []string) int32 {
	cell := 0
	for _, l := range f.Closed {
		want := values[indexLabel(o.Closed, l.Name)]
		at := -1
		for i, v := range l.Values {
			if v == want {
				at = i
			}
		}
		if at < 0 {
			return -1
		}
		cell = cell*len(l.Values) + at
	}
	return int32(cell)
}
