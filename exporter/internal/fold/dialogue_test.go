package fold_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fold"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/intake"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/privacy"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
)

var update = flag.Bool("update", false, "rewrite the expectations of the dialogues; read the diff")

// TestDialogues folds the scripts in testdata/dialogues and compares what is
// shown at their end. A script is lines, then "----", then the series that are
// not 0. Lines:
//
//	set KEY=VALUE …           configuration: resolves, bot, close_after, window, team, grace, top, resolution
//	[dN] TIME [@TIME] WHAT …  an event on day N (1), with its receive time (the latest event time so far)
//	at [dN] TIME              lets time run
//
// WHAT is "customer TEXT", "human[=AGENT[/TEAM]] TEXT", "bot|system|unknown TEXT",
// "opened", "assign AGENT[/TEAM]", "handoff [REASON]", "handback", "pending",
// "resolve [ACTOR]", "merge", "type TYPE", "note", "link ALIAS",
// "status STATUS MESSAGE [CODE]"; before it may stand key=value of contact,
// inbox, id, msg, type and derived. "#" begins a comment.
func TestDialogues(t *testing.T) {
	files, err := filepath.Glob("testdata/dialogues/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no dialogues: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			script, want, _ := strings.Cut(string(data), "----\n")
			d := newDialogue(t)
			for i, line := range strings.Split(script, "\n") {
				if err := d.line(line); err != nil {
					t.Fatalf("%s:%d: %v", file, i+1, err)
				}
			}
			got := d.show()
			if again := d.restored().show(); again != got {
				t.Errorf("a snapshot of it shows differently:\n%s\nwithout:\n%s", again, got)
			}
			if *update {
				if err := os.WriteFile(file, []byte(script+"----\n"+got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != want {
				t.Errorf("shows\n%s\nwant\n%s", got, want)
			}
		})
	}
}

type dialogue struct {
	t      *testing.T
	cfg    *config.Config
	source config.Source
	inbox  config.Inbox
	state  *fold.State
	in     *intake.Intake
	n      int
	latest time.Time
	seq    uint64
}

var monday = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

func newDialogue(t *testing.T) *dialogue {
	facts := config.Facts{Providers: map[string]config.ProviderFacts{"events": {Resolves: true}}}
	cfg := config.Default(facts)
	return &dialogue{
		t: t, cfg: cfg, inbox: config.Inbox{ID: "main"},
		source: config.Source{Name: "s", Provider: "events", Resolves: true, ServiceWindow: 24 * time.Hour, CloseAfter: 24 * time.Hour},
	}
}

func (d *dialogue) line(line string) error {
	line, _, _ = strings.Cut(line, "#")
	f := strings.Fields(line)
	if len(f) == 0 {
		return nil
	}
	switch f[0] {
	case "set":
		return d.set(f[1:])
	case "at":
		at, _, err := moment(f[1:])
		if err != nil {
			return err
		}
		return d.tick(at)
	}
	return d.event(f)
}

func (d *dialogue) set(pairs []string) error {
	for _, p := range pairs {
		k, v, _ := strings.Cut(p, "=")
		dur, durErr := time.ParseDuration(v)
		switch k {
		case "resolves":
			d.source.Resolves = v == "true"
			if !d.source.Resolves {
				d.source.CloseAfter = 2 * time.Hour
			}
			continue
		case "bot":
			d.inbox.Bot = v == "true"
			continue
		case "team":
			d.inbox.Team = v
			continue
		}
		if durErr != nil {
			return durErr
		}
		switch k {
		case "close_after":
			d.source.CloseAfter = dur
		case "window":
			d.source.ServiceWindow = dur
		case "grace":
			d.cfg.Conversations.LatenessGrace = dur
		case "resolution":
			d.cfg.Targets.Resolution = dur
		default:
			return fmt.Errorf("unknown setting %q", k)
		}
	}
	return nil
}

// moment reads "[dN] TIME" and gives the rest.
func moment(f []string) (time.Time, []string, error) {
	day := 1
	if len(f) > 0 && f[0][0] == 'd' {
		if _, err := fmt.Sscanf(f[0], "d%d", &day); err != nil {
			return time.Time{}, nil, err
		}
		f = f[1:]
	}
	if len(f) == 0 {
		return time.Time{}, nil, fmt.Errorf("no time")
	}
	for _, layout := range []string{"15:04:05.999999999", "15:04"} {
		if at, err := time.Parse(layout, f[0]); err == nil {
			return monday.AddDate(0, 0, day-1).Add(at.Sub(at.Truncate(24 * time.Hour))), f[1:], nil
		}
	}
	return time.Time{}, nil, fmt.Errorf("no time: %q", f[0])
}

func (d *dialogue) start() error {
	if d.state != nil {
		return nil
	}
	d.source.Inboxes = []config.Inbox{d.inbox, {ID: "other"}}
	d.cfg.Sources = []config.Source{d.source}
	in, err := intake.New(d.cfg, privacy.NewMaster([32]byte{1}), func(c string) string { return c })
	if err != nil {
		return err
	}
	d.in, d.state = in, fold.New(config.Fold(d.cfg))
	return nil
}

func (d *dialogue) apply(b record.Batch) error {
	if err := d.start(); err != nil {
		return err
	}
	d.seq++
	return d.state.Apply(d.seq, &record.Commit{Batches: []record.Batch{b}}, nil)
}

func (d *dialogue) tick(at time.Time) error {
	return d.apply(record.Batch{Kind: record.KindTick, Received: at.UnixNano()})
}

func (d *dialogue) event(f []string) error {
	if err := d.start(); err != nil {
		return err
	}
	at, f, err := moment(f)
	if err != nil {
		return err
	}
	if at.After(d.latest) {
		d.latest = at
	}
	received := d.latest
	if len(f) > 0 && f[0][0] == '@' {
		if received, f, err = moment(append([]string{f[0][1:]}, f[1:]...)); err != nil {
			return err
		}
	}
	d.n++
	e := event.Event{ID: fmt.Sprint(d.n), Time: at, Source: "s", Inbox: "main", Contact: "ana"}
	e.Message.ID = "m" + e.ID
	for ; len(f) > 1 && strings.Contains(f[0], "=") && !strings.HasPrefix(f[0], "human="); f = f[1:] {
		k, v, _ := strings.Cut(f[0], "=")
		switch k {
		case "contact":
			e.Contact = v
		case "inbox":
			e.Inbox = v
		case "id":
			e.ID = v
		case "msg":
			e.Message.ID = v
		case "type":
			e.RequestType = v
		case "derived":
			e.Derived = v == "true"
		default:
			return fmt.Errorf("unknown key %q", k)
		}
	}
	if err := say(&e, f[0], f[1:]); err != nil {
		return err
	}
	var r record.Event
	d.in.Prepare(&e, &r)
	return d.apply(record.Batch{Kind: record.KindEvents, Received: received.UnixNano(), Events: []record.Event{r}})
}

// say fills in what happened.
func say(e *event.Event, what string, args []string) error {
	arg := func(i int) string {
		if i < len(args) {
			return args[i]
		}
		return ""
	}
	what, agent, _ := strings.Cut(what, "=")
	e.Agent.ID, e.Agent.Team, _ = strings.Cut(agent, "/")
	switch what {
	case "customer":
		e.Kind, e.Actor, e.Message.Text = event.MessageReceived, event.ActorCustomer, strings.Join(args, " ")
	case "human", "bot", "system", "unknown":
		e.Kind, e.Message.Text = event.MessageSent, strings.Join(args, " ")
		e.Actor = map[string]event.Actor{"human": event.ActorHuman, "bot": event.ActorBot, "system": event.ActorSystem}[what]
	case "opened":
		e.Kind = event.ConversationOpened
	case "assign":
		e.Kind = event.ConversationAssigned
		e.Agent.ID, e.Agent.Team, _ = strings.Cut(arg(0), "/")
	case "handoff":
		e.Kind, e.Reason = event.ConversationHandoff, arg(0)
	case "handback":
		e.Kind = event.ConversationHandback
	case "pending":
		e.Kind = event.ConversationPending
	case "resolve":
		e.Kind = event.ConversationResolved
		e.Actor = map[string]event.Actor{"human": event.ActorHuman, "bot": event.ActorBot}[arg(0)]
	case "merge":
		e.Kind = event.ConversationMerged
	case "type":
		e.Kind, e.RequestType = event.ConversationLabeled, arg(0)
	case "note":
		e.Kind = event.NoteAdded
	case "link":
		e.Kind, e.Alias = event.ContactLinked, arg(0)
	case "status":
		e.Kind, e.Message.ID, e.Error = event.MessageStatus, arg(1), arg(2)
		e.Status = map[string]event.Status{"sent": event.StatusSent, "delivered": event.StatusDelivered, "read": event.StatusRead, "failed": event.StatusFailed}[arg(0)]
	default:
		return fmt.Errorf("unknown event %q", what)
	}
	return nil
}

// restored is the dialogue with its state put together again from a snapshot.
func (d *dialogue) restored() *dialogue {
	parts := make([][]byte, fold.Parts)
	for i := range parts {
		parts[i] = d.state.AppendPart(nil, i)
	}
	s, err := fold.Restore(parts)
	if err != nil {
		d.t.Fatal(err)
	}
	c := *d
	c.state = s
	return &c
}

// show gives the series that are not 0, in short: the labels source, inbox
// "main" and empty ones are left out.
func (d *dialogue) show() string {
	v := measure.NewView()
	d.state.View(v)
	var lines []string
	v.Values(func(f *measure.Family, values []string, value float64, h *measure.Hist) {
		if f == measure.Targets || f == measure.CalendarOpen || f == measure.FirstResponseBusiness || f == measure.ResolutionBusiness {
			return
		}
		var labels []string
		for i, name := range f.LabelNames() {
			if val := values[i]; val != "" && name != "source" && name != "conversation" && (name != "inbox" || val != "main") && (name != "request_type" || val != "other") {
				labels = append(labels, name+"="+val)
			}
		}
		name := strings.TrimPrefix(f.Name, "helpdesk_")
		if len(labels) > 0 {
			name += "{" + strings.Join(labels, ",") + "}"
		}
		switch {
		case h != nil && h.Count > 0:
			lines = append(lines, fmt.Sprintf("%s count %d sum %g", name, h.Count, h.Sum()))
		case h == nil && value != 0:
			text := fmt.Sprintf("%g", value)
			if f.Type == measure.GaugeAbsent && strings.HasSuffix(f.Name, "timestamp_seconds") {
				text = time.Unix(0, int64(value*1e9)).UTC().Format("d02 15:04:05")
			}
			lines = append(lines, name+" "+text)
		}
	})
	sort.Strings(lines)
	return strings.Join(lines, "\n") + "\n"
}
