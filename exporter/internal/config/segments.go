package config

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Segments are the kinds of customers that are told apart.
type Segments struct {
	// Names is the closed list, at most 20.
	Names []string
	// File is a list of customers (CSV: contact,segment[,source]); "" for none.
	File string
	// Values maps what providers say of a contact, in lower case, to a name. A
	// name means itself.
	Values map[string]string
	// Label: the metrics that have it show the segment.
	Label bool
}

// maxSegments keeps the label small: each segment multiplies series.
const maxSegments = 20

func (d *decoder) segments(s *Segments) reader {
	return func(n *yaml.Node, at string) {
		names := make(unique)
		seen := d.mapping(n, at,
			// Values are checked against the names, which are read first.
			field{"names", func(n *yaml.Node, at string) {
				d.list(n, at, maxSegments, func(_ int, n *yaml.Node, at string) {
					var name string
					if d.label(&name)(n, at); name != "" && d.once(names, "segment", name, n, at) {
						s.Names = append(s.Names, name)
					}
				})
			}},
			field{"file", d.file(&s.File)},
			field{"values", d.segmentValues(s)},
			field{"label", d.boolean(&s.Label)},
		)
		if seen != nil && len(s.Names) == 0 && seen["names"] == nil && (s.File != "" || s.Label || len(s.Values) > 0) {
			d.problem(n, at, "has no names: list the segments, for example names: [vip, new]")
		}
	}
}

func (d *decoder) segmentValues(s *Segments) reader {
	return func(n *yaml.Node, at string) {
		entries, ok := d.free(n, at, "Gold: vip")
		if !ok {
			return
		}
		if len(entries) > maxKeyItems {
			d.problem(n, at, "has %d keys: at most %d", len(entries), maxKeyItems)
			return
		}
		s.Values = make(map[string]string, len(entries))
		for _, e := range entries {
			key, ok := d.keyText(e.key, at)
			if !ok {
				continue
			}
			var name string
			where := join(at, fmt.Sprintf("%.40s", key))
			if d.label(&name)(e.value, where); name == "" {
				continue
			}
			if !slices.Contains(s.Names, name) {
				d.problem(e.value, where, "%.40q is none of segments.names: add it there, or write one of them", name)
				continue
			}
			s.Values[strings.ToLower(strings.TrimSpace(key))] = name
		}
	}
}
