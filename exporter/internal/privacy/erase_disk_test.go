package privacy

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal/jetstream"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal/journaltest"
)

// TestEraseOnDisk: no file of the journal holds an erased key any more, nor one
// as an older seed wrapped it.
func TestEraseOnDisk(t *testing.T) {
	dir := t.TempDir()
	open := func() *jetstream.Store {
		s, err := jetstream.Open(t.Context(), jetstream.Options{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := open()
	r := mustOpenWith(t, s.Keys(), testMaster(1))
	texts := fill(t, r, 0, 9)
	var old [][]byte
	for _, e := range journaltest.MustRead(t, s.Keys(), 1) {
		rec, err := parseKeys(e.Data)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range rec.entries {
			old = append(old, bytes.Clone(k.wrapped))
		}
	}
	if n := onDisk(t, dir, old...); n != 9 {
		t.Fatalf("%d of 9 keys are on disk, so nothing can be told", n)
	}
	mustErase(t, r, 4, contact(0), contact(3), contact(4), contact(5))
	if n := onDisk(t, dir, old[0], old[3], old[4], old[5]); n != 0 {
		t.Errorf("%d erased keys are still on disk", n)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	s = open()
	r = mustOpenWith(t, s.Keys(), newMaster([KeySize]byte{1}, [KeySize]byte{1}, [KeySize]byte{2}))
	if n, err := r.Rewrap(t.Context()); err != nil || n != 2 {
		t.Fatalf("Rewrap = %d, %v, want 2", n, err)
	}
	for i, x := range texts {
		if i == 0 || 3 <= i && i <= 5 {
			wantErased(t, r, x)
		} else {
			wantOpen(t, r, x)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if n := onDisk(t, dir, old...); n != 0 {
		t.Errorf("%d keys are still on disk as the older seed wrapped them", n)
	}
}

// onDisk counts which of the byte strings are in any file below dir.
func onDisk(t *testing.T, dir string, what ...[]byte) int {
	t.Helper()
	var all []byte
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		all = append(all, text...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, w := range what {
		if bytes.Contains(all, w) {
			n++
		}
	}
	return n
}
