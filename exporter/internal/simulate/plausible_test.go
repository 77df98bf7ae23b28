package simulate

import (
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

// TestPlausible looks at a day as a supervisor would.
func TestPlausible(t *testing.T) {
	s := mustNew(t, Options{Seed: 1, Start: wednesday, Duration: 30 * time.Hour, Conversations: 3000})
	d := day{
		count: map[string]float64{}, seen: map[string]bool{}, talks: map[string]*seenTalk{},
		angry: map[string]bool{}, thanks: map[string]bool{},
	}
	for _, p := range s.texts {
		for _, x := range (*p)["angry"] {
			d.angry[x.text] = true
		}
		for _, x := range (*p)["thanks"] {
			d.thanks[x.text] = true
		}
	}
	for it := range s.All() {
		d.see(it)
	}
	d.sum()

	c := d.count
	for _, band := range []struct {
		what      string
		got       float64
		low, high float64
	}{
		{"conversations opened on the day", c["opened"], 2800, 3500},
		{"opened from 18 to 21 h", c["evening"] / c["opened"], 0.25, 0.42},
		{"opened at 12 h, for one at 15 h", c["12h"] / c["15h"], 1.3, 2.2},
		{"opened at 19 h, for one at 12 h", c["19h"] / c["12h"], 1.02, 1.6},
		{"opened from 1 to 5 h", c["night"] / c["opened"], 0.001, 0.02},
		{"greeted by the bot", c["bot"] / c["inbound"], 0.75, 0.9},
		{"contained by the bot", c["contained"] / c["bot"], 0.45, 0.68},
		{"bot's conversations resolved", c["botResolved"] / c["contained"], 0.55, 0.85},
		{"handed over, answered within 60 s", c["within60"] / c["handoffs"], 0.45, 0.8},
		{"handed over, waited more than 2 min", c["over120"] / c["handoffs"], 0.08, 0.3},
		{"the same from 19 to 21 h", c["evening120"] / c["eveningHandoffs"], 0.2, 0.6},
		{"the same from 14 to 17 h", c["afternoon120"] / c["afternoonHandoffs"], 0, 0.12},
		{"handed over, never answered", c["unanswered"] / c["handoffs"], 0.003, 0.06},
		{"never resolved", c["unresolved"] / c["inbound"], 0.1, 0.3},
		{"resolved by rule", c["byRule"] / c["resolved"], 0.005, 0.08},
		{"transferred or reassigned", c["reassigned"] / c["assigned"], 0.03, 0.2},
		{"pending for a time", c["pending"] / c["assigned"], 0.03, 0.15},
		{"handed back to the bot", c["handback"] / c["assigned"], 0.005, 0.05},
		{"surveys of resolved ones", c["surveys"] / c["resolved"], 0.3, 0.6},
		{"surveys answered", c["answers"] / c["surveys"], 0.3, 0.5},
		{"answers that satisfy", c["satisfied"] / c["scores"], 0.7, 0.93},
		{"surveys of NPS", c["nps"] / c["surveys"], 0.05, 0.15},
		{"came back the same day", c["returned"] / c["resolved"], 0.05, 0.16},
		{"angry messages", c["angry"] / c["received"], 0.015, 0.08},
		{"thanks", c["thanks"] / c["received"], 0.08, 0.25},
		{"media", c["media"] / c["received"], 0.02, 0.12},
		{"templates that fail", c["failed"] / c["templates"], 0.03, 0.07},
		{"templates that are read", c["read"] / c["templates"], 0.5, 0.75},
		{"opt-outs of campaign messages", c["optouts"] / c["marketing"], 0.005, 0.04},
		{"labelled", c["labelled"] / c["assigned"], 0.15, 0.4},
		{"customers without a phone", c["unnamed"] / c["received"], 0.01, 0.08},
		{"sent twice", c["duplicates"] / c["items"], 0.007, 0.013},
		{"later than 5 s", c["late"] / c["items"], 0.003, 0.015},
		{"events a conversation", c["items"] / c["opened"], 8, 15},
		{"template paused", c["paused"], 1, 2},
		{"agents at work", c["agents"] / float64(len(s.staff)), 0.8, 1},
	} {
		if !(band.got >= band.low && band.got <= band.high) {
			t.Errorf("%s: %.4g is not within %.4g and %.4g", band.what, band.got, band.low, band.high)
		} else {
			t.Logf("%-40s %8.4g", band.what, band.got)
		}
	}
}

type seenTalk struct {
	opened, handoff, answer                     time.Time
	bot, inbound, resolved, pending, handedBack bool
	assigned                                    int
}

// day counts what is seen from outside.
type day struct {
	count         map[string]float64
	seen          map[string]bool
	talks         map[string]*seenTalk
	angry, thanks map[string]bool
	agents        []string
	contacts      []string
}

var scoreForm = regexp.MustCompile(`^(?:[1-5]|[1-5]\x{fe0f}\x{20e3}|⭐{1,5})$`)

func (d *day) see(it Item) {
	e, c := &it.Event, d.count
	c["items"]++
	if it.At.Sub(e.Time) > 5*time.Second {
		c["late"]++
	}
	if d.seen[e.ID] {
		c["duplicates"]++
		return
	}
	d.seen[e.ID] = true
	talk := d.talks[e.Conversation]
	if talk == nil {
		talk = &seenTalk{}
		d.talks[e.Conversation] = talk
	}
	switch e.Kind {
	case event.ConversationOpened:
		if e.Time.Before(wednesday.Add(24 * time.Hour)) {
			talk.opened = e.Time
		}
	case event.MessageReceived:
		talk.inbound = true
		c["received"]++
		d.received(e)
	case event.MessageSent:
		switch {
		case e.Message.Template.Category == "marketing":
			c["templates"]++
			c["marketing"]++
		case e.Message.Type == "template":
			c["templates"]++
		case e.Actor == event.ActorBot && talk.assigned == 0:
			talk.bot = true
		case e.Actor == event.ActorHuman && talk.answer.IsZero():
			talk.answer = e.Time
		}
	case event.MessageStatus:
		if e.Message.Template.Name != "" {
			c[e.Status.String()]++
		}
	case event.ConversationHandoff:
		talk.handoff = e.Time
	case event.ConversationAssigned:
		talk.assigned++
	case event.ConversationPending:
		talk.pending = true
	case event.ConversationHandback:
		talk.handedBack = true
	case event.ConversationResolved:
		talk.resolved = true
		c["resolved"]++
		if e.Actor == event.ActorSystem {
			c["byRule"]++
		}
		d.contacts = append(d.contacts, e.Contact)
	case event.SurveySent:
		c["surveys"]++
		if e.Survey == event.SurveyNPS {
			c["nps"]++
		}
	case event.SurveyAnswered:
		c["answers"]++
		if e.Survey == event.SurveyCSAT {
			c["scores"]++
			if e.Score >= 4 {
				c["satisfied"]++
			}
		}
	case event.ConsentChanged:
		if e.Consent == event.ConsentOptedOut {
			c["optouts"]++
		}
	case event.ConversationLabeled:
		c["labelled"]++
	case event.LineChanged:
		if e.Line.TemplateState == "paused" {
			c["paused"]++
		}
	case event.AgentState:
		if !slices.Contains(d.agents, e.Agent.ID) {
			d.agents = append(d.agents, e.Agent.ID)
			c["agents"]++
		}
	}
}

func (d *day) received(e *event.Event) {
	c := d.count
	if d.angry[e.Message.Text] {
		c["angry"]++
	}
	if d.thanks[e.Message.Text] {
		c["thanks"]++
	}
	if e.Message.Type != "text" {
		c["media"]++
	}
	if bsuidForm.MatchString(e.Contact) {
		c["unnamed"]++
	}
	if scoreForm.MatchString(e.Message.Text) {
		c["answers"]++
		c["scores"]++
		if n := e.Message.Text; n[0] == '4' || n[0] == '5' || len(n) >= 4*len("⭐") && n[0] > 0x7f {
			c["satisfied"]++
		}
	}
}

func (d *day) sum() {
	c := d.count
	for _, talk := range d.talks {
		if talk.opened.IsZero() {
			continue
		}
		c["opened"]++
		h := talk.opened.Hour()
		c[talk.opened.Format("15h")]++
		if h >= 18 && h < 21 {
			c["evening"]++
		}
		if h >= 1 && h < 5 {
			c["night"]++
		}
		if !talk.inbound {
			continue
		}
		c["inbound"]++
		if !talk.resolved {
			c["unresolved"]++
		}
		if talk.bot {
			c["bot"]++
			if talk.handoff.IsZero() {
				c["contained"]++
				if talk.resolved {
					c["botResolved"]++
				}
			}
		}
		if talk.assigned > 0 {
			c["assigned"]++
		}
		if talk.assigned > 1 {
			c["reassigned"]++
		}
		if talk.pending {
			c["pending"]++
		}
		if talk.handedBack {
			c["handback"]++
		}
		d.wait(talk)
	}
	slices.Sort(d.contacts)
	for i := 1; i < len(d.contacts); i++ {
		if d.contacts[i] == d.contacts[i-1] {
			c["returned"]++
		}
	}
}

func (d *day) wait(talk *seenTalk) {
	if talk.handoff.IsZero() {
		return
	}
	c := d.count
	c["handoffs"]++
	part := ""
	switch h := talk.handoff.Hour(); {
	case h >= 19 && h < 21:
		part = "evening"
	case h >= 14 && h < 17:
		part = "afternoon"
	}
	c[part+"Handoffs"]++
	wait := talk.answer.Sub(talk.handoff)
	switch {
	case talk.answer.IsZero():
		c["unanswered"]++
	case wait <= time.Minute:
		c["within60"]++
	}
	if talk.answer.IsZero() || wait > 2*time.Minute {
		c["over120"]++
		c[part+"120"]++
	}
}
