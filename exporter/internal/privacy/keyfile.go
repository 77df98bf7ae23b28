package privacy

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrKeyFile: the key file is not what LoadMaster made.
var ErrKeyFile = errors.New("the key file cannot be used")

// LoadMaster reads the key file, and makes one where there is none. Without
// the file that a journal was written with nobody can read its texts, and the
// contacts of later events will not be those of earlier ones. It refuses, with
// an error that wraps ErrKeyFile, a file that others may read and one that
// holds anything else.
func LoadMaster(path string) (*Master, error) {
	m, err := readKeyFile(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return m, err
	}
	if err := createKeyFile(path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("create the key file: %w", err)
	}
	// Read back, and not kept: another process may have been first.
	return readKeyFile(path)
}

func readKeyFile(path string) (m *Master, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open the key file: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	keys, err := readKeys(f, path)
	if err != nil {
		return nil, err
	}
	return keys.master(), nil
}

// readKeys reads an open key file; path is how messages name it.
func readKeys(f *os.File, path string) (keyFile, error) {
	if err := checkPrivate(f); err != nil {
		return keyFile{}, fmt.Errorf("%w: %w", ErrKeyFile, err)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxKeyFile+1))
	if err != nil {
		return keyFile{}, fmt.Errorf("read the key file: %w", err)
	}
	keys, err := parseKeyFile(text)
	if err != nil {
		return keyFile{}, fmt.Errorf("%w: %s %w", ErrKeyFile, path, err)
	}
	return keys, nil
}

// checkPrivate refuses what is no file and what others may access.
func checkPrivate(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("look at it: %w", err)
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is no file", f.Name())
	}
	if p := info.Mode().Perm(); p&0o077 != 0 {
		return fmt.Errorf("others than its owner may access %s (mode %04o); run: chmod 600 %s", f.Name(), p, f.Name())
	}
	return nil
}

// createKeyFile writes a new key to a file beside path and links it there when
// it is on disk, so that path never names half a key. It wraps fs.ErrExist when
// path has come into being meanwhile.
func createKeyFile(path string) (err error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".key-*") // mode 0600, O_EXCL
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(f.Name())) }()
	if _, err = f.Write(appendKeyFile(nil, keyFile{identity: newSeed(), identityWraps: true})); err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}

func newSeed() (seed [KeySize]byte) {
	_, _ = rand.Read(seed[:]) // never fails
	return seed
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
