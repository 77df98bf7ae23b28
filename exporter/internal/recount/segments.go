package recount

import (
	"slices"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

// segment notes what an event says of its contact.
func (r *recount) segment(t *thread, e event.Event) {
	if slices.Contains(r.s.Segments, e.Segment) {
		r.segments[[2]string{e.Source, t.person}] = e.Segment
	}
}

// segmented adds the segment of the thread's contact to labels, where there is
// one: that of the moment of counting, whoever the contact was linked with.
func (r *recount) segmented(t *thread, labels []string) []string {
	person := r.person[[2]string{t.source.Name, t.person}]
	if s := r.segments[[2]string{t.source.Name, person}]; s != "" {
		return append(slices.Clone(labels), "segment", s)
	}
	return labels
}
