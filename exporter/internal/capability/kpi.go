package capability

// KPI is a figure that people ask for, the metrics that hold it, and the facts
// that these rest on.
type KPI struct {
	Name, Title string
	// Metrics are names of families. A KPI that is full has them exactly as
	// they would be if everything were told.
	Metrics []string
	// Full are sets of facts; with all of one of them the figure is what the
	// definitions say. Inferred are sets with which it exists, by a rule.
	Full, Inferred [][]Fact
	// Rule says what is concluded where it is inferred.
	Rule string
	// Config names the configuration without which there is nothing to see.
	Config string
}

// Shorthands of the table below.
var (
	silence = "conversations end by silence (`close_after`) or a thank-you"
	owner   = "the bot is over when a person is assigned or writes"
)

// KPIs is the table, in the order in which people ask.
var KPIs = []KPI{
	{
		Name: "first_response", Title: "First response", Rule: owner + "; " + silence,
		Metrics: []string{"helpdesk_first_response_seconds", "helpdesk_first_response_deadlines_total"},
		Full:    [][]Fact{{CustomerMessages, CustomerTexts, HumanMessages, BotMessages, Handoffs, Handbacks, Assignments, Resolutions}},
		Inferred: [][]Fact{
			{CustomerMessages, HumanMessages},
		},
	},
	{
		Name: "customer_first_response", Title: "First response, bot time included", Rule: silence,
		Metrics:  []string{"helpdesk_customer_first_response_seconds"},
		Full:     [][]Fact{{CustomerMessages, CustomerTexts, HumanMessages, BotMessages, Resolutions}},
		Inferred: [][]Fact{{CustomerMessages, HumanMessages}},
	},
	{
		Name: "waiting", Title: "Waiting, every reply, escalations", Rule: owner + "; " + silence,
		Metrics: []string{"helpdesk_response_seconds", "helpdesk_turns_total", "helpdesk_unanswered_2m_total"},
		Full: [][]Fact{{CustomerMessages, CustomerTexts, HumanMessages, BotMessages, Handoffs, Handbacks, Assignments, Pending,
			Resolutions}},
		Inferred: [][]Fact{{CustomerMessages, HumanMessages}},
	},
	{
		Name: "business_hours", Title: "Business hours", Rule: owner + "; " + silence, Config: "`calendars`",
		Metrics:  []string{"helpdesk_first_response_business_seconds", "helpdesk_resolution_business_seconds"},
		Full:     [][]Fact{{CustomerMessages, CustomerTexts, HumanMessages, BotMessages, Handoffs, Handbacks, Assignments, Resolutions, ResolvedBy}},
		Inferred: [][]Fact{{CustomerMessages, HumanMessages}},
	},
	{
		Name: "resolution", Title: "Resolution", Rule: silence,
		Metrics: []string{"helpdesk_resolution_seconds", "helpdesk_resolution_active_seconds", "helpdesk_resolution_deadlines_total",
			"helpdesk_conversations_closed_total"},
		Full: [][]Fact{{CustomerMessages, CustomerTexts, HumanMessages, BotMessages, Handoffs, Handbacks, Assignments, Pending,
			Resolutions, ResolvedBy}},
		Inferred: [][]Fact{{CustomerMessages, HumanMessages}, {CustomerMessages, BotMessages}, {CustomerMessages, Resolutions}},
	},
	{
		Name: "fcr", Title: "First contact resolution", Rule: silence,
		Metrics:  []string{"helpdesk_fcr_outcomes_24h_total", "helpdesk_fcr_outcomes_7d_total"},
		Full:     [][]Fact{{CustomerMessages, CustomerTexts, HumanMessages, BotMessages, Resolutions}},
		Inferred: [][]Fact{{CustomerMessages, HumanMessages}, {CustomerMessages, BotMessages}, {CustomerMessages, Resolutions}},
	},
	{
		Name: "csat", Title: "CSAT", Rule: "how many surveys were sent is not known, nor is a bare number understood",
		Metrics:  []string{"helpdesk_csat_surveys_total", "helpdesk_csat_responses_total"},
		Full:     [][]Fact{{SurveysSent, SurveyAnswers, CustomerMessages, CustomerTexts}},
		Inferred: [][]Fact{{SurveyAnswers}, {SurveysSent, CustomerMessages, CustomerTexts}},
	},
	{
		Name: "nps", Title: "NPS", Rule: "how many surveys were sent is not known",
		Metrics:  []string{"helpdesk_nps_responses_total"},
		Full:     [][]Fact{{SurveysSent, SurveyAnswers, NPS, CustomerMessages, CustomerTexts}},
		Inferred: [][]Fact{{SurveyAnswers, NPS}},
	},
	{
		Name: "agents", Title: "Agents' messages and response times", Rule: "who is responsible is known by who wrote last",
		Metrics: []string{"helpdesk_agent_messages_total", "helpdesk_agent_conversations_total", "helpdesk_agent_response_seconds",
			"helpdesk_assignments_total", "helpdesk_assignment_response_seconds"},
		Full: [][]Fact{{CustomerMessages, CustomerTexts, HumanMessages, HumanSenders, BotMessages, Assignments, Handoffs, Handbacks,
			Pending, Resolutions, ResolvedBy}},
		Inferred: [][]Fact{{CustomerMessages, HumanMessages, HumanSenders}},
	},
	{
		Name: "utilization", Title: "Agents' time and utilization", Rule: "sessions are concluded from activity (`agents.session_timeout`)",
		Metrics: []string{"helpdesk_agent_state_seconds_total", "helpdesk_agent_utilization_ratio"},
		Full: [][]Fact{{Presence, CustomerMessages, CustomerTexts, HumanMessages, HumanSenders, BotMessages, Assignments, Handoffs,
			Handbacks, Pending, Resolutions, ResolvedBy}},
		Inferred: [][]Fact{{HumanMessages, HumanSenders}},
	},
	{
		Name: "load", Title: "Agents' load by capacity", Rule: "capacity comes from `agents.list[].capacity`, sessions from activity",
		Metrics: []string{"helpdesk_agent_capacity", "helpdesk_agent_load_ratio"},
		Full: [][]Fact{{Capacity, Presence, CustomerMessages, CustomerTexts, HumanMessages, HumanSenders, BotMessages, Assignments,
			Handoffs, Handbacks, Pending, Resolutions, ResolvedBy}},
		Inferred: [][]Fact{{HumanMessages, HumanSenders}},
	},
	{
		Name: "bot_containment", Title: "Bot containment", Rule: owner + "; " + silence,
		Metrics: []string{"helpdesk_bot_conversations_total", "helpdesk_bot_contained_7d_total", "helpdesk_bot_first_response_seconds"},
		Full: [][]Fact{{CustomerMessages, CustomerTexts, BotMessages, HumanMessages, Handoffs, Handbacks, Assignments, Resolutions,
			ResolvedBy}},
		Inferred: [][]Fact{{CustomerMessages, BotMessages}},
	},
	{
		Name: "handoffs", Title: "Handoffs and their reasons", Rule: owner + ", the reason is `implicit`",
		Metrics: []string{"helpdesk_bot_handoffs_total"},
		Full: [][]Fact{{CustomerMessages, CustomerTexts, BotMessages, HumanMessages, Handoffs, HandoffReasons, Handbacks, Assignments,
			Resolutions}},
		Inferred: [][]Fact{{BotMessages, HumanMessages}, {BotMessages, Assignments}, {BotMessages, Handoffs}},
	},
	{
		Name: "volume", Title: "Conversations opened and open", Rule: silence,
		Metrics:  []string{"helpdesk_conversations_opened_total"},
		Full:     [][]Fact{{CustomerMessages, CustomerTexts, HumanMessages, BotMessages, Resolutions}},
		Inferred: [][]Fact{{CustomerMessages}, {Openings}},
	},
	{
		Name: "request_types", Title: "What customers ask for", Rule: "",
		Metrics: []string{"helpdesk_conversations_opened_total"},
		Full:    [][]Fact{{RequestTypes, CustomerMessages, CustomerTexts, HumanMessages, BotMessages, Resolutions}},
		Inferred: [][]Fact{
			{RequestTypes}, {Labels},
		},
		Config: "`request_types`",
	},
	{
		Name: "labels", Title: "Labels (sale, churn risk, …)", Config: "`conversations.labels`",
		Metrics:  []string{"helpdesk_conversation_labels_total"},
		Full:     [][]Fact{{Labels, CustomerMessages, CustomerTexts, HumanMessages, BotMessages, Resolutions}},
		Inferred: [][]Fact{{Labels}},
		Rule:     silence,
	},
	{
		Name: "messages", Title: "Messages in and out", Rule: "authors of messages out are not all known",
		Metrics:  []string{"helpdesk_messages_total"},
		Full:     [][]Fact{{CustomerMessages, HumanMessages, BotMessages, SystemMessages}},
		Inferred: [][]Fact{{CustomerMessages}},
	},
	{
		Name: "delivery", Title: "Delivery and failures", Rule: "only a part of the statuses is told",
		Metrics:  []string{"helpdesk_outbound_statuses_total", "helpdesk_send_failures_total"},
		Full:     [][]Fact{{Delivery, Failures, FailureCodes, Categories}},
		Inferred: [][]Fact{{Delivery}, {Failures}},
	},
	{
		Name: "consent", Title: "Consent", Rule: "by words that customers write (`consent`)",
		Metrics:  []string{"helpdesk_contacts", "helpdesk_consent_changes_total"},
		Full:     [][]Fact{{Consent, CustomerMessages, CustomerTexts}},
		Inferred: [][]Fact{{Consent}, {CustomerMessages, CustomerTexts}},
	},
	{
		Name: "templates", Title: "Template messages", Rule: "consent is known by words only",
		Metrics:  []string{"helpdesk_template_messages_total"},
		Full:     [][]Fact{{Templates, Categories, Consent, CustomerMessages, CustomerTexts}},
		Inferred: [][]Fact{{Templates}},
	},
	{
		Name: "account", Title: "Number and account", Rule: "only a part is told",
		Metrics:  []string{"helpdesk_provider_account_events_total", "helpdesk_inbox_restricted", "helpdesk_template_state"},
		Full:     [][]Fact{{LineEvents, Restrictions, TemplateStates}},
		Inferred: [][]Fact{{LineEvents}},
	},
}
