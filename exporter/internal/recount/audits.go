package recount

import (
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/audit"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

// spoken is a message of a conversation, for the rules of audits.
type spoken struct {
	by     event.Actor
	traits audit.Traits
	thanks bool
}

// hears notes a message of a conversation.
func (r *recount) hears(c *conversation, e event.Event) {
	if r.s.Traits == nil {
		return
	}
	m := spoken{by: e.Actor, traits: audit.Traits(r.s.Traits(e))}
	if e.Kind == event.MessageReceived {
		m.by, m.thanks = event.ActorCustomer, found(r.s.IsClosing, e.Message.Text)
	}
	c.spoken = append(c.spoken, m)
	if m.by == event.ActorHuman && m.traits&audit.Audited != 0 {
		r.totals.add("helpdesk_audited_messages_total", r.labels(c)...)
		r.auditMessage(c, e.Agent.ID)
	}
}

// auditMessage judges the last message, which a human wrote.
func (r *recount) auditMessage(c *conversation, agent string) {
	rules := r.s.Audits.Compile()
	last := c.spoken[len(c.spoken)-1]
	broken := rules.Broken(last.traits)
	language, customer, humans, inRow := "", false, 0, 0
	for _, m := range c.spoken {
		switch m.by {
		case event.ActorCustomer:
			customer, inRow = true, 0
			if l := m.traits.Language(); l != "" {
				language = l
			}
		case event.ActorBot:
			inRow = 0
		case event.ActorHuman:
			if m.traits&audit.Audited != 0 {
				humans++
				inRow++
			}
		}
	}
	if l := last.traits.Language(); l != "" && language != "" && l != language {
		broken |= 1 << audit.OtherLanguage
	}
	if humans == 1 && customer && c.trigger(r.s.ReopenWindow) != "reopen" && last.traits&audit.Greets == 0 {
		broken |= 1 << audit.NoGreeting
	}
	if inRow == r.s.Audits.MaxInRow {
		broken |= 1 << audit.ManyInARow
	}
	r.findings(c, rules, broken, agent)
}

// auditEnd judges a conversation that ends.
func (r *recount) auditEnd(c *conversation, by string) {
	if r.s.Traits == nil || by == "merged" {
		return
	}
	rules := r.s.Audits.Compile()
	var broken audit.Set
	waits, closes, humans, known, used := false, false, 0, false, false
	steps := audit.Steps(0)
	for _, m := range c.spoken {
		switch {
		case m.by == event.ActorCustomer && m.thanks, m.by == event.ActorBot:
			waits = false
		case m.by == event.ActorCustomer && m.traits&audit.Question != 0:
			waits, closes = true, false
		case m.by == event.ActorHuman:
			waits = false
			if m.traits&audit.Audited == 0 {
				continue
			}
			humans++
			closes = closes || m.traits&audit.Closes != 0
			known, used = known || m.traits&audit.NameKnown != 0, used || m.traits&audit.NameUsed != 0
			steps |= m.traits.Steps(rules)
		}
	}
	if waits && by != "bot" {
		broken |= 1 << audit.UnansweredAtClose
	}
	if humans > 0 {
		knowing := by != "bot" && by != timerTimeout
		if knowing && !closes {
			broken |= 1 << audit.NoClosing
		}
		if known && !used {
			broken |= 1 << audit.NameNotUsed
		}
		if required := rules.Required(c.requestType()); knowing && required&^steps != 0 {
			broken |= 1 << audit.ScriptStep
		}
	}
	r.findings(c, rules, broken, c.agent())
}

func (r *recount) findings(c *conversation, rules *audit.Rules, broken audit.Set, agent string) {
	rules.Each(func(rule audit.Rule, name string, severity audit.Severity) {
		if !broken.Has(rule) {
			return
		}
		r.totals.add("helpdesk_audit_findings_total", r.labels(c, "severity", severity.String(), "rule", name)...)
		if agent != "" {
			r.totals.add("helpdesk_agent_audit_findings_total", r.agentLabels(agent, "rule", name)...)
		}
	})
}
