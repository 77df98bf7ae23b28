// Package intake turns canonical events into what the journal stores:
// everything that the fold needs of a text becomes a flag here, once; contacts
// become keyed hashes; what is personal is set apart to be sealed. Server and
// replay pass their events through the same Intake, so both count the same.
//
// An Intake may be used concurrently. All that it learns is in which language
// contacts write.
package intake

import (
	"encoding/binary"
	"fmt"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/audit"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/consistency"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/privacy"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/segment"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/text"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/understand"
)

// Intake prepares events.
type Intake struct {
	master *privacy.Master
	code   func(string) string
	// Patterns for folded messages of customers.
	closing, person, optIn, optOut *text.Matcher
	understand                     *understand.Analyzer
	auditor                        *audit.Auditor
	// spoken remembers in which language contacts wrote; usual are those of the
	// inboxes.
	spoken  *understand.Memory[record.Key]
	usual   map[string]languages
	signer  *consistency.Signer
	segment Segments
}

// Segments gives the segment of a contact that goes by contact and perhaps
// alias, "" where there is none; said is what the provider says of it. It is
// called concurrently.
type Segments func(source, contact, alias, said string) string

// New compiles the patterns of cfg. code maps a provider's failure code to
// itself where it is documented, to "other" where not.
func New(cfg *config.Config, master *privacy.Master, code func(string) string) (*Intake, error) {
	in := &Intake{master: master, code: code}
	for _, m := range []struct {
		name     string
		patterns []string
		whole    bool
		to       **text.Matcher
	}{
		{"conversations.closing_patterns", cfg.Conversations.ClosingPatterns, true, &in.closing},
		{"escalations.request_phrases", cfg.Escalations.RequestPhrases, false, &in.person},
		{"consent.opt_in_patterns", cfg.Consent.OptInPatterns, true, &in.optIn},
		{"consent.opt_out_patterns", cfg.Consent.OptOutPatterns, true, &in.optOut},
	} {
		var err error
		if *m.to, err = text.NewMatcher(m.patterns, m.whole); err != nil {
			return nil, fmt.Errorf("%s: %w", m.name, err)
		}
	}
	var err error
	if in.understand, err = understand.New(cfg.RequestTypes, cfg.Sentiment); err != nil {
		return nil, err
	}
	if in.auditor, err = audit.New(cfg.Audits); err != nil {
		return nil, fmt.Errorf("audits: %w", err)
	}
	in.spoken, in.usual = &understand.Memory[record.Key]{}, usualLanguages(cfg)
	seed := master.Derive("consistency signatures v1")
	in.signer = consistency.NewSigner(binary.LittleEndian.Uint64(seed[:]))
	table := segment.New(cfg.Segments, master.Contact)
	in.segment = func(source, contact, alias, said string) string {
		name, _ := table.Lookup(source, contact, alias, said)
		return name
	}
	return in, nil
}

// WithSegments gives an Intake that asks s instead of going by the configuration
// alone.
func (in *Intake) WithSegments(s Segments) *Intake {
	other := *in
	other.segment = s
	return &other
}

// Prepare fills dst with what the fold reads of e; Sealed and KeyRef are left
// empty. dst's Labels alias e's.
func (in *Intake) Prepare(e *event.Event, dst *record.Event) {
	*dst = record.Event{
		Dedup:            record.DedupHash(e.Source, e.ID),
		Time:             e.Time.UnixNano(),
		Kind:             e.Kind,
		Derived:          e.Derived,
		Source:           e.Source,
		Inbox:            e.Inbox,
		Contact:          in.master.Contact(e.Source, e.Contact),
		Actor:            e.Actor,
		Agent:            record.Agent{ID: e.Agent.ID, Name: e.Agent.Name, Team: e.Agent.Team, Capacity: uint32(max(0, e.Agent.Capacity))},
		MessageType:      event.MessageTypeIndex(e.Message.Type),
		TemplateName:     e.Message.Template.Name,
		TemplateCategory: e.Message.Template.Category,
		Status:           e.Status,
		State:            e.State,
		Score:            e.Score,
		HasScore:         e.HasScore,
		Scale:            e.Scale,
		Survey:           e.Survey,
		Consent:          e.Consent,
		RequestType:      e.RequestType,
		Labels:           e.Labels,
		Reason:           e.Reason,
	}
	if e.Contact != "" {
		dst.Segment = in.segment(e.Source, e.Contact, e.Alias, e.Segment)
	}
	if e.Alias != "" {
		dst.Alias = in.master.Contact(e.Source, e.Alias)
	}
	if e.Message.ID != "" {
		dst.Message = record.DedupHash(e.Source, e.Message.ID)
	}
	if e.Into != "" {
		dst.Into = record.DedupHash(e.Source, e.Into)
	}
	switch e.Kind {
	case event.MessageReceived:
		in.classify(e, dst)
	case event.MessageSent:
		in.answer(e, dst)
	case event.MessageStatus:
		if e.Status == event.StatusFailed {
			dst.Error = in.code(e.Error)
		}
	case event.LineChanged:
		dst.LineEvent, dst.LineRestricts = e.Line.Event, e.Line.Restricted
		dst.TemplateName, dst.LineState = e.Line.Template, e.Line.TemplateState
	}
}
