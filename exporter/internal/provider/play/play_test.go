package play_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/play"
)

func TestNeed(t *testing.T) {
	whole := event.Event{Kind: event.MessageReceived, Inbox: "main", Contact: "c", ID: "1", Time: time.Unix(1, 0), Agent: event.Agent{ID: "a"}}
	const all = play.Inbox | play.Contact | play.Agent | play.ID | play.Time
	if err := play.Need([]event.Event{whole}, 0, all); err != nil {
		t.Errorf("%v", err)
	}
	for name, cut := range map[string]func(*event.Event){
		"inbox": func(e *event.Event) { e.Inbox = "" }, "contact": func(e *event.Event) { e.Contact = "" }, "agent.id": func(e *event.Event) { e.Agent.ID = "" },
		"id": func(e *event.Event) { e.ID = "" }, "time": func(e *event.Event) { e.Time = time.Time{} },
	} {
		e := whole
		cut(&e)
		err := play.Need([]event.Event{whole, e}, 1, all)
		if !errors.Is(err, provider.ErrEvent) || !strings.Contains(err.Error(), "event 2 of 2, message.received: ") || !strings.HasSuffix(err.Error(), ": "+name+" is missing") {
			t.Errorf("without %s: %v", name, err)
		}
		if err := play.Need([]event.Event{e}, 0, 0); err != nil {
			t.Errorf("%s is not needed: %v", name, err)
		}
	}
}

func TestKnown(t *testing.T) {
	type customer struct{ n int }
	made := 0
	known := play.Known[customer]{}
	of := func(contact, alias string) *customer {
		return known.Of(&event.Event{Contact: contact, Alias: alias}, func() *customer { made++; return &customer{made} })
	}
	a := of("551", "")
	if of("551", "") != a || of("BR.1", "551") != a || of("BR.1", "") != a || made != 1 {
		t.Errorf("one customer under two ids is %d", made)
	}
	if b := of("552", ""); b == a {
		t.Error("two customers are one")
	}
}

func TestPhone(t *testing.T) {
	for _, c := range []struct{ contact, alias, want string }{
		{"5511900000001", "", "+5511900000001"}, {"+5511900000001", "BR.1", "+5511900000001"}, {"BR.1", "5511900000001", "+5511900000001"},
		{"5511900000001", "5511900000002", "+5511900000002"}, {"BR.1", "", ""}, {"123456", "", ""}, {"1234567890123456", "", ""},
	} {
		if got := play.Phone(&event.Event{Contact: c.contact, Alias: c.alias}); got != c.want {
			t.Errorf("%q and %q: %q, want %q", c.contact, c.alias, got, c.want)
		}
	}
}

func TestNumeric(t *testing.T) {
	if n := play.Numeric("4711", 1000); n != 4711 {
		t.Errorf("a number became %d", n)
	}
	for _, id := range []string{"agent-1", "5511900000001", "-3", "0", ""} {
		if n := play.Numeric(id, 1000); n < 100 || n >= 1000 || n != play.Numeric(id, 1000) {
			t.Errorf("%q is %d", id, n)
		}
	}
}
