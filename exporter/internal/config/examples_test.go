package config_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/providers"
)

// The examples are complete but for their secret files. They are read with the
// providers that there are, since each of them has an example of its own.
func TestExamples(t *testing.T) {
	files, err := filepath.Glob("../../../examples/*.yml")
	if err != nil || len(files) < 3 {
		t.Fatal("no examples", files, err)
	}
	secretFile := regexp.MustCompile(`(?m)^[\s-]*\w+_file: (secrets/\S+)`)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			for _, m := range secretFile.FindAllSubmatch(data, -1) {
				path := filepath.Join(dir, string(m[1]))
				if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte("591785b794601e212b260e25925636fd\n"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			c, err := config.Parse(data, dir, providers.Facts())
			if err != nil {
				t.Fatal(err)
			}
			if len(c.Sources) == 0 {
				t.Error("the example watches nothing")
			}
			for _, src := range c.Sources {
				spec, _ := providers.Lookup(src.Provider)
				if _, err := spec.New(src); err != nil {
					t.Errorf("source %s: %v", src.Name, err)
				}
			}
		})
	}
}
