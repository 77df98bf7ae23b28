package conversation

import (
	"math"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
)

// survey is one that was sent in a thread: whom it asks about stands in it as
// of its sending.
type survey struct {
	sent              int64
	kind              event.Survey
	scale             float64
	team, typ         m.ID
	agent             Ref
	byBot, negative   bool
	answered, unasked bool
	// about is the conversation that it asks about, zero for none.
	about m.ConversationID
}

// surveyKnown is how long after its sending an answer that says itself that it
// is one belongs to a survey.
const surveyKnown = int64(7 * 24 * time.Hour)

// defaultScale is that of a survey which does not say.
const defaultScale = 5

// surveySent begins a survey of the thread.
func (s *Shard) surveySent(ct *contact, th *thread, in *Input) {
	sv := s.newSurvey(ct, th, in)
	if sv.kind != event.SurveyNPS {
		scope := s.surveyScope(ct, th, &sv)
		s.Store.Add(m.Surveys, scope, sv.typ, 0, 1)
		s.Store.Sample(m.CSATResponseRatio, scope, sv.typ, 0, in.Time, 0, 1)
	}
	if th.survey == nil || in.Time >= th.survey.sent {
		th.survey = &sv
	}
}

// survey is the thread's, as long as it is remembered.
func (s *Shard) survey(th *thread, in *Input) *survey {
	if th.survey != nil && in.Received-th.survey.sent > s.keepSurvey() {
		th.survey = nil
	}
	return th.survey
}

// newSurvey asks about the open conversation, else about the last one.
func (s *Shard) newSurvey(ct *contact, th *thread, in *Input) survey {
	sv := survey{sent: in.Time, kind: in.Survey, scale: in.Scale, typ: m.Other, team: s.set.source(ct.source).inbox(th.inbox).Team}
	if c := th.open; c != nil {
		sv.team, sv.typ, sv.agent = c.team, c.requestType(), c.creditedAgent()
		sv.byBot, sv.negative, sv.about = c.onlyBot(), c.seldom.firstNegative != 0, c.id
	} else if k := ct.lastClosing(th); k != nil && th.closed != 0 {
		sv.team, sv.typ, sv.agent, sv.byBot, sv.negative, sv.about = k.team, k.typ, k.agent, k.is(byOnlyBot), k.is(wasNegative), k.id
	}
	if in.Agent != 0 {
		sv.agent = in.Agent
	}
	return sv
}

func (s *Shard) surveyScope(ct *contact, th *thread, sv *survey) m.ScopeID {
	return s.scope(ct, th.inbox, sv.team)
}

// rated takes a customer message that is a rating and tells whether it was
// one: only while a survey of the thread is open.
func (s *Shard) rated(ct *contact, th *thread, in *Input) bool {
	sv := s.survey(th, in)
	if in.Flags&record.Rated == 0 || sv == nil || in.Time < sv.sent || in.Time > sv.sent+s.set.SurveyOpenFor {
		return false
	}
	s.score(ct, th, sv, in)
	return true
}

// answer takes an answer that says itself that it is one. A valid one to a
// survey of which nothing is known makes it known.
func (s *Shard) answer(ct *contact, th *thread, in *Input) {
	if sv := s.survey(th, in); sv != nil && in.Time >= sv.sent && in.Time <= sv.sent+surveyKnown && sv.kind == in.Survey {
		s.score(ct, th, sv, in)
		return
	}
	sv := s.newSurvey(ct, th, in)
	sv.unasked = true
	if s.score(ct, th, &sv, in); sv.answered && (th.survey == nil || sv.sent >= th.survey.sent) {
		th.survey = &sv
	}
}

// score counts an answer: the first valid one for good, later ones as edits.
func (s *Shard) score(ct *contact, th *thread, sv *survey, in *Input) {
	scope := s.surveyScope(ct, th, sv)
	scale := sv.scale
	if in.Scale != 0 {
		scale = in.Scale
	}
	if sv.kind == event.SurveyNPS {
		if in.Score < 0 || in.Score > 10 || sv.answered {
			return
		}
		sv.answered = true
		group, worth := m.NPSDetractor, int64(-1)
		switch score := math.Floor(in.Score + 0.5); {
		case score >= 9:
			group, worth = m.NPSPromoter, 1
		case score >= 7:
			group, worth = m.NPSPassive, 0
		}
		s.Store.Add(m.NPSResponses, scope, sv.typ, group, 1)
		s.Store.Sample(m.NPSScore, scope, sv.typ, 0, in.Time, worth, 1)
		return
	}
	score := s.set.score(in.Score, scale)
	switch {
	case score == 0:
		s.Store.Add(m.SurveyUnparsed, scope, sv.typ, 0, 1)
		return
	case sv.answered:
		s.Store.Add(m.SurveyEdits, scope, sv.typ, 0, 1)
		return
	}
	sv.answered = true
	if s.Book != nil {
		s.Book.Rated(sv.about, score)
	}
	s.Store.Add(m.SurveyResponses, scope, sv.typ, m.SurveyCell(score, sv.byBot, sv.negative), 1)
	satisfied := int64(0)
	if score >= s.set.SatisfiedMin {
		satisfied = 1
	}
	s.Store.Sample(m.CSATRatio, scope, sv.typ, 0, in.Time, satisfied, 1)
	if !sv.unasked {
		s.Store.Sample(m.CSATResponseRatio, scope, sv.typ, 0, in.Time, 1, 0)
	}
	if sv.agent != 0 {
		s.Store.Add(m.AgentCSATResponses, s.agentScope(sv.agent), 0, score-1, 1)
	}
}

// score maps an answer to 1–5; 0 is none that the scale has. Halves go up.
func (s *Settings) score(v, scale float64) int {
	if scale == 0 {
		scale = defaultScale
	}
	table, least := s.Scales[scale], 1.0
	if _, ok := table[0]; ok {
		least = 0
	}
	switch {
	case v < least || v > scale || scale <= 1:
		return 0
	case scale == defaultScale:
		return int(math.Floor(v + 0.5))
	}
	if score, ok := table[math.Floor(v+0.5)]; ok {
		return score
	}
	return 1 + int(math.Floor((v-1)/(scale-1)*4+0.5))
}
