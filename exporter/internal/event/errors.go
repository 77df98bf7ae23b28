package event

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ErrInvalid is wrapped by every error about what stands in a body, as opposed
// to one about reading it.
var ErrInvalid = errors.New("not a canonical event")

// FieldError says where a body is wrong and what is expected there. It never
// holds a value of a field, the name of an unknown kind aside: its text may be
// logged and sent back to the sender.
type FieldError struct {
	// Index counts the events of the body from 1 on; 0 where the body as a
	// whole is wrong.
	Index int
	// Field is the path of the field ("message.template.name"), "" where the
	// event as a whole is wrong.
	Field string
	// Problem continues a sentence that begins with the field.
	Problem string
}

func (e *FieldError) Error() string {
	var b strings.Builder
	if e.Index > 0 {
		fmt.Fprintf(&b, "event %d: ", e.Index)
	}
	if e.Field != "" {
		fmt.Fprintf(&b, "field %s ", e.Field)
	}
	b.WriteString(e.Problem)
	return b.String()
}

// Unwrap gives ErrInvalid.
func (e *FieldError) Unwrap() error { return ErrInvalid }

// maxShown bounds what an error repeats of a name that the sender chose.
const maxShown = 64

// shown makes a sender's name fit for an error text: short, and quoted unless
// it is made of the characters that names of fields are made of.
func shown(name []byte) string {
	if len(name) > maxShown {
		cut := maxShown
		for cut > maxShown-utf8.UTFMax && !utf8.RuneStart(name[cut]) {
			cut--
		}
		return strconv.QuoteToASCII(string(name[:cut])) + "…"
	}
	for _, c := range name {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' && c != '.' && c != '-' {
			return strconv.QuoteToASCII(string(name))
		}
	}
	if len(name) == 0 {
		return `""`
	}
	return string(name)
}
