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
	return d.mappingOf(
		field{"open_for", d.duration(&c.OpenFor, minWindow, 7*day)},
		field{"satisfied_min", d.integer(&c.SatisfiedMin, 1, bestScore)},
		field{"scales", d.scales(&c.Scales)},
	)
}

func (d *decoder) scales(dst *[]Scale) reader {
	return func(n *yaml.Node, at string) {
		ends := make(unique)
		d.list(n, at, maxScale, func(_ int, n *yaml.Node, at string) {
			var s Scale
			seen := d.mapping(n, at,
				field{"scale", d.integer(&s.Scale, 2, maxScale)},
				// The scale is read before its scores.
				field{"scores", d.scores(&s)},
			)
			if !d.required(n, at, seen, "scale", "scores") || s.Scale == 0 {
				return
			}
			if s.Scale == bestScore {
				d.problem(seen["scale"], join(at, "scale"), "1 to 5 is what the others are mapped to: remove it")
				return
			}
			if d.once(ends, "scale", strconv.Itoa(s.Scale), seen["scale"], join(at, "scale")) {
				*dst = append(*dst, s)
			}
		})
	}
}

// scores reads which of 1 to 5 each score of a scale means. 0 is a score where
// it is listed; the others have to be.
func (d *decoder) scores(s *Scale) reader {
	return func(n *yaml.Node, at string) {
		entries, ok := d.free(n, at, "1: 1")
		if !ok || s.Scale == 0 || s.Scale == bestScore {
			return
		}
		s.Scores = make(map[int]int)
		before := len(d.problems)
		for _, e := range entries {
			from, err := strconv.Atoi(e.key.Value)
			if err != nil || strconv.Itoa(from) != e.key.Value || from < 0 || from > s.Scale {
				d.problem(e.key, at, "%.40q is no score of this scale: write one from 0 to %d", e.key.Value, s.Scale)
				continue
			}
			to := 0
			if d.integer(&to, 1, bestScore)(e.value, join(at, e.key.Value)); to != 0 {
				s.Scores[from] = to
			}
		}
		for from := 1; from <= s.Scale && len(d.problems) == before; from++ {
			if _, ok := s.Scores[from]; !ok {
				d.problem(n, at, "the score %d is missing: say which of 1 to 5 it means", from)
			}
		}
	}
}
