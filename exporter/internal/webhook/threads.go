package webhook

import (
	"strings"
	"sync"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

// maxThreads is how many conversations, and how many contacts, of a source are
// known at least; at most it is twice as many. A hundred thousand of both take
// about 40 MB.
const maxThreads = 50_000

// threads is what a source's earlier requests told of its conversations, for
// vendors that say of a conversation only once whom it is with and where
// (provider.Thread). Adapters keep no state and the fold knows a thread by its
// contact and inbox alone, so this stands between them: what the journal gets is
// complete, and a replay needs none of it.
//
// It may be used concurrently. It is lost with the process but for what
// Options.Memory keeps.
type threads struct {
	mu            sync.Mutex
	conversations recent[place]
	contacts      recent[place]
	inboxes       recent[place]
	changed       bool
}

// place is what is known by a key; empty fields are not known.
type place struct{ contact, inbox, channel string }

// over gives p, with what it leaves open from older. A channel goes with its
// inbox: that of another inbox says nothing.
func (p place) over(older place) place {
	if p.contact == "" {
		p.contact = older.contact
	}
	if p.channel == "" && (p.inbox == "" || older.inbox == "" || p.inbox == older.inbox) {
		p.channel = older.channel
	}
	if p.inbox == "" {
		p.inbox = older.inbox
	}
	return p
}

// recent keeps the keys that were used last, in two generations: when the young
// one is full it becomes the old one, and what nobody has used since is gone.
type recent[V comparable] struct{ young, old map[string]V }

func (r *recent[V]) get(key string) (v V, ok bool) {
	if v, ok = r.young[key]; ok {
		return v, true
	}
	if v, ok = r.old[key]; ok {
		r.put(key, v)
	}
	return v, ok
}

// put tells whether that was news.
func (r *recent[V]) put(key string, v V) bool {
	if was, ok := r.young[key]; ok {
		r.young[key] = v
		return was != v
	}
	if len(r.young) >= maxThreads || r.young == nil {
		r.young, r.old = make(map[string]V), r.young
	}
	// The event's strings share memory with the whole request's.
	r.young[strings.Clone(key)] = v
	return true
}

// complete learns from events and from what the adapter told beside them, and
// fills in what events leave out. only is the inbox of sources that have just
// one.
func (t *threads) complete(events []event.Event, told []provider.Thread, only string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range told {
		t.learn(told[i], "")
	}
	for i := range events {
		e := &events[i]
		if e.Kind == event.AgentState || e.Kind == event.LineChanged {
			continue
		}
		t.learn(provider.Thread{Conversation: e.Conversation, Contact: e.Contact, Inbox: e.Inbox, Channel: e.Channel}, e.Alias)
	}
	// Not before all are learned: the order within a request means nothing.
	for i := range events {
		e := &events[i]
		if e.Kind == event.AgentState || e.Kind == event.LineChanged {
			continue
		}
		p := place{e.Contact, e.Inbox, e.Channel}
		if known, ok := t.lookup(&t.conversations, e.Conversation); ok {
			p = p.over(known)
		}
		if known, ok := t.lookup(&t.contacts, p.contact); ok {
			p = p.over(place{inbox: known.inbox, channel: known.channel})
		}
		if p.inbox == "" {
			p.inbox = only
		}
		if known, ok := t.lookup(&t.inboxes, p.inbox); ok {
			p = p.over(place{channel: known.channel})
		}
		e.Contact, e.Inbox, e.Channel = p.contact, p.inbox, p.channel
	}
}

func (t *threads) lookup(r *recent[place], key string) (place, bool) {
	if key == "" {
		return place{}, false
	}
	return r.get(key)
}

// learn takes in what is known of a thread; alias is a second id of the contact.
func (t *threads) learn(th provider.Thread, alias string) {
	p := place{strings.Clone(th.Contact), strings.Clone(th.Inbox), strings.Clone(th.Channel)}
	note := func(r *recent[place], key string, p place) {
		if key == "" || p == (place{}) {
			return
		}
		known, _ := r.get(key)
		if p = p.over(known); p != known && r.put(key, p) {
			t.changed = true
		}
	}
	note(&t.conversations, th.Conversation, p)
	note(&t.contacts, th.Contact, place{inbox: p.inbox, channel: p.channel})
	note(&t.contacts, alias, place{inbox: p.inbox, channel: p.channel})
	note(&t.inboxes, th.Inbox, place{channel: p.channel})
}
