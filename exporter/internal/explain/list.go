package explain

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/conversation"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fold"
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
)

// ListMax is how many conversations a List holds.
const ListMax = 1000

// List is the conversations that opened last, newest last. Those that began
// before the first record are not in it. Its JSON's field names are kept.
type List struct {
	Conversations []Summary `json:"conversations"`
	// LeftOut is how many more opened before them.
	LeftOut int       `json:"left_out"`
	AsOf    time.Time `json:"as_of"`
}

// Summary is one conversation in a List.
type Summary struct {
	ID     string    `json:"id"`
	Source string    `json:"source"`
	Inbox  string    `json:"inbox"`
	Opened time.Time `json:"opened"`
	// Closed is nil while it is open.
	Closed   *time.Time `json:"closed"`
	ClosedBy string     `json:"closed_by"`
	// FirstResponse is the headline figure in seconds, nil without one.
	FirstResponse *float64 `json:"first_response_seconds"`
}

// Lister collects a List.
type Lister struct {
	state *fold.State
	known map[m.ConversationID]*Summary
	// order is a ring of the ids in known, next the place of the oldest once
	// it is full.
	order []m.ConversationID
	next  int
	all   int
	max   int
}

// Listen lists what opens in the state from now on. Nobody else may listen
// then.
func Listen(s *fold.State) *Lister {
	l := &Lister{state: s, known: map[m.ConversationID]*Summary{}, max: ListMax}
	s.Trace(l.hear)
	return l
}

func (l *Lister) hear(step conversation.Step) {
	if !step.Before.Open && step.After.Open {
		l.open(&step)
	}
	s := l.known[step.ID]
	if s == nil {
		return
	}
	if step.Before.Open && !step.After.Open {
		at := moment(step.At)
		s.Closed = &at
	}
	for _, c := range step.Counted {
		switch c.Family {
		case m.ClosedConversations:
			s.ClosedBy = c.LabelValues(l.state.Names())[4] // after source, inbox, team and request type
		case m.FirstResponse:
			seconds := float64(c.Nanos) / 1e9
			s.FirstResponse = &seconds
		}
	}
}

func (l *Lister) open(step *conversation.Step) {
	l.all++
	if len(l.order) < l.max {
		l.order = append(l.order, step.ID)
	} else {
		delete(l.known, l.order[l.next])
		l.order[l.next] = step.ID
		l.next = (l.next + 1) % l.max
	}
	n := l.state.Names()
	s := &Summary{ID: step.ID.String(), Inbox: n.Value(m.DictInbox, step.After.Inbox), Opened: moment(step.At)}
	// Only an event opens a conversation.
	if step.Event != nil {
		s.Source = n.Value(m.DictSource, step.Event.Source)
	}
	l.known[step.ID] = s
}

// List gives what there is now.
func (l *Lister) List() *List {
	out := &List{Conversations: []Summary{}, LeftOut: l.all - len(l.order), AsOf: moment(l.state.Received())}
	for i := range l.order {
		if s := l.known[l.order[(l.next+i)%len(l.order)]]; s != nil {
			out.Conversations = append(out.Conversations, *s)
		}
	}
	return out
}

// WriteText writes the list as a table.
func (l *List) WriteText(w io.Writer) error {
	rows := [][]string{{"CONVERSATION", "SOURCE", "INBOX", "OPENED (UTC)", "CLOSED (UTC)", "BY", "FIRST RESPONSE"}}
	for _, s := range l.Conversations {
		row := []string{s.ID, s.Source, s.Inbox, s.Opened.Format(time.DateTime), "open", "", "none"}
		if s.Closed != nil {
			row[4], row[5] = s.Closed.Format(time.DateTime), s.ClosedBy
		}
		if s.FirstResponse != nil {
			row[6] = took(int64(*s.FirstResponse*1e9 + 0.5))
		}
		rows = append(rows, row)
	}
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b bytes.Buffer
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			line.WriteString(cell + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2))
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	if l.LeftOut > 0 {
		fmt.Fprintf(&b, "%d earlier ones are left out.\n", l.LeftOut)
	}
	if len(l.Conversations) == 0 {
		b.Reset()
		b.WriteString("No conversation opened in what was read.\n")
	}
	_, err := w.Write(printable(b.Bytes()))
	return err
}
