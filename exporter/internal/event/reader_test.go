package event

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// file is NDJSON of n events, some of them large.
func file(n int, before, between, after string) string {
	var b strings.Builder
	b.WriteString(before)
	for i := range n {
		if i > 0 {
			b.WriteString(between)
		}
		text := "hello"
		if i%50 == 49 {
			text = strings.Repeat(`\u00e1`, MaxText/2)
		}
		b.WriteString(with("id", fmt.Sprintf(`"e%d"`, i), "message", `{"text":"`+text+`"}`, "source", `"desk"`, "received", `"2026-01-02T03:04:06Z"`))
	}
	b.WriteString(after)
	return b.String()
}

func TestReader(t *testing.T) {
	for _, c := range []struct {
		name, body string
		wrap       func(io.Reader) io.Reader
	}{
		{"lines", file(120, "", "\n", "\n"), nil},
		{"array", file(120, "\ufeff[", ",\n", "]\n"), nil},
		{"half reads", file(120, "", "\n", ""), iotest.HalfReader},
		{"data with the end", file(120, "", "\r\n", ""), iotest.DataErrReader},
		{"byte by byte", file(30, "\ufeff [", " , ", " ] "), iotest.OneByteReader},
	} {
		t.Run(c.name, func(t *testing.T) {
			want, err := Options{AllowSource: true}.Decode([]byte(c.body), nil)
			if err != nil {
				t.Fatal(err)
			}
			var src io.Reader = strings.NewReader(c.body)
			if c.wrap != nil {
				src = c.wrap(src)
			}
			r := NewReader(src)
			e := Event{Reason: "of the one before", Labels: []string{"l"}}
			for i := range want {
				if err := r.Next(&e); err != nil {
					t.Fatalf("event %d: %v", i+1, err)
				}
				if !reflect.DeepEqual(e, want[i]) || r.Index() != i+1 {
					t.Fatalf("event %d: got %+v", r.Index(), e)
				}
			}
			for range 2 {
				if err := r.Next(&e); err != io.EOF {
					t.Errorf("at the end: %v", err)
				}
			}
			if e.Source != "desk" || !e.Received.Equal(time.Date(2026, 1, 2, 3, 4, 6, 0, time.UTC)) {
				t.Errorf("source %q, received %v", e.Source, e.Received)
			}
		})
	}
}

// TestReaderMemory: a file is not held as a whole.
func TestReaderMemory(t *testing.T) {
	line := with("message", `{"text":"`+strings.Repeat("x", 1000)+`"}`) + "\n"
	n := 5000
	r := NewReader(io.LimitReader(&endless{line: []byte(line)}, int64(n*len(line))))
	var e Event
	for i := range n {
		if err := r.Next(&e); err != nil {
			t.Fatalf("event %d: %v", i+1, err)
		}
	}
	if err := r.Next(&e); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
	if cap(r.buf) > 2*firstRead {
		t.Errorf("the buffer grew to %d bytes", cap(r.buf))
	}

	r = NewReader(&endless{line: []byte(`{"id":"`), then: 'x'})
	if err := r.Next(&e); !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), "1 MiB") {
		t.Errorf("endless string: %v", err)
	}
	if cap(r.buf) > 4<<20 {
		t.Errorf("the buffer grew to %d bytes", cap(r.buf))
	}
}

// endless repeats line, or goes on with then where that is set.
type endless struct {
	line []byte
	at   int
	then byte
}

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		switch {
		case e.at < len(e.line):
			p[i] = e.line[e.at]
		case e.then != 0:
			p[i] = e.then
		default:
			e.at = 0
			p[i] = e.line[0]
		}
		e.at++
	}
	return len(p), nil
}

func TestReaderErrors(t *testing.T) {
	broken := errors.New("disk is gone")
	r := NewReader(io.MultiReader(strings.NewReader(with()+"\n"+with()[:20]), iotest.ErrReader(broken)))
	var e Event
	if err := r.Next(&e); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := r.Next(&e); !errors.Is(err, broken) || errors.Is(err, ErrInvalid) {
			t.Errorf("got %v", err)
		}
	}

	r = NewReader(strings.NewReader(with() + "\n" + with("kind", `"?"`) + "\n" + with()))
	for i, want := range []string{"", "event 2: field kind is unknown: \"?\"", "event 2: field kind is unknown: \"?\""} {
		if err := r.Next(&e); want == "" && err != nil || want != "" && (err == nil || err.Error() != want) {
			t.Errorf("read %d: %v", i+1, err)
		}
	}

	if err := NewReader(new(bytes.Buffer)).Next(&e); err != io.EOF {
		t.Errorf("empty file: %v", err)
	}
	if err := NewReader(strings.NewReader(" [ ] ")).Next(&e); err != io.EOF {
		t.Errorf("empty array: %v", err)
	}
	if err := NewReader(strings.NewReader("[" + with())).Next(&e); err != nil {
		t.Errorf("first of an array that is not closed: %v", err)
	}
}
