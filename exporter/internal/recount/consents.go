package recount

import (
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

// sighting is an event of a contact, by the id that it named.
type sighting struct {
	id [2]string
	at time.Time // receive time
}

// consent is what a contact agreed to.
type consent struct {
	id [2]string
	at time.Time // event time
	to event.Consent
}

// see remembers that a contact was there.
func (r *recount) see(e event.Event) {
	r.seenAt = append(r.seenAt, sighting{[2]string{e.Source, e.Contact}, r.now})
}

func (r *recount) consentChanged(t *thread, e event.Event, to event.Consent) {
	if to == event.ConsentNone {
		return
	}
	r.consents = append(r.consents, consent{[2]string{e.Source, e.Contact}, e.Time, to})
	r.totals.add("helpdesk_consent_changes_total", r.threadLabels(t, "to", event.Consents[to])...)
}

func (r *recount) consentByText(t *thread, e event.Event) {
	switch {
	case found(r.s.OptOut, e.Message.Text):
		r.consentChanged(t, e, event.ConsentOptedOut)
	case found(r.s.OptIn, e.Message.Text):
		r.consentChanged(t, e, event.ConsentOptedIn)
	}
}

// consent is the newest that any id of a person gave, by event time; of those
// at one instant the last to arrive.
func (r *recount) consent(source, person string) (to event.Consent) {
	var at time.Time
	for _, c := range r.consents {
		if c.id[0] == source && r.person[c.id] == person && !c.at.Before(at) {
			at, to = c.at, c.to
		}
	}
	return to
}

func (r *recount) countTemplate(t *thread, e event.Event) {
	template := e.Message.Template
	if template.Name == "" && template.Category == "" {
		return
	}
	recorded := "missing"
	if to := r.consent(t.source.Name, t.person); to == event.ConsentOptedIn || to == event.ConsentConfirmed {
		recorded = "recorded"
	}
	r.totals.add("helpdesk_template_messages_total", r.threadLabels(t,
		"category", r.label("category", template.Category), "consent", recorded)...)
}

// contacts counts those who said something about consent, and of the others
// those who were there lately.
func (r *recount) contacts() {
	people := map[[2]string]time.Time{}
	for _, s := range r.seenAt {
		id := [2]string{s.id[0], r.person[s.id]}
		people[id] = later(people[id], s.at)
	}
	for id, last := range people {
		to := r.consent(id[0], id[1])
		switch {
		case to != event.ConsentNone:
			r.totals.add("helpdesk_contacts", "source", id[0], "consent", event.Consents[to])
		case day(r.now)-day(last) <= knownDays:
			r.totals.add("helpdesk_contacts", "source", id[0], "consent", "unknown")
		}
	}
}

// day numbers the days of UTC.
func day(t time.Time) int64 { return t.Unix() / (24 * 60 * 60) }
