package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/audit"
	"go.yaml.in/yaml/v3"
)

// defaultSeverity is that of a rule of the configuration's own.
const defaultSeverity = audit.Warning

// auditNodes are where values of the section stand, by path.
type auditNodes map[string]*yaml.Node

// audits reads the rules for what humans write; request types are read before.
func (d *decoder) audits(c *Config) reader {
	return func(n *yaml.Node, at string) {
		s := &c.Audits
		nodes, before := make(auditNodes), len(d.problems)
		d.mapping(n, at,
			field{"rules", d.auditRules(s)},
			field{"max_length", nodes.keep(d.integer(&s.MaxLength, 1, audit.MaxReply))},
			field{"max_in_row", nodes.keep(d.integer(&s.MaxInRow, 2, audit.MaxRow))},
			field{"domains", d.auditTexts(&s.Domains, audit.MaxDomains, nodes)},
			field{"builtin_words", d.boolean(&s.BuiltinWords)},
			field{"forbidden_words", d.auditTexts(&s.Forbidden, audit.MaxWords, nodes)},
			field{"allowed_words", d.auditTexts(&s.Allowed, audit.MaxWords, nodes)},
			field{"greetings", d.auditTexts(&s.Greetings, audit.MaxWords, nodes)},
			field{"closings", d.auditTexts(&s.Closings, audit.MaxWords, nodes)},
			field{"custom", d.customRules(s, nodes)},
			field{"scripts", d.scripts(c, nodes)},
		)
		if d.keys == nil {
			d.checkAudits(*s, nodes, before, n, at)
		}
	}
}

// checkAudits notes what the rules cannot be made of, but for places that have a
// mistake already.
func (d *decoder) checkAudits(s audit.Settings, nodes auditNodes, before int, n *yaml.Node, at string) {
	told := make(map[string]bool)
	for _, p := range d.problems[min(before, len(d.problems)):] {
		told[p.Path] = true
	}
	for _, err := range unjoin(audit.Check(s)) {
		var se *audit.SettingError
		if !errors.As(err, &se) {
			d.problem(n, at, "%v", err)
			continue
		}
		where := join(at, se.Path)
		if told[where] {
			continue
		}
		node := n
		if there := nodes[where]; there != nil {
			node = there
		}
		d.problem(node, where, "%v", se.Err)
	}
}

// keep notes where a value stands.
func (nodes auditNodes) keep(read reader) reader {
	return func(n *yaml.Node, at string) {
		nodes[at] = n
		read(n, at)
	}
}

func (d *decoder) severity(dst *audit.Severity) reader {
	return func(n *yaml.Node, at string) {
		name := dst.String()
		d.oneOf(&name, audit.Severities[:]...)(n, at)
		*dst, _ = audit.SeverityByName(name)
	}
}

func (d *decoder) auditRules(s *audit.Settings) reader {
	return func(n *yaml.Node, at string) {
		var fields []field
		for r := range audit.BuiltinRules {
			fields = append(fields, field{r.String(), d.severity(&s.Severities[r])})
		}
		d.mapping(n, at, fields...)
	}
}

// auditTexts reads a list of texts. One that is none stays as an empty one, so
// that the others keep their places.
func (d *decoder) auditTexts(dst *[]string, limit int, nodes auditNodes) reader {
	return nodes.keep(func(n *yaml.Node, at string) {
		d.list(n, at, limit, nodes.item(func(n *yaml.Node, at string) {
			s, _ := d.text(n, at)
			*dst = append(*dst, s)
		}))
	})
}

// item notes where an item of a list stands.
func (nodes auditNodes) item(read reader) func(int, *yaml.Node, string) {
	return func(_ int, n *yaml.Node, at string) { nodes.keep(read)(n, at) }
}

func (d *decoder) customRules(s *audit.Settings, nodes auditNodes) reader {
	return nodes.keep(func(n *yaml.Node, at string) {
		d.list(n, at, audit.MaxCustom, nodes.item(func(n *yaml.Node, at string) {
			r := audit.CustomRule{Severity: defaultSeverity}
			seen := d.mapping(n, at,
				field{"name", nodes.keep(d.name(&r.Name, "becomes the value of a label"))},
				field{"severity", d.severity(&r.Severity)},
				field{"words", d.auditTexts(&r.Words, audit.MaxWords, nodes)},
				field{"patterns", d.auditTexts(&r.Patterns, audit.MaxWords, nodes)},
			)
			d.named(n, at, seen, &r.Name, len(s.Custom))
			s.Custom = append(s.Custom, r)
		}))
	})
}

// named requires a name. Where there is none, an item gets one that nothing else
// has, so that nothing else is wrong about it.
func (d *decoder) named(n *yaml.Node, at string, seen map[string]*yaml.Node, name *string, i int) {
	d.required(n, at, seen, "name")
	if *name == "" {
		*name = fmt.Sprintf("\x00%d", i)
	}
}

func (d *decoder) scripts(c *Config, nodes auditNodes) reader {
	return nodes.keep(func(n *yaml.Node, at string) {
		d.list(n, at, audit.MaxSteps, nodes.item(func(n *yaml.Node, at string) {
			var sc audit.Script
			seen := d.mapping(n, at,
				field{"request_type", nodes.keep(d.requestType(c, &sc.RequestType))},
				field{"steps", d.steps(&sc, nodes)},
			)
			if d.required(n, at, seen, "request_type", "steps"); sc.RequestType == "" {
				sc.RequestType = fmt.Sprintf("\x00%d", len(c.Audits.Scripts))
			}
			c.Audits.Scripts = append(c.Audits.Scripts, sc)
		}))
	})
}

func (d *decoder) steps(sc *audit.Script, nodes auditNodes) reader {
	return nodes.keep(func(n *yaml.Node, at string) {
		d.list(n, at, audit.MaxSteps, nodes.item(func(n *yaml.Node, at string) {
			var step audit.Step
			seen := d.mapping(n, at,
				field{"name", nodes.keep(d.name(&step.Name, "stands in what is shown of a finding"))},
				field{"words", d.auditTexts(&step.Words, audit.MaxWords, nodes)},
				field{"patterns", d.auditTexts(&step.Patterns, audit.MaxWords, nodes)},
			)
			d.named(n, at, seen, &step.Name, len(sc.Steps))
			sc.Steps = append(sc.Steps, step)
		}))
	})
}

// requestType reads the name of one that there is.
func (d *decoder) requestType(c *Config, dst *string) reader {
	return func(n *yaml.Node, at string) {
		name, ok := d.text(n, at)
		if !ok {
			return
		}
		var names []string
		for _, t := range c.RequestTypes.Types {
			if t.Name == name {
				*dst = name
				return
			}
			names = append(names, t.Name)
		}
		if near := nearest(name, names); near != "" {
			d.problem(n, at, "there is no request type %.40q: did you mean %s?", name, near)
			return
		}
		d.problem(n, at, "there is no request type %.40q: write one of %.200s", name, strings.Join(names, ", "))
	}
}
