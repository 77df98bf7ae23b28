package meta

import "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/capability"

// callback is what makes Meta tell who sends.
const callback = "with `actor=` in `biz_opaque_callback_data` (docs/meta.md)"

// facts are what Meta's webhooks tell. It has no word for what goes on in the
// desk: assignments, handoffs, resolutions, labels and presence.
var facts = capability.Facts{
	capability.CustomerMessages: capability.Told,
	capability.CustomerTexts:    capability.Told,
	capability.HumanMessages:    capability.By(callback),
	capability.HumanSenders:     capability.By(callback),
	capability.BotMessages:      capability.By(callback),
	capability.SystemMessages:   capability.By(callback),
	capability.Teams:            capability.By("with `team=` in `biz_opaque_callback_data`"),
	capability.SurveysSent:      capability.By("with `survey=` in `biz_opaque_callback_data`"),
	capability.SurveyAnswers:    capability.By("with buttons named `csat:…:5`"),
	capability.NPS:              capability.By("with `survey=nps` in `biz_opaque_callback_data`"),
	capability.Templates:        capability.Told,
	capability.Categories:       capability.Told,
	capability.Delivery:         capability.Told,
	capability.Failures:         capability.Told,
	capability.FailureCodes:     capability.Told,
	capability.Consent:          capability.Told,
	capability.LineEvents:       capability.Told,
	capability.Restrictions:     capability.Told,
	capability.TemplateStates:   capability.Told,
	capability.Links:            capability.Told,
}
