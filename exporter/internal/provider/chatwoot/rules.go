package chatwoot

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

// rules are what the configuration says about meanings. They are never changed.
type rules struct {
	bots, whatsApp             map[string]bool
	automation, noSender, echo event.Actor
	// botInboxes is whether a bot answers first in the inboxes that are listed,
	// bot whether it does in the others.
	botInboxes                         map[string]bool
	bot                                bool
	handoffAttribute, typeAttribute    string
	consentAttribute, segmentAttribute string
	consentValues                      map[string]event.Consent
}

var actors = map[string]event.Actor{
	"human": event.ActorHuman, "bot": event.ActorBot, "system": event.ActorSystem, "unknown": event.ActorUnknown,
}

var consents = map[string]event.Consent{
	"opted_in": event.ConsentOptedIn, "confirmed": event.ConsentConfirmed, "opted_out": event.ConsentOptedOut,
}

func newRules(cfg config.Source) (rules, error) {
	k := cfg.Keys
	r := rules{
		bots: set(k.List(keyBotUsers)), whatsApp: set(k.List(keyWhatsApp)), bot: cfg.Bot, botInboxes: make(map[string]bool, len(cfg.Inboxes)),
		handoffAttribute: k.Text(keyHandoff), typeAttribute: k.Text(keyType), consentAttribute: k.Text(keyConsent), segmentAttribute: cfg.SegmentField,
	}
	for _, in := range cfg.Inboxes {
		r.botInboxes[in.ID] = in.Bot
	}
	for _, w := range []struct {
		name, word, otherwise string
		to                    *event.Actor
	}{
		{keyAutomation, k.Text(keyAutomation), "system", &r.automation},
		{keyNoSender, k.Text(keyNoSender), "system", &r.noSender},
		{"echo_actor", cfg.EchoActor, "human", &r.echo},
	} {
		actor, ok := actors[cmp.Or(w.word, w.otherwise)]
		if !ok {
			return r, fmt.Errorf("%w: %s must be bot, human, system or unknown", ErrConfig, w.name)
		}
		*w.to = actor
	}
	var err error
	r.consentValues, err = consentValues(k)
	return r, err
}

// consentValues gives the meaning of what consent_attribute holds, in lower case.
func consentValues(k config.Values) (map[string]event.Consent, error) {
	values := map[string]event.Consent{
		"yes": event.ConsentOptedIn, "true": event.ConsentOptedIn, "1": event.ConsentOptedIn,
		"no": event.ConsentOptedOut, "false": event.ConsentOptedOut, "0": event.ConsentOptedOut,
	}
	for word, what := range consents {
		values[word] = what
	}
	configured := k.Map(keyConsentValues)
	if len(configured) > 0 && k.Text(keyConsent) == "" {
		return nil, fmt.Errorf("%w: consent_values says what consent_attribute holds; set consent_attribute too", ErrConfig)
	}
	for value, word := range configured {
		what, ok := consents[word]
		if !ok {
			return nil, fmt.Errorf("%w: consent_values must be opted_in, confirmed or opted_out", ErrConfig)
		}
		values[strings.ToLower(strings.TrimSpace(value))] = what
	}
	return values, nil
}

// botAt tells whether a bot answers first in an inbox.
func (r *rules) botAt(inbox string) bool {
	if bot, listed := r.botInboxes[inbox]; listed {
		return bot
	}
	return r.bot
}

func set(list []string) map[string]bool {
	m := make(map[string]bool, len(list))
	for _, v := range list {
		m[v] = true
	}
	return m
}
