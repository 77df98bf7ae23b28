// Package api is the door to a running exporter for other programs: the types of
// its HTTP API's JSON, and a client. It needs nothing but the standard library.
//
// Times are RFC 3339 in UTC. Durations are seconds. Fields are only ever added.
package api

import "time"

// Prefix is what all paths begin with.
const Prefix = "/api/v1/"

// Limits of answers.
const (
	DefaultLimit = 100
	MaxLimit     = 1000
)

// UserHeader names the person on whose behalf a program asks. It is believed of
// those who present a token, and stands in the access log.
const UserHeader = "X-Grafana-User"

// Failure is the body of every answer whose status is not 2xx.
type Failure struct {
	Error string `json:"error"`
}

// Info says what is asked.
type Info struct {
	Version string `json:"version"`
	// Ready: webhooks are taken and figures are those of now.
	Ready bool     `json:"ready"`
	Paths []string `json:"paths"`
	// Token and Scopes are those of the token that was presented.
	Token  string   `json:"token"`
	Scopes []string `json:"scopes"`
	// Conversations that can be found, and since when.
	Conversations int        `json:"conversations"`
	Since         *time.Time `json:"since,omitempty"`
}

// Conversation is one row. Texts are empty, pointers nil where there is nothing to
// say.
type Conversation struct {
	ID     string `json:"id"`
	Source string `json:"source"`
	Inbox  string `json:"inbox"`
	Team   string `json:"team"`
	// RequestType is empty while it is undecided.
	RequestType string `json:"request_type"`
	// Trigger is inbound, reopen or outbound.
	Trigger string `json:"trigger"`
	// State is bot, waiting, answered, pending or closed; Owner queue, bot or
	// human.
	State string `json:"state"`
	Owner string `json:"owner"`
	// Contact is a keyed hash.
	Contact string `json:"contact"`
	// Agent has it, or had it or wrote last; AgentName only where metrics have
	// names too. Agents are all who wrote.
	Agent     string    `json:"agent"`
	AgentName string    `json:"agent_name"`
	Agents    []string  `json:"agents"`
	Opened    time.Time `json:"opened"`
	// Last is the last message.
	Last   time.Time  `json:"last"`
	Closed *time.Time `json:"closed,omitempty"`
	// ClosedBy is human, bot, api, timeout, thanks or merged.
	ClosedBy string `json:"closed_by"`
	// Waiting is since when the customer waits for an answer.
	Waiting       *time.Time `json:"waiting_since,omitempty"`
	FirstResponse *float64   `json:"first_response_seconds,omitempty"`
	Resolution    *float64   `json:"resolution_seconds,omitempty"`
	// CSAT is the answer to the survey, 1 to 5.
	CSAT *int `json:"csat,omitempty"`
	// Sentiment of the customer's messages: negative, positive, mixed, neutral, or
	// none where there were none.
	Sentiment string   `json:"sentiment"`
	Messages  Messages `json:"messages"`
	// Escalations are the reasons for which it ever was escalated, Escalated those
	// that hold now.
	Escalations []string `json:"escalations"`
	Escalated   []string `json:"escalated"`
	// AuditRules that found something.
	AuditRules []string `json:"audit_rules"`
	// VendorURL leads to it in the vendor's own inbox.
	VendorURL string `json:"vendor_url,omitempty"`
}

// Messages counts them by who wrote.
type Messages struct {
	Customer int `json:"customer"`
	Human    int `json:"human"`
	Bot      int `json:"bot"`
	Other    int `json:"other"`
}

// Conversations is a page.
type Conversations struct {
	Conversations []Conversation `json:"conversations"`
	// Total is how many there are on all pages; of a search, how many were found on
	// this one.
	Total int `json:"total"`
	// Next is the cursor of the next page, empty on the last.
	Next string `json:"next,omitempty"`
	Cut
}

// Cut says that an answer is not whole, and why.
type Cut struct {
	Cut    bool   `json:"cut"`
	Reason string `json:"cut_reason,omitempty"`
}

// Line is one thing in a transcript.
type Line struct {
	// ID is the line's own, of use within an exporter.
	ID           string    `json:"id"`
	Conversation string    `json:"conversation"`
	Time         time.Time `json:"time"`
	// Kind is "message", "wait" (a customer went without a reply for longer than
	// the target), "finding" (of an audit rule), "note", or one of the canonical
	// event kinds, such as "conversation.assigned".
	Kind string `json:"kind"`
	// Role is who did it: customer, agent, bot, system or unknown.
	Role string `json:"role"`
	// Agent as in Conversation. Name is the agent's, or with full texts the
	// customer's.
	Agent string `json:"agent,omitempty"`
	Name  string `json:"name,omitempty"`
	// Type of a message: text, image, audio and so on; Text what it says. Masked:
	// something is hidden in it or may be. Gone says why there is no text: "erased"
	// or "trimmed".
	Type   string `json:"type,omitempty"`
	Text   string `json:"text,omitempty"`
	Masked bool   `json:"masked,omitempty"`
	Gone   string `json:"gone,omitempty"`
	// Status is the furthest that a message of ours came: sent, delivered, read or
	// failed, then with the vendor's Error.
	Status string `json:"status,omitempty"`
	Error  string `json:"error,omitempty"`
	// Sentiment of a customer's message, where it was judged.
	Sentiment string `json:"sentiment,omitempty"`
	// Template is the name of the one that the message was made from.
	Template string `json:"template,omitempty"`
	// Reason of a hand-over, Team that it went to, Labels that were put on.
	Reason string   `json:"reason,omitempty"`
	Team   string   `json:"team,omitempty"`
	Labels []string `json:"labels,omitempty"`
	// Score is the answer to a survey, in its own scale.
	Score *float64 `json:"score,omitempty"`
	// Seconds of a wait; Rule and Severity of a finding.
	Seconds  *float64 `json:"seconds,omitempty"`
	Rule     string   `json:"rule,omitempty"`
	Severity string   `json:"severity,omitempty"`
	// Source, Inbox and RequestType are those of the conversation, where lines of
	// several stand together.
	Source      string `json:"source,omitempty"`
	Inbox       string `json:"inbox,omitempty"`
	RequestType string `json:"request_type,omitempty"`
}

// Kinds of lines that are no events.
const (
	KindMessage = "message"
	KindWait    = "wait"
	KindFinding = "finding"
	KindNote    = "note"
)

// Transcript is what was said and done in a conversation, in order.
type Transcript struct {
	Lines []Line `json:"lines"`
	// Full: nothing is masked.
	Full bool `json:"full"`
	Cut
}

// Detail is a conversation with all there is to say of it.
type Detail struct {
	Conversation Conversation `json:"conversation"`
	Transcript
	// Timeline is how each number came about, as `helpdesk-exporter explain --json`
	// has it; missing where its records are gone.
	Timeline *Timeline `json:"timeline,omitempty"`
	// Differs names what the timeline, folded again from the conversation's own
	// records, has other than the figures of the row.
	Differs []string `json:"differs,omitempty"`
}

// Timeline is how a conversation went.
type Timeline struct {
	AsOf    time.Time `json:"as_of"`
	Steps   []Step    `json:"steps"`
	LeftOut int       `json:"left_out"`
}

// Step is one thing that happened.
type Step struct {
	// Line is the ID of the line that it stands beside, empty for what time alone
	// did.
	Line     string    `json:"line,omitempty"`
	Time     time.Time `json:"time"`
	Received time.Time `json:"received"`
	Kind     string    `json:"kind"`
	What     string    `json:"what"`
	Changes  []Change  `json:"changes"`
	Counted  []Count   `json:"counted"`
}

// Change is one thing about the conversation that is different after a step.
type Change struct {
	About string `json:"about"`
	Text  string `json:"text"`
}

// Count is one thing that was counted.
type Count struct {
	Metric string            `json:"metric"`
	Type   string            `json:"type"`
	Labels map[string]string `json:"labels"`
	Value  float64           `json:"value"`
}

// MessageList is messages of several conversations, the newest first unless asked
// otherwise.
type MessageList struct {
	Messages []Line `json:"messages"`
	Next     string `json:"next,omitempty"`
	Full     bool   `json:"full"`
	Cut
}

// Volume is how many messages there were.
type Volume struct {
	// Step is the width of a bucket in seconds.
	Step    float64        `json:"step_seconds"`
	Buckets []VolumeBucket `json:"buckets"`
	Cut
}

// VolumeBucket is what was written in one step from Time on, by role.
type VolumeBucket struct {
	Time  time.Time      `json:"time"`
	Roles map[string]int `json:"roles"`
}

// Agent is one who answers customers.
type Agent struct {
	Agent string `json:"agent"`
	Name  string `json:"name"`
	Team  string `json:"team"`
	// Presence is "reported" by the provider or "inferred" from what is written.
	Presence string `json:"presence"`
	// Active conversations; in Waiting of them the customer waits.
	Active  int `json:"active"`
	Waiting int `json:"waiting"`
	// Capacity in conversations, 0 where it is not known.
	Capacity    uint32   `json:"capacity"`
	Utilization *float64 `json:"utilization,omitempty"`
	Load        *float64 `json:"load,omitempty"`
}

// Agents lists them.
type Agents struct {
	Agents []Agent `json:"agents"`
	Cut
}

// Escalation is a conversation that has to be helped now.
type Escalation struct {
	Conversation Conversation `json:"conversation"`
	// Since is the oldest of Reasons' starts.
	Since   time.Time            `json:"since"`
	Reasons map[string]time.Time `json:"reasons"`
}

// Escalations lists those that have waited longest first.
type Escalations struct {
	Escalations []Escalation `json:"escalations"`
	Cut
}

// Finding is a conversation in which an audit rule found something.
type Finding struct {
	Rule         string       `json:"rule"`
	Severity     string       `json:"severity"`
	Conversation Conversation `json:"conversation"`
}

// Audits lists findings, those of the conversations that ended or went on last
// first.
type Audits struct {
	Findings []Finding `json:"findings"`
	Next     string    `json:"next,omitempty"`
	Cut
}

// Discrepancies lists, the newest first, answers unlike the others that
// near-identical questions got.
type Discrepancies struct {
	Discrepancies []Discrepancy `json:"discrepancies"`
	Cut           bool          `json:"cut"`
}

// Discrepancy is one of them.
type Discrepancy struct {
	Time        time.Time `json:"time"`
	RequestType string    `json:"request_type"`
	// Conversation got the answer, Typical the one that most resembles the others;
	// Similarity is of the two, 0 to 1.
	Conversation string  `json:"conversation"`
	Typical      string  `json:"typical_conversation"`
	Similarity   float64 `json:"similarity"`
	// Question numbers near-identical questions.
	Question string `json:"question"`
}

// Heatmap is the hours of a week by the clock of a zone. From and To bound what
// was looked at: whole quarters of an hour, from the first event on.
type Heatmap struct {
	Zone string    `json:"zone"`
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	// Cells are all 168, Monday's first.
	Cells []HeatmapCell `json:"cells"`
}

// HeatmapCell is an hour of a weekday. The two of first responses are missing
// where there were none.
type HeatmapCell struct {
	// Weekday is 1 for Monday to 7 for Sunday.
	Weekday int `json:"weekday"`
	Hour    int `json:"hour"`
	// Hours is how many such hours were looked at.
	Hours               float64  `json:"hours"`
	Opened              uint64   `json:"opened"`
	Messages            uint64   `json:"messages"`
	FirstResponses      uint64   `json:"first_responses"`
	OpenedPerHour       float64  `json:"opened_per_hour"`
	MessagesPerHour     float64  `json:"messages_per_hour"`
	FirstResponseMean   *float64 `json:"first_response_mean_seconds,omitempty"`
	FirstResponseMedian *float64 `json:"first_response_median_seconds,omitempty"`
}

// Annotation is something to mark on a time axis.
type Annotation struct {
	Time time.Time `json:"time"`
	// Kind is "escalation" or "closing"; Reason why it was escalated, or who closed
	// it.
	Kind         string `json:"kind"`
	Reason       string `json:"reason"`
	Conversation string `json:"conversation"`
	Source       string `json:"source"`
	Inbox        string `json:"inbox"`
	Team         string `json:"team"`
}

// Annotations lists the oldest first.
type Annotations struct {
	Annotations []Annotation `json:"annotations"`
	Cut
}

// Values completes what is typed.
type Values struct {
	Values []string `json:"values"`
}

// Lookup asks which contact a phone or id of a source is. It travels in a body,
// never in an address.
type Lookup struct {
	Source  string `json:"source"`
	Contact string `json:"contact"`
}

// Contact is who was looked up.
type Contact struct {
	Contact string `json:"contact"`
	// Known: there are conversations of it, or a key that sealed something.
	Known         bool `json:"known"`
	Conversations int  `json:"conversations"`
}

// Erasure says what an erasure did.
type Erasure struct {
	Contact string    `json:"contact"`
	Time    time.Time `json:"time"`
	// Keys that were destroyed, Conversations whose texts nobody can read any more.
	Keys          int `json:"keys"`
	Conversations int `json:"conversations"`
}

// Export is everything that there is of a contact, for the contact.
type Export struct {
	Contact  string    `json:"contact"`
	Exported time.Time `json:"exported"`
	// Ids are the phones and ids that the contact goes by, Names its names.
	Ids           []string       `json:"ids"`
	Names         []string       `json:"names"`
	Segment       string         `json:"segment"`
	Consent       *ConsentState  `json:"consent,omitempty"`
	Conversations []ExportedTalk `json:"conversations"`
	Cut
}

// ConsentState is what a contact said of being written to.
type ConsentState struct {
	State string    `json:"state"`
	Time  time.Time `json:"time"`
}

// ExportedTalk is a conversation of an Export.
type ExportedTalk struct {
	Conversation Conversation `json:"conversation"`
	Lines        []Line       `json:"lines"`
}
