package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every committed model is what its data and this code make of it.
func TestModelsAreReproducible(t *testing.T) {
	folder := os.Getenv("TRAINING_DATA")
	if folder == "" {
		t.Skip("set TRAINING_DATA to the folder of the training data (sentiment/, request-types/) to train the committed models again")
	}
	for _, k := range tasks {
		t.Run(k.name, func(t *testing.T) {
			got, err := k.train(source(folder))
			if err != nil {
				t.Fatal(err)
			}
			want, err := os.ReadFile(filepath.Join("..", "..", "..", "..", filepath.FromSlash(k.out)))
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("training gives another model than %s (%d and %d bytes): run `go run ./exporter/internal/understand/train %s --data …` and commit it", k.out, len(got), len(want), k.name)
			}
		})
	}
}

func TestRowsRefuses(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "sentiment"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "sentiment", "xed-en.tsv"), []byte("en\tneutral\tchanged\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"sentiment/xed-en.tsv": "has SHA-256",
		"sentiment/xed-pt.tsv": "no such file",
		"sentiment/other.tsv":  "no SHA-256 in data.go",
	} {
		rows, err := source(dir).rows(name)
		if !errors.Is(err, errData) || !strings.Contains(err.Error(), want) || rows != nil {
			t.Errorf("%s: %v, %v; want %q", name, rows, err, want)
		}
	}
}

func TestRunRefuses(t *testing.T) {
	if err := run(grammar{Task: "language", Data: t.TempDir(), Out: filepath.Join(t.TempDir(), "model.bin")}); !errors.Is(err, errData) {
		t.Errorf("without data: %v", err)
	}
	if err := run(grammar{Task: "language", Data: t.TempDir(), Out: filepath.Join(t.TempDir(), "no", "model.bin")}); err == nil || !strings.Contains(err.Error(), "--out") {
		t.Errorf("without a folder: %v", err)
	}
	if err := run(grammar{Task: "weather"}); err == nil {
		t.Error("unknown task")
	}
}
