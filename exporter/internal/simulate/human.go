package simulate

import (
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

func (s *Scenario) assign(t *talk, a *agent) {
	t.agent = a
	t.epoch++
	t.due = false
	a.talking = append(a.talking, t)
	s.tell(t, event.Event{Kind: event.ConversationAssigned, Agent: a.as})
	s.answerSoon(t)
}

// answerSoon plans the agent's reply. An agent types one message at a time,
// so with several customers each of them waits for the others' replies.
func (s *Scenario) answerSoon(t *talk) {
	if t.due {
		return
	}
	t.due = true
	a, r := t.agent, s.rng
	notices := r.around(9*time.Second, 0.7)
	if a.presence == event.PresenceAway {
		notices += r.around(4*time.Minute, 0.6)
	}
	types := r.around(13*time.Second, 0.6)
	a.free = max(s.now+notices, a.free) + types
	s.step(t, a.free-s.now, func() {
		t.due = false
		s.agentReplies(t)
	})
}

func (s *Scenario) agentReplies(t *talk) {
	r := s.rng
	waited := s.now - t.waitSince
	sorry := t.waiting && waited > 3*time.Minute && r.chance(0.7)
	if sorry {
		t.need = max(t.need, t.replies+2)
	}
	last := t.replies+1 >= t.need
	switch {
	case sorry:
		s.replies(t, event.ActorHuman, s.text(t, "agent.sorry"))
	case last:
		s.replies(t, event.ActorHuman, s.text(t, "answer."+topics[t.topic].name))
	case t.replies == 0:
		s.replies(t, event.ActorHuman, s.text(t, "agent.hello"))
	default:
		s.replies(t, event.ActorHuman, s.text(t, "agent.ask"))
	}
	t.replies++
	s.maybeLabel(t)
	switch {
	case t.gone:
		s.closeLater(t, 10*time.Minute, 0.6)
	case last:
		s.conclude(t)
	case !t.held && r.chance(0.07):
		s.hold(t)
	case !t.moved && len(s.staff) > 1 && r.chance(0.05):
		s.transfer(t)
	case r.chance(0.05):
		t.gone = true
		s.closeLater(t, 15*time.Minute, 0.75)
	default:
		s.step(t, r.around(42*time.Second, 0.8), func() {
			switch {
			case !t.asked:
				s.asks(t)
			case r.chance(0.05):
				s.shows(t)
			case t.angry && r.chance(0.3):
				s.says(t, s.text(t, "angry"))
			default:
				s.says(t, s.text(t, "more"))
			}
			s.answerSoon(t)
		})
	}
}

// conclude is the customer's reaction to the answer.
func (s *Scenario) conclude(t *talk) {
	r := s.rng
	thanks := 0.64
	if t.angry {
		thanks = 0.4
	}
	switch x := r.Float64(); {
	case x < thanks:
		s.step(t, r.around(35*time.Second, 0.8), func() {
			t.thanks = true
			what := "thanks"
			if !t.angry && r.chance(0.3) {
				what = "praise"
			}
			s.says(t, s.text(t, what))
			if r.chance(0.4) {
				s.step(t, r.around(20*time.Second, 0.5), func() { s.replies(t, event.ActorHuman, s.text(t, "agent.bye")) })
			}
			s.closeLater(t, 75*time.Second, 0.93)
		})
	case x < thanks+0.14:
		s.step(t, r.around(55*time.Second, 0.8), func() {
			s.says(t, s.text(t, "more"))
			t.need = t.replies + 1
			s.answerSoon(t)
		})
	case x < thanks+0.16:
		s.step(t, r.around(time.Minute, 0.5), func() { s.handBack(t) })
	default:
		s.closeLater(t, 6*time.Minute, 0.85)
	}
}

// closeLater resolves the conversation some time from now, with a chance;
// else the agent forgets to.
func (s *Scenario) closeLater(t *talk, median time.Duration, chance float64) {
	s.step(t, s.rng.around(median, 0.5), func() {
		if s.rng.chance(chance) {
			s.resolve(t, event.ActorHuman)
		} else {
			s.forget(t)
		}
	})
}

// hold makes the conversation pending until the agent has found out.
func (s *Scenario) hold(t *talk) {
	r := s.rng
	t.held = true
	a := t.agent
	s.step(t, r.around(8*time.Second, 0.4), func() {
		s.replies(t, event.ActorHuman, s.text(t, "agent.hold"))
		s.tell(t, event.Event{Kind: event.ConversationPending, Agent: a.as})
		if r.chance(0.25) {
			s.step(t, r.around(20*time.Second, 0.5), func() { s.says(t, s.text(t, "patient")) })
		}
		s.step(t, 4*time.Minute+r.around(16*time.Minute, 0.7), func() {
			t.need = t.replies + 1
			s.agentReplies(t)
		})
	})
}

// transfer hands the conversation to another team or colleague, with a note.
func (s *Scenario) transfer(t *talk) {
	r := s.rng
	t.moved = true
	s.step(t, r.around(12*time.Second, 0.4), func() {
		s.replies(t, event.ActorHuman, s.text(t, "agent.transfer"))
		s.tell(t, event.Event{
			Kind: event.NoteAdded, Agent: t.agent.as, Actor: event.ActorHuman,
			Message: event.Message{ID: s.nextID("note-", &s.messages), Type: "text", Text: s.text(t, "note")},
		})
		if n := len(s.opts.Teams); n > 1 {
			t.team = (t.team + 1 + r.IntN(n-1)) % n
		}
		t.epoch++
		s.waits(t)
		s.release(t)
		s.enqueue(t)
	})
}

// handBack gives a solved conversation to the bot, which ends it.
func (s *Scenario) handBack(t *talk) {
	r := s.rng
	s.tell(t, event.Event{Kind: event.ConversationHandback, Agent: t.agent.as})
	t.bot = true
	t.epoch++
	s.release(t)
	s.step(t, r.around(2*time.Second, 0.3), func() {
		s.replies(t, event.ActorBot, s.text(t, "bot.more"))
		s.step(t, r.between(9*time.Minute, 11*time.Minute), func() { s.resolve(t, event.ActorBot) })
	})
}

// maybeLabel lets the agent say what the conversation is about.
func (s *Scenario) maybeLabel(t *talk) {
	often := 0.3
	if t.topic == sales {
		often = 0.6 // commissions are paid by it
	}
	if t.replies != 1 || !s.rng.chance(often) {
		return
	}
	e := event.Event{Kind: event.ConversationLabeled, Agent: t.agent.as, RequestType: topics[t.topic].name}
	switch {
	case t.topic == sales && s.rng.chance(0.35):
		e.Labels = []string{"sale"}
	case t.topic == sales:
		e.Labels = []string{"lead"}
	case t.topic == cancellation:
		e.Labels = []string{"churn_risk"}
	case t.angry:
		e.Labels = []string{"complaint"}
	}
	s.tell(t, e)
}
