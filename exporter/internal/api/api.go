// Package api is the exporter's HTTP API: JSON over the folded state, for
// Grafana and other programs. It is closed until the configuration has a token.
//
// Every answer is bounded and time-boxed. It reads the state through the
// tracker's loop and keeps nothing. No answer holds a phone, a name or a text.
package api

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/common/version"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fold"
)

// Prefix is what all its paths begin with.
const Prefix = "/api/v1/"

// Source has the folded state; *tracker.Tracker is one.
type Source interface {
	// Inspect runs fn with the state and returns when it is done. fn keeps
	// nothing of the state. Its error says that there is no state.
	Inspect(ctx context.Context, fn func(*fold.State)) error
	// Ready is false while webhooks are refused.
	Ready() bool
}

// Options of an API. Now is the clock by which "from" and "to" are filled in where
// a request leaves them out.
type Options struct {
	Now    func() time.Time
	Logger *slog.Logger
}

// API is an http.Handler for all paths that begin with Prefix.
type API struct {
	source Source
	opts   Options
	tokens atomic.Pointer[[]token]
	mux    *http.ServeMux
	paths  []string
}

// token is one that is accepted, by its hash.
type token struct {
	name   string
	sum    [sha256.Size]byte
	scopes []string
}

// askTimeout bounds how long a request waits for the state.
const askTimeout = 5 * time.Second

// endpoint is one path: what it needs, and what answers.
type endpoint struct {
	path, scope string
	// parameters are those that a request may have.
	parameters []string
	answer     func(*API, *http.Request) (any, error)
}

// endpoints is the table.
var endpoints = []endpoint{
	{"info", config.ScopeReadMasked, nil, (*API).info},
	{"heatmap", config.ScopeReadMasked, []string{"zone", "from", "to", "source", "inbox", "team"}, (*API).heatmap},
	{"discrepancies", config.ScopeReadMasked, []string{"limit", "request_type"}, (*API).discrepancies},
}

// New makes an API with the tokens of cfg.
func New(source Source, cfg config.API, opts Options) *API {
	a := &API{source: source, opts: opts, mux: http.NewServeMux()}
	a.Configure(cfg)
	for _, e := range endpoints {
		a.mux.HandleFunc("GET "+Prefix+e.path, a.serve(e))
		a.paths = append(a.paths, Prefix+e.path)
	}
	a.mux.HandleFunc(Prefix, func(w http.ResponseWriter, _ *http.Request) {
		a.write(w, http.StatusNotFound, failure{"there is no such path; GET " + Prefix + "info lists them"})
	})
	return a
}

// Configure puts other tokens in force.
func (a *API) Configure(cfg config.API) {
	tokens := make([]token, 0, len(cfg.Tokens))
	for _, t := range cfg.Tokens {
		tokens = append(tokens, token{t.Name, sha256.Sum256([]byte(t.Token)), slices.Clone(t.Scopes)})
	}
	a.tokens.Store(&tokens)
}

func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.mux.ServeHTTP(w, r) }

// failure is the body of whatever is no answer.
type failure struct {
	Error string `json:"error"`
}

// problem is an error with its status.
type problem struct {
	status int
	text   string
}

func (p *problem) Error() string { return p.text }

func bad(format string, args ...any) error {
	return &problem{http.StatusBadRequest, fmt.Sprintf(format, args...)}
}

func (a *API) serve(e endpoint) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if p := a.authorize(r, e.scope); p != nil {
			if p.status == http.StatusUnauthorized {
				w.Header().Set("WWW-Authenticate", `Bearer realm="helpdesk-exporter"`)
			}
			a.write(w, p.status, failure{p.text})
			return
		}
		for name, values := range r.URL.Query() {
			switch {
			case !slices.Contains(e.parameters, name):
				a.write(w, http.StatusBadRequest, failure{fmt.Sprintf("unknown parameter %.40q: known are %s", name, strings.Join(e.parameters, ", "))})
				return
			case len(values) > 1 && name != "source" && name != "inbox" && name != "team":
				a.write(w, http.StatusBadRequest, failure{"parameter " + name + " stands there more than once"})
				return
			}
		}
		answer, err := e.answer(a, r)
		if err == nil {
			a.write(w, http.StatusOK, answer)
			return
		}
		p, ok := err.(*problem)
		if !ok {
			p = &problem{http.StatusServiceUnavailable, "there is no state to read: " + err.Error()}
			w.Header().Set("Retry-After", "5")
		}
		a.write(w, p.status, failure{p.text})
	}
}

// authorize tells why a request may not have what it asks for.
func (a *API) authorize(r *http.Request, scope string) *problem {
	tokens := *a.tokens.Load()
	if len(tokens) == 0 {
		return &problem{http.StatusForbidden, "the API is closed: there is no token; add one to api.tokens in the configuration"}
	}
	header := r.Header.Values("Authorization")
	if len(header) != 1 {
		return &problem{http.StatusUnauthorized, "send one header Authorization: Bearer <token>"}
	}
	kind, given, ok := strings.Cut(header[0], " ")
	if !ok || !strings.EqualFold(kind, "Bearer") {
		return &problem{http.StatusUnauthorized, "send one header Authorization: Bearer <token>"}
	}
	sum := sha256.Sum256([]byte(strings.TrimSpace(given)))
	// Every token is compared, so that the time taken does not tell which it was.
	var found *token
	for i := range tokens {
		if subtle.ConstantTimeCompare(sum[:], tokens[i].sum[:]) == 1 {
			found = &tokens[i]
		}
	}
	switch {
	case found == nil:
		return &problem{http.StatusUnauthorized, "the token is not one of api.tokens"}
	case !slices.Contains(found.scopes, scope):
		return &problem{http.StatusForbidden, fmt.Sprintf("the token %s lacks the scope %s", found.name, scope)}
	}
	return nil
}

func (a *API) write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(body); err != nil {
		a.opts.Logger.Debug("an answer was not read to its end", "err", err)
	}
}

// inspect runs fn with the state, and bounds the wait for it.
func (a *API) inspect(r *http.Request, fn func(*fold.State)) error {
	ctx, cancel := context.WithTimeout(r.Context(), askTimeout)
	defer cancel()
	return a.source.Inspect(ctx, fn)
}

// infoAnswer says what this is.
type infoAnswer struct {
	Version string   `json:"version"`
	Ready   bool     `json:"ready"`
	Paths   []string `json:"paths"`
}

func (a *API) info(*http.Request) (any, error) {
	return infoAnswer{Version: version.Version, Ready: a.source.Ready(), Paths: a.paths}, nil
}
