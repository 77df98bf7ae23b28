package capability

import "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"

// Reduce takes out of an event what a provider with these facts does not tell,
// and tells whether anything is left. Authors that are not told become unknown.
// What is not reduced is what a simulated vendor has to show.
func (f Facts) Reduce(e *event.Event) bool {
	keep := func(facts ...Fact) bool {
		for _, fact := range facts {
			if f[fact].Level > None {
				return true
			}
		}
		return false
	}
	if !keep(AgentNames) {
		e.Agent.Name = ""
	}
	if !keep(Teams) {
		e.Agent.Team = ""
	}
	if !keep(Capacity) {
		e.Agent.Capacity = 0
	}
	if e.Kind != event.ContactLinked && !keep(Links) {
		e.Alias = ""
	}
	switch e.Kind {
	case event.MessageReceived:
		if !keep(CustomerTexts) {
			e.Message.Text = ""
		}
		return keep(CustomerMessages)
	case event.MessageSent:
		author := map[event.Actor]Fact{event.ActorHuman: HumanMessages, event.ActorBot: BotMessages, event.ActorSystem: SystemMessages}
		if fact, ok := author[e.Actor]; ok && !keep(fact) {
			e.Actor, e.Agent = event.ActorUnknown, event.Agent{}
		}
		if !keep(HumanSenders) {
			e.Agent = event.Agent{Team: e.Agent.Team}
		}
		if !keep(Templates) {
			e.Message.Template = event.Template{}
		}
		if !keep(Categories) {
			e.Message.Template.Category = ""
		}
		return true
	case event.MessageStatus:
		if !keep(Categories) {
			e.Message.Template.Category = ""
		}
		if e.Status == event.StatusFailed {
			if !keep(FailureCodes) {
				e.Error = ""
			}
			return keep(Failures)
		}
		return keep(Delivery)
	case event.ConversationOpened:
		return keep(Openings)
	case event.ConversationAssigned:
		return keep(Assignments)
	case event.ConversationHandoff:
		if !keep(HandoffReasons) {
			e.Reason = ""
		}
		return keep(Handoffs)
	case event.ConversationHandback:
		return keep(Handbacks)
	case event.ConversationPending:
		return keep(Pending)
	case event.ConversationResolved:
		if !keep(ResolvedBy) {
			e.Actor, e.Agent = event.ActorUnknown, event.Agent{}
		}
		return keep(Resolutions)
	case event.ConversationLabeled:
		if !keep(RequestTypes) {
			e.RequestType = ""
		}
		if !keep(Labels) {
			e.Labels = nil
		}
		return keep(RequestTypes, Labels)
	case event.ConversationMerged:
		return keep(Merges)
	case event.SurveySent:
		return keep(SurveysSent) && (e.Survey != event.SurveyNPS || keep(NPS))
	case event.SurveyAnswered:
		return keep(SurveyAnswers) && (e.Survey != event.SurveyNPS || keep(NPS))
	case event.AgentState:
		return keep(Presence)
	case event.ConsentChanged:
		return keep(Consent)
	case event.ContactLinked:
		return keep(Links)
	case event.NoteAdded:
		return keep(Notes)
	case event.LineChanged:
		if !keep(Restrictions) {
			e.Line.Restricted = 0
		}
		if e.Line.TemplateState != "" {
			return keep(TemplateStates)
		}
		return keep(LineEvents)
	}
	return true
}
