package config

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

const (
	// minSecret and maxSecret bound a secret's length in bytes. Eight is no
	// good secret, but vendors let people choose verify tokens.
	minSecret = 8
	maxSecret = 4 << 10
)

// variable is what a secret looks like that was meant to come from the
// environment.
var variable = regexp.MustCompile(`^(?:\$\{[^}]*\}|\$[A-Za-z_][A-Za-z0-9_]*|%[A-Za-z_][A-Za-z0-9_]*%|\{\{.*\}\})$`)

// secretValue reads a secret that stands in the document.
func (d *decoder) secretValue(dst *Secret) reader {
	return func(n *yaml.Node, at string) {
		if s, ok := d.text(n, at); ok {
			d.secret(dst, s, n, at, "is")
		}
	}
}

// secretFile reads a secret from the file that the value names. One line break
// at its end is not part of it.
func (d *decoder) secretFile(dst *Secret) reader {
	return func(n *yaml.Node, at string) {
		path, ok := d.text(n, at)
		if !ok {
			return
		}
		if path == "" {
			d.problem(n, at, "is empty: write the path of the file that holds the secret")
			return
		}
		data, err := readSmall(d.path(path))
		if err != nil {
			d.problem(n, at, "cannot read %.200q: %v", path, err)
			return
		}
		s := strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
		d.secret(dst, s, n, at, "the file's secret is")
	}
}

// secret takes s where it is fit to be one. No message repeats any of it.
func (d *decoder) secret(dst *Secret, s string, n *yaml.Node, at, is string) {
	switch {
	case strings.TrimSpace(s) == "":
		d.problem(n, at, "%s empty: write the secret that the vendor shows or that you agreed on", is)
	case strings.TrimSpace(s) != s:
		d.problem(n, at, "%s surrounded by white space: remove it", is)
	case !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }):
		d.problem(n, at, "%s with a line break or another control character in it: keep the secret only", is)
	case variable.MatchString(s):
		d.problem(n, at, "%s a variable, and variables are not expanded: name a file by %s_file instead", is, strings.TrimSuffix(last(at), "_file"))
	case len(s) < minSecret:
		d.problem(n, at, "%s shorter than %d characters: choose a longer one (32 are good)", is, minSecret)
	case len(s) > maxSecret:
		d.problem(n, at, "%s longer than %d characters: this cannot be it", is, maxSecret)
	default:
		*dst = Secret(s)
	}
}

// readSmall reads a regular file. Its error does not repeat the path.
func readSmall(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, reason(err)
	case !info.Mode().IsRegular():
		return nil, errors.New("is not a file")
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, reason(err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxSecret+3))
	return data, reason(err)
}

// reason is an error without operation and path.
func reason(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// path resolves a path of the document.
func (d *decoder) path(p string) string {
	if filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(d.dir, p)
}

// last is the last key of a path.
func last(at string) string { return at[strings.LastIndexByte(at, '.')+1:] }
