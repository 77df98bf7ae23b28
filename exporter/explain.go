package exporter

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/explain"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fold"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal/jetstream"
)

// ExplainOptions say which conversation is told of, and from what.
type ExplainOptions struct {
	// ID is the conversation's, or at least six of its first characters. With
	// List it is empty, and the conversations that opened last are listed.
	ID   string
	List bool
	// At lets time run to a moment after the last record; zero is the last
	// receive time.
	At time.Time
	// JournalDir is the journal of an exporter, running or stopped; or Files of
	// canonical events, "-" for Stdin, which are folded by ConfigFile.
	JournalDir string
	Files      []string
	ConfigFile string
	// JSON writes JSON instead of text.
	JSON  bool
	Stdin io.Reader
	Out   io.Writer
}

// Explain tells how a conversation went and how its figures came about, or
// lists conversations.
func Explain(ctx context.Context, o ExplainOptions) error {
	q := explainQuery{id: o.ID, list: o.List, json: o.JSON, at: o.At}
	if err := q.check(); err != nil {
		return err
	}
	switch {
	case (o.JournalDir == "") == (len(o.Files) == 0):
		return errors.New("name files of events (or - for standard input), or --journal.dir, not both")
	case len(o.Files) > 0:
		return explainFiles(ctx, o, q)
	case o.ConfigFile != "":
		return errors.New("--config.file is for files of events: a journal holds the configuration that it was counted by")
	}
	body, _, running, err := askControl(ctx, filepath.Join(o.JournalDir, controlSocket), http.MethodGet, q.target())
	if err != nil {
		return err
	}
	if running {
		_, err := io.Copy(o.Out, body)
		return errors.Join(err, body.Close())
	}
	return withStore(ctx, o.JournalDir, func(s *jetstream.Store) error {
		told, err := q.journal(ctx, s)
		if err != nil {
			return err
		}
		_, err = o.Out.Write(told)
		return err
	})
}

// explainQuery is what is asked for.
type explainQuery struct {
	id         string
	list, json bool
	at         time.Time
}

// check reads the id.
func (q *explainQuery) check() error {
	if q.list {
		if q.id != "" {
			return errors.New("either an id or --list")
		}
		return nil
	}
	if q.id == "" {
		return errors.New("name the id of a conversation, or --list")
	}
	id, err := explain.ParseID(q.id)
	q.id = id
	return err
}

// target is the query as the control socket takes it.
func (q explainQuery) target() string {
	v := url.Values{}
	if q.list {
		v.Set("list", "1")
	} else {
		v.Set("id", q.id)
	}
	if q.json {
		v.Set("json", "1")
	}
	if !q.at.IsZero() {
		v.Set("at", q.at.Format(time.RFC3339Nano))
	}
	return "/explain?" + v.Encode()
}

func parseExplainQuery(v url.Values) (explainQuery, error) {
	q := explainQuery{id: v.Get("id"), list: v.Get("list") != "", json: v.Get("json") != ""}
	if at := v.Get("at"); at != "" {
		var err error
		if q.at, err = time.Parse(time.RFC3339Nano, at); err != nil {
			return q, errors.New("at: not a time")
		}
	}
	return q, q.check()
}

func explainFiles(ctx context.Context, o ExplainOptions, q explainQuery) error {
	r, err := newReplayer(o.ConfigFile)
	if err != nil {
		return err
	}
	a := q.listen(r.state)
	if err := r.files(ctx, o.Files, o.Stdin); err != nil {
		return err
	}
	a.files = true
	told, err := a.finish()
	if err != nil {
		return err
	}
	_, err = o.Out.Write(told)
	return err
}

// explainAttempts: while a running exporter trims its journal, a read can find
// the beginning gone that was there a moment before.
const explainAttempts = 3

// journal folds a journal apart from whoever else reads or writes it.
func (q explainQuery) journal(ctx context.Context, store journal.Store) ([]byte, error) {
	var err error
	for range explainAttempts {
		var a *answer
		_, err = foldJournal(ctx, store, func(s *fold.State, first uint64) {
			a = q.listen(s)
			if first > 1 {
				a.trimmed = time.Unix(0, s.Received()).UTC()
			}
		}, nil)
		switch {
		case err == nil:
			return a.finish()
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case !errors.Is(err, errTrimmed) && !errors.Is(err, journal.ErrNotFound):
			return nil, err
		}
	}
	return nil, err
}

// answer listens to a state and writes what was asked for.
type answer struct {
	explainQuery
	state  *fold.State
	finder *explain.Finder
	lister *explain.Lister
	// trimmed is up to when the journal's beginning is gone, zero where it is
	// whole.
	trimmed time.Time
	// files: it comes from files of events.
	files bool
}

func (q explainQuery) listen(s *fold.State) *answer {
	a := &answer{explainQuery: q, state: s}
	if q.list {
		a.lister = explain.Listen(s)
	} else {
		a.finder = explain.Find(s, q.id)
	}
	return a
}

func (a *answer) finish() ([]byte, error) {
	if !a.at.IsZero() {
		if err := runUntil(a.state, a.at.UnixNano()); err != nil {
			return nil, err
		}
	}
	var told interface{ WriteText(io.Writer) error }
	if a.list {
		told = a.lister.List()
	} else {
		tl, err := a.finder.Timeline()
		if err != nil {
			return nil, a.hint(err)
		}
		told = tl
	}
	var b bytes.Buffer
	if a.json {
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		err := e.Encode(told)
		return b.Bytes(), err
	}
	err := told.WriteText(&b)
	return b.Bytes(), err
}

// hint says what to do.
func (a *answer) hint(err error) error {
	switch {
	case errors.Is(err, explain.ErrAmbiguous):
		return fmt.Errorf("%w: give more of its characters", err)
	case errors.Is(err, explain.ErrUnknown) && a.files:
		return fmt.Errorf("%w: ids depend on the key, so it has to be the exporter's (--config.file with privacy.key_file); --list shows what there is", err)
	case errors.Is(err, explain.ErrUnknown) && !a.trimmed.IsZero():
		return fmt.Errorf("%w: of what ended before %s no records are left (--journal.retention); --list shows what there is", err, a.trimmed.Format(time.RFC3339))
	case errors.Is(err, explain.ErrUnknown):
		return fmt.Errorf("%w: compare it with the label conversation, or see --list", err)
	}
	return err
}

// controlExplain answers from the journal, with a state of its own; one request
// after the other, since each folds the whole journal. stopping ends it.
func (s *Server) controlExplain(stopping context.Context) http.HandlerFunc {
	turn := make(chan struct{}, 1)
	return func(w http.ResponseWriter, r *http.Request) {
		q, err := parseExplainQuery(r.URL.Query())
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		defer context.AfterFunc(stopping, cancel)()
		select {
		case turn <- struct{}{}:
			defer func() { <-turn }()
		case <-ctx.Done():
		}
		if stopping.Err() != nil || ctx.Err() != nil {
			http.Error(w, "the exporter is stopping, or nobody waits for the answer", http.StatusServiceUnavailable)
			return
		}
		told, err := q.journal(ctx, s.store)
		switch {
		case err == nil:
			if q.json {
				w.Header().Set("Content-Type", "application/json")
			}
			_, _ = w.Write(told)
		case errors.Is(err, explain.ErrUnknown):
			http.Error(w, err.Error(), http.StatusNotFound)
		case errors.Is(err, explain.ErrAmbiguous):
			http.Error(w, err.Error(), http.StatusConflict)
		case ctx.Err() != nil:
			http.Error(w, "the exporter is stopping", http.StatusServiceUnavailable)
		default:
			controlError(w, err)
		}
	}
}
