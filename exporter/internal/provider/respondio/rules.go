package respondio

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/config"
	"github.com/helpdesk-exporter/helpdesk-exporter/exporter/internal/event"
)

// rules are what the configuration says about meanings. They are never changed.
type rules struct {
	bots, systemWorkflows map[string]bool
	automation, echo      event.Actor
	teams                 map[string]string
	tags                  map[string]tagRule
	consentField          string
	consentValues         map[string]event.Consent
	csatField             string
	csatScale             float64
	segmentField          string
}

// tagRule is what a tag means that is no mere label.
type tagRule struct {
	kind    event.Kind
	consent event.Consent
	reason  string
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
		bots: set(k.List(keyBotUsers)), systemWorkflows: set(k.List(keySystemWorkflows)), teams: k.Map(keyTeams),
		consentField: k.Text(keyConsentField), csatField: k.Text(keyCSATField), segmentField: cfg.SegmentField,
	}
	var ok bool
	if r.automation, ok = actors[or(k.Text(keyAutomation), "system")]; !ok {
		return r, fmt.Errorf("%w: automation must be bot, human, system or unknown", ErrConfig)
	}
	if r.echo, ok = actors[or(cfg.EchoActor, "human")]; !ok {
		return r, fmt.Errorf("%w: echo_actor must be human, bot, system or unknown", ErrConfig)
	}
	var err error
	if r.csatScale, err = strconv.ParseFloat(or(k.Text(keyCSATScale), "5"), 64); err != nil || !(r.csatScale >= 2 && r.csatScale <= 100) {
		return r, fmt.Errorf("%w: csat_scale must be a number from 2 to 100", ErrConfig)
	}
	if r.tags, err = tagRules(k); err != nil {
		return r, err
	}
	r.consentValues, err = consentValues(k)
	return r, err
}

// tagRules puts the lists of tags together; a tag has one meaning.
func tagRules(k config.Values) (map[string]tagRule, error) {
	rules, in := map[string]tagRule{}, map[string]string{}
	add := func(key, tag string, rule tagRule) error {
		if was, ok := in[tag]; ok {
			return fmt.Errorf("%w: tag %q stands in %s and in %s; keep it in one", ErrConfig, tag, was, key)
		}
		rules[tag], in[tag] = rule, key
		return nil
	}
	for _, list := range []struct {
		key  string
		rule tagRule
	}{
		{keyOptIn, tagRule{kind: event.ConsentChanged, consent: event.ConsentOptedIn}},
		{keyConfirmed, tagRule{kind: event.ConsentChanged, consent: event.ConsentConfirmed}},
		{keyOptOut, tagRule{kind: event.ConsentChanged, consent: event.ConsentOptedOut}},
		{keyPending, tagRule{kind: event.ConversationPending}},
	} {
		for _, tag := range k.List(list.key) {
			if err := add(list.key, tag, list.rule); err != nil {
				return nil, err
			}
		}
	}
	for tag, reason := range k.Map(keyHandoff) {
		if err := add(keyHandoff, tag, tagRule{kind: event.ConversationHandoff, reason: reason}); err != nil {
			return nil, err
		}
	}
	return rules, nil
}

// consentValues gives the meaning of what consent_field holds, in lower case.
func consentValues(k config.Values) (map[string]event.Consent, error) {
	values := map[string]event.Consent{
		"yes": event.ConsentOptedIn, "true": event.ConsentOptedIn, "1": event.ConsentOptedIn,
		"no": event.ConsentOptedOut, "false": event.ConsentOptedOut, "0": event.ConsentOptedOut,
	}
	for word, what := range consents {
		values[word] = what
	}
	configured := k.Map(keyConsentValues)
	if len(configured) > 0 && k.Text(keyConsentField) == "" {
		return nil, fmt.Errorf("%w: consent_values says what consent_field holds; set consent_field too", ErrConfig)
	}
	for value, word := range configured {
		what, ok := consents[word]
		if !ok {
			return nil, fmt.Errorf("%w: consent_values must be opted_in, confirmed or opted_out", ErrConfig)
		}
		values[strings.ToLower(value)] = what
	}
	return values, nil
}

func set(list []string) map[string]bool {
	m := make(map[string]bool, len(list))
	for _, v := range list {
		m[v] = true
	}
	return m
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
