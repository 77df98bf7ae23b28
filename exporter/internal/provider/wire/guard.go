package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

// Bounds of one body: what it can make the parser allocate. They are wide
// enough never to meet an honest one; the deepest documented payload of a
// vendor has 12 levels.
const (
	MaxDepth  = 32
	MaxValues = 400_000
)

// Bounds of one string. The journal's records are bounded, so a text has to
// be; WhatsApp's own limit for a text is 4096 characters. A longer id is none.
const (
	MaxID   = 512
	MaxName = 256
	MaxText = 64 << 10
)

// CheckShape refuses bodies that are deeper or have more values than any
// vendor's before the parser spends memory on them. It does not judge syntax.
func CheckShape(b []byte) error {
	depth, values := 0, 1
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			end := stringEnd(b, i+1)
			if end < 0 {
				return nil // the parser says what is wrong
			}
			i = end
		case '{', '[':
			if depth++; depth > MaxDepth {
				return fmt.Errorf("%w: nested deeper than %d levels at byte %d", provider.ErrMalformed, MaxDepth, i)
			}
		case '}', ']':
			depth--
		case ',':
			if values++; values > MaxValues {
				return fmt.Errorf("%w: more than %d values at byte %d", provider.ErrMalformed, MaxValues, i)
			}
		}
	}
	return nil
}

// stringEnd gives the index of the quote that ends the string whose first
// character is at i, -1 without one.
func stringEnd(b []byte, i int) int {
	for start := i; ; i++ {
		n := bytes.IndexByte(b[i:], '"')
		if n < 0 {
			return -1
		}
		i += n
		slashes := i
		for slashes > start && b[slashes-1] == '\\' {
			slashes--
		}
		if (i-slashes)%2 == 0 {
			return i
		}
	}
}

// SyntaxError says where a body stops being JSON. The parser's own error
// quotes the body, which may hold what a customer wrote.
func SyntaxError(body []byte) error {
	var raw json.RawMessage
	var syntax *json.SyntaxError
	if err := json.Unmarshal(body, &raw); errors.As(err, &syntax) {
		return fmt.Errorf("%w: no valid JSON from byte %d of %d", provider.ErrMalformed, syntax.Offset, len(body))
	}
	return fmt.Errorf("%w: no valid JSON in %d bytes", provider.ErrMalformed, len(body))
}
