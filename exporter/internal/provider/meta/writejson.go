package meta

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// jsonObject appends an object's members. Its form is Meta's: no space between
// tokens, everything beyond ASCII as \uXXXX, slashes as \/.
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
	o.b = append(appendString(o.b, k), ':')
}

// object writes a member that is an object, list one that is an array of one
// object.
func (o *jsonObject) object(k string, fill func()) {
	o.key(k)
	o.open()
	fill()
	o.close()
}

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
	o.b = appendString(o.b, v)
}

// opt writes a member only if there is something to say.
func (o *jsonObject) opt(k, v string) {
	if v != "" {
		o.str(k, v)
	}
}

func (o *jsonObject) int(k string, v int64) {
	o.key(k)
	o.b = strconv.AppendInt(o.b, v, 10)
}

func (o *jsonObject) bool(k string, v bool) {
	o.key(k)
	o.b = strconv.AppendBool(o.b, v)
}

const lowerHex = "0123456789abcdef"

func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			b = appendASCII(b, c)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		if hi, lo := utf16.EncodeRune(r); r > 0xffff {
			b = appendUnit(appendUnit(b, hi), lo)
		} else {
			b = appendUnit(b, r)
		}
	}
	return append(b, '"')
}

func appendASCII(b []byte, c byte) []byte {
	switch c {
	case '"', '\\', '/':
		return append(b, '\\', c)
	case '\b':
		return append(b, `\b`...)
	case '\f':
		return append(b, `\f`...)
	case '\n':
		return append(b, `\n`...)
	case '\r':
		return append(b, `\r`...)
	case '\t':
		return append(b, `\t`...)
	}
	if c < 0x20 {
		return appendUnit(b, rune(c))
	}
	return append(b, c)
}

func appendUnit(b []byte, u rune) []byte {
	return append(b, '\\', 'u', lowerHex[u>>12&15], lowerHex[u>>8&15], lowerHex[u>>4&15], lowerHex[u&15])
}
