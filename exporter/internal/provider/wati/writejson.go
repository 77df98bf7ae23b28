package wati

import "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"

// jsonObject appends the members of a flat object, in the order of Wati's own.
type jsonObject struct{ b []byte }

func (o *jsonObject) key(k string) {
	if len(o.b) == 0 {
		o.b = append(o.b, '{')
	} else {
		o.b = append(o.b, ',')
	}
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

// raw writes a value that is JSON already.
func (o *jsonObject) raw(k, v string) {
	o.key(k)
	o.b = append(o.b, v...)
}

// nulls writes members of which nothing is known.
func (o *jsonObject) nulls(keys ...string) {
	for _, k := range keys {
		o.raw(k, "null")
	}
}

func (o *jsonObject) end() []byte { return append(o.b, '}') }
