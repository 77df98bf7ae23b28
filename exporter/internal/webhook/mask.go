package webhook

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// MaskBody shows the build of a body without what it says. The output is
// ASCII. Of JSON, damaged and cut JSON included, there remain the punctuation,
// keys that look like field names, true, false and null, numbers of up to
// three digits, and short words of fields that hold enumerations ("type",
// "status"). Other numbers keep their form, as do short texts with digits
// ("0000-00-00x00:00:00x"); all other texts become their length. From the first
// syntax error on, only keys and words of a fixed vocabulary remain, because
// quotes may have changed sides. What is not JSON is dumped, without letters
// and digits.
func MaskBody(body []byte) string {
	start := bytes.TrimLeft(body, " \t\r\n")
	if len(start) == 0 || start[0] != '{' && start[0] != '[' {
		return dump(body)
	}
	m := masker{in: body, out: make([]byte, 0, len(body)+len(body)/4)}
	m.run()
	return string(m.out)
}

// token is what the last piece of JSON was, as far as the next one's meaning
// depends on it.
type token uint8

const (
	atStart token = iota
	afterOpen
	afterComma
	afterKey
	afterColon
	afterValue
)

// masker is a lexer that never gives up: each step consumes at least a byte.
type masker struct {
	in  []byte
	pos int
	out []byte
	// open holds the brackets that are not closed yet.
	open []byte
	last token
	// key is the name of the field whose value comes next, nil if it is masked.
	key []byte
	// broken: a syntax error was met.
	broken bool
}

func (m *masker) run() {
	for m.pos < len(m.in) {
		switch c := m.in[m.pos]; c {
		case ' ', '\t', '\r', '\n':
			m.emit(c)
		case '{', '[':
			m.need(m.valuePlace())
			m.open = append(m.open, c)
			m.last = afterOpen
			m.emit(c)
		case '}', ']':
			m.close(c)
			m.emit(c)
		case ':':
			m.need(m.last == afterKey)
			m.last = afterColon
			m.emit(c)
		case ',':
			m.need(m.last == afterValue && len(m.open) > 0)
			m.last = afterComma
			m.emit(c)
		case '"':
			m.text()
		default:
			m.bare()
		}
	}
}

func (m *masker) emit(c byte) {
	m.out = append(m.out, c)
	m.pos++
}

func (m *masker) need(ok bool) {
	if !ok {
		m.broken = true
	}
}

func (m *masker) inObject() bool {
	return len(m.open) > 0 && m.open[len(m.open)-1] == '{'
}

func (m *masker) keyPlace() bool {
	return m.inObject() && (m.last == afterOpen || m.last == afterComma)
}

func (m *masker) valuePlace() bool {
	switch {
	case len(m.open) == 0:
		// Values one after the other are newline-delimited JSON.
		return m.last == atStart || m.last == afterValue
	case m.inObject():
		return m.last == afterColon
	}
	return m.last == afterOpen || m.last == afterComma
}

func (m *masker) close(c byte) {
	opened := byte('{')
	if c == ']' {
		opened = '['
	}
	m.need(len(m.open) > 0 && m.open[len(m.open)-1] == opened &&
		(m.last == afterOpen || m.last == afterValue))
	if len(m.open) > 0 {
		m.open = m.open[:len(m.open)-1]
	}
	m.last = afterValue
}

// text masks a string, the opening quote of which is the next byte.
func (m *masker) text() {
	raw, characters, closed := m.quoted()
	m.need(closed)
	isKey := m.keyPlace()
	if isKey {
		m.key = nil
		if showsKey(raw, m.broken) {
			m.key = raw
		}
		m.last = afterKey
	} else {
		m.need(m.valuePlace())
		m.last = afterValue
	}
	m.out = append(m.out, '"')
	switch {
	case isKey && m.key != nil:
		m.out = append(m.out, raw...)
	case isKey:
		m.out = append(m.out, "<key>"...)
	case showsWord(m.key, raw, m.broken):
		m.out = append(m.out, raw...)
	case hasForm(raw):
		m.out = appendForm(m.out, raw)
	default:
		m.out = append(m.out, "<text, "...)
		m.out = appendCount(m.out, characters)
		m.out = append(m.out, " characters>"...)
	}
	if closed {
		m.out = append(m.out, '"')
	} else {
		m.out = append(m.out, " <cut>"...)
	}
	if !isKey && !m.inArray() {
		m.key = nil
	}
}

func (m *masker) inArray() bool { return len(m.open) > 0 && !m.inObject() }

// quoted consumes a string and gives what stands between its quotes, and its
// length in characters.
func (m *masker) quoted() (raw []byte, characters int, closed bool) {
	m.pos++
	start := m.pos
	for m.pos < len(m.in) {
		c := m.in[m.pos]
		switch {
		case c == '"':
			raw = m.in[start:m.pos]
			m.pos++
			return raw, characters, true
		case c == '\\':
			m.pos = min(m.pos+escapeLength(m.in[m.pos:]), len(m.in))
		case c < utf8.RuneSelf:
			m.pos++
		default:
			_, size := utf8.DecodeRune(m.in[m.pos:])
			m.pos += size
		}
		characters++
	}
	return m.in[start:], characters, false
}

// bare masks what stands outside of strings up to the next delimiter.
func (m *masker) bare() {
	start := m.pos
	for m.pos < len(m.in) && strings.IndexByte(" \t\r\n{}[]:,\"", m.in[m.pos]) < 0 {
		m.pos++
	}
	word := m.in[start:m.pos]
	m.need(m.valuePlace())
	m.last = afterValue
	switch string(word) {
	case "true", "false", "null":
		m.out = append(m.out, word...)
		return
	}
	if isNumber(word) {
		if len(word) <= 3 {
			m.out = append(m.out, word...)
		} else {
			m.out = appendForm(m.out, word)
		}
		return
	}
	m.broken = true
	m.out = appendForm(m.out, word)
}
