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
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fold"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/intake"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/privacy"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
)

const (
	reader  = "a-token-for-reading-1"
	nothing = "a-token-for-nothing-1"
)

// monday at noon UTC.
var monday = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// folded is a Source of a state that nobody else has.
type folded struct {
	state *fold.State
	err   error
}

func (f *folded) Inspect(_ context.Context, fn func(*fold.State)) error {
	if f.err == nil {
		fn(f.state)
	}
	return f.err
}

func (f *folded) Ready() bool { return f.err == nil }

// newAPI is one over two conversations with the same question and unlike answers,
// at noon and an hour later.
func newAPI(t *testing.T) (*API, *folded) {
	t.Helper()
	cfg := config.Default(config.Facts{})
	in, err := intake.New(cfg, privacy.NewMaster([32]byte{1}), func(string) string { return "other" })
	if err != nil {
		t.Fatal(err)
	}
	f := &folded{state: fold.New(config.Fold(cfg))}
	seq := uint64(0)
	apply := func(e event.Event, at time.Time) {
		seq++
		e.ID, e.Source, e.Inbox, e.Time = fmt.Sprint(seq), "shop", "main", at
		e.Message.Type = "text"
		var r record.Event
		in.Prepare(&e, &r)
		b := record.Batch{Kind: record.KindEvents, Received: at.UnixNano(), Events: []record.Event{r}}
		if err := f.state.Apply(seq, &record.Commit{Batches: []record.Batch{b}}, nil); err != nil {
			t.Fatal(err)
		}
	}
	for i, answer := range []string{"O prazo é de 5 dias úteis após o pagamento", "Consulte o site da transportadora, por favor"} {
		at, contact := monday.Add(time.Duration(i)*time.Hour), fmt.Sprint("c", i)
		apply(event.Event{Kind: event.MessageReceived, Contact: contact, Message: event.Message{Text: "qual o prazo de entrega?"}}, at)
		apply(event.Event{Kind: event.MessageSent, Actor: event.ActorHuman, Contact: contact, Message: event.Message{Text: answer}}, at.Add(30*time.Second))
	}
	apply(event.Event{Kind: event.NoteAdded, Contact: "c0"}, monday.Add(2*time.Hour))
	return New(f, config.API{Tokens: []config.APIToken{
		{Name: "reader", Token: reader, Scopes: []string{config.ScopeReadMasked}}, {Name: "nothing", Token: nothing},
	}}, Options{Now: func() time.Time { return monday.Add(2 * time.Hour) }, Logger: slog.New(slog.DiscardHandler)}), f
}

// get asks with a token and gives the status and the body.
func get(t *testing.T, a *API, path, token string) (int, map[string]any) {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
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

// TestAuthorization: every path is closed to those who have no right to it.
func TestAuthorization(t *testing.T) {
	a, _ := newAPI(t)
	for _, e := range endpoints {
		path := Prefix + e.path
		for name, c := range map[string]struct {
			token  string
			status int
		}{
			"right": {reader, 200}, "none": {"", 401}, "wrong": {reader + "x", 401}, "shorter": {reader[:10], 401}, "without the scope": {nothing, 403},
		} {
			if status, _ := get(t, a, path, c.token); status != c.status {
				t.Errorf("%s, token %s: %d, want %d", path, name, status, c.status)
			}
		}
		for _, header := range [][]string{{"Basic " + reader}, {reader}, {"Bearer " + reader, "Bearer " + reader}, {"Bearer"}} {
			r := httptest.NewRequest(http.MethodGet, path, nil)
			r.Header["Authorization"] = header
			w := httptest.NewRecorder()
			if a.ServeHTTP(w, r); w.Code != 401 || w.Header().Get("WWW-Authenticate") == "" || strings.Contains(w.Body.String(), reader) {
				t.Errorf("%s, %q: %d", path, header, w.Code)
			}
		}
	}
	a.Configure(config.API{})
	if status, body := get(t, a, Prefix+"info", reader); status != 403 || !strings.Contains(body["error"].(string), "api.tokens") {
		t.Errorf("closed: %d %v", status, body)
	}
	a.Configure(config.API{Tokens: []config.APIToken{{Name: "new", Token: "another-token-altogether", Scopes: []string{config.ScopeReadMasked}}}})
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
