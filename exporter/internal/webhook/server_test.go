package webhook

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

// pipeListener accepts connections made of net.Pipe, the time-outs of which
// run in the clock of a synctest bubble.
type pipeListener struct {
	conns  chan net.Conn
	once   sync.Once
	closed chan struct{}
}

func newPipeListener() *pipeListener {
	return &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error { l.once.Do(func() { close(l.closed) }); return nil }

func (l *pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "pipe"} }

func (l *pipeListener) dial() net.Conn {
	client, server := net.Pipe()
	l.conns <- server
	return client
}

// serving runs w's server on a pipeListener until the returned function.
func serving(t *testing.T, w *world) (*pipeListener, func()) {
	t.Helper()
	l := newPipeListener()
	done := make(chan error, 1)
	go func() { done <- w.server.Serve(l) }()
	return l, func() {
		t.Helper()
		if err := w.server.Shutdown(t.Context()); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
		if err := <-done; err != nil {
			t.Errorf("Serve: %v", err)
		}
	}
}

func signedHead(body string, length int) string {
	return fmt.Sprintf("POST /webhooks/desk HTTP/1.1\r\nHost: x\r\nX-Signature: %s\r\nContent-Length: %d\r\n\r\n",
		hex.EncodeToString(sign([]byte(body))), length)
}

func TestSlowSenders(t *testing.T) {
	for _, tc := range []struct {
		name, sent string
		after      time.Duration
		status     int
	}{
		{"header never ends", "POST /webhooks/desk HTTP/1.1\r\nHost:", readHeaderTimeout, 0},
		{"body never ends", signedHead(`[]`, 2) + "[", readTimeout, http.StatusRequestTimeout},
		{"length is a lie upwards", signedHead(`[]`, 2000) + "[]", readTimeout, http.StatusRequestTimeout},
		{"connection stays idle", signedHead(`[]`, 2) + "[]", idleTimeout, http.StatusOK},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, nil)
				l, stop := serving(t, w)
				defer stop()
				conn := l.dial()
				defer conn.Close()
				start := time.Now()
				go io.WriteString(conn, tc.sent)
				in := bufio.NewReader(conn)
				response, err := http.ReadResponse(in, nil)
				switch {
				case tc.status == 0 && err == nil:
					t.Errorf("answer %d, want none", response.StatusCode)
				case tc.status != 0 && err != nil:
					t.Fatal(err)
				case tc.status != 0 && response.StatusCode != tc.status:
					t.Errorf("answer %d, want %d", response.StatusCode, tc.status)
				}
				if err == nil {
					io.Copy(io.Discard, response.Body)
				}
				if _, err := in.ReadByte(); err == nil {
					t.Error("connection goes on")
				}
				if elapsed := time.Since(start); elapsed < tc.after || elapsed > tc.after+2*time.Second {
					t.Errorf("connection ended after %v, want %v", elapsed, tc.after)
				}
			})
		})
	}
}

func TestBodiesThatLieAboutTheirLength(t *testing.T) {
	for _, tc := range []struct {
		name, sent string
		statuses   []int
		reason     string
	}{
		{"too long an announcement, then the end", signedHead(`[]`, 2000) + "[]", []int{400}, "incomplete_body"},
		{"too short an announcement", signedHead(`[{"Kind":"note.added"}]`, 2) + `[{"Kind":"note.added"}]`, []int{401, 400}, "unauthorized"},
		{"two announcements", "POST /webhooks/desk HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n[]", []int{400}, ""},
		{"negative", "POST /webhooks/desk HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n[]", []int{400}, ""},
		{"over the limit, nothing sent", signedHead(`[]`, DefaultMaxBody+1), []int{413}, "body_too_large"},
		{"chunk sizes are no numbers", "POST /webhooks/desk HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n[]\r\n", []int{400}, "incomplete_body"},
		{"chunks without end", "POST /webhooks/desk HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n", []int{400}, "incomplete_body"},
		{"header over the limit", "POST /webhooks/desk HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("x", maxHeaderBytes+8192), []int{431}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t, nil)
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			done := make(chan error, 1)
			go func() { done <- w.server.Serve(listener) }()
			conn, err := net.Dial("tcp", listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			conn.SetDeadline(time.Now().Add(5 * time.Second))
			io.WriteString(conn, tc.sent)
			if !strings.Contains(tc.name, "nothing sent") {
				conn.(*net.TCPConn).CloseWrite()
			}
			in := bufio.NewReader(conn)
			for _, want := range tc.statuses {
				response, err := http.ReadResponse(in, nil)
				if err != nil {
					t.Fatalf("no answer where %d is due: %v", want, err)
				}
				io.Copy(io.Discard, response.Body)
				if response.StatusCode != want {
					t.Errorf("answer %d, want %d", response.StatusCode, want)
				}
			}
			if tc.reason != "" {
				w.wantCounter(w.server.metrics.rejected, 1, "desk", tc.reason)
			}
			if got := len(w.sink.taken()); got != 0 {
				t.Errorf("%d events taken", got)
			}
			if err := w.server.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
}

func TestConnectionsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, func(o *Options) { o.MaxConnections = 1 })
		l, stop := serving(t, w)
		defer stop()
		first := l.dial()
		second := make(chan net.Conn)
		go func() { second <- l.dial() }()
		synctest.Wait()
		select {
		case <-second:
			t.Fatal("a second connection was accepted beside the first")
		default:
		}
		first.Close()
		conn := <-second
		go io.WriteString(conn, signedHead(`[]`, 2)+"[]")
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil || response.StatusCode != http.StatusOK {
			t.Errorf("answer %v, %v", response, err)
		}
		conn.Close()
	})
}

func TestShutdownWaitsForRequestsAndWakesTheListener(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		w := newWorld(t, func(o *Options) {
			o.MaxConnections = 1
			o.Sink.(*fakeSink).accept = func(context.Context) error { <-release; return nil }
		})
		l := newPipeListener()
		done := make(chan error, 1)
		go func() { done <- w.server.Serve(l) }()
		conn := l.dial()
		go io.WriteString(conn, signedHead(oneMessage, len(oneMessage))+oneMessage)
		synctest.Wait()

		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		stopped := make(chan error, 1)
		go func() { stopped <- w.server.Shutdown(t.Context()) }()
		<-short.Done()
		select {
		case err := <-stopped:
			t.Fatalf("Shutdown returned %v before the request ended", err)
		default:
		}
		close(release)
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil || response.StatusCode != http.StatusOK {
			t.Errorf("request under way got %v, %v", response, err)
		}
		conn.Close()
		if err := <-stopped; err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestShutdownCutsWhatDoesNotEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, func(o *Options) {
			o.AcceptTimeout = time.Hour
			o.Sink.(*fakeSink).accept = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		})
		l := newPipeListener()
		done := make(chan error, 1)
		go func() { done <- w.server.Serve(l) }()
		conn := l.dial()
		go io.WriteString(conn, signedHead(oneMessage, len(oneMessage))+oneMessage)
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := w.server.Shutdown(ctx); err == nil || !strings.Contains(err.Error(), "still under way") {
			t.Errorf("Shutdown = %v", err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
		conn.Close()
		synctest.Wait()
	})
}

func TestReload(t *testing.T) {
	w := newWorld(t, nil)
	w.do(post(oneMessage))
	if err := w.server.Reload([]Source{{Name: ""}}); err == nil {
		t.Error("a source without a name was taken")
	}
	if rec := w.do(post(oneMessage)); rec.Code != http.StatusOK {
		t.Errorf("answer %d after a refused reload", rec.Code)
	}
	if err := w.server.Reload([]Source{{Name: "desk", Adapter: &signedAdapter{}, MalformedStatus: 202}, {Name: "new", Adapter: &signedAdapter{}}}); err != nil {
		t.Fatal(err)
	}
	if rec := w.do(post(`{`)); rec.Code != 202 {
		t.Errorf("malformed body answered %d, want 202", rec.Code)
	}
	w.wantCounter(w.server.metrics.requests, 2, "desk", "200")
	w.wantCounter(w.server.metrics.requests, 0, "new", "200")
	if err := w.server.Reload(nil); err != nil {
		t.Fatal(err)
	}
	if rec := w.do(post(oneMessage)); rec.Code != http.StatusNotFound {
		t.Errorf("source that is gone answered %d", rec.Code)
	}
}

func TestSeriesAreThereFromTheStart(t *testing.T) {
	w := newWorld(t, func(o *Options) {
		o.Sources[0].MalformedStatus = 299
		o.Sources[0].Proxy = testProxy("https://graph.example")
	})
	for name, want := range map[string]int{
		// 11 codes, the source's own, "other", and 404 without a source.
		"helpdesk_webhook_requests_total":                  14,
		"helpdesk_webhook_events_total":                    18 + 3,
		"helpdesk_webhook_rejected_total":                  20,
		"helpdesk_webhook_rejected_kept_total":             3,
		"helpdesk_webhook_last_received_timestamp_seconds": 1,
		"helpdesk_proxy_requests_total":                    len(proxyCodes),
		"helpdesk_proxy_unrecorded_total":                  1,
	} {
		if got, err := testutil.GatherAndCount(w.registry, name); err != nil || got != want {
			t.Errorf("%s has %d series (%v), want %d", name, got, err, want)
		}
	}
	if problems, err := testutil.GatherAndLint(w.registry); err != nil || len(problems) > 0 {
		t.Errorf("lint: %v %v", problems, err)
	}
}

func TestNewRefuses(t *testing.T) {
	proxied := func(name string, inboxes ...string) Source {
		return Source{Name: name, Adapter: &signedAdapter{}, Inboxes: inboxes, Proxy: testProxy("https://graph.example")}
	}
	with := func(change func(*ProxyOptions)) func(*Options) {
		return func(o *Options) {
			o.Sources = []Source{proxied("a")}
			change(o.Sources[0].Proxy)
		}
	}
	for _, tc := range []struct {
		name   string
		change func(*Options)
		want   string
	}{
		{"no logger", func(o *Options) { o.Logger = nil }, "webhook server: Logger is required"},
		{"no registerer", func(o *Options) { o.Registerer = nil }, "webhook server: Registerer is required"},
		{"no sink", func(o *Options) { o.Sink = nil }, "webhook server: Sink is required"},
		{"no rejected log", func(o *Options) { o.Rejected = nil }, "webhook server: Rejected is required"},
		{"no sealer", func(o *Options) { o.Sealer = nil }, "webhook server: Sealer is required"},
		{"negative limit", func(o *Options) { o.MaxBody = -1 }, "webhook server: MaxBody is negative"},
		{"half of TLS", func(o *Options) { o.TLSCertFile = "x" }, "webhook server: TLS needs both a certificate file and a key file"},
		{"missing certificate", func(o *Options) { o.TLSCertFile, o.TLSKeyFile = "none.pem", "none.pem" }, "webhook server: TLS certificate and key: open none.pem: no such file or directory"},
		{"no name", func(o *Options) { o.Sources = []Source{{}} }, `webhook source "": has no name`},
		{"no adapter", func(o *Options) { o.Sources = []Source{{Name: "a"}} }, `webhook source "a": has no adapter`},
		{"twice", func(o *Options) { o.Sources = append(o.Sources, o.Sources[0]) }, `webhook source "desk": is configured twice`},
		{"odd status", func(o *Options) { o.Sources[0].MalformedStatus = 100 }, `webhook source "desk": malformed status 100 is not between 200 and 599`},
		{"proxy without token", with(func(p *ProxyOptions) { p.Token = "" }), `webhook source "a": send proxy: a token is required; callers present it in X-Helpdesk-Token`},
		{"proxy without functions", with(func(p *ProxyOptions) { p.ParseCallback = nil }), `webhook source "a": send proxy: functions for the callback data are required`},
		{"proxy without host", with(func(p *ProxyOptions) { p.GraphURL = "graph.example" }), `webhook source "a": send proxy: graph URL is not a plain http or https address`},
		{"proxy with user", with(func(p *ProxyOptions) { p.GraphURL = "https://a:b@graph.example" }), `webhook source "a": send proxy: graph URL is not a plain http or https address`},
		{"two open proxies", func(o *Options) { o.Sources = []Source{proxied("a"), proxied("b")} }, `webhook source "b": send proxy: source "a" sends for every number already; list the inboxes of each`},
		{"shared inbox", func(o *Options) { o.Sources = []Source{proxied("a", "300"), proxied("b", "300")} }, `webhook source "b": send proxy: inbox 300 belongs to source "a" too`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			opts := Options{
				Logger: newWorld(t, nil).server.logger, Registerer: prometheus.NewRegistry(), Sink: &fakeSink{},
				Rejected: &fakeLog{}, Sealer: newSealer(t), Sources: []Source{{Name: "desk", Adapter: &signedAdapter{}}},
			}
			tc.change(&opts)
			if _, err := New(opts); err == nil || err.Error() != tc.want {
				t.Errorf("New: %v\nwant %s", err, tc.want)
			}
		})
	}
	t.Run("registered twice", func(t *testing.T) {
		w := newWorld(t, nil)
		opts := w.server.opts
		if _, err := New(opts); err == nil || !strings.Contains(err.Error(), "register metrics") {
			t.Errorf("New: %v", err)
		}
	})
}

func TestTLS(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	writePair(t, certFile, keyFile, 1)
	w := newWorld(t, func(o *Options) { o.TLSCertFile, o.TLSKeyFile = certFile, keyFile })
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- w.server.Serve(listener) }()
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	request, _ := http.NewRequest("POST", "https://"+listener.Addr().String()+"/webhooks/desk", strings.NewReader(oneMessage))
	request.Header.Set("X-Signature", hex.EncodeToString(sign([]byte(oneMessage))))
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Errorf("answer %d", response.StatusCode)
	}
	client.CloseIdleConnections()
	if err := w.server.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestCertificateRenewal(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	writePair(t, certFile, keyFile, 1)
	c, err := newCertificates(certFile, keyFile)
	if err != nil {
		t.Fatal(err)
	}
	wantSerial := func(want int64) {
		t.Helper()
		pair, err := c.get(nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := pair.Leaf.SerialNumber.Int64(); got != want {
			t.Errorf("certificate %d is served, want %d", got, want)
		}
	}
	due := func() { c.checked = time.Now().Add(-certificateCheck) }
	later := func(d time.Duration) {
		t.Helper()
		if err := os.Chtimes(certFile, time.Time{}, time.Now().Add(d)); err != nil {
			t.Fatal(err)
		}
	}
	wantSerial(1)
	writePair(t, certFile, keyFile, 2)
	later(time.Hour)
	wantSerial(1) // not looked at yet
	due()
	wantSerial(2)
	if err := os.WriteFile(certFile, []byte("half a certifi"), 0o600); err != nil {
		t.Fatal(err)
	}
	later(2 * time.Hour)
	due()
	wantSerial(2)
	writePair(t, certFile, keyFile, 3)
	later(2 * time.Hour)
	due()
	wantSerial(3)
}

func writePair(t *testing.T, certFile, keyFile string, serial int64) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), NotBefore: testNow, NotAfter: testNow.AddDate(10, 0, 0)}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{
		certFile: {Type: "CERTIFICATE", Bytes: cert}, keyFile: {Type: "PRIVATE KEY", Bytes: der},
	} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

var _ provider.Handshaker = (*shakingAdapter)(nil)
