// Package config reads the YAML document that says what is watched: strict,
// with working defaults, and with the line of everything that is wrong.
package config

import (
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/audit"
)

// Config is a whole, validated configuration: every default is filled in, every
// secret file read. It comes from Load, Parse or Default, and nobody changes it
// afterwards, so it may be shared.
type Config struct {
	Sources    []Source
	Teams      []Team
	Agents     []Agent
	AgentTimes AgentTimes
	Calendars  []Calendar
	Targets    Targets
	// TargetOverrides are the targets of teams and inboxes that have their own.
	TargetOverrides []TargetOverride
	Conversations   Conversations
	CSAT            CSAT
	Consent         Consent
	Sentiment       Sentiment
	API             API
	Ratios          Ratios
	RequestTypes    RequestTypes
	// Audits are the rules for what human agents write.
	Audits      audit.Settings
	Escalations Escalations
	Labels      Labels
	Segments    Segments
	Transcripts Transcripts
	Privacy     Privacy
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
	// Language of inboxes that are not configured: pt, es, en, or "" for none.
	Language string
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
	// Answers are the statuses of refusals, for vendors that punish anything
	// but 200. Default by provider.
	Answers Answers
	// Proxy is the send proxy (meta), off by default.
	Proxy Proxy
	// Feeds names another source whose threads this one's events belong to: a
	// system of the business's own that reports beside the vendor.
	Feeds string
	// SegmentField names the contact's field, as the provider calls it, that
	// holds the customer's segment; "" for none.
	SegmentField string
	// ConversationURL leads to a conversation in the vendor's own inbox, with
	// placeholders; "" for none.
	ConversationURL string
	// Keys are the provider's own.
	Keys Values
}

// Answers are the HTTP statuses of requests that are refused and that sending
// again cannot help.
type Answers struct {
	// Malformed [400] answers a body that cannot be read or that is too much at
	// once; Unauthorized [401] one that is not signed by the source. Each may be
	// 200 instead.
	Malformed, Unauthorized int
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
	// Language of messages that do not show theirs: pt, es, en, or "" for none;
	// where it is not configured it is the source's.
	Language string
}

// Team is a group of agents; named here its series exist from the first scrape.
// Where no teams are configured, those that inboxes and agents name stand here.
type Team struct{ Name string }

// Agent is a human who answers. Its JSON is part of the journal (FoldConfig).
type Agent struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
	Team string `json:"team,omitempty"`
	// Capacity is how many conversations the agent can have at once, 0 for
	// unknown.
	Capacity uint32 `json:"capacity,omitempty"`
}

// Values of AgentTimes.Label.
const (
	AgentLabelID   = "id"
	AgentLabelHash = "hash"
	AgentLabelOff  = "off"
)

// AgentTimes says how agents are named and their time is judged. Its JSON is
// part of the journal (FoldConfig).
type AgentTimes struct {
	// Label [id] is what stands in the label agent.
	Label string `json:"label"`
	// BusyAfterMessage [3m] is how long an agent's own message keeps him busy.
	BusyAfterMessage time.Duration `json:"busy_after_message"`
	// SessionTimeout [30m] of silence ends a session that no provider reports,
	// and the handling of a conversation whose customer is silent.
	SessionTimeout time.Duration `json:"session_timeout"`
	// UtilizationWindow [1h] is what utilization and load look back on.
	UtilizationWindow time.Duration `json:"utilization_window"`
}

// Calendar is the business hours of some teams and inboxes. Its JSON is part of
// the journal (FoldConfig).
type Calendar struct {
	Name string `json:"name"`
	// Zone is an IANA time zone.
	Zone string `json:"zone"`
	// Weekly are the open blocks by time.Weekday, in order, none overlapping.
	Weekly [7][]Block `json:"weekly"`
	// Holidays are the dates that are otherwise.
	Holidays []Holiday `json:"holidays,omitempty"`
	// Teams and Inboxes are what the calendar is for; where a list is empty,
	// all of them.
	Teams   []string `json:"teams,omitempty"`
	Inboxes []string `json:"inboxes,omitempty"`
}

// Block is an open stretch of a local day, in minutes from its midnight; To is
// after From and at most 1440.
type Block struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// Holiday is a date (2006-01-02) with hours of its own; without any it is
// closed.
type Holiday struct {
	Date   string  `json:"date"`
	Blocks []Block `json:"blocks,omitempty"`
}

// TargetOverride is what a team, an inbox or a team in an inbox has to meet
// instead. Its JSON is part of the journal (FoldConfig); nil is the general
// target.
type TargetOverride struct {
	Team             string         `json:"team,omitempty"`
	Inbox            string         `json:"inbox,omitempty"`
	FirstResponse    *time.Duration `json:"first_response,omitempty"`
	Resolution       *time.Duration `json:"resolution,omitempty"`
	NegativeResponse *time.Duration `json:"negative_response,omitempty"`
	CSAT             *float64       `json:"csat,omitempty"`
	FCR              *float64       `json:"fcr,omitempty"`
	UtilizationMin   *float64       `json:"utilization_min,omitempty"`
	UtilizationMax   *float64       `json:"utilization_max,omitempty"`
	Containment      *float64       `json:"containment,omitempty"`
}

// CSAT says how surveys are read. Its JSON is part of the journal (FoldConfig).
type CSAT struct {
	// OpenFor [24h] is how long a bare number answers a survey.
	OpenFor time.Duration `json:"open_for"`
	// SatisfiedMin [4] is the score from which a customer is satisfied.
	SatisfiedMin int `json:"satisfied_min"`
	// Scales other than 1 to 5; where one is not listed its scores are spread
	// evenly.
	Scales []Scale `json:"scales,omitempty"`
}

// Scale maps the scores of a scale that ends at Scale to 1 to 5.
type Scale struct {
	Scale  int         `json:"scale"`
	Scores map[int]int `json:"scores"`
}

// Consent says by which words a customer agrees to be written to or refuses it:
// RE2, matched against the whole folded message.
type Consent struct {
	OptInPatterns, OptOutPatterns []string
}

// Sentiment says how customers' messages are judged.
type Sentiment struct {
	Enabled bool // [true]
	// What messages that hold one of them are, whatever else they say; negative
	// goes before positive.
	NegativePatterns, PositivePatterns []string
}

// Ratios bounds the ratio gauges.
type Ratios struct {
	Window time.Duration // [24h]
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
	// Labels are the provider labels that are counted.
	Labels []string
}

// OtherRequestType is the request type of whatever no other one fits.
const OtherRequestType = "other"

// GreetingRequestType is that of customers who only greet: a later message that
// says what it is about goes before it.
const GreetingRequestType = "greeting"

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
	// Keywords (words and phrases) and Patterns (RE2, found anywhere in the
	// folded message) find the type in what customers write, before any built-in
	// rule. They act at intake and are no part of the fold.
	Keywords []TextRule `json:"-"`
	Patterns []TextRule `json:"-"`
	// OwnOnly: the built-in rules of a type of this name are left out.
	OwnOnly bool `json:"-"`
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
	// AccessLog is the file to which full reads and erasures are written, one JSON
	// object a line. Empty for access.log in the journal's folder.
	AccessLog string
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
