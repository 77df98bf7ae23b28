package simulate

import (
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

// address fills in whom an event is about.
func (s *Scenario) address(t *talk, e *event.Event) {
	e.Inbox, e.Conversation, e.ContactName = t.inbox, t.id, t.who.name
	e.Contact = t.who.phone
	switch {
	case t.who.byName && !t.linked:
		e.Contact = t.who.bsuid
	case s.opts.Profile == ProfileMeta:
		e.Alias = t.who.bsuid // Meta names both in every webhook
	}
}

// tell emits an event of a conversation.
func (s *Scenario) tell(t *talk, e event.Event) {
	s.address(t, &e)
	s.emit(t.who.key, e)
}

// says lets the customer write a text.
func (s *Scenario) says(t *talk, text string) { s.writes(t, event.Message{Type: "text", Text: text}) }

// shows lets the customer send something that is no text.
func (s *Scenario) shows(t *talk) {
	m := event.Message{Type: "image"}
	switch x := s.rng.Float64(); {
	case x < 0.30:
		m.Type = "audio"
	case x < 0.45 && (t.topic == billing || t.topic == refund):
		m.Type = "document"
	case x < 0.52:
		m.Type = "video"
	case x < 0.56:
		m.Type = "location"
	case x < 0.75:
		m.Text = s.text(t, "caption")
	}
	s.writes(t, m)
}

func (s *Scenario) writes(t *talk, m event.Message) {
	m.ID = s.nextID("wamid.IN", &s.messages)
	s.tell(t, event.Event{Kind: event.MessageReceived, Actor: event.ActorCustomer, Message: m})
	if !t.bot && !t.over {
		s.waits(t)
	}
}

// sends sends a message of the business and gives its id.
func (s *Scenario) sends(t *talk, by event.Actor, m event.Message) string {
	m.ID = s.nextID("wamid.OUT", &s.messages)
	if m.Type == "" {
		m.Type = "text"
	}
	e := event.Event{Kind: event.MessageSent, Actor: by, Message: m}
	if by == event.ActorHuman && t.agent != nil {
		e.Agent = t.agent.as
	}
	s.tell(t, e)
	s.session(t, e)
	if t.waiting && (by == event.ActorHuman || by == event.ActorBot && t.bot) {
		t.waiting = false
		t.waits++
		t.longest = max(t.longest, s.now-t.waitSince)
	}
	return m.ID
}

// replies sends a text of the bot, the agent or the system.
func (s *Scenario) replies(t *talk, by event.Actor, text string) {
	s.sends(t, by, event.Message{Text: text})
}

// waits begins the customer's wait: whoever waits long asks again, then gets
// angry, then leaves.
func (s *Scenario) waits(t *talk) {
	if t.waiting {
		return
	}
	t.waiting, t.waitSince = true, s.now
	s.nudge(t, t.waits, 0)
	wait := t.waits
	s.after(12*time.Minute+s.rng.around(25*time.Minute, 0.6), func() {
		if t.waits == wait && !t.over {
			t.gone = true
		}
	})
}

func (s *Scenario) nudge(t *talk, wait, n int) {
	median := 140 * time.Second
	if t.angry {
		median = 75 * time.Second
	}
	s.after(s.rng.around(median<<n, 0.6), func() {
		if t.waits != wait || t.over || t.gone || s.rng.chance(0.35) {
			return
		}
		waited := s.now - t.waitSince
		switch {
		case waited > 3*time.Minute && s.rng.chance(0.4):
			t.angry = true
			s.says(t, s.text(t, "angry"))
		case waited > 3*time.Minute && s.rng.chance(0.25):
			s.says(t, s.text(t, "person"))
		default:
			s.says(t, s.text(t, "nudge"))
		}
		if n < 3 {
			s.nudge(t, wait, n+1)
		}
	})
}

// maybeLink lets a customer who hides the phone give it later.
func (s *Scenario) maybeLink(t *talk) {
	if !t.who.byName || !s.rng.chance(0.6) {
		return
	}
	s.step(t, s.rng.around(50*time.Second, 0.6), func() {
		s.tell(t, event.Event{Kind: event.ContactLinked, Alias: t.who.phone})
		t.linked = true
	})
}

// maybeTwin lets a customer ask the same by another inbox too; the helpdesk
// merges the two.
func (s *Scenario) maybeTwin(t *talk) {
	n := len(s.opts.Inboxes)
	if n < 2 || s.opts.Without.Merges || !s.rng.chance(0.004) {
		return
	}
	twin := *t
	twin.id = s.nextID("c-", &s.conversations)
	twin.over = true // nobody answers there
	for twin.inbox == t.inbox {
		twin.inbox = s.opts.Inboxes[s.rng.IntN(n)]
	}
	s.after(s.rng.around(45*time.Second, 0.5), func() {
		twin.linked = t.linked
		s.tell(&twin, event.Event{Kind: event.ConversationOpened})
		s.says(&twin, s.ask(&twin))
		s.after(s.rng.around(2*time.Minute, 0.5), func() {
			s.tell(&twin, event.Event{Kind: event.ConversationMerged, Into: t.id})
		})
	})
}
