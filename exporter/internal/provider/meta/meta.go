// Package meta reads the webhooks of Meta's WhatsApp Business Cloud API:
// signature, handshake, and the translation of one envelope with up to 1000
// updates into canonical events. Writer goes the other way, for simulations.
//
// An Adapter does no I/O, reads no clock, keeps nothing between requests and
// may be used concurrently. Meta reports no agent, bot, team, template name or
// survey: whoever sends puts them into biz_opaque_callback_data by the
// convention of CallbackData, and without it the author of a message is
// unknown. docs/meta.md tells the operator's side.
package meta

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
	Title:            "WhatsApp Business Cloud API (Meta)",
	NeedsSecret:      true,
	NeedsVerifyToken: true,
	Proxy:            true,
	FailureCodes:     FailureCodes,
	Facts:            facts,
	Simulation:       provider.Simulation{Inboxes: []string{"300000000000001", "300000000000002"}, Plain: true},
	New:              provider.NewAdapter(New),
	NewWriter:        provider.NewWriter(NewWriter),
}

// ErrConfig is wrapped by the errors of New and NewWriter: the source cannot
// be used as it is configured.
var ErrConfig = fmt.Errorf("meta %w", provider.ErrConfig)

// Adapter reads one source's webhooks.
type Adapter struct {
	verifyToken [32]byte // SHA-256, so that comparing tells nothing of the length
	echoActor   event.Actor
	signers     sync.Pool // *signer
	readers     sync.Pool // *reader
}

var (
	_ provider.Adapter    = (*Adapter)(nil)
	_ provider.Handshaker = (*Adapter)(nil)
	_ provider.Writer     = (*Writer)(nil)
)

// New makes the adapter of a source from its app secret (Secret), VerifyToken
// and EchoActor. It refuses secrets that stand in published examples: anybody
// could sign with them. Its error wraps ErrConfig.
func New(cfg config.Source) (*Adapter, error) {
	return newAdapter(cfg, IsPublishedSecret)
}

// newAdapter lets tests sign with the published vectors.
func newAdapter(cfg config.Source, refuse func(string) bool) (*Adapter, error) {
	switch {
	case cfg.Secret == "":
		return nil, fmt.Errorf("%w: the app secret is missing; set secret or secret_file to the app secret of App settings > Basic", ErrConfig)
	case refuse(string(cfg.Secret)):
		return nil, fmt.Errorf("%w: the app secret is a published example; set secret or secret_file to the app's own", ErrConfig)
	case cfg.VerifyToken == "":
		return nil, fmt.Errorf("%w: verify_token is missing; make up a long random one and enter the same in the app's webhook settings", ErrConfig)
	case refuse(string(cfg.VerifyToken)):
		return nil, fmt.Errorf("%w: verify_token is a published example; make up a long random one", ErrConfig)
	}
	actor, ok := echoActors[cfg.EchoActor]
	if !ok {
		return nil, fmt.Errorf("%w: echo_actor must be human, bot, system or unknown", ErrConfig)
	}
	a := &Adapter{verifyToken: digest(string(cfg.VerifyToken)), echoActor: actor}
	a.signers.New = func() any { return newSigner(string(cfg.Secret)) }
	a.readers.New = func() any { return new(reader) }
	return a, nil
}

var echoActors = map[string]event.Actor{
	"":        event.ActorHuman,
	"human":   event.ActorHuman,
	"bot":     event.ActorBot,
	"system":  event.ActorSystem,
	"unknown": event.ActorUnknown,
}

// published are secrets and verify tokens of examples, in lower case: those of
// this project's documentation and tests, Meta's own sample token, and what
// people leave in copied configurations.
var published = map[string]bool{
	"meta-app-secret-example":   true,
	"meta-verify-token-example": true,
	"meatyhamhock":              true,
	"app_secret":                true,
	"<app_secret>":              true,
	"your_app_secret":           true,
	"your-app-secret":           true,
	"verify_token":              true,
	"<verify_token>":            true,
	"your_verify_token":         true,
	"your-verify-token":         true,
	"changeme":                  true,
	"secret":                    true,
}

// IsPublishedSecret tells whether s is a secret or verify token that stands in
// published examples, whatever its case.
func IsPublishedSecret(s string) bool {
	return published[strings.ToLower(strings.TrimSpace(s))]
}
