package fold

import (
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/audit"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/conversation"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/dayset"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
)

// ahead is how far an event may be ahead of its receipt (DEFINITIONS, time and
// order).
const ahead = int64(5 * time.Minute)

// forgetSighting is how long a contact of whom nothing else is known is known
// after it was seen last.
const forgetSighting = 30 // days

// front is the first stage: it drops what was applied already, makes contacts
// canonical and admits label values. Every event passes it in order.
type front struct {
	names   *m.Names
	store   *m.Store
	seen    dayset.Set
	aliases map[record.Key]record.Key
	first   map[record.Key]sighting
	// last is the highest order of a sighting.
	last uint64
	day  uint32
	// consents are the contacts that have said whether they may be written to.
	consents map[record.Key]consent
	people   *directory
	// templates is the newest state of each template.
	templates map[template]m.ID

	// configs are the records that changed the configuration, the newest last.
	configs []uint64

	cfg  config.FoldConfig
	set  *conversation.Settings
	look lookups

	source, inbox, team, category, code memo
}

// memo is the value of a label that came last: mostly the next is the same, and
// a comparison is quicker than a dictionary.
type memo struct {
	value string
	id    m.ID
}

// admit is Names.Admit.
func (l *memo) admit(names *m.Names, d m.Dict, value string) m.ID {
	if value == "" {
		return m.None
	}
	if value == l.value {
		return l.id
	}
	id := names.Admit(d, value)
	if names.Value(d, id) == value {
		l.value, l.id = names.Value(d, id), id // the dictionary's own copy
	}
	return id
}

type sighting struct {
	// order of first sightings: the receive time, and behind those of the same.
	order         uint64
	day           uint32
	source, inbox m.ID
}

type template struct{ source, name m.ID }

func newFront() *front {
	return &front{
		names:     m.NewNames(200),
		aliases:   map[record.Key]record.Key{},
		first:     map[record.Key]sighting{},
		consents:  map[record.Key]consent{},
		people:    newDirectory(),
		templates: map[template]m.ID{},
	}
}

// configure puts a configuration in force.
func (f *front) configure(cfg config.FoldConfig) (histogramsRestarted bool, err error) {
	set, look, err := compile(cfg, f.names)
	if err != nil {
		return false, err
	}
	f.cfg, f.set, f.look = cfg, set, look
	f.people.configure(cfg, f.names)
	if f.store == nil {
		f.store = m.NewStore(f.set.Buckets)
	}
	histogramsRestarted = f.store.SetBuckets(f.set.Buckets)
	for _, sc := range scopes(cfg, f.names) {
		id := f.store.Scope(sc)
		// increase() misses a series' first increment.
		f.set.Audits.Rules.Each(func(rule audit.Rule, _ string, severity audit.Severity) {
			f.store.AddOpen(m.AuditFindings, id, 0, int(severity-audit.Info), f.set.Audits.Names[rule], 0, 0)
		})
	}
	return histogramsRestarted, nil
}

// maxConfigs is how many changes of the configuration are remembered.
const maxConfigs = 200

// configured notes a record that changed the configuration.
func (f *front) configured(seq uint64) {
	if n := len(f.configs); n > 0 && f.configs[n-1] >= seq {
		return
	}
	if len(f.configs) == maxConfigs {
		f.configs = append(f.configs[:0], f.configs[1:]...)
	}
	f.configs = append(f.configs, seq)
}

// outcome of an event in the front stage.
type outcome uint8

const (
	passed outcome = iota
	duplicate
	dropped
	// ofAgent: an event that is about an agent and no conversation.
	ofAgent
)

// admit turns an event into the shards' input. link, where not nil, has to be
// carried out first.
func (f *front) admit(e *record.Event, received int64, in *conversation.Input) (outcome, *link) {
	if f.known(e, received) {
		return duplicate, nil
	}
	source := f.source.admit(f.names, m.DictSource, e.Source)
	inbox := f.inbox.admit(f.names, m.DictInbox, e.Inbox)
	if e.Kind == event.LineChanged {
		if e.Time > received+ahead {
			f.store.Add(m.ClockAnomalies, f.scope(source, inbox), 0, 0, 1)
		} else {
			f.line(e, source, inbox)
		}
		return dropped, nil
	}
	if e.Contact == (record.Key{}) || e.Kind == event.AgentState {
		if e.Time > received+ahead {
			f.store.Add(m.ClockAnomalies, f.scope(source, inbox), 0, 0, 1)
			return dropped, nil
		}
		return ofAgent, nil
	}
	contact := f.canonical(e.Contact)
	var l *link
	aheadOf := e.Time > received+ahead
	if e.Alias != (record.Key{}) && !aheadOf {
		contact, l = f.link(contact, f.canonical(e.Alias))
	}
	declared := event.ConsentNone
	if !aheadOf {
		f.sight(contact, source, inbox, received)
		declared = f.consent(e, contact, source, inbox, received)
	}
	*in = conversation.Input{
		Received: received, Time: e.Time, Kind: e.Kind, Dedup: e.Dedup, Contact: contact, Source: source, Inbox: inbox,
		Actor: e.Actor, Message: e.Message, MessageType: e.MessageType, Status: e.Status, Flags: e.Flags,
		Answer: e.HasScore && !e.Derived, Ahead: aheadOf, Survey: e.Survey, Score: e.Score, Scale: e.Scale, Consent: declared,
	}
	team := e.Agent.Team
	if e.Agent.ID != "" {
		p := f.people.byID[e.Agent.ID]
		if !aheadOf {
			p = f.people.named(&e.Agent, f.names)
			in.Agent = p.ref
		}
		if p != nil && p.configured.Team != "" {
			team = p.configured.Team
		}
	}
	in.Team = f.team.admit(f.names, m.DictTeam, team)
	switch e.Kind {
	case event.MessageStatus:
		in.Category = f.category.admit(f.names, m.DictCategory, e.TemplateCategory)
		in.Code = f.code.admit(f.names, m.DictCode, e.Error)
	case event.MessageSent:
		if in.Template = e.TemplateName != "" || e.TemplateCategory != ""; in.Template {
			in.Category = f.category.admit(f.names, m.DictCategory, e.TemplateCategory)
			in.Consented = f.consents[contact].given()
		}
	}
	for _, l := range e.Labels {
		in.Labels |= f.look.labels[l]
	}
	if e.Reason != "" && e.Kind == event.ConversationHandoff {
		in.Reason = f.names.Admit(m.DictReason, e.Reason)
	}
	var byText bool
	if in.RequestType, byText = f.requestType(e); !byText {
		in.Flags &^= record.TypeByText | record.Greets
	}
	in.Segment, in.Signature, in.Traits = f.look.segments[e.Segment], e.Signature, e.Traits
	return passed, l
}

// known notes an event and tells whether it was applied before. A message whose
// author is only inferred to be nobody does not stand in the way of the report
// that names one, should it come after.
func (f *front) known(e *record.Event, received int64) bool {
	if e.Derived && e.Kind == event.MessageSent && e.Actor == event.ActorUnknown {
		return f.seen.Has(e.Dedup, received) || !f.seen.Add(^e.Dedup, received)
	}
	return !f.seen.Add(e.Dedup, received)
}

// requestType maps the provider's type, or else its labels, to a configured
// one; what is not configured decides nothing.
//
// byText tells that it is the classifier's, which comes last.
func (f *front) requestType(e *record.Event) (typ m.ID, byText bool) {
	guessed := e.Flags&record.TypeByText != 0
	if e.RequestType != "" && !guessed {
		if id, ok := f.look.types[e.RequestType]; ok {
			return id, false
		}
	}
	for _, l := range e.Labels {
		if id, ok := f.look.types[l]; ok {
			return id, false
		}
	}
	if guessed {
		if id, ok := f.look.types[e.RequestType]; ok {
			return id, true
		}
	}
	return m.None, false
}

func (f *front) scope(source, inbox m.ID) m.ScopeID {
	sc := m.Scope{Source: source, Inbox: inbox}
	if int(source) < len(f.set.Sources) && f.set.Sources[source] != nil {
		sc.Team = f.set.Sources[source].Inboxes[inbox].Team
	}
	return f.store.Scope(sc)
}

// canonical follows the links of a contact.
func (f *front) canonical(k record.Key) record.Key {
	for {
		to, ok := f.aliases[k]
		if !ok {
			return k
		}
		k = to
	}
}

// link is two contacts that were taken for two and are one.
type link struct{ from, to record.Key }

// link makes two canonical contacts one: the first seen stays canonical, the
// first named where neither was seen. The link is nil where nothing is known
// of the other.
func (f *front) link(named, alias record.Key) (record.Key, *link) {
	if named == alias {
		return named, nil
	}
	a, aSeen := f.first[named]
	b, bSeen := f.first[alias]
	to, from := named, alias
	if bSeen && (!aSeen || b.order < a.order) {
		to, from = alias, named
		aSeen, bSeen = bSeen, aSeen
	}
	f.aliases[from] = to
	f.joinConsents(from, to)
	if !bSeen {
		return to, nil
	}
	return to, &link{from: from, to: to}
}

// advance forgets the contacts that were not seen for long.
func (f *front) advance(received int64) {
	day := uint32(received / int64(24*time.Hour))
	if day <= f.day {
		return
	}
	f.day = day
	for k, s := range f.first {
		if s.day+forgetSighting < day {
			f.tally(k, -1)
			delete(f.first, k)
			if _, ok := f.consents[k]; ok {
				f.tally(k, 1)
			}
		}
	}
}

// sight notes that a contact was seen.
func (f *front) sight(k record.Key, source, inbox m.ID, received int64) {
	day := uint32(received / int64(24*time.Hour))
	s, ok := f.first[k]
	if ok && s.day == day {
		return
	}
	s.day = day
	if ok {
		f.first[k] = s
		return
	}
	f.last = max(uint64(received), f.last+1)
	s.order, s.source, s.inbox = f.last, source, inbox
	f.tally(k, -1)
	f.first[k] = s
	f.tally(k, 1)
}

// line counts changes of the business number, its account and its templates.
func (f *front) line(e *record.Event, source, inbox m.ID) {
	scope := f.store.Scope(m.Scope{Source: source, Inbox: inbox})
	f.store.AddOpen(m.AccountEvents, scope, 0, 0, f.names.Admit(m.DictLineEvent, e.LineEvent), 0, 1)
	if e.TemplateName != "" && e.LineState != "" {
		t := template{source, f.names.Admit(m.DictTemplate, e.TemplateName)}
		f.templates[t] = f.names.Admit(m.DictTemplateState, e.LineState)
	}
	switch {
	case e.LineRestricts > 0:
		f.store.Set(m.InboxRestricted, scope, 1)
	case e.LineRestricts < 0:
		f.store.Set(m.InboxRestricted, scope, 0)
	}
}
