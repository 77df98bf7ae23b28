// Package respondio reads the webhooks of respond.io: signature, and the
// translation of one event a request into canonical events. Writer goes the
// other way, for simulations.
//
// An Adapter does no I/O, reads no clock, keeps nothing between requests and
// may be used concurrently. respond.io names no conversation and most of its
// events no channel: whom they are about is the contact's id, and where, the
// webhook server remembers from the contact's messages (Spec.Remembers).
// docs/providers.md tells the operator's side.
package respondio

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
	keySigning         = "signing_keys"
	keyBotUsers        = "bot_users"
	keyAutomation      = "automation"
	keySystemWorkflows = "system_workflows"
	keyTeams           = "teams"
	keyHandoff         = "handoff_tags"
	keyPending         = "pending_tags"
	keyOptIn           = "opt_in_tags"
	keyConfirmed       = "confirmed_tags"
	keyOptOut          = "opt_out_tags"
	keyConsentField    = "consent_field"
	keyConsentValues   = "consent_values"
	keyCSATField       = "csat_field"
	keyCSATScale       = "csat_scale"
)

// Spec is the provider.
var Spec = provider.Spec{
	Title:         "respond.io",
	ContactFields: true,
	Resolves:      true,
	Remembers:     true,
	// A body that cannot be read does not get better by sending it again, and
	// respond.io switches off webhooks that are not answered 200. What is not
	// signed gets 401 all the same: signing keys never change, so that a wrong
	// one shows when the webhook is set up, where respond.io's test has to fail.
	Answers:    config.Answers{Malformed: 200},
	Keys:       keys,
	Facts:      facts,
	Simulation: provider.Simulation{Inboxes: []string{"264017"}},
	New:        provider.NewAdapter(New),
	NewWriter:  provider.NewWriter(NewWriter),
}

var keys = []config.Key{
	{Name: keySigning, Kind: config.KeySecrets, Words: eventTypes,
		Help: "The signing keys of the webhooks, each named by its event type. Any of them, and secret, is accepted for any event."},
	{Name: keyBotUsers, Kind: config.KeyList,
		Help: "Ids of users who are bots: what they send counts as the bot's, and assigning to them hands back to the bot."},
	{Name: keyAutomation, Kind: config.KeyWord, Words: []string{"bot", "human", "system", "unknown"}, Default: "system",
		Help: "Who writes and closes through the API, Zapier, Make and n8n."},
	{Name: keySystemWorkflows, Kind: config.KeyList,
		Help: "Ids of workflows whose messages answer nobody: greetings, away texts, surveys. Other workflows are bots."},
	{Name: keyTeams, Kind: config.KeyMap,
		Help: "Names of teams by their ids, or other names for teams. Ids without a name are left out."},
	{Name: keyHandoff, Kind: config.KeyMap,
		Help: "Tags by which a bot hands over to people, with the reason of each."},
	{Name: keyPending, Kind: config.KeyList,
		Help: "Tags that mean that the conversation waits for somebody else than the desk."},
	{Name: keyOptIn, Kind: config.KeyList,
		Help: "Tags that mean consent to marketing; taking one away is an opt-out."},
	{Name: keyConfirmed, Kind: config.KeyList,
		Help: "Tags that mean confirmed consent (double opt-in); taking one away is an opt-out."},
	{Name: keyOptOut, Kind: config.KeyList,
		Help: "Tags that mean no marketing."},
	{Name: keyConsentField, Kind: config.KeyText,
		Help: "The custom field that holds the consent."},
	{Name: keyConsentValues, Kind: config.KeyMap, Words: []string{"opted_in", "confirmed", "opted_out"},
		Help: "What values of consent_field mean, beside yes, true, 1, no, false, 0 and the three words themselves."},
	{Name: keyCSATField, Kind: config.KeyText,
		Help: "The custom field into which a workflow writes the customer's score."},
	{Name: keyCSATScale, Kind: config.KeyWord, Words: []string{"2", "3", "4", "5", "6", "7", "10", "100"}, Default: "5",
		Help: "The best score of csat_field."},
}

// eventTypes are respond.io's, as its webhooks name them.
var eventTypes = []string{
	"message.received", "message.sent", "conversation.opened", "conversation.closed", "contact.assignee.updated",
	"contact.tag.updated", "contact.lifecycle.updated", "contact.created", "contact.updated", "comment.created", "call.ended",
}

// ErrConfig is wrapped by the errors of New and NewWriter: the source cannot
// be used as it is configured.
var ErrConfig = fmt.Errorf("respondio %w", provider.ErrConfig)

// Adapter reads one source's webhooks.
type Adapter struct {
	signers []*wire.Signer
	rules   rules
	readers sync.Pool // *reader
}

var (
	_ provider.Adapter = (*Adapter)(nil)
	_ provider.Writer  = (*Writer)(nil)
)

// New makes the adapter of a source from its secret, its signing keys, or both.
// It refuses keys that stand in published examples: anybody could sign with
// them. Its error wraps ErrConfig.
func New(cfg config.Source) (*Adapter, error) { return newAdapter(cfg, isPublished) }

// newAdapter lets tests sign with the published vectors.
func newAdapter(cfg config.Source, refuse func(string) bool) (*Adapter, error) {
	a := &Adapter{}
	add := func(secret config.Secret, where string) error {
		if refuse(string(secret)) {
			return fmt.Errorf("%w: %s is a published example; copy the webhook's own signing key from Settings > Integrations > Webhooks", ErrConfig, where)
		}
		a.signers = append(a.signers, newSigner(string(secret)))
		return nil
	}
	if cfg.Secret != "" {
		if err := add(cfg.Secret, "secret"); err != nil {
			return nil, err
		}
	}
	for _, k := range cfg.Keys.Secrets(keySigning) {
		if err := add(k.Secret, "the signing key of "+k.Name); err != nil {
			return nil, err
		}
	}
	if len(a.signers) == 0 {
		return nil, fmt.Errorf("%w: there is no signing key; list those of the webhooks under signing_keys, or set secret or secret_file", ErrConfig)
	}
	var err error
	if a.rules, err = newRules(cfg); err != nil {
		return nil, err
	}
	a.readers.New = func() any { return new(reader) }
	return a, nil
}

// published are keys of examples, in lower case: those of this project's
// documentation and tests, and what people leave in copied configurations.
var published = map[string]bool{
	"rio-signing-key-7f3a": true,
	"signing_key":          true,
	"signing-key":          true,
	"<signing_key>":        true,
	"your_signing_key":     true,
	"your-signing-key":     true,
	"changeme":             true,
	"secret":               true,
}

// isPublished tells whether s stands in published examples, whatever its case.
func isPublished(s string) bool { return published[strings.ToLower(strings.TrimSpace(s))] }
