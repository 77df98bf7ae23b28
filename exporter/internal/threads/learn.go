package threads

import (
	"strings"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

// maxID is the longest id in bytes that is remembered; what is longer is no id
// of any vendor.
const maxID = 512

// Mark says how much of the log has to be on disk; see Memory.Sync.
type Mark uint64

// OfThread tells whether an event belongs to a thread: presence and changes of
// the line do not.
func OfThread(e *event.Event) bool { return e.Kind != event.AgentState && e.Kind != event.LineChanged }

// Complete learns from events and from what the adapter told beside them, and
// fills in what events leave out. only is the inbox of sources that have just
// one. The Mark is what Sync has to wait for before the request may be
// acknowledged: also what an earlier request taught and this one repeats, since
// that request may yet fail.
func (s *Source) Complete(events []event.Event, told []provider.Thread, only string) Mark {
	s.mu.Lock()
	defer s.mu.Unlock()
	mark := uint64(0)
	for i := range told {
		mark = max(mark, s.learn(&told[i], ""))
	}
	for i := range events {
		e := &events[i]
		if !OfThread(e) {
			continue
		}
		th := provider.Thread{Conversation: e.Conversation, Contact: e.Contact, Inbox: e.Inbox, Channel: e.Channel}
		mark = max(mark, s.learn(&th, e.Alias))
	}
	// Not before all are learned: the order within a request means nothing.
	for i := range events {
		if e := &events[i]; OfThread(e) {
			s.fill(e, only, s.get)
		}
	}
	return Mark(mark)
}

// SelfMerge tells of a completed event that it merges two of the vendor's
// conversations that are one thread here (one customer, one inbox): nothing ends.
func (s *Source) SelfMerge(e *event.Event) bool {
	if e.Kind != event.ConversationMerged || e.Into == "" || e.Contact == "" || e.Inbox == "" {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	into := s.get(conversations, e.Into)
	return into.contact == e.Contact && into.inbox == e.Inbox
}

// fill completes an event with what get knows.
func (s *Source) fill(e *event.Event, only string, get func(table, string) place) {
	p := place{contact: e.Contact, inbox: e.Inbox, channel: e.Channel}
	p = p.over(get(conversations, e.Conversation))
	known := get(contacts, p.contact)
	p = p.over(place{inbox: known.inbox, channel: known.channel})
	if p.inbox == "" {
		p.inbox = only
	}
	p = p.over(place{channel: get(inboxes, p.inbox).channel})
	e.Contact, e.Inbox, e.Channel = p.contact, p.inbox, p.channel
}

// get looks a key up; what is used belongs to the young generation again. That
// is news for the log, but for no request to wait for.
func (s *Source) get(t table, key string) place {
	r := &s.tables[t]
	if p, ok := r.young[key]; ok {
		return p
	}
	p, ok := r.old[key]
	if ok {
		key = strings.Clone(key)
		s.m.enqueue(s.name, t, key, p)
		s.put(t, key, p)
	}
	return p
}

func (s *Source) peek(t table, key string) place {
	p, _ := s.tables[t].peek(key)
	return p
}

func (s *Source) put(t table, key string, p place) {
	if s.tables[t].put(key, p) {
		s.m.rotated.Store(true)
	}
}

// learn takes in what is known of a thread; alias is a second id of the contact.
func (s *Source) learn(th *provider.Thread, alias string) (mark uint64) {
	if max(len(th.Conversation), len(th.Contact), len(th.Inbox), len(th.Channel), len(alias)) > maxID {
		return 0
	}
	there := place{inbox: th.Inbox, channel: th.Channel}
	mark = s.note(conversations, th.Conversation, place{contact: th.Contact, inbox: th.Inbox, channel: th.Channel})
	mark = max(mark, s.note(contacts, th.Contact, there))
	mark = max(mark, s.note(contacts, alias, there))
	return max(mark, s.note(inboxes, th.Inbox, place{channel: th.Channel}))
}

// note keeps what a key stands for and gives the mark of it.
func (s *Source) note(t table, key string, p place) uint64 {
	if key == "" || !p.known() {
		return 0
	}
	known := s.get(t, key)
	if p = p.over(known); p.same(known) {
		return known.mark
	}
	// The request's strings share memory with its whole body.
	key = strings.Clone(key)
	p = place{contact: strings.Clone(p.contact), inbox: strings.Clone(p.inbox), channel: strings.Clone(p.channel)}
	p.mark = s.m.enqueue(s.name, t, key, p)
	s.put(t, key, p)
	s.news = true
	return p.mark
}
