package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal/jetstream"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
)

const (
	crashSenders  = 10
	crashKills    = 7
	crashSnapshot = "300ms"
)

const crashConfig = keyed + `
targets:
  first_response: 1s
  resolution: 2s
conversations:
  lateness_grace: 100ms
  labels: [sale]
request_types:
  decide_within: 1s
`

// TestCrash kills the exporter at random points under load, snapshots under
// way included. In the end nothing that it acknowledged is lost and nothing is
// counted twice: what it shows equals a replay of its journal, and a replay of
// what was acknowledged.
func TestCrash(t *testing.T) {
	rng := random(t)
	o := newSetup(t, crashConfig)
	o.args = []string{"--journal.snapshot-interval", crashSnapshot}
	w := watch(t)
	s := start(t, o)
	w.follow(s)
	l := newLoad(t)
	l.follow(s)
	for range crashSenders {
		l.start(rng.Uint64())
	}
	for kill := range crashKills {
		if kill == 3 {
			// before it is even ready
			time.Sleep(time.Duration(rng.IntN(60)) * time.Millisecond)
		} else {
			time.Sleep(100*time.Millisecond + time.Duration(rng.IntN(700))*time.Millisecond)
		}
		s.kill()
		var err error
		if s, err = launch(t, o); err != nil {
			t.Fatal(err)
		}
		w.follow(s)
		l.follow(s)
		if kill != 2 {
			s.waitReady()
		}
	}
	s.waitReady()
	l.end() // every sender resolves what it opened, and is acknowledged
	w.end()

	shown, lane := last(t, s, o)
	if open := shown.sum("helpdesk_conversations"); open != 0 {
		t.Fatalf("%g conversations are open", open)
	}
	if out := mustRun(t, nil, "journal", "verify", "--journal.dir", o.journal); !strings.Contains(out, "no fault") {
		t.Errorf("verify: %s", out)
	}

	acked := l.sent()
	t.Logf("%d kills; %d events acknowledged in %d requests and %d attempts, %d of them uncertain; %d records, %d copies dropped; %d scrapes",
		crashKills, len(acked), l.requests.Load(), l.attempts.Load(), l.uncertain.Load(), lane.records, lane.copies, w.full)
	if l.uncertain.Load() == 0 {
		t.Error("no request was cut by a kill")
	}
	// Every acknowledged event is in the journal, and nothing else is. An
	// event is there a second time only where its sender could not know.
	for hash, e := range acked {
		switch n := lane.count[hash]; {
		case n == 0:
			t.Errorf("event %s was acknowledged and is lost", e.event.ID)
		case n > 1 && n > 1+e.uncertain:
			t.Errorf("event %s is there %d times, sent %d times in doubt", e.event.ID, n, e.uncertain)
		}
	}
	if len(lane.count) != len(acked) {
		t.Errorf("%d different events in the journal, %d acknowledged", len(lane.count), len(acked))
	}
	messages := 0
	for _, e := range acked {
		switch e.event.Kind {
		case event.MessageReceived, event.MessageSent, event.SurveyAnswered:
			messages++
		}
	}
	if got := shown.sum("helpdesk_messages_total"); got != float64(messages) {
		t.Errorf("helpdesk_messages_total %g, %d messages acknowledged", got, messages)
	}

	same(t, "replay of the journal", replay(t, nil, "--journal.dir", o.journal).dump(everything), shown.journal().dump(everything))

	// The acknowledged events in the order of the journal, with its receive
	// times. Created times begin with the configuration's record, which is no
	// event.
	var file bytes.Buffer
	for _, at := range lane.order {
		e := acked[at.hash].event
		e.Source, e.Received = "shop", time.Unix(0, at.received).UTC()
		file.Write(append(event.AppendJSON(nil, &e), '\n'))
	}
	again := replay(t, &file, "--config.file", o.config, "--at", time.Unix(0, lane.last).UTC().Format(time.RFC3339Nano), "-")
	d := detail{exemplars: true, native: true}
	same(t, "replay of what was acknowledged", again.dump(d), shown.journal().dump(d))
}

// last ends a running exporter and gives what it showed last, and its journal
// up to there. While agents are at work a tick comes each second: where one
// came between the scrape and the end, it is tried again.
func last(t *testing.T, s *server, o setup) (families, *lane) {
	t.Helper()
	const sequence = "helpdesk_journal_last_sequence"
	for range 20 {
		before := s.mustScrape().sum(sequence)
		shown := s.mustScrape()
		s.terminate()
		lane := readLane(t, o.journal)
		if n := float64(lane.end); before == n && shown.sum(sequence) == n {
			return shown, lane
		}
		s = start(t, o)
	}
	t.Fatal("each time a record came between the last scrape and the end")
	return nil, nil
}

func random(t *testing.T) *rand.Rand {
	n := *seed
	if n == 0 {
		n = rand.Uint64()
	}
	t.Logf("again with -seed=%d", n)
	return rand.New(rand.NewPCG(n, 0))
}

// load sends from many connections at once; every request is repeated until
// it is acknowledged.
type load struct {
	t       testing.TB
	current atomic.Pointer[server]
	stop    chan struct{}
	wg      sync.WaitGroup
	senders []*sender

	requests, attempts, uncertain atomic.Int64
}

// acknowledged event, and how often it was sent without an answer.
type acknowledged struct {
	event     event.Event
	uncertain int
}

func newLoad(t testing.TB) *load {
	l := &load{t: t, stop: make(chan struct{})}
	t.Cleanup(func() { l.halt(); l.wg.Wait() })
	return l
}

func (l *load) follow(s *server) { l.current.Store(s) }

func (l *load) halt() {
	select {
	case <-l.stop:
	default:
		close(l.stop)
	}
}

// end lets the senders resolve their conversations and waits for them.
func (l *load) end() {
	l.t.Helper()
	l.halt()
	l.wg.Wait()
}

// sent gives what was acknowledged, by hash; valid after end.
func (l *load) sent() map[uint64]*acknowledged {
	all := map[uint64]*acknowledged{}
	for _, s := range l.senders {
		for i := range s.acked {
			all[record.DedupHash("shop", s.acked[i].event.ID)] = &s.acked[i]
		}
	}
	return all
}

func (l *load) start(seed uint64) {
	s := &sender{load: l, name: len(l.senders), rng: rand.New(rand.NewPCG(seed, 1)), open: map[int]bool{}}
	l.senders = append(l.senders, s)
	l.wg.Go(s.run)
}

// sender talks for some contacts of its own.
type sender struct {
	load  *load
	name  int
	rng   *rand.Rand
	n     int
	open  map[int]bool
	acked []acknowledged
}

const contactsPerSender = 20

func (s *sender) run() {
	for {
		select {
		case <-s.load.stop:
			for c := range contactsPerSender {
				if s.open[c] && !s.post([]event.Event{s.event(c, event.ConversationResolved)}) {
					return
				}
			}
			return
		default:
		}
		events := make([]event.Event, 0, 4)
		for range 1 + s.rng.IntN(4) {
			c := s.rng.IntN(contactsPerSender)
			kind := loadKinds[s.rng.IntN(len(loadKinds))]
			// Only messages open; what else comes first is nothing.
			s.open[c] = kind != event.ConversationResolved
			events = append(events, s.event(c, kind))
		}
		if !s.post(events) {
			return
		}
	}
}

// loadKinds are sent alike often.
var loadKinds = []event.Kind{
	event.MessageReceived, event.MessageReceived, event.MessageReceived, event.MessageReceived, event.MessageReceived,
	event.MessageSent, event.MessageSent, event.MessageSent, event.MessageSent,
	event.ConversationAssigned, event.ConversationAssigned, event.ConversationPending, event.ConversationResolved, event.ConversationResolved,
	event.SurveySent, event.SurveyAnswered, event.AgentState, event.NoteAdded, event.ConsentChanged, event.ConversationLabeled,
}

func (s *sender) event(contact int, kind event.Kind) event.Event {
	s.n++
	e := event.Event{
		ID: fmt.Sprintf("%d-%d", s.name, s.n), Time: time.Now().UTC(), Kind: kind,
		Inbox: []string{"main", "shop"}[contact%2], Contact: fmt.Sprintf("+5511900%02d%04d", s.name, contact),
	}
	switch kind {
	case event.MessageReceived:
		e.Actor = event.ActorCustomer
		e.Message = event.Message{ID: "m" + e.ID, Text: []string{"oi", "obrigado", "quero falar com um atendente", "5"}[s.rng.IntN(4)]}
	case event.MessageSent:
		e.Actor = []event.Actor{event.ActorHuman, event.ActorBot}[s.rng.IntN(2)]
		e.Message = event.Message{ID: "m" + e.ID, Text: "resposta"}
		if e.Actor == event.ActorHuman {
			e.Agent = event.Agent{ID: fmt.Sprint("agent-", s.rng.IntN(5)), Team: "support"}
		}
	case event.ConversationAssigned:
		e.Agent = event.Agent{ID: fmt.Sprint("agent-", s.rng.IntN(5)), Team: "billing"}
	case event.ConversationResolved:
		e.Actor = event.ActorHuman
	case event.SurveySent:
		e.Survey, e.Scale, e.Message = event.SurveyCSAT, 5, event.Message{ID: "m" + e.ID}
	case event.SurveyAnswered:
		e.Actor, e.Survey, e.Scale, e.Score, e.HasScore = event.ActorCustomer, event.SurveyCSAT, 5, float64(1+s.rng.IntN(5)), true
	case event.AgentState:
		e.Contact, e.State = "", []event.Presence{event.PresenceAvailable, event.PresenceAway, event.PresenceOffline}[s.rng.IntN(3)]
		e.Agent = event.Agent{ID: fmt.Sprint("agent-", s.rng.IntN(5)), Capacity: 4}
	case event.NoteAdded:
		e.Actor, e.Agent.ID, e.Message = event.ActorHuman, fmt.Sprint("agent-", s.rng.IntN(5)), event.Message{ID: "m" + e.ID, Text: "nota"}
	case event.ConsentChanged:
		e.Consent = []event.Consent{event.ConsentOptedIn, event.ConsentOptedOut}[s.rng.IntN(2)]
	case event.ConversationLabeled:
		e.Labels = []string{"sale"}
	}
	return e
}

// post repeats a request until it is acknowledged, and tells whether it was.
func (s *sender) post(events []event.Event) bool {
	var body []byte
	for i := range events {
		body = append(event.AppendJSON(body, &events[i]), '\n')
	}
	s.load.requests.Add(1)
	uncertain := 0
	for deadline := time.Now().Add(patience); ; {
		s.load.attempts.Add(1)
		server := s.load.current.Load()
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		req, err := http.NewRequestWithContext(ctx, "POST", "http://"+server.hook+"/webhooks/shop", bytes.NewReader(body))
		if err != nil {
			cancel()
			s.load.t.Error(err)
			return false
		}
		req.Header.Set("Authorization", "Bearer "+bearerSecret)
		// The transport must not repeat requests behind the test's back.
		req.GetBody = nil
		a, err := do(client, req)
		cancel()
		switch {
		case err == nil && a.status == http.StatusOK:
			for i := range events {
				s.acked = append(s.acked, acknowledged{events[i], uncertain})
			}
			return true
		case err != nil && !refused(err):
			uncertain++
			s.load.uncertain.Add(1)
		case err != nil:
		case a.status != http.StatusServiceUnavailable && a.status != http.StatusTooManyRequests:
			s.load.t.Errorf("webhook answered %d %s", a.status, a.body)
			return false
		case a.header.Get("Retry-After") == "":
			s.load.t.Errorf("%d without Retry-After", a.status)
		}
		if time.Now().After(deadline) {
			s.load.t.Errorf("not acknowledged in %s: %d %v", patience, a.status, err)
			return false
		}
		time.Sleep(time.Duration(1+s.rng.IntN(10)) * time.Millisecond)
	}
}

// refused tells that a request never arrived: nobody listens.
func refused(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// lane is a stopped exporter's journal, decoded.
type lane struct {
	// count of each event, by hash.
	count map[uint64]int
	// order of first arrival.
	order []arrival
	// last receive time.
	last            int64
	records, copies int
	// ticks are the records of time alone; first and end are sequences.
	ticks      int
	first, end uint64
}

type arrival struct {
	hash     uint64
	received int64
}

func readLane(t testing.TB, dir string) *lane {
	t.Helper()
	store, err := jetstream.Open(t.Context(), jetstream.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}()
	l := &lane{count: map[uint64]int{}}
	var dec record.Decoder
	var c record.Commit
	err = store.Lane().Read(t.Context(), 1, func(e journal.Entry) error {
		if l.first == 0 {
			l.first = e.Seq
		}
		l.records++
		l.end = e.Seq
		if err := dec.Decode(e.Data, &c); err != nil {
			return err
		}
		for _, b := range c.Batches {
			if b.Received < l.last {
				return fmt.Errorf("record %d: receive time runs backwards", e.Seq)
			}
			l.last = b.Received
			if b.Kind == record.KindTick {
				l.ticks++
			}
			for _, ev := range b.Events {
				if l.count[ev.Dedup]++; l.count[ev.Dedup] > 1 {
					l.copies++
					continue
				}
				l.order = append(l.order, arrival{ev.Dedup, b.Received})
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return l
}
