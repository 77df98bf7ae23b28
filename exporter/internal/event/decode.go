package event

import (
	"sync"
	"unicode/utf8"

	"github.com/valyala/fastjson"
)

// Bounds of single fields, in bytes of UTF-8.
const (
	// MaxID bounds ids of all sorts.
	MaxID = 256
	// MaxName bounds names, types, labels, reasons and codes.
	MaxName = 256
	// MaxTemplateName is WhatsApp's own bound of 512 characters; they are
	// ASCII.
	MaxTemplateName = 512
	// MaxText bounds a message's text.
	MaxText = 64 << 10
	// MaxLabels bounds how many labels an event has.
	MaxLabels = 50
	// MaxNumber bounds scores, scales and capacities.
	MaxNumber = 1_000_000

	// MinYear and MaxYear bound event and receive times.
	MinYear, MaxYear = 2000, 2200

	maxNumberLength = 64
)

// decoder turns one JSON object after the other into events. Its memory is
// reused; what the events hold is theirs alone.
type decoder struct {
	parser fastjson.Parser
	// largest object so far: the parser never shrinks.
	largest int
	mended  []byte

	// The rest is of the event being decoded.
	e     *Event
	index int
	opts  Options
	seen  field
	utf8  bool // the whole object is valid
	state string
	err   *FieldError
	// Strings are gathered in text and become one string at the end, of which
	// each field holds a part: one allocation an event.
	text  []byte
	spans []span
}

type span struct {
	dst      *string
	from, to int
}

var decoders = sync.Pool{New: func() any { return new(decoder) }}

// maxPooled is the object size up to which a decoder is kept.
const maxPooled = 128 << 10

func (d *decoder) giveBack() {
	clear(d.spans[:cap(d.spans)])
	d.e, d.err, d.state = nil, nil, ""
	if d.largest <= maxPooled {
		decoders.Put(d)
	}
}

// decode reads raw, which objectEnd has delimited, into e.
func (d *decoder) decode(raw []byte, e *Event, index int, opts Options) error {
	*e = Event{}
	d.e, d.index, d.opts = e, index, opts
	d.seen, d.state, d.err = 0, "", nil
	d.text, d.spans = d.text[:0], d.spans[:0]
	d.largest = max(d.largest, len(raw))
	d.utf8 = utf8.Valid(raw)
	if hasSurrogate(raw) {
		d.mended = append(d.mended[:0], raw...)
		mendSurrogates(d.mended)
		raw = d.mended
	}
	// The parser takes NaN, wrong escapes and more; its validator does not.
	// Their error texts repeat the body and are dropped.
	if fastjson.ValidateBytes(raw) != nil {
		return d.problem("", "is not valid JSON")
	}
	v, err := d.parser.ParseBytes(raw)
	if err != nil {
		return d.problem("", "is not valid JSON")
	}
	o, err := v.Object()
	if err != nil {
		return d.problem("", "is not a JSON object")
	}
	o.Visit(d.field)
	if d.err == nil && !d.utf8 {
		d.fail("", "is not valid UTF-8")
	}
	if d.err == nil {
		d.keep()
		d.finish()
	}
	if d.err != nil {
		return d.err
	}
	return nil
}

// keep makes the gathered strings the event's own.
func (d *decoder) keep() {
	if len(d.text) == 0 {
		return
	}
	all := string(d.text)
	for _, s := range d.spans {
		*s.dst = all[s.from:s.to]
	}
}

// fail notes the first problem of the event.
func (d *decoder) fail(name, problem string) {
	if d.err == nil {
		d.err = &FieldError{Index: d.index, Field: name, Problem: problem}
	}
}

func (d *decoder) problem(name, text string) error {
	d.fail(name, text)
	return d.err
}

// once tells whether a field may be read: not after a problem, nor twice.
func (d *decoder) once(f field, name string) bool {
	if d.err != nil {
		return false
	}
	if d.seen&f != 0 {
		d.fail(name, "is given twice")
		return false
	}
	d.seen |= f
	return true
}
