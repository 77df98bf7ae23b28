package recount

import (
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

// countSentiment counts a customer message whose text was looked at.
func (r *recount) countSentiment(t *thread, e event.Event) {
	if s := r.s.sentiment(e.Message.Text); s != "" {
		r.totals.add("helpdesk_customer_messages_sentiment_total", r.threadLabels(t, "sentiment", s)...)
	}
}

// negativeAnswered is a human's message in a turn that turned negative at since.
func (r *recount) negativeAnswered(c *conversation, at, since time.Time, counted bool) {
	took := at.Sub(since)
	r.observe(c, "helpdesk_negative_response_seconds", took, r.labels(c))
	switch {
	case counted:
	case took > r.negativeTarget(c):
		r.negativeResult(c, since, "missed")
	default:
		r.negativeResult(c, since, "met")
	}
}

// negativeVoid is the end of a turn without a human's message.
func (r *recount) negativeVoid(c *conversation, t turn) {
	if t.open && !t.negative.IsZero() && !c.fired(timerNegative, t.index) {
		r.negativeResult(c, t.negative, "void")
	}
}

func (r *recount) negativeResult(c *conversation, since time.Time, result string) {
	r.totals.add("helpdesk_negative_response_deadlines_total",
		r.labels(c, "result", result, "hours", r.hours(c, since))...)
}
