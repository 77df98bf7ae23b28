package meta

import (
	"bytes"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// The convention for answers: the id of a button or row, the payload of a
// template's button, or the flow_token of a flow is csat:<anything>:<1-5> or
// nps:<anything>:<0-10>.
const (
	answerCSAT = "csat:"
	answerNPS  = "nps:"

	scaleCSAT = 5
	scaleNPS  = 10
)

// maxFlow bounds the answers of a flow that are looked into.
const maxFlow = 64 << 10

// answer is a score by the convention.
type answer struct {
	survey event.Survey
	score  int
}

func (a answer) mark(e *event.Event) {
	e.Survey, e.Score, e.HasScore, e.Scale = a.survey, float64(a.score), true, scaleOf(a.survey)
}

func scaleOf(s event.Survey) float64 {
	if s == event.SurveyNPS {
		return scaleNPS
	}
	return scaleCSAT
}

// answer finds out whether a customer's choice rates something.
func (r *reader) answer(chosen reply) (answer, bool) {
	id := chosen.id
	if flow := chosen.json; len(flow) > 0 && len(flow) <= maxFlow &&
		(bytes.Contains(flow, []byte(answerCSAT)) || bytes.Contains(flow, []byte(answerNPS))) {
		if v, err := r.nested.ParseBytes(flow); err == nil {
			id = wire.Text(v, "flow_token")
		}
	}
	a, ok, offScale := parseAnswer(id)
	if offScale {
		r.ignore(countedScore)
	}
	return a, ok
}

// parseAnswer reads an id. offScale tells an id that follows the convention
// but has a number that the survey does not: whoever made the buttons was
// mistaken.
func parseAnswer(id []byte) (a answer, ok, offScale bool) {
	low, high := 1, scaleCSAT
	rest, found := bytes.CutPrefix(id, []byte(answerCSAT))
	if !found {
		if rest, found = bytes.CutPrefix(id, []byte(answerNPS)); !found {
			return a, false, false
		}
		a.survey, low, high = event.SurveyNPS, 0, scaleNPS
	}
	colon := bytes.LastIndexByte(rest, ':')
	number := rest[colon+1:]
	if colon < 0 || len(number) == 0 || len(number) > 4 {
		return a, false, false
	}
	for _, c := range number {
		if c < '0' || c > '9' {
			return a, false, false
		}
		a.score = a.score*10 + int(c-'0')
	}
	if a.score < low || a.score > high {
		return a, false, true
	}
	return a, true, false
}
