package trengo

import (
	"strings"
	"testing"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/providertest"
)

const (
	exampleSecret = "trengo-demo-signing-secret" // of the published vector
	inboundSecret = "in-5f0c2b9d71"
	olderSecret   = "in-older-00b1e2"
	sentSecret    = "out-83aa01c4e6"
	closedSecret  = "closed-6b3d9e0172"
	commonSecret  = "c0ffee00aa55aa55"
)

func signingSecrets(pairs ...string) config.Value {
	v := config.Value{Kind: config.KeySecrets}
	for i := 0; i < len(pairs); i += 2 {
		v.Secrets = append(v.Secrets, config.NamedSecret{Name: pairs[i], Secret: config.Secret(pairs[i+1])})
	}
	return v
}

func list(words ...string) config.Value { return config.Value{Kind: config.KeyList, List: words} }

func word(s string) config.Value { return config.Value{Kind: config.KeyWord, Text: s} }

func dictionary(m map[string]string) config.Value { return config.Value{Kind: config.KeyMap, Map: m} }

// source is configured with everything that there is to configure, but for
// ticket_opens.
var source = config.Source{
	Secret: commonSecret,
	Keys: config.Values{
		keySigning:     signingSecrets(typeInbound, inboundSecret, typeInbound, olderSecret, typeOutbound, sentSecret, typeClosed, closedSecret),
		keyChannels:    dictionary(map[string]string{"9911": "WhatsApp", "9912": "whatsapp", "9920": "email"}),
		keyUsers:       dictionary(map[string]string{"900": "bot", "901": "system", "4412": "human"}),
		keySystemTexts: list("We are closed", "Hi there, this is"),
		keySurveyTexts: dictionary(map[string]string{"How did we do?": "csat", "How likely": "nps"}),
		keyCSAT:        dictionary(map[string]string{"csat-1": "1", "csat-2": "2", "csat-3": "3", "csat-4": "4", "csat-5": "5"}),
		keyCloser:      word("human"),
		keyHandoff: dictionary(map[string]string{
			"needs human": "requested", "angry": "negative", "complex": "complex", "lost": "not_understood", "304": "policy",
		}),
		keyHandoffTeams: dictionary(map[string]string{"23": "complex"}),
		keyPending:      list("waiting"),
		keyOptIn:        list("opt-in"),
		keyConfirmed:    list("opt-in confirmed"),
		keyOptOut:       list("opt-out"),
		keyTeams:        dictionary(map[string]string{"22": "Billing"}),
	},
}

var suite = providertest.Suite{
	Name: "trengo", Spec: Spec, Source: source, IgnoredNames: ignoredNames, Untested: []string{countedCut},
	Vectors: vectors, SignatureHeader: signatureHeader,
	VectorAdapter: func() (provider.Adapter, error) {
		cfg := source
		cfg.Keys = config.Values{keySigning: signingSecrets(typeInbound, exampleSecret, typeInbound, olderSecret, typeOutbound, sentSecret)}
		cfg.Secret = ""
		return newAdapter(cfg, func(string) bool { return false })
	},
	Day: providertest.Day{Translate: inTheirWords, Adds: asMessage},
}

func TestProvider(t *testing.T)     { suite.Run(t) }
func FuzzAdapter(f *testing.F)      { suite.Fuzz(f) }
func BenchmarkAdapter(b *testing.B) { suite.Bench(b, "text") }

// inTheirWords: a message is its words, a team is told where a ticket is
// assigned, and templates are messages like others.
func inTheirWords(e *event.Event) {
	if e.Agent.ID != "" {
		e.Agent.ID = userID(e.Agent.ID)
	}
	if e.Kind != event.ConversationAssigned {
		e.Agent.Team = ""
	}
	e.Message.Template = event.Template{}
	switch {
	case strings.HasPrefix(e.Kind.String(), "message."):
		e.Message.Type = messageType(e.Message.Text)
	case e.Kind == event.SurveySent:
		e.Message.Type = "text"
	case e.Kind == event.SurveyAnswered:
		e.Message.Type = ""
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
