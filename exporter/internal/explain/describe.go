package explain

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/conversation"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fold"
	m "github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
)

// describer puts one step into words, while the names are as they were then.
type describer struct {
	state   *fold.State
	names   *m.Names
	track   *track
	step    *conversation.Step
	counts  []Count
	changed []Change
}

// count takes what was counted; gauges are how things stand, which the changes
// tell.
func (d *describer) count() {
	d.counts = []Count{}
	for _, c := range d.step.Counted {
		if c.Family.Level != m.ByAgent {
			d.track.source = c.Scope.Source
		}
		if c.Family.Type != m.Counter && c.Family.Type != m.Histogram {
			continue
		}
		names, values := c.Family.LabelNames(), c.LabelValues(d.names)
		count := Count{Metric: c.Family.Name, Type: "counter", Labels: make(map[string]string, len(names)), Value: float64(c.N), names: names}
		for i, n := range names {
			if n != m.SegmentLabel || values[i] != "" {
				count.Labels[n] = values[i]
			}
		}
		if c.Family.Type == m.Histogram {
			count.Type, count.Value = "histogram", float64(c.Nanos)/1e9
		}
		d.counts = append(d.counts, count)
	}
}

// counted finds what the step counted of a family.
func (d *describer) counted(f *m.Family) (Count, bool) {
	for _, c := range d.counts {
		if c.Metric == f.Name {
			return c, true
		}
	}
	return Count{}, false
}

// event says what an event reports.
func (d *describer) event(in *conversation.Input) string {
	switch in.Kind {
	case event.MessageReceived:
		return d.received(in)
	case event.MessageSent:
		return d.sent(in)
	case event.MessageStatus:
		return strings.TrimSpace("delivery status " + in.Status.String() + " " + d.names.Value(m.DictCode, in.Code))
	case event.ConversationOpened:
		return "opened by the provider" + d.labelled(in)
	case event.ConversationAssigned:
		return d.assigned(in) + d.labelled(in)
	case event.ConversationHandoff:
		return d.handedOff(in) + d.labelled(in)
	case event.ConversationHandback:
		return "given back to the bot" + d.labelled(in)
	case event.ConversationPending:
		return "set to pending" + d.labelled(in)
	case event.ConversationResolved:
		return d.resolved(in) + d.labelled(in)
	case event.ConversationLabeled:
		return "labelled" + d.labelled(in)
	case event.ConversationMerged:
		return "merged into another conversation" + d.labelled(in)
	case event.SurveySent:
		return surveyName(in.Survey) + " survey sent" + d.about(in) + d.labelled(in)
	case event.SurveyAnswered:
		return d.answer(in)
	case event.ConsentChanged:
		return "consent: " + strings.ReplaceAll(event.Consents[in.Consent], "_", " ")
	case event.ContactLinked:
		return "another id of the same customer became known"
	case event.NoteAdded:
		return "internal note" + d.by(in)
	}
	return in.Kind.String()
}

func (d *describer) received(in *conversation.Input) string {
	if in.Answer {
		return d.answer(in)
	}
	notes := []string{messageType(in)}
	for _, f := range []struct {
		flag record.Flags
		name string
	}{
		{record.ClosingPhrase, "closing phrase"}, {record.AsksForPerson, "asks for a person"},
		{record.Negative, "negative"}, {record.Positive, "positive"}, {record.OptIn, "opts in"}, {record.OptOut, "opts out"},
	} {
		if in.Flags&f.flag != 0 {
			notes = append(notes, f.name)
		}
	}
	if in.Flags&record.Rated != 0 {
		notes = append(notes, "a rating: "+number(in.Score))
	}
	return "customer message (" + strings.Join(notes, ", ") + ")" + d.labelled(in)
}

func (d *describer) sent(in *conversation.Input) string {
	what := "message of an unknown author"
	switch in.Actor {
	case event.ActorHuman:
		what = "human message" + d.by(in)
	case event.ActorBot:
		what = "bot message"
	case event.ActorSystem:
		what = "system message"
	}
	notes := []string{messageType(in)}
	if in.Template {
		if notes[0] != "template" {
			notes = append(notes, "template")
		}
		if category := d.names.Value(m.DictCategory, in.Category); category != "" {
			notes = append(notes, category)
		}
	}
	return what + " (" + strings.Join(notes, ", ") + ")" + d.labelled(in)
}

func messageType(in *conversation.Input) string { return event.MessageTypes[in.MessageType] }

// by names the agent who did something.
func (d *describer) by(in *conversation.Input) string {
	if a := d.agent(in.Agent); a != "" {
		return " by agent " + a
	}
	return ""
}

// about names the agent whom a survey is about.
func (d *describer) about(in *conversation.Input) string {
	if a := d.agent(in.Agent); a != "" {
		return " about agent " + a
	}
	return ""
}

func (d *describer) agent(r conversation.Ref) string { return d.state.AgentLabel(d.state.AgentHash(r)) }

func (d *describer) team(id m.ID) string { return d.names.Value(m.DictTeam, id) }

func (d *describer) assigned(in *conversation.Input) string {
	var to []string
	if in.Agent != 0 {
		if a := d.agent(in.Agent); a != "" {
			to = append(to, "agent "+a)
		} else {
			to = append(to, "an agent")
		}
	}
	if t := d.team(in.Team); t != "" {
		to = append(to, "team "+t)
	}
	if len(to) == 0 {
		return "assigned to nobody any more"
	}
	return "assigned to " + strings.Join(to, ", ")
}

func (d *describer) handedOff(in *conversation.Input) string {
	out := "handed off to humans"
	if t := d.team(in.Team); t != "" {
		out = "handed off to team " + t
	}
	if r := d.names.Value(m.DictReason, in.Reason); r != "" {
		out += ": " + r
	}
	return out
}

func (d *describer) resolved(in *conversation.Input) string {
	switch in.Actor {
	case event.ActorHuman:
		if a := d.agent(in.Agent); a != "" {
			return "resolved by agent " + a
		}
		return "resolved by a human"
	case event.ActorBot:
		return "resolved by the bot"
	}
	return "resolved, not said by whom"
}

func (d *describer) answer(in *conversation.Input) string {
	out := "answer to the " + surveyName(in.Survey) + " survey: " + number(in.Score)
	if in.Scale != 0 {
		out += " of " + number(in.Scale)
	}
	return out
}

// labelled names the request type and the counted labels that came with an
// event.
func (d *describer) labelled(in *conversation.Input) string {
	var out []string
	if in.RequestType != m.None {
		out = append(out, "request type "+d.names.Value(m.DictRequestType, in.RequestType))
	}
	var labels []string
	for rest := in.Labels; rest != 0; rest &= rest - 1 {
		labels = append(labels, d.names.Value(m.DictLabel, m.Other+1+m.ID(bits.TrailingZeros64(rest))))
	}
	switch len(labels) {
	case 0:
	case 1:
		out = append(out, "label "+labels[0])
	default:
		out = append(out, "labels "+strings.Join(labels, ", "))
	}
	if len(out) == 0 {
		return ""
	}
	return ": " + strings.Join(out, ", ")
}

func surveyName(s event.Survey) string {
	if s == event.SurveyNPS {
		return "NPS"
	}
	return "CSAT"
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// add notes a change.
func (d *describer) add(about, format string, args ...any) {
	d.changed = append(d.changed, Change{about, fmt.Sprintf(format, args...)})
}
