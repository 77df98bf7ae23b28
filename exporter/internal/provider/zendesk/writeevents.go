package zendesk

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

// writers are the words that Zendesk has.
var writers = map[event.Kind]func(*page){
	event.MessageReceived:      (*page).received,
	event.MessageSent:          (*page).sent,
	event.MessageStatus:        (*page).delivered,
	event.ConversationOpened:   func(p *page) { p.ticket() },
	event.ConversationAssigned: (*page).assigned,
	event.ConversationHandoff:  (*page).handedOff,
	event.ConversationHandback: (*page).handedBack,
	event.ConversationPending:  func(p *page) { p.setStatus(statusPending, p.agentOr(p.e.Agent.ID)) },
	event.ConversationResolved: (*page).resolved,
	event.ConversationLabeled:  (*page).labeled,
	event.ConversationMerged:   (*page).merged,
	event.SurveySent:           (*page).surveySent,
	event.SurveyAnswered:       (*page).surveyAnswered,
	event.ConsentChanged:       (*page).consent,
	event.ContactLinked:        (*page).linked,
	event.NoteAdded:            (*page).note,
	event.AgentState:           (*page).agentState,
}

// messageID is how the chat calls an event's message.
func messageID(e *event.Event) string { return hexID("message " + cmp.Or(e.Message.ID, e.ID)) }

// message writes one of the chat.
func (p *page) message(t *ticket, id, name, kind string) {
	p.envelope("messaging_ticket.message_added", string(ticketSubject)+t.id, func(o *jsonObject) { o.str("id", t.id) }, func(o *jsonObject) {
		o.object("actor", func(o *jsonObject) {
			o.str("id", id)
			o.str("name", name)
			o.str("type", kind)
		})
		o.str("conversation_id", t.talk)
		o.object("message", func(o *jsonObject) {
			o.str("body", p.e.Message.Text)
			o.str("id", messageID(p.e))
		})
	})
}

// received: the customer's message, which reopens what was solved, and ends what
// waited for it.
func (p *page) received() {
	t := p.ticket()
	p.message(t, p.customer.id, cmp.Or(p.customer.name, "Customer"), "end_user")
	if t.status == statusPending || t.status == statusHold || t.status == statusSolved {
		p.setStatus(statusOpen, p.customer.id)
	}
}

func (p *page) sent() {
	t := p.ticket()
	switch p.e.Actor {
	case event.ActorHuman:
		p.message(t, p.agentOr(p.e.Agent.ID), cmp.Or(p.e.Agent.Name, "Agent"), "agent")
	case event.ActorBot:
		p.message(t, answerBot, "Bot", "system")
	case event.ActorSystem:
		if p.w.rules.triggers == event.ActorSystem {
			p.message(t, systemUser, "Trigger", "trigger")
		} else if user := p.user(event.ActorSystem); user != "" {
			p.message(t, user, "Integration", "agent")
		}
	default:
		p.message(t, systemUser, "", "unknown")
	}
}

// user is one who is configured as something else than a person.
func (p *page) user(actor event.Actor) string {
	for _, id := range slices.Sorted(maps.Keys(p.w.rules.users)) {
		if p.w.rules.users[id] == actor {
			return id
		}
	}
	return ""
}

// agentOr gives the user of an agent, somebody where none is named.
func (p *page) agentOr(agent string) string { return cmp.Or(userID(agent), "500") }

// setStatus reports a new status, by whom.
func (p *page) setStatus(status, by string) {
	t := p.current()
	if t == nil || t.status == status {
		return
	}
	previous := t.status
	t.status = status
	p.about(t, "ticket.status_changed", by, func(o *jsonObject) {
		o.str("current", status)
		o.str("previous", previous)
	})
}

func (p *page) resolved() {
	by := systemUser
	switch p.e.Actor {
	case event.ActorHuman:
		by = p.agentOr(p.e.Agent.ID)
	case event.ActorBot:
		by = cmp.Or(p.user(event.ActorBot), answerBot)
	case event.ActorSystem:
		by = cmp.Or(p.user(event.ActorSystem), systemUser)
	}
	p.setStatus(statusSolved, by)
}

// assigned: who accepts a chat in the workspace has it as a work item, too.
func (p *page) assigned() {
	t := p.current()
	if t == nil {
		return
	}
	if p.e.Agent.Team != "" {
		group := groupID(p.e.Agent.Team)
		for id, name := range p.w.rules.groups {
			if name == p.e.Agent.Team {
				group = id
			}
		}
		if group != t.group {
			before := t.group
			t.group = group
			if p.e.Agent.ID == "" {
				p.about(t, "ticket.group_assignment_changed", systemUser, func(o *jsonObject) {
					o.str("current", group)
					o.orNull("previous", before)
				})
				return
			}
		}
	}
	p.assign(t, userID(p.e.Agent.ID))
	if p.e.Agent.ID != "" {
		p.workItem(t, userID(p.e.Agent.ID))
	}
	if t.status == statusNew {
		p.setStatus(statusOpen, p.agentOr(p.e.Agent.ID))
	}
}

// groupID is the number of a team that is not among the groups.
func groupID(team string) string { return numeric("group "+team, 1_000_000) }

func (p *page) assign(t *ticket, user string) {
	before := t.assignee
	t.assignee = user
	p.about(t, "ticket.agent_assignment_changed", cmp.Or(user, systemUser), func(o *jsonObject) {
		o.orNull("current", user)
		o.orNull("previous", before)
	})
}

// ofAgent writes what agents' events say alike.
func (p *page) ofAgent(kind, user string, what func(*jsonObject)) {
	p.w.versions[user]++
	p.envelope(kind, string(agentSubject)+user, func(o *jsonObject) {
		o.str("account_id", strconv.Itoa(accountID))
		o.str("agent_id", user)
		o.str("version", strconv.FormatInt(p.w.versions[user], 10))
	}, what)
}

func (p *page) workItem(t *ticket, user string) {
	p.ofAgent("agent.work_item_updated", user, func(o *jsonObject) {
		o.str("channel", "messaging")
		o.str("previous_reason", "OFFERED")
		o.str("reason", "ACCEPTED")
		o.time("updated_at", p.e.Time)
		o.str("work_item_id", t.id)
	})
}

// stateNames are Zendesk's.
var stateNames = map[event.Presence]string{
	event.PresenceAvailable: "Online", event.PresenceAway: "Away", event.PresenceOffline: "Offline",
}

func (p *page) agentState() {
	name, ok := stateNames[p.e.State]
	if !ok {
		return
	}
	p.ofAgent("agent.unified_state_changed", userID(p.e.Agent.ID), func(o *jsonObject) {
		o.object("new_unified_state", func(o *jsonObject) {
			o.str("id", "3")
			o.str("name", name)
			o.str("reason", "AGENT_ACTION")
		})
		o.object("previous_unified_state", func(o *jsonObject) {
			o.str("id", "2")
			o.str("name", "Offline")
			o.str("reason", "UNKNOWN")
		})
		o.time("updated_at", p.e.Time)
	})
}

// handedOff: the bot tags the ticket, or passes the control.
func (p *page) handedOff() {
	t := p.current()
	if t == nil {
		return
	}
	if tag := byMeaning(p.w.keys.Map(keyHandoff), p.e.Reason); tag != "" {
		p.tags(t, []string{tag}, nil)
		return
	}
	p.control(t, agentWorkspace)
}

// handedBack: the ticket is assigned to the bot, or the control passed.
func (p *page) handedBack() {
	t := p.current()
	if t == nil {
		return
	}
	if bot := p.user(event.ActorBot); bot != "" {
		p.assign(t, bot)
		return
	}
	p.control(t, botSwitch)
}

func (p *page) control(t *ticket, to string) {
	p.talk("switchboard:passControl", func(o *jsonObject) {
		o.object("conversation", func(o *jsonObject) {
			o.str("id", t.talk)
			o.str("type", "personal")
			o.object("activeSwitchboardIntegration", func(o *jsonObject) {
				o.str("id", hexID(to))
				o.str("name", strings.ReplaceAll(to, ":", "-"))
				o.str("integrationId", hexID("integration "+to))
				o.str("integrationType", to)
			})
		})
		o.object("metadata", func(*jsonObject) {})
	})
}

// deliveries are what Sunshine Conversations tells of a message.
var deliveries = map[event.Status]string{
	event.StatusSent: "channel", event.StatusDelivered: "user", event.StatusFailed: "failure",
}

func (p *page) delivered() {
	t, kind := p.current(), deliveries[p.e.Status]
	if t == nil || kind == "" {
		return
	}
	p.talk("conversation:message:delivery:"+kind, func(o *jsonObject) {
		o.object("user", func(o *jsonObject) {
			o.str("id", hexID("user "+p.customer.id))
			o.str("zendeskId", p.customer.id)
		})
		o.object("conversation", func(o *jsonObject) { o.str("id", t.talk); o.str("type", "personal") })
		o.object("message", func(o *jsonObject) { o.str("id", messageID(p.e)) })
		o.object("destination", func(o *jsonObject) { o.str("type", "whatsapp"); o.str("integrationId", hexID("inbox "+t.inbox)) })
		if p.e.Status == event.StatusFailed {
			o.object("error", func(o *jsonObject) {
				o.str("code", cmp.Or(p.e.Error, "uncategorized_error"))
				o.str("message", "The message could not be delivered.")
			})
		}
		o.bool("isFinalEvent", p.e.Status != event.StatusSent)
	})
}

func (p *page) tags(t *ticket, added, removed []string) {
	for _, tag := range removed {
		t.tags = slices.DeleteFunc(slices.Clone(t.tags), func(have string) bool { return have == tag })
	}
	t.tags = append(slices.Clip(t.tags), added...)
	p.about(t, "ticket.tags_changed", systemUser, func(o *jsonObject) {
		o.words("tags_added", added)
		o.words("tags_removed", removed)
	})
}

// labeled: what a request is about is not written: it is a tag only where
// somebody maps tags to types.
func (p *page) labeled() {
	if t := p.current(); t != nil && len(p.e.Labels) > 0 {
		p.tags(t, p.e.Labels, nil)
	}
}

// consentKeys are the lists of tags by what they mean.
var consentKeys = map[event.Consent]string{
	event.ConsentOptedIn: keyOptIn, event.ConsentConfirmed: keyConfirmed, event.ConsentOptedOut: keyOptOut,
}

func (p *page) consent() {
	tags := p.w.keys.List(consentKeys[p.e.Consent])
	if t := p.current(); t != nil && len(tags) > 0 {
		p.tags(t, tags[:1], nil)
	}
}

// merged: into another ticket of the same customer.
func (p *page) merged() {
	from := p.current()
	if from == nil {
		return
	}
	for _, into := range p.customer.tickets {
		if into != from && into.canonical == p.e.Into {
			delete(p.customer.tickets, p.e.Inbox)
			p.about(from, "ticket.merged", "500", func(o *jsonObject) { o.str("target_ticket_id", into.id) })
			return
		}
	}
}

func (p *page) surveySent() {
	t := p.current()
	if t == nil || p.e.Survey != event.SurveyCSAT {
		return
	}
	before := t.assignee
	t.assignee = userID(p.e.Agent.ID)
	p.about(t, "ticket.csat_requested", systemUser, func(o *jsonObject) {
		o.object("satisfaction_score", func(o *jsonObject) { o.str("score", "OFFERED") })
	})
	t.assignee = before
}

func (p *page) surveyAnswered() {
	t := p.current()
	if t == nil || p.e.Survey != event.SurveyCSAT {
		return
	}
	p.about(t, "ticket.csat_received", p.customer.id, func(o *jsonObject) {
		o.object("satisfaction_score", func(o *jsonObject) { o.str("score", strconv.FormatFloat(p.e.Score, 'f', -1, 64)) })
	})
}

// linked: a trigger sends the phone that became known.
func (p *page) linked() {
	t := p.current()
	if t == nil || p.customer.phone == "" {
		return
	}
	p.signed(object(func(o *jsonObject) {
		o.str("exporter_event", "contact")
		o.str("ticket_id", t.id)
		o.str("status", strings.ToLower(t.status))
		o.str("assignee_id", t.assignee)
		o.str("requester_id", p.customer.id)
		o.str("requester_phone", p.customer.phone)
		o.str("brand_id", numeric(t.inbox, 1_000_000))
		o.str("via", "WhatsApp")
		o.str("rating", "")
		o.str("actor_id", systemUser)
		o.time("updated_at", p.e.Time)
		o.str("tags", strings.Join(t.tags, " "))
	}))
}

func (p *page) note() {
	t := p.current()
	if t == nil {
		return
	}
	user := p.agentOr(p.e.Agent.ID)
	p.about(t, "ticket.comment_added", user, func(o *jsonObject) {
		o.object("comment", func(o *jsonObject) {
			o.str("id", numeric("comment "+p.e.ID, 900_000_000_000))
			o.str("body", p.e.Message.Text)
			o.bool("is_public", false)
			o.object("author", func(o *jsonObject) {
				o.str("id", user)
				o.bool("is_staff", true)
				o.str("name", cmp.Or(p.e.Agent.Name, "Agent"))
			})
		})
	})
}

// byMeaning gives the first name with that meaning, or the first at all.
func byMeaning(names map[string]string, meaning string) string {
	sorted := slices.Sorted(maps.Keys(names))
	for _, name := range sorted {
		if names[name] == meaning {
			return name
		}
	}
	if len(sorted) > 0 {
		return sorted[0]
	}
	return ""
}
