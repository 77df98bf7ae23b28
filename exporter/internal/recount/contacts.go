package recount

import "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"

// canonical is the id by which a contact goes, itself until it is linked.
func (r *recount) canonical(source, contact string) string {
	id := [2]string{source, contact}
	if _, known := r.person[id]; !known {
		r.person[id] = contact
		r.seen[id] = len(r.seen)
	}
	return r.person[id]
}

// link makes two ids one contact; the first seen stays canonical. Where both
// had a conversation open in one inbox, the younger one is merged.
func (r *recount) link(e event.Event) {
	keep := r.canonical(e.Source, e.Contact)
	if e.Alias == "" {
		return
	}
	drop := r.canonical(e.Source, e.Alias)
	if keep == drop {
		return
	}
	if r.seen[[2]string{e.Source, drop}] < r.seen[[2]string{e.Source, keep}] {
		keep, drop = drop, keep
	}
	for id, p := range r.person {
		if id[0] == e.Source && p == drop {
			r.person[id] = keep
		}
	}
	if to := [2]string{e.Source, keep}; r.segments[to] == "" {
		r.segments[to] = r.segments[[2]string{e.Source, drop}]
	}
	var rest []*thread
	for _, t := range r.threads {
		if t.source.Name == e.Source && t.person == drop {
			if twin := r.find(e.Source, t.inbox.ID, keep); twin != nil {
				r.unite(twin, t, e)
				continue
			}
			t.person = keep
		}
		rest = append(rest, t)
	}
	r.threads = rest
}

// unite moves what b holds into a.
func (r *recount) unite(a, b *thread, e event.Event) {
	if a.open != nil && b.open != nil {
		r.beforeEvent(a, e.Time)
		r.beforeEvent(b, e.Time)
	}
	if a.open != nil && b.open != nil {
		younger := b
		if a.open.opened.After(b.open.opened) ||
			a.open.opened.Equal(b.open.opened) && a.open.number > b.open.number {
			younger = a
		}
		r.close(younger, e.Time, "merged", "")
	}
	if a.open == nil {
		a.open = b.open
	}
	a.closed = append(a.closed, b.closed...)
	a.surveys = append(a.surveys, b.surveys...)
}
