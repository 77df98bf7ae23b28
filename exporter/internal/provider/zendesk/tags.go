package zendesk

import (
	"bytes"

	"github.com/valyala/fastjson"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/convention"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// tagsChanged: a tag means what the configuration says, or is a score by the
// convention; the rest are labels, in one event.
func (r *reader) tagsChanged() {
	if !r.ticket() {
		return
	}
	var labels []string
	agreed := false
	for _, v := range wire.List(r.what, "tags_added") {
		tag := tagOf(v)
		_, consent := r.rules.consentTags[string(tag)]
		agreed = agreed || consent
		if len(tag) > 0 && !r.tagMeans(tag) {
			labels = append(labels, r.keeper.Keep(tag))
		}
	}
	if len(labels) > 0 {
		r.add(event.ConversationLabeled, "labels").Labels = labels
	}
	for _, v := range wire.List(r.what, "tags_removed") {
		// A tag that gives way to another one takes nothing back.
		if tag := tagOf(v); !agreed {
			r.tagRemoved(tag)
		}
	}
	if len(r.res.Events) == r.made {
		r.ignore(ignoredTags)
		r.learn()
	}
}

// tagOf reads a tag; they are in lower case at Zendesk.
func tagOf(v *fastjson.Value) []byte {
	if v.Type() != fastjson.TypeString {
		return nil
	}
	return bytes.ToLower(wire.Cut(bytes.TrimSpace(v.GetStringBytes()), wire.MaxName))
}

// tagMeans reads a tag that is more than a label.
func (r *reader) tagMeans(tag []byte) bool {
	if reason, ok := r.rules.handoffTags[string(tag)]; ok {
		r.add(event.ConversationHandoff, r.keeper.Keep(tag)).Reason = reason
		return true
	}
	if consent, ok := r.rules.consentTags[string(tag)]; ok {
		r.add(event.ConsentChanged, r.keeper.Keep(tag)).Consent = consent
		return true
	}
	answer, ok, offScale := convention.ParseAnswer(tag)
	// NPS would have no surveys to be divided by: nothing tells that one is sent.
	if ok = ok && answer.Survey == event.SurveyCSAT; ok {
		e := r.add(event.SurveyAnswered, r.keeper.Keep(tag))
		e.Actor = event.ActorCustomer
		answer.Mark(e)
	}
	if offScale {
		r.ignore(ignoredScore)
	}
	return ok || offScale
}

// tagRemoved: who does not want to hear of offers any more loses the tag. What
// ends the other meanings of tags is said by other events.
func (r *reader) tagRemoved(tag []byte) {
	switch r.rules.consentTags[string(tag)] {
	case event.ConsentOptedIn, event.ConsentConfirmed:
		r.add(event.ConsentChanged, r.keeper.Join("-", r.keeper.Keep(tag))).Consent = event.ConsentOptedOut
	}
}
