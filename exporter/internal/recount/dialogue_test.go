package recount

import (
	"fmt"
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
//	start TIME                          of the dialogue, RFC 3339, in the first line
//	set bot | plain | team T | inbox ID [T] | cap N | types | service D | close D | target D |
//	    labels L… | ratios D | open_for D | satisfied N
//	set agent ID [T] [capacity=N] [name=N]
//	set agents [label=off] [busy=D] [session=D] [window=D]
//	set calendar ZONE [team=T] [inbox=I] [mon|mon-fri|DATE=09:00-12:00,13:00-18:00|closed …]
//	set override [team=T] [inbox=I] [first=D] [resolution=D] [negative=D]
//	set scale N S=S …                   scores of a scale other than five
//	T[@R] what [word] [key=value …]     T, R: offsets of event and receive time
//	at T                                time runs until then
//	----
//	family{label="value"} 1             labels that have their usual value are left out;
//	                                    a value may be a fraction, 2/3
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
	d := dialogue{t: t, s: Defaults(), start: dialogueStart}
	d.s.IsClosing = func(text string) bool { return text == "thanks" }
	d.s.AsksForPerson = func(text string) bool { return text == "person" }
	d.s.Sentiment = func(text string) string {
		return map[string]string{"awful": "negative", "fine": "neutral", "great": "positive"}[text]
	}
	d.s.Rating = func(text string) (int, bool) {
		n, err := strconv.Atoi(text)
		return n, err == nil && n >= 0 && n <= 100
	}
	d.s.OptIn = func(text string) bool { return text == "subscribe" }
	d.s.OptOut = func(text string) bool { return text == "stop" }
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
	start  time.Time
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
	case "start":
		var err error
		d.start, err = time.Parse(time.RFC3339, f[1])
		d.must(err)
	case "at":
		d.at = d.start.Add(d.duration(f[1]))
	default:
		d.event(f)
	}
}

func (d *dialogue) event(f []string) {
	at, received, hasReceived := strings.Cut(f[0], "@")
	e := event.Event{
		ID: fmt.Sprintf("e%d", len(d.events)+1), Time: d.start.Add(d.duration(at)),
		Source: "events", Inbox: "i1", Contact: "c1",
	}
	if hasReceived {
		e.Received = d.start.Add(d.duration(received))
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
	case "note":
		e.Kind, e.Agent.ID = event.NoteAdded, word
	case "state":
		e.Kind, e.Contact, e.Inbox = event.AgentState, "", ""
		e.State = event.Presence(slices.Index(event.Presences[:], word))
	case "consent":
		e.Kind = event.ConsentChanged
		e.Consent = event.Consent(slices.Index(event.Consents[:], word))
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
	case "agent":
		e.Agent.ID = value
	case "team":
		e.Agent.Team = value
	case "capacity":
		e.Agent.Capacity = d.number(value)
	case "name":
		e.Agent.Name = value
	case "score":
		var err error
		e.Score, err = strconv.ParseFloat(value, 64)
		d.must(err)
		e.HasScore = true
	case "scale":
		e.Scale = float64(d.number(value))
	case "survey":
		e.Survey = event.Survey(slices.Index(event.Surveys[:], value))
	case "template":
		e.Message.Template.Name = value
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
		e.Line.Restricted = int8(d.number(value))
	default:
		d.t.Fatalf("%s=?", key)
	}
}
