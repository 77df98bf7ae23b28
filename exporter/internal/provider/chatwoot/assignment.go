package chatwoot

import (
	"github.com/valyala/fastjson"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// assignment reads who has the conversation from now on: an agent, nobody, a
// bot, a team.
func (r *reader) assignment() {
	user, bot, team := r.change("assignee_id"), r.change("assignee_agent_bot_id"), r.change("team_id")
	switch {
	case id(bot, "current_value") != nil:
		r.handBack()
	case user != nil:
		now := id(user, "current_value")
		if now == nil && !wire.Null(user, "current_value") {
			r.ignore(ignoredShape)
			return
		}
		r.assigned(now)
	case id(team, "current_value") != nil:
		r.joined(id(team, "current_value"))
	case team != nil:
		r.ignore(ignoredTeam)
	}
}

func (r *reader) assigned(user []byte) {
	if r.rules.bots[string(user)] {
		r.handBack()
		return
	}
	a := event.Agent{ID: r.keeper.Keep(user), Team: r.team()}
	if string(id(r.assignee, "id")) == a.ID && !r.assigneeIsBot() {
		a = r.agent(r.assignee)
		a.Team = r.team()
	}
	r.assign(a)
}

// joined reads that a team got the conversation. Its agent, if there is one,
// still has it.
func (r *reader) joined(team []byte) {
	name := r.team()
	if known := wire.Object(wire.Object(r.conv, "meta"), "team"); name == "" || string(id(known, "id")) != string(team) {
		r.ignore(ignoredTeam)
		return
	}
	a := event.Agent{}
	if !r.assigneeIsBot() {
		a = r.agent(r.assignee)
	}
	a.Team = name
	r.assign(a)
}

func (r *reader) assign(a event.Agent) {
	e := r.add(event.ConversationAssigned, "assigned", r.base.Conversation, r.stamp)
	e.ID, e.Agent = r.keeper.Join(e.ID, ":", a.ID), a
}

// team is the conversation's.
func (r *reader) team() string {
	return r.keeper.Keep(wire.Cut(wire.Text(wire.Object(wire.Object(r.conv, "meta"), "team"), "name"), wire.MaxName))
}

// agent gives a user.
func (r *reader) agent(v *fastjson.Value) event.Agent {
	return event.Agent{ID: r.keeper.Keep(id(v, "id")), Name: r.keeper.Keep(wire.Cut(wire.Text(v, "name"), wire.MaxName))}
}
