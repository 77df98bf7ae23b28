package wall

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// language is a column of the messages and how it writes numbers.
type language struct {
	code, html, name string
	point, group     string
	column           int
}

func init() {
	for i := range languages {
		languages[i].column = i
	}
}

// choose takes the language of ?lang=, else the one that Accept-Language likes
// best, else the first.
func choose(r *http.Request) language {
	if l, ok := known(r.URL.Query().Get("lang")); ok {
		return l
	}
	best, quality := languages[0], 0.0
	for _, part := range strings.Split(strings.Join(r.Header.Values("Accept-Language"), ","), ",") {
		tag, params, _ := strings.Cut(part, ";")
		l, ok := known(strings.TrimSpace(tag))
		if !ok {
			continue
		}
		q := 1.0
		if v, found := strings.CutPrefix(strings.TrimSpace(params), "q="); found {
			var err error
			if q, err = strconv.ParseFloat(v, 64); err != nil || q > 1 {
				continue
			}
		}
		if q > quality {
			best, quality = l, q
		}
	}
	return best
}

// known finds the language of a tag such as "pt-BR".
func known(tag string) (language, bool) {
	primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
	for _, l := range languages {
		if l.code == primary {
			return l, true
		}
	}
	return language{}, false
}

// text gives a message of the table. A test compares the keys that code and
// template name with the table's.
func (l language) text(key string, args ...any) string {
	m := messages[key][l.column]
	if len(args) == 0 {
		return m
	}
	return fmt.Sprintf(m, args...)
}

// number groups the digits by thousands.
func (l language) number(n int) string {
	s := strconv.Itoa(n)
	first := len(s) % 3
	if first == 0 {
		first = 3
	}
	if n < 0 || len(s) <= 3 {
		return s
	}
	var b strings.Builder
	b.WriteString(s[:first])
	for i := first; i < len(s); i += 3 {
		b.WriteString(l.group + s[i:i+3])
	}
	return b.String()
}

// percent has one decimal and is rounded down, so that 100 % means all.
func (l language) percent(part, all int) string {
	if all == 0 {
		return none
	}
	tenths := part * 1000 / all
	if tenths == 1000 {
		return "100%"
	}
	return fmt.Sprintf("%d%s%d%%", tenths/10, l.point, tenths%10)
}

// none stands for a number that there is not.
const none = "–"

// amount is a number in words: figures and units in turn, so that the page can
// write them in two sizes.
type amount []part

// part is a figure and its unit, which may be empty.
type part struct{ Figure, Unit string }

// String keeps a unit on the line of its figure.
func (a amount) String() string {
	var words []string
	for _, p := range a {
		words = append(words, strings.TrimSuffix(p.Figure+nbsp+p.Unit, nbsp))
	}
	return strings.Join(words, nbsp)
}

const nbsp = "\u00a0"

func plain(s string) amount { return amount{{Figure: s}} }

// duration gives the two largest units, cut and not rounded up. The units are
// written alike in all languages.
func duration(d time.Duration) amount {
	s := int(max(d, 0) / time.Second)
	units := []struct {
		n    int
		name string
	}{{s / 86400, "d"}, {s / 3600 % 24, "h"}, {s / 60 % 60, "min"}, {s % 60, "s"}}
	first := 0
	for first < len(units)-1 && units[first].n == 0 {
		first++
	}
	out := amount{{strconv.Itoa(units[first].n), units[first].name}}
	if next := first + 1; next < len(units) && units[next].n > 0 {
		figure := strconv.Itoa(units[next].n)
		if units[next].name != "h" {
			figure = fmt.Sprintf("%02d", units[next].n)
		}
		out = append(out, part{figure, units[next].name})
	}
	return out
}
