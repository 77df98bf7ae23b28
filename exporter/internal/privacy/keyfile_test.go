package privacy

import (
	"encoding/base64"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestLoadMaster(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sub", "key")
	m, err := LoadMaster(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("the new file: %v, %v", info.Mode(), err)
	}
	text, err := os.ReadFile(path)
	if err != nil || !strings.HasPrefix(string(text), "helpdesk-exporter-key-v1 ") || strings.Count(string(text), "\n") != 1 {
		t.Errorf("the new file: %d bytes, %v", len(text), err)
	}
	again, err := LoadMaster(path)
	if err != nil || again.seed != m.seed {
		t.Errorf("a second LoadMaster gives another key: %v", err)
	}
	other, err := LoadMaster(filepath.Join(t.TempDir(), "key"))
	if err != nil || other.seed == m.seed || m.seed == [KeySize]byte{} {
		t.Errorf("new keys are not random: %v", err)
	}
	files, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(files) != 1 {
		t.Errorf("beside the key file lie %v, %v", files, err)
	}
}

func TestLoadMasterAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	seeds := make([][KeySize]byte, 8)
	var wg sync.WaitGroup
	for i := range seeds {
		wg.Go(func() {
			m, err := LoadMaster(path)
			if err != nil {
				t.Error(err)
				return
			}
			seeds[i] = m.seed
		})
	}
	wg.Wait()
	for _, s := range seeds {
		if s != seeds[0] {
			t.Fatal("who starts at the same time gets different keys")
		}
	}
}

func TestLoadMasterRefuses(t *testing.T) {
	seed := func(n int) string { return base64.StdEncoding.EncodeToString(make([]byte, n)) }
	good := keyFileTag + " " + seed(KeySize) + "\n"
	for _, tc := range []struct {
		name, text string
		mode       fs.FileMode
		want       string
	}{
		{"group", good, 0o640, "chmod 600"},
		{"world", good, 0o604, "chmod 600"},
		{"empty", "", 0o600, "does not start with"},
		{"other tag", "helpdesk-exporter-key-v2 " + seed(KeySize), 0o600, "does not start with"},
		{"no space", keyFileTag + seed(KeySize), 0o600, "does not start with"},
		{"no key", keyFileTag + " ", 0o600, "does not start with"},
		{"no base64", keyFileTag + " hunter2!", 0o600, "base64"},
		{"two lines", good + good, 0o600, "base64"},
		{"short", keyFileTag + " " + seed(31), 0o600, "31 bytes"},
		{"long", keyFileTag + " " + seed(33), 0o600, "33 bytes"},
		{"huge", keyFileTag + " " + seed(10_000), 0o600, "base64"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "key")
			if err := os.WriteFile(path, []byte(tc.text), tc.mode); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, tc.mode); err != nil { // whatever the umask
				t.Fatal(err)
			}
			m, err := LoadMaster(path)
			if m != nil || !errors.Is(err, ErrKeyFile) || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), path) {
				t.Fatalf("error %v, want one that names the file and has %q", err, tc.want)
			}
			if strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), seed(KeySize)) {
				t.Errorf("the error shows the key: %v", err)
			}
			if after, err := os.ReadFile(path); err != nil || string(after) != tc.text {
				t.Error("the file was changed")
			}
		})
	}
	if _, err := LoadMaster(t.TempDir()); !errors.Is(err, ErrKeyFile) {
		t.Errorf("a directory: %v", err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadMaster(filepath.Join(file, "key")); err == nil {
		t.Error("a path below a file: no error")
	}
}
