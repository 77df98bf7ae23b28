package jetstream

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal/journaltest"
)

// blocks are the files that hold a stream's messages, in order.
func blocks(t *testing.T, dir, stream string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(streamDir(dir, stream), "*.blk"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files of %s: %v", stream, err)
	}
	return files
}

// change rewrites one file.
func change(t *testing.T, path string, f func([]byte) []byte) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, f(b), 0o600); err != nil {
		t.Fatal(err)
	}
}

func flipMiddle(b []byte) []byte {
	b[len(b)/2] ^= 0x40
	return b
}

// TestDamage: whatever happens to the files of a stopped journal, opening and
// reading it ends with sound records only or an error, and Verify tells.
func TestDamage(t *testing.T) {
	for _, tc := range []struct {
		name   string
		damage func(t *testing.T, dir string)
	}{
		{"flipped bit", func(t *testing.T, dir string) {
			change(t, blocks(t, dir, laneStream)[0], flipMiddle)
		}},
		{"cut off", func(t *testing.T, dir string) {
			change(t, blocks(t, dir, laneStream)[0], func(b []byte) []byte { return b[:len(b)/2] })
		}},
		{"emptied", func(t *testing.T, dir string) {
			change(t, blocks(t, dir, laneStream)[0], func(b []byte) []byte { return nil })
		}},
		{"file removed", func(t *testing.T, dir string) {
			if err := os.Remove(blocks(t, dir, laneStream)[0]); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		for _, index := range []string{"with index", "without index"} {
			t.Run(tc.name+" "+index, func(t *testing.T) {
				dir := t.TempDir()
				s := mustOpen(t, Options{Dir: dir})
				const records = 50
				for i := range records {
					journaltest.MustAppend(t, s.Lane(), "", crashRecord(uint64(i+1)))
				}
				mustClose(t, s)
				tc.damage(t, dir)
				if index == "without index" {
					_ = os.Remove(filepath.Join(streamDir(dir, laneStream), "index.db"))
				}
				quiet := Options{Dir: dir, Logger: slog.New(slog.DiscardHandler), Timeout: 200 * time.Millisecond}
				s, err := Open(t.Context(), quiet)
				if err != nil {
					return // an error is an answer too
				}
				defer mustClose(t, s)
				r, err := journal.Verify(t.Context(), s, journal.Expect{LaneAfter: 1, LaneAtLeast: records, Lane: func(e journal.Entry) error {
					if !bytes.Equal(e.Data, crashRecord(e.Seq)) {
						t.Errorf("record %d is not what was stored", e.Seq)
					}
					return nil
				}})
				if err != nil {
					t.Fatal(err)
				}
				if !errors.Is(r.Err(), journal.ErrDamaged) {
					t.Errorf("Verify finds no fault, but %d of %d records are there:\n%s", r.Lane.Records, records, r)
				}
			})
		}
	}
}

// TestFilesVanish: the store's files are removed under the running server.
func TestFilesVanish(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, Options{Dir: dir, Logger: slog.New(slog.DiscardHandler), Timeout: 200 * time.Millisecond})
	for i := range 20 {
		journaltest.MustAppend(t, s.Lane(), "", crashRecord(uint64(i+1)))
	}
	if err := os.RemoveAll(filepath.Join(dir, "jetstream")); err != nil {
		t.Fatal(err)
	}
	_, err := s.Lane().Append(t.Context(), "", []byte("x"))
	if !errors.Is(err, journal.ErrUnavailable) || !strings.Contains(err.Error(), "removed") {
		t.Errorf("Append: %v", err)
	}
	err = s.Lane().Read(t.Context(), 1, func(e journal.Entry) error {
		if !bytes.Equal(e.Data, crashRecord(e.Seq)) {
			t.Errorf("record %d is not what was stored", e.Seq)
		}
		return nil
	})
	if err != nil && !errors.Is(err, journal.ErrUnavailable) {
		t.Errorf("Read: %v", err)
	}
	if err := s.Snapshots().Put(t.Context(), "x", nil, strings.NewReader("x")); !errors.Is(err, journal.ErrUnavailable) {
		t.Errorf("Put: %v", err)
	}
}

func TestDamagedBlob(t *testing.T) {
	data := journaltest.Noise(9, 1200<<10)
	for _, tc := range []struct {
		name   string
		damage func(t *testing.T, dir string)
	}{
		{"flipped bit", func(t *testing.T, dir string) {
			change(t, blocks(t, dir, snapshotStream)[0], flipMiddle)
		}},
		{"flipped in the last chunk", func(t *testing.T, dir string) {
			change(t, blocks(t, dir, snapshotStream)[0], func(b []byte) []byte {
				b[len(b)-20<<10] ^= 1
				return b
			})
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			s := mustOpen(t, Options{Dir: dir})
			journaltest.MustPut(t, s.Snapshots(), "x", nil, data)
			mustClose(t, s)
			tc.damage(t, dir)
			s = mustOpen(t, Options{Dir: dir, Logger: slog.New(slog.DiscardHandler), Timeout: time.Second})
			rc, _, err := s.Snapshots().Get(t.Context(), "x")
			if err == nil {
				defer rc.Close()
				_, err = io.Copy(io.Discard, rc)
			}
			if !errors.Is(err, journal.ErrDamaged) && !errors.Is(err, journal.ErrNotFound) {
				t.Errorf("a damaged blob was read with the error %v", err)
			}
			journaltest.MustPut(t, s.Snapshots(), "x", nil, data)
		})
	}
}

// TestMissingChunk: a chunk that is gone, and one that is not the stored one.
func TestMissingChunk(t *testing.T) {
	s := mustOpen(t, Options{})
	journaltest.MustPut(t, s.Snapshots(), "x", nil, journaltest.Noise(1, 1200<<10))
	read := func() error {
		rc, _, err := s.Snapshots().Get(t.Context(), "x")
		if err != nil {
			return err
		}
		defer rc.Close()
		_, err = io.Copy(io.Discard, rc)
		return err
	}
	if err := read(); err != nil {
		t.Fatal(err)
	}
	if err := s.snapshots.stream.DeleteMsg(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	if err := read(); !errors.Is(err, journal.ErrDamaged) {
		t.Errorf("a missing chunk: %v", err)
	}
}
