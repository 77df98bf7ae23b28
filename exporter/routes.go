package exporter

import (
	"fmt"
	"net/http"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/api"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/metrics"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/wall"
)

// routes are the paths of the web listener.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", metrics.NewHandler(s.registry, metrics.HandlerOptions{
		Logger: s.opts.Logger.With("component", "metrics"), Registerer: s.registry,
	}))
	mux.HandleFunc("GET /-/healthy", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "helpdesk-exporter is healthy") })
	mux.HandleFunc("GET /-/ready", s.serveReady)
	mux.HandleFunc("POST /-/reload", s.serveReload)
	mux.Handle(api.Prefix, s.api)
	mux.Handle("GET /{$}", wall.New(s.tracker, wall.Options{Demo: s.opts.demo, Now: s.opts.clock.Now, Logger: s.opts.Logger.With("component", "wall")}))
	return mux
}

// serveReady answers 200 once the journal was replayed to its end and while it
// takes records.
func (s *Server) serveReady(w http.ResponseWriter, _ *http.Request) {
	switch {
	case !s.tracker.Replayed():
		http.Error(w, "not ready: the journal is still being replayed", http.StatusServiceUnavailable)
	case !s.tracker.Ready():
		http.Error(w, "not ready: the journal takes no records (full disk, or its size limit is reached); see the log", http.StatusServiceUnavailable)
	default:
		fmt.Fprintln(w, "helpdesk-exporter is ready")
	}
}

func (s *Server) serveReload(w http.ResponseWriter, r *http.Request) {
	if err := s.Reload(r.Context()); err != nil {
		http.Error(w, fmt.Sprintf("not reloaded, the old configuration stays in force:\n%v", err), http.StatusInternalServerError)
		return
	}
	fmt.Fprintln(w, "configuration reloaded")
}
