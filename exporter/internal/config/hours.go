package config

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

const (
	maxHolidays  = 1000
	maxBlocks    = 50
	minutesOfDay = 24 * 60
)

// weekdays by time.Weekday.
var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// hours reads the open blocks by day: "mon-fri", "sat", "mon,wed" or "daily". A
// day that is not named is closed.
func (d *decoder) hours(dst *[7][]Block) reader {
	return func(n *yaml.Node, at string) {
		entries, ok := d.free(n, at, `mon-fri: ["09:00-18:00"]`)
		if !ok {
			return
		}
		if len(entries) == 0 {
			d.problem(n, at, "names no day: write for example daily: [], if it opens on holidays only")
			return
		}
		var named [7]bool
		for _, e := range entries {
			days, err := daysOf(e.key.Value)
			if err != nil {
				d.problem(e.key, at, "%v", err)
				continue
			}
			blocks := d.blocks(e.value, join(at, e.key.Value))
			for _, day := range days {
				if named[day] {
					d.problem(e.key, at, "%s has hours already: name each day once", weekdays[day])
					break
				}
				named[day] = true
				dst[day] = slices.Clone(blocks)
			}
		}
	}
}

// daysOf reads a list of days and ranges of days, which may go past the end of
// the week.
func daysOf(s string) ([]int, error) {
	words := strings.ToLower(strings.ReplaceAll(s, " ", ""))
	if words == "daily" {
		words = "mon-sun"
	}
	var days []int
	for part := range strings.SplitSeq(words, ",") {
		first, last, isRange := strings.Cut(part, "-")
		from := slices.Index(weekdays, first)
		to := from
		if isRange {
			to = slices.Index(weekdays, last)
		}
		if from < 0 || to < 0 {
			return nil, fmt.Errorf("%.40q is no day: write mon, mon-fri, sat,sun or daily", s)
		}
		for day := from; ; day = (day + 1) % len(weekdays) {
			if slices.Contains(days, day) {
				return nil, fmt.Errorf("%.40q names %s twice: name each day once", s, weekdays[day])
			}
			if days = append(days, day); day == to {
				break
			}
		}
	}
	return days, nil
}

// blocks reads the open stretches of a day and gives them in order.
func (d *decoder) blocks(n *yaml.Node, at string) (out []Block) {
	switch n = resolve(n); {
	case isNull(n):
		// Also what {sat,sun: […]} makes of sat.
		d.problem(n, at, `is empty: write ["09:00-18:00"], or [] for closed`)
		return nil
	case n.Kind == yaml.ScalarNode && n.ShortTag() == "!!str":
		d.problem(n, at, `expected a list of hours, found one value: write ["09:00-18:00"], or [] for closed`)
		return nil
	}
	d.list(n, at, maxBlocks, func(_ int, n *yaml.Node, at string) {
		s, ok := d.text(n, at)
		if !ok {
			return
		}
		b, err := blockOf(s)
		if err != nil {
			d.problem(n, at, "%v", err)
			return
		}
		out = append(out, b)
	})
	slices.SortFunc(out, func(a, b Block) int { return cmp.Compare(a.From, b.From) })
	for i := 1; i < len(out); i++ {
		if out[i].From < out[i-1].To {
			d.problem(n, at, "hours overlap at %s: write each stretch once", clock(out[i].From))
			return nil
		}
	}
	return out
}

var blockPattern = regexp.MustCompile(`^(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})$`)

func blockOf(s string) (Block, error) {
	m := blockPattern.FindStringSubmatch(strings.ReplaceAll(s, " ", ""))
	if m == nil {
		return Block{}, fmt.Errorf(`%.40q are no hours: write them as "09:00-18:00"`, s)
	}
	from, fromErr := minute(m[1], m[2])
	to, toErr := minute(m[3], m[4])
	switch err := cmp.Or(fromErr, toErr); {
	case err != nil:
		return Block{}, fmt.Errorf("%.40q: %w", s, err)
	case from == to:
		return Block{}, fmt.Errorf(`%.40q is no time at all: write 00:00-24:00 for the whole day`, s)
	case from == minutesOfDay:
		return Block{}, fmt.Errorf(`%.40q begins when the day is over: write it from 00:00 on for the next day`, s)
	case to == 0:
		return Block{}, fmt.Errorf(`%.40q ends before it begins: write %s-24:00`, s, clock(from))
	case from > to:
		return Block{}, fmt.Errorf(`%.40q goes past midnight: split it into %s-24:00 and, on the next day, 00:00-%s`, s, clock(from), clock(to))
	}
	return Block{from, to}, nil
}

var errNoTime = errors.New("a time of day is from 00:00 to 24:00")

// minute of the day.
func minute(hour, min string) (int, error) {
	h, _ := strconv.Atoi(hour)
	m, _ := strconv.Atoi(min)
	if m > 59 || h*60+m > minutesOfDay {
		return 0, errNoTime
	}
	return h*60 + m, nil
}

func clock(minute int) string { return fmt.Sprintf("%02d:%02d", minute/60, minute%60) }

// holidays reads dates, which are closed, or dates with hours of their own.
func (d *decoder) holidays(dst *[]Holiday) reader {
	return func(n *yaml.Node, at string) {
		dates := make(unique)
		d.list(n, at, maxHolidays, func(_ int, n *yaml.Node, at string) {
			var h Holiday
			where := at
			if d.keys == nil && n.Kind == yaml.ScalarNode {
				d.date(&h.Date)(n, at)
			} else {
				var name string // for people who read the file
				seen := d.mapping(n, at,
					field{"date", d.date(&h.Date)},
					field{"name", d.label(&name)},
					field{"hours", func(n *yaml.Node, at string) {
						if d.keys == nil {
							h.Blocks = d.blocks(n, at)
						}
					}},
				)
				if !d.required(n, at, seen, "date") {
					return
				}
				n, where = seen["date"], join(at, "date")
			}
			if h.Date != "" && d.once(dates, "holiday", h.Date, n, where) {
				*dst = append(*dst, h)
			}
		})
	}
}

// date reads a day of the calendar. YAML takes one without quotes for a moment;
// its text is the same.
func (d *decoder) date(dst *string) reader {
	return func(n *yaml.Node, at string) {
		s, ok := d.text(n, at)
		if !ok {
			return
		}
		if _, err := time.Parse(time.DateOnly, s); err != nil {
			d.problem(n, at, "%.40q is no date: write it as 2026-12-25", s)
			return
		}
		*dst = s
	}
}
