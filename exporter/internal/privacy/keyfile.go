package privacy

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// ErrKeyFile: the key file is not what LoadMaster made.
var ErrKeyFile = errors.New("the key file cannot be used")

// keyFileTag starts the one line of a key file; after a space the seed follows
// in base64.
const keyFileTag = "helpdesk-exporter-key-v1"

// maxKeyFile bounds what is read when the path names something else.
const maxKeyFile = 4096

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
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("look at the key file: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: %s is no file", ErrKeyFile, path)
	}
	if p := info.Mode().Perm(); p&0o077 != 0 {
		return nil, fmt.Errorf("%w: others than its owner may access %s (mode %04o); run: chmod 600 %s", ErrKeyFile, path, p, path)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxKeyFile))
	if err != nil {
		return nil, fmt.Errorf("read the key file: %w", err)
	}
	seed, err := parseKey(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %s %w", ErrKeyFile, path, err)
	}
	return NewMaster(seed), nil
}

// parseKey reads the text of a key file. Its errors never quote the text.
func parseKey(text []byte) (seed [KeySize]byte, err error) {
	tag, value, ok := strings.Cut(string(bytes.TrimSpace(text)), " ")
	if !ok || tag != keyFileTag {
		return seed, fmt.Errorf("does not start with %q and a space; restore it from a backup, or name another path", keyFileTag)
	}
	b, err := base64.StdEncoding.Strict().DecodeString(value)
	if err != nil {
		return seed, errors.New("does not hold one line of base64; restore it from a backup")
	}
	if len(b) != KeySize {
		return seed, fmt.Errorf("holds a key of %d bytes, not %d; restore it from a backup", len(b), KeySize)
	}
	return [KeySize]byte(b), nil
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
	var seed [KeySize]byte
	_, _ = rand.Read(seed[:]) // never fails
	_, err = fmt.Fprintf(f, "%s %s\n", keyFileTag, base64.StdEncoding.EncodeToString(seed[:]))
	if err == nil {
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

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
