package recount

import (
	"slices"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/audit"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

// Settings are the parts of a configuration that the definitions name. The
// oracle has a type of its own so that a mistake in reading the configuration
// cannot hide in both implementations.
type Settings struct {
	Sources []Source
	// Agents are the configured ones; what is set here goes before what an
	// event says.
	Agents     []Agent
	AgentTimes AgentTimes

	FirstResponse    time.Duration
	Resolution       time.Duration
	NegativeResponse time.Duration
	// Overrides of the three targets above.
	Overrides []Override

	Calendars    []Calendar
	CSAT         CSAT
	RatiosWindow time.Duration

	ReopenWindow     time.Duration
	ThanksCloseAfter time.Duration
	LatenessGrace    time.Duration
	DecideWithin     time.Duration

	RequestTypes []RequestType
	// ConversationLabels are the provider labels that are counted.
	ConversationLabels []string
	// Segments of customers that are a label.
	Segments []string
	// FailureCodes are the documented codes; every other one is "other".
	FailureCodes []string
	// MaxValues caps each label whose values come from events.
	MaxValues int
	// Top bounds the escalated conversations that are named one by one. That
	// family holds opaque ids and is not recounted; the value is here so that
	// a history says which configuration it was made for.
	Top int

	// What is found in a customer's text. nil finds nothing.
	IsClosing     func(text string) bool
	AsksForPerson func(text string) bool
	// Topic is the request type that a text is placed in, "" for none.
	Topic func(text string) string
	// Sentiment is negative, neutral, positive, or "" where none was looked for.
	Sentiment func(text string) string
	// Rating reads a text that is nothing but a number of 0 to 100.
	Rating        func(text string) (int, bool)
	OptIn, OptOut func(text string) bool
	// Signature stands for a question or an answer, nil for one that says too
	// little to be compared.
	Signature func(text string, answer bool) []byte
	// Traits are those of a message (package audit), Audits the rules.
	Traits func(e event.Event) uint64
	Audits audit.Policy
}

// Agent is a configured agent; an empty name or team and a capacity of 0 leave
// it to the events.
type Agent struct {
	ID, Name, Team string
	Capacity       int
}

// AgentTimes are the settings of section 7.
type AgentTimes struct {
	// Label is how agents are named: "id", "hash" or "off". With "hash" the
	// label is what Hash gives.
	Label string
	Hash  func(id string) string

	BusyAfterMessage  time.Duration
	SessionTimeout    time.Duration
	UtilizationWindow time.Duration
}

// CSAT are the settings of section 6. Scales maps scores of scales other than
// that of 1 to 5, by the scale's end.
type CSAT struct {
	OpenFor      time.Duration
	SatisfiedMin int
	Scales       map[int]map[int]int
}

// Source is one webhook sender.
type Source struct {
	Name string
	// Resolves: the provider sends resolve events.
	Resolves      bool
	ServiceWindow time.Duration
	CloseAfter    time.Duration
	Inboxes       []Inbox
}

// Inbox is a business number. One that is not listed has neither team nor bot.
type Inbox struct {
	ID, Team string
	Bot      bool
}

// RequestType is one of the configured types, with the provider labels that
// mean it. "other" need not be listed.
type RequestType struct {
	Name   string
	Labels []string
}

// Defaults are the definitions' bracketed values for one source "events" that
// sends resolve events and has the inbox "i1" without team or bot.
func Defaults() Settings {
	return Settings{
		Sources: []Source{{
			Name:          "events",
			Resolves:      true,
			ServiceWindow: 24 * time.Hour,
			CloseAfter:    24 * time.Hour,
			Inboxes:       []Inbox{{ID: "i1"}},
		}},
		AgentTimes: AgentTimes{Label: "id", BusyAfterMessage: 3 * time.Minute,
			SessionTimeout: 30 * time.Minute, UtilizationWindow: time.Hour},
		CSAT:             CSAT{OpenFor: 24 * time.Hour, SatisfiedMin: 4},
		RatiosWindow:     24 * time.Hour,
		FirstResponse:    60 * time.Second,
		Resolution:       300 * time.Second,
		NegativeResponse: 180 * time.Second,
		ReopenWindow:     24 * time.Hour,
		ThanksCloseAfter: 10 * time.Minute,
		LatenessGrace:    5 * time.Second,
		DecideWithin:     60 * time.Second,
		MaxValues:        200,
		Top:              20,
	}
}

func (s Settings) source(name string) (Source, bool) {
	for _, src := range s.Sources {
		if src.Name == name {
			return src, true
		}
	}
	return Source{}, false
}

func (s Source) inbox(id string) Inbox {
	for _, in := range s.Inboxes {
		if in.ID == id {
			return in
		}
	}
	return Inbox{ID: id}
}

// agentTeam is the team of an agent: the configuration first, else the event.
func (s Settings) agentTeam(id, named string) string {
	if team := s.agent(id).Team; team != "" {
		return team
	}
	return named
}

// agent is the configuration of an agent, empty where there is none.
func (s Settings) agent(id string) Agent {
	for _, a := range s.Agents {
		if a.ID == id && id != "" {
			return a
		}
	}
	return Agent{ID: id}
}

// topic is what a customer's text is placed in, if it is a configured type.
func (s Settings) topic(e event.Event) string {
	if s.Topic == nil || e.Kind != event.MessageReceived {
		return ""
	}
	return s.requestType(s.Topic(e.Message.Text), nil)
}

func (s Settings) sentiment(text string) string {
	if s.Sentiment == nil {
		return ""
	}
	return s.Sentiment(text)
}

// requestType maps what the provider says to a configured type; "" where it
// says nothing that is configured.
func (s Settings) requestType(named string, labels []string) string {
	if named != "" {
		if named == otherType {
			return otherType
		}
		for _, t := range s.RequestTypes {
			if t.Name == named || slices.Contains(t.Labels, named) {
				return t.Name
			}
		}
	}
	for _, l := range labels {
		for _, t := range s.RequestTypes {
			if slices.Contains(t.Labels, l) {
				return t.Name
			}
		}
	}
	return ""
}

func (s Settings) failureCode(code string) string {
	if slices.Contains(s.FailureCodes, code) {
		return code
	}
	return "other"
}

func found(rule func(string) bool, text string) bool { return rule != nil && rule(text) }
