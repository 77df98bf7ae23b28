package jetstream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
)

// startedWithin is how long to wait for the server's word that it is ready once
// its Start has returned: it has given it by then, or it never will.
const startedWithin = 100 * time.Millisecond

// embedded is a JetStream server inside this process.
type embedded struct {
	server *server.Server
	// started is closed when the server's Start has returned.
	started chan struct{}
}

// syncing says whether a server syncs each record to the disk: always, but for
// a restore and Options.SyncOnClose, of whose records nobody relies on any
// before all are there.
type syncing bool

// startEmbedded starts a server and waits until its store has been recovered.
// What it returns has to be stopped even when it comes with an error.
func startEmbedded(ctx context.Context, o Options, sync syncing) (*embedded, error) {
	srv, err := server.NewServer(&server.Options{
		ServerName:             "helpdesk-exporter",
		DontListen:             true,
		NoSigs:                 true,
		NoSystemAccount:        true,
		DisableJetStreamBanner: true,
		JetStream:              true,
		StoreDir:               o.Dir,
		SyncAlways:             bool(sync),
		// The streams have limits of their own; the server's default of a share
		// of the free disk would refuse limits that are larger than that.
		JetStreamMaxStore:  1 << 62,
		JetStreamMaxMemory: 64 << 20,
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", journal.ErrUnavailable, err)
	}
	logger := &serverLogger{to: o.Logger.With("component", "journal-server")}
	srv.SetLoggerV2(logger, false, false, false)
	e := &embedded{server: srv, started: make(chan struct{})}
	go func() {
		defer close(e.started)
		srv.Start()
	}()
	select {
	case <-e.started:
	case <-ctx.Done():
		return e, fmt.Errorf("%w: the store in %s was not recovered in time: %w", journal.ErrUnavailable, o.Dir, ctx.Err())
	}
	if !srv.JetStreamEnabled() || !srv.ReadyForConnections(startedWithin) {
		err := fmt.Errorf("%w: the store in %s cannot be opened", journal.ErrUnavailable, o.Dir)
		if last := logger.lastError(); last != "" {
			err = fmt.Errorf("%w: %s", err, last)
		}
		return e, err
	}
	return e, nil
}

// stop ends the server and waits for that.
func (e *embedded) stop(timeout time.Duration) error {
	if e == nil {
		return nil
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		e.server.Shutdown()
		<-e.started
		e.server.WaitForShutdown()
	}()
	t := time.NewTimer(timeout)
	defer t.Stop()
	select {
	case <-done:
		return nil
	case <-t.C:
		return errors.New("the journal's server did not end in time; what was acknowledged is on disk")
	}
}

// serverLogger passes the server's log on. Its notices are of no interest to
// the operator of an exporter, so they are at debug level.
type serverLogger struct {
	to *slog.Logger

	mu   sync.Mutex
	last string
}

var _ server.Logger = (*serverLogger)(nil)

// lastError is the newest error, for the message of a start that failed.
func (l *serverLogger) lastError() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}

func (l *serverLogger) fail(format string, v []any) {
	text := fmt.Sprintf(format, v...)
	l.mu.Lock()
	l.last = text
	l.mu.Unlock()
	l.to.Error("journal server", "detail", text)
}

func (l *serverLogger) Noticef(format string, v ...any) {
	l.to.Debug("journal server", "detail", fmt.Sprintf(format, v...))
}

func (l *serverLogger) Warnf(format string, v ...any) {
	l.to.Warn("journal server", "detail", fmt.Sprintf(format, v...))
}

func (l *serverLogger) Errorf(format string, v ...any) { l.fail(format, v) }
func (l *serverLogger) Fatalf(format string, v ...any) { l.fail(format, v) }
func (l *serverLogger) Debugf(string, ...any)          {}
func (l *serverLogger) Tracef(string, ...any)          {}
