package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// document parses data as one YAML document and gives its root.
func document(data []byte) (*yaml.Node, *Problem) {
	if len(data) > maxFile {
		return nil, &Problem{Line: 1, Column: 1, Message: fmt.Sprintf("the file is larger than %d bytes: shorten it", maxFile)}
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc, next yaml.Node
	if err := dec.Decode(&doc); err != nil && !errors.Is(err, io.EOF) {
		return nil, syntaxProblem(data, err)
	}
	if len(doc.Content) == 0 || isNull(doc.Content[0]) {
		return nil, &Problem{Line: 1, Column: 1, Message: "the file is empty: write at least one source, as docs/configuration.md shows"}
	}
	switch err := dec.Decode(&next); {
	case errors.Is(err, io.EOF):
		return doc.Content[0], nil
	case err != nil:
		return nil, syntaxProblem(data, err)
	}
	return nil, &Problem{Line: next.Line, Column: 1, Message: "a second document begins here (---): write one document only"}
}

var (
	yamlLine   = regexp.MustCompile(`^line (\d+): `)
	yamlAnchor = regexp.MustCompile(`anchor '.*'`)
)

// hints say what to do about the parser's most frequent complaints.
var hints = []struct{ complaint, hint string }{
	{"cannot start any token", "indent with spaces, not with tabs, and put a value that begins with @, ` or % into quotes"},
	{"tab character", "indent with spaces"},
	{"expected '-' indicator", "line it up with the lines above"},
	{"did not find expected key", "line it up with the lines above and close every quote and bracket"},
	{"mapping values are not allowed", "line it up with the lines above and put a value that holds \": \" into quotes"},
	{"unexpected end of stream", "close the quote or bracket that begins here"},
	{"could not find expected ':'", "write key: value"},
	{"UTF-8", "save the file as UTF-8"},
}

// syntaxProblem puts an error of the parser into our form. What the parser
// quotes of the document are names of anchors and aliases only, and those are
// left out: a secret that begins with * or & looks like one.
func syntaxProblem(data []byte, err error) *Problem {
	p := &Problem{Line: 1, Column: 1}
	msg := strings.TrimPrefix(err.Error(), "yaml: ")
	if m := yamlLine.FindStringSubmatch(msg); m != nil {
		p.Line, _ = strconv.Atoi(m[1])
		msg = msg[len(m[0]):]
	}
	if line := brokenLine(data); line > 0 && !strings.Contains(msg, "max depth") {
		p.Line = line
	}
	if yamlAnchor.MatchString(msg) {
		msg = "an alias (*name) has no anchor (&name) before it: put a value that begins with * into quotes"
	}
	p.Message = "is not YAML: " + msg
	for _, h := range hints {
		if strings.Contains(msg, h.complaint) {
			p.Message += ": " + h.hint
			break
		}
	}
	return p
}

// brokenLine gives the line that cannot be YAML whatever follows: the one after
// the longest beginning of data that is. The parser itself often names the line
// where the enclosing block began, or none. It is 0 where that cannot be found out
// by parsing a bounded number of bytes.
func brokenLine(data []byte) int {
	lines := bytes.SplitAfter(data, []byte("\n"))
	end, budget := len(data), 2<<20
	for i := len(lines); i > 0; i-- {
		end -= len(lines[i-1])
		if budget -= end; budget < 0 {
			return 0
		}
		dec := yaml.NewDecoder(bytes.NewReader(data[:end]))
		for {
			var doc yaml.Node
			err := dec.Decode(&doc)
			if errors.Is(err, io.EOF) {
				return i
			}
			if err != nil {
				break
			}
		}
	}
	return 1
}
