package config

import (
	"fmt"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // zones exist wherever the program runs

	"go.yaml.in/yaml/v3"
)

const maxCalendars = 1000

// placed is a calendar with where it stands in the document.
type placed struct {
	Calendar
	node *yaml.Node
	at   string
}

func (d *decoder) calendars(c *Config) reader {
	return func(n *yaml.Node, at string) {
		names := make(unique)
		var all []placed
		d.list(n, at, maxCalendars, func(_ int, n *yaml.Node, at string) {
			var cal Calendar
			before := len(d.problems)
			seen := d.mapping(n, at,
				field{"name", d.name(&cal.Name, "stands in messages")},
				field{"zone", d.zone(&cal.Zone)},
				field{"hours", d.hours(&cal.Weekly)},
				field{"holidays", d.holidays(&cal.Holidays)},
				field{"teams", d.places(&cal.Teams, "team", func(s *string) reader { return d.team(c, s) })},
				field{"inboxes", d.places(&cal.Inboxes, "inbox", func(s *string) reader { return d.knownInbox(c, s) })},
			)
			if !d.required(n, at, seen, "name", "zone", "hours") || cal.Name == "" || !d.once(names, "calendar", cal.Name, seen["name"], join(at, "name")) {
				return
			}
			c.Calendars = append(c.Calendars, cal)
			// One that lost a team by a mistake would seem to be for all of them.
			if len(d.problems) == before {
				all = append(all, placed{cal, n, at})
			}
		})
		d.ambiguous(all)
	}
}

// ambiguous finds calendars of which neither goes before the other, and names
// for each the first one that it collides with.
func (d *decoder) ambiguous(all []placed) {
	// Which lists a calendar has decides which goes before which; only those
	// that have the same ones can collide.
	type lists struct{ teams, inboxes bool }
	alike := make(map[lists][]placed)
	for _, b := range all {
		kind := lists{len(b.Teams) > 0, len(b.Inboxes) > 0}
		teams, inboxes := set(b.Teams), set(b.Inboxes)
		for _, a := range alike[kind] {
			team, sameTeam := shared(a.Teams, teams)
			inbox, sameInbox := shared(a.Inboxes, inboxes)
			if !sameTeam || !sameInbox {
				continue
			}
			d.problem(b.node, b.at, "calendars %s and %s are both for %s: leave that to one of them, by teams or inboxes", a.Name, b.Name, whom(team, inbox))
			break
		}
		alike[kind] = append(alike[kind], b)
	}
}

func set(list []string) map[string]bool {
	s := make(map[string]bool, len(list))
	for _, v := range list {
		s[v] = true
	}
	return s
}

// shared gives a value that both have; nothing is everything.
func shared(list []string, in map[string]bool) (string, bool) {
	for _, v := range list {
		if in[v] {
			return v, true
		}
	}
	return "", len(list) == 0
}

func whom(team, inbox string) string {
	switch {
	case team != "" && inbox != "":
		return fmt.Sprintf("team %q in inbox %q", team, inbox)
	case team != "":
		return fmt.Sprintf("team %q", team)
	case inbox != "":
		return fmt.Sprintf("inbox %q", inbox)
	}
	return "every team and inbox"
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
		if d.inboxIDs == nil {
			d.inboxIDs = make(map[string]bool)
			d.inboxesListed = len(c.Sources) > 0
			for _, s := range c.Sources {
				d.inboxesListed = d.inboxesListed && len(s.Inboxes) > 0
				for _, in := range s.Inboxes {
					d.inboxIDs[in.ID] = true
				}
			}
		}
		if d.inboxesListed && !d.inboxIDs[id] {
			d.problem(n, at, "no source has an inbox %q: add it there, or name one that is there", id)
			return
		}
		*dst = id
	}
}

// zone reads the name of a time zone. Names that mean another zone, or none, on
// another machine are refused, because the journal outlives this one.
func (d *decoder) zone(dst *string) reader {
	return func(n *yaml.Node, at string) {
		s, ok := d.text(n, at)
		if !ok {
			return
		}
		machines := slices.Contains([]string{"", "Local", "localtime", "posixrules"}, s) || strings.HasPrefix(s, "posix/") || strings.HasPrefix(s, "right/")
		if _, err := time.LoadLocation(s); err != nil || machines {
			d.problem(n, at, "%.40q is no time zone: write one of the IANA database, such as America/Sao_Paulo", s)
			return
		}
		*dst = s
	}
}
