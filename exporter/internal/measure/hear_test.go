package measure

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// TestHear: what is heard, added up, is what the view shows.
func TestHear(t *testing.T) {
	names := NewNames(50)
	type sum struct {
		n     int64
		nanos int64
		count uint64
	}
	heard := map[string]*sum{}
	key := func(f *Family, values []string) string { return f.Name + "{" + strings.Join(values, ",") + "}" }
	s := NewStore(Buckets{1e9, 60e9})
	s.Hear(func(c Counted) {
		values := c.LabelValues(names)
		if len(values) != len(c.Family.LabelNames()) {
			t.Fatalf("%s: values %q of labels %q", c.Family.Name, values, c.Family.LabelNames())
		}
		k := key(c.Family, values)
		if heard[k] == nil {
			heard[k] = &sum{}
		}
		heard[k].n += c.N
		heard[k].nanos += c.Nanos
		if c.Family.Type == Histogram {
			heard[k].count++
		}
	})
	rng := rand.New(rand.NewPCG(1, 2))
	scopes := []ScopeID{
		s.Scope(Scope{names.Admit(DictSource, "a"), names.Admit(DictInbox, "x"), names.Admit(DictTeam, "front"), 0}),
		s.Scope(Scope{names.Admit(DictSource, "a"), names.Admit(DictInbox, "y"), names.Admit(DictTeam, "back"), 0}),
		s.Scope(Scope{names.Admit(DictSource, "b"), names.Admit(DictInbox, "x"), None, 0}),
	}
	agents := []ScopeID{
		s.AgentScope(names.Admit(DictAgent, "a1"), names.Admit(DictTeam, "front")), s.AgentScope(names.Admit(DictAgent, "a2"), None),
	}
	typ := []ID{Other, names.Admit(DictRequestType, "billing")}
	for range 20_000 {
		f := Families[rng.IntN(len(Families))]
		scope, at := scopes[rng.IntN(len(scopes))], typ[rng.IntN(len(typ))]
		cell, n := rng.IntN(f.Cells()), int64(1+rng.IntN(3))
		if f.Level == ByAgent {
			scope = agents[rng.IntN(len(agents))]
		}
		switch {
		case f.Type == Histogram:
			s.Observe(f, scope, at, cell, n*1e9, Exemplar{})
		case f.Type != Counter && f.Type != Gauge || f == LabelFolds || f.micros:
		case len(f.Open) > 0:
			var open [2]ID
			for i, o := range f.Open {
				open[i] = names.Admit(o.Dict, string(rune('p'+rng.IntN(3))))
			}
			s.AddOpen(f, scope, at, cell, open[0], open[1], n)
		default:
			s.Add(f, scope, at, cell, n)
		}
	}
	s.Hear(nil)
	v := NewView()
	v.Update(names, 0, s)
	shown := 0
	v.Values(func(f *Family, values []string, value float64, h *Hist) {
		got := sum{}
		if at := heard[key(f, values)]; at != nil {
			got = *at
			delete(heard, key(f, values))
		}
		switch {
		case h != nil && (h.Count != got.count || h.Seconds*1e9+h.Nanos != got.nanos):
			t.Errorf("%s: %d of %d ns were heard, %d of %d are shown", key(f, values), got.count, got.nanos, h.Count, h.Seconds*1e9+h.Nanos)
		case h == nil && float64(got.n) != value:
			t.Errorf("%s: %d was heard, %g is shown", key(f, values), got.n, value)
		}
		if value != 0 || h != nil && h.Count > 0 {
			shown++
		}
	})
	if len(heard) > 0 {
		t.Errorf("heard and not shown: %d series", len(heard))
	}
	if shown < 100 {
		t.Errorf("only %d series", shown)
	}
	s.Hear(func(Counted) { t.Error("it still hears") })
	s.Hear(nil)
	s.Add(Turns, scopes[0], None, 0, 1)
}
