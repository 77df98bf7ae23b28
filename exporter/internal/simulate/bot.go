package simulate

import (
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

func (s *Scenario) botGreets(t *talk) {
	r := s.rng
	s.sends(t, event.ActorBot, event.Message{Type: "interactive", Text: s.text(t, "bot.menu")})
	if t.topic == greeting && !t.asked {
		t.topic = topic(r.weighted(topicWeights[:]))
		t.team = s.teamFor(t.topic)
	}
	if r.chance(0.06) {
		s.forget(t)
		return
	}
	if t.asked {
		s.step(t, r.around(2500*time.Millisecond, 0.4), func() { s.botAnswers(t) })
		return
	}
	s.step(t, r.around(18*time.Second, 0.8), func() {
		if !t.asked {
			s.asks(t)
		}
		s.step(t, r.around(2*time.Second, 0.4), func() { s.botAnswers(t) })
	})
}

func (s *Scenario) botAnswers(t *talk) {
	r := s.rng
	switch {
	case t.topic == agentWanted:
		s.handOver(t, "requested")
		return
	case t.angry && r.chance(0.7):
		s.handOver(t, "negative")
		return
	case !r.chance(topics[t.topic].byBot):
		s.handOver(t, pick(r, []string{"complex", "complex", "not_understood", "policy"}))
		return
	}
	s.replies(t, event.ActorBot, s.text(t, "bot."+topics[t.topic].name))
	switch x := r.Float64(); {
	case x < 0.52:
		s.step(t, r.around(30*time.Second, 0.8), func() {
			t.thanks = true
			s.says(t, s.text(t, "thanks"))
			s.step(t, r.around(25*time.Second, 0.5), func() { s.resolve(t, event.ActorBot) })
		})
	case x < 0.74:
		s.step(t, r.around(70*time.Second, 0.3), func() {
			s.replies(t, event.ActorBot, s.text(t, "bot.more"))
			s.step(t, r.between(9*time.Minute, 11*time.Minute), func() { s.resolve(t, event.ActorBot) })
		})
	case x < 0.86:
		s.forget(t)
	case x < 0.89:
		s.step(t, r.around(40*time.Second, 0.8), func() {
			s.says(t, s.text(t, "more"))
			s.forget(t)
		})
	default:
		s.step(t, r.around(35*time.Second, 0.7), func() {
			s.says(t, s.text(t, "person"))
			s.step(t, r.around(2*time.Second, 0.4), func() { s.handOver(t, "requested") })
		})
	}
}

// handOver passes the conversation from the bot to the humans' queue.
func (s *Scenario) handOver(t *talk, reason string) {
	s.replies(t, event.ActorBot, s.text(t, "bot.handoff"))
	t.bot = false
	s.tell(t, event.Event{Kind: event.ConversationHandoff, Reason: reason})
	s.toHumans(t)
}

// toHumans begins the wait for an agent. A few conversations fall between two
// stools and are never seen by one.
func (s *Scenario) toHumans(t *talk) {
	s.waits(t)
	if s.rng.chance(0.012) {
		s.after(8*time.Hour, func() { s.forget(t) })
		return
	}
	if s.closed() {
		s.step(t, 1500*time.Millisecond, func() { s.replies(t, event.ActorSystem, s.text(t, "away")) })
	}
	s.enqueue(t)
}

// closed tells whether nobody is on duty.
func (s *Scenario) closed() bool {
	for _, a := range s.staff {
		if a.presence == event.PresenceAvailable {
			return false
		}
	}
	return true
}
