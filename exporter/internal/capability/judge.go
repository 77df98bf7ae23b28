package capability

import (
	"slices"
	"strings"
)

// Verdict is what becomes of a KPI with given facts.
type Verdict struct {
	KPI   *KPI
	Level Level
	// Lacking are the facts that are missing for it to be full, or told better
	// than they are; of several ways the one with the fewest.
	Lacking []Fact
	// How, where Level is Convention, is what the user has to do; where it is
	// Inferred, the adapter's own rules (the KPI's Rule comes on top).
	How []string
}

// Judge gives the verdict on every KPI.
func (f Facts) Judge() []Verdict {
	out := make([]Verdict, len(KPIs))
	for i := range KPIs {
		out[i] = f.judge(&KPIs[i])
	}
	return out
}

func (f Facts) judge(k *KPI) Verdict {
	v := Verdict{KPI: k}
	for _, set := range k.Full {
		level, lacking := Full, []Fact(nil)
		var how []string
		for _, fact := range set {
			claim := f[fact]
			level = min(level, claim.Level)
			if claim.Level <= Inferred {
				lacking = append(lacking, fact)
			}
			if claim.How != "" && !slices.Contains(how, claim.How) {
				how = append(how, claim.How)
			}
		}
		if v.Level < level || v.Lacking == nil && len(lacking) > 0 || v.Level == level && len(lacking) < len(v.Lacking) {
			v.Level, v.Lacking, v.How = max(v.Level, level), lacking, how
		}
	}
	if v.Level > None {
		return v
	}
	v.How = nil
	for _, set := range k.Inferred {
		if !slices.ContainsFunc(set, func(fact Fact) bool { return f[fact].Level == None }) {
			v.Level = Inferred
			for _, fact := range set {
				if claim := f[fact]; claim.How != "" && !slices.Contains(v.How, claim.How) {
					v.How = append(v.How, claim.How)
				}
			}
			break
		}
	}
	return v
}

// Add says what would make the KPI full, in the words of the documentation.
func (v *Verdict) Add() string {
	var words []string
	for _, fact := range v.Lacking {
		if add := facts[fact].add; !slices.Contains(words, add) {
			words = append(words, add)
		}
	}
	return strings.Join(words, "; ")
}
