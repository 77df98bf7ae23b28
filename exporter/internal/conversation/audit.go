package conversation

import (
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/audit"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
)

// Audits are the rules for what humans write.
type Audits struct {
	Rules *audit.Rules
	// Names are the rules' label values.
	Names [audit.MaxRules]m.ID
	// Required are the steps of the request types' scripts.
	Required map[m.ID]audit.Steps
}

// auditCustomer takes a customer's message in.
func (c *conv) auditCustomer(in *Input) {
	c.audit.Customer(audit.Traits(in.Traits), uint32(in.Message), in.Flags&record.ClosingPhrase != 0)
}

// auditOurs takes a message of ours in, and counts what a human's breaks.
func (s *Shard) auditOurs(c *conv, in *Input) {
	if in.Actor == event.ActorBot {
		c.audit.Bot()
		return
	}
	traits := audit.Traits(in.Traits)
	if traits&audit.Audited != 0 {
		s.Store.Add(m.AuditedMessages, c.scope, 0, 0, 1)
	}
	s.findings = c.audit.Human(s.set.Audits.Rules, traits, uint32(in.Message), s.findings[:0])
	s.countFindings(c, in.Agent)
}

// endings are how conversations end, for the rules.
var endings = [...]audit.End{
	m.ClosedByHuman: audit.Resolved, m.ClosedByBot: audit.ResolvedByBot, m.ClosedByAPI: audit.Resolved, m.ClosedByTimeout: audit.TimedOut,
	m.ClosedByThanks: audit.Thanked, m.ClosedByMerged: audit.Merged,
}

// auditEnd judges the conversation as a whole. What it lacks is said of the agent
// who has it, else of the one who wrote last.
func (s *Shard) auditEnd(c *conv, by int) {
	a := &s.set.Audits
	s.findings = c.audit.Close(a.Rules, endings[by], a.Required[c.typ], s.findings[:0])
	agent := c.agent
	if agent == 0 {
		agent = c.sender
	}
	s.countFindings(c, agent)
}

func (s *Shard) countFindings(c *conv, agent Ref) {
	for _, f := range s.findings {
		rule := s.set.Audits.Names[f.Rule]
		s.Store.AddOpen(m.AuditFindings, c.scope, 0, int(f.Severity-audit.Info), rule, 0, 1)
		if s.Book != nil {
			s.Book.Found(c.id, f.Rule)
		}
		if agent != 0 {
			s.Store.AddOpen(m.AgentAuditFindings, s.agentScope(agent), 0, 0, rule, 0, 1)
		}
	}
}
