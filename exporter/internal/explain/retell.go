package explain

import (
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/conversation"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fold"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
)

// Event is one to be folded again, and where it stood.
type Event struct {
	Place    conversation.Position
	Received int64
	Event    record.Event
}

// Reconfigured is a change of the configuration.
type Reconfigured struct {
	Seq      uint64
	Received int64
	Config   config.FoldConfig
}

// Retell folds the events of one contact again, apart from all others, and gives
// the timeline of the conversation with that id. Events and changes are in the
// order of the journal; first is the configuration before the first of them.
//
// A contact's conversations depend on its own events, the configuration and the
// agents alone, so the figures are those of the whole journal, but for agents who
// changed teams since, for conversations that began before the first event, and for
// answers that are compared with those to others.
func Retell(id string, contact record.Key, seed fold.Seed, first config.FoldConfig, changes []Reconfigured, events []Event) (*Timeline, error) {
	s := seed.Grow(first)
	f := Find(s, id)
	seq := uint64(0)
	var places []conversation.Position
	apply := func(place conversation.Position, b record.Batch) error {
		seq++
		places = append(places, place)
		return s.Apply(seq, &record.Commit{Batches: []record.Batch{b}}, nil)
	}
	change := func(c Reconfigured) error {
		return apply(conversation.Position{}, record.Batch{Kind: record.KindConfig, Received: c.Received, Config: config.EncodeFold(c.Config)})
	}
	for i := range events {
		e := &events[i]
		for len(changes) > 0 && changes[0].Seq < e.Place.Seq {
			if err := change(changes[0]); err != nil {
				return nil, err
			}
			changes = changes[1:]
		}
		one := e.Event
		// Whoever it was known as then, it is one contact now.
		one.Contact, one.Alias = contact, record.Key{}
		if err := apply(e.Place, record.Batch{Kind: record.KindEvents, Received: e.Received, Events: []record.Event{one}}); err != nil {
			return nil, err
		}
	}
	for _, c := range changes {
		if err := change(c); err != nil {
			return nil, err
		}
	}
	if err := apply(conversation.Position{}, record.Batch{Kind: record.KindTick, Received: max(seed.Received, s.Received())}); err != nil {
		return nil, err
	}
	t, err := f.Timeline()
	if err != nil {
		return nil, err
	}
	for i := range t.Steps {
		if p := t.Steps[i].Place; p != nil {
			*p = places[p.Seq-1]
		}
	}
	return t, nil
}
