// Package providertest is what every provider is tested with: signature vectors
// and hostile variants of them, a corpus of payloads with golden events, the
// declared facts against that corpus, a fuzz target, a benchmark, and a whole
// simulated day through writer, webhook server and adapter into the fold.
//
// A provider's test makes one Suite and calls it:
//
//	func TestProvider(t *testing.T)      { suite.Run(t) }
//	func FuzzAdapter(f *testing.F)       { suite.Fuzz(f) }
//	func BenchmarkAdapter(b *testing.B)  { suite.Bench(b, "text") }
package providertest

import (
	"flag"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/capability"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// Updating tells whether golden files are to be rewritten.
func Updating() bool { return *update }

// Received is when every case of a corpus comes in: the time of events that
// bear none.
var Received = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

// Suite is one provider and how it is tested.
type Suite struct {
	// Name is the provider's in the table; Spec is its own.
	Name string
	Spec provider.Spec
	// Source is a usable configuration. Its Name, Provider and defaults are
	// filled in.
	Source config.Source
	// Cases is the folder of the corpus ["testdata/cases"].
	Cases string
	// IgnoredNames lists every name that the adapter counts as ignored; each has
	// to be met by the corpus, but for those of Untested.
	IgnoredNames, Untested []string

	// Vectors are requests that are accepted or refused. At least one of each.
	Vectors []Vector
	// SignatureHeader names the header that proves the sender, "" for those that
	// have none. Where it does, body and header of each accepted vector are
	// altered in every hostile way, and have to be refused.
	SignatureHeader string
	// VectorAdapter replaces Spec.New for the vectors, whose published secrets
	// New may refuse.
	VectorAdapter func() (provider.Adapter, error)

	// API answers what a Fetcher asks while the corpus is read; nil for
	// providers that fetch nothing.
	API http.Handler

	// Day is the simulated one.
	Day Day
}

// Vector is a request and whether it is the source's own.
type Vector struct {
	Name    string
	Request provider.Request
	OK      bool
}

// Run runs everything but Fuzz and Bench.
func (s Suite) Run(t *testing.T) {
	s.complete()
	t.Run("vectors", s.vectors)
	t.Run("hostile", s.hostile)
	t.Run("cases", s.cases)
	t.Run("ignored", s.ignored)
	t.Run("facts", s.facts)
	t.Run("repeated", s.repeated)
	t.Run("outlive", s.outlive)
	t.Run("malformed", s.malformed)
	t.Run("day", s.day)
}

// RunDay runs the simulated day alone, for providers whose other tests are
// their own.
func (s Suite) RunDay(t *testing.T) {
	s.complete()
	s.day(t)
}

func (s *Suite) complete() {
	if s.Cases == "" {
		s.Cases = "testdata/cases"
	}
	s.Spec.Name = s.Name
	facts := s.configFacts()
	d := config.DefaultSource("desk", s.Name, facts)
	src := s.Source
	src.Name, src.Provider = d.Name, d.Provider
	if src.Channels == nil {
		src.Channels = d.Channels
	}
	src.Resolves, src.ServiceWindow, src.CloseAfter, src.Answers = d.Resolves, d.ServiceWindow, d.CloseAfter, d.Answers
	if src.EchoActor == "" {
		src.EchoActor = d.EchoActor
	}
	keys := d.Keys
	for name, v := range src.Keys {
		if keys == nil {
			keys = make(config.Values)
		}
		keys[name] = v
	}
	src.Keys = keys
	s.Source = src
}

func (s *Suite) configFacts() config.Facts {
	return config.Facts{Providers: map[string]config.ProviderFacts{s.Name: {
		Resolves: s.Spec.Resolves, NeedsSecret: s.Spec.NeedsSecret, NeedsVerifyToken: s.Spec.NeedsVerifyToken,
		Proxy: s.Spec.Proxy, ContactFields: s.Spec.ContactFields, Answers: s.Spec.Answers, Keys: s.Spec.Keys,
	}}}
}

func (s *Suite) adapter(t testing.TB) provider.Adapter {
	t.Helper()
	a, err := s.Spec.New(s.Source)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func adapt(t testing.TB, a provider.Adapter, r *provider.Request) *provider.Result {
	t.Helper()
	var res provider.Result
	if err := a.Adapt(r, &res); err != nil {
		t.Fatal(err)
	}
	return &res
}

// facts compares what is declared with what the corpus shows.
func (s *Suite) facts(t *testing.T) {
	if err := s.Spec.Facts.Check(); err != nil {
		t.Error(err)
	}
	a := s.adapter(t)
	var all []event.Event
	for _, c := range s.corpus(t) {
		all = append(all, s.whole(t, a, c.request()).Events...)
	}
	shown := capability.Observe(all)
	for _, fact := range capability.AllFacts() {
		declared := s.Spec.Facts[fact].Level > capability.None
		if declared && !shown[fact] {
			t.Errorf("%s is declared, and no case shows it", fact)
		}
		if !declared && shown[fact] {
			t.Errorf("cases show %s, which is not declared", fact)
		}
	}
}

// secretsOf are what no error may repeat.
func (s *Suite) secretsOf() []string {
	out := []string{string(s.Source.Secret), string(s.Source.VerifyToken)}
	for _, v := range s.Source.Keys {
		out = append(out, string(v.Secret))
		for _, n := range v.Secrets {
			out = append(out, string(n.Secret))
		}
	}
	kept := out[:0]
	for _, v := range out {
		if v != "" {
			kept = append(kept, v)
		}
	}
	return kept
}

func (s *Suite) silent(t testing.TB, err error) {
	t.Helper()
	if err == nil {
		return
	}
	if len(err.Error()) > 300 {
		t.Errorf("an error of %d bytes", len(err.Error()))
	}
	for _, secret := range s.secretsOf() {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("an error tells a secret")
		}
	}
}

func clone(r provider.Request) provider.Request {
	r.Header = r.Header.Clone()
	if r.Header == nil {
		r.Header = http.Header{}
	}
	r.Body = append([]byte(nil), r.Body...)
	return r
}
