package zendesk

import (
	"bytes"
	"cmp"
	"strconv"

	"github.com/valyala/fastjson"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// scaleCSAT is where ratings end: Good is the best, Bad the worst.
const scaleCSAT = 5

// csatRequested: the score belongs to whoever has the ticket when it is asked for.
func (r *reader) csatRequested() {
	if r.ticket() {
		e := r.add(event.SurveySent, "")
		e.Actor, e.Scale, e.Agent = event.ActorSystem, scaleCSAT, r.assignee()
		e.Message.Type = "interactive"
	}
}

// assignee is the person who has the ticket.
func (r *reader) assignee() event.Agent {
	user := id(r.detail, "assignee_id")
	if actor, ok := r.rules.users[string(user)]; ok && actor != event.ActorHuman {
		return event.Agent{}
	}
	return event.Agent{ID: r.keeper.Keep(user)}
}

func (r *reader) csatReceived() {
	if !r.ticket() {
		return
	}
	given := wire.Object(r.what, "satisfaction_score")
	r.rated(cmp.Or(given, wire.Object(r.what, "satisfaction_rating"), r.what))
	r.learn()
}

// rated makes an answer of the score that v holds.
func (r *reader) rated(v *fastjson.Value) {
	score, ok := r.score(wire.Scalar(v, "score"))
	if !ok {
		return
	}
	e := r.add(event.SurveyAnswered, "")
	e.Actor = event.ActorCustomer
	e.Score, e.HasScore, e.Scale = float64(score), true, scaleCSAT
	e.Message = event.Message{Type: "interactive", Text: r.text(wire.Text(v, "comment"))}
}

// score reads a rating: 1 to 5, or a word that means one of them. "Good, I'm
// satisfied" begins with one. OFFERED and UNOFFERED are none.
func (r *reader) score(word []byte) (score int, ok bool) {
	lower := bytes.ToLower(bytes.TrimSpace(wire.Cut(word, wire.MaxName)))
	if score, ok = r.rules.ratings[string(lower)]; ok {
		return score, true
	}
	if first, _, cut := bytes.Cut(lower, []byte{','}); cut {
		if score, ok = r.rules.ratings[string(bytes.TrimSpace(first))]; ok {
			return score, true
		}
	}
	// Numbers may come with a fraction of nothing.
	if f, err := strconv.ParseFloat(string(lower), 64); err == nil && f == float64(int(f)) && f >= 1 && f <= scaleCSAT {
		return int(f), true
	}
	switch string(lower) {
	case "offered", "unoffered", "":
		r.ignore(ignoredOffered)
	default:
		r.ignore(ignoredScore)
	}
	return 0, false
}
