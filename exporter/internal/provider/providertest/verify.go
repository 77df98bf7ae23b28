package providertest

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

func (s *Suite) vectorAdapter(t *testing.T) provider.Adapter {
	t.Helper()
	if s.VectorAdapter == nil {
		return s.adapter(t)
	}
	a, err := s.VectorAdapter()
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// received fills in what a table leaves out.
func received(r provider.Request) provider.Request {
	r = clone(r)
	if r.Method == "" {
		r.Method = "POST"
	}
	if r.Query == nil {
		r.Query, _ = url.ParseQuery(r.RawQuery)
	}
	if r.Received.IsZero() {
		r.Received = Received
	}
	return r
}

func (s *Suite) vectors(t *testing.T) {
	a := s.vectorAdapter(t)
	accepted, refused := 0, 0
	for _, v := range s.Vectors {
		t.Run(v.Name, func(t *testing.T) {
			r := received(v.Request)
			before := string(r.Body)
			err := a.Verify(&r)
			if (err == nil) != v.OK {
				t.Errorf("got %v, accepted should be %v", err, v.OK)
			}
			if err != nil && !errors.Is(err, provider.ErrUnauthorized) {
				t.Errorf("error is not ErrUnauthorized: %v", err)
			}
			if s.silent(t, err); string(r.Body) != before {
				t.Error("Verify changed the body")
			}
		})
		if v.OK {
			accepted++
		} else {
			refused++
		}
	}
	if accepted == 0 || refused == 0 {
		t.Errorf("%d vectors are accepted and %d refused; each kind has to be there", accepted, refused)
	}
}

// hostile alters each accepted vector.
func (s *Suite) hostile(t *testing.T) {
	if s.SignatureHeader == "" {
		t.Skip("nothing is signed")
	}
	a := s.vectorAdapter(t)
	for _, v := range s.Vectors {
		if !v.OK {
			continue
		}
		for name, alter := range s.alterations() {
			r := received(v.Request)
			if !alter(&r) {
				continue
			}
			if err := a.Verify(&r); !errors.Is(err, provider.ErrUnauthorized) {
				t.Errorf("%s, %s: got %v", v.Name, name, err)
			} else {
				s.silent(t, err)
			}
		}
	}
}

// alterations of a signed request, each telling whether it changed anything.
func (s *Suite) alterations() map[string]func(*provider.Request) bool {
	header := func(change func(string) []string) func(*provider.Request) bool {
		return func(r *provider.Request) bool {
			was := r.Header.Get(s.SignatureHeader)
			now := change(was)
			r.Header.Del(s.SignatureHeader)
			for _, v := range now {
				r.Header.Add(s.SignatureHeader, v)
			}
			return len(now) != 1 || now[0] != was
		}
	}
	body := func(change func([]byte) []byte) func(*provider.Request) bool {
		return func(r *provider.Request) bool {
			was := string(r.Body)
			r.Body = change(r.Body)
			return string(r.Body) != was
		}
	}
	return map[string]func(*provider.Request) bool{
		"no signature":        header(func(string) []string { return nil }),
		"empty signature":     header(func(string) []string { return []string{""} }),
		"signature twice":     header(func(v string) []string { return []string{v, v} }),
		"another first":       header(func(v string) []string { return []string{"x", v} }),
		"other case":          header(func(v string) []string { return []string{swapCase(v)} }),
		"truncated signature": header(func(v string) []string { return []string{v[:len(v)-1]} }),
		"longer signature":    header(func(v string) []string { return []string{v + "A"} }),
		"spaces around":       header(func(v string) []string { return []string{" " + v + " "} }),
		"truncated body":      body(func(b []byte) []byte { return b[:max(len(b)-1, 0)] }),
		"empty body":          body(func([]byte) []byte { return nil }),
		"longer body":         body(func(b []byte) []byte { return append(b, ' ') }),
		"one bit":             body(func(b []byte) []byte { b[len(b)/2] ^= 1; return b }),
		"re-serialised body": body(func(b []byte) []byte {
			var v any
			if json.Unmarshal(b, &v) != nil {
				return b
			}
			out, err := json.MarshalIndent(v, "", " ")
			if err != nil {
				return b
			}
			return out
		}),
		"byte order mark": body(func(b []byte) []byte { return append([]byte("\xef\xbb\xbf"), b...) }),
		"a parameter more": body(func(b []byte) []byte {
			if !bytes.Contains(b, []byte("=")) || bytes.HasPrefix(b, []byte("{")) {
				return b
			}
			return append(b, "&Extra=1"...)
		}),
	}
}

func swapCase(s string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case 'a' <= c && c <= 'z':
			return c - 'a' + 'A'
		case 'A' <= c && c <= 'Z':
			return c - 'A' + 'a'
		}
		return c
	}, s)
}
