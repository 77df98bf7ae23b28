package exporter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fold"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/intake"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal/jetstream"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/metrics"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/privacy"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/providers"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/segment"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/tracker"
)

// ReplayOptions say what is recounted.
type ReplayOptions struct {
	// ConfigFile is optional; without it the defaults are in force.
	ConfigFile string
	// At is how far time runs after the last event; zero is the last receive
	// time.
	At time.Time
	// Files of canonical events, "-" for Stdin; or JournalDir, a stopped
	// server's journal.
	Files      []string
	JournalDir string
	// Protobuf writes delimited protobuf messages instead of text; they show
	// native histograms, exemplars and created times.
	Protobuf bool
	// History writes the metrics of the whole time as files for promtool
	// instead of the exposition at its end.
	History  HistoryOptions
	Stdin    io.Reader
	Out, Err io.Writer
}

// Replay folds events with the server's code and prints the exposition.
func Replay(ctx context.Context, o ReplayOptions) (err error) {
	if (o.JournalDir == "") == (len(o.Files) == 0) {
		return errors.New("name files of events (or - for standard input), or --journal.dir, not both")
	}
	past, err := newPast(o)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = past.end() // its error is err, or follows from it
		}
	}()
	var state *fold.State
	if o.JournalDir != "" {
		state, err = replayJournal(ctx, o, past)
	} else {
		state, err = replayFiles(ctx, o, past)
	}
	if err != nil {
		return err
	}
	if !o.At.IsZero() {
		if err := past.passive(state, o.At.UnixNano()); err != nil {
			return err
		}
		if err := runUntil(state, o.At.UnixNano()); err != nil {
			return err
		}
	}
	if past != nil {
		return past.close(o.Out)
	}
	return expose(state, o)
}

// runUntil lets time pass to at.
func runUntil(s *fold.State, at int64) error {
	tick := record.Commit{Batches: []record.Batch{{Kind: record.KindTick, Received: max(at, s.Received())}}}
	return s.Apply(s.Seq()+1, &tick, nil)
}

// still is a state that nobody changes any more, as a source of scrapes.
type still struct{ state *fold.State }

func (s still) View(_ context.Context, v *measure.View) error {
	s.state.View(v)
	return nil
}

func expose(s *fold.State, o ReplayOptions) error {
	reg := prometheus.NewRegistry()
	if err := reg.Register(metrics.NewCollector(still{s}, metrics.Options{})); err != nil {
		return err
	}
	if o.Protobuf {
		return metrics.WriteProtobuf(o.Out, reg)
	}
	return metrics.WriteText(o.Out, reg)
}

func replayFiles(ctx context.Context, o ReplayOptions, past *past) (*fold.State, error) {
	r, err := newReplayer(o.ConfigFile)
	if err != nil {
		return nil, err
	}
	r.past = past
	return r.state, r.files(ctx, o.Files, o.Stdin)
}

// newReplayer goes by a configuration, or the defaults where the name is "".
func newReplayer(configFile string) (*replayer, error) {
	cfg := config.Default(facts())
	master := privacy.NewMaster([32]byte{})
	if configFile != "" {
		var err error
		if cfg, err = config.Load(configFile, facts()); err != nil {
			return nil, err
		}
		// With the server's key file conversations get the server's ids.
		if f := cfg.Privacy.KeyFile; f != "" {
			if _, err := os.Stat(f); err == nil {
				if master, err = privacy.LoadMaster(f); err != nil {
					return nil, err
				}
			}
		}
	}
	in, err := intake.New(cfg, master, providers.KnownFailureCode)
	if err != nil {
		return nil, err
	}
	segments, _, err := segment.ReadFile(cfg.Segments, sourceNames(cfg), master.Contact)
	if err != nil {
		return nil, err
	}
	in = in.WithSegments(func(source, contact, alias, said string) string {
		name, _ := segments.Lookup(source, contact, alias, said)
		return name
	})
	return &replayer{state: fold.New(foldConfig(cfg, master)), intake: in, cfg: cfg}, nil
}

// replayer folds canonical events as the server would have received them.
type replayer struct {
	state  *fold.State
	intake *intake.Intake
	cfg    *config.Config
	past   *past // none where no history is written
	latest time.Time
	event  record.Event
}

func (r *replayer) files(ctx context.Context, names []string, stdin io.Reader) error {
	for _, f := range names {
		if err := r.file(ctx, f, stdin); err != nil {
			return err
		}
	}
	return nil
}

func (r *replayer) file(ctx context.Context, name string, stdin io.Reader) error {
	in := stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	events := event.NewReader(in)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		var e event.Event
		err := events.Next(&e)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := r.fold(&e); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
}

func (r *replayer) fold(e *event.Event) error {
	if e.Source == "" {
		e.Source = "events"
	}
	if e.Time.After(r.latest) {
		r.latest = e.Time
	}
	received := e.Received
	if received.IsZero() {
		received = r.latest
	}
	if !r.counts(e) {
		return nil
	}
	if err := r.past.passive(r.state, received.UnixNano()); err != nil {
		return err
	}
	r.intake.Prepare(e, &r.event)
	c := record.Commit{Batches: []record.Batch{{
		Kind: record.KindEvents, Received: max(received.UnixNano(), r.state.Received()), Events: []record.Event{r.event},
	}}}
	return r.state.Apply(r.state.Seq()+1, &c, nil)
}

// counts tells events of other channels and inboxes, and what is no message, as
// the webhooks do.
func (r *replayer) counts(e *event.Event) bool {
	if e.NoMessage() {
		return false
	}
	for _, s := range r.cfg.Sources {
		if s.Name != e.Source {
			continue
		}
		if e.Channel != "" && !slices.Contains(s.Channels, e.Channel) {
			return false
		}
		return len(s.Inboxes) == 0 || e.Inbox == "" || e.Kind == event.AgentState || e.Kind == event.LineChanged ||
			slices.ContainsFunc(s.Inboxes, func(in config.Inbox) bool { return in.ID == e.Inbox })
	}
	return e.Channel == "" || e.Channel == "whatsapp"
}

// replayJournal folds a stopped server's journal.
func replayJournal(ctx context.Context, o ReplayOptions, past *past) (s *fold.State, err error) {
	if err := hasJournal(o.JournalDir); err != nil {
		return nil, err
	}
	store, err := jetstream.Open(ctx, jetstream.Options{Dir: o.JournalDir})
	if errors.Is(err, journal.ErrLocked) {
		return nil, fmt.Errorf("%w: stop the exporter first, or read its /metrics", err)
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	return foldJournal(ctx, store, func(s *fold.State, first uint64) {
		if s.Seq() > 0 {
			fmt.Fprintf(o.Err, "The journal begins with record %d; counting on from the snapshot at record %d.\n", first, s.Seq())
		}
	}, past)
}

// errTrimmed: records that are needed are gone. Of a running exporter's journal
// they may have gone this moment; then another look helps.
var errTrimmed = errors.New("the journal's beginning is trimmed and no snapshot reaches back to it")

// foldJournal folds a journal from its beginning, or from the oldest snapshot
// where the beginning is trimmed. begin is called before the first record, with
// the number of the first that there is.
func foldJournal(ctx context.Context, store journal.Store, begin func(s *fold.State, first uint64), past *past) (*fold.State, error) {
	st, err := store.Lane().State(ctx)
	if err != nil {
		return nil, err
	}
	s := fold.New(config.FoldConfig{})
	if st.First > 1 && st.Last > 0 {
		if s, err = tracker.OldestSnapshot(ctx, store.Snapshots()); err != nil {
			return nil, err
		}
		if s == nil || s.Seq()+1 < st.First {
			return nil, errTrimmed
		}
	}
	begin(s, st.First)
	var dec record.Decoder
	var c record.Commit
	err = store.Lane().Read(ctx, s.Seq()+1, func(e journal.Entry) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if e.Seq > s.Seq()+1 {
			// Records that were lost are missing in the middle and for ever;
			// ones that a running exporter has just trimmed are not lost.
			if st, err := store.Lane().State(ctx); err != nil || st.First > s.Seq()+1 {
				return errors.Join(err, errTrimmed)
			}
		}
		if err := dec.Decode(e.Data, &c); err != nil {
			return fmt.Errorf("record %d: %w", e.Seq, err)
		}
		if err := past.recorded(s, &c); err != nil {
			return err
		}
		return s.Apply(e.Seq, &c, nil)
	})
	return s, err
}
