package providertest

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/capability"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fold"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/intake"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/privacy"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/simulate"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/webhook"
)

// Day says how a simulated day is compared. It is told twice: once by canonical
// events, and once by the requests that the provider's Writer makes of them,
// which go through the webhook server and the adapter. Both end in the fold, and
// every family of every KPI that the declared facts make full has to be the same
// at each look.
//
// What is no figure but a label (teams, request types, labels, names of agents)
// is taken out of the canonical events where the provider does not tell it.
type Day struct {
	// Seed of the simulation [1], and how many conversations a day has [400].
	Seed          uint64
	Conversations float64
	// Translate changes a canonical event into how the vendor names things: ids
	// of agents, teams, types of messages. It must not take meaning away.
	Translate func(*event.Event)
	// Adds gives what the vendor says beside a translated event, and canonical
	// events would have to say too: a status of every message sent, say.
	Adds func(event.Event) []event.Event
}

// The comparison lasts dayLength; a look is taken every look, and one when
// everything has matured.
const (
	dayLength = 36 * time.Hour
	look      = 3 * time.Hour
)

// dayStart is a Wednesday.
var dayStart = time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC)

func (s *Suite) day(t *testing.T) {
	compared := s.compared()
	if len(compared) == 0 {
		t.Skip("no KPI is full")
	}
	scenario, err := simulate.New(s.dayOptions())
	if err != nil {
		t.Fatal(err)
	}
	writer, err := s.Spec.NewWriter(s.daySource())
	if err != nil {
		t.Fatal(err)
	}
	canonical, vendor := s.newTelling(t), s.newTelling(t)
	door := s.newDoor(t, vendor, writer)
	seen := map[string]bool{}
	differ := 0
	compare := func(at time.Time) {
		canonical.pass(at)
		vendor.pass(at)
		differ += s.compare(t, at, compared, canonical, vendor, seen)
	}
	next := dayStart.Add(look)
	for it := range scenario.All() {
		for ; !it.At.Before(next); next = next.Add(look) {
			if compare(next); differ > 0 {
				return
			}
		}
		// Nothing is under way: what bears no time of its own is dated like the
		// rest.
		at := it.At.Truncate(time.Second)
		if e := it.Event; s.dayEvent(&e) {
			told := []event.Event{e}
			if s.Day.Adds != nil {
				told = append(told, s.Day.Adds(e)...)
			}
			canonical.take(told, at)
		}
		// The vendor tells what it can, and is given everything.
		e := it.Event
		reqs, err := writer.Write([]event.Event{e})
		if err != nil {
			t.Fatalf("%s: %v", e.Kind, err)
		}
		for i := range reqs {
			door.post(t, &reqs[i], at)
		}
	}
	compare(dayStart.Add(dayLength))
	compare(dayStart.Add(dayLength + 10*24*time.Hour))
	for kpi, families := range compared {
		if !slices.ContainsFunc(families, func(name string) bool { return seen[name] }) {
			t.Errorf("%s is full, and the day shows nothing of it", kpi)
		}
	}
}

// compared are the families of the KPIs that are full, by KPI.
func (s *Suite) compared() map[string][]string {
	out := map[string][]string{}
	for _, v := range s.Spec.Facts.Judge() {
		if v.Level >= capability.Convention {
			out[v.KPI.Name] = v.KPI.Metrics
		}
	}
	return out
}

func (s *Suite) tells(f capability.Fact) bool { return s.Spec.Facts[f].Level > capability.None }

func (s *Suite) dayOptions() simulate.Options {
	o := simulate.Options{
		Seed: s.Day.Seed, Start: dayStart, Duration: dayLength, Conversations: s.Day.Conversations,
		Inboxes: s.dayInboxes(), Tidy: true, WholeSeconds: true,
		Without: simulate.Without{
			Surveys: !s.tells(capability.SurveysSent), NPS: !s.tells(capability.NPS),
			Links: !s.tells(capability.Links), Merges: !s.tells(capability.Merges),
		},
	}
	if s.Spec.Simulation.Plain {
		o.Profile = simulate.ProfileMeta
	}
	if o.Seed == 0 {
		o.Seed = 1
	}
	if o.Conversations == 0 {
		o.Conversations = 400
	}
	return o
}

func (s *Suite) dayInboxes() []string {
	if len(s.Spec.Simulation.Inboxes) > 0 {
		return s.Spec.Simulation.Inboxes
	}
	return []string{"main", "shop"}
}

// daySource has a bot at every inbox.
func (s *Suite) daySource() config.Source {
	src := s.Source
	src.Inboxes = nil
	for _, id := range s.dayInboxes() {
		src.Inboxes = append(src.Inboxes, config.Inbox{ID: id, Bot: true})
	}
	return src
}

// dayEvent makes a canonical event one that the vendor could tell, and tells
// whether anything is left.
func (s *Suite) dayEvent(e *event.Event) bool {
	if !s.tells(capability.Teams) {
		e.Agent.Team = ""
	}
	if !s.tells(capability.AgentNames) {
		e.Agent.Name = ""
	}
	if !s.tells(capability.Capacity) {
		e.Agent.Capacity = 0
	}
	if e.Kind == event.ConversationLabeled {
		if !s.tells(capability.RequestTypes) {
			e.RequestType = ""
		}
		if !s.tells(capability.Labels) {
			e.Labels = nil
		}
		if e.RequestType == "" && len(e.Labels) == 0 {
			return false
		}
	}
	if s.Day.Translate != nil {
		s.Day.Translate(e)
	}
	return true
}

// telling is one of the two ways in which the day is told.
type telling struct {
	t      *testing.T
	source string
	in     *intake.Intake
	state  *fold.State
	view   *measure.View
}

func (s *Suite) newTelling(t *testing.T) *telling {
	t.Helper()
	cfg := config.Default(s.configFacts())
	cfg.Sources = []config.Source{s.daySource()}
	cfg.Conversations.Labels = []string{"sale", "lead", "churn_risk", "complaint"}
	in, err := intake.New(cfg, privacy.NewMaster([32]byte{1}), func(code string) string { return code })
	if err != nil {
		t.Fatal(err)
	}
	return &telling{t: t, source: s.Source.Name, in: in, state: fold.New(config.Fold(cfg)), view: measure.NewView()}
}

func (d *telling) apply(b record.Batch) {
	b.Received = max(b.Received, d.state.Received())
	if err := d.state.Apply(d.state.Seq()+1, &record.Commit{Batches: []record.Batch{b}}, nil); err != nil {
		d.t.Fatal(err)
	}
}

func (d *telling) take(events []event.Event, received time.Time) {
	b := record.Batch{Kind: record.KindEvents, Received: received.UnixNano(), Events: make([]record.Event, len(events))}
	for i := range events {
		e := events[i]
		e.Source = d.source
		d.in.Prepare(&e, &b.Events[i])
	}
	d.apply(b)
}

func (d *telling) pass(to time.Time) {
	d.apply(record.Batch{Kind: record.KindTick, Received: to.UnixNano()})
}

// Accept implements webhook.Sink.
func (d *telling) Accept(_ context.Context, _ string, events []event.Event, received time.Time) error {
	d.take(events, received)
	return nil
}

// values are all series that are not 0, as text, by family.
func (d *telling) values(families map[string]bool) map[string]string {
	d.state.View(d.view)
	out := map[string]string{}
	d.view.Values(func(f *measure.Family, labels []string, value float64, h *measure.Hist) {
		if !families[f.Name] {
			return
		}
		text := fmt.Sprint(value)
		if h != nil {
			if h.Count == 0 {
				return
			}
			text = fmt.Sprintf("%d in %d.%09d s, %v", h.Count, h.Seconds, h.Nanos, h.Classic)
		} else if value == 0 {
			return
		}
		out[f.Name+"{"+strings.Join(labels, ",")+"}"] = text
	})
	return out
}

// compare tells how many series differ, and notes which families were seen.
func (s *Suite) compare(t *testing.T, at time.Time, compared map[string][]string, canonical, vendor *telling, seen map[string]bool) int {
	t.Helper()
	families := map[string]bool{}
	for _, names := range compared {
		for _, name := range names {
			families[name] = true
		}
	}
	want, got := canonical.values(families), vendor.values(families)
	for series := range want {
		name, _, _ := strings.Cut(series, "{")
		seen[name] = true
	}
	all := maps.Clone(want)
	maps.Copy(all, got)
	differ := 0
	for _, series := range slices.Sorted(maps.Keys(all)) {
		if got[series] == want[series] {
			continue
		}
		if differ++; differ <= 25 {
			t.Errorf("%s: %s\n\t%s: %s\n\tcanonical: %s", at.Sub(dayStart), series, s.Name, got[series], want[series])
		}
	}
	if differ > 25 {
		t.Errorf("%s: %d series differ", at.Sub(dayStart), differ)
	}
	return differ
}

// door is the webhook server in front of a telling.
type door struct {
	server *webhook.Server
	now    time.Time
	path   string
	// fetching is nil where webhooks say everything themselves.
	*fetching
}

// Add implements webhook.Tasks.
func (d *door) Add(_ context.Context, _ string, tasks []provider.Task, _ time.Time) error {
	return d.add(tasks)
}

func (s *Suite) newDoor(t *testing.T, sink webhook.Sink, writer provider.Writer) *door {
	t.Helper()
	adapter, err := s.Spec.New(s.daySource())
	if err != nil {
		t.Fatal(err)
	}
	d := &door{path: "/webhooks/" + s.Source.Name}
	src := webhook.Source{
		Name: s.Source.Name, Adapter: adapter, Channels: s.Source.Channels, Inboxes: s.dayInboxes(), Paths: s.Spec.Paths, Remembers: s.Spec.Remembers,
		MalformedStatus: s.Source.Answers.Malformed, UnauthorizedStatus: s.Source.Answers.Unauthorized,
	}
	d.server, err = webhook.New(webhook.Options{
		Logger: slog.New(slog.DiscardHandler), Registerer: prometheus.NewRegistry(), Clock: func() time.Time { return d.now },
		Sources: []webhook.Source{src}, Sink: sink, Tasks: d, Rejected: keptLog{t: t}, Sealer: noSeal{},
	})
	if err != nil {
		t.Fatal(err)
	}
	if s.Spec.NewFetcher != nil {
		f, err := s.Spec.NewFetcher(s.daySource())
		if err != nil {
			t.Fatal(err)
		}
		api, ok := writer.(http.Handler)
		if !ok {
			t.Fatal("the Writer does not play the API that the Fetcher asks")
		}
		d.fetching = &fetching{t, f, direct{api}, func(res *provider.Result) error { return d.server.Deliver(t.Context(), s.Source.Name, res) }}
	}
	return d
}

func (d *door) post(t *testing.T, r *provider.Request, at time.Time) {
	t.Helper()
	d.now = at
	if r.RawQuery == "" {
		r.RawQuery = r.Query.Encode()
	}
	method := r.Method
	if method == "" {
		method = http.MethodPost
	}
	req := httptest.NewRequest(method, r.URL("http://helpdesk.example.com"+d.path), strings.NewReader(string(r.Body)))
	for name, values := range r.Header {
		req.Header[name] = values
	}
	rec := httptest.NewRecorder()
	d.server.ServeHTTP(rec, req)
	if rec.Code != http.StatusOK {
		t.Fatalf("answer %d %s to:\n%s", rec.Code, rec.Body, r.Body)
	}
}

// keptLog fails the test where a request of the Writer is kept as unreadable;
// nobody calls its other methods.
type keptLog struct {
	journal.Log
	t *testing.T
}

func (l keptLog) Append(context.Context, string, []byte) (uint64, error) {
	l.t.Error("a request of the Writer is kept for inspection")
	return 0, nil
}

type noSeal struct{}

func (noSeal) Seal(_ string, b []byte) []byte          { return b }
func (noSeal) Open(_ string, b []byte) ([]byte, error) { return b, nil }
