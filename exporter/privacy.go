package exporter

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	apitypes "github.com/helpdesk-exporter/helpdesk-exporter/exporter/api"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/access"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/api"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/conversation"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fold"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal/jetstream"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/privacy"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/threads"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/transcript"
)

// accessLogName is the access log's file in the journal's directory.
const accessLogName = "access.log"

func accessLog(cfg *config.Config, dir string) string {
	if cfg.Privacy.AccessLog != "" {
		return cfg.Privacy.AccessLog
	}
	return filepath.Join(dir, accessLogName)
}

// eraser does what is done for customers.
type eraser struct {
	s        *Server
	keyring  *privacy.Keyring
	erasures *privacy.Erasures
	log      *access.Log
}

var _ api.Privacy = (*eraser)(nil)

func (e *eraser) Contact(source, contact string) record.Key {
	if fed, ok := (*e.s.feeds.Load())[source]; ok {
		source = fed
	}
	return e.s.master.Contact(source, contact)
}

func (e *eraser) Log(a api.Access) error {
	e.s.self.AccessLogged.WithLabelValues(a.Action).Inc()
	return e.log.Write(a)
}

// Erase follows the aliases, puts all keys on the list of erasures, deletes them and
// forgets what is remembered of the contact.
func (e *eraser) Erase(ctx context.Context, contact record.Key) (apitypes.Erasure, error) {
	var keys []record.Key
	var places []conversation.Position
	known := false
	out := apitypes.Erasure{Time: e.s.opts.clock.Now().UTC()}
	err := e.s.tracker.Inspect(ctx, func(s *fold.State) {
		keys = s.Aliases(contact)
		out.Contact, known = hex.EncodeToString(keys[0][:]), s.Known(contact)
		s.Transcripts().Each(func(row *transcript.Row) bool {
			if slices.Contains(keys, row.Contact) {
				out.Conversations++
				for _, entry := range row.Entries(nil) {
					places = append(places, entry.Place)
				}
			}
			return true
		})
	})
	if err != nil {
		return out, err
	}
	// Once it has begun it goes on, whoever waits for it.
	ctx = context.WithoutCancel(ctx)
	if out.Keys, err = eraseKeys(ctx, e.keyring, e.erasures, keys); err != nil {
		return out, err
	}
	e.s.reader.Forget(places)
	forgotten, err := e.s.memory.Forget(ctx, func(source, contact string) bool {
		return slices.Contains(keys, e.s.master.Contact(source, contact))
	})
	if err != nil {
		return out, fmt.Errorf("the keys are gone, but not what is remembered of the contact's conversations; erase again: %w", err)
	}
	if out.Keys == 0 && out.Conversations == 0 && forgotten == 0 && !known {
		return out, api.ErrNothing
	}
	e.s.opts.Logger.Info("a contact was erased", "contact", out.Contact, "keys", out.Keys, "conversations", out.Conversations)
	return out, nil
}

// eraseKeys puts contacts on the list before their keys go: what a backup brings
// back is erased again.
func eraseKeys(ctx context.Context, ring *privacy.Keyring, list *privacy.Erasures, keys []record.Key) (int, error) {
	// The keys' times are the machine's, whatever clock the demo has.
	if err := list.Add(time.Now().UTC(), keys); err != nil {
		return 0, err
	}
	return ring.Erase(ctx, keys, time.Time{})
}

// openKeys opens the sealing keys, after erasing again what a backup brought back.
func openKeys(ctx context.Context, store *jetstream.Store, master *privacy.Master, keyFile string, o privacy.KeyringOptions) (*privacy.Keyring, *privacy.Erasures, int, error) {
	ring, err := privacy.OpenKeyring(ctx, store.Keys(), master, o)
	if err != nil {
		return nil, nil, 0, fmt.Errorf("keys: %w", err)
	}
	list, err := privacy.OpenErasures(keyFile + privacy.ErasuresSuffix)
	if err != nil {
		return nil, nil, 0, err
	}
	again, err := ring.Reapply(ctx, list.All())
	if err != nil {
		return nil, nil, 0, fmt.Errorf("erase again what was erased: %w", err)
	}
	return ring, list, again, nil
}

// EraseOptions say who is erased, and where.
type EraseOptions struct {
	JournalDir string
	// ConfigFile names the key file where it is not in the journal's directory, and
	// no exporter runs.
	ConfigFile string
	// Hash is the contact's keyed hash; or Source, and the phone or id on the first
	// line of Stdin, so that it stands in no list of processes.
	Hash   string
	Source string
	Stdin  io.Reader
	Out    io.Writer
}

// maxContact bounds a phone or id, in bytes.
const maxContact = 1024

func (o *EraseOptions) target() (url.Values, error) {
	v := url.Values{}
	if (o.Hash == "") == (o.Source == "") {
		return nil, errors.New("name the contact's hash, or --source and the phone or id on standard input")
	}
	if o.Hash != "" {
		if b, err := hex.DecodeString(o.Hash); err != nil || len(b) != len(record.Key{}) {
			return nil, errors.New("the hash has 32 hexadecimal digits; with --source NAME the phone or id is read from standard input")
		}
		v.Set("hash", o.Hash)
		return v, nil
	}
	b, err := io.ReadAll(io.LimitReader(o.Stdin, maxContact))
	if err != nil {
		return nil, err
	}
	line, _, _ := strings.Cut(string(b), "\n")
	if line = strings.TrimSpace(line); line == "" {
		return nil, errors.New("write the phone or id to standard input")
	}
	v.Set("source", o.Source)
	v.Set("contact", line)
	return v, nil
}

// Erase makes what a contact wrote unreadable, in a running exporter or in the
// journal of a stopped one. Figures stay as they are.
func Erase(ctx context.Context, o EraseOptions) error {
	v, err := o.target()
	if err != nil {
		return err
	}
	socket := filepath.Join(o.JournalDir, controlSocket)
	done, running, err := postControl(ctx, socket, "/erase", v)
	if err != nil {
		return err
	}
	if !running {
		if done, err = eraseStopped(ctx, o, v); err != nil {
			return err
		}
	}
	fmt.Fprintf(o.Out, "%s: %d sealing keys destroyed; the texts of %d conversations cannot be read any more. Figures stay as they are.\n"+
		"Backups from before hold the keys: the list of erasures beside the key file (%s) erases them again after a restore. Keep it with the key file.\n",
		done.Contact, done.Keys, done.Conversations, keyFileName+privacy.ErasuresSuffix)
	return nil
}

// postControl asks a running exporter to erase.
func postControl(ctx context.Context, socket, path string, v url.Values) (out apitypes.Erasure, running bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://control"+path, strings.NewReader(v.Encode()))
	if err != nil {
		return out, false, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	body, _, running, err := doControl(socket, req)
	if err != nil || !running {
		return out, running, err
	}
	err = json.NewDecoder(body).Decode(&out)
	return out, true, errors.Join(err, body.Close())
}

// controlErase erases on the operator's behalf.
func (s *Server) controlErase(w http.ResponseWriter, r *http.Request) {
	k, err := s.contactOf(r.PostFormValue("hash"), r.PostFormValue("source"), r.PostFormValue("contact"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if err := s.eraser.Log(api.Access{Time: s.opts.clock.Now().UTC(), Action: "erase", Token: "operator", Contact: hex.EncodeToString(k[:])}); err != nil {
		controlError(w, err)
		return
	}
	out, err := s.eraser.Erase(r.Context(), k)
	if err != nil {
		controlError(w, err)
		return
	}
	_ = json.NewEncoder(w).Encode(out)
}

func (s *Server) contactOf(hash, source, contact string) (k record.Key, err error) {
	if hash != "" {
		b, err := hex.DecodeString(hash)
		if err != nil || len(b) != len(k) {
			return k, errors.New("the hash has 32 hexadecimal digits")
		}
		return record.Key(b), nil
	}
	if !slices.ContainsFunc(s.cfg.Sources, func(src config.Source) bool { return src.Name == source }) {
		return k, fmt.Errorf("there is no source %.40q in the configuration", source)
	}
	return s.eraser.Contact(source, contact), nil
}

// operatorMaster reads the key file of a stopped exporter.
func operatorMaster(dir, configFile string) (path string, m *privacy.Master, cfg *config.Config, err error) {
	cfg = config.Default(facts())
	if configFile != "" {
		if cfg, err = config.Load(configFile, facts()); err != nil {
			return "", nil, nil, err
		}
	}
	if err := hasJournal(dir); err != nil {
		return "", nil, nil, err
	}
	path = keyFile(cfg, dir)
	// LoadMaster would make a key where the file is lost.
	if _, err := os.Stat(path); err != nil {
		return "", nil, nil, fmt.Errorf("key file, see --config.file: %w", err)
	}
	m, err = privacy.LoadMaster(path)
	return path, m, cfg, err
}

// eraseStopped erases in a journal that nobody has open.
func eraseStopped(ctx context.Context, o EraseOptions, v url.Values) (out apitypes.Erasure, err error) {
	path, master, cfg, err := operatorMaster(o.JournalDir, o.ConfigFile)
	if err != nil {
		return out, err
	}
	source := v.Get("source")
	for from, to := range *feeds(cfg) {
		if from == source {
			source = to
		}
	}
	k := master.Contact(source, v.Get("contact"))
	if hash := v.Get("hash"); hash != "" {
		b, _ := hex.DecodeString(hash) // target has seen to it
		k = record.Key(b)
	}
	err = withStore(ctx, o.JournalDir, func(store *jetstream.Store) error {
		ring, list, _, err := openKeys(ctx, store, master, path, privacy.KeyringOptions{})
		if err != nil {
			return err
		}
		// Which ids are the same person's, only the journal tells.
		state, err := foldJournal(ctx, store, func(*fold.State, uint64) {}, nil)
		if err != nil {
			return err
		}
		keys := state.Aliases(k)
		out.Contact = hex.EncodeToString(keys[0][:])
		state.Transcripts().Each(func(row *transcript.Row) bool {
			if slices.Contains(keys, row.Contact) {
				out.Conversations++
			}
			return true
		})
		log, err := access.Open(accessLog(cfg, o.JournalDir))
		if err != nil {
			return err
		}
		defer log.Close()
		if err := log.Write(api.Access{Time: time.Now().UTC(), Action: "erase", Token: "operator", Contact: out.Contact}); err != nil {
			return err
		}
		if out.Keys, err = eraseKeys(ctx, ring, list, keys); err != nil {
			return err
		}
		if err := forgetThreads(ctx, store, master, keys); err != nil {
			return err
		}
		if out.Keys == 0 && out.Conversations == 0 {
			return api.ErrNothing
		}
		return nil
	})
	return out, err
}

// RotateOptions say whose key file is rotated.
type RotateOptions struct {
	JournalDir, ConfigFile string
	// Retire [8 days] is how long ago older seeds have to have been replaced to be
	// taken out of the file. What the master itself sealed with them, unreadable
	// webhooks and the like, is at most 7 days old.
	Retire time.Duration
	Out    io.Writer
}

// RotateKey gives the key file a new seed, wraps all contacts' keys with it, and
// takes seeds out of the file that nothing needs any more. No exporter may run.
func RotateKey(ctx context.Context, o RotateOptions) error {
	path, _, _, err := operatorMaster(o.JournalDir, o.ConfigFile)
	if err != nil {
		return err
	}
	return withStore(ctx, o.JournalDir, func(store *jetstream.Store) error {
		now := time.Now().UTC()
		if err := privacy.RotateKeyFile(path, now); err != nil {
			return err
		}
		master, err := privacy.LoadMaster(path)
		if err != nil {
			return err
		}
		ring, _, _, err := openKeys(ctx, store, master, path, privacy.KeyringOptions{})
		if err != nil {
			return err
		}
		wrapped, err := ring.Rewrap(ctx)
		if err != nil {
			return fmt.Errorf("the key file has its new seed, but not all keys are wrapped with it; run rotate-key again: %w", err)
		}
		if err := resealThreads(ctx, store, master); err != nil {
			return err
		}
		retired, err := privacy.RetireOldSeeds(ctx, path, ring, now.Add(-o.Retire))
		if err != nil {
			return err
		}
		fmt.Fprintf(o.Out, "%s: a new seed; %d records of keys wrapped with it, %d older seeds taken out. Back the file up now: backups of the journal from before need the copy from before.\n", path, wrapped, retired)
		return nil
	})
}

// withThreads opens the memory of conversations of a stopped exporter.
func withThreads(ctx context.Context, store *jetstream.Store, master *privacy.Master, fn func(*threads.Memory) error) error {
	memory, err := threads.Open(ctx, threads.Options{Log: store.Threads(), Sealer: master, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	return errors.Join(fn(memory), memory.Tidy(ctx))
}

func forgetThreads(ctx context.Context, store *jetstream.Store, master *privacy.Master, keys []record.Key) error {
	return withThreads(ctx, store, master, func(m *threads.Memory) error {
		_, err := m.Forget(ctx, func(source, contact string) bool { return slices.Contains(keys, master.Contact(source, contact)) })
		return err
	})
}

// resealThreads writes the memory anew, which seals it with the current seed.
func resealThreads(ctx context.Context, store *jetstream.Store, master *privacy.Master) error {
	return withThreads(ctx, store, master, func(m *threads.Memory) error {
		_, err := m.Forget(ctx, func(string, string) bool { return false })
		return err
	})
}
