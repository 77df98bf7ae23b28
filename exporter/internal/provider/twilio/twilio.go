// Package twilio reads Twilio's webhooks: Messaging (inbound messages and
// status callbacks), Conversations, and TaskRouter, which stands under Flex too.
// All three come to one source; parameters tell them apart. Writer goes the
// other way, for simulations.
//
// Messaging knows neither author nor time of a message, Conversations both, and
// TaskRouter alone knows assignments and presence. A message that is in two
// families counts in one only, see the key messages. An Adapter does no I/O,
// reads no clock, keeps nothing between requests and may be used concurrently.
package twilio

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
	Title:        "Twilio",
	Resolves:     true,
	NeedsSecret:  true,
	Paths:        true,
	Remembers:    true,
	Keys:         keys,
	FailureCodes: FailureCodes,
	Facts:        facts,
	Simulation:   provider.Simulation{Inboxes: []string{"5511400000001", "5511400000002"}},
	New:          provider.NewAdapter(New),
	NewWriter:    provider.NewWriter(NewWriter),
}

// ErrConfig is wrapped by the errors of New and NewWriter: the source cannot
// be used as it is configured.
var ErrConfig = fmt.Errorf("twilio %w", provider.ErrConfig)

// Names of the source's own keys.
const (
	keyPublicURL       = "public_url"
	keyAccountTokens   = "account_tokens"
	keyMessages        = "messages"
	keyAuthors         = "authors"
	keyAPIAuthor       = "api_author"
	keyAssignOn        = "assign_on"
	keyResolveOn       = "resolve_on"
	keyAPICloser       = "api_closer"
	keyHandbackReasons = "handback_reasons"
	keyActivities      = "activities"
	keyCapacityChannel = "capacity_channel"
)

// Values of the keys that are words.
const (
	byConversations = "conversations"
	byMessaging     = "messaging"

	onTask        = "task"
	onParticipant = "participant"

	onConversation = "conversation"
	onWrapup       = "wrapup"
	onCompleted    = "completed"
)

// Defaults of the keys that are no words.
const (
	defaultHandback = "handback"
	defaultChannel  = "chat"
)

var keys = []config.Key{
	{Name: keyPublicURL, Kind: config.KeyURL, Required: true,
		Help: "The address of this source as Twilio calls it, up to /webhooks/<source>: Twilio signs it, and behind a proxy nothing else tells it."},
	{Name: keyAccountTokens, Kind: config.KeySecrets,
		Help: "Auth tokens of sub-accounts, by AccountSid (AC…); one may stand there twice while its token is being changed. secret is the main account's."},
	{Name: keyMessages, Kind: config.KeyWord, Words: []string{byConversations, byMessaging}, Default: byConversations,
		Help: "The one family whose messages count. With messaging, set resolves: false unless tasks or conversations end by an event."},
	{Name: keyAuthors, Kind: config.KeyMap, Words: []string{"bot", "human", "system", "unknown"},
		Help: "Who an Author of Conversations is: the names of bots, Studio flows and automatic senders."},
	{Name: keyAPIAuthor, Kind: config.KeyWord, Words: []string{"bot", "human", "system", "unknown"}, Default: "bot",
		Help: "Who wrote what came through the API under any other Author."},
	{Name: keyAssignOn, Kind: config.KeyWord, Words: []string{onTask, onParticipant}, Default: onTask,
		Help: "What assigns a conversation: an accepted reservation of TaskRouter, or, without TaskRouter, that an agent joins."},
	{Name: keyResolveOn, Kind: config.KeyWord, Words: []string{onConversation, onWrapup, onCompleted}, Default: onConversation,
		Help: "What resolves a conversation: that it is closed; that too and, before, the wrap-up of its task; or only that its task is completed."},
	{Name: keyAPICloser, Kind: config.KeyWord, Words: []string{"unknown", "bot", "human"}, Default: "unknown",
		Help: "Who closes conversations through the API, where a wrap-up did not resolve them before."},
	{Name: keyHandbackReasons, Kind: config.KeyList,
		Help: "Reasons for which a task ends that give the conversation back to the bot."},
	{Name: keyActivities, Kind: config.KeyMap, Words: []string{"available", "away", "offline"},
		Help: "What your own activities of workers mean. Any that is not known is away."},
	{Name: keyCapacityChannel, Kind: config.KeyText,
		Help: "The unique name of the task channel whose capacity is the agent's."},
}

// settings are what a source's keys say.
type settings struct {
	byMessaging   bool
	authors       map[string]event.Actor
	apiAuthor     event.Actor
	byParticipant bool
	resolveOn     string
	apiCloser     event.Actor
	handback      map[string]bool
	activities    map[string]event.Presence
	channel       string
}

var actors = map[string]event.Actor{
	"bot": event.ActorBot, "human": event.ActorHuman, "system": event.ActorSystem, "unknown": event.ActorUnknown,
}

var presences = map[string]event.Presence{
	"available": event.PresenceAvailable, "away": event.PresenceAway, "offline": event.PresenceOffline,
}

// defaultActivities are those that a new Flex account has.
var defaultActivities = map[string]event.Presence{
	"available": event.PresenceAvailable, "unavailable": event.PresenceAway, "break": event.PresenceAway, "offline": event.PresenceOffline,
}

func newSettings(v config.Values) settings {
	s := settings{
		byMessaging:   v.Text(keyMessages) == byMessaging,
		authors:       make(map[string]event.Actor),
		apiAuthor:     event.ActorBot,
		byParticipant: v.Text(keyAssignOn) == onParticipant,
		resolveOn:     onConversation,
		apiCloser:     actors[v.Text(keyAPICloser)],
		handback:      make(map[string]bool),
		activities:    make(map[string]event.Presence),
		channel:       defaultChannel,
	}
	if word := v.Text(keyAPIAuthor); word != "" {
		s.apiAuthor = actors[word]
	}
	if word := v.Text(keyResolveOn); word != "" {
		s.resolveOn = word
	}
	if name := v.Text(keyCapacityChannel); name != "" {
		s.channel = name
	}
	for name, word := range v.Map(keyAuthors) {
		s.authors[name] = actors[word]
	}
	for _, reason := range v.List(keyHandbackReasons) {
		s.handback[reason] = true
	}
	if len(s.handback) == 0 {
		s.handback[defaultHandback] = true
	}
	for name, state := range defaultActivities {
		s.activities[name] = state
	}
	for name, word := range v.Map(keyActivities) {
		s.activities[strings.ToLower(name)] = presences[word]
	}
	return s
}

// Adapter reads one source's webhooks.
type Adapter struct {
	settings settings
	verifier *verifier
	readers  sync.Pool // *reader
}

var (
	_ provider.Adapter = (*Adapter)(nil)
	_ provider.Writer  = (*Writer)(nil)
)

// New makes the adapter of a source from its Secret, the auth token of the main
// account, and its keys. It refuses tokens that stand in published examples:
// anybody could sign with them. Its error wraps ErrConfig.
func New(cfg config.Source) (*Adapter, error) {
	return newAdapter(cfg, IsPublishedToken)
}

// newAdapter lets tests sign with the published vectors.
func newAdapter(cfg config.Source, refuse func(string) bool) (*Adapter, error) {
	v, err := newVerifier(cfg, refuse)
	if err != nil {
		return nil, err
	}
	a := &Adapter{settings: newSettings(cfg.Keys), verifier: v}
	a.readers.New = func() any { return &reader{settings: &a.settings} }
	return a, nil
}

// published are tokens of examples, in lower case: those of this project's
// documentation and tests, Twilio's own samples, and what people leave in
// copied configurations.
var published = map[string]bool{
	"0123456789abcdef0123456789abcdef": true,
	"12345":                            true,
	"auth_token":                       true,
	"authtoken":                        true,
	"your_auth_token":                  true,
	"your-auth-token":                  true,
	"[authtoken]":                      true,
	"<auth_token>":                     true,
	"changeme":                         true,
	"secret":                           true,
}

// IsPublishedToken tells whether s is a token that stands in published
// examples, whatever its case.
func IsPublishedToken(s string) bool {
	return published[strings.ToLower(strings.TrimSpace(s))]
}
