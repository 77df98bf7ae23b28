package recounttest

import "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"

func (g *generator) note() event.Event {
	return event.Event{Kind: event.NoteAdded, Agent: g.agent()}
}

func (g *generator) survey() event.Event {
	e := event.Event{Kind: event.SurveySent, Scale: pick(g, "scale", 0.0, 0.0, 5.0, 10.0, 3.0),
		Survey: pick(g, "survey", event.SurveyCSAT, event.SurveyCSAT, event.SurveyCSAT, event.SurveyNPS)}
	if g.chance(15, "about") {
		e.Agent = g.known()
	}
	return e
}

// surveyed: one of the thread's last few events is a survey.
func (g *generator) surveyed() bool {
	for back := len(g.events) - 1; back >= 0 && back >= len(g.events)-8; back-- {
		if e := g.events[back]; e.Kind == event.SurveySent && g.inThread(e) {
			return true
		}
	}
	return false
}

// rate answers a survey with a number of some scale.
func (g *generator) rate(e *event.Event) {
	e.HasScore = true
	e.Score = float64(below(g.t, 12, "score"))
	if g.chance(15, "half") {
		e.Score += 0.5
	}
	e.Scale = pick(g, "scale", 0.0, 5.0, 10.0, 3.0)
	e.Survey = pick(g, "survey", event.SurveyCSAT, event.SurveyCSAT, event.SurveyCSAT, event.SurveyNPS)
}

func (g *generator) surveyAnswer() event.Event {
	e := event.Event{Kind: event.SurveyAnswered}
	g.rate(&e)
	return e
}

func (g *generator) consent() event.Event {
	return event.Event{Kind: event.ConsentChanged,
		Consent: pick(g, "consent", event.ConsentOptedIn, event.ConsentConfirmed, event.ConsentOptedOut)}
}

func (g *generator) state() event.Event {
	return event.Event{Kind: event.AgentState, Agent: g.known(),
		State: pick(g, "state", event.PresenceAvailable, event.PresenceAvailable, event.PresenceAway, event.PresenceOffline)}
}
