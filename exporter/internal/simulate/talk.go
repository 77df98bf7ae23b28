package simulate

import (
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

// talk is a conversation in progress, as its customer and agent live it.
type talk struct {
	id    string
	who   person
	inbox string
	topic topic
	team  int
	story story

	agent *agent
	bot   bool
	// linked: a customer who hid the phone has given it.
	linked bool
	// epoch ends what was planned before: a step of an older epoch is void.
	epoch int
	over  bool

	asked  bool // the customer has said what it is about
	angry  bool
	gone   bool // the customer has stopped reading
	thanks bool
	moved  bool
	held   bool
	due    bool // the agent's next reply is planned

	// replies of humans so far, of those that it will take.
	replies, need int

	queuedAt  time.Duration
	waiting   bool
	waitSince time.Duration
	waits     int // answered waits; a nudge of an older wait is void
	longest   time.Duration
}

// story is what a conversation begins with, beyond a customer who writes.
type story struct {
	// topic is set where hasTopic.
	topic    topic
	hasTopic bool
	// returning customers come back about something that was not solved.
	returning bool
	// opening replaces the first message.
	opening string
	inbox   string
}

// begin lets a customer write.
func (s *Scenario) begin(p person, st story) {
	r := s.rng
	t := &talk{
		id: s.nextID("c-", &s.conversations), who: p, story: st, inbox: st.inbox,
		topic: topic(r.weighted(topicWeights[:])), need: 1 + r.weighted([]float64{20, 29, 24, 15, 12}),
	}
	if st.hasTopic {
		t.topic = st.topic
	}
	if t.inbox == "" {
		t.inbox = s.opts.Inboxes[0]
		if n := len(s.opts.Inboxes); n > 1 && r.chance(0.28) {
			t.inbox = s.opts.Inboxes[1+r.IntN(n-1)]
		}
	}
	t.team = s.teamFor(t.topic)
	t.angry = r.chance(topics[t.topic].angry)
	if st.returning {
		t.angry = r.chance(0.45)
	}
	t.bot = !st.returning && r.chance(s.opts.BotShare)
	s.talking[p.n] = t
	s.tell(t, event.Event{Kind: event.ConversationOpened})
	s.opening(t)
	s.maybeLink(t)
	s.maybeTwin(t)
	s.maybeConsent(t)
	if t.bot {
		s.step(t, r.around(1800*time.Millisecond, 0.35), func() { s.botGreets(t) })
		return
	}
	s.toHumans(t)
}

func (s *Scenario) opening(t *talk) {
	r := s.rng
	switch {
	case t.story.opening != "":
		s.says(t, t.story.opening)
		t.asked = true
	case t.story.returning:
		s.says(t, s.text(t, "still"))
		t.asked = true
	case t.topic == greeting:
		s.says(t, s.ask(t))
	case r.chance(0.35):
		s.says(t, s.text(t, "hello"))
		s.after(r.around(9*time.Second, 0.7), func() {
			if !t.asked && !t.over {
				s.asks(t)
			}
		})
	default:
		s.asks(t)
	}
}

// asks lets the customer say what it is about, now and then in two messages
// or with a picture.
func (s *Scenario) asks(t *talk) {
	t.asked = true
	s.says(t, s.ask(t))
	if t.angry && s.rng.chance(0.5) {
		s.step(t, s.rng.around(6*time.Second, 0.6), func() { s.says(t, s.text(t, "angry")) })
	} else if s.rng.chance(0.16) {
		s.step(t, s.rng.around(7*time.Second, 0.6), func() { s.shows(t) })
	}
}

// step plans something for a conversation, void when its epoch ends.
func (s *Scenario) step(t *talk, d time.Duration, run func()) {
	epoch := t.epoch
	s.after(d, func() {
		if t.epoch == epoch && !t.over {
			run()
		}
	})
}

// finish ends the conversation without a word: nobody does anything any more,
// and where the provider or a time-out does not close it, it stays open.
func (s *Scenario) finish(t *talk) {
	if t.over {
		return
	}
	t.over = true
	t.epoch++
	if s.talking[t.who.n] == t {
		delete(s.talking, t.who.n)
	}
	s.release(t)
}

// forget is how nobody's conversations end: left open, or swept up by an
// automatic rule of the helpdesk hours later.
func (s *Scenario) forget(t *talk) {
	s.finish(t)
	if s.rng.chance(0.2) {
		s.after(s.rng.between(3*time.Hour, 7*time.Hour), func() {
			if s.talking[t.who.n] == nil {
				s.tell(t, event.Event{Kind: event.ConversationResolved, Actor: event.ActorSystem})
			}
		})
	}
}

// resolve closes the conversation and plans what may come after.
func (s *Scenario) resolve(t *talk, by event.Actor) {
	r := s.rng
	e := event.Event{Kind: event.ConversationResolved, Actor: by}
	if by == event.ActorHuman && t.agent != nil {
		e.Agent = t.agent.as
	}
	s.tell(t, e)
	agent := t.agent
	s.finish(t)

	survey := 0.6
	back := 0.13
	if by == event.ActorBot {
		survey, back = 0.3, 0.09
	}
	if t.angry {
		back *= 2
	}
	switch {
	case t.gone:
	case r.chance(back):
		s.after(min(20*time.Minute+r.around(2*time.Hour, 0.9), 22*time.Hour), func() {
			if s.talking[t.who.n] == nil {
				s.begin(t.who, story{returning: true, topic: t.topic, hasTopic: true, inbox: t.inbox})
			}
		})
	case r.chance(survey):
		s.after(r.between(2*time.Second, 10*time.Second), func() { s.survey(t, agent) })
	case !t.thanks && r.chance(0.15):
		s.after(r.around(40*time.Second, 0.9), func() {
			if s.talking[t.who.n] == nil {
				s.says(t, s.text(t, "thanks"))
			}
		})
	}
}
