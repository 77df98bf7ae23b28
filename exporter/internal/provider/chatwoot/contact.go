package chatwoot

import (
	"bytes"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

// contactUpdated reads a customer whose phone or consent has changed. It names
// no inbox, which the server remembers by the contact.
func (r *reader) contactUpdated() {
	r.contact = r.root
	r.changes = r.root.Get("changed_attributes")
	r.base = event.Event{Time: r.received}
	if !r.customer(id(r.contact, "id"), nil) {
		return
	}
	if phone := r.change("phone_number"); phone != nil && r.base.Alias != "" {
		r.stamped()
		r.add(event.ContactLinked, "linked", r.base.Contact, r.stamp)
	}
	r.consent()
	if !r.told {
		r.ignore(ignoredContact)
	}
}

// stamped dates the request once.
func (r *reader) stamped() {
	if r.stamp == "" {
		r.moment(r.contact)
	}
}

// consent reads the configured custom attribute. One that is emptied says
// nothing.
func (r *reader) consent() {
	word := r.attribute(r.rules.consentAttribute)
	if len(word) == 0 {
		return
	}
	what, ok := r.rules.consentValues[string(bytes.ToLower(word))]
	if !ok {
		r.ignore(countedConsent)
		return
	}
	r.stamped()
	r.add(event.ConsentChanged, "consent", r.base.Contact, r.stamp).Consent = what
}
