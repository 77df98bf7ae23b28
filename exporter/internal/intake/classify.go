package intake

import (
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/text"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/understand/topic"
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
	in.place(e, folded, dst)
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
	if sig, ok := in.signer.Answer(text.Fold(e.Message.Text)); ok {
		dst.Signature = sig[:]
	}
}

// place says what the customer asks for, where the provider has not said.
func (in *Intake) place(e *event.Event, folded string, dst *record.Event) {
	if e.RequestType != "" {
		return
	}
	r := in.topics.Classify(folded, "", topic.Asks(e.Message.Text))
	if r.Type == "" {
		return
	}
	dst.RequestType = r.Type
	dst.Flags |= record.TypeByText
	if r.Opening {
		dst.Flags |= record.Greets
	}
}
