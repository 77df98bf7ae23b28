package fold_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fold"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/intake"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/measure"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/privacy"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/segment"
)

var update = flag.Bool("update", false, "rewrite the expectations of the dialogues; read the diff")

// TestDialogues folds the scripts in testdata/dialogues and compares what is
// shown at their end. A script is lines, then "----", then the series that are
// not 0. Lines:
//
//	set KEY=VALUE …           configuration: resolves, bot, close_after, window, team, grace, top, resolution, segments,
//	                          topics (true: texts decide the request type),
//	                          sentiment (true: texts have one),
//	                          audits (true: what humans write is audited)
//	[dN] TIME [@TIME] WHAT …  an event on day N (1), with its receive time (the latest event time so far)
//	at [dN] TIME              lets time run
//	start DATE                what day 1 is
//	calendar ZONE DAYS BLOCKS business hours, as in "Europe/Lisbon mon,tue 09:00-12:00,13:00-18:00";
//	                          a second line adds to them
//	holiday DATE              a day on which that calendar is closed
//	agent ID [TEAM] [CAPACITY] an agent of the configuration
//	restart                   goes on from a snapshot
//
// WHAT is "customer TEXT", "human[=AGENT[/TEAM]] TEXT", "bot|system|unknown TEXT",
// "opened", "assign AGENT[/TEAM]", "handoff [REASON]", "handback", "pending",
// "resolve [ACTOR]", "merge", "type TYPE", "note", "link ALIAS",
// "status STATUS MESSAGE [CODE]", "survey [csat|nps] [SCALE]",
// "answer SCORE [csat|nps] [SCALE]", "presence AGENT[/TEAM] STATE",
// "consent WHAT", "template CATEGORY"; before it may stand key=value of
// contact, inbox, id, msg, type, labels (a,b), agent, segment and derived.
// "#" begins a comment.
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

// TestDialoguesRestarted goes on from a snapshot after each line of each
// dialogue in turn: what is shown at the end is always the same.
func TestDialoguesRestarted(t *testing.T) {
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
			lines := strings.Split(script, "\n")
			for cut := range lines {
				d := newDialogue(t)
				for i, line := range lines {
					if err := d.line(line); err != nil {
						t.Fatalf("%s:%d: %v", file, i+1, err)
					}
					if i == cut && d.state != nil {
						d.state = d.restored().state
					}
				}
				if got := d.show(); got != want {
					t.Fatalf("with a restart after line %d it shows\n%s\nwant\n%s", cut+1, got, want)
				}
			}
		})
	}
}

type dialogue struct {
	// topics: texts decide the request type.
	topics bool
	// sentiment: texts are negative, neutral or positive.
	sentiment bool
	// audits: what humans write is audited.
	audits bool
	t      *testing.T
	cfg    *config.Config
	source config.Source
	inbox  config.Inbox
	state  *fold.State
	in     *intake.Intake
	day    time.Time
	n      int
	latest time.Time
	seq    uint64
}

// monday is day 1 where nothing else is said.
var monday = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

func newDialogue(t *testing.T) *dialogue {
	facts := config.Facts{Providers: map[string]config.ProviderFacts{"events": {Resolves: true}}}
	cfg := config.Default(facts)
	return &dialogue{
		t: t, cfg: cfg, day: monday, inbox: config.Inbox{ID: "main"},
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
	case "start":
		day, err := time.Parse(time.DateOnly, f[1])
		d.day = day
		return err
	case "calendar":
		return d.calendar(f[1:])
	case "holiday":
		c := &d.cfg.Calendars[0]
		c.Holidays = append(c.Holidays, config.Holiday{Date: f[1]})
		return nil
	case "agent":
		a := config.Agent{ID: f[1]}
		if len(f) > 2 {
			a.Team = f[2]
		}
		if len(f) > 3 {
			a.Capacity = uint32(number(f[3]))
		}
		d.cfg.Agents = append(d.cfg.Agents, a)
		return nil
	case "restart":
		d.state = d.restored().state
		return nil
	case "at":
		at, _, err := d.moment(f[1:])
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
		case "topics":
			d.topics = v == "true"
			continue
		case "sentiment":
			d.sentiment = v == "true"
			continue
		case "audits":
			d.audits = v == "true"
			continue
		case "segments":
			d.cfg.Segments = config.Segments{Names: strings.Split(v, ","), Label: true}
			continue
		case "labels":
			d.cfg.Conversations.Labels = strings.Split(v, ",")
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

var weekdays = map[string]time.Weekday{"sun": 0, "mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6}

// calendar reads "ZONE DAYS BLOCKS".
func (d *dialogue) calendar(f []string) error {
	if len(d.cfg.Calendars) == 0 {
		d.cfg.Calendars = []config.Calendar{{Name: "hours", Zone: f[0]}}
	}
	c := &d.cfg.Calendars[0]
	for _, day := range strings.Split(f[1], ",") {
		for _, b := range strings.Split(f[2], ",") {
			var h1, m1, h2, m2 int
			if _, err := fmt.Sscanf(b, "%d:%d-%d:%d", &h1, &m1, &h2, &m2); err != nil {
				return err
			}
			c.Weekly[weekdays[day]] = append(c.Weekly[weekdays[day]], config.Block{From: h1*60 + m1, To: h2*60 + m2})
		}
	}
	return nil
}

// moment reads "[dN] TIME" and gives the rest.
func (d *dialogue) moment(f []string) (time.Time, []string, error) {
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
			return d.day.AddDate(0, 0, day-1).Add(at.Sub(at.Truncate(24 * time.Hour))), f[1:], nil
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
	in, err := defaultIntake()
	if err != nil {
		return err
	}
	segments := segment.New(d.cfg.Segments, privacy.NewMaster([32]byte{1}).Contact)
	d.in = in.WithSegments(func(source, contact, alias, said string) string {
		name, _ := segments.Lookup(source, contact, alias, said)
		return name
	})
	d.state = fold.New(config.Fold(d.cfg))
	return nil
}

// defaultIntake has the default patterns, which no dialogue changes and which
// take long to compile.
var defaultIntake = sync.OnceValues(func() (*intake.Intake, error) {
	return intake.New(config.Default(config.Facts{}), privacy.NewMaster([32]byte{1}), func(c string) string { return c })
})

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
	at, f, err := d.moment(f)
	if err != nil {
		return err
	}
	if at.After(d.latest) {
		d.latest = at
	}
	received := d.latest
	if len(f) > 0 && f[0][0] == '@' {
		if received, f, err = d.moment(append([]string{f[0][1:]}, f[1:]...)); err != nil {
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
		case "labels":
			e.Labels = strings.Split(v, ",")
		case "agent":
			e.Agent.ID, e.Agent.Team, _ = strings.Cut(v, "/")
		case "segment":
			e.Segment = v
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
	if !d.topics && r.Flags&record.TypeByText != 0 {
		r.RequestType, r.Flags = "", r.Flags&^(record.TypeByText|record.Greets)
	}
	if !d.audits {
		r.Traits = 0
	}
	if !d.sentiment {
		r.Flags &^= record.Classified | record.Negative | record.Positive
	}
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
	what, agent, named := strings.Cut(what, "=")
	if named {
		e.Agent.ID, e.Agent.Team, _ = strings.Cut(agent, "/")
	}
	switch what {
	case "customer":
		e.Kind, e.Actor, e.Message.Text = event.MessageReceived, event.ActorCustomer, strings.Join(args, " ")
	case "human", "bot", "system", "unknown":
		e.Kind, e.Message.Text = event.MessageSent, strings.Join(args, " ")
		e.Actor = map[string]event.Actor{"human": event.ActorHuman, "bot": event.ActorBot, "system": event.ActorSystem}[what]
	case "template":
		e.Kind, e.Actor, e.Message.Type = event.MessageSent, event.ActorSystem, "template"
		e.Message.Template = event.Template{Name: "offer", Category: arg(0)}
	case "survey":
		e.Kind, e.Survey = event.SurveySent, surveys[arg(0)]
		e.Scale = number(arg(1))
	case "answer":
		e.Kind, e.HasScore, e.Score, e.Survey = event.SurveyAnswered, true, number(arg(0)), surveys[arg(1)]
		e.Scale = number(arg(2))
	case "presence":
		e.Kind, e.Contact, e.Inbox = event.AgentState, "", ""
		e.Agent.ID, e.Agent.Team, _ = strings.Cut(arg(0), "/")
		e.State = map[string]event.Presence{"available": event.PresenceAvailable, "away": event.PresenceAway, "offline": event.PresenceOffline}[arg(1)]
	case "consent":
		e.Kind = event.ConsentChanged
		e.Consent = map[string]event.Consent{"opted_in": event.ConsentOptedIn, "confirmed": event.ConsentConfirmed, "opted_out": event.ConsentOptedOut}[arg(0)]
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

var surveys = map[string]event.Survey{"nps": event.SurveyNPS}

func number(s string) float64 {
	n, _ := strconv.ParseFloat(s, 64)
	return n
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
		if f == measure.Targets || f == measure.CalendarOpen {
			return
		}
		if len(d.cfg.Calendars) == 0 && (f == measure.FirstResponseBusiness || f == measure.ResolutionBusiness) {
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
