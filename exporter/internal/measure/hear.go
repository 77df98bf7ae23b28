package measure

// Counted is one thing that was added to a Store: what Hear tells.
type Counted struct {
	Family *Family
	// Scope is where it counts. Families ByAgent have the agent in Agent, the
	// team in Scope, and no source or inbox.
	Scope Scope
	Agent ID
	// Type, Cell and Open are what the family has of them, else zero.
	Type ID
	Cell int
	Open [2]ID
	// Nanos is what a histogram observed, N what was added to a counter or
	// gauge.
	Nanos, N int64
}

// Hear lets fn hear of everything that Add, AddOpen and Observe add from now
// on, within the call; nil ends it. What gauges are set to, and the samples of
// ratios, are not told.
func (s *Store) Hear(fn func(Counted)) { s.hear = fn }

// tell tells who hears of an addition.
func (s *Store) tell(f *Family, k openKey, nanos, n int64) {
	c := s.scopes[k.scope]
	heard := Counted{Family: f, Scope: c.scope, Type: k.typ, Cell: int(k.cell), Open: k.open, Nanos: nanos, N: n}
	if c.array == agentArray {
		heard.Scope.Team, heard.Agent = c.agent.team, c.agent.agent
	}
	s.hear(heard)
}

// LabelValues gives the values of the family's LabelNames.
func (c Counted) LabelValues(n *Names) []string {
	var out []string
	team := n.Value(DictTeam, c.Scope.Team)
	switch c.Family.Level {
	case ByNothing:
	case ByAgent:
		out = append(out, n.Value(DictAgent, c.Agent), team)
	default:
		out = append(out, n.Value(DictSource, c.Scope.Source), n.Value(DictInbox, c.Scope.Inbox), team, n.Value(DictRequestType, c.Type))
		out = out[:len(c.Family.Level.labels())]
		if c.Family.Segmented {
			out = append(out, n.Value(DictSegment, c.Scope.Segment))
		}
	}
	out = append(out, c.Family.cellValues(c.Cell)...)
	for i, o := range c.Family.Open {
		out = append(out, n.Value(o.Dict, c.Open[i]))
	}
	return out
}
