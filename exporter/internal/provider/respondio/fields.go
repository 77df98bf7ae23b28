package respondio

import (
	"bytes"
	"strconv"

	"github.com/valyala/fastjson"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// fields reads a contact whose fields have changed. Which one has, respond.io
// does not say: it tells of those that are ticked in the webhook, and then all.
func (r *reader) fields() {
	before := len(r.res.Events)
	if r.base.Alias != "" {
		r.add(event.ContactLinked, "")
	}
	for _, f := range wire.List(r.contact, "custom_fields") {
		name := wire.Text(f, "name")
		if len(name) == 0 {
			continue
		}
		if string(name) == r.rules.csatField {
			r.score(f)
		}
		if string(name) == r.rules.consentField {
			r.consent(f)
		}
	}
	if len(r.res.Events) == before {
		r.ignore(ignoredUpdated)
	}
}

// fieldLifecycle is the one of contact's own fields that tells a segment.
const fieldLifecycle = "lifecycle"

// segment gives what the configured field says of the customer: the lifecycle
// stage, or a custom field.
func (r *reader) segment() string {
	switch r.rules.segmentField {
	case "":
		return ""
	case fieldLifecycle:
		return r.keeper.Keep(word(r.contact, fieldLifecycle))
	}
	for _, f := range wire.List(r.contact, "custom_fields") {
		if string(wire.Text(f, "name")) == r.rules.segmentField {
			return r.keeper.Keep(wire.Cut(value(f), wire.MaxName))
		}
	}
	return ""
}

// score reads csat_field; an empty one is no answer.
func (r *reader) score(field *fastjson.Value) {
	b := value(field)
	if len(b) == 0 {
		return
	}
	score, err := strconv.ParseFloat(string(b), 64)
	if err != nil || !(score >= 0 && score <= r.rules.csatScale) {
		r.ignore(countedScore)
		return
	}
	e := r.add(event.SurveyAnswered, ":csat")
	e.Actor, e.Message.Type = event.ActorCustomer, "interactive"
	e.Score, e.HasScore, e.Scale = score, true, r.rules.csatScale
}

// consent reads consent_field; an empty one says nothing.
func (r *reader) consent(field *fastjson.Value) {
	b := value(field)
	if len(b) == 0 {
		return
	}
	what, ok := r.rules.consentValues[string(bytes.ToLower(b))]
	if !ok {
		r.ignore(countedConsent)
		return
	}
	r.add(event.ConsentChanged, ":consent").Consent = what
}

// value gives a field's value as people would write it.
func value(field *fastjson.Value) []byte {
	switch v := field.Get("value"); {
	case v == nil:
		return nil
	case v.Type() == fastjson.TypeTrue:
		return []byte("true")
	case v.Type() == fastjson.TypeFalse:
		return []byte("false")
	}
	return bytes.TrimSpace(wire.Scalar(field, "value"))
}
