package config

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// decoder walks a document along the configuration's own structure and collects
// what is wrong on the way; it never stops at the first mistake. Nothing that
// the structure does not name is descended into, so depth is bounded by it; the
// budget bounds what aliases multiply.
type decoder struct {
	dir      string
	facts    Facts
	problems Errors
	visited  int
	// keys, when set, records every path there is instead of reading: the
	// reference is compared with it.
	keys *[]string
	// teams there are so far; teamsListed tells that the document lists them, so
	// that any other name is a slip.
	teams       map[string]bool
	teamsListed bool
	// inboxIDs are those of all sources, nil until somebody asks; inboxesListed
	// tells that every source has such a list.
	inboxIDs      map[string]bool
	inboxesListed bool
}

// reader takes in the value n, which stands at the path at.
type reader func(n *yaml.Node, at string)

// field is a key of a mapping. The fields of a mapping are read in the order of
// the list, whatever the order in the document.
type field struct {
	key  string
	read reader
}

// maxVisited bounds how many values are looked at, aliases resolved.
const maxVisited = 200_000

// spend tells whether n may be looked at.
func (d *decoder) spend(n *yaml.Node) bool {
	d.visited++
	if d.visited == maxVisited {
		d.problem(n, "", "the document has more than %d values with its aliases resolved: shorten it", maxVisited)
	}
	return d.visited < maxVisited
}

func (d *decoder) problem(n *yaml.Node, at, format string, args ...any) {
	if len(d.problems) > 10*maxProblems {
		return
	}
	d.problems = append(d.problems, Problem{Line: max(n.Line, 1), Column: max(n.Column, 1), Path: at, Message: fmt.Sprintf(format, args...)})
}

// resolve follows aliases.
func resolve(n *yaml.Node) *yaml.Node {
	for range 8 {
		if n.Kind != yaml.AliasNode || n.Alias == nil {
			return n
		}
		n = n.Alias
	}
	return n
}

// entry is a key of a mapping with its value.
type entry struct{ key, value *yaml.Node }

// mapping reads a mapping and gives the node of each key that is there, and a
// nil map where there is none (absent values are not mappings, but are no
// mistake either: all keys below may be commented out).
func (d *decoder) mapping(n *yaml.Node, at string, fields ...field) map[string]*yaml.Node {
	if d.keys != nil {
		for _, f := range fields {
			*d.keys = append(*d.keys, join(at, f.key))
			f.read(nil, join(at, f.key))
		}
		return nil
	}
	n = resolve(n)
	if isNull(n) || !d.spend(n) {
		return nil
	}
	if d.custom(n, at) {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		example := fields[0].key
		if at == "" {
			example = "sources"
		}
		d.problem(n, at, "expected keys with values, found %s: write for example %s: …", kindOf(n), example)
		return nil
	}
	seen := make(map[string]*yaml.Node)
	for _, e := range d.entries(n, at, 0) {
		if !slices.ContainsFunc(fields, func(f field) bool { return f.key == e.key.Value }) {
			d.unknown(e.key, at, fields)
			continue
		}
		seen[e.key.Value] = e.value
	}
	for _, f := range fields {
		if v, ok := seen[f.key]; ok {
			f.read(v, join(at, f.key))
		}
	}
	return seen
}

// free gives the entries of a mapping whose keys are data of the document's own.
// It tells whether there is one; there is none while keys are recorded.
func (d *decoder) free(n *yaml.Node, at, example string) ([]entry, bool) {
	if d.keys != nil {
		return nil, false
	}
	n = resolve(n)
	if !d.spend(n) || d.custom(n, at) {
		return nil, false
	}
	if n.Kind != yaml.MappingNode {
		d.problem(n, at, "expected keys with values, found %s: write for example %s", kindOf(n), example)
		return nil, false
	}
	return d.entries(n, at, 0), true
}

// entries gives each key of a mapping once: its own, then those of the mappings
// that are merged into it (<<) and that it does not have itself.
func (d *decoder) entries(n *yaml.Node, at string, depth int) []entry {
	var own, merged []entry
	lines := make(map[string]int)
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if !d.spend(k) {
			return nil
		}
		key := resolve(k)
		switch {
		case key.Kind != yaml.ScalarNode:
			d.problem(k, at, "a key has to be a word, found %s", kindOf(key))
		case key.ShortTag() == "!!merge":
			merged = append(merged, d.merge(k, resolve(v), at, depth)...)
		case lines[key.Value] > 0:
			d.problem(k, at, "the key %.40q stands in line %d already: keep one", key.Value, lines[key.Value])
		default:
			lines[key.Value] = k.Line
			own = append(own, entry{&yaml.Node{Kind: yaml.ScalarNode, Value: key.Value, Line: k.Line, Column: k.Column}, v})
		}
	}
	for _, e := range merged {
		if lines[e.key.Value] == 0 {
			lines[e.key.Value] = e.key.Line
			own = append(own, e)
		}
	}
	return own
}

// merge gives the entries that a merge key at k brings in.
func (d *decoder) merge(k, v *yaml.Node, at string, depth int) []entry {
	if depth > 8 {
		d.problem(k, at, "mappings are merged into each other more than 8 deep: write the keys out")
		return nil
	}
	switch v.Kind {
	case yaml.MappingNode:
		return d.entries(v, at, depth+1)
	case yaml.SequenceNode:
		var all []entry
		for _, item := range v.Content {
			item = resolve(item)
			if item.Kind != yaml.MappingNode {
				d.problem(k, at, "<< takes mappings, found %s", kindOf(item))
				return nil
			}
			if !d.spend(item) {
				return nil
			}
			all = append(all, d.entries(item, at, depth+1)...)
		}
		return all
	}
	d.problem(k, at, "<< takes a mapping, found %s", kindOf(v))
	return nil
}

// list reads a list; item is called with each one's index and node. Nothing
// there is an empty list. It tells whether there was a list.
func (d *decoder) list(n *yaml.Node, at string, limit int, item func(i int, n *yaml.Node, at string)) bool {
	if d.keys != nil {
		item(0, nil, at+"[]")
		return false
	}
	n = resolve(n)
	if isNull(n) || !d.spend(n) || d.custom(n, at) {
		return false
	}
	if n.Kind != yaml.SequenceNode {
		d.problem(n, at, "expected a list, found %s: begin each item with a dash", kindOf(n))
		return false
	}
	if len(n.Content) > limit {
		d.problem(n, at, "has %d items: at most %d", len(n.Content), limit)
		return false
	}
	for i, v := range n.Content {
		v = resolve(v)
		if !d.spend(v) {
			return false
		}
		item(i, v, fmt.Sprintf("%s[%d]", at, i))
	}
	return true
}

// scalar gives a single value; nil, with the mistake noted, where there is none.
func (d *decoder) scalar(n *yaml.Node, at string) *yaml.Node {
	if d.keys != nil {
		return nil
	}
	n = resolve(n)
	switch {
	case !d.spend(n), d.custom(n, at):
		return nil
	case n.Kind != yaml.ScalarNode:
		d.problem(n, at, "expected one value, found %s", kindOf(n))
		return nil
	case n.ShortTag() == "!!null":
		d.problem(n, at, "is empty: write a value or remove the key")
		return nil
	}
	return n
}

// custom notes a tag of the document's own (!secret), which is not supported.
// Its name stays out of the message: a secret may begin with !.
func (d *decoder) custom(n *yaml.Node, at string) bool {
	tag := n.ShortTag()
	if !strings.HasPrefix(tag, "!") || strings.HasPrefix(tag, "!!") {
		return false
	}
	d.problem(n, at, "begins with a tag (!…), which is not supported: put a value that begins with ! into quotes")
	return true
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

func kindOf(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "keys with values"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case isNull(n):
		return "nothing"
	}
	return "one value"
}

func join(at, key string) string {
	if at == "" {
		return key
	}
	return at + "." + key
}
