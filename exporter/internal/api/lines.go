package api

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/api"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/conversation"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fold"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/intake"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/mask"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/transcript"
)

// line is one of an answer, with what it takes to finish it.
type line struct {
	api.Line
	// agent is whom the event names, by id; order ties what has the same time.
	agent string
	order int
}

// lineID names an event's line.
func lineID(at conversation.Position) string {
	return strconv.FormatUint(at.Seq, 36) + "-" + strconv.FormatUint(uint64(at.Index), 36)
}

// roles of actors.
var roles = [...]string{event.ActorUnknown: "unknown", event.ActorCustomer: "customer", event.ActorHuman: "agent", event.ActorBot: "bot", event.ActorSystem: "system"}

// lineOf makes the line of an event.
func (a *API) lineOf(ctx context.Context, said *transcript.Said, conversation string, full bool) (line, error) {
	e := &said.Event
	l := line{agent: e.Agent.ID, Line: api.Line{
		ID: lineID(said.Place), Conversation: conversation, Time: time.Unix(0, e.Time).UTC(), Kind: e.Kind.String(), Role: roles[e.Actor], Gone: string(said.Gone),
	}}
	if said.Gone != transcript.Here {
		return l, nil
	}
	p, gone, err := a.opts.Reader.Personal(ctx, said)
	if err != nil {
		return l, err
	}
	l.Gone = string(gone)
	switch e.Kind {
	case event.MessageReceived, event.MessageSent:
		l.Kind, l.Type = api.KindMessage, event.MessageTypes[e.MessageType]
		l.Template = e.TemplateName
		l.say(&p, full)
		if e.Kind == event.MessageReceived {
			l.Role = "customer"
			if full {
				l.Name = cmp.Or(p.ContactName, p.Contact)
			}
			l.Sentiment = sentimentFlag(e.Flags)
		}
	case event.NoteAdded:
		l.Kind = api.KindNote
		l.say(&p, full)
	case event.SurveyAnswered:
		l.Role = "customer"
		l.say(&p, full)
	}
	l.Reason, l.Team, l.Labels = e.Reason, e.Agent.Team, e.Labels
	if e.HasScore || e.Flags&record.Rated != 0 {
		l.Score = &e.Score
	}
	return l, nil
}

// say puts the text in, masked unless it may be read in full.
func (l *line) say(p *intake.Personal, full bool) {
	if l.Text = p.Text; !full {
		l.Text, l.Masked = mask.Text(p.Text), true
	}
}

func sentimentFlag(f record.Flags) string {
	switch {
	case f&record.Classified == 0:
		return ""
	case f&record.Negative != 0:
		return "negative"
	case f&record.Positive != 0:
		return "positive"
	}
	return "neutral"
}

// delivery is the furthest that messages of ours came, by their hashes.
type delivery map[uint64]struct {
	status event.Status
	code   string
}

func (d delivery) see(e *record.Event) {
	if was := d[e.Message]; e.Message != 0 && e.Status > was.status {
		d[e.Message] = struct {
			status event.Status
			code   string
		}{e.Status, e.Error}
	}
}

// mark puts what became of a message on its line.
func (d delivery) mark(l *line, message uint64) {
	if got, ok := d[message]; ok && message != 0 && l.Role != "customer" && l.Kind == api.KindMessage {
		l.Status, l.Error = event.Statuses[got.status], got.code
	}
}

// people puts agents on the lines as the metrics call them.
func people(s *fold.State, lines []line) {
	for i := range lines {
		l := &lines[i]
		if l.agent == "" {
			continue
		}
		label, name := s.PersonByID(l.agent)
		l.Agent = label
		if l.Role != "customer" {
			l.Name = name
		}
	}
}

// inOrder sorts lines by time, and by the order in which they came where that is
// the same.
func inOrder(lines []line) []api.Line {
	slices.SortStableFunc(lines, func(a, b line) int {
		return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.order, b.order))
	})
	out := make([]api.Line, len(lines))
	for i := range lines {
		out[i] = lines[i].Line
	}
	return out
}
