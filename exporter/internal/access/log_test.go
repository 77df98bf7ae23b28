package access

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

type entry struct {
	Who string `json:"who"`
}

func mustWrite(t *testing.T, l *Log, who string) {
	t.Helper()
	if err := l.Write(entry{who}); err != nil {
		t.Fatal(err)
	}
}

func mustRead(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "logs", "access.log")
	l, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	mustWrite(t, l, "one\ntwo")
	if got := mustRead(t, path); got != "{\"who\":\"one\\ntwo\"}\n" {
		t.Errorf("%q", got)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	// Rotated: what comes next stands in a new file.
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	mustWrite(t, l, "old")
	if err := l.Reopen(path); err != nil {
		t.Fatal(err)
	}
	mustWrite(t, l, "new")
	if got := mustRead(t, path); got != "{\"who\":\"new\"}\n" || !strings.Contains(mustRead(t, path+".1"), "old") {
		t.Errorf("%q", got)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	// Half a line of a crash is kept apart from the next one.
	if err := os.WriteFile(path, []byte(`{"wh`), 0o600); err != nil {
		t.Fatal(err)
	}
	if l, err = Open(path); err != nil {
		t.Fatal(err)
	}
	mustWrite(t, l, "next")
	if got := mustRead(t, path); got != "{\"wh\n{\"who\":\"next\"}\n" {
		t.Errorf("%q", got)
	}
	// What was closed opens itself again.
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	mustWrite(t, l, "again")
}

func TestLogRefuses(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "access.log")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("others may read it: %v", err)
	}
	if _, err := Open(dir); err == nil {
		t.Error("a folder is taken for the log")
	}
	ok, err := Open(filepath.Join(dir, "ok.log"))
	if err != nil {
		t.Fatal(err)
	}
	if err := ok.Reopen(dir); err == nil {
		t.Error("a folder is taken for the log")
	}
	mustWrite(t, ok, "still the old one")
	if err := ok.Write(func() {}); err == nil {
		t.Error("what is no JSON was written")
	}
}

func TestLogAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "access.log")
	l, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 20 {
				if err := l.Write(entry{fmt.Sprint(i, j)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if lines := strings.Count(mustRead(t, path), "\n"); lines != 160 {
		t.Errorf("%d lines", lines)
	}
}
