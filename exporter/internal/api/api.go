// Package api is the exporter's HTTP API: JSON over the folded state and the
// journal, for Grafana and other programs. Its types and a client are in
// exporter/api. It is closed until the configuration has a token.
//
// Every answer is bounded and time-boxed, and says when it was cut. It reads the
// state through the tracker's loop, where it only looks things up; texts are read
// and opened outside of it. Texts are masked unless the token may read in full and
// asks for it; such reads, and erasures, are written to the access log first.
package api

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/common/version"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/api"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fold"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/transcript"
)

// Prefix is what all its paths begin with.
const Prefix = api.Prefix

// Source has the folded state; *tracker.Tracker is one.
type Source interface {
	// Inspect runs fn with the state and returns when it is done. fn keeps
	// nothing of the state. Its error says that there is no state.
	Inspect(ctx context.Context, fn func(*fold.State)) error
	// Ready is false while webhooks are refused.
	Ready() bool
}

// Privacy does what is done for customers.
type Privacy interface {
	// Contact is the keyed hash of a phone or id of a source.
	Contact(source, contact string) record.Key
	// Erase makes what the contact wrote unreadable, by all the keys that it goes
	// by, and gives how many sealing keys were destroyed.
	Erase(ctx context.Context, contact record.Key) (api.Erasure, error)
	// Log writes to the access log; what it cannot write must not happen.
	Log(Access) error
}

// Access is a line of the access log. It holds no text, no phone and no token.
type Access struct {
	Time   time.Time `json:"time"`
	Action string    `json:"action"`
	// Token is the token's name, User who the program said it asks for.
	Token string `json:"token"`
	User  string `json:"user,omitempty"`
	// Path and Query are what was asked for; a text that was searched for is left
	// out.
	Path  string `json:"path,omitempty"`
	Query string `json:"query,omitempty"`
	// Contact is a keyed hash.
	Contact string `json:"contact,omitempty"`
	Remote  string `json:"remote,omitempty"`
}

// Options of an API. Now is the clock by which "from" and "to" are filled in where
// a request leaves them out. Without Reader and Privacy the paths that need them
// answer 503.
type Options struct {
	Now    func() time.Time
	Logger *slog.Logger
	// Reader reads what the index names, Records the journal's records.
	Reader  *transcript.Reader
	Records journal.Log
	Privacy Privacy
	// Open lets everybody do everything while there is no token: for a demo whose
	// listener is on the loopback.
	Open bool
}

// API is an http.Handler for all paths that begin with Prefix.
type API struct {
	source  Source
	opts    Options
	setup   atomic.Pointer[setup]
	mux     *http.ServeMux
	paths   []string
	streams atomic.Int32
	openAPI []byte
}

// setup is what the configuration says.
type setup struct {
	tokens []token
	// urls of conversations in the vendors' inboxes, by source.
	urls map[string]string
	// satisfied is the least score that is good.
	satisfied int
	// open: without tokens everybody may do everything.
	open bool
}

// token is one that is accepted, by its hash.
type token struct {
	name   string
	sum    [sha256.Size]byte
	scopes []string
}

func (t *token) may(scope string) bool {
	return slices.Contains(t.scopes, scope) || scope == config.ScopeReadMasked && slices.Contains(t.scopes, config.ScopeReadFull)
}

// askTimeout bounds how long a request waits for the state.
const askTimeout = 5 * time.Second

// request is one that may have what it asks for.
type request struct {
	*http.Request
	token *token
	user  string
	// full: texts are not masked.
	full bool
	set  *setup
}

// New makes an API that goes by cfg.
func New(source Source, cfg *config.Config, opts Options) *API {
	a := &API{source: source, opts: opts, mux: http.NewServeMux()}
	a.Configure(cfg)
	for _, e := range endpoints {
		a.mux.HandleFunc(e.method+" "+Prefix+e.path, a.serve(e))
		a.paths = append(a.paths, e.method+" "+Prefix+e.path)
	}
	a.openAPI = document()
	a.mux.HandleFunc("GET "+Prefix+"openapi.json", a.serveOpenAPI)
	a.mux.HandleFunc(Prefix, func(w http.ResponseWriter, r *http.Request) {
		a.write(w, r, http.StatusNotFound, api.Failure{Error: "there is no such path; GET " + Prefix + "info lists them"})
	})
	return a
}

// Configure puts another configuration in force.
func (a *API) Configure(cfg *config.Config) {
	s := &setup{open: a.opts.Open, urls: map[string]string{}, satisfied: cfg.CSAT.SatisfiedMin}
	for _, t := range cfg.API.Tokens {
		s.tokens = append(s.tokens, token{t.Name, sha256.Sum256([]byte(t.Token)), slices.Clone(t.Scopes)})
	}
	for _, src := range cfg.Sources {
		if src.ConversationURL == "" {
			continue
		}
		s.urls[src.Name] = src.ConversationURL
		// What feeds another source counts for that one.
		if src.Feeds != "" && s.urls[src.Feeds] == "" {
			s.urls[src.Feeds] = src.ConversationURL
		}
	}
	a.setup.Store(s)
}

func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.mux.ServeHTTP(w, r) }

// problem is an error with its status.
type problem struct {
	status int
	text   string
}

func (p *problem) Error() string { return p.text }

func bad(format string, args ...any) error {
	return &problem{http.StatusBadRequest, fmt.Sprintf(format, args...)}
}

func notFound(format string, args ...any) error {
	return &problem{http.StatusNotFound, fmt.Sprintf(format, args...)}
}

func (a *API) serve(e endpoint) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		req, p := a.admit(r, e)
		if p != nil {
			if p.status == http.StatusUnauthorized {
				w.Header().Set("WWW-Authenticate", `Bearer realm="helpdesk-exporter"`)
			}
			a.write(w, r, p.status, api.Failure{Error: p.text})
			return
		}
		if e.stream != nil {
			if err := e.stream(a, w, req); err != nil {
				a.fail(w, r, err)
			}
			return
		}
		answer, err := e.answer(a, req)
		if err != nil {
			a.fail(w, r, err)
			return
		}
		a.write(w, r, http.StatusOK, answer)
	}
}

func (a *API) fail(w http.ResponseWriter, r *http.Request, err error) {
	var p *problem
	if !errors.As(err, &p) {
		p = &problem{http.StatusServiceUnavailable, "there is nothing to read now: " + err.Error()}
		w.Header().Set("Retry-After", "5")
	}
	a.write(w, r, p.status, api.Failure{Error: p.text})
}

// admit tells who asks, and why a request may not have what it asks for.
func (a *API) admit(r *http.Request, e endpoint) (*request, *problem) {
	req := &request{Request: r, set: a.setup.Load()}
	p := req.authorize(e)
	if p != nil {
		return nil, p
	}
	q := r.URL.Query()
	for name, values := range q {
		known := e.parameter(name)
		switch {
		case known == nil:
			return nil, &problem{http.StatusBadRequest, fmt.Sprintf("unknown parameter %.40q: known are %s", name, e.parameterNames())}
		case len(values) > 1 && !known.list:
			return nil, &problem{http.StatusBadRequest, "parameter " + name + " stands there more than once"}
		case len(values) > maxValues:
			return nil, &problem{http.StatusBadRequest, fmt.Sprintf("parameter %s stands there more than %d times", name, maxValues)}
		}
	}
	switch full := q.Get("full"); full {
	case "", "false":
	case "true":
		if !req.token.may(config.ScopeReadFull) {
			return nil, &problem{http.StatusForbidden, fmt.Sprintf("the token %s lacks the scope %s", req.token.name, config.ScopeReadFull)}
		}
		req.full = true
	default:
		return nil, &problem{http.StatusBadRequest, "full is not true or false"}
	}
	if req.full || e.scope == config.ScopeReadFull {
		if err := a.log(req, "read", r.PathValue("contact")); err != nil {
			return nil, &problem{http.StatusServiceUnavailable, err.Error()}
		}
	}
	return req, nil
}

// log writes to the access log, before what it is about.
func (a *API) log(r *request, action, contact string) error {
	if a.opts.Privacy == nil {
		return errors.New("there is no access log")
	}
	q := r.URL.Query()
	maps.DeleteFunc(q, func(name string, _ []string) bool { return name == "q" })
	err := a.opts.Privacy.Log(Access{
		Time: a.opts.Now().UTC(), Action: action, Token: r.token.name, User: r.user, Path: r.URL.Path, Query: q.Encode(), Contact: contact, Remote: r.RemoteAddr,
	})
	if err != nil {
		a.opts.Logger.Error("The access log cannot be written; full reads and erasures are refused until it can", "err", err)
		return errors.New("the access log cannot be written, so nothing is read in full or erased: see the exporter's log")
	}
	return nil
}

// maxUser bounds what stands in the access log, in bytes.
const maxUser = 200

// authorize takes the token in.
func (r *request) authorize(e endpoint) *problem {
	tokens := r.set.tokens
	if len(tokens) == 0 && r.set.open {
		r.token = &token{name: "open", scopes: config.Scopes()}
		return nil
	}
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
	for i := range tokens {
		if subtle.ConstantTimeCompare(sum[:], tokens[i].sum[:]) == 1 {
			r.token = &tokens[i]
		}
	}
	switch {
	case r.token == nil:
		return &problem{http.StatusUnauthorized, "the token is not one of api.tokens"}
	case !r.token.may(e.scope) && !(e.also != "" && r.token.may(e.also)):
		return &problem{http.StatusForbidden, fmt.Sprintf("the token %s lacks the scope %s", r.token.name, e.scope)}
	}
	r.user = printable(r.Header.Get(api.UserHeader), maxUser)
	return nil
}

// printable keeps what a program says from breaking the access log.
func printable(s string, max int) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	return s[:min(len(s), max)]
}

func (a *API) write(w http.ResponseWriter, r *http.Request, status int, body any) {
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	out, done := compressed(w, r, status)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	if err := errors.Join(encoder.Encode(body), done()); err != nil {
		a.opts.Logger.Debug("an answer was not read to its end", "err", err)
	}
}

// inspect runs fn with the state, and bounds the wait for it.
func (a *API) inspect(r *request, fn func(*fold.State)) error {
	ctx, cancel := context.WithTimeout(r.Context(), askTimeout)
	defer cancel()
	return a.source.Inspect(ctx, fn)
}

func (a *API) info(r *request) (any, error) {
	out := api.Info{Version: version.Version, Ready: a.source.Ready(), Paths: a.paths, Token: r.token.name, Scopes: r.token.scopes}
	if !out.Ready {
		return out, nil
	}
	err := a.inspect(r, func(s *fold.State) {
		x := s.Transcripts()
		out.Conversations = x.Len()
		first := int64(0)
		x.Each(func(row *transcript.Row) bool {
			if first == 0 || row.Opened < first {
				first = row.Opened
			}
			return true
		})
		out.Since = moment(first)
	})
	return out, err
}

// moment is a time, nil for none.
func moment(ns int64) *time.Time {
	if ns == 0 {
		return nil
	}
	at := time.Unix(0, ns).UTC()
	return &at
}
