package respondio

import (
	"strconv"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// jsonObject appends an object's members as respond.io writes them: no space
// between tokens, what is not ASCII as it is.
type jsonObject struct {
	b    []byte
	some bool
}

func (o *jsonObject) open()  { o.b, o.some = append(o.b, '{'), false }
func (o *jsonObject) close() { o.b, o.some = append(o.b, '}'), true }

func (o *jsonObject) key(k string) {
	if o.some {
		o.b = append(o.b, ',')
	}
	o.some = true
	o.b = append(wire.AppendString(o.b, k), ':')
}

func (o *jsonObject) object(k string, fill func()) {
	o.key(k)
	o.open()
	fill()
	o.close()
}

// list writes a member that is an array of one object.
func (o *jsonObject) list(k string, fill func()) {
	o.key(k)
	o.b = append(o.b, '[')
	o.open()
	fill()
	o.close()
	o.b = append(o.b, ']')
}

func (o *jsonObject) str(k, v string) {
	o.key(k)
	o.b = wire.AppendString(o.b, v)
}

// orNull writes null where there is nothing to say.
func (o *jsonObject) orNull(k, v string) {
	if v == "" {
		o.null(k)
		return
	}
	o.str(k, v)
}

func (o *jsonObject) null(k string) {
	o.key(k)
	o.b = append(o.b, "null"...)
}

func (o *jsonObject) int(k string, v int64) {
	o.key(k)
	o.b = strconv.AppendInt(o.b, v, 10)
}

func (o *jsonObject) float(k string, v float64) {
	o.key(k)
	o.b = strconv.AppendFloat(o.b, v, 'f', -1, 64)
}
