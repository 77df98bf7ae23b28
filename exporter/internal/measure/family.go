// Package measure is what is counted: the table of metric families
// (families.go), the label values that were admitted, and the cells that the
// fold adds to. It knows nothing of Prometheus' libraries (package metrics
// shows its View to them), of clocks or of I/O.
//
// A Store belongs to one goroutine. Sums are kept in whole nanoseconds, so
// that adding stores up gives the same figure in any order.
package measure

import "fmt"

// Type is a family's metric type.
type Type uint8

// Types of families.
const (
	Counter Type = iota
	Gauge
	// GaugeAbsent is a gauge that is shown only where the state has a value
	// (a timestamp, a ratio): its samples come from a Dynamic source.
	GaugeAbsent
	Histogram
	// Ratio is a gauge of the samples of a sliding window, hits over their
	// number: absent while the window holds no sample (ratio.go).
	Ratio
)

// Level says which labels with admitted values a family starts with.
type Level uint8

// Levels.
const (
	// ByScope: source, inbox, team.
	ByScope Level = iota
	// ByScopeType: source, inbox, team, request_type.
	ByScopeType
	// ByInbox: source, inbox.
	ByInbox
	// BySource: source.
	BySource
	// ByNothing: no such label.
	ByNothing
	// ByAgent: agent, team. Such families are counted in agent scopes only.
	ByAgent
)

// Names of the levels' labels.
func (l Level) labels() []string {
	return [...][]string{
		ByScope:     {"source", "inbox", "team"},
		ByScopeType: {"source", "inbox", "team", "request_type"},
		ByInbox:     {"source", "inbox"},
		BySource:    {"source"},
		ByNothing:   nil,
		ByAgent:     {"agent", "team"},
	}[l]
}

// Label is a label with a closed set of values; each of them is exposed from
// the first scrape on.
type Label struct {
	Name   string
	Values []string
}

// Open is a label whose values are admitted first come, up to the cap.
type Open struct {
	Name string
	Dict Dict
}

// Family is one metric family. Families are made by the table only.
type Family struct {
	Name, Help string
	Type       Type
	Level      Level
	Closed     []Label
	Open       []Open
	// Exemplars: each bucket of the histogram keeps its latest conversation.
	Exemplars bool
	// Segmented: its series tell the segment of the customer, by a label that is
	// empty, and so left out of the exposition, where there is none.
	Segmented bool

	// micros: the cells of the counter are microseconds, shown as seconds.
	micros bool
	// times is what a Ratio is multiplied by.
	times float64
	// zero tells which cells a scope starts with; nil is all of them.
	zero func(values []string) bool

	id    int // in Families
	array array
	first int // first cell in the dense array
	cells int // product of the closed labels' sizes
}

// Families is the table, in the order of the reference.
var Families []*Family

// array is which of a scope's dense arrays holds a family's cells.
type array int8

const (
	// noArray: families with open labels, ratios and GaugeAbsent.
	noArray array = iota - 1
	plainArray
	typedArray // one a request type
	agentArray // the only one of an agent scope
	arrays
)

// arrayOf is the array for a family of that kind.
func arrayOf(t Type, level Level, open int) array {
	switch {
	case open > 0 || t == GaugeAbsent || t == Ratio:
		return noArray
	case level == ByScopeType:
		return typedArray
	case level == ByAgent:
		return agentArray
	}
	return plainArray
}

// cellOf is a cell of a dense array.
type cellOf struct {
	family *Family
	cell   int
}

// The layout of the dense arrays: counters and gauges, histograms.
var denseValues, denseHists [arrays][]cellOf

// LabelNames gives the family's label names in the order in which Series carry
// their values.
func (f *Family) LabelNames() []string {
	names := append([]string(nil), f.Level.labels()...)
	if f.Segmented {
		names = append(names, SegmentLabel)
	}
	for _, l := range f.Closed {
		names = append(names, l.Name)
	}
	for _, o := range f.Open {
		names = append(names, o.Name)
	}
	return names
}

// SegmentLabel is the label of families that are Segmented.
const SegmentLabel = "segment"

// Cells is how many combinations of closed values there are, at least 1.
func (f *Family) Cells() int { return f.cells }

// cellValues gives the closed labels' values of a cell, the last label fastest.
func (f *Family) cellValues(cell int) []string {
	out := make([]string, len(f.Closed))
	for i := len(f.Closed) - 1; i >= 0; i-- {
		n := len(f.Closed[i].Values)
		out[i] = f.Closed[i].Values[cell%n]
		cell /= n
	}
	return out
}

func closed(name string, values ...string) Label { return Label{name, values} }

func open(name string, d Dict) Open { return Open{name, d} }

func with(labels ...any) func(*Family) {
	return func(f *Family) {
		for _, l := range labels {
			switch l := l.(type) {
			case Label:
				f.Closed = append(f.Closed, l)
			case Open:
				f.Open = append(f.Open, l)
			default:
				panic(fmt.Sprintf("measure: %s: no label: %T", f.Name, l))
			}
		}
	}
}

func zeros(only func(values []string) bool) func(*Family) {
	return func(f *Family) { f.zero = only }
}

func exemplars(f *Family) { f.Exemplars = true }

func segmented(f *Family) { f.Segmented = true }

func micros(f *Family) { f.micros = true }

func times(n float64) func(*Family) {
	return func(f *Family) { f.times = n }
}

func family(t Type, level Level, name, help string, opts ...func(*Family)) *Family {
	f := &Family{Name: name, Help: help, Type: t, Level: level, times: 1, id: len(Families), cells: 1}
	for _, o := range opts {
		o(f)
	}
	for _, l := range f.Closed {
		f.cells *= len(l.Values)
	}
	if f.cells > 1<<16 || len(f.Open) > 2 && t != GaugeAbsent || len(f.Open) > 0 && (t == Histogram || t == Ratio) {
		panic("measure: " + name + ": more labels than a Store can hold")
	}
	if f.Segmented && level != ByScope && level != ByScopeType {
		panic("measure: " + name + ": segments are told apart within a scope only")
	}
	if t == Ratio && level != ByScope && level != ByScopeType {
		panic("measure: " + name + ": not of a level that a Store can hold")
	}
	if f.array = arrayOf(t, level, len(f.Open)); f.array != noArray {
		layout := &denseValues[f.array]
		if t == Histogram {
			layout = &denseHists[f.array]
		}
		f.first = len(*layout)
		for cell := range f.cells {
			*layout = append(*layout, cellOf{f, cell})
		}
	}
	Families = append(Families, f)
	return f
}
