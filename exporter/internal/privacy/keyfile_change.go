package privacy

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

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
