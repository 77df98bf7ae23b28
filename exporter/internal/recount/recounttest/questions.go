package recounttest

import (
	"fmt"
	"time"

	"pgregory.net/rapid"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

// Questions and answers of histories in which the same is asked often.
var (
	questions = []string{
		"where is my order", "hi, where is my order please?", "where is my parcel", "can I change the delivery address",
		"could you change the address for delivery", "ok", "how much does shipping to Brazil cost", TextPlain,
	}
	replies = []string{AnswerUsual, AnswerUsual, AnswerUsual, AnswerLike, AnswerOther, "one moment", "shipping is 12 reais for all parcels"}
)

// GenQuestions draws a history of up to 150 short conversations: one question,
// some answers, and the close.
func GenQuestions() *rapid.Generator[History] {
	return rapid.Custom(func(t *rapid.T) History {
		h := History{Start: starts[0], Settings: GenSettings().Draw(t, "settings")}
		now, serial := h.Start, 0
		add := func(e event.Event, contact string) {
			serial++
			e.ID, e.Time, e.Received, e.Contact = fmt.Sprint("e", serial), now, now, contact
			e.Source, e.Inbox = h.Settings.Sources[0].Name, h.Settings.Sources[0].Inboxes[0].ID
			h.Events = append(h.Events, e)
		}
		stride := one(t, "stride", []time.Duration{time.Minute, 10 * time.Minute, 5 * time.Hour})
		for range 20 + below(t, 130, "conversations") {
			contact := fmt.Sprint("c", below(t, 20, "contact"))
			now = now.Add(time.Duration(below(t, 100, "gap")) * stride / 50)
			add(event.Event{Kind: event.MessageReceived, Actor: event.ActorCustomer,
				Message: event.Message{Type: "text", Text: one(t, "question", questions)}}, contact)
			for range below(t, 3, "answers") {
				now = now.Add(time.Duration(below(t, 60, "wait")) * time.Second)
				add(event.Event{Kind: event.MessageSent, Actor: event.ActorHuman, Agent: event.Agent{ID: one(t, "agent", []string{"a1", "a2"})},
					Message: event.Message{Type: "text", Text: one(t, "reply", replies)}}, contact)
			}
			if below(t, 4, "closed") > 0 {
				now = now.Add(time.Second)
				add(event.Event{Kind: event.ConversationResolved, Actor: event.ActorHuman, Agent: event.Agent{ID: "a1"}}, contact)
			}
		}
		h.At = now.Add(one(t, "rest", []time.Duration{0, time.Hour, 30 * time.Hour}))
		return h
	})
}
