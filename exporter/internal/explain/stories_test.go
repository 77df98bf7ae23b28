package explain_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/fold"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/intake"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/privacy"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/record"
)

// story is a helpdesk whose events are folded as the server folds them.
type story struct {
	t     *testing.T
	cfg   *config.Config
	in    *intake.Intake
	state *fold.State
	day   time.Time
	seq   uint64
	n     int
	clock time.Time
	// flags are found in the next message's text.
	flags record.Flags
}

func newStory(t *testing.T, change func(*config.Config)) *story {
	t.Helper()
	facts := config.Facts{Providers: map[string]config.ProviderFacts{"events": {Resolves: true}}}
	cfg := config.Default(facts)
	source := config.DefaultSource("shop", "events", facts)
	source.Inboxes = []config.Inbox{{ID: "main", Team: "front"}, {ID: "bots", Bot: true}}
	cfg.Sources = []config.Source{source}
	cfg.Conversations.Labels = []string{"lead", "sale"}
	if change != nil {
		change(cfg)
	}
	in, err := intake.New(cfg, privacy.NewMaster([32]byte{1}), func(c string) string { return c })
	if err != nil {
		t.Fatal(err)
	}
	day := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	return &story{t: t, cfg: cfg, in: in, state: fold.New(config.Fold(cfg)), day: day, clock: day}
}

// moment reads "15:04:05.000", with "d2 " before it for the second day.
func (s *story) moment(at string) time.Time {
	s.t.Helper()
	day := s.day
	if d, rest, ok := strings.Cut(at, " "); ok {
		var n int
		if _, err := fmt.Sscanf(d, "d%d", &n); err != nil {
			s.t.Fatal(err)
		}
		day, at = day.AddDate(0, 0, n-1), rest
	}
	tod, err := time.Parse("15:04:05.999999999", at)
	if err != nil {
		s.t.Fatal(err)
	}
	return day.Add(tod.Sub(tod.Truncate(24 * time.Hour)))
}

func (s *story) fold(b record.Batch) {
	s.t.Helper()
	s.seq++
	if err := s.state.Apply(s.seq, &record.Commit{Batches: []record.Batch{b}}, nil); err != nil {
		s.t.Fatal(err)
	}
}

// until lets time run.
func (s *story) until(at string) {
	s.t.Helper()
	s.clock = s.moment(at)
	s.fold(record.Batch{Kind: record.KindTick, Received: s.clock.UnixNano()})
}

// do is an event of the customer ana in the inbox main, received when it
// happened, unless change says otherwise.
func (s *story) do(at string, kind event.Kind, change func(*event.Event)) {
	s.t.Helper()
	s.n++
	e := event.Event{ID: fmt.Sprint(s.n), Time: s.moment(at), Kind: kind, Source: "shop", Inbox: "main", Contact: "ana"}
	e.Message.ID = "m" + e.ID
	if change != nil {
		change(&e)
	}
	if e.Time.After(s.clock) {
		s.clock = e.Time
	}
	if e.Received.After(s.clock) {
		s.clock = e.Received
	}
	var r record.Event
	s.in.Prepare(&e, &r)
	r.Flags |= s.flags
	s.flags = 0
	s.fold(record.Batch{Kind: record.KindEvents, Received: s.clock.UnixNano(), Events: []record.Event{r}})
}

func (s *story) customer(at, text string) {
	s.t.Helper()
	s.do(at, event.MessageReceived, func(e *event.Event) { e.Actor, e.Message.Text = event.ActorCustomer, text })
}

func (s *story) human(at, agent string) {
	s.t.Helper()
	s.do(at, event.MessageSent, func(e *event.Event) {
		e.Actor, e.Agent.ID, e.Message.Text = event.ActorHuman, agent, secretText
	})
}

func (s *story) bot(at string) {
	s.t.Helper()
	s.do(at, event.MessageSent, func(e *event.Event) { e.Actor, e.Message.Text = event.ActorBot, secretText })
}

func (s *story) assign(at, agent, team string) {
	s.t.Helper()
	s.do(at, event.ConversationAssigned, func(e *event.Event) { e.Agent.ID, e.Agent.Team = agent, team })
}

func (s *story) resolve(at, agent string) {
	s.t.Helper()
	s.do(at, event.ConversationResolved, func(e *event.Event) { e.Actor, e.Agent.ID = event.ActorHuman, agent })
}

// secretText must never show.
const secretText = "the words of a message"

// stories are told in testdata, one file each.
var stories = []struct {
	name   string
	config func(*config.Config)
	tell   func(*story)
}{
	{name: "answered", tell: func(s *story) {
		s.customer("10:00:00", secretText)
		s.assign("10:00:12", "a1", "support")
		s.human("10:00:42.5", "a1")
		s.do("10:00:43", event.MessageStatus, func(e *event.Event) { e.Status, e.Message.ID = event.StatusDelivered, "m3" })
		s.customer("10:02:00", "obrigado")
		s.resolve("10:03:00", "a1")
		s.do("10:03:05", event.SurveySent, nil)
		s.customer("10:04:00", "5")
		s.until("d2 10:03:10")
		s.until("d9 10:03:10")
	}},
	{name: "bot-hands-off", tell: func(s *story) {
		inBots := func(e *event.Event) { e.Inbox = "bots" }
		s.do("23:58:00", event.MessageReceived, func(e *event.Event) { inBots(e); e.Message.Text = "quero falar com um atendente" })
		s.do("23:58:02", event.MessageSent, func(e *event.Event) { inBots(e); e.Actor = event.ActorBot })
		s.do("23:58:30", event.ConversationHandoff, func(e *event.Event) { inBots(e); e.Reason, e.Agent.Team = "requested", "support" })
		s.do("23:58:40", event.MessageReceived, inBots)
		s.until("d2 00:01:00")
		s.do("d2 00:02:00", event.MessageSent, func(e *event.Event) { inBots(e); e.Actor, e.Agent.ID = event.ActorHuman, "a2" })
		s.do("d2 00:03:00", event.ConversationHandback, inBots)
		s.do("d2 00:04:00", event.MessageReceived, inBots)
		s.do("d2 00:04:01", event.MessageSent, func(e *event.Event) { inBots(e); e.Actor = event.ActorBot })
	}},
	{name: "implicit-handoff", tell: func(s *story) {
		inBots := func(e *event.Event) { e.Inbox = "bots" }
		s.do("10:00:00", event.MessageReceived, inBots)
		s.do("10:00:01", event.MessageSent, func(e *event.Event) { inBots(e); e.Actor = event.ActorBot })
		s.do("10:01:00", event.MessageReceived, inBots)
		s.do("10:01:20", event.MessageSent, func(e *event.Event) { inBots(e); e.Actor, e.Agent.ID = event.ActorHuman, "a1" })
	}},
	{name: "nobody-answers", tell: func(s *story) {
		s.customer("10:00:00", secretText)
		s.until("10:10:00")
		s.until("d2 10:00:10")
		s.until("d3 10:01:00")
	}},
	{name: "bot-cancels", tell: func(s *story) {
		s.customer("10:00:00", secretText)
		s.bot("10:00:05")
		s.do("10:01:00", event.ConversationResolved, func(e *event.Event) { e.Actor = event.ActorBot })
		s.customer("10:30:00", "thanks")
		s.customer("11:00:00", secretText)
	}},
	{name: "pending-and-reassigned", tell: func(s *story) {
		s.customer("10:00:00", secretText)
		s.assign("10:00:10", "a1", "")
		s.assign("10:00:50", "a2", "second")
		s.do("10:00:55", event.ConversationLabeled, func(e *event.Event) { e.RequestType, e.Labels = "billing", []string{"lead", "other things"} })
		s.human("10:00:58", "a2")
		s.do("10:01:00", event.ConversationPending, nil)
		s.do("10:20:00", event.NoteAdded, func(e *event.Event) { e.Agent.ID = "a2" })
		s.customer("10:31:00", secretText)
		s.human("10:31:30", "a2")
		s.do("10:32:00", event.MessageStatus, func(e *event.Event) { e.Status, e.Message.ID, e.Error = event.StatusFailed, "m9", "131026" })
		s.resolve("10:40:00", "a2")
	}},
	{name: "late", tell: func(s *story) {
		s.human("10:00:10", "a1")
		s.do("10:00:07", event.MessageReceived, func(e *event.Event) { e.Received = s.moment("10:00:12") })
		s.do("09:00:00", event.MessageReceived, func(e *event.Event) { e.Received = s.moment("10:05:00") })
		s.do("09:00:01", event.ConversationResolved, func(e *event.Event) { e.Received = s.moment("10:05:01") })
	}},
	{name: "merged", tell: func(s *story) {
		s.do("09:00:00", event.MessageReceived, func(e *event.Event) { e.Contact = "older" })
		s.customer("10:00:00", secretText)
		s.do("10:00:30", event.ContactLinked, func(e *event.Event) { e.Contact, e.Alias = "older", "ana" })
	}},
	{name: "thanks-closes", config: func(c *config.Config) {
		c.Sources[0].Resolves, c.Sources[0].CloseAfter = false, 2*time.Hour
	}, tell: func(s *story) {
		s.customer("10:00:00", secretText)
		s.human("10:00:20", "a1")
		s.customer("10:01:00", "obrigada")
		s.until("10:12:00")
	}},
	{name: "negative", tell: func(s *story) {
		s.flags = record.Negative | record.Classified
		s.customer("10:00:00", secretText)
		s.human("10:01:00", "a1")
		s.flags = record.Negative | record.Classified
		s.customer("10:02:00", secretText)
		s.human("10:08:00", "a1")
		s.flags = record.Negative | record.Classified
		s.customer("10:09:00", secretText)
		s.resolve("10:09:30", "a1")
	}},
	{name: "own-targets", config: func(c *config.Config) {
		slow, slower, resolved := 2*time.Minute, 4*time.Minute, 10*time.Minute
		c.TargetOverrides = []config.TargetOverride{
			{Team: "support", FirstResponse: &slow}, {Inbox: "main", FirstResponse: &slower, Resolution: &resolved},
		}
	}, tell: func(s *story) {
		s.customer("10:00:00", secretText)
		s.assign("10:00:10", "a1", "support")
		s.human("10:01:40", "a1")
		s.resolve("10:08:00", "a1")
	}},
	{name: "surveys", tell: func(s *story) {
		s.customer("10:00:00", secretText)
		s.human("10:00:30", "a1")
		s.do("10:01:00", event.SurveySent, func(e *event.Event) { e.Agent.ID = "a2" })
		s.do("10:01:10", event.SurveySent, func(e *event.Event) { e.Time = s.moment("09:59:00"); e.Received = s.moment("10:01:10") })
		s.customer("10:02:00", "9")
		s.customer("10:02:10", "2")
		s.customer("10:02:20", "4")
		s.do("10:05:00", event.SurveySent, func(e *event.Event) { e.Survey, e.Scale = event.SurveyNPS, 10 })
		s.do("10:06:00", event.SurveyAnswered, func(e *event.Event) { e.Survey, e.Score, e.HasScore = event.SurveyNPS, 9, true })
		s.do("10:07:00", event.ConsentChanged, func(e *event.Event) { e.Consent = event.ConsentOptedIn })
		s.do("10:08:00", event.MessageSent, func(e *event.Event) {
			e.Actor, e.Message.Type, e.Message.Template = event.ActorSystem, "template", event.Template{Name: "offer", Category: "marketing"}
		})
		s.do("10:09:00", event.MessageSent, nil)
		s.do("10:10:00", event.ConversationAssigned, nil)
		s.do("10:11:00", event.ConversationResolved, nil)
	}},
	{name: "opened-by-provider", tell: func(s *story) {
		s.do("10:00:00", event.ConversationOpened, func(e *event.Event) { e.RequestType = "refund" })
		s.do("10:00:01", event.ConversationLabeled, func(e *event.Event) { e.RequestType, e.Labels = "billing", []string{"lead", "sale"} })
		s.do("10:05:00", event.ConversationMerged, nil)
	}},
	{name: "agents-without-label", config: func(c *config.Config) { c.AgentTimes.Label = "off" }, tell: func(s *story) {
		s.customer("10:00:00", secretText)
		s.assign("10:00:10", "a1", "")
		s.human("10:00:20", "a1")
	}},
}
