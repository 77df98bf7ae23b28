package chatwoot

import (
	"strconv"
	"strings"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// jsonObject appends an object's members as Rails writes them: no space between
// tokens, what is not ASCII as it is, and what HTML could take for its own
// escaped.
type jsonObject struct {
	b    []byte
	some bool
}

var railsEscapes = strings.NewReplacer("&", `\u0026`, "<", `\u003c`, ">", `\u003e`, "\u2028", `\u2028`, "\u2029", `\u2029`)

func (o *jsonObject) open()  { o.b, o.some = append(o.b, '{'), false }
func (o *jsonObject) close() { o.b, o.some = append(o.b, '}'), true }

func (o *jsonObject) key(k string) {
	o.comma()
	o.b = append(wire.AppendString(o.b, k), ':')
}

func (o *jsonObject) comma() {
	if o.some {
		o.b = append(o.b, ',')
	}
	o.some = true
}

func (o *jsonObject) object(k string, fill func()) {
	o.key(k)
	o.open()
	fill()
	o.close()
}

// list writes a member that is an array of objects, one by each fill.
func (o *jsonObject) list(k string, fill ...func()) {
	o.key(k)
	o.b = append(o.b, '[')
	o.some = false
	for _, f := range fill {
		o.comma()
		o.open()
		f()
		o.close()
	}
	o.b, o.some = append(o.b, ']'), true
}

func (o *jsonObject) words(k string, list []string) {
	o.key(k)
	o.b = append(o.b, '[')
	o.some = false
	for _, s := range list {
		o.comma()
		o.string(s)
	}
	o.b, o.some = append(o.b, ']'), true
}

func (o *jsonObject) string(s string) {
	// The escapes hold no quote and no lone backslash, so that they can be put
	// in afterwards.
	o.b = append(o.b, railsEscapes.Replace(string(wire.AppendString(nil, s)))...)
}

func (o *jsonObject) str(k, v string) {
	o.key(k)
	o.string(v)
}

// orNull writes null where there is nothing to say.
func (o *jsonObject) orNull(k, v string) {
	if v == "" {
		o.null(k)
		return
	}
	o.str(k, v)
}

func (o *jsonObject) null(k string) { o.raw(k, "null") }

func (o *jsonObject) raw(k, v string) {
	o.key(k)
	o.b = append(o.b, v...)
}

func (o *jsonObject) bool(k string, v bool) { o.raw(k, strconv.FormatBool(v)) }

func (o *jsonObject) int(k string, v int64) {
	o.key(k)
	o.b = strconv.AppendInt(o.b, v, 10)
}

// seconds writes a time as Unix seconds, 0 where there is none.
func (o *jsonObject) seconds(k string, t time.Time) {
	if t.IsZero() {
		o.int(k, 0)
		return
	}
	o.int(k, t.Unix())
}

// fraction writes a time as Unix seconds to the microsecond.
func (o *jsonObject) fraction(k string, t time.Time) {
	o.key(k)
	o.b = strconv.AppendInt(o.b, t.Unix(), 10)
	micros := strings.TrimRight(strconv.Itoa(1_000_000 + t.Nanosecond()/1000)[1:], "0")
	if micros == "" {
		micros = "0"
	}
	o.b = append(append(o.b, '.'), micros...)
}

// iso writes a time to the millisecond, null where there is none.
func (o *jsonObject) iso(k string, t time.Time) {
	if t.IsZero() {
		o.null(k)
		return
	}
	o.str(k, iso(t))
}

func iso(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
