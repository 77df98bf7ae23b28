package providertest

import (
	"fmt"
	"sort"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// Dump writes what an adapter found, one event a line with every field that is
// set, then the threads that it told of, the tasks that it leaves, and what was
// ignored.
func Dump(res *provider.Result) string {
	var b strings.Builder
	for i := range res.Events {
		dumpEvent(&b, &res.Events[i])
	}
	for _, th := range res.Threads {
		fmt.Fprintf(&b, "thread conversation=%q contact=%q inbox=%q channel=%q\n", th.Conversation, th.Contact, th.Inbox, th.Channel)
	}
	for _, t := range res.Tasks {
		fmt.Fprintf(&b, "task %s %s\n", t.Key, t.Data)
	}
	names := make([]string, 0, len(res.Ignored))
	for name := range res.Ignored {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		fmt.Fprintf(&b, "ignored %s %d\n", name, res.Ignored[name])
	}
	return b.String()
}

func dumpEvent(b *strings.Builder, e *event.Event) {
	fmt.Fprintf(b, "%s %s id=%q", e.Time.Format(time.RFC3339Nano), e.Kind, e.ID)
	str := func(name, v string) {
		if v != "" {
			fmt.Fprintf(b, " %s=%q", name, v)
		}
	}
	str("channel", e.Channel)
	str("inbox", e.Inbox)
	str("contact", e.Contact)
	str("alias", e.Alias)
	str("name", e.ContactName)
	str("conversation", e.Conversation)
	if e.Actor != event.ActorUnknown || e.Kind == event.MessageSent {
		fmt.Fprintf(b, " actor=%s", e.Actor)
	}
	str("agent", e.Agent.ID)
	str("agent_name", e.Agent.Name)
	str("team", e.Agent.Team)
	if e.Agent.Capacity != 0 {
		fmt.Fprintf(b, " capacity=%d", e.Agent.Capacity)
	}
	str("message", e.Message.ID)
	str("type", e.Message.Type)
	str("text", e.Message.Text)
	str("reply_to", e.Message.ReplyTo)
	str("template", e.Message.Template.Name)
	str("category", e.Message.Template.Category)
	str("status", e.Status.String())
	str("error", e.Error)
	str("state", event.Presences[e.State])
	if e.Scale != 0 {
		fmt.Fprintf(b, " survey=%s scale=%g", event.Surveys[e.Survey], e.Scale)
	}
	if e.HasScore {
		fmt.Fprintf(b, " score=%g", e.Score)
	}
	str("consent", event.Consents[e.Consent])
	str("request_type", e.RequestType)
	str("segment", e.Segment)
	for _, l := range e.Labels {
		str("label", l)
	}
	str("reason", e.Reason)
	str("into", e.Into)
	str("line", e.Line.Event)
	if e.Line.Restricted != 0 {
		fmt.Fprintf(b, " restricted=%+d", e.Line.Restricted)
	}
	str("line_template", e.Line.Template)
	str("line_state", e.Line.TemplateState)
	if e.Derived {
		b.WriteString(" derived")
	}
	b.WriteByte('\n')
}

// Check says what is wrong with an event that no adapter may produce. remembers
// is the provider's Spec.Remembers: contact and inbox may then be missing.
func Check(e *event.Event, remembers bool) error {
	for name, s := range map[string]string{
		"id": e.ID, "inbox": e.Inbox, "contact": e.Contact, "alias": e.Alias, "name": e.ContactName,
		"conversation": e.Conversation, "agent": e.Agent.ID, "agent_name": e.Agent.Name, "team": e.Agent.Team,
		"message": e.Message.ID, "text": e.Message.Text, "reply_to": e.Message.ReplyTo,
		"template": e.Message.Template.Name, "category": e.Message.Template.Category, "error": e.Error,
		"request_type": e.RequestType, "reason": e.Reason, "channel": e.Channel,
		"line": e.Line.Event, "line_template": e.Line.Template, "line_state": e.Line.TemplateState,
	} {
		limit := 4 * wire.MaxID
		if name == "text" {
			limit = 3 * wire.MaxText // bytes that are no UTF-8 become three
		}
		if !utf8.ValidString(s) || len(s) > limit {
			return fmt.Errorf("%s: %s is no UTF-8 or has %d bytes", e.Kind, name, len(s))
		}
	}
	isLine, ofThread := e.Kind == event.LineChanged, e.Kind != event.LineChanged && e.Kind != event.AgentState
	switch {
	case !e.Kind.Valid():
		return fmt.Errorf("kind %d", e.Kind)
	case e.ID == "" || e.Time.IsZero() || e.Time.Location() != time.UTC:
		return fmt.Errorf("%s: id %q, time %v", e.Kind, e.ID, e.Time)
	case ofThread && !remembers && (e.Inbox == "" || e.Contact == ""):
		return fmt.Errorf("%s: without inbox or contact", e.Kind)
	case ofThread && e.Contact == "" && e.Conversation == "":
		return fmt.Errorf("%s: without anything to know the contact by", e.Kind)
	case e.Source != "" || !e.Received.IsZero():
		return fmt.Errorf("%s: source and received are the server's to set", e.Kind)
	case e.Channel != strings.ToLower(e.Channel):
		return fmt.Errorf("%s: channel %q is not in lower case", e.Kind, e.Channel)
	case e.Contact == e.Alias && e.Contact != "":
		return fmt.Errorf("%s: contact is its own alias", e.Kind)
	case e.Kind == event.ContactLinked && e.Alias == "":
		return fmt.Errorf("%s: without alias", e.Kind)
	case e.Kind == event.MessageReceived && e.Actor != event.ActorCustomer:
		return fmt.Errorf("%s: by %s", e.Kind, e.Actor)
	case e.Kind == event.MessageSent && e.Actor == event.ActorCustomer:
		return fmt.Errorf("%s: by a customer", e.Kind)
	case e.Kind == event.AgentState && (e.Agent.ID == "" || e.State == event.PresenceNone):
		return fmt.Errorf("%s: without agent or state", e.Kind)
	case (e.Kind == event.MessageStatus) != (e.Status != event.StatusNone):
		return fmt.Errorf("%s: status %q", e.Kind, e.Status)
	case (e.Kind == event.ConsentChanged) != (e.Consent != event.ConsentNone):
		return fmt.Errorf("%s: consent %d", e.Kind, e.Consent)
	case isLine != (e.Line.Event != ""):
		return fmt.Errorf("%s: line event %q", e.Kind, e.Line.Event)
	case e.Kind == event.SurveyAnswered && !e.HasScore:
		return fmt.Errorf("%s: without score", e.Kind)
	case e.HasScore && (e.Score < 0 || e.Score > e.Scale):
		return fmt.Errorf("%s: score %g of %g", e.Kind, e.Score, e.Scale)
	case e.Message.Type != "" && event.MessageTypes[event.MessageTypeIndex(e.Message.Type)] != e.Message.Type:
		return fmt.Errorf("%s: message type %q", e.Kind, e.Message.Type)
	case strings.HasPrefix(e.Kind.String(), "message.") && e.Message.ID == "":
		return fmt.Errorf("%s: without message id", e.Kind)
	}
	return nil
}
