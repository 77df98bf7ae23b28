package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// maxFile is the largest document that is read.
const maxFile = 1 << 20

// Load reads and validates the document at path; paths in it are relative to its
// folder. Its error is Errors where the document is wrong, anything else where
// it cannot be read.
func Load(path string, f Facts) (*Config, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	c, err := Parse(data, filepath.Dir(path), f)
	var problems Errors
	if errors.As(err, &problems) {
		for i := range problems {
			problems[i].File = path
		}
		return nil, problems
	}
	return c, err
}

// Check gives what is wrong with the document at path, by line; an error where
// it cannot be read.
func Check(path string, f Facts) (Errors, error) {
	_, err := Load(path, f)
	var problems Errors
	if errors.As(err, &problems) {
		return problems, nil
	}
	return nil, err
}

// Parse validates a document; dir is the folder that paths in it are relative
// to. Its error is always Errors.
func Parse(data []byte, dir string, f Facts) (*Config, error) {
	root, problem := document(data)
	if problem != nil {
		return nil, Errors{*problem}
	}
	d := &decoder{dir: dir, facts: f, teams: make(map[string]bool)}
	c := Default(f)
	d.config(c)(root, "")
	problems := d.problems.tidy()
	if len(problems) > maxProblems {
		problems = append(problems[:maxProblems:maxProblems], Problem{
			Line: problems[maxProblems].Line, Column: problems[maxProblems].Column,
			Message: "there are more mistakes: correct these first",
		})
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return c, nil
}
