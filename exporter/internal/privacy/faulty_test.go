package privacy

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal/journaltest"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal/memory"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
)

var errCrash = errors.New("the process was killed")

// faultyLog is a log whose process is killed at a write: that and all later
// ones fail. With written set the write at which it happens reaches the disk.
type faultyLog struct {
	journal.Log
	mu      sync.Mutex
	writes  int
	killAt  int // 0 never
	written bool
	// onGet runs once, after a record was read and before it is returned;
	// beforeGet before.
	onGet, beforeGet func()
}

// write says whether a write is to be done and what is to be said of it.
func (l *faultyLog) write() (do bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.writes++
	if l.killAt == 0 || l.writes < l.killAt {
		return true, nil
	}
	return l.written && l.writes == l.killAt, errCrash
}

func (l *faultyLog) Append(ctx context.Context, subject string, data []byte) (seq uint64, err error) {
	do, fault := l.write()
	if do {
		seq, err = l.Log.Append(ctx, subject, data)
	}
	if fault != nil {
		return 0, fault
	}
	return seq, err
}

func (l *faultyLog) Delete(ctx context.Context, seq uint64) (err error) {
	do, fault := l.write()
	if do {
		err = l.Log.Delete(ctx, seq)
	}
	return errors.Join(fault, err)
}

func (l *faultyLog) Get(ctx context.Context, seq uint64) (journal.Entry, error) {
	if f := l.take(&l.beforeGet); f != nil {
		f()
	}
	e, err := l.Log.Get(ctx, seq)
	if f := l.take(&l.onGet); f != nil {
		f()
	}
	return e, err
}

func (l *faultyLog) take(hook *func()) func() {
	l.mu.Lock()
	defer l.mu.Unlock()
	f := *hook
	*hook = nil
	return f
}

// keysOf counts the entries of a contact in the whole log.
func keysOf(t testing.TB, log journal.Log, contact record.Key) int {
	t.Helper()
	n := 0
	for _, e := range journaltest.MustRead(t, log, 1) {
		n += bytes.Count(e.Data, contact[:])
	}
	return n
}

// wantOneEach: no two records of the log have one name.
func wantOneEach(t testing.TB, log journal.Log) {
	t.Helper()
	seen := map[uint64]bool{}
	for _, e := range journaltest.MustRead(t, log, 1) {
		rec, err := parseKeys(e.Data)
		if err != nil {
			t.Fatal(err)
		}
		if name := rec.name(e.Seq); seen[name] {
			t.Errorf("record %d is there twice", name)
		} else {
			seen[name] = true
		}
	}
}

func wantErased(t testing.TB, r *Keyring, s sealed) {
	t.Helper()
	if got, err := r.Open(context.Background(), s.ref, s.text); !errors.Is(err, ErrErased) {
		t.Errorf("Open(%v) = %q, %v, want ErrErased", s.ref, got, err)
	}
}

func mustErase(t testing.TB, r *Keyring, want int, contacts ...record.Key) {
	t.Helper()
	if n, err := r.Erase(context.Background(), contacts, time.Time{}); err != nil || n != want {
		t.Fatalf("Erase = %d, %v, want %d", n, err, want)
	}
}

// day is a clock for the journal; each reading of it is an hour later.
func day() (*memory.Store, *time.Time) {
	now := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	return memory.New(memory.Options{Now: func() time.Time { now = now.Add(time.Hour); return now }}), &now
}

// fill writes records of three contacts each and seals a text for each.
func fill(t testing.TB, r *Keyring, from, n int) (texts []sealed) {
	t.Helper()
	for i := from; i < from+n; i += 3 {
		keys := []*Key{r.Key(contact(i)), r.Key(contact(i + 1)), r.Key(contact(i + 2))}
		mustFlush(t, r, keys...)
		for _, k := range keys {
			texts = append(texts, mustSeal(t, k, "a text"))
		}
	}
	return texts
}
