package api

import (
	"encoding/hex"
	"slices"
	"strconv"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/api"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/audit"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/conversation"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fold"
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/transcript"
)

// Words for what rows have as numbers.
var (
	stateNames   = []string{m.StateBot: "bot", m.StateWaiting: "waiting", m.StateAnswered: "answered", m.StatePending: "pending", conversation.StateClosed: "closed"}
	closedNames  = []string{m.ClosedByHuman: "human", m.ClosedByBot: "bot", m.ClosedByAPI: "api", m.ClosedByTimeout: "timeout", m.ClosedByThanks: "thanks", m.ClosedByMerged: "merged"}
	triggerNames = []string{m.TriggerInbound: "inbound", m.TriggerReopen: "reopen", m.TriggerOutbound: "outbound"}
)

func nameOf(names []string, i int8) string {
	if i < 0 || int(i) >= len(names) {
		return ""
	}
	return names[i]
}

// viewer puts rows into words. It lives as long as an Inspect.
type viewer struct {
	state *fold.State
	names *m.Names
	rules [audit.MaxRules]fold.RuleInfo
}

func view(s *fold.State) *viewer { return &viewer{s, s.Names(), s.Rules()} }

// conversation is a row of an answer; the caller adds the vendor's address.
func (v *viewer) conversation(r *transcript.Row) api.Conversation {
	c := api.Conversation{
		ID: r.ID.String(), Source: v.names.Value(m.DictSource, r.Source), Inbox: v.names.Value(m.DictInbox, r.Inbox), Team: v.names.Value(m.DictTeam, r.Team),
		RequestType: v.names.Value(m.DictRequestType, r.Type), Trigger: nameOf(triggerNames, r.Trigger),
		State: nameOf(stateNames, r.State), Owner: nameOf(conversation.Owners, r.Owner), Contact: contactText(v.state.Canonical(r.Contact)),
		Opened: time.Unix(0, r.Opened).UTC(), Last: time.Unix(0, r.Last).UTC(), Closed: moment(r.Closed), ClosedBy: nameOf(closedNames, r.ClosedBy),
		FirstResponse: secondsOf(r.FirstResponse), Resolution: secondsOf(r.Resolution), Sentiment: sentimentOf(r),
		Messages: api.Messages{Customer: int(r.Customer), Human: int(r.Human), Bot: int(r.Bot), Other: int(r.Other)},
		Agents:   []string{}, Escalations: reasonsOf(r.Escalated), Escalated: reasonsOf(r.Escalations), AuditRules: []string{},
	}
	c.Agent, c.AgentName = v.state.PersonOf(r.Agent)
	for _, w := range r.Writers {
		if label, _ := v.state.PersonOf(w.Agent()); label != "" && !slices.Contains(c.Agents, label) {
			c.Agents = append(c.Agents, label)
		}
	}
	if r.State == m.StateWaiting {
		c.Waiting = moment(r.Turn)
	}
	if r.CSAT > 0 {
		score := int(r.CSAT)
		c.CSAT = &score
	}
	for i, rule := range v.rules {
		if r.Rules.Has(audit.Rule(i)) {
			c.AuditRules = append(c.AuditRules, ruleName(rule, i))
		}
	}
	return c
}

// ruleName is a rule's; one that is not in force any more goes by its place.
func ruleName(rule fold.RuleInfo, i int) string {
	switch {
	case rule.Name != "":
		return rule.Name
	case audit.Rule(i) < audit.BuiltinRules:
		return audit.Rule(i).String()
	}
	return "custom-" + strconv.Itoa(i)
}

func secondsOf(ns int64) *float64 {
	if ns == transcript.None {
		return nil
	}
	s := float64(ns) / 1e9
	return &s
}

func sentimentOf(r *transcript.Row) string {
	switch {
	case r.Customer == 0:
		return "none"
	case r.Negative > 0 && r.Positive > 0:
		return "mixed"
	case r.Negative > 0:
		return "negative"
	case r.Positive > 0:
		return "positive"
	}
	return "neutral"
}

func reasonsOf(bits uint8) []string {
	list := []string{}
	for i, name := range m.EscalationNames {
		if bits&(1<<i) != 0 {
			list = append(list, name)
		}
	}
	return list
}

func contactText(k record.Key) string { return hex.EncodeToString(k[:]) }

// contactOf reads a contact's hash.
func contactOf(s string) (k record.Key, err error) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(k) || record.Key(b) == (record.Key{}) {
		return k, bad("contact is not a keyed hash of 32 hexadecimal digits; POST %scontacts/lookup gives that of a phone", Prefix)
	}
	return record.Key(b), nil
}

// conversationID reads an id as it is printed.
func conversationID(s string) (id m.ConversationID, err error) {
	id, ok := m.ParseConversationID(s)
	if !ok {
		return id, notFound("%.40q is no conversation's id: it has 16 letters and digits", s)
	}
	return id, nil
}
