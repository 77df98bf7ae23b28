package measure

import "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"

// Indexes of closed label values, in the order of the lists below.
const (
	ResultMet = iota
	ResultMissed
	ResultVoid
)

// Hours is the calendar's state at a clock's start.
const (
	HoursOpen = iota
	HoursClosed
	HoursCount
)

// Outcomes of turns.
const (
	TurnAnswered = iota
	TurnClosed
	TurnNoReplyNeeded
	TurnExpired
)

// States of open conversations.
const (
	StateBot = iota
	StateWaiting
	StateAnswered
	StatePending
)

// Outcomes of assignments.
const (
	AssignmentAnswered = iota
	AssignmentMissed
)

// Outcomes of service windows.
const (
	WindowAnswered = iota
	WindowMissed
	WindowExpired
)

// Ways a conversation is closed.
const (
	ClosedByHuman = iota
	ClosedByBot
	ClosedByAPI
	ClosedByTimeout
	ClosedByThanks
	ClosedByMerged
)

// Reasons of escalations.
const (
	EscalationUnanswered = iota
	EscalationUnresolved
	EscalationNegative
	EscalationRequested
	EscalationReasons
)

// EscalationNames are the label values of the reasons.
var EscalationNames = [EscalationReasons]string{"unanswered", "unresolved", "negative", "requested"}

// Triggers of conversations.
const (
	TriggerInbound = iota
	TriggerReopen
	TriggerOutbound
)

// Outcomes of conversations with a bot.
const (
	BotHandoff = iota
	BotResolvedConfirmed
	BotResolvedSilent
	BotAbandoned
)

// Outcomes of first contact resolution.
const (
	FCRFirstContact = iota
	FCRReopened
	FCRRepeat
	FCRUnanswered
)

// Windows of first contact resolution.
const (
	Window24h = iota
	Window7d
)

// Groups of answers to an NPS survey.
const (
	NPSPromoter = iota
	NPSPassive
	NPSDetractor
)

// States of agents.
const (
	AgentAvailable = iota
	AgentBusy
	AgentAway
	AgentOffline
)

// What happens between an agent and a conversation.
const (
	AgentAssigned = iota
	AgentAnswered
	AgentResolved
	AgentTransferred
)

// What became of the bot's resolutions.
const (
	ContainedDurable = iota
	ContainedReturned
)

// Sentiments of messages.
const (
	SentimentNegative = iota
	SentimentNeutral
	SentimentPositive
)

// Consents of contacts. Those that a contact can declare come first: they are
// the cells of ConsentChanges too.
const (
	ContactsOptedIn = iota
	ContactsConfirmed
	ContactsOptedOut
	ContactsUnknown
)

// Consents to template messages.
const (
	ConsentRecorded = iota
	ConsentMissing
)

// Directions of messages.
const (
	DirectionIn = iota
	DirectionOut
)

var (
	result   = closed("result", "met", "missed", "void")
	hours    = closed("hours", "open", "closed")
	reasons  = closed("reason", EscalationNames[:]...)
	closedBy = closed("closed_by", "human", "bot", "api", "timeout", "thanks", "merged")
	// resolution samples exist for every close but a merge
	resolvedBy = closed("closed_by", "human", "bot", "api", "timeout", "thanks")
	fcr        = closed("outcome", "first_contact", "reopened", "repeat", "unanswered")
	score      = closed("score", "1", "2", "3", "4", "5")
	// the changes of a conversation that can come too late, by event kind
	lateKinds = closed("kind", lateKindNames()...)
)

// The table: one line a family. Section numbers are those of DEFINITIONS.
var (
	// 2. First response
	FirstResponse          = family(Histogram, ByScopeType, "helpdesk_first_response_seconds", "Time from the start of the headline clock (first customer message, or the handoff to humans) to the first human message.", exemplars, segmented)
	FirstResponseBusiness  = family(Histogram, ByScopeType, "helpdesk_first_response_business_seconds", "The headline clock counting open calendar time only; all of it where no calendar is configured.")
	CustomerFirstResponse  = family(Histogram, ByScopeType, "helpdesk_customer_first_response_seconds", "Time from the first customer message to the first human message, the bot's time included.")
	BotFirstResponse       = family(Histogram, ByScopeType, "helpdesk_bot_first_response_seconds", "Time from the first customer message to the first bot message.")
	FirstResponseDeadlines = family(Counter, ByScopeType, "helpdesk_first_response_deadlines_total", "Conversations with a customer message, by whether the first response met targets.first_response.", with(result, hours), segmented)
	CalendarOpen           = family(GaugeAbsent, ByScope, "helpdesk_calendar_open", "1 while the calendar of the inbox and team is open; always 1 where none is configured.")
	AssignmentResponse     = family(Histogram, ByScope, "helpdesk_assignment_response_seconds", "Time from an assignment to the first message of the assigned agent.")
	Assignments            = family(Counter, ByScope, "helpdesk_assignments_total", "Assignments to agents that ended, by whether the agent wrote before the reassignment or close.", with(closed("outcome", "answered", "missed")))
	FailedReplies          = family(Counter, ByScope, "helpdesk_failed_replies_total", "Replies that ended a turn and were later reported as failed by the provider.")

	// 3. Waiting and every reply
	Response             = family(Histogram, ByScope, "helpdesk_response_seconds", "Time from the first unanswered customer message of a turn to the next human message.", exemplars)
	Turns                = family(Counter, ByScope, "helpdesk_turns_total", "Turns that ended, by how.", with(closed("outcome", "answered", "closed", "no_reply_needed", "expired")))
	Conversations        = family(Gauge, ByScope, "helpdesk_conversations", "Open conversations by state.", with(closed("state", "bot", "waiting", "answered", "pending")))
	OldestWaiting        = family(GaugeAbsent, ByScope, "helpdesk_oldest_waiting_start_timestamp_seconds", "Start of the longest running turn among conversations in state waiting; absent when nobody waits.")
	Unanswered2m         = family(Counter, ByScope, "helpdesk_unanswered_2m_total", "Turns that passed 120 seconds without any reply.", with(hours))
	ServiceWindows       = family(Counter, ByScope, "helpdesk_service_windows_total", "Free-reply windows that ended with the conversation open, by how the last customer turn stood.", with(closed("outcome", "answered", "missed", "expired")))
	ServiceWindowsEnding = family(Gauge, ByScope, "helpdesk_service_windows_expiring_soon", "Open turns whose free-reply window ends within one hour.")

	// 4. Resolution
	Resolution          = family(Histogram, ByScopeType, "helpdesk_resolution_seconds", "Time from the first customer message to the close, or to the last message of a close by time-out or thanks.", with(resolvedBy), exemplars, segmented)
	ResolutionActive    = family(Histogram, ByScopeType, "helpdesk_resolution_active_seconds", "Resolution time without the time spent pending.", with(resolvedBy))
	ResolutionBusiness  = family(Histogram, ByScopeType, "helpdesk_resolution_business_seconds", "Resolution time counting open calendar time only; all of it where no calendar is configured.", with(resolvedBy))
	ResolutionDeadlines = family(Counter, ByScopeType, "helpdesk_resolution_deadlines_total", "Conversations by whether they were closed within targets.resolution of the first customer message, time spent pending left out.", with(result, hours), segmented)
	OverTarget          = family(Gauge, ByScope, "helpdesk_conversations_over_target", "Open conversations beyond targets.resolution that still need somebody.")
	Escalations         = family(Counter, ByScope, "helpdesk_escalations_total", "Conversations that were escalated, once a conversation and reason.", with(reasons, hours))
	EscalatedStart      = family(GaugeAbsent, ByScope, "helpdesk_escalated_conversation_start_timestamp_seconds", "Start of the clock that escalated the conversation, for the conversations of each team that have waited longest (escalations.top).", func(f *Family) { f.Open = []Open{{Name: "conversation"}, {Name: "reason"}} })
	Escalated           = family(Gauge, ByScope, "helpdesk_escalated_conversations", "Conversations that are escalated now.", with(reasons))

	// 5. First contact resolution
	FCROutcomes24h      = family(Counter, ByScopeType, "helpdesk_fcr_outcomes_24h_total", "Closed conversations by what became of them within 24 hours of the close, counted when these are over.", with(fcr))
	FCROutcomes7d       = family(Counter, ByScopeType, "helpdesk_fcr_outcomes_7d_total", "Closed conversations by what became of them within 7 days of the close, counted when these are over.", with(fcr))
	FCRRatio            = family(Ratio, ByScopeType, "helpdesk_first_contact_resolution_ratio", "Share of first_contact in the outcomes that were counted within ratios.window, unanswered ones left out.", with(closed("window", "24h", "7d")))
	ClosedConversations = family(Counter, ByScopeType, "helpdesk_conversations_closed_total", "Conversations closed, by how and whether one run of human messages was enough.", with(closedBy, closed("one_touch", "true", "false")))

	// 6. CSAT
	Surveys           = family(Counter, ByScopeType, "helpdesk_csat_surveys_total", "Satisfaction surveys sent.", segmented)
	SurveyResponses   = family(Counter, ByScopeType, "helpdesk_csat_responses_total", "First valid answers to satisfaction surveys by score, mapped to 1 to 5, by who handled the conversation and whether the customer was negative in it.", with(score, closed("handled_by", "human", "bot"), closed("had_negative", "true", "false")), segmented)
	SurveyEdits       = family(Counter, ByScopeType, "helpdesk_csat_edits_total", "Valid answers to a satisfaction survey after its first one; they change nothing.")
	SurveyUnparsed    = family(Counter, ByScopeType, "helpdesk_csat_unparsed_total", "Answers to a satisfaction survey with a number outside its scale.")
	NPSResponses      = family(Counter, ByScopeType, "helpdesk_nps_responses_total", "First valid answers to NPS surveys: 9 and 10 promote, 7 and 8 are passive, 0 to 6 detract.", with(closed("group", "promoter", "passive", "detractor")))
	NPSScore          = family(Ratio, ByScopeType, "helpdesk_nps_score", "Promoters less detractors in 100 answers to NPS surveys within ratios.window, -100 to 100.", times(100))
	CSATRatio         = family(Ratio, ByScopeType, "helpdesk_csat_ratio", "Share of scores of csat.satisfied_min and more in the answers within ratios.window.", segmented)
	CSATResponseRatio = family(Ratio, ByScopeType, "helpdesk_csat_response_ratio", "Answers by satisfaction survey sent, both within ratios.window.")

	// 7. Agents
	AgentStateSeconds  = family(Counter, ByAgent, "helpdesk_agent_state_seconds_total", "Time that agents spent in a state, by receive time.", with(closed("state", "available", "busy", "away", "offline")), micros)
	AgentUtilization   = family(GaugeAbsent, ByAgent, "helpdesk_agent_utilization_ratio", "Share of busy in the agent's busy and available time of the last agents.utilization_window.")
	AgentActive        = family(GaugeAbsent, ByAgent, "helpdesk_agent_active_conversations", "Open conversations that the agent is responsible for.")
	AgentCapacity      = family(GaugeAbsent, ByAgent, "helpdesk_agent_capacity", "Conversations that the agent can have at a time, where that is known.")
	AgentLoad          = family(GaugeAbsent, ByAgent, "helpdesk_agent_load_ratio", "Active conversations by capacity, averaged over the time not offline of the last agents.utilization_window.")
	AgentInfo          = family(GaugeAbsent, ByNothing, "helpdesk_agent_info", "1 for each agent that is known: name, team and where presence comes from.", func(f *Family) { f.Open = []Open{{Name: "agent"}, {Name: "name"}, {Name: "team"}, {Name: "presence"}} })
	AgentHandleSeconds = family(Counter, ByAgent, "helpdesk_agent_handle_seconds_total", "Time that agents had conversations, each counted by itself, without pending and without customers silent for agents.session_timeout.", micros)
	AgentConversations = family(Counter, ByAgent, "helpdesk_agent_conversations_total", "Conversations that were assigned to the agent, first answered, resolved or given to another.", with(closed("event", "assigned", "answered", "resolved", "transferred")))
	AgentMessages      = family(Counter, ByAgent, "helpdesk_agent_messages_total", "Messages that the agent sent.")
	AgentFirstResponse = family(Histogram, ByAgent, "helpdesk_agent_first_response_seconds", "The headline clock, by the agent who sent the first human message.")
	AgentResponse      = family(Histogram, ByAgent, "helpdesk_agent_response_seconds", "Time from the first unanswered customer message of a turn, by the agent who answered.")
	AgentResolution    = family(Histogram, ByAgent, "helpdesk_agent_resolution_seconds", "Resolution time, by the agent who resolved, else the one responsible.")
	AgentFCROutcomes7d = family(Counter, ByAgent, "helpdesk_agent_fcr_outcomes_7d_total", "Closed conversations by what became of them within 7 days, by the agent responsible at the close.", with(fcr))
	AgentCSATResponses = family(Counter, ByAgent, "helpdesk_agent_csat_responses_total", "First valid answers to satisfaction surveys by score, by the agent whom the survey was about.", with(score))
	AgentAuditFindings = family(Counter, ByAgent, "helpdesk_agent_audit_findings_total", "What the rules of audits found in the agent's messages, and at the end of conversations that the agent had.", with(open("rule", DictRule)))

	// 8. Bot
	BotConversations    = family(Counter, ByScopeType, "helpdesk_bot_conversations_total", "Conversations in which the bot spoke and the customer wrote, by outcome.", with(closed("outcome", "handoff", "resolved_confirmed", "resolved_silent", "abandoned")))
	BotContained7d      = family(Counter, ByScopeType, "helpdesk_bot_contained_7d_total", "Conversations that the bot resolved, by whether the customer came back within 7 days, counted when these are over.", with(closed("outcome", "durable", "returned")))
	BotContainmentRatio = family(Ratio, ByScopeType, "helpdesk_bot_containment_ratio", "Share of the two resolved outcomes in the bot's conversations that had their outcome within ratios.window.")
	BotHandoffs         = family(Counter, ByScopeType, "helpdesk_bot_handoffs_total", "Conversations handed from the bot to humans, by reason.", with(open("reason", DictReason)))

	// 9. What customers ask, how they feel, what is sent
	OpenedConversations       = family(Counter, ByScopeType, "helpdesk_conversations_opened_total", "Conversations opened, counted when their request type is decided.", with(closed("trigger", "inbound", "reopen", "outbound")), segmented)
	Messages                  = family(Counter, ByScope, "helpdesk_messages_total", "Messages in and out by actor and kind.", with(closed("direction", "in", "out"), closed("actor", event.Actors[:]...), closed("kind", event.MessageTypes[:]...)), zeros(possibleMessage))
	OutboundStatuses          = family(Counter, ByScope, "helpdesk_outbound_statuses_total", "Delivery statuses of outgoing messages by pricing category.", with(closed("status", event.Statuses[1:]...), open("category", DictCategory)))
	SendFailures              = family(Counter, ByScope, "helpdesk_send_failures_total", "Outgoing messages that failed, by the provider's documented code.", with(open("code", DictCode)))
	CustomerSentiment         = family(Counter, ByScope, "helpdesk_customer_messages_sentiment_total", "Customer messages whose sentiment was classified.", with(closed("sentiment", "negative", "neutral", "positive")))
	NegativeResponse          = family(Histogram, ByScope, "helpdesk_negative_response_seconds", "Time from the first negative customer message of a turn to the next human message.", exemplars)
	NegativeResponseDeadlines = family(Counter, ByScope, "helpdesk_negative_response_deadlines_total", "Turns with a negative customer message, by whether a human answered it within targets.negative_response.", with(result, hours))
	NegativeResolution        = family(Histogram, ByScope, "helpdesk_negative_resolution_seconds", "Time from the first negative customer message to the end of the resolution time.", exemplars)
	OldestNegative            = family(GaugeAbsent, ByScope, "helpdesk_oldest_negative_start_timestamp_seconds", "Earliest first negative message of the turns that are open, pending conversations left out; absent when there is none.")
	ConversationLabels        = family(Counter, ByScopeType, "helpdesk_conversation_labels_total", "Conversations that were given a label of conversations.labels, once a conversation and label.", with(open("label", DictLabel)))
	OpenedTypical             = family(GaugeAbsent, ByScope, "helpdesk_opened_typical", "Conversations usually opened in this hour: the mean of the same hour of the weekday in the last four weeks, by the clock of the calendar that applies, else by UTC.")
	FAQConversations          = family(Counter, ByScope, "helpdesk_faq_conversations_total", "Conversations whose first question is a frequent one: asked ten times and more within 7 days, near-identical.")

	// 10. Quality, compliance, the line itself
	AuditFindings      = family(Counter, ByScope, "helpdesk_audit_findings_total", "What the rules of audits found in human messages and at the end of conversations.", with(closed("severity", "info", "warning", "critical"), open("rule", DictRule)))
	AuditedMessages    = family(Counter, ByScope, "helpdesk_audited_messages_total", "Human messages with a text, which the rules of audits looked at.")
	ReplyConsistency   = family(Ratio, ByScopeType, "helpdesk_reply_consistency_ratio", "Mean similarity of human answers to those that near-identical questions got before, within ratios.window.", times(1e-6))
	ReplyDiscrepancies = family(Counter, ByScopeType, "helpdesk_reply_discrepancies_total", "Human answers that are unlike the typical one to near-identical questions.")
	Contacts           = family(Gauge, BySource, "helpdesk_contacts", "Contacts by consent: those who have ever declared one, and as unknown those without who were seen in the last 30 days.", with(closed("consent", "opted_in", "confirmed", "opted_out", "unknown")))
	ConsentChanges     = family(Counter, ByScope, "helpdesk_consent_changes_total", "Consents declared and withdrawn, by provider's event or by a message that is nothing else.", with(closed("to", "opted_in", "confirmed", "opted_out")))
	TemplateMessages   = family(Counter, ByScope, "helpdesk_template_messages_total", "Template messages sent, by whether the contact's consent was recorded.", with(closed("consent", "recorded", "missing"), open("category", DictCategory)))
	AccountEvents      = family(Counter, ByInbox, "helpdesk_provider_account_events_total", "Changes of the account, number or templates as the provider reports them.", with(open("event", DictLineEvent)))
	InboxRestricted    = family(Gauge, ByInbox, "helpdesk_inbox_restricted", "1 while the provider has restricted the number.")
	TemplateState      = family(GaugeAbsent, BySource, "helpdesk_template_state", "1 for the state a template is in.", func(f *Family) { f.Open = []Open{{Name: "template"}, {Name: "state"}} })

	// 1 and 11. Order, time and labels
	ClosingThanks  = family(Counter, ByScope, "helpdesk_closing_thanks_total", "Closing phrases within the reopen window after a close; they open nothing.")
	LateEvents     = family(Counter, ByScope, "helpdesk_late_events_total", "Events older than the conversation they would have changed, dropped.", with(lateKinds))
	ClockAnomalies = family(Counter, ByScope, "helpdesk_clock_anomalies_total", "Negative durations and events more than 5 minutes ahead of their receipt, not observed.")
	LabelFolds     = family(Counter, ByNothing, "helpdesk_label_folds_total", "Events whose label value was folded into other because labels.max_values was reached.", with(closed("label", DictNames[:]...)))
	Targets        = family(GaugeAbsent, ByNothing, "helpdesk_target", "Configured targets: seconds, or a share of 1.", func(f *Family) { f.Open = []Open{{Name: "name"}, {Name: "team"}, {Name: "inbox"}} })
)

// possibleMessage tells combinations of direction and actor that occur: what
// comes in is the customer's.
func possibleMessage(values []string) bool {
	return (values[0] == "in") == (values[1] == event.ActorCustomer.String())
}

var late = []event.Kind{
	event.ConversationOpened, event.ConversationAssigned, event.ConversationHandoff, event.ConversationHandback,
	event.ConversationPending, event.ConversationResolved, event.ConversationLabeled, event.ConversationMerged,
}

func lateKindNames() []string {
	var out []string
	for _, k := range late {
		out = append(out, k.String())
	}
	return out
}

// LateKind is the cell of LateEvents for a kind, -1 for kinds that cannot be
// late.
func LateKind(k event.Kind) int {
	for i, l := range late {
		if l == k {
			return i
		}
	}
	return -1
}

// MessageCell is the cell of Messages.
func MessageCell(direction int, actor event.Actor, messageType uint8) int {
	return (direction*len(event.Actors)+int(actor))*len(event.MessageTypes) + int(messageType)
}

// ResultCell is the cell of families with result (or reason) and hours; result
// is 0 for those with hours only.
func ResultCell(result int, closed bool) int { return result*HoursCount + HoursOf(!closed) }

// HoursOf is the value of hours for the calendar's state.
func HoursOf(open bool) int {
	if open {
		return HoursOpen
	}
	return HoursClosed
}

// SurveyCell is the cell of SurveyResponses for a score of 1 to 5.
func SurveyCell(score int, byBot, hadNegative bool) int {
	cell := 2 * (score - 1)
	if byBot {
		cell++
	}
	if cell *= 2; !hadNegative {
		cell++
	}
	return cell
}
