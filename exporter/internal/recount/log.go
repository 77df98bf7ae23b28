package recount

import (
	"slices"
	"time"
)

// kind of an entry in a conversation's log.
type kind uint8

const (
	customerWrote kind = iota
	humanWrote
	botWrote
	otherWrote // system and unknown authors
	assigned
	unassigned
	handedOff
	handedBack
	setPending
	labelled
	greeted    // where nothing was labelled yet
	timerFired // name says which
	escalated  // name is the reason
)

// entry is one thing that was applied to a conversation.
type entry struct {
	kind kind
	at   time.Time
	// name of a fired timer, an escalation's reason or a request type.
	name string
	// agent and team of a human message or an assignment.
	agent, team string
	// closing and negative are what was found in a customer's text.
	closing, negative bool
	// repeat: an assignment to the agent who has the conversation already.
	repeat bool
	// message is the provider's id of an outgoing message; reply tells that
	// it ended a turn or stopped a clock, failed that this was reported lost.
	message       string
	reply, failed bool
	arrived       time.Time // receive time of a customer's or human's message
}

func (e entry) isMessage() bool { return e.kind <= otherWrote }

// isOurs: a message by a human or the bot, which is what "replied" means.
func (e entry) isOurs() bool { return e.kind == humanWrote || e.kind == botWrote }

// conversation is the log of what was applied, in that order. Whatever can be
// said about it is found by reading the log from its beginning; beside it
// stands only what is counted once and must not be counted again.
type conversation struct {
	// question of the customer, and when it came.
	question *cluster
	askedAt  time.Time
	// spoken are the messages, for the rules of audits.
	spoken   []spoken
	thread   *thread // in which it was opened
	source   Source
	inbox    Inbox
	number   int // in the order of opening
	opened   time.Time
	arrived  time.Time // receive time of the opening
	byUs     bool      // opened by a human or bot message
	reopened time.Time // close of the thread's conversation before; zero without
	log      []entry

	once   map[string]bool
	closed time.Time // date of the close, once it is closed
	// Of a closed one: by whom, the responsible agent and what became of the
	// bot's conversation, each "" where there is none.
	closedBy, lastHand, contained string
}

// first tells whether what is asked for the first time in this conversation.
func (c *conversation) first(what string) bool {
	if c.once[what] {
		return false
	}
	c.once[what] = true
	return true
}

func (c *conversation) add(e entry) { c.log = append(c.log, e) }

// owner of a conversation.
type owner uint8

const (
	queue owner = iota // nobody yet: the human queue
	human
	bot
)

// owners gives the owner after each entry; ownerBefore the first is start.
func (c *conversation) owners() (start owner, after []owner) {
	if c.inbox.Bot {
		start = bot
	}
	o, humanSeen := start, false
	for _, e := range c.log {
		switch e.kind {
		case botWrote:
			if o == queue && !humanSeen {
				o = bot
			}
		case humanWrote:
			o, humanSeen = human, true
		case assigned:
			humanSeen = true
			if e.agent != "" {
				o = human
			}
		case handedOff:
			o = human
		case handedBack:
			o = bot
		}
		after = append(after, o)
	}
	return start, after
}

func (c *conversation) owner() owner {
	o, after := c.owners()
	if len(after) > 0 {
		o = after[len(after)-1]
	}
	return o
}

// before is the owner before entry i.
func before(i int, start owner, after []owner) owner {
	if i == 0 {
		return start
	}
	return after[i-1]
}

// firstCustomer is the first customer message that was applied.
func (c *conversation) firstCustomer() (time.Time, bool) {
	for _, e := range c.log {
		if e.kind == customerWrote {
			return e.at, true
		}
	}
	return time.Time{}, false
}

// lastCustomer is the latest customer message by event time.
func (c *conversation) lastCustomer() (last time.Time, ok bool) {
	for _, e := range c.log {
		if e.kind == customerWrote {
			last, ok = later(last, e.at), true
		}
	}
	return last, ok
}

// firstNegative is the first negative customer message that was applied.
func (c *conversation) firstNegative() (time.Time, bool) {
	for _, e := range c.log {
		if e.kind == customerWrote && e.negative {
			return e.at, true
		}
	}
	return time.Time{}, false
}

// lastWord is the latest message of the customer's and ours by event time; of
// those at one instant the last to arrive.
func (c *conversation) lastWord() (last entry) {
	for _, e := range c.log {
		if (e.isOurs() || e.kind == customerWrote) && !e.at.Before(last.at) {
			last = e
		}
	}
	return last
}

// lastAsked is the latest customer message, in the same order.
func (c *conversation) lastAsked() (last entry) {
	for _, e := range c.log {
		if e.kind == customerWrote && !e.at.Before(last.at) {
			last = e
		}
	}
	return last
}

// lastMessage is the latest message of anybody, or the opening.
func (c *conversation) lastMessage() time.Time {
	last := c.opened
	for _, e := range c.log {
		if e.isMessage() {
			last = later(last, e.at)
		}
	}
	return last
}

func (c *conversation) count(k kind) (n int) {
	for _, e := range c.log {
		if e.kind == k {
			n++
		}
	}
	return n
}

// replied: a human or the bot has written.
func (c *conversation) replied() bool { return slices.ContainsFunc(c.log, entry.isOurs) }

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
