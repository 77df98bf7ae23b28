package exporter

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal/jetstream"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/privacy"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/webhook"
)

// ErrJournal: the journal is damaged; what is wrong was written out.
var ErrJournal = errors.New("the journal is damaged")

// expectations say how records of each log are read.
func expectations() journal.Expect {
	var dec record.Decoder
	var c record.Commit
	return journal.Expect{
		Lane: func(e journal.Entry) error { return dec.Decode(e.Data, &c) },
		Keys: func(e journal.Entry) error { return privacy.CheckRecord(e.Data) },
	}
}

// hasJournal tells a directory with a journal from any other, so that looking
// at the wrong one makes no empty journal there.
func hasJournal(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, storeDir)); err != nil {
		return fmt.Errorf("--journal.dir %s holds no journal: %w", dir, err)
	}
	return nil
}

// withStore opens a journal that no exporter has open.
func withStore(ctx context.Context, dir string, fn func(*jetstream.Store) error) (err error) {
	if err := hasJournal(dir); err != nil {
		return err
	}
	store, err := jetstream.Open(ctx, jetstream.Options{Dir: dir})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	return fn(store)
}

// Rejected shows what could not be read, newest first, with texts and secrets
// masked. It asks the running exporter, or opens the journal where none runs.
func Rejected(ctx context.Context, dir, configFile string, out io.Writer) error {
	var list []webhook.Rejected
	body, _, running, err := askControl(ctx, filepath.Join(dir, controlSocket), "GET", "/rejected")
	if err != nil {
		return err
	}
	if running {
		err := json.NewDecoder(body).Decode(&list)
		if err := errors.Join(err, body.Close()); err != nil {
			return err
		}
	} else {
		cfg := config.Default(facts())
		if configFile != "" {
			if cfg, err = config.Load(configFile, facts()); err != nil {
				return err
			}
		}
		if err := hasJournal(dir); err != nil {
			return err
		}
		// LoadMaster would make a key where the file is lost.
		if _, err := os.Stat(keyFile(cfg, dir)); err != nil {
			return fmt.Errorf("key file, see --config.file: %w", err)
		}
		master, err := privacy.LoadMaster(keyFile(cfg, dir))
		if err != nil {
			return err
		}
		err = withStore(ctx, dir, func(s *jetstream.Store) error {
			list, err = webhook.ListRejected(ctx, s.Rejected(), master, webhook.MaskBody)
			return err
		})
		if err != nil {
			return err
		}
	}
	if len(list) == 0 {
		fmt.Fprintln(out, "Nothing was rejected as unreadable in the last 7 days.")
		return nil
	}
	for _, r := range list {
		writeRejected(out, r)
	}
	return nil
}

// Backup writes the journal, the keys and the snapshots to a new file. The key
// file is not in it: keep it apart.
func Backup(ctx context.Context, dir, file string, out io.Writer) (err error) {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, f.Close()); err != nil {
			err = errors.Join(err, os.Remove(file))
		}
	}()
	body, trailer, running, err := askControl(ctx, filepath.Join(dir, controlSocket), "GET", "/backup")
	switch {
	case err != nil:
		return err
	case running:
		_, err = io.Copy(f, body)
		if err = errors.Join(err, body.Close()); err != nil {
			return err
		}
		if msg := trailer.Get("X-Backup-Error"); msg != "" {
			return fmt.Errorf("%w: %s", errControl, msg)
		}
	default:
		if err := withStore(ctx, dir, func(s *jetstream.Store) error { return journal.Backup(ctx, s, f) }); err != nil {
			return err
		}
	}
	if err := f.Sync(); err != nil {
		return err
	}
	size, err := f.Seek(0, io.SeekCurrent)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s: %d bytes. Keep the key file (%s, or privacy.key_file) beside it: without it nothing can be read.\n", file, size, keyFileName)
	return nil
}

// Restore makes a journal directory from a backup. The directory must hold no
// journal yet.
func Restore(ctx context.Context, dir, file string, out io.Writer) (err error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	for _, e := range entries {
		// lock and restoring are what a restore leaves that was killed
		if e.Name() != keyFileName && e.Name() != keyFileName+privacy.ErasuresSuffix && e.Name() != "lock" && e.Name() != "restoring" {
			return fmt.Errorf("%s is not empty (%s): restore into a new directory, holding the key file at most", dir, e.Name())
		}
	}
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := jetstream.Restore(ctx, jetstream.Options{Dir: dir}, f); err != nil {
		return err
	}
	// The next start renews the created times: scrapes may have seen higher
	// values than those of the backup.
	if err := os.WriteFile(filepath.Join(dir, restoredMarker), nil, 0o600); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s: restored. Put the key file there before the exporter starts.\n", dir)
	return nil
}

// VerifyJournal reads everything and writes a report. It wraps ErrJournal where
// something is wrong.
func VerifyJournal(ctx context.Context, dir string, out io.Writer) error {
	body, _, running, err := askControl(ctx, filepath.Join(dir, controlSocket), "GET", "/verify")
	if running {
		if errors.Is(err, errControl) {
			fmt.Fprintln(out, strings.TrimSpace(err.Error()))
			return ErrJournal
		}
		if err != nil {
			return err
		}
		_, err = io.Copy(out, body)
		return errors.Join(err, body.Close())
	}
	return withStore(ctx, dir, func(s *jetstream.Store) error {
		report, err := journal.Verify(ctx, s, expectations())
		if err != nil {
			return err
		}
		fmt.Fprint(out, report)
		if report.Err() != nil {
			return ErrJournal
		}
		return nil
	})
}

func writeRejected(out io.Writer, r webhook.Rejected) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s  source %s  %s\n", r.Time.UTC().Format(time.RFC3339), r.Source, r.Reason)
	for _, note := range []string{r.Detail, r.Problem} {
		if note != "" {
			fmt.Fprintf(&b, "  %s\n", note)
		}
	}
	for _, line := range strings.Split(strings.TrimSpace(r.Body), "\n") {
		fmt.Fprintf(&b, "  | %s\n", line)
	}
	b.WriteByte('\n')
	_, _ = out.Write(b.Bytes())
}
