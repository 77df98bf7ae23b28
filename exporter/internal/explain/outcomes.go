package explain

import (
	"strings"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/conversation"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

func (d *describer) window() {
	if w, ok := d.counted(m.ServiceWindows); ok {
		d.add(AboutServiceWindow, "free-reply window ends: %s", w.Labels["outcome"])
	}
}

func (d *describer) resolution() {
	facts := d.step.Before
	if !facts.Open {
		facts = d.step.After
	}
	if _, ok := d.counted(m.Resolution); ok {
		all, active := d.nanos(m.Resolution), d.nanos(m.ResolutionActive)
		if all == active {
			d.add(AboutResolution, "resolved %s after the customer's first message", took(all))
		} else {
			d.add(AboutResolution, "resolved %s after the customer's first message, %s without pending", took(all), took(active))
		}
	}
	if r, ok := d.counted(m.ResolutionDeadlines); ok {
		target := took(d.state.TargetsOf(facts.Inbox, facts.Team).Resolution)
		switch r.Labels["result"] {
		case "met":
			d.add(AboutResolution, "resolution met its target of %s", target)
		case "missed":
			d.add(AboutResolution, "resolution missed: not resolved within %s", target)
		default:
			why := "merged, or the customer never wrote"
			if d.step.After.Open {
				why = "nobody waited when its target passed"
			}
			d.add(AboutResolution, "resolution counts as void: %s", why)
		}
	}
}

var escalationCauses = map[string]string{
	"unanswered": "two minutes without any reply", "unresolved": "beyond the target of the resolution",
	"negative": "a negative message is not answered", "requested": "the customer asks for a person",
}

func (d *describer) escalations() {
	for _, c := range d.counts {
		if c.Metric == m.Escalations.Name {
			d.add(AboutEscalation, "escalated: %s", escalationCauses[c.Labels["reason"]])
		}
	}
}

var closedHow = map[string]string{
	"human": "by a human", "bot": "by the bot", "api": "by the provider, without an actor", "timeout": "by time-out",
	"thanks": "after a closing phrase", "merged": "merged into another one",
}

func (d *describer) closing() {
	c, _ := d.counted(m.ClosedConversations)
	touch := ""
	if c.Labels["one_touch"] == "true" {
		touch = ", one touch"
	}
	d.add(AboutConversation, "conversation closes: %s%s", closedHow[c.Labels["closed_by"]], touch)
}

func (d *describer) survey(b, a conversation.Facts) {
	if in := d.step.Event; in != nil && in.Kind == event.SurveySent {
		if a.Survey == in.Time {
			d.add(AboutSurvey, "survey open until %s: a rating by then is its answer", d.when(a.Survey+int64(d.state.Config().Surveys.OpenFor)))
		} else {
			d.add(AboutSurvey, "an older survey; the newer one stays")
		}
	}
	if c, ok := d.counted(m.SurveyResponses); ok {
		d.add(AboutSurvey, "survey answered: score %s", c.Labels["score"])
	}
	if c, ok := d.counted(m.NPSResponses); ok {
		d.add(AboutSurvey, "NPS survey answered: %s", c.Labels["group"])
	}
	if _, ok := d.counted(m.SurveyEdits); ok {
		d.add(AboutSurvey, "answered before: the first answer stays, this is an edit")
	}
	if _, ok := d.counted(m.SurveyUnparsed); ok {
		d.add(AboutSurvey, "the survey has no such score")
	}
}

// outcomes are what is final about the conversation.
func (d *describer) outcomes() {
	if c, ok := d.counted(m.BotConversations); ok {
		d.add(AboutOutcome, "outcome with the bot: %s", strings.ReplaceAll(c.Labels["outcome"], "_", " "))
	}
	for _, w := range []struct {
		f    *m.Family
		name string
	}{{m.FCROutcomes24h, "24 hours"}, {m.FCROutcomes7d, "7 days"}} {
		if c, ok := d.counted(w.f); ok {
			d.add(AboutOutcome, "first contact resolution within %s: %s", w.name, fcr[c.Labels["outcome"]])
		}
	}
	if c, ok := d.counted(m.BotContained7d); ok {
		d.add(AboutOutcome, "the bot's resolution after 7 days: %s", c.Labels["outcome"])
	}
}

var fcr = map[string]string{
	"first_contact": "first contact, no return", "reopened": "reopened by the customer",
	"repeat": "the customer came back", "unanswered": "unanswered, the customer had the last word",
}

// order tells of events that came late or are dated wrongly, and of those that
// mean nothing for the conversation.
func (d *describer) order() {
	in := d.step.Event
	if in == nil {
		return
	}
	if _, ok := d.counted(m.LateEvents); ok {
		d.add(AboutOrder, "older than what it would change: dropped")
	}
	if _, ok := d.counted(m.ClosingThanks); ok {
		d.add(AboutConversation, "a closing phrase after the close opens nothing")
	}
	if _, ok := d.counted(m.ClockAnomalies); ok {
		d.add(AboutOrder, "a duration below zero is not observed")
	}
	if _, ok := d.counted(m.FailedReplies); ok {
		d.add(AboutOrder, "the message had counted as a reply, which stays")
	}
	message := in.Kind == event.MessageReceived || in.Kind == event.MessageSent
	older := d.step.Before.Open && d.track.opened != 0 && in.Time < d.track.opened || !d.step.Before.Open && d.track.closed != 0 && in.Time < d.track.closed
	if message && older && len(d.changed) == 0 {
		d.add(AboutOrder, "older than the conversation: counts as a message and nothing else")
	}
}
