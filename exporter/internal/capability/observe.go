package capability

import "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"

// Observe tells which facts events show, the test of a declared table: all
// that a provider's corpus shows is declared, and the other way round.
func Observe(events []event.Event) map[Fact]bool {
	seen := make(map[Fact]bool)
	for i := range events {
		observe(&events[i], func(f Fact, there bool) {
			if there {
				seen[f] = true
			}
		})
	}
	return seen
}

func observe(e *event.Event, see func(Fact, bool)) {
	see(AgentNames, e.Agent.Name != "")
	see(Teams, e.Agent.Team != "")
	see(Capacity, e.Agent.Capacity > 0)
	see(Links, e.Alias != "")
	switch e.Kind {
	case event.MessageReceived:
		see(CustomerMessages, true)
		see(CustomerTexts, e.Message.Text != "")
		see(SurveyAnswers, e.HasScore)
		see(NPS, e.HasScore && e.Survey == event.SurveyNPS)
	case event.MessageSent:
		see(HumanMessages, e.Actor == event.ActorHuman)
		see(HumanSenders, e.Actor == event.ActorHuman && e.Agent.ID != "")
		see(BotMessages, e.Actor == event.ActorBot)
		see(SystemMessages, e.Actor == event.ActorSystem)
		see(Templates, e.Message.Template != event.Template{})
		see(Categories, e.Message.Template.Category != "")
	case event.MessageStatus:
		see(Delivery, e.Status == event.StatusDelivered || e.Status == event.StatusRead)
		see(Failures, e.Status == event.StatusFailed)
		see(FailureCodes, e.Status == event.StatusFailed && e.Error != "")
		see(Categories, e.Message.Template.Category != "")
	case event.ConversationOpened:
		see(Openings, true)
	case event.ConversationAssigned:
		see(Assignments, e.Agent.ID != "")
	case event.ConversationHandoff:
		see(Handoffs, true)
		see(HandoffReasons, e.Reason != "")
	case event.ConversationHandback:
		see(Handbacks, true)
	case event.ConversationPending:
		see(Pending, true)
	case event.ConversationResolved:
		see(Resolutions, true)
		see(ResolvedBy, e.Actor == event.ActorHuman || e.Actor == event.ActorBot)
	case event.ConversationLabeled:
		see(RequestTypes, e.RequestType != "")
		see(Labels, len(e.Labels) > 0)
	case event.ConversationMerged:
		see(Merges, true)
	case event.SurveySent:
		see(SurveysSent, true)
		see(NPS, e.Survey == event.SurveyNPS)
	case event.SurveyAnswered:
		see(SurveyAnswers, true)
		see(NPS, e.Survey == event.SurveyNPS)
	case event.AgentState:
		see(Presence, true)
	case event.ConsentChanged:
		see(Consent, true)
	case event.NoteAdded:
		see(Notes, true)
	case event.LineChanged:
		see(LineEvents, true)
		see(Restrictions, e.Line.Restricted != 0)
		see(TemplateStates, e.Line.TemplateState != "")
	}
}
