package chatwoot

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/play"
)

// writers are the words that Chatwoot has.
var writers = map[event.Kind]func(*page){
	event.MessageReceived:      (*page).received,
	event.MessageSent:          (*page).sent,
	event.MessageStatus:        (*page).delivery,
	event.ConversationOpened:   (*page).opened,
	event.ConversationAssigned: (*page).assigned,
	event.ConversationHandoff:  (*page).handedOff,
	event.ConversationHandback: (*page).handedBack,
	event.ConversationPending:  (*page).snoozed,
	event.ConversationResolved: (*page).resolved,
	event.ConversationLabeled:  (*page).labeled,
	event.SurveySent:           (*page).surveySent,
	event.SurveyAnswered:       (*page).surveyAnswered,
	event.ConsentChanged:       (*page).consentChanged,
	event.ContactLinked:        (*page).linked,
	event.NoteAdded:            (*page).note,
}

// Ids of the simulated account.
const (
	accountID  = 1
	agentBotID = 9
	campaignID = 4
	ruleID     = 6
)

// begin makes a new conversation of the customer's.
func (p *page) begin() {
	p.w.made++
	status := statusOpen
	if p.w.rules.botAt(p.e.Inbox) {
		status = statusPending
	}
	p.t = &thread{
		id: p.w.made, canonical: p.e.Conversation, inbox: p.e.Inbox, status: status, created: p.e.Time, updated: p.e.Time, waiting: p.e.Time,
	}
	p.contact.threads[p.e.Inbox] = p.t
	p.request("conversation_created", p.writeConversation)
}

// opened: one that is there already is not opened again.
func (p *page) opened() {
	if p.isAnother() {
		p.begin()
	}
}

// isAnother tells whether the event is of another conversation than the latest.
func (p *page) isAnother() bool {
	return p.t == nil || p.e.Conversation != "" && p.e.Conversation != p.t.canonical
}

// attribute is one that changes: its name, and how its values are written.
type attribute struct {
	name              string
	previous, current func(o *jsonObject, k string)
}

func number(v int64) func(*jsonObject, string) {
	return func(o *jsonObject, k string) {
		if v == 0 {
			o.null(k)
			return
		}
		o.int(k, v)
	}
}

func text(v string) func(*jsonObject, string) {
	return func(o *jsonObject, k string) { o.orNull(k, v) }
}

func moment(t time.Time) func(*jsonObject, string) {
	return func(o *jsonObject, k string) { o.iso(k, t) }
}

func words(list []string) func(*jsonObject, string) {
	return func(o *jsonObject, k string) { o.words(k, list) }
}

// pairs writes custom attributes, those that are not set left out.
func pairs(of map[string]string) func(*jsonObject, string) {
	return func(o *jsonObject, k string) {
		o.object(k, func() {
			for _, name := range slices.Sorted(maps.Keys(of)) {
				if name != "" && of[name] != "" {
					o.str(name, of[name])
				}
			}
		})
	}
}

// changed writes changed_attributes; previously is when it was changed before.
func (p *page) changed(o *jsonObject, previously time.Time, list []attribute) {
	var fill []func()
	for _, a := range append(list, attribute{"updated_at", moment(previously), moment(p.e.Time)}) {
		fill = append(fill, func() {
			o.object(a.name, func() {
				a.previous(o, "previous_value")
				a.current(o, "current_value")
			})
		})
	}
	o.list("changed_attributes", fill...)
}

// update reports that attributes of the conversation have changed.
func (p *page) update(list ...attribute) {
	before := p.t.updated
	p.t.updated = p.e.Time
	p.request("conversation_updated", func(o *jsonObject) {
		p.writeConversation(o)
		p.changed(o, before, list)
	})
}

// setStatus reports a new status, by both events.
func (p *page) setStatus(status string, more ...attribute) {
	before, previous := p.t.updated, p.t.status
	if previous == status {
		return
	}
	p.t.status, p.t.updated = status, p.e.Time
	p.request("conversation_status_changed", func(o *jsonObject) {
		p.writeConversation(o)
		o.null("changed_attributes")
	})
	p.t.updated = before
	p.update(append([]attribute{{"status", text(previous), text(status)}}, more...)...)
}

func (p *page) assigned() {
	if p.t == nil {
		return
	}
	if p.e.Agent.ID != "" && p.w.rules.bots[p.e.Agent.ID] {
		return // a handback
	}
	p.assign(p.e.Agent, false)
	if p.t.status == statusPending && p.e.Agent.ID != "" {
		p.setStatus(statusOpen) // whoever takes it from the bot opens it
	}
}

// assign reports who has the conversation from now on, and in which team.
func (p *page) assign(a event.Agent, bot bool) {
	t := p.t
	var list []attribute
	if t.assignee.ID != a.ID {
		list = append(list, attribute{"assignee_id", number(userOrNone(t.assignee)), number(userOrNone(a))})
	}
	if t.agentBot != bot {
		of := func(bot bool) func(*jsonObject, string) {
			if bot {
				return number(agentBotID)
			}
			return number(0)
		}
		list = append(list, attribute{"assignee_agent_bot_id", of(t.agentBot), of(bot)})
	}
	if a.Team != "" && a.Team != t.team {
		list = append(list, attribute{"team_id", number(teamOrNone(t.team)), number(teamOrNone(a.Team))})
		t.team = a.Team
	}
	if t.assignee, t.agentBot = a, bot; len(list) > 0 {
		p.update(list...)
	}
}

func userOrNone(a event.Agent) int64 {
	if a.ID == "" {
		return 0
	}
	return userID(a.ID)
}

func teamOrNone(name string) int64 {
	if name == "" {
		return 0
	}
	return play.Numeric("team "+name, 1_000_000)
}

// handedOff: the bot says why, and opens the conversation.
func (p *page) handedOff() {
	if p.t == nil || p.t.status != statusPending {
		return
	}
	if p.e.Reason != "" && p.w.rules.handoffAttribute != "" && p.t.reason != p.e.Reason {
		p.setAttributes(func() { p.t.reason = p.e.Reason })
	}
	if p.t.agentBot {
		p.assign(event.Agent{}, false)
	}
	p.setStatus(statusOpen)
}

// setAttributes reports custom attributes of the conversation, which set changes.
func (p *page) setAttributes(set func()) {
	before := p.attributes()
	set()
	p.update(attribute{"custom_attributes", pairs(before), pairs(p.attributes())})
}

func (p *page) attributes() map[string]string {
	return map[string]string{p.w.rules.handoffAttribute: p.t.reason, p.w.rules.typeAttribute: p.t.requestType}
}

// handedBack: the agent assigns it to the bot, which has it pending.
func (p *page) handedBack() {
	if p.t == nil || p.t.status == statusResolved {
		return
	}
	p.assign(event.Agent{}, true)
	if p.w.rules.botAt(p.e.Inbox) {
		p.setStatus(statusPending)
	}
}

// snooze is for how long agents put a conversation off; nobody waits for it.
const snooze = 24 * time.Hour

func (p *page) snoozed() {
	if p.t == nil || p.t.status == statusResolved {
		return
	}
	before := p.t.snoozedUntil
	p.t.snoozedUntil = p.e.Time.Add(snooze)
	p.setStatus(statusSnoozed, attribute{"snoozed_until", moment(before), moment(p.t.snoozedUntil)})
}

// wake ends it.
func (p *page) wake() {
	before := p.t.snoozedUntil
	p.t.snoozedUntil = time.Time{}
	p.setStatus(statusOpen, attribute{"snoozed_until", moment(before), moment(time.Time{})})
}

func (p *page) resolved() {
	if p.t != nil {
		p.setStatus(statusResolved)
	}
}

// labeled: what it is about is set before the labels are.
func (p *page) labeled() {
	if p.t == nil {
		return
	}
	if typ := p.e.RequestType; typ != "" && p.w.rules.typeAttribute != "" && typ != p.t.requestType {
		p.setAttributes(func() { p.t.requestType = typ })
	}
	before := p.t.labels
	for _, l := range p.e.Labels {
		if !slices.Contains(p.t.labels, l) {
			p.t.labels = append(slices.Clip(p.t.labels), l)
		}
	}
	if len(p.t.labels) > len(before) {
		p.update(attribute{"label_list", words(before), words(p.t.labels)})
	}
}

func (p *page) consentChanged() {
	name, word := p.w.rules.consentAttribute, p.consentWord()
	if name == "" || word == p.contact.consent {
		return
	}
	before := p.contact.consent
	p.contact.consent = word
	p.contactUpdated(attribute{"custom_attributes", pairs(map[string]string{name: before}), pairs(map[string]string{name: word})})
}

// consentWord is the first that means the event's consent.
func (p *page) consentWord() string {
	for _, word := range slices.Sorted(maps.Keys(p.w.rules.consentValues)) {
		if p.w.rules.consentValues[word] == p.e.Consent && len(word) > 1 {
			return word
		}
	}
	return ""
}

// linked: the customer's phone became known.
func (p *page) linked() {
	phone := "+" + strings.TrimPrefix(p.e.Alias, "+")
	if !play.IsPhone(p.e.Alias) || phone == p.contact.phone {
		return
	}
	before := p.contact.phone
	p.contact.phone = phone
	p.contactUpdated(attribute{"phone_number", text(before), text(phone)})
}

func (p *page) contactUpdated(list ...attribute) {
	p.request("contact_updated", func(o *jsonObject) {
		o.object("account", writeAccount(o))
		p.writeContact(o)
		p.changed(o, p.contact.created, list)
	})
}
