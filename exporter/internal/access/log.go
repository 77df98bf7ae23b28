// Package access writes the access log: who read transcripts in full, and who
// erased what. A line stands on disk before what it is about happens; what cannot
// be written must not happen.
package access

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// Log is an append-only file of one JSON object a line, mode 0600. It may be used
// concurrently.
type Log struct {
	mu   sync.Mutex
	path string
	file *os.File
	// torn: the last line may have no end.
	torn bool
}

// Open opens the file, and makes it and its folder where there is none.
func Open(path string) (*Log, error) {
	l := &Log{path: path}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("access log: %w", err)
	}
	return l, l.open()
}

func (l *Log) open() error {
	f, err := os.OpenFile(l.path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("access log: %w", err)
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() || info.Mode().Perm()&0o077 != 0 {
		return errors.Join(fmt.Errorf("access log: others than its owner may access %s, or it is no file; run: chmod 600 %s", l.path, l.path), err, f.Close())
	} else if n := info.Size(); n > 0 {
		// A crash may have left half a line.
		last := make([]byte, 1)
		if _, err := f.ReadAt(last, n-1); err != nil {
			return errors.Join(fmt.Errorf("access log: %w", err), f.Close())
		}
		l.torn = last[0] != '\n'
	}
	l.file = f
	return nil
}

// Write appends entry as JSON and returns once it is on disk. After an error the
// file is opened anew by the next Write.
func (l *Log) Write(entry any) error {
	line, err := json.Marshal(entry)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		if err := l.open(); err != nil {
			return err
		}
	}
	if l.torn {
		line = append([]byte{'\n'}, line...)
	}
	_, err = l.file.Write(append(line, '\n'))
	if err == nil {
		err = l.file.Sync()
	}
	if err != nil {
		err = errors.Join(err, l.file.Close())
		l.file = nil
		return fmt.Errorf("access log: %w", err)
	}
	l.torn = false
	return nil
}

// Reopen begins a new file where the old one was moved away, as logrotate does. An
// error leaves the old one in use.
func (l *Log) Reopen(path string) error {
	other, err := Open(path)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	old := l.file
	l.path, l.file, l.torn = other.path, other.file, other.torn
	if old != nil {
		return old.Close()
	}
	return nil
}

// Close closes the file.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	err := l.file.Close()
	l.file = nil
	return err
}
