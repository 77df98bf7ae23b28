package threads

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

func th(conversation, contact, inbox, channel string) provider.Thread {
	return provider.Thread{Conversation: conversation, Contact: contact, Inbox: inbox, Channel: channel}
}

func TestComplete(t *testing.T) {
	for _, tc := range []struct {
		name string
		told []provider.Thread
		// before are events of earlier requests, with others of this one.
		before, with []event.Event
		only         string
		e            event.Event
		want         string
	}{
		{name: "nothing known", e: event.Event{Conversation: "v"}, want: "//"},
		{name: "by conversation", told: []provider.Thread{th("v", "c", "i", "sms")}, e: event.Event{Conversation: "v"}, want: "c/i/sms"},
		{name: "by contact", told: []provider.Thread{th("", "c", "i", "sms")}, e: event.Event{Contact: "c"}, want: "c/i/sms"},
		{name: "by inbox", told: []provider.Thread{th("", "", "i", "sms")}, e: event.Event{Contact: "c", Inbox: "i"}, want: "c/i/sms"},
		{name: "through all", told: []provider.Thread{th("v", "c", "", ""), th("", "c", "i", ""), th("", "", "i", "sms")}, e: event.Event{Conversation: "v"}, want: "c/i/sms"},
		{name: "in two halves", told: []provider.Thread{th("v", "c", "", ""), th("v", "", "i", "")}, e: event.Event{Conversation: "v"}, want: "c/i/"},
		{name: "newer first", told: []provider.Thread{th("v", "c", "i", ""), th("v", "d", "", "")}, e: event.Event{Conversation: "v"}, want: "d/i/"},
		{name: "own words first", told: []provider.Thread{th("v", "c", "i", "sms")}, e: event.Event{Conversation: "v", Contact: "d", Inbox: "j", Channel: "web"}, want: "d/j/web"},
		{name: "only inbox", told: []provider.Thread{th("v", "c", "", "")}, only: "o", e: event.Event{Conversation: "v"}, want: "c/o/"},
		{name: "only inbox last", told: []provider.Thread{th("v", "c", "i", "")}, only: "o", e: event.Event{Conversation: "v"}, want: "c/i/"},
		{name: "channel of the only inbox", told: []provider.Thread{th("", "", "o", "web")}, only: "o", e: event.Event{Contact: "c"}, want: "c/o/web"},
		{name: "other events teach", before: []event.Event{{Conversation: "v", Contact: "c", Inbox: "i"}}, e: event.Event{Conversation: "v"}, want: "c/i/"},
		{name: "later in the request", with: []event.Event{{Conversation: "v", Contact: "c", Inbox: "i"}}, e: event.Event{Conversation: "v"}, want: "c/i/"},
		{name: "alias", before: []event.Event{{Contact: "c", Alias: "b", Inbox: "i"}}, e: event.Event{Contact: "b"}, want: "b/i/"},
		{name: "presence teaches nothing", before: []event.Event{{Kind: event.AgentState, Conversation: "v", Contact: "c", Inbox: "i"}}, e: event.Event{Conversation: "v"}, want: "//"},
		{name: "presence gets nothing", told: []provider.Thread{th("v", "c", "i", "")}, e: event.Event{Kind: event.LineChanged, Conversation: "v"}, want: "//"},
		{name: "no id", told: []provider.Thread{th(strings.Repeat("v", 513), "c", "i", "")}, e: event.Event{Conversation: strings.Repeat("v", 513)}, want: "//"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := New().Source("desk")
			s.Complete(nil, tc.told, tc.only)
			s.Complete(tc.before, nil, tc.only)
			events := append([]event.Event{tc.e}, tc.with...)
			s.Complete(events, nil, tc.only)
			if e := events[0]; e.Contact+"/"+e.Inbox+"/"+e.Channel != tc.want {
				t.Errorf("%s/%s/%s, want %s", e.Contact, e.Inbox, e.Channel, tc.want)
			}
			if got := knows(New().Source("desk"), "v"); got != "//" {
				t.Errorf("another memory knows %s", got)
			}
		})
	}
}

func TestSourcesAreApart(t *testing.T) {
	m := New()
	m.Source("a").Complete(nil, []provider.Thread{{Conversation: "v", Contact: "c", Inbox: "i"}}, "")
	if got := knows(m.Source("b"), "v"); got != "//" {
		t.Errorf("another source knows %s", got)
	}
	if got := knows(m.Source("a"), "v"); got != "c/i/" {
		t.Errorf("the same source knows %s", got)
	}
}

// TestGenerations: the last used keys are known, and never more than twice as
// many as allowed; on disk neither.
func TestGenerations(t *testing.T) {
	const limit = 50
	w := newWorld(t, Options{MaxThreads: limit})
	for i := range 20 * limit {
		w.teach(fmt.Sprint("v", i), fmt.Sprint("c", i), "i")
		w.want("v0", "c0/i/whatsapp") // used all the time
		if i%7 == 0 {
			w.tidy()
		}
	}
	check := func(when string) {
		t.Helper()
		for i := 20*limit - limit; i < 20*limit; i++ {
			if got := knowsQuietly(w.desk(), fmt.Sprint("v", i)); got != fmt.Sprintf("c%d", i) {
				t.Errorf("%s: conversation %d is %q", when, i, got)
			}
		}
		if got := knowsQuietly(w.desk(), "v0"); got != "c0" {
			t.Errorf("%s: what is used all the time is %q", when, got)
		}
		for table := range tableEnd {
			if n := w.desk().tables[table].len(); n > 2*limit {
				t.Errorf("%s: table %d has %d entries", when, table, n)
			}
		}
	}
	check("running")
	w.tidy()
	size := 0
	for _, r := range w.records() {
		size += len(r.Data)
	}
	if size > minCompact+100*4*limit {
		t.Errorf("%d bytes on disk", size)
	}
	w.restart()
	check("restarted")
	if err := w.compact(); err != nil {
		t.Fatal(err)
	}
	w.restart()
	check("compacted")
}

func knowsQuietly(s *Source, conversation string) string {
	return s.peek(conversations, conversation).contact
}

// TestMark: what is new has to be on disk, what is known costs nothing.
func TestMark(t *testing.T) {
	w := newWorld(t, Options{})
	w.teach("v", "c", "i")
	before := w.appends
	for range 10 {
		w.teach("v", "c", "i")
		w.want("v", "c/i/whatsapp")
	}
	if w.appends != before {
		t.Errorf("%d writes for nothing new", w.appends-before)
	}
	w.teach("v", "c", "j")
	if w.appends != before+1 {
		t.Errorf("%d writes for something new", w.appends-before)
	}
}

// TestMarkOfOthers: who repeats what is not on disk yet waits for it too.
func TestMarkOfOthers(t *testing.T) {
	w := newWorld(t, Options{})
	w.failAfter = 0
	for range 3 {
		if err := w.try("v", "c", "i"); !errors.Is(err, journal.ErrUnavailable) || !errors.Is(err, errDisk) {
			t.Fatalf("got %v", err)
		}
	}
	w.want("v", "c/i/whatsapp")
	w.failAfter = -1
	w.teach("v", "c", "i")
	w.restart()
	w.want("v", "c/i/whatsapp")
}

// TestGroups: requests at the same time share writes, and nobody is
// acknowledged early.
func TestGroups(t *testing.T) {
	w := newWorld(t, Options{})
	started, goOn := make(chan struct{}), make(chan struct{})
	var once sync.Once
	var mu sync.Mutex
	writes := 0
	w.store.OnAppend(func(context.Context, string) error {
		once.Do(func() { close(started); <-goOn })
		mu.Lock()
		writes++
		mu.Unlock()
		return nil
	})
	var wg sync.WaitGroup
	wg.Go(func() { _ = w.try("first", "c", "i") })
	<-started
	const n = 100
	var learned sync.WaitGroup
	learned.Add(n)
	for i := range n {
		wg.Go(func() {
			mark := w.desk().Complete(nil, []provider.Thread{{Conversation: fmt.Sprint("v", i), Contact: "c", Inbox: "i"}}, "")
			learned.Done()
			if err := w.m.Sync(context.Background(), mark); err != nil {
				t.Error(err)
			}
			if !w.m.Durable(mark) {
				t.Error("acknowledged and not durable")
			}
		})
	}
	learned.Wait()
	close(goOn)
	wg.Wait()
	if writes > 3 { // the key, the first, all others
		t.Errorf("%d writes", writes)
	}
	w.restart()
	for i := range n {
		w.want(fmt.Sprint("v", i), "c/i/whatsapp")
	}
}

func TestSyncIsBounded(t *testing.T) {
	w := newWorld(t, Options{})
	if err := w.m.lockLog(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	mark := w.desk().Complete(nil, []provider.Thread{{Conversation: "v", Contact: "c"}}, "")
	if err := w.m.Sync(ctx, mark); !errors.Is(err, journal.ErrUnavailable) || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
