package privacy

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
)

var erasedAt = time.Date(2026, 5, 2, 10, 0, 0, 120_000_000, time.FixedZone("BRT", -3*3600))

func mustErasures(t testing.TB, path string) *Erasures {
	t.Helper()
	e, err := OpenErasures(path)
	if err != nil {
		t.Fatalf("OpenErasures: %v", err)
	}
	return e
}

func mustWrite(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func mustReadFile(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestErasures(t *testing.T) {
	path := filepath.Join(t.TempDir(), "privacy.key"+ErasuresSuffix)
	e := mustErasures(t, path)
	if len(e.All()) != 0 {
		t.Error("a list without a file is not empty")
	}
	if err := e.Add(erasedAt, nil); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("opening, or adding nothing, has made the file: %v", err)
	}
	if err := e.Add(erasedAt, []record.Key{{0xAB}, {2}}); err != nil {
		t.Fatal(err)
	}
	if err := e.Add(erasedAt.Add(time.Nanosecond), []record.Key{{0xAB}}); err != nil {
		t.Fatal(err)
	}
	want := "2026-05-02T13:00:00.12Z ab000000000000000000000000000000\n" +
		"2026-05-02T13:00:00.12Z 02000000000000000000000000000000\n" +
		"2026-05-02T13:00:00.120000001Z ab000000000000000000000000000000\n"
	if got := mustReadFile(t, path); got != want {
		t.Errorf("the file holds\n%s", got)
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	list := []Erasure{{erasedAt.UTC(), record.Key{0xAB}}, {erasedAt.UTC(), record.Key{2}}, {erasedAt.UTC().Add(1), record.Key{0xAB}}}
	for _, e := range []*Erasures{e, mustErasures(t, path)} {
		if got := e.All(); !reflect.DeepEqual(got, list) {
			t.Errorf("All = %v", got)
		}
	}
	for _, at := range []time.Time{{}, time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)} {
		if err := e.Add(at, []record.Key{{1}}); !errors.Is(err, ErrErasures) {
			t.Errorf("Add at %v: %v", at, err)
		}
	}
}

// TestErasuresCut cuts the file off at every byte, as a crash does, and adds to
// what is left.
func TestErasuresCut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "erased")
	e := mustErasures(t, path)
	if err := e.Add(erasedAt, []record.Key{{1}, {2}}); err != nil {
		t.Fatal(err)
	}
	text := mustReadFile(t, path)
	line := len(text) / 2
	for n := range len(text) {
		mustWrite(t, path, text[:n])
		e := mustErasures(t, path)
		want := (n + 1) / line // a line that only lacks its end counts
		if len(e.All()) != want {
			t.Fatalf("%d bytes of %d: %d erasures", n, len(text), len(e.All()))
		}
		if mustReadFile(t, path) != text[:n] {
			t.Fatal("opening has changed the file")
		}
		if err := e.Add(erasedAt, []record.Key{{3}}); err != nil {
			t.Fatal(err)
		}
		if got := mustReadFile(t, path); got != text[:want*line]+strings.Replace(text[line:], " 02", " 03", 1) {
			t.Fatalf("%d bytes: the file holds\n%s", n, got)
		}
		if got := mustErasures(t, path).All(); len(got) != want+1 || !reflect.DeepEqual(got, e.All()) {
			t.Fatalf("%d bytes: %v", n, got)
		}
	}
	// A disk that was cut off may have zeros at the end.
	mustWrite(t, path, text+"\x00\x00\x00")
	if n := len(mustErasures(t, path).All()); n != 2 {
		t.Errorf("with zeros at the end: %d erasures", n)
	}
}

func TestErasuresRefused(t *testing.T) {
	good := "2026-05-02T13:00:00.12Z ab000000000000000000000000000000\n"
	for name, line := range map[string]string{
		"empty":     "\n",
		"text":      "hunter2\n",
		"short":     good[:len(good)-2] + "\n",
		"long":      good[:len(good)-1] + "0\n",
		"no hex":    strings.Replace(good, "ab", "xy", 1),
		"capitals":  strings.Replace(good, "ab", "AB", 1),
		"no time":   strings.Replace(good, "2026-05", "2026-15", 1),
		"zone":      strings.Replace(good, "Z", "-03:00", 1),
		"zeros":     strings.Replace(good, ".12Z", ".120Z", 1),
		"two":       strings.Replace(good, " ", "  ", 1),
		"year 0":    strings.Replace(good, "2026", "0000", 1),
		"no moment": "0001-01-01T00:00:00Z ab000000000000000000000000000000\n",
		"windows":   strings.Replace(good, "\n", "\r\n", 1),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "erased")
			mustWrite(t, path, good+line+good)
			e, err := OpenErasures(path)
			if e != nil || !errors.Is(err, ErrErasures) || !strings.Contains(err.Error(), "line 2") || !strings.Contains(err.Error(), path) {
				t.Fatalf("error %v", err)
			}
			if strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "0000") {
				t.Errorf("the error quotes the line: %v", err)
			}
			// What goes bad while it is open is found, too, and left alone.
			mustWrite(t, path, good)
			e = mustErasures(t, path)
			mustWrite(t, path, good+line+good)
			if err := e.Add(erasedAt, []record.Key{{1}}); !errors.Is(err, ErrErasures) || len(e.All()) != 1 {
				t.Errorf("Add: %v, %v", err, e.All())
			}
			if mustReadFile(t, path) != good+line+good {
				t.Error("Add has changed a damaged file")
			}
		})
	}
	path := filepath.Join(t.TempDir(), "erased")
	mustWrite(t, path, good)
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenErasures(path); !errors.Is(err, ErrErasures) || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a file that others may read: %v", err)
	}
	if _, err := OpenErasures(t.TempDir()); !errors.Is(err, ErrErasures) {
		t.Errorf("a directory: %v", err)
	}
	if err := mustErasures(t, filepath.Join(t.TempDir(), "no", "such")).Add(erasedAt, []record.Key{{1}}); err == nil {
		t.Error("a file below no directory: no error")
	}
}

func TestErasuresConcurrent(t *testing.T) {
	path := filepath.Join(t.TempDir(), "erased")
	e := mustErasures(t, path)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			if err := e.Add(erasedAt, []record.Key{{byte(i)}, {byte(i), 1}}); err != nil {
				t.Error(err)
			}
			e.All()
		})
	}
	wg.Wait()
	if got := mustErasures(t, path).All(); len(got) != 16 || !reflect.DeepEqual(got, e.All()) {
		t.Errorf("%d erasures", len(got))
	}
}

// FuzzErasures: what can be read is what would be written, and comes back.
func FuzzErasures(f *testing.F) {
	good := "2026-05-02T13:00:00.12Z ab000000000000000000000000000000\n"
	for _, text := range []string{"", good, good + good, good + good[:20], good[:len(good)-1], good + "\n" + good, strings.ToUpper(good), "\x00\x00"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		list, whole, err := parseErasures(text)
		if err != nil {
			if len(text) > 20 && bytes.Contains([]byte(err.Error()), text) {
				t.Errorf("the error quotes the text: %v", err)
			}
			return
		}
		if !bytes.HasPrefix(text, whole) || bytes.IndexByte(text[len(whole):], '\n') >= 0 {
			t.Errorf("%q is read up to %d", text, len(whole))
		}
		var again []byte
		for _, x := range list {
			again = appendErasure(again, x)
		}
		if string(bytes.TrimSuffix(again, []byte("\n"))) != string(bytes.TrimSuffix(whole, []byte("\n"))) {
			t.Errorf("%q is written as %q", whole, again)
		}
	})
}
