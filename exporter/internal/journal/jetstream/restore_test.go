package jetstream

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal/journaltest"
)

func mustBackup(t testing.TB, s journal.Store) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := journal.Backup(t.Context(), s, &b); err != nil {
		t.Fatalf("Backup: %v", err)
	}
	return b.Bytes()
}

func mustRestore(t testing.TB, backup []byte) *Store {
	t.Helper()
	dir := t.TempDir()
	logger := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	if err := Restore(t.Context(), Options{Dir: dir, Logger: logger}, bytes.NewReader(backup)); err != nil {
		t.Fatalf("Restore: %v", err)
	}
	return mustOpen(t, Options{Dir: dir})
}

func putRound(t testing.TB, s journal.Store, seq uint64) {
	t.Helper()
	dir := fmt.Sprintf("round-%020d/", seq)
	for i := range 3 {
		journaltest.MustPut(t, s.Snapshots(), fmt.Sprintf("%spart-%02d", dir, i), map[string]string{"part": fmt.Sprint(i)},
			journaltest.Noise(seq+uint64(i), i*400_000))
	}
	journaltest.MustPut(t, s.Snapshots(), dir+"manifest", nil, fmt.Appendf(nil, `{"seq":%d,"parts":3}`, seq))
}

func mustTrim(t testing.TB, l journal.Log, below uint64) {
	t.Helper()
	if err := l.Trim(t.Context(), below); err != nil {
		t.Fatalf("Trim: %v", err)
	}
}

func mustDelete(t testing.TB, l journal.Log, seqs ...uint64) {
	t.Helper()
	for _, seq := range seqs {
		if err := l.Delete(t.Context(), seq); err != nil {
			t.Fatalf("Delete: %v", err)
		}
	}
}

func appendMany(t testing.TB, l journal.Log, n int) {
	t.Helper()
	for i := range n {
		journaltest.MustAppend(t, l, "", journaltest.Noise(uint64(i), 50+i*37%3000))
	}
}

// contents is all that a restore has to bring back.
type contents struct {
	Lane, Keys, Threads                      journal.State
	LaneEntries, KeysEntries, ThreadsEntries []journal.Entry
	Blobs                                    map[string]string
	Meta                                     map[string]map[string]string
}

func contentsOf(t testing.TB, s journal.Store) contents {
	t.Helper()
	c := contents{
		Lane: journaltest.MustState(t, s.Lane()), Keys: journaltest.MustState(t, s.Keys()),
		Threads: journaltest.MustState(t, s.Threads()), ThreadsEntries: journaltest.MustRead(t, s.Threads(), 1),
		LaneEntries: journaltest.MustRead(t, s.Lane(), 1), KeysEntries: journaltest.MustRead(t, s.Keys(), 1),
		Blobs: map[string]string{}, Meta: map[string]map[string]string{},
	}
	list, err := s.Snapshots().List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range list {
		r, meta, err := s.Snapshots().Get(t.Context(), i.Name)
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err := errors.Join(err, r.Close()); err != nil {
			t.Fatal(err)
		}
		c.Blobs[i.Name] = string(data)
		if len(meta) > 0 {
			c.Meta[i.Name] = meta
		}
	}
	return c
}

// wantSame compares two stores, and what they do next.
func wantSame(t *testing.T, got, want *Store) {
	t.Helper()
	g, w := contentsOf(t, got), contentsOf(t, want)
	if g.Lane != w.Lane || g.Keys != w.Keys {
		t.Errorf("restored states\n%+v %+v, want\n%+v %+v", g.Lane, g.Keys, w.Lane, w.Keys)
	}
	if !reflect.DeepEqual(g, w) {
		t.Errorf("the restored store differs: %d and %d records, %d blobs; want %d and %d, %d",
			len(g.LaneEntries), len(g.KeysEntries), len(g.Blobs), len(w.LaneEntries), len(w.KeysEntries), len(w.Blobs))
	}
	for _, l := range []struct{ got, want journal.Log }{{got.Lane(), want.Lane()}, {got.Keys(), want.Keys()}, {got.Threads(), want.Threads()}} {
		next := journaltest.MustState(t, l.want).Last + 1
		if seq := journaltest.MustAppend(t, l.got, "", []byte("next")); seq != next {
			t.Errorf("the next record got the sequence %d, want %d", seq, next)
		}
	}
}

// TestRestore compares a restored store with the one that was backed up.
func TestRestore(t *testing.T) {
	for _, tc := range []struct {
		name string
		fill func(t *testing.T, s *Store)
	}{
		{"empty", func(*testing.T, *Store) {}},
		{"whole", func(t *testing.T, s *Store) {
			appendMany(t, s.Lane(), 300)
			appendMany(t, s.Keys(), 20)
			appendMany(t, s.Threads(), 15)
			journaltest.MustAppend(t, s.Lane(), "", journaltest.Noise(1, journal.MaxRecord))
			journaltest.MustAppend(t, s.Keys(), "", nil)
		}},
		{"trimmed with gaps in the keys", func(t *testing.T, s *Store) {
			appendMany(t, s.Lane(), 200)
			appendMany(t, s.Keys(), 60)
			putRound(t, s, 120)
			putRound(t, s, 180)
			mustTrim(t, s.Lane(), 101)
			mustDelete(t, s.Keys(), 1, 2, 17, 18, 19, 40)
			appendMany(t, s.Threads(), 30)
			mustDelete(t, s.Threads(), 14, 20)
			mustTrim(t, s.Threads(), 12)
		}},
		{"ends erased", func(t *testing.T, s *Store) {
			appendMany(t, s.Lane(), 12)
			appendMany(t, s.Threads(), 9)
			mustTrim(t, s.Threads(), 10)
			appendMany(t, s.Keys(), 12)
			mustDelete(t, s.Keys(), 10, 11, 12)
		}},
		{"emptied", func(t *testing.T, s *Store) {
			appendMany(t, s.Lane(), 30)
			putRound(t, s, 30)
			mustTrim(t, s.Lane(), 31)
			appendMany(t, s.Keys(), 3)
			mustDelete(t, s.Keys(), 1, 2, 3)
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := mustOpen(t, Options{})
			tc.fill(t, s)
			restored := mustRestore(t, mustBackup(t, s))
			rep, err := journal.Verify(t.Context(), restored, journal.Expect{LaneAtLeast: journaltest.MustState(t, s.Lane()).Last})
			if err != nil || rep.Err() != nil {
				t.Errorf("Verify: %v, %v", err, rep)
			}
			wantSame(t, restored, s)

			mustClose(t, restored)
			again := mustOpen(t, Options{Dir: restored.o.Dir})
			if st := journaltest.MustState(t, again.Lane()); st.Last != journaltest.MustState(t, s.Lane()).Last+1 {
				t.Errorf("after another start the lane is %+v", st)
			}
		})
	}
}

// TestRestoredWithoutIndex: the numbering is in the records' files, not only in
// the index that the server writes at its end.
func TestRestoredWithoutIndex(t *testing.T) {
	s := mustOpen(t, Options{})
	appendMany(t, s.Lane(), 40)
	putRound(t, s, 35)
	mustTrim(t, s.Lane(), 31)
	appendMany(t, s.Keys(), 9)
	mustDelete(t, s.Keys(), 1, 5, 9)
	backup, dir := mustBackup(t, s), t.TempDir()
	if err := Restore(t.Context(), Options{Dir: dir}, bytes.NewReader(backup)); err != nil {
		t.Fatal(err)
	}
	for _, stream := range []string{laneStream, keysStream} {
		if err := os.Remove(filepath.Join(streamDir(dir, stream), "index.db")); err != nil {
			t.Fatal(err)
		}
	}
	wantSame(t, mustOpen(t, Options{Dir: dir}), s)
}

// TestRestoreOfRestored: a copy of a copy is the same.
func TestRestoreOfRestored(t *testing.T) {
	s := mustOpen(t, Options{})
	appendMany(t, s.Lane(), 50)
	putRound(t, s, 45)
	mustTrim(t, s.Lane(), 31)
	appendMany(t, s.Keys(), 5)
	mustDelete(t, s.Keys(), 2, 5)
	appendMany(t, s.Threads(), 7)
	mustDelete(t, s.Threads(), 3)
	first := mustBackup(t, s)
	if second := mustBackup(t, mustRestore(t, first)); !bytes.Equal(first, second) {
		t.Error("the backup of a restored store differs")
	}
}

// TestRestoreWideGaps: gaps larger than a block of the server's files.
func TestRestoreWideGaps(t *testing.T) {
	src := newSink()
	src.add(journal.BackupLane, 5, 6, 200_000, 200_001, 1<<40, 1<<40+1)
	src.add(journal.BackupKeys, 1, 70_000)
	src.last[journal.BackupKeys] = 1 << 33
	s := mustRestore(t, mustBackup(t, src))
	for l, log := range map[journal.BackupLog]journal.Log{journal.BackupLane: s.Lane(), journal.BackupKeys: s.Keys()} {
		want := src.entries[l]
		got := journaltest.MustRead(t, log, 1)
		if len(got) != len(want) {
			t.Fatalf("%v: %d records, want %d", l, len(got), len(want))
		}
		for i, e := range got {
			if e.Seq != want[i].Seq || !bytes.Equal(e.Data, want[i].Data) || !e.Written.Equal(want[i].Written) {
				t.Errorf("%v: record %d at %v, want %d at %v", l, e.Seq, e.Written, want[i].Seq, want[i].Written)
			}
		}
		if seq := journaltest.MustAppend(t, log, "", nil); seq != src.last[l]+1 {
			t.Errorf("%v goes on with %d, want %d", l, seq, src.last[l]+1)
		}
	}
}

// TestBackupWhileWriting: a store that is written to, trimmed and given new
// snapshots yields a backup that is whole.
func TestBackupWhileWriting(t *testing.T) {
	s := mustOpen(t, Options{})
	appendMany(t, s.Lane(), 100)
	putRound(t, s, 50)
	putRound(t, s, 100)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- func() error {
			rounds := []uint64{50, 100}
			for i := 0; ctx.Err() == nil; i++ {
				key, err := s.Keys().Append(t.Context(), "", fmt.Appendf(nil, "key %d", i))
				if err != nil {
					return err
				}
				seq, err := s.Lane().Append(t.Context(), "", fmt.Appendf(nil, "record sealed with %d", key))
				if err != nil {
					return err
				}
				if i%20 != 19 {
					continue
				}
				putRound(t, s, seq)
				rounds = append(rounds, seq)
				for _, name := range []string{"manifest", "part-00", "part-01", "part-02"} {
					if err := s.Snapshots().Delete(t.Context(), fmt.Sprintf("round-%020d/%s", rounds[0], name)); err != nil {
						return err
					}
				}
				rounds = rounds[1:]
				if err := s.Lane().Trim(t.Context(), rounds[0]+1); err != nil {
					return err
				}
			}
			return nil
		}()
	}()
	var backups [][]byte
	for range 3 {
		backups = append(backups, mustBackup(t, s))
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	for _, backup := range backups {
		restored := mustRestore(t, backup)
		c := contentsOf(t, restored)
		var newest uint64
		for name := range c.Blobs {
			var seq uint64
			if _, err := fmt.Sscanf(name, "round-%d/", &seq); err != nil {
				t.Fatal(err)
			}
			newest = max(newest, seq)
		}
		for _, name := range []string{"manifest", "part-00", "part-01", "part-02"} {
			if _, ok := c.Blobs[fmt.Sprintf("round-%020d/%s", newest, name)]; !ok {
				t.Errorf("round %d has no %s", newest, name)
			}
		}
		if c.Lane.First > newest+1 || c.Lane.Last < newest {
			t.Errorf("the newest snapshot is at %d, the lane holds %d to %d", newest, c.Lane.First, c.Lane.Last)
		}
		rep, err := journal.Verify(t.Context(), restored, journal.Expect{LaneAtLeast: newest, LaneAfter: newest})
		if err != nil || rep.Err() != nil {
			t.Errorf("Verify: %v\n%v", err, rep)
		}
		for _, e := range c.LaneEntries {
			var key uint64
			if _, err := fmt.Sscanf(string(e.Data), "record sealed with %d", &key); err == nil && key > c.Keys.Last {
				t.Errorf("record %d names key %d, the keys end with %d", e.Seq, key, c.Keys.Last)
			}
		}
	}
}

// tree lists a directory with the sizes of its files.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		fmt.Fprintln(&b, strings.TrimPrefix(path, dir), info.Mode())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestRestoreFails: whatever goes wrong, the directory is as it was.
func TestRestoreFails(t *testing.T) {
	s := mustOpen(t, Options{})
	appendMany(t, s.Lane(), 50)
	putRound(t, s, 40)
	appendMany(t, s.Keys(), 5)
	backup := mustBackup(t, s)
	failure := errors.New("the disk has a fault")
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	flip := func(at int) []byte {
		b := bytes.Clone(backup)
		b[at] ^= 4
		return b
	}
	from := func(b []byte) func() io.Reader {
		return func() io.Reader { return bytes.NewReader(b) }
	}
	for _, tc := range []struct {
		name string
		o    Options
		ctx  context.Context
		r    func() io.Reader
		want error
		text string
	}{
		{"no backup", Options{}, t.Context(), from([]byte("{}")), journal.ErrBackup, "no backup"},
		{"cut off in a snapshot", Options{}, t.Context(), from(backup[:700_000]), journal.ErrBackup, "cut off"},
		{"last byte missing", Options{}, t.Context(), from(backup[:len(backup)-1]), journal.ErrBackup, "cut off"},
		{"bit flipped in the keys", Options{}, t.Context(), from(flip(len(backup) - 200)), journal.ErrBackup, "damaged"},
		{"bit flipped in a snapshot", Options{}, t.Context(), from(flip(300_000)), journal.ErrBackup, "damaged"},
		{"more behind it", Options{}, t.Context(), from(append(bytes.Clone(backup), 'x')), journal.ErrBackup, "behind its end"},
		{"reader fails", Options{}, t.Context(), func() io.Reader {
			return io.MultiReader(bytes.NewReader(backup[:900_000]), iotest.ErrReader(failure))
		}, failure, "read the backup"},
		{"cancelled", Options{}, cancelled, from(backup), context.Canceled, ""},
		{"disk full", Options{MinFree: 1 << 60}, t.Context(), from(backup), journal.ErrFull, "bytes are free"},
		{"no time", Options{ReadyTimeout: 1}, t.Context(), from(backup), journal.ErrUnavailable, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "privacy.key"), []byte("secret"), 0o600); err != nil {
				t.Fatal(err)
			}
			before := tree(t, dir)
			for _, tc.o.Dir = range []string{dir, filepath.Join(dir, "new")} {
				err := Restore(tc.ctx, tc.o, tc.r())
				if !errors.Is(err, tc.want) || !strings.Contains(err.Error(), tc.text) {
					t.Errorf("Restore: %v", err)
				}
				if after := tree(t, dir); after != before {
					t.Errorf("left behind:\n%s", after)
				}
			}
		})
	}
}

// TestRestoreInUse: a store that is there is not touched, what an interrupted
// restore has left is replaced.
func TestRestoreInUse(t *testing.T) {
	s := mustOpen(t, Options{})
	appendMany(t, s.Lane(), 3)
	backup := mustBackup(t, s)
	if err := Restore(t.Context(), Options{Dir: s.o.Dir}, bytes.NewReader(backup)); !errors.Is(err, journal.ErrLocked) {
		t.Errorf("into an open store: %v", err)
	}
	mustClose(t, s)
	before := tree(t, s.o.Dir)
	if err := Restore(t.Context(), Options{Dir: s.o.Dir}, bytes.NewReader(backup)); !errors.Is(err, fs.ErrExist) {
		t.Errorf("into a closed store: %v", err)
	}
	if after := tree(t, s.o.Dir); after != before {
		t.Errorf("before:\n%safter:\n%s", before, after)
	}

	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, restoringDir, "jetstream", "half"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := Restore(t.Context(), Options{Dir: dir}, bytes.NewReader(backup)); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, restoringDir)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what the interrupted restore has left: %v", err)
	}
	wantSame(t, mustOpen(t, Options{Dir: dir}), mustOpen(t, Options{Dir: s.o.Dir}))
}

// sink is a journal.Store of two logs with any sequences.
type sink struct {
	journal.Store
	entries map[journal.BackupLog][]journal.Entry
	last    map[journal.BackupLog]uint64
}

func newSink() *sink {
	return &sink{entries: map[journal.BackupLog][]journal.Entry{}, last: map[journal.BackupLog]uint64{}}
}

func (s *sink) add(l journal.BackupLog, seqs ...uint64) {
	for _, seq := range seqs {
		s.entries[l] = append(s.entries[l], journal.Entry{
			Seq: seq, Written: time.Unix(0, 1_700_000_000_000_000_000+int64(seq%1e9)), Data: fmt.Appendf(nil, "record %d", seq),
		})
		s.last[l] = seq
	}
}

func (s *sink) Lane() journal.Log        { return &sinkLog{sink: s, l: journal.BackupLane} }
func (s *sink) Keys() journal.Log        { return &sinkLog{sink: s, l: journal.BackupKeys} }
func (s *sink) Threads() journal.Log     { return &sinkLog{sink: s, l: journal.BackupThreads} }
func (s *sink) Snapshots() journal.Blobs { return sinkBlobs{} }

type sinkLog struct {
	journal.Log
	sink *sink
	l    journal.BackupLog
}

func (l *sinkLog) State(context.Context) (journal.State, error) {
	return journal.State{First: 1, Last: l.sink.last[l.l]}, nil
}

func (l *sinkLog) Read(_ context.Context, from uint64, fn func(journal.Entry) error) error {
	for _, e := range l.sink.entries[l.l] {
		if e.Seq >= from {
			if err := fn(e); err != nil {
				return err
			}
		}
	}
	return nil
}

type sinkBlobs struct{ journal.Blobs }

func (sinkBlobs) List(context.Context) ([]journal.BlobInfo, error) { return nil, nil }
