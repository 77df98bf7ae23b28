package conversation

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/recount"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/recount/recounttest"
)

// ids numbers the values of one label.
type ids map[string]m.ID

func (n ids) of(value string) m.ID {
	if value == "" {
		return m.None
	}
	if _, ok := n[value]; !ok {
		n[value] = m.Other + 1 + m.ID(len(n))
	}
	return n[value]
}

// player turns a drawn history into a shard's input, as the front stage does,
// but that it knows no links: those are the tests' own.
type player struct {
	set                                            *Settings
	sources, inboxes, teams, types, reasons, codes ids
	labels                                         ids
	people                                         *Directory
	refs                                           map[string]Ref
	seq                                            uint64
	now                                            int64
	seen                                           map[string]bool
}

func newPlayer(s recount.Settings) *player {
	p := &player{sources: ids{}, inboxes: ids{}, teams: ids{}, types: ids{}, reasons: ids{}, codes: ids{}, seen: map[string]bool{},
		labels: ids{}, people: nobody(), refs: map[string]Ref{}}
	set := &Settings{
		Targets:       Targets{FirstResponse: int64(s.FirstResponse), Resolution: int64(s.Resolution), NegativeResponse: int64(s.NegativeResponse)},
		SurveyOpenFor: int64(s.CSAT.OpenFor), SatisfiedMin: s.CSAT.SatisfiedMin, RatiosWindow: int64(s.RatiosWindow),
		SessionTimeout: int64(s.AgentTimes.SessionTimeout),
		ReopenWindow:   int64(s.ReopenWindow), ThanksAfter: int64(s.ThanksCloseAfter), Grace: int64(s.LatenessGrace),
		DecideWithin: int64(s.DecideWithin), Top: 3, Buckets: m.NewBuckets(s.FirstResponse, s.Resolution, s.NegativeResponse),
		Requested: p.reasons.of("requested"), Unspecified: p.reasons.of("unspecified"),
		ByAssignment: p.reasons.of("assignment"), Implicit: p.reasons.of("implicit"),
		Default: &Source{Resolves: true, ServiceWindow: int64(24 * time.Hour), CloseAfter: int64(24 * time.Hour)},
	}
	for _, src := range s.Sources {
		id := p.sources.of(src.Name)
		for int(id) >= len(set.Sources) {
			set.Sources = append(set.Sources, nil)
		}
		out := &Source{Resolves: src.Resolves, ServiceWindow: int64(src.ServiceWindow), CloseAfter: int64(src.CloseAfter), Inboxes: map[m.ID]Inbox{}}
		for _, in := range src.Inboxes {
			out.Inboxes[p.inboxes.of(in.ID)] = Inbox{Team: p.teams.of(in.Team), Bot: in.Bot}
		}
		set.Sources[id] = out
	}
	p.set = set
	return p
}

func contactKey(source, contact string) record.Key {
	sum := sha256.Sum256([]byte(source + "/" + contact))
	return record.Key(sum[:16])
}

// input is false for what the front stage keeps to itself.
func (p *player) input(e *event.Event) (*Input, bool) {
	p.seq++
	p.now = max(p.now, e.Received.UnixNano())
	if e.Contact == "" || e.Channel != "" || p.seen[e.Source+e.ID] {
		return nil, false
	}
	p.seen[e.Source+e.ID] = true
	in := &Input{
		Place: Position{Seq: p.seq}, Received: p.now, Time: e.Time.UnixNano(), Kind: e.Kind, Dedup: record.DedupHash(e.Source, e.ID),
		Contact: contactKey(e.Source, e.Contact), Source: p.sources.of(e.Source), Inbox: p.inboxes.of(e.Inbox), Actor: e.Actor,
		Team: p.teams.of(e.Agent.Team), MessageType: event.MessageTypeIndex(e.Message.Type), Status: e.Status,
		RequestType: p.types.of(e.RequestType), Reason: p.reasons.of(e.Reason), Code: p.codes.of(e.Error),
		Answer: e.HasScore, Survey: e.Survey, Score: e.Score, Scale: e.Scale, Consent: e.Consent, Template: e.Message.Template.Name != "", Ahead: e.Time.UnixNano() > p.now+int64(5*time.Minute),
	}
	if e.Agent.ID != "" {
		in.Agent = p.person(e.Agent)
	}
	if e.Message.ID != "" {
		in.Message = record.DedupHash(e.Source, e.Message.ID)
	}
	for text, flag := range map[string]record.Flags{
		recounttest.TextClosing: record.ClosingPhrase, recounttest.TextPerson: record.AsksForPerson, recounttest.TextNegative: record.Negative,
	} {
		if e.Kind == event.MessageReceived && e.Message.Text == text {
			in.Flags |= flag
		}
	}
	if n, ok := recounttest.Rating(e.Message.Text); ok && !e.HasScore && e.Kind == event.MessageReceived {
		in.Flags |= record.Rated
		in.Score = float64(n)
	}
	if e.Kind == event.MessageReceived && recounttest.Sentiment(e.Message.Text) != "" {
		in.Flags |= record.Classified
	}
	for _, l := range e.Labels {
		in.Labels |= LabelBit(p.labels.of(l))
	}
	return in, true
}

// nobody is a directory without agents.
func nobody() *Directory { return &Directory{Agents: make([]Agent, 1)} }

// person enters an agent into the directory.
func (p *player) person(a event.Agent) Ref {
	r, ok := p.refs[a.ID]
	if !ok {
		r = Ref(len(p.people.Agents))
		p.refs[a.ID] = r
		p.people.Agents = append(p.people.Agents, Agent{Hash: record.DedupHash("", a.ID), Label: m.Other + 1 + m.ID(r)})
	}
	if a.Team != "" {
		p.people.Agents[r].Team = p.teams.of(a.Team)
	}
	return r
}

// play folds one event in.
func (p *player) play(s *Shard, e *event.Event) {
	from := p.now
	if in, ok := p.input(e); ok {
		s.Advance(from, in.Received)
		in.WasReply = in.Status == event.StatusFailed && s.Replied(in.Message, in.Received)
		s.Apply(in)
	}
}

// dump writes everything that a shard knows now, in a fixed order.
func dump(s *Shard, now int64) string {
	var b strings.Builder
	for _, k := range s.keys() {
		ct := s.contacts[k]
		fmt.Fprintf(&b, "contact %x source %d\n", ct.key, ct.source)
		for _, th := range ct.threads {
			// It may be kept for the sake of another thread.
			if th.closed != 0 && now-th.closed > s.set.remember() {
				th.forget()
			}
			fmt.Fprintf(&b, "  inbox %d closed %d replied %v\n", th.inbox, th.closed, th.closedReplied)
			if th.survey != nil && now-th.survey.sent <= s.keepSurvey() {
				fmt.Fprintf(&b, "    survey %+v\n", *th.survey)
			}
			if th.open != nil {
				c := *th.open
				c.contact, c.seldom = nil, nil
				// The order in the structures depends on how they were filled.
				c.waitPos, c.upsetPos, c.escPos, c.due = 0, 0, 0, 0
				// Scopes are numbered as they come.
				c.scope, c.shown.scope = 0, 0
				fmt.Fprintf(&b, "    %+v %+v in %+v\n", c, *th.open.seldom, s.Store.ScopeOf(th.open.scope))
			}
		}
		// Of two that time out at one moment either may be the first; nothing
		// that is counted depends on it.
		past := slices.SortedFunc(slices.Values(ct.past()), func(a, b closing) int {
			return cmp.Or(cmp.Compare(a.closed, b.closed), bytes.Compare(a.id[:], b.id[:]))
		})
		for _, k := range past {
			if now-k.closed <= s.keepClosing() {
				fmt.Fprintf(&b, "  %+v\n", k)
			}
		}
	}
	for _, p := range slices.SortedFunc(maps.Keys(s.moved), func(a, b Position) int {
		if a.Before(b) {
			return -1
		}
		return 1
	}) {
		fmt.Fprintf(&b, "moved %+v: %d %x\n", p, s.moved[p].at, s.moved[p].data)
	}
	fmt.Fprintf(&b, "open %d, replies %d, failed %d\nglance %+v\n", s.open, s.replies.Len(), s.failed.Len(), s.glance)
	fmt.Fprintf(&b, "store %x\n", s.Store.Append(nil))
	due, any := s.NextDue()
	fmt.Fprintf(&b, "due %d %v\n", due, any)
	return b.String()
}

// dumpShown adds what a scrape reads.
func dumpShown(s *Shard, now int64) string {
	var lines []string
	s.EachWaiting(func(sc m.Scope, since int64) { lines = append(lines, fmt.Sprintf("waiting %+v %d\n", sc, since)) })
	s.EachEscalated(func(e Escalated) { lines = append(lines, fmt.Sprintf("escalated %+v\n", e)) })
	slices.Sort(lines)
	return dump(s, now) + strings.Join(lines, "")
}

// difference names the first line in which two dumps differ.
func difference(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range max(len(x), len(y)) {
		switch {
		case i >= len(x):
			return "only the second has " + y[i]
		case i >= len(y):
			return "only the first has " + x[i]
		case x[i] != y[i]:
			return x[i] + "\nand\n" + y[i]
		}
	}
	return ""
}

// restored encodes a shard and reads it back.
func restored(s *Shard, set *Settings, people *Directory) (*Shard, error) {
	b := s.Append([]byte("before"))
	if !bytes.HasPrefix(b, []byte("before")) {
		return nil, fmt.Errorf("Append does not append")
	}
	return Decode(b[6:], set, people)
}
