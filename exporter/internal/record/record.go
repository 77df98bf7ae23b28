// Package record holds what the journal stores: commits of batches of sealed
// events, configuration and ticks, and their encoding. It is the only form in
// which events reach the fold, so whatever the fold needs of a text was
// computed before (package intake) and stands here as a flag.
//
// The encoding is protobuf (journal.proto beside this file is its schema); a
// record written by an older version stays readable.
package record

import "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"

// Key identifies a contact within its source: a keyed hash, so that nobody
// without the key file can tell whose it is. The zero Key is no contact.
type Key [16]byte

// Flags are the findings about one message that the fold needs.
type Flags uint16

// Flags of a message; stored, so only ever appended to.
const (
	// ClosingPhrase: the whole message is a closing phrase ("obrigado").
	ClosingPhrase Flags = 1 << iota
	// AsksForPerson: the customer asks for a person or a supervisor.
	AsksForPerson
	// Negative and Positive are the sentiment; neither is neutral.
	Negative
	Positive
	// Classified: the text was looked at for its sentiment.
	Classified
	// Rated: the whole message is a rating, which is Score; HasScore is false.
	// Whether it answers a survey is the fold's to say.
	Rated
	// OptIn and OptOut: the whole message gives or withdraws consent.
	OptIn
	OptOut
	// TypeByText: RequestType is the classifier's, and decides nothing that is
	// decided.
	TypeByText
	// Greets: that type is that of a mere greeting; it decides only when nothing
	// else has by the time at which the type is decided.
	Greets
)

// Event is one sealed event.
type Event struct {
	// Dedup is the 64-bit hash of the source's name and the event's id.
	Dedup uint64
	// Time is the event time in Unix nanoseconds.
	Time    int64
	Kind    event.Kind
	Derived bool
	Source  string
	// OtherChannel is the name of a channel that does not count; such an
	// event is kept for the transcript's sake only and never journalled.
	Inbox   string
	Contact Key
	Alias   Key
	Actor   event.Actor
	Agent   Agent
	// Message is the 64-bit hash of source and message id, 0 without one.
	Message uint64
	// MessageType is an index into event.MessageTypes.
	MessageType      uint8
	TemplateName     string
	TemplateCategory string
	Status           event.Status
	// Error is a documented failure code or "other".
	Error string
	State event.Presence
	// Score is the provider's where HasScore, else a rating that was read from
	// the text where Flags has Rated.
	Score       float64
	HasScore    bool
	Scale       float64
	Survey      event.Survey
	Consent     event.Consent
	RequestType string
	Labels      []string
	Reason      string
	// Segment of the customer, one of the configured ones or empty.
	Segment string
	// Into is the 64-bit hash of source and merge target, 0 without one.
	Into          uint64
	LineEvent     string
	LineState     string
	LineRestricts int8
	Flags         Flags
	// Signature stands for a customer's question or a human's answer (package
	// consistency); empty where the text says too little to be compared. After
	// Decode it aliases the record.
	Signature []byte
	// Traits are what audit rules have to know of the text (package audit).
	Traits uint64
	// Sealed holds texts, names and raw ids, encrypted with the contact's
	// key; empty where there is nothing personal.
	Sealed []byte
	// KeyRef is where the contact's key stands in the keys log.
	KeyRef KeyRef
}

// KeyRef names a sealing key: the sequence of a message in the keys log and
// the key's index in it. The zero KeyRef is no key.
type KeyRef struct {
	Seq   uint64
	Index uint32
}

// Agent is an agent as the event named it.
type Agent struct {
	ID, Name, Team string
	Capacity       uint32
}

// Kind says what a batch holds.
type Kind uint8

// Kinds of batches; stored, so only ever appended to.
const (
	KindInvalid Kind = iota
	// KindEvents: the events of one request.
	KindEvents
	// KindConfig: the configuration that the fold goes by from here on.
	KindConfig
	// KindTick: nothing happened, time passed.
	KindTick
	// KindFetch: work for a fetcher of a provider with thin events.
	KindFetch
	// KindOutbox: something to be sent.
	KindOutbox
	// KindRollback: the state was restored to an earlier one; created times
	// begin anew here.
	KindRollback
)

// Batch is what one request, tick or configuration change contributes.
type Batch struct {
	Kind Kind
	// Received is the receive time in Unix nanoseconds, never below that of
	// any batch before it in the journal.
	Received int64
	Events   []Event
	// Config is the fold's configuration as JSON (KindConfig).
	Config []byte
}

// Commit is one journal record: the batches that were written together.
type Commit struct {
	Batches []Batch
}
