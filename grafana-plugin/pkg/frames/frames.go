// Package frames makes Grafana's data frames of what the exporter's API answers. It
// is pure.
package frames

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/api"
)

// Links are what links of fields lead to: the data source itself.
type Links struct{ UID, Name string }

// transcript leads to the transcript of the conversation in the field.
func (l Links) transcript() []data.DataLink {
	return []data.DataLink{{
		Title: "Transcript",
		Internal: &data.InternalDataLink{
			DatasourceUID: l.UID, DatasourceName: l.Name,
			Query: map[string]any{"refId": "A", "version": 1, "queryType": "transcript", "conversation": "${__value.raw}"},
		},
	}}
}

// vendor leads to the conversation in the vendor's own inbox.
func vendor() []data.DataLink {
	return []data.DataLink{{Title: "Open in the provider's inbox", URL: "${__value.raw}", TargetBlank: true}}
}

// column is a field of a table.
type column struct {
	name, title, unit string
	values            any
	links             []data.DataLink
}

// idWidth is the width of a column of ids in pixels.
const idWidth = 190

func table(name string, columns ...column) *data.Frame {
	f := data.NewFrame(name)
	for _, c := range columns {
		field := data.NewField(c.name, nil, c.values)
		field.Config = &data.FieldConfig{DisplayNameFromDS: c.title, Unit: c.unit, Links: c.links}
		if c.links != nil {
			// An id or an address is of no use cut short.
			field.Config.Custom = map[string]any{"width": idWidth}
		}
		f.Fields = append(f.Fields, field)
	}
	f.Meta = &data.FrameMeta{Type: data.FrameTypeTable, TypeVersion: data.FrameTypeVersion{0, 1}, PreferredVisualization: data.VisTypeTable}
	return f
}

// of takes a value out of every row.
func of[R, T any](rows []R, value func(*R) T) []T {
	out := make([]T, len(rows))
	for i := range rows {
		out[i] = value(&rows[i])
	}
	return out
}

func join(list []string) string { return strings.Join(list, ", ") }

// Conversations is a table of conversations.
func Conversations(rows []api.Conversation, links Links) *data.Frame {
	return table("conversations", conversationColumns(rows, links)...)
}

func conversationColumns(rows []api.Conversation, links Links) []column {
	type row = api.Conversation
	columns := []column{
		{name: "opened", title: "Opened", values: of(rows, func(c *row) time.Time { return c.Opened })},
		{name: "conversation", title: "Conversation", values: of(rows, func(c *row) string { return c.ID }), links: links.transcript()},
		{name: "state", title: "State", values: of(rows, func(c *row) string { return c.State })},
		{name: "source", title: "Source", values: of(rows, func(c *row) string { return c.Source })},
		{name: "inbox", title: "Inbox", values: of(rows, func(c *row) string { return c.Inbox })},
		{name: "team", title: "Team", values: of(rows, func(c *row) string { return c.Team })},
		{name: "agent", title: "Agent", values: of(rows, func(c *row) string { return person(c.Agent, c.AgentName) })},
		{name: "request_type", title: "Request", values: of(rows, func(c *row) string { return c.RequestType })},
		{name: "trigger", title: "Trigger", values: of(rows, func(c *row) string { return c.Trigger })},
		{name: "waiting_since", title: "Waiting since", values: of(rows, func(c *row) *time.Time { return c.Waiting })},
		{name: "first_response", title: "First response", unit: "dthms", values: of(rows, func(c *row) *float64 { return c.FirstResponse })},
		{name: "resolution", title: "Resolution", unit: "dthms", values: of(rows, func(c *row) *float64 { return c.Resolution })},
		{name: "csat", title: "CSAT", unit: "none", values: of(rows, func(c *row) *int64 {
			if c.CSAT == nil {
				return nil
			}
			v := int64(*c.CSAT)
			return &v
		})},
		{name: "sentiment", title: "Sentiment", values: of(rows, func(c *row) string { return c.Sentiment })},
		{name: "closed", title: "Closed", values: of(rows, func(c *row) *time.Time { return c.Closed })},
		{name: "closed_by", title: "Closed by", values: of(rows, func(c *row) string { return c.ClosedBy })},
		{name: "messages", title: "Messages", unit: "none", values: of(rows, func(c *row) int64 {
			return int64(c.Messages.Customer + c.Messages.Human + c.Messages.Bot + c.Messages.Other)
		})},
		{name: "escalations", title: "Escalations", values: of(rows, func(c *row) string { return join(c.Escalations) })},
		{name: "audit_rules", title: "Findings", values: of(rows, func(c *row) string { return join(c.AuditRules) })},
		{name: "contact", title: "Contact", values: of(rows, func(c *row) string { return c.Contact })},
	}
	if slices.ContainsFunc(rows, func(c row) bool { return c.VendorURL != "" }) {
		columns = append(columns, column{name: "vendor_url", title: "Provider", values: of(rows, func(c *row) string { return c.VendorURL }), links: vendor()})
	}
	return columns
}

// person is an agent by name, where there is one.
func person(label, name string) string {
	if name != "" {
		return name
	}
	return label
}

// Escalations is a table of what has to be helped, as of a moment.
func Escalations(rows []api.Escalation, now time.Time, links Links) *data.Frame {
	type row = api.Escalation
	columns := []column{
		{name: "since", title: "Since", values: of(rows, func(e *row) time.Time { return e.Since })},
		{name: "waiting", title: "Waiting", unit: "dthms", values: of(rows, func(e *row) float64 { return max(0, now.Sub(e.Since).Seconds()) })},
		{name: "reasons", title: "Reasons", values: of(rows, func(e *row) string {
			var list []string
			for reason := range e.Reasons {
				list = append(list, reason)
			}
			slices.Sort(list)
			return join(list)
		})},
	}
	conversations := of(rows, func(e *row) api.Conversation { return e.Conversation })
	for _, c := range conversationColumns(conversations, links) {
		if c.name != "waiting_since" && c.name != "escalations" && c.name != "closed" && c.name != "closed_by" && c.name != "resolution" {
			columns = append(columns, c)
		}
	}
	return table("escalations", columns...)
}

// Audits is a table of findings.
func Audits(rows []api.Finding, links Links) *data.Frame {
	type row = api.Finding
	columns := []column{
		{name: "time", title: "Time", values: of(rows, func(f *row) time.Time {
			if f.Conversation.Closed != nil {
				return *f.Conversation.Closed
			}
			return f.Conversation.Last
		})},
		{name: "rule", title: "Rule", values: of(rows, func(f *row) string { return strings.ReplaceAll(f.Rule, "_", " ") })},
		{name: "severity", title: "Severity", values: of(rows, func(f *row) string { return f.Severity })},
	}
	for _, c := range conversationColumns(of(rows, func(f *row) api.Conversation { return f.Conversation }), links) {
		if slices.Contains([]string{"conversation", "source", "inbox", "team", "agent", "request_type", "csat"}, c.name) {
			columns = append(columns, c)
		}
	}
	return table("audits", columns...)
}

// Discrepancies is a table of answers unlike the others.
func Discrepancies(rows []api.Discrepancy, links Links) *data.Frame {
	type row = api.Discrepancy
	return table("discrepancies",
		column{name: "time", title: "Time", values: of(rows, func(d *row) time.Time { return d.Time })},
		column{name: "request_type", title: "Request", values: of(rows, func(d *row) string { return d.RequestType })},
		column{name: "similarity", title: "Similarity", unit: "percentunit", values: of(rows, func(d *row) float64 { return d.Similarity })},
		column{name: "conversation", title: "Conversation", values: of(rows, func(d *row) string { return d.Conversation }), links: links.transcript()},
		column{name: "typical_conversation", title: "Typical answer in", values: of(rows, func(d *row) string { return d.Typical }), links: links.transcript()},
		column{name: "question", title: "Question", values: of(rows, func(d *row) string { return d.Question })},
	)
}

var weekdays = []string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}

// Heatmap is a table of 7 weekdays by 24 hours, of opened conversations an hour;
// hours that were not looked at are empty.
func Heatmap(h api.Heatmap) *data.Frame {
	columns := []column{{name: "weekday", title: "Weekday", values: weekdays}}
	for hour := range 24 {
		values := make([]*float64, 7)
		for i := range h.Cells {
			if c := &h.Cells[i]; c.Hour == hour && c.Weekday >= 1 && c.Weekday <= 7 && c.Hours > 0 {
				values[c.Weekday-1] = &c.OpenedPerHour
			}
		}
		columns = append(columns, column{name: fmt.Sprintf("%02d", hour), title: fmt.Sprintf("%02d", hour), unit: "short", values: values})
	}
	f := table("heatmap", columns...)
	f.Meta.Custom = map[string]any{"zone": h.Zone, "from": h.From, "to": h.To}
	return f
}

// Annotations are for a time axis.
func Annotations(rows []api.Annotation) *data.Frame {
	type row = api.Annotation
	return table("annotations",
		column{name: "time", values: of(rows, func(a *row) time.Time { return a.Time })},
		column{name: "title", values: of(rows, func(a *row) string {
			if a.Kind == "escalation" {
				return "Escalated: " + a.Reason
			}
			return "Closed by " + a.Reason
		})},
		column{name: "text", values: of(rows, func(a *row) string { return "Conversation " + a.Conversation })},
		column{name: "tags", values: of(rows, func(a *row) string {
			return strings.Join(slices.DeleteFunc([]string{a.Kind, a.Reason, a.Source, a.Inbox, a.Team}, func(s string) bool { return s == "" }), ",")
		})},
		column{name: "id", values: of(rows, func(a *row) string { return a.Conversation + "-" + a.Kind + "-" + a.Reason })},
	)
}

// Count is one number, for alert rules.
func Count(name string, at time.Time, value float64) *data.Frame {
	f := data.NewFrame(name, data.NewField("time", nil, []time.Time{at}), data.NewField(name, nil, []float64{value}))
	f.Meta = &data.FrameMeta{Type: data.FrameTypeTimeSeriesMulti, TypeVersion: data.FrameTypeVersion{0, 1}}
	return f
}

// colours gives each role the level whose colour it has.
var colours = map[string]string{"customer": "info", "agent": "debug", "bot": "trace", "system": "unknown", "unknown": "unknown"}

// Volume counts messages, a series a role; a series that has none is left out.
func Volume(v api.Volume) data.Frames {
	var list data.Frames
	for _, role := range []string{"customer", "agent", "bot", "system", "unknown"} {
		if !slices.ContainsFunc(v.Buckets, func(b api.VolumeBucket) bool { return b.Roles[role] > 0 }) {
			continue
		}
		field := data.NewField("Value", data.Labels{"level": colours[role], "role": role}, of(v.Buckets, func(b *api.VolumeBucket) float64 { return float64(b.Roles[role]) }))
		field.Config = &data.FieldConfig{DisplayNameFromDS: role, Unit: "short"}
		f := data.NewFrame(role, data.NewField("Time", nil, of(v.Buckets, func(b *api.VolumeBucket) time.Time { return b.Time })), field)
		f.Meta = &data.FrameMeta{Type: data.FrameTypeTimeSeriesMulti, TypeVersion: data.FrameTypeVersion{0, 1}}
		list = append(list, f)
	}
	return list
}

// labelsOf are a log line's.
func labelsOf(l *api.Line) json.RawMessage {
	labels := map[string]string{}
	for name, value := range map[string]string{
		"conversation": l.Conversation, "source": l.Source, "inbox": l.Inbox, "role": l.Role, "kind": l.Kind, "request_type": l.RequestType,
		"team": l.Team, "agent": l.Agent, "sentiment": l.Sentiment, "status": l.Status, "rule": l.Rule,
	} {
		if value != "" {
			labels[name] = value
		}
	}
	b, _ := json.Marshal(labels) // of plain values
	return b
}
