package wire

import (
	"bytes"
	"fmt"
	"net/url"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

// MaxPairs is how many parameters a form may have.
const MaxPairs = 2000

// Pair is a parameter of a form, decoded, as it came: untrimmed, empty values
// too.
type Pair struct{ Name, Value string }

// Form is an application/x-www-form-urlencoded body in its own order, in which
// names may come again.
type Form []Pair

// ParseForm reads a body. Its error wraps provider.ErrMalformed and holds
// nothing of it.
func ParseForm(body []byte) (Form, error) {
	n := bytes.Count(body, []byte{'&'}) + 1
	if n > MaxPairs {
		return nil, fmt.Errorf("%w: more than %d parameters", provider.ErrMalformed, MaxPairs)
	}
	form := make(Form, 0, n)
	// One copy: escapes are rare, so most names and values are slices of it.
	rest := string(body)
	for at := 1; rest != ""; at++ {
		part := rest
		if i := indexByte(rest, '&'); i >= 0 {
			part, rest = rest[:i], rest[i+1:]
		} else {
			rest = ""
		}
		if part == "" {
			continue
		}
		name, value := part, ""
		if i := indexByte(part, '='); i >= 0 {
			name, value = part[:i], part[i+1:]
		}
		name, err := url.QueryUnescape(name)
		if err == nil {
			value, err = url.QueryUnescape(value)
		}
		if err != nil {
			return nil, fmt.Errorf("%w: parameter %d of the form is not encoded as forms are", provider.ErrMalformed, at)
		}
		form = append(form, Pair{name, value})
	}
	return form, nil
}

func indexByte(s string, c byte) int {
	for i := range len(s) {
		if s[i] == c {
			return i
		}
	}
	return -1
}

// Get gives the first value of a name, "" without one.
func (f Form) Get(name string) string {
	for i := range f {
		if f[i].Name == name {
			return f[i].Value
		}
	}
	return ""
}

// Has tells whether a name is there, empty or not.
func (f Form) Has(name string) bool {
	for i := range f {
		if f[i].Name == name {
			return true
		}
	}
	return false
}

// Encode writes the form in its order, as a body.
func (f Form) Encode() []byte {
	var b bytes.Buffer
	for i, p := range f {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(url.QueryEscape(p.Name))
		b.WriteByte('=')
		b.WriteString(url.QueryEscape(p.Value))
	}
	return b.Bytes()
}
