package simulate

import (
	"bufio"
	"fmt"
	"io"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

// WriteNDJSON writes what is left of a scenario as canonical events, one a
// line in the order of arrival, with source and receive time: what `replay`
// reads. A scenario without end needs a writer that fails at some point.
func WriteNDJSON(w io.Writer, s *Scenario) error {
	out := bufio.NewWriterSize(w, 64<<10)
	var line []byte
	for it := range s.All() {
		e := it.Event
		e.Source, e.Received = s.opts.Source, it.At
		line = append(event.AppendJSON(line[:0], &e), '\n')
		if _, err := out.Write(line); err != nil {
			return fmt.Errorf("write events: %w", err)
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write events: %w", err)
	}
	return nil
}
