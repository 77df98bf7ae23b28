// Package segment tells what kind of customer a contact is: by a list of the
// business's own (CSV), or by what the provider says of the contact. The
// segments are a closed list, so that they can be a label.
package segment

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
)

// Bounds of a list.
const (
	MaxContacts = 2_000_000
	maxField    = 512
	// maxRefusals are described one by one; the rest is counted.
	maxRefusals = 20
)

// Hash gives the keyed hash of a contact, so that a list in memory holds no
// phone numbers.
type Hash func(source, contact string) record.Key

// Table is a configuration of segments and one reading of its list. It is never
// changed after New or Read and may be used concurrently.
type Table struct {
	hash   Hash
	names  []string
	values map[string]string
	// contacts of all sources stand under the source "".
	contacts map[record.Key]uint8
}

// New is a Table without a list.
func New(cfg config.Segments, hash Hash) *Table {
	t := &Table{hash: hash, names: slices.Clone(cfg.Names), values: maps.Clone(cfg.Values)}
	if t.values == nil {
		t.values = make(map[string]string, len(cfg.Names))
	}
	for _, name := range cfg.Names {
		t.values[strings.ToLower(name)] = name
	}
	return t
}

// Configured tells whether there are segments at all.
func (t *Table) Configured() bool { return len(t.names) > 0 }

// Lookup gives the segment of a contact that goes by contact and perhaps alias,
// "" where there is none. said is what the provider says of it; unknown tells
// that it said something that means nothing.
func (t *Table) Lookup(source, contact, alias, said string) (name string, unknown bool) {
	if len(t.contacts) > 0 {
		for _, id := range [...]string{contact, alias} {
			if id == "" {
				continue
			}
			id = normal(id)
			for _, of := range [...]string{source, ""} {
				if i, ok := t.contacts[t.hash(of, id)]; ok {
					return t.names[i], false
				}
			}
		}
	}
	if said == "" {
		return "", false
	}
	if name, ok := t.values[said]; ok { // spares the copy
		return name, false
	}
	name, ok := t.values[strings.ToLower(strings.TrimSpace(said))]
	return name, !ok
}

// Contacts counts those of each segment.
func (t *Table) Contacts() map[string]int {
	n := make(map[string]int, len(t.names))
	for _, name := range t.names {
		n[name] = 0
	}
	for _, i := range t.contacts {
		n[t.names[i]]++
	}
	return n
}

// Report is what came of reading a list.
type Report struct {
	// Taken lines, and Refused ones, without the header and empty lines.
	Taken, Refused int
	// Refusals describes the first ones. It never repeats a contact.
	Refusals []Refusal
}

// Refusal is a line that was left out.
type Refusal struct {
	Line int
	Why  string
}

func (r Refusal) String() string { return fmt.Sprintf("line %d: %s", r.Line, r.Why) }

func (r *Report) refuse(line int, why string, args ...any) {
	if r.Refused++; len(r.Refusals) < maxRefusals {
		r.Refusals = append(r.Refusals, Refusal{line, fmt.Sprintf(why, args...)})
	}
}

// ErrList: the file is no list of segments at all.
var ErrList = errors.New("no list of segments")

// Read is New with the list in r: CSV with a header line that names the columns
// contact, segment and, where ids of several sources differ, source. A line that
// cannot be used is left out and reported; the error, which wraps ErrList, is
// for files that are no such list.
func Read(r io.Reader, cfg config.Segments, sources []string, hash Hash) (*Table, Report, error) {
	var report Report
	t := New(cfg, hash)
	t.contacts = make(map[record.Key]uint8)
	in := csv.NewReader(newPlain(r))
	in.FieldsPerRecord, in.ReuseRecord, in.TrimLeadingSpace = -1, true, true
	head, err := in.Read()
	if err != nil {
		return nil, report, fmt.Errorf("%w: it has no header line contact,segment", ErrList)
	}
	at, err := columns(head)
	if err != nil {
		return nil, report, err
	}
	index := make(map[string]uint8, len(t.names))
	for i, name := range t.names {
		index[strings.ToLower(name)] = uint8(i)
	}
	lines := make(map[record.Key]int)
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			return t, report, nil
		}
		var bad *csv.ParseError
		if errors.As(err, &bad) {
			report.refuse(bad.StartLine, "quotes are not closed or stand in the middle of a field")
			continue
		}
		if err != nil {
			return nil, report, fmt.Errorf("%w: %w", ErrList, err)
		}
		line, _ := in.FieldPos(0)
		contact, name, source := field(row, at.contact), field(row, at.segment), field(row, at.source)
		seg, known := index[strings.ToLower(name)]
		switch {
		case contact == "" && name == "":
			continue
		case contact == "":
			report.refuse(line, "the contact is missing")
		case len(contact) > maxField:
			report.refuse(line, "the contact is longer than %d bytes", maxField)
		case name == "":
			report.refuse(line, "the segment is missing")
		case !known:
			report.refuse(line, "the segment %.40q is none of segments.names", name)
		case source != "" && !slices.Contains(sources, source):
			report.refuse(line, "the source %.40q is not configured", source)
		case len(t.contacts) >= MaxContacts:
			report.refuse(line, "there are more than %d contacts", MaxContacts)
		default:
			key := hash(source, normal(contact))
			if first, twice := lines[key]; twice {
				report.refuse(line, "the contact stands in line %d already", first)
				continue
			}
			lines[key] = line
			t.contacts[key] = seg
			report.Taken++
		}
	}
}

type places struct{ contact, segment, source int }

func columns(head []string) (places, error) {
	at := places{-1, -1, -1}
	for i, name := range head {
		to := map[string]*int{"contact": &at.contact, "segment": &at.segment, "source": &at.source}[strings.ToLower(strings.TrimSpace(name))]
		switch {
		case to == nil:
			// Whoever exports customers exports more of them.
		case *to >= 0:
			return at, fmt.Errorf("%w: the column %s stands there twice", ErrList, name)
		default:
			*to = i
		}
	}
	if at.contact < 0 || at.segment < 0 {
		return at, fmt.Errorf("%w: the first line has to name the columns contact and segment", ErrList)
	}
	return at, nil
}

func field(row []string, i int) string {
	if i < 0 || i >= len(row) {
		return ""
	}
	return strings.TrimSpace(row[i])
}

// normal writes a phone number as providers do, in digits alone; any other id
// stays as it is.
func normal(id string) string {
	plain := true
	for i := range len(id) {
		switch c := id[i]; {
		case '0' <= c && c <= '9':
		case c == '+' && i == 0, c == ' ', c == '-', c == '(', c == ')', c == '.', c == '/':
			plain = false
		default:
			return id
		}
	}
	if plain {
		return id
	}
	b := make([]byte, 0, len(id))
	for i := range len(id) {
		if c := id[i]; '0' <= c && c <= '9' {
			b = append(b, c)
		}
	}
	return string(b)
}
