package topic

import (
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"strings"
)

// Builtin are the types that have built-in rules. Where two weigh the same, the
// one that stands first is taken.
var builtinTypes = [...]string{"cancellation", "refund", "agent", "account", "billing", "delivery", "support", "sales", "greeting"}

// Builtin gives the names of the types that have built-in rules.
func Builtin() []string { return slices.Clone(builtinTypes[:]) }

// IsBuiltin tells whether a type has built-in rules.
func IsBuiltin(name string) bool { return slices.Contains(builtinTypes[:], name) }

const (
	typeGreeting = len(builtinTypes) - 1
	// typeVeto: no type, whatever else is there.
	typeVeto = len(builtinTypes)
)

// rule gives a type its weight where the concepts of a sentence fit.
type rule struct {
	// any have to be there; affirmed and denied have to be so.
	any, affirmed, denied, without concepts
	weight                         float32
	typ                            uint8
}

func (r *rule) fits(pos, neg, both concepts) bool {
	return both.holds(r.any) && !both.meets(r.without) && pos.holds(r.affirmed) && neg.holds(r.denied)
}

// ruleset finds rules by the one of their concepts that the fewest rules need.
type ruleset struct {
	rules []rule
	by    [maxConcepts][]uint16
	// indexed are the concepts that have rules.
	indexed concepts
}

// readRules reads rules; "greeting" has none, it is what remains of a message.
func (b *builtin) readRules(file string) (ruleset, error) {
	var rs ruleset
	for i, line := range strings.Split(file, "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		expanded, err := b.readRule(line)
		if err != nil {
			return rs, fmt.Errorf("line %d: %w", i+1, err)
		}
		rs.rules = append(rs.rules, expanded...)
	}
	var uses [maxConcepts]int
	needed := func(r *rule, f func(c int)) {
		all := r.any.or(r.affirmed).or(r.denied)
		for c := range maxConcepts {
			if all.has(c) {
				f(c)
			}
		}
	}
	for i := range rs.rules {
		needed(&rs.rules[i], func(c int) { uses[c]++ })
	}
	for i := range rs.rules {
		key := -1
		needed(&rs.rules[i], func(c int) {
			if key < 0 || uses[c] < uses[key] {
				key = c
			}
		})
		rs.by[key] = append(rs.by[key], uint16(i))
		rs.indexed.add(key)
	}
	return rs, nil
}

func (b *builtin) readRule(line string) ([]rule, error) {
	head, terms, ok := strings.Cut(line, ":")
	name, weight, ok2 := strings.Cut(head, " ")
	w, err := strconv.ParseFloat(weight, 32)
	if !ok || !ok2 || err != nil {
		return nil, errors.New("is not: type weight: concepts")
	}
	typ := slices.Index(builtinTypes[:], name)
	if name == "veto" {
		typ = typeVeto
	}
	if typ < 0 {
		return nil, fmt.Errorf("there is no type %q", name)
	}
	rules := []rule{{weight: float32(w), typ: uint8(typ)}}
	for term := range strings.FieldsSeq(terms) {
		var next []rule
		for choice := range strings.SplitSeq(term, "|") {
			sign := byte(0)
			if choice != "" && strings.IndexByte("+-!", choice[0]) >= 0 {
				sign, choice = choice[0], choice[1:]
			}
			c, ok := b.names[choice]
			if !ok {
				return nil, fmt.Errorf("there is no concept %q", choice)
			}
			for _, r := range rules {
				switch sign {
				case '+':
					r.affirmed.add(c)
				case '-':
					r.denied.add(c)
				case '!':
					r.without.add(c)
				default:
					r.any.add(c)
				}
				next = append(next, r)
			}
		}
		rules = next
	}
	for _, r := range rules {
		if r.any.or(r.affirmed).or(r.denied).empty() {
			return nil, errors.New("needs no concept")
		}
	}
	return rules, nil
}

// weights are what speaks for each type.
type weights [typeVeto + 1]struct {
	best float32
	hits float32
}

// judge adds what speaks for each type in a sentence; less is taken off, where
// sentences had to be joined.
func (rs *ruleset) judge(pos, neg concepts, less float32, out *weights) {
	both := pos.or(neg)
	for i, set := range both {
		set &= rs.indexed[i]
		for set != 0 {
			c := i<<6 + bits.TrailingZeros64(set)
			set &= set - 1
			for _, n := range rs.by[c] {
				r := &rs.rules[n]
				if !r.fits(pos, neg, both) {
					continue
				}
				t := &out[r.typ]
				t.best = max(t.best, r.weight-less)
				if less == 0 {
					t.hits++
				}
			}
		}
	}
}
