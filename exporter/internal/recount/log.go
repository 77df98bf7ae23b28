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
	arrived       time.Time // receive time of such a message
}

func (e entry) isMessage() bool { return e.kind <= otherWrote }

// isOurs: a message by a human or the bot, which is what "replied" means.
func (e entry) isOurs() bool { return e.kind == humanWrote || e.kind == botWrote }

// conversation is the log of what was applied, in that order. Whatever can be
// said about it is found by reading the log from its beginning; beside it
// stands only what is counted once and must not be counted again.
type conversation struct {
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

// trigger is decided by the first message of the customer or ours.
func (c *conversation) trigger(reopenWindow time.Duration) string {
	for _, e := range c.log {
		if e.isOurs() {
			return "outbound"
		}
		if e.kind == customerWrote {
			if !c.reopened.IsZero() && e.at.Sub(c.reopened) <= reopenWindow {
				return "reopen"
			}
			return "inbound"
		}
	}
	return "outbound"
}

// requestType is the last one the provider gave.
func (c *conversation) requestType() string {
	t := otherType
	for _, e := range c.log {
		if e.kind == labelled {
			t = e.name
		}
	}
	return t
}

// team is the inbox's until an assignment names one, or a human who has one
// writes while nobody is assigned; an assignment without a team changes none.
func (c *conversation) team() string {
	agent, team := "", c.inbox.Team
	for _, e := range c.log {
		switch e.kind {
		case assigned, handedOff:
			if e.team != "" {
				team = e.team
			}
			if e.kind == assigned {
				agent = e.agent
			}
		case unassigned:
			agent = ""
		case humanWrote:
			if agent == "" && e.team != "" {
				team = e.team
			}
		}
	}
	return team
}

// oneTouch: not reopened, never pending, and the human messages are one run.
func (c *conversation) oneTouch(reopenWindow time.Duration) string {
	runs, inRun := 0, false
	for _, e := range c.log {
		switch {
		case e.kind == humanWrote && !inRun:
			runs, inRun = runs+1, true
		case e.kind == customerWrote && !e.closing:
			inRun = false
		}
	}
	if runs == 1 && c.count(setPending) == 0 && c.trigger(reopenWindow) != "reopen" {
		return "true"
	}
	return "false"
}

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
