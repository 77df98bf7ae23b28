package exporter

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/clock"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/providers"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/simulate"
)

// progressFile lies in the journal's directory.
const progressFile = "simulation.json"

// progress says which simulation it was and how far it has come, so that it can
// be continued: the same options give the same events.
type progress struct {
	Seed    uint64    `json:"seed"`
	Rate    float64   `json:"rate"`
	Start   time.Time `json:"start"`
	Inboxes []string  `json:"inboxes,omitempty"`
	// Until is the moment of the last item that was acknowledged; zero while
	// the past is being lived through.
	Until time.Time `json:"until,omitzero"`
}

func readProgress(file string) (progress, error) {
	var p progress
	b, err := os.ReadFile(file)
	if err != nil {
		return p, err
	}
	if err := json.Unmarshal(b, &p); err != nil || p.Start.IsZero() {
		return p, fmt.Errorf("%s was not written by simulate --past: %w", file, errors.Join(err, errors.New("start is missing")))
	}
	return p, nil
}

func (p progress) write(file string) error {
	b, err := json.Marshal(p)
	if err != nil {
		return err
	}
	if err := os.WriteFile(file+".new", append(b, '\n'), 0o644); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}

// simulatePast makes a journal of the time before now: the exporter of the
// configuration lives through it.
func simulatePast(ctx context.Context, o SimulateOptions) (err error) {
	if o.Past < 0 || o.ConfigFile == "" || o.JournalDir == "" {
		return errors.New("--past is a time above 0 and needs --config.file and --journal.dir")
	}
	file := filepath.Join(o.JournalDir, progressFile)
	if before, err := readProgress(file); err == nil && before.Until.IsZero() {
		// Half a past is of no use, and the file says whose it is.
		if err := clearDir(o.JournalDir); err != nil {
			return err
		}
	}
	if hasJournal(o.JournalDir) == nil {
		_, err := fmt.Fprintf(o.Out, "%s holds a journal already; nothing was simulated.\n", o.JournalDir)
		return err
	}
	source, err := simulatedSource(o)
	if err != nil {
		return err
	}
	spec, ok := providers.Lookup(source.Provider)
	if !ok {
		return fmt.Errorf("provider %q is not known", source.Provider)
	}
	writer, err := spec.NewWriter(source)
	if err != nil {
		return err
	}
	if _, ok := writer.(http.Handler); ok {
		return fmt.Errorf("the webhooks of %s are completed from its API, which has no past: take a source of another provider", spec.Title)
	}
	done := progress{Seed: o.Seed, Rate: o.Rate, Start: time.Now().Add(-o.Past).Truncate(time.Second), Inboxes: simulatedInboxes(o, source, spec)}
	opts := simulate.Options{Seed: done.Seed, Start: done.Start, Rate: done.Rate, Inboxes: done.Inboxes}
	if spec.Simulation.Plain {
		opts.Profile = simulate.ProfileMeta
	}
	scenario, err := simulate.New(opts)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(o.JournalDir, 0o700); err != nil {
		return err
	}
	if err := done.write(file); err != nil {
		return err
	}
	t := timelapse{progress: o.Out, clock: done.Start, source: scenario, writer: writer}
	if err := t.within(ctx, o, source.Name); err != nil {
		return err
	}
	done.Until = t.clock
	if err := done.write(file); err != nil {
		return err
	}
	_, err = fmt.Fprintf(o.Out, "%d webhooks since %s.\n", t.sender.Stats().Requests, done.Start.Format(time.RFC1123Z))
	return err
}

// within lets an exporter in this process live through everything up to now:
// each webhook goes through its handler, no byte through a connection, and the
// journal reaches the disk at the end.
func (t *timelapse) within(ctx context.Context, o SimulateOptions, source string) (err error) {
	opts := WithDemoClock(Options{
		ConfigFile: o.ConfigFile, JournalDir: o.JournalDir, WebAddress: "127.0.0.1:0", WebhookAddress: "127.0.0.1:0",
		Logger: slog.New(slog.NewTextHandler(o.Err, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}, t.clock)
	opts.syncOnClose = true
	s, err := New(ctx, opts)
	if err != nil {
		return err
	}
	defer func() {
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), snapshotTimeout)
		defer cancel()
		err = errors.Join(err, s.Stop(stopping))
	}()
	s.Start(ctx)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case err := <-s.Failed():
			cancel(fmt.Errorf("the exporter ended by itself: %w", err))
		case <-ctx.Done():
		}
	}()
	for !s.Ready() {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(10 * time.Millisecond):
		}
	}
	t.exporter = own{s}
	t.sender = &simulate.Sender{
		URL: "http://" + s.WebhookAddr() + "/webhooks/" + source, Writer: t.writer, Client: &http.Client{Transport: handled{s.webhooks}},
	}
	if err := t.catchUp(ctx); err != nil {
		return errors.Join(err, context.Cause(ctx))
	}
	return nil
}

// own is an exporter in this process.
type own struct{ *Server }

func (o own) moveTo(ctx context.Context, to time.Time) error { return o.tracker.AdvanceTo(ctx, to) }

func (o own) release(context.Context) error {
	o.opts.clock.(*clock.Jumping).Release()
	return nil
}

func (o own) ended() <-chan error { return o.Failed() }

// handled gives requests to a handler instead of a connection.
type handled struct{ http.Handler }

// RoundTrip is part of http.RoundTripper.
func (h handled) RoundTrip(r *http.Request) (*http.Response, error) {
	w := written{status: http.StatusOK, header: http.Header{}}
	h.ServeHTTP(&w, r)
	return &http.Response{StatusCode: w.status, Header: w.header, Body: io.NopCloser(&w.body), Request: r}, nil
}

// written is what a handler answers.
type written struct {
	status int
	header http.Header
	body   bytes.Buffer
}

func (w *written) Header() http.Header         { return w.header }
func (w *written) WriteHeader(status int)      { w.status = status }
func (w *written) Write(b []byte) (int, error) { return w.body.Write(b) }

// clearDir removes what is in a directory; itself may be a volume's root.
func clearDir(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
	}
	return err
}

// saveEvery bounds what is sent once more, and dropped as duplicates, after a
// simulation was killed.
const saveEvery = 10 * time.Second

// stillOnTheWay is how long before the item that was handed on last everything
// has been acknowledged.
const stillOnTheWay = 2 * time.Minute

// rest is what is left of a simulation.
type rest struct {
	*simulate.Scenario
	file  string
	done  progress
	saved time.Time
}

// Next skips what was acknowledged before, and notes now and then how far it
// has come.
func (r *rest) Next() (simulate.Item, bool) {
	for {
		it, ok := r.Scenario.Next()
		if ok && !it.At.After(r.done.Until) {
			continue
		}
		if until := it.At.Add(-stillOnTheWay); ok && until.After(r.done.Until) && time.Since(r.saved) > saveEvery {
			p := r.done
			p.Until = until
			// What cannot be noted is sent again, and dropped.
			if p.write(r.file) == nil {
				r.saved = time.Now()
			}
		}
		return it, ok
	}
}
