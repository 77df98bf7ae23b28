package segment

import (
	"bufio"
	"io"
)

// newPlain leaves out the byte order mark that spreadsheets write, and reads a
// semicolon of the first line's as what separates fields: in half of the world
// spreadsheets write it for a comma. Only the first line decides, since a comma
// there means that commas separate.
func newPlain(r io.Reader) io.Reader {
	b := bufio.NewReader(r)
	if mark, err := b.Peek(3); err == nil && string(mark) == "\xef\xbb\xbf" {
		_, _ = b.Discard(3)
	}
	head, _ := b.Peek(256)
	for _, c := range head {
		switch c {
		case ';':
			return &swapped{b}
		case ',', '\n':
			return b
		}
	}
	return b
}

// swapped gives semicolons as commas; a comma would be part of a field, which
// none that matters has.
type swapped struct{ r io.Reader }

func (s *swapped) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	for i := range p[:n] {
		switch p[i] {
		case ';':
			p[i] = ','
		case ',':
			p[i] = ' '
		}
	}
	return n, err
}
