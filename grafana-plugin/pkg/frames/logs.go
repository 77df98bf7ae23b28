package frames

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/api"
)

// Transcript is what was said and done in a conversation, as log lines.
func Transcript(c api.Conversation, lines []api.Line, links Links) *data.Frame {
	f := logs("transcript", inTurn(lines), links, nil)
	if c.VendorURL != "" {
		url := make([]string, len(lines))
		for i := range url {
			url[i] = c.VendorURL
		}
		field := data.NewField("vendor_url", nil, url)
		field.Config = &data.FieldConfig{
			DisplayNameFromDS: "Open in " + c.Source,
			Links:             []data.DataLink{{Title: "Open in " + c.Source, URL: "${__value.raw}", TargetBlank: true}},
		}
		f.Fields = append(f.Fields, field)
	}
	return f
}

// inTurn sets lines that happened at once a nanosecond apart: Grafana sorts by time,
// both ways, and a wait belongs before its reply.
func inTurn(lines []api.Line) []api.Line {
	out := slices.Clone(lines)
	for i := 1; i < len(out); i++ {
		if before := out[i-1].Time; !out[i].Time.After(before) {
			out[i].Time = before.Add(1)
		}
	}
	return out
}

// Messages are messages of several conversations, as log lines that lead to their
// transcripts.
func Messages(lines []api.Line, links Links, words []string) *data.Frame {
	return logs("messages", lines, links, words)
}

// Lost says that messages went by unseen.
func Lost(n int, at time.Time, links Links) *data.Frame {
	return logs("messages", []api.Line{{ID: fmt.Sprint("lost-", at.UnixNano()), Time: at, Kind: "lost", Role: "system", Text: fmt.Sprintf("— %d events went by too fast to be shown —", n)}}, links, nil)
}

func logs(name string, lines []api.Line, links Links, words []string) *data.Frame {
	type row = api.Line
	conversation := data.NewField("conversation", nil, of(lines, func(l *row) string { return l.Conversation }))
	conversation.Config = &data.FieldConfig{DisplayNameFromDS: "Conversation", Links: links.transcript()}
	f := data.NewFrame(name,
		data.NewField("timestamp", nil, of(lines, func(l *row) time.Time { return l.Time })),
		data.NewField("body", nil, of(lines, body)),
		data.NewField("severity", nil, of(lines, severity)),
		data.NewField("id", nil, of(lines, func(l *row) string { return l.ID })),
		data.NewField("labels", nil, of(lines, func(l *row) json.RawMessage { return labelsOf(l) })),
		conversation,
		data.NewField("role", nil, of(lines, func(l *row) string { return l.Role })),
		data.NewField("name", nil, of(lines, func(l *row) string { return person(l.Agent, l.Name) })),
	)
	if words == nil {
		words = []string{}
	}
	f.Meta = &data.FrameMeta{
		Type: data.FrameTypeLogLines, TypeVersion: data.FrameTypeVersion{0, 0}, PreferredVisualization: data.VisTypeLogs,
		Custom: map[string]any{"searchWords": words, "limit": api.MaxLimit}, UniqueRowIDFields: []int{3},
	}
	return f
}

// body is a line as one reads it: role and name first.
func body(l *api.Line) string {
	switch l.Kind {
	case api.KindWait:
		return "— " + span(l.Seconds) + " without a reply —"
	case api.KindFinding:
		return "— audit: " + strings.ReplaceAll(l.Rule, "_", " ") + " (" + l.Severity + ") —"
	case "lost":
		return l.Text
	case api.KindMessage:
		return who(l) + ": " + said(l)
	case api.KindNote:
		return who(l) + " notes: " + said(l)
	}
	return "— " + happened(l) + " —"
}

// titles of roles.
var titles = map[string]string{"customer": "Customer", "agent": "Agent", "bot": "Bot", "system": "System", "unknown": "Business"}

func who(l *api.Line) string {
	name := person(l.Agent, l.Name)
	if l.Role == "customer" {
		name = l.Name
	}
	title := cmp.Or(titles[l.Role], l.Role)
	if name == "" || strings.EqualFold(name, title) {
		return title
	}
	return title + " " + name
}

// said is a message's text, after what it came with.
func said(l *api.Line) string {
	var parts []string
	switch {
	case l.Gone == "erased":
		return "[erased]"
	case l.Gone == "trimmed":
		return "[no longer stored]"
	case l.Gone != "":
		return "[" + l.Gone + "]"
	case l.Template != "":
		parts = append(parts, "[template "+l.Template+"]")
	case l.Type != "" && l.Type != "text":
		parts = append(parts, "["+l.Type+"]")
	}
	if l.Text != "" {
		parts = append(parts, l.Text)
	}
	if len(parts) == 0 {
		// Meta reports that something was sent, and not what.
		parts = append(parts, "[text not reported by the provider]")
	}
	if l.Status == "failed" {
		parts = append(parts, strings.TrimSpace("[not delivered "+l.Error)+"]")
	}
	return strings.Join(parts, " ")
}

// happened is an event that is no message.
func happened(l *api.Line) string {
	name := person(l.Agent, l.Name)
	switch l.Kind {
	case "conversation.opened":
		return "opened"
	case "conversation.assigned":
		switch {
		case name != "" && l.Team != "":
			return "assigned to " + name + ", team " + l.Team
		case name != "":
			return "assigned to " + name
		case l.Team != "":
			return "assigned to team " + l.Team
		}
		return "no longer assigned"
	case "conversation.handoff":
		return words("handed over to people", to(l.Team), because(l.Reason))
	case "conversation.handback":
		return "handed back to the bot"
	case "conversation.pending":
		return "set to pending"
	case "conversation.resolved":
		return words("resolved", by(l.Role, name))
	case "conversation.closed":
		return words("closed", because(l.Reason))
	case "conversation.labeled":
		return words("labelled", strings.Join(l.Labels, ", "))
	case "conversation.merged":
		return "merged into another conversation"
	case "survey.sent":
		return "survey sent"
	case "survey.answered":
		if l.Score != nil {
			return words(fmt.Sprintf("survey answered: %g", *l.Score), l.Text)
		}
		return words("survey answered", l.Text)
	case "consent.changed":
		return "consent changed"
	case "contact.linked":
		return "another id of the same customer became known"
	}
	return strings.ReplaceAll(l.Kind, ".", " ")
}

func words(parts ...string) string {
	var list []string
	for _, p := range parts {
		if p != "" {
			list = append(list, p)
		}
	}
	return strings.Join(list, " ")
}

func to(team string) string {
	if team == "" {
		return ""
	}
	return "of team " + team
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return "(" + strings.ReplaceAll(reason, "_", " ") + ")"
}

func by(role, name string) string {
	switch {
	case name != "":
		return "by " + name
	case role == "bot":
		return "by the bot"
	}
	return ""
}

// span is a duration as one says it.
func span(seconds *float64) string {
	if seconds == nil {
		return "a long time"
	}
	d := time.Duration(*seconds * float64(time.Second)).Round(time.Second)
	var parts []string
	for _, u := range []struct {
		size time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}} {
		if n := d / u.size; n > 0 || len(parts) == 0 && u.name == "s" {
			parts = append(parts, fmt.Sprintf("%d %s", n, u.name))
			d -= n * u.size
		}
	}
	return strings.Join(parts[:min(2, len(parts))], " ")
}

var findings = map[string]string{"critical": "critical", "warning": "warning"}

// severity chooses a line's colour on purpose; without one Grafana guesses it from
// the text.
func severity(l *api.Line) string {
	switch {
	case l.Kind == api.KindWait, l.Status == "failed":
		return "error"
	case l.Kind == api.KindFinding:
		return cmp.Or(findings[l.Severity], "info")
	case l.Sentiment == "negative", l.Kind == "lost":
		return "warning"
	case l.Kind != api.KindMessage && l.Kind != api.KindNote:
		return "unknown"
	}
	return cmp.Or(colours[l.Role], "unknown")
}
