package recount

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

func (d *dialogue) set(f []string) {
	src := &d.s.Sources[0]
	switch f[0] {
	case "bot":
		src.Inboxes[0].Bot = true
	case "plain":
		src.Resolves, src.CloseAfter = false, 2*time.Hour
	case "team":
		src.Inboxes[0].Team = f[1]
	case "inbox":
		in := Inbox{ID: f[1]}
		if len(f) > 2 {
			in.Team = f[2]
		}
		src.Inboxes = append(src.Inboxes, in)
	case "agent":
		a := Agent{ID: f[1]}
		for _, w := range f[2:] {
			switch key, value, _ := strings.Cut(w, "="); key {
			case "capacity":
				a.Capacity = d.number(value)
			case "name":
				a.Name = value
			default:
				a.Team = w
			}
		}
		d.s.Agents = append(d.s.Agents, a)
	case "agents":
		for _, w := range f[1:] {
			switch key, value, _ := strings.Cut(w, "="); key {
			case "label":
				d.s.AgentTimes.Label = value
			case "busy":
				d.s.AgentTimes.BusyAfterMessage = d.duration(value)
			case "session":
				d.s.AgentTimes.SessionTimeout = d.duration(value)
			case "window":
				d.s.AgentTimes.UtilizationWindow = d.duration(value)
			default:
				d.t.Fatalf("set agents %s?", w)
			}
		}
	case "calendar":
		d.calendar(f[1:])
	case "override":
		d.override(f[1:])
	case "scale":
		scores := map[int]int{}
		for _, w := range f[2:] {
			from, to, _ := strings.Cut(w, "=")
			scores[d.number(from)] = d.number(to)
		}
		d.s.CSAT.Scales = map[int]map[int]int{d.number(f[1]): scores}
	case "labels":
		d.s.ConversationLabels = f[1:]
	case "ratios":
		d.s.RatiosWindow = d.duration(f[1])
	case "open_for":
		d.s.CSAT.OpenFor = d.duration(f[1])
	case "satisfied":
		d.s.CSAT.SatisfiedMin = d.number(f[1])
	case "cap":
		d.s.MaxValues = d.number(f[1])
	case "types":
		d.s.RequestTypes = []RequestType{{Name: "billing", Labels: []string{"invoice"}}, {Name: "delivery"}}
	case "service":
		src.ServiceWindow = d.duration(f[1])
	case "close":
		src.CloseAfter = d.duration(f[1])
	case "target":
		d.s.Resolution = d.duration(f[1])
	default:
		d.t.Fatalf("set %s?", f[0])
	}
}

func (d *dialogue) number(s string) int {
	n, err := strconv.Atoi(s)
	d.must(err)
	return n
}

func (d *dialogue) calendar(f []string) {
	c := Calendar{Name: strconv.Itoa(len(d.s.Calendars)), Zone: f[0], Holidays: map[string][][2]int{}}
	days := []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}
	for _, w := range f[1:] {
		when, what, _ := strings.Cut(w, "=")
		var blocks [][2]int
		if when != "team" && when != "inbox" && what != "closed" {
			for b := range strings.SplitSeq(what, ",") {
				var h, m, hh, mm int
				_, err := fmt.Sscanf(b, "%d:%d-%d:%d", &h, &m, &hh, &mm)
				d.must(err)
				blocks = append(blocks, [2]int{h*60 + m, hh*60 + mm})
			}
		}
		from, to, isSpan := strings.Cut(when, "-")
		switch {
		case when == "team":
			c.Teams = append(c.Teams, what)
		case when == "inbox":
			c.Inboxes = append(c.Inboxes, what)
		case slices.Contains(days, when):
			c.Weekly[slices.Index(days, when)] = blocks
		case isSpan && slices.Contains(days, from):
			for i := slices.Index(days, from); i <= slices.Index(days, to); i++ {
				c.Weekly[i] = blocks
			}
		default:
			c.Holidays[when] = blocks
		}
	}
	d.s.Calendars = append(d.s.Calendars, c)
}

func (d *dialogue) override(f []string) {
	var o Override
	for _, w := range f {
		switch key, value, _ := strings.Cut(w, "="); key {
		case "team":
			o.Team = value
		case "inbox":
			o.Inbox = value
		case "first":
			o.FirstResponse = d.duration(value)
		case "resolution":
			o.Resolution = d.duration(value)
		case "negative":
			o.NegativeResponse = d.duration(value)
		default:
			d.t.Fatalf("set override %s?", w)
		}
	}
	d.s.Overrides = append(d.s.Overrides, o)
}
