package fold

import (
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
)

// consent is what a contact has said last about being written to.
type consent struct {
	what          event.Consent
	at, heard     int64 // event time and receive time
	source, inbox m.ID
}

func (c consent) given() bool {
	return c.what == event.ConsentOptedIn || c.what == event.ConsentConfirmed
}

// cells of the families by consent.
var consentCells = map[event.Consent]int{
	event.ConsentOptedIn: m.ContactsOptedIn, event.ConsentConfirmed: m.ContactsConfirmed, event.ConsentOptedOut: m.ContactsOptedOut,
}

// consent takes what an event says of the contact's consent, and gives it: an
// event of its own, or a message that is nothing but the word.
func (f *front) consent(e *record.Event, k record.Key, source, inbox m.ID, received int64) event.Consent {
	what := event.ConsentNone
	switch {
	case e.Kind == event.ConsentChanged:
		what = e.Consent
	case e.Kind != event.MessageReceived:
	case e.Flags&record.OptOut != 0:
		what = event.ConsentOptedOut
	case e.Flags&record.OptIn != 0:
		what = event.ConsentOptedIn
	}
	if what == event.ConsentNone {
		return what
	}
	if was, ok := f.consents[k]; !ok || e.Time >= was.at {
		f.tally(k, -1)
		f.consents[k] = consent{what, e.Time, received, source, inbox}
		f.tally(k, 1)
	}
	return what
}

// joinConsents makes what is known of a contact part of another; the newer
// consent stays.
func (f *front) joinConsents(from, to record.Key) {
	f.tally(from, -1)
	f.tally(to, -1)
	c, ok := f.consents[from]
	if was, has := f.consents[to]; ok && (!has || c.at > was.at || c.at == was.at && c.heard > was.heard) {
		f.consents[to] = c
	}
	delete(f.consents, from)
	delete(f.first, from)
	f.tally(to, 1)
}

// tally counts a contact in or out of helpdesk_contacts.
func (f *front) tally(k record.Key, n int64) {
	if c, ok := f.consents[k]; ok {
		f.store.Add(m.Contacts, f.scope(c.source, c.inbox), 0, consentCells[c.what], n)
	} else if s, ok := f.first[k]; ok {
		f.store.Add(m.Contacts, f.scope(s.source, s.inbox), 0, m.ContactsUnknown, n)
	}
}
