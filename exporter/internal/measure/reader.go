package measure

import (
	"encoding/binary"
	"fmt"
	"unicode/utf8"
)

// reader reads varints and what is made of them. After the first fault it
// returns zeros and keeps the error.
type reader struct {
	b   []byte
	err error
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: "+format, append([]any{ErrSnapshot}, args...)...)
		r.b = nil
	}
}

func (r *reader) end() error {
	if r.err == nil && len(r.b) > 0 {
		r.fail("%d bytes too many", len(r.b))
	}
	return r.err
}

func (r *reader) byte() byte {
	if len(r.b) == 0 {
		r.fail("it is cut off")
		return 0
	}
	b := r.b[0]
	r.b = r.b[1:]
	return b
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.fail("it is cut off or has a bad number")
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.fail("it is cut off or has a bad number")
		return 0
	}
	r.b = r.b[n:]
	return v
}

// below reads a number that has to be smaller than limit.
func (r *reader) below(limit uint64, what string) uint64 {
	v := r.uvarint()
	if v >= limit {
		r.fail("%s out of range", what)
		return 0
	}
	return v
}

// count reads the length of a list whose items take size bytes at least.
func (r *reader) count(size int, what string) int {
	v := r.uvarint()
	if v > uint64(len(r.b)/size) {
		r.fail("more %s than there is room for", what)
		return 0
	}
	return int(v)
}

func (r *reader) bytes() []byte {
	n := r.count(1, "bytes")
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

func (r *reader) string() string {
	b := r.bytes()
	if !utf8.Valid(b) {
		r.fail("text that is not UTF-8")
		return ""
	}
	return string(b)
}
