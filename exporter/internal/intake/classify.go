package intake

import (
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/audit"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/text"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/understand"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/understand/sentiment"
)

// Types of messages that may be a rating; the caption of a picture is none.
var (
	typeText        = event.MessageTypeIndex("text")
	typeInteractive = event.MessageTypeIndex("interactive")
	typeButton      = event.MessageTypeIndex("button")
)

// classify sets what the fold has to know of a customer's text.
func (in *Intake) classify(e *event.Event, dst *record.Event) {
	s := e.Message.Text
	if s == "" {
		return
	}
	folded := text.Fold(s)
	in.analyze(e, folded, dst)
	if sig, ok := in.signer.Question(folded); ok {
		dst.Signature = sig[:]
	}
	if in.closing.Match(folded) {
		dst.Flags |= record.ClosingPhrase
	}
	if in.person.Match(folded) {
		dst.Flags |= record.AsksForPerson
	}
	switch {
	case in.optOut.Match(folded):
		dst.Flags |= record.OptOut
	case in.optIn.Match(folded):
		dst.Flags |= record.OptIn
	}
	// A score of the provider's is the answer; and whoever asks for a person
	// ("1. Falar com um atendente") is to be seen, whatever the number.
	if e.HasScore || dst.Flags&record.AsksForPerson != 0 {
		return
	}
	var value int
	var ok bool
	switch dst.MessageType {
	case typeText:
		value, ok = text.Rating(s, folded)
	case typeInteractive, typeButton:
		value, ok = text.Choice(s, folded)
	}
	if ok {
		dst.Flags |= record.Rated
		dst.Score = float64(value)
	}
}

// answer sets what the fold has to know of a human's text.
func (in *Intake) answer(e *event.Event, dst *record.Event) {
	if e.Actor != event.ActorHuman || e.Message.Text == "" {
		return
	}
	folded := text.Fold(e.Message.Text)
	if sig, ok := in.signer.Answer(folded); ok {
		dst.Signature = sig[:]
	}
	dst.Traits = uint64(in.auditor.Human(audit.Message{
		Text: e.Message.Text, Folded: folded, Language: understand.Shown(e.Message.Text), ContactName: e.ContactName,
	}))
}

// analyze says how the message sounds and, where the provider has not, what the
// customer asks for.
func (in *Intake) analyze(e *event.Event, folded string, dst *record.Event) {
	known := in.spoken.Known(dst.Contact)
	r := in.understand.Analyze(e.Message.Text, folded, known, in.usual[e.Source].of(e.Inbox))
	if r.Shown {
		in.spoken.Learn(dst.Contact, r.Language)
	}
	shown := ""
	if r.Shown {
		shown = r.Language
	}
	dst.Traits = uint64(in.auditor.Customer(audit.Message{Text: e.Message.Text, Folded: folded, Language: shown}))
	if r.Judged {
		dst.Flags |= record.Classified
		switch r.Sentiment.Label {
		case sentiment.Negative:
			dst.Flags |= record.Negative
		case sentiment.Positive:
			dst.Flags |= record.Positive
		}
	}
	if e.RequestType != "" || r.Topic.Type == "" {
		return
	}
	dst.RequestType = r.Topic.Type
	dst.Flags |= record.TypeByText
	if r.Topic.Opening {
		dst.Flags |= record.Greets
	}
}

// languages are those that a source's customers usually write in.
type languages struct {
	own     string
	inboxes map[string]string
}

func (l languages) of(inbox string) string {
	if own, ok := l.inboxes[inbox]; ok {
		return own
	}
	return l.own
}

// usualLanguages lists them by source.
func usualLanguages(cfg *config.Config) map[string]languages {
	out := make(map[string]languages, len(cfg.Sources))
	for _, s := range cfg.Sources {
		l := languages{own: s.Language, inboxes: make(map[string]string, len(s.Inboxes))}
		for _, in := range s.Inboxes {
			l.inboxes[in.ID] = in.Language
		}
		out[s.Name] = l
	}
	return out
}
