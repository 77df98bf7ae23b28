// Package wati reads the webhooks of Wati: one flat JSON object an event, for
// messages in and out, what became of them, and chatbots that start. Writer goes
// the other way, for simulations.
//
// Wati signs nothing, so that a secret in the address is all there is, and tells
// neither of assignments nor of closing: the first is concluded from customers'
// messages, the second never happens. Receipts name no customer; the webhook
// server remembers whom a conversation is with (Spec.Remembers). An Adapter does
// no I/O, reads no clock, keeps nothing between requests and may be used
// concurrently. docs/providers.md tells the operator's side.
package wati

import (
	"fmt"
	"strings"
	"sync"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/provider"
)

// Keys of a source that only this provider takes.
const (
	keyBotNames        = "bot_names"
	keyBotEmails       = "bot_emails"
	keyLocalIDs        = "local_id_prefixes"
	keyTemplates       = "templates"
	keyOperator        = "operator"
	keyNoOperator      = "no_operator"
	keyAssignees       = "assignees"
	keyHandbacks       = "handbacks"
	keySurveyTemplates = "survey_templates"
	keySurveyTexts     = "survey_texts"
)

// bySender is the value of templates that makes them messages like others.
const bySender = "sender"

// Spec is the provider.
var Spec = provider.Spec{
	Title:       "Wati",
	NeedsSecret: true,
	Paths:       true,
	Remembers:   true,
	// Anything but 200 is sent again 144 times and brings the webhook nearer to
	// being switched off as defective, and a body that cannot be read gets no
	// better. What does not know the secret gets 401 all the same: it is either a
	// stranger or a wrong address, which has to show.
	Answers: config.Answers{Malformed: 200},
	Keys:    keys,
	// FailureCodes has none of Wati's own: failedCode is WhatsApp's.
	Facts:      facts,
	Simulation: provider.Simulation{Inboxes: []string{"5511400000001", "5511400000002"}},
	New:        provider.NewAdapter(New),
	NewWriter:  provider.NewWriter(NewWriter),
}

var (
	authors = []string{"bot", "human", "system", "unknown"}
	surveys = []string{"csat", "nps"}
)

var keys = []config.Key{
	{Name: keyBotNames, Kind: config.KeyList,
		Help: "Names of operators who are bots, beside Wati's own Bot; case does not matter."},
	{Name: keyBotEmails, Kind: config.KeyList,
		Help: "E-mail addresses of operators who are bots or API accounts; case does not matter."},
	{Name: keyLocalIDs, Kind: config.KeyMap, Words: authors,
		Help: "Who writes what your own software sends, by the beginning of localMessageId; the longest that fits counts."},
	{Name: keyTemplates, Kind: config.KeyWord, Words: append([]string{bySender}, authors...), Default: "system",
		Help: "Who writes templates, beside those of chatbots and of local_id_prefixes; sender: whoever would have written another message."},
	{Name: keyOperator, Kind: config.KeyWord, Words: authors, Default: "human",
		Help: "Who writes what bears an operator's e-mail address that is none of bot_names and bot_emails."},
	{Name: keyNoOperator, Kind: config.KeyWord, Words: authors, Default: "unknown",
		Help: "Who writes what bears no operator's e-mail address."},
	{Name: keyAssignees, Kind: config.KeyMap,
		Help: "E-mail addresses of operators by their assignedId, for customers' messages that bear the id alone; bot for the bot's."},
	{Name: keyHandbacks, Kind: config.KeyBool,
		Help: "A chatbot that starts, and a customer's message in a chat that is assigned to the bot, give the conversation back to the bot. Leave it out where people answer through the API."},
	{Name: keySurveyTemplates, Kind: config.KeyMap, Words: surveys,
		Help: "Templates that ask for a score, by name."},
	{Name: keySurveyTexts, Kind: config.KeyMap, Words: surveys,
		Help: "Beginnings of sent messages that ask for a score; case does not matter."},
}

// ErrConfig is wrapped by the errors of New and NewWriter: the source cannot
// be used as it is configured.
var ErrConfig = fmt.Errorf("wati %w", provider.ErrConfig)

// Adapter reads one source's webhooks.
type Adapter struct {
	secret  *provider.AddressSecret
	rules   rules
	readers sync.Pool // *reader
}

var (
	_ provider.Adapter = (*Adapter)(nil)
	_ provider.Writer  = (*Writer)(nil)
)

// New makes the adapter of a source from its secret and its keys. It refuses
// secrets that are published or short: whoever guesses one can send anything.
// Its error wraps ErrConfig.
func New(cfg config.Source) (*Adapter, error) { return newAdapter(cfg, checkSecret) }

// newAdapter lets tests use the published vectors.
func newAdapter(cfg config.Source, check func(string) error) (*Adapter, error) {
	if err := check(string(cfg.Secret)); err != nil {
		return nil, err
	}
	a := &Adapter{secret: provider.NewAddressSecret(string(cfg.Secret))}
	var err error
	if a.rules, err = newRules(cfg); err != nil {
		return nil, err
	}
	a.readers.New = func() any { return &reader{rules: &a.rules} }
	return a, nil
}

// minSecret is the shortest secret in bytes. Nothing else proves the sender.
const minSecret = 16

// published are secrets of examples, in lower case: those of this project's
// documentation and tests, and what people leave in copied configurations.
var published = map[string]bool{
	"w4t1-demo-6b1f0c":        true,
	"your-long-random-secret": true,
	"a-long-random-secret":    true,
	"<long-random-secret>":    true,
	"changemechangeme":        true,
	"change-me-change-me":     true,
	"0123456789abcdef":        true,
}

const makeOne = "make one with `openssl rand -hex 24`, and enter it at Wati as the end of the address"

// checkSecret tells why a secret cannot be used.
func checkSecret(s string) error {
	switch {
	case s == "":
		return fmt.Errorf("%w: there is no secret; set secret or secret_file: %s", ErrConfig, makeOne)
	case published[strings.ToLower(strings.TrimSpace(s))]:
		return fmt.Errorf("%w: secret is a published example; %s", ErrConfig, makeOne)
	case len(s) < minSecret:
		return fmt.Errorf("%w: secret has fewer than %d characters, and nothing else proves the sender; %s", ErrConfig, minSecret, makeOne)
	}
	return nil
}
