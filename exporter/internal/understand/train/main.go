// Command train makes the models that the exporter embeds from openly licensed
// data, which is not part of the repository: NOTICE credits it and the SHA-256
// of every file is in data.go. The same data gives the same bytes everywhere.
//
//	go run ./exporter/internal/understand/train language --data <folder>
//
// The exporter itself never trains.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/alecthomas/kong"
)

// task is one model: what makes it and where it lies in the repository.
type task struct {
	name  string
	out   string
	train func(source) ([]byte, error)
}

// One more model is one file with its function and one line here.
var tasks = []task{
	{name: "language", out: "exporter/internal/understand/language/model.bin", train: trainLanguage},
	{name: "sentiment", out: "exporter/internal/understand/sentiment/model.bin.gz", train: trainSentiment},
}

type grammar struct {
	Task string `arg:"" enum:"${tasks}" help:"Which model to train: ${enum}."`
	Data string `required:"" type:"existingdir" placeholder:"FOLDER" help:"Folder of the training data (with sentiment/ and request-types/ in it)."`
	Out  string `placeholder:"FILE" help:"Where to write the model; by default its place in the repository, seen from the repository's root."`
}

func main() {
	var names []string
	for _, t := range tasks {
		names = append(names, t.name)
	}
	var g grammar
	k := kong.Parse(&g, kong.Name("train"), kong.Vars{"tasks": strings.Join(names, ",")},
		kong.Description("Trains the models that the exporter embeds; run it at the repository's root."))
	k.FatalIfErrorf(run(g))
}

func run(g grammar) error {
	for _, t := range tasks {
		if t.name != g.Task {
			continue
		}
		out := g.Out
		if out == "" {
			out = filepath.FromSlash(t.out)
		}
		if _, err := os.Stat(filepath.Dir(out)); err != nil {
			return fmt.Errorf("no folder for the model; run this at the repository's root or give --out: %w", err)
		}
		model, err := t.train(source(g.Data))
		if err != nil {
			return fmt.Errorf("train %s: %w", t.name, err)
		}
		if err := os.WriteFile(out, model, 0o644); err != nil {
			return err
		}
		fmt.Printf("%s: %d bytes\n", out, len(model))
		return nil
	}
	return fmt.Errorf("no task %q", g.Task)
}
