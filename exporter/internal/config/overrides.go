package config

import (
	"cmp"
	"time"

	"go.yaml.in/yaml/v3"
)

const (
	maxOverrides = 1000
	// maxBounds: each of these durations is a bucket of every histogram.
	maxBounds = 50
)

// spot is where targets hold: in a team, an inbox, or a team in an inbox.
type spot struct{ team, inbox string }

// override is a TargetOverride with where it stands in the document.
type override struct {
	TargetOverride
	node *yaml.Node
	at   string
}

// overrides reads the targets of teams and inboxes that have their own. It wants
// the general ones read before.
func (d *decoder) overrides(c *Config) reader {
	return func(n *yaml.Node, at string) {
		var list []override
		spots := make(map[spot]override)
		bounds := make(map[time.Duration]bool)
		d.list(n, at, maxOverrides, func(_ int, n *yaml.Node, at string) {
			o, ok := d.override(c, n, at)
			if !ok {
				return
			}
			where := spot{o.Team, o.Inbox}
			if first, there := spots[where]; there {
				d.problem(n, at, "%s has targets of its own in line %d already: keep one", whom(o.Team, o.Inbox), first.node.Line)
				return
			}
			spots[where] = override{o, n, at}
			list = append(list, spots[where])
			c.TargetOverrides = append(c.TargetOverrides, o)
			for _, v := range []*time.Duration{o.FirstResponse, o.Resolution, o.NegativeResponse} {
				if v == nil || bounds[*v] {
					continue
				}
				if bounds[*v] = true; len(bounds) == maxBounds+1 {
					d.problem(n, at, "there are more than %d different durations among the overrides, each of which is a bucket of every histogram: let some be alike", maxBounds)
				}
			}
		})
		for _, o := range list {
			if o.UtilizationMin == nil && o.UtilizationMax == nil {
				continue
			}
			// What holds there: its own, else the team's, the inbox's, the general one.
			low, high := &c.Targets.UtilizationMin, &c.Targets.UtilizationMax
			for _, from := range []spot{{"", o.Inbox}, {o.Team, ""}, {o.Team, o.Inbox}} {
				low, high = cmp.Or(spots[from].UtilizationMin, low), cmp.Or(spots[from].UtilizationMax, high)
			}
			if *low > *high {
				d.problem(o.node, o.at, "utilization_min is %v and utilization_max %v there: the minimum has to be the smaller one", *low, *high)
			}
		}
	}
}

// override reads one. It tells whether it may be taken: whose targets those of a
// faulty one are is not known.
func (d *decoder) override(c *Config, n *yaml.Node, at string) (o TargetOverride, ok bool) {
	before := len(d.problems)
	seen := d.mapping(n, at,
		field{"team", d.team(c, &o.Team)},
		field{"inbox", d.knownInbox(c, &o.Inbox)},
		field{"first_response", d.ownDuration(&o.FirstResponse)},
		field{"resolution", d.ownDuration(&o.Resolution)},
		field{"negative_response", d.ownDuration(&o.NegativeResponse)},
		field{"csat", d.ownShare(&o.CSAT)},
		field{"fcr", d.ownShare(&o.FCR)},
		field{"utilization_min", d.ownShare(&o.UtilizationMin)},
		field{"utilization_max", d.ownShare(&o.UtilizationMax)},
		field{"containment", d.ownShare(&o.Containment)},
	)
	if d.keys != nil || len(d.problems) > before {
		return o, false
	}
	targets := len(seen)
	for _, key := range []string{"team", "inbox"} {
		if seen[key] != nil {
			targets--
		}
	}
	switch {
	case o.Team == "" && o.Inbox == "":
		d.problem(n, at, "names neither team nor inbox: add one of them")
	case targets == 0:
		d.problem(n, at, "sets no target: add one, such as first_response")
	}
	return o, (o.Team != "" || o.Inbox != "") && targets > 0
}

func (d *decoder) ownDuration(dst **time.Duration) reader {
	return func(n *yaml.Node, at string) {
		var v time.Duration
		d.duration(&v, minTarget, maxTarget)(n, at)
		if v != 0 {
			*dst = &v
		}
	}
}

func (d *decoder) ownShare(dst **float64) reader {
	return func(n *yaml.Node, at string) {
		v := -1.0
		d.share(&v)(n, at)
		if v >= 0 {
			*dst = &v
		}
	}
}

// clone gives a copy that shares nothing with o.
func (o TargetOverride) clone() TargetOverride {
	for _, v := range []**time.Duration{&o.FirstResponse, &o.Resolution, &o.NegativeResponse} {
		if *v != nil {
			own := **v
			*v = &own
		}
	}
	for _, v := range []**float64{&o.CSAT, &o.FCR, &o.UtilizationMin, &o.UtilizationMax, &o.Containment} {
		if *v != nil {
			own := **v
			*v = &own
		}
	}
	return o
}
