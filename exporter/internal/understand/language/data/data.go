// Package data holds the project's own short chat phrases, one a line, for
// training the language model. They are never part of the exporter: only the
// training command imports them. Nothing of ../testdata may stand here.
package data

import "embed"

// Texts holds pt.txt, es.txt, en.txt; none.txt with names, brands and phrases
// of other languages; and shared.txt with words of more than one language. Lines
// that begin with # are remarks.
//
//go:embed *.txt
var Texts embed.FS
