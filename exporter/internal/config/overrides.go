package config

import (
	"fmt"
	"time"

	"go.yaml.in/yaml/v3"
)

// overrides reads the targets of teams and inboxes that have their own.
func (d *decoder) overrides(c *Config) reader {
	return func(n *yaml.Node, at string) {
		places := make(unique)
		d.list(n, at, maxListed, func(_ int, n *yaml.Node, at string) {
			var o TargetOverride
			seen := d.mapping(n, at,
				field{"team", d.team(c, &o.Team)},
				field{"inbox", d.openLabel(&o.Inbox)},
				field{"first_response", d.ownDuration(&o.FirstResponse)},
				field{"resolution", d.ownDuration(&o.Resolution)},
				field{"negative_response", d.ownDuration(&o.NegativeResponse)},
				field{"csat", d.ownShare(&o.CSAT)},
				field{"fcr", d.ownShare(&o.FCR)},
				field{"utilization_min", d.ownShare(&o.UtilizationMin)},
				field{"utilization_max", d.ownShare(&o.UtilizationMax)},
				field{"containment", d.ownShare(&o.Containment)},
			)
			switch {
			case seen == nil:
			case o.Team == "" && o.Inbox == "":
				if seen["team"] == nil && seen["inbox"] == nil {
					d.problem(n, at, "names neither team nor inbox: add one of them")
				}
			case len(seen) == 1 || len(seen) == 2 && o.Team != "" && o.Inbox != "":
				d.problem(n, at, "sets no target: add one, such as first_response")
			case d.once(places, "place", fmt.Sprintf("team %q, inbox %q", o.Team, o.Inbox), n, at):
				c.TargetOverrides = append(c.TargetOverrides, o)
			}
		})
	}
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
