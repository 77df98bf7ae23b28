// Package hubspot reads HubSpot's app webhooks for the Conversations inbox and
// Help Desk. These are thin: an event says that something happened to a thread,
// with neither text nor author nor channel. So the Adapter makes tasks of them,
// and the Fetcher asks the Conversations API for the rest, behind the journal.
// Writer goes the other way, for simulations, and plays that API.
//
// An Adapter does no I/O and keeps nothing between requests. A Fetcher keeps a
// bounded memory of what it has fetched about threads, channels, actors and
// contacts; losing it costs requests and nothing else. Both may be used
// concurrently.
package hubspot

import (
	"fmt"
	"strings"
	"sync"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

// Spec is the provider.
var Spec = provider.Spec{
	Title:         "HubSpot",
	Resolves:      true,
	NeedsSecret:   true,
	Paths:         true,
	Remembers:     true,
	ContactFields: true,
	Keys:          keys,
	Facts:         facts,
	Simulation:    provider.Simulation{Inboxes: []string{"33001"}},
	New:           provider.NewAdapter(New),
	NewFetcher:    provider.NewFetcher(NewFetcher),
	NewWriter:     provider.NewWriter(NewWriter),
}

// Names of the keys of a source.
const (
	keyPublicURL       = "public_url"
	keyAccessToken     = "access_token"
	keyAPIURL          = "api_url"
	keySignature       = "signature"
	keyRate            = "requests_per_second"
	keyChannels        = "whatsapp_channels"
	keyIntegrations    = "integrations"
	keyConsentProperty = "consent_property"
	keyConsentValues   = "consent_values"
	keyCSATProperty    = "csat_property"
	keyCSATScale       = "csat_scale"
)

var keys = []config.Key{
	{Name: keyPublicURL, Kind: config.KeyURL, Required: true,
		Help: "The address of this source as the app's webhook settings have it, up to /webhooks/<source>: HubSpot signs it."},
	{Name: keyAccessToken, Kind: config.KeySecret, Required: true,
		Help: "The access token by which threads and messages are fetched; the app needs the scope conversations.read, and crm.objects.contacts.read for segments."},
	{Name: keyAPIURL, Kind: config.KeyURL, Help: "The API's address, https://api.hubapi.com where it is left out."},
	{Name: keySignature, Kind: config.KeyWord, Words: []string{"v3", "v1"}, Default: "v3",
		Help: "The signature that is asked for. v1 takes it from requests without a v3 one; it does not tell a request that is sent again."},
	{Name: keyRate, Kind: config.KeyNumber, Min: 1, Max: 1000, Default: "8",
		Help: "How much the API is asked at most; HubSpot allows an app 10 or 19 requests a second, by the account's plan."},
	{Name: keyChannels, Kind: config.KeyList,
		Help: "Ids of the channels that are WhatsApp. Where it is left out, those whose name in the API has WhatsApp in it."},
	{Name: keyIntegrations, Kind: config.KeyMap, Words: []string{"bot", "human", "system", "unknown"},
		Help: "Who writes through an app, by its id. Any other app is a bot."},
	{Name: keyConsentProperty, Kind: config.KeyText, Help: "The contact property that holds the consent to be written to."},
	{Name: keyConsentValues, Kind: config.KeyMap, Words: []string{"opted_in", "confirmed", "opted_out"},
		Help: "What the values of that property mean; true is opted_in and false opted_out where nothing else is said."},
	{Name: keyCSATProperty, Kind: config.KeyText,
		Help: "The property of feedback submissions that holds the score; hs_value where it is left out."},
	{Name: keyCSATScale, Kind: config.KeyWord, Words: []string{"5", "7", "10"}, Default: "5", Help: "The highest score of such surveys."},
}

// ErrConfig is wrapped by the errors of New, NewFetcher and NewWriter: the
// source cannot be used as it is configured.
var ErrConfig = fmt.Errorf("hubspot %w", provider.ErrConfig)

const defaultAPI = "https://api.hubapi.com"

// Adapter reads one source's webhooks.
type Adapter struct {
	verifier
	consent consentRule
	readers sync.Pool // *reader
}

var (
	_ provider.Adapter = (*Adapter)(nil)
	_ provider.Fetcher = (*Fetcher)(nil)
	_ provider.Limited = (*Fetcher)(nil)
	_ provider.Writer  = (*Writer)(nil)
)

// New makes the adapter of a source from its secret (the app's client secret)
// and its keys. It refuses secrets that stand in published examples. Its error
// wraps ErrConfig.
func New(cfg config.Source) (*Adapter, error) {
	if published[strings.ToLower(strings.TrimSpace(string(cfg.Secret)))] {
		return nil, fmt.Errorf("%w: the client secret is a published example; set secret or secret_file to the app's own", ErrConfig)
	}
	return newAdapter(cfg)
}

// newAdapter lets tests sign with the published vectors.
func newAdapter(cfg config.Source) (*Adapter, error) {
	switch {
	case cfg.Secret == "":
		return nil, fmt.Errorf("%w: the client secret is missing; set secret or secret_file to the one on the app's page Auth", ErrConfig)
	case cfg.Keys.Text(keyPublicURL) == "":
		return nil, fmt.Errorf("%w: public_url is missing; set it to the address in the app's webhook settings", ErrConfig)
	}
	rule, err := newConsentRule(cfg)
	if err != nil {
		return nil, err
	}
	a := &Adapter{verifier: newVerifier(cfg), consent: rule}
	a.readers.New = func() any { return new(reader) }
	return a, nil
}

// published are secrets of examples, in lower case: that of the test vectors,
// and what people leave in copied configurations.
var published = map[string]bool{
	"11111111-2222-3333-4444-555555555555": true,
	"yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy": true,
	"your_client_secret":                   true,
	"client_secret":                        true,
	"changeme":                             true,
	"secret":                               true,
}

// consentRule says what a contact property means.
type consentRule struct {
	property string
	values   map[string]event.Consent
}

func newConsentRule(cfg config.Source) (consentRule, error) {
	c := consentRule{property: cfg.Keys.Text(keyConsentProperty), values: map[string]event.Consent{
		"true": event.ConsentOptedIn, "false": event.ConsentOptedOut,
	}}
	values := cfg.Keys.Map(keyConsentValues)
	if len(values) > 0 && c.property == "" {
		return c, fmt.Errorf("%w: consent_values is there without consent_property; name the property", ErrConfig)
	}
	for value, name := range values {
		for i, known := range event.Consents {
			if name == known {
				c.values[strings.ToLower(value)] = event.Consent(i)
			}
		}
	}
	return c, nil
}

// actors by the words of the configuration.
var actors = map[string]event.Actor{
	"bot": event.ActorBot, "human": event.ActorHuman, "system": event.ActorSystem, "unknown": event.ActorUnknown,
}
