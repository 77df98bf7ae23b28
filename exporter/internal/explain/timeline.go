package explain

import (
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/conversation"
)

// Timeline is how a conversation went. Its JSON's field names are kept.
type Timeline struct {
	ID string `json:"id"`
	// What is known of it in the end; empty strings are not.
	Source      string `json:"source"`
	Inbox       string `json:"inbox"`
	Team        string `json:"team"`
	RequestType string `json:"request_type"`
	Trigger     string `json:"trigger"`
	Owner       string `json:"owner"`
	Agent       string `json:"agent"`
	State       string `json:"state"`
	// Opened is nil where BeganEarlier; Closed is nil while it is open, and
	// where it was closed before the first record.
	Opened   *time.Time `json:"opened"`
	Closed   *time.Time `json:"closed"`
	ClosedBy string     `json:"closed_by"`
	// FirstResponse is the headline figure in seconds, nil without one.
	FirstResponse *float64 `json:"first_response_seconds"`
	// BeganEarlier: it began before the first record that was folded; what
	// happened until then is not among the steps.
	BeganEarlier bool `json:"began_earlier"`
	// AsOf is the receive time up to which was folded.
	AsOf time.Time `json:"as_of"`
	// Steps in the order in which they took effect; LeftOut is how many more
	// there were.
	Steps   []Step `json:"steps"`
	LeftOut int    `json:"left_out"`
}

// Step is one thing that happened.
type Step struct {
	// Time dates it, Received is when it took effect.
	Time     time.Time `json:"time"`
	Received time.Time `json:"received"`
	// Kind is the event's kind, or "time" for what comes due by itself.
	Kind    string   `json:"kind"`
	What    string   `json:"what"`
	Changes []Change `json:"changes"`
	Counted []Count  `json:"counted"`
	// Place is where the event stood, nil for what time alone did.
	Place *conversation.Position `json:"-"`
}

// KindTime is the Kind of steps without an event.
const KindTime = "time"

// Change is one thing about the conversation that is different after a step.
type Change struct {
	// About is one of the constants below, Text says it in words.
	About string `json:"about"`
	Text  string `json:"text"`
}

// What changes are about.
const (
	AboutConversation  = "conversation"
	AboutTrigger       = "trigger"
	AboutRequestType   = "request_type"
	AboutOwner         = "owner"
	AboutTeam          = "team"
	AboutAgent         = "agent"
	AboutState         = "state"
	AboutHeadline      = "headline_clock"
	AboutTurn          = "turn"
	AboutNegative      = "negative_clock"
	AboutAssignment    = "assignment_clock"
	AboutResolution    = "resolution"
	AboutPending       = "pending"
	AboutServiceWindow = "service_window"
	AboutEscalation    = "escalation"
	AboutTimeout       = "timeout"
	AboutSurvey        = "survey"
	AboutOutcome       = "outcome"
	AboutOrder         = "order"
)

// Count is one thing that was counted: a counter's increase, or what a
// histogram observed.
type Count struct {
	Metric string            `json:"metric"`
	Type   string            `json:"type"` // counter or histogram
	Labels map[string]string `json:"labels"`
	Value  float64           `json:"value"`
	names  []string          // of the labels, in the family's order
}
