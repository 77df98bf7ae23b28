package config

import (
	"fmt"
	"math"
	"regexp"
	"strings"
	"time"
	"unicode"

	"github.com/prometheus/common/model"
	"go.yaml.in/yaml/v3"
)

const day = 24 * time.Hour

// text gives the words of a value. Numbers are taken as they are written, since
// ids of inboxes and agents look like them.
func (d *decoder) text(n *yaml.Node, at string) (string, bool) {
	if n = d.scalar(n, at); n == nil {
		return "", false
	}
	switch n.ShortTag() {
	case "!!str", "!!int", "!!float", "!!timestamp":
		return n.Value, true
	}
	d.problem(n, at, "expected a text: put it into quotes")
	return "", false
}

// maxLabel is the longest label value, in bytes.
const maxLabel = 128

// label reads a value that becomes the value of a metric's label.
func (d *decoder) label(dst *string) reader {
	return func(n *yaml.Node, at string) {
		s, ok := d.text(n, at)
		if !ok {
			return
		}
		switch i := strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }); {
		case strings.TrimSpace(s) == "":
			d.problem(n, at, "is empty: write a value")
		case i >= 0:
			d.problem(n, at, "holds a character that cannot be seen (%U): remove it", []rune(s[i:])[0])
		case s != strings.TrimSpace(s):
			d.problem(n, at, "begins or ends with white space: remove it")
		case len(s) > maxLabel:
			d.problem(n, at, "is %d bytes long: at most %d", len(s), maxLabel)
		default:
			*dst = s
		}
	}
}

// openLabel is label for values of which there may be more than the cap lets
// through; those above it share the value "other".
func (d *decoder) openLabel(dst *string) reader {
	return func(n *yaml.Node, at string) {
		var s string
		d.label(&s)(n, at)
		if s == "other" {
			d.problem(n, at, `"other" is what values above labels.max_values are folded into: choose another`)
			return
		}
		if s != "" {
			*dst = s
		}
	}
}

var namePattern = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,62}$`)

// name reads a name of our own making; where says what for.
func (d *decoder) name(dst *string, where string) reader {
	return func(n *yaml.Node, at string) {
		s, ok := d.text(n, at)
		if !ok {
			return
		}
		if !namePattern.MatchString(s) {
			d.problem(n, at, "%.40q is not a name: take 1 to 63 of a-z, 0-9, _ and -, the first a letter or digit, as it %s", s, where)
			return
		}
		*dst = s
	}
}

// oneOf reads one of a few words.
func (d *decoder) oneOf(dst *string, words ...string) reader {
	return func(n *yaml.Node, at string) {
		s, ok := d.text(n, at)
		if !ok {
			return
		}
		for _, w := range words {
			if s == w {
				*dst = s
				return
			}
		}
		if near := nearest(s, words); near != "" {
			d.problem(n, at, "%.40q is not known: did you mean %s?", s, near)
			return
		}
		d.problem(n, at, "%.40q is not known: write %s", s, strings.Join(words, ", "))
	}
}

func (d *decoder) boolean(dst *bool) reader {
	return func(n *yaml.Node, at string) {
		if n = d.scalar(n, at); n == nil {
			return
		}
		if n.ShortTag() != "!!bool" || n.Decode(dst) != nil {
			d.problem(n, at, "%.40q is neither true nor false: write one of them", n.Value)
		}
	}
}

// integer reads a whole number from low to high.
func (d *decoder) integer(dst *int, low, high int) reader {
	return func(n *yaml.Node, at string) {
		if n = d.scalar(n, at); n == nil {
			return
		}
		var v int64
		switch {
		case n.ShortTag() != "!!int" || n.Decode(&v) != nil:
			d.problem(n, at, "%.40q is not a whole number: write one from %d to %d", n.Value, low, high)
		case v < int64(low) || v > int64(high):
			d.problem(n, at, "%d is out of bounds: write a number from %d to %d", v, low, high)
		default:
			*dst = int(v)
		}
	}
}

// share reads a part of a whole, from 0 to 1.
func (d *decoder) share(dst *float64) reader {
	return func(n *yaml.Node, at string) {
		if n = d.scalar(n, at); n == nil {
			return
		}
		var v float64
		switch tag := n.ShortTag(); {
		case tag != "!!float" && tag != "!!int" || n.Decode(&v) != nil || math.IsNaN(v):
			d.problem(n, at, "%.40q is not a share: write a number from 0 to 1, such as 0.85 for 85%%", n.Value)
		case v < 0 || v > 1:
			d.problem(n, at, "%v is not a share: write a number from 0 to 1, such as 0.85 for 85%%", v)
		default:
			*dst = math.Abs(v) // -0 is 0
		}
	}
}

// duration reads a time span from low to high.
func (d *decoder) duration(dst *time.Duration, low, high time.Duration) reader {
	return func(n *yaml.Node, at string) {
		if n = d.scalar(n, at); n == nil {
			return
		}
		v, err := parseDuration(n.Value)
		switch {
		case err != nil && (n.ShortTag() == "!!int" || n.ShortTag() == "!!float"):
			d.problem(n, at, "%.40q has no unit: write %.40ss for seconds", n.Value, n.Value)
		case err != nil:
			d.problem(n, at, "%.40q is not a duration: write for example 90s, 15m, 24h or 7d", n.Value)
		case v < 0:
			d.problem(n, at, "%s is negative: write a duration from %s to %s", n.Value, span(low), span(high))
		case v < low || v > high:
			d.problem(n, at, "%s is out of bounds: write a duration from %s to %s", n.Value, span(low), span(high))
		default:
			*dst = v
		}
	}
}

// parseDuration takes durations of Prometheus (1d12h, 2w) and of Go (1.5h).
func parseDuration(s string) (time.Duration, error) {
	if v, err := model.ParseDuration(s); err == nil {
		return time.Duration(v), nil
	}
	return time.ParseDuration(s)
}

// span writes a duration as the reference does: 7d, 24h, 10m, 5s.
func span(v time.Duration) string {
	switch {
	case v == 0:
		return "0s"
	case v%day == 0 && v > day:
		return fmt.Sprintf("%dd", v/day)
	case v%time.Hour == 0:
		return fmt.Sprintf("%dh", v/time.Hour)
	case v%time.Minute == 0:
		return fmt.Sprintf("%dm", v/time.Minute)
	case v%time.Second == 0:
		return fmt.Sprintf("%ds", v/time.Second)
	}
	return v.String()
}
