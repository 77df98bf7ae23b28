package privacy

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
)

// ErrSeedInUse: an older key of the key file still wraps contacts' keys.
var ErrSeedInUse = errors.New("an older key of the key file is still in use")

// RotateKeyFile gives the key file a new seed that wraps contacts' keys and
// seals bodies from the next LoadMaster on. The older ones stay in the file for
// what they have sealed; Keyring.Rewrap and RetireOldSeeds make them
// superfluous. now is told in the file. A program that knows only files with
// one key refuses the file afterwards. Errors wrap ErrKeyFile or are the disk's;
// the file is as it was then, unless it is only its directory that could not be
// synced.
//
// The seed that hashes contacts stays: who has got hold of that can still tell
// by trial which hash is whose.
func RotateKeyFile(path string, now time.Time) error {
	return changeKeyFile(path, func(f *keyFile) error {
		if len(f.seeds()) >= maxSeeds {
			return fmt.Errorf("%w: it holds %d keys already; wrap anew and retire the older ones first", ErrKeyFile, maxSeeds)
		}
		w := wrapSeed{created: now.UTC().Truncate(time.Second), seed: newSeed()}
		// The time also says how long the one before it was in use, which may not
		// end before it began.
		if n := len(f.wraps); n > 0 && w.created.Before(f.wraps[n-1].created) {
			w.created = f.wraps[n-1].created
		}
		f.wraps = append(f.wraps, w)
		return nil
	})
}

// RetireOldSeeds takes the seeds out of the key file that were replaced before a
// time and returns how many. It refuses, wrapping ErrSeedInUse, while any record
// of the keys log is wrapped by an older seed than the current one, and with
// ErrKeyFile when the keyring was not opened with the file's current seed: it
// would go on to wrap with a seed that is gone.
//
// What Master.Seal has sealed with a retired seed cannot be opened any more, and
// nothing here knows of it: before has to be so early that all of it has been
// trimmed, or written anew, since; the time from the rotation to the restart
// counts, too. A backup from before Rewrap needs the key file of its time.
//
// The identity seed stays in the file as that which hashes.
func RetireOldSeeds(ctx context.Context, path string, r *Keyring, before time.Time) (int, error) {
	r.rewriting.Lock() // what is looked at stays as it is
	defer r.rewriting.Unlock()
	retired := 0
	err := changeKeyFile(path, func(f *keyFile) error {
		m := f.master()
		if m.seed != r.master.seed || m.current != r.master.current {
			return fmt.Errorf("%w: %s is not the one that is loaded; restart the exporter with it", ErrKeyFile, path)
		}
		if n, err := r.olderWrapped(ctx, m); err != nil {
			return err
		} else if n > 0 {
			return fmt.Errorf("%w: it wraps %d records of the keys log; wrap them anew first", ErrSeedInUse, n)
		}
		if retired = f.retire(before); retired == 0 {
			return errUnchanged
		}
		return nil
	})
	return retired, err
}

// retire drops the seeds that had been replaced by then.
func (f *keyFile) retire(before time.Time) int {
	n := 0
	if f.identityWraps && len(f.wraps) > 0 && f.wraps[0].created.Before(before) {
		f.identityWraps = false
		n++
	}
	for !f.identityWraps && len(f.wraps) > 1 && f.wraps[1].created.Before(before) {
		f.wraps = f.wraps[1:]
		n++
	}
	return n
}

// olderWrapped counts the records whose keys another seed than the current one
// wraps.
func (r *Keyring) olderWrapped(ctx context.Context, m *Master) (int, error) {
	n, cipher := 0, 0
	err := r.survey(ctx, newSurvey(), func(e journal.Entry, rec keysRecord, damage error) error {
		if damage != nil || len(rec.entries) == 0 {
			return nil // nothing opens these
		}
		err := m.checkMaster(e, rec, &cipher)
		if cipher != 0 {
			n++
		}
		return err
	})
	return n, err
}

// errUnchanged: there is nothing to write.
var errUnchanged = errors.New("the key file stays as it is")

// changeKeyFile puts a changed key file in the place of the one at path, which
// always names a whole one. Only one process at a time does that, so that no
// seed is lost that another has begun to use.
func changeKeyFile(path string, change func(*keyFile) error) (err error) {
	// A link stays a link.
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return fmt.Errorf("find the key file: %w", err)
	}
	old, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("open the key file: %w", err)
	}
	defer func() { err = errors.Join(err, old.Close()) }() // and the lock ends
	if err := lockKeyFile(old, path); err != nil {
		return err
	}
	keys, err := readKeys(old, path)
	if err != nil {
		return err
	}
	if err := change(&keys); errors.Is(err, errUnchanged) {
		return nil
	} else if err != nil {
		return err
	}
	text := appendKeyFile(nil, keys)
	if _, err := parseKeyFile(text); err != nil { // with a time that cannot be written
		return fmt.Errorf("%w: the changed one %w", ErrKeyFile, err)
	}
	if err := replaceFile(old, path, text); err != nil {
		return fmt.Errorf("write the key file: %w", err)
	}
	return nil
}

// lockKeyFile locks the file and makes sure that it is still the one at path.
func lockKeyFile(f *os.File, path string) error {
	if err := flock(f); err != nil {
		return fmt.Errorf("lock the key file, which another process may be changing: %w", err)
	}
	mine, err := f.Stat()
	if err != nil {
		return fmt.Errorf("look at the key file: %w", err)
	}
	there, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("look at the key file: %w", err)
	}
	if !os.SameFile(mine, there) {
		return fmt.Errorf("%w: another process has just changed %s; try again", ErrKeyFile, path)
	}
	return nil
}

// flock takes the lock of a file, which ends with it, or returns an error when
// another process has it.
func flock(f *os.File) error {
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// replaceFile writes text to a file beside path and moves it there when it is
// on disk. It belongs to the owner of old: who rotates may be another than who
// runs the exporter.
func replaceFile(old *os.File, path string, text []byte) (err error) {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".key-*") // mode 0600, O_EXCL
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name()) // gone already when it was moved
		}
	}()
	_, err = f.Write(text)
	if err == nil {
		err = sameOwner(f, old)
	}
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}

func sameOwner(f, old *os.File) error {
	var is, want unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &is); err != nil {
		return err
	}
	if err := unix.Fstat(int(old.Fd()), &want); err != nil {
		return err
	}
	if is.Uid == want.Uid {
		return nil // the group may not read it anyway
	}
	return f.Chown(int(want.Uid), int(want.Gid))
}
