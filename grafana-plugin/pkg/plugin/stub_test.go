package plugin

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/api"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// stub is an exporter that answers what its API would, and remembers what it was
// asked.
type stub struct {
	*httptest.Server
	mu       sync.Mutex
	requests []*http.Request
	scopes   []string
	// fails is a status that everything is answered with, 0 for none.
	fails int
	// lines are sent to those who follow.
	lines chan api.Line
}

func newStub(t testing.TB) *stub {
	s := &stub{scopes: []string{"read:masked", scopeFull}, lines: make(chan api.Line, 10)}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *stub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.requests = append(s.requests, r)
	fails := s.fails
	s.mu.Unlock()
	answer := func(status int, v any) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(v)
	}
	path := r.URL.Path[len(api.Prefix)-1:]
	switch {
	case fails != 0:
		answer(fails, api.Failure{Error: "what is wrong"})
	case r.Header.Get("Authorization") != "Bearer the-token":
		answer(401, api.Failure{Error: "the token is not one of api.tokens"})
	case path == "/info":
		answer(200, api.Info{Version: "1.2.3", Ready: true, Token: "grafana", Scopes: s.scopes, Conversations: 3, Paths: append([]string{"GET /api/v1/info"}, needed...)})
	case path == "/conversations":
		answer(200, api.Conversations{Conversations: conversations(), Total: 3, Next: "more"})
	case path == "/conversations/0abc":
		answer(200, api.Detail{Conversation: conversations()[0], Transcript: api.Transcript{Lines: lines(r.URL.Query().Get("full") == "true")}})
	case path == "/messages":
		list := lines(r.URL.Query().Get("full") == "true")
		answer(200, api.MessageList{Messages: list[:1], Cut: api.Cut{Cut: true, Reason: "the time of 2s was over after 5 of 9 messages; next goes on there"}})
	case path == "/messages/volume":
		answer(200, api.Volume{Step: 60, Buckets: []api.VolumeBucket{{Time: noon, Roles: map[string]int{"customer": 2, "agent": 1}}, {Time: noon.Add(time.Minute), Roles: map[string]int{"customer": 1}}}})
	case path == "/messages/stream":
		s.stream(w, r)
	case path == "/escalations":
		answer(200, api.Escalations{Escalations: []api.Escalation{{Conversation: conversations()[0], Since: noon, Reasons: map[string]time.Time{"unanswered": noon, "negative": noon.Add(time.Second)}}}})
	case path == "/audits":
		answer(200, api.Audits{Findings: []api.Finding{{Rule: "card_number", Severity: "critical", Conversation: conversations()[0]}}})
	case path == "/discrepancies":
		answer(200, api.Discrepancies{Discrepancies: []api.Discrepancy{{Time: noon, RequestType: "delivery", Conversation: "0abc", Typical: "0abd", Similarity: 0.25, Question: "7"}}})
	case path == "/heatmap":
		answer(200, heatmap())
	case path == "/annotations":
		answer(200, api.Annotations{Annotations: []api.Annotation{
			{Time: noon, Kind: "escalation", Reason: "unanswered", Conversation: "0abc", Source: "shop", Inbox: "main", Team: "sales"},
			{Time: noon.Add(time.Hour), Kind: "closing", Reason: "human", Conversation: "0abc", Source: "shop", Inbox: "main"},
		}})
	case path == "/labels/team":
		answer(200, api.Values{Values: []string{"sales", "support"}})
	default:
		answer(404, api.Failure{Error: "there is no conversation of that id"})
	}
}

func (s *stub) stream(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	fmt.Fprint(w, "id: 1\n: since now\n\nid: 2\nevent: lost\ndata: 4\n\n")
	w.(http.Flusher).Flush()
	for {
		select {
		case l := <-s.lines:
			if r.URL.Query().Get("full") != "true" {
				l.Text, l.Name = "meu telefone é [phone]", ""
			}
			b, _ := json.Marshal(l)
			fmt.Fprintf(w, "id: 3\nevent: message\ndata: %s\n\n", b)
			w.(http.Flusher).Flush()
		case <-r.Context().Done():
			return
		}
	}
}

// asked gives the last request of a path, and what it asked for.
func (s *stub) asked(t testing.TB, path string) (*http.Request, url.Values) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := len(s.requests) - 1; i >= 0; i-- {
		if s.requests[i].URL.Path == api.Prefix+path {
			return s.requests[i], s.requests[i].URL.Query()
		}
	}
	t.Fatalf("nobody asked for %s", path)
	return nil, nil
}

func pointer[T any](v T) *T { return &v }

func conversations() []api.Conversation {
	return []api.Conversation{
		{
			ID: "0abc", Source: "shop", Inbox: "main", Team: "sales", RequestType: "delivery", Trigger: "inbound", State: "closed", Owner: "human",
			Contact: "00112233445566778899aabbccddeeff", Agent: "a1", AgentName: "Agent One", Agents: []string{"a1"}, Opened: noon, Last: noon.Add(3 * time.Minute),
			Closed: pointer(noon.Add(4 * time.Minute)), ClosedBy: "human", FirstResponse: pointer(200.0), Resolution: pointer(240.0), CSAT: pointer(5), Sentiment: "negative",
			Messages: api.Messages{Customer: 2, Human: 2}, Escalations: []string{"unanswered"}, Escalated: []string{}, AuditRules: []string{"card_number"},
			VendorURL: "https://vendor.example/c/4711",
		},
		{
			ID: "0abd", Source: "shop", Inbox: "main", State: "waiting", Owner: "queue", Contact: "ff112233445566778899aabbccddeeff", Agents: []string{}, Opened: noon.Add(time.Hour),
			Last: noon.Add(time.Hour), Waiting: pointer(noon.Add(time.Hour)), Sentiment: "neutral", Messages: api.Messages{Customer: 1}, Escalations: []string{}, Escalated: []string{}, AuditRules: []string{},
		},
	}
}

func lines(full bool) []api.Line {
	text, name := "meu telefone é [phone]", ""
	if full {
		text, name = "meu telefone é 11 98765-4321", "Nome da Cliente"
	}
	at := func(s int) time.Time { return noon.Add(time.Duration(s) * time.Second) }
	return []api.Line{
		{ID: "1-0", Conversation: "0abc", Time: at(0), Kind: "message", Role: "customer", Name: name, Type: "text", Text: text, Masked: !full, Sentiment: "negative", Source: "shop"},
		{ID: "2-0", Conversation: "0abc", Time: at(5), Kind: "conversation.handoff", Role: "bot", Reason: "no_answer", Team: "sales"},
		{ID: "3-0", Conversation: "0abc", Time: at(100), Kind: "conversation.assigned", Role: "unknown", Agent: "a1", Name: "Agent One"},
		{ID: "4-0-wait", Conversation: "0abc", Time: at(252), Kind: "wait", Role: "system", Seconds: pointer(252.0)},
		{ID: "4-0", Conversation: "0abc", Time: at(252), Kind: "message", Role: "agent", Agent: "a1", Name: "Agent One", Type: "text", Text: "Olá!", Status: "failed", Error: "131026"},
		{ID: "4-0-card_number", Conversation: "0abc", Time: at(252), Kind: "finding", Role: "system", Rule: "card_number", Severity: "critical"},
		{ID: "5-0", Conversation: "0abc", Time: at(260), Kind: "message", Role: "customer", Name: name, Type: "image", Text: "olha"},
		{ID: "6-0", Conversation: "0abc", Time: at(261), Kind: "message", Role: "bot", Type: "template", Template: "goodbye"},
		{ID: "7-0", Conversation: "0abc", Time: at(262), Kind: "note", Role: "agent", Agent: "a1", Name: "Agent One", Text: "VIP"},
		{ID: "8-0", Conversation: "0abc", Time: at(263), Kind: "message", Role: "customer", Gone: "erased"},
		{ID: "9-0", Conversation: "0abc", Time: at(264), Kind: "message", Role: "unknown"},
		{ID: "10-0", Conversation: "0abc", Time: at(270), Kind: "conversation.resolved", Role: "agent", Agent: "a1", Name: "Agent One"},
		{ID: "11-0", Conversation: "0abc", Time: at(280), Kind: "survey.answered", Role: "customer", Score: pointer(5.0)},
	}
}

func heatmap() api.Heatmap {
	h := api.Heatmap{Zone: "America/Sao_Paulo", From: noon.Add(-time.Hour), To: noon}
	for day := 1; day <= 7; day++ {
		for hour := range 24 {
			c := api.HeatmapCell{Weekday: day, Hour: hour, Hours: 1}
			if day == 1 && hour == 9 {
				c.Opened, c.OpenedPerHour = 4, 4
			}
			if day == 7 {
				c.Hours = 0
			}
			h.Cells = append(h.Cells, c)
		}
	}
	return h
}

// newDatasource is one over a stub, with settings changed.
func newDatasource(t testing.TB, s *stub, settings map[string]any) *Datasource {
	t.Helper()
	d, err := New(context.Background(), instance(s.URL, "the-token", settings))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.(*Datasource).Dispose)
	return d.(*Datasource)
}

func instance(url, token string, settings map[string]any) backend.DataSourceInstanceSettings {
	b, _ := json.Marshal(settings)
	out := backend.DataSourceInstanceSettings{UID: "uid", Type: ID, Name: "Transcripts", URL: url, JSONData: b, DecryptedSecureJSONData: map[string]string{}}
	if token != "" {
		out.DecryptedSecureJSONData["token"] = token
	}
	return out
}

// as is the context of a user with a role; "" is nobody.
func as(role string) backend.PluginContext {
	if role == "" {
		return backend.PluginContext{}
	}
	return backend.PluginContext{User: &backend.User{Login: "somebody", Role: role}}
}
