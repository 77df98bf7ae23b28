package trengo

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/convention"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/play"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// writers are the words that Trengo has, and what it only remembers.
var writers = map[event.Kind]func(*page){
	event.MessageReceived:      (*page).received,
	event.MessageSent:          (*page).sent,
	event.SurveySent:           (*page).surveySent,
	event.SurveyAnswered:       (*page).surveyAnswered,
	event.ConversationOpened:   (*page).opened,
	event.ConversationAssigned: (*page).assigned,
	event.ConversationHandback: (*page).handedBack,
	event.ConversationHandoff:  func(p *page) { p.label(byMeaning(p.w.keys.Map(keyHandoff), p.e.Reason)) },
	event.ConversationPending:  func(p *page) { p.label(first(p.w.keys.List(keyPending))) },
	event.ConversationResolved: (*page).resolved,
	event.ConversationMerged:   (*page).merged,
	event.ConversationLabeled:  (*page).labeled,
	event.ConsentChanged:       func(p *page) { p.label(first(p.w.keys.List(consentKeys[p.e.Consent]))) },
	event.ContactLinked:        func(*page) {}, // the next message has the number
	event.NoteAdded:            (*page).note,
}

// consentKeys are the lists of labels by what they mean.
var consentKeys = map[event.Consent]string{
	event.ConsentOptedIn: keyOptIn, event.ConsentConfirmed: keyConfirmed, event.ConsentOptedOut: keyOptOut,
}

func pair(name, value string) wire.Pair { return wire.Pair{Name: name, Value: value} }

// received: the customer's message, and that it made or reopened the ticket.
func (p *page) received() {
	t := p.ticket()
	reopened := t.closed
	t.closed = false
	form := wire.Form{pair("message_id", messageID(p.e)), pair("ticket_id", strconv.FormatInt(t.id, 10)), p.contactID(), pair("message", p.e.Message.Text)}
	form = append(append(form, p.contactFields()...), p.channelID())
	if p.e.Message.ReplyTo != "" {
		form = append(form, pair("parent_message_id", messageNumber(p.e.Message.ReplyTo)), pair("parent_ticket_id", strconv.FormatInt(t.id, 10)))
	}
	p.request(typeInbound, form)
	if reopened {
		p.reopened(t)
	}
}

func (p *page) reopened(t *ticket) {
	status := "OPEN"
	if t.assigned {
		status = "ASSIGNED"
	}
	p.request(typeReopened, t.form(pair("status", status)))
}

func (p *page) sent() { p.outbound(p.e.Message.Text, p.sender()) }

// sender is the user who sends for the event's author: nobody, where it is what
// the configuration says that nobody is.
func (p *page) sender() event.Agent {
	if p.e.Actor == event.ActorHuman {
		if p.e.Agent.ID == "" && p.w.rules.automation != event.ActorHuman {
			return event.Agent{ID: "somebody", Name: "Somebody"}
		}
		return p.e.Agent
	}
	if p.e.Actor == p.w.rules.automation {
		return event.Agent{}
	}
	return p.robot(p.e.Actor)
}

// robot is a user who is no person, nobody without any.
func (p *page) robot(actor event.Actor) event.Agent {
	for _, id := range slices.Sorted(maps.Keys(p.w.rules.users)) {
		if p.w.rules.users[id] == actor && actor != event.ActorHuman {
			return event.Agent{ID: id, Name: "Automation"}
		}
	}
	return event.Agent{}
}

// surveySent: in words by which the configuration knows the survey.
func (p *page) surveySent() {
	words, kind := p.e.Message.Text, "csat"
	if p.e.Survey == event.SurveyNPS {
		kind = "nps"
	}
	if known, ok := p.w.rules.survey(words); !ok || known != p.e.Survey {
		if texts := p.w.keys.Map(keySurveyTexts); texts[byMeaning(texts, kind)] == kind {
			words = byMeaning(texts, kind)
		}
	}
	p.outbound(words, event.Agent{})
}

func (p *page) outbound(words string, by event.Agent) {
	t := p.ticket()
	form := wire.Form{pair("message_id", messageID(p.e)), pair("ticket_id", strconv.FormatInt(t.id, 10)), pair("message", words)}
	form = append(append(form, user(by)...), p.contactID())
	p.request(typeOutbound, append(append(form, p.contactFields()...), p.channelID()))
}

// surveyAnswered: the flow stores the score in a label.
func (p *page) surveyAnswered() {
	score, labels := strconv.FormatFloat(p.e.Score, 'f', -1, 64), p.w.keys.Map(keyCSAT)
	if label := byMeaning(labels, score); p.e.Survey == event.SurveyCSAT && labels[label] == score {
		p.label(label)
		return
	}
	p.label(convention.Answer{Survey: p.e.Survey, Score: int(p.e.Score)}.ID("flow"))
}

// opened: one that is open already is not opened again.
func (p *page) opened() {
	if t := p.ticket(); t.closed {
		t.closed = false
		p.reopened(t)
	}
}

func (p *page) assigned() {
	to := "USER"
	if p.e.Agent.ID == "" {
		to = "TEAM"
	}
	p.assign(p.e.Agent, to)
}

func (p *page) handedBack() {
	if bot := p.robot(event.ActorBot); bot.ID != "" {
		p.assign(bot, "USER")
	}
}

func (p *page) assign(a event.Agent, to string) {
	t := p.current()
	if t == nil {
		return
	}
	t.assigned = a.ID != ""
	form := append(t.form(), user(a)...)
	team := ""
	if a.Team != "" {
		team = teamID(a.Team)
	}
	p.request(typeAssigned, append(form, pair("team_id", team), pair("team_name", a.Team), pair("assigned_to", to)))
}

func (p *page) resolved() {
	if t := p.current(); t != nil {
		t.closed = true
		p.request(typeClosed, t.form())
	}
}

// merged: into another ticket of the same customer.
func (p *page) merged() {
	from := p.current()
	if from == nil {
		return
	}
	for _, into := range p.contact.tickets {
		if into != from && into.conversation == p.e.Into {
			delete(p.contact.tickets, p.e.Inbox)
			p.request(typeMerged, into.form(pair("merged_and_deleted_ticket_id", strconv.FormatInt(from.id, 10))))
			return
		}
	}
}

// labeled: a label each. What a request is about is not written: it is a label
// only where somebody maps labels to types.
func (p *page) labeled() {
	for _, l := range p.e.Labels {
		p.label(l)
	}
}

// label adds one to the customer's ticket.
func (p *page) label(name string) {
	t := p.current()
	if t == nil || name == "" {
		return
	}
	p.request(typeLabeled, t.form(pair("label_id", strconv.FormatInt(play.Numeric("label "+name, 1_000_000), 10)), pair("label_name", name)))
}

func (p *page) note() {
	if t := p.current(); t != nil {
		form := wire.Form{pair("message_id", messageID(p.e)), pair("ticket_id", strconv.FormatInt(t.id, 10)), pair("message", p.e.Message.Text)}
		p.request(typeNote, append(form, user(p.e.Agent)...))
	}
}

// byMeaning gives the first name with that meaning, or the first at all.
func byMeaning(names map[string]string, meaning string) string {
	sorted := slices.Sorted(maps.Keys(names))
	for _, name := range sorted {
		if names[name] == meaning {
			return name
		}
	}
	return first(sorted)
}

func first(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return names[0]
}

// messageID makes up the number of an event's message.
func messageID(e *event.Event) string { return messageNumber(or(e.Message.ID, e.ID)) }

func messageNumber(id string) string {
	return strconv.FormatInt(play.Numeric(id, 900_000_000_000_000), 10)
}

func (p *page) contactID() wire.Pair {
	return pair("contact_id", strconv.FormatInt(p.contact.id, 10))
}

func (p *page) contactFields() wire.Form {
	return wire.Form{pair("contact_name", p.contact.name), pair("contact_email", ""), pair("contact_identifier", p.contact.phone)}
}

func (p *page) channelID() wire.Pair { return pair("channel_id", channelID(p.e.Inbox)) }

// user writes a user; nobody is empty.
func user(a event.Agent) wire.Form {
	if a.ID == "" {
		return wire.Form{pair("user_id", ""), pair("user_name", ""), pair("user_email", "")}
	}
	name := cmp.Or(a.Name, a.ID)
	email := strings.ReplaceAll(strings.ToLower(name), " ", ".") + "@acme.example"
	return wire.Form{pair("user_id", userID(a.ID)), pair("user_name", name), pair("user_email", email)}
}
