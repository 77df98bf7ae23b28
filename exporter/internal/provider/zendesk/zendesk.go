// Package zendesk reads the three feeds of Zendesk: event webhooks (one event in
// a fixed envelope), trigger webhooks (a body that is written in the trigger, as
// documented here), and the webhooks of Sunshine Conversations (events in a
// batch). Writer goes the other way, for simulations.
//
// A request is told by its body, whichever webhook of the source brought it. A
// message is told twice where event webhooks and Sunshine Conversations are both
// connected, under ids that need not agree; it is read from one of them only
// (the key messages). Most events of a ticket leave out customer or channel,
// which the webhook server remembers (Spec.Remembers). An Adapter does no I/O,
// reads no clock, keeps nothing between requests and may be used concurrently.
// docs/providers.md tells the operator's side.
package zendesk

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
	keyWebhooks      = "webhook_secrets"
	keyConversations = "conversations_key"
	keyMessages      = "messages"
	keyNotesOnly     = "notes_only"
	keyUsers         = "users"
	keyTriggers      = "triggers"
	keyIntegrations  = "integrations"
	keyChannels      = "whatsapp_channels"
	keyGroups        = "groups"
	keyPresence      = "presence"
	keyStates        = "states"
	keyRatings       = "ratings"
	keyStatuses      = "statuses"
	keyOpens         = "ticket_opens"
	keyHandoff       = "handoff_tags"
	keyOptIn         = "opt_in_tags"
	keyConfirmed     = "confirmed_tags"
	keyOptOut        = "opt_out_tags"
)

// What messages and presence are read from.
const (
	fromEvents        = "events"
	fromConversations = "conversations"
	presenceUnified   = "unified"
)

// Spec is the provider.
var Spec = provider.Spec{
	Title:         "Zendesk",
	Resolves:      true,
	ContactFields: true,
	Remembers:     true,
	// Zendesk asks again after 409, 429 and 503 alone, and stops sending for a
	// while after many failures: a body that cannot be read gets no better by
	// either.
	Answers:    config.Answers{Malformed: 200},
	Keys:       keys,
	Facts:      facts,
	Simulation: provider.Simulation{Inboxes: []string{"31", "32"}},
	New:        provider.NewAdapter(New),
	NewWriter:  provider.NewWriter(NewWriter),
}

var authors = []string{"bot", "human", "system", "unknown"}

var keys = []config.Key{
	{Name: keyWebhooks, Kind: config.KeySecrets,
		Help: "The secrets of further event and trigger webhooks, each under a name of your choice. Any of them, and secret, may sign any request."},
	{Name: keyConversations, Kind: config.KeySecret,
		Help: "The secret of the Sunshine Conversations webhook, which comes in the header X-API-Key."},
	{Name: keyMessages, Kind: config.KeyWord, Words: []string{fromEvents, fromConversations},
		Help: "Where messages are read: event webhooks, or Sunshine Conversations. Without it event webhooks, unless conversations_key is the only secret."},
	{Name: keyNotesOnly, Kind: config.KeyBool,
		Help: "Comments of tickets are notes only, and public ones no messages: for chats that leave a transcript as a comment that is not recognised."},
	{Name: keyUsers, Kind: config.KeyMap, Words: authors,
		Help: "Who users are that are no people, by their ids: bots and integrations that write or solve with an agent's account. Assigning to a bot hands back to it."},
	{Name: keyTriggers, Kind: config.KeyWord, Words: authors, Default: "bot",
		Help: "Who writes what triggers and automations send."},
	{Name: keyIntegrations, Kind: config.KeyMap, Words: authors,
		Help: "Who writes what comes from a source of Sunshine Conversations, by its type (api:…), beside zd:agentWorkspace (human) and zd:answerBot (bot)."},
	{Name: keyChannels, Kind: config.KeyList,
		Help: "Channels of tickets that are WhatsApp under another name: sunshine_conversations_api, where WhatsApp comes by an integration of your own."},
	{Name: keyGroups, Kind: config.KeyMap,
		Help: "Names of groups, by their ids: they are teams. A group that is not listed is called by its id."},
	{Name: keyPresence, Kind: config.KeyWord, Words: []string{presenceUnified, "messaging", "support", "talk"}, Default: presenceUnified,
		Help: "Which state of an agent counts: the unified one, or that of one channel."},
	{Name: keyStates, Kind: config.KeyMap, Words: []string{"available", "away", "offline"},
		Help: "What states of your own mean, by their names; case does not matter. Online, Away, Transfers only and Offline are known."},
	{Name: keyRatings, Kind: config.KeyMap, Words: []string{"1", "2", "3", "4", "5"},
		Help: "What ratings mean, by their words; case does not matter. Good is 5 and Bad is 1, 1 to 5 are themselves."},
	{Name: keyStatuses, Kind: config.KeyMap, Words: []string{"new", "open", "pending", "hold", "solved", "closed"},
		Help: "What the status is called in the bodies of triggers, where the account is not in English."},
	{Name: keyOpens, Kind: config.KeyBool,
		Help: "Every ticket that is created begins a conversation, before anybody writes. Leave it out where thanks and ratings of customers create tickets."},
	{Name: keyHandoff, Kind: config.KeyMap,
		Help: "Tags by which a bot hands over to people, with the reason of each."},
	{Name: keyOptIn, Kind: config.KeyList,
		Help: "Tags that mean consent to marketing; taking one away is an opt-out."},
	{Name: keyConfirmed, Kind: config.KeyList,
		Help: "Tags that mean confirmed consent (double opt-in); taking one away is an opt-out."},
	{Name: keyOptOut, Kind: config.KeyList,
		Help: "Tags that mean no marketing."},
}

// ErrConfig is wrapped by the errors of New and NewWriter: the source cannot
// be used as it is configured.
var ErrConfig = fmt.Errorf("zendesk %w", provider.ErrConfig)

// Adapter reads one source's webhooks.
type Adapter struct {
	// signers are those of event and trigger webhooks, apiKey is that of Sunshine
	// Conversations; there is at least one of all.
	signers []*wire.Signer
	apiKey  string
	rules   rules
	readers sync.Pool // *reader
}

var (
	_ provider.Adapter = (*Adapter)(nil)
	_ provider.Writer  = (*Writer)(nil)
)

// New makes the adapter of a source from the secrets of its webhooks. It refuses
// secrets that stand in published examples, among them the one by which Zendesk
// signs tests of webhooks that are not saved yet: anybody could sign with them.
// Its error wraps ErrConfig.
func New(cfg config.Source) (*Adapter, error) { return newAdapter(cfg, isPublished) }

// newAdapter lets tests sign with the published vectors.
func newAdapter(cfg config.Source, refuse func(string) bool) (*Adapter, error) {
	if err := checkSecrets(cfg, refuse); err != nil {
		return nil, err
	}
	a := &Adapter{apiKey: string(cfg.Keys.Secret(keyConversations))}
	for _, s := range secretsOf(cfg) {
		a.signers = append(a.signers, newSigner(s))
	}
	var err error
	if a.rules, err = newRules(cfg); err != nil {
		return nil, err
	}
	a.readers.New = func() any { return &reader{rules: &a.rules} }
	return a, nil
}

// secretsOf lists the secrets that sign.
func secretsOf(cfg config.Source) (out []string) {
	if cfg.Secret != "" {
		out = append(out, string(cfg.Secret))
	}
	for _, s := range cfg.Keys.Secrets(keyWebhooks) {
		out = append(out, string(s.Secret))
	}
	return out
}

// checkSecrets tells why the secrets cannot be used.
func checkSecrets(cfg config.Source, refuse func(string) bool) error {
	const own = "copy the webhook's own: Admin Center > Apps and integrations > Webhooks > the webhook > Reveal secret"
	signing, key := secretsOf(cfg), string(cfg.Keys.Secret(keyConversations))
	if len(signing) == 0 && key == "" {
		return fmt.Errorf("%w: there is no secret; set secret or secret_file: %s; for Sunshine Conversations set conversations_key", ErrConfig, own)
	}
	for _, s := range signing {
		if s == testSecret {
			return fmt.Errorf("%w: a secret is the one by which Zendesk signs the tests of webhooks that are not saved yet, which everybody knows; %s", ErrConfig, own)
		}
		if s == "" || refuse(s) {
			return fmt.Errorf("%w: a secret is empty or a published example; %s", ErrConfig, own)
		}
	}
	if key != "" && refuse(key) {
		return fmt.Errorf("%w: conversations_key is a published example; take the secret that Sunshine Conversations gave when the webhook was created", ErrConfig)
	}
	if cfg.Keys.Text(keyMessages) == fromConversations && key == "" {
		return fmt.Errorf("%w: messages: conversations needs conversations_key", ErrConfig)
	}
	return nil
}

// testSecret signs test requests of webhooks that are not saved yet.
const testSecret = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="

// published are secrets of examples, in lower case: those of this project's
// documentation and tests, and what people leave in copied configurations.
var published = map[string]bool{
	strings.ToLower(testSecret): true,
	"zd-demo-secret-2f6c8a":     true,
	"sunco-demo-key-91":         true,
	"your_webhook_secret":       true,
	"your-webhook-secret":       true,
	"<webhook_secret>":          true,
	"webhook_secret":            true,
	"changeme":                  true,
	"secret":                    true,
}

// isPublished tells whether s stands in published examples, whatever its case.
func isPublished(s string) bool { return published[strings.ToLower(strings.TrimSpace(s))] }
