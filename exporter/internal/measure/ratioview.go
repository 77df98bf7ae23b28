package measure

import (
	"cmp"
	"slices"
)

// ratioIndex is what a View keeps of the ratios that it has shown.
type ratioIndex struct {
	byKey map[openKey]*ratioSum
	// list is in the order of family and labels, unless some are new.
	list []*ratioSum
}

// ratioSum is a ratio of all stores.
type ratioSum struct {
	family  *Family
	labels  []string
	hit, of int64
}

// addRatios adds a dynamic sample for each ratio that has a denominator at the
// time.
func (v *View) addRatios(names *Names, now int64, stores []*Store) {
	known := len(v.ratios.list)
	for _, s := range v.ratios.list {
		s.hit, s.of = 0, 0
	}
	for _, st := range stores {
		// Sums do not depend on the order of the heap, and the list is sorted.
		for _, r := range st.ratios.aging {
			k := v.place(v.global(st, r.key))
			s := v.ratios.byKey[k]
			if s == nil {
				s = &ratioSum{family: Families[k.family], labels: v.labels(names, k)}
				v.ratios.byKey[k] = s
				v.ratios.list = append(v.ratios.list, s)
			}
			hit, of := r.sums(&st.ratios, now)
			s.hit += hit
			s.of += of
		}
	}
	if len(v.ratios.list) > known {
		slices.SortFunc(v.ratios.list, func(a, b *ratioSum) int {
			if c := cmp.Compare(a.family.id, b.family.id); c != 0 {
				return c
			}
			return slices.Compare(a.labels, b.labels)
		})
	}
	for _, s := range v.ratios.list {
		if s.of > 0 {
			v.Dynamic = append(v.Dynamic, Sample{s.family, s.labels, s.family.times * float64(s.hit) / float64(s.of)})
		}
	}
}
