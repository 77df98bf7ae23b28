// Package wall is the live wall: one page for a screen in the helpdesk's room
// and for a supervisor's phone. It says who waits and for how long, how the day
// goes, and how the slowest answer came about, in the reader's language.
//
// The page is made on the server from the folded state. It loads nothing from
// elsewhere, runs one small script, and never shows people's names, numbers of
// customers or texts. What it does not know it says: while there is no state
// it answers 503 and shows no number at all.
//
// One request at a time asks the tracker's loop for the state and waits for it
// a few seconds at most; nothing waits for the wall.
package wall

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fold"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/tracker"
)

// askTimeout bounds how long a page waits for the state.
const askTimeout = 3 * time.Second

// refreshSeconds is how often an open page asks for a new one.
const refreshSeconds = 5

// Source has the folded state; *tracker.Tracker is one.
type Source interface {
	// Inspect runs fn with the state and returns when it is done. fn keeps
	// nothing of the state. Its error says that there is no state.
	Inspect(ctx context.Context, fn func(*fold.State)) error
	// Ready is false while webhooks are refused.
	Ready() bool
}

var _ Source = (*tracker.Tracker)(nil)

// Options of the wall.
type Options struct {
	// Demo marks the page as a demonstration.
	Demo bool
	// Now is the clock that waits are measured with: the exporter's own. Nil is
	// the machine's, and in the demo, whose clock may stand, the receive time
	// of the last record.
	Now    func() time.Time
	Logger *slog.Logger
}

//go:embed page.html.tmpl style.css script.js
var files embed.FS

var (
	style  = mustRead("style.css")
	script = mustRead("script.js")
	layout = template.Must(template.New("page.html.tmpl").ParseFS(files, "page.html.tmpl"))

	// contentPolicy lets the page run its own two inline parts and fetch
	// itself, and nothing else.
	contentPolicy = "default-src 'none'; style-src " + hash(style) + "; script-src " + hash(script) +
		"; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

func mustRead(name string) string {
	b, err := files.ReadFile(name)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// wall is the handler.
type wall struct {
	src  Source
	opts Options

	mu   sync.Mutex // guards the following
	view *measure.View
	// last is what the agents did at the look before.
	last staff
}

// New returns the handler of the page. It answers GET and HEAD; the language
// is that of ?lang=, else of Accept-Language, else English; ?tz= names the time
// zone of the hours, else UTC.
func New(src Source, o Options) http.Handler {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil && !o.Demo {
		o.Now = time.Now
	}
	return &wall{src: src, opts: o, view: measure.NewView()}
}

func (w *wall) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		rw.Header().Set("Allow", "GET, HEAD")
		http.Error(rw, "the wall can only be read", http.StatusMethodNotAllowed)
		return
	}
	f, err := w.look(r.Context())
	if err != nil && r.Context().Err() != nil {
		return
	}
	status := http.StatusOK
	p := newPage(r, w.opts.Demo)
	if err != nil {
		status = http.StatusServiceUnavailable
		p.absent(w.reason(err))
	} else {
		p.fill(f)
	}
	var body bytes.Buffer
	if err := layout.Execute(&body, p); err != nil {
		w.opts.Logger.Error("the wall cannot be shown", "err", err)
		http.Error(rw, "the wall cannot be shown; see the exporter's log", http.StatusInternalServerError)
		return
	}
	h := rw.Header()
	if status == http.StatusServiceUnavailable {
		h.Set("Retry-After", strconv.Itoa(refreshSeconds))
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", p.Lang)
	h.Set("Content-Length", strconv.Itoa(body.Len()))
	h.Set("Content-Security-Policy", contentPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	h.Set("Vary", "Accept-Language")
	rw.WriteHeader(status)
	if r.Method == http.MethodGet {
		_, _ = rw.Write(body.Bytes()) // a reader who has gone needs no answer
	}
}

// look copies what the page shows out of the state.
func (w *wall) look(ctx context.Context) (*figures, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	w.mu.Lock()
	defer w.mu.Unlock()
	var f *figures
	if err := w.src.Inspect(ctx, func(s *fold.State) { f = observe(s, w.view, w.opts.Now) }); err != nil {
		return nil, err
	}
	f.agents.since(&w.last)
	w.last = f.agents
	f.writing = w.src.Ready()
	return f, nil
}

// reason is the message that says why there is no state.
func (w *wall) reason(err error) string {
	switch {
	case errors.Is(err, tracker.ErrNotReady):
		return "absent.replaying"
	case errors.Is(err, tracker.ErrStopped):
		return "absent.stopped"
	case errors.Is(err, context.DeadlineExceeded):
		w.opts.Logger.Warn("the wall got no answer from the tracker", "waited", askTimeout)
		return "absent.slow"
	}
	w.opts.Logger.Warn("the wall has no state", "err", err)
	return "absent.error"
}
