package simulate

import (
	"fmt"
	"regexp"
	"slices"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

var (
	phoneForm = regexp.MustCompile(`^55119[0-9]{8}$`)
	bsuidForm = regexp.MustCompile(`^BR\.1[0-9]{19}$`)
	agentForm = regexp.MustCompile(`^agent-[0-9]+$`)
)

// documented failure codes of Meta.
var documentedCodes = []string{"131026", "131049", "130472", "131047", "131000", "131053", "131056"}

// flaw says what is wrong with an event by the definitions; "" is nothing.
func flaw(e *event.Event) string {
	needs := func(ok bool, what string) string {
		if ok {
			return ""
		}
		return what
	}
	switch {
	case e.ID == "" || e.Time.IsZero() || !e.Kind.Valid():
		return "id, time or kind is missing"
	case e.Source != "" || !e.Received.IsZero():
		return "source or receive time is set"
	case e.Inbox == "":
		return "inbox is missing"
	}
	if e.Kind != event.AgentState && e.Kind != event.LineChanged {
		if !phoneForm.MatchString(e.Contact) && !bsuidForm.MatchString(e.Contact) {
			return "contact is none of ours"
		}
		if e.Alias != "" && (e.Alias == e.Contact || !phoneForm.MatchString(e.Alias) && !bsuidForm.MatchString(e.Alias)) {
			return "alias is none"
		}
	} else if e.Contact != "" {
		return "contact where there is none"
	}
	if !utf8.ValidString(e.Message.Text) {
		return "text is no UTF-8"
	}
	switch e.Kind {
	case event.MessageReceived:
		if e.Message.Type == "text" && e.Message.Text == "" {
			return "empty text"
		}
		return needs(e.Message.ID != "" && event.MessageTypes[event.MessageTypeIndex(e.Message.Type)] == e.Message.Type, "message id or type")
	case event.MessageSent:
		switch e.Actor {
		case event.ActorHuman:
			return needs(agentForm.MatchString(e.Agent.ID) && e.Agent.Team != "", "agent of a human message")
		case event.ActorBot, event.ActorSystem:
			return needs(e.Message.ID != "" && e.Agent == (event.Agent{}), "message id, or an agent of the bot")
		}
		return "author is unknown"
	case event.MessageStatus:
		if e.Status == event.StatusFailed != (e.Error != "") {
			return "failure without code or code without failure"
		}
		return needs(e.Status != event.StatusNone && e.Message.ID != "" && (e.Error == "" || slices.Contains(documentedCodes, e.Error)), "status, message id or code")
	case event.ConversationAssigned, event.ConversationPending, event.ConversationHandback:
		return needs(e.Agent.ID != "" && e.Conversation != "", "agent or conversation")
	case event.ConversationHandoff:
		return needs(slices.Contains([]string{"requested", "negative", "complex", "not_understood", "policy"}, e.Reason), "reason")
	case event.ConversationResolved:
		return needs(e.Actor != event.ActorUnknown && (e.Actor == event.ActorHuman) == (e.Agent.ID != ""), "actor and agent")
	case event.ConversationLabeled:
		return needs(e.RequestType != "", "request type")
	case event.ConversationMerged:
		return needs(e.Into != "" && e.Into != e.Conversation, "merge target")
	case event.SurveySent:
		return needs(e.Message.ID != "" && !e.HasScore && e.Scale > 0, "survey")
	case event.SurveyAnswered:
		low := 1.0
		if e.Survey == event.SurveyNPS {
			low = 0
		}
		return needs(e.HasScore && e.Score >= low && e.Score <= e.Scale, "score")
	case event.AgentState:
		return needs(e.State != event.PresenceNone && e.Agent.ID != "" && e.Agent.Capacity > 0, "state or agent")
	case event.ConsentChanged:
		return needs(e.Consent != event.ConsentNone, "consent")
	case event.ContactLinked:
		return needs(e.Alias != "", "alias")
	case event.NoteAdded:
		return needs(e.Message.Text != "", "text")
	case event.LineChanged:
		return needs(e.Line.Event != "", "line event")
	case event.ConversationOpened:
		return needs(e.Conversation != "", "conversation")
	}
	return "kind is not simulated"
}

// TestEventsAreValid also sees that each kind occurs where it should.
func TestEventsAreValid(t *testing.T) {
	metaKinds := []event.Kind{
		event.MessageReceived, event.MessageSent, event.MessageStatus, event.SurveySent, event.SurveyAnswered,
		event.ConsentChanged, event.LineChanged,
	}
	for name, profile := range profiles {
		s := mustNew(t, Options{Seed: 11, Start: wednesday, Duration: 24 * time.Hour, Conversations: 3000, Profile: profile})
		seen := map[event.Kind]int{}
		first := map[string]string{}
		for it := range s.All() {
			e := it.Event
			seen[e.Kind]++
			said := fmt.Sprint(e)
			if what := flaw(&e); profile == ProfileHelpdesk && what != "" {
				t.Fatalf("%s without %s: %s", e.Kind, what, describe(it))
			}
			if before, again := first[e.ID]; again && before != said {
				t.Fatalf("one id, two events:\n%s\n%s", before, said)
			}
			first[e.ID] = said
			if profile == ProfileMeta {
				checkMeta(t, it)
			}
		}
		for k := event.MessageReceived; k.Valid(); k++ {
			want := profile == ProfileHelpdesk || slices.Contains(metaKinds, k)
			if (seen[k] > 0) != want {
				t.Errorf("%s: %d of %s", name, seen[k], k)
			}
		}
	}
}

func checkMeta(t *testing.T, it Item) {
	t.Helper()
	e := it.Event
	if e.Time.Nanosecond() != 0 {
		t.Fatalf("Meta's times are seconds: %s", describe(it))
	}
	if e.Kind == event.MessageSent && (e.Message.Text != "" || e.Actor == event.ActorHuman && e.Agent.ID == "") {
		t.Fatalf("Meta shows no texts of sends, and who sent by callback only: %s", describe(it))
	}
	if e.Agent.Name != "" || e.RequestType != "" || len(e.Labels) > 0 {
		t.Fatalf("Meta has no word for this: %s", describe(it))
	}
}
