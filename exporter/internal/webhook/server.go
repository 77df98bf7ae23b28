package webhook

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/threads"
)

// Bounds of one connection. The write bound counts from the end of the request
// header, so it covers the slowest body, the Sink or the send proxy, and the
// answer.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 30 * time.Second
	writeTimeout      = 90 * time.Second
	idleTimeout       = 60 * time.Second
	maxHeaderBytes    = 16 << 10
)

// Server takes webhooks. It is an http.Handler; Serve runs it with the
// timeouts and limits that a listener on the open internet needs.
type Server struct {
	opts    Options
	logger  *slog.Logger
	metrics *metrics
	http    *http.Server
	// table is swapped as a whole by Reload.
	table atomic.Pointer[table]

	scratch  sync.Pool
	inFlight atomic.Int64
	buffered atomic.Int64
	sending  atomic.Int64

	// memory has the threads of every source that ever was.
	memory *threads.Memory
	// sweeper runs from Serve to Shutdown.
	sweeper   sync.WaitGroup
	sweepStop context.CancelFunc
	sweepCtx  context.Context
	// orphanRate is the giveUpRate of sources that are not configured any more.
	orphanRate *rate.Limiter

	// These keep a fault that repeats with every request from
	// filling the log; the counters have the exact numbers.
	sinkLog, panicLog, keepLog, sendLog, threadLog rate.Sometimes
}

// New validates the options, registers the metrics and returns a Server that
// does not listen yet.
func New(opts Options) (*Server, error) {
	if err := opts.setDefaults(); err != nil {
		return nil, err
	}
	s := &Server{
		opts:     opts,
		logger:   opts.Logger,
		sinkLog:  rate.Sometimes{First: 1, Interval: time.Minute},
		panicLog: rate.Sometimes{First: 1, Interval: time.Minute},
		keepLog:  rate.Sometimes{First: 1, Interval: time.Minute},
		sendLog:  rate.Sometimes{First: 1, Interval: time.Minute},

		memory: opts.Memory, orphanRate: newGiveUpRate(),
		threadLog: rate.Sometimes{First: 1, Interval: 10 * time.Minute},
	}
	s.sweepCtx, s.sweepStop = context.WithCancel(context.Background())
	if s.memory == nil {
		s.memory = threads.New()
	}
	s.scratch.New = func() any { return newScratch() }
	s.http = &http.Server{
		Handler:                      s,
		ReadHeaderTimeout:            readHeaderTimeout,
		ReadTimeout:                  readTimeout,
		WriteTimeout:                 writeTimeout,
		IdleTimeout:                  idleTimeout,
		MaxHeaderBytes:               maxHeaderBytes,
		DisableGeneralOptionsHandler: true,
		ErrorLog:                     slog.NewLogLogger(opts.Logger.Handler(), slog.LevelDebug),
	}
	if opts.TLSCertFile != "" {
		certs, err := newCertificates(opts.TLSCertFile, opts.TLSKeyFile)
		if err != nil {
			return nil, fmt.Errorf("webhook server: %w", err)
		}
		s.http.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: certs.get}
	}
	s.metrics = newMetrics()
	t, err := s.newTable(opts.Sources)
	if err != nil {
		return nil, err
	}
	if err := s.metrics.register(opts.Registerer); err != nil {
		return nil, fmt.Errorf("webhook server: register metrics: %w", err)
	}
	s.metrics.initialise(t)
	s.table.Store(t)
	return s, nil
}

// Reload replaces the sources. Requests under way end with the old ones; after
// an error the old ones stay.
func (s *Server) Reload(sources []Source) error {
	t, err := s.newTable(sources)
	if err != nil {
		return err
	}
	s.metrics.initialise(t)
	s.table.Swap(t).closeIdle()
	return nil
}

// Serve answers requests of l until Shutdown, then returns nil. It is called
// once.
func (s *Server) Serve(l net.Listener) error {
	l = limitListener(l, s.opts.MaxConnections)
	s.sweeper.Go(func() { s.sweeping(s.sweepCtx) })
	var err error
	if s.http.TLSConfig != nil {
		err = s.http.ServeTLS(l, "", "")
	} else {
		err = s.http.Serve(l)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("webhook server: %w", err)
}

// Shutdown stops listening and waits for the requests under way. When ctx ends
// first the connections are cut; a vendor whose answer is lost sends again.
func (s *Server) Shutdown(ctx context.Context) error {
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = errors.Join(fmt.Errorf("webhook server: requests were still under way: %w", err), s.http.Close())
	}
	s.sweepStop()
	s.sweeper.Wait()
	s.table.Load().closeIdle()
	return err
}
