package config

import (
	"errors"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/text"
	"go.yaml.in/yaml/v3"
)

// patterns reads a list of RE2 that takes the place of the default one; an empty
// list switches the finding off.
func (d *decoder) patterns(dst *[]string, whole bool) reader {
	return func(n *yaml.Node, at string) {
		var (
			patterns []string
			nodes    []*yaml.Node
			paths    []string
		)
		if !d.list(n, at, text.MaxPatterns, func(_ int, n *yaml.Node, at string) {
			if p, ok := d.text(n, at); ok {
				patterns, nodes, paths = append(patterns, p), append(nodes, n), append(paths, at)
			}
		}) {
			return
		}
		_, err := text.NewMatcher(patterns, whole)
		for _, err := range unjoin(err) {
			var pe *text.PatternError
			if errors.As(err, &pe) {
				d.problem(nodes[pe.Index], paths[pe.Index], "%v", pe.Err)
			} else {
				d.problem(n, at, "%v", err)
			}
		}
		*dst = patterns
	}
}

// unjoin gives the errors that err joins.
func unjoin(err error) []error {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}
