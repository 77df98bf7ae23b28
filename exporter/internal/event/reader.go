package event

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// Options of decoding.
type Options struct {
	// AllowSource has `source` and `received` read, as replay does. Otherwise
	// they are allowed and ignored, whatever they hold: the server sets both.
	AllowSource bool
}

// Decode reads the events of a body, an object, an array of objects, or objects
// that follow one another (NDJSON), and appends them to dst. Either all of them
// are right or dst comes back as it was; errors are of type *FieldError. The
// events hold nothing of body.
func Decode(body []byte, dst []Event) ([]Event, error) {
	return Options{}.Decode(body, dst)
}

// Decode is the function of the same name, with options.
func (o Options) Decode(body []byte, dst []Event) ([]Event, error) {
	d := decoders.Get().(*decoder)
	defer d.giveBack()
	r := Reader{opts: o, buf: body, eof: true, d: d}
	n := len(dst)
	for {
		err := r.seek()
		switch {
		case err == nil:
			dst = append(dst, Event{})
			err = r.read(&dst[len(dst)-1])
		case err == io.EOF && r.state == stateStart:
			err = &FieldError{Problem: "the body is empty: send an event, an array of events, or one event a line"}
		case err == io.EOF:
			return dst, nil
		}
		if err != nil {
			clear(dst[n:])
			return dst[:n], err
		}
	}
}

// Reader reads the events of a file of any size, one by one, in the forms that
// Decode takes. It holds one event and some read-ahead in memory.
type Reader struct {
	src   io.Reader
	opts  Options
	buf   []byte // buf[pos:] is to be read; owned by the caller where src is nil
	pos   int
	eof   bool // src has no more
	state int
	index int // of the event being read, from 1 on
	err   error
	d     *decoder
}

// States of a Reader: what may come next.
const (
	stateStart = iota
	stateObjects
	stateArrayFirst
	stateArrayNext
	stateDone
)

const firstRead = 64 << 10

// NewReader gives a Reader over src, which is read ahead. As files are for
// replay, `source` and `received` are read (Options.AllowSource).
func NewReader(src io.Reader) *Reader {
	return &Reader{src: src, opts: Options{AllowSource: true}, buf: make([]byte, 0, firstRead), d: new(decoder)}
}

// Next reads the next event into e, whose former content is dropped. At the end
// it gives io.EOF, which is also what an empty file gives. After an error it
// gives that error again; one about the content is a *FieldError and leaves e
// in an undefined state, any other is the source's.
func (r *Reader) Next(e *Event) error {
	if r.err == nil {
		r.err = r.next(e)
	}
	return r.err
}

// Index is the number of the event that Next gave last, from 1 on.
func (r *Reader) Index() int { return r.index }

func (r *Reader) next(e *Event) error {
	if err := r.seek(); err != nil {
		return err
	}
	return r.read(e)
}

// read reads the event at the place that seek went to.
func (r *Reader) read(e *Event) error {
	r.index++
	raw, err := r.object()
	if err != nil {
		return err
	}
	return r.d.decode(raw, e, r.index, r.opts)
}

// seek goes to where the next event has to begin; io.EOF where none is left.
func (r *Reader) seek() error {
	for {
		c, err := r.peek()
		if err == io.EOF && (r.state == stateArrayFirst || r.state == stateArrayNext) {
			return &FieldError{Problem: "the array of events is not closed: the JSON was cut off"}
		}
		if err != nil {
			return err
		}
		switch r.state {
		case stateStart:
			if c == '[' {
				r.pos++
				r.state = stateArrayFirst
				continue
			}
			r.state = stateObjects
			return nil
		case stateObjects:
			return nil
		case stateArrayFirst, stateArrayNext:
			if c == ']' {
				r.pos++
				r.state = stateDone
				continue
			}
			if r.state == stateArrayFirst {
				r.state = stateArrayNext
				return nil
			}
			if c != ',' {
				return &FieldError{Index: r.index, Problem: "is not followed by a comma or the end of its array"}
			}
			r.pos++
			if _, err := r.peek(); err != nil && err != io.EOF {
				return err
			}
			return nil
		default:
			return &FieldError{Problem: "something follows the array of events: send one array, or objects without an array"}
		}
	}
}

// object takes the JSON object at the current place out of the buffer. The
// result is valid until the next read.
func (r *Reader) object() ([]byte, error) {
	c, err := r.peek()
	if err == io.EOF {
		return nil, r.problem("is cut off: the JSON ends in the middle of it")
	}
	if err != nil {
		return nil, err
	}
	if c != '{' {
		return nil, r.problem("is not a JSON object")
	}
	for {
		end, problem := objectEnd(r.buf[r.pos:])
		switch {
		case problem != "":
			return nil, r.problem(problem)
		case end > 0:
			raw := r.buf[r.pos : r.pos+end]
			r.pos += end
			return raw, nil
		case r.eof:
			return nil, r.problem("is cut off: the JSON ends in the middle of it")
		}
		if err := r.fill(); err != nil {
			return nil, err
		}
	}
}

func (r *Reader) problem(text string) error {
	return &FieldError{Index: r.index, Problem: text}
}

// byteOrderMark is what some editors put before UTF-8.
var byteOrderMark = []byte("\xef\xbb\xbf")

// peek skips white space and gives the byte that follows, io.EOF at the end.
func (r *Reader) peek() (byte, error) {
	for {
		for r.pos < len(r.buf) {
			switch c := r.buf[r.pos]; {
			case c == ' ' || c == '\n' || c == '\r' || c == '\t':
				r.pos++
			case c == byteOrderMark[0] && r.state == stateStart && !r.eof && len(r.buf)-r.pos < len(byteOrderMark):
				if err := r.fill(); err != nil {
					return 0, err
				}
			case c == byteOrderMark[0] && r.state == stateStart && bytes.HasPrefix(r.buf[r.pos:], byteOrderMark):
				r.pos += len(byteOrderMark)
			default:
				return c, nil
			}
		}
		if r.eof {
			return 0, io.EOF
		}
		if err := r.fill(); err != nil {
			return 0, err
		}
	}
}

// fill reads some more behind what is not yet read. objectEnd's limit bounds
// what the buffer grows to.
func (r *Reader) fill() error {
	n := copy(r.buf, r.buf[r.pos:])
	r.buf, r.pos = r.buf[:n], 0
	if n == cap(r.buf) {
		r.buf = append(make([]byte, 0, 2*cap(r.buf)), r.buf...)
	}
	m, err := io.ReadAtLeast(r.src, r.buf[n:cap(r.buf)], 1)
	r.buf = r.buf[:n+m]
	if errors.Is(err, io.EOF) {
		r.eof = true
		return nil
	}
	if err != nil {
		return fmt.Errorf("read events: %w", err)
	}
	return nil
}
