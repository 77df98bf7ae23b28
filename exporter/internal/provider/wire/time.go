package wire

import (
	"strconv"
	"time"

	"github.com/valyala/fastjson"
)

// Time reads a time as vendors write it: ISO 8601 with a zone, or Unix time in
// seconds (with a fraction or not), milliseconds or microseconds, which are told
// apart by their size. What lies outside the years 2001 to 2100 is no event's
// time. The result is in UTC.
func Time(b []byte) (time.Time, bool) {
	if len(b) == 0 || len(b) > 40 {
		return time.Time{}, false
	}
	for _, c := range b {
		if (c < '0' || c > '9') && c != '.' {
			t, err := time.Parse(time.RFC3339Nano, string(b))
			if err != nil || t.Unix() < minSeconds || t.Unix() > maxSeconds {
				return time.Time{}, false
			}
			return t.UTC(), true
		}
	}
	return unix(string(b))
}

// TimeAt is Time of the string or number at key.
func TimeAt(v *fastjson.Value, key string) (time.Time, bool) { return Time(Scalar(v, key)) }

func unix(s string) (time.Time, bool) {
	whole, fraction := s, ""
	for i := range len(s) {
		if s[i] == '.' {
			whole, fraction = s[:i], s[i+1:]
			break
		}
	}
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || n < minSeconds {
		return time.Time{}, false
	}
	nanos := int64(0)
	switch {
	case n <= maxSeconds:
		// A fraction is read to the nanosecond; a float64 would be off by 200.
		if fraction = (fraction + "000000000")[:9]; fraction != "" {
			if nanos, err = strconv.ParseInt(fraction, 10, 64); err != nil || nanos < 0 {
				return time.Time{}, false
			}
		}
	case n <= maxSeconds*1e3:
		n, nanos = n/1e3, n%1e3*1e6
	case n <= maxSeconds*1e6:
		n, nanos = n/1e6, n%1e6*1e3
	default:
		return time.Time{}, false
	}
	if n < minSeconds {
		return time.Time{}, false
	}
	return time.Unix(n, nanos).UTC(), true
}
