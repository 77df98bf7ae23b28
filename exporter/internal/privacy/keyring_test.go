package privacy

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal/journaltest"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal/memory"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
)

func mustKeyring(t testing.TB, log journal.Log, o KeyringOptions) *Keyring {
	t.Helper()
	r, err := OpenKeyring(context.Background(), log, testMaster(1), o)
	if err != nil {
		t.Fatalf("OpenKeyring: %v", err)
	}
	return r
}

func mustFlush(t testing.TB, r *Keyring, keys ...*Key) {
	t.Helper()
	if err := r.Flush(context.Background(), keys); err != nil {
		t.Fatalf("Flush: %v", err)
	}
}

// sealed is a text as a record holds it.
type sealed struct {
	ref  record.KeyRef
	text []byte
	want string
}

// mustSeal seals with a key that has been written.
func mustSeal(t testing.TB, k *Key, text string) sealed {
	t.Helper()
	ref, ok := k.Ref()
	if !ok {
		t.Fatal("the key has no Ref")
	}
	return sealed{ref, k.Seal(nil, []byte(text)), text}
}

func wantOpen(t testing.TB, r *Keyring, s sealed) {
	t.Helper()
	got, err := r.Open(context.Background(), s.ref, s.text)
	if err != nil || string(got) != s.want {
		t.Errorf("Open(%v) = %q, %v, want %q", s.ref, got, err, s.want)
	}
}

func contact(i int) record.Key { return testMaster(1).Contact("meta", fmt.Sprint("55119000", i)) }

func TestKeyring(t *testing.T) {
	s := memory.New(memory.Options{})
	r := mustKeyring(t, s.Keys(), KeyringOptions{})
	a, b := r.Key(contact(1)), r.Key(contact(2))
	if a == b || a != r.Key(contact(1)) || a.Contact() != contact(1) {
		t.Error("Key does not give each contact its own key")
	}
	if _, ok := a.Ref(); ok {
		t.Error("a key that is not written has a Ref")
	}
	early := a.Seal(nil, []byte("before it is written"))
	mustFlush(t, r, a, b, a)
	mustFlush(t, r, a, b)
	mustFlush(t, r)
	if st := journaltest.MustState(t, s.Keys()); st.Last != 1 {
		t.Errorf("one commit's keys are in %d records", st.Last)
	}
	refA, _ := a.Ref()
	refB, _ := b.Ref()
	if refA != (record.KeyRef{Seq: 1, Index: 0}) || refB != (record.KeyRef{Seq: 1, Index: 1}) {
		t.Errorf("refs %v and %v", refA, refB)
	}
	texts := []sealed{
		{refA, early, "before it is written"}, mustSeal(t, a, "olá"), mustSeal(t, b, ""), mustSeal(t, b, strings.Repeat("long ", 10_000)),
	}
	if got := a.Seal([]byte("head"), []byte("x")); !bytes.HasPrefix(got, []byte("head")) || len(got) != 4+1+Overhead {
		t.Errorf("Seal does not append: %q", got)
	}
	for _, x := range texts {
		wantOpen(t, r, x)
	}

	// The same from the log alone.
	r = mustKeyring(t, s.Keys(), KeyringOptions{})
	if n := r.Contacts(); n != 2 {
		t.Errorf("%d contacts", n)
	}
	for _, x := range texts {
		wantOpen(t, r, x)
	}
	k := r.Key(contact(1))
	if ref, ok := k.Ref(); !ok || ref != refA {
		t.Errorf("the contact's key is at %v, %v", ref, ok)
	}
	wantOpen(t, r, mustSeal(t, k, "later"))
	c := r.Key(contact(3))
	mustFlush(t, r, k, c)
	if ref, _ := c.Ref(); ref != (record.KeyRef{Seq: 2, Index: 0}) {
		t.Errorf("ref %v, want the only one of record 2", ref)
	}

	// Nothing of it is in the log in clear.
	e, err := s.Keys().Get(t.Context(), 1)
	if err != nil || bytes.Contains(e.Data, a.secret[:]) {
		t.Errorf("the log shows the key: %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	s := memory.New(memory.Options{})
	r := mustKeyring(t, s.Keys(), KeyringOptions{})
	a, b := r.Key(contact(1)), r.Key(contact(2))
	mustFlush(t, r, a, b)
	x := mustSeal(t, a, "text")
	refB, _ := b.Ref()
	for _, tc := range []struct {
		name string
		ref  record.KeyRef
		text []byte
		want error
	}{
		{"another's key", refB, x.text, ErrSealed},
		{"changed", x.ref, append(bytes.Clone(x.text[:len(x.text)-1]), x.text[len(x.text)-1]^1), ErrSealed},
		{"cut off", x.ref, x.text[:Overhead-1], ErrSealed},
		{"empty", x.ref, nil, ErrSealed},
		{"no key", record.KeyRef{}, x.text, ErrSealed},
		{"index out of range", record.KeyRef{Seq: 1, Index: 4096}, x.text, ErrSealed},
		{"sequence out of range", record.KeyRef{Seq: 1 << 60}, x.text, ErrSealed},
		{"index unknown", record.KeyRef{Seq: 1, Index: 2}, x.text, ErrErased},
		{"sequence unknown", record.KeyRef{Seq: 9}, x.text, ErrErased},
	} {
		if _, err := r.Open(t.Context(), tc.ref, tc.text); !errors.Is(err, tc.want) {
			t.Errorf("%s: error %v, want %v", tc.name, err, tc.want)
		}
	}
	s.FailReads(journal.ErrUnavailable)
	wantOpen(t, r, x) // from memory
	r = mustOpenWhile(t, s)
	if _, err := r.Open(t.Context(), x.ref, x.text); !errors.Is(err, journal.ErrUnavailable) {
		t.Errorf("journal unavailable: %v", err)
	}
}

// mustOpenWhile opens a keyring with an empty cache, then makes reads fail.
func mustOpenWhile(t *testing.T, s *memory.Store) *Keyring {
	t.Helper()
	s.FailReads(nil)
	r := mustKeyring(t, s.Keys(), KeyringOptions{})
	s.FailReads(journal.ErrUnavailable)
	return r
}

func TestFlushFails(t *testing.T) {
	s := memory.New(memory.Options{})
	r := mustKeyring(t, s.Keys(), KeyringOptions{})
	k := r.Key(contact(1))
	s.FailAppends(journal.ErrFull)
	if err := r.Flush(t.Context(), []*Key{k}); !errors.Is(err, journal.ErrFull) {
		t.Errorf("Flush: %v", err)
	}
	if _, ok := k.Ref(); ok {
		t.Error("a key that could not be written has a Ref")
	}
	s.FailAppends(nil)
	if r.Key(contact(1)) != k {
		t.Error("the contact got another key while its first waits to be written")
	}
	mustFlush(t, r, k)
	wantOpen(t, mustKeyring(t, s.Keys(), KeyringOptions{}), mustSeal(t, k, "x"))
}

// TestFlushSplits: more keys than fit into one record, the second of which
// cannot be written at first.
func TestFlushSplits(t *testing.T) {
	s := memory.New(memory.Options{})
	r := mustKeyring(t, s.Keys(), KeyringOptions{})
	keys := make([]*Key, maxEntries+10)
	for i := range keys {
		keys[i] = r.Key(contact(i))
	}
	n := 0
	s.OnAppend(func(context.Context, string) error {
		if n++; n == 2 {
			return journal.ErrUnavailable
		}
		return nil
	})
	if err := r.Flush(t.Context(), keys); !errors.Is(err, journal.ErrUnavailable) {
		t.Errorf("Flush: %v", err)
	}
	if ref, _ := keys[maxEntries-1].Ref(); ref != (record.KeyRef{Seq: 1, Index: maxEntries - 1}) {
		t.Errorf("the last key of the first record is at %v", ref)
	}
	mustFlush(t, r, keys...)
	if ref, _ := keys[maxEntries].Ref(); ref != (record.KeyRef{Seq: 2, Index: 0}) {
		t.Errorf("the first key of the second record is at %v", ref)
	}
	again := mustKeyring(t, s.Keys(), KeyringOptions{})
	for _, i := range []int{0, maxEntries - 1, maxEntries, maxEntries + 9} {
		wantOpen(t, again, mustSeal(t, keys[i], "x"))
	}
}

// TestEviction: far more contacts than the cache holds.
func TestEviction(t *testing.T) {
	s := memory.New(memory.Options{})
	r := mustKeyring(t, s.Keys(), KeyringOptions{Cache: 8})
	var texts []sealed
	for round := range 3 {
		for i := range 50 {
			k := r.Key(contact(i))
			mustFlush(t, r, k)
			texts = append(texts, mustSeal(t, k, fmt.Sprint(round, "/", i)))
		}
	}
	if st := journaltest.MustState(t, s.Keys()); st.Last != 50 {
		t.Errorf("50 contacts have %d keys", st.Last)
	}
	for _, x := range texts {
		wantOpen(t, r, x)
	}
	if len(r.cache.slots) != 8 || len(r.cache.byContact) > 8 || len(r.cache.byPlace) > 8 {
		t.Errorf("the cache holds %d, %d and %d keys", len(r.cache.slots), len(r.cache.byContact), len(r.cache.byPlace))
	}
	// A key that was dropped before it was written works for its holder.
	k := r.Key(contact(1000))
	for i := range 20 {
		r.Key(contact(i))
	}
	other := r.Key(contact(1000))
	if other == k {
		t.Fatal("the key was not dropped")
	}
	mustFlush(t, r, k, other)
	wantOpen(t, r, mustSeal(t, k, "first"))
	wantOpen(t, r, mustSeal(t, other, "second"))
}

// TestHot: ciphers are bounded, and a key that lost its own makes another.
func TestHot(t *testing.T) {
	r := mustKeyring(t, memory.New(memory.Options{}).Keys(), KeyringOptions{})
	first := r.Key(contact(0))
	text := first.Seal(nil, []byte("x"))
	keys := []*Key{first}
	for i := range hotKeys + 10 {
		k := r.Key(contact(i + 1))
		k.Seal(nil, nil)
		keys = append(keys, k)
	}
	n := 0
	for _, k := range keys {
		if k.ready.Load() != nil {
			n++
		}
	}
	if n != hotKeys || first.ready.Load() != nil {
		t.Errorf("%d keys have a cipher, want %d", n, hotKeys)
	}
	if got, err := first.open(text); err != nil || string(got) != "x" {
		t.Errorf("open = %q, %v", got, err)
	}
}

// TestErased rewrites a record without one of its keys, as erasure will.
func TestErased(t *testing.T) {
	s := memory.New(memory.Options{})
	r := mustKeyring(t, s.Keys(), KeyringOptions{})
	var keys []*Key
	var texts []sealed
	for i := range 3 {
		keys = append(keys, r.Key(contact(i)))
	}
	mustFlush(t, r, keys...)
	for i, k := range keys {
		texts = append(texts, mustSeal(t, k, fmt.Sprint("text ", i)))
	}
	for _, without := range []uint32{1, 2} {
		old, err := s.Keys().Get(t.Context(), journaltest.MustState(t, s.Keys()).Last)
		if err != nil {
			t.Fatal(err)
		}
		rec, err := parseKeys(old.Data)
		if err != nil {
			t.Fatal(err)
		}
		left := keysRecord{origin: 1}
		for _, e := range rec.entries {
			if e.index != without {
				left.entries = append(left.entries, e)
			}
		}
		journaltest.MustAppend(t, s.Keys(), "", appendKeys(nil, left))
		if err := s.Keys().Delete(t.Context(), old.Seq); err != nil {
			t.Fatal(err)
		}
		r = mustKeyring(t, s.Keys(), KeyringOptions{})
		wantOpen(t, r, texts[0])
		if _, err := r.Open(t.Context(), texts[without].ref, texts[without].text); !errors.Is(err, ErrErased) {
			t.Errorf("key %d is erased, but: %v", without, err)
		}
	}
	if k := r.Key(contact(0)); k.secret != keys[0].secret {
		t.Error("the contact that is left lost its key")
	}
	back := r.Key(contact(1))
	if _, ok := back.Ref(); ok || back.secret == keys[1].secret {
		t.Error("an erased contact that writes again got its old key")
	}
	mustFlush(t, r, back)
	wantOpen(t, mustKeyring(t, s.Keys(), KeyringOptions{}), mustSeal(t, back, "again"))
}

func TestOpenKeyringRefuses(t *testing.T) {
	s := memory.New(memory.Options{})
	r := mustKeyring(t, s.Keys(), KeyringOptions{})
	k := r.Key(contact(1))
	mustFlush(t, r, k)
	if _, err := OpenKeyring(t.Context(), s.Keys(), testMaster(2), KeyringOptions{}); !errors.Is(err, ErrWrongMaster) {
		t.Errorf("another master: %v", err)
	}

	// A damaged record is told and costs only its own keys.
	var log bytes.Buffer
	bad := journaltest.MustAppend(t, s.Keys(), "", []byte{8, 1, 0x1A, 200})
	r = mustKeyring(t, s.Keys(), KeyringOptions{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if !strings.Contains(log.String(), fmt.Sprint("sequence=", bad)) {
		t.Errorf("the log says nothing about record %d: %s", bad, &log)
	}
	wantOpen(t, r, mustSeal(t, k, "x"))

	journaltest.MustAppend(t, s.Keys(), "", []byte{8, 2})
	if _, err := OpenKeyring(t.Context(), s.Keys(), testMaster(1), KeyringOptions{}); !errors.Is(err, ErrNewer) {
		t.Errorf("a newer record: %v", err)
	}
	s.FailReads(journal.ErrUnavailable)
	if _, err := OpenKeyring(t.Context(), s.Keys(), testMaster(1), KeyringOptions{}); !errors.Is(err, journal.ErrUnavailable) {
		t.Errorf("journal unavailable: %v", err)
	}
}

// TestKeyUnreadable: while the journal does not give keys back, contacts get
// new ones; what the old ones sealed is readable again afterwards.
func TestKeyUnreadable(t *testing.T) {
	s := memory.New(memory.Options{})
	r := mustKeyring(t, s.Keys(), KeyringOptions{})
	k := r.Key(contact(1))
	mustFlush(t, r, k)
	old := mustSeal(t, k, "old")
	var log bytes.Buffer
	r = mustKeyring(t, s.Keys(), KeyringOptions{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	s.FailReads(journal.ErrUnavailable)
	k2 := r.Key(contact(1))
	if _, ok := k2.Ref(); ok || k2.secret == k.secret || !strings.Contains(log.String(), "level=WARN") {
		t.Errorf("the key is not a new one; log: %s", &log)
	}
	s.FailReads(nil)
	mustFlush(t, r, k2)
	for _, r := range []*Keyring{r, mustKeyring(t, s.Keys(), KeyringOptions{})} {
		wantOpen(t, r, old)
		wantOpen(t, r, mustSeal(t, k2, "new"))
		if ref, _ := r.Key(contact(1)).Ref(); ref.Seq != 2 {
			t.Errorf("the contact's key is that of record %d, want the newer one", ref.Seq)
		}
	}
}

// TestConcurrent: several goroutines do what intake and readers do, with a
// cache that is too small. It is for the race detector too.
func TestConcurrent(t *testing.T) {
	for _, cacheSize := range []int{4, 1000} {
		s := memory.New(memory.Options{})
		r := mustKeyring(t, s.Keys(), KeyringOptions{Cache: cacheSize})
		var mu sync.Mutex
		var texts []sealed
		var wg sync.WaitGroup
		for g := range 4 {
			wg.Go(func() {
				for i := range 100 {
					keys := []*Key{r.Key(contact(i % 20)), r.Key(contact((i + g) % 20))}
					text := keys[1].Seal(nil, fmt.Append(nil, g, "/", i))
					if err := r.Flush(context.Background(), keys); err != nil {
						t.Error(err)
						return
					}
					ref, _ := keys[1].Ref()
					x := sealed{ref, text, fmt.Sprint(g, "/", i)}
					wantOpen(t, r, x)
					mu.Lock()
					texts = append(texts, x)
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if cacheSize == 1000 && len(journaltest.MustRead(t, s.Keys(), 1)) > 20 {
			t.Error("some of the 20 contacts have several keys")
		}
		again := mustKeyring(t, s.Keys(), KeyringOptions{})
		for _, x := range texts {
			wantOpen(t, again, x)
		}
	}
}

// The text is of the length of a usual message.
var benchText = bytes.Repeat([]byte("x"), 200)

func BenchmarkSeal(b *testing.B) {
	r := mustKeyring(b, memory.New(memory.Options{}).Keys(), KeyringOptions{})
	b.Run("hot", func(b *testing.B) {
		k := r.Key(contact(1))
		buf := make([]byte, 0, 300)
		b.ReportAllocs()
		for b.Loop() {
			k.Seal(buf, benchText)
		}
	})
	b.Run("cold", func(b *testing.B) {
		keys := make([]*Key, 2*hotKeys)
		for i := range keys {
			keys[i] = r.Key(contact(i))
		}
		buf := make([]byte, 0, 300)
		i := 0
		b.ReportAllocs()
		for b.Loop() {
			keys[i%len(keys)].Seal(buf, benchText)
			i++
		}
	})
}

func BenchmarkKey(b *testing.B) {
	r := mustKeyring(b, memory.New(memory.Options{}).Keys(), KeyringOptions{})
	contacts := make([]record.Key, 10_000)
	for i := range contacts {
		contacts[i] = contact(i)
		r.Key(contacts[i])
	}
	i := 0
	b.ReportAllocs()
	for b.Loop() {
		r.Key(contacts[i%len(contacts)])
		i++
	}
}

func BenchmarkOpenKeyring(b *testing.B) {
	const n = 100_000
	s := memory.New(memory.Options{})
	r := mustKeyring(b, s.Keys(), KeyringOptions{})
	keys := make([]*Key, n)
	for i := range keys {
		keys[i] = r.Key(contact(i))
	}
	mustFlush(b, r, keys...)
	for b.Loop() {
		mustKeyring(b, s.Keys(), KeyringOptions{})
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/contact")
}
