// Package capability says what each provider's webhooks tell, which figures can
// be had from that, and what would have to be added for the rest.
//
// A Fact is something that events can say. A provider declares its Facts in a
// table; a test derives the same from the provider's corpus (Observe). A KPI
// says which facts its metrics rest on. Nothing here reads a clock or does I/O.
package capability

import (
	"fmt"
	"strings"
)

// Fact is something that a provider's events can say.
type Fact uint8

// The facts. What is said of an event in parentheses is how Observe knows them.
const (
	// CustomerMessages: customers write (message.received). CustomerTexts: and
	// the words are there.
	CustomerMessages Fact = iota
	CustomerTexts
	// HumanMessages and BotMessages: who of the business wrote (message.sent
	// with that actor). HumanSenders: and which human (agent.id).
	// SystemMessages: surveys, away texts, campaigns, automation.
	HumanMessages
	HumanSenders
	BotMessages
	SystemMessages
	// Openings: the provider says that a conversation began.
	Openings
	// Assignments to an agent (conversation.assigned with agent.id).
	Assignments
	// Handoffs from the bot to people, with HandoffReasons, and Handbacks.
	Handoffs
	HandoffReasons
	Handbacks
	// Pending: the conversation waits for something else than the desk.
	Pending
	// Resolutions: a conversation was closed; ResolvedBy: by whom (an actor
	// that is human or bot).
	Resolutions
	ResolvedBy
	// RequestTypes and Labels of conversations (conversation.labeled).
	RequestTypes
	Labels
	// Merges of conversations.
	Merges
	// SurveysSent and SurveyAnswers as such, beside answers in words; NPS: such
	// surveys are told from CSAT.
	SurveysSent
	SurveyAnswers
	NPS
	// Presence of agents (agent.state), Capacity, AgentNames.
	Presence
	Capacity
	AgentNames
	// Teams: a team stands with agents or conversations (agent.team).
	Teams
	// Consent of contacts (consent.changed).
	Consent
	// Templates: a message is known to be a template (its name or category);
	// Categories of messages by price.
	Templates
	Categories
	// Delivery: delivered and read; Failures, with FailureCodes.
	Delivery
	Failures
	FailureCodes
	// LineEvents: what happens to the number and account; Restrictions: it may
	// write or not; TemplateStates.
	LineEvents
	Restrictions
	TemplateStates
	// Links: two ids are one customer.
	Links
	// Notes that colleagues write to each other.
	Notes
	factEnd
)

// facts names each fact; says which events of the business's own system add it
// (an events source that feeds the vendor's); and what stands in its place
// without it, for figures that exist all the same.
var facts = [factEnd]struct{ name, title, add, without string }{
	CustomerMessages: {"customer_messages", "customers' messages", "send `message.received`", "nothing is known of customers"},
	CustomerTexts: {"customer_texts", "customers' words", "send `message.received` with `message.text`",
		"a thank-you counts as a message like any other, and no typed rating, wish for a person or refusal is understood"},
	HumanMessages:  {"human_messages", "messages of people", "send `message.sent` with `actor: human`", "nobody is seen to answer"},
	HumanSenders:   {"human_senders", "which agent wrote", "send `message.sent` with `agent.id`", "agents are known by what is assigned to them"},
	BotMessages:    {"bot_messages", "messages of the bot", "send `message.sent` with `actor: bot`", "a bot is not seen"},
	SystemMessages: {"system_messages", "automatic messages", "send `message.sent` with `actor: system`", "automatic messages count as nobody's"},
	Openings:       {"openings", "openings", "send `conversation.opened`", "a conversation begins with its first message"},
	Assignments:    {"assignments", "assignments", "send `conversation.assigned` with `agent.id`", "a conversation belongs to whoever wrote in it last"},
	Handoffs:       {"handoffs", "handoffs of the bot", "send `conversation.handoff`", "the bot is over when somebody is assigned or a person writes"},
	HandoffReasons: {"handoff_reasons", "reasons of handoffs", "send `conversation.handoff` with `reason`", "handoffs have no reason"},
	Handbacks:      {"handbacks", "handing back to the bot", "send `conversation.handback`", "what people once have stays theirs until the close"},
	Pending:        {"pending", "pending", "send `conversation.pending`", "time spent waiting for others counts"},
	Resolutions: {"resolutions", "resolutions", "send `conversation.resolved` and set `resolves: true`",
		"conversations end by silence (`close_after`) or a thank-you"},
	ResolvedBy:     {"resolved_by", "who resolved", "send `conversation.resolved` with `actor`", "what is resolved is resolved by `api`"},
	RequestTypes:   {"request_types", "request types", "send `conversation.labeled` with `request_type`", "labels mean types where `request_types` says so"},
	Labels:         {"labels", "labels", "send `conversation.labeled` with `labels`", "there are no labels"},
	Merges:         {"merges", "merges", "send `conversation.merged`", "a merged conversation stays open until it is silent"},
	SurveysSent:    {"surveys_sent", "surveys sent", "send `survey.sent`", "answers have nothing to be divided by, and a rating in words is an ordinary message"},
	SurveyAnswers:  {"survey_answers", "answers to surveys", "send `survey.answered`", "only answers in words count (\"5\", \"nota 5\", \"cinco\")"},
	NPS:            {"nps", "NPS apart from CSAT", "send surveys with `survey: nps`", "every survey is CSAT"},
	Presence:       {"presence", "agents' presence", "send `agent.state`", "an agent is there while active (`agents.session_timeout`)"},
	Capacity:       {"capacity", "agents' capacity", "set `agents.list[].capacity`", "capacity is what `agents.list[].capacity` says"},
	AgentNames:     {"agent_names", "agents' names", "set `agents.list[].name`", "agents are ids"},
	Teams:          {"teams", "teams", "set `agents.list[].team` or `sources[].inboxes[].team`", "the label `team` is empty"},
	Consent:        {"consent", "consent", "send `consent.changed`", "consent is what customers write (`consent`)"},
	Templates:      {"templates", "templates", "send `message.sent` with `message.template`", "templates are messages like others"},
	Categories:     {"categories", "pricing categories", "send `message.status` with `message.template.category`", "`category` is empty"},
	Delivery:       {"delivery", "delivered and read", "send `message.status`", "delivered and read are 0"},
	Failures:       {"failures", "failed messages", "send `message.status` with `status: failed`", "failures are 0"},
	FailureCodes:   {"failure_codes", "why messages failed", "send `message.status` with `error`", "every failure's code is `other`"},
	LineEvents:     {"line_events", "events of number and account", "send `line.changed`", "the number's troubles stay unseen"},
	Restrictions:   {"restrictions", "restrictions of the number", "send `line.changed` with `state`", "a restricted number is not seen"},
	TemplateStates: {"template_states", "states of templates", "send `line.changed` with `message.template.name`", "paused templates are not seen"},
	Links:          {"links", "two ids of one customer", "send `contact.linked`", "whoever changes the number is a new customer"},
	Notes:          {"notes", "notes", "send `note.added`", "who only takes notes is not seen to work"},
}

func (f Fact) String() string {
	if f < factEnd {
		return facts[f].name
	}
	return fmt.Sprintf("fact %d", uint8(f))
}

// Title is the fact in words.
func (f Fact) Title() string { return facts[f].title }

// Add says how the business adds it; Without, what stands in its place.
func (f Fact) Add() string     { return facts[f].add }
func (f Fact) Without() string { return facts[f].without }

// AllFacts lists them in order.
func AllFacts() []Fact {
	all := make([]Fact, factEnd)
	for i := range all {
		all[i] = Fact(i)
	}
	return all
}

// Level is how sure something is known.
type Level uint8

// Levels, the better the higher.
const (
	// None: not at all.
	None Level = iota
	// Inferred: concluded by a rule of the adapter or the fold.
	Inferred
	// Convention: told where the user follows a convention or sets something
	// up at the vendor; then as good as Full.
	Convention
	// Full: told.
	Full
)

// Levels are their names.
var Levels = [...]string{"not available", "inferred", "full by convention", "full"}

func (l Level) String() string { return Levels[l] }

// Claim is how a provider tells a fact.
type Claim struct {
	Level Level
	// How, of what is inferred or told by convention: by which rule, or what the
	// user has to do. It completes "inferred: …" and "full: …".
	How string
}

// Told is a fact that the vendor says itself.
var Told = Claim{Level: Full}

// By is a fact that the vendor tells once the user does what how says.
func By(how string) Claim { return Claim{Convention, how} }

// InferredFrom is a fact that the adapter concludes, by the rule that how says.
func InferredFrom(how string) Claim { return Claim{Inferred, how} }

// Facts are what a provider's webhooks tell; what is not in it they do not.
type Facts map[Fact]Claim

// Everything is what canonical events can say, which is up to who sends them.
func Everything() Facts {
	f := make(Facts, factEnd)
	for _, fact := range AllFacts() {
		f[fact] = By("as far as your system sends it")
	}
	return f
}

// With gives the facts of a source and of those that feed it: of each the best.
func (f Facts) With(other Facts) Facts {
	sum := make(Facts, len(f)+len(other))
	for _, facts := range []Facts{f, other} {
		for fact, claim := range facts {
			if claim.Level > sum[fact].Level {
				sum[fact] = claim
			}
		}
	}
	return sum
}

// Check says what is wrong with a declared table.
func (f Facts) Check() error {
	for fact, claim := range f {
		switch {
		case fact >= factEnd:
			return fmt.Errorf("%s does not exist", fact)
		case claim.Level == None:
			return fmt.Errorf("%s is declared and not told: leave it out", fact)
		case claim.Level == Full && claim.How != "":
			return fmt.Errorf("%s is full and says how: %q", fact, claim.How)
		case claim.Level != Full && claim.How == "":
			return fmt.Errorf("%s is %s and does not say how", fact, claim.Level)
		case strings.ContainsAny(claim.How, "|\n"):
			return fmt.Errorf("%s: how cannot stand in a table: %q", fact, claim.How)
		}
	}
	return nil
}
