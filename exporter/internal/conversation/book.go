package conversation

import (
	"encoding/binary"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/audit"
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
)

// Book hears, within Apply and Advance, what transcripts are found by.
type Book interface {
	// Stands says how a conversation stands after a change; once more when it
	// ends. The Standing is the caller's.
	Stands(*Standing)
	// Entered says that an event belongs to a conversation.
	Entered(m.ConversationID, *Input)
	// FirstResponse and Resolved are the headline figures, in nanoseconds.
	FirstResponse(id m.ConversationID, took int64)
	Resolved(id m.ConversationID, took int64)
	// Rated is the first valid answer to a satisfaction survey about it, 1 to 5.
	Rated(id m.ConversationID, score int)
	// Found is a finding of an audit rule, about a message of that agent.
	Found(id m.ConversationID, rule audit.Rule)
}

// StateClosed follows the states of an open conversation (measure.StateBot and
// the others).
const StateClosed = m.StatePending + 1

// Standing is how a conversation stands. Moments are Unix nanoseconds of event
// time, 0 for none.
type Standing struct {
	ID            m.ConversationID
	Source, Inbox m.ID
	// Team is where it counts, Type the request type, None while undecided.
	Team, Type m.ID
	Contact    record.Key
	// State is one of measure's, or StateClosed; Owner the index of "queue", "bot",
	// "human"; Trigger -1 while undecided; ClosedBy -1 while open.
	State, Owner, Trigger, ClosedBy int8
	// Escalated reasons: ever, and now; one bit each.
	Escalated, Escalations uint8
	// Opened and Closed, Last message, start of the customer's open Turn.
	Opened, Closed, Last, Turn int64
	// Agent has it or had it last, or else wrote last.
	Agent Ref
	// Writers are the humans who wrote. It is the conversation's own.
	Writers []Writer
}

// Writer is an agent who wrote in a conversation.
type Writer = writer

// Agent is who it is.
func (w writer) Agent() Ref { return w.agent }

// Owners are the texts of Standing.Owner.
var Owners = ownerNames[:]

// standing tells the book of an open conversation.
func (s *Shard) standing(c *conv) {
	if s.Book != nil {
		s.stand(c, int8(c.state()), 0, -1)
	}
}

func (s *Shard) stand(c *conv, state int8, closed int64, by int8) {
	st := &s.stands
	*st = Standing{
		ID: c.id, Source: c.contact.source, Inbox: c.inbox, Team: c.team, Type: c.typ, Contact: c.contact.key,
		State: state, Owner: int8(c.owner), Trigger: int8(c.trigger) - 1, ClosedBy: by, Escalated: c.escalated,
		Opened: c.opened, Closed: closed, Last: c.last, Agent: c.creditedAgent(), Writers: c.writers,
	}
	if state != StateClosed {
		st.Turn, st.Escalations = c.turn, c.escalations
	}
	s.Book.Stands(st)
}

// enter tells the book to which conversation an event belongs: the open one, else
// the one that it ended, else the one before. before is the conversation that was
// open before the event.
func (s *Shard) enter(ct *contact, th *thread, before *conv, in *Input) {
	last := ct.lastClosing(th)
	if last != nil && in.Received-last.closed > s.keepClosing() {
		last = nil // forgotten, or about to be
	}
	switch {
	case th.open != nil && (in.Time >= th.open.opened || last == nil || in.Time > last.closed):
		s.Book.Entered(th.open.id, in)
	case before != nil && th.open == nil:
		s.Book.Entered(before.id, in)
	case last != nil:
		s.Book.Entered(last.id, in)
	}
}

// AppendWriter encodes a writer.
func AppendWriter(b []byte, w Writer) []byte {
	return binary.AppendVarint(binary.AppendUvarint(b, uint64(w.agent)), w.at)
}

// ReadWriter reads what AppendWriter wrote, and how many bytes it took, 0 or less
// where it is not that.
func ReadWriter(b []byte) (w Writer, n int) {
	agent, n := binary.Uvarint(b)
	if n <= 0 {
		return w, n
	}
	at, k := binary.Varint(b[n:])
	if k <= 0 {
		return w, k
	}
	return Writer{Ref(agent), at}, n + k
}
