// Package chatwoot reads the webhooks of Chatwoot: one JSON object an event, for
// messages and for what happens to conversations and contacts. Writer goes the
// other way, for simulations.
//
// Requests are signed since version 4.11.2; before, a secret in the address is
// all there is. What a conversation's new status means depends on the one before
// it, which conversation_updated tells and conversation_status_changed does not;
// both make the same event where both can. Whoever resolved is not said and
// concluded from the assignee. An Adapter does no I/O, reads no clock, keeps
// nothing between requests and may be used concurrently. docs/providers.md tells
// the operator's side.
package chatwoot

import (
	"fmt"
	"strings"
	"sync"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider/wire"
)

// Keys of a source that only this provider takes.
const (
	keyAddress       = "address_secret"
	keyBotUsers      = "bot_users"
	keyWhatsApp      = "whatsapp_inboxes"
	keyAutomation    = "automation"
	keyNoSender      = "no_sender"
	keyHandoff       = "handoff_attribute"
	keyType          = "type_attribute"
	keyConsent       = "consent_attribute"
	keyConsentValues = "consent_values"
)

// Spec is the provider.
var Spec = provider.Spec{
	Title:         "Chatwoot",
	ContactFields: true,
	Resolves:      true,
	Paths:         true,
	Remembers:     true,
	Keys:          keys,
	// FailureCodes has none of Chatwoot's own: it passes on WhatsApp's.
	Facts:      facts,
	Simulation: provider.Simulation{Inboxes: []string{"3"}},
	New:        provider.NewAdapter(New),
	NewWriter:  provider.NewWriter(NewWriter),
}

var authors = []string{"bot", "human", "system", "unknown"}

var keys = []config.Key{
	{Name: keyAddress, Kind: config.KeySecret,
		Help: "The last part of the webhook's address, for servers before 4.11.2, which sign nothing. Beside secret, both have to be right."},
	{Name: keyBotUsers, Kind: config.KeyList,
		Help: "Ids of users who are bots: what they send counts as the bot's, and assigning to them hands back to the bot."},
	{Name: keyWhatsApp, Kind: config.KeyList,
		Help: "Ids of inboxes that are WhatsApp although Chatwoot calls them something else, an API channel for example."},
	{Name: keyAutomation, Kind: config.KeyWord, Words: authors, Default: "system",
		Help: "Who writes what automation rules send."},
	{Name: keyNoSender, Kind: config.KeyWord, Words: authors, Default: "system",
		Help: "Who writes what has no sender and is neither a survey, a campaign nor an automation rule's. bot, where a bot integration answers (Dialogflow)."},
	{Name: keyHandoff, Kind: config.KeyText,
		Help: "The custom attribute of conversations in which the bot says why it hands over."},
	{Name: keyType, Kind: config.KeyText,
		Help: "The custom attribute of conversations that holds the request type."},
	{Name: keyConsent, Kind: config.KeyText,
		Help: "The custom attribute of contacts that holds the consent."},
	{Name: keyConsentValues, Kind: config.KeyMap, Words: []string{"opted_in", "confirmed", "opted_out"},
		Help: "What values of consent_attribute mean, beside yes, true, 1, no, false, 0 and the three words themselves."},
}

// ErrConfig is wrapped by the errors of New and NewWriter: the source cannot
// be used as it is configured.
var ErrConfig = fmt.Errorf("chatwoot %w", provider.ErrConfig)

// Adapter reads one source's webhooks.
type Adapter struct {
	// signer is nil where nothing is signed, address where it holds no secret;
	// one of them is there.
	signer  *wire.Signer
	address *provider.AddressSecret
	rules   rules
	readers sync.Pool // *reader
}

var (
	_ provider.Adapter = (*Adapter)(nil)
	_ provider.Writer  = (*Writer)(nil)
)

// New makes the adapter of a source from the webhook's secret, the address's, or
// both. It refuses secrets that stand in published examples, and short ones in
// the address: whoever knows one can send anything. Its error wraps ErrConfig.
func New(cfg config.Source) (*Adapter, error) { return newAdapter(cfg, isPublished) }

// newAdapter lets tests sign with the published vectors.
func newAdapter(cfg config.Source, refuse func(string) bool) (*Adapter, error) {
	if err := checkSecrets(cfg, refuse); err != nil {
		return nil, err
	}
	a := &Adapter{}
	if cfg.Secret != "" {
		a.signer = newSigner(string(cfg.Secret))
	}
	if word := cfg.Keys.Secret(keyAddress); word != "" {
		a.address = provider.NewAddressSecret(string(word))
	}
	var err error
	if a.rules, err = newRules(cfg); err != nil {
		return nil, err
	}
	a.readers.New = func() any { return &reader{rules: &a.rules} }
	return a, nil
}

// minAddress is the shortest secret of an address in bytes. Nothing else proves
// the sender there.
const minAddress = 16

// checkSecrets tells why the secrets cannot be used.
func checkSecrets(cfg config.Source, refuse func(string) bool) error {
	const (
		copyIt  = "copy the webhook's own from Settings > Integrations > Webhooks"
		makeOne = "make one with `openssl rand -hex 24`, and enter it at Chatwoot as the end of the address"
	)
	word := string(cfg.Keys.Secret(keyAddress))
	switch {
	case cfg.Secret == "" && word == "":
		return fmt.Errorf("%w: there is no secret; set secret or secret_file: %s; for servers before 4.11.2 set address_secret: %s", ErrConfig, copyIt, makeOne)
	case cfg.Secret != "" && refuse(string(cfg.Secret)):
		return fmt.Errorf("%w: secret is a published example; %s", ErrConfig, copyIt)
	case word == "":
	case refuse(word):
		return fmt.Errorf("%w: address_secret is a published example; %s", ErrConfig, makeOne)
	case len(word) < minAddress:
		return fmt.Errorf("%w: address_secret has fewer than %d characters; %s", ErrConfig, minAddress, makeOne)
	}
	return nil
}

// published are secrets of examples, in lower case: those of this project's
// documentation and tests, and what people leave in copied configurations.
var published = map[string]bool{
	"cw-webhook-secret-example": true,
	"webhook_secret":            true,
	"webhook-secret":            true,
	"<webhook_secret>":          true,
	"your_webhook_secret":       true,
	"your-webhook-secret":       true,
	"your-long-random-secret":   true,
	"a-long-random-secret":      true,
	"changemechangeme":          true,
	"0123456789abcdef":          true,
	"changeme":                  true,
	"secret":                    true,
}

// isPublished tells whether s stands in published examples, whatever its case.
func isPublished(s string) bool { return published[strings.ToLower(strings.TrimSpace(s))] }
