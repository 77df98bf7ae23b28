package explain

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// The layout: times on the left, everything else from indent on, lines of
// series broken between labels where they are longer than width.
const (
	width  = 100
	indent = "              "
)

// lateFrom is how much later than its time an event has to come for it to be
// said.
const lateFrom = time.Second

// WriteText writes the timeline for people to read.
func (t *Timeline) WriteText(w io.Writer) error {
	var b bytes.Buffer
	t.head(&b)
	day := ""
	for i := range t.Steps {
		s := &t.Steps[i]
		if d := s.Time.Format(time.DateOnly); d != day {
			day = d
			fmt.Fprintf(&b, "\n%s %s\n", d, s.Time.Weekday())
		}
		s.write(&b)
	}
	if t.LeftOut > 0 {
		fmt.Fprintf(&b, "\n%d more steps are left out.\n", t.LeftOut)
	}
	_, err := w.Write(printable(b.Bytes()))
	return err
}

// printable replaces control characters: names come from providers, and a
// terminal obeys some.
func printable(b []byte) []byte {
	return bytes.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' || unicode.Is(unicode.Cf, r) {
			return utf8.RuneError
		}
		return r
	}, b)
}

func (t *Timeline) head(b *bytes.Buffer) {
	fmt.Fprintf(b, "Conversation %s\n", t.ID)
	line := func(name, format string, args ...any) {
		fmt.Fprintf(b, "  %-15s %s\n", name, fmt.Sprintf(format, args...))
	}
	where := "unknown"
	if t.Source != "" {
		where = t.Source + ", inbox " + t.Inbox
	}
	if t.Team != "" {
		where += ", team " + t.Team
	}
	line("Source", "%s", where)
	if t.RequestType != "" {
		line("Request type", "%s", t.RequestType)
	} else {
		line("Request type", "not decided yet")
	}
	opened := "before the first record that there is; what happened until then is not shown"
	if t.Opened != nil {
		opened = t.Opened.Format(time.DateOnly) + " " + clock(*t.Opened) + " UTC"
	}
	if t.Trigger != "" {
		opened += ", " + t.Trigger
	}
	line("Opened", "%s", opened)
	switch {
	case t.Closed != nil:
		closed := t.Closed.Format(time.DateOnly) + " " + clock(*t.Closed) + " UTC, " + closedHow[t.ClosedBy]
		if t.Opened != nil {
			closed += ", after " + took(int64(t.Closed.Sub(*t.Opened)))
		}
		line("Closed", "%s", closed)
	case t.State == "closed":
		line("Closed", "before the first record that there is")
	default:
		line("Closed", "not yet, as of %s %s UTC; state %s", t.AsOf.Format(time.DateOnly), clock(t.AsOf), t.State)
	}
	if owner := t.Owner; owner != "" {
		if t.Agent != "" {
			owner += ", agent " + t.Agent
		}
		line("Owner", "%s", owner)
	}
	if t.FirstResponse != nil {
		line("First response", "%s", took(int64(*t.FirstResponse*1e9+0.5)))
	}
}

func (s *Step) write(b *bytes.Buffer) {
	what := s.What
	if late := s.Received.Sub(s.Time); s.Kind != KindTime && late > lateFrom {
		what += ", received " + took(int64(late)) + " later"
	}
	wrap(b, fmt.Sprintf("%-*s", len(indent), clock(s.Time)), what)
	for _, c := range s.Changes {
		wrap(b, indent+"- ", c.Text)
	}
	for _, c := range s.Counted {
		c.write(b)
	}
	if len(s.Changes)+len(s.Counted) == 0 && s.Kind != KindTime {
		fmt.Fprintf(b, "%schanges nothing\n", indent)
	}
}

// wrap writes a text after what begins its line, broken between words where it
// is too long.
func wrap(b *bytes.Buffer, begin, text string) {
	hang := strings.Repeat(" ", utf8.RuneCountInString(begin))
	line := begin
	for i, word := range strings.Split(text, " ") {
		switch {
		case i == 0:
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width:
			b.WriteString(line + "\n")
			line = hang
		default:
			line += " "
		}
		line += word
	}
	b.WriteString(line + "\n")
}

// write writes the series as Prometheus would be asked for it; labels without
// a value are the same as none.
func (c *Count) write(b *bytes.Buffer) {
	line := indent
	tail := ""
	if c.Type == "histogram" {
		tail = " " + strconv.FormatFloat(c.Value, 'f', -1, 64)
	} else {
		line += "+" + strconv.FormatFloat(c.Value, 'f', -1, 64) + " "
	}
	line += c.Metric
	var labels []string
	for _, n := range c.names {
		if v := c.Labels[n]; v != "" {
			labels = append(labels, n+"="+escaped(v))
		}
	}
	if len(labels) > 0 {
		line += "{"
	}
	for i, l := range labels {
		if i < len(labels)-1 {
			l += ","
		} else {
			l += "}" + tail
		}
		if utf8.RuneCountInString(line)+utf8.RuneCountInString(l) > width && strings.TrimSpace(line) != "" {
			b.WriteString(line + "\n")
			line = indent + "    "
		}
		line += l
	}
	if len(labels) == 0 {
		line += tail
	}
	b.WriteString(line + "\n")
}

// escaped is a label value as the exposition has it.
func escaped(v string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(v) + `"`
}
