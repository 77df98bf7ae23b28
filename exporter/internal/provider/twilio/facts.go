package twilio

import "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/capability"

// What people do at Twilio so that it tells.
const (
	viaAPI  = "with `X-Twilio-Webhook-Enabled: true` on what is posted through the API"
	authors = "with Conversations, or with `actor` and `agent` in the query of a `StatusCallback`"
	closing = "with Conversations or TaskRouter"
	byActor = "with `actor` in the message's attributes or the query of its `StatusCallback`"
	tasks   = "with a TaskRouter task for what people take over"
	router  = "with TaskRouter's event callbacks"
	callURL = "in the query of its `StatusCallback`"
)

// facts are what Twilio's webhooks tell, all families together.
var facts = capability.Facts{
	capability.CustomerMessages: capability.Told,
	capability.CustomerTexts:    capability.Told,
	capability.HumanMessages:    capability.By(authors),
	capability.HumanSenders:     capability.By(authors),
	capability.BotMessages:      capability.By(viaAPI),
	capability.SystemMessages:   capability.By(byActor),
	capability.Assignments:      capability.By(tasks),
	capability.Handoffs:         capability.By(tasks),
	capability.HandoffReasons:   capability.By("with `reason` in the task's attributes"),
	capability.Handbacks:        capability.By("with tasks that end for one of `handback_reasons`"),
	capability.Pending:          capability.By("with conversations set inactive through the API while they wait"),
	capability.Resolutions:      capability.By(closing),
	capability.ResolvedBy:       capability.By("with `resolve_on: wrapup` and `api_closer`"),
	capability.RequestTypes:     capability.By("with `request_type` in the attributes of conversation or task"),
	capability.Labels:           capability.By("with `labels` in the attributes of conversation or task"),
	capability.SurveysSent:      capability.By("with `survey` in the message's attributes or " + callURL),
	capability.SurveyAnswers:    capability.By("with buttons named `csat:…:5`"),
	capability.NPS:              capability.By("with buttons named `nps:…:9`"),
	capability.Presence:         capability.By(router),
	capability.Capacity:         capability.InferredFrom("`worker.capacity.update` is read as the configured capacity"),
	capability.AgentNames:       capability.By(router),
	capability.Teams:            capability.By(router),
	capability.Consent:          capability.By("with a Messaging Service that has Advanced Opt-Out"),
	capability.Templates:        capability.By("with `template` " + callURL),
	capability.Categories:       capability.By("with `category` " + callURL),
	capability.Delivery:         capability.Told,
	capability.Failures:         capability.Told,
	capability.FailureCodes:     capability.Told,
	capability.Links:            capability.Told,
}
