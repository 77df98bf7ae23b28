package provider

import (
	"errors"
	"maps"
	"net/url"
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

// vendor is the least that there is.
type vendor struct{ name string }

func (*vendor) Verify(*Request) error                  { return nil }
func (*vendor) Adapt(*Request, *Result) error          { return nil }
func (*vendor) Write([]event.Event) ([]Request, error) { return nil, nil }

func build(cfg config.Source) (*vendor, error) {
	if cfg.Secret == "" {
		return nil, ErrConfig
	}
	return &vendor{cfg.Name}, nil
}

// A constructor that fails gives a nil interface, not one that holds a nil
// pointer.
func TestConstructors(t *testing.T) {
	bad, good := config.Source{Name: "desk"}, config.Source{Name: "desk", Secret: "long-random-word"}
	if a, err := NewAdapter(build)(bad); a != nil || !errors.Is(err, ErrConfig) {
		t.Errorf("%v, %v", a, err)
	}
	if w, err := NewWriter(build)(bad); w != nil || !errors.Is(err, ErrConfig) {
		t.Errorf("%v, %v", w, err)
	}
	if a, err := NewAdapter(build)(good); err != nil || a.(*vendor).name != "desk" {
		t.Errorf("%v, %v", a, err)
	}
	if w, err := NewWriter(build)(good); err != nil || w.(*vendor).name != "desk" {
		t.Errorf("%v, %v", w, err)
	}
}

func TestRequestURL(t *testing.T) {
	const base = "https://helpdesk.example.com/webhooks/desk"
	for _, c := range []struct {
		r    Request
		want string
	}{
		{Request{}, base},
		{Request{Path: "/a%2Fb"}, base + "/a%2Fb"},
		{Request{RawQuery: "b=%20&a=1&b"}, base + "?b=%20&a=1&b"},
		{Request{Path: "/", RawQuery: "x"}, base + "/?x"},
		{Request{Query: url.Values{"a": {"1"}}}, base},
	} {
		if got := c.r.URL(base); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
}

func TestIgnore(t *testing.T) {
	var r Result
	for _, name := range []string{"reaction", "group", "reaction"} {
		r.Ignore(name)
	}
	if want := map[string]int{"reaction": 2, "group": 1}; !maps.Equal(r.Ignored, want) {
		t.Errorf("%v", r.Ignored)
	}
}
