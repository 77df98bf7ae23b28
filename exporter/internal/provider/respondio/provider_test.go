package respondio

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
	exampleKey = "rio-signing-key-7f3a" // of the published vector
	sentKey    = "7d1c4f0ab2e94c53"
	commonKey  = "c0ffee00aa55aa55"
)

// source is configured with everything that there is to configure.
var source = config.Source{
	Secret: commonKey,
	Keys: config.Values{
		keySigning: {Kind: config.KeySecrets, Secrets: []config.NamedSecret{
			{Name: "message.sent", Secret: sentKey}, {Name: "message.sent", Secret: "an-older-key-of-sent"},
		}},
		keyBotUsers:        {Kind: config.KeyList, List: []string{"900"}},
		keySystemWorkflows: {Kind: config.KeyList, List: []string{"66"}},
		keyTeams:           {Kind: config.KeyMap, Map: map[string]string{"3": "support", "Support NL": "support", "4": "billing", "5": "sales"}},
		keyHandoff: {Kind: config.KeyMap, Map: map[string]string{
			"needs_human": "requested", "angry": "negative", "complex": "complex", "lost": "not_understood", "rules": "policy",
		}},
		keyPending:       {Kind: config.KeyList, List: []string{"on_hold"}},
		keyOptIn:         {Kind: config.KeyList, List: []string{"optin_marketing"}},
		keyConfirmed:     {Kind: config.KeyList, List: []string{"optin_confirmed"}},
		keyOptOut:        {Kind: config.KeyList, List: []string{"no_marketing"}},
		keyConsentField:  {Kind: config.KeyText, Text: "marketing"},
		keyConsentValues: {Kind: config.KeyMap, Map: map[string]string{"oui": "confirmed"}},
		keyCSATField:     {Kind: config.KeyText, Text: "csat_score"},
	},
}

var suite = providertest.Suite{
	Name: "respondio", Spec: Spec, Source: source, IgnoredNames: ignoredNames,
	Vectors: vectors, SignatureHeader: signatureHeader,
	VectorAdapter: func() (provider.Adapter, error) {
		cfg := source
		cfg.Secret = exampleKey
		return newAdapter(cfg, func(string) bool { return false })
	},
	Day: providertest.Day{Translate: inTheirWords, Adds: asMessage},
}

func TestProvider(t *testing.T)     { suite.Run(t) }
func FuzzAdapter(f *testing.F)      { suite.Fuzz(f) }
func BenchmarkAdapter(b *testing.B) { suite.Bench(b, "text") }

// TestDayTwoNumbers is the day with two numbers. The consent of somebody who
// never wrote belongs to neither of them then, so that it is not compared.
func TestDayTwoNumbers(t *testing.T) {
	s := suite
	s.Spec.Simulation.Inboxes = []string{"264017", "264018"}
	s.Spec.Facts = s.Spec.Facts.With(nil)
	delete(s.Spec.Facts, capability.Consent)
	s.RunDay(t)
}

// inTheirWords: teams are told where somebody writes and who closes, a request
// type is a tag.
func inTheirWords(e *event.Event) {
	if e.Agent.ID != "" {
		e.Agent.ID = strconv.FormatInt(userID(e.Agent.ID), 10)
	}
	writes := e.Kind == event.MessageSent && e.Actor == event.ActorHuman
	closes := e.Kind == event.ConversationResolved && e.Actor == event.ActorHuman
	if !writes && !closes {
		e.Agent.Team = ""
	}
	if e.Kind == event.ConversationLabeled && e.RequestType != "" {
		e.Labels = append([]string{e.RequestType}, e.Labels...)
		e.RequestType = ""
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
