package privacy

import (
	"bytes"
	"crypto/cipher"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal/journaltest"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal/memory"
)

var rotatedAt = time.Date(2026, 6, 1, 12, 0, 0, 500, time.UTC)

func mustLoad(t testing.TB, path string) *Master {
	t.Helper()
	m, err := LoadMaster(path)
	if err != nil {
		t.Fatalf("LoadMaster: %v", err)
	}
	return m
}

func mustRotate(t testing.TB, path string, now time.Time) {
	t.Helper()
	if err := RotateKeyFile(path, now); err != nil {
		t.Fatalf("RotateKeyFile: %v", err)
	}
}

func mustOpenWith(t testing.TB, log journal.Log, m *Master) *Keyring {
	t.Helper()
	r, err := OpenKeyring(t.Context(), log, m, KeyringOptions{})
	if err != nil {
		t.Fatalf("OpenKeyring: %v", err)
	}
	return r
}

// TestRotation is the life of a key file: seal, rotate, wrap anew, retire.
func TestRotation(t *testing.T) {
	path := filepath.Join(t.TempDir(), "privacy.key")
	s := memory.New(memory.Options{})
	m0 := mustLoad(t, path)
	v1 := mustReadFile(t, path)
	r := mustOpenWith(t, s.Keys(), m0)
	texts := fill(t, r, 0, 6)
	body0 := m0.Seal("rejected", []byte("a body"))

	mustRotate(t, path, rotatedAt)
	text := mustReadFile(t, path)
	lines := strings.Split(text, "\n")
	if len(lines) != 3 || lines[0]+"\n" != v1 || !strings.HasPrefix(lines[1], "helpdesk-exporter-wrap-v1 2026-06-01T12:00:00Z ") {
		t.Fatal("the file has other lines than it should")
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if files, err := os.ReadDir(filepath.Dir(path)); err != nil || len(files) != 1 {
		t.Errorf("beside the key file lie %v, %v", files, err)
	}
	// A program of before refuses it: this is all of its parser.
	if _, err := parseKey([]byte(text)); err == nil || !strings.Contains(err.Error(), "base64") {
		t.Errorf("the parser of version 1: %v", err)
	}

	m1 := mustLoad(t, path)
	if m1.Contact("meta", "1") != m0.Contact("meta", "1") || m1.AgentSalt() != m0.AgentSalt() || m1.Derive("x") != m0.Derive("x") {
		t.Error("contacts or agents are others after a rotation")
	}
	body1 := m1.Seal("rejected", []byte("a later body"))
	for _, b := range [][]byte{body0, body1} {
		if _, err := m1.Open("rejected", b); err != nil {
			t.Error(err)
		}
	}
	if _, err := m0.Open("rejected", body1); !errors.Is(err, ErrSealed) {
		t.Errorf("the older seed opens what the new one sealed: %v", err)
	}

	// A keyring with the older seed is not told apart by its records, but may
	// not have its seed taken away.
	if _, err := RetireOldSeeds(t.Context(), path, r, rotatedAt.Add(time.Hour)); !errors.Is(err, ErrKeyFile) {
		t.Errorf("retire beside a keyring with the older file: %v", err)
	}
	r = mustOpenWith(t, s.Keys(), m1)
	texts = append(texts, fill(t, r, 6, 3)...)
	if _, err := RetireOldSeeds(t.Context(), path, r, rotatedAt.Add(time.Hour)); !errors.Is(err, ErrSeedInUse) || !strings.Contains(err.Error(), "2 records") {
		t.Errorf("retire what is in use: %v", err)
	}
	if mustReadFile(t, path) != text {
		t.Error("a refusal has changed the file")
	}
	if _, err := OpenKeyring(t.Context(), s.Keys(), m0, KeyringOptions{}); !errors.Is(err, ErrWrongMaster) {
		t.Errorf("the older file opens newer keys: %v", err)
	}

	if n, err := r.Rewrap(t.Context()); err != nil || n != 2 {
		t.Fatalf("Rewrap = %d, %v, want 2", n, err)
	}
	if n, err := r.Rewrap(t.Context()); err != nil || n != 0 {
		t.Errorf("a second Rewrap = %d, %v", n, err)
	}
	wantOneEach(t, s.Keys())
	check := func(r *Keyring) {
		t.Helper()
		for _, x := range texts {
			wantOpen(t, r, x)
		}
	}
	check(r)
	check(mustOpenWith(t, s.Keys(), m1))

	for _, before := range []time.Time{{}, rotatedAt.Add(-time.Hour)} {
		if n, err := RetireOldSeeds(t.Context(), path, r, before); err != nil || n != 0 || mustReadFile(t, path) != text {
			t.Errorf("retire what was replaced before %v = %d, %v", before, n, err)
		}
	}
	if n, err := RetireOldSeeds(t.Context(), path, r, rotatedAt.Add(time.Hour)); err != nil || n != 1 {
		t.Fatalf("RetireOldSeeds = %d, %v, want 1", n, err)
	}
	retired := mustReadFile(t, path)
	if !strings.HasPrefix(retired, "helpdesk-exporter-identity-v1 ") || strings.Count(retired, "\n") != 2 {
		t.Error("the retired file has other lines than it should")
	}
	if _, err := parseKey([]byte(retired)); err == nil || !strings.Contains(err.Error(), "does not start with") {
		t.Errorf("the parser of version 1: %v", err)
	}
	m2 := mustLoad(t, path)
	if m2.Contact("meta", "1") != m0.Contact("meta", "1") {
		t.Error("contacts are others after a retirement")
	}
	check(mustOpenWith(t, s.Keys(), m2))
	if _, err := m2.Open("rejected", body0); !errors.Is(err, ErrSealed) {
		t.Errorf("the identity seed still seals: %v", err)
	}
	if _, err := m2.Open("rejected", body1); err != nil {
		t.Error(err)
	}
	if n, err := RetireOldSeeds(t.Context(), path, mustOpenWith(t, s.Keys(), m2), rotatedAt.Add(time.Hour)); err != nil || n != 0 {
		t.Errorf("the last seed: %d, %v", n, err)
	}
	// And once more, with a clock that went back.
	mustRotate(t, path, rotatedAt.Add(-48*time.Hour))
	r = mustOpenWith(t, s.Keys(), mustLoad(t, path))
	if n, err := r.Rewrap(t.Context()); err != nil || n != 3 {
		t.Fatalf("Rewrap = %d, %v, want 3", n, err)
	}
	if n, err := RetireOldSeeds(t.Context(), path, r, rotatedAt.Add(-time.Hour)); err != nil || n != 0 {
		t.Errorf("a seed was replaced before it was made: %d, %v", n, err)
	}
	if n, err := RetireOldSeeds(t.Context(), path, r, rotatedAt.Add(time.Hour)); err != nil || n != 1 {
		t.Errorf("RetireOldSeeds = %d, %v, want 1", n, err)
	}
	check(mustOpenWith(t, s.Keys(), mustLoad(t, path)))
}

// TestRewrapKilled kills the process at every write; after each start Rewrap
// goes on, and an erasure finds every copy of a key.
func TestRewrapKilled(t *testing.T) {
	seeds := [][KeySize]byte{{1}, {2}}
	for _, written := range []bool{false, true} {
		for killAt := 1; ; killAt++ {
			s := memory.New(memory.Options{})
			log := &faultyLog{Log: s.Keys()}
			r := mustOpenWith(t, log, testMaster(1))
			texts := fill(t, r, 0, 9)
			mustErase(t, r, 1, contact(5))
			both := newMaster(seeds[0], seeds...)
			r = mustOpenWith(t, log, both)
			log.writes, log.killAt, log.written = 0, killAt, written
			n, err := r.Rewrap(t.Context())
			if err == nil {
				if n != 3 || killAt != 7 {
					t.Errorf("%d records in %d writes", n, killAt-1)
				}
				break
			}
			if !errors.Is(err, errCrash) {
				t.Fatal(err)
			}
			check := func(r *Keyring) {
				t.Helper()
				for i, x := range texts {
					if i == 5 {
						wantErased(t, r, x)
					} else {
						wantOpen(t, r, x)
					}
				}
			}
			check(r)
			log.killAt = 0
			switch killAt % 3 {
			case 0: // the same process goes on
			case 1:
				r = mustOpenWith(t, log, both)
				wantOneEach(t, s.Keys())
			case 2: // an erasure comes first
				mustErase(t, r, 1, contact(8))
				if keysOf(t, s.Keys(), contact(8)) != 0 {
					t.Error("a copy of an erased key is still there")
				}
				wantErased(t, r, texts[8])
				texts = texts[:8]
			}
			if _, err := r.Rewrap(t.Context()); err != nil {
				t.Fatal(err)
			}
			wantOneEach(t, s.Keys())
			check(r)
			check(mustOpenWith(t, s.Keys(), newMaster(seeds[0], seeds[1])))
		}
	}
}

// TestRewrapKeepsTime: wrapping anew does not make keys younger.
func TestRewrapKeepsTime(t *testing.T) {
	s, now := day()
	texts := fill(t, mustKeyring(t, s.Keys(), KeyringOptions{}), 0, 3)
	erased := now.Add(time.Minute)
	r := mustOpenWith(t, s.Keys(), newMaster([KeySize]byte{1}, [KeySize]byte{1}, [KeySize]byte{2}))
	if n, err := r.Rewrap(t.Context()); err != nil || n != 1 {
		t.Fatalf("Rewrap = %d, %v", n, err)
	}
	if n, err := r.Reapply(t.Context(), []Erasure{{erased, contact(0)}}); err != nil || n != 1 {
		t.Errorf("Reapply = %d, %v, want 1", n, err)
	}
	wantErased(t, r, texts[0])
	wantOpen(t, r, texts[1])
}

// TestRewrapDamagedKey: one key that nothing opens costs nothing but itself.
func TestRewrapDamagedKey(t *testing.T) {
	s := memory.New(memory.Options{})
	texts := fill(t, mustKeyring(t, s.Keys(), KeyringOptions{}), 0, 3)
	e, err := s.Keys().Get(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	rec, err := parseKeys(e.Data)
	if err != nil {
		t.Fatal(err)
	}
	rec.entries[1].wrapped = bytes.Repeat([]byte{1}, wrappedSize)
	rec.origin = 1
	journaltest.MustAppend(t, s.Keys(), "", appendKeys(nil, rec))
	r := mustOpenWith(t, s.Keys(), newMaster([KeySize]byte{1}, [KeySize]byte{1}, [KeySize]byte{2}))
	if n, err := r.Rewrap(t.Context()); err != nil || n != 1 {
		t.Fatalf("Rewrap = %d, %v", n, err)
	}
	r = mustOpenWith(t, s.Keys(), newMaster([KeySize]byte{1}, [KeySize]byte{2}))
	wantOpen(t, r, texts[0])
	wantOpen(t, r, texts[2])
	if _, err := r.Open(t.Context(), texts[1].ref, texts[1].text); !errors.Is(err, ErrSealed) {
		t.Errorf("the damaged key: %v", err)
	}
}

func TestRotateKeyFileRefuses(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "key")
	if err := RotateKeyFile(path, rotatedAt); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	for i := range maxSeeds - 1 {
		mustLoad(t, path)
		mustRotate(t, path, rotatedAt.Add(time.Duration(i)*time.Hour))
	}
	full := mustReadFile(t, path)
	if err := RotateKeyFile(path, rotatedAt); !errors.Is(err, ErrKeyFile) || !strings.Contains(err.Error(), "retire") {
		t.Errorf("a full file: %v", err)
	}
	if len(full) > maxKeyFile {
		t.Errorf("a full file has %d bytes", len(full))
	}
	path = filepath.Join(dir, "other")
	mustLoad(t, path)
	before := mustReadFile(t, path)
	if err := RotateKeyFile(path, time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)); !errors.Is(err, ErrKeyFile) {
		t.Errorf("a time that cannot be written: %v", err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := flock(f); err != nil {
		t.Fatal(err)
	}
	if err := RotateKeyFile(path, rotatedAt); err == nil || !strings.Contains(err.Error(), "another process") {
		t.Errorf("while another process does: %v", err)
	}
	// What was opened before another process put a new file there is no longer
	// what has to be changed.
	if err := lockKeyFile(f, filepath.Join(dir, "key")); !errors.Is(err, ErrKeyFile) || !strings.Contains(err.Error(), "try again") {
		t.Errorf("a file that was replaced: %v", err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := RotateKeyFile(path, rotatedAt); !errors.Is(err, ErrKeyFile) || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a file that others may read: %v", err)
	}
	if mustReadFile(t, path) != before {
		t.Error("a refusal has changed the file")
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 2 {
		t.Errorf("beside the key files lie %v, %v", files, err)
	}
}

// TestRotateLink: what the path names is changed, and the link stays one.
func TestRotateLink(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "key"), filepath.Join(dir, "link")
	mustLoad(t, path)
	if err := os.Symlink("key", link); err != nil {
		t.Fatal(err)
	}
	mustRotate(t, link, rotatedAt)
	if to, err := os.Readlink(link); err != nil || to != "key" || strings.Count(mustReadFile(t, path), "\n") != 2 {
		t.Errorf("the link is %q, %v", to, err)
	}
}

// TestRotateAtOnce: no seed is lost, whoever is told that it was added.
func TestRotateAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	mustLoad(t, path)
	var mu sync.Mutex
	added := 0
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			err := RotateKeyFile(path, rotatedAt)
			_, loaded := LoadMaster(path)
			if loaded != nil {
				t.Error(loaded)
			}
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				added++
			}
		})
	}
	wg.Wait()
	if n := strings.Count(mustReadFile(t, path), "\n"); n != 1+added || added == 0 {
		t.Errorf("%d lines after %d rotations", n, added)
	}
}

// TestKeyFileV1 reads a file as version 1 wrote it, for ever.
func TestKeyFileV1(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	text := keyFileTag + " AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n" // the seed of TestStable
	mustWrite(t, path, text)
	m := mustLoad(t, path)
	if got := fmt.Sprintf("%x", m.Contact("meta", "+55 11 90000-0001")); got != "bf3841f296b51f9e3a04f9b4f4b7a625" {
		t.Errorf("Contact = %s", got)
	}
	sealed, err := hex.DecodeString("01b6ac078ace03398df5c394499e2ee85dd4f39ad297af657648770e92d8a8c9be1670")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := m.Open("rejected", sealed); err != nil || string(got) != "a body" {
		t.Errorf("Open = %q, %v", got, err)
	}
	// Keys and bodies of a version 1 file are those of its seed: either opens
	// what the other sealed.
	other := testMaster(1)
	if got, err := other.Open("x", m.Seal("x", []byte("y"))); err != nil || string(got) != "y" {
		t.Errorf("Open = %q, %v", got, err)
	}
	s := memory.New(memory.Options{})
	r := mustOpenWith(t, s.Keys(), m)
	texts := fill(t, r, 0, 3)
	wantOpen(t, mustKeyring(t, s.Keys(), KeyringOptions{}), texts[0])
	if mustReadFile(t, path) != text {
		t.Error("the file was changed")
	}
}

// countingAEAD counts how often it is asked to open something.
type countingAEAD struct {
	cipher.AEAD
	opens *int
}

func (c countingAEAD) Open(dst, nonce, sealed, additional []byte) ([]byte, error) {
	*c.opens++
	return c.AEAD.Open(dst, nonce, sealed, additional)
}

// TestOpenKeyringCost: older seeds cost next to nothing at a start.
func TestOpenKeyringCost(t *testing.T) {
	s := memory.New(memory.Options{})
	var seeds [][KeySize]byte
	for i := range byte(5) {
		seeds = append(seeds, [KeySize]byte{1 + i})
		fill(t, mustOpenWith(t, s.Keys(), newMaster(seeds[0], seeds...)), 30*int(i), 30)
	}
	m, opens := newMaster(seeds[0], seeds...), 0
	for i := range m.wrap {
		m.wrap[i] = countingAEAD{m.wrap[i], &opens}
	}
	mustOpenWith(t, s.Keys(), m)
	if opens < 50 || opens > 50+5*5 {
		t.Errorf("50 records took %d attempts", opens)
	}
}
