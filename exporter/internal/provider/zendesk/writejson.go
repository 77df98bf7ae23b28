package zendesk

import (
	"strconv"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// jsonObject appends an object's members.
type jsonObject struct {
	b    []byte
	some bool
}

// object gives an object whose members fill appends.
func object(fill func(*jsonObject)) []byte {
	o := jsonObject{b: []byte{'{'}}
	fill(&o)
	return append(o.b, '}')
}

func (o *jsonObject) key(k string) {
	if o.some {
		o.b = append(o.b, ',')
	}
	o.some = true
	o.b = append(wire.AppendString(o.b, k), ':')
}

func (o *jsonObject) str(k, v string) {
	o.key(k)
	o.b = wire.AppendString(o.b, v)
}

// orNull writes null where there is nothing to say.
func (o *jsonObject) orNull(k, v string) {
	if v == "" {
		o.raw(k, "null")
		return
	}
	o.str(k, v)
}

func (o *jsonObject) raw(k, v string) {
	o.key(k)
	o.b = append(o.b, v...)
}

func (o *jsonObject) int(k string, v int64)      { o.raw(k, strconv.FormatInt(v, 10)) }
func (o *jsonObject) bool(k string, v bool)      { o.raw(k, strconv.FormatBool(v)) }
func (o *jsonObject) time(k string, t time.Time) { o.str(k, stampOf(t)) }

func (o *jsonObject) object(k string, fill func(*jsonObject)) {
	o.key(k)
	o.b = append(o.b, object(fill)...)
}

// words writes a list of strings.
func (o *jsonObject) words(k string, list []string) {
	o.key(k)
	o.b = append(o.b, '[')
	for i, s := range list {
		if i > 0 {
			o.b = append(o.b, ',')
		}
		o.b = wire.AppendString(o.b, s)
	}
	o.b = append(o.b, ']')
}

// stampOf writes a time as Zendesk does: nothing of a fraction that is 0.
func stampOf(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.999999999Z07:00") }
