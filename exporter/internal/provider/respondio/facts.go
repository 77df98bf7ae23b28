package respondio

import "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/capability"

// facts are what respond.io's webhooks tell. It has no word for presence; of a
// handoff and of pending there are tags at most, and of a message's delivery what
// is known when it is sent.
var facts = capability.Facts{
	capability.CustomerMessages: capability.Told,
	capability.CustomerTexts:    capability.Told,
	capability.HumanMessages:    capability.Told,
	capability.HumanSenders:     capability.Told,
	capability.BotMessages:      capability.By("with the sources `workflow` and `ai_agent` ticked in the webhook for sent messages"),
	capability.SystemMessages:   capability.Told,
	capability.Openings:         capability.Told,
	capability.Assignments:      capability.Told,
	capability.Handoffs:         capability.By("with tags of `handoff_tags`"),
	capability.HandoffReasons:   capability.By("with tags of `handoff_tags`"),
	capability.Pending:          capability.By("with tags of `pending_tags`"),
	capability.Handbacks:        capability.By("with `bot_users`, to whom people assign"),
	capability.Resolutions:      capability.Told,
	capability.ResolvedBy:       capability.Told,
	capability.RequestTypes:     capability.By("with tags, or categories of closing notes, mapped under `request_types`"),
	capability.Labels:           capability.Told,
	capability.SurveysSent:      capability.By("with messages of type `rating`"),
	capability.SurveyAnswers:    capability.By("with a workflow that writes the score into `csat_field`"),
	capability.AgentNames:       capability.Told,
	capability.Teams:            capability.By("with `teams` or `agents.list[].team`"),
	capability.Consent:          capability.By("with `opt_in_tags` and `opt_out_tags`, or `consent_field`"),
	capability.Templates:        capability.Told,
	capability.Delivery:         capability.InferredFrom("what is known of a message when it is reported as sent, nothing later"),
	capability.Failures:         capability.InferredFrom("what is known of a message when it is reported as sent, nothing later"),
	capability.Links:            capability.Told,
	capability.Notes:            capability.Told,
}
