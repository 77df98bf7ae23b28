package config

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"testdata/good/*.yml", "testdata/bad/*.yml", "../../../examples/*.yml"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			f.Fatal("no seeds", pattern, err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		if bytes.Contains(data, []byte("_file")) && bytes.Contains(data, []byte("/")) {
			// Not any file of the machine.
			return
		}
		c, err := Parse(data, dir, facts)
		if err != nil {
			var problems Errors
			if c != nil || !errors.As(err, &problems) || len(problems) == 0 || len(problems) > maxProblems+1 {
				t.Fatalf("%v, %#v", c, err)
			}
			for _, p := range problems {
				if p.Line < 1 || p.Column < 1 || p.Message == "" || strings.Contains(p.Message, "%!") {
					t.Errorf("incomplete: %#v", p)
				}
			}
			return
		}
		check(t, c)
		encoded := EncodeFold(Fold(c))
		decoded, err := DecodeFold(encoded)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(decoded, Fold(c)) {
			t.Errorf("decoding gives another configuration: %s", encoded)
		}
	})
}

// check holds for every configuration that is accepted.
func check(t *testing.T, c *Config) {
	t.Helper()
	for _, s := range c.Sources {
		if !namePattern.MatchString(s.Name) || s.ServiceWindow < minWindow || s.CloseAfter < minWindow ||
			len(s.Channels) == 0 || s.Proxy.GraphURL == "" || s.MalformedStatus != 400 && s.MalformedStatus != 200 {
			t.Errorf("source: %+v", s)
		}
		if _, ok := facts.Providers[s.Provider]; !ok || len(s.Secret) < minSecret {
			t.Errorf("source: %+v", s)
		}
		for _, i := range s.Inboxes {
			if i.ID == "" || i.ID == "other" {
				t.Errorf("inbox: %+v", i)
			}
		}
	}
	if c.Targets.UtilizationMin > c.Targets.UtilizationMax || c.Targets.FirstResponse < minTarget || c.Targets.Resolution < minTarget {
		t.Errorf("targets: %+v", c.Targets)
	}
	others := 0
	for _, r := range c.RequestTypes.Types {
		if r.Name == OtherRequestType {
			others++
		}
	}
	if others != 1 {
		t.Errorf("request types: %+v", c.RequestTypes.Types)
	}
	if c.Labels.MaxValues < 1 || c.Escalations.Top < 0 || c.Conversations.LatenessGrace < 0 {
		t.Errorf("bounds: %+v", c)
	}
}
