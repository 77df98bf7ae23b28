package threads

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal/jetstream"
)

// TestTornTail: the process or the machine ended while the last record was being
// written. Everything before it is known, whatever of it is there.
func TestTornTail(t *testing.T) {
	source := t.TempDir()
	w := onDisk(t, source)
	w.teach("v1", "c1", "i")
	w.hold(message("m1", "v2"))
	before := size(t, blocks(t, source))
	w.teach("v3", "c3", "i")
	after := size(t, blocks(t, source))
	if after <= before {
		t.Fatalf("the file grew from %d to %d bytes", before, after)
	}
	w.close(t)
	step := int64(1)
	if testing.Short() {
		step = 17
	}
	for length := before; length <= after; length += step {
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(source)); err != nil {
			t.Fatal(err)
		}
		file := blocks(t, dir)
		if err := os.Truncate(file, length); err != nil {
			t.Fatal(err)
		}
		// A killed server has written no index.
		if err := os.Remove(filepath.Join(filepath.Dir(file), "index.db")); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		w := onDisk(t, dir)
		w.want("v1", "c1/i/whatsapp")
		want := "//"
		if length == after {
			want = "c3/i/whatsapp"
		}
		w.want("v3", want)
		w.teach("v2", "c2", "i")
		if got := w.release(); got != "[m1]" {
			t.Errorf("%d of %d bytes: released %s", length, after, got)
		}
		w.tidy()
		if w.m.unreadable.Load() != 0 {
			t.Errorf("%d of %d bytes: %d records cannot be read", length, after, w.m.unreadable.Load())
		}
		w.close(t)
	}
}

// stored is a world on a disk.
type stored struct {
	world
	js *jetstream.Store
}

func onDisk(t *testing.T, dir string) *stored {
	t.Helper()
	js, err := jetstream.Open(t.Context(), jetstream.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	w := &stored{world{t: t, log: js.Threads(), master: newWorld(t, Options{}).master}, js}
	w.restart()
	return w
}

func (w *stored) close(t *testing.T) {
	t.Helper()
	if err := w.js.Close(); err != nil {
		t.Fatal(err)
	}
}

// blocks is the one file that holds the log's records.
func blocks(t *testing.T, dir string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "jetstream", "*", "streams", "HELPDESK_THREADS", "msgs", "*.blk"))
	if err != nil || len(found) != 1 {
		t.Fatalf("blocks %v, %v", found, err)
	}
	return found[0]
}

func size(t *testing.T, file string) int64 {
	t.Helper()
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// TestOnDisk: compaction, erasure and everything else with the real log; nothing
// that was forgotten is in any of its files.
func TestOnDisk(t *testing.T) {
	dir := t.TempDir()
	w := onDisk(t, dir)
	for i := range 50 {
		w.teach(fmt.Sprint("v", i), fmt.Sprint("c", i), "i")
	}
	w.hold(message("m1", "unknown"))
	old := w.records()[0] // the key
	if _, err := w.m.Forget(context.Background(), func(_, contact string) bool { return contact == "c7" }); err != nil {
		t.Fatal(err)
	}
	w.close(t)
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if strings.Contains(string(b), string(old.Data)) {
			t.Errorf("%s holds the key that was overwritten", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	w = onDisk(t, dir)
	defer w.close(t)
	w.want("v7", "//")
	w.want("v8", "c8/i/whatsapp")
	w.teach("unknown", "c", "i")
	if got := w.release(); got != "[m1]" {
		t.Errorf("released %s", got)
	}
}
