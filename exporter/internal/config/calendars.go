package config

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // zones are the same wherever the program runs

	"go.yaml.in/yaml/v3"
)

const (
	maxCalendars = 1000
	maxHolidays  = 1000
	maxBlocks    = 50
)

// weekdays by time.Weekday.
var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

func (d *decoder) calendars(c *Config) reader {
	return func(n *yaml.Node, at string) {
		names := make(unique)
		var nodes []*yaml.Node
		d.list(n, at, maxCalendars, func(_ int, n *yaml.Node, at string) {
			var cal Calendar
			seen := d.mapping(n, at,
				field{"name", d.name(&cal.Name, "stands in messages")},
				field{"zone", d.zone(&cal.Zone)},
				field{"hours", d.hours(&cal.Weekly)},
				field{"holidays", d.holidays(&cal.Holidays)},
				field{"teams", d.places(&cal.Teams, "team", func(s *string) reader { return d.team(c, s) })},
				field{"inboxes", d.places(&cal.Inboxes, "inbox", func(s *string) reader { return d.knownInbox(c, s) })},
			)
			if d.required(n, at, seen, "name", "zone", "hours") && cal.Name != "" && d.once(names, "calendar", cal.Name, seen["name"], join(at, "name")) {
				c.Calendars = append(c.Calendars, cal)
				nodes = append(nodes, n)
			}
		})
		d.ambiguous(c.Calendars, nodes, at)
	}
}

// ambiguous finds calendars of which neither goes before the other.
func (d *decoder) ambiguous(list []Calendar, nodes []*yaml.Node, at string) {
	common := func(a, b []string) string {
		for _, v := range a {
			if slices.Contains(b, v) {
				return v
			}
		}
		return ""
	}
	for i, a := range list {
		for j, b := range list[:i] {
			if (len(a.Teams) > 0) != (len(b.Teams) > 0) || (len(a.Inboxes) > 0) != (len(b.Inboxes) > 0) {
				continue
			}
			team, inbox := common(a.Teams, b.Teams), common(a.Inboxes, b.Inboxes)
			if len(a.Teams) > 0 && team == "" || len(a.Inboxes) > 0 && inbox == "" {
				continue
			}
			what := "every team and inbox"
			if place := strings.Trim(fmt.Sprintf("%s, %s", team, inbox), ", "); place != "" {
				what = place
			}
			d.problem(nodes[i], fmt.Sprintf("%s[%d]", at, i), "calendars %s and %s are both for %s: let each have one, by teams or inboxes", list[j].Name, a.Name, what)
		}
	}
}

func (d *decoder) places(dst *[]string, what string, read func(*string) reader) reader {
	return func(n *yaml.Node, at string) {
		names := make(unique)
		d.list(n, at, maxListed, func(_ int, n *yaml.Node, at string) {
			var s string
			read(&s)(n, at)
			if s != "" && d.once(names, what, s, n, at) {
				*dst = append(*dst, s)
			}
		})
	}
}

// knownInbox reads an inbox; where every source lists its own, one of them.
func (d *decoder) knownInbox(c *Config, dst *string) reader {
	return func(n *yaml.Node, at string) {
		var id string
		d.openLabel(&id)(n, at)
		if id == "" {
			return
		}
		listed := len(c.Sources) > 0
		for _, s := range c.Sources {
			listed = listed && len(s.Inboxes) > 0
			if slices.ContainsFunc(s.Inboxes, func(in Inbox) bool { return in.ID == id }) {
				*dst = id
				return
			}
		}
		if listed {
			d.problem(n, at, "no source has an inbox %q: add it there, or name one that is there", id)
			return
		}
		*dst = id
	}
}

func (d *decoder) zone(dst *string) reader {
	return func(n *yaml.Node, at string) {
		s, ok := d.text(n, at)
		if !ok {
			return
		}
		if _, err := time.LoadLocation(s); err != nil || s == "" || s == "Local" {
			d.problem(n, at, "%.40q is no time zone: write one of the IANA database, such as America/Sao_Paulo", s)
			return
		}
		*dst = s
	}
}

// hours reads the open blocks by day: "mon-fri", "sat", "mon,wed" or "daily".
func (d *decoder) hours(dst *[7][]Block) reader {
	return func(n *yaml.Node, at string) {
		if d.keys != nil {
			return
		}
		n = resolve(n)
		if n.Kind != yaml.MappingNode || !d.spend(n) {
			d.problem(n, at, "expected days with their hours, found %s: write for example mon-fri: [\"09:00-18:00\"]", kindOf(n))
			return
		}
		var named [7]bool
		for _, e := range d.entries(n, at, 0) {
			days, ok := daysOf(e.key.Value)
			if !ok {
				d.problem(e.key, at, "%.40q is no day: write mon, mon-fri, sat,sun or daily", e.key.Value)
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

// daysOf reads a list of days and ranges of days.
func daysOf(s string) (days []int, ok bool) {
	s = strings.ToLower(strings.ReplaceAll(s, " ", ""))
	if s == "daily" {
		s = "mon-sun"
	}
	for part := range strings.SplitSeq(s, ",") {
		first, last, isRange := strings.Cut(part, "-")
		from := slices.Index(weekdays, first)
		to := from
		if isRange {
			to = slices.Index(weekdays, last)
		}
		if from < 0 || to < 0 {
			return nil, false
		}
		for day := from; ; day = (day + 1) % len(weekdays) {
			if slices.Contains(days, day) {
				return nil, false
			}
			if days = append(days, day); day == to {
				break
			}
		}
	}
	return days, true
}

var blockPattern = regexp.MustCompile(`^(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})$`)

// blocks reads the open stretches of a day and gives them in order.
func (d *decoder) blocks(n *yaml.Node, at string) (out []Block) {
	d.list(n, at, maxBlocks, func(_ int, n *yaml.Node, at string) {
		s, ok := d.text(n, at)
		if !ok {
			return
		}
		m := blockPattern.FindStringSubmatch(strings.ReplaceAll(s, " ", ""))
		if m == nil {
			d.problem(n, at, "%.40q are no hours: write them as \"09:00-18:00\"", s)
			return
		}
		from, to := minute(m[1], m[2]), minute(m[3], m[4])
		switch {
		case from < 0 || to < 0 || from == 24*60:
			d.problem(n, at, "%.40q is no time of day: write from 00:00 to 24:00", s)
		case from >= to:
			d.problem(n, at, "%.40q ends before it begins: where it goes past midnight write it up to 24:00, and the rest from 00:00 on the next day", s)
		default:
			out = append(out, Block{from, to})
		}
	})
	slices.SortFunc(out, func(a, b Block) int { return cmp.Compare(a.From, b.From) })
	for i := 1; i < len(out); i++ {
		if out[i].From < out[i-1].To {
			d.problem(n, at, "hours overlap at %02d:%02d: write each stretch once", out[i].From/60, out[i].From%60)
			return nil
		}
	}
	return out
}

// minute of the day, -1 where there is none.
func minute(hour, min string) int {
	h, _ := strconv.Atoi(hour)
	m, _ := strconv.Atoi(min)
	if h > 24 || m > 59 || h == 24 && m > 0 {
		return -1
	}
	return h*60 + m
}

// holidays reads dates, or dates with hours of their own.
func (d *decoder) holidays(dst *[]Holiday) reader {
	return func(n *yaml.Node, at string) {
		dates := make(unique)
		d.list(n, at, maxHolidays, func(_ int, n *yaml.Node, at string) {
			var h Holiday
			where := n
			if d.keys == nil && n.Kind == yaml.ScalarNode {
				d.date(&h.Date)(n, at)
			} else {
				seen := d.mapping(n, at,
					field{"date", d.date(&h.Date)},
					field{"hours", func(n *yaml.Node, at string) {
						if d.keys == nil {
							h.Blocks = d.blocks(n, at)
						}
					}},
				)
				if !d.required(n, at, seen, "date") {
					return
				}
				where = seen["date"]
			}
			if h.Date != "" && d.once(dates, "holiday", h.Date, where, at) {
				*dst = append(*dst, h)
			}
		})
	}
}

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
