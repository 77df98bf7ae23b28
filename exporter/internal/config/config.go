// Package config reads the YAML document that says what is watched: strict,
// with working defaults, and with the line of everything that is wrong.
package config

import "time"

// Config is a whole, validated configuration: every default is filled in, every
// secret file read. It comes from Load, Parse or Default, and nobody changes it
// afterwards, so it may be shared.
type Config struct {
	Sources       []Source
	Teams         []Team
	Agents        []Agent
	Targets       Targets
	Conversations Conversations
	RequestTypes  RequestTypes
	Escalations   Escalations
	Labels        Labels
	Privacy       Privacy
}

// Source is one configured webhook sender.
type Source struct {
	// Name stands in the URL (/webhooks/<name>) and in the label source.
	Name string
	// Provider is a name of the table of providers (Facts).
	Provider string
	// Secret authenticates the sender: Meta's app secret, the bearer token of
	// the events provider.
	Secret Secret
	// VerifyToken answers the vendor's handshake (meta).
	VerifyToken Secret
	// Inboxes is the allow-list; empty means every inbox counts.
	Inboxes []Inbox
	// Channels that count; default whatsapp.
	Channels []string
	// Bot: conversations of this source's inboxes start owned by a bot.
	Bot bool
	// Resolves: the provider sends resolve events. Default by provider.
	Resolves bool
	// ServiceWindow [24h] after the last customer message.
	ServiceWindow time.Duration
	// CloseAfter without a message; default Conversations.CloseAfter where
	// the source resolves, else 2h.
	CloseAfter time.Duration
	// EchoActor is who wrote an echoed message (meta; default human): one of
	// human, bot, system, unknown.
	EchoActor string
	// MalformedStatus is the answer to a body that cannot be read [400]; 200
	// for vendors that punish anything else.
	MalformedStatus int
	// Proxy is the send proxy (meta), off by default.
	Proxy Proxy
	// Feeds names another source whose threads this one's events belong to: a
	// system of the business's own that reports beside the vendor.
	Feeds string
}

// Proxy forwards sends to the vendor and records them.
type Proxy struct {
	Enabled bool
	// GraphURL is the vendor's base URL [https://graph.facebook.com], without
	// a slash at its end.
	GraphURL string
	// Token is what senders present in the header X-Helpdesk-Token.
	Token Secret
}

// Inbox is a business number or provider inbox.
type Inbox struct {
	ID string
	// Team of conversations that nobody is assigned to; "" for none.
	Team string
	// Bot overrides the source's; where it is not configured it is the source's.
	Bot bool
}

// Team is a group of agents; named here its series exist from the first scrape.
// Where no teams are configured, those that inboxes and agents name stand here.
type Team struct{ Name string }

// Agent is a human who answers. Its JSON is part of the journal (FoldConfig).
type Agent struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
	Team string `json:"team,omitempty"`
}

// Targets are the durations and shares to be met. Their JSON is part of the
// journal (FoldConfig); durations are nanoseconds there.
type Targets struct {
	FirstResponse    time.Duration `json:"first_response"`    // [60s]
	Resolution       time.Duration `json:"resolution"`        // [300s]
	NegativeResponse time.Duration `json:"negative_response"` // [180s]
	CSAT             float64       `json:"csat"`              // [0.85]
	FCR              float64       `json:"fcr"`               // [0.80]
	UtilizationMin   float64       `json:"utilization_min"`   // [0.85]
	UtilizationMax   float64       `json:"utilization_max"`   // [0.90]
	Containment      float64       `json:"containment"`       // [0.70]
}

// Conversations says how threads are cut into conversations.
type Conversations struct {
	CloseAfter       time.Duration // [24h]
	ReopenWindow     time.Duration // [24h]
	ClosingPatterns  []string      // RE2, matched against the whole folded message
	ThanksCloseAfter time.Duration // [10m]
	LatenessGrace    time.Duration // [5s]
}

// OtherRequestType is the request type of whatever no other one fits.
const OtherRequestType = "other"

// RequestTypes are what customers ask for.
type RequestTypes struct {
	// Types holds OtherRequestType exactly once, configured or not.
	Types []RequestType
	// DecideWithin [60s] of the opening.
	DecideWithin time.Duration
}

// RequestType is one primary type, with the provider labels that mean it. Its
// JSON is part of the journal (FoldConfig).
type RequestType struct {
	Name   string   `json:"name"`
	Labels []string `json:"labels,omitempty"`
}

// Escalations says what has to be escalated.
type Escalations struct {
	// Top is how many escalated conversations are named per team [20].
	Top int
	// RequestPhrases by which a customer asks for a person; RE2, found
	// anywhere in the folded message.
	RequestPhrases []string
}

// Labels bounds label values.
type Labels struct {
	MaxValues int // [200]
}

// Privacy names the key file.
type Privacy struct {
	// KeyFile [<journal.dir>/privacy.key], made at first start. Empty where it
	// is not configured: the default needs the journal's folder, which is not
	// this package's.
	KeyFile string
}

// Secret is a value that never prints.
type Secret string

const masked = "<secret>"

// String hides the value.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return masked
}

// GoString hides the value.
func (s Secret) GoString() string { return s.String() }

// MarshalText hides the value.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
