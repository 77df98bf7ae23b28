package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/api"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fold"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/intake"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal/memory"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/privacy"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/transcript"
)

const (
	reader  = "a-token-for-reading-1"
	nothing = "a-token-for-nothing-1"
	whole   = "a-token-for-everything-1"
)

// monday at noon UTC.
var monday = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// desk is a helpdesk whose events are sealed, journalled and folded as they come.
type desk struct {
	t      testing.TB
	mu     sync.Mutex
	state  *fold.State
	err    error
	in     *intake.Intake
	master *privacy.Master
	keys   *privacy.Keyring
	lane   journal.Log
	reader *transcript.Reader
	cfg    *config.Config
	api    *API
	seq    uint64
	ids    int
	access []Access
	// broken is what the access log fails with.
	broken error
}

var (
	_ Source  = (*desk)(nil)
	_ Privacy = (*desk)(nil)
)

func (d *desk) Inspect(_ context.Context, fn func(*fold.State)) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err == nil {
		fn(d.state)
	}
	return d.err
}

func (d *desk) Ready() bool { return d.err == nil }

func (d *desk) Contact(source, contact string) record.Key { return d.master.Contact(source, contact) }

func (d *desk) Log(a Access) error {
	if d.broken == nil {
		d.access = append(d.access, a)
	}
	return d.broken
}

func (d *desk) Erase(ctx context.Context, k record.Key) (out api.Erasure, err error) {
	var keys []record.Key
	if err := d.Inspect(ctx, func(s *fold.State) { keys = s.Aliases(k) }); err != nil {
		return out, err
	}
	out.Contact = contactText(keys[0])
	if out.Keys, err = d.keys.Erase(ctx, keys, time.Time{}); err == nil && out.Keys == 0 {
		err = ErrNothing
	}
	return out, err
}

// now is when the last record was received, and two hours after noon at least.
func (d *desk) now() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return time.Unix(0, max(d.state.Received(), monday.Add(2*time.Hour).UnixNano()))
}

func newDesk(t testing.TB, change func(*config.Config)) *desk {
	t.Helper()
	ctx := context.Background()
	cfg := config.Default(config.Facts{})
	src := config.DefaultSource("shop", "events", config.Facts{Providers: map[string]config.ProviderFacts{"events": {Resolves: true}}})
	src.ConversationURL = "https://vendor.example/c/{conversation}"
	cfg.Sources = []config.Source{src}
	cfg.API.Tokens = []config.APIToken{
		{Name: "reader", Token: reader, Scopes: []string{config.ScopeReadMasked}}, {Name: "nothing", Token: nothing},
		{Name: "whole", Token: whole, Scopes: []string{config.ScopeReadFull, config.ScopeErase}},
	}
	if change != nil {
		change(cfg)
	}
	store := memory.New(memory.Options{})
	d := &desk{t: t, cfg: cfg, master: privacy.NewMaster([32]byte{1}), lane: store.Lane()}
	var err error
	if d.in, err = intake.New(cfg, d.master, func(string) string { return "other" }); err != nil {
		t.Fatal(err)
	}
	if d.keys, err = privacy.OpenKeyring(ctx, store.Keys(), d.master, privacy.KeyringOptions{}); err != nil {
		t.Fatal(err)
	}
	d.reader = transcript.NewReader(d.lane, d.keys, 32<<20)
	t.Cleanup(d.reader.Close)
	d.state = fold.New(config.FoldConfig{})
	d.commit(record.Batch{Kind: record.KindConfig, Received: monday.Add(-time.Hour).UnixNano(), Config: config.EncodeFold(config.Fold(cfg))})
	d.api = New(d, cfg, Options{Now: d.now, Logger: slog.New(slog.DiscardHandler), Reader: d.reader, Records: d.lane, Privacy: d})
	return d
}

// commit journals and folds one batch.
func (d *desk) commit(b record.Batch) {
	d.t.Helper()
	c := record.Commit{Batches: []record.Batch{b}}
	seq, err := d.lane.Append(context.Background(), "", record.AppendCommit(nil, &c))
	if err != nil {
		d.t.Fatal(err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.seq = seq
	if err := d.state.Apply(seq, &c, nil); err != nil {
		d.t.Fatal(err)
	}
}

// says lets an event happen, received as it does.
func (d *desk) says(e event.Event, at time.Time) {
	d.t.Helper()
	d.commit(record.Batch{Kind: record.KindEvents, Received: at.UnixNano(), Events: []record.Event{d.sealed(e, at)}})
}

func (d *desk) sealed(e event.Event, at time.Time) record.Event {
	d.t.Helper()
	d.ids++
	if e.ID == "" {
		e.ID = fmt.Sprint("e", d.ids)
	}
	e.Source, e.Time = "shop", at
	if e.Inbox == "" {
		e.Inbox = "main"
	}
	var r record.Event
	d.in.Prepare(&e, &r)
	p := intake.PersonalOf(&e)
	if plain := p.Append(nil); len(plain) > 0 {
		key := d.keys.Key(r.Contact)
		r.Sealed = key.Seal(nil, plain)
		if err := d.keys.Flush(context.Background(), []*privacy.Key{key}); err != nil {
			d.t.Fatal(err)
		}
		r.KeyRef, _ = key.Ref()
	}
	return r
}

// tick lets time pass.
func (d *desk) tick(at time.Time) {
	d.t.Helper()
	d.commit(record.Batch{Kind: record.KindTick, Received: at.UnixNano()})
}

// newAPI is one over two conversations with the same question and unlike answers,
// at noon and an hour later.
func newAPI(t *testing.T) (*API, *desk) {
	t.Helper()
	d := newDesk(t, nil)
	for i, answer := range []string{"O prazo é de 5 dias úteis após o pagamento", "Consulte o site da transportadora, por favor"} {
		at, contact := monday.Add(time.Duration(i)*time.Hour), fmt.Sprint("c", i)
		d.says(event.Event{Kind: event.MessageReceived, Contact: contact, Message: event.Message{Type: "text", Text: "qual o prazo de entrega?"}}, at)
		d.says(event.Event{Kind: event.MessageSent, Actor: event.ActorHuman, Contact: contact, Message: event.Message{Type: "text", Text: answer}}, at.Add(30*time.Second))
	}
	d.tick(monday.Add(2 * time.Hour))
	return d.api, d
}

// get asks with a token and gives the status and the body.
func get(t *testing.T, a *API, path, token string) (int, map[string]any) {
	t.Helper()
	return ask(t, a, http.MethodGet, path, token, "")
}

func ask(t *testing.T, a *API, method, path, token, content string) (int, map[string]any) {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(content))
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	a.ServeHTTP(w, r)
	var body map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		t.Fatalf("%s: %v: %s", path, err, w.Body)
	}
	if w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%s may be kept by a cache", path)
	}
	return w.Code, body
}

// sample is a path of an endpoint that can be asked for.
func (e *endpoint) sample() string {
	return Prefix + strings.NewReplacer("{id}", "0000000000000000", "{contact}", strings.Repeat("0a", 16), "{name}", "team").Replace(e.path)
}

// TestAuthorization: every path is closed to those who have no right to it.
func TestAuthorization(t *testing.T) {
	a, _ := newAPI(t)
	for _, e := range endpoints {
		path := e.sample()
		for name, c := range map[string]struct {
			token  string
			status int
		}{
			"none": {"", 401}, "wrong": {reader + "x", 401}, "shorter": {reader[:10], 401}, "without the scope": {nothing, 403},
		} {
			if status, body := ask(t, a, e.method, path, c.token, ""); status != c.status || body["error"] == nil {
				t.Errorf("%s, token %s: %d, want %d", path, name, status, c.status)
			}
		}
		if e.scope != config.ScopeReadMasked {
			if status, _ := ask(t, a, e.method, path, reader, ""); status != 403 {
				t.Errorf("%s %s: a token that reads masked gets %d", e.method, path, status)
			}
		}
		for _, header := range [][]string{{"Basic " + reader}, {reader}, {"Bearer " + reader, "Bearer " + reader}, {"Bearer"}} {
			r := httptest.NewRequest(e.method, path, nil)
			r.Header["Authorization"] = header
			w := httptest.NewRecorder()
			if a.ServeHTTP(w, r); w.Code != 401 || w.Header().Get("WWW-Authenticate") == "" || strings.Contains(w.Body.String(), reader) {
				t.Errorf("%s, %q: %d", path, header, w.Code)
			}
		}
	}
	if status, _ := get(t, a, Prefix+"info", whole); status != 200 {
		t.Error("who may read in full may not read masked")
	}
	cfg := config.Default(config.Facts{})
	a.Configure(cfg)
	if status, body := get(t, a, Prefix+"info", reader); status != 403 || !strings.Contains(body["error"].(string), "api.tokens") {
		t.Errorf("closed: %d %v", status, body)
	}
	cfg.API.Tokens = []config.APIToken{{Name: "new", Token: "another-token-altogether", Scopes: []string{config.ScopeReadMasked}}}
	a.Configure(cfg)
	if status, _ := get(t, a, Prefix+"info", reader); status != 401 {
		t.Errorf("a token that was taken out: %d", status)
	}
}

func TestHeatmap(t *testing.T) {
	a, _ := newAPI(t)
	status, body := get(t, a, Prefix+"heatmap?zone=America/Sao_Paulo", reader)
	cells, _ := body["cells"].([]any)
	if status != 200 || len(cells) != 7*24 || body["zone"] != "America/Sao_Paulo" || body["from"] != "2026-03-02T12:00:00Z" || body["to"] != "2026-03-02T14:00:00Z" {
		t.Fatalf("%d: %v", status, body)
	}
	// Noon in UTC is nine in São Paulo; Monday's cells are the first.
	nine := cells[9].(map[string]any)
	for key, want := range map[string]float64{
		"weekday": 1, "hour": 9, "hours": 1, "opened": 1, "messages": 1, "first_responses": 1, "opened_per_hour": 1, "first_response_mean_seconds": 30,
	} {
		if nine[key] != want {
			t.Errorf("%s is %v, want %v", key, nine[key], want)
		}
	}
	if m := nine["first_response_median_seconds"].(float64); m < 25 || m > 35 {
		t.Errorf("the median is %v", m)
	}
	if eight := cells[8].(map[string]any); eight["opened"] != 0.0 || eight["first_response_mean_seconds"] != nil {
		t.Errorf("%v", eight)
	}
	for query, opened := range map[string]float64{
		"source=shop": 2, "source=other": 0, "inbox=main&inbox=second": 2, "team=sales": 0, "from=2026-03-02T12:30:00Z": 1, "to=1772456400": 1, "to=1772456400000": 1,
	} {
		_, body := get(t, a, Prefix+"heatmap?"+query, reader)
		sum := 0.0
		for _, c := range body["cells"].([]any) {
			sum += c.(map[string]any)["opened"].(float64)
		}
		if sum != opened {
			t.Errorf("%s: %v opened, want %v", query, sum, opened)
		}
	}
}

func TestDiscrepancies(t *testing.T) {
	a, _ := newAPI(t)
	status, body := get(t, a, Prefix+"discrepancies", reader)
	list, _ := body["discrepancies"].([]any)
	if status != 200 || len(list) != 1 || body["cut"] != false {
		t.Fatalf("%d: %v", status, body)
	}
	d := list[0].(map[string]any)
	if d["time"] != "2026-03-02T13:00:30Z" || d["request_type"] != "delivery" || d["similarity"].(float64) >= 0.2 || d["conversation"] == d["typical_conversation"] ||
		len(d["conversation"].(string)) < 10 || d["question"] != "1" {
		t.Errorf("%v", d)
	}
	if _, body := get(t, a, Prefix+"discrepancies?request_type=billing", reader); len(body["discrepancies"].([]any)) != 0 {
		t.Errorf("%v", body)
	}
}

// TestBadRequests: what is wrong is said, and nothing else.
func TestBadRequests(t *testing.T) {
	a, f := newAPI(t)
	for path, says := range map[string]string{
		"heatmap?zone=Mars/Base":                     "zone",
		"heatmap?zone=Local":                         "zone",
		"heatmap?from=yesterday":                     "from is no time",
		"heatmap?to=99999999999999999":               "to is no time",
		"heatmap?from=2026-03-02T12:00:00Z&to=100":   "not before",
		"heatmap?zones=UTC":                          `unknown parameter "zones"`,
		"heatmap?zone=UTC&zone=UTC":                  "more than once",
		"discrepancies?limit=0":                      "limit",
		"discrepancies?limit=1001":                   "limit",
		"info?x=1":                                   "unknown parameter",
		"heatmap?" + strings.Repeat("y", 100) + "=1": "unknown parameter",
	} {
		if status, body := get(t, a, Prefix+path, reader); status != 400 || !strings.Contains(body["error"].(string), says) || len(body["error"].(string)) > 200 {
			t.Errorf("%s: %d %v", path, status, body)
		}
	}
	if status, body := get(t, a, Prefix+"nothing", reader); status != 404 || body["error"] == nil {
		t.Errorf("%d %v", status, body)
	}
	f.err = errors.New("the journal is still being replayed")
	if status, body := get(t, a, Prefix+"heatmap", reader); status != 503 || !strings.Contains(body["error"].(string), "replayed") {
		t.Errorf("%d %v", status, body)
	}
	if status, body := get(t, a, Prefix+"info", reader); status != 200 || body["ready"] != false {
		t.Errorf("%d %v", status, body)
	}
	r := httptest.NewRequest(http.MethodPost, Prefix+"heatmap", nil)
	w := httptest.NewRecorder()
	if a.ServeHTTP(w, r); w.Code != http.StatusMethodNotAllowed && w.Code != http.StatusNotFound {
		t.Errorf("POST: %d", w.Code)
	}
}
