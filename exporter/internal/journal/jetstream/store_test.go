package jetstream

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal/journaltest"
)

func mustClose(t *testing.T, s *Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
}

func TestOptions(t *testing.T) {
	for _, o := range []Options{{}, {Dir: "x", LaneBytes: -1}, {Dir: "x", RejectedAge: -1}} {
		if s, err := Open(t.Context(), o); err == nil || s != nil {
			t.Errorf("Open(%+v) = %v, %v", o, s, err)
		}
	}
}

func TestLocked(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, Options{Dir: dir})
	_, err := Open(t.Context(), Options{Dir: dir})
	if !errors.Is(err, journal.ErrLocked) || !strings.Contains(err.Error(), dir) {
		t.Errorf("second Open: %v", err)
	}
	mustClose(t, s)
	mustOpen(t, Options{Dir: dir})
}

func TestNoPorts(t *testing.T) {
	s := mustOpen(t, Options{})
	if a := s.srv.server.Addr(); a != nil {
		t.Errorf("the server listens on %v", a)
	}
	if a := s.srv.server.MonitorAddr(); a != nil {
		t.Errorf("the server's monitor listens on %v", a)
	}
}

// TestReopen: everything is there after an orderly end, under new limits.
func TestReopen(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, Options{Dir: dir, LaneBytes: 1 << 20})
	data := journaltest.Noise(1, 10<<10)
	for range 20 {
		journaltest.MustAppend(t, s.Lane(), "", data)
	}
	journaltest.MustAppend(t, s.Keys(), "", []byte("key"))
	journaltest.MustAppend(t, s.Rejected(), "meta", []byte("body"))
	journaltest.MustPut(t, s.Snapshots(), "x", map[string]string{"a": "b"}, data)
	if err := s.Lane().Trim(t.Context(), 6); err != nil {
		t.Fatal(err)
	}
	mustClose(t, s)

	// A limit below what is stored removes nothing.
	s = mustOpen(t, Options{Dir: dir, LaneBytes: 50 << 10})
	st := journaltest.MustState(t, s.Lane())
	if st.First != 6 || st.Last != 20 || st.Limit != 50<<10 {
		t.Errorf("state %+v", st)
	}
	if _, err := s.Lane().Append(t.Context(), "", data); !errors.Is(err, journal.ErrFull) {
		t.Errorf("Append: %v", err)
	}
	if n := len(journaltest.MustRead(t, s.Lane(), 1)); n != 15 {
		t.Errorf("%d records", n)
	}
	if got := journaltest.MustRead(t, s.Rejected(), 1); len(got) != 1 || got[0].Subject != "meta" {
		t.Errorf("rejected: %v", got)
	}
	r, err := journal.Verify(t.Context(), s, journal.Expect{})
	if err != nil || r.Err() != nil || len(r.Blobs) != 1 || r.Keys.Records != 1 {
		t.Errorf("Verify: %v, %s", err, r)
	}
}

// TestSyncOnClose: what is brought to the disk at the end is there afterwards.
func TestSyncOnClose(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, Options{Dir: dir, SyncOnClose: true})
	for range 20 {
		journaltest.MustAppend(t, s.Lane(), "", journaltest.Noise(1, 10<<10))
	}
	mustClose(t, s)
	s = mustOpen(t, Options{Dir: dir})
	if n := len(journaltest.MustRead(t, s.Lane(), 1)); n != 20 {
		t.Errorf("%d records", n)
	}
	r, err := journal.Verify(t.Context(), s, journal.Expect{})
	if err != nil || r.Err() != nil {
		t.Errorf("Verify: %v, %s", err, r)
	}
}

func TestMinFree(t *testing.T) {
	s := mustOpen(t, Options{MinFree: 1 << 62})
	_, err := s.Lane().Append(t.Context(), "", []byte("x"))
	if !errors.Is(err, journal.ErrFull) {
		t.Errorf("Append: %v", err)
	}
	err = s.Snapshots().Put(t.Context(), "x", nil, strings.NewReader("x"))
	if !errors.Is(err, journal.ErrFull) {
		t.Errorf("Put: %v", err)
	}
}

// onDisk says in which files under dir the bytes occur.
func onDisk(t *testing.T, dir string, what []byte) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, what) {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestDeleteErases(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, Options{Dir: dir})
	secret := func(i int) []byte { return journaltest.Noise(uint64(i), 100) }
	for i := 1; i <= 5; i++ {
		journaltest.MustAppend(t, s.Keys(), "", secret(i))
	}
	for _, i := range []int{1, 3, 5} {
		if len(onDisk(t, dir, secret(i))) == 0 {
			t.Fatalf("record %d is not on disk at first", i)
		}
		if err := s.Keys().Delete(t.Context(), uint64(i)); err != nil {
			t.Fatal(err)
		}
		if f := onDisk(t, dir, secret(i)); f != nil {
			t.Errorf("record %d is still in %v", i, f)
		}
	}
	mustClose(t, s)
	s = mustOpen(t, Options{Dir: dir})
	got := journaltest.MustRead(t, s.Keys(), 1)
	if len(got) != 2 || !bytes.Equal(got[0].Data, secret(2)) || !bytes.Equal(got[1].Data, secret(4)) {
		t.Errorf("%d records are left", len(got))
	}
}

// TestSweep: chunks of a blob that was never completed, as a kill leaves them,
// are freed at the next start, and no others.
func TestSweep(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, Options{Dir: dir})
	data := journaltest.Noise(1, 600<<10)
	journaltest.MustPut(t, s.Snapshots(), "x", nil, data)
	if _, err := s.publish(t.Context(), s.snapshots.dir, &nats.Msg{Subject: chunkSubject("unfinished"), Data: data[:1000]}); err != nil {
		t.Fatal(err)
	}
	mustClose(t, s)
	s = mustOpen(t, Options{Dir: dir})
	info, err := s.snapshots.stream.Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if info.State.Msgs != 3 {
		t.Errorf("%d messages are left, want two chunks and a description", info.State.Msgs)
	}
	if r, err := journal.Verify(t.Context(), s, journal.Expect{}); err != nil || r.Err() != nil || len(r.Blobs) != 1 {
		t.Errorf("Verify: %v, %s", err, r)
	}
}

// TestReplacedBlobsAreFreed: neither replacing nor deleting leaves anything.
func TestReplacedBlobsAreFreed(t *testing.T) {
	s := mustOpen(t, Options{})
	for i := range 5 {
		name := fmt.Sprint("round-", i)
		journaltest.MustPut(t, s.Snapshots(), name, nil, journaltest.Noise(1, 1000))
		journaltest.MustPut(t, s.Snapshots(), name, nil, journaltest.Noise(2, 1000))
		if err := s.Snapshots().Delete(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	info, err := s.snapshots.stream.Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if info.State.Msgs != 0 {
		t.Errorf("%d messages are left", info.State.Msgs)
	}
}

// TestSlowReader: a reader that takes longer than every bound still gets all.
func TestSlowReader(t *testing.T) {
	s := mustOpen(t, Options{Timeout: 50 * time.Millisecond})
	for range 3 {
		journaltest.MustAppend(t, s.Lane(), "", []byte("x"))
	}
	n := 0
	err := s.Lane().Read(t.Context(), 1, func(journal.Entry) error {
		n++
		time.Sleep(80 * time.Millisecond)
		return nil
	})
	if err != nil || n != 3 {
		t.Errorf("%d records, %v", n, err)
	}
}

func TestReadCancelled(t *testing.T) {
	s := mustOpen(t, Options{})
	for range 3 {
		journaltest.MustAppend(t, s.Lane(), "", []byte("x"))
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n := 0
	err := s.Lane().Read(ctx, 1, func(journal.Entry) error { n++; cancel(); return nil })
	if !errors.Is(err, context.Canceled) || !errors.Is(err, journal.ErrUnavailable) {
		t.Errorf("%d records, %v", n, err)
	}
}

func TestOpenFails(t *testing.T) {
	quiet := slog.New(slog.DiscardHandler)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Options{Dir: file, Logger: quiet}); err == nil {
		t.Error("a file as directory: no error")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "jetstream"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), Options{Dir: dir, Logger: quiet})
	if !errors.Is(err, journal.ErrUnavailable) {
		t.Errorf("a file where the store should be: %v", err)
	}
	if err := os.Remove(filepath.Join(dir, "jetstream")); err != nil {
		t.Fatal(err)
	}
	mustOpen(t, Options{Dir: dir}) // the failed Open has left no lock
}
