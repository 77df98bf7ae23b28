package providertest

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// A case is a file of the corpus, and beside it <name>.golden with what becomes
// of it:
//
//	<name>.json   the body, byte for byte
//	<name>.form   a form, one decoded parameter a line: Name=value
//	<name>.http   POST /path?query below /webhooks/<source>, header lines, an
//	              empty line, the body, byte for byte
//
// A first line "? query" of a .form is the request's query. Cases are not
// signed: they are given to Adapt.
type testCase struct {
	name string
	req  provider.Request
}

// request gives a request of its own each time.
func (c *testCase) request() *provider.Request {
	r := clone(c.req)
	return &r
}

var extensions = []string{".json", ".form", ".http"}

func (s *Suite) corpus(t testing.TB) []testCase {
	t.Helper()
	entries, err := os.ReadDir(s.Cases)
	if err != nil {
		t.Fatal(err)
	}
	var all []testCase
	for _, e := range entries {
		ext := filepath.Ext(e.Name())
		if !slices.Contains(extensions, ext) {
			continue
		}
		b, err := os.ReadFile(filepath.Join(s.Cases, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		r, err := readCase(ext, b)
		if err != nil {
			t.Fatalf("%s: %v", e.Name(), err)
		}
		all = append(all, testCase{strings.TrimSuffix(e.Name(), ext), r})
	}
	if len(all) == 0 {
		t.Fatalf("%s holds no cases", s.Cases)
	}
	return all
}

func readCase(ext string, b []byte) (provider.Request, error) {
	r := provider.Request{Method: http.MethodPost, Header: http.Header{}, Received: Received}
	switch ext {
	case ".json":
		r.Header.Set("Content-Type", "application/json")
		r.Body = b
	case ".form":
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		var form wire.Form
		for line := range strings.Lines(string(b)) {
			line = strings.TrimRight(line, "\r\n")
			if query, ok := strings.CutPrefix(line, "? "); ok && len(form) == 0 {
				r.RawQuery = query
				continue
			}
			if name, value, ok := strings.Cut(line, "="); ok {
				form = append(form, wire.Pair{Name: name, Value: strings.ReplaceAll(value, `\n`, "\n")})
			} else if line != "" {
				return r, errors.New("a line is no Name=value")
			}
		}
		r.Body = form.Encode()
	case ".http":
		head, body, ok := bytes.Cut(b, []byte("\n\n"))
		if !ok {
			return r, errors.New("no empty line before the body")
		}
		lines := bufio.NewScanner(bytes.NewReader(head))
		lines.Scan()
		method, target, ok := strings.Cut(lines.Text(), " ")
		if !ok {
			return r, errors.New("the first line is no METHOD /path")
		}
		r.Method, r.Body = method, body
		r.Path, r.RawQuery, _ = strings.Cut(target, "?")
		if r.Path == "/" {
			r.Path = ""
		}
		for lines.Scan() {
			name, value, ok := strings.Cut(lines.Text(), ": ")
			if !ok {
				return r, errors.New("a header line is no Name: value")
			}
			r.Header.Add(name, value)
		}
		if err := lines.Err(); err != nil && !errors.Is(err, io.EOF) {
			return r, err
		}
	}
	query, err := url.ParseQuery(r.RawQuery)
	r.Query = query
	return r, err
}

// cases compares the corpus with its golden files.
func (s *Suite) cases(t *testing.T) {
	a := s.adapter(t)
	for _, c := range s.corpus(t) {
		t.Run(c.name, func(t *testing.T) {
			res := s.whole(t, a, c.request())
			for i := range res.Events {
				if err := Check(&res.Events[i], s.Spec.Remembers); err != nil {
					t.Error(err)
				}
			}
			got := Dump(res)
			file := filepath.Join(s.Cases, c.name+".golden")
			if Updating() {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("%s differs (-update rewrites it)\ngot:\n%swant:\n%s", file, got, want)
			}
		})
	}
}

// ignored: what is counted is documented, and met by a case.
func (s *Suite) ignored(t *testing.T) {
	a := s.adapter(t)
	met := map[string]bool{}
	for _, c := range s.corpus(t) {
		for name := range s.whole(t, a, c.request()).Ignored {
			if met[name] = true; !slices.Contains(s.IgnoredNames, name) {
				t.Errorf("%s counts %s, which is not in IgnoredNames", c.name, name)
			}
		}
	}
	for _, name := range s.IgnoredNames {
		if !met[name] && !slices.Contains(s.Untested, name) {
			t.Errorf("no case counts %s", name)
		}
	}
}

// repeated: vendors deliver at least once, so the same request has to give the
// same ids, and no two different events of a request one id.
func (s *Suite) repeated(t *testing.T) {
	a := s.adapter(t)
	for _, c := range s.corpus(t) {
		first := s.whole(t, a, c.request())
		if Dump(first) != Dump(s.whole(t, a, c.request())) {
			t.Errorf("%s: the second delivery differs", c.name)
		}
		kinds := map[string]event.Kind{}
		for i := range first.Events {
			e := &first.Events[i]
			if kind, ok := kinds[e.ID]; ok && kind != e.Kind {
				t.Errorf("%s: %s and %s have the id %q", c.name, kind, e.Kind, e.ID)
			}
			kinds[e.ID] = e.Kind
		}
	}
}

// outlive: nothing of an event may point into memory that a later request
// writes over, nor may requests at the same time disturb one another.
func (s *Suite) outlive(t *testing.T) {
	a := s.adapter(t)
	all := s.corpus(t)
	results, want := make([]*provider.Result, len(all)), make([]string, len(all))
	for i, c := range all {
		r := c.request()
		results[i] = adapt(t, a, r)
		want[i] = Dump(results[i])
		for j := range r.Body {
			r.Body[j] = '#'
		}
	}
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range all {
				i = (i + w*17) % len(all)
				var res provider.Result
				if err := a.Adapt(all[i].request(), &res); err != nil || Dump(&res) != want[i] {
					t.Errorf("%s: %v or another result beside other requests", all[i].name, err)
				}
			}
		})
	}
	wg.Wait()
	for i, res := range results {
		if got := Dump(res); got != want[i] {
			t.Errorf("%s changed afterwards:\ngot:\n%swant:\n%s", all[i].name, got, want[i])
		}
	}
}

// malformed: bodies that cannot be read give an error that tells nothing of
// them, and no events.
func (s *Suite) malformed(t *testing.T) {
	a := s.adapter(t)
	const private = "Zqxvwk from a customer"
	for _, c := range s.corpus(t) {
		if ct := c.req.Header.Get("Content-Type"); !strings.Contains(ct, "json") {
			continue
		}
		for name, body := range map[string]string{
			"empty": "", "blank": " \n", "truncated": string(c.req.Body[:len(c.req.Body)/2]),
			"trailing": string(c.req.Body) + private, "bare word": `{"a":` + private + `}`, "binary": "\x00\x01\x02",
			"deep": strings.Repeat(`{"a":`, 100_000),
		} {
			r := c.request()
			r.Body = []byte(body)
			var res provider.Result
			err := a.Adapt(r, &res)
			if !errors.Is(err, provider.ErrMalformed) || len(res.Events) > 0 {
				t.Errorf("%s: %d events, %v", name, len(res.Events), err)
				continue
			}
			if s.silent(t, err); strings.Contains(err.Error(), "Zqxvwk") {
				t.Errorf("%s: the error tells the body", name)
			}
		}
		return
	}
}
