package config

import (
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

// later are keys that the documentation of the project speaks of, for features
// that this version does not have. Taking them silently would let someone
// believe that they work. Paths have no indices.
var later = map[string]bool{
	"sources[].system_texts": true,
}

// unknown notes a key that its mapping does not have, with the likeliest reason.
func (d *decoder) unknown(key *yaml.Node, at string, fields []field) {
	name := key.Value
	path := join(withoutIndices(at), name)
	known := make([]string, len(fields))
	for i, f := range fields {
		known[i] = f.key
	}
	var others []string
	if withoutIndices(at) == "sources[]" {
		others = d.othersWith(name)
	}
	switch near, places := nearest(name, known), elsewhere(name); {
	case len(others) > 0:
		d.problem(key, at, "unknown key %q: only provider %s has it, remove it", name, strings.Join(others, " or "))
	case later[path]:
		d.problem(key, at, "unknown key %q: this version does not know it yet, remove it", name)
	case near != "":
		d.problem(key, at, "unknown key %.40q: did you mean %s?", name, near)
	case len(places) > 0:
		d.problem(key, at, "unknown key %q: it belongs to %s", name, strings.Join(places, " or "))
	default:
		d.problem(key, at, "unknown key %.40q: remove it, known are %s", name, strings.Join(known, ", "))
	}
}

// knownPaths lists every path of a configuration, sources[].name and the like,
// in the order in which they are read. Nobody changes it.
func knownPaths() []string {
	paths.Do(func() {
		d := &decoder{keys: &paths.known}
		d.config(new(Config))(nil, "")
	})
	return paths.known
}

var paths struct {
	sync.Once
	known []string
}

// elsewhere gives the mappings that do have a key of this name.
func elsewhere(name string) []string {
	var places []string
	for _, path := range knownPaths() {
		if i := strings.LastIndexByte(path, '.'); i > 0 && path[i+1:] == name {
			places = append(places, path[:i])
		} else if path == name {
			places = append(places, "the top of the file")
		}
	}
	return places
}

// withoutIndices turns sources[3].inboxes[0] into sources[].inboxes[].
func withoutIndices(path string) string {
	var b strings.Builder
	in := false
	for _, r := range path {
		if r == ']' {
			in = false
		}
		if !in {
			b.WriteRune(r)
		}
		if r == '[' {
			in = true
		}
	}
	return b.String()
}

// nearest gives the word that s was probably meant to be, or "". Where there are
// very many words it does not look.
func nearest(s string, words []string) string {
	if len(words) > 500 {
		return ""
	}
	best, at := "", 3
	for _, w := range words {
		if d := distance(strings.ToLower(s), strings.ToLower(w)); d < at && d <= max(1, len(w)/3) {
			best, at = w, d
		}
	}
	return best
}

// distance is how many letters have to be put in, left out, changed or swapped
// with their neighbour to turn a into b; large for words too long to be keys.
func distance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return 64
	}
	before, last, row := []int(nil), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, slices.Clone(last)
	}
	return last[len(b)]
}
