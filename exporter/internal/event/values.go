package event

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/valyala/fastjson"
)

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
	if !looksLikeRFC3339(s) || t.UnmarshalText(s) != nil {
		d.fail(name, `is not an RFC 3339 time such as "2026-01-02T15:04:05.678Z"`)
		return t
	}
	t = t.UTC()
	if year := t.Year(); year < MinYear || year >= MaxYear {
		d.fail(name, "is not between the years "+strconv.Itoa(MinYear)+" and "+strconv.Itoa(MaxYear))
	}
	return t
}

// looksLikeRFC3339 checks the form, about which time.Time is lenient; what the
// numbers may be is left to it.
func looksLikeRFC3339(s []byte) bool {
	const form = "0000-00-00T00:00:00"
	if len(s) <= len(form) || !hasForm(s[:len(form)], form) {
		return false
	}
	if s = s[len(form):]; s[0] == '.' {
		n := 1
		for n < len(s) && s[n] >= '0' && s[n] <= '9' {
			n++
		}
		if n == 1 {
			return false
		}
		s = s[n:]
	}
	return hasForm(s, "Z") || hasForm(s, "+00:00") || hasForm(s, "-00:00")
}

// hasForm tells whether s is form with any digits in place of its zeros.
func hasForm(s []byte, form string) bool {
	if len(s) != len(form) {
		return false
	}
	for i, c := range s {
		if form[i] == '0' && (c < '0' || c > '9') || form[i] != '0' && c != form[i] {
			return false
		}
	}
	return true
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
