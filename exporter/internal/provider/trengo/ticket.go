package trengo

import (
	"strings"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/convention"
)

// begun reads that a ticket is there or open again. The message by which it
// became so tells the same and more; and since a thank-you or a score makes or
// reopens a ticket too, nothing begins here unless the configuration says so.
func (r *reader) begun(name string) {
	switch {
	case !r.hasTicket():
	case !r.rules.ticketOpens:
		r.ignore(name)
	default:
		r.add(event.ConversationOpened, r.change())
	}
}

// assigned reads the state after the change: a user's, a team's, or nobody's.
func (r *reader) assigned() {
	if !r.hasTicket() {
		return
	}
	user, team, teamID := r.id("user_id"), r.name("team_name"), r.id("team_id")
	if strings.EqualFold(strings.TrimSpace(r.form.Get("assigned_to")), "TEAM") {
		user = ""
	}
	id := r.change(user, teamID)
	if actor, ok := r.rules.users[user]; ok && user != "" && actor != event.ActorHuman {
		r.add(event.ConversationHandback, id)
		return
	}
	agent := event.Agent{Team: r.team(team, teamID)}
	if user != "" {
		known := r.agent(user)
		agent.ID, agent.Name = known.ID, known.Name
	}
	r.add(event.ConversationAssigned, id).Agent = agent
	if user != "" {
		return
	}
	reason, ok := r.rules.handoffTeams[team]
	if !ok {
		reason, ok = r.rules.handoffTeams[teamID]
	}
	if ok {
		e := r.add(event.ConversationHandoff, id+":handoff")
		e.Agent, e.Reason = agent, reason
	}
}

// team gives a team's name.
func (r *reader) team(name, id string) string {
	for _, key := range []string{id, name} {
		if other, ok := r.rules.teams[key]; ok && key != "" {
			return other
		}
	}
	return or(name, id)
}

// closed reads that a ticket was closed. Who did it is not said; where a user
// stands there all the same, it was that one.
func (r *reader) closed() {
	if !r.hasTicket() {
		return
	}
	e := r.add(event.ConversationResolved, r.change())
	if e.Actor = r.rules.closer; r.id("user_id") != "" {
		e.Actor, e.Agent = r.author()
	}
}

// merged reads that a ticket went into another one, which lives on.
func (r *reader) merged() {
	into, from := r.base.Conversation, r.id("merged_and_deleted_ticket_id")
	if into == "" || from == "" || into == from {
		r.ignore(ignoredShape)
		return
	}
	id := r.change(from)
	r.base.Conversation = from
	r.add(event.ConversationMerged, id).Into = into
}

// spam ends the conversation as a merge into nothing does: without a sample of
// any duration, and with its deadlines void.
func (r *reader) spam() {
	if r.hasTicket() {
		r.add(event.ConversationMerged, r.change())
	}
}

// labeled: a label means what the configuration says, or is a score by the
// convention; any other is a label.
func (r *reader) labeled() {
	name, id, ok := r.label()
	if !ok {
		return
	}
	change := r.change(or(id, name))
	rule, ok := r.rules.label(name, id)
	if !ok {
		answer, scored, offScale := convention.ParseAnswer([]byte(name))
		if offScale {
			r.ignore(ignoredScore)
			return
		}
		rule, ok = labelRule{kind: event.SurveyAnswered, answer: answer}, scored
	}
	if !ok {
		r.add(event.ConversationLabeled, change).Labels = []string{or(name, id)}
		return
	}
	e := r.add(rule.kind, change)
	e.Consent, e.Reason = rule.consent, rule.reason
	if rule.kind == event.SurveyAnswered {
		e.Actor = event.ActorCustomer
		rule.answer.Mark(e)
	}
}

// unlabeled: who does not want to hear of offers any more loses the label. What
// ends the other meanings of labels is said by other events.
func (r *reader) unlabeled() {
	name, id, ok := r.label()
	if !ok {
		return
	}
	switch rule, _ := r.rules.label(name, id); rule.consent {
	case event.ConsentOptedIn, event.ConsentConfirmed:
		r.add(event.ConsentChanged, r.change(or(id, name))).Consent = event.ConsentOptedOut
	default:
		r.ignore(ignoredUnlabeled)
	}
}

// label gives the label's name and id, one of which is there.
func (r *reader) label() (name, id string, ok bool) {
	if !r.hasTicket() {
		return "", "", false
	}
	if name, id = r.name("label_name"), r.id("label_id"); name == "" && id == "" {
		r.ignore(ignoredShape)
		return "", "", false
	}
	return name, id, true
}
