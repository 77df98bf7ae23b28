package recounttest

import (
	"fmt"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

// share is how often something happens, in parts of the sum of all.
type share struct {
	parts int
	draw  func(*generator) event.Event
}

// shares: messages make most of a history, rare things are in it all the same.
var shares = []share{
	{30, (*generator).customer},
	{16, (*generator).human},
	{12, (*generator).bot},
	{3, (*generator).system},
	{6, (*generator).assignment},
	{5, (*generator).handoff},
	{3, kind(event.ConversationHandback)},
	{4, kind(event.ConversationPending)},
	{6, (*generator).resolution},
	{3, kind(event.ConversationOpened)},
	{3, (*generator).labelling},
	{2, kind(event.ConversationMerged)},
	{5, (*generator).status},
	{2, (*generator).linking},
	{2, (*generator).note},
	{5, (*generator).survey},
	{3, (*generator).surveyAnswer},
	{2, (*generator).consent},
	{5, (*generator).state},
	{2, (*generator).line},
}

func (g *generator) happen() event.Event {
	sum := 0
	for _, s := range shares {
		sum += s.parts
	}
	n := below(g.t, sum, "what")
	for _, s := range shares {
		if n -= s.parts; n < 0 {
			return s.draw(g)
		}
	}
	panic("recounttest: the shares do not add up")
}

func kind(k event.Kind) func(*generator) event.Event {
	return func(*generator) event.Event { return event.Event{Kind: k} }
}

func (g *generator) customer() event.Event {
	e := event.Event{Kind: event.MessageReceived, Actor: event.ActorCustomer}
	e.Message = event.Message{
		Type: pick(g, "type", "", "text", "image", "hologram"),
		Text: pick(g, "text", TextPlain, TextPlain, TextPlain, TextClosing, TextClosing, TextPerson,
			TextNegative, TextNegative, TextPositive),
	}
	switch {
	case g.surveyed() && g.chance(60, "rated") || g.chance(3, "a number"):
		// captions are no ratings
		e.Message.Type = pick(g, "type", "", "text")
		e.Message.Text = pick(g, "rating", "5", "5", "4", "1", "3", "0", "7", "10", "100", "500")
	case g.chance(3, "by a button"):
		e.Message.Type = "interactive"
		g.rate(&e)
	case g.chance(5, "says yes or no"):
		e.Message.Type = ""
		e.Message.Text = pick(g, "consent", TextOptIn, TextOptOut)
	}
	if g.chance(4, "labelled") {
		e.Labels = []string{"vip"}
	}
	if g.chance(3, "typed") {
		e.RequestType = "delivery"
	}
	if g.chance(2, "alias") {
		e.Alias = pick(g, "alias", "c1", "c2", "c3", "b1", "b2")
	}
	return e
}

// agent a3 has no configured team, and a team by its events only sometimes.
func (g *generator) agent() event.Agent {
	a := event.Agent{ID: pick(g, "agent", "a1", "a1", "a2", "a3", "a3", "")}
	if a.ID == "a3" {
		a.Team = pick(g, "team", "", "night")
	}
	if a.ID == "a2" {
		a.Team = pick(g, "team", "", "night")
	}
	if a.ID != "" && g.chance(15, "more about") {
		a.Name = pick(g, "name", "One", "Another")
		a.Capacity = pick(g, "capacity", 0, 1, 3)
	}
	return a
}

// known is an agent with an id.
func (g *generator) known() event.Agent {
	for {
		if a := g.agent(); a.ID != "" {
			return a
		}
	}
}

func (g *generator) sent(by event.Actor) event.Event {
	e := event.Event{Kind: event.MessageSent, Actor: by}
	e.Message.ID = fmt.Sprintf("m%d", g.serial)
	if g.chance(20, "template") {
		e.Message.Type = "template"
		e.Message.Template = pick(g, "which", event.Template{},
			event.Template{Name: "hello"}, event.Template{Name: "offer", Category: "marketing"}, event.Template{Category: "utility"})
	}
	return e
}

func (g *generator) human() event.Event {
	e := g.sent(event.ActorHuman)
	e.Message.Text = pick(g, "answer", "", "ok", AnswerUsual, AnswerUsual, AnswerUsual, AnswerLike, AnswerOther, AnswerGreets,
		AnswerShouts, AnswerPassword, AnswerCloses, AnswerSpanish)
	e.Agent = g.agent()
	for back := len(g.events) - 1; back >= 0; back-- {
		given := g.events[back]
		if given.Kind == event.ConversationAssigned && g.inThread(given) {
			if g.chance(60, "who it was given to") {
				e.Agent = given.Agent
			}
			break
		}
	}
	return e
}

func (g *generator) bot() event.Event { return g.sent(event.ActorBot) }

func (g *generator) system() event.Event {
	return g.sent(pick(g, "actor", event.ActorSystem, event.ActorUnknown))
}

func (g *generator) assignment() event.Event {
	e := event.Event{Kind: event.ConversationAssigned, Agent: g.agent()}
	if e.Agent.ID == "" {
		// To a team's queue, or to nobody any more.
		e.Agent.Team = pick(g, "queue", "support", "night", "")
	}
	return e
}

func (g *generator) handoff() event.Event {
	return event.Event{Kind: event.ConversationHandoff,
		Reason: pick(g, "reason", "", "", "no_answer", "requested")}
}

func (g *generator) resolution() event.Event {
	e := event.Event{Kind: event.ConversationResolved,
		Actor: pick(g, "actor", event.ActorHuman, event.ActorHuman, event.ActorBot, event.ActorBot, event.ActorUnknown, event.ActorSystem)}
	if e.Actor == event.ActorHuman && g.chance(60, "by whom") {
		e.Agent = g.agent()
	}
	return e
}

func (g *generator) labelling() event.Event {
	e := event.Event{Kind: event.ConversationLabeled}
	if g.chance(50, "as type") {
		e.RequestType = pick(g, "request type", "billing", "delivery", "weather", "other")
	} else {
		e.Labels = pick(g, "labels", []string{"invoice"}, []string{"vip", "parcel"}, []string{"vip"}, []string{"vip", "invoice", "vip"})
	}
	return e
}

// status reports on an outgoing message of the thread, or on one unknown.
func (g *generator) status() event.Event {
	e := event.Event{Kind: event.MessageStatus,
		Status: pick(g, "status", event.StatusSent, event.StatusDelivered, event.StatusRead, event.StatusFailed, event.StatusFailed)}
	e.Message.ID = "unknown"
	for back := len(g.events) - 1; back >= 0; back-- {
		sent := g.events[back]
		if sent.Kind == event.MessageSent && g.inThread(sent) && g.chance(70, "about this") {
			e.Message.ID = sent.Message.ID
			break
		}
	}
	e.Message.Template.Category = pick(g, "category", "", "utility", "marketing")
	if e.Status == event.StatusFailed {
		e.Error = pick(g, "code", "131026", "131047", "1", "")
	}
	return e
}

// linking names a second id of the contact: one that nobody has used, or that
// of a contact with conversations of its own.
func (g *generator) linking() event.Event {
	return event.Event{Kind: event.ContactLinked,
		Alias: pick(g, "alias", "c1", "c2", "c3", "b1", "b2")}
}

func (g *generator) line() event.Event {
	e := event.Event{Kind: event.LineChanged}
	e.Line.Event = pick(g, "line", "account_restriction", "account_update", "phone_number_quality_update")
	if e.Line.Event == "account_restriction" {
		e.Line.Restricted = pick(g, "restricted", int8(1), int8(1), int8(-1))
	}
	return e
}
