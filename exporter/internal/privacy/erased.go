package privacy

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
)

// ErrErasures: the list of erasures cannot be used.
var ErrErasures = errors.New("the list of erasures cannot be used")

// ErasuresSuffix makes the path of the list of that of the key file. The list
// lies there and not in the journal because a backup has to be without it: it
// says what a restored backup may not bring back.
const ErasuresSuffix = ".erased"

// Erasure is one contact whose keys were erased.
type Erasure struct {
	// At: keys written before it were erased. In UTC.
	At      time.Time
	Contact record.Key
}

// Erasures is the list of erasures in its file: a line for each, its time in
// RFC 3339 with nanoseconds, a space, and the contact's key in hexadecimal
// digits. It may be used concurrently.
type Erasures struct {
	path string
	mu   sync.Mutex
	list []Erasure
}

// OpenErasures reads the list; without a file it is empty. It wraps ErrErasures
// when others may access the file, since who writes to it erases, and when a
// line is damaged.
//
// A last line without its end is what a crash in Add leaves. When it is whole
// but for the line break it counts, else it is dropped: Add had not returned,
// so no key was deleted on its account and nobody was told that one was.
func OpenErasures(path string) (*Erasures, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &Erasures{path: path}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open the list of erasures: %w", err)
	}
	list, _, err := readErasures(f)
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	return &Erasures{path: path, list: list}, nil
}

// All are the erasures in the order in which they were added.
func (e *Erasures) All() []Erasure {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]Erasure(nil), e.list...)
}

// Add puts the contacts on the list and returns when that is on disk. It comes
// before the keys are erased: what is on the list and was not erased is erased
// by the next Reapply, but what was erased and is not on the list comes back
// with a backup. After an error it is to be called again before anything is
// erased; that a contact is on the list twice does no harm.
func (e *Erasures) Add(at time.Time, contacts []record.Key) error {
	at = at.UTC()
	if !validTime(at) {
		return fmt.Errorf("%w: an erasure needs a time of the years 1 to 9999", ErrErasures)
	}
	if len(contacts) == 0 {
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	_, err := os.Lstat(e.path)
	isNew := errors.Is(err, fs.ErrNotExist)
	f, err := os.OpenFile(e.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("open the list of erasures: %w", err)
	}
	list, err := appendErasures(f, at, contacts)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if isNew {
		if err := syncDir(filepath.Dir(e.path)); err != nil {
			return fmt.Errorf("write the list of erasures: %w", err)
		}
	}
	e.list = list
	return nil
}

// appendErasures adds lines to the file and returns all that it holds then. The
// file is read anew, so that the end of another line can neither be cut off nor
// be written to.
func appendErasures(f *os.File, at time.Time, contacts []record.Key) ([]Erasure, error) {
	if err := flock(f); err != nil {
		return nil, fmt.Errorf("lock the list of erasures: %w", err)
	}
	list, text, err := readErasures(f)
	if err != nil {
		return nil, err
	}
	var lines []byte
	if len(text) > 0 && !bytes.HasSuffix(text, []byte("\n")) {
		lines = append(lines, '\n')
	}
	for _, c := range contacts {
		x := Erasure{At: at, Contact: c}
		list, lines = append(list, x), appendErasure(lines, x)
	}
	err = f.Truncate(int64(len(text)))
	if err == nil {
		_, err = f.WriteAt(lines, int64(len(text)))
	}
	if err == nil {
		err = f.Sync()
	}
	if err != nil {
		return nil, fmt.Errorf("write the list of erasures: %w", err)
	}
	return list, nil
}

// readErasures returns the list and the text that it stands in.
func readErasures(f *os.File) ([]Erasure, []byte, error) {
	if err := checkPrivate(f); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrErasures, err)
	}
	text, err := io.ReadAll(f)
	if err != nil {
		return nil, nil, fmt.Errorf("read the list of erasures: %w", err)
	}
	list, text, err := parseErasures(text)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %s: %w", ErrErasures, f.Name(), err)
	}
	return list, text, nil
}

// parseErasures reads the text of a list and returns it without a last line
// that is not whole. Its errors never quote the text.
func parseErasures(text []byte) ([]Erasure, []byte, error) {
	var list []Erasure
	for rest, n := text, 1; len(rest) > 0; n++ {
		line, after, ended := bytes.Cut(rest, []byte("\n"))
		x, ok := parseErasure(line)
		if !ok && !ended {
			return list, text[:len(text)-len(rest)], nil
		}
		if !ok {
			return nil, nil, fmt.Errorf("line %d is not a time, a space and %d hexadecimal digits; restore the file from a copy, or put the line right",
				n, 2*len(x.Contact))
		}
		list, rest = append(list, x), after
	}
	return list, text, nil
}

// parseErasure reads a line that appendErasure has written, and nothing else:
// the start of a line is no line.
func parseErasure(line []byte) (x Erasure, ok bool) {
	at, contact, _ := bytes.Cut(line, []byte(" "))
	if len(contact) != hex.EncodedLen(len(x.Contact)) {
		return x, false
	}
	if _, err := hex.Decode(x.Contact[:], contact); err != nil {
		return x, false
	}
	var err error
	if x.At, err = time.Parse(time.RFC3339Nano, string(at)); err != nil {
		return x, false
	}
	x.At = x.At.UTC()
	return x, validTime(x.At) && bytes.Equal(appendErasure(nil, x), append(bytes.Clone(line), '\n'))
}

// validTime: RFC 3339 can tell the time, and it is one.
func validTime(at time.Time) bool { return !at.IsZero() && at.Year() >= 1 && at.Year() <= 9999 }

func appendErasure(dst []byte, x Erasure) []byte {
	dst = x.At.AppendFormat(dst, time.RFC3339Nano)
	return fmt.Appendf(dst, " %x\n", x.Contact[:])
}
