// Package jetstream keeps the journal in NATS JetStream: a server inside this
// process whose store lies in one directory. It opens no port.
//
// What Append has acknowledged is on disk: the server syncs after each record.
// One process at a time has a directory open (flock on the file "lock"). A
// store that fails answers with journal.ErrUnavailable, a full one with
// journal.ErrFull; neither ends the process.
//
// Everything but the start of the server goes through a client connection, so
// that a cluster outside of the process can take the server's place.
package jetstream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
)

// Options say where the journal lies and how large it may get. Dir is
// required; of everything else the zero value stands for the default.
type Options struct {
	// Dir is created with mode 0700 where it does not exist.
	Dir string
	// Logger gets the server's warnings and errors.
	Logger *slog.Logger
	// LaneBytes is the size at which the lane refuses records with
	// journal.ErrFull; 0 is no limit. Making it smaller removes nothing.
	LaneBytes int64
	// RejectedBytes [256 MiB] and RejectedAge [7 days] bound what is kept of
	// unreadable bodies; the oldest go first.
	RejectedBytes int64
	RejectedAge   time.Duration
	// MinFree [64 MiB] is the disk space that is left alone: with less of it
	// free, writes are refused with journal.ErrFull. JetStream itself does not
	// recover from a full disk without a restart, so it must not meet one.
	MinFree uint64
	// ReadyTimeout [2 min] bounds the start; a store without its index is read
	// whole.
	ReadyTimeout time.Duration
	// Timeout [5 s] bounds each call to the server that has no earlier
	// deadline, and how long Read waits for the next record.
	Timeout time.Duration
	// CloseTimeout [30 s] bounds Close.
	CloseTimeout time.Duration
	// SyncOnClose leaves it to Close to bring what was acknowledged to the
	// disk. It is for a journal that is made in one piece, and made anew where
	// that does not reach its end.
	SyncOnClose bool
}

func (o *Options) setDefaults() error {
	if o.Dir == "" {
		return errors.New("journal: no directory given")
	}
	if o.LaneBytes < 0 || o.RejectedBytes < 0 || o.RejectedAge < 0 {
		return errors.New("journal: a size or age limit is negative")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	def(&o.RejectedBytes, 256<<20)
	def(&o.RejectedAge, 7*24*time.Hour)
	def(&o.MinFree, 64<<20)
	def(&o.ReadyTimeout, 2*time.Minute)
	def(&o.Timeout, 5*time.Second)
	def(&o.CloseTimeout, 30*time.Second)
	return nil
}

func def[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}

// Store is a journal in JetStream; see journal.Store.
type Store struct {
	o    Options
	lock *os.File
	srv  *embedded
	nc   *nats.Conn
	js   jetstream.JetStream

	lane, keys, rejected, tasks, threads *log
	snapshots                            *blobs

	close sync.Once
	err   error
}

var _ journal.Store = (*Store)(nil)

// Open locks the directory, starts the server and makes the streams that are
// missing. It wraps journal.ErrLocked when another process has the directory,
// and journal.ErrUnavailable when the server does not get ready.
func Open(ctx context.Context, o Options) (s *Store, err error) {
	if err := o.setDefaults(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("create the journal's directory: %w", err)
	}
	s = &Store{o: o}
	if s.lock, err = lockDir(o.Dir); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
			s = nil
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, o.ReadyTimeout)
	defer cancel()
	if s.srv, err = startEmbedded(ctx, o, syncing(!o.SyncOnClose)); err != nil {
		return s, err
	}
	if s.nc, err = connect(s.srv, o.Logger); err != nil {
		return s, fmt.Errorf("%w: connect to the embedded server: %w", journal.ErrUnavailable, err)
	}
	if s.js, err = jetstream.New(s.nc, jetstream.WithDefaultTimeout(o.Timeout)); err != nil {
		return s, fmt.Errorf("%w: %w", journal.ErrUnavailable, err)
	}
	return s, s.openStreams(ctx)
}

// connect dials the server. A cluster outside of the process would be dialled
// here, by its URLs.
func connect(srv *embedded, logger *slog.Logger) (*nats.Conn, error) {
	return nats.Connect("",
		nats.InProcessServer(srv.server),
		nats.Name("helpdesk-exporter"),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(50*time.Millisecond),
		// While disconnected, calls fail instead of waiting in a buffer: what
		// was not acknowledged is repeated by its sender.
		nats.ReconnectBufSize(-1),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			logger.Warn("journal connection", "err", err)
		}),
	)
}

// Lane is part of journal.Store.
func (s *Store) Lane() journal.Log { return s.lane }

// Keys is part of journal.Store.
func (s *Store) Keys() journal.Log { return s.keys }

// Rejected is part of journal.Store.
func (s *Store) Rejected() journal.Log { return s.rejected }

// Tasks is part of journal.Store.
func (s *Store) Tasks() journal.Log { return s.tasks }

// Threads is part of journal.Store.
func (s *Store) Threads() journal.Log { return s.threads }

// Snapshots is part of journal.Store.
func (s *Store) Snapshots() journal.Blobs { return s.snapshots }

// Close ends the connection, so that calls under way fail with
// journal.ErrUnavailable, shuts the server down and unlocks the directory. It
// returns the same error however often it is called. When the server does not
// end in CloseTimeout the directory stays locked: the server may still write.
func (s *Store) Close() error {
	s.close.Do(func() {
		if s.nc != nil {
			s.nc.Close()
		}
		if s.srv != nil {
			if s.err = s.srv.stop(s.o.CloseTimeout); s.err != nil {
				return
			}
		}
		if s.o.SyncOnClose {
			s.err = syncTree(s.o.Dir)
		}
		s.err = errors.Join(s.err, s.lock.Close())
	})
	return s.err
}
