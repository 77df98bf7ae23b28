package wire

import (
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/valyala/fastjson"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

// Text gives the string at key; nil if there is none or it is no string.
func Text(v *fastjson.Value, key string) []byte {
	x := v.Get(key)
	if x == nil || x.Type() != fastjson.TypeString {
		return nil
	}
	b, _ := x.StringBytes()
	return b
}

// List gives the array at key; nil if there is none.
func List(v *fastjson.Value, key string) []*fastjson.Value {
	x := v.Get(key)
	if x == nil || x.Type() != fastjson.TypeArray {
		return nil
	}
	a, _ := x.Array()
	return a
}

// Object gives the object at key; nil if there is none.
func Object(v *fastjson.Value, key string) *fastjson.Value {
	x := v.Get(key)
	if x == nil || x.Type() != fastjson.TypeObject {
		return nil
	}
	return x
}

// Scalar gives a string's or number's text, as it is written. Vendors write
// ids, codes and times sometimes as the one, sometimes as the other.
func Scalar(v *fastjson.Value, key string) []byte {
	x := v.Get(key)
	if x == nil {
		return nil
	}
	switch x.Type() {
	case fastjson.TypeString:
		b, _ := x.StringBytes()
		return b
	case fastjson.TypeNumber:
		return x.MarshalTo(nil)
	}
	return nil
}

// Times outside are no event's: the first is in 2001, the second in 2100, and
// milliseconds are far beyond it.
const (
	minSeconds = 1_000_000_000
	maxSeconds = 4_102_444_800
)

// Seconds reads a time in Unix seconds, written as a string or as a number.
func Seconds(v *fastjson.Value, key string) (time.Time, bool) {
	x := v.Get(key)
	if x == nil {
		return time.Time{}, false
	}
	var n int64
	var err error
	switch x.Type() {
	case fastjson.TypeString:
		b, _ := x.StringBytes()
		n, err = strconv.ParseInt(string(b), 10, 64)
	case fastjson.TypeNumber:
		n, err = x.Int64()
	default:
		return time.Time{}, false
	}
	if err != nil || n < minSeconds || n > maxSeconds {
		return time.Time{}, false
	}
	return time.Unix(n, 0).UTC(), true
}

// IsAlnum tells ASCII letters and digits.
func IsAlnum(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// Cut shortens b to at most n bytes without splitting a character.
func Cut(b []byte, n int) []byte {
	if len(b) <= n {
		return b
	}
	for n > 0 && !utf8.RuneStart(b[n]) {
		n--
	}
	return b[:n]
}

// Bool gives the truth at key: true, "true" or 1 in any type; false else.
func Bool(v *fastjson.Value, key string) bool {
	x := v.Get(key)
	if x == nil {
		return false
	}
	switch x.Type() {
	case fastjson.TypeTrue:
		return true
	case fastjson.TypeString:
		b, _ := x.StringBytes()
		return string(b) == "true" || string(b) == "1"
	case fastjson.TypeNumber:
		n, err := x.Int64()
		return err == nil && n == 1
	}
	return false
}

// Null tells that there is nothing at key, or null.
func Null(v *fastjson.Value, key string) bool {
	x := v.Get(key)
	return x == nil || x.Type() == fastjson.TypeNull
}

// Parse reads a body that has to be a JSON object, within the bounds. Its error
// wraps provider.ErrMalformed and holds nothing of the body. The value is valid
// until the parser's next use.
func Parse(p *fastjson.Parser, body []byte) (*fastjson.Value, error) {
	if err := CheckShape(body); err != nil {
		return nil, err
	}
	root, err := p.ParseBytes(body)
	if err != nil {
		return nil, SyntaxError(body)
	}
	if root.Type() != fastjson.TypeObject {
		return nil, fmt.Errorf("%w: the top level is no JSON object", provider.ErrMalformed)
	}
	return root, nil
}

// ParseArray is Parse for a body that has to be a JSON array.
func ParseArray(p *fastjson.Parser, body []byte) ([]*fastjson.Value, error) {
	if err := CheckShape(body); err != nil {
		return nil, err
	}
	root, err := p.ParseBytes(body)
	if err != nil {
		return nil, SyntaxError(body)
	}
	if root.Type() != fastjson.TypeArray {
		return nil, fmt.Errorf("%w: the top level is no JSON array", provider.ErrMalformed)
	}
	return root.GetArray(), nil
}

// AppendString appends s to dst as a JSON string as vendors write them: what is
// not ASCII as it is, no escapes of < > & or the slash.
func AppendString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		case c == '\t':
			dst = append(dst, '\\', 't')
		case c < 0x20:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}
