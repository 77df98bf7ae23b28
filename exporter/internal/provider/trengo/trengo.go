// Package trengo reads the webhooks of Trengo: a form with a handful of flat
// fields each, one webhook and one signing secret for every event type. Writer
// goes the other way, for simulations.
//
// A body says neither what it is about nor when, nor has it an id: the event type
// is in the address that the webhook was given, or is that of the secret by which
// it is signed, and the time is the signature's. Tickets name no customer after
// their messages; the webhook server remembers whom they are with
// (Spec.Remembers). An Adapter does no I/O, reads no clock, keeps nothing between
// requests and may be used concurrently. docs/providers.md tells the operator's
// side.
package trengo

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

// Keys of a source that only this provider takes.
const (
	keySigning      = "signing_secrets"
	keyAge          = "signature_age"
	keyChannels     = "channel_types"
	keyUsers        = "users"
	keyAutomation   = "automation"
	keySystemTexts  = "system_texts"
	keySurveyTexts  = "survey_texts"
	keyCSAT         = "csat_labels"
	keyCloser       = "closer"
	keyTicketOpens  = "ticket_opens"
	keyHandoff      = "handoff_labels"
	keyHandoffTeams = "handoff_teams"
	keyPending      = "pending_labels"
	keyOptIn        = "opt_in_labels"
	keyConfirmed    = "confirmed_labels"
	keyOptOut       = "opt_out_labels"
	keyTeams        = "teams"
)

// Spec is the provider.
var Spec = provider.Spec{
	Title:     "Trengo",
	Resolves:  true,
	Paths:     true,
	Remembers: true,
	// Nobody knows what Trengo does about failures. A body that cannot be read
	// gets no better by sending it again, and a webhook must not be switched off
	// for it; a wrong secret has to show while the webhook is set up.
	Answers:    config.Answers{Malformed: 200},
	Keys:       keys,
	Facts:      facts,
	Simulation: provider.Simulation{Inboxes: []string{"9911", "9912"}},
	New:        provider.NewAdapter(New),
	NewWriter:  provider.NewWriter(NewWriter),
}

var authors = []string{"bot", "human", "system", "unknown"}

var keys = []config.Key{
	{Name: keySigning, Kind: config.KeySecrets, Words: eventTypes,
		Help: "The signing secrets of the webhooks, each named by its event type; it is accepted for that type only. secret is accepted for every type."},
	{Name: keyAge, Kind: config.KeyWord, Words: []string{"5m", "1h", "24h", "7d"}, Default: defaultAge,
		Help: "How old a signature may be. Whatever was taken before is known and dropped for 7 days."},
	{Name: keyChannels, Kind: config.KeyMap,
		Help: "What channels are, by their ids: whatsapp, or any other word in lower case. Once one is whatsapp, those that are not listed are not."},
	{Name: keyUsers, Kind: config.KeyMap, Words: authors,
		Help: "Who users are that are no people, by their ids; messages through the API are their token owner's. Assigning to one of them hands back to the bot."},
	{Name: keyAutomation, Kind: config.KeyWord, Words: authors, Default: "bot",
		Help: "Who wrote what has no user: flow bots, auto-replies, broadcasts."},
	{Name: keySystemTexts, Kind: config.KeyList,
		Help: "Beginnings of messages without a user that answer nobody: greetings, away texts, campaigns; case does not matter."},
	{Name: keySurveyTexts, Kind: config.KeyMap, Words: []string{"csat", "nps"},
		Help: "Beginnings of sent messages that ask for a score, 1 to 5 or 0 to 10; case does not matter."},
	{Name: keyCSAT, Kind: config.KeyMap, Words: []string{"1", "2", "3", "4", "5"},
		Help: "Labels by which a flow stores the customer's score, beside those named csat:<anything>:<1-5> and nps:<anything>:<0-10>."},
	{Name: keyCloser, Kind: config.KeyWord, Words: []string{"unknown", "human", "bot"}, Default: "unknown",
		Help: "Who closes tickets; Trengo does not say. unknown counts as api."},
	{Name: keyTicketOpens, Kind: config.KeyBool,
		Help: "A ticket that is created or reopened begins a conversation before anybody writes. Leave it out where thanks and scores of customers reopen tickets."},
	{Name: keyHandoff, Kind: config.KeyMap,
		Help: "Labels by which a bot hands over to people, with the reason of each."},
	{Name: keyHandoffTeams, Kind: config.KeyMap,
		Help: "Teams, by name or id, to which a bot hands over by assigning the ticket, with the reason of each."},
	{Name: keyPending, Kind: config.KeyList,
		Help: "Labels that mean that the conversation waits for somebody else than the desk."},
	{Name: keyOptIn, Kind: config.KeyList,
		Help: "Labels that mean consent to marketing; taking one away is an opt-out."},
	{Name: keyConfirmed, Kind: config.KeyList,
		Help: "Labels that mean confirmed consent (double opt-in); taking one away is an opt-out."},
	{Name: keyOptOut, Kind: config.KeyList,
		Help: "Labels that mean no marketing."},
	{Name: keyTeams, Kind: config.KeyMap,
		Help: "Other names for teams, by id or name."},
}

// ErrConfig is wrapped by the errors of New and NewWriter: the source cannot
// be used as it is configured.
var ErrConfig = fmt.Errorf("trengo %w", provider.ErrConfig)

// Adapter reads one source's webhooks.
type Adapter struct {
	secrets []secret
	// age is how old a signature may be.
	age     time.Duration
	rules   rules
	parsers sync.Pool // *fastjson.Parser
}

var (
	_ provider.Adapter = (*Adapter)(nil)
	_ provider.Writer  = (*Writer)(nil)
)

// New makes the adapter of a source from its signing secrets, its secret, or
// both. It refuses secrets that stand in published examples: anybody could sign
// with them. Its error wraps ErrConfig.
func New(cfg config.Source) (*Adapter, error) { return newAdapter(cfg, isPublished) }

// newAdapter lets tests sign with the published vectors.
func newAdapter(cfg config.Source, refuse func(string) bool) (*Adapter, error) {
	a := &Adapter{secrets: secretsOf(cfg)}
	if err := checkSecrets(cfg, refuse); err != nil {
		return nil, err
	}
	var err error
	if a.age, err = signatureAge(cfg.Keys.Text(keyAge)); err != nil {
		return nil, err
	}
	if a.rules, err = newRules(cfg.Keys); err != nil {
		return nil, err
	}
	a.parsers.New = newParser
	return a, nil
}

// checkSecrets tells why the secrets cannot be used.
func checkSecrets(cfg config.Source, refuse func(string) bool) error {
	const advice = "copy the webhook's own signing secret, which Trengo shows when the webhook is created"
	if cfg.Secret != "" && refuse(string(cfg.Secret)) {
		return fmt.Errorf("%w: secret is a published example; %s", ErrConfig, advice)
	}
	named := cfg.Keys.Secrets(keySigning)
	for _, s := range named {
		switch {
		case known(s.Name) == "":
			return fmt.Errorf("%w: %q in signing_secrets is no event type; write it as Trengo does, INBOUND for example", ErrConfig, s.Name)
		case s.Secret == "":
			return fmt.Errorf("%w: the signing secret of %s is empty; %s", ErrConfig, s.Name, advice)
		case refuse(string(s.Secret)):
			return fmt.Errorf("%w: the signing secret of %s is a published example; %s", ErrConfig, s.Name, advice)
		}
	}
	if cfg.Secret == "" && len(named) == 0 {
		return fmt.Errorf("%w: there is no signing secret; list those of the webhooks under signing_secrets, or set secret or secret_file", ErrConfig)
	}
	return nil
}

// published are secrets of examples, in lower case: those of this project's
// documentation and tests, and what people leave in copied configurations.
var published = map[string]bool{
	"trengo-demo-signing-secret": true,
	"signing_secret":             true,
	"signing-secret":             true,
	"<signing_secret>":           true,
	"your_signing_secret":        true,
	"your-signing-secret":        true,
	"changeme":                   true,
	"secret":                     true,
}

// isPublished tells whether s stands in published examples, whatever its case.
func isPublished(s string) bool { return published[strings.ToLower(strings.TrimSpace(s))] }
