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
//	linking     two contacts become one                               link.go
package conversation

import (
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
	// Agent identifies the agent in its source, 0 for none; Team is the team
	// of the agent or of the assignment.
	Agent uint64
	Team  measure.ID
	// Message is the message's hash, 0 for none.
	Message     uint64
	MessageType uint8
	Status      event.Status
	Category    measure.ID
	Code        measure.ID
	RequestType measure.ID
	Reason      measure.ID
	Flags       record.Flags
	// Answer: a customer message that says itself that it answers a survey, or
	// a survey answer that came as an event of its own.
	Answer bool
	// WasReply: the message that the status is about ended a turn, in whichever
	// shard its contact was then.
	WasReply bool
	// Ahead: the event claims a time too far after its receipt; it is counted
	// and nothing else.
	Ahead bool
}

// Shard is the fold of the contacts that hash to it.
type Shard struct {
	// Store holds the shard's cells.
	Store *measure.Store

	set      *Settings
	contacts map[record.Key]*contact
	// replies that ended a turn, so that one reported as failed is known.
	// failed are those of them that were.
	replies, failed dayset.Set
	timers          queue[*conv]
	purges          queue[*contact]
	waiting         map[measure.ScopeID]*ranking
	urgent          map[measure.ID]*ranking
	open            int
	glance          glance
	// moved holds contacts that were linked away to another shard, by the
	// position of the link, for the recovery of a shard that is behind.
	moved map[Position]movedContact
}

// Position is an event's place in the journal.
type Position struct {
	Seq   uint64
	Index uint32
}

// before tells which of two events came first.
func (p Position) before(o Position) bool {
	return p.Seq < o.Seq || p.Seq == o.Seq && p.Index < o.Index
}

type movedContact struct {
	at   int64 // receive time
	data []byte
}

// contact is a customer of one source.
type contact struct {
	key     record.Key
	source  measure.ID
	threads []thread
	purgeAt int64 // key in Shard.purges, 0 when not queued
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
	// closed is when the last conversation ended, 0 before the first;
	// closedReplied tells whether a human or bot had written in it, closedTeam
	// the team it ended with.
	closed        int64
	closedReplied bool
	closedTeam    measure.ID
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
	// cause is what started clock, openerHuman who wrote opener.
	cause       Cause
	openerHuman bool

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
	negative         int64 // first negative message of the open turn
	thanks           int64 // closing phrase that silence turns into a close
	// pauses are the stretches of pending; the last one may still run.
	pauses []pause
	// assigned agent and when.
	agent      uint64
	assignedAt int64
	// opener is the outgoing message that opened the conversation, and its
	// receipt.
	opener, openerReceived int64
	openerReply            uint64
	escalatedSince         [measure.EscalationReasons]int64
	// place is where the event that opened it stands in the journal.
	place Position

	// Places in the shard's structures; not part of the encoded state.
	due     int64 // key in Shard.timers, 0 when not queued
	nextDue int64 // when the next timer fires by receive time
	next    int64 // when the next timer is due by event time
	shown   contribution
	waitPos int32
	escPos  int32
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
	return len(c.pauses) > 0 && c.pauses[len(c.pauses)-1].until == 0
}

// paused is how long the conversation was pending between two moments.
func (c *conv) paused(from, to int64) (sum int64) {
	for _, p := range c.pauses {
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
func NewShard(set *Settings) *Shard {
	return &Shard{
		Store:    measure.NewStore(set.Buckets),
		set:      set,
		contacts: map[record.Key]*contact{},
		waiting:  map[measure.ScopeID]*ranking{},
		urgent:   map[measure.ID]*ranking{},
		moved:    map[Position]movedContact{},
	}
}

// Open is how many conversations are open.
func (s *Shard) Open() int { return s.open }

// Configure puts new settings in force; deadlines that already fired stay, the
// others move. Histograms begin anew where their bounds change.
func (s *Shard) Configure(set *Settings) {
	s.Store.SetBuckets(set.Buckets)
	s.Use(set)
}

// Use is Configure for a shard that holds the change already, and may hold
// later ones: its histograms stay as they are.
func (s *Shard) Use(set *Settings) {
	s.set = set
	s.timers.clear()
	for _, k := range s.keys() {
		for i := range s.contacts[k].threads {
			if c := s.contacts[k].threads[i].open; c != nil {
				c.due = 0
				s.schedule(c)
				s.show(c)
			}
		}
	}
}
