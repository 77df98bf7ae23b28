package event

import "bytes"

// Bounds of one event, checked before it is parsed: parsing makes a value of
// some hundred bytes out of each JSON value, so that a few megabytes of "[[[["
// or "1,1,1," would otherwise become a few hundred.
const (
	// maxEvent holds a text of MaxText with each byte escaped, and the rest.
	maxEvent = 1 << 20
	// maxDepth: the deepest field is message.template.name.
	maxDepth = 8
	// maxValues is far above the fields and labels that an event can have.
	maxValues = 500
)

// objectEnd finds where the JSON object ends that b begins with. It gives 0 and
// no problem while the object is not complete. It refuses what is out of bounds
// and control characters in strings (which fastjson lets through beside
// escapes); whatever else is wrong is left to the parser.
func objectEnd(b []byte) (end int, problem string) {
	cut := len(b) > maxEvent
	if cut {
		b = b[:maxEvent]
	}
	depth, values := 0, 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			for i++; i < len(b) && b[i] != '"'; i++ {
				if b[i] == '\\' {
					i++
				} else if b[i] < ' ' {
					return 0, "is not valid JSON: a string holds a control character that is not escaped"
				}
			}
		case '{', '[':
			if depth++; depth > maxDepth {
				return 0, "is nested deeper than any event"
			}
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1, ""
			}
		case ',':
			if values++; values > maxValues {
				return 0, "has more values than any event"
			}
		}
	}
	if cut {
		return 0, "is larger than 1 MiB"
	}
	return 0, ""
}

// hasSurrogate tells whether b may hold an escaped surrogate.
func hasSurrogate(b []byte) bool {
	return bytes.Contains(b, []byte(`\ud`)) || bytes.Contains(b, []byte(`\uD`))
}

// mendSurrogates overwrites each escaped surrogate without its other half by
// the replacement character: senders cut texts in the middle of an emoji, and
// half an emoji is no reason to refuse a customer's message.
func mendSurrogates(b []byte) {
	for i := 0; i+1 < len(b); i++ {
		if b[i] != '\\' {
			continue
		}
		switch first := surrogate(b[i:]); first {
		case highSurrogate:
			if surrogate(b[i+6:]) == lowSurrogate {
				i += 11
				continue
			}
			fallthrough
		case lowSurrogate:
			copy(b[i+2:], "fffd")
			i += 5
		default:
			i++
		}
	}
}

const (
	noSurrogate = iota
	highSurrogate
	lowSurrogate
)

// surrogate tells whether b begins with the escape of one half of a pair.
func surrogate(b []byte) int {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' || b[2]|0x20 != 'd' || !isHex(b[4]) || !isHex(b[5]) {
		return noSurrogate
	}
	switch b[3] | 0x20 {
	case '8', '9', 'a', 'b':
		return highSurrogate
	case 'c', 'd', 'e', 'f':
		return lowSurrogate
	}
	return noSurrogate
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}
