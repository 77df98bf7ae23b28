package simulate

import (
	"iter"
	"strconv"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

// Item is one event and the moment at which its webhook is sent.
type Item struct {
	// At is never before Event.Time; the difference is the vendor's delay.
	At time.Time
	// Key is equal for items that a vendor delivers one after the other: one
	// customer, one agent, one line.
	Key uint64
	// Event has no Source and no Received: the receiver decides about both.
	Event event.Event
}

// Scenario is a running simulation; New makes one.
type Scenario struct {
	opts   Options
	rng    random
	agenda agenda
	now    time.Duration // since opts.Start
	tag    string        // makes ids of two runs different

	events, messages, conversations uint64

	staff  []*agent
	queues []queue // by team
	// talking holds the conversation in progress of a contact, by number.
	talking  map[uint64]*talk
	contacts uint64 // how many people there are
	// agreed to advertising and have not had any since.
	agreed []uint64
	texts  [languages]*phrases
}

// New prepares a scenario. Its error wraps ErrOptions.
func New(opts Options) (*Scenario, error) {
	opts, err := opts.complete()
	if err != nil {
		return nil, err
	}
	volume := opts.Conversations * opts.Rate
	run := mix(opts.Seed ^ mix(uint64(opts.Start.UnixNano())))
	s := &Scenario{
		opts:     opts,
		rng:      newRandom(opts.Seed),
		tag:      strconv.FormatUint(run>>32, 36),
		queues:   make([]queue, len(opts.Teams)),
		talking:  make(map[uint64]*talk),
		contacts: max(1000, uint64(volume*15)),
		texts:    allPhrases(),
	}
	s.hire()
	s.openDoors()
	s.planOutbound()
	s.planLine()
	return s, nil
}

// Start is the time that the scenario counts from.
func (s *Scenario) Start() time.Time { return s.opts.Start }

// Duration is how long the scenario runs; 0 means without end.
func (s *Scenario) Duration() time.Duration {
	if s.opts.Duration == forever {
		return 0
	}
	return s.opts.Duration
}

// Agents lists who works in the scenario, as the events name them.
func (s *Scenario) Agents() []event.Agent {
	out := make([]event.Agent, len(s.staff))
	for i, a := range s.staff {
		out[i] = a.as
	}
	return out
}

// Next gives the next item in order of At; false means that the scenario has
// ended.
func (s *Scenario) Next() (Item, bool) {
	for {
		e, ok := s.agenda.pop()
		if !ok {
			return Item{}, false
		}
		s.now = e.at
		if e.item != nil {
			return *e.item, true
		}
		e.run()
	}
}

// All ranges over the items that are left.
func (s *Scenario) All() iter.Seq[Item] {
	return func(yield func(Item) bool) {
		for it, ok := s.Next(); ok; it, ok = s.Next() {
			if !yield(it) {
				return
			}
		}
	}
}

const forever = time.Duration(1<<63 - 1)

// after schedules a step. What is due after the end is forgotten at once.
func (s *Scenario) after(d time.Duration, run func()) {
	at := s.now + max(d, 0)
	if at <= s.opts.Duration && at >= s.now {
		s.agenda.push(entry{at: at, run: run})
	}
}

// clock gives a moment of the simulation as a time.
func (s *Scenario) clock(at time.Duration) time.Time { return s.opts.Start.Add(at) }

func (s *Scenario) nextID(prefix string, n *uint64) string {
	*n++
	return prefix + s.tag + "-" + strconv.FormatUint(*n, 36)
}
