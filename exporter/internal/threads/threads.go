// Package threads remembers what vendors say of a conversation only once: whom
// it is with, over which inbox and channel (provider.Thread). By that it
// completes later events before they are journalled, so that journal and fold
// know nothing of it and a replay needs none of it. Events that nobody can
// complete yet wait in it for a bounded time.
//
// What it was taught survives the process: in a log of the journal, sealed, and
// acknowledged by Sync only when it is on disk. Requests that teach nothing new
// never wait for the disk; those that do share a write. The log is compacted
// by Tidy. Without a log the memory ends with the process.
//
// Its size is bounded by numbers of entries, not by age. Everything may be used
// concurrently; the package starts no goroutine and reads no clock.
package threads

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/time/rate"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
)

// Defaults of Options.
const (
	DefaultMaxThreads = 50_000
	DefaultMaxWaiting = 1000
	DefaultPatience   = 10 * time.Minute
)

// Sealer encrypts what is on disk; privacy.Master is one.
type Sealer interface {
	Seal(label string, plaintext []byte) []byte
	Open(label string, sealed []byte) ([]byte, error)
}

// Options of a Memory.
type Options struct {
	// Log keeps what was taught; nil forgets it with the process. Nobody else
	// may write to it.
	Log journal.Log
	// Sealer is required with a Log.
	Sealer Sealer
	Logger *slog.Logger
	// Registerer gets the metrics; nil for none.
	Registerer prometheus.Registerer
	// MaxThreads is how many conversations, how many contacts and how many
	// inboxes of a source are known at least [50000]; at most it is twice as
	// many. A hundred thousand of each take about 50 MB.
	MaxThreads int
	// MaxWaiting is how many events of a source wait at most [1000], and
	// Patience how long [10m].
	MaxWaiting int
	Patience   time.Duration
}

// Memory knows the threads of every source that ever was.
type Memory struct {
	o   Options
	log *slog.Logger
	// faultLog keeps a fault that repeats with every request from filling the log.
	faultLog rate.Sometimes

	// writer holds a token while the log is written to.
	writer chan struct{}
	// compacting is held for a whole compaction; before writer.
	compacting sync.Mutex

	// mu guards what follows; it is taken last.
	mu      sync.Mutex
	sources map[string]*Source
	// pending are entries that are in no record of the log yet. They bear the
	// mark next.
	pending []byte
	next    uint64
	// done are sequences of records whose events wait no longer.
	done []uint64

	// durable is the mark up to which entries are on disk.
	durable atomic.Uint64
	// rotated asks for a compaction: a generation was forgotten.
	rotated atomic.Bool

	// These belong to who holds writer. epoch seals what is written; epochs are
	// all whose keys are in the log. logged are the bytes of the log and content
	// those of the last compaction.
	epoch           *epoch
	epochs          []*epoch
	last            uint64
	logged, content int

	unreadable, failures atomic.Uint64
}

// Source is the memory of one source.
type Source struct {
	m    *Memory
	name string

	mu     sync.Mutex
	tables [tableEnd]recent
	room   room
	// news: something was learned since the room was last looked through.
	news bool
}

// Open reads the log and compacts it where that is worth it. Its error is the
// log's own; records that cannot be read are left out, logged and counted.
func Open(ctx context.Context, o Options) (*Memory, error) {
	if o.Log != nil && o.Sealer == nil {
		return nil, errors.New("thread memory: a log needs a Sealer")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.MaxThreads == 0 {
		o.MaxThreads = DefaultMaxThreads
	}
	if o.MaxWaiting == 0 {
		o.MaxWaiting = DefaultMaxWaiting
	}
	if o.Patience == 0 {
		o.Patience = DefaultPatience
	}
	m := &Memory{
		o: o, log: o.Logger, faultLog: rate.Sometimes{First: 1, Interval: time.Minute},
		writer: make(chan struct{}, 1), sources: make(map[string]*Source), next: 1,
	}
	if o.Log != nil {
		if err := m.load(ctx); err != nil {
			return nil, fmt.Errorf("thread memory: %w", err)
		}
		if m.due() {
			if err := m.compact(ctx); err != nil {
				m.fault("the memory of conversations could not be compacted; it is tried again", err)
			}
		}
	}
	if o.Registerer != nil {
		if err := o.Registerer.Register(collector{m}); err != nil {
			return nil, fmt.Errorf("thread memory: register metrics: %w", err)
		}
	}
	return m, nil
}

// New makes a Memory that ends with the process.
func New() *Memory {
	m, err := Open(context.Background(), Options{})
	if err != nil {
		panic(err) // nothing of it can fail
	}
	return m
}

// Source gives the memory of a source, made where it is new.
func (m *Memory) Source(name string) *Source {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.sources[name]
	if s == nil {
		s = &Source{m: m, name: strings.Clone(name)}
		for t := range s.tables {
			s.tables[t].limit = m.o.MaxThreads
		}
		m.sources[s.name] = s
	}
	return s
}

// Sources lists them by name.
func (m *Memory) Sources() []*Source {
	m.mu.Lock()
	list := make([]*Source, 0, len(m.sources))
	for _, s := range m.sources {
		list = append(list, s)
	}
	m.mu.Unlock()
	slices.SortFunc(list, func(a, b *Source) int { return strings.Compare(a.name, b.name) })
	return list
}

// Name is the source's.
func (s *Source) Name() string { return s.name }

func (m *Memory) fault(message string, err error) {
	m.faultLog.Do(func() { m.log.Warn(message, slog.Any("err", err)) })
}
