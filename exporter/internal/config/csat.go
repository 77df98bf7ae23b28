package config

import (
	"strconv"

	"go.yaml.in/yaml/v3"
)

// maxScale is the largest score of a scale, bestScore that of ours.
const (
	maxScale  = 100
	bestScore = 5
)

func (d *decoder) csat(c *CSAT) reader {
	return func(n *yaml.Node, at string) {
		d.mapping(n, at,
			field{"open_for", d.duration(&c.OpenFor, minWindow, 7*day)},
			field{"satisfied_min", d.integer(&c.SatisfiedMin, 1, bestScore)},
			field{"scales", d.scales(&c.Scales)},
		)
	}
}

func (d *decoder) scales(dst *[]Scale) reader {
	return func(n *yaml.Node, at string) {
		ends := make(unique)
		d.list(n, at, maxScale, func(_ int, n *yaml.Node, at string) {
			var s Scale
			var scores *yaml.Node
			seen := d.mapping(n, at,
				field{"scale", d.integer(&s.Scale, 2, maxScale)},
				field{"scores", func(n *yaml.Node, _ string) { scores = n }},
			)
			if !d.required(n, at, seen, "scale", "scores") || s.Scale == 0 {
				return
			}
			if s.Scale == bestScore {
				d.problem(seen["scale"], join(at, "scale"), "1 to 5 is what the others are mapped to: remove it")
				return
			}
			s.Scores = d.scores(scores, join(at, "scores"), s.Scale)
			if len(s.Scores) > 0 && d.once(ends, "scale", strconv.Itoa(s.Scale), seen["scale"], join(at, "scale")) {
				*dst = append(*dst, s)
			}
		})
	}
}

// scores reads which of 1 to 5 each score of a scale means.
func (d *decoder) scores(n *yaml.Node, at string, scale int) map[int]int {
	n = resolve(n)
	if n.Kind != yaml.MappingNode {
		d.problem(n, at, "expected scores, found %s: write for example 1: 1", kindOf(n))
		return nil
	}
	out := make(map[int]int)
	for _, e := range d.entries(n, at, 0) {
		from, err := strconv.Atoi(e.key.Value)
		if err != nil || from < 0 || from > scale {
			d.problem(e.key, at, "%.40q is no score of this scale: write one from 0 to %d", e.key.Value, scale)
			continue
		}
		to := 0
		if d.integer(&to, 1, bestScore)(e.value, join(at, e.key.Value)); to != 0 {
			out[from] = to
		}
	}
	for from := 1; from <= scale; from++ {
		if _, ok := out[from]; !ok && len(d.problems) == 0 {
			d.problem(n, at, "the score %d is missing: say which of 1 to 5 it means", from)
			break
		}
	}
	return out
}
