package api

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/api"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/conversation"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/explain"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fold"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/transcript"
)

// maxEntries bounds how much of a conversation is read, and maxHistory how much of
// its contact's others is looked at to tell how its numbers came about.
const (
	maxEntries = 5000
	maxHistory = 20_000
)

// told is what the state says of a conversation.
type told struct {
	row     transcript.Row
	summary api.Conversation
	seed    fold.Seed
	contact record.Key
	// entries are the conversation's, history those of all conversations of its
	// contact, in the order of the journal.
	entries []transcript.Entry
	history []transcript.Entry
	// target is what a reply may take, in nanoseconds.
	target int64
	cut    api.Cut
}

// look finds a conversation.
func (a *API) look(r *request) (*told, error) {
	id, err := conversationID(r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if a.opts.Reader == nil {
		return nil, errNoTexts
	}
	var t *told
	err = a.inspect(r, func(s *fold.State) {
		row := s.Transcripts().Get(id)
		if row == nil {
			return
		}
		t = &told{row: *row, summary: view(s).conversation(row), contact: s.Canonical(row.Contact)}
		t.seed = s.SeedOf(t.contact)
		t.target = s.TargetsOf(row.Inbox, row.Team).FirstResponse
		t.entries = row.Entries(nil)
		s.Transcripts().Each(func(other *transcript.Row) bool {
			if other.Source == row.Source && s.Canonical(other.Contact) == t.contact {
				t.history = other.Entries(t.history)
			}
			return true
		})
	})
	if err != nil {
		return nil, err
	}
	if t == nil {
		return nil, notFound("there is no conversation %s: it may be older than transcripts.retention", r.PathValue("id"))
	}
	if len(t.entries) > maxEntries {
		t.entries = t.entries[len(t.entries)-maxEntries:]
		t.cut = api.Cut{Cut: true, Reason: fmt.Sprintf("the conversation has %d entries; only its last %d are here", t.row.Len(), maxEntries)}
	}
	slices.SortFunc(t.history, func(x, y transcript.Entry) int { return compare(x.Place, y.Place) })
	return t, nil
}

func compare(a, b conversation.Position) int {
	switch {
	case a.Before(b):
		return -1
	case b.Before(a):
		return 1
	}
	return 0
}

// read fetches the events and makes their lines.
func (a *API) read(ctx context.Context, r *request, t *told) ([]line, error) {
	places := make([]conversation.Position, len(t.entries))
	for i, e := range t.entries {
		places[i] = e.Place
	}
	said, err := a.opts.Reader.Get(ctx, places)
	if err != nil {
		return nil, err
	}
	came := delivery{}
	var lines []line
	var messages []uint64
	for i := range said {
		if said[i].Event.Kind == event.MessageStatus {
			came.see(&said[i].Event)
			continue
		}
		if said[i].Gone != transcript.Here {
			// All that is left is what the index says.
			said[i].Event = record.Event{Kind: t.entries[i].Kind, Actor: t.entries[i].Actor, Time: t.entries[i].Time}
			if t.entries[i].Kind == event.MessageStatus {
				continue
			}
		}
		l, err := a.lineOf(ctx, &said[i], t.summary.ID, r.full)
		if err != nil {
			return nil, err
		}
		if t.entries[i].Message() {
			l.Kind = api.KindMessage
		}
		l.order = 3 * i
		lines, messages = append(lines, l), append(messages, said[i].Event.Message)
	}
	for i := range lines {
		came.mark(&lines[i], messages[i])
	}
	if t.row.Closed != 0 && t.row.ClosedBy >= m.ClosedByTimeout {
		lines = append(lines, line{order: math.MaxInt, Line: api.Line{
			ID: t.summary.ID + "-closed", Conversation: t.summary.ID, Time: *t.summary.Closed, Kind: "conversation.closed", Role: "system", Reason: t.summary.ClosedBy,
		}})
	}
	return lines, nil
}

func (a *API) transcript(r *request) (any, error) {
	t, err := a.look(r)
	if err != nil {
		return nil, err
	}
	out, _, err := a.lines(r, t)
	return out, err
}

// lines reads a transcript, with what its timeline adds.
func (a *API) lines(r *request, t *told) (api.Transcript, *explain.Timeline, error) {
	lines, err := a.read(r.Context(), r, t)
	if err != nil {
		return api.Transcript{}, nil, err
	}
	timeline, err := a.retell(r.Context(), t)
	if err != nil && r.Context().Err() != nil {
		return api.Transcript{}, nil, err
	}
	lines = append(lines, t.remarks(timeline, lines)...)
	if err := a.inspect(r, func(s *fold.State) { people(s, lines) }); err != nil {
		return api.Transcript{}, nil, err
	}
	return api.Transcript{Lines: inOrder(lines), Full: r.full, Cut: t.cut}, timeline, nil
}

// errHistory: the records of a contact are gone or too many.
var errHistory = errors.New("the contact's records are gone or too many")

// retell folds the contact's records again.
func (a *API) retell(ctx context.Context, t *told) (*explain.Timeline, error) {
	if len(t.history) == 0 || len(t.history) > maxHistory {
		return nil, errHistory
	}
	places := make([]conversation.Position, len(t.history))
	for i, e := range t.history {
		places[i] = e.Place
	}
	said, err := a.opts.Reader.Get(ctx, places)
	if err != nil {
		return nil, err
	}
	events := make([]explain.Event, 0, len(said))
	for i := range said {
		if said[i].Gone == transcript.Here {
			events = append(events, explain.Event{Place: said[i].Place, Received: said[i].Received, Event: said[i].Event})
		}
	}
	if len(events) == 0 {
		return nil, errHistory
	}
	first, changes, err := a.configurations(ctx, t, events[0].Place.Seq)
	if err != nil {
		return nil, err
	}
	return explain.Retell(t.summary.ID, t.contact, t.seed, first, changes, events)
}

// configurations gives what was in force before a record, and the changes after it.
// Where the record that says so is gone, what is in force now stands for it.
func (a *API) configurations(ctx context.Context, t *told, seq uint64) (first config.FoldConfig, changes []explain.Reconfigured, err error) {
	first = t.seed.Config
	before := true
	for i := len(t.seed.Configs) - 1; i >= 0; i-- {
		at := t.seed.Configs[i]
		c, received, err := a.configuration(ctx, at)
		switch {
		case errors.Is(err, journal.ErrNotFound):
			before = false
		case err != nil:
			return first, nil, err
		case at < seq:
			return c, changes, nil
		default:
			changes = slices.Insert(changes, 0, explain.Reconfigured{Seq: at, Received: received, Config: c})
			if before {
				first = c
			}
		}
	}
	return first, changes, nil
}

// configuration reads a record that changed the configuration.
func (a *API) configuration(ctx context.Context, seq uint64) (cfg config.FoldConfig, received int64, err error) {
	e, err := a.opts.Records.Get(ctx, seq)
	if err != nil {
		return cfg, 0, err
	}
	var d record.Decoder
	var c record.Commit
	if err := d.Decode(e.Data, &c); err != nil {
		return cfg, 0, err
	}
	for i := range c.Batches {
		if b := &c.Batches[i]; b.Kind == record.KindConfig {
			if cfg, err = config.DecodeFold(b.Config); err != nil {
				return cfg, 0, err
			}
			received = b.Received
		}
	}
	return cfg, received, nil
}

// remarks are lines that no event is: how long the customer waited, and what audits
// found.
func (t *told) remarks(timeline *explain.Timeline, lines []line) (extra []line) {
	target := time.Duration(t.target).Seconds()
	orders := map[string]int{}
	for _, l := range lines {
		orders[l.ID] = l.order
	}
	if timeline != nil {
		for i := range timeline.Steps {
			s := &timeline.Steps[i]
			id, order := t.summary.ID+"-end", math.MaxInt
			if s.Place != nil {
				id = lineID(*s.Place)
				order = orders[id]
			}
			for _, c := range s.Counted {
				switch c.Metric {
				case m.Response.Name:
					if c.Value > target {
						took := c.Value
						extra = append(extra, line{order: order - 1, Line: api.Line{
							ID: id + "-wait", Conversation: t.summary.ID, Time: s.Time, Kind: api.KindWait, Role: "system", Seconds: &took,
						}})
					}
				case m.AuditFindings.Name:
					extra = append(extra, line{order: order + 1, Line: api.Line{
						ID: id + "-" + c.Labels["rule"], Conversation: t.summary.ID, Time: s.Time, Kind: api.KindFinding, Role: "system",
						Rule: c.Labels["rule"], Severity: c.Labels["severity"],
					}})
				}
			}
		}
	}
	if t.row.State == m.StateWaiting && t.row.Turn != 0 {
		if waited := time.Duration(t.seed.Received - t.row.Turn).Seconds(); waited > target {
			extra = append(extra, line{order: math.MaxInt, Line: api.Line{
				ID: t.summary.ID + "-waiting", Conversation: t.summary.ID, Time: time.Unix(0, t.seed.Received).UTC(), Kind: api.KindWait, Role: "system", Seconds: &waited,
			}})
		}
	}
	return extra
}

func (a *API) conversation(r *request) (any, error) {
	t, err := a.look(r)
	if err != nil {
		return nil, err
	}
	lines, timeline, err := a.lines(r, t)
	if err != nil {
		return nil, err
	}
	rows := []api.Conversation{t.summary}
	a.link(r, rows, []vendorLink{linkOf(&t.row)})
	out := api.Detail{Conversation: rows[0], Transcript: lines}
	if timeline != nil {
		out.Timeline, out.Differs = timelineOf(timeline), t.differs(timeline)
	}
	return out, nil
}

// timelineOf is the timeline in the API's types.
func timelineOf(t *explain.Timeline) *api.Timeline {
	out := &api.Timeline{AsOf: t.AsOf, LeftOut: t.LeftOut, Steps: make([]api.Step, 0, len(t.Steps))}
	for i := range t.Steps {
		s := &t.Steps[i]
		step := api.Step{Time: s.Time, Received: s.Received, Kind: s.Kind, What: s.What, Changes: []api.Change{}, Counted: []api.Count{}}
		if s.Place != nil {
			step.Line = lineID(*s.Place)
		}
		for _, c := range s.Changes {
			step.Changes = append(step.Changes, api.Change{About: c.About, Text: c.Text})
		}
		for _, c := range s.Counted {
			step.Counted = append(step.Counted, api.Count{Metric: c.Metric, Type: c.Type, Labels: c.Labels, Value: c.Value})
		}
		out.Steps = append(out.Steps, step)
	}
	return out
}

// differs tells what a timeline has other than the row.
func (t *told) differs(tl *explain.Timeline) (list []string) {
	c := &t.summary
	for _, f := range []struct {
		name     string
		row, now string
	}{
		{"team", c.Team, tl.Team}, {"state", c.State, tl.State}, {"trigger", c.Trigger, tl.Trigger}, {"closed_by", c.ClosedBy, tl.ClosedBy},
		{"first_response_seconds", fmt.Sprint(number(c.FirstResponse)), fmt.Sprint(number(tl.FirstResponse))},
	} {
		if f.row != f.now {
			list = append(list, f.name)
		}
	}
	return list
}

func number(v *float64) float64 {
	if v == nil {
		return -1
	}
	return *v
}
