package journal_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal/journaltest"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal/memory"
)

// collector keeps what ReadBackup hands out, as a store would.
type collector struct {
	blobs   map[string][]byte
	order   []string
	entries map[journal.BackupLog][]journal.Entry
	first   map[journal.BackupLog]uint64
	last    map[journal.BackupLog]uint64
}

func newCollector() *collector {
	return &collector{
		blobs:   map[string][]byte{},
		entries: map[journal.BackupLog][]journal.Entry{},
		first:   map[journal.BackupLog]uint64{}, last: map[journal.BackupLog]uint64{},
	}
}

func (c *collector) Blob(name string, _ map[string]string, data io.Reader) error {
	b, err := io.ReadAll(data)
	if err != nil {
		return err
	}
	c.blobs[name] = b
	c.order = append(c.order, name)
	return nil
}

func (c *collector) DropBlobs(prefix string) error {
	gone := func(name string) bool { return strings.HasPrefix(name, prefix) }
	c.order = slices.DeleteFunc(c.order, gone)
	for name := range c.blobs {
		if gone(name) {
			delete(c.blobs, name)
		}
	}
	return nil
}

func (c *collector) Record(l journal.BackupLog, e journal.Entry) error {
	e.Data = bytes.Clone(e.Data)
	c.entries[l] = append(c.entries[l], e)
	return nil
}

func (c *collector) EndLog(l journal.BackupLog, first, last uint64) error {
	c.entries[l] = slices.DeleteFunc(c.entries[l], func(e journal.Entry) bool { return e.Seq < first })
	c.first[l], c.last[l] = first, last
	return nil
}

func (c *collector) seqs(l journal.BackupLog) []uint64 {
	var s []uint64
	for _, e := range c.entries[l] {
		s = append(s, e.Seq)
	}
	return s
}

func mustBackup(t testing.TB, s journal.Store) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := journal.Backup(t.Context(), s, &b); err != nil {
		t.Fatalf("Backup: %v", err)
	}
	return b.Bytes()
}

func mustCollect(t testing.TB, backup []byte) *collector {
	t.Helper()
	c := newCollector()
	if err := journal.ReadBackup(bytes.NewReader(backup), c); err != nil {
		t.Fatalf("ReadBackup: %v", err)
	}
	return c
}

func dir(seq uint64) string { return fmt.Sprintf("round-%020d/", seq) }

func putRound(t testing.TB, s journal.Store, seq uint64) {
	t.Helper()
	for i := range 2 {
		journaltest.MustPut(t, s.Snapshots(), fmt.Sprintf("%spart-%02d", dir(seq), i), nil, fmt.Appendf(nil, "part %d at %d", i, seq))
	}
	journaltest.MustPut(t, s.Snapshots(), dir(seq)+"manifest", nil, fmt.Appendf(nil, `{"seq":%d,"parts":2}`, seq))
}

func dropRound(t testing.TB, s journal.Store, seq uint64) {
	t.Helper()
	for _, name := range []string{"manifest", "part-00", "part-01"} {
		if err := s.Snapshots().Delete(t.Context(), dir(seq)+name); err != nil {
			t.Error(err)
		}
	}
}

func trim(t testing.TB, s journal.Store, below uint64) {
	t.Helper()
	if err := s.Lane().Trim(t.Context(), below); err != nil {
		t.Error(err)
	}
}

// lanes returns a store with n records in the lane.
func lanes(t testing.TB, n int) *memory.Store {
	t.Helper()
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	s := memory.New(memory.Options{Now: func() time.Time { at = at.Add(time.Second); return at }})
	for i := range n {
		journaltest.MustAppend(t, s.Lane(), "", fmt.Appendf(nil, "record %d", i+1))
	}
	return s
}

// goldenStore is small and has a bit of everything.
func goldenStore(t testing.TB) *memory.Store {
	s := lanes(t, 6)
	for i := range 3 {
		journaltest.MustAppend(t, s.Keys(), "", fmt.Appendf(nil, "key %d", i+1))
	}
	if err := s.Keys().Delete(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	journaltest.MustPut(t, s.Snapshots(), dir(3)+"part-00", map[string]string{"b": "2", "a": "1"}, []byte("state"))
	journaltest.MustPut(t, s.Snapshots(), dir(3)+"manifest", nil, []byte(`{"seq":3,"parts":1,"at":"2026-03-01T12:00:00Z"}`))
	trim(t, s, 3)
	return s
}

// TestBackupForm: the bytes are part of the stored form. A changed golden file
// means a new version, and that the old one has to be read all the same.
func TestBackupForm(t *testing.T) {
	got := mustBackup(t, goldenStore(t))
	const header = "8948445842" + "4b0d0a" + "01000000"
	if !strings.HasPrefix(hex.EncodeToString(got), header) {
		t.Errorf("the backup begins with %x, want %s", got[:16], header)
	}
	file := filepath.Join("testdata", "backup-v1.bin")
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("the form has changed:\n%s", hex.Dump(got))
	}
	c := mustCollect(t, want)
	if !slices.Equal(c.seqs(journal.BackupLane), []uint64{3, 4, 5, 6}) || !slices.Equal(c.seqs(journal.BackupKeys), []uint64{1, 3}) {
		t.Errorf("lane %v, keys %v", c.seqs(journal.BackupLane), c.seqs(journal.BackupKeys))
	}
	e := c.entries[journal.BackupLane][0]
	if string(e.Data) != "record 3" || !e.Written.Equal(time.Date(2026, 3, 1, 12, 0, 3, 0, time.UTC)) || e.Subject != "" {
		t.Errorf("first record %+v", e)
	}
	if want := []string{dir(3) + "part-00", dir(3) + "manifest"}; !slices.Equal(c.order, want) || string(c.blobs[want[0]]) != "state" {
		t.Errorf("blobs %v", c.order)
	}
}

// TestBackupRounds: which snapshots are in a backup.
func TestBackupRounds(t *testing.T) {
	for _, tc := range []struct {
		name string
		fill func(s *memory.Store)
		want []uint64
	}{
		{"none", func(*memory.Store) {}, nil},
		{"newest two", func(s *memory.Store) {
			for _, seq := range []uint64{3, 9, 12} {
				putRound(t, s, seq)
			}
		}, []uint64{12, 9}},
		{"incomplete", func(s *memory.Store) {
			putRound(t, s, 5)
			journaltest.MustPut(t, s.Snapshots(), dir(9)+"part-00", nil, nil)
		}, []uint64{5}},
		{"part missing", func(s *memory.Store) {
			putRound(t, s, 5)
			putRound(t, s, 9)
			if err := s.Snapshots().Delete(t.Context(), dir(9)+"part-01"); err != nil {
				t.Fatal(err)
			}
		}, []uint64{5}},
		{"manifest not readable", func(s *memory.Store) {
			putRound(t, s, 5)
			putRound(t, s, 9)
			journaltest.MustPut(t, s.Snapshots(), dir(9)+"manifest", nil, []byte("{"))
		}, []uint64{5}},
		{"older one trimmed away", func(s *memory.Store) {
			putRound(t, s, 5)
			putRound(t, s, 9)
			trim(t, s, 8)
		}, []uint64{9}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := lanes(t, 20)
			tc.fill(s)
			wantRounds(t, mustCollect(t, mustBackup(t, s)), tc.want...)
		})
	}
}

func wantRounds(t *testing.T, c *collector, seqs ...uint64) {
	t.Helper()
	var want []string
	for _, seq := range seqs {
		want = append(want, dir(seq)+"part-00", dir(seq)+"part-01", dir(seq)+"manifest")
	}
	if !slices.Equal(c.order, want) {
		t.Errorf("blobs %v, want %v", c.order, want)
	}
}

// TestBackupOfMoving: the store changes at the worst moment. on is given what
// is about to be read, by name, and how many reads of that there were.
func TestBackupOfMoving(t *testing.T) {
	for _, tc := range []struct {
		name   string
		on     func(t *testing.T, s *moving, what string, n int)
		rounds []uint64
		lane   [2]uint64
		keys   []uint64
	}{
		{"nothing happens", func(*testing.T, *moving, string, int) {}, []uint64{10, 5}, [2]uint64{4, 20}, []uint64{1, 2, 3}},
		{"the newest round is pruned", func(t *testing.T, s *moving, what string, n int) {
			if what == dir(10)+"part-01" {
				dropRound(t, s, 10)
			}
		}, []uint64{5}, [2]uint64{4, 20}, []uint64{1, 2, 3}},
		{"both rounds are pruned", func(t *testing.T, s *moving, what string, n int) {
			if what == dir(10)+"part-01" {
				putRound(t, s, 15)
				putRound(t, s, 18)
				dropRound(t, s, 10)
				dropRound(t, s, 5)
			}
		}, []uint64{18, 15}, [2]uint64{4, 20}, []uint64{1, 2, 3}},
		{"a round is written anew", func(t *testing.T, s *moving, what string, n int) {
			if what == dir(10)+"part-01" && n == 1 {
				journaltest.MustPut(t, s.Snapshots(), dir(10)+"manifest", nil, []byte(`{"seq":10,"parts":2,"at":"2026-03-01T13:00:00Z"}`))
			}
		}, []uint64{5}, [2]uint64{4, 20}, []uint64{1, 2, 3}},
		{"the lane is trimmed beyond the copied rounds", func(t *testing.T, s *moving, what string, n int) {
			if what == "read lane" && n == 1 {
				putRound(t, s, 17)
				putRound(t, s, 19)
				trim(t, s, 18)
			}
		}, []uint64{19, 17}, [2]uint64{18, 20}, []uint64{1, 2, 3}},
		{"the lane is trimmed beyond its end as it was", func(t *testing.T, s *moving, what string, n int) {
			if what == "read lane" && n == 1 {
				for range 10 {
					journaltest.MustAppend(t, s.Lane(), "", []byte("later"))
				}
			}
			if what == "state lane" && n == 2 {
				putRound(t, s, 30)
				for range 5 {
					journaltest.MustAppend(t, s.Lane(), "", []byte("later still"))
				}
				putRound(t, s, 33)
				trim(t, s, 31)
			}
		}, []uint64{33, 30}, [2]uint64{31, 35}, []uint64{1, 2, 3}},
		{"the older round falls behind", func(t *testing.T, s *moving, what string, n int) {
			if what == "read lane" {
				trim(t, s, 8)
			}
		}, []uint64{10}, [2]uint64{8, 20}, []uint64{1, 2, 3}},
		{"a key is replaced before it is read", func(t *testing.T, s *moving, what string, n int) {
			if what == "read keys" && n == 1 {
				s.replaceAfterRead = func() {
					journaltest.MustAppend(t, s.Keys(), "", []byte("key 2 anew"))
				}
			}
		}, []uint64{10, 5}, [2]uint64{4, 20}, []uint64{1, 3, 4}},
		{"the first key is replaced after it was read", func(t *testing.T, s *moving, what string, n int) {
			if what == "state lane" && n == 2 {
				s.afterKeys = func() {
					journaltest.MustAppend(t, s.Keys(), "", []byte("key 1 anew"))
					if err := s.Keys().Delete(t.Context(), 1); err != nil {
						t.Error(err)
					}
				}
			}
		}, []uint64{10, 5}, [2]uint64{4, 20}, []uint64{1, 2, 3}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &moving{Store: lanes(t, 20), reads: map[string]int{}}
				for i := range 3 {
					journaltest.MustAppend(t, s.Keys(), "", fmt.Appendf(nil, "key %d", i+1))
				}
				putRound(t, s, 5)
				putRound(t, s, 10)
				trim(t, s, 4)
				s.on = func(what string) {
					s.reads[what]++
					tc.on(t, s, what, s.reads[what])
				}
				c := mustCollect(t, mustBackup(t, s))
				wantRounds(t, c, tc.rounds...)
				seqs := c.seqs(journal.BackupLane)
				if len(seqs) == 0 || seqs[0] != tc.lane[0] || seqs[len(seqs)-1] != tc.lane[1] || uint64(len(seqs)) != tc.lane[1]-tc.lane[0]+1 ||
					c.first[journal.BackupLane] != tc.lane[0] || c.last[journal.BackupLane] != tc.lane[1] {
					t.Errorf("lane %v of %d to %d, want %v", seqs, c.first[journal.BackupLane], c.last[journal.BackupLane], tc.lane)
				}
				if got := c.seqs(journal.BackupKeys); !slices.Equal(got, tc.keys) {
					t.Errorf("keys %v, want %v", got, tc.keys)
				}
			})
		})
	}
}

// moving is a store that a test changes while it is read.
type moving struct {
	*memory.Store
	on    func(what string)
	reads map[string]int
	// replaceAfterRead puts a new record in the place of key 2 while the keys
	// are read; afterKeys runs when they have been read.
	replaceAfterRead, afterKeys func()
}

func (m *moving) tell(what string) {
	if on := m.on; on != nil {
		m.on = nil // what the test does itself is not told
		on(what)
		m.on = on
	}
}

func (m *moving) Lane() journal.Log        { return &movingLog{m.Store.Lane(), m, "lane"} }
func (m *moving) Keys() journal.Log        { return &movingLog{m.Store.Keys(), m, "keys"} }
func (m *moving) Snapshots() journal.Blobs { return &movingBlobs{m.Store.Snapshots(), m} }

type movingLog struct {
	journal.Log
	m    *moving
	name string
}

func (l *movingLog) State(ctx context.Context) (journal.State, error) {
	l.m.tell("state " + l.name)
	return l.Log.State(ctx)
}

func (l *movingLog) Read(ctx context.Context, from uint64, fn func(journal.Entry) error) error {
	l.m.tell("read " + l.name)
	if f := l.m.replaceAfterRead; l.name == "keys" && f != nil {
		l.m.replaceAfterRead = nil
		// The reader's end is fixed, then the record goes and its successor comes.
		return l.Log.Read(ctx, from, func(e journal.Entry) error {
			if e.Seq == 2 {
				f()
				return l.Log.Delete(ctx, 2)
			}
			return fn(e)
		})
	}
	err := l.Log.Read(ctx, from, fn)
	if f := l.m.afterKeys; l.name == "keys" && f != nil {
		l.m.afterKeys = nil
		f()
	}
	return err
}

type movingBlobs struct {
	journal.Blobs
	m *moving
}

func (b *movingBlobs) Get(ctx context.Context, name string) (io.ReadCloser, map[string]string, error) {
	b.m.tell(name)
	return b.Blobs.Get(ctx, name)
}

// TestBackupRefused: a store that no good backup can be made of.
func TestBackupRefused(t *testing.T) {
	failure := errors.New("the disk has a fault")
	for _, tc := range []struct {
		name string
		fill func(t *testing.T, s *memory.Store)
		want error
	}{
		{"no snapshot reaches back", func(t *testing.T, s *memory.Store) { trim(t, s, 2) }, journal.ErrDamaged},
		{"snapshot too old", func(t *testing.T, s *memory.Store) { putRound(t, s, 5); trim(t, s, 7) }, journal.ErrDamaged},
		{"closed", func(t *testing.T, s *memory.Store) { _ = s.Close() }, journal.ErrUnavailable},
		{"lane not readable", func(t *testing.T, s *memory.Store) {
			s.OnRead(func(_ context.Context, log string) error {
				if log == "lane" {
					return failure
				}
				return nil
			})
		}, failure},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := lanes(t, 10)
				tc.fill(t, s)
				var b bytes.Buffer
				if err := journal.Backup(t.Context(), s, &b); !errors.Is(err, tc.want) {
					t.Errorf("Backup: %v, want %v", err, tc.want)
				}
				if err := journal.ReadBackup(&b, newCollector()); !errors.Is(err, journal.ErrBackup) {
					t.Errorf("what it has written is read with %v", err)
				}
			})
		})
	}
	w := &failingWriter{after: 100, err: failure}
	if err := journal.Backup(t.Context(), lanes(t, 1000), w); !errors.Is(err, failure) {
		t.Errorf("writer fails: %v", err)
	}
}

type failingWriter struct {
	after int
	err   error
}

func (w *failingWriter) Write(p []byte) (int, error) {
	if w.after -= len(p); w.after < 0 {
		return 0, w.err
	}
	return len(p), nil
}

// TestReadBackupRefuses: every cut and every flipped bit of a backup is noticed.
func TestReadBackupRefuses(t *testing.T) {
	good := mustBackup(t, goldenStore(t))
	refused := func(what string, b []byte, text string) {
		t.Helper()
		err := journal.ReadBackup(bytes.NewReader(b), newCollector())
		if !errors.Is(err, journal.ErrBackup) || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for n := range good {
		text := "cut off"
		if n < 8 {
			text = "no backup"
		}
		refused(fmt.Sprintf("first %d bytes", n), good[:n], text)
	}
	for i := range len(good) * 8 {
		b := bytes.Clone(good)
		b[i/8] ^= 1 << (i % 8)
		refused(fmt.Sprintf("bit %d", i), b, "")
	}
	refused("two in a row", append(bytes.Clone(good), good...), "behind its end")

	failure := errors.New("the disk has a fault")
	r := io.MultiReader(bytes.NewReader(good[:len(good)/2]), iotest.ErrReader(failure))
	if err := journal.ReadBackup(r, newCollector()); !errors.Is(err, failure) || errors.Is(err, journal.ErrBackup) {
		t.Errorf("reader fails: %v", err)
	}
	one := newCollector()
	if err := journal.ReadBackup(iotest.OneByteReader(bytes.NewReader(good)), one); err != nil || !reflect.DeepEqual(one, mustCollect(t, good)) {
		t.Errorf("byte by byte: %v", err)
	}
	for _, at := range []string{"blob", "record", "end"} {
		if err := journal.ReadBackup(bytes.NewReader(good), &failingTarget{newCollector(), at, failure}); !errors.Is(err, failure) {
			t.Errorf("target fails at %s: %v", at, err)
		}
	}
}

type failingTarget struct {
	*collector
	at  string
	err error
}

func (f *failingTarget) Blob(name string, meta map[string]string, data io.Reader) error {
	if f.at == "blob" {
		return f.err
	}
	return f.collector.Blob(name, meta, data)
}

func (f *failingTarget) Record(l journal.BackupLog, e journal.Entry) error {
	if f.at == "record" {
		return f.err
	}
	return f.collector.Record(l, e)
}

func (f *failingTarget) EndLog(l journal.BackupLog, first, last uint64) error {
	if f.at == "end" {
		return f.err
	}
	return f.collector.EndLog(l, first, last)
}
