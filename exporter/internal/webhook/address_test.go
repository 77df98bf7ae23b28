package webhook

import (
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

// addressed gives what an adapter is told of the address that was called, and
// the answer.
func addressed(t *testing.T, paths bool, method, target string) (got provider.Request, code int) {
	t.Helper()
	w := newWorld(t, func(o *Options) {
		o.Sources[0].Paths = paths
		o.Sources[0].Adapter = &signedAdapter{adapt: func(r *provider.Request, _ *provider.Result) error {
			got = *r
			return nil
		}}
	})
	r := httptest.NewRequest(method, target, strings.NewReader("[]"))
	r.Header.Set("X-Signature", hex.EncodeToString(sign([]byte("[]"))))
	code = w.do(r).Code
	notFound := 0.0
	if code == http.StatusNotFound {
		notFound = 1
	}
	if n := w.counter(w.server.metrics.requests, "", "404"); n != notFound {
		t.Errorf("%s: %v requests are counted as not found", target, n)
	}
	return got, code
}

// TestAddress: what follows a source's name is the adapter's where its provider
// reads it, byte for byte, else there is nothing there.
func TestAddress(t *testing.T) {
	for _, tc := range []struct {
		target, path, query string
		// plain and paths are the answers without and with Source.Paths.
		plain, paths int
	}{
		{"/webhooks/desk", "", "", 200, 200},
		{"/webhooks/desk?a=1", "", "a=1", 200, 200},
		{"/webhooks/desk/", "/", "", 404, 200},
		{"/webhooks/desk/secret", "/secret", "", 404, 200},
		{"/webhooks/desk/a/b?x=%41&x=2", "/a/b", "x=%41&x=2", 404, 200},
		{"/webhooks/desk/a%2Fb%20c", "/a%2Fb%20c", "", 404, 200},
		{"/webhooks/desk/caf%C3%A9+1", "/caf%C3%A9+1", "", 404, 200},
		{"/webhooks/desk//a/../b", "//a/../b", "", 404, 200},
		{"/webhooks/desk%2Fsecret", "", "", 404, 404},
		{"/webhooks/other/secret", "", "", 404, 404},
		{"/webhooks/desker", "", "", 404, 404},
		{"/webhooks/", "", "", 404, 404},
		{"/webhooks//desk", "", "", 404, 404},
		{"/Webhooks/desk", "", "", 404, 404},
	} {
		if _, code := addressed(t, false, http.MethodPost, tc.target); code != tc.plain {
			t.Errorf("%s without Paths: %d, want %d", tc.target, code, tc.plain)
		}
		got, code := addressed(t, true, http.MethodPost, tc.target)
		if code != tc.paths {
			t.Errorf("%s with Paths: %d, want %d", tc.target, code, tc.paths)
		}
		if code != http.StatusOK {
			continue
		}
		if got.Path != tc.path || got.RawQuery != tc.query {
			t.Errorf("%s: path %q, query %q; want %q, %q", tc.target, got.Path, got.RawQuery, tc.path, tc.query)
		}
		const base = "https://helpdesk.example.com/webhooks/desk"
		if want := "https://helpdesk.example.com" + tc.target; got.URL(base) != want {
			t.Errorf("the address is %q, want %q", got.URL(base), want)
		}
	}
}

// TestAddressRead: the query is given as it came, and read.
func TestAddressRead(t *testing.T) {
	got, _ := addressed(t, false, http.MethodPost, "/webhooks/desk?b=2&a=x%20y&b=3&=&c")
	if got.RawQuery != "b=2&a=x%20y&b=3&=&c" || got.Query.Get("a") != "x y" || len(got.Query["b"]) != 2 || !got.Query.Has("c") {
		t.Errorf("query %q, read %v", got.RawQuery, got.Query)
	}
	if got, _ := addressed(t, false, http.MethodPost, "/webhooks/desk"); got.RawQuery != "" || got.Query != nil {
		t.Errorf("query %q, read %v", got.RawQuery, got.Query)
	}
}

// TestOwnAnswers: some vendors switch a webhook off that does not say 200.
func TestOwnAnswers(t *testing.T) {
	unsigned := func() *http.Request {
		r := post(oneMessage)
		r.Header.Del("X-Signature")
		return r
	}
	big := `[{"Kind":"message.received","Inbox":"300","Text":"` + strings.Repeat("x", 2000) + `"}]`
	many := "[" + strings.Repeat(`{"Kind":"message.received","Inbox":"300"},`, 3) + `{"Kind":"message.received","Inbox":"300"}]`
	for _, tc := range []struct {
		name                    string
		request                 func() *http.Request
		malformed, unauthorized int
		tooLarge                bool
		code                    int
		reason                  string
		kept                    int
	}{
		{"unsigned", unsigned, 0, 0, false, 401, "unauthorized", 0},
		{"unsigned, 200", unsigned, 0, 200, false, 200, "unauthorized", 0},
		{"unsigned, malformed 200", unsigned, 200, 0, false, 401, "unauthorized", 0},
		{"unreadable", func() *http.Request { return post("{") }, 0, 0, false, 400, "malformed", 1},
		{"unreadable, 200", func() *http.Request { return post("{") }, 200, 0, false, 200, "malformed", 1},
		{"unreadable, 422", func() *http.Request { return post("{") }, 422, 0, false, 422, "malformed", 1},
		{"large", func() *http.Request { return post(big) }, 0, 0, false, 413, "body_too_large", 0},
		{"large, 200", func() *http.Request { return post(big) }, 200, 0, false, 200, "body_too_large", 0},
		{"large, 422", func() *http.Request { return post(big) }, 422, 0, false, 413, "body_too_large", 0},
		{"many", func() *http.Request { return post(many) }, 0, 0, false, 413, "too_many_events", 1},
		{"many, 200", func() *http.Request { return post(many) }, 200, 0, false, 200, "too_many_events", 1},
		{"too large for the journal", func() *http.Request { return post(oneMessage) }, 0, 0, true, 413, "record_too_large", 1},
		{"too large for the journal, 200", func() *http.Request { return post(oneMessage) }, 200, 0, true, 200, "record_too_large", 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t, func(o *Options) {
				o.MaxBody, o.MaxEvents = 1000, 3
				o.Sources[0].MalformedStatus, o.Sources[0].UnauthorizedStatus = tc.malformed, tc.unauthorized
			})
			if tc.tooLarge {
				w.sink.refuse = "0"
			}
			rec := w.do(tc.request())
			if rec.Code != tc.code || (rec.Code == http.StatusOK) != (rec.Body.Len() == 0) {
				t.Errorf("answer %d %q, want %d", rec.Code, rec.Body, tc.code)
			}
			w.wantCounter(w.server.metrics.rejected, 1, "desk", tc.reason)
			if n := w.rejected.len(); n != tc.kept {
				t.Errorf("%d kept, want %d", n, tc.kept)
			}
			if got := w.sink.taken(); len(got) > 0 {
				t.Errorf("taken: %v", len(got))
			}
		})
	}
}

// TestHandshakeAddress: the vendor's question goes to the bare address too.
func TestHandshakeAddress(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.Sources[0].Adapter = &shakingAdapter{} })
	for target, want := range map[string]int{
		"/webhooks/desk?token=right&challenge=42": 200, "/webhooks/desk/x?token=right": 404, "/webhooks/desk?token=wrong": 403,
	} {
		if rec := w.do(httptest.NewRequest(http.MethodGet, target, nil)); rec.Code != want {
			t.Errorf("%s: %d, want %d", target, rec.Code, want)
		}
	}
}
