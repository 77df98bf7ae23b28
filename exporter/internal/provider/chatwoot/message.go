package chatwoot

import (
	"bytes"
	"strconv"

	"github.com/valyala/fastjson"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// Types of messages, as the newest message of a conversation has them; the
// message of an event says them in words.
const (
	typeIncoming = iota
	typeOutgoing
	typeActivity
	typeTemplate
	typeUnknown
)

var typeWords = map[string]int{
	"incoming": typeIncoming, "outgoing": typeOutgoing, "activity": typeActivity, "template": typeTemplate,
	"0": typeIncoming, "1": typeOutgoing, "2": typeActivity, "3": typeTemplate,
}

// messageType reads it in either form.
func messageType(v *fastjson.Value) int {
	if t, ok := typeWords[string(wire.Scalar(v, "message_type"))]; ok {
		return t
	}
	return typeUnknown
}

// scaleCSAT is where Chatwoot's surveys end, surveyTypeCSAT what their messages
// are.
const (
	scaleCSAT      = 5
	surveyTypeCSAT = "input_csat"
)

func (r *reader) isSurvey() bool { return string(wire.Text(r.root, "content_type")) == surveyTypeCSAT }

// message reads what messages say alike: whose, and which. of is the message's
// id in those of events.
func (r *reader) message() (of string, ok bool) {
	if !r.head(wire.Object(r.root, "conversation")) {
		return "", false
	}
	if given := id(r.root, "id"); given != nil {
		return r.keeper.Keep(given), true
	}
	r.ignore(countedNoID)
	return r.digest(), true
}

func (r *reader) messageCreated() {
	of, ok := r.message()
	what := messageType(r.root)
	switch {
	case !ok:
		return
	case string(wire.Text(r.root, "content_type")) == "voice_call":
		r.ignore(ignoredCall)
	case wire.Bool(r.root, "private"):
		r.dated()
		r.note(of, what)
	case what == typeIncoming:
		r.dated()
		e := r.add(event.MessageReceived, "message", of, "")
		e.Actor, e.Message = event.ActorCustomer, r.content(of)
	case what == typeOutgoing, what == typeTemplate:
		r.dated()
		r.sent(of, what)
	case what == typeActivity:
		r.ignore(ignoredActivity)
	default:
		r.ignore(ignoredShape)
	}
	r.teach()
}

// dated takes the message's own time.
func (r *reader) dated() {
	if !r.at(r.root, "created_at") {
		r.ignore(countedTime)
	}
}

func (r *reader) note(of string, what int) {
	actor, agent := r.sender(what)
	e := r.add(event.NoteAdded, "note", of, "")
	e.Actor, e.Agent = actor, agent
	e.Message = event.Message{ID: of, Type: "text", Text: r.text(wire.Text(r.root, "content"))}
}

// sent reads a message of the business; a survey is one, too. Its score belongs
// to whoever has the conversation when it is sent.
func (r *reader) sent(of string, what int) {
	msg := r.content(of)
	if r.isSurvey() {
		e := r.add(event.SurveySent, "survey", of, "")
		e.Actor, e.Scale, e.Message = event.ActorSystem, scaleCSAT, msg
		if !r.assigneeIsBot() {
			e.Agent = r.agent(r.assignee)
		}
	}
	actor, agent := r.sender(what)
	e := r.add(event.MessageSent, "message", of, "")
	e.Actor, e.Agent, e.Message = actor, agent, msg
}

// messageUpdated reads what has become of a message. It comes for many reasons
// and does not say for which, so that all that it can tell is told again.
func (r *reader) messageUpdated() {
	of, ok := r.message()
	if !ok {
		return
	}
	what := messageType(r.root)
	attributes := wire.Object(r.root, "content_attributes")
	if r.isSurvey() {
		r.answer(of, attributes)
	}
	switch {
	case wire.Bool(attributes, "deleted"):
		r.ignore(ignoredDeleted)
	case (what == typeOutgoing || what == typeTemplate) && !wire.Bool(r.root, "private"):
		r.delivery(of, attributes)
	}
	if !r.told {
		r.ignore(ignoredUpdate)
	}
	r.teach()
}

// answer reads the customer's rating, which stays in the message. Its id has the
// rating, so that a changed one is another answer. It is not Derived, though it
// is told again with every update: a derived score answers nothing.
func (r *reader) answer(of string, attributes *fastjson.Value) {
	given := wire.Object(wire.Object(attributes, "submitted_values"), "csat_survey_response")
	if wire.Null(given, "rating") {
		return
	}
	b := bytes.TrimSpace(wire.Scalar(given, "rating"))
	score, err := strconv.ParseFloat(string(b), 64)
	if err != nil || !(score >= 1 && score <= scaleCSAT) || score != float64(int(score)) {
		r.ignore(countedScore)
		return
	}
	r.sinceUpdate(of)
	e := r.add(event.SurveyAnswered, "csat", of, strconv.Itoa(int(score)))
	e.Actor = event.ActorCustomer
	e.Score, e.HasScore, e.Scale = score, true, scaleCSAT
	e.Message = event.Message{Type: "interactive", ReplyTo: of, Text: r.text(wire.Text(given, "feedback_message"))}
}

// sinceUpdate dates what is said of a message that bears no time: by its last
// change, which is known while it is the newest of its conversation.
func (r *reader) sinceUpdate(of string) bool {
	if string(id(r.last, "id")) != of {
		r.base.Time = r.received
		return false
	}
	if !r.at(r.last, "updated_at") {
		r.base.Time = r.received
	}
	return true
}

// delivery reads the status of a message: a failure from the message itself,
// the rest from the conversation's newest message where that is the one.
func (r *reader) delivery(of string, attributes *fastjson.Value) {
	newest := r.sinceUpdate(of)
	if text := wire.Text(attributes, "external_error"); len(text) > 0 {
		e := r.statusOf(of, event.StatusFailed)
		e.Error = r.keeper.Keep(code(text))
		return
	}
	said := wire.Text(r.root, "status")
	if len(said) == 0 && newest {
		said = wire.Text(r.last, "status")
	}
	switch string(said) {
	case "sent":
		// Every message is "sent" from the start; WhatsApp has it once it bears
		// WhatsApp's id.
		if len(wire.Text(r.root, "source_id")) > 0 {
			r.statusOf(of, event.StatusSent)
		}
	case "delivered":
		r.statusOf(of, event.StatusDelivered)
	case "read":
		r.statusOf(of, event.StatusRead)
	case "failed":
		r.statusOf(of, event.StatusFailed)
	}
}

func (r *reader) statusOf(of string, status event.Status) *event.Event {
	e := r.add(event.MessageStatus, "delivery", of, status.String())
	e.Status, e.Derived = status, true
	e.Message = event.Message{ID: of, Template: r.template()}
	return e
}

// code gives the number at the beginning of "131047: Re-engagement message".
func code(text []byte) []byte {
	n := 0
	for n < len(text) && n < 10 && '0' <= text[n] && text[n] <= '9' {
		n++
	}
	return text[:n]
}
