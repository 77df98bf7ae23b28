package chatwoot

import "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/capability"

// ofNewest is how delivery is known.
const ofNewest = "the status of a message, where a webhook says that it has changed and it is the newest of its conversation"

// facts are what Chatwoot's webhooks tell. It has no event for presence: the
// availability_status beside an assignee is old by then.
var facts = capability.Facts{
	capability.CustomerMessages: capability.Told,
	capability.CustomerTexts:    capability.Told,
	capability.HumanMessages:    capability.Told,
	capability.HumanSenders:     capability.Told,
	capability.BotMessages:      capability.Told,
	capability.SystemMessages:   capability.Told,
	capability.Openings:         capability.InferredFrom("a conversation whose newest message is an agent's when its creation is reported; all others begin with their message"),
	capability.Assignments:      capability.Told,
	capability.Handoffs:         capability.Told,
	capability.HandoffReasons:   capability.By("with `handoff_attribute`, which the bot sets before it opens the conversation"),
	capability.Handbacks:        capability.By("with `bot: true` at inboxes where a bot answers"),
	capability.Pending:          capability.Told,
	capability.Resolutions:      capability.Told,
	capability.ResolvedBy: capability.InferredFrom("the bot resolved what was pending in an inbox with `bot: true`, what is assigned to a bot, " +
		"and what nobody has answered; else the agent whom it is assigned to"),
	capability.RequestTypes:  capability.By("with `type_attribute`, or labels mapped under `request_types`"),
	capability.Labels:        capability.Told,
	capability.SurveysSent:   capability.Told,
	capability.SurveyAnswers: capability.Told,
	capability.AgentNames:    capability.Told,
	capability.Teams:         capability.Told,
	capability.Consent:       capability.By("with `consent_attribute`; who agrees again changes nothing, and that is not told"),
	capability.Templates:     capability.Told,
	capability.Categories:    capability.By("where whoever sends templates through the API gives `category` among `template_params`"),
	capability.Delivery:      capability.InferredFrom(ofNewest),
	capability.Failures:      capability.Told,
	capability.FailureCodes:  capability.Told,
	capability.Links:         capability.Told,
	capability.Notes:         capability.Told,
}
