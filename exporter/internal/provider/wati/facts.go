package wati

import "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/capability"

// What people do so that Wati tells who wrote.
const (
	byPeople = "with the `_v2` events, and whatever else sends named in `bot_names`, `bot_emails` and `local_id_prefixes`"
	byBots   = "with the `_v2` events, or with `bot_names` and `bot_emails`"
	bySystem = "with templates, and other automatic messages named in `local_id_prefixes`"
	bySurvey = "with `survey_templates` or `survey_texts`"
)

// facts are what Wati's webhooks tell. Tickets have none of their own: nothing
// says that one was closed, put aside or handed over.
var facts = capability.Facts{
	capability.CustomerMessages: capability.Told,
	capability.CustomerTexts:    capability.Told,
	capability.HumanMessages:    capability.By(byPeople),
	capability.HumanSenders:     capability.By(byPeople),
	capability.BotMessages:      capability.By(byBots),
	capability.SystemMessages:   capability.By(bySystem),
	capability.Assignments:      capability.InferredFrom("an assignment is seen at the customer's next message, which names the operator"),
	capability.Handbacks:        capability.InferredFrom("with `handbacks: true`, a chatbot that starts, or a customer's message in a chat of the bot's, hands back"),
	capability.SurveysSent:      capability.By(bySurvey),
	capability.NPS:              capability.By(bySurvey),
	capability.AgentNames:       capability.Told,
	capability.Consent:          capability.InferredFrom("failures with code 131050, by which WhatsApp says that the customer wants no marketing"),
	capability.Templates:        capability.Told,
	capability.Delivery:         capability.Told,
	capability.Failures:         capability.Told,
	capability.FailureCodes:     capability.Told,
	capability.Links:            capability.Told,
}
