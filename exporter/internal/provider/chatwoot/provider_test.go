package chatwoot

import (
	"strconv"
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/capability"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/providertest"
)

const (
	exampleSecret = "cw-webhook-secret-EXAMPLE" // of the published vector
	ownSecret     = "c0ffee00aa55aa55bb66bb66"
	addressSecret = "5f0c2b9d71e383aa01c4e66b3d9e0172"
)

func list(words ...string) config.Value { return config.Value{Kind: config.KeyList, List: words} }

func word(s string) config.Value { return config.Value{Kind: config.KeyText, Text: s} }

func dictionary(m map[string]string) config.Value { return config.Value{Kind: config.KeyMap, Map: m} }

func secret(s string) config.Value {
	return config.Value{Kind: config.KeySecret, Secret: config.Secret(s)}
}

// source is configured with everything that there is to configure, but for the
// secret in the address and authors other than the default ones. A bot answers
// in inbox 4.
var source = config.Source{
	Secret: ownSecret, SegmentField: "tier",
	Inboxes: []config.Inbox{{ID: "3"}, {ID: "4", Bot: true}, {ID: "5"}, {ID: "8"}},
	Keys: config.Values{
		keyBotUsers:      list("70"),
		keyWhatsApp:      list("8"),
		keyHandoff:       word("handoff_reason"),
		keyType:          word("topic"),
		keyConsent:       word("marketing"),
		keyConsentValues: dictionary(map[string]string{"oui": "confirmed"}),
	},
}

var suite = providertest.Suite{
	Name: "chatwoot", Spec: Spec, Source: source, IgnoredNames: ignoredNames, Untested: []string{countedCut},
	Vectors: vectors, SignatureHeader: signatureHeader,
	VectorAdapter: func() (provider.Adapter, error) {
		cfg := source
		cfg.Secret = exampleSecret
		return newAdapter(cfg, func(string) bool { return false })
	},
	Day: providertest.Day{Translate: inTheirWords, Adds: asMessage},
}

func TestProvider(t *testing.T)     { suite.Run(t) }
func FuzzAdapter(f *testing.F)      { suite.Fuzz(f) }
func BenchmarkAdapter(b *testing.B) { suite.Bench(b, "text") }

// TestDayTwoInboxes is the day with two inboxes. The consent of somebody who
// never wrote belongs to neither of them then, so that it is not compared.
func TestDayTwoInboxes(t *testing.T) {
	s := suite
	s.Spec.Simulation.Inboxes = []string{"3", "4"}
	s.Spec.Facts = s.Spec.Facts.With(nil)
	delete(s.Spec.Facts, capability.Consent)
	s.RunDay(t)
}

// inTheirWords: users have numbers, and a team is the conversation's, told with
// who gets it.
func inTheirWords(e *event.Event) {
	if e.Agent.ID != "" {
		e.Agent.ID = strconv.FormatInt(userID(e.Agent.ID), 10)
	}
	if e.Kind != event.ConversationAssigned {
		e.Agent.Team = ""
	}
}

// asMessage: a survey is a message.
func asMessage(e event.Event) []event.Event {
	if e.Kind != event.SurveySent {
		return nil
	}
	m := e
	m.Kind, m.ID, m.Agent = event.MessageSent, e.ID+":message", event.Agent{}
	return []event.Event{m}
}
