package capability_test

import (
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/capability"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

// reduce takes out of an event what a provider with these facts does not tell,
// and tells whether anything is left. Authors that are not told become unknown.
// What is not reduced is what a simulated vendor has to show.
func reduce(f capability.Facts, e *event.Event) bool {
	keep := func(facts ...capability.Fact) bool {
		for _, fact := range facts {
			if f[fact].Level > capability.None {
				return true
			}
		}
		return false
	}
	if !keep(capability.AgentNames) {
		e.Agent.Name = ""
	}
	if !keep(capability.Teams) {
		e.Agent.Team = ""
	}
	if !keep(capability.Capacity) {
		e.Agent.Capacity = 0
	}
	if e.Kind != event.ContactLinked && !keep(capability.Links) {
		e.Alias = ""
	}
	switch e.Kind {
	case event.MessageReceived:
		if !keep(capability.CustomerTexts) {
			e.Message.Text = ""
		}
		return keep(capability.CustomerMessages)
	case event.MessageSent:
		author := map[event.Actor]capability.Fact{event.ActorHuman: capability.HumanMessages, event.ActorBot: capability.BotMessages, event.ActorSystem: capability.SystemMessages}
		if fact, ok := author[e.Actor]; ok && !keep(fact) {
			e.Actor, e.Agent = event.ActorUnknown, event.Agent{}
		}
		if !keep(capability.HumanSenders) {
			e.Agent = event.Agent{Team: e.Agent.Team}
		}
		if !keep(capability.Templates) {
			e.Message.Template = event.Template{}
		}
		if !keep(capability.Categories) {
			e.Message.Template.Category = ""
		}
		return true
	case event.MessageStatus:
		if !keep(capability.Categories) {
			e.Message.Template.Category = ""
		}
		if e.Status == event.StatusFailed {
			if !keep(capability.FailureCodes) {
				e.Error = ""
			}
			return keep(capability.Failures)
		}
		return keep(capability.Delivery)
	case event.ConversationOpened:
		return keep(capability.Openings)
	case event.ConversationAssigned:
		return keep(capability.Assignments)
	case event.ConversationHandoff:
		if !keep(capability.HandoffReasons) {
			e.Reason = ""
		}
		return keep(capability.Handoffs)
	case event.ConversationHandback:
		return keep(capability.Handbacks)
	case event.ConversationPending:
		return keep(capability.Pending)
	case event.ConversationResolved:
		if !keep(capability.ResolvedBy) {
			e.Actor, e.Agent = event.ActorUnknown, event.Agent{}
		}
		return keep(capability.Resolutions)
	case event.ConversationLabeled:
		if !keep(capability.RequestTypes) {
			e.RequestType = ""
		}
		if !keep(capability.Labels) {
			e.Labels = nil
		}
		return keep(capability.RequestTypes, capability.Labels)
	case event.ConversationMerged:
		return keep(capability.Merges)
	case event.SurveySent:
		return keep(capability.SurveysSent) && (e.Survey != event.SurveyNPS || keep(capability.NPS))
	case event.SurveyAnswered:
		return keep(capability.SurveyAnswers) && (e.Survey != event.SurveyNPS || keep(capability.NPS))
	case event.AgentState:
		return keep(capability.Presence)
	case event.ConsentChanged:
		return keep(capability.Consent)
	case event.ContactLinked:
		return keep(capability.Links)
	case event.NoteAdded:
		return keep(capability.Notes)
	case event.LineChanged:
		if !keep(capability.Restrictions) {
			e.Line.Restricted = 0
		}
		if e.Line.TemplateState != "" {
			return keep(capability.TemplateStates)
		}
		return keep(capability.LineEvents)
	}
	return true
}
