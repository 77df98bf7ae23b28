// Package exporter is the helpdesk exporter as a library: one function for
// each command of cmd/helpdesk-exporter. It wires the packages below
// exporter/internal together; nothing else does.
package exporter

import (
	"log/slog"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/clock"
)

// Options of a server. ConfigFile and JournalDir are required; addresses are
// host:port, port 0 takes a free one.
type Options struct {
	// ConfigFile is the YAML document that says what is watched.
	ConfigFile string
	// WebAddress serves metrics, pages and the API; WebConfigFile is the
	// exporter-toolkit's file with TLS and basic authentication.
	WebAddress, WebConfigFile string
	// WebhookAddress takes the providers' webhooks, with TLS where both files
	// are given.
	WebhookAddress, WebhookCertFile, WebhookKeyFile string
	// WebhookMaxRate is how many requests a second one source may send, 0 for
	// no bound.
	WebhookMaxRate float64
	// JournalDir holds the journal, the snapshots and the keys.
	JournalDir string
	// JournalMaxBytes is the size at which the journal refuses webhooks;
	// nine tenths of it are the size from which old records are trimmed.
	JournalMaxBytes int64
	// Retention is how long records are kept.
	Retention time.Duration
	// SnapshotInterval is the time between snapshots of the folded state.
	SnapshotInterval time.Duration
	Logger           *slog.Logger

	clock clock.Clock
	demo  bool
	// syncOnClose is for a journal that is of no use before it is whole.
	syncOnClose bool
}

// Defaults of the journal.
const (
	DefaultJournalMaxBytes  = 10 << 30
	DefaultRetention        = 30 * 24 * time.Hour
	DefaultSnapshotInterval = 5 * time.Minute
)

func (o *Options) setDefaults() {
	if o.JournalMaxBytes == 0 {
		o.JournalMaxBytes = DefaultJournalMaxBytes
	}
	if o.Retention == 0 {
		o.Retention = DefaultRetention
	}
	if o.SnapshotInterval == 0 {
		o.SnapshotInterval = DefaultSnapshotInterval
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.clock == nil {
		o.clock = clock.System{}
	}
}

// WithDemoClock lets the server's clock stand at a moment until the demo moves
// it over the control socket.
func WithDemoClock(o Options, at time.Time) Options {
	o.clock, o.demo = clock.NewJumping(at), true
	return o
}
