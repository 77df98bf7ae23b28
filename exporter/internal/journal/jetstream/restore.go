package jetstream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
)

// restoringDir holds the store until it is whole. It is left behind only when
// the process is killed; the next Restore removes it.
const restoringDir = "restoring"

// Restore makes the store of o.Dir from a backup, with the very sequences,
// gaps and times of the records; blobs get new times. The directory must hold
// no store yet (the error wraps fs.ErrExist), other files in it are left alone.
//
// The store is built beside its place, synced, and moved there in one step
// after the backup has been read to its end and found whole. When Restore
// returns nil it is on disk; when it fails the directory is as it was. The
// error wraps journal.ErrBackup when the backup is to blame. The limits in o
// do not count here, the next Open sets those that it is given.
func Restore(ctx context.Context, o Options, r io.Reader) (err error) {
	if err := o.setDefaults(); err != nil {
		return err
	}
	o.LaneBytes = 0
	made, err := makeDir(o.Dir)
	if err != nil {
		return err
	}
	lockFile := filepath.Join(o.Dir, "lock")
	_, statErr := os.Lstat(lockFile)
	lock, err := lockDir(o.Dir)
	if err != nil {
		return err
	}
	final := filepath.Join(o.Dir, server.JetStreamStoreDir)
	if _, err := os.Lstat(final); !errors.Is(err, fs.ErrNotExist) {
		if err == nil {
			err = fmt.Errorf("restore: %s is there already; choose a new directory: %w", final, fs.ErrExist)
		}
		return errors.Join(err, lock.Close())
	}
	building := filepath.Join(o.Dir, restoringDir)
	err = errors.Join(os.RemoveAll(building), os.Mkdir(building, 0o700))
	var stuck bool
	if err == nil {
		stuck, err = build(ctx, o, building, r)
	}
	if err == nil {
		err = install(building, final, made)
	}
	if stuck {
		// The server may still write and the directory stays locked.
		return errors.Join(err, fmt.Errorf("%s was not removed", building))
	}
	err = errors.Join(err, os.RemoveAll(building))
	if err == nil {
		return lock.Close()
	}
	if statErr != nil {
		err = errors.Join(err, os.Remove(lockFile))
	}
	if made {
		err = errors.Join(err, os.Remove(o.Dir))
	}
	return errors.Join(err, lock.Close())
}

// makeDir makes the directory where it is missing and tells whether it did.
func makeDir(dir string) (made bool, err error) {
	if _, err := os.Stat(dir); err == nil {
		return false, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return false, fmt.Errorf("create the journal's directory: %w", err)
	}
	return true, nil
}

// build reads the backup into a store in dir and stops its server. stuck: the
// server did not end.
func build(ctx context.Context, o Options, dir string, r io.Reader) (stuck bool, err error) {
	o.Dir = dir
	b, err := newBuilder(ctx, o)
	if err == nil {
		err = journal.ReadBackup(r, b)
	}
	if stopErr := b.stop(); stopErr != nil {
		return true, errors.Join(err, stopErr)
	}
	return false, err
}

// install brings the finished store to its place, in a directory that is newly
// made or not.
func install(building, final string, made bool) error {
	from := filepath.Join(building, server.JetStreamStoreDir)
	if err := syncTree(from); err != nil {
		return fmt.Errorf("bring the journal to the disk: %w", err)
	}
	if err := os.Rename(from, final); err != nil {
		return fmt.Errorf("move the journal to its place: %w", err)
	}
	// The move too has to last; where that cannot be said it did not happen.
	dir := filepath.Dir(final)
	err := syncFile(dir)
	if made {
		err = errors.Join(err, syncFile(filepath.Dir(dir)))
	}
	if err != nil {
		return errors.Join(fmt.Errorf("bring the journal to the disk: %w", err), os.RemoveAll(final))
	}
	return nil
}

// syncTree brings every file and directory below and with root to the disk.
func syncTree(root string) error {
	return filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !e.IsDir() && !e.Type().IsRegular() {
			return nil
		}
		return syncFile(path)
	})
}

func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
