// Package event holds the canonical events: the closed set of things that can
// happen in a WhatsApp helpdesk, independent of the provider that reported
// them. Adapters produce them, the events provider and replay read them as
// JSON, and nothing behind the intake sees them: the journal holds records,
// in which whatever is personal is sealed.
//
// The package does no I/O of its own; beyond the standard library it knows a
// JSON parser only. Values are plain data; who holds one may change it.
package event

import "time"

// Kind says what happened. The zero value is not a kind.
type Kind uint8

// The closed set of kinds (DEFINITIONS section 12). Journal records store the
// numbers, so they are only ever appended to.
const (
	KindInvalid Kind = iota
	MessageReceived
	MessageSent
	MessageStatus
	ConversationOpened
	ConversationAssigned
	ConversationHandoff
	ConversationHandback
	ConversationPending
	ConversationResolved
	ConversationLabeled
	ConversationMerged
	SurveySent
	SurveyAnswered
	AgentState
	ConsentChanged
	ContactLinked
	NoteAdded
	LineChanged
	kindEnd
)

// Kinds lists every kind's name, indexed by Kind; index 0 is empty.
var Kinds = [...]string{
	MessageReceived:      "message.received",
	MessageSent:          "message.sent",
	MessageStatus:        "message.status",
	ConversationOpened:   "conversation.opened",
	ConversationAssigned: "conversation.assigned",
	ConversationHandoff:  "conversation.handoff",
	ConversationHandback: "conversation.handback",
	ConversationPending:  "conversation.pending",
	ConversationResolved: "conversation.resolved",
	ConversationLabeled:  "conversation.labeled",
	ConversationMerged:   "conversation.merged",
	SurveySent:           "survey.sent",
	SurveyAnswered:       "survey.answered",
	AgentState:           "agent.state",
	ConsentChanged:       "consent.changed",
	ContactLinked:        "contact.linked",
	NoteAdded:            "note.added",
	LineChanged:          "line.changed",
}

func (k Kind) String() string {
	if int(k) < len(Kinds) && k != KindInvalid {
		return Kinds[k]
	}
	return "invalid"
}

// Valid tells whether k is one of the closed set.
func (k Kind) Valid() bool { return k > KindInvalid && k < kindEnd }

// Actor is who wrote a message or resolved a conversation. The zero value is
// ActorUnknown: an author is only named where the provider names one.
type Actor uint8

// Actors; journal records store the numbers.
const (
	ActorUnknown Actor = iota
	ActorCustomer
	ActorHuman
	ActorBot
	ActorSystem
	actorEnd
)

// Actors lists every actor's name, indexed by Actor.
var Actors = [...]string{"unknown", "customer", "human", "bot", "system"}

func (a Actor) String() string {
	if a < actorEnd {
		return Actors[a]
	}
	return "unknown"
}

// Status is the delivery state of an outgoing message.
type Status uint8

// Statuses; journal records store the numbers.
const (
	StatusNone Status = iota
	StatusSent
	StatusDelivered
	StatusRead
	StatusFailed
	statusEnd
)

// Statuses lists every status's name, indexed by Status; index 0 is empty.
var Statuses = [...]string{"", "sent", "delivered", "read", "failed"}

func (s Status) String() string {
	if s < statusEnd {
		return Statuses[s]
	}
	return ""
}

// Presence is an agent's state as the provider reports it.
type Presence uint8

// Presences; journal records store the numbers.
const (
	PresenceNone Presence = iota
	PresenceAvailable
	PresenceAway
	PresenceOffline
	presenceEnd
)

// Presences lists every presence's name, indexed by Presence; index 0 is empty.
var Presences = [...]string{"", "available", "away", "offline"}

// Survey is the kind of a satisfaction survey.
type Survey uint8

// Surveys; journal records store the numbers.
const (
	SurveyCSAT Survey = iota
	SurveyNPS
	surveyEnd
)

// Surveys lists every survey kind's name, indexed by Survey.
var Surveys = [...]string{"csat", "nps"}

// Consent is what a contact has agreed to.
type Consent uint8

// Consents; journal records store the numbers.
const (
	ConsentNone Consent = iota
	ConsentOptedIn
	ConsentConfirmed
	ConsentOptedOut
	consentEnd
)

// Consents lists every consent's name, indexed by Consent; index 0 is empty.
var Consents = [...]string{"", "opted_in", "confirmed", "opted_out"}

// MessageTypes is the closed list behind the label `kind` of
// helpdesk_messages_total. A type that is not in it counts as "other"; a
// message without a type is a text.
var MessageTypes = [...]string{
	"text", "image", "video", "audio", "document", "sticker", "location", "contacts",
	"interactive", "button", "order", "template", "unsupported", "other",
}

// MessageTypeIndex gives the place of a type in MessageTypes.
func MessageTypeIndex(name string) uint8 {
	if name == "" {
		return 0
	}
	for i, t := range MessageTypes {
		if t == name {
			return uint8(i)
		}
	}
	return uint8(len(MessageTypes) - 1)
}

// NoMessage tells reactions, edits and deletions, which are no messages in or out
// whatever they are sent as (DEFINITIONS section 1). Adapters make no events of
// them; who sends canonical events may.
func (e *Event) NoMessage() bool {
	if e.Kind != MessageReceived && e.Kind != MessageSent {
		return false
	}
	switch e.Message.Type {
	case "reaction", "edit", "edited", "delete", "deleted", "deletion", "revoke", "revoked":
		return true
	}
	return false
}

// Event is one canonical event, as DEFINITIONS section 12 lists its fields.
// Contact, Alias, ContactName, Conversation and Message.Text are personal:
// they never reach a log line, a label or an error text.
type Event struct {
	// ID is unique in the source; a second event with it within 7 days is
	// dropped.
	ID string
	// Time is the event time, the provider's clock; never zero.
	Time time.Time
	Kind Kind
	// Source is the configured name of the sender; set by the server, read
	// from the file by replay.
	Source string
	// Received is when the event reached the exporter; zero where the reader
	// of the event is to decide.
	Received time.Time
	// Channel is "" for WhatsApp.
	Channel string
	Inbox   string
	// Contact is a phone, BSUID or provider id of the customer.
	Contact     string
	ContactName string
	// Conversation is the provider's own id.
	Conversation string
	Actor        Actor
	Agent        Agent
	Message      Message
	Status       Status
	// Error is the provider's failure code of a failed message.
	Error string
	State Presence
	// Score is the survey's answer on a scale that ends at Scale; HasScore
	// tells an answer of 0 from none.
	Score    float64
	HasScore bool
	Scale    float64
	Survey   Survey
	Consent  Consent
	// RequestType is the provider's own type for the conversation.
	RequestType string
	Labels      []string
	// Segment is what kind of customer the contact is, in the provider's words.
	Segment string
	// Reason is why a handoff or a change of the line happened.
	Reason string
	// Into is the conversation that a merged one went into.
	Into string
	// Alias is a second id of Contact. On contact.linked it is the event's
	// whole meaning; an adapter may set it on any event that carries both ids.
	Alias string
	// Line says what changed about the business number (line.changed).
	Line Line
	// Derived marks an event that the adapter inferred from another one and
	// repeats on purpose (Meta: each status of a message implies the message).
	// Its duplicates are dropped without being counted as the provider's.
	Derived bool
}

// Agent is a human on the business's side.
type Agent struct {
	ID, Name, Team string
	// Capacity is how many conversations the agent takes at once; 0 unknown.
	Capacity int
}

// Message is what was said.
type Message struct {
	ID, Type, Text, ReplyTo string
	Template                Template
}

// Template is a pre-approved message of the business.
type Template struct{ Name, Category string }

// Line is a change of the business number, its account or a template
// (DEFINITIONS section 10, the line itself). In the canonical JSON its three
// fields are written as `reason` (Event), `message.template.name` (Template)
// and `state` (State); see the JSON decoder.
type Line struct {
	// Event names what the provider reported, in lower snake case
	// ("account_restriction", "phone_number_flagged").
	Event string
	// Restricted is +1 where the number can no longer write, -1 where it can
	// again, 0 where the event says neither.
	Restricted int8
	// Template and TemplateState are set where a template changed its state.
	Template, TemplateState string
}
