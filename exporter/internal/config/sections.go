package config

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Bounds. The fold remembers a closed conversation for 7 days, so nothing can be
// reopened after that; a month is longer than any conversation is worked on.
const (
	minTarget     = time.Second
	maxTarget     = 30 * day
	minWindow     = time.Minute
	maxWindow     = 30 * day
	maxReopen     = 7 * day
	maxGrace      = 10 * time.Minute
	maxListed     = 10_000
	maxTypes      = 200
	maxLabelsEach = 200
	// maxCounted labels have a bit each in a conversation.
	maxCounted = 50
	maxRatios  = 31 * day
	maxSession = day
)

// config reads the whole document over the defaults in c.
func (d *decoder) config(c *Config) reader {
	return func(n *yaml.Node, at string) {
		seen := d.mapping(n, at,
			// In this order: sources take their time-outs from conversations
			// and, with agents, their teams from teams.
			field{"conversations", d.conversations(&c.Conversations)},
			field{"teams", d.teamList(c)},
			field{"sources", d.sources(c)},
			field{"agents", d.agents(c)},
			field{"calendars", d.calendars(c)},
			field{"targets", d.targets(c)},
			field{"csat", d.csat(&c.CSAT)},
			field{"consent", d.mappingOf(
				field{"opt_in_patterns", d.patterns(&c.Consent.OptInPatterns, true)},
				field{"opt_out_patterns", d.patterns(&c.Consent.OptOutPatterns, true)},
			)},
			field{"sentiment", d.mappingOf(
				field{"enabled", d.boolean(&c.Sentiment.Enabled)},
				field{"negative_patterns", d.patterns(&c.Sentiment.NegativePatterns, false)},
				field{"positive_patterns", d.patterns(&c.Sentiment.PositivePatterns, false)},
			)},
			field{"ratios", d.mappingOf(field{"window", d.duration(&c.Ratios.Window, minWindow, maxRatios)})},
			field{"request_types", d.requestTypes(&c.RequestTypes)},
			field{"audits", d.audits(c)},
			field{"escalations", d.escalations(&c.Escalations)},
			field{"labels", d.mappingOf(field{"max_values", d.integer(&c.Labels.MaxValues, 1, 10_000)})},
			field{"segments", d.segments(&c.Segments)},
			field{"transcripts", d.mappingOf(
				field{"retention", d.duration(&c.Transcripts.Retention, day, maxRetention)},
				field{"cache_size", d.size(&c.Transcripts.CacheSize, minCacheSize, maxCacheSize)},
			)},
			field{"api", d.api(&c.API)},
			field{"privacy", d.mappingOf(
				field{"key_file", d.file(&c.Privacy.KeyFile)},
				field{"access_log", d.file(&c.Privacy.AccessLog)},
			)},
		)
		if d.keys == nil {
			d.caps(c, n, seen)
		}
	}
}

// mappingOf reads a mapping of which nothing has to be checked as a whole.
func (d *decoder) mappingOf(fields ...field) reader {
	return func(n *yaml.Node, at string) { d.mapping(n, at, fields...) }
}

// caps checks that what is configured fits under the cap of its label: what is
// folded into "other" would never be seen under its own name.
func (d *decoder) caps(c *Config, root *yaml.Node, seen map[string]*yaml.Node) {
	inboxes := make(map[string]bool)
	for _, s := range c.Sources {
		for _, i := range s.Inboxes {
			inboxes[i.ID] = true
		}
	}
	for _, cal := range c.Calendars {
		for _, id := range cal.Inboxes {
			inboxes[id] = true
		}
	}
	for _, o := range c.TargetOverrides {
		if o.Inbox != "" {
			inboxes[o.Inbox] = true
		}
	}
	agents := len(c.Agents)
	if c.AgentTimes.Label == AgentLabelOff {
		agents = 0
	}
	for _, l := range []struct {
		what  string
		count int
	}{{"sources", len(c.Sources)}, {"teams", len(c.Teams)}, {"inboxes", len(inboxes)}, {"agents", agents}} {
		if l.count <= c.Labels.MaxValues {
			continue
		}
		n := cmp.Or(seen["labels"], seen["sources"], seen["teams"], seen["agents"], seen["calendars"], seen["targets"], root)
		d.problem(n, "labels.max_values", "%d %s are configured, but a label may have %d values: raise it to %d or more", l.count, l.what, c.Labels.MaxValues, l.count)
	}
}

func (d *decoder) conversations(c *Conversations) reader {
	return func(n *yaml.Node, at string) {
		d.mapping(n, at,
			field{"close_after", d.duration(&c.CloseAfter, minWindow, maxWindow)},
			field{"reopen_window", d.duration(&c.ReopenWindow, minWindow, maxReopen)},
			field{"closing_patterns", d.patterns(&c.ClosingPatterns, true)},
			field{"thanks_close_after", d.duration(&c.ThanksCloseAfter, time.Second, day)},
			field{"lateness_grace", d.duration(&c.LatenessGrace, 0, maxGrace)},
			field{"labels", d.countedLabels(&c.Labels)},
		)
	}
}

func (d *decoder) targets(c *Config) reader {
	t := &c.Targets
	return func(n *yaml.Node, at string) {
		seen := d.mapping(n, at,
			field{"first_response", d.duration(&t.FirstResponse, minTarget, maxTarget)},
			field{"resolution", d.duration(&t.Resolution, minTarget, maxTarget)},
			field{"negative_response", d.duration(&t.NegativeResponse, minTarget, maxTarget)},
			field{"csat", d.share(&t.CSAT)},
			field{"fcr", d.share(&t.FCR)},
			field{"utilization_min", d.share(&t.UtilizationMin)},
			field{"utilization_max", d.share(&t.UtilizationMax)},
			field{"containment", d.share(&t.Containment)},
			field{"overrides", d.overrides(c)},
		)
		if t.UtilizationMin <= t.UtilizationMax {
			return
		}
		key := "utilization_min"
		if seen[key] == nil {
			key = "utilization_max"
		}
		d.problem(seen[key], join(at, key), "utilization_min is %v and utilization_max %v: the minimum has to be the smaller one", t.UtilizationMin, t.UtilizationMax)
	}
}

func (d *decoder) escalations(e *Escalations) reader {
	return func(n *yaml.Node, at string) {
		d.mapping(n, at,
			field{"top", d.integer(&e.Top, 0, 1000)},
			field{"request_phrases", d.patterns(&e.RequestPhrases, false)},
		)
	}
}

func (d *decoder) teamList(c *Config) reader {
	return func(n *yaml.Node, at string) {
		names := make(unique)
		d.list(n, at, maxListed, func(_ int, n *yaml.Node, at string) {
			d.teamsListed = true
			var t Team
			seen := d.mapping(n, at, field{"name", d.openLabel(&t.Name)})
			if d.required(n, at, seen, "name") && t.Name != "" && d.once(names, "team", t.Name, seen["name"], join(at, "name")) {
				c.Teams = append(c.Teams, t)
				d.teams[t.Name] = true
			}
		})
	}
}

// agents reads the list of agents, or a mapping that has it beside the settings
// of agents' time.
func (d *decoder) agents(c *Config) reader {
	return func(n *yaml.Node, at string) {
		if d.keys == nil && resolve(n).Kind != yaml.MappingNode {
			d.agentList(c)(n, at)
			return
		}
		t := &c.AgentTimes
		d.mapping(n, at,
			field{"list", d.agentList(c)},
			field{"label", d.oneOf(&t.Label, AgentLabelID, AgentLabelHash, AgentLabelOff)},
			field{"busy_after_message", d.duration(&t.BusyAfterMessage, 0, maxSession)},
			field{"session_timeout", d.duration(&t.SessionTimeout, minWindow, maxSession)},
			field{"utilization_window", d.duration(&t.UtilizationWindow, minWindow, 7*day)},
		)
	}
}

func (d *decoder) agentList(c *Config) reader {
	return func(n *yaml.Node, at string) {
		ids := make(unique)
		d.list(n, at, maxListed, func(_ int, n *yaml.Node, at string) {
			var a Agent
			capacity := 0
			seen := d.mapping(n, at,
				field{"id", d.openLabel(&a.ID)},
				field{"name", d.label(&a.Name)},
				field{"team", d.team(c, &a.Team)},
				field{"capacity", d.integer(&capacity, 0, 1000)},
			)
			a.Capacity = uint32(capacity)
			if d.required(n, at, seen, "id") && a.ID != "" && d.once(ids, "agent", a.ID, seen["id"], join(at, "id")) {
				c.Agents = append(c.Agents, a)
			}
		})
	}
}

// countedLabels reads the provider labels that are counted.
func (d *decoder) countedLabels(dst *[]string) reader {
	return func(n *yaml.Node, at string) {
		labels := make(unique)
		var list []string
		if d.list(n, at, maxCounted, func(_ int, n *yaml.Node, at string) {
			var l string
			d.openLabel(&l)(n, at)
			if l != "" && d.once(labels, "label", l, n, at) {
				list = append(list, l)
			}
		}) {
			*dst = list
		}
	}
}

// team reads the name of a team: one of those listed, or, where none are, one
// that is listed hereby.
func (d *decoder) team(c *Config, dst *string) reader {
	return func(n *yaml.Node, at string) {
		var name string
		d.openLabel(&name)(n, at)
		if name == "" {
			return
		}
		if !d.teams[name] {
			if d.teamsListed {
				if near := nearest(name, slices.Sorted(maps.Keys(d.teams))); near != "" {
					d.problem(n, at, "there is no team %q: did you mean %s?", name, near)
				} else {
					d.problem(n, at, "there is no team %q: add it to teams", name)
				}
				return
			}
			c.Teams = append(c.Teams, Team{Name: name})
			d.teams[name] = true
		}
		*dst = name
	}
}

// file reads a path, relative to the document's folder.
func (d *decoder) file(dst *string) reader {
	return func(n *yaml.Node, at string) {
		p, ok := d.text(n, at)
		switch {
		case !ok:
		case p == "" || strings.ContainsRune(p, 0):
			d.problem(n, at, "is no path: write the path of a file")
		default:
			*dst = d.path(p)
		}
	}
}

// unique holds what may be there once, with the line where it is.
type unique map[string]int

// once tells whether value is new to u and notes a mistake where it is not.
func (d *decoder) once(u unique, what, value string, n *yaml.Node, at string) bool {
	if line, there := u[value]; there {
		d.problem(n, at, "the %s %q stands in line %d already: keep one", what, value, line)
		return false
	}
	u[value] = resolve(n).Line
	return true
}

// required tells whether the mapping n has all keys; seen is nil where it is no
// mapping, which has been noted.
func (d *decoder) required(n *yaml.Node, at string, seen map[string]*yaml.Node, keys ...string) bool {
	if d.keys != nil {
		return false
	}
	if seen == nil {
		if isNull(n) {
			d.problem(n, at, "is empty: write at least %s, or remove the dash", strings.Join(keys, " and "))
		}
		return false
	}
	all := true
	for _, k := range keys {
		if _, ok := seen[k]; !ok {
			d.problem(n, at, "%s is missing: add it", k)
			all = false
		}
	}
	return all
}
