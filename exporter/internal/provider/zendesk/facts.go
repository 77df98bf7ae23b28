package zendesk

import "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/capability"

// What people set up so that Zendesk tells.
const (
	byConversations = "with `conversations_key`: the webhook of Sunshine Conversations beside the event webhooks"
	byUsers         = "with bots among `users`"
)

// facts are what Zendesk's webhooks tell where messages are read from event
// webhooks.
var facts = capability.Facts{
	capability.CustomerMessages: capability.Told,
	capability.CustomerTexts:    capability.Told,
	capability.HumanMessages:    capability.Told,
	capability.HumanSenders:     capability.Told,
	capability.BotMessages:      capability.Told,
	capability.SystemMessages:   capability.By("with `triggers: system`, or integrations among `users`"),
	capability.Openings:         capability.InferredFrom("a ticket that somebody of the business submitted; all others begin with their message"),
	capability.Assignments:      capability.Told,
	capability.Handoffs:         capability.By("with tags of `handoff_tags`, or " + byConversations),
	capability.HandoffReasons:   capability.By("with tags of `handoff_tags`"),
	capability.Handbacks:        capability.By(byUsers + ", whom tickets are assigned to, or " + byConversations),
	capability.Pending:          capability.Told,
	capability.Resolutions:      capability.Told,
	capability.ResolvedBy:       capability.By(byUsers + ", if they solve tickets"),
	capability.Labels:           capability.Told,
	capability.Merges:           capability.Told,
	capability.SurveysSent:      capability.Told,
	capability.SurveyAnswers:    capability.Told,
	capability.Presence:         capability.Told,
	capability.AgentNames:       capability.Told,
	capability.Teams:            capability.By("with names of `groups`; without them teams are called by their ids"),
	capability.Consent:          capability.InferredFrom("tags of `opt_in_tags` and `opt_out_tags` on tickets: who has none has no consent"),
	capability.Delivery:         capability.InferredFrom(byConversations + "; that a message was read is not told of which"),
	capability.Failures:         capability.By(byConversations),
	capability.FailureCodes:     capability.By(byConversations),
	capability.Links:            capability.By("with a trigger that sends `requester_phone`"),
	capability.Notes:            capability.Told,
}
