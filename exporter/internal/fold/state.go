// Package fold is the whole folded state: the front stage, the shards, and
// what a scrape shows of them. Server and replay use the same code.
//
// It is pure: state' = Apply(state, record). It has no clock and does no I/O.
// A State belongs to one goroutine.
package fold

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"sort"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/agents"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/consistency"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/conversation"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/heatmap"
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/transcript"
)

// Shards is how many parts the conversations are divided into.
const Shards = 16

// State is the fold of one lane.
type State struct {
	front  *front
	shards [Shards]*conversation.Shard
	agents *agents.Stage
	// questions is the stage that compares answers.
	questions *consistency.Stage
	// peaks is the stage that knows when customers come.
	peaks *heatmap.Map
	// index is the stage that knows what was said where.
	index *transcript.Index
	// frontSeq, shardSeq and the others are the last records that each part
	// holds. They differ only while a snapshot is caught up with; the front
	// stage is never ahead of a shard, no shard of the stages behind it.
	frontSeq    uint64
	shardSeq    [Shards]uint64
	agentSeq    uint64
	questionSeq uint64
	peakSeq     uint64
	indexSeq    [transcript.Pieces]uint64
	// applying is the record at hand.
	applying uint64
	// received is the receive time of the last record, Unix nanoseconds.
	received int64
	// lastEvent is the receive time of the last record with events.
	lastEvent int64
	// created is the first record's receive time, histCreated that of the
	// record that last restarted the histograms.
	created, histCreated int64
	// rollbacks is how often the state was restored to an earlier one.
	rollbacks uint64

	// wake is a receive time before which no shard has anything to do; never
	// too late, sometimes too early.
	wake int64
	// edge is when a calendar opens or closes next, or an hour begins.
	edge int64
	in   conversation.Input
	// changes is scratch.
	changes []agents.Change
}

// Result is what became of the events of a record.
type Result struct {
	Events int
	// Duplicates by source, those that an adapter repeats on purpose left out.
	Duplicates map[string]int
}

// New returns an empty state that goes by cfg until a record says otherwise.
// It panics where cfg did not come from package config.
func New(cfg config.FoldConfig) *State {
	s := &State{front: newFront()}
	if _, err := s.front.configure(cfg); err != nil {
		panic(err)
	}
	s.agents, s.edge = agents.New(agentSettings(cfg)), math.MaxInt64
	s.questions, s.peaks = consistency.New(questionSettings(cfg)), heatmap.New(maxPeaks)
	s.index = transcript.NewIndex(int64(cfg.TranscriptsRetention))
	for i := range s.shards {
		s.shards[i] = conversation.NewShard(s.front.set, &s.front.people.refs)
	}
	s.listen()
	return s
}

// Received is the receive time of the last record.
func (s *State) Received() int64 { return s.received }

// LastEvent is the receive time of the last record with events, 0 before the
// first: ticks go on where webhooks have died.
func (s *State) LastEvent() int64 { return s.lastEvent }

// Seq is the last record that every part holds.
func (s *State) Seq() uint64 { return s.frontSeq }

// Rollbacks is how often the state was restored to an earlier one.
func (s *State) Rollbacks() uint64 { return s.rollbacks }

// Config is the configuration in force.
func (s *State) Config() config.FoldConfig { return s.front.cfg }

// Open is how many conversations are open.
func (s *State) Open() int {
	n := 0
	for _, sh := range s.shards {
		n += sh.Open()
	}
	return n
}

// Apply folds one record. Records come in the order of their sequences, each
// once; parts that a snapshot restored further skip what they hold. res may be
// nil.
func (s *State) Apply(seq uint64, c *record.Commit, res *Result) error {
	index := uint32(0)
	s.applying = seq
	hourly := s.peaks.Any()
	for i := range c.Batches {
		b := &c.Batches[i]
		if s.created == 0 {
			s.created, s.histCreated = b.Received, b.Received
			s.received = b.Received
			s.edge = s.nextEdge()
		}
		from := s.received
		s.received = max(s.received, b.Received)
		s.front.advance(s.received)
		s.advance(seq, from)
		s.placeAgents(seq)
		switch b.Kind {
		case record.KindConfig:
			cfg, err := config.DecodeFold(b.Config)
			if err != nil {
				return fmt.Errorf("record %d: %w", seq, err)
			}
			if err := s.configure(seq, cfg); err != nil {
				return fmt.Errorf("record %d: %w", seq, err)
			}
			s.front.configured(seq)
		case record.KindRollback:
			s.created, s.histCreated = b.Received, b.Received
			s.rollbacks++
		case record.KindEvents:
			s.lastEvent = s.received
			for j := range b.Events {
				if err := s.event(&b.Events[j], conversation.Position{Seq: seq, Index: index}, res); err != nil {
					return fmt.Errorf("record %d: %w", seq, err)
				}
				index++
			}
		}
	}
	s.frontSeq = seq
	for i := range s.shardSeq {
		s.shardSeq[i] = max(s.shardSeq[i], seq)
	}
	s.agentSeq = max(s.agentSeq, seq)
	s.questionSeq = max(s.questionSeq, seq)
	s.peakSeq = max(s.peakSeq, seq)
	for i := range s.indexSeq {
		s.indexSeq[i] = max(s.indexSeq[i], seq)
	}
	if !hourly && s.peaks.Any() {
		s.edge = s.nextEdge()
	}
	return nil
}

func (s *State) configure(seq uint64, cfg config.FoldConfig) error {
	restarted, err := s.front.configure(cfg)
	if err != nil {
		return err
	}
	if restarted {
		s.histCreated = s.received
	}
	if s.agentSeq < seq {
		s.agents.Configure(agentSettings(cfg))
	}
	if s.questionSeq < seq {
		s.questions.Configure(questionSettings(cfg))
	}
	s.index.Configure(int64(cfg.TranscriptsRetention))
	s.placeAgents(seq)
	s.edge = s.nextEdge()
	for i, sh := range s.shards {
		if s.shardSeq[i] < seq {
			sh.Configure(s.front.set)
		} else {
			sh.Use(s.front.set)
		}
	}
	s.wake = 0
	return nil
}

// advance lets time pass, from the receive time of the record before, in the
// parts that do not hold seq yet.
func (s *State) advance(seq uint64, from int64) {
	if s.received >= s.edge {
		s.edge = s.nextEdge()
	}
	if s.peakSeq < seq {
		s.peaks.Advance(s.received)
	}
	if s.received >= s.wake {
		s.wake = math.MaxInt64
		for i, sh := range s.shards {
			if s.shardSeq[i] < seq {
				sh.Advance(from, s.received)
				s.changes = append(s.changes, sh.Changes...)
				sh.Changes = sh.Changes[:0]
			}
			s.wake = min(s.wake, sh.Wake())
		}
		// Each shard tells its own in the order of time.
		slices.SortStableFunc(s.changes, func(a, b agents.Change) int { return cmp.Compare(a.At, b.At) })
		s.tellAgents(seq, s.changes)
		s.changes = s.changes[:0]
	}
	if s.agentSeq < seq {
		s.agents.Advance(s.received)
	}
	if s.questionSeq < seq {
		s.questions.Advance(s.received)
	}
	for i := range s.indexSeq {
		if s.indexSeq[i] < seq {
			s.index.Sweep(i, from, s.received)
		}
	}
}

// nextEdge is when a calendar opens or closes next, or an hour begins.
func (s *State) nextEdge() int64 {
	next := s.nextHour()
	for _, c := range s.front.set.Calendars {
		if at, ok := c.Next(s.received); ok {
			next = min(next, at)
		}
	}
	return next
}

func (s *State) event(e *record.Event, pos conversation.Position, res *Result) error {
	what, l := s.front.admit(e, s.received, &s.in)
	if res != nil {
		res.Events++
		if what == duplicate && !e.Derived {
			if res.Duplicates == nil {
				res.Duplicates = map[string]int{}
			}
			res.Duplicates[e.Source]++
		}
	}
	if what == ofAgent && e.Agent.ID != "" {
		s.presence(e, pos.Seq)
	}
	if what != passed {
		return nil
	}
	s.activity(e, pos.Seq)
	if l != nil {
		if err := s.link(l, pos); err != nil {
			return err
		}
	}
	if e.Status == event.StatusFailed {
		// A contact that was linked meanwhile is in another shard now.
		replied, failed := false, false
		for _, sh := range s.shards {
			replied = replied || sh.Replied(e.Message, s.received)
			failed = failed || sh.Failed(e.Message, s.received)
		}
		s.in.WasReply = replied && !failed
	}
	s.in.Place = pos
	if i := shardOf(s.in.Contact); s.shardSeq[i] < pos.Seq {
		s.shards[i].Apply(&s.in)
		s.wake = min(s.wake, s.shards[i].Wake())
		s.drain(i, pos.Seq)
	}
	return nil
}

// drain passes on what a shard has to tell the agents.
func (s *State) drain(shard int, seq uint64) {
	if sh := s.shards[shard]; len(sh.Changes) > 0 {
		s.tellAgents(seq, sh.Changes)
		sh.Changes = sh.Changes[:0]
	}
}

// link makes two contacts one, across shards.
func (s *State) link(l *link, pos conversation.Position) error {
	from, to := shardOf(l.from), shardOf(l.to)
	var data []byte
	if s.shardSeq[from] < pos.Seq {
		data = s.shards[from].Extract(l.from, pos, s.received)
	} else {
		data = s.shards[from].Moved(pos)
	}
	if data == nil || s.shardSeq[to] >= pos.Seq {
		return nil
	}
	err := s.shards[to].Absorb(l.to, data, &s.in)
	s.wake = min(s.wake, s.shards[to].Wake())
	s.drain(to, pos.Seq)
	return err
}

func shardOf(k record.Key) int { return int(k[len(k)-1]) % Shards }

// NextDue is the receive time at which time alone changes something.
func (s *State) NextDue() (int64, bool) {
	next, any := int64(0), false
	for _, sh := range s.shards {
		if due, ok := sh.NextDue(); ok && (!any || due < next) {
			next, any = due, true
		}
	}
	if s.edge != math.MaxInt64 && (!any || s.edge < next) {
		next, any = s.edge, true
	}
	return next, any
}

// NextSecond is the receive time at which the agents' time is next to be shown
// to the second, ok false while no agent is there.
func (s *State) NextSecond() (int64, bool) {
	return s.received - s.received%1e9 + 1e9, s.agents.Awake(s.received)
}

// View fills v with what a scrape shows.
func (s *State) View(v *m.View) {
	stores := make([]*m.Store, 0, Shards+3)
	s.agents.Settle(s.received)
	stores = append(stores, s.front.store, s.agents.Store(), s.questions.Store())
	for _, sh := range s.shards {
		stores = append(stores, sh.Store)
	}
	v.Update(s.front.names, s.received, stores...)
	v.Created, v.HistCreated = s.created, s.histCreated
	v.Scopes(func(sc m.Scope) {
		if sc.Inbox != m.None {
			open := 0.0
			if s.front.set.CalendarOf(sc.Inbox, sc.Team).Open(s.received) {
				open = 1
			}
			v.AddDynamic(m.CalendarOpen, open, s.labels(sc)...)
		}
	})
	s.viewAgents(v)
	s.viewWaiting(v)
	s.viewEscalated(v)
	s.viewTemplates(v)
	s.viewTypical(v)
	s.viewTargets(v)
	v.SortDynamic()
}

func (s *State) labels(sc m.Scope, more ...string) []string {
	n := s.front.names
	return append([]string{n.Value(m.DictSource, sc.Source), n.Value(m.DictInbox, sc.Inbox), n.Value(m.DictTeam, sc.Team)}, more...)
}

func (s *State) viewWaiting(v *m.View) {
	s.viewOldest(v, m.OldestWaiting, (*conversation.Shard).EachWaiting)
	s.viewOldest(v, m.OldestNegative, (*conversation.Shard).EachUpset)
}

// viewOldest shows the earliest start of each scope over all shards.
func (s *State) viewOldest(v *m.View, f *m.Family, each func(*conversation.Shard, func(m.Scope, int64))) {
	oldest := map[m.Scope]int64{}
	for _, sh := range s.shards {
		each(sh, func(sc m.Scope, since int64) {
			if at, ok := oldest[sc]; !ok || since < at {
				oldest[sc] = since
			}
		})
	}
	for sc, since := range oldest {
		v.AddDynamic(f, seconds(since), s.labels(sc)...)
	}
}

func (s *State) viewEscalated(v *m.View) {
	teams := map[m.ID][]conversation.Escalated{}
	for _, sh := range s.shards {
		sh.EachEscalated(func(e conversation.Escalated) {
			teams[e.Scope.Team] = append(teams[e.Scope.Team], e)
		})
	}
	for _, list := range teams {
		sort.Slice(list, func(i, j int) bool {
			if list[i].Since != list[j].Since {
				return list[i].Since < list[j].Since
			}
			return string(list[i].ID[:]) < string(list[j].ID[:])
		})
		for _, e := range list[:min(len(list), s.front.set.Top)] {
			for r, since := range e.Starts {
				if since != 0 {
					v.AddDynamic(m.EscalatedStart, seconds(since), s.labels(e.Scope, e.ID.String(), m.EscalationNames[r])...)
				}
			}
		}
	}
}

func (s *State) viewTemplates(v *m.View) {
	n := s.front.names
	for t, state := range s.front.templates {
		v.AddDynamic(m.TemplateState, 1, n.Value(m.DictSource, t.source), n.Value(m.DictTemplate, t.name), n.Value(m.DictTemplateState, state))
	}
}

func (s *State) viewTargets(v *m.View) {
	c := s.front.cfg
	for _, t := range []struct {
		name  string
		value float64
	}{
		{"first_response", c.FirstResponse.Seconds()},
		{"resolution", c.Resolution.Seconds()},
		{"negative_response", c.NegativeResponse.Seconds()},
		{"csat", c.CSAT},
		{"fcr", c.FCR},
		{"utilization_min", c.UtilizationMin},
		{"utilization_max", c.UtilizationMax},
		{"containment", c.Containment},
	} {
		v.AddDynamic(m.Targets, t.value, t.name, "", "")
	}
	for _, o := range c.TargetOverrides {
		for _, t := range []struct {
			name  string
			value *time.Duration
		}{{"first_response", o.FirstResponse}, {"resolution", o.Resolution}, {"negative_response", o.NegativeResponse}} {
			if t.value != nil {
				v.AddDynamic(m.Targets, t.value.Seconds(), t.name, o.Team, o.Inbox)
			}
		}
		for _, t := range []struct {
			name  string
			value *float64
		}{
			{"csat", o.CSAT}, {"fcr", o.FCR}, {"utilization_min", o.UtilizationMin},
			{"utilization_max", o.UtilizationMax}, {"containment", o.Containment},
		} {
			if t.value != nil {
				v.AddDynamic(m.Targets, *t.value, t.name, o.Team, o.Inbox)
			}
		}
	}
}

func seconds(ns int64) float64 { return float64(ns) / 1e9 }
