package twilio

import (
	"strings"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

// sender is who wrote a message of a conversation.
type sender struct {
	actor event.Actor
	agent event.Agent
	// from is the customer's address, as far as it is said.
	from address
}

// sender finds it out, in this order: an address or a channel is the customer,
// then counts what the message's attributes say, then the configured authors,
// then whether the message came from an app (SDK) or through the API.
func (r *reader) sender(t *told) sender {
	author := r.form.Get("Author")
	source := strings.ToUpper(r.form.Get("Source"))
	if from, ok := parseAddress(author); ok {
		return sender{actor: event.ActorCustomer, from: from}
	}
	switch source {
	case "", "SDK", "API":
	default:
		return sender{actor: event.ActorCustomer, from: address{channel: strings.ToLower(valid(cut(source, 40)))}}
	}
	switch {
	case t.survey != "":
		// A survey is the system's, whoever triggered it.
		return sender{actor: event.ActorSystem, agent: event.Agent{Team: t.team}}
	case t.hasActor:
		return r.by(t.actor, t.agent, t.team, author)
	}
	if actor, ok := r.settings.authors[author]; ok {
		return r.by(actor, "", t.team, author)
	}
	switch source {
	case "API":
		return r.by(r.settings.apiAuthor, "", t.team, author)
	case "SDK":
		// An app has signed in as somebody; who that is, the event repeats.
		if client := r.form.Get("ClientIdentity"); author != "" && (client == author || client == "") {
			return r.by(event.ActorHuman, "", t.team, author)
		}
	}
	return sender{agent: event.Agent{Team: t.team}}
}

// by names the agent of what a human wrote.
func (r *reader) by(actor event.Actor, agent, team, author string) sender {
	s := sender{actor: actor, agent: event.Agent{Team: team}}
	switch {
	case actor == event.ActorCustomer:
		s.actor = event.ActorUnknown
	case actor == event.ActorHuman && agent != "":
		s.agent.ID = agent
	case actor == event.ActorHuman:
		s.agent.ID = agentID(author)
	}
	return s
}
