package bench

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/clock"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/intake"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal/jetstream"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/metrics"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/privacy"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/providers"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/tracker"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/webhook"
)

const (
	sourceName = "bench"
	inboxID    = "300000000000001"
	appSecret  = "b1946ac92492d2347c6235b4d2611184"
)

var ingestLoad = load{
	Secret: appSecret, Connections: 64, Contacts: 4000, Requests: 250_000, BodyBytes: 600,
	Warm: time.Second, Measure: 3 * time.Second,
}

// BenchmarkIngest is the durable ingest of signed webhooks against the same
// server without journal and fold: bare, durable, bare, durable, bare, durable,
// bare. Each ratio is of a durable run to the mean of the two around it, and
// the middle one counts. The generator shares the machine's cores with the
// server.
func BenchmarkIngest(b *testing.B) {
	for b.Loop() {
		var list []ingested
		before := serveBare(b)
		for range 3 {
			full := serveDurable(b)
			after := serveBare(b)
			i := ingested{full: full, bare: (before.perSecond() + after.perSecond()) / 2, cpu: (before.cpu + after.cpu) / 2}
			b.Logf("bare %.0f/s, durable %.0f/s (p50 %s, p99 %s), bare %.0f/s: ratio %.2f",
				before.perSecond(), full.perSecond(), round(full.P50), round(full.P99), after.perSecond(), i.ratio())
			list = append(list, i)
			before = after
		}
		slices.SortFunc(list, func(a, b ingested) int { return cmp.Compare(a.ratio(), b.ratio()) })
		mid := list[1]
		b.ReportMetric(mid.full.perSecond(), "durable-req/s")
		b.ReportMetric(mid.bare, "bare-req/s")
		b.ReportMetric(mid.ratio(), "durable/bare")
		b.ReportMetric(mid.cpu, "bare-cpu-µs/req")
		b.ReportMetric(mid.full.cpu, "durable-cpu-µs/req")
		b.ReportMetric(0, "ns/op")
		results.add("durable ingest of 600-byte Meta webhooks at 64 connections, to the same server without journal and fold", "≥ 0.60, aim 0.75",
			"%.2f; three runs %.2f to %.2f (%s/s to %s/s; p50 %s, p99 %s)", mid.ratio(), list[0].ratio(), list[2].ratio(),
			thousands(mid.full.perSecond()), thousands(mid.bare), round(mid.full.P50), round(mid.full.P99))
	}
}

// ingested is a durable run and the bare ones around it.
type ingested struct {
	full      served
	bare, cpu float64
}

func (i ingested) ratio() float64 { return i.full.perSecond() / i.bare }

type served struct {
	loadResult
	cpu float64 // the server's, in µs a request
}

type noSink struct{}

func (noSink) Accept(context.Context, string, []event.Event, time.Time) error { return nil }

func serveBare(b *testing.B) served {
	store := openStore(b)
	defer store.Close()
	return serve(b, noSink{}, store, newMaster(), prometheus.NewRegistry())
}

// serveDurable is the whole way: intake, keys, journal with its fsync, fold.
func serveDurable(b *testing.B) served {
	store := openStore(b)
	defer store.Close()
	master := newMaster()
	cfg := benchConfig()
	in, err := intake.New(cfg, master, providers.KnownFailureCode)
	if err != nil {
		b.Fatal(err)
	}
	ring, err := privacy.OpenKeyring(b.Context(), store.Keys(), master, privacy.KeyringOptions{})
	if err != nil {
		b.Fatal(err)
	}
	reg := prometheus.NewRegistry()
	t := tracker.Start(b.Context(), tracker.Options{
		Store: store, Intake: in, Keyring: ring, Clock: clock.System{}, Logger: slog.New(slog.DiscardHandler),
		Observer: observer{metrics.NewSelf(reg, nil)}, Config: config.Fold(cfg),
	})
	for !t.Ready() {
		time.Sleep(time.Millisecond)
	}
	r := serve(b, t, store, master, reg)
	if err := t.Stop(b.Context()); err != nil {
		b.Fatal(err)
	}
	return r
}

// serve lets a generator of its own process load a webhook server.
func serve(b *testing.B, sink webhook.Sink, store *jetstream.Store, master *privacy.Master, reg prometheus.Registerer) served {
	b.Helper()
	spec, _ := providers.Lookup("meta")
	adapter, err := spec.New(benchConfig().Sources[0])
	if err != nil {
		b.Fatal(err)
	}
	s, err := webhook.New(webhook.Options{
		Logger: slog.New(slog.DiscardHandler), Registerer: reg, Sink: sink, Rejected: store.Rejected(), Sealer: master,
		Sources: []webhook.Source{{Name: sourceName, Adapter: adapter, Channels: []string{"whatsapp"}, Inboxes: []string{inboxID}, MalformedStatus: 400}},
	})
	if err != nil {
		b.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	settle()
	syscall.Sync() // what the runs before have written is not this one's to wait for

	todo := ingestLoad
	todo.Addr = l.Addr().String()
	todo.Run = uint64(time.Now().UnixNano())
	text, err := json.Marshal(todo)
	if err != nil {
		b.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.CommandContext(b.Context(), self)
	cmd.Env = append(os.Environ(), generatorEnv+"="+string(text))
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	used := cpuTime()
	if err := cmd.Run(); err != nil {
		b.Fatalf("%v: %s", err, &complaint)
	}
	used = cpuTime() - used
	var r served
	if err := json.Unmarshal(out.Bytes(), &r.loadResult); err != nil {
		b.Fatal(err)
	}
	// The server works for the warm-up too, at about the same rate.
	all := r.perSecond() * (todo.Warm.Seconds() + r.Seconds)
	r.cpu = float64(used.Microseconds()) / all
	if err := s.Shutdown(b.Context()); err != nil {
		b.Fatal(err)
	}
	if err := <-ended; err != nil {
		b.Fatal(err)
	}
	return r
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func openStore(b *testing.B) *jetstream.Store {
	b.Helper()
	s, err := jetstream.Open(b.Context(), jetstream.Options{Dir: filepath.Join(b.TempDir(), "journal")})
	if err != nil {
		b.Fatal(err)
	}
	return s
}

func newMaster() *privacy.Master { return privacy.NewMaster([privacy.KeySize]byte{1}) }

func benchConfig() *config.Config {
	facts := config.Facts{Providers: map[string]config.ProviderFacts{"meta": {NeedsSecret: true, NeedsVerifyToken: true}, "events": {Resolves: true}}}
	cfg := config.Default(facts)
	hook := config.DefaultSource(sourceName, "meta", facts)
	hook.Secret, hook.VerifyToken = appSecret, "591785b794601e212b260e25925636fd"
	hook.Inboxes = []config.Inbox{{ID: inboxID, Team: "support"}}
	cfg.Sources = []config.Source{hook, config.DefaultSource(simulatedSource, "events", facts)}
	return cfg
}

// observer is the server's own.
type observer struct{ self *metrics.Self }

func (o observer) Appended(took time.Duration) { o.self.JournalAppend.Observe(took.Seconds()) }

func (o observer) Duplicates(source string, n int) {
	o.self.Duplicates.WithLabelValues(source).Add(float64(n))
}

func (o observer) Late(by time.Duration)     { o.self.EventLateness.Observe(by.Seconds()) }
func (o observer) SnapshotDone(at time.Time) { o.self.SnapshotTime.Set(float64(at.Unix())) }
func (o observer) SnapshotFailed()           { o.self.SnapshotFailures.Inc() }
func (o observer) RolledBack(n uint64)       { o.self.StateRollbacks.Add(float64(n)) }
