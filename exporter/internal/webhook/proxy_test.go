package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
)

// testProxy uses a convention of its own: JSON of CallbackInfo.
func testProxy(graphURL string) *ProxyOptions {
	return &ProxyOptions{
		GraphURL: graphURL,
		Token:    "canary-proxy-token",
		EncodeCallback: func(info CallbackInfo) string {
			if info == (CallbackInfo{}) {
				return ""
			}
			b, _ := json.Marshal(info)
			return string(b)
		},
		ParseCallback: func(s string) (info CallbackInfo, ok bool) {
			return info, json.Unmarshal([]byte(s), &info) == nil
		},
	}
}

// graph stands in for Meta.
type graph struct {
	*httptest.Server
	requests atomic.Int64
	path     string
	query    url.Values
	header   http.Header
	body     string
	answer   func(w http.ResponseWriter)
}

const accepted = `{"messaging_product":"whatsapp","contacts":[{"input":"+5511900000001","wa_id":"5511900000001"}],"messages":[{"id":"wamid.OUT1"}]}`

func newGraph(t *testing.T) *graph {
	g := &graph{answer: func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "application/json; charset=UTF-8")
		w.Header().Set("X-Fb-Trace-Id", "trace")
		w.Header().Set("Set-Cookie", "no")
		io.WriteString(w, accepted)
	}}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.requests.Add(1)
		body, _ := io.ReadAll(r.Body)
		g.path, g.query, g.header, g.body = r.URL.Path, r.URL.Query(), r.Header.Clone(), string(body)
		g.answer(w)
	}))
	t.Cleanup(g.Close)
	return g
}

func answering(status int, body string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

func proxied(g *graph) func(*Options) {
	return func(o *Options) { o.Sources[0].Proxy = testProxy(g.URL) }
}

const textSend = `{"messaging_product":"whatsapp","to":"+55 11 90000-0001","type":"text","text":{"body":"Zqxvwk"},"n":1e400}`

func sendRequest(body string, headers ...string) *http.Request {
	r := httptest.NewRequest("POST", "/graph/v21.0/300/messages", strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer canary-access-token")
	r.Header.Set("X-Helpdesk-Token", "canary-proxy-token")
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

func TestSendIsForwardedAndRecorded(t *testing.T) {
	g := newGraph(t)
	w := newWorld(t, proxied(g))
	rec := w.do(sendRequest(textSend, "X-Helpdesk-Agent", "ana", "X-Helpdesk-Team", "sales", "X-Helpdesk-Conversation", "c-81", "Connection", "X-Odd",
		"X-Odd", "1", "Cookie", "canary", "Idempotency-Key", "1"))

	if rec.Code != 200 || rec.Body.String() != accepted || rec.Header().Get("Content-Type") != "application/json; charset=UTF-8" ||
		rec.Header().Get("X-Fb-Trace-Id") != "trace" || rec.Header().Get("Set-Cookie") != "" {
		t.Errorf("answer %d %s %v", rec.Code, rec.Body, rec.Header())
	}
	if g.path != "/v21.0/300/messages" || g.header.Get("Authorization") != "Bearer canary-access-token" {
		t.Errorf("forwarded to %s with Authorization %q", g.path, g.header.Get("Authorization"))
	}
	for name := range g.header {
		switch name {
		case "Authorization", "Content-Type", "Content-Length", "User-Agent", "Accept-Encoding":
		default:
			t.Errorf("header %s was forwarded", name)
		}
	}
	if want := `{"biz_opaque_callback_data":"{\"Actor\":2,\"Agent\":\"ana\",\"Team\":\"sales\",\"Template\":\"\",\"Survey\":\"\",\"Conversation\":\"c-81\",\"Type\":\"text\"}",` + textSend[1:]; g.body != want {
		t.Errorf("forwarded body\n%s\nwant\n%s", g.body, want)
	}
	want := []event.Event{{
		ID: "wamid.OUT1", Time: testNow, Received: testNow, Kind: event.MessageSent, Source: "desk", Inbox: "300",
		Contact: phoneOfContact, Conversation: "c-81", Actor: event.ActorHuman, Agent: event.Agent{ID: "ana", Team: "sales"},
		Message: event.Message{ID: "wamid.OUT1", Type: "text", Text: textOfCustomer},
	}}
	if got := w.sink.taken(); !reflect.DeepEqual(got, want) {
		t.Errorf("recorded %+v\nwant %+v", got, want)
	}
	w.wantCounter(w.server.metrics.proxied, 1, "desk", "200")
	w.wantCounter(w.server.metrics.unrecorded, 0, "desk")
}

func TestSendsByType(t *testing.T) {
	const head = `{"messaging_product":"whatsapp","to":"5511900000001",`
	for _, tc := range []struct {
		name, body, answer string
		want               event.Message
		contact, alias     string
		records            int
	}{
		{name: "no type is text", body: head + `"text":{"body":"hi"},"context":{"message_id":"wamid.IN"}}`, want: event.Message{Type: "text", Text: "hi", ReplyTo: "wamid.IN"}, records: 1},
		{name: "image", body: head + `"type":"image","image":{"id":"1","caption":"look"}}`, want: event.Message{Type: "image", Text: "look"}, records: 1},
		{name: "audio", body: head + `"type":"audio","audio":{"id":"1"}}`, want: event.Message{Type: "audio"}, records: 1},
		{name: "interactive", body: head + `"type":"interactive","interactive":{"body":{"text":"rate us"}}}`, want: event.Message{Type: "interactive", Text: "rate us"}, records: 1},
		{name: "template", body: head + `"type":"template","template":{"name":"welcome"}}`, want: event.Message{Type: "template", Template: event.Template{Name: "welcome"}}, records: 1},
		{name: "escaped text", body: head + `"type":"text","text":{"body":"Ol\u00e1 \ud83d\udc4d"}}`, want: event.Message{Type: "text", Text: "Ol\u00e1 \U0001f44d"}, records: 1},
		{name: "new type", body: head + `"type":"hologram"}`, want: event.Message{Type: "other"}, records: 1},
		{name: "odd shapes", body: head + `"type":"text","text":"hi","context":7}`, want: event.Message{Type: "text"}, records: 1},
		{name: "business-scoped recipient", body: `{"recipient":"BR.1","type":"audio"}`, answer: `{"messages":[{"id":"wamid.OUT1"}]}`, want: event.Message{Type: "audio"}, contact: "BR.1", records: 1},
		{name: "answer with both ids", body: head + `"type":"audio"}`, answer: `{"contacts":[{"wa_id":"5511900000001","user_id":"BR.1"}],"messages":[{"id":"wamid.OUT1"}]}`, want: event.Message{Type: "audio"}, contact: "BR.1", alias: phoneOfContact, records: 1},
		{name: "answer without contact", body: `{"to":"+55 (11) 90000.0001","type":"audio"}`, answer: `{"messages":[{"id":"wamid.OUT1"}]}`, want: event.Message{Type: "audio"}, records: 1},
		{name: "marking as read", body: `{"messaging_product":"whatsapp","status":"read","message_id":"wamid.IN"}`, answer: `{"success":true}`},
		{name: "reaction", body: head + `"type":"reaction","reaction":{"message_id":"wamid.IN","emoji":"x"}}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			g := newGraph(t)
			if tc.answer != "" {
				g.answer = answering(200, tc.answer)
			}
			w := newWorld(t, proxied(g))
			if rec := w.do(sendRequest(tc.body, "X-Helpdesk-Actor", "bot")); rec.Code != 200 {
				t.Fatalf("answer %d %s", rec.Code, rec.Body)
			}
			var sent map[string]any
			if err := json.Unmarshal([]byte(g.body), &sent); err != nil {
				t.Errorf("forwarded body is not JSON: %v\n%s", err, g.body)
			}
			if _, has := sent[callbackField]; has != (tc.records > 0) {
				t.Errorf("callback data in the body: %v", has)
			}
			events := w.sink.taken()
			if len(events) != tc.records {
				t.Fatalf("%d events recorded, want %d", len(events), tc.records)
			}
			w.wantCounter(w.server.metrics.unrecorded, 0, "desk")
			if tc.records == 0 {
				return
			}
			tc.want.ID = "wamid.OUT1"
			if tc.contact == "" {
				tc.contact = phoneOfContact
			}
			ev := events[0]
			if !reflect.DeepEqual(ev.Message, tc.want) || ev.Contact != tc.contact || ev.Alias != tc.alias || ev.Actor != event.ActorBot {
				t.Errorf("recorded %+v, contact %s, alias %s, actor %v", ev.Message, ev.Contact, ev.Alias, ev.Actor)
			}
		})
	}
}

func TestWhoSent(t *testing.T) {
	const own = `{"to":"5511900000001","type":"template","template":{"name":"welcome"},"biz_opaque_callback_data":%q}`
	const none = `{"to":"5511900000001","type":"template","template":{"name":"welcome"}}`
	for _, tc := range []struct {
		name, body string
		headers    []string
		actor      event.Actor
		agent      string
		callback   string
	}{
		{"nothing said", none, nil, event.ActorUnknown, "", ""},
		{"bot", none, []string{"X-Helpdesk-Actor", "bot"}, event.ActorBot, "", `{"Actor":3,"Agent":"","Team":"","Template":"welcome","Survey":"","Conversation":"","Type":"template"}`},
		{"agent means human", none, []string{"X-Helpdesk-Agent", "ana"}, event.ActorHuman, "ana", `{"Actor":2,"Agent":"ana","Team":"","Template":"welcome","Survey":"","Conversation":"","Type":"template"}`},
		{"survey means system", none, []string{"X-Helpdesk-Survey", "csat", "X-Helpdesk-Template", "rate_us", "X-Helpdesk-Agent", "ana"}, event.ActorSystem, "", `{"Actor":4,"Agent":"ana","Team":"","Template":"rate_us","Survey":"csat","Conversation":"","Type":"template"}`},
		{"survey by a human", none, []string{"X-Helpdesk-Survey", "nps", "X-Helpdesk-Actor", "human", "X-Helpdesk-Agent", "ana"}, event.ActorSystem, "", `{"Actor":2,"Agent":"ana","Team":"","Template":"welcome","Survey":"nps","Conversation":"","Type":"template"}`},
		{"own data stays and is believed", fmt.Sprintf(own, `{"Actor":3}`), []string{"X-Helpdesk-Agent", "ana"}, event.ActorBot, "", `{"Actor":3}`},
		{"own data of another convention stays", fmt.Sprintf(own, "order 7"), []string{"X-Helpdesk-Agent", "ana"}, event.ActorHuman, "ana", "order 7"},
		{"quotes and marks", none, []string{"X-Helpdesk-Agent", "a\"<\\>&\u00e9"}, event.ActorHuman, "a\"<\\>&\u00e9", `{"Actor":2,"Agent":"a\"\u003c\\\u003e\u0026é","Team":"","Template":"welcome","Survey":"","Conversation":"","Type":"template"}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			g := newGraph(t)
			w := newWorld(t, proxied(g))
			if rec := w.do(sendRequest(tc.body, tc.headers...)); rec.Code != 200 {
				t.Fatalf("answer %d %s", rec.Code, rec.Body)
			}
			var sent struct {
				Callback string `json:"biz_opaque_callback_data"`
			}
			if err := json.Unmarshal([]byte(g.body), &sent); err != nil || sent.Callback != tc.callback {
				t.Errorf("callback data %s (%v)\nwant %s", sent.Callback, err, tc.callback)
			}
			if strings.Count(g.body, callbackField) > 1 {
				t.Errorf("two callback fields in %s", g.body)
			}
			events := w.sink.taken()
			if len(events) != 1 || events[0].Actor != tc.actor || events[0].Agent.ID != tc.agent {
				t.Errorf("recorded %+v", events)
			}
		})
	}
}

func TestSendRefused(t *testing.T) {
	target := func(r *http.Request, method, target string) *http.Request {
		n := httptest.NewRequest(method, target, r.Body)
		n.Header = r.Header
		return n
	}
	inboxes := func(o *Options) { o.Sources[0].Inboxes = []string{"300", "+551130000000"} }
	for _, tc := range []struct {
		name    string
		change  func(*Options)
		request *http.Request
		status  int
		text    string
	}{
		{"no token", nil, sendRequest(textSend, "X-Helpdesk-Token", ""), 401, "X-Helpdesk-Token is missing or wrong"},
		{"wrong token", nil, sendRequest(textSend, "X-Helpdesk-Token", "canary-proxy-toke"), 401, "X-Helpdesk-Token is missing or wrong"},
		{"get", nil, target(sendRequest(""), "GET", "/graph/v21.0/300/messages"), 405, "messages are sent by POST"},
		{"token in the address", nil, target(sendRequest(textSend), "POST", "/graph/v21.0/300/messages?access_token=canary"), 400, "send the access token in the Authorization header; addresses end up in logs"},
		{"other path", nil, target(sendRequest(textSend), "POST", "/graph/v21.0/300/media"), 404, ""},
		{"path with more", nil, target(sendRequest(textSend), "POST", "/graph/v21.0/300/messages/1"), 404, ""},
		{"path upwards", nil, target(sendRequest(textSend), "POST", "/graph/v21.0/../messages"), 404, ""},
		{"escaped slash", nil, target(sendRequest(textSend), "POST", "/graph/v21.0%2F300/messages/messages"), 404, ""},
		{"no version", nil, target(sendRequest(textSend), "POST", "/graph/300/messages"), 404, ""},
		{"odd version", nil, target(sendRequest(textSend), "POST", "/graph/v21.x/300/messages"), 404, ""},
		{"number that is no id", nil, target(sendRequest(textSend), "POST", "/graph/v21.0/+300/messages"), 404, ""},
		{"number not in the list", inboxes, target(sendRequest(textSend), "POST", "/graph/v21.0/301/messages"), 404, ""},
		{"gzip", nil, sendRequest(textSend, "Content-Encoding", "gzip"), 415, "send the message without a Content-Encoding"},
		{"form", nil, sendRequest("to=1", "Content-Type", "application/x-www-form-urlencoded"), 415, "send the message as application/json"},
		{"cut", nil, sendRequest(textSend[:20]), 400, "the message is not a JSON object; nothing was sent"},
		{"array", nil, sendRequest("[" + textSend + "]"), 400, "the message is not a JSON object; nothing was sent"},
		{"too large", nil, sendRequest(strings.Repeat(" ", maxSend+1)), 413, "the message is over 1048576 bytes"},
		{"odd actor", nil, sendRequest(textSend, "X-Helpdesk-Actor", "customer"), 400, "X-Helpdesk-Actor is none of human, bot, system; nothing was sent"},
		{"odd survey", nil, sendRequest(textSend, "X-Helpdesk-Survey", "ces"), 400, "X-Helpdesk-Survey is none of csat, nps; nothing was sent"},
		{"long agent", nil, sendRequest(textSend, "X-Helpdesk-Agent", strings.Repeat("a", 129)), 400, "an X-Helpdesk header is over 128 bytes; nothing was sent"},
		{"long callback data", nil, sendRequest(textSend, "X-Helpdesk-Agent", strings.Repeat("<", 128)), 400, "the X-Helpdesk headers give over 512 characters of callback data; nothing was sent"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			g := newGraph(t)
			w := newWorld(t, func(o *Options) {
				proxied(g)(o)
				if tc.change != nil {
					tc.change(o)
				}
			})
			rec := w.do(tc.request)
			if rec.Code != tc.status {
				t.Errorf("answer %d %s, want %d", rec.Code, rec.Body, tc.status)
			}
			if g.requests.Load() != 0 || len(w.sink.taken()) != 0 {
				t.Errorf("%d requests reached Meta, %d events were recorded", g.requests.Load(), len(w.sink.taken()))
			}
			if tc.status == 404 {
				w.wantCounter(w.server.metrics.rejected, 1, "", "unknown_path")
				return
			}
			w.wantCounter(w.server.metrics.proxied, 1, "desk", fmt.Sprint(tc.status))
			var answer struct {
				Error struct{ Message, Type string }
			}
			if err := json.Unmarshal(rec.Body.Bytes(), &answer); err != nil || answer.Error.Message != tc.text || answer.Error.Type != "HelpdeskProxyException" {
				t.Errorf("answer %s (%v), want %q", rec.Body, err, tc.text)
			}
		})
	}
}

func TestWhichSourceSends(t *testing.T) {
	g := newGraph(t)
	w := newWorld(t, func(o *Options) {
		o.Sources = []Source{
			{Name: "listed", Adapter: &signedAdapter{}, Inboxes: []string{"300"}, Proxy: testProxy(g.URL)},
			{Name: "open", Adapter: &signedAdapter{}, Proxy: testProxy(g.URL)},
			{Name: "off", Adapter: &signedAdapter{}, Inboxes: []string{"302"}},
		}
	})
	for id, want := range map[string]string{"300": "listed", "301": "open", "302": "open"} {
		r := sendRequest(textSend)
		r.URL.Path = "/graph/v21.0/" + id + "/messages"
		before := w.counter(w.server.metrics.proxied, want, "200")
		if rec := w.do(r); rec.Code != 200 || w.counter(w.server.metrics.proxied, want, "200") != before+1 {
			t.Errorf("number %s was not sent for by %q (%d)", id, want, rec.Code)
		}
	}
}

func TestWhatMetaAnswersIsPassedOn(t *testing.T) {
	refusal := `{"error":{"message":"(#131030) Recipient phone number not in allowed list","code":131030}}`
	for _, tc := range []struct {
		name             string
		answer           func(http.ResponseWriter)
		status           int
		body             string
		unrecorded, sent int
	}{
		{"refusal", answering(400, refusal), 400, refusal, 0, 0},
		{"rate limit", answering(429, refusal), 429, refusal, 0, 0},
		{"server error", answering(500, `oops`), 500, `oops`, 0, 0},
		{"redirect is not followed", func(w http.ResponseWriter) {
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(307)
		}, 307, "", 0, 0},
		{"refusal that looks like success", answering(400, accepted), 400, accepted, 0, 0},
		{"success without a message", answering(200, `{"success":true}`), 200, `{"success":true}`, 1, 0},
		{"success without JSON", answering(200, `<html>`), 200, `<html>`, 1, 0},
		{"success that breaks off", func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "1000")
			io.WriteString(w, accepted)
		}, 502, "", 1, 0},
		{"answer without end", func(w http.ResponseWriter) {
			io.WriteString(w, accepted+strings.Repeat(" ", maxGraphAnswer))
		}, 502, "", 1, 0},
		{"connection breaks", func(http.ResponseWriter) { panic(http.ErrAbortHandler) }, 502, "", 0, 0},
		{"accepted", answering(201, accepted), 201, accepted, 0, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			g := newGraph(t)
			g.answer = tc.answer
			w := newWorld(t, proxied(g))
			rec := w.do(sendRequest(textSend))
			if rec.Code != tc.status || tc.body != "" && rec.Body.String() != tc.body {
				t.Errorf("answer %d %s, want %d %s", rec.Code, rec.Body, tc.status, tc.body)
			}
			if g.requests.Load() != 1 {
				t.Errorf("Meta was asked %d times", g.requests.Load())
			}
			if got := len(w.sink.taken()); got != tc.sent {
				t.Errorf("%d events recorded, want %d", got, tc.sent)
			}
			w.wantCounter(w.server.metrics.unrecorded, float64(tc.unrecorded), "desk")
			w.wantCounter(w.server.metrics.proxied, 1, "desk", fmt.Sprint(tc.status))
		})
	}
}

func TestSinkFailureAfterMetaAccepted(t *testing.T) {
	for _, tc := range []struct {
		name string
		sink func(*fakeSink)
	}{
		{"journal full", func(s *fakeSink) { s.err = journal.ErrFull }},
		{"not ready", func(s *fakeSink) { s.err = ErrNotReady }},
		{"panic", func(s *fakeSink) { s.accept = func(context.Context) error { panic(textOfCustomer) } }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			g := newGraph(t)
			w := newWorld(t, proxied(g))
			tc.sink(w.sink)
			if rec := w.do(sendRequest(textSend)); rec.Code != 200 || rec.Body.String() != accepted {
				t.Errorf("answer %d %s", rec.Code, rec.Body)
			}
			w.wantCounter(w.server.metrics.unrecorded, 1, "desk")
		})
	}
}

// roundTripper is a transport made of a function.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestUnreachableMeta(t *testing.T) {
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	broken := &net.OpError{Op: "read", Net: "tcp", Err: errors.New("connection reset by peer")}
	for _, tc := range []struct {
		name     string
		trip     func(attempt int, r *http.Request) error
		attempts int
		status   int
		text     string
	}{
		{"never reached", func(int, *http.Request) error { return refused }, 3, 502, "nothing was sent"},
		{"reached at the third attempt", func(attempt int, _ *http.Request) error {
			if attempt < 3 {
				return refused
			}
			return nil
		}, 3, 200, accepted},
		{"broken after sending", func(int, *http.Request) error { return broken }, 1, 502, "the message may have been sent"},
		{"silent", func(_ int, r *http.Request) error { <-r.Context().Done(); return r.Context().Err() }, 1, 504, "the message may have been sent"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				attempts := 0
				w := newWorld(t, func(o *Options) {
					p := testProxy("https://graph.example")
					p.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
						attempts++
						if body, _ := io.ReadAll(r.Body); string(body) != textSend {
							t.Errorf("attempt %d sends %q", attempts, body)
						}
						if err := tc.trip(attempts, r); err != nil {
							return nil, err
						}
						return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(accepted))}, nil
					})
					o.Sources[0].Proxy = p
				})
				start := time.Now()
				r := sendRequest(textSend)
				r.URL.RawQuery = "fields=canary"
				rec := w.do(r)
				if rec.Code != tc.status || !strings.Contains(rec.Body.String(), tc.text) || attempts != tc.attempts {
					t.Errorf("answer %d %s after %d attempts, want %d %q after %d", rec.Code, rec.Body, attempts, tc.status, tc.text, tc.attempts)
				}
				if elapsed := time.Since(start); elapsed > defaultSendTimeout {
					t.Errorf("took %v", elapsed)
				}
				if recorded := len(w.sink.taken()); (recorded == 1) != (tc.status == 200) {
					t.Errorf("%d events recorded", recorded)
				}
				w.wantCounter(w.server.metrics.unrecorded, 0, "desk")
			})
		})
	}
}

func TestCallerThatLeavesIsRecordedAllTheSame(t *testing.T) {
	g := newGraph(t)
	ctx, cancel := context.WithCancel(t.Context())
	answer := g.answer
	g.answer = func(w http.ResponseWriter) { cancel(); answer(w) }
	w := newWorld(t, proxied(g))
	w.sink.accept = func(ctx context.Context) error { return ctx.Err() }
	w.do(sendRequest(textSend).WithContext(ctx))
	if got := len(w.sink.taken()); got != 1 {
		t.Errorf("%d events recorded, want 1", got)
	}
}

func TestSendsInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		w := newWorld(t, func(o *Options) {
			p := testProxy("https://graph.example")
			p.Transport = roundTripper(func(*http.Request) (*http.Response, error) {
				<-release
				return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(accepted))}, nil
			})
			o.Sources[0].Proxy = p
		})
		for range maxSending {
			go w.do(sendRequest(textSend))
		}
		synctest.Wait()
		if rec := w.do(sendRequest(textSend)); rec.Code != 429 || rec.Header().Get("Retry-After") == "" {
			t.Errorf("answer %d", rec.Code)
		}
		if rec := w.do(post(oneMessage)); rec.Code != 200 {
			t.Errorf("webhook answered %d while sends wait", rec.Code)
		}
		close(release)
		synctest.Wait()
		w.wantCounter(w.server.metrics.proxied, maxSending, "desk", "200")
	})
}

// FuzzSend: whatever a caller sends, what goes on to Meta is the same body, or
// the same with callback data in front.
func FuzzSend(f *testing.F) {
	for _, seed := range []string{
		textSend, `{"to":"1"}`, `{"to":"1","biz_opaque_callback_data":"x"}`, " \n{ \"recipient\" : \"BR.1\" }", `{}`, `[]`, `{"to":`,
		`{"to":"1","\u0062iz_opaque_callback_data":"x"}`, `{"status":"read","message_id":"wamid.IN"}`,
	} {
		f.Add(seed, accepted)
	}
	f.Add("{\"to\":\"\xff\",\"text\":{\"body\":\"Ol\xe1\"}}", "{\"messages\":[{\"id\":\"wamid.\xff\"}]}")
	p, err := newProxy(testProxy("https://graph.example"))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body, answer string) {
		msg, err := parseOutgoing([]byte(body))
		if err != nil {
			return
		}
		out, info, err := p.addCallback([]byte(body), msg, CallbackInfo{Actor: event.ActorBot})
		if err != nil {
			// The one reason is a template's name beyond all bounds.
			if len(msg.message.Template.Name) < maxCallback/8 {
				t.Error(err)
			}
			return
		}
		if string(out) != body {
			data, err := json.Marshal(p.encode(info))
			if err != nil {
				t.Fatal(err)
			}
			if rest := strings.Replace(string(out), `"biz_opaque_callback_data":`+string(data)+",", "", 1); rest != body {
				t.Errorf("body\n%s\nbecame\n%s", body, out)
			}
			if json.Valid([]byte(body)) && !json.Valid(out) {
				t.Errorf("valid body became %s", out)
			}
		}
		if ev, ok := msg.event(CallbackInfo{}, []byte(answer)); ok {
			if ev.ID == "" || ev.Contact == "" {
				t.Errorf("event without ids: %+v", ev)
			}
			for _, s := range []string{ev.ID, ev.Contact, ev.Alias, ev.Message.Text, ev.Message.ReplyTo, ev.Message.Template.Name} {
				if !utf8.ValidString(s) {
					t.Errorf("event with %q", s)
				}
			}
		}
	})
}
