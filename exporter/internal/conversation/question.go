package conversation

import (
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/consistency"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

// question passes on a customer's message, if it is the conversation's first
// that asks something.
func (s *Shard) question(c *conv, in *Input) {
	if !c.is(asked) && s.say(c, in, false) {
		c.set(asked)
	}
}

// answerTo passes on a human's message, if it is the first that says something
// after the question.
func (s *Shard) answerTo(c *conv, in *Input) {
	if c.is(asked) && !c.is(answeredIt) && s.say(c, in, true) {
		c.set(answeredIt)
	}
}

func (s *Shard) say(c *conv, in *Input, answer bool) bool {
	h := consistency.Heard{At: in.Received, Conversation: c.id, Scope: s.Store.ScopeOf(c.scope), Type: c.requestType(), Answer: answer}
	if copy(h.Text[:], in.Signature) != len(h.Text) || len(in.Signature) != len(h.Text) {
		return false
	}
	// Of which segment the customer is makes no series here.
	h.Scope.Segment = measure.None
	if s.Heard != nil {
		s.Heard(h)
	}
	return true
}
