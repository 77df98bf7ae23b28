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
)

// Names of the levels' labels.
func (l Level) labels() []string {
	return [...][]string{
		ByScope:     {"source", "inbox", "team"},
		ByScopeType: {"source", "inbox", "team", "request_type"},
		ByInbox:     {"source", "inbox"},
		BySource:    {"source"},
		ByNothing:   nil,
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

	// zero tells which cells a scope starts with; nil is all of them.
	zero func(values []string) bool

	id    int // in Families
	first int // first cell in the dense array of its type and level
	cells int // product of the closed labels' sizes
}

// Families is the table, in the order of the reference.
var Families []*Family

// sizes of the dense arrays: counters and gauges, histograms, each without and
// with request type.
var denseValues, denseHists [2]int

// LabelNames gives the family's label names in the order in which Series carry
// their values.
func (f *Family) LabelNames() []string {
	names := append([]string(nil), f.Level.labels()...)
	for _, l := range f.Closed {
		names = append(names, l.Name)
	}
	for _, o := range f.Open {
		names = append(names, o.Name)
	}
	return names
}

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

func family(t Type, level Level, name, help string, opts ...func(*Family)) *Family {
	f := &Family{Name: name, Help: help, Type: t, Level: level, id: len(Families), cells: 1}
	for _, o := range opts {
		o(f)
	}
	for _, l := range f.Closed {
		f.cells *= len(l.Values)
	}
	if f.cells > 1<<16 || len(f.Open) > 2 && t != GaugeAbsent || len(f.Open) > 0 && t == Histogram {
		panic("measure: " + name + ": more labels than a Store can hold")
	}
	typed := 0
	if level == ByScopeType {
		typed = 1
	}
	if len(f.Open) == 0 && t != GaugeAbsent {
		sizes := &denseValues
		if t == Histogram {
			sizes = &denseHists
		}
		f.first = sizes[typed]
		sizes[typed] += f.cells
	}
	Families = append(Families, f)
	return f
}
