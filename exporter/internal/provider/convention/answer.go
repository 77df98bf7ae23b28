// Package convention is what people agree on with the exporter where a vendor
// has no word for something: what a button is called whose answer is a rating.
// It knows no vendor and does no I/O.
package convention

import (
	"bytes"
	"strconv"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

// Prefixes of the ids that rate: csat:<anything>:<1-5> and nps:<anything>:<0-10>.
const (
	PrefixCSAT = "csat:"
	PrefixNPS  = "nps:"

	scaleCSAT = 5
	scaleNPS  = 10
)

// Answer is a rating by the id of a button or row.
type Answer struct {
	Survey event.Survey
	Score  int
}

// Mark makes an event say the rating.
func (a Answer) Mark(e *event.Event) {
	e.Survey, e.Score, e.HasScore, e.Scale = a.Survey, float64(a.Score), true, Scale(a.Survey)
}

// ID is the id of the button that gives the answer; of is what stands in its
// middle.
func (a Answer) ID(of string) string {
	prefix := PrefixCSAT
	if a.Survey == event.SurveyNPS {
		prefix = PrefixNPS
	}
	return prefix + of + ":" + strconv.Itoa(a.Score)
}

// Scale is where the scale of a survey ends.
func Scale(s event.Survey) float64 {
	if s == event.SurveyNPS {
		return scaleNPS
	}
	return scaleCSAT
}

// ParseAnswer reads an id. offScale tells an id that follows the convention
// but has a number that the survey does not: whoever made the buttons was
// mistaken.
func ParseAnswer(id []byte) (a Answer, ok, offScale bool) {
	low, high := 1, scaleCSAT
	rest, found := bytes.CutPrefix(id, []byte(PrefixCSAT))
	if !found {
		if rest, found = bytes.CutPrefix(id, []byte(PrefixNPS)); !found {
			return a, false, false
		}
		a.Survey, low, high = event.SurveyNPS, 0, scaleNPS
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
		a.Score = a.Score*10 + int(c-'0')
	}
	if a.Score < low || a.Score > high {
		return a, false, true
	}
	return a, true, false
}
