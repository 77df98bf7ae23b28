package chatwoot

import (
	"bytes"

	"github.com/valyala/fastjson"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// sender finds out who wrote what is not a customer's message, by the same
// questions in the same order as Chatwoot's own reports.
func (r *reader) sender(what int) (event.Actor, event.Agent) {
	attributes, additional := wire.Object(r.root, "content_attributes"), wire.Object(r.root, "additional_attributes")
	switch {
	case what == typeTemplate, r.isSurvey():
		return event.ActorSystem, event.Agent{}
	case id(additional, "campaign_id") != nil:
		return event.ActorSystem, event.Agent{}
	case id(attributes, "automation_rule_id") != nil:
		return r.rules.automation, event.Agent{}
	}
	s := wire.Object(r.root, "sender")
	switch kind := string(bytes.ToLower(wire.Text(s, "type"))); {
	case kind == "agent_bot", kind == "captain_assistant":
		return event.ActorBot, event.Agent{}
	case kind == "user":
		return r.human(s)
	case wire.Bool(attributes, "external_echo"):
		// Typed in the WhatsApp app, by nobody whom Chatwoot knows.
		return r.rules.echo, event.Agent{}
	case s == nil:
		return r.rules.noSender, event.Agent{}
	}
	r.ignore(countedSender)
	return event.ActorUnknown, event.Agent{}
}

// human is a user, unless it is one that a bot sits on.
func (r *reader) human(user *fastjson.Value) (event.Actor, event.Agent) {
	if r.rules.bots[string(id(user, "id"))] {
		return event.ActorBot, event.Agent{}
	}
	return event.ActorHuman, r.agent(user)
}
