package simulate

import (
	"strconv"
	"strings"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

// Weights of the scores 1 to 5 by how the conversation went.
var (
	scoresHappy = []float64{1, 1, 4, 25, 69}
	scoresSlow  = []float64{3, 4, 10, 37, 46}
	scoresAngry = []float64{22, 14, 18, 25, 21}
	// scoresNPS are those of 0 to 10.
	scoresNPS = []float64{3, 1, 1, 2, 2, 6, 6, 13, 20, 20, 26}
)

const (
	shareAnswered = 0.42
	shareNPS      = 0.1
	// shareForgotten answers come days later, when nobody counts with one;
	// shareOutside are numbers that the survey's scale does not have.
	shareForgotten = 0.03
	shareOutside   = 0.03
	// tooLong is a wait that customers hold against the helpdesk.
	tooLong = 2 * time.Minute
)

// survey asks how a resolved conversation went, and lets some answer.
func (s *Scenario) survey(t *talk, by *agent) {
	if s.talking[t.who.n] != nil || s.opts.Without.Surveys {
		return
	}
	r := s.rng
	e := event.Event{
		Kind: event.SurveySent, Actor: event.ActorSystem, Scale: 5,
		Message: event.Message{ID: s.nextID("wamid.OUT", &s.messages), Type: "interactive", Text: s.text(t, "survey.csat")},
	}
	if by != nil {
		e.Agent = by.as
	}
	if !s.opts.Without.NPS && r.chance(shareNPS) {
		e.Survey, e.Scale, e.Message.Text = event.SurveyNPS, 10, s.text(t, "survey.nps")
	}
	s.tell(t, e)
	s.session(t, e)
	if !r.chance(shareAnswered) {
		return
	}
	if r.chance(shareForgotten) {
		s.after(r.between(25*time.Hour, 60*time.Hour), func() { s.ratesLate(t, e) })
		return
	}
	s.after(r.around(70*time.Second, 1.1), func() {
		if s.talking[t.who.n] != nil {
			return // is already asking something else
		}
		s.rates(t, e, s.score(t, e.Survey))
		if r.chance(0.03) {
			s.after(r.around(30*time.Second, 0.5), func() {
				if s.talking[t.who.n] == nil {
					s.rates(t, e, s.score(t, e.Survey))
				}
			})
		}
	})
}

func (s *Scenario) score(t *talk, kind event.Survey) int {
	switch {
	case kind == event.SurveyNPS && t.angry:
		return s.rng.IntN(7)
	case kind == event.SurveyNPS:
		return s.rng.weighted(scoresNPS)
	case t.angry:
		return 1 + s.rng.weighted(scoresAngry)
	case t.longest > tooLong:
		return 1 + s.rng.weighted(scoresSlow)
	}
	return 1 + s.rng.weighted(scoresHappy)
}

// ratesLate answers a survey that is over: a button still says what it is the
// answer to; a number is a message like any other, and begins a conversation.
func (s *Scenario) ratesLate(t *talk, survey event.Event) {
	score := s.score(t, survey.Survey)
	switch {
	case s.talking[t.who.n] != nil:
	case s.rng.chance(0.5):
		s.presses(t, survey, score)
	default:
		s.begin(t.who, story{opening: strconv.Itoa(score), topic: greeting, hasTopic: true, inbox: t.inbox})
	}
}

// presses answers by the survey's button, which the vendor reports as such.
func (s *Scenario) presses(t *talk, survey event.Event, score int) {
	s.tell(t, event.Event{
		Kind: event.SurveyAnswered, Actor: event.ActorCustomer, Survey: survey.Survey,
		Score: float64(score), HasScore: true, Scale: survey.Scale,
		Message: event.Message{ID: s.nextID("wamid.IN", &s.messages), Type: "interactive", ReplyTo: survey.Message.ID},
	})
}

// rates answers a survey by a button, which the vendor reports as an answer,
// or by a message that the reader has to understand.
func (s *Scenario) rates(t *talk, survey event.Event, score int) {
	r := s.rng
	if r.chance(0.4) {
		s.presses(t, survey, score)
		return
	}
	n := strconv.Itoa(score)
	text := n
	if survey.Survey == event.SurveyCSAT {
		switch x := r.Float64(); {
		case x < shareOutside:
			text = strconv.Itoa(6 + r.IntN(5))
		case x < 0.13:
			text = strings.Fields(s.text(t, "score.words"))[score-1]
		case x < 0.19:
			text = n + "\ufe0f\u20e3"
		case x < 0.26:
			text = strings.Repeat("⭐", score)
		case x < 0.38:
			text = strings.ReplaceAll(s.text(t, "score.forms"), "{score}", n)
		case x < 0.42:
			text = s.text(t, "score.none")
		}
	}
	s.says(t, text)
}
