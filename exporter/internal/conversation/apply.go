package conversation

import (
	"math/bits"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
)

// Apply folds one event. Advance to its receive time has been called before.
func (s *Shard) Apply(in *Input) {
	s.at = in.Received
	ct := s.contact(in.Contact, in.Source)
	th := ct.thread(in.Inbox)
	if in.Ahead {
		s.Store.Add(m.ClockAnomalies, s.scopeOf(ct, th), 0, 0, 1)
		if s.Book != nil {
			s.enter(ct, th, th.open, in)
		}
		s.keepOrDrop(ct)
		return
	}
	if th.open != nil && in.Time > th.open.next {
		c := th.open
		if s.fire(c, in.Received, in.Received, in.Time) {
			s.settle(c)
		}
	}
	if th.closed != 0 && in.Received-th.closed > s.set.remember() {
		th.forget()
	}
	s.segment(ct, in.Segment)
	before := th.open
	if s.trace != nil {
		s.traced(ct, in.Inbox, Step{Event: in, At: in.Time}, func() { s.apply(ct, th, in) })
	} else {
		s.apply(ct, th, in)
	}
	if s.Book != nil {
		s.enter(ct, th, before, in)
	}
	if c := th.open; c != nil {
		s.settle(c)
	}
	s.keepOrDrop(ct)
}

// apply is Apply once everything due before has happened.
func (s *Shard) apply(ct *contact, th *thread, in *Input) {
	switch in.Kind {
	case event.MessageReceived:
		s.received(ct, th, in)
	case event.MessageSent:
		s.sent(ct, th, in)
	case event.MessageStatus:
		s.status(ct, th, in)
	case event.SurveySent:
		s.surveySent(ct, th, in)
		if c := th.open; c != nil && isCurrent(th, in) {
			s.label(c, in)
		}
	case event.SurveyAnswered:
		if in.Answer {
			s.answer(ct, th, in)
			s.countMessage(ct, th, in, m.DirectionIn)
		}
	case event.ConversationOpened:
		if th.open == nil && s.current(ct, th, in) {
			s.label(s.openConversation(ct, th, in), in)
		}
	case event.ConversationAssigned, event.ConversationHandoff, event.ConversationHandback,
		event.ConversationPending, event.ConversationResolved, event.ConversationMerged, event.ConversationLabeled:
		if s.current(ct, th, in) && th.open != nil {
			s.label(th.open, in)
			s.change(th.open, in)
		}
	}
	if in.Consent != event.ConsentNone {
		s.Store.Add(m.ConsentChanges, s.scopeOf(ct, th), 0, consentCells[in.Consent], 1)
	}
	if c := th.open; c != nil {
		s.checkUnresolved(c)
	}
}

var consentCells = [...]int{
	event.ConsentOptedIn: m.ContactsOptedIn, event.ConsentConfirmed: m.ContactsConfirmed, event.ConsentOptedOut: m.ContactsOptedOut,
}

// current tells whether a change is not older than the conversation it would
// change; an older one is counted and dropped.
func (s *Shard) current(ct *contact, th *thread, in *Input) bool {
	if isCurrent(th, in) {
		return true
	}
	s.Store.Add(m.LateEvents, s.scopeOf(ct, th), 0, m.LateKind(in.Kind), 1)
	return false
}

// isCurrent tells whether an event is not older than the open conversation or,
// where none is open, than the close of the last one.
func isCurrent(th *thread, in *Input) bool {
	if th.open != nil {
		return in.Time >= th.open.opened
	}
	return in.Time >= th.closed
}

// change applies a provider's change of an open conversation.
func (s *Shard) change(c *conv, in *Input) {
	switch in.Kind {
	case event.ConversationAssigned:
		s.assign(c, in)
	case event.ConversationHandoff:
		s.handoff(c, in)
	case event.ConversationHandback:
		s.handback(c)
	case event.ConversationPending:
		if !c.pending() {
			own := c.own()
			own.pauses = append(own.pauses, pause{since: in.Time})
			s.calm(c)
		}
	case event.ConversationResolved:
		by := m.ClosedByAPI
		switch in.Actor {
		case event.ActorHuman:
			by = m.ClosedByHuman
		case event.ActorBot:
			by = m.ClosedByBot
		}
		agent := Ref(0)
		if by == m.ClosedByHuman {
			agent = in.Agent
		}
		s.close(c, in.Time, by, agent)
	case event.ConversationMerged:
		s.close(c, in.Time, m.ClosedByMerged, 0)
	}
}

// label takes the request type that comes with an event.
func (s *Shard) label(c *conv, in *Input) {
	switch byText := in.Flags&record.TypeByText != 0; {
	case in.RequestType == m.None || byText && c.typ != m.None:
	case byText && in.Flags&record.Greets != 0:
		c.set(greeted)
	default:
		s.decide(c, in.RequestType)
	}
	if in.Labels&^c.seldom.labels == 0 {
		return
	}
	for fresh := in.Labels &^ c.seldom.labels; fresh != 0; fresh &= fresh - 1 {
		label := m.Other + 1 + m.ID(bits.TrailingZeros64(fresh))
		s.Store.AddOpen(m.ConversationLabels, c.scope, c.requestType(), 0, label, 0, 1)
	}
	c.own().labels |= in.Labels
}

func (s *Shard) contact(key record.Key, source m.ID) *contact {
	ct := s.contacts[key]
	if ct == nil {
		ct = newContact()
		ct.key, ct.source = key, source
		s.contacts[key] = ct
	}
	return ct
}

func (ct *contact) thread(inbox m.ID) *thread {
	for i := range ct.threads {
		if ct.threads[i].inbox == inbox {
			return &ct.threads[i]
		}
	}
	ct.threads = append(ct.threads, thread{inbox: inbox})
	return &ct.threads[len(ct.threads)-1]
}

func (th *thread) forget() {
	th.closed, th.closedReplied = 0, false
}

// scope is where something of the contact counts.
func (s *Shard) scope(ct *contact, inbox, team m.ID) m.ScopeID {
	sc := m.Scope{Source: ct.source, Inbox: inbox, Team: team}
	if s.set.Segments {
		sc.Segment = ct.segment
	}
	return s.Store.Scope(sc)
}

// segment notes what was said of the customer; what is counted from here on
// counts there.
func (s *Shard) segment(ct *contact, segment m.ID) {
	if segment == m.None || segment == ct.segment {
		return
	}
	ct.segment = segment
	for i := range ct.threads {
		if c := ct.threads[i].open; c != nil {
			c.scope = s.scope(ct, c.inbox, c.team)
			s.show(c)
		}
	}
}

// scopeOf is where an event of the thread counts: the open conversation's
// scope, else that of a new one.
func (s *Shard) scopeOf(ct *contact, th *thread) m.ScopeID {
	if th.open != nil {
		return th.open.scope
	}
	team := s.set.source(ct.source).inbox(th.inbox).Team
	return s.scope(ct, th.inbox, team)
}

// keepOrDrop forgets contacts of whom nothing is known, and sees to it that
// the others are forgotten in time.
func (s *Shard) keepOrDrop(ct *contact) {
	until := int64(0)
	for i := range ct.threads {
		th := &ct.threads[i]
		if th.open != nil {
			return
		}
		if th.closed != 0 {
			until = max(until, th.closed+s.set.remember())
		}
		if th.survey != nil {
			until = max(until, th.survey.sent+s.keepSurvey())
		}
	}
	for _, k := range ct.past() {
		until = max(until, k.closed+s.keepClosing())
	}
	if until == 0 {
		delete(s.contacts, ct.key)
		return
	}
	if ct.purgeAt == 0 {
		ct.purgeAt = until + 1
		s.purges.push(ct.purgeAt, ct)
	}
}

// purge drops a contact whose last conversation is long over.
func (s *Shard) purge(ct *contact, received int64) {
	if s.contacts[ct.key] != ct {
		return
	}
	ct.purgeAt = 0
	for i := range ct.threads {
		if th := &ct.threads[i]; th.open == nil && th.closed != 0 && received-th.closed > s.set.remember() {
			th.forget()
		}
		if th := &ct.threads[i]; th.survey != nil && received-th.survey.sent > s.keepSurvey() {
			th.survey = nil
		}
	}
	s.forgetClosings(ct, received)
	s.keepOrDrop(ct)
}

// keepSurvey is how long a survey is remembered, in receive time.
func (s *Shard) keepSurvey() int64 { return max(surveyKnown, s.set.SurveyOpenFor) }

// Replied tells whether a message of the last 7 days ended a turn.
func (s *Shard) Replied(message uint64, received int64) bool {
	return message != 0 && s.replies.Has(message, received)
}

// Failed tells whether such a message was counted as failed.
func (s *Shard) Failed(message uint64, received int64) bool {
	return message != 0 && s.failed.Has(message, received)
}

// status counts what became of an outgoing message.
func (s *Shard) status(ct *contact, th *thread, in *Input) {
	scope := s.scopeOf(ct, th)
	if in.Status == event.StatusNone {
		return
	}
	s.Store.AddOpen(m.OutboundStatuses, scope, 0, int(in.Status)-1, in.Category, 0, 1)
	if in.Status != event.StatusFailed {
		return
	}
	s.Store.AddOpen(m.SendFailures, scope, 0, 0, in.Code, 0, 1)
	if in.WasReply && s.failed.Add(in.Message, in.Received) {
		s.Store.Add(m.FailedReplies, scope, 0, 0, 1)
	}
}
