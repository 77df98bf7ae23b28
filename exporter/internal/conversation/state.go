// Package conversation is the fold of one shard: contacts, their threads and
// conversations, the clocks that run in them, and the cells they add to.
//
// It is pure: the same events in the same order give the same state. It has no
// clock (time comes with the events), does no I/O, logs nothing, never sees a
// text, and its result does not depend on the order of a map. A Shard belongs
// to one goroutine.
//
// A conversation changes by these transitions only:
//
//	opening     customer, human or bot message; provider "opened"     lifecycle.go
//	turns       customer message → reply, phrase, window's end, close turns.go
//	ownership   handoff, handback, assignment, first bot message      ownership.go
//	timers      deadlines, windows, time-outs                         timers.go
//	closing     resolve, time-out, thanks, merge                      lifecycle.go
//	surveys     sent, answered, edited                                survey.go
//	maturity    first contact resolution, durable containment         maturity.go
//	hands       which agent has the conversation                      hands.go
//	audits      what humans wrote, and left out                       audit.go
//	questions   heard, answered                                       question.go
//	linking     two contacts become one                               link.go
package conversation

import (
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/agents"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/audit"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/calendar"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/consistency"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/dayset"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
)

// Input is one event after the front stage: de-duplicated, its contact
// canonical, its label values admitted.
type Input struct {
	// Place is where the event stands in the journal.
	Place          Position
	Received, Time int64
	Kind           event.Kind
	Dedup          uint64
	Contact        record.Key
	Source, Inbox  measure.ID
	Actor          event.Actor
	// Agent is the agent that the event names, 0 for none; Team is the team of the agent
	// or of the assignment.
	Agent Ref
	Team  measure.ID
	// Message is the message's hash, 0 for none.
	Message     uint64
	MessageType uint8
	Status      event.Status
	Category    measure.ID
	Code        measure.ID
	RequestType measure.ID
	Reason      measure.ID
	// Segment of the contact, None where the event does not say.
	Segment measure.ID
	// Signature of the text, nil for none: a customer's question, or a human's
	// answer. It is the caller's.
	Signature []byte
	// Traits of the text, for the rules of audits.
	Traits uint64
	// Labels are the configured provider labels that the event has, one bit
	// each (LabelBit).
	Labels uint64
	Flags  record.Flags
	// Answer: a customer message that says itself that it answers a survey, or
	// a survey answer that came as an event of its own.
	Answer bool
	// Survey and Scale are those of a survey that is sent or answered; Scale is
	// 0 where the event has none. Score is the answer, or with the flag Rated
	// what an answer would be.
	Survey       event.Survey
	Score, Scale float64
	// WasReply: the message that the status is about ended a turn, in whichever
	// shard its contact was then.
	WasReply bool
	// Template: an outgoing message was made from one; Consented: its receiver
	// has agreed to be written to.
	Template, Consented bool
	// Consent that the contact gives or takes back with the event.
	Consent event.Consent
	// Ahead: the event claims a time too far after its receipt; it is counted
	// and nothing else.
	Ahead bool
}

// Ref is an agent's place in the directory, 0 is nobody: conversations are
// many, agents few.
type Ref uint32

// Directory is the agents that are known, by Ref; index 0 is nobody. The front
// stage fills it, all shards read it; label and team are the newest.
type Directory struct{ Agents []Agent }

// Agent is a human who answers.
type Agent struct {
	// Hash identifies the agent, 0 is none.
	Hash uint64
	// Label and Team are where the agent's families count.
	Label, Team measure.ID
}

// LabelBit is the bit of a counted provider label; labels beyond the last bit
// have none.
func LabelBit(label measure.ID) uint64 {
	if label <= measure.Other || label > measure.Other+64 {
		return 0
	}
	return 1 << (label - measure.Other - 1)
}

// Shard is the fold of the contacts that hash to it.
type Shard struct {
	// Store holds the shard's cells.
	Store *measure.Store
	// Changes are what happened to the agents since the owner emptied it.
	Changes []agents.Change
	// Peaks hears, within Apply and Advance, of openings, customers' messages and
	// first responses; nil tells nobody.
	Peaks Peaks
	// Heard is told of questions and answers within Apply; nil tells nobody.
	Heard func(consistency.Heard)
	// Book hears how conversations go; nil tells nobody.
	Book Book

	set      *Settings
	contacts map[record.Key]*contact
	// replies that ended a turn, so that one reported as failed is known.
	// failed are those of them that were.
	replies, failed dayset.Set
	people          *Directory
	// agentScopes by Ref.
	agentScopes []knownScope
	timers      queue[*conv]
	// at is the receive time at which the change that is going on takes effect.
	at int64
	// matures holds contacts by the receive time at which an outcome of one of
	// their conversations is final.
	matures queue[*contact]
	purges  queue[*contact]
	waiting map[measure.ScopeID]*ranking
	upset   map[measure.ScopeID]*ranking
	urgent  map[measure.ID]*ranking
	open    int
	glance  glance
	// trace hears of every step, counted is what the step counts.
	trace   func(Step)
	counted []measure.Counted
	// findings and stands are scratch.
	findings []audit.Finding
	stands   Standing
	// calendars that apply, by inbox and team, as far as they were asked for.
	calendars map[place]*calendar.Calendar
	// moved holds contacts that were linked away to another shard, by the
	// position of the link, for the recovery of a shard that is behind.
	moved map[Position]movedContact
}

// Position is an event's place in the journal.
type Position struct {
	Seq   uint64
	Index uint32
}

// Before tells whether an event came before another.
func (p Position) Before(o Position) bool {
	return p.Seq < o.Seq || p.Seq == o.Seq && p.Index < o.Index
}

type movedContact struct {
	at   int64 // receive time
	data []byte
}

// place is an inbox and a team.
type place struct{ inbox, team measure.ID }

// contact is a customer of one source.
type contact struct {
	key    record.Key
	source measure.ID
	// segment is the latest that was said of the customer.
	segment measure.ID
	threads []thread
	// closings are the conversations that ended within the last days, in the
	// order in which they did; nil for none.
	closings *[]closing
	purgeAt  int64 // key in Shard.purges, 0 when not queued
	matureAt int64 // key in Shard.matures, 0 when not queued
}

// past lists the closings, for reading and changing in place.
func (ct *contact) past() []closing {
	if ct.closings == nil {
		return nil
	}
	return *ct.closings
}

func (ct *contact) setPast(list []closing) {
	if len(list) == 0 {
		ct.closings = nil
		return
	}
	if ct.closings == nil {
		ct.closings = new([]closing)
	}
	*ct.closings = list
}

// newContact returns a contact with room for one thread beside it: few have
// more, and one place in memory is found faster than two.
func newContact() *contact {
	c := &struct {
		contact
		first [1]thread
	}{}
	c.threads = c.first[:0]
	return &c.contact
}

// thread is source + inbox + contact; it never ends.
type thread struct {
	open *conv
	// survey is the newest one that was sent, nil for none that still matters.
	survey *survey
	// closed is when the last conversation ended, 0 before the first;
	// closedReplied tells whether a human or bot had written in it.
	closed        int64
	closedReplied bool
	inbox         measure.ID
}

// owner of a conversation.
type owner uint8

const (
	inQueue owner = iota
	byBot
	byHuman
)

// trigger of a conversation, one more than measure's index; 0 is undecided.
type trigger uint8

const noTrigger trigger = 0

// flag is a thing that happened once in a conversation.
type flag uint32

const (
	humanSpoke flag = 1 << iota
	botSpoke
	everBot           // was owned by the bot
	firstResponseDone // headline observed
	firstResponseCounted
	customerResponseDone
	botResponseDone
	resolutionCounted
	pastTarget // resolution deadline passed
	openedCounted
	botOutcomeCounted
	warned2m    // the open turn passed 120 s
	warnedNeg   // the open turn's negative deadline passed
	windowEnded // the service window after lastCustomer has ended
	windowClose // it ends within the hour
	customerSinceHuman
	assignmentOpen // assigned, the agent has not written yet
	turnSettled    // the last customer turn was answered or needed no reply
	botAnswered    // the bot wrote in the open turn, though the turn goes on
	lastIsOurs     // the last customer, human or bot message was not the customer's
	ended
	thanked // the last customer message was a closing phrase
	silent  // the customer has not written for a session's time-out
	// negativeOvertaken: the opener overtook a negative message.
	negativeOvertaken
	// greeted: the customer greeted while nothing said what it is about.
	greeted
	// asked: a question was heard; answeredIt: and a human's answer to it.
	asked
	answeredIt
)

// conv is an open conversation. Moments are Unix nanoseconds of event time, 0
// for none.
type conv struct {
	// The order of the fields leaves no holes: a million of them are held.
	id      measure.ConversationID
	inbox   measure.ID
	team    measure.ID
	typ     measure.ID // None while undecided
	contact *contact
	scope   measure.ScopeID

	flags   flag
	owner   owner
	trigger trigger
	// runs of human messages without a customer's between them, up to 2.
	runs uint8
	// customerMessages up to decideAtMessage.
	customerMessages uint8
	// escalated reasons: ever, and now.
	escalated, escalations uint8
	// cause is what started clock.
	cause Cause
	// agent is who it is assigned to, sender the human who wrote last.
	agent, sender Ref

	opened, last int64
	// before is the close of the thread's conversation before this one.
	before                      int64
	firstCustomer, lastCustomer int64
	// clock is the running headline clock's start.
	clock int64
	// handed is when the bot's conversation was given to humans, none of whom
	// has written since.
	handed int64
	// customerSinceBot is the earliest customer message after the bot's last.
	customerSinceBot int64
	turn             int64 // start of the open turn
	thanks           int64 // closing phrase that silence turns into a close
	// writers are the humans who wrote.
	writers []writer
	// lastOurs is the latest human or bot message, heard when the customer's
	// last one was received.
	lastOurs, heard int64
	// returned is the date of the customer message that made the conversation
	// a return of the contact.
	returned int64
	// seldom is shared by those to whom none of it happened; own gives one of
	// the conversation's own to write to.
	seldom         *seldom
	escalatedSince [measure.EscalationReasons]int64
	// place is where the event that opened it stands in the journal.
	place Position

	// Places in the shard's structures; not part of the encoded state.
	due     int64 // key in Shard.timers, 0 when not queued
	nextDue int64 // when the next timer fires by receive time
	next    int64 // when the next timer is due by event time
	shown   contribution
	share   share
	waitPos int32
	// upsetPos is by the negative message, waitPos by the turn's start, escPos
	// by the clock that escalated it.
	upsetPos int32
	escPos   int32
	// audit is part of the encoded state again.
	audit audit.State
}

// seldom is what most conversations have nothing of.
type seldom struct {
	// pauses are the stretches of pending; the last one may still run.
	pauses []pause
	// assignedAt is when the agent got it.
	assignedAt int64
	// negative is the first negative message of the open turn, firstNegative
	// that of the conversation.
	negative, firstNegative int64
	// opener is the outgoing message that opened the conversation, its receipt,
	// its hash and who wrote it.
	opener, openerReceived int64
	openerReply            uint64
	openerAgent            Ref
	openerHuman            bool
	// labels that were counted, one bit each.
	labels uint64
}

var nothingSeldom seldom

// nothing tells whether none of it happened.
func (x *seldom) nothing() bool {
	return len(x.pauses) == 0 && x.assignedAt == 0 && x.negative == 0 && x.firstNegative == 0 && x.opener == 0 && x.labels == 0
}

func (c *conv) own() *seldom {
	if c.seldom == &nothingSeldom {
		c.seldom = &seldom{}
	}
	return c.seldom
}

func (c *conv) is(f flag) bool { return c.flags&f != 0 }

func (c *conv) set(f flag) { c.flags |= f }

// gone tells that the conversation is closed; nobody may change it any more.
func (c *conv) gone() bool { return c.is(ended) }

func (c *conv) unset(f flag) { c.flags &^= f }

// pause is a stretch of pending; until is 0 while it runs.
type pause struct{ since, until int64 }

// pending tells whether the conversation is pending now.
func (c *conv) pending() bool {
	p := c.seldom.pauses
	return len(p) > 0 && p[len(p)-1].until == 0
}

// paused is how long the conversation was pending between two moments.
func (c *conv) paused(from, to int64) (sum int64) {
	for _, p := range c.seldom.pauses {
		until := to
		if p.until != 0 {
			until = min(p.until, to)
		}
		sum += max(0, until-max(p.since, from))
	}
	return sum
}

// replied tells whether a human or bot has written in this conversation.
func (c *conv) replied() bool { return c.flags&(humanSpoke|botSpoke) != 0 }

// requestType is the label to count under.
func (c *conv) requestType() measure.ID {
	if c.typ == measure.None {
		return measure.Other
	}
	return c.typ
}

// NewShard returns an empty shard.
func NewShard(set *Settings, people *Directory) *Shard {
	s := &Shard{
		Store:     measure.NewStore(set.Buckets),
		set:       set,
		contacts:  map[record.Key]*contact{},
		people:    people,
		waiting:   map[measure.ScopeID]*ranking{},
		upset:     map[measure.ScopeID]*ranking{},
		urgent:    map[measure.ID]*ranking{},
		calendars: map[place]*calendar.Calendar{},
		moved:     map[Position]movedContact{},
	}
	s.Store.SetWindow(set.RatiosWindow)
	return s
}

// Open is how many conversations are open.
func (s *Shard) Open() int { return s.open }

// Configure puts new settings in force; deadlines that already fired stay, the
// others move. Histograms begin anew where their bounds change.
func (s *Shard) Configure(set *Settings) {
	s.Store.SetBuckets(set.Buckets)
	s.Store.SetWindow(set.RatiosWindow)
	s.Use(set)
}

// Use is Configure for a shard that holds the change already, and may hold
// later ones: its histograms stay as they are.
func (s *Shard) Use(set *Settings) {
	s.set = set
	s.Store.AssumeWindow(set.RatiosWindow)
	clear(s.calendars)
	s.timers.clear()
	s.matures.clear()
	for _, k := range s.keys() {
		ct := s.contacts[k]
		for i := range ct.threads {
			if c := ct.threads[i].open; c != nil {
				c.due = 0
				c.scope = s.scope(ct, c.inbox, c.team)
				s.schedule(c)
				s.show(c)
			}
		}
		ct.matureAt = 0
		s.awaitMaturity(ct)
	}
}
