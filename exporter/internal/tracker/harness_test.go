package tracker_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/clock"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fold"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/intake"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal/memory"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/privacy"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/tracker"
)

const source, inbox = "desk", "i1"

// start is where jumping clocks begin.
var start = time.Date(2025, 3, 10, 9, 0, 0, 0, time.UTC)

// desk is a journal with what a tracker needs around it. Every tracker of a
// test runs on the same one; tests with a tracker run in a synctest bubble.
type desk struct {
	t      *testing.T
	mem    *memory.Store
	master *privacy.Master
	ring   *privacy.Keyring
	cfg    *config.Config
	obs    *observer
	log    *bytes.Buffer // guarded by the handler; read when the tracker stands
	opts   tracker.Options
}

func newDesk(t *testing.T, o memory.Options) *desk {
	d := &desk{t: t, mem: memory.New(o), master: privacy.NewMaster([32]byte{7}), cfg: config.Default(config.Facts{}), log: &bytes.Buffer{}}
	src := config.DefaultSource(source, "events", config.Facts{Providers: map[string]config.ProviderFacts{"events": {Resolves: true}}})
	src.Inboxes = []config.Inbox{{ID: inbox, Team: "support"}}
	d.cfg.Sources = []config.Source{src}
	d.opts = tracker.Options{
		Store: d.mem, Intake: d.intake(), Clock: clock.System{}, Config: config.Fold(d.cfg),
		Logger: slog.New(slog.NewTextHandler(d.log, nil)),
	}
	return d
}

func (d *desk) intake() *intake.Intake {
	d.t.Helper()
	in, err := intake.New(d.cfg, d.master, func(string) string { return "other" })
	must(d.t, err)
	return in
}

// launch starts a tracker that need not become ready.
func (d *desk) launch() *tracker.Tracker {
	d.t.Helper()
	ring, err := privacy.OpenKeyring(d.t.Context(), d.opts.Store.Keys(), d.master, privacy.KeyringOptions{})
	must(d.t, err)
	d.obs = &observer{heard: heard{duplicates: map[string]int{}}}
	d.ring, d.opts.Keyring, d.opts.Observer = ring, ring, d.obs
	tr := tracker.Start(context.WithoutCancel(d.t.Context()), d.opts)
	d.t.Cleanup(func() { _ = tr.Stop(context.Background()) })
	return tr
}

// start starts a tracker and waits until it is ready.
func (d *desk) start() *tracker.Tracker {
	d.t.Helper()
	tr := d.launch()
	synctest.Wait()
	if !tr.Ready() {
		d.t.Fatalf("not ready: %v\n%s", tr.Err(), d.log)
	}
	return tr
}

// kill ends a tracker so that it writes nothing any more.
func (d *desk) kill(tr *tracker.Tracker) {
	d.t.Helper()
	d.mem.FailAppends(fmt.Errorf("%w: killed", journal.ErrUnavailable))
	must(d.t, tr.Stop(d.t.Context()))
	d.mem.FailAppends(nil)
}

// records reads the lane.
func (d *desk) records() []rec {
	d.t.Helper()
	var list []rec
	must(d.t, d.mem.Lane().Read(d.t.Context(), 1, func(e journal.Entry) error {
		var dec record.Decoder
		r := rec{seq: e.Seq, size: len(e.Data)}
		err := dec.Decode(bytes.Clone(e.Data), &r.Commit)
		list = append(list, r)
		return err
	}))
	last := int64(0)
	for _, r := range list {
		for _, b := range r.Batches {
			if b.Received < last {
				d.t.Errorf("record %d was received before the one before it: %d, %d", r.seq, b.Received, last)
			}
			last = b.Received
		}
	}
	return list
}

type rec struct {
	record.Commit
	seq  uint64
	size int
}

func (r rec) kinds() (list []record.Kind) {
	for _, b := range r.Batches {
		list = append(list, b.Kind)
	}
	return list
}

// kinds lists the batches of the whole lane.
func (d *desk) kinds() (list []record.Kind) {
	d.t.Helper()
	for _, r := range d.records() {
		list = append(list, r.kinds()...)
	}
	return list
}

// events counts the events in the lane.
func (d *desk) events() (n int) {
	d.t.Helper()
	for _, r := range d.records() {
		for _, b := range r.Batches {
			n += len(b.Events)
		}
	}
	return n
}

// rounds names the complete snapshot rounds, oldest first.
func (d *desk) rounds() (dirs []string) {
	d.t.Helper()
	list, err := d.mem.Snapshots().List(d.t.Context())
	must(d.t, err)
	for _, b := range list {
		if dir, ok := bytes.CutSuffix([]byte(b.Name), []byte("manifest")); ok {
			dirs = append(dirs, string(dir))
		}
	}
	return dirs
}

// scratch folds the whole lane anew.
func (d *desk) scratch() *fold.State {
	d.t.Helper()
	s := fold.New(config.FoldConfig{})
	for _, r := range d.records() {
		must(d.t, s.Apply(r.seq, &r.Commit, nil))
	}
	return s
}

// same compares what a tracker shows with the lane folded from its beginning.
func (d *desk) same(tr *tracker.Tracker, what string) {
	d.t.Helper()
	v := measure.NewView()
	d.scratch().View(v)
	compare(d.t, what, shown(v), d.shown(tr))
}

func compare(t *testing.T, what string, want, got map[string]string) {
	t.Helper()
	for _, k := range slices.Sorted(maps.Keys(want)) {
		if got[k] != want[k] {
			t.Errorf("%s: %s is %s, want %s", what, k, got[k], want[k])
		}
	}
	for _, k := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[k]; !ok {
			t.Errorf("%s: %s is %s, want none", what, k, got[k])
		}
	}
}

func (d *desk) shown(tr *tracker.Tracker) map[string]string {
	d.t.Helper()
	v := measure.NewView()
	must(d.t, tr.View(d.t.Context(), v))
	return shown(v)
}

// shown is everything that a scrape shows.
func shown(v *measure.View) map[string]string {
	all := map[string]string{"created": fmt.Sprint(v.Created, v.HistCreated), "buckets": fmt.Sprint(v.Buckets)}
	v.Values(func(f *measure.Family, labels []string, value float64, h *measure.Hist) {
		k := fmt.Sprint(f.Name, labels)
		if h != nil {
			all[k] = fmt.Sprintf("%+v", *h)
		} else {
			all[k] = fmt.Sprint(value)
		}
	})
	return all
}

// messages is how many customer messages a tracker has counted.
func (d *desk) messages(tr *tracker.Tracker) (n float64) {
	d.t.Helper()
	v := measure.NewView()
	must(d.t, tr.View(d.t.Context(), v))
	v.Values(func(f *measure.Family, _ []string, value float64, _ *measure.Hist) {
		if f == measure.Messages {
			n += value
		}
	})
	return n
}

func (d *desk) created(tr *tracker.Tracker) int64 {
	d.t.Helper()
	v := measure.NewView()
	must(d.t, tr.View(d.t.Context(), v))
	return v.Created
}

// said is a customer's message.
func said(id, contact, text string, at time.Time) event.Event {
	return event.Event{
		ID: id, Time: at, Kind: event.MessageReceived, Inbox: inbox, Contact: contact, Actor: event.ActorCustomer,
		Message: event.Message{ID: "m" + id, Text: text},
	}
}

// accept hands one message in, which has to be taken.
func (d *desk) accept(tr *tracker.Tracker, id string) {
	d.t.Helper()
	must(d.t, d.offer(tr, id))
}

func (d *desk) offer(tr *tracker.Tracker, id string) error {
	now := d.opts.Clock.Now()
	return tr.Accept(d.t.Context(), source, []event.Event{said(id, "contact-"+id, "hello", now)}, now)
}

// offering is an Accept under way.
type offering struct {
	done bool
	err  error
}

// begin hands events in and returns when everything stands still.
func (d *desk) begin(tr *tracker.Tracker, received time.Time, events ...event.Event) *offering {
	o := &offering{}
	go func() {
		o.err = tr.Accept(d.t.Context(), source, events, received)
		o.done = true
	}()
	synctest.Wait()
	return o
}

// gate lets writes through one by one.
type gate chan error

// hold makes every write to a log wait for the gate.
func (d *desk) hold(log string) gate {
	g := make(gate)
	d.mem.OnAppend(func(ctx context.Context, name string) error {
		if name != log {
			return nil
		}
		select {
		case err := <-g:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	return g
}

// open removes the hold, letting through what waits.
func (d *desk) open(g gate) {
	d.mem.OnAppend(nil)
	close(g)
	synctest.Wait()
}

// pass lets one write through, or fails it with err.
func (g gate) pass(err error) {
	g <- err
	synctest.Wait()
}

// observer remembers what it hears.
type observer struct {
	mu sync.Mutex
	heard
}

type heard struct {
	appended, done, failed int
	late                   []time.Duration
	doneAt                 time.Time
	duplicates             map[string]int
	rolledBack             []uint64
}

// heard is what the newest tracker has told so far.
// heard is what was reported once the loop is at rest: it reports after it
// has answered.
func (d *desk) heard() heard {
	synctest.Wait()
	d.obs.mu.Lock()
	defer d.obs.mu.Unlock()
	h := d.obs.heard
	h.late, h.rolledBack, h.duplicates = slices.Clone(h.late), slices.Clone(h.rolledBack), maps.Clone(h.duplicates)
	return h
}

var _ tracker.Observer = (*observer)(nil)

func (o *observer) note(f func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	f()
}

func (o *observer) Appended(time.Duration)    { o.note(func() { o.appended++ }) }
func (o *observer) Late(by time.Duration)     { o.note(func() { o.late = append(o.late, by) }) }
func (o *observer) SnapshotDone(at time.Time) { o.note(func() { o.done++; o.doneAt = at }) }
func (o *observer) SnapshotFailed()           { o.note(func() { o.failed++ }) }
func (o *observer) RolledBack(n uint64)       { o.note(func() { o.rolledBack = append(o.rolledBack, n) }) }
func (o *observer) Duplicates(source string, n int) {
	o.note(func() { o.duplicates[source] += n })
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wrapped is a store whose lane a test stands in the way of.
type wrapped struct {
	journal.Store
	lane lane
}

func (w *wrapped) Lane() journal.Log { return &w.lane }

// lane runs before and after around each Append, unless they are nil; what
// after returns takes the place of the result.
type lane struct {
	journal.Log
	mu     sync.Mutex
	before func(data []byte) error
	after  func() error
}

func (l *lane) set(before func(data []byte) error, after func() error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.before, l.after = before, after
}

func (l *lane) Append(ctx context.Context, subject string, data []byte) (uint64, error) {
	l.mu.Lock()
	before, after := l.before, l.after
	l.mu.Unlock()
	if before != nil {
		if err := before(data); err != nil {
			return 0, err
		}
	}
	seq, err := l.Log.Append(ctx, subject, data)
	if after != nil && err == nil {
		err = after()
	}
	if err != nil {
		return 0, err
	}
	return seq, nil
}

// wrap puts a wrapped lane in the desk's options.
func (d *desk) wrap() *lane {
	w := &wrapped{Store: d.mem, lane: lane{Log: d.mem.Lane()}}
	d.opts.Store = w
	return &w.lane
}
