package capability

import "slices"

// KPI is a figure that people ask for, the metrics that hold it, and the facts
// that these rest on.
type KPI struct {
	Name, Title string
	// Metrics are names of families, in the order of the definitions. A KPI that
	// is full has them exactly as they would be if everything were told.
	Metrics []string
	// Full are the facts with which the figure is what the definitions say.
	Full []Fact
	// Inferred are sets of facts; with any of them the figure exists.
	Inferred [][]Fact
	// Config names the configuration without which there is nothing to see.
	Config string
}

// What KPIs have in common: the course of conversations, that is what is written
// and when they begin and end; and their owner, whose they are.
var (
	Course = []Fact{CustomerMessages, CustomerTexts, HumanMessages, BotMessages, Resolutions}
	Owner  = []Fact{Assignments, Handoffs, Handbacks}
)

func rests(on ...[]Fact) []Fact { return slices.Concat(on...) }

// KPIs is the table, in the order in which people ask. Openings, Merges, Links
// and Notes stand in no row, because a vendor that does not tell them usually
// does not have them, and then nothing is missing.
var KPIs = []KPI{
	{
		Name: "first_response", Title: "First response",
		Metrics:  []string{"helpdesk_first_response_seconds", "helpdesk_first_response_deadlines_total"},
		Full:     rests(Course, Owner),
		Inferred: [][]Fact{{CustomerMessages, HumanMessages}},
	},
	{
		Name: "customer_first_response", Title: "First response, the bot's time included",
		Metrics:  []string{"helpdesk_customer_first_response_seconds"},
		Full:     []Fact{CustomerMessages, CustomerTexts, HumanMessages, Resolutions},
		Inferred: [][]Fact{{CustomerMessages, HumanMessages}},
	},
	{
		Name: "replies", Title: "Every reply, service windows",
		Metrics: []string{"helpdesk_response_seconds", "helpdesk_turns_total", "helpdesk_unanswered_2m_total", "helpdesk_service_windows_total",
			"helpdesk_service_windows_expiring_soon"},
		Full:     rests(Course, Owner),
		Inferred: [][]Fact{{CustomerMessages, HumanMessages}},
	},
	{
		Name: "waiting", Title: "Who waits now",
		Metrics:  []string{"helpdesk_conversations", "helpdesk_oldest_waiting_start_timestamp_seconds"},
		Full:     rests(Course, Owner, []Fact{Pending}),
		Inferred: [][]Fact{{CustomerMessages, HumanMessages}},
	},
	{
		Name: "escalations", Title: "Escalations",
		Metrics:  []string{"helpdesk_conversations_over_target", "helpdesk_escalations_total", "helpdesk_escalated_conversations"},
		Full:     rests(Course, Owner, []Fact{HandoffReasons, Pending}),
		Inferred: [][]Fact{{CustomerMessages, HumanMessages}},
	},
	{
		Name: "business_hours", Title: "Business hours", Config: "calendars",
		Metrics:  []string{"helpdesk_first_response_business_seconds", "helpdesk_resolution_business_seconds"},
		Full:     rests(Course, Owner, []Fact{ResolvedBy}),
		Inferred: [][]Fact{{CustomerMessages, HumanMessages}},
	},
	{
		Name: "resolution", Title: "Resolution",
		Metrics:  []string{"helpdesk_resolution_seconds"},
		Full:     rests(Course, []Fact{ResolvedBy}),
		Inferred: [][]Fact{{CustomerMessages, HumanMessages}, {CustomerMessages, BotMessages}, {CustomerMessages, Resolutions}},
	},
	{
		Name: "resolution_targets", Title: "Resolution targets, one touch, time without pending",
		Metrics:  []string{"helpdesk_resolution_active_seconds", "helpdesk_resolution_deadlines_total", "helpdesk_conversations_closed_total"},
		Full:     rests(Course, []Fact{ResolvedBy, Pending}),
		Inferred: [][]Fact{{CustomerMessages, HumanMessages}, {CustomerMessages, BotMessages}, {CustomerMessages, Resolutions}},
	},
	{
		Name: "fcr", Title: "First contact resolution",
		Metrics:  []string{"helpdesk_fcr_outcomes_24h_total", "helpdesk_fcr_outcomes_7d_total", "helpdesk_first_contact_resolution_ratio"},
		Full:     Course,
		Inferred: [][]Fact{{CustomerMessages, HumanMessages}, {CustomerMessages, BotMessages}, {CustomerMessages, Resolutions}},
	},
	{
		Name: "csat", Title: "CSAT",
		Metrics: []string{"helpdesk_csat_surveys_total", "helpdesk_csat_responses_total", "helpdesk_csat_edits_total",
			"helpdesk_csat_unparsed_total", "helpdesk_csat_ratio", "helpdesk_csat_response_ratio"},
		Full:     []Fact{SurveysSent, SurveyAnswers, CustomerMessages, CustomerTexts, HumanMessages, BotMessages},
		Inferred: [][]Fact{{SurveyAnswers}, {SurveysSent, CustomerMessages, CustomerTexts}},
	},
	{
		Name: "sentiment", Title: "How customers feel",
		Metrics:  []string{"helpdesk_customer_messages_sentiment_total"},
		Full:     []Fact{CustomerMessages, CustomerTexts},
		Inferred: [][]Fact{{CustomerMessages, CustomerTexts}},
	},
	{
		Name: "negative", Title: "Answers to negative messages",
		Metrics: []string{"helpdesk_negative_response_seconds", "helpdesk_negative_response_deadlines_total", "helpdesk_oldest_negative_start_timestamp_seconds",
			"helpdesk_negative_resolution_seconds"},
		Full:     rests(Course),
		Inferred: [][]Fact{{CustomerMessages, CustomerTexts, HumanMessages}},
	},
	{
		Name: "audits", Title: "Audits of what agents write",
		Metrics:  []string{"helpdesk_audit_findings_total", "helpdesk_audited_messages_total", "helpdesk_agent_audit_findings_total"},
		Full:     rests(Course, []Fact{HumanSenders, ResolvedBy}),
		Inferred: [][]Fact{{HumanMessages}},
	},
	{
		Name: "consistency", Title: "Consistency of answers, frequent questions",
		Metrics:  []string{"helpdesk_reply_consistency_ratio", "helpdesk_reply_discrepancies_total", "helpdesk_faq_conversations_total"},
		Full:     []Fact{CustomerMessages, CustomerTexts, HumanMessages, Resolutions},
		Inferred: [][]Fact{{CustomerMessages, CustomerTexts, HumanMessages}},
	},
	{
		Name: "nps", Title: "NPS",
		Metrics:  []string{"helpdesk_nps_responses_total", "helpdesk_nps_score"},
		Full:     []Fact{SurveysSent, SurveyAnswers, NPS, CustomerMessages, CustomerTexts},
		Inferred: [][]Fact{{SurveyAnswers, NPS}, {SurveysSent, NPS, CustomerMessages, CustomerTexts}},
	},
	{
		Name: "agents", Title: "Agents' messages, response and resolution times",
		Metrics: []string{"helpdesk_agent_conversations_total", "helpdesk_agent_messages_total", "helpdesk_agent_first_response_seconds",
			"helpdesk_agent_response_seconds", "helpdesk_agent_resolution_seconds"},
		Full:     rests(Course, Owner, []Fact{HumanSenders, ResolvedBy}),
		Inferred: [][]Fact{{CustomerMessages, HumanMessages, HumanSenders}},
	},
	{
		Name: "assignments", Title: "Assignments",
		Metrics:  []string{"helpdesk_assignment_response_seconds", "helpdesk_assignments_total"},
		Full:     []Fact{Assignments, HumanMessages, HumanSenders, Resolutions},
		Inferred: [][]Fact{{Assignments, HumanMessages}},
	},
	{
		Name: "utilization", Title: "Agents' time and utilization",
		Metrics: []string{"helpdesk_agent_state_seconds_total", "helpdesk_agent_utilization_ratio", "helpdesk_agent_active_conversations",
			"helpdesk_agent_handle_seconds_total"},
		Full:     rests([]Fact{Presence}, Course, []Fact{HumanSenders, Assignments, Handbacks, Pending}),
		Inferred: [][]Fact{{HumanMessages, HumanSenders}, {Presence}},
	},
	{
		Name: "load", Title: "Agents' load", Config: "agents.list[].capacity",
		Metrics:  []string{"helpdesk_agent_capacity", "helpdesk_agent_load_ratio"},
		Full:     []Fact{Capacity, Presence, CustomerMessages, HumanMessages, HumanSenders, Assignments, Handbacks, Resolutions},
		Inferred: [][]Fact{{HumanMessages, HumanSenders}},
	},
	{
		Name: "agent_fcr", Title: "First contact resolution by agent",
		Metrics:  []string{"helpdesk_agent_fcr_outcomes_7d_total"},
		Full:     rests(Course, []Fact{HumanSenders, Assignments, Handbacks}),
		Inferred: [][]Fact{{CustomerMessages, HumanMessages, HumanSenders}, {CustomerMessages, HumanMessages, Assignments}},
	},
	{
		Name: "agent_csat", Title: "CSAT by agent",
		Metrics: []string{"helpdesk_agent_csat_responses_total"},
		Full: []Fact{SurveysSent, SurveyAnswers, CustomerMessages, CustomerTexts, HumanMessages, HumanSenders, Assignments, Handbacks,
			Resolutions},
		Inferred: [][]Fact{{SurveyAnswers, HumanSenders}, {SurveyAnswers, Assignments},
			{SurveysSent, CustomerMessages, CustomerTexts, HumanSenders}, {SurveysSent, CustomerMessages, CustomerTexts, Assignments}},
	},
	{
		Name: "agent_names", Title: "Agents' names and teams",
		Metrics:  []string{"helpdesk_agent_info"},
		Full:     []Fact{AgentNames, Teams, Presence, HumanSenders, Assignments},
		Inferred: [][]Fact{{HumanSenders}, {Assignments}, {Presence}},
	},
	{
		Name: "bot_first_response", Title: "The bot's first response",
		Metrics:  []string{"helpdesk_bot_first_response_seconds"},
		Full:     []Fact{CustomerMessages, CustomerTexts, BotMessages, Resolutions},
		Inferred: [][]Fact{{CustomerMessages, BotMessages}},
	},
	{
		Name: "bot_containment", Title: "Bot containment",
		Metrics:  []string{"helpdesk_bot_conversations_total", "helpdesk_bot_contained_7d_total", "helpdesk_bot_containment_ratio"},
		Full:     rests(Course, Owner),
		Inferred: [][]Fact{{CustomerMessages, BotMessages}},
	},
	{
		Name: "handoffs", Title: "Handoffs and their reasons",
		Metrics:  []string{"helpdesk_bot_handoffs_total"},
		Full:     []Fact{BotMessages, HumanMessages, Assignments, Handoffs, HandoffReasons, Handbacks, Resolutions},
		Inferred: [][]Fact{{BotMessages, HumanMessages}, {BotMessages, Assignments}, {Handoffs}},
	},
	{
		Name: "volume", Title: "Conversations opened",
		Metrics:  []string{"helpdesk_conversations_opened_total", "helpdesk_opened_typical"},
		Full:     Course,
		Inferred: [][]Fact{{CustomerMessages}, {Openings}},
	},
	{
		Name: "request_types", Title: "What customers ask for", Config: "request_types",
		Metrics:  []string{"helpdesk_conversations_opened_total"},
		Full:     rests([]Fact{RequestTypes}, Course),
		Inferred: [][]Fact{{RequestTypes}, {Labels}},
	},
	{
		Name: "labels", Title: "Labels (sale, churn risk, …)", Config: "conversations.labels",
		Metrics:  []string{"helpdesk_conversation_labels_total"},
		Full:     []Fact{Labels, CustomerMessages, HumanMessages, BotMessages, Resolutions},
		Inferred: [][]Fact{{Labels}},
	},
	{
		Name: "messages", Title: "Messages in and out",
		Metrics:  []string{"helpdesk_messages_total"},
		Full:     []Fact{CustomerMessages, HumanMessages, BotMessages, SystemMessages},
		Inferred: [][]Fact{{CustomerMessages}, {HumanMessages}, {BotMessages}},
	},
	{
		Name: "delivery", Title: "Delivery and failures",
		Metrics:  []string{"helpdesk_outbound_statuses_total", "helpdesk_send_failures_total"},
		Full:     []Fact{Delivery, Failures, FailureCodes, Categories},
		Inferred: [][]Fact{{Delivery}, {Failures}},
	},
	{
		Name: "consent", Title: "Consent",
		Metrics:  []string{"helpdesk_contacts", "helpdesk_consent_changes_total"},
		Full:     []Fact{Consent, CustomerMessages, CustomerTexts},
		Inferred: [][]Fact{{Consent}, {CustomerMessages, CustomerTexts}},
	},
	{
		Name: "templates", Title: "Template messages",
		Metrics:  []string{"helpdesk_template_messages_total"},
		Full:     []Fact{Templates, Categories, Consent, CustomerMessages, CustomerTexts},
		Inferred: [][]Fact{{Templates}},
	},
	{
		Name: "account", Title: "Number and account",
		Metrics:  []string{"helpdesk_provider_account_events_total", "helpdesk_inbox_restricted", "helpdesk_template_state"},
		Full:     []Fact{LineEvents, Restrictions, TemplateStates},
		Inferred: [][]Fact{{LineEvents}, {Restrictions}, {TemplateStates}},
	},
}
