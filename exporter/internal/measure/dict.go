package measure

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// Dict names a dictionary of admitted label values.
type Dict uint8

// Dictionaries; snapshots store the numbers, so they are only appended to.
const (
	DictSource Dict = iota
	DictInbox
	DictTeam
	DictRequestType
	DictReason
	DictCategory
	DictLineEvent
	DictTemplate
	DictTemplateState
	DictAgent
	DictCode
	DictLabel
	DictSegment
	DictRule
	dictEnd
)

// DictNames are the labels' names, as helpdesk_label_folds_total shows them.
var DictNames = [...]string{
	"source", "inbox", "team", "request_type", "reason", "category", "event", "template", "state", "agent", "code", "label",
	"segment", "rule",
}

// ID is an admitted value in its dictionary.
type ID uint16

// Values that every dictionary has.
const (
	// None is the empty value.
	None ID = 0
	// Other is what values beyond the cap fold into.
	Other ID = 1
)

// Scope is a combination of admitted values. Segment is None where customers are
// not told apart; it matters to the families that have the label only.
type Scope struct{ Source, Inbox, Team, Segment ID }

// WithoutSegment is the scope of all segments.
func (s Scope) WithoutSegment() Scope {
	s.Segment = None
	return s
}

// ScopeID numbers the scopes of one Store.
type ScopeID uint32

// Names holds the admitted label values: first come, for ever. It belongs to
// the front stage; other goroutines read a copy (Clone).
type Names struct {
	max    int
	values [dictEnd][]string
	ids    [dictEnd]map[string]ID
	folds  [dictEnd]uint64
}

// NewNames returns empty dictionaries that hold up to max values each.
func NewNames(max int) *Names {
	n := &Names{max: max}
	for d := range n.values {
		n.values[d] = []string{"", "other"}
		n.ids[d] = map[string]ID{"": None, "other": Other}
	}
	return n
}

// SetMax changes the cap; what was admitted stays.
func (n *Names) SetMax(max int) { n.max = max }

// Limits that no configuration lifts.
const (
	// maxIDs is how many ids a dictionary can give out.
	maxIDs = 1 << 16
	// maxValueBytes is how long a label value can be.
	maxValueBytes = 256
)

// clean makes a value fit to be a label: one that is not UTF-8 would fail the
// whole scrape, and a provider could send a very long one. It returns the
// value itself where nothing is wrong with it.
func clean(value string) string {
	if !utf8.ValidString(value) {
		value = strings.ToValidUTF8(value, "\uFFFD")
	}
	if len(value) <= maxValueBytes {
		return value
	}
	end := maxValueBytes
	for !utf8.RuneStart(value[end]) {
		end--
	}
	return value[:end]
}

// Admit returns the value's id, Other where the dictionary is full; each use
// of a value that is folded so is counted.
func (n *Names) Admit(d Dict, value string) ID {
	if id, ok := n.Find(d, value); ok {
		return id
	}
	if len(n.values[d])-2 >= n.max {
		n.folds[d]++
		return Other
	}
	return n.add(d, value)
}

// Force admits a configured value even beyond the cap.
func (n *Names) Force(d Dict, value string) ID {
	if id, ok := n.Find(d, value); ok {
		return id
	}
	return n.add(d, value)
}

func (n *Names) add(d Dict, value string) ID {
	if len(n.values[d]) >= maxIDs {
		n.folds[d]++
		return Other
	}
	// The value may be a piece of a request body: a copy lets go of the rest.
	value = strings.Clone(clean(value))
	id := ID(len(n.values[d]))
	n.values[d] = append(n.values[d], value)
	n.ids[d][value] = id
	return id
}

// Find returns the id of a value that was admitted.
func (n *Names) Find(d Dict, value string) (ID, bool) {
	id, ok := n.ids[d][value]
	if !ok {
		id, ok = n.ids[d][clean(value)]
	}
	return id, ok
}

// Value is the text of an id.
func (n *Names) Value(d Dict, id ID) string { return n.values[d][id] }

// Len is how many ids the dictionary has given out, None and Other included.
func (n *Names) Len(d Dict) int { return len(n.values[d]) }

// Folds tells how often a value of a dictionary was folded into Other.
func (n *Names) Folds(d Dict) uint64 { return n.folds[d] }

// Clone returns a copy for another goroutine; later additions to n do not
// reach it.
func (n *Names) Clone() *Names {
	c := &Names{max: n.max, folds: n.folds}
	for d := range n.values {
		// What is admitted is never changed, so the lists are shared: n appends
		// behind what the copy sees, the copy's own additions reallocate.
		c.values[d] = slices.Clip(n.values[d])
		c.ids[d] = maps.Clone(n.ids[d])
	}
	return c
}
