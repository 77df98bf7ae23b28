package event

import (
	"math"
	"strconv"
	"strings"
	"sync"
	"time"
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

// bytes gives the text of a JSON string, valid until the next object.
func (d *decoder) bytes(name string, v *fastjson.Value, limit int) ([]byte, bool) {
	s, err := v.StringBytes()
	switch {
	case err != nil:
		d.wrongType(name, "a string", v)
	case !d.utf8 && !utf8.Valid(s):
		d.fail(name, "is not valid UTF-8")
	case len(s) > limit:
		d.fail(name, "is longer than "+strconv.Itoa(limit)+" bytes")
	default:
		return s, true
	}
	return nil, false
}

// string reads a string field into dst.
func (d *decoder) string(f field, name string, v *fastjson.Value, limit int, dst *string) {
	if !d.once(f, name) {
		return
	}
	if s, ok := d.bytes(name, v, limit); ok {
		d.gather(s, dst)
	}
}

func (d *decoder) gather(s []byte, dst *string) {
	from := len(d.text)
	d.text = append(d.text, s...)
	d.spans = append(d.spans, span{dst, from, len(d.text)})
}

// choice reads a field that holds one of the names from first on, and gives the
// name's index.
func (d *decoder) choice(f field, name string, v *fastjson.Value, names []string, first int) int {
	if !d.once(f, name) {
		return 0
	}
	s, ok := d.bytes(name, v, MaxID)
	if !ok {
		return 0
	}
	for i := first; i < len(names); i++ {
		if string(s) == names[i] {
			return i
		}
	}
	d.fail(name, "has to be one of "+strings.Join(names[first:], ", "))
	return 0
}

// number reads a finite number from 0 on.
func (d *decoder) number(f field, name string, v *fastjson.Value) float64 {
	if !d.once(f, name) {
		return 0
	}
	if v.Type() != fastjson.TypeNumber {
		d.wrongType(name, "a number", v)
		return 0
	}
	// Its text, not its value: the parser's own conversion is not exact.
	at := len(d.text)
	text := v.MarshalTo(d.text)[at:]
	n, err := 0.0, error(nil)
	if len(text) <= maxNumberLength {
		n, err = strconv.ParseFloat(string(text), 64)
	}
	if err != nil || len(text) > maxNumberLength || math.IsNaN(n) || n < 0 || n > MaxNumber {
		d.fail(name, "has to be a number from 0 to "+strconv.Itoa(MaxNumber)+" of at most "+strconv.Itoa(maxNumberLength)+" characters")
		return 0
	}
	return n
}

// time reads an RFC 3339 time.
func (d *decoder) time(f field, name string, v *fastjson.Value) (t time.Time) {
	if !d.once(f, name) {
		return t
	}
	s, ok := d.bytes(name, v, MaxID)
	if !ok {
		return t
	}
	if t.UnmarshalText(s) != nil {
		d.fail(name, `is not an RFC 3339 time such as "2026-01-02T15:04:05.678Z"`)
		return t
	}
	t = t.UTC()
	if year := t.Year(); year < MinYear || year >= MaxYear {
		d.fail(name, "is not between the years "+strconv.Itoa(MinYear)+" and "+strconv.Itoa(MaxYear))
	}
	return t
}

// labels reads an array of names.
func (d *decoder) labels(f field, name string, v *fastjson.Value) {
	if !d.once(f, name) {
		return
	}
	list, err := v.Array()
	switch {
	case err != nil:
		d.wrongType(name, "an array of strings", v)
	case len(list) > MaxLabels:
		d.fail(name, "holds more than "+strconv.Itoa(MaxLabels)+" labels")
	case len(list) > 0:
		d.e.Labels = make([]string, len(list))
		for i, l := range list {
			s, ok := d.bytes(name, l, MaxName)
			if !ok {
				return
			}
			if len(s) == 0 {
				d.fail(name, "holds an empty label")
				return
			}
			d.gather(s, &d.e.Labels[i])
		}
	}
}

// object reads a field that has fields of its own.
func (d *decoder) object(f field, name string, v *fastjson.Value, each func([]byte, *fastjson.Value)) {
	if !d.once(f, name) {
		return
	}
	o, err := v.Object()
	if err != nil {
		d.wrongType(name, "an object", v)
		return
	}
	o.Visit(each)
}

func (d *decoder) wrongType(name, want string, v *fastjson.Value) {
	got := v.Type()
	switch got {
	case fastjson.TypeNull:
		d.fail(name, "has to be "+want+", not null; leave it out instead")
	case fastjson.TypeTrue, fastjson.TypeFalse:
		d.fail(name, "has to be "+want+", not a boolean")
	case fastjson.TypeArray, fastjson.TypeObject:
		d.fail(name, "has to be "+want+", not an "+got.String())
	default:
		d.fail(name, "has to be "+want+", not a "+got.String())
	}
}
