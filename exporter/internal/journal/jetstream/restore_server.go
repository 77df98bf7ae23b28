package jetstream

import (
	"context"
	"fmt"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
)

// startUnsynced starts the server that a restore writes with. Other than that
// of startEmbedded it does not sync each record: nobody relies on any of them
// before all are there. What it returns has to be stopped even when it comes
// with an error.
func startUnsynced(ctx context.Context, o Options) (*embedded, error) {
	srv, err := server.NewServer(&server.Options{
		ServerName:             "helpdesk-exporter",
		DontListen:             true,
		NoSigs:                 true,
		NoSystemAccount:        true,
		DisableJetStreamBanner: true,
		JetStream:              true,
		StoreDir:               o.Dir,
		JetStreamMaxStore:      1 << 62,
		JetStreamMaxMemory:     64 << 20,
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
		return e, fmt.Errorf("%w: the store in %s was not made in time: %w", journal.ErrUnavailable, o.Dir, ctx.Err())
	}
	if !srv.JetStreamEnabled() || !srv.ReadyForConnections(startedWithin) {
		return e, fmt.Errorf("%w: no store can be made in %s: %s", journal.ErrUnavailable, o.Dir, logger.lastError())
	}
	return e, nil
}
