package wall

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fold"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/intake"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/privacy"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/simulate"
)

// helpdesk is a Source whose state is folded from events that the test says.
type helpdesk struct {
	t       testing.TB
	state   *fold.State
	in      *intake.Intake
	seq     uint64
	err     error
	refuses bool
}

func (h *helpdesk) Inspect(_ context.Context, fn func(*fold.State)) error {
	if h.err == nil {
		fn(h.state)
	}
	return h.err
}

func (h *helpdesk) Ready() bool { return !h.refuses }

// monday is a Monday's midnight.
var monday = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

// at is a time of that day.
func at(clock string) time.Time {
	t, err := time.Parse(time.TimeOnly, clock)
	if err != nil {
		panic(err)
	}
	return monday.Add(t.Sub(t.Truncate(24 * time.Hour)))
}

func newHelpdesk(t testing.TB, inboxes ...config.Inbox) *helpdesk {
	t.Helper()
	cfg := config.Default(config.Facts{Providers: map[string]config.ProviderFacts{"events": {Resolves: true}}})
	cfg.Sources = []config.Source{{
		Name: "whatsapp", Provider: "events", Resolves: true, Inboxes: inboxes,
		ServiceWindow: 24 * time.Hour, CloseAfter: 24 * time.Hour,
	}}
	in, err := intake.New(cfg, privacy.NewMaster([32]byte{1}), func(c string) string { return c })
	if err != nil {
		t.Fatal(err)
	}
	return &helpdesk{t: t, state: fold.New(config.Fold(cfg)), in: in}
}

func (h *helpdesk) apply(b record.Batch) {
	h.t.Helper()
	h.seq++
	if err := h.state.Apply(h.seq, &record.Commit{Batches: []record.Batch{b}}, nil); err != nil {
		h.t.Fatal(err)
	}
}

// happens folds an event received when it happened.
func (h *helpdesk) happens(e event.Event) {
	h.t.Helper()
	if e.ID == "" {
		e.ID = fmt.Sprint(h.seq + 1)
	}
	e.Source = "whatsapp"
	h.receive(e, e.Time)
}

func (h *helpdesk) receive(e event.Event, received time.Time) {
	h.t.Helper()
	var r record.Event
	h.in.Prepare(&e, &r)
	h.apply(record.Batch{Kind: record.KindEvents, Received: received.UnixNano(), Events: []record.Event{r}})
}

// pass lets time run.
func (h *helpdesk) pass(to time.Time) {
	h.t.Helper()
	h.apply(record.Batch{Kind: record.KindTick, Received: to.UnixNano()})
}

func customer(clock, inbox, contact, text string) event.Event {
	return event.Event{
		Time: at(clock), Kind: event.MessageReceived, Inbox: inbox, Contact: contact, ContactName: "Example Person",
		Actor: event.ActorCustomer, Message: event.Message{ID: clock + contact, Type: "text", Text: text},
	}
}

func sent(clock, inbox, contact string, actor event.Actor, agent event.Agent) event.Event {
	return event.Event{
		Time: at(clock), Kind: event.MessageSent, Inbox: inbox, Contact: contact, Actor: actor, Agent: agent,
		Message: event.Message{ID: clock + contact, Type: "text", Text: "On our way"},
	}
}

func resolved(clock, inbox, contact string) event.Event {
	return event.Event{Time: at(clock), Kind: event.ConversationResolved, Inbox: inbox, Contact: contact, Actor: event.ActorHuman}
}

// morning is a small helpdesk by hand: two answered, one of them late and one
// after the bot, three that wait, one of them for a person.
func morning(t testing.TB) *helpdesk {
	h := newHelpdesk(t, config.Inbox{ID: "main"}, config.Inbox{ID: "shop", Bot: true})
	support := event.Agent{ID: "a1", Name: "Example Agent", Team: "support"}
	h.happens(customer("08:10:00", "main", "+5511900000001", "hello"))
	h.happens(sent("08:10:40", "main", "+5511900000001", event.ActorHuman, support))
	h.happens(resolved("08:14:00", "main", "+5511900000001"))
	h.happens(customer("09:59:30", "shop", "+5511900000002", "where is my order"))
	h.happens(sent("09:59:32", "shop", "+5511900000002", event.ActorBot, event.Agent{}))
	h.happens(event.Event{Time: at("10:00:00"), Kind: event.ConversationHandoff, Inbox: "shop", Contact: "+5511900000002", Reason: "asked"})
	h.happens(sent("10:04:12", "shop", "+5511900000002", event.ActorHuman, support))
	h.happens(customer("10:30:00", "shop", "+5511900000003", "what are your hours"))
	h.happens(sent("10:30:01", "shop", "+5511900000003", event.ActorBot, event.Agent{}))
	h.happens(customer("10:31:30", "main", "+5511900000004", "is anyone there"))
	h.happens(event.Event{Time: at("10:31:31"), Kind: event.ConversationAssigned, Inbox: "main", Contact: "+5511900000004", Agent: support})
	h.happens(customer("10:33:20", "main", "+5511900000005", "I want to speak to a person"))
	h.happens(customer("10:34:30", "main", "+5511900000006", "good morning"))
	h.pass(at("10:35:00"))
	return h
}

// day is a simulated helpdesk of 36 hours up to a Monday's evening.
func day(t testing.TB, inboxes ...string) *helpdesk {
	t.Helper()
	end := monday.Add(21 * time.Hour)
	if len(inboxes) == 0 {
		inboxes = []string{"main", "shop"}
	}
	sim, err := simulate.New(simulate.Options{Seed: 7, Start: end.Add(-36 * time.Hour), Inboxes: inboxes, BotShare: 1})
	if err != nil {
		t.Fatal(err)
	}
	h := newHelpdesk(t, config.Inbox{ID: inboxes[0], Bot: true}, config.Inbox{ID: inboxes[1], Bot: true})
	for {
		it, ok := sim.Next()
		if !ok || it.At.After(end) {
			break
		}
		it.Event.Source = "whatsapp"
		h.receive(it.Event, it.At)
	}
	h.pass(end)
	return h
}

// locked runs Inspect as the tracker does: one at a time.
type locked struct {
	mu sync.Mutex
	Source
}

func (l *locked) Inspect(ctx context.Context, fn func(*fold.State)) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Source.Inspect(ctx, fn)
}

// inspector is a Source without a state.
type inspector func(context.Context) error

func (i inspector) Inspect(ctx context.Context, _ func(*fold.State)) error { return i(ctx) }

func (inspector) Ready() bool { return true }
