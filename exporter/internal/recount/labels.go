package recount

import (
	"slices"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

// Fixed values that stand where an event names none.
const (
	noReason   = "unspecified"
	noCategory = ""
)

// admitConfigured lets the configured values in before any event's.
func (r *recount) admitConfigured() {
	for _, src := range r.s.Sources {
		for _, in := range src.Inboxes {
			r.letIn("inbox", in.ID)
			r.letIn("team", in.Team)
		}
	}
	var teams []string
	for _, a := range r.s.Agents {
		r.letIn("agent", r.agentLabel(a.ID))
		teams = append(teams, a.Team)
	}
	slices.Sort(teams)
	for _, team := range teams {
		r.letIn("team", team)
	}
	for _, reason := range []string{noReason, "assignment", "implicit"} {
		r.letIn("reason", reason)
	}
	r.letIn("category", noCategory)
	for _, l := range r.s.ConversationLabels {
		r.letIn("label", l)
	}
}

// admit lets an event's label values in, first come for ever.
func (r *recount) admit(e event.Event) {
	r.letIn("inbox", e.Inbox)
	r.letIn("team", r.s.agentTeam(e.Agent.ID, e.Agent.Team))
	if e.Agent.ID != "" {
		r.letIn("agent", r.agentLabel(e.Agent.ID))
	}
	switch e.Kind {
	case event.ConversationHandoff:
		r.letIn("reason", e.Reason)
	case event.MessageSent, event.MessageStatus:
		r.letIn("category", e.Message.Template.Category)
	case event.LineChanged:
		r.letIn("event", e.Line.Event)
	}
}

func (r *recount) letIn(label, value string) {
	in := r.admitted[label]
	if value != "" && !slices.Contains(in, value) && len(in) < r.s.MaxValues {
		r.admitted[label] = append(in, value)
	}
}

func (r *recount) label(label, value string) string {
	if value == "" || slices.Contains(r.admitted[label], value) {
		return value
	}
	return "other"
}

// labels of a conversation's families, with more in turn behind them.
func (r *recount) labels(c *conversation, more ...string) []string {
	inbox, team := r.label("inbox", c.inbox.ID), r.label("team", c.team())
	r.scopes[[3]string{c.source.Name, inbox, team}] = true
	return append([]string{"source", c.source.Name, "inbox", inbox, "team", team}, more...)
}

// typed are labels with the request type.
func (r *recount) typed(c *conversation, more ...string) []string {
	return r.labels(c, append([]string{"request_type", c.requestType()}, more...)...)
}

// threadLabels are those of the open conversation; without one nobody is
// assigned and nobody wrote, so the team is the inbox's.
func (r *recount) threadLabels(t *thread, more ...string) []string {
	c := t.open
	if c == nil {
		c = t.nobody()
	}
	return r.labels(c, more...)
}

// nobody stands for a conversation where there is none.
func (t *thread) nobody() *conversation {
	return &conversation{source: t.source, inbox: t.inbox}
}

// observe puts a duration into a histogram; one below zero is an anomaly.
func (r *recount) observe(c *conversation, name string, d time.Duration, labels []string) {
	if d < 0 {
		r.totals.add("helpdesk_clock_anomalies_total", r.labels(c)...)
		return
	}
	r.totals.observe(r.bounds, name, d, labels...)
}
