package exporter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

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
	web, err := freeAddress("127.0.0.1:0")
	if err != nil {
		return err
	}
	hook, err := freeAddress("127.0.0.1:0")
	if err != nil {
		return err
	}
	t := timelapse{
		progress: o.Out, clock: done.Start, source: scenario, writer: writer,
		child:  newChild(o.Program, o.ConfigFile, o.JournalDir, web, hook, o.Err),
		sender: &simulate.Sender{URL: "http://" + hook + "/webhooks/" + source.Name, Writer: writer},
	}
	t.child.now = done.Start
	if err := os.MkdirAll(o.JournalDir, 0o700); err != nil {
		return err
	}
	if err := done.write(file); err != nil {
		return err
	}
	if err := t.child.start(ctx); err != nil {
		return err
	}
	defer t.child.stop()
	if err := t.catchUp(ctx); err != nil {
		return err
	}
	done.Until = t.clock
	if err := done.write(file); err != nil {
		return err
	}
	_, err = fmt.Fprintf(o.Out, "%d webhooks since %s.\n", t.sender.Stats().Requests, done.Start.Format(time.RFC1123Z))
	return err
}

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
