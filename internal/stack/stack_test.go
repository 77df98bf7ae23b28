package stack_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/helpdesk-exporter/helpdesk-exporter/grafana-plugin/pkg/plugin"
	"github.com/helpdesk-exporter/helpdesk-exporter/internal/stack"
	"github.com/helpdesk-exporter/helpdesk-exporter/internal/tools"
)

// TestStack runs everything but Grafana: the exporter with a past, the real
// Prometheus and the real Alertmanager with the files of the repository.
func TestStack(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes minutes")
	}
	root, err := tools.Root()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	exporter := filepath.Join(dir, "helpdesk-exporter")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", exporter, "./cmd/helpdesk-exporter")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	inbox := newReceiver(t)
	s, err := stack.New(stack.Options{Root: root, Dir: dir, Exporter: exporter, AlertmanagerConfig: notifying(t, root, inbox.URL), Out: t.Output()})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.History(t.Context(), 204*time.Hour, 0.15); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Run("alert", func(t *testing.T) { testAlert(t, s, inbox) })
	// Panels of who waits and who is upset have somebody to show, whatever the
	// simulated helpdesk does at this hour.
	post(t, s, map[string]any{
		"id": "waits-1", "kind": "message.received", "time": time.Now().Format(time.RFC3339Nano), "inbox": "shop", "contact": "+5511977770002",
		"message": map[string]any{"text": "Péssimo atendimento, ninguém responde!"},
	})
	t.Run("rules", func(t *testing.T) { testRules(t, s) })
	t.Run("expressions", func(t *testing.T) { testExpressions(t, s) })
	t.Run("transcripts", func(t *testing.T) { testTranscripts(t, s) })
}

// notifying is the containers' configuration of Alertmanager with the test as
// the supervisors' receiver, and without the minute between notifications.
func notifying(t *testing.T, root, receiver string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, "deploy", "alertmanager", "alertmanager.yml"))
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	for _, r := range [][2]string{
		{"  - name: supervisors\n", "  - name: supervisors\n    webhook_configs:\n      - url: " + receiver + "\n"},
		{"  group_interval: 1m\n", "  group_interval: 5s\n"},
	} {
		if !strings.Contains(text, r[0]) {
			t.Fatalf("the configuration of Alertmanager has no %q", r[0])
		}
		text = strings.Replace(text, r[0], r[1], 1)
	}
	file := filepath.Join(t.TempDir(), "alertmanager.yml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

type notification struct {
	Status string
	Alerts []struct {
		Status              string
		Labels, Annotations map[string]string
	}
}

// receiver keeps the notifications that it gets.
type receiver struct {
	*httptest.Server
	mu  sync.Mutex
	all []notification
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		var n notification
		if json.NewDecoder(req.Body).Decode(&n) == nil {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.all = append(r.all, n)
		}
	}))
	t.Cleanup(r.Close)
	return r
}

// find waits for an alert with a status about a conversation.
func (r *receiver) find(ctx context.Context, status, alert, conversation string) (labels, annotations map[string]string, err error) {
	for {
		r.mu.Lock()
		for _, n := range r.all {
			for _, a := range n.Alerts {
				if a.Status == status && a.Labels["alertname"] == alert && (conversation == "" || a.Labels["conversation"] == conversation) && a.Labels["inbox"] == "shop" {
					r.mu.Unlock()
					return a.Labels, a.Annotations, nil
				}
			}
		}
		r.mu.Unlock()
		select {
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func post(t *testing.T, s *stack.Stack, events ...map[string]any) {
	t.Helper()
	token, err := os.ReadFile(filepath.Join(s.Dir, "secrets", "webhook-token"))
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(events)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.WebhookURL+"/webhooks/helpdesk", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+string(token))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if text, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s", resp.Status, text)
	}
}

// A customer waits; supervisors are told within 30 seconds of the deadline, and
// told that it is over when somebody answers.
func testAlert(t *testing.T, s *stack.Stack, inbox *receiver) {
	// The message comes almost two minutes late, so that the test need not wait
	// for them.
	sent := time.Now().Add(-105 * time.Second)
	deadline := sent.Add(2 * time.Minute)
	event := func(id, kind string, at time.Time, more map[string]any) map[string]any {
		e := map[string]any{"id": id, "kind": kind, "time": at.Format(time.RFC3339Nano), "inbox": "shop", "contact": "+5511977770001"}
		for k, v := range more {
			e[k] = v
		}
		return e
	}
	post(t, s, event("stack-1", "message.received", sent, map[string]any{"message": map[string]any{"id": "stack-1", "type": "text", "text": "Is anybody there?"}}))
	ctx, cancel := context.WithDeadline(t.Context(), deadline.Add(30*time.Second))
	defer cancel()
	labels, annotations, err := inbox.find(ctx, "firing", "HelpdeskCustomerUnanswered", conversationOf(t, s, sent))
	if err != nil {
		t.Fatalf("no notification within 30 s of the deadline: %v", err)
	}
	t.Logf("notified %s after the deadline", time.Since(deadline).Round(100*time.Millisecond))
	for k, want := range map[string]string{"severity": "critical", "audience": "supervisor", "source": "helpdesk", "inbox": "shop", "reason": "unanswered"} {
		if labels[k] != want {
			t.Errorf("label %s is %q, want %q", k, labels[k], want)
		}
	}
	for _, k := range []string{"grafana_url", "alertmanager_url"} {
		if labels[k] != "" {
			t.Errorf("label %s was sent", k)
		}
	}
	id := labels["conversation"]
	link, err := url.Parse(annotations["transcript_url"])
	if err != nil || !strings.HasPrefix(annotations["transcript_url"], "http://127.0.0.1:") || !strings.Contains(link.Query().Get("panes"), `"conversation":"`+id+`"`) {
		t.Errorf("link to the transcript %q, %v", annotations["transcript_url"], err)
	}
	if !strings.HasPrefix(annotations["silence_url"], s.AlertmanagerURL+"/#/silences/new") {
		t.Errorf("link to silence %q", annotations["silence_url"])
	}
	for _, k := range []string{"description", "description_pt"} {
		if !strings.Contains(annotations[k], id) {
			t.Errorf("%s does not name the conversation: %q", k, annotations[k])
		}
	}
	post(t, s, event("stack-2", "message.sent", time.Now(), map[string]any{"actor": "human", "agent": map[string]any{"id": "agent-1", "name": "Agent 1"},
		"message": map[string]any{"id": "stack-2", "type": "text", "text": "Yes."}}))
	ctx, cancel = context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	if _, _, err := inbox.find(ctx, "resolved", "HelpdeskCustomerUnanswered", id); err != nil {
		t.Fatalf("it did not resolve: %v", err)
	}
}

// conversationOf is the conversation of the inbox shop that was opened at a
// moment; the history has others, some of which wait too.
func conversationOf(t *testing.T, s *stack.Stack, opened time.Time) string {
	t.Helper()
	token, err := os.ReadFile(filepath.Join(s.Dir, "secrets", "api-token"))
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.WebURL+"/api/v1/conversations?inbox=shop&sort=opened&order=desc&limit=50", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+string(token))
	var page struct {
		Conversations []struct {
			ID     string
			Opened time.Time
		}
	}
	getJSON(t, req, &page)
	for _, c := range page.Conversations {
		if d := c.Opened.Sub(opened); d.Abs() < time.Millisecond {
			return c.ID
		}
	}
	t.Fatalf("the exporter knows no conversation of the inbox shop that was opened at %s: %+v", opened, page.Conversations)
	return ""
}

func getJSON(t *testing.T, req *http.Request, v any) {
	t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %s %v", req.URL, resp.Status, b, err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatal(err)
	}
}

type answer struct {
	Data struct {
		ResultType string
		Result     []json.RawMessage
	}
	Warnings, Infos []string
}

func query(t *testing.T, s *stack.Stack, path string, values url.Values) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.PrometheusURL+path+"?"+values.Encode(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var a answer
	getJSON(t, req, &a)
	return a
}

// silent are queries that give nothing here, each with why.
var silent = []struct{ pattern, why string }{
	{`source:helpdesk_webhook_usual_silence:seconds.*|.*helpdesk_webhook_last_received_timestamp_seconds.*`, "one of the two colours: a source is silent or it is not"},
	{`.*\) (<=|>=|<|>) scalar\(.*`, "one of the two colours: a target is met or it is missed"},
	{`.*and on \(\) \(vector\(\d\) == 1\)`, "names are switched off"},
	{`.*helpdesk_conversation_labels_total.*`, "the simulated vendor reports labels that deploy/helpdesk-exporter.yml does not name"},
	{`.*helpdesk_access_total.*|.*helpdesk_webhook_duplicates_total.*|.*helpdesk_webhook_rejected_total.*|.*helpdesk_webhook_requests_total.*|.*event_lateness.*|.*journal_append.*`, "rates of what the exporter itself has only just begun to count"},
	{`.*helpdesk_snapshot_timestamp_seconds.*`, "the first snapshot comes after five minutes"},
	{`.*offset \d+s.*`, "before the history"},
}

var variables = strings.NewReplacer("$__rate_interval", "1h", "$__range", "7d", "${__range_s}", "604800", "$__interval", "1h", "$names", "0",
	"$source", ".*", "$inbox", ".*", "$team", ".*", "$request_type", ".*", "$agent", ".*", "$instance", ".*")

// Every expression of every panel, variable and annotation is taken by
// Prometheus, and gives data.
func testExpressions(t *testing.T, s *stack.Stack) {
	files, err := filepath.Glob(filepath.Join(s.Root, "dashboards", "en", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	now := time.Now()
	from := strings.NewReplacer("${__from:date:seconds}", fmt.Sprint(now.Add(-7*24*time.Hour).Unix()), "${__to:date:seconds}", fmt.Sprint(now.Unix()))
	asked, empty := 0, map[string]bool{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var d struct {
			Panels      []panel
			Templating  struct{ List []struct{ Definition string } }
			Annotations struct{ List []struct{ Expr string } }
		}
		if err := json.Unmarshal(b, &d); err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(d.Panels); i++ {
			p := d.Panels[i]
			d.Panels = append(d.Panels, p.Panels...)
			for _, q := range p.Targets {
				if q.Expr == "" {
					continue
				}
				asked++
				expr := variables.Replace(from.Replace(q.Expr))
				values, path := url.Values{"query": {expr}, "time": {fmt.Sprint(now.Unix())}}, "/api/v1/query"
				if !q.Instant {
					values, path = url.Values{"query": {expr}, "start": {fmt.Sprint(now.Add(-7 * 24 * time.Hour).Unix())}, "end": {fmt.Sprint(now.Unix())}, "step": {"3600"}}, "/api/v1/query_range"
				}
				a := query(t, s, path, values)
				if q.Instant && strings.HasPrefix(q.Expr, "(sum (") && !strings.Contains(q.Expr, "/") {
					checkWhole(t, a, expr)
				}
				if len(a.Warnings) > 0 {
					t.Errorf("%s, %s: %q warns %q", filepath.Base(f), p.Title, expr, a.Warnings)
				}
				if len(a.Data.Result) == 0 && !slices.ContainsFunc(silent, func(e struct{ pattern, why string }) bool {
					return regexp.MustCompile(`(?s)^(?:` + e.pattern + `)$`).MatchString(expr)
				}) {
					empty[fmt.Sprintf("%s, %s: %s", filepath.Base(f), p.Title, expr)] = true
				}
			}
		}
		for _, v := range d.Templating.List {
			m := regexp.MustCompile(`^label_values\((.*), ([a-z_]+)\)$`).FindStringSubmatch(variables.Replace(v.Definition))
			if m == nil {
				continue
			}
			a := query(t, s, "/api/v1/query", url.Values{"query": {fmt.Sprintf(`count by (%s) (%s)`, m[2], m[1])}})
			if len(a.Data.Result) == 0 {
				t.Errorf("%s: the variable %s has no values", filepath.Base(f), v.Definition)
			}
		}
		for _, a := range d.Annotations.List {
			if a.Expr != "" {
				query(t, s, "/api/v1/query", url.Values{"query": {variables.Replace(a.Expr)}})
			}
		}
	}
	for e := range empty {
		t.Errorf("no data: %s", e)
	}
	if asked < 100 {
		t.Errorf("only %d expressions", asked)
	}
}

// checkWhole: what is counted is a whole number, not an extrapolation.
func checkWhole(t *testing.T, a answer, expr string) {
	t.Helper()
	for _, r := range a.Data.Result {
		var v struct{ Value [2]any }
		if err := json.Unmarshal(r, &v); err != nil {
			t.Fatal(err)
		}
		text, _ := v.Value[1].(string)
		if text == "" || strings.ContainsAny(text, ".eN-") {
			t.Errorf("%s is %s, no whole number", expr, text)
		}
	}
}

type panel struct {
	Title   string
	Panels  []panel
	Targets []struct {
		Expr    string
		Instant bool
	}
}

// testTranscripts asks what the panels ask of the plugin's data source, by the
// plugin's own code.
func testTranscripts(t *testing.T, s *stack.Stack) {
	token, err := os.ReadFile(filepath.Join(s.Dir, "secrets", "api-token"))
	if err != nil {
		t.Fatal(err)
	}
	settings := backend.DataSourceInstanceSettings{UID: "helpdesk-transcripts", Name: "transcripts", URL: s.WebURL, JSONData: []byte("{}"), DecryptedSecureJSONData: map[string]string{"token": string(token)}}
	instance, err := plugin.New(t.Context(), settings)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	ask := func(q map[string]any) backend.DataResponse {
		body, err := json.Marshal(q)
		if err != nil {
			t.Fatal(err)
		}
		kind, _ := q["queryType"].(string)
		resp, err := instance.(backend.QueryDataHandler).QueryData(t.Context(), &backend.QueryDataRequest{
			PluginContext: backend.PluginContext{DataSourceInstanceSettings: &settings, User: &backend.User{Login: "test", Role: "Viewer"}},
			Queries:       []backend.DataQuery{{RefID: "A", QueryType: kind, JSON: body, TimeRange: backend.TimeRange{From: now.Add(-8 * 24 * time.Hour), To: now}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		return resp.Responses["A"]
	}
	rows := func(r backend.DataResponse) (n int) {
		for _, f := range r.Frames {
			n += f.Rows()
		}
		return n
	}
	found := ask(map[string]any{"refId": "A", "version": 1, "queryType": "conversations", "limit": 1})
	if found.Error != nil || rows(found) != 1 {
		t.Fatalf("%v, %d rows", found.Error, rows(found))
	}
	field, _ := found.Frames[0].FieldByName("conversation")
	if field == nil {
		t.Fatal("the frame of conversations has no field conversation")
	}
	id := fmt.Sprint(field.At(0))
	files, err := filepath.Glob(filepath.Join(s.Root, "dashboards", "en", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var d struct {
			Panels []struct {
				Title   string
				Targets []map[string]any
			}
		}
		if err := json.Unmarshal(b, &d); err != nil {
			t.Fatal(err)
		}
		for _, p := range d.Panels {
			for _, q := range p.Targets {
				if kind, _ := q["queryType"].(string); kind == "" || q["expr"] != nil {
					continue
				}
				asked++
				// As the frontend puts in variables: All chooses everything.
				if q["conversation"] == "$conversation" {
					q["conversation"] = id
				}
				filters, _ := q["filters"].([]any)
				q["filters"] = slices.DeleteFunc(filters, func(f any) bool { return strings.Contains(fmt.Sprint(f), "$") })
				r := ask(q)
				if r.Error != nil {
					t.Errorf("%s, %s: %v", filepath.Base(f), p.Title, r.Error)
				} else if rows(r) == 0 {
					t.Errorf("%s, %s: no rows", filepath.Base(f), p.Title)
				}
			}
		}
	}
	if asked < 8 {
		t.Errorf("only %d queries", asked)
	}
}

// Every rule is evaluated without an error or a warning.
func testRules(t *testing.T, s *stack.Stack) {
	type rules struct {
		Data struct {
			Groups []struct {
				Name     string
				Interval float64 // seconds
				Rules    []struct{ Name, Health, LastError string }
			}
		}
	}
	deadline := time.Now().Add(150 * time.Second)
	for {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.PrometheusURL+"/api/v1/rules", nil)
		if err != nil {
			t.Fatal(err)
		}
		var r rules
		getJSON(t, req, &r)
		n, unknown := 0, 0
		for _, g := range r.Data.Groups {
			for _, rule := range g.Rules {
				n++
				switch rule.Health {
				case "ok":
				case "unknown":
					// What is looked at every few minutes may not have come yet;
					// promtool's tests go through all of it.
					if g.Interval < 120 {
						unknown++
					}
				default:
					t.Errorf("%s: %s", rule.Name, rule.LastError)
				}
			}
		}
		if n < 70 {
			t.Fatalf("%d rules", n)
		}
		if unknown == 0 || t.Failed() {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d rules were never evaluated", unknown, n)
		}
		time.Sleep(time.Second)
	}
}
