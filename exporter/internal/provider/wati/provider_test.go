package wati

import (
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/capability"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/providertest"
)

const (
	exampleSecret = "w4t1-demo-6b1f0c" // of the published vectors
	ownSecret     = "c0ffee00aa55aa55/+ü%"
)

func list(v ...string) config.Value { return config.Value{Kind: config.KeyList, List: v} }
func text(v string) config.Value    { return config.Value{Kind: config.KeyWord, Text: v} }
func dictionary(m map[string]string) config.Value {
	return config.Value{Kind: config.KeyMap, Map: m}
}

// source is configured with everything that there is to configure but for the
// words that have a default.
var source = config.Source{
	Secret: ownSecret,
	Keys: config.Values{
		keyBotNames:  list("Avenue Bot"),
		keyBotEmails: list("Api@acme.example"),
		keyLocalIDs:  dictionary(map[string]string{"crm-": "bot", "crm-human-": "human", "auto-": "system"}),
		keyAssignees: dictionary(map[string]string{
			"65a000000000000000000008": "Max@acme.example", "65a000000000000000000009": "bot", "65a00000000000000000000a": "api@acme.example",
		}),
		keyHandbacks:       {Kind: config.KeyBool, Bool: true},
		keySurveyTemplates: dictionary(map[string]string{"rate_us": "csat"}),
		keySurveyTexts:     dictionary(map[string]string{"How would you rate": "csat", "Would you recommend": "nps"}),
	},
}

var suite = providertest.Suite{
	Name: "wati", Spec: Spec, Source: source, Vectors: vectors,
	// A text that long would be most of the corpus; TestLongText has one.
	IgnoredNames: ignoredNames, Untested: []string{countedCut},
	VectorAdapter: func() (provider.Adapter, error) {
		cfg := source
		cfg.Secret = exampleSecret
		return newAdapter(cfg, func(string) error { return nil })
	},
	Day: providertest.Day{Translate: inWatisWords, Adds: asTemplate},
}

func TestProvider(t *testing.T)     { suite.Run(t) }
func FuzzAdapter(f *testing.F)      { suite.Fuzz(f) }
func BenchmarkAdapter(b *testing.B) { suite.Bench(b, "text") }

// TestDayTexts is the day with surveys that are no templates.
func TestDayTexts(t *testing.T) {
	s := suite
	s.Source.Keys = config.Values{keyLocalIDs: source.Keys[keyLocalIDs], keySurveyTexts: source.Keys[keySurveyTexts]}
	s.Day.Adds = asMessage
	s.RunDay(t)
}

// inWatisWords: an agent is known by an e-mail address.
func inWatisWords(e *event.Event) {
	if e.Agent.ID != "" {
		e.Agent.ID = email(e.Agent.ID)
	}
}

// asMessage: a survey is a message.
func asMessage(e event.Event) []event.Event {
	if e.Kind != event.SurveySent {
		return nil
	}
	e.Kind, e.ID, e.Agent = event.MessageSent, e.ID+":message", event.Agent{}
	return []event.Event{e}
}

// asTemplate: one that asks for CSAT is a template, where that is configured.
func asTemplate(e event.Event) []event.Event {
	if e.Survey == event.SurveyCSAT {
		e.Message.Type = "template"
	}
	return asMessage(e)
}

// TestDayDelivery compares statuses too: receipts name no customer, and each has
// to find its own. It leaves out what Wati does not tell, the price category.
func TestDayDelivery(t *testing.T) {
	s := suite
	s.Spec.Facts = s.Spec.Facts.With(capability.Facts{capability.Categories: capability.Told})
	s.Day.Translate = func(e *event.Event) {
		inWatisWords(e)
		e.Message.Template.Category = ""
		if e.Kind == event.MessageStatus && e.Status == event.StatusSent {
			e.ID = accepted(e)
		}
	}
	// Wati reports every message as sent, and canonical events a few of them.
	s.Day.Adds = func(e event.Event) []event.Event {
		also := asTemplate(e)
		if e.Kind != event.MessageSent && e.Kind != event.SurveySent {
			return also
		}
		e.ID, e.Kind, e.Status = accepted(&e), event.MessageStatus, event.StatusSent
		return append(also, e)
	}
	s.RunDay(t)
}

func accepted(e *event.Event) string { return "accepted:" + e.Message.ID }
