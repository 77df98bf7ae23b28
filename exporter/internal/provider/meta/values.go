package meta

import (
	"strconv"
	"time"

	"github.com/valyala/fastjson"
)

// text gives the string at key; nil if there is none or it is no string.
func text(v *fastjson.Value, key string) []byte {
	x := v.Get(key)
	if x == nil || x.Type() != fastjson.TypeString {
		return nil
	}
	b, _ := x.StringBytes()
	return b
}

// list gives the array at key; nil if there is none.
func list(v *fastjson.Value, key string) []*fastjson.Value {
	x := v.Get(key)
	if x == nil || x.Type() != fastjson.TypeArray {
		return nil
	}
	a, _ := x.Array()
	return a
}

// object gives the object at key; nil if there is none.
func object(v *fastjson.Value, key string) *fastjson.Value {
	x := v.Get(key)
	if x == nil || x.Type() != fastjson.TypeObject {
		return nil
	}
	return x
}

// scalar gives a string's or number's text. Meta writes ids, codes and times
// sometimes as the one, sometimes as the other.
func scalar(v *fastjson.Value, key string) []byte {
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

// seconds reads a time in Unix seconds, written as a string or as a number.
func seconds(v *fastjson.Value, key string) (time.Time, bool) {
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

func isAlnum(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
