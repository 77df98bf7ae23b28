package recount

import (
	"math"
	"strconv"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

// usualScale is that of a survey which names none.
const usualScale = 5

// survey is a sending, or what an answer without one stands for.
type survey struct {
	thread *thread
	sent   time.Time
	kind   event.Survey
	scale  float64
	// known: its sending was reported.
	known bool
	// Who is credited, as of the sending.
	labels                 []string
	agent                  string
	handledBy, hadNegative string

	answered bool
}

// survey of the thread is the one sent last, as long as it is remembered; of
// those at one instant the last to arrive.
func (r *recount) survey(t *thread) (last *survey) {
	for _, s := range t.surveys {
		if last == nil || !s.sent.Before(last.sent) {
			last = s
		}
	}
	if last == nil || r.now.Sub(last.sent) > max(remembered, r.s.CSAT.OpenFor) {
		return nil
	}
	return last
}

// newSurvey is a survey sent with the event e, credited to the conversation
// that is open, or else to the last one.
func (r *recount) newSurvey(t *thread, e event.Event) *survey {
	c := t.open
	if c == nil {
		c = t.lastClosed(r.now)
	}
	if c == nil {
		c = t.nobody()
	}
	s := &survey{thread: t, sent: e.Time, kind: e.Survey, scale: e.Scale, labels: r.typed(c),
		agent: e.Agent.ID, handledBy: "human", hadNegative: "false"}
	if s.scale <= 0 {
		s.scale = usualScale
	}
	if s.agent == "" {
		s.agent = c.agent()
	}
	if c.count(humanWrote) == 0 && c.count(botWrote) > 0 {
		s.handledBy = "bot"
	}
	if _, ok := c.firstNegative(); ok {
		s.hadNegative = "true"
	}
	return s
}

func (r *recount) surveySent(t *thread, e event.Event) {
	s := r.newSurvey(t, e)
	s.known = true
	t.surveys = append(t.surveys, s)
	if s.kind == event.SurveyCSAT {
		r.totals.add("helpdesk_csat_surveys_total", r.segmented(s.thread, s.labels)...)
		r.sample(s.sent, 0, 1, "helpdesk_csat_response_ratio", s.labels...)
	}
}

// answered takes an event that answers a survey, or is too odd a number to.
func (r *recount) answered(t *thread, e event.Event) bool {
	s := r.survey(t)
	if e.HasScore {
		isFor := s != nil && !s.sent.After(e.Time) && e.Time.Sub(s.sent) <= remembered && s.kind == e.Survey
		if !isFor {
			s = r.newSurvey(t, e)
		}
		scale := s.scale
		if e.Scale > 0 {
			scale = e.Scale
		}
		if r.answer(s, e.Time, e.Score, scale) && !isFor {
			t.surveys = append(t.surveys, s)
		}
		return true
	}
	if e.Kind != event.MessageReceived || r.s.Rating == nil || s == nil ||
		s.sent.After(e.Time) || e.Time.Sub(s.sent) > r.s.CSAT.OpenFor {
		return false
	}
	n, ok := r.s.Rating(e.Message.Text)
	if ok {
		r.answer(s, e.Time, float64(n), s.scale)
	}
	return ok
}

// answer counts a number as the answer to a survey and tells whether it is one.
func (r *recount) answer(s *survey, at time.Time, score, scale float64) bool {
	again := s.answered
	if s.kind == event.SurveyNPS {
		group, standing := npsGroup(score)
		if group == "" {
			return false
		}
		if s.answered = true; !again {
			r.totals.add("helpdesk_nps_responses_total", append([]string{"group", group}, s.labels...)...)
			r.sample(at, 100*standing, 1, "helpdesk_nps_score", s.labels...)
		}
		return true
	}
	n, ok := r.s.CSAT.score(score, scale)
	if !ok {
		r.totals.add("helpdesk_csat_unparsed_total", s.labels...)
		return false
	}
	if s.answered = true; again {
		r.totals.add("helpdesk_csat_edits_total", s.labels...)
		return true
	}
	labels := r.segmented(s.thread, s.labels)
	r.totals.add("helpdesk_csat_responses_total", append([]string{"score", strconv.Itoa(n),
		"handled_by", s.handledBy, "had_negative", s.hadNegative}, labels...)...)
	r.sample(at, share(n >= r.s.CSAT.SatisfiedMin), 1, "helpdesk_csat_ratio", labels...)
	if s.known {
		r.sample(at, 1, 0, "helpdesk_csat_response_ratio", s.labels...)
	}
	if s.agent != "" {
		r.totals.add("helpdesk_agent_csat_responses_total", r.agentLabels(s.agent, "score", strconv.Itoa(n))...)
	}
	return true
}

func npsGroup(score float64) (group string, standing float64) {
	switch n := halfUp(score); {
	case score < 0 || score > 10:
		return "", 0
	case n >= 9:
		return "promoter", 1
	case n >= 7:
		return "passive", 0
	}
	return "detractor", -1
}

// score maps a score of a scale to 1 to 5.
func (s CSAT) score(score, scale float64) (n int, ok bool) {
	// A table that has a 0 begins there.
	least := 1.0
	if _, ok := s.Scales[int(scale)][0]; ok && scale == math.Trunc(scale) {
		least = 0
	}
	if score < least || score > scale || scale <= 1 {
		return 0, false
	}
	if scale == usualScale {
		return int(halfUp(score)), true
	}
	if n, ok := s.Scales[int(scale)][int(halfUp(score))]; ok && scale == math.Trunc(scale) {
		return n, true
	}
	return int(1 + halfUp((score-1)/(scale-1)*4)), true
}

func halfUp(x float64) float64 { return math.Floor(x + 0.5) }
