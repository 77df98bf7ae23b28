package journaltest

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/journal"
)

// Noise returns n bytes that do not compress, the same for the same seed.
func Noise(seed uint64, n int) []byte {
	r := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)})
	b := make([]byte, n)
	_, _ = r.Read(b)
	return b
}

// MustPut stores a blob.
func MustPut(t testing.TB, b journal.Blobs, name string, meta map[string]string, data []byte) {
	t.Helper()
	if err := b.Put(t.Context(), name, meta, bytes.NewReader(data)); err != nil {
		t.Fatalf("Put(%s): %v", name, err)
	}
}

func wantBlob(t *testing.T, b journal.Blobs, name string, meta map[string]string, data []byte) {
	t.Helper()
	rc, gotMeta, err := b.Get(t.Context(), name)
	if err != nil {
		t.Errorf("Get(%s): %v", name, err)
		return
	}
	got, err := io.ReadAll(rc)
	if err != nil || !bytes.Equal(got, data) {
		t.Errorf("blob %s: %d bytes and error %v, want %d bytes", name, len(got), err, len(data))
	}
	if err := rc.Close(); err != nil {
		t.Errorf("blob %s: Close: %v", name, err)
	}
	if !maps.Equal(gotMeta, meta) {
		t.Errorf("blob %s: meta %v, want %v", name, gotMeta, meta)
	}
}

func wantNames(t *testing.T, b journal.Blobs, want ...string) {
	t.Helper()
	infos, err := b.List(t.Context())
	if err != nil {
		t.Fatalf("List: %v", err)
	}
	var got []string
	for _, i := range infos {
		got = append(got, i.Name)
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("List = %v, want %v", got, want)
	}
}

func testBlobs(t *testing.T, s journal.Store) {
	b := s.Snapshots()
	wantNames(t, b)
	_, _, err := b.Get(t.Context(), "none")
	wantErr(t, "Get of nothing", err, journal.ErrNotFound)
	if err := b.Delete(t.Context(), "none"); err != nil {
		t.Errorf("Delete of nothing: %v", err)
	}
	if err := b.Put(t.Context(), "", nil, strings.NewReader("x")); err == nil {
		t.Error("Put without a name: no error")
	}

	// Sizes around those of chunks, and a reader that gives a byte at a time.
	blobs := map[string][]byte{
		"round-2/front.stage": Noise(1, 512<<10),
		"round-10":            Noise(2, 1300<<10),
		"empty":               {},
		"one":                 {1},
	}
	meta := map[string]string{"sequence": "42", "part": "front"}
	for name, data := range blobs {
		MustPut(t, b, name, meta, data)
	}
	slow := Noise(3, 3000)
	if err := b.Put(t.Context(), "slow", nil, iotest.OneByteReader(bytes.NewReader(slow))); err != nil {
		t.Fatal(err)
	}
	wantNames(t, b, "empty", "one", "round-10", "round-2/front.stage", "slow")
	for name, data := range blobs {
		wantBlob(t, b, name, meta, data)
	}
	wantBlob(t, b, "slow", nil, slow)
	infos, err := b.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if i := infos[2]; i.Size != 1300<<10 || i.Meta["sequence"] != "42" || time.Since(i.Modified) > time.Minute {
		t.Errorf("List names %+v", i)
	}

	MustPut(t, b, "round-10", map[string]string{"sequence": "43"}, []byte("newer"))
	wantBlob(t, b, "round-10", map[string]string{"sequence": "43"}, []byte("newer"))
	if err := b.Delete(t.Context(), "round-10"); err != nil {
		t.Fatal(err)
	}
	_, _, err = b.Get(t.Context(), "round-10")
	wantErr(t, "Get of a deleted blob", err, journal.ErrNotFound)
	wantNames(t, b, "empty", "one", "round-2/front.stage", "slow")
	MustPut(t, b, "round-10", nil, []byte("again"))
	wantBlob(t, b, "round-10", nil, []byte("again"))
}

// testBlobReplaced: who reads an old blob gets it whole or an error, never a
// mixture that looks whole.
func testBlobReplaced(t *testing.T, s journal.Store) {
	old, newer := Noise(4, 2<<20), Noise(5, 2<<20)
	MustPut(t, s.Snapshots(), "x", nil, old)
	rc, _, err := s.Snapshots().Get(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	defer rc.Close()
	head := make([]byte, 1000)
	if _, err := io.ReadFull(rc, head); err != nil {
		t.Fatal(err)
	}
	MustPut(t, s.Snapshots(), "x", nil, newer)
	rest, err := io.ReadAll(rc)
	if err == nil && !bytes.Equal(append(head, rest...), old) {
		t.Error("a blob that was replaced while it was read ended without an error, but is not the old one")
	}
	wantBlob(t, s.Snapshots(), "x", nil, newer)
}

// testBlobFails: a Put that fails leaves the older blob as it was.
func testBlobFails(t *testing.T, s journal.Store) {
	b := s.Snapshots()
	MustPut(t, b, "x", nil, []byte("old"))
	broken := errors.New("the encoder failed")
	r := io.MultiReader(bytes.NewReader(Noise(6, 700<<10)), iotest.ErrReader(broken))
	wantErr(t, "Put", b.Put(t.Context(), "x", nil, r), broken)
	wantErr(t, "Put", b.Put(t.Context(), "y", nil, iotest.ErrReader(broken)), broken)
	wantBlob(t, b, "x", nil, []byte("old"))
	wantNames(t, b, "x")
}
