package recount

import (
	"slices"
	"time"
)

// Settings are the parts of a configuration that the definitions name. The
// oracle has a type of its own so that a mistake in reading the configuration
// cannot hide in both implementations.
type Settings struct {
	Sources []Source
	// Agents gives the configured team of an agent's id; it goes before the
	// team that an event names.
	Agents map[string]string

	FirstResponse    time.Duration
	Resolution       time.Duration
	NegativeResponse time.Duration

	ReopenWindow     time.Duration
	ThanksCloseAfter time.Duration
	LatenessGrace    time.Duration
	DecideWithin     time.Duration

	RequestTypes []RequestType
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
	IsNegative    func(text string) bool
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
		Agents:           map[string]string{},
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
	if team := s.Agents[id]; id != "" && team != "" {
		return team
	}
	return named
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
