package providertest

import (
	"errors"
	"net/url"
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

// Fuzz gives the adapter what fuzzing makes of the corpus: whatever comes,
// only events that are whole, and only known errors.
func (s Suite) Fuzz(f *testing.F) {
	s.complete()
	all := s.corpus(f)
	for _, c := range all {
		f.Add(c.req.Header.Get("Content-Type"), c.req.Path, c.req.RawQuery, c.req.Body)
	}
	a := s.adapter(f)
	f.Fuzz(func(t *testing.T, contentType, path, query string, body []byte) {
		r := provider.Request{Method: "POST", Path: path, RawQuery: query, Header: map[string][]string{}, Body: body, Received: Received}
		r.Query, _ = url.ParseQuery(query)
		r.Header.Set("Content-Type", contentType)
		if s.SignatureHeader != "" {
			if err := a.Verify(&r); !errors.Is(err, provider.ErrUnauthorized) {
				t.Fatalf("an unsigned request: %v", err)
			}
		}
		var res, again provider.Result
		if err := a.Adapt(&r, &res); err != nil {
			if !errors.Is(err, provider.ErrMalformed) || len(res.Events) > 0 {
				t.Fatalf("%d events with %v", len(res.Events), err)
			}
			s.silent(t, err)
			return
		}
		for i := range res.Events {
			if err := Check(&res.Events[i], s.Spec.Remembers); err != nil {
				t.Fatal(err)
			}
		}
		if err := a.Adapt(&r, &again); err != nil || Dump(&res) != Dump(&again) {
			t.Fatalf("the second delivery differs, %v", err)
		}
	})
}

// Bench measures Adapt on a case of the corpus, as the server calls it.
func (s Suite) Bench(b *testing.B, name string) {
	s.complete()
	a := s.adapter(b)
	for _, c := range s.corpus(b) {
		if c.name != name {
			continue
		}
		r := c.request()
		var res provider.Result
		b.SetBytes(int64(len(r.Body)))
		b.ReportAllocs()
		for b.Loop() {
			clear(res.Events)
			clear(res.Threads)
			clear(res.Ignored)
			res.Events, res.Threads = res.Events[:0], res.Threads[:0]
			if err := a.Adapt(r, &res); err != nil {
				b.Fatal(err)
			}
		}
		return
	}
	b.Fatalf("there is no case %s", name)
}
