package config

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/text"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/understand/topic"
	"go.yaml.in/yaml/v3"
)

// TextRule is a keyword or a pattern.
type TextRule struct {
	// Language of the messages that it is for: pt, es or en; "" for all.
	Language string
	Text     string
}

// Topics gives the types as the classifier takes them.
func (r RequestTypes) Topics() []topic.Type {
	types := make([]topic.Type, 0, len(r.Types))
	for _, t := range r.Types {
		out := topic.Type{Name: t.Name, OwnOnly: t.OwnOnly}
		for _, k := range t.Keywords {
			out.Keywords = append(out.Keywords, topic.Rule(k))
		}
		for _, p := range t.Patterns {
			out.Patterns = append(out.Patterns, topic.Rule(p))
		}
		types = append(types, out)
	}
	return types
}

func (d *decoder) requestTypes(r *RequestTypes) reader {
	return func(n *yaml.Node, at string) {
		d.mapping(n, at,
			field{"types", d.types(r)},
			field{"decide_within", d.duration(&r.DecideWithin, time.Second, day)},
		)
	}
}

// types reads the list that takes the place of the default one. "other" is
// implied; whoever lists it, to give it labels, may.
func (d *decoder) types(r *RequestTypes) reader {
	return func(n *yaml.Node, at string) {
		var types []RequestType
		var places []rulePlaces
		names, labels := make(unique), make(unique)
		ok := d.list(n, at, maxTypes, func(_ int, n *yaml.Node, at string) {
			var t RequestType
			var p rulePlaces
			builtin := true
			seen := d.mapping(n, at,
				field{"name", d.name(&t.Name, "becomes the value of a label")},
				field{"labels", func(n *yaml.Node, at string) {
					d.list(n, at, maxLabelsEach, func(_ int, n *yaml.Node, at string) {
						var l string
						d.label(&l)(n, at)
						if l != "" && d.once(labels, "label", l, n, at) {
							t.Labels = append(t.Labels, l)
						}
					})
				}},
				field{"keywords", d.textRules(&t.Keywords, &p.keywords, topic.MaxKeywords)},
				field{"patterns", d.textRules(&t.Patterns, &p.patterns, text.MaxPatterns)},
				field{"builtin", d.boolean(&builtin)},
			)
			if !d.required(n, at, seen, "name") || t.Name == "" || !d.once(names, "request type", t.Name, seen["name"], join(at, "name")) {
				return
			}
			if b := seen["builtin"]; b != nil && !topic.IsBuiltin(t.Name) {
				d.problem(b, join(at, "builtin"), "there are no built-in rules for %s: remove it, there are some for %s", t.Name, strings.Join(topic.Builtin(), ", "))
			}
			t.OwnOnly = !builtin
			types, places = append(types, t), append(places, p)
		})
		if !ok {
			return
		}
		if !slices.ContainsFunc(types, func(t RequestType) bool { return t.Name == OtherRequestType }) {
			types = append(types, RequestType{Name: OtherRequestType})
		}
		r.Types = types
		d.checkRules(*r, places, n, at)
	}
}

// place is where a value stands.
type place struct {
	node *yaml.Node
	at   string
}

// rulePlaces are where the rules of a type stand.
type rulePlaces struct{ keywords, patterns []place }

// checkRules notes the rules that cannot be used.
func (d *decoder) checkRules(r RequestTypes, places []rulePlaces, n *yaml.Node, at string) {
	for _, err := range unjoin(topic.Check(r.Topics())) {
		var re *topic.RuleError
		if !errors.As(err, &re) {
			d.problem(n, at, "%v", err)
			continue
		}
		list := places[re.Type].keywords
		if re.Pattern {
			list = places[re.Type].patterns
		}
		d.problem(list[re.Index].node, list[re.Index].at, "%v", re.Err)
	}
}

// allLanguages is the key of rules for messages of any language.
const allLanguages = "all"

// textRules reads a list of rules for all messages, or a mapping from languages
// to such lists.
func (d *decoder) textRules(dst *[]TextRule, places *[]place, limit int) reader {
	return func(n *yaml.Node, at string) {
		read := func(language string) reader {
			return func(n *yaml.Node, at string) {
				d.list(n, at, limit, func(_ int, n *yaml.Node, at string) {
					if s, ok := d.text(n, at); ok {
						*dst, *places = append(*dst, TextRule{language, s}), append(*places, place{n, at})
					}
				})
			}
		}
		if d.keys != nil || resolve(n).Kind != yaml.MappingNode {
			read("")(n, at)
			return
		}
		fields := []field{{allLanguages, read("")}}
		for _, l := range topic.Languages() {
			fields = append(fields, field{l, read(l)})
		}
		d.mapping(n, at, fields...)
	}
}
