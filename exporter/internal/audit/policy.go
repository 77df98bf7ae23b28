package audit

import (
	"encoding/json"
)

// Policy is the part of Settings that judging conversations goes by. It is plain
// data and its JSON may be kept: what it says is what held when it was written.
type Policy struct {
	// Severities are those of the rules that are on, custom ones behind, in the
	// order of their indexes.
	Severities []RuleSeverity `json:"severities,omitempty"`
	// Custom are the names of custom rules in the order of their bits.
	Custom   []string       `json:"custom,omitempty"`
	Scripts  []ScriptPolicy `json:"scripts,omitempty"`
	MaxInRow int            `json:"max_in_row"`
}

// RuleSeverity is a rule that is on.
type RuleSeverity struct {
	Rule     string `json:"rule"`
	Severity string `json:"severity"`
}

// ScriptPolicy is the names of the steps that a request type has to have, in the
// order of their bits.
type ScriptPolicy struct {
	RequestType string   `json:"request_type"`
	Steps       []string `json:"steps"`
}

// UnmarshalJSON takes the place of all that p holds: lists of two policies are
// never mixed.
func (p *Policy) UnmarshalJSON(b []byte) error {
	type plain Policy
	var q plain
	if err := json.Unmarshal(b, &q); err != nil {
		return err
	}
	*p = Policy(q)
	return nil
}

// Policy gives what judging conversations has to know.
func (s Settings) Policy() Policy {
	p := Policy{MaxInRow: s.MaxInRow}
	for r, severity := range s.Severities {
		if severity != Off {
			p.Severities = append(p.Severities, RuleSeverity{Rule(r).String(), severity.String()})
		}
	}
	for _, r := range s.Custom {
		p.Custom = append(p.Custom, r.Name)
		if r.Severity != Off {
			p.Severities = append(p.Severities, RuleSeverity{r.Name, r.Severity.String()})
		}
	}
	for _, sc := range s.Scripts {
		steps := ScriptPolicy{RequestType: sc.RequestType}
		for _, step := range sc.Steps {
			steps.Steps = append(steps.Steps, step.Name)
		}
		p.Scripts = append(p.Scripts, steps)
	}
	return p
}

// sum tells policies apart whose bits mean something else.
func (p Policy) sum() uint8 {
	h := uint64(hashSeed)
	add := func(s string) {
		h = (h ^ hashOf(s)) * hashPrime
	}
	for _, name := range p.Custom {
		add(name)
	}
	for _, sc := range p.Scripts {
		add("script " + sc.RequestType)
		for _, step := range sc.Steps {
			add(step)
		}
	}
	return uint8(h ^ h>>8 ^ h>>16 ^ h>>32)
}

// Rules is a policy made ready. It is never changed and may be shared.
type Rules struct {
	names      [MaxRules]string
	severities [MaxRules]Severity
	maxInRow   uint8
	sum        uint8
	required   map[string]Steps
	steps      []string
}

// Compile makes a policy ready. What it does not know (rules and severities of a
// later version, more than there is room for) is left out.
func (p Policy) Compile() *Rules {
	r := &Rules{maxInRow: uint8(min(max(p.MaxInRow, 2), MaxRow)), sum: p.sum(), required: make(map[string]Steps)}
	index := make(map[string]Rule)
	for i, name := range ruleNames {
		r.names[i], index[name] = name, Rule(i)
	}
	for i, name := range p.Custom {
		if i < MaxCustom {
			r.names[int(FirstCustom)+i], index[name] = name, FirstCustom+Rule(i)
		}
	}
	for _, s := range p.Severities {
		rule, known := index[s.Rule]
		if severity, ok := SeverityByName(s.Severity); ok && known {
			r.severities[rule] = severity
		}
	}
	for _, sc := range p.Scripts {
		for _, step := range sc.Steps {
			if len(r.steps) < MaxSteps {
				r.required[sc.RequestType] |= 1 << len(r.steps)
				r.steps = append(r.steps, step)
			}
		}
	}
	return r
}

// Name is the label value of a rule, "" where there is none.
func (r *Rules) Name(rule Rule) string {
	if int(rule) >= MaxRules {
		return ""
	}
	return r.names[rule]
}

// Severity of a rule.
func (r *Rules) Severity(rule Rule) Severity {
	if int(rule) >= MaxRules {
		return Off
	}
	return r.severities[rule]
}

// Broken gives the rules that are on and that one message of a human breaks by
// itself, as far as its traits tell: those that look at the messages around it
// are in the Findings of a State only.
func (r *Rules) Broken(t Traits) (set Set) {
	for rule := range Rule(MaxRules) {
		if t.broken(r.sum).Has(rule) && r.severities[rule] != Off {
			set |= 1 << rule
		}
	}
	return set
}

// Each calls f for each rule that is on, in the order of their indexes.
func (r *Rules) Each(f func(rule Rule, name string, severity Severity)) {
	for i, severity := range r.severities {
		if severity != Off {
			f(Rule(i), r.names[i], severity)
		}
	}
}

// Required gives the steps that conversations of a request type have to have.
func (r *Rules) Required(requestType string) Steps { return r.required[requestType] }

// StepNames gives the names of steps.
func (r *Rules) StepNames(s Steps) []string {
	var names []string
	for i, name := range r.steps {
		if s&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return names
}
