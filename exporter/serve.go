package exporter

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/exporter-toolkit/web"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/access"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/api"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fetch"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/intake"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal/jetstream"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/metrics"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/privacy"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/providers"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/segment"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/threads"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/tracker"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/transcript"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/webhook"
)

// Files in the journal's directory beside the journal itself.
const (
	keyFileName     = "privacy.key"
	controlSocket   = "control.sock"
	storeDir        = server.JetStreamStoreDir
	restoredMarker  = "restored"
	snapshotTimeout = 2 * time.Minute
)

// Server is a running exporter.
type Server struct {
	opts     Options
	cfg      *config.Config
	registry *prometheus.Registry
	self     *metrics.Self
	master   *privacy.Master
	store    *jetstream.Store
	tracker  *tracker.Tracker
	webhooks *webhook.Server
	segments *segment.Book
	tasks    *fetch.Queue
	memory   *threads.Memory
	reader   *transcript.Reader
	eraser   *eraser
	api      *api.API

	webListener, webhookListener net.Listener
	web                          *http.Server
	control                      *controlServer

	feeds atomic.Pointer[map[string]string]
	// figures is what was last said of each source.
	figures map[string]string
	reload  sync.Mutex
	failed  chan error
	stops   []stop
}

// stop is a step of shutting down.
type stop struct {
	name string
	fn   func(context.Context) error
}

// New reads the configuration, opens the journal and binds the listeners. It
// serves nothing yet. Whatever it opened before an error is closed again.
func New(ctx context.Context, opts Options) (s *Server, err error) {
	opts.setDefaults()
	s = &Server{opts: opts, registry: prometheus.NewRegistry(), failed: make(chan error, 4)}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Stop(context.Background()))
			s = nil
		}
	}()
	if s.cfg, err = config.Load(opts.ConfigFile, facts()); err != nil {
		return s, err
	}
	sources, err := webhookSources(s.cfg)
	if err != nil {
		return s, err
	}
	fetchers, err := fetchSources(s.cfg)
	if err != nil {
		return s, err
	}
	s.feeds.Store(feeds(s.cfg))
	if err = s.openJournal(ctx); err != nil {
		return s, err
	}
	s.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	s.self = metrics.NewSelf(s.registry, sourceInfos(s.cfg))
	s.self.ConfigReloadSuccessful.Set(1)
	s.self.ConfigReloadSuccessTime.Set(unixSeconds(opts.clock.Now()))
	if err = s.startTracker(ctx); err != nil {
		return s, err
	}
	s.registry.MustRegister(metrics.NewCollector(scraped{s.tracker}, metrics.Options{Logger: opts.Logger.With("component", "metrics")}))
	s.tasks = fetch.New(fetch.Options{
		Log: s.store.Tasks(), Sink: delivery{s}, Refused: delivery{s}.refused, Logger: opts.Logger.With("component", "fetch"), Registerer: s.registry,
	}, fetchers)
	if s.memory, err = threads.Open(ctx, threads.Options{
		Log: s.store.Threads(), Sealer: s.master, Logger: opts.Logger.With("component", "threads"), Registerer: s.registry,
	}); err != nil {
		return s, err
	}
	s.onStop("thread memory", s.memory.Tidy)
	s.webhooks, err = webhook.New(webhook.Options{
		Logger: opts.Logger.With("component", "webhook"), Registerer: s.registry, Clock: opts.clock.Now, Sources: sources,
		Sink: sink{s.tracker, &s.feeds}, Tasks: s.tasks, Memory: s.memory, Rejected: s.store.Rejected(), Sealer: s.master,
		RatePerSecond: opts.WebhookMaxRate, TLSCertFile: opts.WebhookCertFile, TLSKeyFile: opts.WebhookKeyFile,
	})
	if err != nil {
		return s, err
	}
	if s.webhookListener, err = listen(opts.WebhookAddress); err != nil {
		return s, fmt.Errorf("webhook listener: %w", err)
	}
	s.onStop("webhook listener", func(context.Context) error { return ignoreClosed(s.webhookListener.Close()) })
	if s.webListener, err = listen(opts.WebAddress); err != nil {
		return s, fmt.Errorf("web listener: %w", err)
	}
	s.onStop("web listener", func(context.Context) error { return ignoreClosed(s.webListener.Close()) })
	if s.eraser.log, err = access.Open(accessLog(s.cfg, opts.JournalDir)); err != nil {
		return s, err
	}
	s.onStop("access log", func(context.Context) error { return s.eraser.log.Close() })
	s.api = api.New(s.tracker, s.cfg, api.Options{
		Now: opts.clock.Now, Logger: opts.Logger.With("component", "api"), Reader: s.reader, Records: s.store.Lane(), Privacy: s.eraser,
		Open: opts.demo && onLoopback(s.webListener.Addr()),
	})
	s.web = &http.Server{Handler: s.routes(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute}
	if err = s.tasks.Start(ctx); err != nil {
		return s, err
	}
	s.onStop("fetching", s.tasks.Stop)
	s.control, err = newControlServer(filepath.Join(opts.JournalDir, controlSocket), s)
	if err != nil {
		return s, err
	}
	s.onStop("control socket", s.control.stop)
	return s, nil
}

func listen(address string) (net.Listener, error) { return net.Listen("tcp", address) }

// onLoopback tells whether only this machine reaches an address.
func onLoopback(a net.Addr) bool {
	tcp, ok := a.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

func (s *Server) onStop(name string, fn func(context.Context) error) {
	s.stops = append(s.stops, stop{name, fn})
}

// openJournal opens the journal's directory and the key file.
func (s *Server) openJournal(ctx context.Context) error {
	var err error
	if err = os.MkdirAll(s.opts.JournalDir, 0o700); err != nil {
		return fmt.Errorf("journal directory: %w", err)
	}
	if s.store, err = jetstream.Open(ctx, jetstream.Options{
		Dir: s.opts.JournalDir, LaneBytes: s.opts.JournalMaxBytes, SyncOnClose: s.opts.syncOnClose, Logger: s.opts.Logger.With("component", "journal"),
	}); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	s.onStop("journal", func(context.Context) error { return s.store.Close() })
	s.master, err = privacy.LoadMaster(keyFile(s.cfg, s.opts.JournalDir))
	return err
}

func keyFile(cfg *config.Config, dir string) string {
	if cfg.Privacy.KeyFile != "" {
		return cfg.Privacy.KeyFile
	}
	return filepath.Join(dir, keyFileName)
}

// foldConfig is the part of a configuration that the fold goes by, with the
// salt that comes from the key file: with one key server and replay give an
// agent the same hash.
func foldConfig(cfg *config.Config, master *privacy.Master) config.FoldConfig {
	f := config.Fold(cfg)
	if f.AgentTimes.Label == config.AgentLabelHash {
		f.AgentSalt = master.AgentSalt()
	}
	return f
}

func (s *Server) startTracker(ctx context.Context) error {
	in, err := intake.New(s.cfg, s.master, providers.KnownFailureCode)
	if err != nil {
		return err
	}
	s.segments = segment.NewBook(s.master.Contact, s.registry, s.opts.Logger.With("component", "segments"))
	if err := s.segments.Configure(s.cfg.Segments, sourceNames(s.cfg)); err != nil {
		return err
	}
	in = in.WithSegments(s.segments.Lookup)
	s.eraser = &eraser{s: s}
	ring, list, again, err := openKeys(ctx, s.store, s.master, keyFile(s.cfg, s.opts.JournalDir), privacy.KeyringOptions{Logger: s.opts.Logger.With("component", "keys")})
	if err != nil {
		return err
	}
	if again > 0 {
		s.opts.Logger.Info("erased again what a restored backup had brought back", "keys", again)
	}
	s.eraser.keyring, s.eraser.erasures = ring, list
	s.reader = transcript.NewReader(s.store.Lane(), ring, s.cfg.Transcripts.CacheSize)
	s.onStop("transcripts", func(context.Context) error { s.reader.Close(); return nil })
	marker := filepath.Join(s.opts.JournalDir, restoredMarker)
	_, restored := os.Stat(marker)
	// The tracker ends by Stop alone, which lets it commit what was accepted;
	// a cancelled context would cut an append short.
	s.tracker = tracker.Start(context.WithoutCancel(ctx), tracker.Options{
		Store: s.store, Intake: in, Keyring: ring, Clock: s.opts.clock,
		Logger: s.opts.Logger.With("component", "tracker"), Observer: observer{s.self}, Config: foldConfig(s.cfg, s.master),
		SnapshotEvery: s.opts.SnapshotInterval, Retention: max(s.opts.Retention, s.cfg.Transcripts.Retention), MaxBytes: uint64(s.opts.JournalMaxBytes) / 10 * 9,
		RolledBack: restored == nil, Began: func() error { return removeIfThere(marker) },
	})
	s.onStop("tracker", s.tracker.Stop)
	return nil
}

func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// Start begins to serve; Failed tells when a part of it ends by itself.
func (s *Server) Start(ctx context.Context) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var wg sync.WaitGroup
	wg.Go(func() { s.segments.Watch(ctx) })
	wg.Go(func() {
		s.reader.Follow(ctx, s.tracker.Applied, time.Now(), s.opts.Logger.With("component", "transcripts"))
	})
	wg.Go(func() { watchJournal(ctx, s.store.Lane(), s.tracker, s.self, s.opts.Logger) })
	wg.Go(func() { s.served("web server", s.serveWeb()) })
	wg.Go(func() { s.served("webhook server", s.webhooks.Serve(s.webhookListener)) })
	wg.Go(func() { s.served("control socket", s.control.serve()) })
	wg.Go(func() {
		select {
		case <-s.tracker.Done():
			s.served("tracker", s.tracker.Err())
		case <-ctx.Done():
		}
	})
	s.onStop("background", func(context.Context) error { cancel(); wg.Wait(); return nil })
	s.onStop("control socket", s.control.stop)
	s.onStop("web server", func(ctx context.Context) error { return s.web.Shutdown(ctx) })
	s.onStop("webhook server", func(ctx context.Context) error { return s.webhooks.Shutdown(ctx) })
	s.logFigures()
	s.opts.Logger.Info("listening", "web", s.WebAddr(), "webhooks", s.WebhookAddr())
}

func (s *Server) served(name string, err error) {
	if err != nil && !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
		select {
		case s.failed <- fmt.Errorf("%s: %w", name, err):
		default:
		}
	}
}

func (s *Server) serveWeb() error {
	var systemd bool
	return web.Serve(s.webListener, s.web, &web.FlagConfig{
		WebListenAddresses: &[]string{s.opts.WebAddress}, WebSystemdSocket: &systemd, WebConfigFile: &s.opts.WebConfigFile,
	}, s.opts.Logger.With("component", "web"))
}

// Failed gets the error of a part that ended by itself.
func (s *Server) Failed() <-chan error { return s.failed }

// WebAddr is the bound address of metrics and pages.
func (s *Server) WebAddr() string { return s.webListener.Addr().String() }

// WebhookAddr is the bound address of the webhooks.
func (s *Server) WebhookAddr() string { return s.webhookListener.Addr().String() }

// Ready tells whether the journal was replayed to its end and takes records.
func (s *Server) Ready() bool { return s.tracker.Ready() }

// Stop ends everything in the reverse order of its start: no more webhooks,
// what was accepted is committed, a last snapshot, the journal is closed.
func (s *Server) Stop(ctx context.Context) error {
	var errs []error
	for len(s.stops) > 0 {
		last := s.stops[len(s.stops)-1]
		s.stops = s.stops[:len(s.stops)-1]
		if err := last.fn(ctx); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", last.name, err))
		}
	}
	return errors.Join(errs...)
}

// Serve runs an exporter until ctx ends or a part of it fails. reload asks for
// the configuration to be read again.
func Serve(ctx context.Context, opts Options, reload <-chan os.Signal) error {
	s, err := New(ctx, opts)
	if err != nil {
		return err
	}
	s.Start(ctx)
	for {
		select {
		case <-reload:
			// The error is logged and shown as a metric; the old configuration
			// stays in force.
			_ = s.Reload(ctx)
			continue
		case err = <-s.Failed():
			opts.Logger.Error("stopping", "err", err)
		case <-ctx.Done():
			opts.Logger.Info("stopping")
		}
		break
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), snapshotTimeout)
	defer cancel()
	return errors.Join(err, s.Stop(stopping))
}

// Reload reads the configuration again and puts it in force. Everything that
// can fail happens first; a bad file changes nothing.
func (s *Server) Reload(ctx context.Context) (err error) {
	s.reload.Lock()
	defer s.reload.Unlock()
	defer func() {
		if err != nil {
			s.self.ConfigReloadSuccessful.Set(0)
			s.opts.Logger.Error("the configuration was not reloaded; the old one stays in force", "err", err)
			return
		}
		s.self.ConfigReloadSuccessful.Set(1)
		s.self.ConfigReloadSuccessTime.Set(unixSeconds(s.opts.clock.Now()))
		s.opts.Logger.Info("configuration reloaded")
	}()
	cfg, err := config.Load(s.opts.ConfigFile, facts())
	if err != nil {
		return err
	}
	sources, err := webhookSources(cfg)
	if err != nil {
		return err
	}
	fetchers, err := fetchSources(cfg)
	if err != nil {
		return err
	}
	if keyFile(cfg, s.opts.JournalDir) != keyFile(s.cfg, s.opts.JournalDir) {
		return errors.New("privacy.key_file cannot be changed while running; restart the exporter")
	}
	in, err := intake.New(cfg, s.master, providers.KnownFailureCode)
	if err != nil {
		return err
	}
	if err := s.segments.Configure(cfg.Segments, sourceNames(cfg)); err != nil {
		return err
	}
	in = in.WithSegments(s.segments.Lookup)
	if err := s.eraser.log.Reopen(accessLog(cfg, s.opts.JournalDir)); err != nil {
		return err
	}
	if err := s.tracker.Configure(ctx, foldConfig(cfg, s.master), in); err != nil {
		return err
	}
	if err := s.webhooks.Reload(sources); err != nil {
		return err
	}
	s.tasks.SetSources(fetchers)
	s.feeds.Store(feeds(cfg))
	s.api.Configure(cfg)
	s.self.SetSources(sourceInfos(cfg))
	s.cfg = cfg
	s.logFigures()
	return nil
}

// scraped is what a scrape shows: nothing, and that is no fault, before the
// journal is replayed and once the exporter stops.
type scraped struct{ t *tracker.Tracker }

func (v scraped) View(ctx context.Context, view *measure.View) error {
	err := v.t.View(ctx, view)
	if errors.Is(err, tracker.ErrNotReady) || errors.Is(err, tracker.ErrStopped) {
		return fmt.Errorf("%w: %w", metrics.ErrNotReady, err)
	}
	return err
}

// sink hands webhooks to the tracker, as events of the source that they count
// for.
type sink struct {
	t     *tracker.Tracker
	feeds *atomic.Pointer[map[string]string]
}

func (k sink) Accept(ctx context.Context, source string, events []event.Event, received time.Time) error {
	if fed, ok := (*k.feeds.Load())[source]; ok {
		source = fed
	}
	err := k.t.Accept(ctx, source, events, received)
	if errors.Is(err, tracker.ErrNotReady) || errors.Is(err, tracker.ErrStopped) {
		return fmt.Errorf("%w: %w", webhook.ErrNotReady, err)
	}
	return err
}
