// Package fold is the whole folded state: the front stage, the shards, and
// what a scrape shows of them. Server and replay use the same code.
//
// It is pure: state' = Apply(state, record). It has no clock and does no I/O.
// A State belongs to one goroutine.
package fold

import (
	"fmt"
	"math"
	"sort"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/conversation"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
)

// Shards is how many parts the conversations are divided into.
const Shards = 16

// State is the fold of one lane.
type State struct {
	front  *front
	shards [Shards]*conversation.Shard
	// frontSeq and shardSeq are the last records that each part holds. They
	// differ only while a snapshot is caught up with; the front stage is never
	// ahead of a shard.
	frontSeq uint64
	shardSeq [Shards]uint64
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
	in   conversation.Input
}

// Result is what became of the events of a record.
type Result struct {
	Events int
	// Duplicates by source, those that an adapter repeats on purpose left out.
	Duplicates map[string]int
}

// New returns an empty state that goes by cfg until a record says otherwise.
func New(cfg config.FoldConfig) *State {
	s := &State{front: newFront()}
	s.front.configure(cfg)
	for i := range s.shards {
		s.shards[i] = conversation.NewShard(s.front.set)
	}
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
	for i := range c.Batches {
		b := &c.Batches[i]
		if s.created == 0 {
			s.created, s.histCreated = b.Received, b.Received
		}
		s.received = max(s.received, b.Received)
		s.advance(seq)
		switch b.Kind {
		case record.KindConfig:
			cfg, err := config.DecodeFold(b.Config)
			if err != nil {
				return fmt.Errorf("record %d: %w", seq, err)
			}
			s.configure(seq, cfg)
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
	return nil
}

func (s *State) configure(seq uint64, cfg config.FoldConfig) {
	if s.front.configure(cfg) {
		s.histCreated = s.received
	}
	for i, sh := range s.shards {
		if s.shardSeq[i] < seq {
			sh.Configure(s.front.set)
		} else {
			sh.Use(s.front.set)
		}
	}
	s.wake = 0
}

// advance lets time pass in the shards that do not hold seq yet.
func (s *State) advance(seq uint64) {
	if s.received < s.wake {
		return
	}
	s.wake = math.MaxInt64
	for i, sh := range s.shards {
		if s.shardSeq[i] < seq {
			sh.Advance(s.received)
		}
		s.wake = min(s.wake, sh.Wake())
	}
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
	if what != passed {
		return nil
	}
	if l != nil {
		if err := s.link(l, pos); err != nil {
			return err
		}
	}
	if e.Status == event.StatusFailed {
		// A contact that was linked meanwhile is in another shard now.
		for _, sh := range s.shards {
			s.in.WasReply = s.in.WasReply || sh.Replied(e.Message, s.received)
		}
	}
	s.in.Place = pos
	if i := shardOf(s.in.Contact); s.shardSeq[i] < pos.Seq {
		s.shards[i].Apply(&s.in)
		s.wake = min(s.wake, s.shards[i].Wake())
	}
	return nil
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
	return next, any
}

// View fills v with what a scrape shows.
func (s *State) View(v *m.View) {
	stores := make([]*m.Store, 0, Shards+1)
	stores = append(stores, s.front.store)
	for _, sh := range s.shards {
		stores = append(stores, sh.Store)
	}
	v.Update(s.front.names, stores...)
	v.Created, v.HistCreated = s.created, s.histCreated
	v.Scopes(func(sc m.Scope) {
		if sc.Inbox != m.None {
			v.AddDynamic(m.CalendarOpen, 1, s.labels(sc)...)
		}
	})
	s.viewWaiting(v)
	s.viewEscalated(v)
	s.viewTemplates(v)
	s.viewTargets(v)
	v.SortDynamic()
}

func (s *State) labels(sc m.Scope, more ...string) []string {
	n := s.front.names
	return append([]string{n.Value(m.DictSource, sc.Source), n.Value(m.DictInbox, sc.Inbox), n.Value(m.DictTeam, sc.Team)}, more...)
}

func (s *State) viewWaiting(v *m.View) {
	oldest := map[m.Scope]int64{}
	for _, sh := range s.shards {
		sh.EachWaiting(func(sc m.Scope, since int64) {
			if at, ok := oldest[sc]; !ok || since < at {
				oldest[sc] = since
			}
		})
	}
	for sc, since := range oldest {
		v.AddDynamic(m.OldestWaiting, seconds(since), s.labels(sc)...)
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
}

func seconds(ns int64) float64 { return float64(ns) / 1e9 }
