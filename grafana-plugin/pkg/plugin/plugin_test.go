package plugin

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"
	"github.com/grafana/grafana-plugin-sdk-go/experimental"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/api"
	"github.com/helpdesk-exporter/helpdesk-exporter/grafana-plugin/pkg/models"
)

var update = flag.Bool("update", false, "rewrite the golden files; read the diff")

func query(t testing.TB, d *Datasource, pc backend.PluginContext, q map[string]any, headers ...string) backend.DataResponse {
	t.Helper()
	b, err := json.Marshal(q)
	if err != nil {
		t.Fatal(err)
	}
	typ, _ := q["queryType"].(string)
	req := &backend.QueryDataRequest{PluginContext: pc, Headers: map[string]string{}, Queries: []backend.DataQuery{{
		RefID: "A", QueryType: typ, JSON: b, MaxDataPoints: 500, Interval: time.Minute, TimeRange: backend.TimeRange{From: noon, To: noon.Add(24 * time.Hour)},
	}}}
	for _, h := range headers {
		req.Headers[h] = "true"
	}
	out, err := d.QueryData(context.Background(), req)
	if err != nil {
		t.Fatal(err)
	}
	return out.Responses["A"]
}

// TestFrames: each query type's frames are those of its golden file.
func TestFrames(t *testing.T) {
	d := newDatasource(t, newStub(t), nil)
	for name, q := range map[string]map[string]any{
		"conversations": {"queryType": "conversations", "version": 1, "sort": "csat", "filters": []any{map[string]any{"key": "team", "operator": "=", "values": []string{"sales", "support"}}, map[string]any{"key": "state", "operator": "!=", "values": []string{"bot"}}}},
		"transcript":    {"queryType": "transcript", "version": 1, "conversation": "0abc"},
		"exemplar":      {"queryType": "traceql", "query": "0abc"},
		"messages":      {"queryType": "messages", "version": 1, "search": "telefone"},
		"live":          {"queryType": "messages", "version": 1, "live": true, "filters": []any{map[string]any{"key": "team", "operator": "=", "values": []string{"sales"}}}},
		"volume":        {"queryType": "volume", "version": 1, "search": "x"},
		"context":       {"queryType": "context", "version": 1, "conversation": "0abc", "row": "4-0", "direction": "BACKWARD", "limit": 2},
		"audits":        {"queryType": "audits", "version": 1},
		"discrepancies": {"queryType": "discrepancies", "version": 1},
		"heatmap":       {"queryType": "heatmap", "version": 1, "zone": "America/Sao_Paulo"},
		"annotations":   {"queryType": "annotations", "version": 1, "annotations": []string{"escalations"}},
		"version-0":     {"queryType": "conversations", "team": "sales", "agent": "a1", "text": "pedido"},
	} {
		resp := query(t, d, as("Viewer"), q)
		if resp.Error != nil {
			t.Errorf("%s: %v", name, resp.Error)
			continue
		}
		experimental.CheckGoldenJSONResponse(t, "testdata", name, &resp, *update)
	}
	// What is waited for goes on, so only its form is compared.
	resp := query(t, d, as("Viewer"), map[string]any{"queryType": "escalations", "version": 1})
	f := resp.Frames[0]
	if waiting, i := f.FieldByName("waiting"); i < 0 || waiting.At(0).(float64) <= 0 || f.Fields[2].At(0) != "negative, unanswered" {
		t.Errorf("%v", f)
	}
}

func TestParameters(t *testing.T) {
	s := newStub(t)
	d := newDatasource(t, s, nil)
	query(t, d, as("Viewer"), map[string]any{"queryType": "conversations", "version": 1, "sort": "csat", "order": "asc", "limit": 5, "search": "boleto", "filters": []any{
		map[string]any{"key": "team", "operator": "=", "values": []string{"a", "b"}}, map[string]any{"key": "agent", "operator": "!=", "values": []string{"c"}},
	}})
	r, v := s.asked(t, "conversations")
	if v.Get("sort") != "csat" || v.Get("order") != "asc" || v.Get("limit") != "5" || v.Get("q") != "boleto" || !slices.Equal(v["team"], []string{"a", "b"}) || v.Get("not.agent") != "c" ||
		v.Get("from") != "1772452800000" || v.Get("to") != "1772539200000" || v.Get("full") != "" {
		t.Errorf("%v", v)
	}
	if r.Header.Get(api.UserHeader) != "somebody" || r.Header.Get("Cookie") != "" {
		t.Errorf("%v", r.Header)
	}
	query(t, d, as("Viewer"), map[string]any{"queryType": "messages", "version": 1, "filters": []any{
		map[string]any{"key": "direction", "operator": "=", "values": []string{"out"}}, map[string]any{"key": "actor", "operator": "!=", "values": []string{"human"}},
	}})
	if _, v := s.asked(t, "messages"); !slices.Equal(v["role"], []string{"agent", "bot", "system", "unknown"}) || v.Get("not.role") != "agent" || v.Get("limit") != "500" {
		t.Errorf("%v", v)
	}
	query(t, d, as("Viewer"), map[string]any{"queryType": "heatmap", "version": 1, "zone": "utc", "filters": []any{map[string]any{"key": "team", "operator": "=", "values": []string{"a"}}}})
	if _, v := s.asked(t, "heatmap"); v.Get("zone") != "" || v.Get("team") != "a" {
		t.Errorf("%v", v)
	}
}

// TestLevels: unmasked texts are for those whose role is high enough, and for nobody
// else, whatever way they ask.
func TestLevels(t *testing.T) {
	roles := []string{"", "Viewer", "Editor", "Admin"}
	for least, needs := range map[string]int{"": 4, "Viewer": 1, "Editor": 2, "Admin": 3} {
		for i, role := range roles {
			s := newStub(t)
			d := newDatasource(t, s, map[string]any{"fullRole": least})
			want := i >= needs
			name := fmt.Sprintf("fullRole %q, role %q", least, role)
			for _, q := range []map[string]any{
				{"queryType": "transcript", "version": 1, "conversation": "0abc"}, {"queryType": "messages", "version": 1},
				{"queryType": "context", "version": 1, "conversation": "0abc", "row": "4-0"}, {"queryType": "traceql", "query": "0abc"},
			} {
				resp := query(t, d, as(role), q)
				b, _ := json.Marshal(resp)
				if got := strings.Contains(string(b), "98765"); got != want {
					t.Errorf("%s, %s: unmasked %v", name, q["queryType"], got)
				}
			}
			resp := query(t, d, as(role), map[string]any{"queryType": "messages", "version": 1, "live": true})
			channel := resp.Frames[0].Meta.Channel
			if got := strings.HasPrefix(channel, "ds/uid/tail/full/"); got != want {
				t.Errorf("%s: channel %s", name, channel)
			}
			for path, allowed := range map[string]bool{"tail/full/all": want, "tail/masked/all": true} {
				sub, err := d.SubscribeStream(context.Background(), &backend.SubscribeStreamRequest{PluginContext: as(role), Path: path})
				if err != nil || (sub.Status == backend.SubscribeStreamStatusOK) != allowed || !allowed && sub.Status != backend.SubscribeStreamStatusPermissionDenied {
					t.Errorf("%s: %s: %v, %v", name, path, sub, err)
				}
			}
			for _, path := range []string{"info", "labels/team", "labels/agent", "conversations/0abc", "messages", "contacts/x/export"} {
				if got := resource(t, d, as(role), http.MethodGet, path); strings.Contains(string(got.Body), "98765") || got.Status == 200 && path != "info" && !strings.HasPrefix(path, "labels/") {
					t.Errorf("%s: %s: %d %s", name, path, got.Status, got.Body)
				}
			}
		}
	}
	// The token's right bounds that of the users.
	s := newStub(t)
	s.scopes = []string{"read:masked"}
	d := newDatasource(t, s, map[string]any{"fullRole": "Viewer"})
	resp := query(t, d, as("Admin"), map[string]any{"queryType": "transcript", "version": 1, "conversation": "0abc"})
	b, _ := json.Marshal(resp)
	if strings.Contains(string(b), "98765") || len(resp.Frames[0].Meta.Notices) == 0 {
		t.Errorf("%s", b)
	}
	for _, path := range []string{"", "tail", "tail/all", "tail/secret/all", "tail/masked/???", "tail/masked/cGhvbmU9MQ", "other/masked/all", "tail/masked/" + strings.Repeat("a", 200)} {
		if sub, err := d.SubscribeStream(context.Background(), &backend.SubscribeStreamRequest{PluginContext: as("Admin"), Path: path}); err != nil || sub.Status != backend.SubscribeStreamStatusNotFound {
			t.Errorf("%q: %v, %v", path, sub, err)
		}
	}
	if out, err := d.PublishStream(context.Background(), &backend.PublishStreamRequest{PluginContext: as("Admin"), Path: "tail/masked/all"}); err != nil || out.Status != backend.PublishStreamStatusPermissionDenied {
		t.Errorf("%v, %v", out, err)
	}
	long := query(t, d, as("Viewer"), map[string]any{"queryType": "messages", "version": 1, "live": true, "search": strings.Repeat("longer ", 30)})
	if f := long.Frames[0]; f.Meta.Channel != "" || len(f.Meta.Notices) == 0 {
		t.Errorf("%+v", f.Meta)
	}
}

func resource(t testing.TB, d *Datasource, pc backend.PluginContext, method, path string) (got *backend.CallResourceResponse) {
	t.Helper()
	err := d.CallResource(context.Background(), &backend.CallResourceRequest{PluginContext: pc, Method: method, Path: path}, backend.CallResourceResponseSenderFunc(func(r *backend.CallResourceResponse) error {
		got = r
		return nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestResources(t *testing.T) {
	d := newDatasource(t, newStub(t), nil)
	for path, want := range map[string]string{
		"labels/team": `{"values":["sales","support"]}`, "labels/direction": `{"values":["in","out"]}`, "labels/contact": `{"values":[]}`,
	} {
		if got := resource(t, d, as("Viewer"), http.MethodGet, path); got.Status != 200 || string(got.Body) != want {
			t.Errorf("%s: %d %s", path, got.Status, got.Body)
		}
	}
	if got := resource(t, d, as("Admin"), http.MethodPost, "info"); got.Status != 405 {
		t.Errorf("%d", got.Status)
	}
	for _, path := range []string{"labels/phone", "labels/../info", "", "labels/", "contacts/lookup", "openapi.json"} {
		if got := resource(t, d, as("Admin"), http.MethodGet, path); got.Status != 404 {
			t.Errorf("%s: %d", path, got.Status)
		}
	}
}

// TestStream follows a channel as Grafana does, and takes it up again when it
// breaks off.
func TestStream(t *testing.T) {
	s := newStub(t)
	d := newDatasource(t, s, map[string]any{"fullRole": "Admin"})
	for _, l := range []level{masked, full} {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		frames := make(chan *data.Frame, 10)
		done := make(chan error, 1)
		go func() {
			done <- d.RunStream(ctx, &backend.RunStreamRequest{PluginContext: as("Admin"), Path: "tail/" + string(l) + "/dGVhbT1zYWxlcw"}, backend.NewStreamSender(packets(func(p *backend.StreamPacket) error {
				var f data.Frame
				if err := json.Unmarshal(p.Data, &f); err != nil {
					return err
				}
				frames <- &f
				return nil
			})))
		}()
		body := func() string {
			select {
			case f := <-frames:
				field, _ := f.FieldByName("body")
				return field.At(0).(string)
			case <-ctx.Done():
				t.Fatal("no frame came")
				return ""
			}
		}
		if got := body(); got != "— 4 events went by too fast to be shown —" {
			t.Errorf("%q", got)
		}
		s.lines <- lines(true)[0]
		want := "Customer: meu telefone é [phone]"
		if l == full {
			want = "Customer Nome da Cliente: meu telefone é 11 98765-4321"
		}
		if got := body(); got != want {
			t.Errorf("%s: %q", l, got)
		}
		if _, v := s.asked(t, "messages/stream"); v.Get("team") != "sales" || (v.Get("full") == "true") != (l == full) {
			t.Errorf("%v", v)
		}
		s.CloseClientConnections()
		body() // lost again: another connection
		if r, _ := s.asked(t, "messages/stream"); r.Header.Get("Last-Event-ID") != "3" {
			t.Errorf("it does not go on where it was: %v", r.Header)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

type packets func(*backend.StreamPacket) error

func (p packets) Send(s *backend.StreamPacket) error { return p(s) }

func TestErrors(t *testing.T) {
	s := newStub(t)
	d := newDatasource(t, s, nil)
	f := func(q map[string]any, status int, says string) {
		t.Helper()
		resp := query(t, d, as("Viewer"), q)
		if resp.Error == nil || int(resp.Status) != status || !strings.Contains(resp.Error.Error(), says) || resp.ErrorSource != backend.ErrorSourceDownstream {
			t.Errorf("%v: %d %q %v", q, resp.Status, resp.ErrorSource, resp.Error)
		}
	}
	f(map[string]any{"queryType": "nonsense"}, 400, "query type")
	f(map[string]any{"queryType": "conversations", "version": 2}, 400, "version 2")
	f(map[string]any{"queryType": "transcript", "version": 1}, 400, "id of a conversation")
	f(map[string]any{"queryType": "conversations", "version": 1, "limit": 5000}, 400, "limit")
	f(map[string]any{"queryType": "conversations", "version": 1, "filters": []any{map[string]any{"key": "phone", "operator": "=", "values": []string{"1"}}}}, 400, "phone")
	f(map[string]any{"queryType": "conversations", "version": 1, "filters": []any{map[string]any{"key": "team", "operator": "=~", "values": []string{"1"}}}}, 400, "operator")
	f(map[string]any{"queryType": "transcript", "version": 1, "conversation": "unknown"}, 404, "no conversation")
	s.fails = 400
	f(map[string]any{"queryType": "conversations", "version": 1}, 400, "what is wrong")
	s.fails = 503
	f(map[string]any{"queryType": "conversations", "version": 1}, 503, "what is wrong")
	s.fails = 500
	f(map[string]any{"queryType": "conversations", "version": 1}, 502, "what is wrong")
}

func TestAlerts(t *testing.T) {
	d := newDatasource(t, newStub(t), map[string]any{"fullRole": "Viewer"})
	for typ, want := range map[string]float64{"escalations": 1, "audits": 1, "discrepancies": 1, "conversations": 3} {
		resp := query(t, d, as(""), map[string]any{"queryType": typ, "version": 1}, "FromAlert")
		if resp.Error != nil || len(resp.Frames) != 1 || len(resp.Frames[0].Fields) != 2 || resp.Frames[0].Fields[1].At(0) != want {
			t.Errorf("%s: %+v", typ, resp)
		}
	}
}

func TestHealth(t *testing.T) {
	s := newStub(t)
	html := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") }))
	t.Cleanup(html.Close)
	old := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"version":"0.1","paths":["/api/v1/info"]}`)
	}))
	t.Cleanup(old.Close)
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	t.Cleanup(slow.Close)
	tls := httptest.NewTLSServer(s)
	t.Cleanup(tls.Close)
	closed := httptest.NewServer(s)
	closed.Close()
	masked := newStub(t)
	masked.scopes = []string{"read:masked"}
	refused := newStub(t)
	refused.fails = 403
	for name, c := range map[string]struct {
		url, token string
		settings   map[string]any
		ok         bool
		says       string
	}{
		"right":             {s.URL, "the-token", nil, true, "1.2.3, 3 conversations"},
		"full":              {s.URL, "the-token", map[string]any{"fullRole": "Editor"}, true, "from role Editor on"},
		"full, token not":   {masked.URL, "the-token", map[string]any{"fullRole": "Editor"}, true, "stay masked"},
		"no URL":            {"", "the-token", nil, false, "URL of the exporter is missing"},
		"no address":        {"localhost", "the-token", nil, false, "http://"},
		"no token":          {s.URL, "", nil, false, "api.tokens"},
		"wrong token":       {s.URL, "another", nil, false, "does not know the token"},
		"closed API":        {refused.URL, "the-token", nil, false, "what is wrong"},
		"wrong role":        {s.URL, "the-token", map[string]any{"fullRole": "Boss"}, false, "Boss"},
		"not an exporter":   {html.URL, "the-token", nil, false, "no helpdesk-exporter"},
		"too old":           {old.URL, "the-token", nil, false, "too old"},
		"nobody there":      {closed.URL, "the-token", nil, false, "cannot be reached"},
		"unknown host":      {"http://no-such-host.invalid", "the-token", nil, false, "not known"},
		"slow":              {slow.URL, "the-token", map[string]any{"timeoutSeconds": 0.05}, false, "did not answer within 50ms"},
		"certificate":       {tls.URL, "the-token", nil, false, "not trusted"},
		"any certificate":   {tls.URL, "the-token", map[string]any{"tlsSkipVerify": true}, true, "1.2.3"},
		"TLS where is none": {strings.Replace(s.URL, "http:", "https:", 1), "the-token", nil, false, "TLS"},
	} {
		d, err := New(context.Background(), instance(c.url, c.token, c.settings))
		if err != nil {
			t.Fatal(err)
		}
		got, err := d.(*Datasource).CheckHealth(context.Background(), &backend.CheckHealthRequest{})
		if err != nil || (got.Status == backend.HealthStatusOk) != c.ok || !strings.Contains(got.Message, c.says) || strings.Contains(got.Message, "the-token") {
			t.Errorf("%s: %v %q, %v", name, got.Status, got.Message, err)
		}
		d.(*Datasource).Dispose()
	}
}

// TestLightBinary: the plugin knows the API's client and nothing of what is behind it.
func TestLightBinary(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "..").Output()
	if err != nil {
		t.Fatal(err)
	}
	list := string(out)
	if !strings.Contains(list, "helpdesk-exporter/exporter/api") {
		t.Fatal("the list is not that of the plugin")
	}
	for _, line := range strings.Split(list, "\n") {
		if strings.Contains(line, "nats") || strings.Contains(line, "helpdesk-exporter/exporter/internal") || strings.Contains(line, "fastcache") {
			t.Errorf("the plugin pulls in %s", line)
		}
	}
}

func TestSettings(t *testing.T) {
	if _, err := models.LoadSettings(backend.DataSourceInstanceSettings{JSONData: []byte("{")}); err == nil {
		t.Error("broken settings were read")
	}
	for role, want := range map[string][]bool{"": {false, false, false}, "Viewer": {true, true, true}, "Editor": {false, true, true}, "Admin": {false, false, true}} {
		s := &models.Settings{FullRole: role}
		for i, r := range models.Roles {
			if s.Full(r) != want[i] {
				t.Errorf("%q, %q: %v", role, r, s.Full(r))
			}
		}
		if s.Full("") || s.Full("Root") {
			t.Errorf("%q lets nobody in particular read", role)
		}
	}
}
