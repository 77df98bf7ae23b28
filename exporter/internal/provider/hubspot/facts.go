package hubspot

import "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/capability"

// facts are what webhooks and API tell together. There is no word for a handoff,
// for who closed a thread, for presence, surveys sent or delivery.
var facts = capability.Facts{
	capability.CustomerMessages: capability.Told,
	capability.CustomerTexts:    capability.Told,
	capability.HumanMessages:    capability.Told,
	capability.HumanSenders:     capability.Told,
	capability.BotMessages:      capability.By("where apps that people write through are named under `integrations`"),
	capability.SystemMessages:   capability.Told,
	capability.Assignments:      capability.Told,
	capability.Resolutions:      capability.Told,
	capability.SurveyAnswers:    capability.By("with a subscription to created feedback submissions"),
	capability.NPS:              capability.By("with a subscription to created feedback submissions"),
	capability.Consent:          capability.By("with `consent_property`, a subscription to its changes, and one number under `inboxes` (else of customers who have written)"),
	capability.AgentNames:       capability.Told,
	capability.Failures:         capability.InferredFrom("what had failed when the message was fetched"),
	capability.Links:            capability.Told,
}
