package recount

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

// The files in testdata hold dialogues: settings and events, a line "----", and
// what is expected, computed by hand from the text of the definitions. A file
// is never rewritten from what the code says.
//
//	== title
//	set bot | plain | team T | agent ID T | cap N | types | service D | close D | target D
//	T[@R] what [word] [key=value …]     T, R: offsets of event and receive time
//	at T                                time runs until then
//	----
//	family{label="value"} 1             labels that have their usual value are left out
//	family none                         no series of the family
//
// All series of a family that is named are compared, those of others are not.
func TestDialogues(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no dialogues: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for block := range strings.SplitSeq("\n"+string(text), "\n== ") {
			title, body, ok := strings.Cut(block, "\n")
			if strings.TrimSpace(block) == "" || strings.HasPrefix(strings.TrimSpace(title), "#") {
				continue
			}
			if !ok {
				t.Fatalf("%s: %q has no body", file, title)
			}
			t.Run(strings.TrimSuffix(filepath.Base(file), ".txt")+"/"+title, func(t *testing.T) {
				runDialogue(t, body)
			})
		}
	}
}

var dialogueStart = time.Date(2025, 3, 10, 9, 0, 0, 0, time.UTC)

func runDialogue(t *testing.T, body string) {
	script, want, ok := strings.Cut(body, "----\n")
	if !ok {
		t.Fatal("no line ----")
	}
	d := dialogue{t: t, s: Defaults()}
	d.s.IsClosing = func(text string) bool { return text == "thanks" }
	d.s.AsksForPerson = func(text string) bool { return text == "person" }
	d.s.IsNegative = func(text string) bool { return text == "awful" }
	d.s.FailureCodes = []string{"131026"}
	for l := range strings.Lines(script) {
		if f := strings.Fields(l); len(f) > 0 && !strings.HasPrefix(f[0], "#") {
			d.line(f)
		}
	}
	got := Recount(d.events, d.s, d.at)
	d.compare(got, want)
}

type dialogue struct {
	t      *testing.T
	s      Settings
	events []event.Event
	at     time.Time
}

func (d *dialogue) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *dialogue) duration(s string) time.Duration {
	v, err := time.ParseDuration(s)
	d.must(err)
	return v
}

func (d *dialogue) line(f []string) {
	switch f[0] {
	case "set":
		d.set(f[1:])
	case "at":
		d.at = dialogueStart.Add(d.duration(f[1]))
	default:
		d.event(f)
	}
}

func (d *dialogue) set(f []string) {
	src := &d.s.Sources[0]
	switch f[0] {
	case "bot":
		src.Inboxes[0].Bot = true
	case "plain":
		src.Resolves, src.CloseAfter = false, 2*time.Hour
	case "team":
		src.Inboxes[0].Team = f[1]
	case "agent":
		d.s.Agents[f[1]] = f[2]
	case "cap":
		n, err := strconv.Atoi(f[1])
		d.must(err)
		d.s.MaxValues = n
	case "types":
		d.s.RequestTypes = []RequestType{{Name: "billing", Labels: []string{"invoice"}}, {Name: "delivery"}}
	case "service":
		src.ServiceWindow = d.duration(f[1])
	case "close":
		src.CloseAfter = d.duration(f[1])
	case "target":
		d.s.Resolution = d.duration(f[1])
	default:
		d.t.Fatalf("set %s?", f[0])
	}
}

func (d *dialogue) event(f []string) {
	at, received, hasReceived := strings.Cut(f[0], "@")
	e := event.Event{
		ID: fmt.Sprintf("e%d", len(d.events)+1), Time: dialogueStart.Add(d.duration(at)),
		Source: "events", Inbox: "i1", Contact: "c1",
	}
	if hasReceived {
		e.Received = dialogueStart.Add(d.duration(received))
	}
	var words []string
	for _, w := range f[2:] {
		if key, value, isPair := strings.Cut(w, "="); isPair {
			d.field(&e, key, value)
		} else {
			words = append(words, w)
		}
	}
	word := strings.Join(words, " ")
	switch f[1] {
	case "customer":
		e.Kind, e.Actor, e.Message.Text = event.MessageReceived, event.ActorCustomer, word
	case "human":
		e.Kind, e.Actor, e.Agent.ID = event.MessageSent, event.ActorHuman, word
	case "bot":
		e.Kind, e.Actor = event.MessageSent, event.ActorBot
	case "system":
		e.Kind, e.Actor = event.MessageSent, event.ActorSystem
	case "unknown":
		e.Kind = event.MessageSent
	case "assign":
		e.Kind, e.Agent.ID = event.ConversationAssigned, word
	case "handoff":
		e.Kind, e.Reason = event.ConversationHandoff, word
	case "resolve":
		e.Kind = event.ConversationResolved
		e.Actor = map[string]event.Actor{"human": event.ActorHuman, "bot": event.ActorBot, "system": event.ActorSystem}[word]
	case "status":
		e.Kind = event.MessageStatus
		e.Status = event.Status(slices.Index(event.Statuses[:], word))
	case "line":
		e.Kind, e.Contact, e.Line.Event = event.LineChanged, "", word
	default:
		k := slices.Index(event.Kinds[:], f[1])
		if k < 0 {
			d.t.Fatalf("%s?", f[1])
		}
		e.Kind = event.Kind(k)
	}
	d.events = append(d.events, e)
}

func (d *dialogue) field(e *event.Event, key, value string) {
	switch key {
	case "id":
		e.ID = value
	case "source":
		e.Source = value
	case "inbox":
		e.Inbox = value
	case "contact":
		e.Contact = value
	case "alias":
		e.Alias = value
	case "channel":
		e.Channel = value
	case "team":
		e.Agent.Team = value
	case "message":
		e.Message.ID = value
	case "kind":
		e.Message.Type = value
	case "category":
		e.Message.Template.Category = value
	case "code":
		e.Error = value
	case "type":
		e.RequestType = value
	case "label":
		e.Labels = append(e.Labels, value)
	case "restricted":
		n, err := strconv.Atoi(value)
		d.must(err)
		e.Line.Restricted = int8(n)
	default:
		d.t.Fatalf("%s=?", key)
	}
}

// Families with the label request_type, and with the label hours.
var (
	typedFamilies = []string{
		"first_response_seconds", "customer_first_response_seconds", "bot_first_response_seconds",
		"first_response_deadlines_total", "resolution_seconds", "resolution_active_seconds",
		"resolution_deadlines_total", "conversations_opened_total", "conversations_closed_total",
		"bot_conversations_total", "bot_handoffs_total",
	}
	hoursFamilies = []string{
		"first_response_deadlines_total", "unanswered_2m_total", "resolution_deadlines_total", "escalations_total",
	}
	teamlessFamilies = []string{"provider_account_events_total", "inbox_restricted"}
)

// expected gives the family of an expectation and its whole series.
func (d *dialogue) expected(series string) (family, whole string) {
	name, rest, _ := strings.Cut(strings.TrimSuffix(series, "}"), "{")
	family = name
	for _, suffix := range []string{"_count", "_sum"} {
		if base := strings.TrimSuffix(name, suffix); strings.HasSuffix(base, "_seconds") {
			family = base
		}
	}
	labels := map[string]string{"source": "events", "inbox": "i1"}
	if !slices.Contains(teamlessFamilies, family) {
		labels["team"] = ""
	}
	if slices.Contains(typedFamilies, family) {
		labels["request_type"] = "other"
	}
	if slices.Contains(hoursFamilies, family) {
		labels["hours"] = "open"
	}
	if rest != "" {
		for pair := range strings.SplitSeq(rest, ",") {
			label, value, _ := strings.Cut(pair, "=")
			value, err := strconv.Unquote(value)
			d.must(err)
			labels[label] = value
		}
	}
	var pairs []string
	for label, value := range labels {
		pairs = append(pairs, label, value)
	}
	return "helpdesk_" + name, Series("helpdesk_"+name, pairs...)
}

func (d *dialogue) compare(got Totals, text string) {
	d.t.Helper()
	want, families := Totals{}, map[string]bool{}
	for l := range strings.Lines(text) {
		l = strings.TrimSpace(l)
		if l == "" || strings.HasPrefix(l, "#") {
			continue
		}
		cut := strings.LastIndexByte(l, ' ')
		family, series := d.expected(l[:cut])
		families[family] = true
		if l[cut+1:] == "none" {
			continue
		}
		v, err := strconv.ParseFloat(l[cut+1:], 64)
		d.must(err)
		want[series] = v
	}
	if len(families) == 0 {
		d.t.Fatal("nothing is expected")
	}
	relevant := Totals{}
	for series, v := range got {
		if name, _, _ := strings.Cut(series, "{"); families[name] {
			relevant[series] = v
		}
	}
	if !maps.Equal(want, relevant) {
		d.t.Errorf("got\n%s\nwant\n%s", listed(relevant), listed(want))
	}
}

func listed(t Totals) string {
	var lines []string
	for _, k := range slices.Sorted(maps.Keys(t)) {
		lines = append(lines, fmt.Sprintf("  %s %g", k, t[k]))
	}
	return strings.Join(lines, "\n")
}
