package privacy

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal/journaltest"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal/memory"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
)

func TestErase(t *testing.T) {
	s := memory.New(memory.Options{})
	r := mustKeyring(t, s.Keys(), KeyringOptions{})
	texts := fill(t, r, 0, 6)
	// Contact 1 gets a second key, in a record of its own.
	r = mustOpenWhile(t, s)
	second := r.Key(contact(1))
	s.FailReads(nil)
	mustFlush(t, r, second)
	again := mustSeal(t, second, "with the second key")
	for _, x := range append(texts, again) {
		wantOpen(t, r, x) // they are in the cache now
	}

	mustErase(t, r, 3, contact(1), contact(4), contact(99), contact(1))
	check := func(r *Keyring) {
		t.Helper()
		for i, x := range append(texts, again) {
			if i == 1 || i == 4 || i == 6 {
				wantErased(t, r, x)
			} else {
				wantOpen(t, r, x)
			}
		}
		if n := r.Contacts(); n != 4 {
			t.Errorf("%d contacts", n)
		}
	}
	check(r)
	wantOneEach(t, s.Keys())
	if keysOf(t, s.Keys(), contact(1))+keysOf(t, s.Keys(), contact(4)) != 0 {
		t.Error("an erased key is still in the log")
	}
	if n := len(journaltest.MustRead(t, s.Keys(), 1)); n != 2 {
		t.Errorf("%d records, want 2: the one that would be empty is gone", n)
	}
	check(mustKeyring(t, s.Keys(), KeyringOptions{}))

	// A second time, and then the rest of a record that was rewritten.
	mustErase(t, r, 0, contact(1), contact(4))
	mustErase(t, r, 0)
	mustErase(t, r, 2, contact(0), contact(2))
	if n := len(journaltest.MustRead(t, s.Keys(), 1)); n != 1 {
		t.Errorf("%d records, want 1", n)
	}
	wantErased(t, r, texts[0])
	wantErased(t, mustKeyring(t, s.Keys(), KeyringOptions{}), texts[2])

	// Who writes again gets a new key.
	k := r.Key(contact(1))
	if _, ok := k.Ref(); ok || k == second {
		t.Error("an erased contact has its old key")
	}
	mustFlush(t, r, k)
	wantOpen(t, mustKeyring(t, s.Keys(), KeyringOptions{}), mustSeal(t, k, "new"))
	wantErased(t, r, again)
}

// TestEraseBefore: what was written at the time or later stays, and a record
// does not become newer by being rewritten.
func TestEraseBefore(t *testing.T) {
	s, now := day()
	r := mustKeyring(t, s.Keys(), KeyringOptions{})
	old := fill(t, r, 0, 3)
	s.FailReads(journal.ErrUnavailable)
	r = mustOpenWhile(t, s)
	k := r.Key(contact(0))
	s.FailReads(nil)
	mustFlush(t, r, k)
	later := mustSeal(t, k, "later")
	written := *now

	mustErase(t, r, 1, contact(1)) // rewrites the first record, today
	if ref, _ := mustKeyring(t, s.Keys(), KeyringOptions{}).Key(contact(0)).Ref(); ref != later.ref {
		t.Errorf("the contact's key is at %v, want the newer one at %v", ref, later.ref)
	}
	n, err := r.Erase(t.Context(), []record.Key{contact(0), contact(2)}, written)
	if err != nil || n != 2 {
		t.Fatalf("Erase = %d, %v, want 2", n, err)
	}
	for _, r := range []*Keyring{r, mustKeyring(t, s.Keys(), KeyringOptions{})} {
		wantErased(t, r, old[0])
		wantErased(t, r, old[2])
		wantOpen(t, r, later)
		if ref, ok := r.Key(contact(0)).Ref(); !ok || ref != later.ref {
			t.Errorf("the contact's key is at %v, want %v", ref, later.ref)
		}
	}
	if n, err := r.Erase(t.Context(), []record.Key{contact(0)}, written.Add(1)); err != nil || n != 1 {
		t.Fatalf("Erase = %d, %v, want 1", n, err)
	}
}

// TestEraseKilled kills the process at every write of an erasure, also when that
// reaches the disk without anybody hearing of it.
func TestEraseKilled(t *testing.T) {
	for _, written := range []bool{false, true} {
		for killAt := 1; ; killAt++ {
			s := memory.New(memory.Options{})
			log := &faultyLog{Log: s.Keys()}
			r := mustKeyring(t, log, KeyringOptions{})
			texts := fill(t, r, 0, 6)
			alone := r.Key(contact(6))
			mustFlush(t, r, alone)
			texts = append(texts, mustSeal(t, alone, "x"))
			mustErase(t, r, 1, contact(5)) // so that one record is a rewritten one

			log.writes, log.killAt, log.written = 0, killAt, written
			gone := []record.Key{contact(0), contact(3), contact(6)}
			_, err := r.Erase(t.Context(), gone, time.Time{})
			if err == nil {
				if killAt < 6 {
					t.Errorf("only %d writes", killAt-1)
				}
				break
			}
			if !errors.Is(err, errCrash) {
				t.Fatal(err)
			}
			kept := []sealed{texts[1], texts[2], texts[4]}
			for _, i := range []int{0, 3, 6} {
				wantErased(t, r, texts[i]) // it was asked for
			}
			for _, x := range kept {
				wantOpen(t, r, x)
			}

			// Killed: what the disk has is whole, and repaired by the next start.
			after := mustKeyring(t, s.Keys(), KeyringOptions{})
			wantOneEach(t, s.Keys())
			for _, x := range kept {
				wantOpen(t, after, x)
			}
			contacts := len(kept)
			for i := range gone {
				contacts += keysOf(t, s.Keys(), gone[i])
			}
			if after.Contacts() != contacts {
				t.Errorf("kill %d: %d contacts, want %d", killAt, after.Contacts(), contacts)
			}
			for i, x := range []sealed{texts[0], texts[3], texts[6]} {
				n := keysOf(t, s.Keys(), gone[i])
				_, err := after.Open(t.Context(), x.ref, x.text)
				if n == 0 != errors.Is(err, ErrErased) {
					t.Errorf("kill %d: %d keys, Open: %v", killAt, n, err)
				}
				if ref, ok := after.Key(gone[i]).Ref(); ok != (n == 1) || ok && ref != x.ref {
					t.Errorf("kill %d: %d keys, Key at %v, %v", killAt, n, ref, ok)
				}
			}
			// Not killed: the same keyring goes on, and so does the repaired one.
			log.killAt = 0
			for _, r := range []*Keyring{r, after} {
				if _, err := r.Erase(t.Context(), gone, time.Time{}); err != nil {
					t.Fatal(err)
				}
				for i := range gone {
					if keysOf(t, s.Keys(), gone[i]) != 0 {
						t.Errorf("kill %d: a key is still there", killAt)
					}
				}
				for _, x := range kept {
					wantOpen(t, r, x)
				}
			}
		}
	}
}

// TestEraseAgain: the same keyring finishes what failed, without a restart.
func TestEraseAgain(t *testing.T) {
	for _, reapply := range []bool{false, true} {
		for _, written := range []bool{false, true} {
			for killAt := 1; killAt <= 4; killAt++ {
				s := memory.New(memory.Options{})
				log := &faultyLog{Log: s.Keys()}
				r := mustKeyring(t, log, KeyringOptions{Cache: 1})
				texts := fill(t, r, 0, 6)
				gone := []record.Key{contact(0), contact(3)}
				log.writes, log.killAt, log.written = 0, killAt, written
				list := []Erasure{{time.Now().Add(time.Hour), gone[0]}, {time.Now().Add(time.Hour), gone[1]}}
				erase := func() error {
					if reapply {
						_, err := r.Reapply(t.Context(), list)
						return err
					}
					_, err := r.Erase(t.Context(), gone, time.Time{})
					return err
				}
				if err := erase(); !errors.Is(err, errCrash) {
					t.Fatal(err)
				}
				log.killAt = 0
				if err := erase(); err != nil {
					t.Fatal(err)
				}
				wantOneEach(t, s.Keys())
				if keysOf(t, s.Keys(), gone[0])+keysOf(t, s.Keys(), gone[1]) != 0 {
					t.Errorf("reapply %v, written %v, kill %d: a key is still there", reapply, written, killAt)
				}
				wantErased(t, r, texts[0])
				wantOpen(t, r, texts[1])
				wantOpen(t, r, texts[4])
			}
		}
	}
}

// TestEraseRepairFails: a start goes on when it cannot delete, and the next
// chance is taken.
func TestEraseRepairFails(t *testing.T) {
	s := memory.New(memory.Options{})
	log := &faultyLog{Log: s.Keys()}
	r := mustKeyring(t, log, KeyringOptions{})
	texts := fill(t, r, 0, 3)
	log.writes, log.killAt = 0, 2
	if _, err := r.Erase(t.Context(), []record.Key{contact(0)}, time.Time{}); !errors.Is(err, errCrash) {
		t.Fatal(err)
	}
	var logged bytes.Buffer
	r = mustKeyring(t, log, KeyringOptions{Logger: slog.New(slog.NewTextHandler(&logged, nil))})
	if !bytes.Contains(logged.Bytes(), []byte("could not be deleted")) || keysOf(t, s.Keys(), contact(0)) != 1 {
		t.Errorf("log: %s", &logged)
	}
	wantErased(t, r, texts[0])
	wantOpen(t, r, texts[1])
	if _, ok := r.Key(contact(0)).Ref(); ok {
		t.Error("the contact has its erased key")
	}
	log.killAt = 0
	if _, err := r.Reapply(t.Context(), []Erasure{{time.Now().Add(time.Hour), contact(0)}}); err != nil {
		t.Fatal(err)
	}
	if keysOf(t, s.Keys(), contact(0)) != 0 {
		t.Error("the key is still there")
	}
	wantOpen(t, r, texts[1])
}

// TestEraseHeld: somebody holds keys and seals with them while they are erased.
func TestEraseHeld(t *testing.T) {
	s := memory.New(memory.Options{})
	r := mustKeyring(t, s.Keys(), KeyringOptions{Cache: 2})
	held := r.Key(contact(1))
	mustFlush(t, r, held)
	before := mustSeal(t, held, "before")
	dropped := held
	for i := range 10 { // so that the cache does not have it
		mustFlush(t, r, r.Key(contact(10+i)))
	}
	held = r.Key(contact(1))
	if held == dropped {
		t.Fatal("the key was not dropped")
	}
	inFlight := mustSeal(t, held, "in flight")
	old := held.secret
	unwritten := r.Key(contact(2))

	mustErase(t, r, 1, contact(1), contact(2))
	last := journaltest.MustState(t, s.Keys()).Last
	mustFlush(t, r, held, dropped)
	if n := journaltest.MustState(t, s.Keys()).Last; n != last {
		t.Error("an erased key was written again")
	}
	after := mustSeal(t, held, "after")
	late := mustSeal(t, dropped, "late")
	if held.secret == old {
		t.Error("the holder still has the secret")
	}
	if _, err := open(newAEAD(old), after.text, held.contact[:]); err == nil {
		t.Error("the erased key still seals")
	}
	mustFlush(t, r, unwritten)
	if ref, ok := unwritten.Ref(); !ok || r.Key(contact(2)) != unwritten {
		t.Errorf("a key that was not written yet does not stay: %v, %v", ref, ok)
	}
	kept := mustSeal(t, unwritten, "a new message")
	for _, r := range []*Keyring{r, mustKeyring(t, s.Keys(), KeyringOptions{})} {
		for _, x := range []sealed{before, inFlight, after, late} {
			wantErased(t, r, x)
		}
		wantOpen(t, r, kept)
	}
}

// TestEraseMeanwhile: the key is erased between the reading of its record and
// its use.
func TestEraseMeanwhile(t *testing.T) {
	s := memory.New(memory.Options{})
	texts := fill(t, mustKeyring(t, s.Keys(), KeyringOptions{}), 0, 6)
	log := &faultyLog{Log: s.Keys()}
	r := mustKeyring(t, log, KeyringOptions{})
	erase := func(i int) func() { return func() { mustErase(t, r, 1, contact(i)) } }

	log.onGet = erase(0)
	wantErased(t, r, texts[0])
	wantErased(t, r, texts[0])
	log.onGet = erase(1)
	k := r.Key(contact(1))
	if _, ok := k.Ref(); ok {
		t.Error("Key has kept what was erased while it was read")
	}
	mustFlush(t, r, k)
	wantErased(t, r, texts[1])
	wantOpen(t, r, mustSeal(t, k, "new"))

	// Another's key is erased, so the record is at another place when it is read.
	log.beforeGet = erase(3)
	wantOpen(t, r, texts[4])
	log.beforeGet = erase(4)
	if ref, _ := r.Key(contact(5)).Ref(); ref != texts[5].ref {
		t.Errorf("the key is at %v, want %v", ref, texts[5].ref)
	}
}

// TestEraseLate: keys that are written while the log is read go too.
func TestEraseLate(t *testing.T) {
	s := memory.New(memory.Options{})
	log := &faultyLog{Log: s.Keys()}
	r := mustKeyring(t, log, KeyringOptions{})
	texts := fill(t, r, 0, 3)
	var late sealed
	log.beforeGet = func() {
		k := r.Key(contact(0)) // its key has been found already
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		// As Flush does, which waits for the erasure of the record here.
		if err := r.write(ctx, []*Key{k}); err != nil {
			t.Error(err)
		}
		late = mustSeal(t, k, "late")
	}
	mustErase(t, r, 2, contact(0))
	wantErased(t, r, texts[0])
	wantErased(t, r, late)
	if keysOf(t, s.Keys(), contact(0)) != 0 {
		t.Error("a key is still there")
	}
}

// TestEraseDamaged: a record that cannot be read goes when the contact is in it,
// and only then; one of a newer program stops the erasure.
func TestEraseDamaged(t *testing.T) {
	s := memory.New(memory.Options{})
	bad := func(i int) uint64 {
		e := entry(0, 1)
		e.contact = contact(i)
		data := appendKeys(nil, keysRecord{entries: []keysEntry{e}})
		return journaltest.MustAppend(t, s.Keys(), "", data[:len(data)-1])
	}
	mine, other := bad(1), bad(2)
	r := mustKeyring(t, s.Keys(), KeyringOptions{})
	mustErase(t, r, 0, contact(1))
	if _, err := s.Keys().Get(t.Context(), mine); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("the damaged record: %v", err)
	}
	if _, err := s.Keys().Get(t.Context(), other); err != nil {
		t.Errorf("another damaged record: %v", err)
	}
	journaltest.MustAppend(t, s.Keys(), "", []byte{8, 2})
	if _, err := r.Erase(t.Context(), []record.Key{contact(2)}, time.Time{}); !errors.Is(err, ErrNewer) {
		t.Errorf("a newer record: %v", err)
	}
}

// TestEraseConcurrent is for the race detector, too: intake and readers go on
// while contacts are erased. What is sealed before an erasure begins is gone
// when it ends, and what is sealed by other contacts never is.
func TestEraseConcurrent(t *testing.T) {
	for _, cacheSize := range []int{4, 1000} {
		s := memory.New(memory.Options{})
		r := mustKeyring(t, s.Keys(), KeyringOptions{Cache: cacheSize})
		ctx := context.Background()
		const contacts = 12 // the first three are erased again and again
		var mu sync.Mutex
		texts := make([][]sealed, contacts)
		var wg sync.WaitGroup
		for g := range 4 {
			wg.Go(func() {
				rng := rand.New(rand.NewPCG(1, uint64(g)))
				for i := range 150 {
					who := rng.IntN(contacts)
					keys := []*Key{r.Key(contact(who)), r.Key(contact(rng.IntN(contacts)))}
					text := keys[0].Seal(nil, fmt.Append(nil, g, "/", i))
					if err := r.Flush(ctx, keys); err != nil {
						t.Error(err)
						return
					}
					ref, _ := keys[0].Ref()
					x := sealed{ref, text, fmt.Sprint(g, "/", i)}
					if _, err := r.Open(ctx, x.ref, x.text); err != nil && (who >= 3 || !errors.Is(err, ErrErased)) {
						t.Errorf("contact %d: %v", who, err)
					}
					mu.Lock()
					texts[who] = append(texts[who], x)
					mu.Unlock()
				}
			})
		}
		wg.Go(func() {
			for i := range 15 {
				mu.Lock()
				before := append([]sealed(nil), texts[i%3]...)
				mu.Unlock()
				if _, err := r.Erase(ctx, []record.Key{contact(i % 3)}, time.Time{}); err != nil {
					t.Error(err)
				}
				for _, x := range before {
					wantErased(t, r, x)
				}
			}
		})
		wg.Go(func() {
			for range 5 {
				if _, err := r.Rewrap(ctx); err != nil {
					t.Error(err)
				}
			}
		})
		wg.Wait()
		wantOneEach(t, s.Keys())
		again := mustKeyring(t, s.Keys(), KeyringOptions{})
		for who := range texts {
			for _, x := range texts[who] {
				got, err := r.Open(ctx, x.ref, x.text)
				got2, err2 := again.Open(ctx, x.ref, x.text)
				if !bytes.Equal(got, got2) || errors.Is(err, ErrErased) != errors.Is(err2, ErrErased) {
					t.Errorf("contact %d: %q, %v, after reopening %q, %v", who, got, err, got2, err2)
				}
				if who >= 3 {
					wantOpen(t, again, x)
				}
			}
		}
	}
}

// TestReapply: a backup brings back what was erased after it was made.
func TestReapply(t *testing.T) {
	s, now := day()
	r := mustKeyring(t, s.Keys(), KeyringOptions{})
	texts := fill(t, r, 0, 6)
	backup := journaltest.MustRead(t, s.Keys(), 1)
	list := []Erasure{{*now, contact(4)}, {now.Add(time.Minute), contact(4)}, {now.Add(time.Minute), contact(0)}, {now.Add(time.Minute), contact(99)}}
	mustErase(t, r, 2, contact(0), contact(4))

	at := 0
	restored := memory.New(memory.Options{Now: func() time.Time {
		if at++; at <= len(backup) {
			return backup[at-1].Written
		}
		return now.Add(time.Hour)
	}})
	for _, e := range backup {
		journaltest.MustAppend(t, restored.Keys(), "", e.Data)
	}
	r = mustKeyring(t, restored.Keys(), KeyringOptions{})
	wantOpen(t, r, texts[0])
	mustErase(t, r, 1, contact(1)) // before the list is applied
	k := r.Key(contact(50))        // and somebody on it who has written since
	mustFlush(t, r, k)
	list = append(list, Erasure{now.Add(time.Minute), contact(50)})
	if n, err := r.Reapply(t.Context(), list); err != nil || n != 2 {
		t.Fatalf("Reapply = %d, %v, want 2", n, err)
	}
	for _, r := range []*Keyring{r, mustKeyring(t, restored.Keys(), KeyringOptions{})} {
		for i, x := range texts {
			if i == 0 || i == 1 || i == 4 {
				wantErased(t, r, x)
			} else {
				wantOpen(t, r, x)
			}
		}
		wantOpen(t, r, mustSeal(t, k, "again"))
	}

	// Nothing to do: the log is not even read.
	restored.FailReads(journal.ErrUnavailable)
	if n, err := r.Reapply(t.Context(), list[:4]); err != nil || n != 0 {
		t.Errorf("Reapply = %d, %v", n, err)
	}
	if _, err := r.Reapply(t.Context(), list); !errors.Is(err, journal.ErrUnavailable) {
		t.Errorf("Reapply of a contact that has a key: %v", err)
	}
}
