package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one mistake in a document. Message says what to do about it and
// never holds a secret.
type Problem struct {
	// File as it was given to Load; empty from Parse.
	File string
	// Line and Column count from 1.
	Line, Column int
	// Path names the value, as in sources[0].secret; empty for the document.
	Path    string
	Message string
}

// String gives the problem as compilers do: config.yml:12: sources[0].secret: …
func (p Problem) String() string {
	var b strings.Builder
	if p.File != "" {
		fmt.Fprintf(&b, "%s:%d: ", p.File, p.Line)
	} else {
		fmt.Fprintf(&b, "line %d: ", p.Line)
	}
	if p.Path != "" {
		b.WriteString(p.Path)
		b.WriteString(": ")
	}
	b.WriteString(p.Message)
	return b.String()
}

// Errors are all mistakes of a document, by line. It is the error of Load and
// Parse whenever the document could be read at all.
type Errors []Problem

// Error gives one line for each problem.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, p := range e {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// tidy sorts by line and leaves out what an alias repeats: the same words about
// the same place.
func (e Errors) tidy() Errors {
	slices.SortStableFunc(e, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), strings.Compare(a.Message, b.Message))
	})
	return slices.CompactFunc(e, func(a, b Problem) bool {
		return a.Line == b.Line && a.Column == b.Column && a.Message == b.Message
	})
}

// maxProblems are told at once; a document with more is something else than a
// configuration with mistakes.
const maxProblems = 200
