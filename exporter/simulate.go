package exporter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/providers"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/simulate"
)

// SimulateOptions say what is sent, and where.
type SimulateOptions struct {
	// URL of a source's webhook, and the provider whose dialect it speaks.
	URL, Provider string
	// Secret signs; SecretFile names a file that holds it.
	Secret, SecretFile string
	// ConfigFile and Source take provider, secrets and keys from a source of a
	// configuration instead.
	ConfigFile, Source string
	// APIAddress is where the simulated vendor's API listens, for vendors whose
	// webhooks the exporter completes from it.
	APIAddress string
	// Inboxes that write, so that an allow-list lets them in.
	Inboxes []string
	// Rate multiplies the conversations a day, Speed shortens the gaps.
	Rate, Speed float64
	Seed        uint64
	// Duration of the simulated time; 0 has no end.
	Duration time.Duration
	// OutFile gets canonical events instead, "-" for Out.
	OutFile string
	// Start of the simulated time [now].
	Start time.Time
	// Past is lived through in quick time by an exporter on JournalDir; nothing
	// else is done then.
	Past       time.Duration
	JournalDir string
	// Continue names what Past left: the simulation goes on from there.
	Continue string
	Out, Err io.Writer
}

// Simulate sends a helpdesk's day as signed webhooks, or writes it to a file.
func Simulate(ctx context.Context, o SimulateOptions) error {
	if o.Past != 0 {
		return simulatePast(ctx, o)
	}
	var done progress
	if o.Continue != "" {
		var err error
		if done, err = readProgress(o.Continue); err != nil {
			return err
		}
		if done.Until.IsZero() {
			return fmt.Errorf("%s is of a simulation that did not reach its end: run simulate --past again", o.Continue)
		}
		o.Seed, o.Rate, o.Start, o.Inboxes = done.Seed, done.Rate, done.Start.Local(), done.Inboxes
	}
	if o.Start.IsZero() {
		o.Start = time.Now()
	}
	opts := simulate.Options{Seed: o.Seed, Start: o.Start, Duration: o.Duration, Rate: o.Rate, Inboxes: o.Inboxes}
	if o.OutFile != "" {
		return simulateFile(opts, o)
	}
	if o.URL == "" {
		return errors.New("give the webhook's address, --url http://host:9842/webhooks/<source>, or --out FILE")
	}
	source, err := simulatedSource(o)
	if err != nil {
		return err
	}
	spec, ok := providers.Lookup(source.Provider)
	if !ok {
		return fmt.Errorf("provider %q is not known; there are %s", source.Provider, strings.Join(providers.Names(), ", "))
	}
	writer, err := spec.NewWriter(source)
	if err != nil {
		return err
	}
	if api, ok := writer.(http.Handler); ok {
		stop, err := serveAPI(ctx, o, spec, api)
		if err != nil {
			return err
		}
		defer stop()
	}
	if spec.Simulation.Plain {
		opts.Profile = simulate.ProfileMeta
	}
	opts.Inboxes = simulatedInboxes(o, source, spec)
	scenario, err := simulate.New(opts)
	if err != nil {
		return err
	}
	s := &simulate.Sender{URL: o.URL, Writer: writer, Speed: o.Speed, Progress: o.Err}
	var stream simulate.Stream = scenario
	if o.Continue != "" {
		// One worker: what was sent is what came before the last item.
		s.OwnTime, s.Workers = true, 1
		stream = &rest{Scenario: scenario, file: o.Continue, done: done}
	}
	stats, err := s.Run(ctx, stream)
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	fmt.Fprintf(o.Out, "%d events acknowledged in %d requests, %d refused, %d retries\n", stats.Acked, stats.Requests, stats.Rejected, stats.Retries)
	return err
}

// simulatedInboxes are those that were asked for, those of an allow-list, which
// lets nobody else in, or the vendor's usual ones.
func simulatedInboxes(o SimulateOptions, source config.Source, spec provider.Spec) []string {
	if len(o.Inboxes) > 0 {
		return o.Inboxes
	}
	var ids []string
	for _, in := range source.Inboxes {
		ids = append(ids, in.ID)
	}
	if len(ids) == 0 {
		return spec.Simulation.Inboxes
	}
	return ids
}

// serveAPI lets the writer be the vendor's API.
func serveAPI(ctx context.Context, o SimulateOptions, spec provider.Spec, api http.Handler) (stop func(), err error) {
	if o.APIAddress == "" {
		return nil, fmt.Errorf("the webhooks of %s are completed from its API: give --api.listen-address=127.0.0.1:9843, and the source api_url: http://127.0.0.1:9843", spec.Title)
	}
	l, err := net.Listen("tcp", o.APIAddress)
	if err != nil {
		return nil, fmt.Errorf("the simulated API: %w", err)
	}
	var asked atomic.Int64
	asked.Store(time.Now().UnixNano())
	server := &http.Server{ReadHeaderTimeout: 5 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Store(time.Now().UnixNano())
		api.ServeHTTP(w, r)
	})}
	go func() { _ = server.Serve(l) }()
	fmt.Fprintf(o.Err, "the API of %s is at http://%s\n", spec.Title, l.Addr())
	return func() {
		// What came last is still being fetched.
		for ctx.Err() == nil && time.Since(time.Unix(0, asked.Load())) < apiLinger {
			time.Sleep(apiLinger / 20)
		}
		_ = server.Close()
	}, nil
}

// apiLinger is for how long nobody may have asked the simulated API before it
// goes.
const apiLinger = 2 * time.Second

func simulateFile(opts simulate.Options, o SimulateOptions) (err error) {
	if opts.Duration == 0 {
		opts.Duration = 24 * time.Hour
	}
	scenario, err := simulate.New(opts)
	if err != nil {
		return err
	}
	if o.OutFile == "-" {
		return simulate.WriteNDJSON(o.Out, scenario)
	}
	f, err := os.Create(o.OutFile)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return simulate.WriteNDJSON(f, scenario)
}

// simulatedSource is the source whose vendor is played: one of a configuration,
// or one that has nothing but a secret and its address.
func simulatedSource(o SimulateOptions) (config.Source, error) {
	if o.ConfigFile != "" {
		cfg, err := config.Load(o.ConfigFile, facts())
		if err != nil {
			return config.Source{}, err
		}
		for _, s := range cfg.Sources {
			if s.Name == o.Source || o.Source == "" && len(cfg.Sources) == 1 {
				return s, nil
			}
		}
		return config.Source{}, fmt.Errorf("%s has no source %q: name one by --source", o.ConfigFile, o.Source)
	}
	secret := o.Secret
	if o.SecretFile != "" {
		b, err := os.ReadFile(o.SecretFile)
		if err != nil {
			return config.Source{}, fmt.Errorf("secret file: %w", err)
		}
		secret = strings.TrimSpace(string(b))
	}
	s := config.DefaultSource("simulation", o.Provider, facts())
	s.Secret = config.Secret(secret)
	// Vendors that sign the address sign the one that they were given.
	for _, k := range facts().Providers[o.Provider].Keys {
		if k.Kind == config.KeyURL && k.Required {
			if s.Keys == nil {
				s.Keys = make(config.Values)
			}
			s.Keys[k.Name] = config.Value{Kind: k.Kind, Text: strings.TrimRight(o.URL, "/")}
		}
	}
	return s, nil
}

// newWriter makes a provider's dialect for a source that has nothing but a
// secret.
func newWriter(name, secret string) (provider.Writer, error) {
	spec, ok := providers.Lookup(name)
	if !ok {
		return nil, fmt.Errorf("provider %q is not known; there are %s", name, strings.Join(providers.Names(), ", "))
	}
	s := config.DefaultSource("simulation", name, facts())
	s.Secret = config.Secret(secret)
	return spec.NewWriter(s)
}
