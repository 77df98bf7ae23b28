package providers

import (
	"slices"
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
)

func TestTable(t *testing.T) {
	if got, want := Names(), []string{"events", "meta"}; !slices.Equal(got, want) {
		t.Errorf("names are %v, want %v", got, want)
	}
	for _, name := range Names() {
		s, ok := Lookup(name)
		if !ok || s.Name != name || s.Title == "" {
			t.Errorf("%s: %+v", name, s)
		}
		// A source without secrets is refused, by an error and not by an
		// interface that holds a nil pointer.
		if a, err := s.New(config.Source{Name: "desk", Provider: name}); err == nil || a != nil {
			t.Errorf("%s without a secret: %v, %v", name, a, err)
		}
		if w, err := s.NewWriter(config.Source{Name: "desk", Provider: name}); err == nil || w != nil {
			t.Errorf("%s without a secret writes: %v, %v", name, w, err)
		}
		cfg := config.Source{Name: "desk", Provider: name, Secret: "b1946ac92492d2347c6235b4d2611184", VerifyToken: "591785b794601e212b260e25925636fd"}
		if a, err := s.New(cfg); err != nil || a == nil {
			t.Errorf("%s: %v", name, err)
		}
		if w, err := s.NewWriter(cfg); err != nil || w == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if s, ok := Lookup("Meta"); ok || s.Name != "" {
		t.Errorf("an unknown provider is %+v", s)
	}
	events, _ := Lookup("events")
	meta, _ := Lookup("meta")
	if !events.Resolves || meta.Resolves {
		t.Error("events sends resolve events, meta does not")
	}
}

func TestKnownFailureCode(t *testing.T) {
	for code, want := range map[string]string{"131047": "131047", "": OtherFailure, "0131047": OtherFailure, "+5511900000001": OtherFailure, "other": OtherFailure} {
		if got := KnownFailureCode(code); got != want {
			t.Errorf("%q is %q, want %q", code, got, want)
		}
	}
	for _, name := range Names() {
		s, _ := Lookup(name)
		for _, code := range s.FailureCodes {
			if KnownFailureCode(code) != code {
				t.Errorf("%s documents %s", name, code)
			}
		}
	}
}
