package config

import (
	"cmp"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/audit"
)

const (
	defaultChannel       = "whatsapp"
	defaultServiceWindow = 24 * time.Hour
	defaultGraphURL      = "https://graph.facebook.com"
	// defaultSilence closes the conversations of a source that never says when
	// one is resolved.
	defaultSilence = 2 * time.Hour
)

// Facts is what the configuration has to know of the providers there are. The
// caller hands it in, so that this package knows none of them.
type Facts struct {
	// Providers by name. A name that is not here is refused.
	Providers map[string]ProviderFacts
}

// ProviderFacts says what a provider can do and needs.
type ProviderFacts struct {
	// Resolves: it sends resolve events, unless the source says otherwise.
	Resolves bool
	// NeedsSecret and NeedsVerifyToken: a source cannot do without. A verify
	// token is refused where none is needed.
	NeedsSecret, NeedsVerifyToken bool
	// ContactFields: its contacts have fields, one of which may be the segment.
	ContactFields bool
	// Proxy: it has a send proxy.
	Proxy bool
	// Answers are those of its sources; zero fields mean 400 and 401.
	Answers Answers
	// Keys are those of sources[] that only it takes.
	Keys []Key
}

// Default gives the configuration of a document that says nothing: no sources,
// everything else as the reference has it.
func Default(Facts) *Config {
	return &Config{
		Targets: Targets{
			FirstResponse:    60 * time.Second,
			Resolution:       300 * time.Second,
			NegativeResponse: 180 * time.Second,
			CSAT:             0.85,
			FCR:              0.80,
			UtilizationMin:   0.85,
			UtilizationMax:   0.90,
			Containment:      0.70,
		},
		AgentTimes: AgentTimes{
			Label:             AgentLabelID,
			BusyAfterMessage:  3 * time.Minute,
			SessionTimeout:    30 * time.Minute,
			UtilizationWindow: time.Hour,
		},
		CSAT:      CSAT{OpenFor: 24 * time.Hour, SatisfiedMin: 4},
		Consent:   Consent{OptOutPatterns: DefaultOptOutPatterns()},
		Sentiment: Sentiment{Enabled: true},
		Ratios:    Ratios{Window: 24 * time.Hour},
		Conversations: Conversations{
			CloseAfter:       24 * time.Hour,
			ReopenWindow:     24 * time.Hour,
			ClosingPatterns:  DefaultClosingPatterns(),
			ThanksCloseAfter: 10 * time.Minute,
			LatenessGrace:    5 * time.Second,
		},
		RequestTypes: RequestTypes{
			Types:        defaultRequestTypes(),
			DecideWithin: 60 * time.Second,
		},
		Audits: audit.Default(),
		Escalations: Escalations{
			Top:            20,
			RequestPhrases: DefaultRequestPhrases(),
		},
		Labels:      Labels{MaxValues: 200},
		Transcripts: Transcripts{Retention: defaultRetention, CacheSize: defaultCacheSize},
	}
}

// DefaultSource gives a source of which only the name and the provider are
// said: the form in which replay and tests add one to Default.
func DefaultSource(name, provider string, f Facts) Source {
	return Source{
		Name:          name,
		Provider:      provider,
		Channels:      []string{defaultChannel},
		Resolves:      f.Providers[provider].Resolves,
		ServiceWindow: defaultServiceWindow,
		CloseAfter:    closeAfter(f.Providers[provider].Resolves, Default(f).Conversations.CloseAfter),
		EchoActor:     "human",
		Answers: Answers{
			Malformed:    cmp.Or(f.Providers[provider].Answers.Malformed, 400),
			Unauthorized: cmp.Or(f.Providers[provider].Answers.Unauthorized, 401),
		},
		Proxy: Proxy{GraphURL: defaultGraphURL},
		Keys:  defaultValues(f.Providers[provider].Keys),
	}
}

// closeAfter is the time-out of a source that configures none.
func closeAfter(resolves bool, conversations time.Duration) time.Duration {
	if resolves {
		return conversations
	}
	return defaultSilence
}

func defaultRequestTypes() []RequestType {
	var types []RequestType
	for _, name := range []string{
		"billing", "refund", "delivery", "support", "account", "cancellation", "sales", "agent", "greeting", OtherRequestType,
	} {
		types = append(types, RequestType{Name: name})
	}
	return types
}
