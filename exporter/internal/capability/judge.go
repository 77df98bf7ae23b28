package capability

import "slices"

// Verdict is what becomes of a KPI with given facts.
type Verdict struct {
	KPI   *KPI
	Level Level
	// Lacking are the facts that are missing for it to be full, or that are only
	// concluded.
	Lacking []Fact
	// Setup is what the user has to do at the vendor for what is told by
	// convention; Rules is what is concluded, by the adapter or by the fold. Both
	// are empty where the level is None.
	Setup, Rules []string
}

// Judge gives the verdict on every KPI, in the table's order.
func (f Facts) Judge() []Verdict {
	out := make([]Verdict, len(KPIs))
	for i := range KPIs {
		out[i] = f.judge(&KPIs[i])
	}
	return out
}

func (f Facts) judge(k *KPI) Verdict {
	v := Verdict{KPI: k, Level: Full}
	for _, fact := range k.Full {
		level := f[fact].Level
		if level <= Inferred {
			v.Lacking = append(v.Lacking, fact)
		}
		v.Level = min(v.Level, level)
	}
	if v.Level == None && !slices.ContainsFunc(k.Inferred, f.tellsAll) {
		return v
	}
	v.Level = max(v.Level, Inferred)
	for _, fact := range k.Full {
		switch claim := f[fact]; claim.Level {
		case None:
			v.Rules = once(v.Rules, fact.Without())
		case Inferred:
			v.Rules = once(v.Rules, claim.How)
		case Convention:
			v.Setup = once(v.Setup, claim.How)
		}
	}
	return v
}

func (f Facts) tellsAll(set []Fact) bool {
	return !slices.ContainsFunc(set, func(fact Fact) bool { return f[fact].Level == None })
}

func once(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}
