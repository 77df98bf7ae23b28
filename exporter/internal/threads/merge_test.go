package threads

import (
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

func TestSelfMerge(t *testing.T) {
	s := New().Source("desk")
	s.Complete([]event.Event{
		{Kind: event.MessageReceived, Conversation: "t1", Contact: "c1", Inbox: "main"},
		{Kind: event.MessageReceived, Conversation: "t2", Contact: "c1", Inbox: "main"},
		{Kind: event.MessageReceived, Conversation: "t3", Contact: "c1", Inbox: "shop"},
		{Kind: event.MessageReceived, Conversation: "t4", Contact: "c2", Inbox: "main"},
	}, nil, "")
	for _, c := range []struct {
		from, into string
		want       bool
	}{{"t1", "t2", true}, {"t1", "t3", false}, {"t1", "t4", false}, {"t1", "t9", false}, {"t9", "t1", false}, {"t1", "", false}} {
		e := []event.Event{{Kind: event.ConversationMerged, Conversation: c.from, Into: c.into}}
		s.Complete(e, nil, "")
		if got := s.SelfMerge(&e[0]); got != c.want {
			t.Errorf("%s into %s: %v", c.from, c.into, got)
		}
	}
	if e := (event.Event{Kind: event.ConversationResolved, Conversation: "t1", Contact: "c1", Inbox: "main", Into: "t2"}); s.SelfMerge(&e) {
		t.Error("a close is taken for a merge")
	}
}
