package trengo

import "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/capability"

// What people set up so that Trengo tells.
const (
	byUser    = "with `users` and `automation` saying who writes without being a person"
	byTexts   = "with `system_texts`, and `users` who only send campaigns"
	bySurveys = "with `survey_texts`"
)

// facts are what Trengo's webhooks tell. They have no word for presence, for a
// message's delivery and for templates, and do not say who closed a ticket.
var facts = capability.Facts{
	capability.CustomerMessages: capability.Told,
	capability.CustomerTexts:    capability.Told,
	capability.HumanMessages:    capability.Told,
	capability.HumanSenders:     capability.Told,
	capability.BotMessages:      capability.By(byUser),
	capability.SystemMessages:   capability.By(byTexts),
	capability.Assignments:      capability.Told,
	capability.Handoffs:         capability.By("with labels of `handoff_labels`, or teams of `handoff_teams`"),
	capability.HandoffReasons:   capability.By("with labels of `handoff_labels`, or teams of `handoff_teams`"),
	capability.Handbacks:        capability.By("with a bot among `users`, whom tickets are assigned to"),
	capability.Pending:          capability.By("with labels of `pending_labels`"),
	capability.Resolutions:      capability.Told,
	capability.ResolvedBy:       capability.InferredFrom("`closer` says who closes all tickets"),
	capability.Labels:           capability.Told,
	capability.Merges:           capability.Told,
	capability.SurveysSent:      capability.By(bySurveys),
	capability.SurveyAnswers:    capability.By("with a flow that adds labels of `csat_labels`, or named `csat:…:5`"),
	capability.NPS:              capability.By("with `survey_texts` of kind nps, and a flow that adds labels named `nps:…:9`"),
	capability.AgentNames:       capability.Told,
	capability.Teams:            capability.Told,
	capability.Consent:          capability.InferredFrom("labels of `opt_in_labels` and `opt_out_labels` on tickets: who has none has no consent"),
	capability.Links:            capability.Told,
	capability.Notes:            capability.Told,
}
