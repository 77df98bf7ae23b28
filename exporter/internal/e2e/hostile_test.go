package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// What hostile requests say, and nothing may repeat.
const (
	secretWords = "my card ends in 4242"
	secretName  = "Maria Confidencial"
	secretPhone = "5511955554321"
)

// TestHostile sends what nobody should: each case has its answer and its
// counter, and harms nothing.
func TestHostile(t *testing.T) {
	s := start(t, newSetup(t, twoSources))
	now := time.Now()
	metaBody := func(timestamp string) string {
		return `{"object":"whatsapp_business_account","entry":[{"id":"200000000000001","changes":[{"value":{"messaging_product":"whatsapp",` +
			`"metadata":{"display_phone_number":"15550001000","phone_number_id":"300000000000001"},"contacts":[{"profile":{"name":"` + secretName + `"},"wa_id":"` + secretPhone + `"}],` +
			`"messages":[{"from":"` + secretPhone + `","id":"wamid.` + fmt.Sprint(len(timestamp)) + `","timestamp":` + timestamp + `,"type":"text","text":{"body":"` + secretWords + `"}}]},"field":"messages"}]}]}`
	}
	shopBody := func(id, at, more string) string {
		return `{"id":"` + id + `","time":"` + at + `","kind":"message.received","inbox":"main","contact":"+` + secretPhone + `","contact_name":"` + secretName +
			`","message":{"text":"` + secretWords + `"}` + more + `}`
	}
	stamp := func(at time.Time) string { return at.UTC().Format(time.RFC3339) }
	valid := metaBody(fmt.Sprintf("%q", fmt.Sprint(now.Unix())))

	meta := func(body string) *http.Request {
		return post(t, s, "/webhooks/whatsapp", body, "X-Hub-Signature-256", sign([]byte(body)))
	}
	shop := func(body string) *http.Request {
		return post(t, s, "/webhooks/shop", body, "Authorization", "Bearer "+bearerSecret)
	}
	for _, c := range []struct {
		name    string
		request *http.Request
		raw     string // sent as it is, instead
		source  string
		status  int
		// reason counts in helpdesk_webhook_rejected_total; each word of kind,
		// for what is taken, in helpdesk_webhook_events_total; anomaly in
		// helpdesk_clock_anomalies_total.
		reason, kind string
		anomaly      bool
	}{
		{name: "wrong signature", request: post(t, s, "/webhooks/whatsapp", valid, "X-Hub-Signature-256", sign([]byte(valid+" "))), source: "whatsapp", status: 401, reason: "unauthorized"},
		{name: "no signature", request: post(t, s, "/webhooks/whatsapp", valid), source: "whatsapp", status: 401, reason: "unauthorized"},
		{name: "signature of nothing", request: post(t, s, "/webhooks/whatsapp", valid, "X-Hub-Signature-256", "sha256="), source: "whatsapp", status: 401, reason: "unauthorized"},
		{name: "wrong bearer", request: post(t, s, "/webhooks/shop", "{}", "Authorization", "Bearer "+bearerSecret+"x"), source: "shop", status: 401, reason: "unauthorized"},
		{name: "wrong verify token", request: get(t, s, "/webhooks/whatsapp?hub.mode=subscribe&hub.challenge=1&hub.verify_token=x"), source: "whatsapp", status: 403, reason: "handshake"},
		{name: "meta, truncated", request: meta(valid[:len(valid)-9]), source: "whatsapp", status: 400, reason: "malformed"},
		{name: "events, truncated", request: shop(shopBody("h1", stamp(now), "")[:120]), source: "shop", status: 400, reason: "malformed"},
		{name: "empty", request: shop(""), source: "shop", status: 400, reason: "malformed"},
		{name: "meta, huge number", request: meta(metaBody(strings.Repeat("9", 400))), source: "whatsapp", status: 200, kind: "message.received bad_time"},
		{name: "events, huge number", request: shop(shopBody("h2", stamp(now), `,"scale":1e999`)), source: "shop", status: 400, reason: "malformed"},
		{name: "meta, deep nesting", request: meta(strings.Repeat(`{"object":`, 100_000) + "1" + strings.Repeat("}", 100_000)), source: "whatsapp", status: 400, reason: "malformed"},
		{name: "events, deep nesting", request: shop(strings.Repeat("[", 1_000_000)), source: "shop", status: 400, reason: "malformed"},
		{name: "events, invalid UTF-8", request: shop(shopBody("h3\xff\xfe", stamp(now), "")), source: "shop", status: 400, reason: "malformed"},
		{name: "meta, invalid UTF-8", request: meta(strings.ReplaceAll(valid, "card", "c\xff\xferd")), source: "whatsapp", status: 200, kind: "message.received"},
		{name: "unknown field", request: shop(shopBody("h4", stamp(now), `,"surprise":1`)), source: "shop", status: 400, reason: "malformed"},
		{name: "unknown kind", request: shop(strings.Replace(shopBody("h5", stamp(now), ""), "message.received", "message.eaten", 1)), source: "shop", status: 400, reason: "malformed"},
		{name: "an hour ahead", request: shop(shopBody("h6", stamp(now.Add(time.Hour)), "")), source: "shop", status: 200, kind: "message.received", anomaly: true},
		{name: "the end of time", request: shop(shopBody("h7", "9999-12-31T23:59:59Z", "")), source: "shop", status: 400, reason: "malformed"},
		{name: "the beginning of time", request: shop(shopBody("h8", "0001-01-01T00:00:00Z", "")), source: "shop", status: 400, reason: "malformed"},
		{name: "before there were such messages", request: shop(shopBody("h9", "1999-01-01T00:00:00Z", "")), source: "shop", status: 400, reason: "malformed"},
		{name: "long ago", request: shop(shopBody("h14", "2015-01-01T00:00:00Z", "")), source: "shop", status: 200, kind: "message.received"},
		{name: "another channel", request: shop(shopBody("h10", stamp(now), `,"channel":"email"`)), source: "shop", status: 200, kind: "other_channel"},
		{name: "too many events", request: shop(strings.Repeat(received("h11", "+5511900000001", now), 10_001)), source: "shop", status: 413, reason: "too_many_events"},
		{name: "too large", request: shop(strings.Repeat(" ", 5<<20)), source: "shop", status: 413, reason: "body_too_large"},
		{name: "compressed", request: with(shop("x"), "Content-Encoding", "gzip"), source: "shop", status: 415, reason: "content_encoding"},
		{name: "wrong method", request: method(shop(""), "PUT"), source: "shop", status: 405, reason: "method"},
		{name: "unknown source", request: post(t, s, "/webhooks/nobody", valid), status: 404, reason: "unknown_source"},
		{name: "unknown path", request: post(t, s, "/metrics", ""), status: 404, reason: "unknown_path"},
		{name: "send proxy that is off", request: post(t, s, "/graph/v23.0/300000000000001/messages", "{}"), status: 404, reason: "unknown_path"},
		{name: "longer than it says", raw: head("shop", 10) + shopBody("h12", stamp(now), ""), source: "shop", status: 400, reason: "malformed"},
		{name: "shorter than it says", raw: head("shop", 5000) + shopBody("h13", stamp(now), ""), source: "shop", status: 400, reason: "incomplete_body"},
		{name: "far larger than it says it may be", raw: head("shop", 1<<40), source: "shop", status: 413, reason: "body_too_large"},
		{name: "negative length", raw: head("shop", -1) + "{}", status: 400},
		{name: "no HTTP", raw: "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", status: 400},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := s.mustScrape()
			status := 0
			if c.raw != "" {
				status = sendRaw(t, s, c.raw)
			} else {
				a, err := do(client, c.request)
				if err != nil {
					t.Fatal(err)
				}
				status = a.status
				for _, private := range []string{secretWords, secretName, secretPhone, bearerSecret, metaSecret, verifyToken} {
					if strings.Contains(a.body, private) {
						t.Errorf("the answer holds %q: %s", private, a.body)
					}
				}
			}
			if status != c.status {
				t.Errorf("status %d, want %d", status, c.status)
			}
			after := s.mustScrape()
			grew := func(name string, by float64, labels ...string) {
				t.Helper()
				if got := after.sum(name, labels...) - before.sum(name, labels...); got != by {
					t.Errorf("%s%v grew by %g, want %g", name, labels, got, by)
				}
			}
			rejected, kinds, anomalies := 0., 0., 0.
			if c.reason != "" {
				rejected = 1
				grew("helpdesk_webhook_rejected_total", 1, "source", c.source, "reason", c.reason)
				grew("helpdesk_webhook_requests_total", 1, "source", c.source, "code", fmt.Sprint(c.status))
			}
			for _, kind := range strings.Fields(c.kind) {
				kinds++
				grew("helpdesk_webhook_events_total", 1, "source", c.source, "kind", kind)
			}
			if c.anomaly {
				anomalies = 1
			}
			grew("helpdesk_webhook_rejected_total", rejected)
			grew("helpdesk_webhook_events_total", kinds)
			grew("helpdesk_clock_anomalies_total", anomalies)
			if a := s.mustGet("/-/ready"); a.status != http.StatusOK {
				t.Errorf("not ready any more: %s", a.body)
			}
		})
	}

	// It goes on as if nothing had happened.
	s.mustShop(received("fine", "+5511900000001", now))
	exposed := s.mustGet("/metrics", "Accept", "text/plain").body
	log := s.log.String()
	s.terminate()
	for _, private := range []string{secretWords, secretName, secretPhone, bearerSecret, metaSecret, verifyToken, "5511900000001"} {
		if strings.Contains(exposed, private) {
			t.Errorf("/metrics holds %q", private)
		}
		if strings.Contains(log, private) {
			t.Errorf("the log holds %q", private)
		}
	}
	if out := mustRun(t, nil, "rejected", "--journal.dir", s.dir); strings.Contains(out, secretWords) || strings.Contains(out, secretName) || strings.Contains(out, secretPhone) || !strings.Contains(out, "malformed") {
		t.Errorf("rejected: %.2000s", out)
	}
	if panics := strings.Count(s.log.String(), "panic"); panics > 0 {
		t.Errorf("%d panics in the log", panics)
	}
}

func post(t *testing.T, s *server, path, body string, header ...string) *http.Request {
	t.Helper()
	req, err := http.NewRequest("POST", "http://"+s.hook+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return req
}

func get(t *testing.T, s *server, path string) *http.Request {
	return method(post(t, s, path, ""), "GET")
}

func with(r *http.Request, name, value string) *http.Request {
	r.Header.Set(name, value)
	return r
}

func method(r *http.Request, name string) *http.Request {
	r.Method = name
	return r
}

// head of a request by hand, with a length that may be a lie.
func head(source string, length int64) string {
	return fmt.Sprintf("POST /webhooks/%s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n", source, bearerSecret, length)
}

// sendRaw sends bytes, ends its side of the connection and gives the status of
// the first answer.
func sendRaw(t *testing.T, s *server, text string) int {
	t.Helper()
	conn, err := net.Dial("tcp", s.hook)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode
}
