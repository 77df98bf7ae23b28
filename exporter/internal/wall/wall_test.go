package wall

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/tracker"
)

var update = flag.Bool("update", false, "rewrite the pages in testdata; read the diff")

func get(h http.Handler, target string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, target, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func stands(clock string) func() time.Time { return func() time.Time { return at(clock) } }

var inlined = regexp.MustCompile(`(?s)<(style|script)>.*?</(style|script)>`)

// normal is a page without its style and script, which have tests of their own.
func normal(page string) string { return inlined.ReplaceAllString(page, "<$1></$1>") }

func TestGolden(t *testing.T) {
	for _, tt := range []struct{ name, target string }{
		{"en", "/?lang=en"},
		{"pt", "/?lang=pt&tz=America/Sao_Paulo"},
		{"es", "/?lang=es"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := get(New(morning(t), Options{Now: stands("10:35:20")}), tt.target)
			if w.Code != http.StatusOK {
				t.Fatalf("status %d:\n%s", w.Code, w.Body)
			}
			got, file := normal(w.Body.String()), filepath.Join("testdata", tt.name+".html")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("not as in %s (-update rewrites it):\n%s", file, got)
			}
			for _, private := range []string{"+55", "5511900", "Example Person", "Example Agent", "where is my order"} {
				if strings.Contains(got, private) {
					t.Errorf("the page shows %q", private)
				}
			}
		})
	}
}

func TestLanguage(t *testing.T) {
	h := New(newHelpdesk(t), Options{Demo: true})
	for _, tt := range []struct{ query, accept, want string }{
		{"", "", "en"},
		{"", "pt-BR,pt;q=0.9,en;q=0.8", "pt-BR"},
		{"", "en-GB,en;q=0.9,pt;q=0.8", "en"},
		{"", "de,fr;q=0.9,es;q=0.4", "es"},
		{"", "en;q=0.2, es-MX;q=0.7", "es"},
		{"", "pt;q=0, en;q=0.1", "en"},
		{"", "pt;q=7", "en"},
		{"", "PT-PT", "pt-BR"},
		{"", "ptx", "en"},
		{"", "de, *", "en"},
		{"?lang=pt", "en", "pt-BR"},
		{"?lang=pt-BR", "en", "pt-BR"},
		{"?lang=xx", "es", "es"},
	} {
		w := get(h, "/"+tt.query, "Accept-Language", tt.accept)
		if got := w.Header().Get("Content-Language"); got != tt.want {
			t.Errorf("%q with Accept-Language %q: %s, want %s", tt.query, tt.accept, got, tt.want)
		}
		if !strings.Contains(w.Body.String(), `<html lang="`+tt.want+`"`) {
			t.Errorf("%q with Accept-Language %q: the page names another language", tt.query, tt.accept)
		}
	}
}

func TestAbsent(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want string
	}{
		{tracker.ErrNotReady, "No data: the exporter is still reading its journal"},
		{fmt.Errorf("asking: %w", tracker.ErrStopped), "No data: the exporter has stopped"},
		{context.DeadlineExceeded, "No data: the exporter does not answer in time"},
		{errors.New("other"), "No data: the exporter has a problem; see its log"},
	} {
		h := morning(t)
		h.err = tt.err
		w := get(New(h, Options{}), "/")
		page := w.Body.String()
		if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != "5" {
			t.Errorf("%v: status %d, Retry-After %q", tt.err, w.Code, w.Header().Get("Retry-After"))
		}
		if !strings.Contains(page, tt.want) {
			t.Errorf("%v: the page does not say %q", tt.err, tt.want)
		}
		for _, number := range []string{`id="waiting"`, `id="longest"`, `class="value"`, "<svg", "Nobody"} {
			if strings.Contains(page, number) {
				t.Errorf("%v: the page shows %q without data", tt.err, number)
			}
		}
	}
}

// TestAskTimeout: a tracker that hangs keeps no reader waiting for ever.
func TestAskTimeout(t *testing.T) {
	var deadline bool
	src := inspector(func(ctx context.Context) error {
		_, deadline = ctx.Deadline()
		return context.DeadlineExceeded
	})
	if w := get(New(src, Options{}), "/"); !deadline || w.Code != http.StatusServiceUnavailable {
		t.Errorf("asked with a deadline: %v, status %d", deadline, w.Code)
	}
}

func TestRefused(t *testing.T) {
	h := morning(t)
	h.refuses = true
	w := get(New(h, Options{Now: stands("10:35:20")}), "/")
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "New messages are not taken in") {
		t.Errorf("status %d; the page does not say that it takes no messages", w.Code)
	}
}

func TestEmpty(t *testing.T) {
	h := newHelpdesk(t, config.Inbox{ID: "main"})
	h.pass(at("09:00:00"))
	page := get(New(h, Options{Now: stands("09:00:10")}), "/").Body.String()
	for _, want := range []string{
		"No customer has written yet", "Nobody is waiting", "No conversation is escalated", "No customer wrote in these hours",
		"No first response in the last 24 hours", `<p class="value"><span class="part">–</span></p>`,
		"last event 10\u00a0s ago", "<title>WhatsApp helpdesk</title>",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(page, "NaN") || strings.Contains(page, "<svg") {
		t.Error("the page draws what it does not have")
	}
}

// TestClock: waits go on while no record comes, and a line that fell silent is
// pointed out.
func TestClock(t *testing.T) {
	h := morning(t)
	for _, tt := range []struct {
		name       string
		opts       Options
		want, lack []string
	}{
		{"standing", Options{Demo: true}, []string{"10:35:00 UTC", "3\u00a0min\u00a030\u00a0s", "last event 30\u00a0s ago"}, []string{"No event for"}},
		{"behind", Options{Now: stands("10:34:59")}, []string{"10:35:00 UTC", "last event 30\u00a0s ago"}, nil},
		{"quiet", Options{Now: stands("10:55:00")}, []string{"23\u00a0min\u00a030\u00a0s", "No event for 20\u00a0min\u00a030\u00a0s."}, nil},
		{"night", Options{Now: func() time.Time { return at("09:20:00").Add(24 * time.Hour) }}, []string{"at 10:00:00 (2026-03-02)", "No event for 22\u00a0h\u00a045\u00a0min."}, nil},
		{"next day", Options{Now: func() time.Time { return at("10:35:00").Add(48 * time.Hour) }}, []string{"No customer wrote in these hours", "No first response in the last 24 hours", "No event for 2\u00a0d."}, nil},
	} {
		page := get(New(h, tt.opts), "/").Body.String()
		for _, want := range tt.want {
			if !strings.Contains(page, want) {
				t.Errorf("%s: the page does not say %q", tt.name, want)
			}
		}
		for _, lack := range tt.lack {
			if strings.Contains(page, lack) {
				t.Errorf("%s: the page says %q", tt.name, lack)
			}
		}
	}
}

func TestZone(t *testing.T) {
	h := New(morning(t), Options{Now: stands("10:35:20")})
	for _, tt := range []struct{ tz, want string }{
		{"", "10:35:20 UTC"},
		{"America/Sao_Paulo", "07:35:20 -03"},
		{"Asia/Kolkata", "16:05:20 IST"},
		{"Nowhere/Land", "10:35:20 UTC"},
	} {
		page := get(h, "/?tz="+tt.tz).Body.String()
		if !strings.Contains(page, tt.want) {
			t.Errorf("tz=%s: the page does not say %q", tt.tz, tt.want)
		}
	}
	for _, tz := range []string{"Nowhere/Land", "Local", "../../etc/passwd", "/etc/localtime", "%22%3E%3Cscript%3E"} {
		if page := get(h, "/?tz="+tz).Body.String(); !strings.Contains(page, "Unknown time zone") {
			t.Errorf("tz=%s: the page does not say that there is no such zone", tz)
		}
	}
	if page := get(h, "/?tz=Asia/Kolkata").Body.String(); !strings.Contains(page, "?lang=pt&amp;tz=Asia%2FKolkata") {
		t.Error("the other languages lose the time zone")
	}
}

// TestHostileLabels: values of labels come from outside.
func TestHostileLabels(t *testing.T) {
	const nasty = `</style><script>alert(1)</script>"'&{{.}}`
	h := newHelpdesk(t)
	h.happens(customer("10:00:00", nasty, "+5511900000001", "hi"))
	h.happens(event.Event{Time: at("10:00:01"), Kind: event.ConversationAssigned, Inbox: nasty, Contact: "+5511900000001", Agent: event.Agent{ID: "a", Team: nasty}})
	h.happens(customer("10:00:02", nasty, "+5511900000002", "hi"))
	h.happens(sent("10:05:00", nasty, "+5511900000002", event.ActorHuman, event.Agent{ID: "a", Team: nasty}))
	page := get(New(h, Options{Now: stands("10:06:00")}), "/?lang=%3Cscript%3E").Body.String()
	if strings.Contains(page, "<script>alert") {
		t.Error("a label became a script")
	}
	const escaped = `&lt;/style&gt;&lt;script&gt;alert(1)&lt;/script&gt;&#34;&#39;&amp;{{.}}`
	if n := strings.Count(page, escaped); n < 6 {
		t.Errorf("the labels stand %d times on the page, want inbox and team in three lists:\n%s", n, normal(page))
	}
}

// TestHeaders: the policy allows the page's own style and script and no others.
func TestHeaders(t *testing.T) {
	w := get(New(morning(t), Options{Demo: true}), "/")
	policy := w.Header().Get("Content-Security-Policy")
	for _, kind := range []string{"style", "script"} {
		parts := regexp.MustCompile(`(?s)<`+kind+`>(.*?)</`+kind+`>`).FindAllStringSubmatch(w.Body.String(), -1)
		if len(parts) != 1 {
			t.Fatalf("%d inline %ss, want 1", len(parts), kind)
		}
		if want := kind + "-src " + hash(parts[0][1]) + ";"; !strings.Contains(policy, want) {
			t.Errorf("the policy lacks %s: %s", want, policy)
		}
	}
	if !strings.HasPrefix(policy, "default-src 'none';") || strings.Contains(policy, "unsafe") {
		t.Errorf("policy %s", policy)
	}
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Vary": "Accept-Language",
		"Content-Type": "text/html; charset=utf-8", "Content-Length": strconv.Itoa(w.Body.Len()),
	} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if outside := regexp.MustCompile(`(src|href)="(https?:|//)`).FindString(w.Body.String()); outside != "" {
		t.Errorf("the page loads from elsewhere: %s", outside)
	}
	if attr := regexp.MustCompile(`\s(style|on[a-z]+)="`).FindString(w.Body.String()); attr != "" {
		t.Errorf("an attribute that the policy blocks: %s", attr)
	}
}

func TestMethods(t *testing.T) {
	h := New(morning(t), Options{Demo: true})
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodHead, "/", nil))
	if n, _ := strconv.Atoi(w.Header().Get("Content-Length")); w.Code != http.StatusOK || w.Body.Len() != 0 || n < 1000 {
		t.Errorf("HEAD: status %d, %d bytes of body, Content-Length %d", w.Code, w.Body.Len(), n)
	}
	w = httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", nil))
	if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: status %d, Allow %q", w.Code, w.Header().Get("Allow"))
	}
}

// TestConcurrent: many screens may ask at once.
func TestConcurrent(t *testing.T) {
	src := &locked{Source: morning(t)}
	h := New(src, Options{Now: stands("10:35:20")})
	want := get(h, "/").Body.String()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if got := get(h, "/").Body.String(); got != want {
				t.Error("pages of the same state differ")
			}
		})
	}
	wg.Wait()
}
