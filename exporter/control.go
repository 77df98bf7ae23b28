package exporter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/clock"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/webhook"
)

// controlServer answers the operator's commands on a socket in the journal's
// directory that only its owner may open.
type controlServer struct {
	path     string
	listener net.Listener
	server   *http.Server
}

// errControl wraps what a running server answered.
var errControl = errors.New("the running exporter answered")

func newControlServer(path string, s *Server) (*controlServer, error) {
	// The journal's lock is held: a socket that lies here is of a process that
	// is gone.
	if err := removeIfThere(path); err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /rejected", s.controlRejected)
	mux.HandleFunc("GET /verify", s.controlVerify)
	mux.HandleFunc("GET /backup", s.controlBackup)
	stopping, stop := context.WithCancel(context.Background())
	mux.HandleFunc("GET /explain", s.controlExplain(stopping))
	mux.HandleFunc("POST /snapshot", s.controlSnapshot)
	mux.HandleFunc("POST /erase", s.controlErase)
	if jump, ok := s.opts.clock.(*clock.Jumping); ok {
		mux.HandleFunc("POST /clock", s.controlClock(jump))
	}
	c := &controlServer{path: path, listener: l, server: &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}}
	c.server.RegisterOnShutdown(stop)
	return c, nil
}

func (c *controlServer) serve() error { return c.server.Serve(c.listener) }

func (c *controlServer) stop(ctx context.Context) error {
	return errors.Join(c.server.Shutdown(ctx), ignoreClosed(c.listener.Close()))
}

func controlError(w http.ResponseWriter, err error) {
	http.Error(w, err.Error(), http.StatusInternalServerError)
}

func (s *Server) controlRejected(w http.ResponseWriter, r *http.Request) {
	list, err := webhook.ListRejected(r.Context(), s.store.Rejected(), s.master, webhook.MaskBody)
	if err != nil {
		controlError(w, err)
		return
	}
	_ = json.NewEncoder(w).Encode(list)
}

func (s *Server) controlVerify(w http.ResponseWriter, r *http.Request) {
	report, err := journal.Verify(r.Context(), s.store, expectations())
	if err != nil {
		controlError(w, err)
		return
	}
	if report.Err() != nil {
		w.WriteHeader(http.StatusConflict)
	}
	fmt.Fprint(w, report)
}

func (s *Server) controlBackup(w http.ResponseWriter, r *http.Request) {
	if err := s.tracker.Snapshot(r.Context()); err != nil {
		controlError(w, err)
		return
	}
	w.Header().Set("Trailer", "X-Backup-Error")
	if err := journal.Backup(r.Context(), s.store, w); err != nil {
		w.Header().Set("X-Backup-Error", err.Error())
	}
}

func (s *Server) controlSnapshot(w http.ResponseWriter, r *http.Request) {
	if err := s.tracker.Snapshot(r.Context()); err != nil {
		controlError(w, err)
		return
	}
	fmt.Fprintln(w, "snapshot written")
}

// controlClock moves the demo's clock: ?to=<RFC 3339>, or ?release=1.
func (s *Server) controlClock(jump *clock.Jumping) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("release") != "" {
			jump.Release()
			return
		}
		to, err := time.Parse(time.RFC3339Nano, r.FormValue("to"))
		if err != nil {
			http.Error(w, "to: not a time", http.StatusBadRequest)
			return
		}
		if err := s.tracker.AdvanceTo(r.Context(), to); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		}
	}
}

// controlClient talks to the exporter that has dir open; it gives an error
// wrapping os.ErrNotExist or a refused connection where there is none.
func controlClient(path string) *http.Client {
	return &http.Client{Transport: &http.Transport{
		// The client is for one request: a connection that it kept would stay
		// open, on both sides.
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", path)
		},
	}}
}

// askControl sends a request to a running exporter; running is false where
// none is.
func askControl(ctx context.Context, path, method, target string) (body io.ReadCloser, trailer http.Header, running bool, err error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://control"+target, nil)
	if err != nil {
		return nil, nil, false, err
	}
	return doControl(path, req)
}

// doControl is askControl with a request of one's own.
func doControl(path string, req *http.Request) (body io.ReadCloser, trailer http.Header, running bool, err error) {
	resp, err := controlClient(path).Do(req)
	if err != nil {
		var op *net.OpError
		if errors.As(err, &op) && op.Op == "dial" {
			return nil, nil, false, nil
		}
		return nil, nil, true, err
	}
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
		return nil, nil, true, errors.Join(fmt.Errorf("%w: %s", errControl, text), resp.Body.Close())
	}
	return resp.Body, resp.Trailer, true, nil
}
