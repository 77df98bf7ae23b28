package record

import (
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

const sampleTime = 1_767_225_600_000_000_000 // 2026-01-01T00:00:00Z

func key(b byte) (k Key) {
	for i := range k {
		k[i] = b + byte(i)
	}
	return k
}

// message is what most of a journal is made of.
func message() Event {
	return Event{
		Dedup: DedupHash("main", "evt-1"), Time: sampleTime - 1_500_000_000, Kind: event.MessageSent,
		Source: "main", Inbox: "300000000000001", Contact: key(1), Actor: event.ActorHuman,
		Agent: Agent{ID: "agent-7", Team: "support"}, Message: DedupHash("main", "wamid.EXAMPLE0001"),
		Flags: Classified, Sealed: make([]byte, 120), KeyRef: KeyRef{Seq: 912, Index: 3}, Labels: []string{},
	}
}

// full has every field set, each to another value.
func full() Event {
	return Event{
		Dedup: 0x0102030405060708, Time: sampleTime + 42, Kind: event.LineChanged, Derived: true,
		Source: "second", Inbox: "inbox-2", Contact: key(10), Alias: key(60), Actor: event.ActorSystem,
		Agent:   Agent{ID: "agent-9", Name: "Agent Nine", Team: "sales", Capacity: 12},
		Message: 0x1112131415161718, MessageType: 11, TemplateName: "order_update", TemplateCategory: "utility",
		Status: event.StatusFailed, Error: "131047", State: event.PresenceAway, Score: 4.5, HasScore: true, Scale: 5,
		Survey: event.SurveyNPS, Consent: event.ConsentConfirmed, RequestType: "billing", Labels: []string{"sale", "vip"},
		Reason: "no_answer", Segment: "vip", Into: 0x2122232425262728, LineEvent: "account_update", LineState: "paused", LineRestricts: -1,
		Flags: ClosingPhrase | Negative | Classified, Signature: []byte("what it resembles"), Traits: 0x3132333435363738, Sealed: []byte("sealed bytes"), KeyRef: KeyRef{Seq: 913, Index: 0},
	}
}

// sample is a commit with batches of every kind. What it is must never change:
// testdata/commit.v1 holds its bytes.
func sample() *Commit {
	plain := Event{Dedup: 7, Time: sampleTime, Kind: event.AgentState, Source: "main", State: event.PresenceAvailable, Agent: Agent{ID: "agent-7"}, Labels: []string{}}
	// Fields that came later are not in it.
	old := full()
	old.Segment, old.Signature, old.Traits = "", nil, 0
	unkeyed := old
	unkeyed.Source, unkeyed.Inbox, unkeyed.Sealed, unkeyed.KeyRef = "", "", nil, KeyRef{}
	return &Commit{Batches: []Batch{
		{Kind: KindConfig, Received: sampleTime, Config: []byte(`{"targets":{}}`)},
		{Kind: KindTick, Received: sampleTime + 1},
		{Kind: KindEvents, Received: sampleTime + 2, Events: []Event{message(), old, plain, unkeyed}},
		{Kind: KindFetch, Received: sampleTime + 3},
		{Kind: KindOutbox, Received: sampleTime + 4},
		{Kind: KindRollback, Received: sampleTime + 5},
	}}
}

// settled gives empty slices one form, so that reflect.DeepEqual tells contents
// apart and not capacities.
func settled(c *Commit) *Commit {
	out := &Commit{Batches: append([]Batch{}, c.Batches...)}
	for i := range out.Batches {
		b := &out.Batches[i]
		b.Events = append([]Event{}, b.Events...)
		b.Config = append([]byte{}, b.Config...)
		for j := range b.Events {
			e := &b.Events[j]
			e.Labels = append([]string{}, e.Labels...)
			e.Sealed = append([]byte{}, e.Sealed...)
			e.Signature = append([]byte{}, e.Signature...)
		}
	}
	return out
}
